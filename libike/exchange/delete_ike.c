/* exchange/delete_ike.c - closing the IKE SA, from either side (RFC 7296 1.4.1). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { D(IKE) }  -->   <--  HDR, SK { }
 *
 * The IKE SA takes all its children with it. A peer that says it first is answered with an empty
 * message, also while our own Delete is on its way (2.25.2).
 *
 * Not here: children one by one (delete_child.c). */
#include "exchange/exchange.h"

static const struct ike_rule request_rules[] = {
    {IKE_P_DELETE, 1, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};
static const struct ike_rule response_rules[] = {
    {IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    if (task->sa == s->sa)
        s->phase = IKE_PHASE_CLOSING;
    ike__delete_write_ike(out);
    return IKE_STEP_DONE;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    (void)msg;
    if (task->sa == s->sa)
        ike__session_fault(s, IKE_E_CLOSED, 0, "closed by us");
    return IKE_STEP_FATAL;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    (void)msg;
    (void)out;
    /* RFC 7296 2.8.2, 2.25.2: the old SA goes while our own rekeying is out: forget ours, theirs counts. */
    ike__rekey_ike_yield(s, s->in_sa);
    if (s->in_sa != s->sa)
        return IKE_STEP_FATAL; /* of this SA only */
    if (s->is_closing) {
        ike__session_fault(s, IKE_E_CLOSED, 0, "closed by both sides");
        return IKE_STEP_FATAL;
    }
    ike__session_fault(s, IKE_E_DELETED, 0, NULL);
    s->close_by_peer = 1;
    return IKE_STEP_FATAL;
}

const struct ike_exchange ike__delete_ike = {
    .name = "INFORMATIONAL (delete IKE SA)",
    .type = IKE_X_INFORMATIONAL,
    .request = request_rules,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
};
