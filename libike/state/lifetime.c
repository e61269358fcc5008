/* state/lifetime.c - when an SA has to be rekeyed, and when it is used up. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.8: lifetimes are each side's own affair, jittered so that two sides with the same policy do not rekey
 * at once. Slept time counts: all of it is absolute.
 *
 * Not here: who looks at the clock (engine/tick.c), what rekeying is (exchange/rekey_child.c, rekey_ike.c). */
#include "state/lifetime.h"

#define SECOND 1000000u

void ike__lifetime_begin(struct ike_lifetime *l, ike_time now, uint32_t seconds, uint8_t jitter)
{
    ike_time us = (ike_time)seconds * SECOND;

    l->packets = l->bytes = UINT64_MAX;
    l->rekey_at = l->expire_at = IKE_NEVER;
    if (seconds == IKE_OFF)
        return;
    l->rekey_at = now + us - us / 10 * jitter / 255;
    l->expire_at = now + us + us / 10;
}

void ike__lifetime_postpone(struct ike_lifetime *l, ike_time now, uint8_t jitter)
{
    /* RFC 7296 2.25: "… MAY retry … after a suitable delay", here 10..60 s */
    l->rekey_at = now + 10u * SECOND + (ike_time)jitter * 50u * SECOND / 255u;
    l->packets = l->bytes = UINT64_MAX;
}

void ike__lifetime_busy(struct ike_lifetime *l)
{
    l->rekey_at = IKE_NEVER;
    l->packets = l->bytes = UINT64_MAX;
}

ike_time ike__lifetime_rekey_due(const struct ike_lifetime *l, uint64_t packets, uint64_t bytes)
{
    return packets >= l->packets || bytes >= l->bytes ? 0 : l->rekey_at;
}
