/* engine/dispatch.c - messages to exchanges, and what their steps mean. SPDX-License-Identifier: Apache-2.0
 *
 * The only loop of the protocol: while the window is free the most urgent intent builds its request; its answer
 * comes back to the same exchange's finish. A peer's request is classified, checked against the exchange's
 * table and served at once, also while our own request is out (RFC 7296 2.3).
 *
 * Not here: bytes (recv.c, send.c), time (tick.c). */
#include "engine/engine.h"
#include "base/mem.h"

#define RESPONSE_MAX    8192u /* a rekeying with a 8192-bit group and all our proposals fits */
#define REAUTH_AGAIN_US 60000000u
#define LINGER_US       20000000u /* longer than a peer repeats its last request */

/* ---- the end ---- */

/* Tells the peer once that we give up, without waiting for its answer (RFC 7296 2.21.2, RFC 6989 2.5). */
static void say_farewell(struct ike_session *s, struct ike_ike_sa *sa)
{
    uint8_t octets[64];
    struct ike_msg_out out;

    if ((!s->farewell && !s->farewell_delete) || !sa->seal.alg)
        return;
    ike__out_init(&out, octets, sizeof(octets));
    if (s->farewell)
        ike__notify_write(&out, s->farewell, ike__span(NULL, 0));
    else
        ike__delete_write_ike(&out);
    (void)ike__send_request(s, sa, IKE_X_INFORMATIONAL, &out);
    s->farewell = 0;
    s->farewell_delete = 0;
}

void ike__drop_running(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_task *t = &sa->running;

    if (t->exchange && t->exchange->drop)
        t->exchange->drop(s, t);
    memset(t, 0, sizeof(*t));
    sa->hold_until = 0;
}

/* A new authentication failed; the old one still stands, unless the path it was for is all there is. */
static void handshake_failed(struct ike_session *s)
{
    if (s->close_err == 0 || s->is_closing)
        return;
    if (s->moved_at != 0) {
        ike__end(s);
        return;
    }
    s->close_err = 0;
    ike__session_warn(s, "the gateway refuses to authenticate again",
                      "the connection ends with its lifetime");
    ike__reauth_not_after(s->sa, s->now + REAUTH_AGAIN_US);
}

/* An SA beside the current one is over. It stays a while to repeat its last answer. */
static void retire(struct ike_session *s, struct ike_ike_sa *sa)
{
    ike__window_answered(&sa->window, s->env.alloc);
    say_farewell(s, sa);
    sa->window.in_flight = 0;
    ike__drop_running(s, sa);
    ike__session_drop_children(s, sa, IKE_E_DELETED);
    sa->linger_until = s->now + LINGER_US;
    if (!sa->is_established)
        handshake_failed(s);
    else if (!s->is_closing)
        s->close_err = 0; /* its end is nobody's end */
}

void ike__end(struct ike_session *s)
{
    if (s->is_closed)
        return;
    ike__session_fault(s, IKE_E_CLOSED, 0, "closed by us");
    for (struct ike_ike_sa *sa = s->sas; sa; sa = sa->next) {
        ike__window_answered(&sa->window, s->env.alloc);
        if (sa == s->sa)
            say_farewell(s, sa);
        sa->window.in_flight = 0;
        ike__drop_running(s, sa);
    }
    ike__tasks_forget_waiting(&s->tasks);
    ike__session_free_children(s);
    /* RFC 5723 6.2: "… when an IKE SA is deleted by the client or the gateway, the client MUST delete its stored ticket." */
    if (s->close_err != IKE_E_TIMEOUT)
        ike__ticket_forget(s);
    s->is_closed = 1;
    ike__session_event(s, IKE_EV_CLOSED, s->close_err, s->close_notify);
    ike__session_log(s, IKE_LOG_INFO, ike__session_reason(s), NULL);
}

void ike__sa_over(struct ike_session *s, struct ike_ike_sa *sa)
{
    if (sa == s->sa)
        ike__end(s);
    else
        retire(s, sa);
}

/* ---- our requests ---- */

/* Large enough for any request we build: certificates are what makes one large. */
static size_t request_room(const struct ike_session *s)
{
    const ike_config *c = &s->settings.cfg;
    size_t n = 8192 + c->certreq.n + c->path_mtu;

    for (uint32_t i = 0; i < c->local_certs_n; i++)
        n += c->local_certs[i].n + 8;
    return n;
}

