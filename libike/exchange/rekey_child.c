/* exchange/rekey_child.c - a child gets a successor, from either side (RFC 7296 1.3.3, 2.8, 2.8.1). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { N(REKEY_SA, SPI), SA, Ni, [KEi,] TSi, TSr }  -->
 *                                          <--  HDR, SK { SA, Nr, [KEr,] TSi, TSr }
 *
 * Whoever asked sends on the new child at once and deletes the old one; whoever answered goes on with the old one
 * until the new one carries traffic or the old one is deleted. The old one opens packets until it is gone on
 * both sides, so none is lost.
 * Both at once: both answer, two successors exist, the one with the lowest nonce goes, deleted by who asked
 * for it (2.8.1). The task remembers the rival that was made meanwhile.
 *
 * Not here: SA, KE and TS (offer.c), who yields (state/collision.c), when (state/lifetime.c). */
#include "base/mem.h"
#include "exchange/exchange.h"

struct rekey {
    struct ike_offer offer;
    uint32_t rival; /* inbound SPI of the successor that the peer asked for meanwhile, 0: none */
    uint32_t rival_low_n;
    uint8_t rival_low[256]; /* the lower of its nonces */
};

static const struct ike_rule request_rules[] = {{IKE_P_SA, 1, 1},  {IKE_P_NONCE, 1, 1}, {IKE_P_KE, 0, 1},
                                                {IKE_P_TSi, 1, 1}, {IKE_P_TSr, 1, 1},   {IKE_P_CP, 0, 1},
                                                {0, 0, 0}};
static const struct ike_rule response_rules[] = {{IKE_P_SA, 0, 1},  {IKE_P_NONCE, 0, 1}, {IKE_P_KE, 0, 1},
                                                 {IKE_P_TSi, 0, 1}, {IKE_P_TSr, 0, 1},   {IKE_P_CP, 0, 1},
                                                 {0, 0, 0}};

/* ---- we ask ---- */

static int begin(struct ike_session *s, struct ike_task *task, const struct ike_child_sa *c)
{
    struct rekey *r = ike__mem_new(s->env.alloc, sizeof(*r));
    int err;

    if (!r)
        return IKE_E_NOMEM;
    task->scratch = r;
    err = ike__offer_begin(s, &r->offer, task->sa, c->which);
    if (err < 0)
        return err;
    ike__offer_as(&r->offer, c); /* RFC 7296 2.9.2: the same selectors */
    return ike__offer_renew(s, &r->offer, ike__first_group(r->offer.esp, r->offer.esp_n));
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    struct ike_child_sa *c = ike__session_child(s, task->intent.spi);
    struct rekey *r;
    uint8_t spi[4];
    int err;

    if (!c || c->linger_until || c->is_replaced || ike__session_successor(s, c->spi_in))
        return IKE_STEP_GIVE_UP; /* gone, or the peer has asked for a successor already */
    ike__lifetime_busy(&c->life);
    err = task->scratch ? 0 : begin(s, task, c);
    if (err < 0) {
        ike__lifetime_postpone(&c->life, s->now, ike__session_jitter(s));
        return IKE_STEP_GIVE_UP;
    }
    r = task->scratch;
    ike__put_be32(spi, c->spi_in);
    ike__notify_write_spi(out, IKE_PROTO_ESP, ike__span(spi, sizeof(spi)), IKE_N_REKEY_SA,
                          ike__span(NULL, 0));
    ike__offer_write(&r->offer, out);
    return IKE_STEP_DONE;
}

/* Two successors: does ours go? RFC 7296 2.8.1 */
static int ours_loses(const struct ike_session *s, const struct rekey *r)
{
    ike_span low = ike__span(r->rival_low, r->rival_low_n);
    struct ike_child_sa *rival = r->rival ? ike__session_child(s, r->rival) : NULL;

    return rival && !rival->linger_until &&
           ike__collision_ours_loses(ike__nonces_i(&r->offer.nonces), ike__nonces_r(&r->offer.nonces), low,
                                     low);
}

static void settle(struct ike_session *s, const struct rekey *r, struct ike_child_sa *made,
                   const struct ike_child_sa *old)
{
    struct ike_child_sa *rival = r->rival ? ike__session_child(s, r->rival) : NULL;

    if (ours_loses(s, r)) {
        made->is_redundant = 1;
        ike__delete_child_want(s, made->spi_in);
        return;
    }
    if (rival && !rival->linger_until) {
        rival->is_redundant = 1; /* the peer deletes it */
        rival->may_send = 0;
    }
    ike__session_child_takes_over(s, made);
    if (old && !old->linger_until)
        ike__delete_child_want(s, old->spi_in);
}

