/* crypto/keyex.h - one key exchange: our key pair, the shared secret (RFC 7296 2.7, 2.12, RFC 6989). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_KEYEX_H
#define IKE_CRYPTO_KEYEX_H

#include "base/span.h"
#include <ike/ike.h>

struct ike_keyex {
    const ike_kex_alg *alg; /* NULL: none begun */
    void *ctx;
    uint8_t *public_value; /* alg->public_len octets */
    uint8_t *secret;       /* alg->secret_len octets; NULL until finished */
    uint64_t tried;        /* bit n: group n was begun at some time */
};

/* A fresh key pair of a group, in place of an earlier one. Errors: UNSUPPORTED, NOMEM, CRYPTO. */
int ike__keyex_begin(struct ike_keyex *k, const ike_alloc *a, const ike_crypto *c, uint16_t group);
/* The secret from the other side's value. Errors: DISCARD or SYNTAX as the backend says (a value outside the group,
 * RFC 6989 2), NOMEM, CRYPTO. */
int ike__keyex_finish(struct ike_keyex *k, const ike_alloc *a, ike_span reply);
ike_span ike__keyex_public(const struct ike_keyex *k);
ike_span ike__keyex_secret(const struct ike_keyex *k); /* empty: no key exchange */
void ike__keyex_free(struct ike_keyex *k, const ike_alloc *a);

#endif
