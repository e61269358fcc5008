/* tests/exchange/up.h - connections that stand, for the tests that begin there. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_UP_H
#define IKE_TESTS_UP_H

#include "fake/test.h"
#include "peer/ladder.h"

/* The handshake, to the end; what it took is not counted. */
static inline void up(struct ladder *l)
{
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
    assert_int_equal(l->child_ups, 1);
    l->total_out = 0;
}

/* A full handshake, by default with a gateway that gives tickets. */
static inline void first(struct ladder *l)
{
    l->pcfg.script.again = 1;
    if (!l->pcfg.script.tickets)
        l->pcfg.script.tickets = PEER_TICKET_GIVE;
    up(l);
    assert_int_equal(l->ups, 1);
    assert_int_equal(l->up.resumed, 0);
}

static inline void first_with_ticket(struct ladder *l)
{
    ladder_init(l);
    first(l);
    assert_int_equal(l->tickets, 1);
    assert_int_equal(l->tickets_gone, 0);
    assert_true(l->ticket_n > 0);
}

#endif
