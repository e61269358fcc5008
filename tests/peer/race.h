/* tests/peer/race.h - both ends begin something at once; every order in which their datagrams can arrive. SPDX-License-Identifier: Apache-2.0
 *
 * Everything replays: a session is a pure function of its trace, so a run is a list of choices, and the next run is the
 * same list with its last choice changed. A state that an earlier run was in already is not explored again. */
#ifndef IKE_TESTS_RACE_H
#define IKE_TESTS_RACE_H

#include "peer/twins.h"

enum deed { NOTHING, REKEY_CHILD, DELETE_CHILD, CREATE_CHILD, REKEY_IKE, DELETE_IKE, LIVENESS, DEEDS };

struct race {
    enum deed deed[2];                 /* of the client, of the gateway */
    void (*before)(struct twins *t);   /* twins_init is done: another configuration, or NULL */
    void (*after_up)(struct twins *t); /* another state to begin with, or NULL */
    unsigned earlier;                  /* so many collisions of the same kind went before, in one order */
    unsigned mishaps;                  /* datagrams that get lost or come twice, in one run */
    uint8_t pings;                     /* a packet each way after every delivery, and it passes */
    uint8_t apart;                     /* the gateway acts on its oldest child, the client on its newest */
    uint8_t lowest; /* whose nonce: 0, 1: Ni of client, gateway; 2, 3: Nr of client, gateway */
    /* what it comes to, on both ends */
    uint8_t closes; /* the session ends; then the rest does not count */
    unsigned children;
    unsigned child_downs[2];             /* events of the client, of the gateway */
    unsigned rekeyed_child, rekeyed_ike; /* events, of every collision */
    unsigned runs;                       /* out: different orders that were run to the end */
};

/* All orders: 1, and race->runs; 0: something went wrong, and stderr has the order that showed it. */
int race_all(struct race *race);
/* All orders, for each of the four places of the lowest nonce, and for both ways to share out the deeds; quiet
 * with mishaps, and (if pings is set) with packets all the time without. */
int race_every_way(const struct race *race);
/* One end begins; what it sends waits. */
void race_begin(struct twins *t, int end, enum deed deed, int oldest);
/* Both do, with these first octets of their nonces. */
void race_both(struct twins *t, const struct race *race, uint8_t lowest);

#endif
