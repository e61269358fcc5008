/* backend/mbedtls_prf.c - HMAC as PRF (RFC 2104, 4868). SPDX-License-Identifier: Apache-2.0 */
#include "backend/mbedtls_room.h"
#include <mbedtls/md.h>

struct prf {
    mbedtls_md_context_t md;
    int is_set_up;
};

static void wipe(void *ctx)
{
    struct prf *p = ctx;

    if (p->is_set_up)
        mbedtls_md_free(&p->md);
    p->is_set_up = 0;
}

static int start(struct prf *p, mbedtls_md_type_t type, const uint8_t *key, size_t n)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(type);

    wipe(p);
    mbedtls_md_init(&p->md);
    p->is_set_up = 1;
    if (!info || mbedtls_md_setup(&p->md, info, 1) != 0 || mbedtls_md_hmac_starts(&p->md, key, n) != 0)
        return IKE_E_CRYPTO;
    return 0;
}

static int update(void *ctx, const uint8_t *p, size_t n)
{
    struct prf *prf = ctx;

    return mbedtls_md_hmac_update(&prf->md, p, n) == 0 ? 0 : IKE_E_CRYPTO;
}

static int final(void *ctx, uint8_t *out)
{
    struct prf *prf = ctx;

    return mbedtls_md_hmac_finish(&prf->md, out) == 0 ? 0 : IKE_E_CRYPTO;
}

#define PRF(name, number, len, type)                                \
    static int init_##name(void *ctx, const uint8_t *key, size_t n) \
    {                                                               \
        return start(ctx, type, key, n);                            \
    }                                                               \
    static const ike_prf_alg name = {number, len, 0, sizeof(struct prf), init_##name, update, final, wipe};

PRF(sha256, 5, 32, MBEDTLS_MD_SHA256)
PRF(sha384, 6, 48, MBEDTLS_MD_SHA384)
PRF(sha512, 7, 64, MBEDTLS_MD_SHA512)
PRF(sha1, 2, 20, MBEDTLS_MD_SHA1)

const ike_prf_alg *const ike__mbedtls_prfs[] = {&sha256, &sha384, &sha512, &sha1, NULL};