static ike_step installed(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_child_sa *old = ike__session_child(s, task->intent.spi), *made;
    struct rekey *r = task->scratch;
    struct ike_child_agreed a;
    int err = ike__offer_read(s, &r->offer, msg, &a);

    if (err == 0)
        err = ike__offer_install(s, &r->offer, &a, old ? old->id : ++s->next_child_id, &made);
    if (err < 0) {
        /* RFC 6989 2.5: a KE value outside its group: the other side is broken or hostile. */
        if (err == IKE_E_DISCARD) {
            s->farewell_delete = 1;
            ike__session_fault(s, IKE_E_SYNTAX, 0, NULL);
            return IKE_STEP_FATAL;
        }
        ike__delete_child_want(s, r->offer.spi_in); /* the peer believes that it exists */
        if (old)
            ike__lifetime_postpone(&old->life, s->now, ike__session_jitter(s));
        return IKE_STEP_GIVE_UP;
    }
    made->replaces = task->intent.spi;
    made->is_exported = old ? old->is_exported : 0;
    if (!old ||
        old->linger_until) { /* deleted by the peer while our request was out: a new child, not a successor */
        made->replaces = 0;
        if (r->rival) { /* RFC 7296 2.8.1: the peer deletes it only if its own exchange has won */
            made->is_redundant = 1;
            ike__delete_child_want(s, made->spi_in);
            return IKE_STEP_DONE;
        }
        ike__session_child_up(s, made);
    } else if (old->is_replaced && task->sa != s->sa) {
        /* Authenticated anew meanwhile, and the host's child is over there: opened, until its IKE SA goes. */
        made->is_replaced = 1;
        return IKE_STEP_DONE;
    }
    settle(s, r, made, old);
    if (!ike__settings_child(&s->settings, made->which)) /* reconfigured away meanwhile */
        ike__delete_child_want(s, made->spi_in);
    return IKE_STEP_DONE;
}

/* RFC 7296 2.25: nothing happened; again later, and if that goes on, a fresh child. */
static ike_step refused(struct ike_session *s, struct ike_task *task, uint16_t error)
{
    struct ike_child_sa *old = ike__session_child(s, task->intent.spi);
    struct rekey *r = task->scratch;

    if (!old || old->linger_until)
        return IKE_STEP_GIVE_UP;
    if (r->rival && ike__session_child(s, r->rival))
        return IKE_STEP_GIVE_UP; /* RFC 7296 2.8.1: a collision the peer saw first; its successor stands */
    if (error == IKE_N_CHILD_SA_NOT_FOUND) {
        /* RFC 7296 2.25: "… silently delete the Child SA … create a new Child SA from scratch" */
        ike__create_child_want(s, old->id, old->which);
        ike__session_remove_child(s, old);
        return IKE_STEP_GIVE_UP;
    }
    if (error == IKE_N_NO_ADDITIONAL_SAS)
        s->wants_reauth = 1; /* RFC 7296 4: "… MUST be capable of … creating a new one." */
    else if (error != IKE_N_TEMPORARY_FAILURE && ++old->rekey_failures >= 3)
        ike__session_warn(s, "the gateway will not rekey a child", "compare the ESP proposals of both sides");
    ike__lifetime_postpone(&old->life, s->now, ike__session_jitter(s));
    return IKE_STEP_GIVE_UP;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct rekey *r = task->scratch;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n), group;

    ike__session_busy(s, task->sa, error);
    if (!error)
        return installed(s, task, msg);
    if (error == IKE_N_INVALID_KE_PAYLOAD &&
        ike__offer_other_group(r->offer.esp, r->offer.esp_n, &r->offer.nonces.keyex, n.data, &group) &&
        ike__offer_renew(s, &r->offer, group) == 0)
        return IKE_STEP_AGAIN;
    return refused(s, task, error);
}

static void drop(struct ike_session *s, struct ike_task *task)
{
    struct rekey *r = task->scratch;

    if (!r)
        return;
    ike__offer_free(s, &r->offer);
    ike__mem_free(s->env.alloc, r, sizeof(*r));
    task->scratch = NULL;
}

/* ---- they ask ---- */

enum ike_ours ike__ours(const struct ike_session *s, const struct ike_ike_sa *sa,
                        const struct ike_child_sa *c)
{
    const struct ike_task *t = &sa->running;

    (void)s;
    if (sa->is_rekeyed)
        return t->exchange == &ike__delete_ike ? IKE_OURS_DELETE_IKE : IKE_OURS_REKEYED_IKE;
    if (t->exchange == &ike__create_child)
        return IKE_OURS_CREATE_CHILD;
    if (t->exchange == &ike__rekey_child)
        return c && t->intent.spi == c->spi_in ? IKE_OURS_REKEY_THIS_CHILD : IKE_OURS_REKEY_OTHER_CHILD;
    if (t->exchange == &ike__delete_child)
        return c && t->intent.spi == c->spi_in ? IKE_OURS_DELETE_THIS_CHILD : IKE_OURS_DELETE_OTHER_CHILD;
    if (t->exchange == &ike__rekey_ike)
        return IKE_OURS_REKEY_IKE;
    return t->exchange == &ike__delete_ike ? IKE_OURS_DELETE_IKE : IKE_OURS_NOTHING;
}

