/* keystore/key.c - private keys: PEM or DER, PKCS#1, SEC1, PKCS#8, encrypted or not. SPDX-License-Identifier: Apache-2.0
 *
 * mbedTLS reads the plain forms; EncryptedPrivateKeyInfo goes through pbes.c, because mbedTLS 2.28 does not know the
 * ciphers that are usual today.
 *
 * Not here: PKCS#12 (p12.c). */
#include "keystore/room.h"
#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <mbedtls/version.h>
#include <string.h>

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

static int rng(void *self, unsigned char *out, size_t n)
{
    const ike_crypto *c = ike_crypto_mbedtls();

    (void)self;
    return c->random(c->self, out, n);
}

static int parse(mbedtls_pk_context *pk, const unsigned char *p, size_t n, const char *password)
{
    const unsigned char *pwd = (const unsigned char *)password;
    size_t pwd_n = password ? strlen(password) : 0;
#if MBEDTLS_VERSION_MAJOR >= 3
    int err = mbedtls_pk_parse_key(pk, p, n, pwd, pwd_n, rng, NULL);
#else
    int err = mbedtls_pk_parse_key(pk, p, n, pwd, pwd_n);
    (void)rng;
#endif
    if (err == 0)
        return 0;
    return err == MBEDTLS_ERR_PK_PASSWORD_MISMATCH || err == MBEDTLS_ERR_PK_PASSWORD_REQUIRED
               ? IKE_E_DENIED
               : IKE_E_CERT_INVALID;
}

/* EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING } */
static int parse_encrypted(mbedtls_pk_context *pk, ike_span der, const char *password)
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
        err = parse(pk, plain.p, plain.n, NULL);
    ike__blob_drop(&plain);
    return err;
}

/* An encrypted DER key begins with two nested SEQUENCEs; plain ones begin with an INTEGER. */
static int looks_encrypted(ike_span der)
{
    unsigned char *p = (unsigned char *)(uintptr_t)der.p;
    size_t n;

    return mbedtls_asn1_get_tag(&p, der.p + der.n, &n, SEQUENCE) == 0 && n > 0 && *p == SEQUENCE;
}

static const char *find(const char *text, const char *end, const char *what)
{
    size_t n = strlen(what);

    for (; (size_t)(end - text) >= n; text++)
        if (memcmp(text, what, n) == 0)
            return text;
    return NULL;
}

/* The body of "-----BEGIN ENCRYPTED PRIVATE KEY-----", if it is that. */
static int parse_pem(mbedtls_pk_context *pk, ike_span key, const char *password)
{
    static const char begin[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    const char *text = (const char *)key.p, *end = text + key.n, *from = find(text, end, begin), *to;
    struct ike_blob blob = {0};
    size_t n = 0;
    int err;

    if (!from) {
        err = ike__blob_set(&blob, NULL, key.n + 1); /* mbedTLS wants the NUL counted */
        if (err == 0) {
            memcpy(blob.p, key.p, key.n);
            blob.p[key.n] = '\0';
            err = parse(pk, blob.p, blob.n, password);
        }
        ike__blob_drop(&blob);
        return err;
    }
    from += sizeof(begin) - 1;
    to = find(from, end, "-----END");
    if (!to || ike__blob_set(&blob, NULL, (size_t)(to - from)) < 0)
        return to ? IKE_E_NOMEM : IKE_E_CERT_INVALID;
    err = mbedtls_base64_decode(blob.p, blob.n, &n, (const unsigned char *)from, (size_t)(to - from)) == 0
              ? parse_encrypted(pk, (ike_span){blob.p, n}, password)
              : IKE_E_CERT_INVALID;
    ike__blob_drop(&blob);
    return err;
}

int ike__key_parse(mbedtls_pk_context *pk, ike_span key, const char *password)
{
    const char *text = (const char *)key.p;

    if (key.n == 0)
        return IKE_E_CERT_INVALID;
    if (find(text, text + key.n, "-----BEGIN"))
        return parse_pem(pk, key, password);
    if (looks_encrypted(key))
        return parse_encrypted(pk, key, password);
    return parse(pk, key.p, key.n, password);
}
