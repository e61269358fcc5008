/* backend/openssl_prf.c - HMAC as PRF (RFC 2104, 4868). SPDX-License-Identifier: Apache-2.0 */
#include "backend/openssl_room.h"
#include <openssl/core_names.h>
#include <openssl/params.h>

struct prf {
    EVP_MAC_CTX *mac;
};

static void wipe(void *ctx)
{
    struct prf *p = ctx;

    EVP_MAC_CTX_free(p->mac);
    p->mac = NULL;
}

static int start(struct prf *p, const char *hash, const uint8_t *key, size_t n)
{
    const OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)(uintptr_t)hash, 0),
                                 OSSL_PARAM_END};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    wipe(p);
    p->mac = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac); /* the context holds it */
    /* NULL would mean: the key is already there */
    return p->mac && EVP_MAC_init(p->mac, n > 0 ? key : (const uint8_t *)"", n, params) ? 0 : IKE_E_CRYPTO;
}

static int update(void *ctx, const uint8_t *p, size_t n)
{
    struct prf *prf = ctx;

    return EVP_MAC_update(prf->mac, p, n) ? 0 : IKE_E_CRYPTO;
}

static int final(void *ctx, uint8_t *out)
{
    struct prf *prf = ctx;
    size_t n;

    return EVP_MAC_final(prf->mac, out, &n, EVP_MAX_MD_SIZE) ? 0 : IKE_E_CRYPTO;
}

#define PRF(name, number, len, hash)                                \
    static int init_##name(void *ctx, const uint8_t *key, size_t n) \
    {                                                               \
        return start(ctx, hash, key, n);                            \
    }                                                               \
    static const ike_prf_alg name = {number, len, 0, sizeof(struct prf), init_##name, update, final, wipe};

PRF(sha256, 5, 32, "SHA2-256")
PRF(sha384, 6, 48, "SHA2-384")
PRF(sha512, 7, 64, "SHA2-512")
PRF(sha1, 2, 20, "SHA1")

const ike_prf_alg *const ike__openssl_prfs[] = {&sha256, &sha384, &sha512, &sha1, NULL};
