/* esp/replay.c - anti-replay window (RFC 4303 3.4.3, appendix A2; layout of RFC 6479). SPDX-License-Identifier: Apache-2.0
 *
 * A ring of 64-bit words, one more than the window needs, so that moving on clears whole words and never
 * shifts bits. Numbers from top - window + 1 to top are told apart; lower ones are too old.
 *
 * Not here: authentication; look comes before it, mark after it. */
#include "esp/replay.h"
#include "base/mem.h"

int ike__replay_init(struct ike_replay *r, const ike_alloc *a, uint32_t window)
{
    uint32_t words = 2;

    r->top = 0;
    r->bits = NULL;
    r->window = 0;
    r->words = 0;
    if (window == 0)
        return 0;
    window = (window + 63u) & ~63u;
    while (words * 64u < window + 64u)
        words *= 2;
    r->bits = ike__mem_new(a, words * sizeof(uint64_t));
    if (!r->bits)
        return IKE_E_NOMEM;
    r->window = window;
    r->words = words;
    return 0;
}

void ike__replay_free(struct ike_replay *r, const ike_alloc *a)
{
    ike__mem_free(a, r->bits, r->words * sizeof(uint64_t));
    r->bits = NULL;
    r->words = 0;
    r->window = 0;
    r->top = 0;
}

uint64_t ike__replay_infer(const struct ike_replay *r, uint32_t low, int esn)
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

int ike__replay_look(const struct ike_replay *r, uint64_t seq)
{
    if (seq == 0) /* RFC 4303 3.3.3: the first packet has number 1 */
        return 0;
    if (!r->bits || seq > r->top)
        return 1;
    if (r->top - seq >= r->window)
        return 0;
    return !(r->bits[seq / 64 & (r->words - 1)] >> (seq & 63) & 1);
}

void ike__replay_mark(struct ike_replay *r, uint64_t seq)
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
