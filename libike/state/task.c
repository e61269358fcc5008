/* state/task.c - intents: one runs, the rest wait. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.3 lets us have one request out at a time, so everything we want of the peer queues here:
 * API verbs and timers alike. The urgent go first: delete, then liveness.
 *
 * Not here: what an intent does (exchange/), when the next one starts (engine/dispatch.c). */
#include "state/task.h"
#include <string.h>

static struct ike_intent intent_of(const struct ike_task *t)
{
    return (struct ike_intent){.exchange = t->exchange,
                               .spi = t->spi,
                               .child_id = t->child_id,
                               .which = t->which,
                               .notify = t->notify,
                               .priority = (uint8_t)t->priority,
                               .is_rest = t->is_rest};
}

static int is_same(const struct ike_intent *a, const struct ike_intent *b)
{
    return a->exchange == b->exchange && a->spi == b->spi && a->child_id == b->child_id &&
           a->which == b->which && a->is_rest == b->is_rest && a->notify == b->notify;
}

int ike__task_same(const struct ike_task *a, const struct ike_task *b)
{
    struct ike_intent one = intent_of(a), other = intent_of(b);

    return is_same(&one, &other);
}

int ike__tasks_add(struct ike_tasks *t, const struct ike_task *task)
{
    struct ike_intent wanted = intent_of(task);
    uint32_t at;

    for (uint32_t i = 0; i < t->n; i++)
        if (is_same(&t->waiting[i], &wanted))
            return 0;
    if (t->n == IKE_TASKS_MAX)
        return IKE_E_LIMIT;
    for (at = t->n; at > 0 && t->waiting[at - 1].priority > task->priority; at--)
        t->waiting[at] = t->waiting[at - 1];
    t->waiting[at] = wanted;
    t->n++;
    return 0;
}

int ike__tasks_next(struct ike_tasks *t, struct ike_task *out)
{
    if (t->n == 0)
        return 0;
    memset(out, 0, sizeof(*out));
    out->exchange = t->waiting[0].exchange;
    out->spi = t->waiting[0].spi;
    out->child_id = t->waiting[0].child_id;
    out->which = t->waiting[0].which;
    out->notify = t->waiting[0].notify;
    out->priority = t->waiting[0].priority;
    out->is_rest = t->waiting[0].is_rest;
    t->n--;
    memmove(t->waiting, t->waiting + 1, t->n * sizeof(t->waiting[0]));
    return 1;
}

void ike__tasks_forget(struct ike_tasks *t, const struct ike_exchange *x)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->n; i++)
        if (t->waiting[i].exchange != x)
            t->waiting[kept++] = t->waiting[i];
    t->n = kept;
}

void ike__tasks_forget_waiting(struct ike_tasks *t)
{
    t->n = 0;
}
