/* tests/unit/trust/chain_test.c - chains that are too early, too deep, round, or say what we do not understand. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is signed here: the signature is the last thing that is looked at, so of a chain that is fine the verdict is
 * that of a wrong signature. trust_test.c has right ones. */
#include "room.h"

#define CERTS_MAX 12
#define FINE      IKE_E_AUTH

/* Certificates by name, the peer's own first, separated by spaces. */
static int verdict(const char *names, const char *anchor, const char *id)
{
    static const uint8_t proof[64] = {1}, garbage[50];
    struct material m[CERTS_MAX], root;
    ike_span certs[CERTS_MAX];
    char name[64];
    ike_trust *t;
    ike_ask ask;
    int err;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_VERIFY;
    while (*names && ask.certs_n < CERTS_MAX) {
        int n = (int)strcspn(names, " ");
        uint32_t i = ask.certs_n++;

        snprintf(name, sizeof(name), "%.*s.pem", n, names);
        certs[i] =
            strcmp(name, "garbage.pem") == 0 ? (ike_span){garbage, sizeof(garbage)} : load_cert(&m[i], name);
        names += n + (names[n] == ' ');
    }
    ask.certs = certs;
    ask.tbs = (ike_span){signed_octets, sizeof(signed_octets)};
    ask.proof = (ike_span){proof, sizeof(proof)};
    ask.sigs = IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256);
    ask.peer_id_type = 2;
    ask.peer_id_data = (ike_span){(const uint8_t *)id, strlen(id)};
    assert_int_equal(ike_trust_new(&t), 0);
    snprintf(name, sizeof(name), "%s.pem", anchor);
    assert_int_equal(ike_trust_add(t, load_pki(&root, name)), 0);
    err = ike_trust_verify(t, &ask);
    ike_trust_free(t);
    return err;
}

static void check(const char *names, const char *anchor, int expected)
{
    int err = verdict(names, anchor, "gw.test");

    if (err != expected)
        fail_msg("%s: %s instead of %s", names, ike_errname(err), ike_errname(expected));
}

/* RFC 7296 3.6, row 112: the peer's own first, the others in any order, with strangers, twice; ten of them, and no
 * circle goes on for ever */
static void paths_are_found_and_bounded(void **state)
{
    (void)state;
    check("gw", "ca", FINE);
    check("deep mid", "ca", FINE);
    check("deep", "ca", IKE_E_CERT_UNTRUSTED);
    check("deep mid mid mid", "ca", FINE);
    check("deep deep mid ca ca", "ca", FINE);
    check("deep other garbage rsa-gw mid", "ca", FINE);
    check("deep gw gw gw gw gw gw gw gw mid", "ca", FINE);
    check("deep gw gw gw gw gw gw gw gw gw mid", "ca", IKE_E_CERT_UNTRUSTED); /* the eleventh */
    check("deep mid mid-twin", "ca", FINE);
    check("deep mid-twin mid", "ca", FINE); /* every way is tried */
    check("garbage gw", "ca", IKE_E_CERT_INVALID);
    check("loop loop-a loop-b", "ca", IKE_E_CERT_UNTRUSTED);
    check("loop loop-b loop-a loop-b loop-a", "ca", IKE_E_CERT_UNTRUSTED);
    check("loop loop-a loop-b", "loop-b", FINE);
    check("loop-a loop-b", "ca", IKE_E_CERT_UNTRUSTED);
}

/* RFC 4945 3.3.6, row 115: without a CERT payload the one that was pinned for this name is meant, and no other */
static void a_certificate_we_have_may_be_left_out(void **state)
{
    (void)state;
    assert_int_equal(verdict("", "gw", "gw.test"), FINE);
    assert_int_equal(verdict("", "gw", "other.test"), IKE_E_NO_CERT);
    assert_int_equal(verdict("", "ca", "gw.test"), IKE_E_NO_CERT);
    assert_int_equal(verdict("", "expired", "gw.test"), IKE_E_CERT_EXPIRED);
}

/* RFC 5280 4.1.2.5, row 116: too late and too early are told apart, also of what is pinned; and time goes on behind 2038
 * and 2050 */
static void time_has_two_ends(void **state)
{
    (void)state;
    check("expired", "ca", IKE_E_CERT_EXPIRED);
    check("expired", "expired", IKE_E_CERT_EXPIRED);
    check("not-yet", "ca", IKE_E_CERT_NOT_YET);
    check("not-yet", "not-yet", IKE_E_CERT_NOT_YET);
    check("gw", "ca", FINE); /* ends in 2126 */
}

/* RFC 5280 4.2, 6.1, row 119: what we do not understand and must is refused; a chain is no longer than its CAs allow */
static void extensions_are_enforced_or_refused(void **state)
{
    (void)state;
    check("odd-ext", "ca", IKE_E_CERT_CRITICAL);
    check("policy", "ca", FINE); /* any policy will do: RFC 5280 6.1.1 (c) */
    check("outside only-other", "ca", IKE_E_CERT_CONSTRAINT);
    check("outside", "ca", IKE_E_CERT_UNTRUSTED);
    check("deeper below-mid mid", "ca", IKE_E_CERT_CHAIN); /* pathlen:0 */
    check("by-no-ca no-ca", "ca", IKE_E_CERT_CHAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_found_and_bounded),
        cmocka_unit_test(a_certificate_we_have_may_be_left_out),
        cmocka_unit_test(time_has_two_ends),
        cmocka_unit_test(extensions_are_enforced_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
