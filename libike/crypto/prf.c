/* crypto/prf.c - prf and prf+ over the backend's descriptor (RFC 7296 2.13). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: what is fed to them (keymat.c, authoctets.c). */
#include "crypto/prf.h"
#include "base/mem.h"
#include "base/wipe.h"

static int run(const ike_prf_alg *alg, void *ctx, ike_span key, const ike_span *parts, size_t n, uint8_t *out)
{
    static const uint8_t nothing[1];

    if (alg->init(ctx, key.n ? key.p : nothing, key.n) < 0)
        return IKE_E_CRYPTO;
    for (size_t i = 0; i < n; i++)
        if (parts[i].n > 0 && alg->update(ctx, parts[i].p, parts[i].n) < 0)
            return IKE_E_CRYPTO;
    return alg->final(ctx, out) < 0 ? IKE_E_CRYPTO : 0;
}

int ike__prf(const ike_alloc *a, const ike_prf_alg *alg, ike_span key, const ike_span *parts, size_t n,
             uint8_t *out)
{
    void *ctx = ike__mem_new(a, alg->ctx_size);
    int err;

    if (!ctx)
        return IKE_E_NOMEM;
    err = run(alg, ctx, key, parts, n, out);
    alg->wipe(ctx);
    ike__mem_free(a, ctx, alg->ctx_size);
    return err;
}

#define SEED_PARTS_MAX 6u

int ike__prf_plus(const ike_alloc *a, const ike_prf_alg *alg, ike_span key, const ike_span *seed, size_t n,
                  uint8_t *out, size_t out_n)
{
    ike_span parts[SEED_PARTS_MAX + 2];
    uint8_t block[IKE_PRF_MAX], counter = 0;
    int err = 0;

    if (n > SEED_PARTS_MAX || (out_n + alg->out_len - 1) / alg->out_len > 255)
        return IKE_E_LIMIT;
    parts[0] = ike__span(block, 0); /* T0 is empty */
    for (size_t i = 0; i < n; i++)
        parts[i + 1] = seed[i];
    parts[n + 1] = ike__span(&counter, 1);
    while (out_n > 0 && err == 0) {
        size_t take = out_n < alg->out_len ? out_n : alg->out_len;

        counter++;
        err = ike__prf(a, alg, key, parts, n + 2, block);
        if (err < 0)
            break;
        memcpy(out, block, take);
        out += take;
        out_n -= take;
        parts[0].n = alg->out_len;
    }
    ike__wipe(block, sizeof(block));
    return err;
}
