/* tests/peer/twins.h - two real sessions, one of them a gateway. SPDX-License-Identifier: Apache-2.0
 *
 * After IKE_AUTH the protocol is symmetric: the gateway's half of an established connection can be a session of our
 * own, with the roles swapped. The scripted peer does the handshake and hands its SAs over. */
#ifndef IKE_TESTS_TWINS_H
#define IKE_TESTS_TWINS_H

#include "peer/ladder.h"
#include "state/session.h"

#define TWIN_QUEUE 24u
enum { CLIENT = 0, GATEWAY = 1 };

struct twin {
    ike_session *s;
    unsigned out_n;
    unsigned child_ups, child_downs, closes, rekeyed_ike, rekeyed_child, warnings;
    int close_err, child_err;
    uint32_t rekeyed_by;
    unsigned tickets_gone;
    struct datagram out[TWIN_QUEUE]; /* what it sent and nobody has delivered; last: not cleared */
};

struct twins {
    ike_time now;
    ike_config gateway_cfg; /* suites and lifetimes of the gateway's half; set before twins_up */
    ike_ts gateway_local, gateway_remote;
    struct ladder l;
    struct twin end[2];
};

void twins_init(struct twins *t); /* l.cfg may be changed before twins_up */
void twins_up(struct twins *t);   /* the handshake; then both ends are sessions */
void twins_drain(struct twins *t, int end);
/* Delivers datagram i of that end to the other one, or loses it: the rest moves up. */
int twins_deliver(struct twins *t, int from, unsigned i);
void twins_lose(struct twins *t, int from, unsigned i);
void twins_run(struct twins *t); /* delivers until nothing moves */
/* Moves time to the earlier deadline of both, and ticks who is due. */
void twins_tick(struct twins *t);
void twins_rekey(struct twins *t, int end, uint32_t child_id);
void twins_create_child(struct twins *t, int end); /* one more */
/* One packet each way through the tunnel; 1 if both arrive. */
int twins_ping(struct twins *t);
/* An octet at the front of the next nonce of an end: who has the lowest of four is then known. */
void twins_next_nonce(struct twins *t, int end, uint8_t first);
/* Children that are not lingering; IKE SAs likewise. */
unsigned twins_children(const struct twins *t, int end);
unsigned twins_sas(const struct twins *t, int end);
/* Both ends have the same IKE SA and the same children, with the same keys. */
int twins_agree(const struct twins *t);
void twins_free(struct twins *t);

#endif
