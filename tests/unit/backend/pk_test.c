/* tests/unit/backend/pk_test.c - signatures by another library than the one that reads keys and certificates. SPDX-License-Identifier: Apache-2.0
 *
 * Every kind of key and every scheme (RFC 7427, 8017): what one signs the other verifies, and neither takes anything else. */
#include "fake/backends.h"
#include "fake/octets.h"
#include <ike/keystore.h>
#include <stdlib.h>

#define TBS "octets to be signed"

static ike_span file(const char *name)
{
    static uint8_t text[8][8192];
    static unsigned next;

    return read_pki(name, text[next++ % 8], sizeof(text[0]));
}

static void open_store(ike_keystore *ks, const char *name, const ike_crypto *crypto)
{
    ike_trust_options opt = IKE_TRUST_OPTIONS_INIT;
    ike_keyfile k = IKE_KEYFILE_INIT;
    char cert[64], key[64];
    const char *why;

    snprintf(cert, sizeof(cert), "%s.pem", name);
    snprintf(key, sizeof(key), "%s.key", name);
    k.certs = file(cert);
    k.key = file(key);
    k.crypto = opt.crypto = crypto;
    assert_int_equal(ike_trust_new(&k.trust), 0);
    assert_int_equal(ike_trust_set(k.trust, &opt), 0);
    assert_int_equal(ike_trust_add(k.trust, file("ca.pem")), 0);
    assert_int_equal(ike_keystore_file(ks, &k, &why), 0);
}

static int sign(const ike_keystore *ks, int sig, uint8_t *out, size_t cap, size_t *n)
{
    ike_ask ask;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_SIGN;
    ask.tbs = (ike_span){(const uint8_t *)TBS, sizeof(TBS)};
    ask.sigs = IKE_SIG_BIT(sig);
    return ks->answer(ks->self, &ask, out, cap, n);
}

static int verify(const ike_keystore *ks, const ike_span *cert, int sig, ike_span tbs, ike_span proof)
{
    uint8_t out[512];
    ike_ask ask;
    size_t n;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_VERIFY;
    ask.peer_id = "gw.test";
    ask.peer_id_type = 2; /* FQDN */
    ask.peer_id_data = (ike_span){(const uint8_t *)"gw.test", 7};
    ask.certs = cert;
    ask.certs_n = 1;
    ask.tbs = tbs;
    ask.proof = proof;
    ask.sigs = IKE_SIG_BIT(sig);
    return ks->answer(ks->self, &ask, out, sizeof(out), &n);
}

static const struct {
    const char *name;
    int first, last; /* schemes that its key can do */
} keys[] = {{"gw", IKE_SIG_ECDSA_SHA256, IKE_SIG_ECDSA_SHA512},
            {"p384", IKE_SIG_ECDSA_SHA256, IKE_SIG_ECDSA_SHA512},
            {"p521", IKE_SIG_ECDSA_SHA256, IKE_SIG_ECDSA_SHA512},
            {"rsa-gw", IKE_SIG_RSA_SHA256, IKE_SIG_PSS_SHA512}};

/* signer signs, judge verifies */
static void try_all(const ike_crypto *signer, const ike_crypto *judge)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        ike_keystore a, b;
        ike_span cert;
        open_store(&a, keys[i].name, signer);
        open_store(&b, "client", judge);
        assert_int_equal(ike_keystore_file_certs(&a, &cert, 1), 1);
        for (int sig = IKE_SIG_RSA_SHA256; sig <= IKE_SIG_ECDSA_SHA512; sig++) {
            const ike_span tbs = {(const uint8_t *)TBS, sizeof(TBS)}, other = {tbs.p, tbs.n - 1};
            uint8_t proof[1024];
            size_t n = 0;
            if (sig < keys[i].first || sig > keys[i].last) {
                assert_true(sign(&a, sig, proof, sizeof(proof), &n) < 0);
                continue;
            }
            assert_int_equal(sign(&a, sig, proof, 8, &n), IKE_E_NOSPACE);
            assert_int_equal(sign(&a, sig, proof, sizeof(proof), &n), sig);
            assert_int_equal(verify(&b, &cert, sig, tbs, (ike_span){proof, n}), 0);
            assert_int_equal(verify(&b, &cert, sig, other, (ike_span){proof, n}), IKE_E_AUTH);
            assert_int_equal(verify(&b, &cert, sig, tbs, (ike_span){proof, n - 1}), IKE_E_AUTH);
            assert_int_equal(
                verify(&b, &cert, sig == keys[i].first ? sig + 1 : sig - 1, tbs, (ike_span){proof, n}),
                IKE_E_AUTH);
            proof[n / 2] ^= 1;
            assert_int_equal(verify(&b, &cert, sig, tbs, (ike_span){proof, n}), IKE_E_AUTH);
        }
        a.close(a.self);
        b.close(b.self);
    }
}

static void what_one_signs_the_other_takes(void **state)
{
    (void)state;
    for (size_t i = 0; test_backend(i); i++)
        for (size_t j = 0; test_backend(j); j++)
            try_all(test_backend(i), test_backend(j));
}

/* a key or scheme that it does not know is left to whoever read the key */
static void what_it_does_not_know_it_says(void **state)
{
    static const uint8_t junk[] = {0x30, 0x03, 0x02, 0x01, 0x00};
    const ike_span no_key = {junk, sizeof(junk)};
    void *key = &key;

    (void)state;
    for (size_t i = 0; test_backend(i); i++) {
        const ike_pk_alg *pk = test_backend(i)->pk;
        if (!pk)
            continue;
        assert_int_equal(pk->verify(no_key, IKE_SIG_ECDSA_SHA256, no_key, no_key), IKE_E_UNSUPPORTED);
        assert_int_equal(pk->verify((ike_span){NULL, 0}, IKE_SIG_ECDSA_SHA256, no_key, no_key),
                         IKE_E_UNSUPPORTED);
        assert_int_equal(pk->open(&key, no_key), IKE_E_UNSUPPORTED);
        assert_null(key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_one_signs_the_other_takes),
        cmocka_unit_test(what_it_does_not_know_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
