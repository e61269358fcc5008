/* state/collision.c - who yields when both sides act at once. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.25.1 and 2.25.2, one row for each thing the peer may ask for. The rule behind it: what is about to
 * vanish gets nothing new, what both sides want to end simply ends, and two successors of one SA may both come into
 * being, because the nonces (2.8.1, 2.8.2) tell both sides the same loser.
 *
 * Not here: children that do not exist (CHILD_SA_NOT_FOUND, exchange/rekey_child.c), what a verdict leads to
 * (exchange/). */
#include "state/collision.h"

enum ike_verdict ike__collision(enum ike_theirs theirs, enum ike_ours ours)
{
    static const uint8_t table[IKE_THEIRS_N][IKE_OURS_N] = {
        [IKE_THEIRS_CREATE_CHILD] =
            {
                [IKE_OURS_NOTHING] = IKE_SERVE,
                [IKE_OURS_CREATE_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_THIS_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_OTHER_CHILD] = IKE_SERVE,
                [IKE_OURS_DELETE_THIS_CHILD] = IKE_SERVE,
                [IKE_OURS_DELETE_OTHER_CHILD] = IKE_SERVE,
                /* RFC 7296 2.25.2: "… create or rekey a Child SA when it is currently trying to rekey the IKE SA …" */
                [IKE_OURS_REKEY_IKE] = IKE_LATER,
                [IKE_OURS_DELETE_IKE] = IKE_LATER,
                [IKE_OURS_REKEYED_IKE] = IKE_LATER,
            },
        [IKE_THEIRS_REKEY_CHILD] =
            {
                [IKE_OURS_NOTHING] = IKE_SERVE,
                [IKE_OURS_CREATE_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_THIS_CHILD] = IKE_SERVE_RIVAL,
                [IKE_OURS_REKEY_OTHER_CHILD] = IKE_SERVE,
                /* RFC 7296 2.25.1: "… rekey a Child SA that it is currently trying to close …" */
                [IKE_OURS_DELETE_THIS_CHILD] = IKE_LATER,
                [IKE_OURS_DELETE_OTHER_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_IKE] = IKE_LATER,
                [IKE_OURS_DELETE_IKE] = IKE_LATER,
                [IKE_OURS_REKEYED_IKE] = IKE_LATER,
            },
        [IKE_THEIRS_DELETE_CHILD] =
            {
                [IKE_OURS_NOTHING] = IKE_SERVE,
                [IKE_OURS_CREATE_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_THIS_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_OTHER_CHILD] = IKE_SERVE,
                [IKE_OURS_DELETE_THIS_CHILD] = IKE_SERVE_EMPTY,
                [IKE_OURS_DELETE_OTHER_CHILD] = IKE_SERVE,
                [IKE_OURS_REKEY_IKE] = IKE_SERVE,
                [IKE_OURS_DELETE_IKE] = IKE_SERVE,
                [IKE_OURS_REKEYED_IKE] = IKE_SERVE,
            },
        [IKE_THEIRS_REKEY_IKE] =
            {
                [IKE_OURS_NOTHING] = IKE_SERVE,
                /* RFC 7296 2.25.1: "… rekey the IKE SA, and it is currently creating, rekeying, or closing a Child SA …" */
                [IKE_OURS_CREATE_CHILD] = IKE_LATER,
                [IKE_OURS_REKEY_THIS_CHILD] = IKE_LATER,
                [IKE_OURS_REKEY_OTHER_CHILD] = IKE_LATER,
                [IKE_OURS_DELETE_THIS_CHILD] = IKE_LATER,
                [IKE_OURS_DELETE_OTHER_CHILD] = IKE_LATER,
                [IKE_OURS_REKEY_IKE] = IKE_SERVE_RIVAL,
                [IKE_OURS_DELETE_IKE] = IKE_LATER,
                [IKE_OURS_REKEYED_IKE] = IKE_LATER,
            },
        [IKE_THEIRS_DELETE_IKE] =
            {
                [IKE_OURS_NOTHING] = IKE_SERVE,
                [IKE_OURS_CREATE_CHILD] = IKE_SERVE_FORGET,
                [IKE_OURS_REKEY_THIS_CHILD] = IKE_SERVE_FORGET,
                [IKE_OURS_REKEY_OTHER_CHILD] = IKE_SERVE_FORGET,
                [IKE_OURS_DELETE_THIS_CHILD] = IKE_SERVE_FORGET,
                [IKE_OURS_DELETE_OTHER_CHILD] = IKE_SERVE_FORGET,
                [IKE_OURS_REKEY_IKE] = IKE_SERVE_FORGET,
                [IKE_OURS_DELETE_IKE] = IKE_SERVE_FORGET,
                [IKE_OURS_REKEYED_IKE] = IKE_SERVE,
            },
    };

    return (enum ike_verdict)table[theirs][ours];
}

static int is_lower(ike_span a, ike_span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

    return c != 0 ? c < 0 : a.n < b.n;
}

ike_span ike__nonce_lower(ike_span a, ike_span b)
{
    return is_lower(b, a) ? b : a;
}

int ike__collision_ours_loses(ike_span ours_i, ike_span ours_r, ike_span theirs_i, ike_span theirs_r)
{
    return is_lower(ike__nonce_lower(ours_i, ours_r), ike__nonce_lower(theirs_i, theirs_r));
}
