/* state/again.h - children that are asked for again later. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_AGAIN_H
#define IKE_STATE_AGAIN_H

#include <ike/ike.h>

#define IKE_AGAIN_MAX 10u /* all that can be configured, and one */

struct ike_again_one {
    ike_time due;
    uint32_t child_id; /* of the lost child that it takes the place of, 0: none */
    uint32_t which;    /* of the settings */
};
struct ike_again {
    struct ike_again_one one[IKE_AGAIN_MAX];
    uint32_t n, zero;
};

/* The same child is noted once, with its newest time. */
void ike__again_add(struct ike_again *a, const struct ike_again_one *one);
ike_time ike__again_due(const struct ike_again *a); /* of the first; IKE_NEVER */
/* Takes out one that is due: 1; 0: none is. */
int ike__again_take(struct ike_again *a, ike_time now, struct ike_again_one *out);

#endif
