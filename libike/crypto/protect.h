/* crypto/protect.h - one cipher context with its IV counter: used by SK, SKF and ESP. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_PROTECT_H
#define IKE_CRYPTO_PROTECT_H

#include "wire/sk.h"
#include <ike/ike.h>

#define IKE_IV_POOL 256u

struct ike_protect {
    const ike_cipher_alg *alg; /* NULL: not set up */
    const ike_crypto *crypto;
    void *ctx;
    uint64_t iv; /* next counter IV. Never reset while the key lives (RFC 4106 3.1) */
    /* Random IVs (CBC), drawn ahead: a call for each would cost more than a small packet. */
    uint8_t *pool;   /* IKE_IV_POOL octets; NULL: a counter will do */
    uint32_t pool_n; /* octets that are not used yet */
    uint32_t zero;
};

/* key: with salt. Errors: NOMEM, CRYPTO. */
int ike__protect_init(struct ike_protect *p, const ike_alloc *a, const ike_crypto *crypto,
                      const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key);
void ike__protect_free(struct ike_protect *p, const ike_alloc *a);
/* Writes the next IV (alg->iv_len octets): a counter, or random where the cipher wants that. LIMIT, CRYPTO. */
int ike__protect_next_iv(struct ike_protect *p, uint8_t *iv);

/* An IKE message framed by ike__sk_frame: chooses the IV, seals in place. */
int ike__protect_seal_sk(struct ike_protect *p, struct ike_sk *sk);
/* Opens the text of sk in place (sk->text is inside a buffer that may be changed), strips padding:
 * *chain is the inner payload chain. Errors: DISCARD (bad tag), SYNTAX (authentic, but Pad Length too large). */
int ike__protect_open_sk(struct ike_protect *p, const struct ike_sk *sk, ike_span *chain);

#endif
