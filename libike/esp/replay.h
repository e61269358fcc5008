/* esp/replay.h - anti-replay window (RFC 4303 3.4.3, appendix A2; layout of RFC 6479). SPDX-License-Identifier: Apache-2.0
 *
 * Look first (nothing changes), authenticate, then mark. */
#ifndef IKE_ESP_REPLAY_H
#define IKE_ESP_REPLAY_H

#include <ike/ike.h>

struct ike_replay {
    uint64_t top;    /* highest sequence number seen, 0: none */
    uint64_t *bits;  /* ring of 64-bit words; NULL: no replay protection */
    uint32_t window; /* packets below top that are still told apart */
    uint32_t words;  /* power of two, one word more than the window needs */
};

/* window 0: off. Rounded up to a multiple of 64. Errors: NOMEM. */
int ike__replay_init(struct ike_replay *r, const ike_alloc *a, uint32_t window);
void ike__replay_free(struct ike_replay *r, const ike_alloc *a);

/* The rest is here so that it becomes part of the loop over packets. */
/* The full number of a packet from its low 32 bits (ESN, RFC 4303 A2.2). Without ESN: low itself. */
static inline uint64_t ike__replay_infer(const struct ike_replay *r, uint32_t low, int esn)
{
    uint32_t window = r->window ? r->window : 64, top_low = (uint32_t)r->top;
    uint64_t high = r->top >> 32;

    if (!esn)
        return low;
    /* RFC 4303 A2.2: where the low half lies, seen from the window, says which high half it belongs to. */
    if (top_low >= window - 1) { /* the window lies within one subspace */
        if (low < top_low - window + 1 && high < UINT32_MAX)
            high++;
    } else if (low >= top_low - window + 1 && high > 0) { /* it reaches back into the one before */
        high--;
    }
    return high << 32 | low;
}

/* 1: new and inside or above the window; 0: seen, or too old, or number 0. */
static inline int ike__replay_look(const struct ike_replay *r, uint64_t seq)
{
    if (seq == 0) /* RFC 4303 3.3.3: the first packet has number 1 */
        return 0;
    if (!r->bits || seq > r->top)
        return 1;
    if (r->top - seq >= r->window)
        return 0;
    return !(r->bits[seq / 64 & (r->words - 1)] >> (seq & 63) & 1);
}

static inline void ike__replay_mark(struct ike_replay *r, uint64_t seq)
{
    uint64_t word = seq / 64;

    if (r->bits && seq > r->top) {
        uint64_t fresh = word - r->top / 64;
        if (fresh > r->words)
            fresh = r->words;
        for (uint64_t i = 0; i < fresh; i++)
            r->bits[(word - i) & (r->words - 1)] = 0;
    }
    if (seq > r->top)
        r->top = seq;
    if (r->bits)
        r->bits[word & (r->words - 1)] |= UINT64_C(1) << (seq & 63);
}

#endif
