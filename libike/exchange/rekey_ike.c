/* exchange/rekey_ike.c - the IKE SA gets a successor, from either side (RFC 7296 1.3.2, 2.8.2, 2.18). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { SA, Ni, KEi }  -->   <--  HDR, SK { SA, Nr, KEr }
 *
 * The new SPIs are in the SA payloads; Message IDs start again at 0; whoever asked is the new SA's original
 * initiator. All children move to the new SA; whoever asked deletes the old one, which carries nothing else any more.
 * Both at once: both answer, and of the two new SAs the one with the lowest nonce is deleted by who asked for
 * it; the other one inherits the children (2.8.2). Until that is known the old SA stays the current one.
 *
 * Not here: keys (crypto/keymat.c), who yields (state/collision.c), when (state/lifetime.c). */
#include "base/mem.h"
#include "exchange/exchange.h"
#include "state/keylog.h"

#define PROPOSALS_SIZE (sizeof(struct ike_proposal) * IKE_PROPOSALS_MAX)

struct rekey {
    struct ike_proposal *ike; /* IKE_PROPOSALS_MAX */
    uint32_t ike_n;
    uint32_t rival_low_n;
    struct ike_nonces nonces;
    uint64_t spi_i;
    uint64_t rival;         /* SPIr of the successor that the peer asked for meanwhile, 0: none */
    uint8_t rival_low[256]; /* the lower of its nonces */
};

static const struct ike_rule request_rules[] = {
    {IKE_P_SA, 1, 1}, {IKE_P_NONCE, 1, 1}, {IKE_P_KE, 1, 1}, {0, 0, 0}};
static const struct ike_rule response_rules[] = {
    {IKE_P_SA, 0, 1}, {IKE_P_NONCE, 0, 1}, {IKE_P_KE, 0, 1}, {0, 0, 0}};

static int parse(struct ike_session *s, struct rekey *r)
{
    const ike_config *c = &s->settings.cfg;
    const char *why;
    int n;

    r->ike = ike__mem_new(s->env.alloc, PROPOSALS_SIZE);
    if (!r->ike)
        return IKE_E_NOMEM;
    n = ike__suites_parse(r->ike, IKE_PROPOSALS_MAX, IKE_PROTO_IKE, c->ike_suites, c->policy, s->env.crypto,
                          &why);
    r->ike_n = n > 0 ? (uint32_t)n : 0;
    return n < 0 ? n : 0;
}

static void release(struct ike_session *s, struct rekey *r)
{
    ike__mem_free(s->env.alloc, r->ike, PROPOSALS_SIZE);
    ike__keyex_free(&r->nonces.keyex, s->env.alloc);
}

/* ---- the new SA ---- */

static int derive(struct ike_session *s, const struct ike_ike_sa *old, const struct ike_nonces *n,
                  struct ike_ike_sa *sa)
{
    struct ike_keymat_in in;
    int err;

    memset(&in, 0, sizeof(in));
    in.prf = sa->prf;
    in.cipher = ike__find_cipher(s->env.crypto, sa->suite.encr, sa->suite.encr_bits, sa->suite.integ);
    if (!in.cipher || !in.prf)
        return IKE_E_BAD_CHOICE;
    in.ni = ike__nonces_i(n);
    in.nr = ike__nonces_r(n);
    in.secret = ike__keyex_secret(&n->keyex);
    in.spi_i = sa->spi_i;
    in.spi_r = sa->spi_r;
    /* RFC 7296 2.18: SKEYSEED with the old SA's PRF and SK_d, the rest with the new one's. */
    err = ike__ike_sa_new_keys(sa, &s->env);
    if (err == 0)
        err =
            ike__keymat_rekey(s->env.alloc, &in, old->prf, ike__span(old->sk_d, old->prf->out_len), sa->keys);
    return err == 0 ? ike__ike_sa_arm(sa, &s->env) : err;
}

