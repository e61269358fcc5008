/* state/child_sa.h - one CHILD_SA: its pair of ESP SAs and what was agreed. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_CHILD_SA_H
#define IKE_STATE_CHILD_SA_H

#include "crypto/keymat.h"
#include "crypto/suites.h"
#include "esp/esp.h"
#include "state/lifetime.h"
#include "wire/payloads.h"

struct ike_ike_sa; /* state/ike_sa.h */

struct ike_child_sa {
    struct ike_child_sa *next; /* newest first */
    struct ike_ike_sa *sa;     /* the IKE SA it belongs to; its successor after a rekeying */
    uint32_t id;
    uint32_t spi_in, spi_out;
    uint32_t replaces;    /* inbound SPI of the child that it will take over from, 0: none, or it has */
    uint8_t is_exported;  /* the host has the keys: we seal and open nothing */
    uint8_t may_send;     /* 0: the peer may not know it yet, or a successor sends */
    uint8_t is_replaced;  /* a successor stands: when it goes, the host has lost nothing */
    uint8_t is_redundant; /* lost against a rival: about to be deleted by whoever made it */
    struct ike_suite suite;
    struct ike_esp in, out;
    uint8_t *
        keys; /* for ike_child_export: KEYMAT as long as it has to be, encr and integ of i, then of r; NULL: wiped */
    uint16_t encr_len, integ_len;
    uint32_t zero;
    uint8_t is_ours; /* we began the exchange that made it: which half of KEYMAT is ours */
    uint8_t rekey_failures;
    uint8_t is_handed_out; /* these very keys: is_exported is inherited by successors, this is not */
    uint8_t is_quiet;      /* made by the peer, and nothing came on it yet */
    uint32_t which;        /* of the settings it is made for */
    struct ike_lifetime life;
    ike_time linger_until; /* deleted; until then it opens what is still on the way. 0: alive */
};

struct ike_child_terms { /* what the exchange agreed on */
    uint32_t spi_in, spi_out;
    struct ike_suite suite;
    const ike_ts *local, *remote;
    uint32_t local_n, remote_n;
    uint32_t replay_window;
    uint8_t is_ours, zero[3];
};

struct ike_child_agreed { /* terms, with room for their selectors */
    struct ike_child_terms terms;
    ike_ts local[IKE_TS_MAX], remote[IKE_TS_MAX];
};

/* Makes a child from its terms and keys. Errors: UNSUPPORTED, NOMEM, CRYPTO. */
int ike__child_new(struct ike_child_sa **out, const ike_env *env, const struct ike_child_terms *terms,
                   const struct ike_child_keymat *keymat, uint32_t id);
/* Lifetimes as configured, from now on. */
void ike__child_begin_life(struct ike_child_sa *c, const ike_config *cfg, ike_time now, uint8_t jitter);
/* A key of the pair: from the exchange's initiator to its responder, or back. Empty once the child is deleted. */
ike_span ike__child_encr_key(const struct ike_child_sa *c, int from_initiator);
ike_span ike__child_integ_key(const struct ike_child_sa *c, int from_initiator);
/* Deleted at the peer: sends nothing more, opens what comes late until then. */
void ike__child_linger(struct ike_child_sa *c, const ike_env *env, ike_time until);
/* When it has to be rekeyed, or is used up: now if packets or octets say so. */
ike_time ike__child_rekey_due(const struct ike_child_sa *c);
ike_time ike__child_expire_due(const struct ike_child_sa *c);
void ike__child_free(struct ike_child_sa *c, const ike_env *env);

#endif