static ike_step build(struct ike_session *s, struct ike_task *task)
{
    size_t room = request_room(s);
    uint8_t *octets = ike__mem_new(s->env.alloc, room);
    struct ike_msg_out out;
    ike_step step;
    int err;

    if (!octets) {
        ike__session_fault(s, IKE_E_NOMEM, 0, NULL);
        return IKE_STEP_FATAL;
    }
    ike__out_init(&out, octets, room);
    step = task->exchange->build(s, task, &out);
    if (step == IKE_STEP_DONE) {
        err = ike__out_err(&out);
        if (err == 0)
            err = ike__send_request(s, task->sa, task->exchange->type, &out);
        if (err < 0) {
            ike__session_fault(s, err, 0, NULL);
            step = IKE_STEP_FATAL;
        }
    }
    ike__mem_free(s->env.alloc, octets, room);
    return step;
}

/* Make before break: the current SA is still making children, and this one has some of which it will be the end. */
static int is_needed(const struct ike_session *s, const struct ike_ike_sa *sa)
{
    const struct ike_child_sa *c = s->children;
    int is_making = s->sa->running.exchange == &ike__create_child;

    for (uint32_t i = 0; i < s->tasks.n; i++)
        is_making |= s->tasks.waiting[i].kind == IKE_INTENT_CREATE_CHILD && !s->tasks.waiting[i].is_put_off;
    while (c && (c->sa != sa || !c->may_send))
        c = c->next;
    return is_making && c && !s->is_closing;
}

/* What this SA should do next becomes its running task: 1; 0: nothing, or it is busy. */
static int next_task(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_task *t = &sa->running;

    if (sa->window.in_flight || t->is_waiting || sa->linger_until)
        return 0;
    if (t->exchange)
        return 1;
    if (sa != s->sa) {
        if (!sa->is_redundant || is_needed(s, sa))
            return 0;
        t->exchange = &ike__delete_ike;
    } else if (ike__tasks_next(&s->tasks, &t->intent)) {
        t->exchange = ike__exchange_of(t->intent.kind);
    } else {
        return 0;
    }
    t->sa = sa;
    return 1;
}

void ike__run_tasks(struct ike_session *s)
{
    struct ike_ike_sa *sa;

    if (ike__tasks_are_ready(&s->tasks)) /* nobody waits for a probe */
        ike__mtu_yield(s);
    if (!s->is_closed && ike__reauth_start(s) < 0)
        s->wants_reauth = 1; /* no memory now: with the next event */
    sa = s->sas;
    while (sa && !s->is_closed) {
        ike_step step;

        if (!next_task(s, sa)) {
            sa = sa->next;
            continue;
        }
        step = build(s, &sa->running);
        if (step == IKE_STEP_WAIT)
            sa->running.is_waiting = 1;
        else if (step == IKE_STEP_FATAL)
            ike__sa_over(s, sa);
        else if (step == IKE_STEP_GIVE_UP)
            ike__drop_running(s, sa);
    }
}

void ike__follow(struct ike_session *s, struct ike_ike_sa *sa, ike_step step)
{
    switch (step) {
    case IKE_STEP_KEEP:
        return;
    case IKE_STEP_WAIT:
        sa->running.is_waiting = 1;
        break;
    case IKE_STEP_FATAL:
        ike__sa_over(s, sa);
        break;
    case IKE_STEP_AGAIN:
        sa->running.is_waiting = 0;
        sa->hold_until = 0;
        break;
    case IKE_STEP_DONE:
    case IKE_STEP_GIVE_UP:
        ike__drop_running(s, sa);
        break;
    }
    ike__run_tasks(s);
}

int ike__want(struct ike_session *s, enum ike_intent_kind kind)
{
    struct ike_intent wanted = {.kind = (uint8_t)kind};
    int err = ike__session_want(s, &wanted);

    if (err == 0)
        ike__run_tasks(s);
    return err;
}

/* ---- answers to them ---- */

static int is_malformed(const struct ike_msg *msg, const struct ike_rule *rules, uint8_t *payload)
{
    *payload = 0;
    return msg->malformed || (rules && ike__rules_check(rules, msg, payload) < 0);
}

