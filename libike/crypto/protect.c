/* crypto/protect.c - one cipher context with its IV counter: used by SK, SKF and ESP. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 5282, 4106, 7634: AEADs take a counter as IV, which never repeats under a key. RFC 3602: CBC
 * takes an unpredictable one.
 *
 * Not here: framing (wire/sk.c), ESP packets (esp/esp.c). */
#include "crypto/protect.h"
#include "base/mem.h"

int ike__protect_init(struct ike_protect *p, const ike_alloc *a, const ike_crypto *crypto,
                      const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key)
{
    memset(p, 0, sizeof(*p));
    p->ctx = ike__mem_new(a, alg->ctx_size);
    if (!p->ctx)
        return IKE_E_NOMEM;
    p->alg = alg;
    p->crypto = crypto;
    p->iv = 1;
    if (alg->init(p->ctx, key, integ_key) < 0) {
        ike__protect_free(p, a);
        return IKE_E_CRYPTO;
    }
    p->pool = alg->iv_random ? ike__mem_new(a, IKE_IV_POOL) : NULL;
    if (alg->iv_random && !p->pool) {
        ike__protect_free(p, a);
        return IKE_E_NOMEM;
    }
    return 0;
}

void ike__protect_free(struct ike_protect *p, const ike_alloc *a)
{
    if (p->alg) {
        p->alg->wipe(p->ctx);
        ike__mem_free(a, p->ctx, p->alg->ctx_size);
        ike__mem_free(a, p->pool, IKE_IV_POOL);
    }
    memset(p, 0, sizeof(*p));
}

/* RFC 3602 3: at random and unpredictable; each is used once. */
static int random_iv(struct ike_protect *p, uint8_t *iv, uint32_t n)
{
    if (p->pool_n < n) {
        if (p->crypto->random(p->crypto->self, p->pool, IKE_IV_POOL) < 0)
            return IKE_E_CRYPTO;
        p->pool_n = IKE_IV_POOL;
    }
    p->pool_n -= n;
    memcpy(iv, p->pool + p->pool_n, n);
    return 0;
}

int ike__protect_next_iv(struct ike_protect *p, uint8_t *iv)
{
    uint8_t n = p->alg->iv_len;

    if (p->alg->iv_random)
        return random_iv(p, iv, n);
    if (p->iv == UINT64_MAX) /* RFC 4106 3.1: never the same IV twice */
        return IKE_E_LIMIT;
    if (n > 8)
        memset(iv, 0, n - 8u);
    if (n >= 8)
        ike__put_be64(iv + n - 8, p->iv);
    p->iv++;
    return 0;
}

static ike_cipher_op op_of(const struct ike_sk *sk)
{
    ike_cipher_op op;

    memset(&op, 0, sizeof(op));
    op.iv = sk->iv.p;
    op.aad = sk->aad.p;
    op.aad_n = sk->aad.n;
    op.text = (uint8_t *)(uintptr_t)sk->text.p; /* the message's buffer is the caller's to change */
    op.n = sk->text.n;
    op.tag = (uint8_t *)(uintptr_t)sk->tag.p;
    return op;
}

int ike__protect_seal_sk(struct ike_protect *p, struct ike_sk *sk)
{
    ike_cipher_op op = op_of(sk);
    int err = ike__protect_next_iv(p, (uint8_t *)(uintptr_t)sk->iv.p);

    if (err < 0)
        return err;
    return p->alg->seal(p->ctx, &op, 1) < 0 || op.err < 0 ? IKE_E_CRYPTO : 0;
}

int ike__protect_open_sk(struct ike_protect *p, const struct ike_sk *sk, ike_span *chain)
{
    ike_cipher_op op = op_of(sk);
    size_t pad;

    *chain = ike__span(NULL, 0);
    if (p->alg->open(p->ctx, &op, 1) < 0)
        return IKE_E_CRYPTO;
    if (op.err < 0)
        return IKE_E_DISCARD;
    /* RFC 7296 3.14: padding may hold anything; its length is the last octet. */
    pad = op.text[op.n - 1];
    if (pad + 1 > op.n)
        return IKE_E_SYNTAX;
    *chain = ike__span(op.text, op.n - 1 - pad);
    return 0;
}
