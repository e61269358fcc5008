/* keystore/pbes.c - password-based encryption of keys and PKCS#12 bags. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8018 6.2 (PBES2: PBKDF2 and AES-CBC), which OpenSSL 3 writes and mbedTLS 2.28 does not read; RFC 7292 appendix
 * C (PBE with SHA-1 and three-key 3DES) for older files. The cryptography is mbedTLS's.
 *
 * Not here: the containers (p12.c, key.c). */
#include "keystore/room.h"
#include <mbedtls/asn1.h>
#include <mbedtls/cipher.h>
#include <mbedtls/md.h>
#include <mbedtls/pkcs12.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

#define SEQUENCE       (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define ITERATIONS_MAX 10000000

int ike__blob_set(struct ike_blob *b, const uint8_t *p, size_t n)
{
    ike__blob_drop(b);
    b->p = malloc(n ? n : 1);
    if (!b->p)
        return IKE_E_NOMEM;
    if (p && n > 0)
        memcpy(b->p, p, n);
    b->n = n;
    return 0;
}

void ike__blob_drop(struct ike_blob *b)
{
    if (b->p)
        mbedtls_platform_zeroize(b->p, b->n);
    free(b->p);
    b->p = NULL;
    b->n = 0;
}

int ike__pbes_bmp(const char *password, struct ike_blob *out)
{
    size_t n = strlen(password);

    if (ike__blob_set(out, NULL, 2 * n + 2) < 0)
        return IKE_E_NOMEM;
    memset(out->p, 0, out->n);
    for (size_t i = 0; i < n; i++) /* ASCII and Latin-1; other UTF-8 is not spelled out */
        out->p[2 * i + 1] = (uint8_t)password[i];
    return 0;
}

static int is_oid(const unsigned char *p, size_t n, const char *oid, size_t oid_n)
{
    return n == oid_n && memcmp(p, oid, n) == 0;
}
#define IS_OID(p, n, text) is_oid(p, n, text, sizeof(text) - 1)

static int get_oid(unsigned char **p, const unsigned char *end, unsigned char **oid, size_t *n)
{
    if (mbedtls_asn1_get_tag(p, end, n, MBEDTLS_ASN1_OID) != 0)
        return -1;
    *oid = *p;
    *p += *n;
    return 0;
}

struct pbes2 {
    unsigned char *salt;
    size_t salt_n;
    int iterations;
    mbedtls_md_type_t prf;
    mbedtls_cipher_type_t cipher;
    unsigned char *iv;
    size_t iv_n;
};

