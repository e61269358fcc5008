/* crypto/keyex.c - one key exchange: our key pair, the shared secret. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: which group (exchange/), the mathematics (the backend), keys from the secret (keymat.c). */
#include "crypto/keyex.h"
#include "base/mem.h"
#include "crypto/suites.h"

static void drop(struct ike_keyex *k, const ike_alloc *a)
{
    if (!k->alg)
        return;
    if (k->ctx)
        k->alg->wipe(k->ctx);
    ike__mem_free(a, k->ctx, k->alg->ctx_size);
    ike__mem_free(a, k->public_value, k->alg->public_len);
    ike__mem_free(a, k->secret, k->alg->secret_len);
    k->alg = NULL;
    k->ctx = NULL;
    k->public_value = k->secret = NULL;
}

int ike__keyex_begin(struct ike_keyex *k, const ike_alloc *a, const ike_crypto *c, uint16_t group)
{
    drop(k, a);
    k->alg = ike__find_kex(c, group);
    if (!k->alg)
        return IKE_E_UNSUPPORTED;
    k->tried |= UINT64_C(1) << (group & 63u);
    k->ctx = ike__mem_new(a, k->alg->ctx_size);
    k->public_value = ike__mem_new(a, k->alg->public_len);
    if (!k->ctx || !k->public_value)
        return IKE_E_NOMEM;
    return k->alg->begin(k->ctx, c, k->public_value) < 0 ? IKE_E_CRYPTO : 0;
}

int ike__keyex_finish(struct ike_keyex *k, const ike_alloc *a, ike_span reply)
{
    if (!k->secret)
        k->secret = ike__mem_new(a, k->alg->secret_len);
    if (!k->secret)
        return IKE_E_NOMEM;
    return k->alg->finish(k->ctx, reply, k->secret);
}

ike_span ike__keyex_public(const struct ike_keyex *k)
{
    return ike__span(k->public_value, k->alg ? k->alg->public_len : 0);
}

ike_span ike__keyex_secret(const struct ike_keyex *k)
{
    return ike__span(k->secret, k->secret ? k->alg->secret_len : 0);
}

void ike__keyex_free(struct ike_keyex *k, const ike_alloc *a)
{
    drop(k, a);
    k->tried = 0;
}
