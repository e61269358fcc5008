/* state/reassembly.h - IKE fragments in, bounded (RFC 7383 2.6). SPDX-License-Identifier: Apache-2.0
 *
 * Only authentic fragments come here. At most IKE_FRAGMENTS_MAX of them and max octets in all. */
#ifndef IKE_STATE_REASSEMBLY_H
#define IKE_STATE_REASSEMBLY_H

#include "wire/sk.h"
#include <ike/ike.h>

#define IKE_FRAGMENTS_MAX        64u
#define IKE_REASSEMBLY_TIMEOUT_S 15u

struct ike_fragment {
    uint8_t *p;
    size_t n;
};
struct ike_reassembly { /* allocated with the first fragment, released with the message */
    uint32_t message_id;
    uint16_t total, have;
    uint8_t first; /* type of the first payload, from fragment 1 */
    uint8_t exchange;
    uint8_t zero[6];
    size_t bytes;
    ike_time since;
    struct ike_fragment fragment[IKE_FRAGMENTS_MAX];
};

/* 1 if this fragment would only be thrown away: stored already, total smaller than known, over the bound.
 * Asked before any crypto. RFC 7383 2.6 */
int ike__reassembly_useless(const struct ike_reassembly *r, uint32_t message_id, const struct ike_sk *sk);
/* Stores the opened text of a fragment. 1: complete; 0: not yet; NOMEM, LIMIT. */
int ike__reassembly_add(struct ike_reassembly **r, const ike_alloc *a, size_t max, const struct ike_header *h,
                        const struct ike_sk *sk, ike_span text, ike_time now);
/* The whole chain, newly allocated: the caller releases chain->n octets. Errors: NOMEM. */
int ike__reassembly_join(const struct ike_reassembly *r, const ike_alloc *a, uint8_t **chain, size_t *n);
void ike__reassembly_free(struct ike_reassembly **r, const ike_alloc *a);

#endif
