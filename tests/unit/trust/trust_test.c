/* tests/unit/trust/trust_test.c - verdicts on certificates: one reason each. SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

struct one {
    const char *cert, *key, *anchor, *host;
    uint64_t sigs;
    uint32_t id_type;
    const char *id;
};

/* Changed, cut and empty it is refused. */
static void damage(ike_trust *t, ike_ask *ask, uint8_t *sig)
{
    const size_t n = ask->proof.n;

    sig[n / 2] ^= 1;
    assert_int_equal(ike_trust_verify(t, ask), IKE_E_AUTH);
    sig[n / 2] ^= 1;
    ask->proof.n--;
    assert_int_equal(ike_trust_verify(t, ask), IKE_E_AUTH);
    ask->proof.n = 0;
    assert_int_equal(ike_trust_verify(t, ask), IKE_E_AUTH);
    memset(sig, 0, n);
    ask->proof.n = n;
    assert_int_equal(ike_trust_verify(t, ask), IKE_E_AUTH);
}

/* Signs with a key, judges with a trust: what a peer and we would do. between: an intermediate that the peer sends. */
static int judge(const struct one *o, const char *between)
{
    ike_keyfile files = IKE_KEYFILE_INIT;
    struct material cert, key, anchor, more;
    ike_keystore store;
    ike_trust *t;
    ike_span certs[10];
    uint8_t sig[1024];
    size_t n = 0;
    ike_ask ask;
    int verdict;

    memset(&ask, 0, sizeof(ask));
    files.certs = load_pki(&cert, o->cert);
    files.key = load_pki(&key, o->key);
    assert_int_equal(ike_keystore_file(&store, &files, NULL), 0);
    ask.kind = IKE_ASK_SIGN;
    ask.tbs = (ike_span){signed_octets, sizeof(signed_octets)};
    ask.sigs = o->sigs;
    verdict = store.answer(store.self, &ask, sig, sizeof(sig), &n);
    assert_true(verdict > 0);
    ask.kind = IKE_ASK_VERIFY;
    ask.certs_n = (uint32_t)ike_keystore_file_certs(&store, certs, 9);
    if (between)
        certs[ask.certs_n++] = load_cert(&more, between);
    ask.certs = certs;
    ask.proof = (ike_span){sig, n};
    ask.sigs = IKE_SIG_BIT(verdict);
    ask.peer_id_type = o->id_type;
    ask.peer_id_data = (ike_span){(const uint8_t *)o->id, strlen(o->id)};
    assert_int_equal(ike_trust_new(&t), 0);
    assert_int_equal(ike_trust_add(t, load_pki(&anchor, o->anchor)), 0);
    assert_int_equal(ike_trust_expect(t, o->host), 0);
    verdict = ike_trust_verify(t, &ask);
    if (verdict == 0)
        damage(t, &ask, sig); /* KNOWN-HOLES 40 */
    ike_trust_free(t);
    store.close(store.self);
    return verdict;
}

#define ALL (~UINT64_C(0))

static void every_verdict_has_its_reason(void **state)
{
    static const struct {
        struct one one;
        int err;
    } cases[] = {
        {{"gw.pem", "gw.key", "ca.pem", "gw.test", ALL, 2, "gw.test"}, 0},
        {{"gw.pem", "gw.key", "ca.pem", NULL, ALL, 2, "GW.TEST"}, 0},
        {{"gw.pem", "gw.key", "ca.pem", "127.0.0.1", ALL, 2, "gw.test"}, 0},
        {{"gw.pem", "gw.key", "gw.pem", NULL, ALL, 2, "gw.test"}, 0}, /* pinned */
        {{"rsa-gw.pem", "rsa-gw.key", "ca.pem", NULL, ALL, 2, "gw.test"}, 0},
        {{"rsa-gw.pem", "rsa-gw.key", "ca.pem", NULL, IKE_SIG_BIT(IKE_SIG_PSS_SHA256), 2, "gw.test"}, 0},
        {{"rsa-gw.pem", "rsa-gw.key", "ca.pem", NULL, IKE_SIG_BIT(IKE_SIG_PSS_SHA512), 2, "gw.test"}, 0},
        {{"rsa-gw.pem", "rsa-gw.key", "ca.pem", NULL, IKE_SIG_BIT(IKE_SIG_RSA_SHA384), 2, "gw.test"}, 0},
        {{"rsa-gw.pem", "rsa-gw.key", "ca.pem", NULL, IKE_SIG_BIT(IKE_SIG_RSA_SHA1), 2, "gw.test"}, 0},
        {{"p384.pem", "p384.key", "ca.pem", NULL, ALL, 2, "gw.test"}, 0},
        {{"p521.pem", "p521.key", "ca.pem", NULL, ALL, 2, "gw.test"}, 0},
        {{"ike-eku.pem", "ike-eku.key", "ca.pem", NULL, ALL, 2, "gw.test"}, 0},
        {{"wildcard.pem", "wildcard.key", "ca.pem", "a.wild.test", ALL, 2, "gw.test"},
         IKE_E_CERT_NAME}, /* unless it is wanted: path_test.c */
        {{"other-gw.pem", "other-gw.key", "ca.pem", NULL, ALL, 2, "gw.test"}, IKE_E_CERT_UNTRUSTED},
        {{"expired.pem", "expired.key", "ca.pem", NULL, ALL, 2, "gw.test"}, IKE_E_CERT_EXPIRED},
        {{"gw.pem", "gw.key", "ca.pem", NULL, ALL, 2, "other.test"}, IKE_E_CERT_NAME},
        {{"gw.pem", "gw.key", "ca.pem", "other.test", ALL, 2, "gw.test"}, IKE_E_CERT_NAME},
        {{"gw.pem", "gw.key", "ca.pem", NULL, ALL, 3, "gw.test"},
         IKE_E_CERT_NAME}, /* not an e-mail address */
        {{"gw.pem", "gw.key", "ca.pem", NULL, ALL, 11, "gw.test"}, IKE_E_CERT_NAME},
        {{"only-cn.pem", "only-cn.key", "ca.pem", NULL, ALL, 2, "gw.test"},
         IKE_E_CERT_NAME}, /* RFC 6125 6.4.4, row 110 */
        {{"wildcard.pem", "wildcard.key", "ca.pem", NULL, ALL, 2, "a.wild.test"},
         IKE_E_CERT_NAME}, /* never for IDr */
        {{"wildcard.pem", "wildcard.key", "ca.pem", "a.b.wild.test", ALL, 2, "gw.test"}, IKE_E_CERT_NAME},
        {{"wrong-eku.pem", "wrong-eku.key", "ca.pem", NULL, ALL, 2, "gw.test"},
         IKE_E_CERT_USAGE}, /* RFC 4945 5.1.3.12, row 117 */
        {{"wrong-ku.pem", "wrong-ku.key", "ca.pem", NULL, ALL, 2, "gw.test"},
         IKE_E_CERT_USAGE}, /* RFC 4945 5.1.3.2, row 118 */
        {{"deep.pem", "deep.key", "ca.pem", NULL, ALL, 2, "gw.test"},
         IKE_E_CERT_UNTRUSTED}, /* without the one between */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int err = judge(&cases[i].one, NULL);
        if (err != cases[i].err)
            fail_msg("case %zu (%s): %s instead of %s", i, cases[i].one.cert, ike_errname(err),
                     ike_errname(cases[i].err));
    }
}

