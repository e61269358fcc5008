/* driver/uv_gather.c - packets that come close together, but one by one. SPDX-License-Identifier: Apache-2.0
 *
 * Each would cost a wake-up, a look that finds nothing more, and a packet of its own for the TUN. So where many come in
 * a short time and few at once, the next wake-up first waits as long as some more need to arrive; network cards do the
 * same with their interrupts. It takes a third off what such a flow costs, and the processor sleeps meanwhile.
 *
 * A pause holds the loop. Others on it are safe: what they do lets packets pile up, which is no longer few at once, and
 * a loop that comes round slowly finds no dense flow. Request and answer, one at a time, are not dense either. */
#include "driver/room.h"
#include <time.h>

#define STRETCH_NS 500000u
#define DENSE      8u  /* packets in a stretch: 16,000 a second */
#define FEW        16u /* at once: a burst is good as it is */
#define MOST_US    1000u
#define PAUSE_US   50u /* and what the system's timers add to it, as much on Linux */

/* Without timers of high resolution a pause would be a tick of the clock, milliseconds. */
int ike__uv_may_pause(void)
{
    struct timespec finest;

    return clock_getres(CLOCK_MONOTONIC, &finest) == 0 && finest.tv_sec == 0 && finest.tv_nsec <= 1000;
}

void ike__uv_flow_count(struct ike_uv_flow *f, uint64_t n, uint64_t now)
{
    uint64_t ns = now - f->since;

    f->last = (uint32_t)n;
    f->n += (uint32_t)n;
    if (ns < STRETCH_NS)
        return;
    f->is_dense = f->n >= DENSE && (uint64_t)f->n * STRETCH_NS >= ns * DENSE;
    f->since = now;
    f->n = 0;
}

int ike__uv_flow_is_sparse(const struct ike_uv_flow *f)
{
    return f->is_dense && f->last < FEW;
}

void ike__uv_gather(const ike_uv *v, struct ike_uv_flow *f)
{
    uint32_t us = v->cfg.gather_us == 0 ? PAUSE_US : v->cfg.gather_us;
    struct timespec pause = {.tv_nsec = 1000 * (long)(us < MOST_US ? us : MOST_US)};

    if (us == IKE_OFF || !ike__uv_flow_is_sparse(f))
        return;
    f->is_dense = uv_hrtime() - f->since < 2 * (uint64_t)STRETCH_NS; /* or was that a while ago? */
    if (f->is_dense)
        (void)nanosleep(&pause, NULL);
}

void ike__uv_gathered(struct ike_uv_flow *f, uint64_t n)
{
    ike__uv_flow_count(f, n, uv_hrtime());
}
