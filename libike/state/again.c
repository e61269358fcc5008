/* state/again.c - children that are asked for again later. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.25: a peer that is busy is asked again after a while, each child by itself.
 *
 * Not here: for how long (state/session.c: ike__session_busy), asking (exchange/create_child.c). */
#include "state/again.h"
#include "base/mem.h"
#include <string.h>

static struct ike_again_one *list(const struct ike_again *a)
{
    return a->many ? a->many : (struct ike_again_one *)(uintptr_t)a->few;
}

/* 1: there is room for one more. */
static int has_room(struct ike_again *a, const ike_alloc *alloc)
{
    if (a->many || a->n < IKE_AGAIN_FEW)
        return a->n < IKE_AGAIN_MAX;
    a->many = ike__mem_new(alloc, IKE_AGAIN_MAX * sizeof(*a->many));
    if (a->many)
        memcpy(a->many, a->few, sizeof(a->few));
    return a->many != NULL;
}

void ike__again_add(struct ike_again *a, const ike_alloc *alloc, const struct ike_again_one *one)
{
    struct ike_again_one *all = list(a);
    uint32_t at = 0;

    while (at < a->n && (all[at].child_id != one->child_id || all[at].which != one->which))
        at++;
    if (at == a->n) {
        if (!has_room(a, alloc))
            return;
        a->n++;
    }
    list(a)[at] = *one;
}

ike_time ike__again_due(const struct ike_again *a)
{
    ike_time due = IKE_NEVER;

    for (uint32_t i = 0; i < a->n; i++)
        if (list(a)[i].due < due)
            due = list(a)[i].due;
    return due;
}

int ike__again_take(struct ike_again *a, ike_time now, struct ike_again_one *out)
{
    struct ike_again_one *all = list(a);

    for (uint32_t i = 0; i < a->n; i++)
        if (all[i].due <= now) {
            *out = all[i];
            all[i] = all[--a->n];
            return 1;
        }
    return 0;
}

void ike__again_free(struct ike_again *a, const ike_alloc *alloc)
{
    ike__mem_free(alloc, a->many, IKE_AGAIN_MAX * sizeof(*a->many));
    memset(a, 0, sizeof(*a));
}
