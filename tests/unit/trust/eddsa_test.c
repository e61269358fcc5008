/* tests/unit/trust/eddsa_test.c - Ed25519 and Ed448: keys, certificates, proofs (RFC 8032, 8410, 8420). SPDX-License-Identifier: Apache-2.0 */
#include "room.h"
#include "fake/backends.h"

/* A backend with EdDSA, NULL: this build has none. */
static const ike_crypto *eddsa(void)
{
    const ike_crypto *c;

    for (size_t i = 0; (c = test_backend(i)); i++)
        if (c->eddsa)
            return c;
    return NULL;
}

/* Proofs by this key, judged with this anchor; damage: 1: the proof, 2: the octets, 3: another scheme. */
static int judge(const char *name, const char *anchor, const ike_trust_policy *policy, int damage)
{
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;
    ike_keyfile files = IKE_KEYFILE_INIT;
    struct material cert, key, root;
    char path[100];
    uint8_t sig[200];
    ike_keystore store;
    ike_span certs[10];
    ike_trust *t;
    ike_ask ask;
    size_t n;
    int verdict;

    memset(&ask, 0, sizeof(ask));
    snprintf(path, sizeof(path), "%s.pem", name);
    files.certs = load_pki(&cert, path);
    snprintf(path, sizeof(path), "%s.key", name);
    files.key = load_pki(&key, path);
    files.crypto = options.crypto = eddsa();
    options.policy = policy;
    assert_int_equal(ike_keystore_file(&store, &files, NULL), 0);
    assert_null(ike_keystore_file_pk(&store)); /* nothing for TLS by mbedTLS */
    ask.kind = IKE_ASK_SIGN;
    ask.tbs = (ike_span){signed_octets, sizeof(signed_octets)};
    ask.sigs = ~(uint64_t)0;
    verdict = store.answer(store.self, &ask, sig, sizeof(sig), &n);
    assert_int_equal(verdict, strncmp(name, "ed448", 5) == 0 ? IKE_SIG_ED448 : IKE_SIG_ED25519);
    assert_int_equal(n, verdict == IKE_SIG_ED448 ? 114 : 64);
    sig[n / 2] ^= damage == 1;
    ask.kind = IKE_ASK_VERIFY;
    ask.certs_n = (uint32_t)ike_keystore_file_certs(&store, certs, 10);
    ask.certs = certs;
    ask.proof = (ike_span){sig, n};
    ask.sigs = IKE_SIG_BIT(damage == 3 ? IKE_SIG_ECDSA_SHA256 : verdict);
    ask.tbs.n -= damage == 2;
    ask.peer_id_type = 2;
    ask.peer_id_data = (ike_span){(const uint8_t *)"gw.test", 7};
    assert_int_equal(ike_trust_new(&t), 0);
    assert_int_equal(ike_trust_set(t, &options), 0);
    assert_int_equal(ike_trust_add(t, load_pki(&root, anchor)), 0);
    verdict = ike_trust_verify(t, &ask);
    ike_trust_free(t);
    store.close(store.self);
    return verdict;
}

/* RFC 8420 A.1, RFC 8410 3: pure Ed25519 and Ed448, alone and under a CA of another kind; row 124 */
static void proofs_and_certificates(void **state)
{
    ike_trust_policy strict = *ike_trust_policy_of(IKE_POLICY_DEFAULT);

    (void)state;
    if (!eddsa())
        skip();
    strict.curves &= ~IKE_CURVE_ED25519;
    assert_int_equal(judge("ed25519", "ed25519-ca.pem", NULL, 0), 0);
    assert_int_equal(judge("ed25519-mixed", "ca.pem", NULL, 0), 0);
    assert_int_equal(judge("ed448", "ca.pem", NULL, 0), 0);
    for (int damage = 1; damage <= 3; damage++) {
        assert_int_equal(judge("ed25519", "ed25519-ca.pem", NULL, damage), IKE_E_AUTH);
        assert_int_equal(judge("ed448", "ca.pem", NULL, damage), IKE_E_AUTH);
    }
    assert_int_equal(judge("ed25519", "ca.pem", NULL, 0), IKE_E_CERT_UNTRUSTED);
    assert_int_equal(judge("ed25519", "ed25519-ca.pem", &strict, 0), IKE_E_CERT_WEAK);
    assert_int_equal(judge("ed25519-mixed", "ca.pem", &strict, 0), IKE_E_CERT_WEAK);
    assert_int_equal(judge("ed25519-mixed", "ca.pem", ike_trust_policy_of(IKE_POLICY_CNSA), 0),
                     IKE_E_CERT_WEAK);
}

