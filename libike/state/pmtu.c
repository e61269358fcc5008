/* state/pmtu.c - what does the path carry? The search, without messages. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8899 5. First the largest size, which passes nearly everywhere; then, by halves, the sizes that links have. What
 * passes is asked again while traffic flows, because nobody tells when it ceases to (5.1.1: CONFIRMATION_TIMER); at
 * once when nothing answers. What failed is tried anew after ten minutes (PMTU_RAISE_TIMER).
 * Invariant: base <= now < fails <= max + 1.
 *
 * Not here: the question and its answer (exchange/path_mtu.c), what counts as lost (engine/pmtu.c). */
#include "state/pmtu.h"
#include <string.h>

#define SECOND     1000000u
#define CONFIRM_US (30u * SECOND)
#define RAISE_US   (600u * SECOND)
#define SILENCE_US (1u * SECOND)        /* nothing answers large packets: ask */
#define HURRY_US   (3u * SECOND)        /* but not again within */
#define ENOUGH     (2u * IKE_PMTU_BASE) /* octets sent that make asking worth while */

/* Jumbo, FDDI, Ethernet, PPPoE, tunnels in tunnels, DSL, VPNs and mobile networks. */
static const uint16_t sizes[] = {1300, 1320, 1340, 1358, 1380, 1400, 1420, 1440, 1452, 1460,
                                 1472, 1480, 1492, 1500, 2002, 4352, 8166, 9000, 9200};
#define SIZES_N (sizeof(sizes) / sizeof(sizes[0]))

void ike__pmtu_begin(struct ike_pmtu *p, uint32_t max)
{
    memset(p, 0, sizeof(*p));
    p->max = max > IKE_PMTU_BASE ? max : max ? IKE_PMTU_BASE : 0;
    p->now = p->settled = IKE_PMTU_BASE;
    p->fails = p->max + 1;
}

/* The next size of the search, 0: it is over. */
static uint32_t next(const struct ike_pmtu *p)
{
    uint32_t first = SIZES_N, last = 0;

    if (p->settled + 1 >= p->fails)
        return 0;
    if (p->fails > p->max)
        return p->max;
    if (p->settled < p->hint && p->hint < p->fails)
        return p->hint;
    for (uint32_t i = 0; i < SIZES_N; i++)
        if (sizes[i] > p->settled && sizes[i] < p->fails) {
            first = i < first ? i : first;
            last = i;
        }
    return first == SIZES_N ? 0 : sizes[first + (last - first + 1) / 2];
}

static ike_time later(ike_time a, ike_time b)
{
    return a > b ? a : b;
}

static ike_time earlier(ike_time a, ike_time b)
{
    return a < b ? a : b;
}

ike_time ike__pmtu_due(const struct ike_pmtu *p, const struct ike_pmtu_traffic *t)
{
    ike_time due = IKE_NEVER;

    if (p->max <= IKE_PMTU_BASE || t->octets == 0)
        return IKE_NEVER;
    if (next(p) != 0)
        return p->asked_at;
    if (t->octets < ENOUGH)
        return IKE_NEVER;
    if (p->now > IKE_PMTU_BASE) {
        due = p->asked_at + CONFIRM_US;
        if (t->silence != 0)
            due = earlier(due, later(p->asked_at + HURRY_US, t->silence + SILENCE_US));
    }
    return p->fails <= p->max ? earlier(due, later(p->asked_at, p->failed_at + RAISE_US)) : due;
}

uint32_t ike__pmtu_ask(struct ike_pmtu *p, ike_time now)
{
    if (p->fails <= p->max && p->asked_at != 0 && next(p) == 0 && now >= p->failed_at + RAISE_US) {
        p->fails = p->max + 1;
        p->hint = 0;
    }
    if (next(p) != 0)
        return next(p);
    return p->now > IKE_PMTU_BASE ? p->now : 0;
}

void ike__pmtu_passed(struct ike_pmtu *p, uint32_t asked, uint32_t sent, ike_time now)
{
    p->asked_at = now ? now : 1;
    if (asked >= p->fails) /* a router has said meanwhile that it cannot be: it came another way */
        return;
    if (sent > p->now)
        p->now = sent;
    if (asked > p->settled)
        p->settled = asked;
}

void ike__pmtu_failed(struct ike_pmtu *p, uint32_t sent, ike_time now)
{
    p->asked_at = p->failed_at = now ? now : 1;
    if (sent < p->fails)
        p->fails = sent > IKE_PMTU_BASE ? sent : IKE_PMTU_BASE + 1;
    if (sent <= p->now) /* RFC 8899 4.3: a black hole: back to where everything passes */
        p->now = p->settled = IKE_PMTU_BASE;
}

int ike__pmtu_hint(struct ike_pmtu *p, uint32_t mtu, ike_time now)
{
    if (mtu < IKE_PMTU_BASE)
        mtu = IKE_PMTU_BASE;
    if (p->max == 0 || mtu >= p->fails - 1)
        return 0;
    p->fails = mtu + 1;
    p->failed_at = now ? now : 1;
    p->hint = mtu;
    if (p->settled > mtu) {
        /* Believed at once, because it costs little to be wrong; asked for at once, too. */
        p->now = mtu;
        p->settled = mtu > IKE_PMTU_BASE ? mtu - 1 : mtu;
    }
    return 1;
}
