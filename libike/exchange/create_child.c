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
#include "state/narrow.h"

static const struct ike_rule request_rules[] = {{IKE_P_SA, 1, 1},  {IKE_P_NONCE, 1, 1}, {IKE_P_KE, 0, 1},
                                                {IKE_P_TSi, 1, 1}, {IKE_P_TSr, 1, 1},   {IKE_P_CP, 0, 1},
                                                {0, 0, 0}};
static const struct ike_rule response_rules[] = {{IKE_P_SA, 0, 1},  {IKE_P_NONCE, 0, 1}, {IKE_P_KE, 0, 1},
                                                 {IKE_P_TSi, 0, 1}, {IKE_P_TSr, 0, 1},   {IKE_P_CP, 0, 1},
                                                 {0, 0, 0}};

#define PARTS_MAX    8u /* children that one configured child may come in */
#define NOTHING_LEFT 1

/* ---- we ask ---- */

/* Does another child of the same kind carry a part of its selectors? */
static int has_siblings(const struct ike_session *s, uint32_t id, uint32_t which)
{
    const struct ike_child_sa *c = s->children;

    while (c && (c->which != which || c->id == id || !c->may_send || c->sa != s->sa))
        c = c->next;
    return c != NULL;
}

void ike__create_child_want(struct ike_session *s, uint32_t id, uint32_t which)
{
    struct ike_intent wanted = {.kind = IKE_INTENT_CREATE_CHILD, .child_id = id, .which = which};

    (void)ike__session_want(s, &wanted);
}

void ike__create_child_inherit(struct ike_session *s, const struct ike_ike_sa *old)
{
    const struct ike_task *t = &old->running;

    if (t->exchange == &ike__create_child && t->intent.child_id)
        ike__create_child_want(s, t->intent.child_id, t->intent.which);
}

/* What a new IKE SA has to have, unless the one before it was about to make it: that is wanted already. */
static void want_one(struct ike_session *s, uint32_t which)
{
    for (uint32_t i = 0; i < s->tasks.n; i++)
        if (s->tasks.waiting[i].kind == IKE_INTENT_CREATE_CHILD && s->tasks.waiting[i].which == which)
            return;
    ike__create_child_want(s, 0, which);
}

void ike__first_child_want(struct ike_session *s)
{
    want_one(s, 0);
}

void ike__further_children_want(struct ike_session *s)
{
    for (uint32_t i = 1; i < s->settings.children_n; i++)
        want_one(s, s->settings.child[i].which);
}

void ike__rest_want(struct ike_session *s, uint32_t which)
{
    struct ike_intent wanted = {.kind = IKE_INTENT_CREATE_CHILD, .which = which, .is_rest = 1};
    uint32_t parts = 0;

    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        parts += c->which == which && c->sa == s->sa && c->may_send;
    if (parts < PARTS_MAX) /* the one that runs may be its like: another one is behind it */
        (void)ike__tasks_add(&s->tasks, &wanted);
}

/* What o has on one side without what its siblings have there. */
static uint32_t rest_of(const struct ike_session *s, const struct ike_task *task, const struct ike_offer *o,
                        int local, ike_ts *left)
{
    uint32_t n = local ? o->local_n : o->remote_n;

    memcpy(left, local ? o->local : o->remote, n * sizeof(*left));
    for (const struct ike_child_sa *c = s->children; c; c = c->next) {
        ike_ts before[IKE_TS_MAX];

        if (c->which != o->which || c->sa != o->sa || !c->may_send || c->id == task->intent.child_id)
            continue;
        memcpy(before, left, n * sizeof(*left));
        n = ike__ts_without(before, n, local ? c->in.local : c->in.remote,
                            local ? c->in.local_n : c->in.remote_n, left, IKE_TS_MAX);
    }
    return n;
}

/* RFC 7296 2.9: selectors that were left out, for a child of their own. 0: none are left. A virtual address is the same
 * for all of them, so there only the other side is shared out. */