/* RFC 7296 3.6, row 111: an intermediate that the peer sends */
static void intermediates_are_used(void **state)
{
    const struct one deep = {"deep.pem", "deep.key", "ca.pem", NULL, ALL, 2, "gw.test"};

    (void)state;
    assert_int_equal(judge(&deep, "mid.pem"), 0);
}

static void keys_in_all_their_forms(void **state)
{
    static const struct {
        const char *cert, *key, *password;
        int err;
    } cases[] = {{"client.pem", "client.key", NULL, 0},
                 {"client.pem", "client-sec1.key", NULL, 0},
                 {"client.pem", "client-enc.key", "test", 0},
                 {"client.pem", "client-enc.key", "wrong", IKE_E_DENIED},
                 {"client.pem", "client-enc.key", NULL, IKE_E_DENIED},
                 {"rsa-client.pem", "rsa-client-pkcs1.key", NULL, 0},
                 {"client.pem", "gw.key", NULL, IKE_E_CERT_INVALID},
                 {"weak.pem", "weak.key", NULL, IKE_E_CERT_WEAK}}; /* KNOWN-HOLES 8 */

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_keyfile files = IKE_KEYFILE_INIT;
        struct material cert, key;
        ike_keystore store;
        const char *why;
        int err;
        files.certs = load_pki(&cert, cases[i].cert);
        files.key = load_pki(&key, cases[i].key);
        files.password = cases[i].password;
        err = ike_keystore_file(&store, &files, &why);
        if (err != cases[i].err)
            fail_msg("%s: %s, %s", cases[i].key, ike_errname(err), why);
        if (err == 0)
            store.close(store.self);
    }
}

static void pkcs12_files(void **state)
{
    static const char *const names[] = {"client.p12", "client-legacy.p12"};

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (int wrong = 0; wrong < 2; wrong++) {
            ike_keyfile files = IKE_KEYFILE_INIT;
            struct material p12;
            ike_keystore store;
            ike_span certs[10];
            char id[300];
            const char *why;
            files.p12 = load_pki(&p12, names[i]);
            files.password = wrong ? "wrong" : "test";
            assert_int_equal(ike_keystore_file(&store, &files, &why), wrong ? IKE_E_DENIED : 0);
            if (!wrong) {
                assert_int_equal(ike_keystore_file_certs(&store, certs, 10), i == 0 ? 2 : 1);
                assert_true(ike_keystore_file_id(&store, id, sizeof(id)) > 20);
                store.close(store.self);
            }
        }
}

/* KNOWN-HOLES 26: a cut or changed PKCS#12 is an error, never more */
static void broken_pkcs12_files(void **state)
{
    struct material whole, m;

    (void)state;
    (void)load_pki(&whole, "client.p12");
    for (size_t i = 0; i < whole.n; i += 7) {
        ike_keyfile files = IKE_KEYFILE_INIT;
        ike_keystore store;
        m = whole;
        m.p[i] ^= 0x55;
        files.p12 = (ike_span){m.p, i % 2 ? whole.n : i + 1};
        files.password = i < 300 ? "test" : "x";
        if (ike_keystore_file(&store, &files, NULL) == 0)
            store.close(store.self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_verdict_has_its_reason), cmocka_unit_test(intermediates_are_used),
        cmocka_unit_test(keys_in_all_their_forms),      cmocka_unit_test(pkcs12_files),
        cmocka_unit_test(broken_pkcs12_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
