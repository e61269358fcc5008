/* tests/unit/keystore/signer_test.c - keys that are elsewhere: scheme, certificate, and trust in nobody. SPDX-License-Identifier: Apache-2.0 */
#include "fake/octets.h"
#include <ike/keystore.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdlib.h>

/* A token made of a key file. */
struct token {
    mbedtls_pk_context pk;
    mbedtls_x509_crt crt;
    int fault, sig, closed;
};

static int rng(void *self, unsigned char *out, size_t n)
{
    (void)self;
    return ike_crypto_mbedtls()->random(ike_crypto_mbedtls()->self, out, n);
}

static int sign(void *self, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n)
{
    struct token *t = self;
    mbedtls_md_type_t md = hash.n == 32   ? MBEDTLS_MD_SHA256
                           : hash.n == 48 ? MBEDTLS_MD_SHA384
                                          : MBEDTLS_MD_SHA512;
    int err;

    t->sig = sig;
    if (t->fault < 0)
        return t->fault;
#if MBEDTLS_VERSION_MAJOR >= 3
    err = mbedtls_pk_sign(&t->pk, md, hash.p, hash.n, out, cap, n, rng, NULL);
#else
    (void)cap;
    err = mbedtls_pk_sign(&t->pk, md, hash.p, hash.n, out, n, rng, NULL);
#endif
    out[*n - 1] ^= (uint8_t)t->fault;
    return err == 0 ? 0 : IKE_E_CRYPTO;
}

static void close_token(void *self)
{
    ((struct token *)self)->closed++;
}

static ike_signer token_init(struct token *t, const char *name)
{
    char path[100];

    memset(t, 0, sizeof(*t));
    mbedtls_pk_init(&t->pk);
    mbedtls_x509_crt_init(&t->crt);
    snprintf(path, sizeof(path), "tests/pki/%s.key", name);
#if MBEDTLS_VERSION_MAJOR >= 3
    assert_int_equal(mbedtls_pk_parse_keyfile(&t->pk, path, NULL, rng, NULL), 0);
#else
    assert_int_equal(mbedtls_pk_parse_keyfile(&t->pk, path, NULL), 0);
#endif
    snprintf(path, sizeof(path), "tests/pki/%s.pem", name);
    assert_int_equal(mbedtls_x509_crt_parse_file(&t->crt, path), 0);
    return (ike_signer){.abi = IKE_SIGNER_ABI,
                        .slow = 1,
                        .self = t,
                        .sigs = UINT64_MAX,
                        .certs = {t->crt.raw.p, t->crt.raw.len},
                        .sign = sign,
                        .close = close_token};
}

static void token_drop(struct token *t)
{
    mbedtls_pk_free(&t->pk);
    mbedtls_x509_crt_free(&t->crt);
}

static int ask_for(const ike_keystore *ks, uint64_t sigs)
{
    uint8_t sig[1024];
    ike_ask ask = {.kind = IKE_ASK_SIGN, .tbs = {(const uint8_t *)"octets", 6}, .sigs = sigs};
    size_t n = 0;

    return ks->answer(ks->self, &ask, sig, sizeof(sig), &n);
}

static void a_signer_signs(void **state)
{
    static const struct {
        const char *name;
        uint64_t can, sigs;
        int verdict;
    } rows[] = {
        {"client", UINT64_MAX, UINT64_MAX, IKE_SIG_ECDSA_SHA256},
        {"p384", UINT64_MAX, UINT64_MAX, IKE_SIG_ECDSA_SHA384},
        {"p521", UINT64_MAX, UINT64_MAX, IKE_SIG_ECDSA_SHA512},
        {"rsa-client", UINT64_MAX, UINT64_MAX, IKE_SIG_RSA_SHA256},
        {"rsa-client", IKE_SIG_BIT(IKE_SIG_RSA_SHA384), UINT64_MAX, IKE_SIG_RSA_SHA384}, /* what it can */
        {"rsa-client", UINT64_MAX, IKE_SIG_BIT(IKE_SIG_RSA_SHA512), IKE_SIG_RSA_SHA512}, /* what they take */
        {"rsa-client", IKE_SIG_BIT(IKE_SIG_RSA_SHA256), IKE_SIG_BIT(IKE_SIG_RSA_SHA512), IKE_E_DENIED},
        {"client", IKE_SIG_BIT(IKE_SIG_RSA_SHA256), UINT64_MAX, IKE_E_DENIED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        ike_keyfile files = IKE_KEYFILE_INIT;
        ike_keystore ks;
        struct token t;
        ike_signer signer = token_init(&t, rows[i].name);
        const char *why;

        signer.sigs = rows[i].can;
        files.signer = &signer;
        assert_int_equal(ike_keystore_file(&ks, &files, &why), 0);
        assert_int_equal(ks.slow, 1u << IKE_ASK_SIGN);
        assert_int_equal(ask_for(&ks, rows[i].sigs), rows[i].verdict);
        ks.close(ks.self);
        assert_int_equal(t.closed, 1);
        token_drop(&t);
    }
}

/* what a token gives is looked at before it leaves */
static void a_wrong_signature_stays_here(void **state)
{
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_keystore ks;
    struct token t;
    ike_signer signer = token_init(&t, "client");

    (void)state;
    files.signer = &signer;
    assert_int_equal(ike_keystore_file(&ks, &files, NULL), 0);
    t.fault = 1;
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_E_CRYPTO);
    t.fault = IKE_E_LOCAL_IO;
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_E_LOCAL_IO);
    ks.close(ks.self);
    token_drop(&t);
}