static int narrow_to_rest(const struct ike_session *s, const struct ike_task *task, struct ike_offer *o)
{
    ike_ts left[IKE_TS_MAX];
    uint32_t n = rest_of(s, task, o, 0, left);

    if (n > 0) {
        memcpy(o->remote, left, n * sizeof(*left));
        o->remote_n = n;
        return 1;
    }
    if (s->settings.cfg.want & (IKE_WANT_IP4 | IKE_WANT_IP6))
        return 0;
    n = rest_of(s, task, o, 1, left);
    memcpy(o->local, left, n * sizeof(*left));
    o->local_n = n;
    return n > 0;
}

static int begin(struct ike_session *s, struct ike_task *task)
{
    struct ike_offer *o = ike__mem_new(s->env.alloc, sizeof(*o));
    int err;

    if (!o)
        return IKE_E_NOMEM;
    task->scratch = o;
    if (task->intent.child_id && has_siblings(s, task->intent.child_id, task->intent.which))
        task->intent.is_rest = 1;
    err = ike__offer_begin(s, o, task->sa, task->intent.which);
    if (err == 0 && task->intent.is_rest && !narrow_to_rest(s, task, o))
        return NOTHING_LEFT;
    return err < 0 ? err : ike__offer_renew(s, o, ike__first_group(o->esp, o->esp_n));
}

void ike__child_advise(struct ike_session *s, uint16_t notify)
{
    switch (notify) {
    case IKE_N_SINGLE_PAIR_REQUIRED: /* RFC 7296 2.9 */
        ike__session_warn(s, "the gateway makes children for single pairs of addresses only",
                          "list each pair as a child of its own, or have the gateway allow ranges");
        break;
    case IKE_N_TS_UNACCEPTABLE:
        ike__session_warn(s, "the gateway takes none of the addresses that were asked for",
                          "compare the traffic selectors of both sides, and what addresses are assigned");
        break;
    case IKE_N_NO_ADDITIONAL_SAS:
        ike__session_warn(s, "the gateway makes no further child",
                          "put all traffic selectors into the first one");
        break;
    case IKE_N_FAILED_CP_REQUIRED: /* RFC 7296 3.15.4 */
        ike__session_warn(s, "the gateway makes children only for addresses that it has assigned",
                          "ask for an address (virtual-ip in a profile)");
        break;
    default:
        break;
    }
}

static ike_step failed(struct ike_session *s, const struct ike_task *task, int err, uint16_t notify)
{
    const struct ike_offer *o = task->scratch;
    struct ike_record r;

    if (task->intent.is_rest && task->intent.child_id == 0) {
        ike__session_warn(s, "the gateway offered further selectors and now refuses a child for them",
                          "list them as children of their own, or ask the gateway's administrator");
        return IKE_STEP_GIVE_UP;
    }
    ike__child_advise(s, notify);
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_DOWN;
    r.err = err;
    r.notify = notify;
    r.id = task->intent.child_id;
    r.which = task->intent.which;
    r.spi_in = o ? o->spi_in : 0;
    ike__events_push(&s->events, &r);
    return IKE_STEP_GIVE_UP;
}

/* RFC 7296 2.25: "… MUST NOT immediately retry the operation; it MUST wait …" */
void ike__create_child_later(struct ike_session *s, const struct ike_intent *wanted)
{
    struct ike_lifetime l;

    ike__lifetime_postpone(&l, s->now, ike__session_jitter(s));
    (void)ike__tasks_put_off(&s->tasks, wanted, l.rekey_at);
}

static ike_step put_off(struct ike_session *s, const struct ike_task *task)
{
    ike__create_child_later(s, &task->intent);
    return IKE_STEP_GIVE_UP;
}

/* Reasons of ours that may be over in some seconds. */
static int passes(int err)
{
    return err == IKE_E_NOMEM || err == IKE_E_CRYPTO;
}

/* The child that was lost: its rekeying was answered after all. */
static int is_back(const struct ike_session *s, const struct ike_task *task)
{
    const struct ike_child_sa *c = s->children;

    while (c && (c->id != task->intent.child_id || c->sa != s->sa || !c->may_send || c->linger_until))
        c = c->next;
    return c != NULL;
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    int err;

    if (!ike__settings_child(&s->settings, task->intent.which)) /* reconfigured away while it waited */
        return IKE_STEP_GIVE_UP;
    if (!task->scratch && task->intent.child_id && is_back(s, task))
        return IKE_STEP_GIVE_UP;
    err = task->scratch ? 0 : begin(s, task);
    if (err == NOTHING_LEFT) /* others carry all of it */
        return task->intent.child_id ? failed(s, task, 0, 0) : IKE_STEP_GIVE_UP;
    if (err < 0)
        return passes(err) ? put_off(s, task) : failed(s, task, err, 0);
    ike__offer_write(task->scratch, out);
    return IKE_STEP_DONE;
}