/* A successor of old, armed, without children. Errors: NOMEM, CRYPTO, BAD_CHOICE. */
static int make(struct ike_session *s, struct ike_ike_sa *old, const struct ike_nonces *n,
                const struct ike_suite *suite, uint64_t spi_i, uint64_t spi_r, struct ike_ike_sa **out)
{
    struct ike_ike_sa *sa;
    int err = ike__session_add_sa(s, &sa);

    if (err < 0)
        return err;
    sa->spi_i = spi_i;
    sa->spi_r = spi_r;
    sa->is_initiator = n->is_ours;
    sa->suite = *suite;
    sa->prf = ike__find_prf(s->env.crypto, suite->prf);
    sa->paths = old->paths;
    sa->peer_fragments = old->peer_fragments;
    sa->peer_has_mobike = old->peer_has_mobike;
    sa->mapping = old->mapping;
    sa->reauth_by = old->reauth_by;
    sa->reauth_at = old->reauth_at; /* new keys prove nothing new (RFC 7296 2.8.3) */
    sa->takes_tickets = old->takes_tickets;
    sa->ticket_at = old->ticket_at;
    err = derive(s, old, n, sa);
    if (err < 0) {
        ike__session_remove_sa(s, sa);
        return err;
    }
    ike__keylog_ike(s, sa);
    ike__ike_sa_settle(sa, &s->env);
    sa->is_established = 1;
    ike__lifetime_begin(&sa->life, s->now, s->settings.cfg.rekey_ike_s, ike__session_jitter(s));
    *out = sa;
    return 0;
}

/* The successor that counts: it has the children and our requests from now on. */
static void inherit(struct ike_session *s, struct ike_ike_sa *old, struct ike_ike_sa *sa)
{
    struct ike_record r;

    for (struct ike_child_sa *c = s->children; c; c = c->next)
        if (c->sa == old)
            c->sa = sa;
    sa->paths = old->paths;
    ike__ike_sa_supersede(old, s->now);
    if (s->sa != old) { /* a fresh authentication stands meanwhile (2.8.3): this one is not needed any more */
        ike__ike_sa_supersede(sa, s->now);
        sa->is_redundant = 1;
        return;
    }
    s->sa = sa;
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_REKEYED;
    r.by_peer = !sa->is_initiator;
    ike__events_push(&s->events, &r);
    ike__ticket_rekeyed(s);
}

/* ---- we ask ---- */

static int renew(struct ike_session *s, struct rekey *r, uint16_t group)
{
    int err = ike__session_new_ike_spi(s, &r->spi_i);

    if (err == 0)
        err = ike__nonces_begin(s, &r->nonces, 1);
    return err == 0 ? ike__keyex_begin(&r->nonces.keyex, s->env.alloc, s->env.crypto, group) : err;
}

static int begin(struct ike_session *s, struct ike_task *task)
{
    uint16_t group = task->sa->suite.ke;
    struct rekey *r;
    int err;

    if (ike__session_sas_n(s) >= IKE_SAS_MAX) /* those before it are still going */
        return IKE_E_LIMIT;
    r = ike__mem_new(s->env.alloc, sizeof(*r));
    if (!r)
        return IKE_E_NOMEM;
    task->scratch = r;
    err = parse(s, r);
    if (err < 0)
        return err;
    /* The group that both sides took last time saves a round trip. */
    if (!ike__offers_group(r->ike, r->ike_n, group))
        group = ike__first_group(r->ike, r->ike_n);
    return renew(s, r, group);
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    struct ike_ike_sa *sa = task->sa;
    struct rekey *r;
    int err;

    if (sa->is_rekeyed)
        return IKE_STEP_GIVE_UP;
    ike__lifetime_busy(&sa->life);
    err = task->scratch ? 0 : begin(s, task);
    if (err < 0) {
        ike__lifetime_postpone(&sa->life, s->now, ike__session_jitter(s));
        return IKE_STEP_GIVE_UP;
    }
    r = task->scratch;
    for (uint32_t i = 0; i < r->ike_n; i++) {
        r->ike[i].spi_len = 8;
        ike__put_be64(r->ike[i].spi, r->spi_i);
    }
    ike__sa_write(out, r->ike, r->ike_n);
    ike__nonce_write(out, ike__span(r->nonces.own, sizeof(r->nonces.own)));
    ike__ke_write(out, r->nonces.keyex.alg->id, ike__keyex_public(&r->nonces.keyex));
    return IKE_STEP_DONE;
}

