/* state/window.h - message ids, the one request in flight, the response cache (RFC 7296 2.1-2.3). SPDX-License-Identifier: Apache-2.0
 *
 * A flight is a message as it goes out: one datagram, or its fragments. It is kept until it is
 * answered (request) or superseded (response), because every retransmission must be bit for bit
 * the same. */
#ifndef IKE_STATE_WINDOW_H
#define IKE_STATE_WINDOW_H

#include "wire/header.h"
#include <ike/ike.h>

struct ike_flight {
    uint8_t *bytes; /* datagrams, each behind two octets of length; without non-ESP marker */
    size_t n, cap;  /* octets used, allocated */
    size_t at;      /* next datagram to hand out; n: all handed out */
    uint32_t count; /* datagrams */
    uint32_t message_id;
};

int ike__flight_open(struct ike_flight *f, const ike_alloc *a, size_t cap, uint32_t message_id);
/* Room for one datagram of up to cap octets; ike__flight_commit says how many were used. */
uint8_t *ike__flight_room(struct ike_flight *f, size_t *cap);
void ike__flight_commit(struct ike_flight *f, size_t n);
/* The next datagram to hand out, or an empty span; ike__flight_sent moves on. */
ike_span ike__flight_next(const struct ike_flight *f);
void ike__flight_sent(struct ike_flight *f);
void ike__flight_again(struct ike_flight *f); /* hand out everything once more */
ike_span ike__flight_first(const struct ike_flight *f);
void ike__flight_free(struct ike_flight *f, const ike_alloc *a);

enum ike_sorted { IKE_SORT_DROP = 0, IKE_SORT_ANSWER, IKE_SORT_REQUEST, IKE_SORT_REPEAT };

struct ike_window {
    uint32_t next_out;     /* Message ID of our next request */
    uint32_t next_in;      /* Message ID expected of the peer's next request */
    uint8_t in_flight;     /* our request next_out - 1 waits for its answer */
    uint8_t is_whole;      /* it is one datagram that must arrive uncut: a probe of the path */
    uint8_t exchange;      /* it is of that one */
    uint8_t first;         /* and its chain begins with that payload */
    uint32_t tries;        /* retransmissions of it so far */
    ike_time sent_at, due; /* first sending; next retransmission */
    uint8_t *chain; /* its payloads, while they may have to be cut anew, into smaller fragments; else NULL */
    size_t chain_n;
    struct ike_flight request;
    struct ike_flight response; /* to the peer's request next_in - 1 */
    ike_path reply_to;          /* RFC 7296 2.11: answers go where the request came from */
};

/* Which of the four a header is, by Message ID and R flag alone; changes nothing. */
enum ike_sorted ike__window_sort(const struct ike_window *w, const struct ike_header *h);
/* Interval before retransmission number try (0 = the first), µs, bounded at a minute. */
ike_time ike__window_interval(const ike_config *cfg, uint32_t try_n);
void ike__window_sent(struct ike_window *w, const ike_config *cfg, ike_time now); /* our request went out */
/* The request that is out needs no further sending, and is forgotten. */
void ike__window_answered(struct ike_window *w, const ike_alloc *a);
void ike__window_free(struct ike_window *w, const ike_alloc *a);

#endif
