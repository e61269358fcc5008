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
/* The full number of a packet from its low 32 bits (ESN, RFC 4303 A2.2). Without ESN: low itself. */
uint64_t ike__replay_infer(const struct ike_replay *r, uint32_t low, int esn);
/* 1: new and inside or above the window; 0: seen, or too old, or number 0. */
int ike__replay_look(const struct ike_replay *r, uint64_t seq);
void ike__replay_mark(struct ike_replay *r, uint64_t seq);

#endif
