/* state/again.c - children that are asked for again later. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.25: a peer that is busy is asked again after a while, each child by itself.
 *
 * Not here: for how long (state/session.c: ike__session_busy), asking (exchange/create_child.c). */
#include "state/again.h"

void ike__again_add(struct ike_again *a, const struct ike_again_one *one)
{
    uint32_t at = 0;

    while (at < a->n && (a->one[at].child_id != one->child_id || a->one[at].which != one->which))
        at++;
    if (at == IKE_AGAIN_MAX)
        return;
    a->one[at] = *one;
    if (at == a->n)
        a->n++;
}

ike_time ike__again_due(const struct ike_again *a)
{
    ike_time due = IKE_NEVER;

    for (uint32_t i = 0; i < a->n; i++)
        if (a->one[i].due < due)
            due = a->one[i].due;
    return due;
}

int ike__again_take(struct ike_again *a, ike_time now, struct ike_again_one *out)
{
    for (uint32_t i = 0; i < a->n; i++)
        if (a->one[i].due <= now) {
            *out = a->one[i];
            a->one[i] = a->one[--a->n];
            return 1;
        }
    return 0;
}
