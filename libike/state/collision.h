/* state/collision.h - who yields when both sides act at once (RFC 7296 2.8.1, 2.8.2, 2.25). SPDX-License-Identifier: Apache-2.0
 *
 * Pure: two enums in, a verdict out; four nonces in, a loser out. Everything the exchanges decide about collisions
 * is decided here. */
#ifndef IKE_STATE_COLLISION_H
#define IKE_STATE_COLLISION_H

#include "base/span.h"

/* What the peer asks for. */
enum ike_theirs {
    IKE_THEIRS_CREATE_CHILD,
    IKE_THEIRS_REKEY_CHILD,
    IKE_THEIRS_DELETE_CHILD,
    IKE_THEIRS_REKEY_IKE,
    IKE_THEIRS_DELETE_IKE,
    IKE_THEIRS_N
};
/* What we are doing on the same IKE SA. "This" child is the one that the peer's request names. */
enum ike_ours {
    IKE_OURS_NOTHING, /* or something that collides with nothing: liveness, a change of address */
    IKE_OURS_CREATE_CHILD,
    IKE_OURS_REKEY_THIS_CHILD,
    IKE_OURS_REKEY_OTHER_CHILD,
    IKE_OURS_DELETE_THIS_CHILD,
    IKE_OURS_DELETE_OTHER_CHILD,
    IKE_OURS_REKEY_IKE,
    IKE_OURS_DELETE_IKE,
    IKE_OURS_REKEYED_IKE, /* this IKE SA has a successor already */
    IKE_OURS_N
};
enum ike_verdict {
    IKE_SERVE = 1,    /* as if we did nothing */
    IKE_SERVE_RIVAL,  /* as usual; two successors now exist, and nonces decide which goes */
    IKE_SERVE_FORGET, /* as usual, and forget what we were doing */
    IKE_SERVE_EMPTY,  /* answer, but without a Delete payload: ours said it already */
    IKE_LATER         /* N(TEMPORARY_FAILURE) */
};
enum ike_verdict ike__collision(enum ike_theirs theirs, enum ike_ours ours);

/* The lower of two nonces: octet by octet, and a nonce that the other one begins with is the lower one. */
ike_span ike__nonce_lower(ike_span a, ike_span b);
/* 1: the exchange with nonces of ours (request and response) has the lowest of all four and so loses: its
 * initiator, we, deletes what it made. 0: the peer's exchange loses. */
int ike__collision_ours_loses(ike_span ours_i, ike_span ours_r, ike_span theirs_i, ike_span theirs_r);

#endif
