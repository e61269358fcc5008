/* exchange/informational.c - what else a peer may tell us (RFC 7296 1.4, 2.21). SPDX-License-Identifier: Apache-2.0
 *
 *   <--  HDR, SK { [N…] [CP] }      HDR, SK { [N(COOKIE2)] }  -->
 *
 * Every request gets an answer, if only an empty one. Unknown notifies are passed over (3.10.1); a
 * return routability check is echoed (RFC 4555 3.7). Notifies that mean that the peer has given up on
 * us end the session.
 *
 * Not here: Delete (delete_ike.c, delete_child.c), the empty message (liveness.c). */
#include "exchange/exchange.h"

static const struct ike_rule any_rules[] = {{IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);

    if (error == IKE_N_AUTHENTICATION_FAILED || error == IKE_N_INVALID_SYNTAX) {
        if (s->in_sa == s->sa) {
            ike__session_fault(s, ike__session_notify_err(error), error, NULL);
            s->close_by_peer = 1;
        }
        return IKE_STEP_FATAL;
    }
    if (ike__notify_find(msg, IKE_N_COOKIE2, 0, &n))
        ike__notify_write(out, IKE_N_COOKIE2, n.data);
    if (ike__notify_find(msg, IKE_N_AUTH_LIFETIME, 0, &n))
        ike__session_warn(s, "the gateway wants us to authenticate again soon",
                          "connect again before it closes the connection");
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__informational = {
    .name = "INFORMATIONAL",
    .type = IKE_X_INFORMATIONAL,
    .request = any_rules,
    .response = any_rules,
    .serve = serve,
};
