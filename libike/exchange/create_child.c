/* exchange/create_child.c - a further child, from either side (RFC 7296 1.3.1). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { SA, Ni, [KEi,] TSi, TSr }  -->   <--  HDR, SK { SA, Nr, [KEr,] TSi, TSr }
 *
 * Ours: a child in place of one that was lost; a peer that is busy is asked again later (2.25). Theirs: accepted
 * where it fits our selectors and addresses. The IKE SA stands whatever comes of it.
 *
 * Not here: the first child (first_child.c), successors (rekey_child.c), SA, KE and TS (offer.c). */
#include "base/mem.h"
#include "exchange/exchange.h"

static const struct ike_rule request_rules[] = {{IKE_P_SA, 1, 1},  {IKE_P_NONCE, 1, 1}, {IKE_P_KE, 0, 1},
                                                {IKE_P_TSi, 1, 1}, {IKE_P_TSr, 1, 1},   {IKE_P_CP, 0, 1},
                                                {0, 0, 0}};
static const struct ike_rule response_rules[] = {{IKE_P_SA, 0, 1},  {IKE_P_NONCE, 0, 1}, {IKE_P_KE, 0, 1},
                                                 {IKE_P_TSi, 0, 1}, {IKE_P_TSr, 0, 1},   {IKE_P_CP, 0, 1},
                                                 {0, 0, 0}};

#define PUT_OFF_MAX 8u /* times 10..60 s: the "several minutes" of RFC 7296 2.25 */

/* ---- we ask ---- */

void ike__create_child_want(struct ike_session *s, uint32_t id)
{
    struct ike_task task = {.exchange = &ike__create_child, .priority = IKE_PRIO_CHILD, .child_id = id};

    (void)ike__session_want(s, &task);
}

static int begin(struct ike_session *s, struct ike_task *task)
{
    struct ike_offer *o = ike__mem_new(s->env.alloc, sizeof(*o));
    int err;

    if (!o)
        return IKE_E_NOMEM;
    task->scratch = o;
    err = ike__offer_begin(s, o, task->sa);
    return err < 0 ? err : ike__offer_renew(s, o, ike__first_group(o->esp, o->esp_n));
}

static ike_step failed(struct ike_session *s, const struct ike_task *task, int err, uint16_t notify)
{
    const struct ike_offer *o = task->scratch;
    struct ike_record r;

    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_DOWN;
    r.err = err;
    r.notify = notify;
    r.id = task->child_id;
    r.spi_in = o ? o->spi_in : 0;
    ike__events_push(&s->events, &r);
    s->child_put_off = 0;
    return IKE_STEP_GIVE_UP;
}

/* RFC 7296 2.25: "… MUST NOT immediately retry the operation; it MUST wait …" */
static ike_step put_off(struct ike_session *s, const struct ike_task *task)
{
    struct ike_lifetime l;

    ike__lifetime_postpone(&l, s->now, ike__session_jitter(s));
    s->child_again_at = l.rekey_at;
    s->child_again_id = task->child_id;
    s->child_put_off++;
    return IKE_STEP_GIVE_UP;
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    int err = task->scratch ? 0 : begin(s, task);

    if (err < 0)
        return failed(s, task, err, 0);
    ike__offer_write(task->scratch, out);
    return IKE_STEP_DONE;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_offer *o = task->scratch;
    struct ike_child_agreed a;
    struct ike_child_sa *made;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n), group;
    int err;

    if (error == IKE_N_INVALID_KE_PAYLOAD &&
        ike__offer_other_group(o->esp, o->esp_n, &o->nonces.keyex, n.data, &group) &&
        ike__offer_renew(s, o, group) == 0)
        return IKE_STEP_AGAIN;
    if (error == IKE_N_TEMPORARY_FAILURE && s->child_put_off < PUT_OFF_MAX)
        return put_off(s, task);
    if (error)
        return failed(s, task, ike__session_notify_err(error), error);
    err = ike__offer_read(s, o, msg, &a);
    if (err == IKE_E_DISCARD) { /* RFC 6989 2.5: a KE value outside its group */
        s->farewell_delete = 1;
        ike__session_fault(s, IKE_E_SYNTAX, 0, NULL);
        return IKE_STEP_FATAL;
    }
    if (err == 0)
        err = ike__offer_install(s, o, &a, task->child_id ? task->child_id : s->next_child_id + 1, &made);
    if (err < 0) {
        ike__delete_child_want(s, o->spi_in); /* the peer believes that it exists (RFC 7296 1.4.1) */
        return failed(s, task, err, 0);
    }
    if (task->child_id) {
        ike__session_child_takes_over(s, made); /* to the host it never was away */
        return IKE_STEP_DONE;
    }
    s->next_child_id++;
    s->child_put_off = 0;
    ike__session_child_up(s, made);
    if (task->spi) /* another child for other selectors: the one it is in place of goes */
        ike__delete_child_want(s, task->spi);
    return IKE_STEP_DONE;
}

static void drop(struct ike_session *s, struct ike_task *task)
{
    if (!task->scratch)
        return;
    ike__offer_free(s, task->scratch);
    ike__mem_free(s->env.alloc, task->scratch, sizeof(struct ike_offer));
    task->scratch = NULL;
}

/* ---- they ask ---- */

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    struct ike_child_agreed a;
    struct ike_child_sa *made;
    struct ike_offer o;
    int err;

    if (ike__collision(IKE_THEIRS_CREATE_CHILD, ike__ours(s, s->in_sa, NULL)) == IKE_LATER)
        return ike__answer_later(out);
    if (ike__session_children_n(s) >= IKE_CHILDREN_MAX) {
        ike__notify_write(out, IKE_N_NO_ADDITIONAL_SAS, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    memset(&o, 0, sizeof(o));
    err = ike__offer_begin(s, &o, s->in_sa);
    if (err == 0)
        err = ike__offer_serve(s, &o, msg, out, &a);
    if (err == 1) {
        err = ike__offer_install(s, &o, &a, s->next_child_id + 1, &made);
        if (err == 0) {
            s->next_child_id++;
            ike__session_child_up(s, made);
        }
    }
    ike__offer_free(s, &o);
    return err < 0 ? ike__answer_later(out) : IKE_STEP_DONE;
}

const struct ike_exchange ike__create_child = {
    .name = "CREATE_CHILD_SA (child)",
    .type = IKE_X_CREATE_CHILD_SA,
    .request = request_rules,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
    .drop = drop,
};
