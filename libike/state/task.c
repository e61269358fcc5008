/* state/task.c - intents: one runs, the rest wait. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.3 lets us have one request out at a time, so everything we want of the peer queues here:
 * API verbs and timers alike. The urgent go first; of one kind, the one that came first.
 *
 * Not here: what an intent does (exchange/), when the next one starts (engine/dispatch.c). */
#include "state/task.h"
#include <string.h>

int ike__intent_same(const struct ike_intent *a, const struct ike_intent *b)
{
    return memcmp(a, b, sizeof(*a)) == 0; /* no padding in it */
}

int ike__tasks_add(struct ike_tasks *t, const struct ike_intent *wanted)
{
    uint32_t at;

    for (uint32_t i = 0; i < t->n; i++)
        if (ike__intent_same(&t->waiting[i], wanted))
            return 0;
    if (t->n == IKE_TASKS_MAX)
        return IKE_E_LIMIT;
    for (at = t->n; at > 0 && t->waiting[at - 1].kind > wanted->kind; at--)
        t->waiting[at] = t->waiting[at - 1];
    t->waiting[at] = *wanted;
    t->n++;
    return 0;
}

int ike__tasks_next(struct ike_tasks *t, struct ike_intent *out)
{
    if (t->n == 0)
        return 0;
    *out = t->waiting[0];
    t->n--;
    memmove(t->waiting, t->waiting + 1, t->n * sizeof(t->waiting[0]));
    return 1;
}

void ike__tasks_forget(struct ike_tasks *t, enum ike_intent_kind kind)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->n; i++)
        if (t->waiting[i].kind != kind)
            t->waiting[kept++] = t->waiting[i];
    t->n = kept;
}

void ike__tasks_forget_waiting(struct ike_tasks *t)
{
    t->n = 0;
}
