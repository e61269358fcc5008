/* state/lifetime.h - when an SA has to be rekeyed, and when it is used up (RFC 7296 2.8). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_LIFETIME_H
#define IKE_STATE_LIFETIME_H

#include <ike/ike.h>

struct ike_lifetime {
    ike_time rekey_at;       /* soft: IKE_NEVER, or begin a successor */
    ike_time expire_at;      /* hard: IKE_NEVER, or stop using it */
    uint64_t packets, bytes; /* soft limits; UINT64_MAX: none */
};

/* Soft end seconds from now, up to a tenth earlier as jitter (0..255) says, hard end a tenth later.
 * seconds IKE_OFF: never. */
void ike__lifetime_begin(struct ike_lifetime *l, ike_time now, uint32_t seconds, uint8_t jitter);
/* Not now: again after 10..60 s, as jitter says (RFC 7296 2.25). */
void ike__lifetime_postpone(struct ike_lifetime *l, ike_time now, uint8_t jitter);
/* A rekeying is under way: nothing is due until it ends in a successor or in ike__lifetime_postpone. */
void ike__lifetime_busy(struct ike_lifetime *l);
ike_time ike__lifetime_rekey_due(const struct ike_lifetime *l, uint64_t packets, uint64_t bytes);

#endif