/* RFC 8410 7: PKCS#8, encrypted or not, PKCS#12; a key that is not the certificate's; a peer without "identity" */
static void keys_in_files(void **state)
{
    struct material cert, key, other;
    ike_keyfile files = IKE_KEYFILE_INIT;
    uint8_t sig[114];
    ike_keystore store;
    const char *why;
    char id[400];
    ike_ask ask;
    size_t n;

    (void)state;
    memset(&ask, 0, sizeof(ask));
    files.certs = load_pki(&cert, "ed25519-client.pem");
    files.key = load_pki(&key, "ed25519-client.key");
    assert_int_equal(ike_keystore_file(&store, &files, &why), IKE_E_CERT_INVALID); /* no backend for it */
    if (!eddsa())
        skip();
    files.crypto = eddsa();
    assert_int_equal(ike_keystore_file(&store, &files, &why), 0);
    assert_true(ike_keystore_file_id(&store, id, sizeof(id)) > 0);
    ask.kind = IKE_ASK_SIGN;
    ask.tbs = (ike_span){signed_octets, sizeof(signed_octets)};
    ask.sigs = ~IKE_SIG_BIT(IKE_SIG_ED25519);
    assert_int_equal(store.answer(store.self, &ask, sig, sizeof(sig), &n), IKE_E_DENIED);
    ask.sigs = ~(uint64_t)0;
    assert_int_equal(store.answer(store.self, &ask, sig, 63, &n), IKE_E_NOSPACE);
    store.close(store.self);
    files.key = load_pki(&key, "ed25519-client-enc.key");
    files.password = "wrong";
    assert_int_equal(ike_keystore_file(&store, &files, &why), IKE_E_DENIED);
    files.password = "test";
    assert_int_equal(ike_keystore_file(&store, &files, &why), 0);
    store.close(store.self);
    files.key = load_pki(&other, "ed25519.key");
    assert_int_equal(ike_keystore_file(&store, &files, &why), IKE_E_CERT_INVALID);
    assert_string_equal(why, "the private key does not belong to the certificate");
    memset(&files.certs, 0, sizeof(files.certs));
    memset(&files.key, 0, sizeof(files.key));
    files.p12 = load_pki(&key, "ed25519-client.p12");
    assert_int_equal(ike_keystore_file(&store, &files, &why), 0);
    store.close(store.self);
}

/* RFC 8032 7.1 TEST 2, 7.4 "1 octet" */
static void numbers(void **state)
{
    static const uint8_t key25519[] = {0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3,
                                       0x46, 0xec, 0x11, 0x4e, 0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab,
                                       0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb};
    static const uint8_t pub25519[] = {0x3d, 0x40, 0x17, 0xc3, 0xe8, 0x43, 0x89, 0x5a, 0x92, 0xb7, 0x0a,
                                       0xa7, 0x4d, 0x1b, 0x7e, 0xbc, 0x9c, 0x98, 0x2c, 0xcf, 0x2e, 0xc4,
                                       0x96, 0x8c, 0xc0, 0xcd, 0x55, 0xf1, 0x2a, 0xf4, 0x66, 0x0c};
    static const uint8_t sig25519[] = {
        0x92, 0xa0, 0x09, 0xa9, 0xf0, 0xd4, 0xca, 0xb8, 0x72, 0x0e, 0x82, 0x0b, 0x5f, 0x64, 0x25, 0x40,
        0xa2, 0xb2, 0x7b, 0x54, 0x16, 0x50, 0x3f, 0x8f, 0xb3, 0x76, 0x22, 0x23, 0xeb, 0xdb, 0x69, 0xda,
        0x08, 0x5a, 0xc1, 0xe4, 0x3e, 0x15, 0x99, 0x6e, 0x45, 0x8f, 0x36, 0x13, 0xd0, 0xf1, 0x1d, 0x8c,
        0x38, 0x7b, 0x2e, 0xae, 0xb4, 0x30, 0x2a, 0xee, 0xb0, 0x0d, 0x29, 0x16, 0x12, 0xbb, 0x0c, 0x00};
    static const uint8_t message[] = {0x72};
    const ike_eddsa_alg *a;
    uint8_t out[114];
    ike_span m = {message, 1};

    (void)state;
    if (!eddsa())
        skip();
    a = eddsa()->eddsa[0];
    assert_int_equal(a->sig, IKE_SIG_ED25519);
    assert_int_equal(a->derive(key25519, out), 0);
    assert_memory_equal(out, pub25519, sizeof(pub25519));
    assert_int_equal(a->sign(key25519, m, out), 0);
    assert_memory_equal(out, sig25519, sizeof(sig25519));
    assert_int_equal(a->verify(pub25519, m, (ike_span){sig25519, 64}), 0);
    /* KNOWN-HOLES 40: empty, zero, shorter, longer: no signatures */
    memset(out, 0, sizeof(out));
    assert_int_equal(a->verify(pub25519, m, (ike_span){NULL, 0}), IKE_E_AUTH);
    assert_int_equal(a->verify(pub25519, m, (ike_span){out, 64}), IKE_E_AUTH);
    assert_int_equal(a->verify(pub25519, m, (ike_span){sig25519, 63}), IKE_E_AUTH);
    memcpy(out, sig25519, 64);
    assert_int_equal(a->verify(pub25519, m, (ike_span){out, 65}), IKE_E_AUTH);
    assert_int_equal(a->verify(pub25519, (ike_span){message, 0}, (ike_span){out, 64}), IKE_E_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proofs_and_certificates),
        cmocka_unit_test(keys_in_files),
        cmocka_unit_test(numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
