/* backend/openssl_pk.c - ECDSA and RSA signatures by OpenSSL, for keys that others have read. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7427, 8017 (PSS: MGF1 with the same hash, salt as long as it). Keys come as DER. What a peer sends does not get into
 * the host's error queue.
 *
 * Not here: which keys and hashes are strong enough, certificates (trust), key files (keystore). */
#include "backend/openssl_room.h"
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

static const struct scheme {
    uint32_t sig;
    int type, is_pss;
    const char *hash;
} schemes[] = {
    {IKE_SIG_ECDSA_SHA256, EVP_PKEY_EC, 0, "SHA2-256"}, {IKE_SIG_ECDSA_SHA384, EVP_PKEY_EC, 0, "SHA2-384"},
    {IKE_SIG_ECDSA_SHA512, EVP_PKEY_EC, 0, "SHA2-512"}, {IKE_SIG_PSS_SHA256, EVP_PKEY_RSA, 1, "SHA2-256"},
    {IKE_SIG_PSS_SHA384, EVP_PKEY_RSA, 1, "SHA2-384"},  {IKE_SIG_PSS_SHA512, EVP_PKEY_RSA, 1, "SHA2-512"},
    {IKE_SIG_RSA_SHA256, EVP_PKEY_RSA, 0, "SHA2-256"},  {IKE_SIG_RSA_SHA384, EVP_PKEY_RSA, 0, "SHA2-384"},
    {IKE_SIG_RSA_SHA512, EVP_PKEY_RSA, 0, "SHA2-512"},  {IKE_SIG_RSA_SHA1, EVP_PKEY_RSA, 0, "SHA1"},
};

/* NULL: not a scheme for this key. */
static const struct scheme *scheme_of(uint32_t sig, const EVP_PKEY *key)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (schemes[i].sig == sig && key && EVP_PKEY_get_base_id(key) == schemes[i].type)
            return &schemes[i];
    return NULL;
}

static int pad(EVP_PKEY_CTX *ctx, const struct scheme *s)
{
    return !s->is_pss || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
                          EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) > 0);
}

/* SubjectPublicKeyInfo up to the point, which is uncompressed (RFC 5480 2). */
static const struct curve {
    const char *group;
    size_t head_n, point_n;
    uint8_t head[27];
} curves[] = {
    {"P-256", 26, 65, {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                       0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00}},
    {"P-384", 23, 97, {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                       0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00}},
    {"P-521", 25, 133, {0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
                        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00}},
};

static EVP_PKEY *make_point(const struct curve *c, ike_span point)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)(uintptr_t)c->group, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.p, point.n),
        OSSL_PARAM_END};
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;

    if (!ctx || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)(uintptr_t)params) <= 0)
        key = NULL;
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/* A key of one of those curves; NULL: another one. d2i_PUBKEY would take twice the time of the verification. */
static EVP_PKEY *read_point(ike_span spki)
{
    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        const struct curve *c = &curves[i];
        if (spki.n == c->head_n + c->point_n && memcmp(spki.p, c->head, c->head_n) == 0)
            return make_point(c, (ike_span){spki.p + c->head_n, c->point_n});
    }
    return NULL;
}

/* Not RSA: reading such a key takes longer here than mbedTLS takes for all of it. */
static int verify(ike_span spki, uint32_t sig, ike_span octets, ike_span proof)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    const struct scheme *s;
    EVP_PKEY *key;
    int err;

    ERR_set_mark();
    key = read_point(spki);
    s = scheme_of(sig, key);
    if (!s)
        err = IKE_E_UNSUPPORTED;
    else if (!md || EVP_DigestVerifyInit_ex(md, NULL, s->hash, NULL, NULL, key, NULL) <= 0)
        err = IKE_E_CRYPTO;
    else
        err = EVP_DigestVerify(md, proof.p, proof.n, octets.p, octets.n) == 1 ? 0 : IKE_E_AUTH;
    ERR_pop_to_mark();
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(key);
    return err;
}

static int open_key(void **out, ike_span der) /* once: it may take its time */
{
    const unsigned char *p = der.p;

    *out = der.n <= LONG_MAX ? d2i_AutoPrivateKey(NULL, &p, (long)der.n) : NULL;
    return *out ? 0 : IKE_E_UNSUPPORTED;
}

static int sign(void *key, uint32_t sig, ike_span octets, uint8_t *out, size_t cap, size_t *n)
{
    EVP_PKEY_CTX *ctx = NULL;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    const struct scheme *s = scheme_of(sig, key);
    int err = IKE_E_CRYPTO;

    *n = cap;
    if (!s)
        err = IKE_E_UNSUPPORTED;
    else if (EVP_PKEY_get_size(key) > 0 && (size_t)EVP_PKEY_get_size(key) > cap)
        err = IKE_E_NOSPACE;
    else if (md && EVP_DigestSignInit_ex(md, &ctx, s->hash, NULL, NULL, key, NULL) > 0 && pad(ctx, s) &&
             EVP_DigestSign(md, out, n, octets.p, octets.n) > 0)
        err = 0;
    EVP_MD_CTX_free(md);
    return err;
}

static void close_key(void *key)
{
    EVP_PKEY_free(key); /* wipes it */
}

const ike_pk_alg ike__openssl_pk = {.verify = verify, .open = open_key, .sign = sign, .close = close_key};
