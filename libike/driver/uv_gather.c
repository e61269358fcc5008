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
#define SOME       4u  /* packets that are worth a pause */
#define PAUSE_US   150u
#define MOST_US    1000u

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
    f->gap = f->n >= DENSE && (uint64_t)f->n * STRETCH_NS >= ns * DENSE ? (uint32_t)(ns / f->n) : 0;
    f->since = now;
    f->n = 0;
}

uint32_t ike__uv_flow_pause(const struct ike_uv_flow *f, uint32_t most_us)
{
    uint64_t ns = (uint64_t)SOME * f->gap, most = 1000u * (uint64_t)(most_us < MOST_US ? most_us : MOST_US);

    if (f->last >= FEW)
        return 0;
    return (uint32_t)(ns < most ? ns : most);
}

void ike__uv_gather(const ike_uv *v, struct ike_uv_flow *f)
{
    uint32_t us = v->cfg.gather_us == 0 ? PAUSE_US : v->cfg.gather_us;
    struct timespec pause = {.tv_nsec = us == IKE_OFF ? 0 : (long)ike__uv_flow_pause(f, us)};

    if (pause.tv_nsec == 0)
        return;
    if (uv_hrtime() - f->since < 2 * (uint64_t)STRETCH_NS)
        (void)nanosleep(&pause, NULL);
    else
        f->gap = 0; /* it was dense a while ago */
}

void ike__uv_gathered(struct ike_uv_flow *f, uint64_t n)
{
    ike__uv_flow_count(f, n, uv_hrtime());
}
