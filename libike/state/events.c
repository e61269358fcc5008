/* state/events.c - a bounded ring of what happened. SPDX-License-Identifier: Apache-2.0
 *
 * A host that never polls loses events, the newest first, but never the one that says that the session is over.
 *
 * Not here: filling the public struct (engine/info.c). */
#include "state/events.h"

void ike__events_push(struct ike_events *e, const struct ike_record *r)
{
    uint32_t room = r->type == IKE_EV_CLOSED ? IKE_EVENTS_MAX : IKE_EVENTS_MAX - 1;

    if (e->n >= room)
        return;
    e->ring[(e->head + e->n) % IKE_EVENTS_MAX] = *r;
    e->n++;
}

int ike__events_pop(struct ike_events *e, struct ike_record *r)
{
    if (e->n == 0)
        return 0;
    *r = e->ring[e->head];
    e->head = (e->head + 1) % IKE_EVENTS_MAX;
    e->n--;
    return 1;
}
