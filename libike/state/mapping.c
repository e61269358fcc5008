/* state/mapping.c - how long does the NAT on our side remember us? SPDX-License-Identifier: Apache-2.0
 *
 * Doubling first, then halving the interval between what lived and what died, until an eighth is left.
 *
 * Not here: the question (exchange/liveness.c), when (engine/tick.c). */
#include "state/mapping.h"

#define LONGEST_US 1200000000u /* twenty minutes: beyond that, waking up costs nothing any more */

void ike__mapping_reset(struct ike_mapping *m, uint32_t keepalive_s)
{
    memset(m, 0, sizeof(*m));
    m->lived = (ike_time)keepalive_s * 1000000u;
}

static int is_settled(const struct ike_mapping *m)
{
    return m->lived >= LONGEST_US || (m->died != 0 && m->died - m->lived <= m->lived / 8);
}

ike_time ike__mapping_silence(const struct ike_mapping *m)
{
    ike_time next = m->died ? m->lived + (m->died - m->lived) / 2 : 2 * m->lived;

    if (!m->is_known || is_settled(m))
        return m->lived;
    return next > LONGEST_US ? LONGEST_US : next;
}

int ike__mapping_is_probe(const struct ike_mapping *m)
{
    return !is_settled(m);
}

int ike__mapping_seen(struct ike_mapping *m, ike_span hash, ike_time silence, uint32_t keepalive_s)
{
    ike_time floor = (ike_time)keepalive_s * 1000000u;
    int changed;

    if (hash.n != sizeof(m->hash))
        return 0;
    changed = m->is_known && memcmp(m->hash, hash.p, sizeof(m->hash)) != 0;
    memcpy(m->hash, hash.p, sizeof(m->hash));
    if (!m->is_known) {
        m->is_known = 1;
        return 0;
    }
    if (!changed) {
        if (silence > m->lived && (m->died == 0 || silence < m->died))
            m->lived = silence > LONGEST_US ? LONGEST_US : silence;
        return 0;
    }
    if (silence > m->lived) {
        m->died = silence;
    } else { /* it lives shorter than we believed: begin again, carefully */
        m->lived = silence / 2 > floor ? silence / 2 : floor;
        m->died = silence > m->lived ? silence : 0;
    }
    return 1;
}