/* RFC 7296 2.21.3: INVALID_SYNTAX in an answer is the end of the IKE SA on both sides, without a Delete. */
static int is_given_up(const struct ike_ike_sa *sa, const struct ike_msg *msg)
{
    struct ike_notify n;

    return sa->is_established && sa->running.exchange != &ike__delete_ike &&
           ike__notify_find(msg, IKE_N_INVALID_SYNTAX, 0, &n);
}

static int dispatch_response(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg)
{
    struct ike_task *task = &sa->running;
    ike_step step;
    uint8_t at;

    /* RFC 7296 2.5: a critical payload that we do not know makes a response useless as well. */
    if (is_malformed(msg, task->exchange->response, &at) || msg->unknown_critical) {
        if (!msg->protected)
            return IKE_E_DISCARD;
        ike__window_answered(&sa->window, s->env.alloc);
        ike__session_fault(s, IKE_E_SYNTAX, 0, NULL);
        ike__sa_over(s, sa);
        return IKE_E_SYNTAX;
    }
    if (is_given_up(sa, msg)) {
        ike__window_answered(&sa->window, s->env.alloc);
        ike__session_fault(s, IKE_E_REFUSED, IKE_N_INVALID_SYNTAX, NULL);
        ike__follow(s, sa, IKE_STEP_FATAL);
        return 0;
    }
    step = task->exchange->finish(s, task, msg);
    if (step == IKE_STEP_KEEP)
        return 0;
    if (sa->window.tries == 0)
        s->stats.rtt_us = s->now - sa->window.sent_at;
    if (!sa->is_established || task->exchange == &ike__ike_auth)
        s->round_trips++;
    ike__window_answered(&sa->window, s->env.alloc);
    ike__follow(s, sa, step);
    return 0;
}

/* ---- the peer's requests ---- */

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_exchange *x = ike__classify(msg);
    uint8_t at;

    if (!msg->malformed && msg->unknown_critical) {
        /* RFC 7296 2.5: "… MUST be rejected …" with the type in one octet (3.10.1). */
        ike__notify_write(out, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, ike__span(&msg->unknown_critical, 1));
        return IKE_STEP_DONE;
    }
    if (is_malformed(msg, x ? x->request : NULL, &at)) {
        /* RFC 7296 2.21.3: authentic, so the other side is broken: say so and close. */
        ike__notify_write(out, IKE_N_INVALID_SYNTAX, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    if (!x || !x->serve) {
        ike__notify_write(out, IKE_N_INVALID_SYNTAX, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    return x->serve(s, msg, out);
}

/* RFC 7296 2.21.3: "… this error notification is considered fatal in both peers", also in the one that says it. */
static int says_invalid_syntax(const struct ike_msg_out *out)
{
    struct ike_notify n;
    struct ike_msg said;

    return ike__msg_index(&said, out->first, ike__span(out->buf.p, out->buf.n)) == 0 &&
           ike__notify_find(&said, IKE_N_INVALID_SYNTAX, 0, &n);
}

static int dispatch_request(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg)
{
    uint8_t octets[RESPONSE_MAX];
    struct ike_msg_out out;
    ike_step step;
    int err;

    if (sa->window.next_in == UINT32_MAX) /* RFC 7296 2.2: Message IDs never wrap */
        return IKE_E_LIMIT;
    ike__out_init(&out, octets, sizeof(octets));
    step = serve(s, msg, &out);
    err = ike__out_err(&out);
    if (err == 0)
        err = ike__send_response(s, sa, &msg->header, &out);
    if (err < 0 && msg->header.exchange == IKE_X_CREATE_CHILD_SA) {
        /* Asked again, it would be done again: what was made once would be there twice. */
        ike__session_fault(s, err, 0, NULL);
        ike__sa_over(s, sa);
        return err;
    }
    if (err < 0)
        return err; /* not answered: the peer asks again */
    sa->window.next_in++;
    if (says_invalid_syntax(&out)) {
        ike__session_fault(s, IKE_E_SYNTAX, 0, NULL);
        step = IKE_STEP_FATAL;
    }
    if (step == IKE_STEP_FATAL)
        ike__sa_over(s, sa);
    ike__run_tasks(s);
    return 0;
}

int ike__dispatch(struct ike_session *s, const struct ike_msg *msg)
{
    if (msg->header.flags & IKE_FLAG_RESPONSE)
        return dispatch_response(s, s->in_sa, msg);
    return dispatch_request(s, s->in_sa, msg);
}
