/* engine/tick.c - time: the next deadline, and what is due. SPDX-License-Identifier: Apache-2.0
 *
 * There are no timer objects. Every deadline is derived from the session's state; ike_deadline takes the least of
 * the list, ike_tick walks the same list. RFC 7296 2.1 (retransmission), 2.4 (liveness), RFC 7383 2.6
 * (reassembly), RFC 3948 4 (keepalives).
 *
 * Not here: the messages that these lead to (exchange/, send.c). */
#include "engine/engine.h"

#define SECOND       1000000u
#define ROAM_TRIES   3u
#define PROBE_TRIES  1u /* of each pair of addresses, beside the first sending */
#define RESUME_TRIES 3u
#define NARROW_TRIES 2u        /* of a request in fragments, before they become smaller */
#define SLEPT_US     10000000u /* nobody ticks that late who is awake */

static void earlier(ike_time *due, ike_time t)
{
    if (t < *due)
        *due = t;
}

static ike_time retransmit_due(const struct ike_ike_sa *sa)
{
    return sa->window.in_flight ? sa->window.due : IKE_NEVER;
}

static ike_time hold_due(const struct ike_ike_sa *sa)
{
    return sa->hold_until ? sa->hold_until : IKE_NEVER;
}

static ike_time reassembly_due(const struct ike_reassembly *r)
{
    return r ? r->since + (ike_time)IKE_REASSEMBLY_TIMEOUT_S * SECOND : IKE_NEVER;
}

static ike_time keepalive_at(const struct ike_session *s)
{
    const struct ike_ike_sa *sa = s->sa;

    if (!sa->paths.nat_local || s->settings.cfg.natt_keepalive_s == IKE_OFF ||
        !ike__paths_marked(&sa->paths.now) || s->phase < IKE_PHASE_AUTH)
        return IKE_NEVER;
    /* Before the peer's abilities are known: as RFC 3948 4 has it. */
    if (!sa->is_established)
        return s->last_sent + (ike_time)s->settings.cfg.natt_keepalive_s * SECOND;
    if (sa->peer_has_mobike && ike__mapping_is_probe(&sa->mapping) && sa->window.in_flight)
        return IKE_NEVER; /* the question is out */
    return s->last_sent + ike__mapping_silence(&sa->mapping);
}

/* RFC 7296 2.4: asked only when we send and hear nothing, and no request is out that asks the same. */
static ike_time liveness_due(const struct ike_session *s)
{
    uint32_t after = s->settings.cfg.dpd_s;

    if (!s->sa->is_established || !s->unanswered_since || after == IKE_OFF || s->sa->window.in_flight ||
        s->sa->running.exchange)
        return IKE_NEVER;
    return s->unanswered_since + (ike_time)after * SECOND;
}

/* What the peer ought to have deleted by now. */
static ike_time superseded_due(const struct ike_ike_sa *sa)
{
    return sa->is_rekeyed && !sa->is_redundant && !sa->linger_until ? sa->life.expire_at : IKE_NEVER;
}

static ike_time sa_due(const struct ike_ike_sa *sa)
{
    ike_time due = sa->linger_until ? sa->linger_until : IKE_NEVER;

    earlier(&due, retransmit_due(sa));
    earlier(&due, hold_due(sa));
    earlier(&due, superseded_due(sa));
    earlier(&due, reassembly_due(sa->fragments[0]));
    earlier(&due, reassembly_due(sa->fragments[1]));
    return due;
}

/* Nothing is rekeyed that is about to go. */
static ike_time sa_rekey_due(const struct ike_session *s)
{
    const struct ike_ike_sa *sa = s->sa;

    return sa->is_established && !s->is_closing ? sa->life.rekey_at : IKE_NEVER;
}

static ike_time reauth_due(const struct ike_session *s)
{
    return s->sa->is_established && !s->is_closing ? ike__reauth_due(s->sa) : IKE_NEVER;
}

