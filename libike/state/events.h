/* state/events.h - a bounded ring of what happened. SPDX-License-Identifier: Apache-2.0
 *
 * A record is small: the rest of an event is read from the session when it is polled. The last place is
 * kept for CLOSED, so that it is never lost. */
#ifndef IKE_STATE_EVENTS_H
#define IKE_STATE_EVENTS_H

#include <ike/ike.h>

#define IKE_EVENTS_MAX 16u

struct ike_record {
    uint8_t type, by_peer;
    uint16_t notify;
    int32_t err;
    union {
        struct {
            uint32_t id, spi_in, spi_out, which; /* child events */
        };
        struct {
            const char *text, *advice; /* warnings: static text */
        };
    };
};
struct ike_events {
    struct ike_record ring[IKE_EVENTS_MAX];
    uint32_t head, n;
};

void ike__events_push(struct ike_events *e, const struct ike_record *r);
int ike__events_pop(struct ike_events *e, struct ike_record *r); /* 1 or 0 */

#endif
