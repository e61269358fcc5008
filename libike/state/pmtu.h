/* state/pmtu.h - what does the path carry? The search, without messages. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8899 (datagram packetization layer path MTU discovery), sizes are IP packets with all headers. Below the base nothing
 * is searched: datagrams of that size may be cut on the way, so they pass everywhere. Pure: time is an argument. */
#ifndef IKE_STATE_PMTU_H
#define IKE_STATE_PMTU_H

#include <ike/types.h>

#define IKE_PMTU_BASE 1280u
#define IKE_PMTU_MOST 9200u

struct ike_pmtu {
    uint32_t max; /* the largest that is tried; 0: nothing is searched */
    uint32_t now; /* what passes */
    uint32_t
        settled; /* sizes up to here have their verdict: now, or a little more than fit the blocks of a probe */
    uint32_t fails; /* the least that does not pass; max + 1: none is known */
    uint32_t hint;  /* what a router named; 0: nothing */
    uint32_t zero;
    ike_time asked_at;  /* last verdict; 0: none on this path */
    ike_time failed_at; /* fails was learned */
};

/* Another path: nothing is known. max: 0: nothing will be. */
void ike__pmtu_begin(struct ike_pmtu *p, uint32_t max);
/* Where traffic stands since the last verdict. Without any nothing is asked: it would only cost the battery. */
struct ike_pmtu_traffic {
    uint64_t octets;  /* sent */
    ike_time silence; /* since when nothing answers; 0: something did */
};
/* When there is a reason to ask; IKE_NEVER: none. */
ike_time ike__pmtu_due(const struct ike_pmtu *p, const struct ike_pmtu_traffic *t);
/* The size to ask for, when it is due; 0: none. Begins a new search when the old one is out of date. */
uint32_t ike__pmtu_ask(struct ike_pmtu *p, ike_time now);
/* The verdicts. asked: what ike__pmtu_ask said; sent: the octets that the probe had. */
void ike__pmtu_passed(struct ike_pmtu *p, uint32_t asked, uint32_t sent, ike_time now);
void ike__pmtu_failed(struct ike_pmtu *p, uint32_t sent, ike_time now);
/* A router says what the next link takes (already found plausible). It can only lower, never below the base. 1: news. */
int ike__pmtu_hint(struct ike_pmtu *p, uint32_t mtu, ike_time now);

#endif
