/* state/task.c - intents: one runs, the rest wait. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.3 lets us have one request out at a time, so everything we want of the peer queues here:
 * API verbs and timers alike. The urgent go first; of one kind, the one that came first. What a busy peer was asked for in
 * vain waits behind them all, for one time in common (2.25).
 *
 * Not here: what an intent does (exchange/), when the next one starts (engine/dispatch.c), for how long something is put off
 * (state/lifetime.c). */
#include "state/task.h"
#include <string.h>

int ike__intent_same(const struct ike_intent *a, const struct ike_intent *b)
{
    return a->kind == b->kind && a->spi == b->spi && a->child_id == b->child_id && a->which == b->which &&
           a->is_rest == b->is_rest;
}

static int is_behind(const struct ike_intent *a, const struct ike_intent *b)
{
    return a->is_put_off != b->is_put_off ? a->is_put_off : a->kind > b->kind;
}

int ike__tasks_add(struct ike_tasks *t, const struct ike_intent *wanted)
{
    uint32_t at;

    for (uint32_t i = 0; i < t->n; i++)
        if (ike__intent_same(&t->waiting[i], wanted))
            return 0;
    if (t->n == IKE_TASKS_MAX)
        return IKE_E_LIMIT;
    for (at = t->n; at > 0 && is_behind(&t->waiting[at - 1], wanted); at--)
        t->waiting[at] = t->waiting[at - 1];
    t->waiting[at] = *wanted;
    t->n++;
    return 0;
}

int ike__tasks_put_off(struct ike_tasks *t, const struct ike_intent *wanted, ike_time until)
{
    struct ike_intent later = *wanted;

    later.is_put_off = 1;
    t->again_at = until;
    return ike__tasks_add(t, &later);
}

void ike__tasks_resume(struct ike_tasks *t)
{
    uint32_t n = t->n;

    t->n = 0;
    t->again_at = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct ike_intent one = t->waiting[i];
        one.is_put_off = 0;
        (void)ike__tasks_add(t, &one); /* there is room: it was there before */
    }
}

void ike__tasks_succeed(struct ike_tasks *t)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->n; i++)
        if (t->waiting[i].kind != IKE_INTENT_CREATE_CHILD || t->waiting[i].child_id != 0)
            t->waiting[kept++] = t->waiting[i];
    t->n = kept;
    ike__tasks_resume(t);
}

int ike__tasks_are_ready(const struct ike_tasks *t)
{
    return t->n > 0 && !t->waiting[0].is_put_off;
}

int ike__tasks_next(struct ike_tasks *t, struct ike_intent *out)
{
    if (!ike__tasks_are_ready(t))
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
    t->again_at = 0;
}
