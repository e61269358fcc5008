/* state/ike_sa.h - one IKE SA: SPIs, role, keys, and the road its messages take. SPDX-License-Identifier: Apache-2.0
 *
 * A session has one IKE SA most of the time: the current one, which carries our requests. For a while it has
 * more: the successor and the predecessor of a rekeying, both new ones when both sides rekey at once
 * (RFC 7296 2.8.1), the one that authenticates anew. Each has its own Message IDs, so the window, the request
 * in flight and the running task are its own. */
#ifndef IKE_STATE_IKE_SA_H
#define IKE_STATE_IKE_SA_H

#include "crypto/keymat.h"
#include "crypto/protect.h"
#include "crypto/suites.h"
#include "state/lifetime.h"
#include "state/mapping.h"
#include "state/paths.h"
#include "state/reassembly.h"
#include "state/task.h"
#include "state/window.h"

struct ike_ike_sa {
    struct ike_ike_sa *next; /* newest first */
    uint64_t spi_i, spi_r;
    uint8_t is_initiator; /* we sent its first message: decides the I flag, SPI order and key direction */
    uint8_t is_established;
    uint8_t is_rekeyed;     /* a successor has its children; nothing but its Delete is left (2.8) */
    uint8_t is_redundant;   /* ours to delete: it lost, or its successor stands */
    uint8_t peer_fragments; /* RFC 7383 announced by both */
    uint8_t peer_has_mobike;
    uint8_t rekey_failures;
    uint8_t takes_tickets; /* RFC 5723: what it brings is kept */
    struct ike_lifetime life;
    ike_time busy_since,
        busy_at;        /* the peer says TEMPORARY_FAILURE: the first and the last time, 0: it does not */
    ike_time reauth_at; /* authenticate anew as configured: IKE_NEVER, or then */
    ike_time reauth_by; /* and for another reason: the gateway wants it, or something is amiss */
    ike_time ticket_at; /* ask for another ticket then; 0: no */
    struct ike_suite suite;
    const ike_prf_alg *prf;
    struct ike_protect seal, open; /* seal.alg NULL: no keys yet */
    struct ike_keys *keys;         /* until it is settled; NULL: no longer, or not yet */
    uint8_t sk_d[IKE_PRF_MAX];

    struct ike_paths paths;
    struct ike_mapping mapping;
    struct ike_window window;
    struct ike_reassembly *fragments[2]; /* [0] of a request, [1] of a response */
    struct ike_task running;             /* the exchange whose request is out or being made */
    ike_time linger_until;               /* over; until then its last answer is repeated. 0: alive */
    ike_time hold_until; /* a running exchange that only waits for something better ends here, 0: no */
    /* what unauthenticated answers said, for the day nothing better comes */
    int32_t hint_err;
    uint16_t hint_notify, zero2;
};

/* An empty SA. Errors: NOMEM. */
int ike__ike_sa_new(struct ike_ike_sa **out, const ike_env *env);
/* Room for keys, empty, in place of earlier ones. Errors: NOMEM. */
int ike__ike_sa_new_keys(struct ike_ike_sa *sa, const ike_env *env);
/* Takes keys into use: sets up the contexts for our role. Errors: UNSUPPORTED, NOMEM, CRYPTO. */
int ike__ike_sa_arm(struct ike_ike_sa *sa, const ike_env *env);
/* Authentication is over: forget all keys but SK_d (the contexts hold what is needed). */
void ike__ike_sa_settle(struct ike_ike_sa *sa, const ike_env *env);
/* Another SA has taken its place. The peer deletes it; if it does not within half a minute, we do: it may have
 * forgotten it (RFC 7296 2.8.2), or never have heard of it. */
void ike__ike_sa_supersede(struct ike_ike_sa *sa, ike_time now);
/* Another handshake begins on it: what the one before agreed on is gone; paths, window and task stay. */
void ike__ike_sa_restart(struct ike_ike_sa *sa, const ike_env *env);
/* Ours to delete from now on. */
void ike__ike_sa_condemn(struct ike_ike_sa *sa, ike_time now);
/* Releases what it holds and wipes it. The running task's scratch must be gone. */
void ike__ike_sa_wipe(struct ike_ike_sa *sa, const ike_env *env);
void ike__ike_sa_free(struct ike_ike_sa *sa, const ike_env *env);
/* Header of a message of ours on this SA. */
struct ike_header ike__ike_sa_header(const struct ike_ike_sa *sa, uint8_t exchange, int is_response,
                                     uint32_t message_id);
/* Is this header from the other end of this SA: both SPIs and the I flag right? RFC 7296 3.1 */
int ike__ike_sa_owns(const struct ike_ike_sa *sa, const struct ike_header *h);

#endif