static int read_prf(unsigned char *p, const unsigned char *end, mbedtls_md_type_t *prf)
{
    unsigned char *oid;
    size_t n;

    *prf = MBEDTLS_MD_SHA1;
    if (p == end)
        return 0;
    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 || get_oid(&p, end, &oid, &n) < 0)
        return IKE_E_CERT_INVALID;
    if (IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x02\x07"))
        *prf = MBEDTLS_MD_SHA1;
    else if (IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x02\x09"))
        *prf = MBEDTLS_MD_SHA256;
    else if (IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x02\x0a"))
        *prf = MBEDTLS_MD_SHA384;
    else if (IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x02\x0b"))
        *prf = MBEDTLS_MD_SHA512;
    else
        return IKE_E_UNSUPPORTED;
    return 0;
}

static int read_kdf(unsigned char **p, const unsigned char *end, struct pbes2 *s)
{
    unsigned char *oid, *stop;
    size_t n;
    int ignored;

    if (mbedtls_asn1_get_tag(p, end, &n, SEQUENCE) != 0)
        return IKE_E_CERT_INVALID;
    stop = *p + n;
    if (get_oid(p, stop, &oid, &n) < 0)
        return IKE_E_CERT_INVALID;
    if (!IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c")) /* PBKDF2 */
        return IKE_E_UNSUPPORTED;
    if (mbedtls_asn1_get_tag(p, stop, &n, SEQUENCE) != 0 || *p + n != stop ||
        mbedtls_asn1_get_tag(p, stop, &s->salt_n, MBEDTLS_ASN1_OCTET_STRING) != 0)
        return IKE_E_CERT_INVALID;
    s->salt = *p;
    *p += s->salt_n;
    if (mbedtls_asn1_get_int(p, stop, &s->iterations) != 0 || s->iterations < 1 ||
        s->iterations > ITERATIONS_MAX)
        return IKE_E_CERT_INVALID;
    if (*p < stop && **p == MBEDTLS_ASN1_INTEGER && mbedtls_asn1_get_int(p, stop, &ignored) != 0)
        return IKE_E_CERT_INVALID;
    {
        int err = read_prf(*p, stop, &s->prf);
        *p = stop;
        return err;
    }
}

static int read_cipher(unsigned char **p, const unsigned char *end, struct pbes2 *s)
{
    unsigned char *oid, *stop;
    size_t n;

    if (mbedtls_asn1_get_tag(p, end, &n, SEQUENCE) != 0)
        return IKE_E_CERT_INVALID;
    stop = *p + n;
    if (get_oid(p, stop, &oid, &n) < 0 ||
        mbedtls_asn1_get_tag(p, stop, &s->iv_n, MBEDTLS_ASN1_OCTET_STRING) != 0)
        return IKE_E_CERT_INVALID;
    s->iv = *p;
    if (IS_OID(oid, n, "\x60\x86\x48\x01\x65\x03\x04\x01\x02"))
        s->cipher = MBEDTLS_CIPHER_AES_128_CBC;
    else if (IS_OID(oid, n, "\x60\x86\x48\x01\x65\x03\x04\x01\x16"))
        s->cipher = MBEDTLS_CIPHER_AES_192_CBC;
    else if (IS_OID(oid, n, "\x60\x86\x48\x01\x65\x03\x04\x01\x2a"))
        s->cipher = MBEDTLS_CIPHER_AES_256_CBC;
    else
        return IKE_E_UNSUPPORTED;
    return 0;
}

static int derive(const struct pbes2 *s, const char *password, unsigned char *key, size_t key_n)
{
    int err;
#if MBEDTLS_VERSION_NUMBER >= 0x03030000
    err = mbedtls_pkcs5_pbkdf2_hmac_ext(s->prf, (const unsigned char *)password, strlen(password), s->salt,
                                        s->salt_n, (unsigned)s->iterations, (uint32_t)key_n, key);
#else
    mbedtls_md_context_t md;

    mbedtls_md_init(&md);
    err = mbedtls_md_setup(&md, mbedtls_md_info_from_type(s->prf), 1);
    if (err == 0)
        err = mbedtls_pkcs5_pbkdf2_hmac(&md, (const unsigned char *)password, strlen(password), s->salt,
                                        s->salt_n, (unsigned)s->iterations, (uint32_t)key_n, key);
    mbedtls_md_free(&md);
#endif
    return err == 0 ? 0 : IKE_E_CRYPTO;
}

static int open_pbes2(unsigned char *p, const unsigned char *end, ike_span text, const char *password,
                      struct ike_blob *plain)
{
    const mbedtls_cipher_info_t *info;
    struct pbes2 s = {0};
    mbedtls_cipher_context_t c;
    unsigned char key[32];
    size_t n;
    int err;

    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 || p + n != end)
        return IKE_E_CERT_INVALID;
    err = read_kdf(&p, end, &s);
    if (err == 0)
        err = read_cipher(&p, end, &s);
    if (err < 0)
        return err;
    info = mbedtls_cipher_info_from_type(s.cipher);
    mbedtls_cipher_init(&c);
    n = s.cipher == MBEDTLS_CIPHER_AES_128_CBC ? 16 : s.cipher == MBEDTLS_CIPHER_AES_192_CBC ? 24 : 32;
    err = !info || s.iv_n != 16 || text.n == 0 || text.n % 16 != 0 ? IKE_E_CERT_INVALID
                                                                   : derive(&s, password, key, n);
    if (err == 0)
        err = ike__blob_set(plain, NULL, text.n + 16);
    if (err == 0 && (mbedtls_cipher_setup(&c, info) != 0 ||
                     mbedtls_cipher_setkey(&c, key, (int)(n * 8), MBEDTLS_DECRYPT) != 0 ||
                     mbedtls_cipher_set_padding_mode(&c, MBEDTLS_PADDING_PKCS7) != 0))
        err = IKE_E_CRYPTO;
    if (err == 0 && mbedtls_cipher_crypt(&c, s.iv, s.iv_n, text.p, text.n, plain->p, &plain->n) != 0)
        err = IKE_E_DENIED; /* the padding is wrong: so was the password */
    mbedtls_cipher_free(&c);
    mbedtls_platform_zeroize(key, sizeof(key));
    return err;
}

static int open_3des(unsigned char *p, const unsigned char *end, ike_span text, const char *password,
                     struct ike_blob *plain)
{
    unsigned char key[24], iv[8], *salt;
    mbedtls_cipher_context_t c;
    struct ike_blob bmp = {0};
    size_t n, salt_n;
    int iterations, err;

    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 ||
        mbedtls_asn1_get_tag(&p, end, &salt_n, MBEDTLS_ASN1_OCTET_STRING) != 0)
        return IKE_E_CERT_INVALID;
    salt = p;
    p += salt_n;
    if (mbedtls_asn1_get_int(&p, end, &iterations) != 0 || iterations < 1 || iterations > ITERATIONS_MAX ||
        text.n == 0 || text.n % 8 != 0)
        return IKE_E_CERT_INVALID;
    err = ike__pbes_bmp(password, &bmp);
    if (err == 0 && (mbedtls_pkcs12_derivation(key, sizeof(key), bmp.p, bmp.n, salt, salt_n, MBEDTLS_MD_SHA1,
                                               MBEDTLS_PKCS12_DERIVE_KEY, iterations) != 0 ||
                     mbedtls_pkcs12_derivation(iv, sizeof(iv), bmp.p, bmp.n, salt, salt_n, MBEDTLS_MD_SHA1,
                                               MBEDTLS_PKCS12_DERIVE_IV, iterations) != 0))
        err = IKE_E_CRYPTO;
    if (err == 0)
        err = ike__blob_set(plain, NULL, text.n + 8);
    mbedtls_cipher_init(&c);
    if (err == 0 &&
        (mbedtls_cipher_setup(&c, mbedtls_cipher_info_from_type(MBEDTLS_CIPHER_DES_EDE3_CBC)) != 0 ||
         mbedtls_cipher_setkey(&c, key, 192, MBEDTLS_DECRYPT) != 0 ||
         mbedtls_cipher_set_padding_mode(&c, MBEDTLS_PADDING_PKCS7) != 0))
        err = IKE_E_UNSUPPORTED;
    if (err == 0 && mbedtls_cipher_crypt(&c, iv, sizeof(iv), text.p, text.n, plain->p, &plain->n) != 0)
        err = IKE_E_DENIED;
    mbedtls_cipher_free(&c);
    mbedtls_platform_zeroize(key, sizeof(key));
    ike__blob_drop(&bmp);
    return err;
}

int ike__pbes_open(ike_span alg, ike_span text, const char *password, struct ike_blob *plain)
{
    unsigned char *p = (unsigned char *)(uintptr_t)alg.p, *oid; /* mbedTLS's readers do not write */
    const unsigned char *end = alg.p + alg.n;
    size_t n;

    if (!password)
        return IKE_E_DENIED;
    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 || p + n != end || get_oid(&p, end, &oid, &n) < 0)
        return IKE_E_CERT_INVALID;
    if (IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d")) /* PBES2 */
        return open_pbes2(p, end, text, password, plain);
    if (IS_OID(oid, n, "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03")) /* pbeWithSHAAnd3-KeyTripleDES-CBC */
        return open_3des(p, end, text, password, plain);
    return IKE_E_UNSUPPORTED;
}
