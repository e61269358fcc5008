/* state/places.h - where else the gateway may be, and the pairs of addresses to try (RFC 4555 3.4, 3.6, 3.10). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_PLACES_H
#define IKE_STATE_PLACES_H

#include "wire/payloads.h"
#include <ike/ike.h>

#define IKE_PLACES_MAX 16u

struct ike_places { /* what the gateway said, the newest list */
    ike_addr *addr; /* at most IKE_PLACES_MAX */
    uint32_t n, zero;
};
struct ike_probe { /* the current path is dead: others are tried, one after the other */
    ike_path home; /* the one that died */
    ike_time began;
    uint32_t next; /* pair */
    uint8_t is_on, zero[3];
};

/* The list of a message, in place of an earlier one: 1; 0: it has none. Without memory the list is empty. */
int ike__places_read(struct ike_places *p, const ike_alloc *a, const struct ike_msg *msg);
void ike__places_forget(struct ike_places *p, const ike_alloc *a);
/* Pair number k beside the path home, of what the gateway and the configuration name: 1; 0: there are no more. First
 * all destinations from where we are, then those from our other addresses. */
int ike__places_pair(const struct ike_places *p, const ike_config *cfg, const ike_path *home, uint32_t k,
                     ike_path *out);

#endif
