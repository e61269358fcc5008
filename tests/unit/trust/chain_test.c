/* tests/unit/trust/chain_test.c - chains that are too early, too deep, round, or say what we do not understand. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is signed here: the signature is the last thing that is looked at, so of a chain that is fine the verdict is
 * that of a wrong signature. trust_test.c has right ones. */
#include "fake/test.h"
#include <ike/keystore.h>
#include <mbedtls/base64.h>
#include <stdlib.h>

#define CERTS_MAX 12
#define FINE      IKE_E_AUTH

static ike_span file(const char *name)
{
    char path[200];
    uint8_t *p = calloc(1, 20000);
    FILE *f;
    size_t n;

    snprintf(path, sizeof(path), "tests/pki/%s.pem", name);
    f = fopen(path, "rb");
    n = f && p ? fread(p, 1, 19999, f) : 0;
    if (f)
        fclose(f);
    if (n == 0)
        fail_msg("%s cannot be read", path);
    return (ike_span){p, n};
}

static void drop(ike_span s)
{
    free((void *)(uintptr_t)s.p);
}

/* A certificate as a peer would send it, also one that mbedTLS will not take. */
static ike_span der(const char *name)
{
    ike_span pem;
    const char *from, *to;
    uint8_t *out = calloc(1, 20000);
    size_t n = 50;

    assert_non_null(out);
    if (strcmp(name, "garbage") == 0)
        return (ike_span){out, n};
    pem = file(name);
    from = strstr((const char *)pem.p, "BEGIN CERTIFICATE-----\n");
    to = strstr((const char *)pem.p, "-----END");
    assert_true(from && to);
    from += strlen("BEGIN CERTIFICATE-----\n");
    assert_int_equal(mbedtls_base64_decode(out, 20000, &n, (const unsigned char *)from, (size_t)(to - from)),
                     0);
    drop(pem);
    return (ike_span){out, n};
}

/* Certificates by name, the peer's own first, separated by spaces. */
static int verdict(const char *names, const char *anchor, const char *id)
{
    static const uint8_t proof[64] = {1}, tbs[] = "octets that are signed";
    char text[300], *at = text;
    ike_span certs[CERTS_MAX], root = file(anchor);
    ike_trust *t;
    ike_ask ask;
    int err;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_VERIFY;
    snprintf(text, sizeof(text), "%s", names);
    while (*at && ask.certs_n < CERTS_MAX) {
        size_t n = strcspn(at, " ");
        int is_last = at[n] == '\0';

        at[n] = '\0';
        certs[ask.certs_n++] = der(at);
        at += n + !is_last;
    }
    ask.certs = certs;
    ask.tbs = (ike_span){tbs, sizeof(tbs)};
    ask.proof = (ike_span){proof, sizeof(proof)};
    ask.sigs = IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256);
    ask.peer_id_type = 2;
    ask.peer_id_data = (ike_span){(const uint8_t *)id, strlen(id)};
    assert_int_equal(ike_trust_new(&t), 0);
    assert_int_equal(ike_trust_add(t, root), 0);
    err = ike_trust_verify(t, &ask);
    ike_trust_free(t);
    drop(root);
    for (uint32_t i = 0; i < ask.certs_n; i++)
        drop(certs[i]);
    return err;
}

static void check(const char *names, const char *anchor, int expected)
{
    int err = verdict(names, anchor, "gw.test");

    if (err != expected)
        fail_msg("%s: %s instead of %s", names, ike_errname(err), ike_errname(expected));
}

/* RFC 7296 3.6, row 112: the peer's own first, the others in any order, with strangers, twice; ten of them, and no
 * circle goes on for ever. Of two with one name the first has to do */
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
    check("deep mid-twin mid", "ca", IKE_E_CERT_UNTRUSTED);
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
    check("odd-ext", "ca", IKE_E_CERT_INVALID);
    check("policy", "ca", IKE_E_CERT_INVALID);
    check("outside only-other", "ca", IKE_E_CERT_UNTRUSTED); /* nameConstraints: that CA takes no part */
    check("outside", "ca", IKE_E_CERT_UNTRUSTED);
    check("deeper below-mid mid", "ca", IKE_E_CERT_UNTRUSTED); /* pathlen:0 */
    check("by-no-ca no-ca", "ca", IKE_E_CERT_UNTRUSTED);
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