/* RFC 7427 A.4.3: a PSS signature with another salt is none (this token makes PKCS#1 of everything): without PSS, then,
 * if the peer takes that */
static void a_token_that_cannot_do_pss(void **state)
{
    const uint64_t pss = IKE_SIG_BIT(IKE_SIG_PSS_SHA256), pkcs1 = IKE_SIG_BIT(IKE_SIG_RSA_SHA384);
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_keystore ks;
    struct token t;
    ike_signer signer = token_init(&t, "rsa-client");

    (void)state;
    files.signer = &signer;
    files.rsa_pss = 1;
    assert_int_equal(ike_keystore_file(&ks, &files, NULL), 0);
    assert_int_equal(ask_for(&ks, pss | pkcs1), IKE_SIG_RSA_SHA384);
    assert_int_equal(t.sig, IKE_SIG_RSA_SHA384);
    assert_int_equal(ask_for(&ks, pss), IKE_E_CRYPTO);
    ks.close(ks.self);
    token_drop(&t);
}

/* RFC 9593 3.2.2: what the peer takes under the authority of our chain, if that is among them and our key can do it */
static void schemes_by_authority(void **state)
{
    static const struct {
        int chained; /* the CA stands in our chain */
        uint64_t under_ours;
        int verdict;
    } rows[] = {{1, IKE_SIG_BIT(IKE_SIG_RSA_SHA384), IKE_SIG_RSA_SHA384},
                {1, IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256),
                 IKE_SIG_RSA_SHA256}, /* not with this key: as if nothing was said */
                {0, IKE_SIG_BIT(IKE_SIG_RSA_SHA384), IKE_SIG_RSA_SHA256}};
    uint8_t bundle[8192], key[4096], hashes[40], sig[1024];
    ike_span leaf = read_file("tests/pki/rsa-client.pem", bundle, sizeof(bundle));
    ike_span ca = read_file("tests/pki/ca.pem", bundle + leaf.n, sizeof(bundle) - leaf.n);
    ike_trust *t;

    (void)state;
    memset(hashes, 0x11, 20);
    assert_int_equal(ike_trust_new(&t), 0);
    assert_int_equal(ike_trust_add(t, ca), 0);
    assert_int_equal(ike_trust_certreq(t, hashes + 20, 20), 20);
    ike_trust_free(t);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint64_t by_authority[] = {IKE_SIG_BIT(IKE_SIG_RSA_SHA512), rows[i].under_ours};
        ike_ask ask = {.kind = IKE_ASK_SIGN, .tbs = {(const uint8_t *)"octets", 6}, .sigs = UINT64_MAX};
        ike_keyfile files = IKE_KEYFILE_INIT;
        ike_keystore ks;
        size_t n;

        ask.authorities = (ike_span){hashes, sizeof(hashes)};
        ask.authority_sigs = by_authority;
        files.certs = (ike_span){bundle, leaf.n + (rows[i].chained ? ca.n : 0)};
        files.key = read_file("tests/pki/rsa-client.key", key, sizeof(key));
        assert_int_equal(ike_keystore_file(&ks, &files, NULL), 0);
        assert_int_equal(ks.answer(ks.self, &ask, sig, sizeof(sig), &n), rows[i].verdict);
        ks.close(ks.self);
    }
}

static void the_certificate_is_found_by_the_key(void **state)
{
    ike_keyfile files = IKE_KEYFILE_INIT;
    uint8_t bundle[8192];
    ike_keystore ks;
    struct token t;
    ike_signer signer = token_init(&t, "client");
    ike_span certs[2], ca = read_file("tests/pki/ca.pem", bundle, sizeof(bundle)), leaf;
    const char *why;

    (void)state;
    leaf = read_file("tests/pki/client.pem", bundle + ca.n, sizeof(bundle) - ca.n);
    files.signer = &signer;
    files.certs = (ike_span){bundle, ca.n + leaf.n};
    signer.pub = (ike_span){t.crt.pk_raw.p + t.crt.pk_raw.len - 65, 65};
    assert_int_equal(ike_keystore_file(&ks, &files, &why), 0);
    assert_int_equal(ike_keystore_file_certs(&ks, certs, 2), 2);
    assert_int_equal(certs[0].n, t.crt.raw.len);
    assert_memory_equal(certs[0].p, t.crt.raw.p, certs[0].n);
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_SIG_ECDSA_SHA256);
    ks.close(ks.self);

    t.closed = 0; /* on errors the signer stays the caller's */
    files.certs = ca;
    assert_int_equal(ike_keystore_file(&ks, &files, &why), IKE_E_CERT_INVALID);
    assert_string_equal(why, "the private key does not belong to the certificate");
    files.certs = (ike_span){NULL, 0};
    signer.certs.n--;
    assert_int_equal(ike_keystore_file(&ks, &files, &why), IKE_E_CERT_INVALID);
    signer.certs.n = 0;
    assert_int_equal(ike_keystore_file(&ks, &files, &why), IKE_E_CERT_INVALID);
    assert_string_equal(why, "there is no certificate beside the private key");
    signer.abi++;
    assert_int_equal(ike_keystore_file(&ks, &files, &why), IKE_E_USAGE);
    assert_int_equal(t.closed, 0);
    token_drop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signer_signs),
        cmocka_unit_test(a_wrong_signature_stays_here),
        cmocka_unit_test(a_token_that_cannot_do_pss),
        cmocka_unit_test(schemes_by_authority),
        cmocka_unit_test(the_certificate_is_found_by_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