ike_step ike__answer_later(struct ike_msg_out *out)
{
    ike__out_init(out, out->buf.p, out->buf.cap); /* nothing else counts */
    ike__notify_write(out, IKE_N_TEMPORARY_FAILURE, ike__span(NULL, 0));
    return IKE_STEP_DONE;
}

static void remember_rival(struct ike_session *s, const struct ike_nonces *n, uint32_t spi_in)
{
    struct rekey *r = s->in_sa->running.scratch;
    ike_span low = ike__nonce_lower(ike__nonces_i(n), ike__nonces_r(n));

    r->rival = spi_in;
    r->rival_low_n = (uint32_t)low.n;
    memcpy(r->rival_low, low.p, low.n);
}

/* A peer that rekeys the same child once more, without having used what it made: only the last successor counts. */
static void give_up_earlier(struct ike_session *s, const struct ike_child_sa *old)
{
    struct ike_child_sa *earlier = ike__session_successor(s, old->spi_in);

    if (!earlier)
        return;
    earlier->is_redundant = 1;
    ike__delete_child_want(s, earlier->spi_in);
}

static int make_successor(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out,
                          struct ike_child_sa *old, int is_rival)
{
    struct ike_child_agreed a;
    struct ike_child_sa *made;
    struct ike_offer o;
    int err;

    memset(&o, 0, sizeof(o));
    err = ike__offer_begin(s, &o, s->in_sa, old->which);
    ike__offer_as(&o, old);
    if (err == 0)
        err = ike__offer_serve(s, &o, msg, out, &a);
    if (err == 1)
        err = ike__offer_install(s, &o, &a, old->id, &made) < 0 ? IKE_E_NOMEM : 1;
    if (err == 1) {
        give_up_earlier(s, old);
        made->replaces = old->spi_in;
        made->is_exported = old->is_exported;
        if (!is_rival)
            ike__lifetime_busy(&old->life); /* its time is over: no rekeying of our own */
        if (made->is_exported)              /* the host's kernel opens both: no traffic will tell us */
            ike__session_child_takes_over(s, made);
        if (is_rival)
            remember_rival(s, &o.nonces, made->spi_in);
    }
    ike__offer_free(s, &o);
    return err;
}

static int is_making_one(const struct ike_ike_sa *sa)
{
    return sa->running.exchange == &ike__create_child || sa->running.exchange == &ike__rekey_child;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    struct ike_child_sa *old = NULL;
    enum ike_verdict verdict;
    struct ike_notify n;

    (void)ike__notify_find(msg, IKE_N_REKEY_SA, 0, &n);
    if (n.spi.n == 4 && n.protocol == IKE_PROTO_ESP)
        old = ike__session_child_by_peer(s, ike__be32(n.spi.p));
    if (old && old->sa != s->in_sa && ike__rekey_ike_is_rival(s, old->sa, s->in_sa))
        return ike__answer_later(out); /* they have moved it to their new IKE SA, we cannot know yet */
    if (!old && is_making_one(s->in_sa))
        return ike__answer_later(out); /* its answer may have been overtaken: perhaps it is that one */
    if (!old || old->sa != s->in_sa) {
        /* RFC 7296 1.3.3, 2.25.1: the notify names the SPI that is not found. */
        ike__notify_write_spi(out, n.protocol, n.spi, IKE_N_CHILD_SA_NOT_FOUND, ike__span(NULL, 0));
        return IKE_STEP_DONE;
    }
    verdict = ike__collision(IKE_THEIRS_REKEY_CHILD, ike__ours(s, s->in_sa, old));
    /* A child whose successor stands, made by us: about to be deleted. Made by them: theirs to delete. */
    if (verdict == IKE_LATER || old->is_replaced || old->is_redundant ||
        ike__session_children_n(s) >= IKE_CHILDREN_MAX)
        return ike__answer_later(out);
    if (make_successor(s, msg, out, old, verdict == IKE_SERVE_RIVAL) < 0)
        return ike__answer_later(out);
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__rekey_child = {
    .name = "CREATE_CHILD_SA (rekey child)",
    .type = IKE_X_CREATE_CHILD_SA,
    .request = request_rules,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
    .drop = drop,
};
