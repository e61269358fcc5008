/* tests/unit/trust/pss_test.c - certificates signed with RSASSA-PSS, and their parameters (RFC 4055). SPDX-License-Identifier: Apache-2.0
 *
 * KNOWN-HOLES 9 and 43: salts that overflow, parameters that are missing. */
#include "room.h"

/* RFC 4055 3.1, RFC 7427 A.4: one hash for all and the salt as long as it; another salt, another MGF: refused */
static void certificates(void **state)
{
    static const struct {
        const char *name;
        int err;
    } cases[] = {{"pss.pem", 0}, {"pss-salt.pem", IKE_E_CERT_INVALID}, {"pss-mgf.pem", IKE_E_CERT_INVALID}};
    struct material ca_m, leaf_m;
    struct ike_x509 ca, x;

    (void)state;
    assert_int_equal(ike__x509_parse(&ca, load_cert(&ca_m, "rsa-ca.pem"), NULL), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(ike__x509_parse(&x, load_cert(&leaf_m, cases[i].name), NULL), 0);
        expect(cases[i].name, ike__alg_signed(&ca, x.alg, x.tbs, x.sig), cases[i].err);
        ike__x509_free(&x);
    }
    ike__x509_free(&ca);
}

/* A trust with an RSA CA, and a leaf that says its name: the whole way. */
static void a_whole_verdict(void **state)
{
    struct material ca_m, leaf_m, key;
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_keystore store;
    uint8_t sig[200];
    ike_ask ask;
    ike_trust *t;
    ike_span cert;
    size_t n;

    (void)state;
    memset(&ask, 0, sizeof(ask));
    files.certs = cert = load_cert(&leaf_m, "pss.pem");
    files.key = load_pki(&key, "pss.key");
    assert_int_equal(ike_keystore_file(&store, &files, NULL), 0);
    ask.kind = IKE_ASK_SIGN;
    ask.sigs = IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256);
    ask.tbs = (ike_span){signed_octets, sizeof(signed_octets)};
    assert_true(store.answer(store.self, &ask, sig, sizeof(sig), &n) > 0);
    ask.kind = IKE_ASK_VERIFY;
    ask.proof = (ike_span){sig, n};
    ask.certs = &cert;
    ask.certs_n = 1;
    ask.peer_id_type = 2;
    ask.peer_id_data = (ike_span){(const uint8_t *)"gw.test", 7};
    assert_int_equal(ike_trust_new(&t), 0);
    assert_int_equal(ike_trust_add(t, load_cert(&ca_m, "rsa-ca.pem")), 0);
    expect("pss.pem", ike_trust_verify(t, &ask), 0);
    ike_trust_free(t);
    store.close(store.self);
}

#define OID   "06092a864886f70d01010a"
#define S256  "300d06096086480165030402010500"
#define S384  "300d06096086480165030402020500"
#define S256_ "300b0609608648016503040201"
#define SHA1  "300906052b0e03021a0500"
#define MGF   "06092a864886f70d010108"

static int reads(const char *text)
{
    uint8_t octets[200];
    struct ike_alg a;

    return ike__alg_read(hex(octets, text), &a);
}

/* RFC 4055 3.1: [0] hash, [1] MGF1 with a hash, [2] salt, [3] trailer; every field that is left to its default is SHA-1's */
static void parameters(void **state)
{
    static const char *const good[] = {
        "3041" OID "3034a00f" S256 "a11c301a" MGF S256 "a203020120",
        "303d" OID "3030a00d" S256_ "a11a3018" MGF S256_ "a203020120", /* RFC 4055 2.1: NULL or absent */
    };
    static const char *const bad[] = {
        "300b" OID,                                                  /* no parameters */
        "300d" OID "0500",                                           /* NULL */
        "300d" OID "3000",                                           /* all defaults: SHA-1 */
        "303c" OID "302fa00f" S256 "a11c301a" MGF S256,              /* salt left out: 20 */
        "3030" OID "3023a11c301a" MGF S256 "a203020120",             /* hash left out: SHA-1 */
        "3023" OID "3016a00f" S256 "a203020120",                     /* MGF left out: SHA-1 */
        "3041" OID "3034a00f" S256 "a11c301a" MGF S384 "a203020120", /* another hash in MGF1 */
        "3041" OID "3034a00f" S256 "a11c301a" MGF S256 "a203020114", /* another salt */
        "3041" OID "3034a00f" S256 "a11c301a" MGF S256 "a2030201e0", /* negative */
        "3044" OID "3037a00f" S256 "a11c301a" MGF S256 "a2060204ffffffff",
        "3045" OID "3038a00f" S256 "a11c301a" MGF S256 "a20702057fffffff20",
        "3042" OID "3035a00f" S256 "a11c301a" MGF S256 "a20402020020",         /* not minimal */
        "3046" OID "3039a00f" S256 "a11c301a" MGF S256 "a203020120a303020102", /* another trailer */
        "3043" OID "3034a00f" S256 "a11c301a" MGF S256 "a2030201200500",       /* more behind them */
        "3041" OID "3034a00f" S256 "a11c301a" MGF S256 "a20302012000",         /* more behind it all */
        "3041" OID "3034a203020120a00f" S256 "a11c301a" MGF S256,              /* another order */
        "3041" OID "3034a00f" S256 "a11c301a" OID S256 "a203020120",           /* a mask that is none */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        expect(good[i], reads(good[i]), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        expect(bad[i], reads(bad[i]), IKE_E_CERT_INVALID);
    expect("SHA-1 throughout", reads("3039" OID "302ca00b" SHA1 "a1183016" MGF SHA1 "a203020114"), 0);
}

/* RFC 8247 3.2: … and then it is the policy that refuses it */
static void sha1_is_weak(void **state)
{
    static const uint8_t sha1[] = {0x30, 0x39, 6,    9,    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1,    1,
                                   0x0a, 0x30, 0x2c, 0xa0, 0x0b, 0x30, 9,    6,    5,    0x2b, 0x0e, 3,
                                   2,    0x1a, 5,    0,    0xa1, 0x18, 0x30, 0x16, 6,    9,    0x2a, 0x86,
                                   0x48, 0x86, 0xf7, 0x0d, 1,    1,    8,    0x30, 9,    6,    5,    0x2b,
                                   0x0e, 3,    2,    0x1a, 5,    0,    0xa2, 3,    2,    1,    0x14};

    (void)state;
    assert_int_equal(
        ike__alg_hash_allowed(ike_trust_policy_of(IKE_POLICY_COMPAT), (ike_span){sha1, sizeof(sha1)}),
        IKE_E_CERT_WEAK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates),
        cmocka_unit_test(a_whole_verdict),
        cmocka_unit_test(parameters),
        cmocka_unit_test(sha1_is_weak),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
