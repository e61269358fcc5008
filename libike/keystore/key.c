/* keystore/key.c - private keys: PEM or DER, PKCS#1, SEC1, PKCS#8, encrypted or not. SPDX-License-Identifier: Apache-2.0
 *
 * mbedTLS reads the plain forms; EncryptedPrivateKeyInfo goes through pbes.c, because mbedTLS 2.28 does not know the
 * ciphers that are usual today.
 *
 * Not here: PKCS#12 (p12.c), Ed25519 and Ed448 (eddsa.c). */
#include "keystore/room.h"
#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/version.h>
#include <string.h>

#define KEY_DER_MAX 6144u /* RSA of 8192 bits fits */
#define SEQUENCE    (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

static int rng(void *self, unsigned char *out, size_t n)
{
    const ike_crypto *c = ike_crypto_mbedtls();

    (void)self;
    return c->random(c->self, out, n);
}

/* PKCS#8, PKCS#1 or SEC1; PEM with its NUL counted, or DER. */
static int parse(struct ike_own_key *k, ike_span key, const char *password)
{
    const unsigned char *pwd = (const unsigned char *)password;
    size_t pwd_n = password ? strlen(password) : 0;
    int err;

    if (ike__eddsa_parse(k, key))
        return 0;
#if MBEDTLS_VERSION_MAJOR >= 3
    err = mbedtls_pk_parse_key(&k->pk, key.p, key.n, pwd, pwd_n, rng, NULL);
#else
    err = mbedtls_pk_parse_key(&k->pk, key.p, key.n, pwd, pwd_n);
    (void)rng;
#endif
    if (err == 0)
        return 0;
    return err == MBEDTLS_ERR_PK_PASSWORD_MISMATCH || err == MBEDTLS_ERR_PK_PASSWORD_REQUIRED
               ? IKE_E_DENIED
               : IKE_E_CERT_INVALID;
}

/* EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING } */
static int parse_encrypted(struct ike_own_key *k, ike_span der, const char *password)
{
    unsigned char *p = (unsigned char *)(uintptr_t)der.p, *alg;
    const unsigned char *end = der.p + der.n;
    struct ike_blob plain = {0};
    size_t n, alg_n;
    int err;

    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 || p + n != end)
        return IKE_E_CERT_INVALID;
    alg = p;
    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0)
        return IKE_E_CERT_INVALID;
    p += n;
    alg_n = (size_t)(p - alg);
    if (mbedtls_asn1_get_tag(&p, end, &n, MBEDTLS_ASN1_OCTET_STRING) != 0)
        return IKE_E_CERT_INVALID;
    err = ike__pbes_open((ike_span){alg, alg_n}, (ike_span){p, n}, password, &plain);
    if (err == 0)
        err = parse(k, (ike_span){plain.p, plain.n}, NULL);
    ike__blob_drop(&plain);
    return err;
}

/* An encrypted DER key begins with two nested SEQUENCEs; plain ones begin with an INTEGER. */
static int parse_der(struct ike_own_key *k, ike_span der, const char *password)
{
    unsigned char *p = (unsigned char *)(uintptr_t)der.p;
    size_t n;
    int is_encrypted = mbedtls_asn1_get_tag(&p, der.p + der.n, &n, SEQUENCE) == 0 && n > 0 && *p == SEQUENCE;

    return is_encrypted ? parse_encrypted(k, der, password) : parse(k, der, password);
}

const char *ike__text_find(const char *text, const char *end, const char *what)
{
    size_t n = strlen(what);

    for (; (size_t)(end - text) >= n; text++)
        if (memcmp(text, what, n) == 0)
            return text;
    return NULL;
}

/* PKCS#8 is decoded here; the older forms, which may have an encryption of their own, by mbedTLS. */
static int parse_pem(struct ike_own_key *k, ike_span key, const char *password)
{
    static const char *const pkcs8[] = {"-----BEGIN ENCRYPTED PRIVATE KEY-----",
                                        "-----BEGIN PRIVATE KEY-----"};
    const char *text = (const char *)key.p, *end = text + key.n, *from = NULL, *to;
    struct ike_blob blob = {0};
    size_t n = 0;
    int err;

    for (size_t i = 0; i < 2 && !from; i++) {
        from = ike__text_find(text, end, pkcs8[i]);
        from = from ? from + strlen(pkcs8[i]) : NULL;
    }
    if (!from) {
        err = ike__blob_set(&blob, NULL, key.n + 1);
        if (err == 0) {
            memcpy(blob.p, key.p, key.n);
            blob.p[key.n] = '\0';
            err = parse(k, (ike_span){blob.p, blob.n}, password);
        }
        ike__blob_drop(&blob);
        return err;
    }
    to = ike__text_find(from, end, "-----END");
    if (!to || ike__blob_set(&blob, NULL, (size_t)(to - from)) < 0)
        return to ? IKE_E_NOMEM : IKE_E_CERT_INVALID;
    err = mbedtls_base64_decode(blob.p, blob.n, &n, (const unsigned char *)from, (size_t)(to - from)) == 0
              ? parse_der(k, (ike_span){blob.p, n}, password)
              : IKE_E_CERT_INVALID;
    ike__blob_drop(&blob);
    return err;
}

int ike__key_parse(struct ike_own_key *k, ike_span key, const char *password)
{
    const char *text = (const char *)key.p;

    if (key.n == 0)
        return IKE_E_CERT_INVALID;
    return ike__text_find(text, text + key.n, "-----BEGIN") ? parse_pem(k, key, password)
                                                            : parse_der(k, key, password);
}

int ike__key_is_there(const struct ike_own_key *k)
{
    return k->eddsa || mbedtls_pk_get_type(&k->pk) != MBEDTLS_PK_NONE;
}

void ike__key_hand_over(struct ike_own_key *k)
{
    const ike_pk_alg *pk = k->crypto && k->crypto->abi >= 2 ? k->crypto->pk : NULL;
    unsigned char der[KEY_DER_MAX]; /* written from its end */
    int n;

    if (!pk || mbedtls_pk_get_type(&k->pk) == MBEDTLS_PK_NONE)
        return;
    n = mbedtls_pk_write_key_der(&k->pk, der, sizeof(der));
    if (n > 0 && pk->open(&k->other, (ike_span){der + sizeof(der) - (size_t)n, (size_t)n}) < 0)
        k->other = NULL;
    mbedtls_platform_zeroize(der, sizeof(der));
}

void ike__key_drop(struct ike_own_key *k)
{
    if (k->other)
        k->crypto->pk->close(k->other);
    mbedtls_pk_free(&k->pk);
    mbedtls_platform_zeroize(k, sizeof(*k));
}