static int read_answer(struct ike_session *s, struct rekey *r, const struct ike_ike_sa *old,
                       const struct ike_msg *msg, struct ike_suite *suite, uint64_t *spi_r)
{
    const struct ike_payload *sap = ike__msg_find(msg, IKE_P_SA, 0), *kep = ike__msg_find(msg, IKE_P_KE, 0);
    struct ike_proposal chosen;
    struct ike_ke ke;
    int err;

    if (!sap || !kep || ike__ke_read(kep->body, &ke) < 0)
        return IKE_E_SYNTAX;
    err = ike__suites_accept(r->ike, r->ike_n, sap->body, suite, &chosen);
    if (err < 0)
        return err;
    *spi_r = ike__be64(chosen.spi);
    /* RFC 7296 1.3.2: a key exchange is not optional here, and the SPI is the new SA's. */
    if (chosen.spi_len != 8 || *spi_r == 0 || suite->ke == IKE_KE_NONE || ke.group != suite->ke ||
        ke.group != r->nonces.keyex.alg->id)
        return IKE_E_BAD_CHOICE;
    err = ike__nonces_take(&r->nonces, old, msg);
    return err == 0 ? ike__keyex_finish(&r->nonces.keyex, s->env.alloc, ke.data) : err;
}

/* The rival, unless the peer has given it up already. */
static struct ike_ike_sa *rival_of(const struct ike_session *s, const struct rekey *r)
{
    struct ike_ike_sa *sa = r->rival ? s->sas : NULL;

    while (sa && (sa->is_initiator || sa->spi_r != r->rival || sa->linger_until))
        sa = sa->next;
    return sa;
}

static ike_step made(struct ike_session *s, struct ike_ike_sa *old, struct rekey *r, struct ike_ike_sa *sa)
{
    ike_span low = ike__span(r->rival_low, r->rival_low_n);
    struct ike_ike_sa *rival = rival_of(s, r);

    if (rival && ike__collision_ours_loses(ike__nonces_i(&r->nonces), ike__nonces_r(&r->nonces), low, low)) {
        ike__ike_sa_supersede(sa, s->now);
        sa->is_redundant = 1;
        inherit(s, old, rival); /* the peer deletes the old one */
        return IKE_STEP_DONE;
    }
    if (rival)
        ike__ike_sa_supersede(rival, s->now); /* the peer deletes it */
    inherit(s, old, sa);
    old->is_redundant = 1;
    return IKE_STEP_DONE;
}

static ike_step refused(struct ike_session *s, struct ike_ike_sa *old, struct rekey *r, uint16_t error)
{
    struct ike_ike_sa *rival = rival_of(s, r);

    if (rival) { /* RFC 7296 2.8.2: the peer did not see ours in time; its successor counts */
        inherit(s, old, rival);
        return IKE_STEP_GIVE_UP;
    }
    if (error == IKE_N_NO_ADDITIONAL_SAS)
        s->wants_reauth = 1; /* RFC 7296 4: another one from scratch */
    else if (error != IKE_N_TEMPORARY_FAILURE && ++old->rekey_failures >= 3)
        ike__session_warn(s, "the gateway will not rekey the IKE SA",
                          "compare the IKE proposals of both sides; the connection ends with its lifetime");
    ike__lifetime_postpone(&old->life, s->now, ike__session_jitter(s));
    return IKE_STEP_GIVE_UP;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_ike_sa *old = task->sa, *sa = NULL;
    struct rekey *r = task->scratch;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n), group;
    struct ike_suite suite;
    uint64_t spi_r;
    int err;

    ike__session_busy(s, old, error);
    if (error == IKE_N_INVALID_KE_PAYLOAD &&
        ike__offer_other_group(r->ike, r->ike_n, &r->nonces.keyex, n.data, &group) && renew(s, r, group) == 0)
        return IKE_STEP_AGAIN;
    if (error)
        return refused(s, old, r, error);
    err = read_answer(s, r, old, msg, &suite, &spi_r);
    if (err == 0)
        err = make(s, old, &r->nonces, &suite, r->spi_i, spi_r, &sa);
    if (err == 0)
        return made(s, old, r, sa);
    /* The peer has moved to an SA that we cannot follow, or sent a value outside its group (RFC 6989 2.5). */
    s->farewell_delete = 1;
    ike__session_fault(s, err == IKE_E_DISCARD ? IKE_E_SYNTAX : err, 0, NULL);
    return IKE_STEP_FATAL;
}

static void drop(struct ike_session *s, struct ike_task *task)
{
    struct rekey *r = task->scratch;
    struct ike_ike_sa *rival;

    if (!r)
        return;
    rival = rival_of(s, r);
    if (rival && rival != s->sa &&
        !rival->is_rekeyed) { /* the old SA went before it was known which one counts */
        ike__ike_sa_supersede(rival, s->now);
        rival->is_redundant = 1;
    }
    release(s, r);
    ike__mem_free(s->env.alloc, r, sizeof(*r));
    task->scratch = NULL;
}

