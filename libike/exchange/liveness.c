/* exchange/liveness.c - is the other side still there? (RFC 7296 1.4, 2.4) SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { }  -->   <--  HDR, SK { }
 *
 * Any authentic answer is proof of life. No answer to all retransmissions means that the peer is gone, and
 * all SAs with it.
 *
 * Not here: when to ask (engine/tick.c). */
#include "exchange/exchange.h"

static const struct ike_rule any_rules[] = {{IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    (void)s;
    (void)task;
    (void)out; /* an empty message is the whole question */
    return IKE_STEP_DONE;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    (void)s;
    (void)task;
    (void)msg;
    return IKE_STEP_DONE;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    (void)s;
    (void)msg;
    (void)out;
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__liveness = {
    .name = "INFORMATIONAL (liveness)",
    .type = IKE_X_INFORMATIONAL,
    .request = any_rules,
    .response = any_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
};
