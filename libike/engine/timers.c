/* engine/timers.c - the next deadline among many sessions: a binary heap. SPDX-License-Identifier: Apache-2.0
 *
 * heap[1] is due first; the two below heap[i] are heap[2i] and heap[2i + 1]. Each timer knows its place, so that it can
 * move from where it is. Room doubles and is never given back before the end.
 *
 * Not here: what a session waits for (tick.c). */
#include "base/mem.h"
#include <ike/timers.h>
#include <string.h>

#define ROOM_FIRST 64u
#define ROOM_MAX   (1u << 31)

struct ike_timers {
    const ike_alloc *alloc;
    ike_timer **heap; /* [0] is not used */
    uint32_t n, room;
};

int ike_timers_new(ike_timers **out, const ike_alloc *alloc)
{
    if (!out)
        return IKE_E_USAGE;
    *out = ike__mem_new(alloc, sizeof(**out));
    if (!*out)
        return IKE_E_NOMEM;
    (*out)->alloc = alloc;
    return 0;
}

void ike_timers_free(ike_timers *t)
{
    if (!t)
        return;
    ike__mem_free(t->alloc, t->heap, t->room * sizeof(*t->heap));
    ike__mem_free(t->alloc, t, sizeof(*t));
}

static void put(ike_timers *t, uint32_t place, ike_timer *timer)
{
    t->heap[place] = timer;
    timer->place = place;
}

static void up(ike_timers *t, uint32_t place)
{
    ike_timer *timer = t->heap[place];

    for (; place > 1 && t->heap[place / 2]->due > timer->due; place /= 2)
        put(t, place, t->heap[place / 2]);
    put(t, place, timer);
}

static void down(ike_timers *t, uint32_t place)
{
    ike_timer *timer = t->heap[place];

    for (uint32_t below; place <= t->n / 2; place = below) {
        below = 2 * place;
        if (below < t->n && t->heap[below + 1]->due < t->heap[below]->due)
            below++;
        if (t->heap[below]->due >= timer->due)
            break;
        put(t, place, t->heap[below]);
    }
    put(t, place, timer);
}

static int make_room(ike_timers *t)
{
    uint32_t room = t->room ? 2 * t->room : ROOM_FIRST;
    ike_timer **heap;

    if (t->n + 1 < t->room)
        return 0;
    if (t->room >= ROOM_MAX)
        return IKE_E_LIMIT;
    heap = ike__mem_new(t->alloc, room * sizeof(*heap));
    if (!heap)
        return IKE_E_NOMEM;
    if (t->n > 0)
        memcpy(heap, t->heap, (t->n + 1) * sizeof(*heap));
    ike__mem_free(t->alloc, t->heap, t->room * sizeof(*heap));
    t->heap = heap;
    t->room = room;
    return 0;
}

static void take_out(ike_timers *t, ike_timer *timer)
{
    uint32_t place = timer->place;
    ike_timer *last = t->heap[t->n--];

    timer->place = 0;
    if (last == timer)
        return;
    put(t, place, last);
    up(t, place);
    down(t, last->place);
}

int ike_timers_set(ike_timers *t, ike_timer *timer, ike_time due)
{
    int err;

    if (!t || !timer)
        return IKE_E_USAGE;
    if (due == IKE_NEVER) {
        if (timer->place)
            take_out(t, timer);
        timer->due = due;
        return 0;
    }
    if (timer->place == 0) {
        err = make_room(t);
        if (err < 0)
            return err;
        put(t, ++t->n, timer);
    }
    timer->due = due;
    up(t, timer->place);
    down(t, timer->place);
    return 0;
}

ike_timer *ike_timers_first(const ike_timers *t)
{
    return t && t->n > 0 ? t->heap[1] : NULL;
}
