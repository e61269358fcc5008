/* engine/dispatch.c - messages to exchanges, and what their steps mean. SPDX-License-Identifier: Apache-2.0
 *
 * The only loop of the protocol: while the window is free the most urgent intent builds its request; its answer
 * comes back to the same exchange's finish. A peer's request is classified, checked against the exchange's
 * table and served at once, also while our own request is out (RFC 7296 2.3).
 *
 * Not here: bytes (recv.c, send.c), time (tick.c). */
#include "engine/engine.h"
#include "base/mem.h"

#define RESPONSE_MAX 1024u

/* ---- the end ---- */

/* Tells the peer once that we give up, without waiting for its answer (RFC 7296 2.21.2). */
static void say_farewell(struct ike_session *s)
{
    uint8_t octets[64];
    struct ike_msg_out out;

    if (!s->farewell || !s->sa.seal.alg)
        return;
    ike__out_init(&out, octets, sizeof(octets));
    ike__notify_write(&out, s->farewell, ike__span(NULL, 0));
    (void)ike__send_request(s, IKE_X_INFORMATIONAL, &out);
}

static void drop_running(struct ike_session *s)
{
    struct ike_task *t = &s->tasks.running;

    if (t->exchange && t->exchange->drop)
        t->exchange->drop(s, t);
    memset(t, 0, sizeof(*t));
    s->hold_until = 0;
    s->ask_is_out = 0;
}

void ike__end(struct ike_session *s)
{
    if (s->is_closed)
        return;
    ike__session_fault(s, IKE_E_CLOSED, 0, "closed by us");
    ike__window_answered(&s->window);
    say_farewell(s);
    s->window.in_flight = 0;
    drop_running(s);
    ike__tasks_forget_waiting(&s->tasks);
    while (s->children) {
        struct ike_child_sa *c = s->children;
        s->children = c->next;
        ike__session_count_child(c, &s->stats);
        ike__child_free(c, &s->env);
    }
    s->is_closed = 1;
    ike__session_event(s, IKE_EV_CLOSED, s->close_err, s->close_notify);
    ike__session_log(s, IKE_LOG_INFO, s->reason, NULL);
}

/* ---- our requests ---- */

/* Large enough for any request we build: certificates are what makes one large. */
static size_t request_room(const struct ike_session *s)
{
    const ike_config *c = &s->settings.cfg;
    size_t n = 8192 + c->certreq.n;

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
            err = ike__send_request(s, task->exchange->type, &out);
        if (err < 0) {
            ike__session_fault(s, err, 0, NULL);
            step = IKE_STEP_FATAL;
        }
    }
    ike__mem_free(s->env.alloc, octets, room);
    return step;
}

void ike__run_tasks(struct ike_session *s)
{
    while (!s->is_closed && !s->window.in_flight && !s->tasks.running.is_waiting) {
        ike_step step;

        if (!s->tasks.running.exchange && !ike__tasks_next(&s->tasks))
            return;
        step = build(s, &s->tasks.running);
        if (step == IKE_STEP_WAIT)
            s->tasks.running.is_waiting = 1;
        else if (step == IKE_STEP_FATAL)
            ike__end(s);
        else if (step == IKE_STEP_GIVE_UP)
            drop_running(s);
    }
}

void ike__follow(struct ike_session *s, ike_step step)
{
    struct ike_task *t = &s->tasks.running;

    switch (step) {
    case IKE_STEP_KEEP:
        return;
    case IKE_STEP_WAIT:
        t->is_waiting = 1;
        return;
    case IKE_STEP_FATAL:
        ike__end(s);
        return;
    case IKE_STEP_AGAIN:
        t->is_waiting = 0;
        s->hold_until = 0;
        break;
    case IKE_STEP_DONE:
    case IKE_STEP_GIVE_UP:
        drop_running(s);
        break;
    }
    ike__run_tasks(s);
}

int ike__want(struct ike_session *s, const struct ike_exchange *x, uint32_t priority)
{
    struct ike_task task = {.exchange = x, .priority = priority};
    int err = ike__tasks_add(&s->tasks, &task);

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

static int dispatch_response(struct ike_session *s, const struct ike_msg *msg)
{
    struct ike_task *task = &s->tasks.running;
    ike_step step;
    uint8_t at;

    /* RFC 7296 2.5: a critical payload that we do not know makes a response useless as well. */
    if (is_malformed(msg, task->exchange->response, &at) || msg->unknown_critical) {
        if (!msg->protected)
            return IKE_E_DISCARD;
        ike__window_answered(&s->window);
        ike__session_fault(s, IKE_E_SYNTAX, 0, NULL);
        ike__end(s);
        return IKE_E_SYNTAX;
    }
    step = task->exchange->finish(s, task, msg);
    if (step == IKE_STEP_KEEP)
        return 0;
    if (s->window.tries == 0)
        s->stats.rtt_us = s->now - s->window.sent_at;
    if (!s->sa.is_established || s->round_trips == 0 || task->exchange == &ike__ike_auth)
        s->round_trips++;
    ike__window_answered(&s->window);
    ike__follow(s, step);
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
        ike__session_fault(s, IKE_E_SYNTAX, 0, NULL);
        return IKE_STEP_FATAL;
    }
    if (!x || !x->serve) {
        ike__notify_write(out, IKE_N_INVALID_SYNTAX, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    return x->serve(s, msg, out);
}

static int dispatch_request(struct ike_session *s, const struct ike_msg *msg)
{
    uint8_t octets[RESPONSE_MAX];
    struct ike_msg_out out;
    ike_step step;
    int err;

    if (s->window.next_in == UINT32_MAX) /* RFC 7296 2.2: Message IDs never wrap */
        return IKE_E_LIMIT;
    ike__out_init(&out, octets, sizeof(octets));
    step = serve(s, msg, &out);
    err = ike__out_err(&out);
    if (err == 0)
        err = ike__send_response(s, &msg->header, &out);
    if (err < 0)
        return err; /* not answered: the peer asks again */
    s->window.next_in++;
    if (step == IKE_STEP_FATAL)
        ike__end(s);
    else
        ike__run_tasks(s);
    return 0;
}

int ike__dispatch(struct ike_session *s, const struct ike_msg *msg)
{
    if (msg->header.flags & IKE_FLAG_RESPONSE)
        return dispatch_response(s, msg);
    return dispatch_request(s, msg);
}