/* A lost child again, one in place of its like on an IKE SA before this one, or one more. */
static int install(struct ike_session *s, const struct ike_task *task, const struct ike_child_agreed *a)
{
    struct ike_offer *o = task->scratch;
    struct ike_child_sa *made, *old = NULL;
    uint32_t id = task->intent.child_id;
    int err;

    if (id == 0 && (old = ike__session_predecessor(s, o->sa, o->which, &a->terms)) != NULL)
        id = old->id;
    err = ike__offer_install(s, o, a, id ? id : s->next_child_id + 1, &made);
    if (err < 0)
        return err;
    if (task->intent.child_id)
        ike__session_child_takes_over(s, made); /* to the host it never was away */
    else
        ike__session_child_follows(s, made, old, old && ike__session_child_is(old, &a->terms));
    if (!ike__settings_child(&s->settings, o->which)) /* reconfigured away meanwhile */
        ike__delete_child_want(s, made->spi_in);
    if (task->intent.spi) /* another child for other selectors: the one it is in place of goes */
        ike__delete_child_want(s, task->intent.spi);
    return 0;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_offer *o = task->scratch;
    struct ike_child_agreed a;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n), group;
    int err;

    /* Authenticated anew meanwhile: the successor asks for children of its own, this one goes with its IKE SA. */
    if (o->sa != s->sa)
        return IKE_STEP_DONE;
    ike__session_busy(s, task->sa, error);
    if (error == IKE_N_INVALID_KE_PAYLOAD &&
        ike__offer_other_group(o->esp, o->esp_n, &o->nonces.keyex, n.data, &group))
        return ike__offer_renew(s, o, group) == 0 ? IKE_STEP_AGAIN : put_off(s, task);
    if (error == IKE_N_TEMPORARY_FAILURE)
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
        err = install(s, task, &a);
    if (err < 0) {
        ike__delete_child_want(s, o->spi_in); /* the peer believes that it exists (RFC 7296 1.4.1) */
        return passes(err) ? put_off(s, task) : failed(s, task, err, 0);
    }
    if (ike__notify_find(msg, IKE_N_ADDITIONAL_TS_POSSIBLE, 0, &n))
        ike__rest_want(s, task->intent.which);
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

/* 1: chosen and written; 0: refused; < 0: an error. */
static int serve_as(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out, uint32_t which)
{
    struct ike_child_agreed a;
    struct ike_child_sa *made;
    struct ike_offer o;
    int err;

    ike__out_init(out, out->buf.p, out->buf.cap); /* not what another one was refused with */
    memset(&o, 0, sizeof(o));
    err = ike__offer_begin(s, &o, s->in_sa, which);
    if (err == 0)
        err = ike__offer_serve(s, &o, msg, out, &a);
    if (err == 1) {
        err = ike__offer_install(s, &o, &a, s->next_child_id + 1, &made);
        if (err == 0) {
            s->next_child_id++;
            made->is_quiet = 1; /* RFC 7296 2.8: until the peer sends on it, it may not know of it yet */
            ike__session_child_up(s, made);
            err = 1;
        }
    }
    ike__offer_free(s, &o);
    return err;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    int err = 0;

    if (ike__collision(IKE_THEIRS_CREATE_CHILD, ike__ours(s, s->in_sa, NULL)) == IKE_LATER)
        return ike__answer_later(out);
    if (ike__session_children_n(s) >= IKE_CHILDREN_MAX) {
        ike__notify_write(out, IKE_N_NO_ADDITIONAL_SAS, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    /* The further ones first: the first one often takes everything, and its refusal is the one to tell. */
    for (uint32_t i = s->settings.children_n; i > 0 && err == 0; i--)
        err = serve_as(s, msg, out, s->settings.child[i - 1].which);
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
