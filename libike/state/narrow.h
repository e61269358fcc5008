/* state/narrow.h - are the peer's selectors a narrowing of ours? (RFC 7296 2.9) SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_NARROW_H
#define IKE_STATE_NARROW_H

#include <ike/ike.h>

/* 1 if inner lies wholly inside outer. */
int ike__ts_inside(const ike_ts *inner, const ike_ts *outer);
/* 1 if every selector of chosen lies inside one of offered, and chosen is not empty. */
int ike__ts_narrowed(const ike_ts *chosen, uint32_t chosen_n, const ike_ts *offered, uint32_t offered_n);
/* 1 if both are the same selectors in the same order. */
int ike__ts_same(const ike_ts *a, uint32_t a_n, const ike_ts *b, uint32_t b_n);
/* 1 if addr lies inside one of the selectors. */
int ike__ts_holds(const ike_ts *ts, uint32_t n, const ike_addr *addr);
/* Everything of a family; one address. */
ike_ts ike__ts_all(uint8_t family);
ike_ts ike__ts_host(const ike_addr *addr);
/* The parts of from that minus does not hold, by address: how many were written to out, at most cap. A selector of
 * minus with other ports or another protocol takes nothing away. */
uint32_t ike__ts_without(const ike_ts *from, uint32_t from_n, const ike_ts *minus, uint32_t minus_n,
                         ike_ts *out, uint32_t cap);
/* For responders (tests): the parts of offered inside allowed: how many were written to out. */
uint32_t ike__ts_intersect(const ike_ts *offered, uint32_t offered_n, const ike_ts *allowed,
                           uint32_t allowed_n, ike_ts *out, uint32_t cap);

#endif
