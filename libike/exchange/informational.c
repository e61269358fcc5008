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
    if (s->in_sa->peer_has_mobike && s->in_sa == s->sa)
        (void)ike__places_read(&s->places, s->env.alloc, msg); /* RFC 4555 3.6 */
    /* RFC 4555 3.5: only the original initiator moves SAs to other addresses, and that is always us. */
    if (ike__notify_find(msg, IKE_N_UPDATE_SA_ADDRESSES, 0, &n))
        ike__notify_write(out, IKE_N_UNACCEPTABLE_ADDRESSES, ike__span(NULL, 0));
    /* RFC 4555 3.8: NAT detection in a request is answered in kind, and tells us where we are seen. */
    else if (ike__notify_find(msg, IKE_N_NAT_DETECTION_SOURCE_IP, 0, &n)) {
        (void)ike__paths_write_natd(&s->in_sa->paths, s->env.crypto, s->in_sa->spi_i, s->in_sa->spi_r,
                                    s->settings.cfg.encap == IKE_ENCAP_UDP, out);
        ike__natd_answered(s, s->in_sa, msg, 0);
    }
    if (ike__notify_find(msg, IKE_N_COOKIE2, 0, &n))
        ike__notify_write(out, IKE_N_COOKIE2, n.data);
    ike__config_serve(msg, out);
    ike__auth_lifetime(s, s->in_sa, msg);
    if (s->in_sa == s->sa)
        ike__redirect_established(s, msg);
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__informational = {
    .name = "INFORMATIONAL",
    .type = IKE_X_INFORMATIONAL,
    .request = any_rules,
    .response = any_rules,
    .serve = serve,
};
