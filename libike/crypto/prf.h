/* crypto/prf.h - prf and prf+ over the backend's descriptor (RFC 7296 2.13). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_PRF_H
#define IKE_CRYPTO_PRF_H

#include "base/span.h"
#include <ike/ike.h>

#define IKE_PRF_MAX 64u /* octets of output, SHA2-512 */

/* out = prf(key, parts[0] | parts[1] | …), alg->out_len octets. Errors: NOMEM, CRYPTO. */
int ike__prf(const ike_alloc *a, const ike_prf_alg *alg, ike_span key, const ike_span *parts, size_t n,
             uint8_t *out);
/* out = prf+(key, seed), out_n octets, at most 255 blocks. Errors: LIMIT, NOMEM, CRYPTO. */
int ike__prf_plus(const ike_alloc *a, const ike_prf_alg *alg, ike_span key, const ike_span *seed, size_t n,
                  uint8_t *out, size_t out_n);

#endif