void ike__rekey_ike_yield(struct ike_session *s, struct ike_ike_sa *old)
{
    struct rekey *r = old->running.exchange == &ike__rekey_ike ? old->running.scratch : NULL;

    if (r && rival_of(s, r))
        inherit(s, old, rival_of(s, r));
}

int ike__rekey_ike_is_rival(const struct ike_session *s, const struct ike_ike_sa *old,
                            const struct ike_ike_sa *sa)
{
    const struct rekey *r = old->running.exchange == &ike__rekey_ike ? old->running.scratch : NULL;

    return r && rival_of(s, r) == sa;
}

/* ---- they ask ---- */

static int choose(struct ike_session *s, struct rekey *r, const struct ike_msg *msg, struct ike_msg_out *out,
                  struct ike_suite *suite, struct ike_proposal *chosen)
{
    const struct ike_payload *sap = ike__msg_find(msg, IKE_P_SA, 0);
    int err = ike__suites_choose(r->ike, r->ike_n, sap->body, suite, chosen);
    uint16_t notify = 0;

    if (err < 0)
        notify = err == IKE_E_NO_PROPOSAL ? IKE_N_NO_PROPOSAL_CHOSEN : IKE_N_INVALID_SYNTAX;
    else if (chosen->spi_len != 8 || ike__be64(chosen->spi) == 0)
        notify = IKE_N_INVALID_SYNTAX;
    if (notify) {
        ike__notify_write(out, notify, ike__span(NULL, 0));
        return 1;
    }
    err = ike__keyex_serve(s, &r->nonces.keyex, suite->ke, msg, out);
    if (err != 0)
        return err;
    err = ike__nonces_begin(s, &r->nonces, 0);
    if (err == 0 && ike__nonces_take(&r->nonces, s->in_sa, msg) < 0) {
        ike__notify_write(out, IKE_N_INVALID_SYNTAX, ike__span(NULL, 0));
        return 1;
    }
    return err;
}

static void remember_rival(struct ike_ike_sa *old, struct ike_ike_sa *sa, const struct ike_nonces *n)
{
    struct rekey *own = old->running.scratch;
    ike_span low = ike__nonce_lower(ike__nonces_i(n), ike__nonces_r(n));

    own->rival = sa->spi_r;
    own->rival_low_n = (uint32_t)low.n;
    memcpy(own->rival_low, low.p, low.n);
}

/* 0: answered, with a successor or a refusal; < 0: nothing is written that counts. */
static int answer(struct ike_session *s, struct rekey *r, const struct ike_msg *msg, struct ike_msg_out *out,
                  int is_rival)
{
    struct ike_ike_sa *old = s->in_sa, *sa;
    struct ike_proposal chosen;
    struct ike_suite suite;
    uint64_t spi_r;
    int err = parse(s, r);

    if (err == 0)
        err = choose(s, r, msg, out, &suite, &chosen);
    if (err != 0)
        return err < 0 ? err : 0;
    err = ike__session_new_ike_spi(s, &spi_r);
    if (err == 0)
        err = make(s, old, &r->nonces, &suite, ike__be64(chosen.spi), spi_r, &sa);
    if (err < 0)
        return err;
    ike__put_be64(chosen.spi, spi_r);
    ike__sa_write(out, &chosen, 1);
    ike__nonce_write(out, ike__span(r->nonces.own, sizeof(r->nonces.own)));
    ike__ke_write(out, suite.ke, ike__keyex_public(&r->nonces.keyex));
    if (is_rival)
        remember_rival(old, sa, &r->nonces);
    else
        inherit(s, old, sa);
    return 0;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    enum ike_verdict verdict = ike__collision(IKE_THEIRS_REKEY_IKE, ike__ours(s, s->in_sa, NULL));
    struct rekey r;
    int err;

    if (verdict == IKE_LATER || s->in_sa != s->sa || ike__session_sas_n(s) >= IKE_SAS_MAX)
        return ike__answer_later(out);
    memset(&r, 0, sizeof(r));
    err = answer(s, &r, msg, out, verdict == IKE_SERVE_RIVAL);
    release(s, &r);
    return err < 0 ? ike__answer_later(out) : IKE_STEP_DONE;
}

const struct ike_exchange ike__rekey_ike = {
    .name = "CREATE_CHILD_SA (rekey IKE SA)",
    .type = IKE_X_CREATE_CHILD_SA,
    .request = request_rules,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
    .drop = drop,
};
