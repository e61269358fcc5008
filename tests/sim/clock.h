/* tests/sim/clock.h - virtual time, what happens in it, and dice. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_SIM_CLOCK_H
#define IKE_TESTS_SIM_CLOCK_H

#include <ike/types.h>

#define SECOND UINT64_C(1000000)

struct world;
typedef void happens(struct world *w, void *what, uint64_t arg);

struct clock_event {
    ike_time at;
    uint64_t order; /* of two at one time, the one that was planned first */
    happens *run;
    void *what;
    uint64_t arg;
};

struct clock {
    ike_time now;
    uint64_t order;
    struct clock_event *heap;
    size_t n, cap;
};

void clock_at(struct clock *c, ike_time at, happens *run, void *what, uint64_t arg);
/* The next event no later than until; then time is its. 1 or 0. */
int clock_next(struct clock *c, ike_time until, struct clock_event *out);
void clock_free(struct clock *c);

struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *d);
uint64_t dice_below(struct dice *d, uint64_t n);                 /* 0..n-1 */
uint64_t dice_between(struct dice *d, uint64_t lo, uint64_t hi); /* both included */
int dice_chance(struct dice *d, unsigned per_mille);
uint64_t hash_more(uint64_t h, const void *p, size_t n);

#endif
