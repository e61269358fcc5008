/* state/task.c - intents: one runs, the rest wait. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.3 lets us have one request out at a time, so everything we want of the peer queues here:
 * API verbs and timers alike. The urgent go first: delete, then liveness.
 *
 * Not here: what an intent does (exchange/), when the next one starts (engine/dispatch.c). */
#include "state/task.h"
#include "base/mem.h"
#include <string.h>

#define ROOM_FIRST 4u

int ike__task_same(const struct ike_task *a, const struct ike_task *b)
{
    return a->exchange == b->exchange && a->spi == b->spi && a->child_id == b->child_id &&
           a->which == b->which && a->is_rest == b->is_rest && a->notify == b->notify;
}

/* Room for one more. What the array held is kept. */
static int make_room(struct ike_tasks *t, const ike_alloc *a)
{
    uint32_t room = t->room ? IKE_TASKS_MAX : ROOM_FIRST;
    struct ike_task *more;

    if (t->n < t->room)
        return 0;
    if (t->n == IKE_TASKS_MAX)
        return IKE_E_LIMIT;
    more = ike__mem_new(a, room * sizeof(*more));
    if (!more)
        return IKE_E_NOMEM;
    if (t->n > 0)
        memcpy(more, t->waiting, t->n * sizeof(*more));
    ike__mem_free(a, t->waiting, t->room * sizeof(*more));
    t->waiting = more;
    t->room = room;
    return 0;
}

static void keep(struct ike_tasks *t, const ike_alloc *a, uint32_t n)
{
    t->n = n;
    if (n > 0)
        return;
    ike__mem_free(a, t->waiting, t->room * sizeof(*t->waiting));
    t->waiting = NULL;
    t->room = 0;
}

int ike__tasks_add(struct ike_tasks *t, const ike_alloc *a, const struct ike_task *task)
{
    uint32_t at;
    int err;

    for (uint32_t i = 0; i < t->n; i++)
        if (ike__task_same(&t->waiting[i], task))
            return 0;
    err = make_room(t, a);
    if (err < 0)
        return err;
    for (at = t->n; at > 0 && t->waiting[at - 1].priority > task->priority; at--)
        t->waiting[at] = t->waiting[at - 1];
    t->waiting[at] = *task;
    t->n++;
    return 0;
}

int ike__tasks_next(struct ike_tasks *t, const ike_alloc *a, struct ike_task *out)
{
    if (t->n == 0)
        return 0;
    *out = t->waiting[0];
    memmove(t->waiting, t->waiting + 1, (t->n - 1) * sizeof(t->waiting[0]));
    keep(t, a, t->n - 1);
    return 1;
}

void ike__tasks_forget(struct ike_tasks *t, const ike_alloc *a, const struct ike_exchange *x)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < t->n; i++)
        if (t->waiting[i].exchange != x)
            t->waiting[kept++] = t->waiting[i];
    keep(t, a, kept);
}

void ike__tasks_forget_waiting(struct ike_tasks *t, const ike_alloc *a)
{
    keep(t, a, 0);
}