static ike_time ticket_due(const struct ike_session *s)
{
    const struct ike_ike_sa *sa = s->sa;

    return sa->is_established && sa->ticket_at && !s->is_closing ? sa->ticket_at : IKE_NEVER;
}

static ike_time sa_expire_due(const struct ike_session *s)
{
    return s->sa->is_established && !s->is_closing ? s->sa->life.expire_at : IKE_NEVER;
}

/* RFC 7296 2.25: what a busy peer was asked for in vain. */
static ike_time again_due(const struct ike_session *s)
{
    return s->tasks.again_at && !s->is_closing ? s->tasks.again_at : IKE_NEVER;
}

static ike_time children_due(const struct ike_session *s)
{
    ike_time due = again_due(s);

    for (const struct ike_child_sa *c = s->children; c; c = c->next) {
        earlier(&due, ike__child_expire_due(c));
        if (!s->is_closing)
            earlier(&due, ike__child_rekey_due(c));
    }
    return due;
}

ike_time ike_deadline(const ike_session *s)
{
    ike_time due = IKE_NEVER;

    if (!s || s->is_closed)
        return due;
    if (s->close_by)
        earlier(&due, s->close_by);
    if (s->is_offline) /* nothing times out while there is no network */
        return due;
    for (const struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        earlier(&due, sa_due(sa));
    earlier(&due, sa_rekey_due(s));
    earlier(&due, sa_expire_due(s));
    earlier(&due, reauth_due(s));
    earlier(&due, ticket_due(s));
    earlier(&due, children_due(s));
    earlier(&due, keepalive_at(s));
    earlier(&due, liveness_due(s));
    earlier(&due, ike__mtu_due(s));
    return due;
}

static void give_up(struct ike_session *s, struct ike_ike_sa *sa)
{
    if (ike__fresh_instead(s, sa) || ike__full_instead(s, sa))
        return;
    if (sa == s->sa || !sa->is_established) {
        if (s->is_closing)
            ike__session_fault(s, IKE_E_CLOSED, 0, "closed by us; the gateway did not confirm");
        else if (sa->hint_err)
            ike__session_fault(s, sa->hint_err, sa->hint_notify, NULL);
        else
            ike__session_fault(s, IKE_E_TIMEOUT, 0, NULL);
    }
    ike__sa_over(s, sa);
}

/* One retransmission per tick, however late it comes: after a sleep there is no burst. */
static void retransmit(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_window *w = &sa->window;
    uint32_t tries = s->settings.cfg.retry_tries;

    if (ike__mtu_again(s, sa))
        return;
    if (w->tries ==
        NARROW_TRIES) /* perhaps its fragments are too large: smaller ones, whose tries begin anew */
        ike__send_narrower(s, sa);
    if (sa->running.exchange == &ike__path_mtu) /* asked early: a question about the path, not for life */
        tries += 2;
    /* A change of path that nobody answers: there is another rung of the ladder, so wait less for this one. */
    if (sa->running.exchange == &ike__mobike && tries > ROAM_TRIES)
        tries = ROAM_TRIES;
    if (ike__is_resuming(sa) && tries > RESUME_TRIES) /* likewise: a full handshake */
        tries = RESUME_TRIES;
    if (s->probe.is_on && sa == s->sa)
        tries = PROBE_TRIES;
    if (w->tries >= tries) {
        if (!ike__probe_next(s, sa))
            give_up(s, sa);
        return;
    }
    w->tries++;
    w->due = s->now + ike__window_interval(&s->settings.cfg, w->tries);
    ike__flight_again(&w->request);
    s->stats.retransmits++;
}

static void tick_sa(struct ike_session *s, struct ike_ike_sa *sa)
{
    for (int i = 0; i < 2; i++)
        if (s->now >= reassembly_due(sa->fragments[i]))
            ike__reassembly_free(&sa->fragments[i], s->env.alloc);
    if (s->now >= superseded_due(sa))
        ike__ike_sa_condemn(sa, s->now);
    if (sa->linger_until && s->now >= sa->linger_until)
        ike__session_remove_sa(s, sa);
    else if (s->now >= hold_due(sa))
        give_up(s, sa);
    else if (s->now >= retransmit_due(sa))
        retransmit(s, sa);
}

/* RFC 7296 2.8: what could not be rekeyed in time is used no longer. */
static void expire_child(struct ike_session *s, struct ike_child_sa *c)
{
    struct ike_child_sa *successor;

    if (c->linger_until) {
        ike__session_remove_child(s, c);
        return;
    }
    c->life.expire_at = IKE_NEVER;
    ike__delete_child_want(s, c->spi_in);
    successor = ike__session_successor(s, c->spi_in);
    if (successor) /* made by the peer, which neither used it nor deleted this one */
        ike__session_child_takes_over(s, successor);
    if (c->is_replaced || c->is_redundant)
        return;
    c->may_send = 0;
    c->is_replaced = 1; /* by a child from scratch, under the same id */
    ike__create_child_want(s, c->id, c->which);
}

static void tick_children(struct ike_session *s)
{
    if (s->now >= again_due(s))
        ike__tasks_resume(&s->tasks);
    for (struct ike_child_sa *c = s->children, *next; c; c = next) {
        struct ike_intent rekey = {.kind = IKE_INTENT_REKEY_CHILD, .spi = c->spi_in};

        next = c->next;
        if (s->now >= ike__child_expire_due(c)) {
            expire_child(s, c);
        } else if (!s->is_closing && s->now >= ike__child_rekey_due(c)) {
            ike__lifetime_busy(&c->life);
            (void)ike__session_want(s, &rekey);
        }
    }
}

static void tick_lifetimes(struct ike_session *s)
{
    struct ike_intent rekey = {.kind = IKE_INTENT_REKEY_IKE};

    if (s->now >= sa_expire_due(s)) {
        ike__session_fault(s, IKE_E_EXPIRED, 0, NULL);
        (void)ike_close(s, s->now);
        return;
    }
    if (s->now >= reauth_due(s)) {
        s->sa->reauth_at = s->sa->reauth_by = IKE_NEVER;
        s->wants_reauth = 1;
    }
    if (s->now >= ticket_due(s))
        ike__ticket_want(s);
    if (s->now >= sa_rekey_due(s)) {
        ike__lifetime_busy(&s->sa->life);
        (void)ike__session_want(s, &rekey);
    }
    tick_children(s);
    ike__run_tasks(s);
}

int ike_tick(ike_session *s, ike_time now)
{
    ike_time due;
    int slept;

    if (!s)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    due = ike_deadline(s); /* 0: at once, because packets are used up; says nothing about time */
    slept = due != 0 && due != IKE_NEVER && now > due + SLEPT_US;
    s->now = now;
    if (s->close_by && now >= s->close_by) {
        give_up(s, s->sa);
        return 0;
    }
    if (s->is_offline)
        return 0;
    if (slept)
        ike__wake(s);
    for (struct ike_ike_sa *sa = s->sas, *next; sa && !s->is_closed; sa = next) {
        next = sa->next;
        tick_sa(s, sa);
    }
    if (!s->is_closed)
        tick_lifetimes(s);
    if (s->is_closed)
        return 0;
    if (now >= keepalive_at(s)) {
        /* RFC 4555 3.8: a question keeps the mapping alive as well, and its answer says whether it lived. */
        if (s->sa->is_established && s->sa->peer_has_mobike && ike__mapping_is_probe(&s->sa->mapping))
            return ike__want(s, IKE_INTENT_LIVENESS);
        s->keepalive_due = 1;
    }
    if (now >= liveness_due(s))
        return ike__want(s, IKE_INTENT_LIVENESS);
    return now >= ike__mtu_due(s) ? ike__mtu_probe(s) : 0;
}
