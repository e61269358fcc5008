/* esp/replay.c - anti-replay window (RFC 4303 3.4.3, appendix A2; layout of RFC 6479). SPDX-License-Identifier: Apache-2.0
 *
 * A ring of 64-bit words, one more than the window needs, so that moving on clears whole words and never
 * shifts bits. Numbers from top - window + 1 to top are told apart; lower ones are too old.
 *
 * Not here: looking and marking (replay.h), authentication between the two. */
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
