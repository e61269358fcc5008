/* backend/openssl_prf.c - HMAC, and as PRF (RFC 2104, 4868). SPDX-License-Identifier: Apache-2.0 */
#include "backend/openssl_room.h"
#include <openssl/crypto.h>
#include <string.h>

/* ---- HMAC ---- */

void ike__openssl_hmac_wipe(struct openssl_hmac *h)
{
    EVP_MD_CTX_free(h->md);
    OPENSSL_cleanse(h, sizeof(*h));
}

int ike__openssl_hmac_init(struct openssl_hmac *h, const char *hash, const uint8_t *key, size_t n)
{
    EVP_MD *md = EVP_MD_fetch(NULL, hash, NULL);
    int ok;

    ike__openssl_hmac_wipe(h);
    h->md = EVP_MD_CTX_new();
    ok = md && h->md && EVP_DigestInit_ex2(h->md, md, NULL);
    if (ok)
        h->block = (size_t)EVP_MD_get_block_size(md);
    EVP_MD_free(md); /* the context holds it */
    if (!ok || h->block > sizeof(h->inner))
        return IKE_E_CRYPTO;
    if (n <= h->block) {
        if (n > 0)
            memcpy(h->inner, key, n);
    } else if (!EVP_DigestUpdate(h->md, key, n) || !EVP_DigestFinal_ex(h->md, h->inner, NULL)) {
        return IKE_E_CRYPTO;
    }
    for (size_t i = 0; i < h->block; i++) {
        h->outer[i] = h->inner[i] ^ 0x5c;
        h->inner[i] ^= 0x36;
    }
    return 0;
}

static int begin(struct openssl_hmac *h, const uint8_t *block)
{
    return EVP_DigestInit_ex2(h->md, NULL, NULL) && EVP_DigestUpdate(h->md, block, h->block);
}

int ike__openssl_hmac_start(struct openssl_hmac *h)
{
    return begin(h, h->inner) ? 0 : IKE_E_CRYPTO;
}

int ike__openssl_hmac_update(struct openssl_hmac *h, const uint8_t *p, size_t n)
{
    return EVP_DigestUpdate(h->md, p, n) ? 0 : IKE_E_CRYPTO;
}

int ike__openssl_hmac_final(struct openssl_hmac *h, uint8_t *out)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;

    return EVP_DigestFinal_ex(h->md, digest, &n) && begin(h, h->outer) &&
                   EVP_DigestUpdate(h->md, digest, n) && EVP_DigestFinal_ex(h->md, out, NULL)
               ? 0
               : IKE_E_CRYPTO;
}

/* ---- PRF ---- */

static int start(struct openssl_hmac *h, const char *hash, const uint8_t *key, size_t n)
{
    int err = ike__openssl_hmac_init(h, hash, key, n);

    return err < 0 ? err : ike__openssl_hmac_start(h);
}

static int update(void *ctx, const uint8_t *p, size_t n)
{
    return ike__openssl_hmac_update(ctx, p, n);
}

static int final(void *ctx, uint8_t *out)
{
    return ike__openssl_hmac_final(ctx, out);
}

static void wipe(void *ctx)
{
    ike__openssl_hmac_wipe(ctx);
}

#define PRF(name, number, len, hash)                                                          \
    static int init_##name(void *ctx, const uint8_t *key, size_t n)                           \
    {                                                                                         \
        return start(ctx, hash, key, n);                                                      \
    }                                                                                         \
    static const ike_prf_alg name = {number,      len,    0,     sizeof(struct openssl_hmac), \
                                     init_##name, update, final, wipe};

PRF(sha256, 5, 32, "SHA2-256")
PRF(sha384, 6, 48, "SHA2-384")
PRF(sha512, 7, 64, "SHA2-512")
PRF(sha1, 2, 20, "SHA1")

const ike_prf_alg *const ike__openssl_prfs[] = {&sha256, &sha384, &sha512, &sha1, NULL};
