/* tests/sim/clock.c - virtual time, what happens in it, and dice. SPDX-License-Identifier: Apache-2.0 */
#include "sim/clock.h"
#include <stdlib.h>
#include <string.h>

static int is_before(const struct clock_event *a, const struct clock_event *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void swap(struct clock_event *a, struct clock_event *b)
{
    struct clock_event t = *a;

    *a = *b;
    *b = t;
}

void clock_at(struct clock *c, ike_time at, happens *run, void *what, uint64_t arg)
{
    size_t i = c->n;

    if (c->n == c->cap) {
        c->cap = c->cap ? 2 * c->cap : 64;
        c->heap = realloc(c->heap, c->cap * sizeof(*c->heap));
        if (!c->heap)
            abort();
    }
    c->heap[c->n++] = (struct clock_event){at > c->now ? at : c->now, c->order++, run, what, arg};
    for (; i > 0 && is_before(&c->heap[i], &c->heap[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&c->heap[i], &c->heap[(i - 1) / 2]);
}

int clock_next(struct clock *c, ike_time until, struct clock_event *out)
{
    size_t i = 0;

    if (c->n == 0 || c->heap[0].at > until)
        return 0;
    *out = c->heap[0];
    c->heap[0] = c->heap[--c->n];
    for (;;) {
        size_t least = i;

        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < c->n; k++)
            if (is_before(&c->heap[k], &c->heap[least]))
                least = k;
        if (least == i)
            break;
        swap(&c->heap[i], &c->heap[least]);
        i = least;
    }
    c->now = out->at;
    return 1;
}

void clock_free(struct clock *c)
{
    free(c->heap);
    memset(c, 0, sizeof(*c));
}

/* splitmix64: small, and good enough for weather. */
uint64_t dice_roll(struct dice *d)
{
    uint64_t z = d->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t dice_below(struct dice *d, uint64_t n)
{
    return dice_roll(d) % n;
}

uint64_t dice_between(struct dice *d, uint64_t lo, uint64_t hi)
{
    return lo + dice_below(d, hi - lo + 1);
}

int dice_chance(struct dice *d, unsigned per_mille)
{
    return dice_below(d, 1000) < per_mille;
}

uint64_t hash_more(uint64_t h, const void *p, size_t n)
{
    const uint8_t *b = p;
    uint64_t word;

    for (; n >= sizeof(word); n -= sizeof(word), b += sizeof(word)) {
        memcpy(&word, b, sizeof(word));
        h = (h ^ word) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    for (; n > 0; n--, b++)
        h = (h ^ *b) * UINT64_C(0x100000001b3);
    return h ^ h >> 29;
}
