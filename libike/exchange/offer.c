/* exchange/offer.c - SA, KE and TS of a child: offered, answered, chosen, installed. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 1.3 (CREATE_CHILD_SA), 2.9 (selectors: the answer is a subset), 2.12 (reuse of nothing), 2.17 (keys).
 * "local" and "remote" are ours and the peer's whoever asks: in our requests TSi is local, in theirs TSr is.
 *
 * Not here: which exchange carries it (first_child.c, create_child.c, rekey_child.c). */
#include "exchange/offer.h"
#include "base/mem.h"
#include "base/wipe.h"
#include "exchange/exchange.h"
#include "state/keylog.h"
#include "state/narrow.h"

#define PROPOSALS_SIZE (sizeof(struct ike_proposal) * IKE_PROPOSALS_MAX)

/* ---- nonces ---- */

ike_span ike__nonces_i(const struct ike_nonces *n)
{
    return n->is_ours ? ike__span(n->own, sizeof(n->own)) : ike__span(n->peer, n->peer_n);
}

ike_span ike__nonces_r(const struct ike_nonces *n)
{
    return n->is_ours ? ike__span(n->peer, n->peer_n) : ike__span(n->own, sizeof(n->own));
}

int ike__nonces_begin(struct ike_session *s, struct ike_nonces *n, int is_ours)
{
    n->is_ours = is_ours != 0;
    return s->env.crypto->random(s->env.crypto->self, n->own, sizeof(n->own)) < 0 ? IKE_E_CRYPTO : 0;
}

int ike__nonces_take(struct ike_nonces *n, const struct ike_ike_sa *sa, const struct ike_msg *msg)
{
    const struct ike_payload *p = ike__msg_find(msg, IKE_P_NONCE, 0);
    ike_span nonce;

    if (!p || ike__nonce_read(p->body, &nonce) < 0 || nonce.n > sizeof(n->peer))
        return IKE_E_SYNTAX;
    /* RFC 7296 2.10: "… MUST be at least half the key size of the … PRF" */
    if (nonce.n * 2 < sa->prf->out_len || ike__span_equal(nonce, ike__span(n->own, sizeof(n->own))))
        return IKE_E_SYNTAX;
    memcpy(n->peer, nonce.p, nonce.n);
    n->peer_n = (uint32_t)nonce.n;
    return 0;
}

/* ---- begin, free ---- */

/* What we ask for when the configuration says nothing: everything of the families we have addresses for. */
static uint32_t default_selectors(const struct ike_session *s, const struct ike_ike_sa *sa, ike_ts *ts,
                                  int local)
{
    uint32_t want = s->settings.cfg.want, n = 0;

    if (!(want & (IKE_WANT_IP4 | IKE_WANT_IP6))) {
        /* no virtual address: we are the host */
        ts[0] = local ? ike__ts_host(&sa->paths.now.local) : ike__ts_all(sa->paths.now.local.family);
        return 1;
    }
    if (want & IKE_WANT_IP4)
        ts[n++] = ike__ts_all(4);
    if (want & IKE_WANT_IP6)
        ts[n++] = ike__ts_all(6);
    return n;
}

int ike__offer_begin(struct ike_session *s, struct ike_offer *o, struct ike_ike_sa *sa, uint32_t which)
{
    const struct ike_wanted *w = ike__settings_child(&s->settings, which);
    const ike_child_config *c;
    const char *why;
    int n;

    o->sa = sa;
    o->which = which;
    if (!w)
        return IKE_E_CONFIG;
    c = &w->cfg;
    o->esp = ike__mem_new(s->env.alloc, PROPOSALS_SIZE);
    if (!o->esp)
        return IKE_E_NOMEM;
    n = ike__suites_parse(o->esp, IKE_PROPOSALS_MAX, IKE_PROTO_ESP, c->esp_suites, s->settings.cfg.policy,
                          s->env.crypto, &why);
    if (n < 0)
        return n;
    o->esp_n = (uint32_t)n;
    o->local_n = c->ts_local_n ? c->ts_local_n : default_selectors(s, sa, o->local, 1);
    o->remote_n = c->ts_remote_n ? c->ts_remote_n : default_selectors(s, sa, o->remote, 0);
    if (c->ts_local_n)
        memcpy(o->local, c->ts_local, c->ts_local_n * sizeof(o->local[0]));
    if (c->ts_remote_n)
        memcpy(o->remote, c->ts_remote, c->ts_remote_n * sizeof(o->remote[0]));
    return 0;
}

void ike__offer_as(struct ike_offer *o, const struct ike_child_sa *c)
{
    o->local_n = c->in.local_n;
    o->remote_n = c->in.remote_n;
    if (o->local_n)
        memcpy(o->local, c->in.local, o->local_n * sizeof(o->local[0]));
    if (o->remote_n)
        memcpy(o->remote, c->in.remote, o->remote_n * sizeof(o->remote[0]));
}

void ike__offer_free(struct ike_session *s, struct ike_offer *o)
{
    ike__mem_free(s->env.alloc, o->esp, PROPOSALS_SIZE);
    ike__keyex_free(&o->nonces.keyex, s->env.alloc);
    ike__wipe(o, sizeof(*o));
}

/* ---- we ask ---- */

uint16_t ike__first_group(const struct ike_proposal *p, uint32_t n)
{
    for (uint8_t k = 0; n > 0 && k < p->n; k++)
        if (p->transform[k].type == IKE_T_KE)
            return p->transform[k].id;
    return IKE_KE_NONE;
}

int ike__offers_group(const struct ike_proposal *p, uint32_t n, uint16_t group)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint8_t k = 0; k < p[i].n; k++)
            if (p[i].transform[k].type == IKE_T_KE && p[i].transform[k].id == group)
                return 1;
    return 0;
}

int ike__offer_renew(struct ike_session *s, struct ike_offer *o, uint16_t group)
{
    int err = ike__session_new_spi(s, &o->spi_in);

    if (err == 0)
        err = ike__nonces_begin(s, &o->nonces, 1);
    if (err == 0 && group != IKE_KE_NONE)
        err = ike__keyex_begin(&o->nonces.keyex, s->env.alloc, s->env.crypto, group);
    return err;
}

void ike__offer_write_sa(struct ike_offer *o, struct ike_msg_out *out)
{
    for (uint32_t i = 0; i < o->esp_n; i++) {
        o->esp[i].spi_len = 4;
        ike__put_be32(o->esp[i].spi, o->spi_in);
    }
    ike__sa_write(out, o->esp, o->esp_n);
}

void ike__offer_write_ts(struct ike_offer *o, struct ike_msg_out *out)
{
    ike__ts_write(out, IKE_P_TSi, o->local, o->local_n);
    ike__ts_write(out, IKE_P_TSr, o->remote, o->remote_n);
}

void ike__offer_write(struct ike_offer *o, struct ike_msg_out *out)
{
    const struct ike_keyex *k = &o->nonces.keyex;

    ike__offer_write_sa(o, out);
    ike__nonce_write(out, ike__span(o->nonces.own, sizeof(o->nonces.own)));
    if (k->alg)
        ike__ke_write(out, k->alg->id, ike__keyex_public(k));
    ike__offer_write_ts(o, out);
}

static int read_selectors(const struct ike_msg *msg, uint8_t type, const ike_ts *offered, uint32_t offered_n,
                          ike_ts *ts, uint32_t *n)
{
    const struct ike_payload *p = ike__msg_find(msg, type, 0);
    int got = p ? ike__ts_read(p->body, ts, IKE_TS_MAX) : IKE_E_SYNTAX;

    if (got < 0)
        return got;
    *n = (uint32_t)got;
    /* RFC 7296 2.9: a subset of what we offered, never more. */
    return ike__ts_narrowed(ts, *n, offered, offered_n) ? 0 : IKE_E_TS;
}

static void agree(const struct ike_session *s, const struct ike_offer *o, const struct ike_proposal *chosen,
                  int is_ours, struct ike_child_agreed *a)
{
    a->terms.spi_in = o->spi_in;
    a->terms.spi_out = ike__be32(chosen->spi);
    a->terms.local = a->local;
    a->terms.remote = a->remote;
    a->terms.is_ours = is_ours != 0;
    a->terms.replay_window = s->settings.cfg.replay_window;
}

int ike__offer_read_terms(struct ike_session *s, struct ike_offer *o, const struct ike_msg *msg,
                          struct ike_child_agreed *a)
{
    const struct ike_payload *sa = ike__msg_find(msg, IKE_P_SA, 0);
    struct ike_proposal chosen;
    struct ike_notify n;
    int err;

    memset(a, 0, sizeof(*a));
    err = sa ? ike__suites_accept(o->esp, o->esp_n, sa->body, &a->terms.suite, &chosen) : IKE_E_SYNTAX;
    if (err < 0)
        return err;
    agree(s, o, &chosen, 1, a);
    /* RFC 4303 2.1: SPIs 0..255 are reserved. */
    if (chosen.spi_len != 4 || a->terms.spi_out < 256)
        return IKE_E_SYNTAX;
    /* RFC 7296 1.3.1, 2.22: neither was asked for. */
    if (ike__notify_find(msg, IKE_N_USE_TRANSPORT_MODE, 0, &n) ||
        ike__notify_find(msg, IKE_N_IPCOMP_SUPPORTED, 0, &n))
        return IKE_E_BAD_CHOICE;
    err = read_selectors(msg, IKE_P_TSi, o->local, o->local_n, a->local, &a->terms.local_n);
    if (err == 0)
        err = read_selectors(msg, IKE_P_TSr, o->remote, o->remote_n, a->remote, &a->terms.remote_n);
    if (err == IKE_E_TS)
        ike__session_warn(s, "the gateway answered with selectors beyond those that were offered",
                          "the child is deleted; tell the gateway's administrator");
    return err;
}

int ike__offer_read(struct ike_session *s, struct ike_offer *o, const struct ike_msg *msg,
                    struct ike_child_agreed *a)
{
    const struct ike_payload *kep = ike__msg_find(msg, IKE_P_KE, 0);
    struct ike_keyex *k = &o->nonces.keyex;
    struct ike_ke ke;
    int err = ike__offer_read_terms(s, o, msg, a);

    if (err == 0)
        err = ike__nonces_take(&o->nonces, o->sa, msg);
    if (err < 0)
        return err;
    /* RFC 7296 1.3: KEr exactly if a group was chosen, and of the group whose KEi we sent. */
    if (a->terms.suite.ke == IKE_KE_NONE) {
        ike__keyex_free(k, s->env.alloc);
        return kep ? IKE_E_BAD_CHOICE : 0;
    }
    if (!kep || ike__ke_read(kep->body, &ke) < 0 || !k->alg || ke.group != a->terms.suite.ke ||
        ke.group != k->alg->id)
        return IKE_E_BAD_CHOICE;
    return ike__keyex_finish(k, s->env.alloc, ke.data);
}

int ike__offer_other_group(const struct ike_proposal *p, uint32_t n, const struct ike_keyex *k, ike_span data,
                           uint16_t *group)
{
    if (data.n != 2)
        return 0;
    *group = ike__be16(data.p);
    return *group <= 63 && ike__offers_group(p, n, *group) && !(k->tried >> *group & 1);
}

/* ---- they ask ---- */

int ike__keyex_serve(struct ike_session *s, struct ike_keyex *k, uint16_t group, const struct ike_msg *msg,
                     struct ike_msg_out *out)
{
    const struct ike_payload *kep = ike__msg_find(msg, IKE_P_KE, 0);
    struct ike_ke ke;
    uint8_t want[2];
    int err;

    if (group == IKE_KE_NONE)
        return 0;
    if (!kep || ike__ke_read(kep->body, &ke) < 0 || ke.group != group) {
        /* RFC 7296 1.3: "… MUST reject … with … INVALID_KE_PAYLOAD … indicate its preferred" group */
        ike__put_be16(want, group);
        ike__notify_write(out, IKE_N_INVALID_KE_PAYLOAD, ike__span(want, sizeof(want)));
        return 1;
    }
    err = ike__keyex_begin(k, s->env.alloc, s->env.crypto, group);
    if (err == 0)
        err = ike__keyex_finish(k, s->env.alloc, ke.data);
    if (err == IKE_E_NOMEM || err == IKE_E_CRYPTO || err == 0)
        return err;
    ike__notify_write(out, IKE_N_INVALID_SYNTAX, ike__span(NULL, 0)); /* RFC 6989 2.5: outside the group */
    return 1;
}

/* TSi is theirs, TSr ours; what both allow is what they get (RFC 7296 2.9). */
static int choose_selectors(const struct ike_offer *o, const struct ike_msg *msg, struct ike_child_agreed *a)
{
    const struct ike_payload *ti = ike__msg_find(msg, IKE_P_TSi, 0), *tr = ike__msg_find(msg, IKE_P_TSr, 0);
    ike_ts asked[IKE_TS_MAX];
    int n = ti ? ike__ts_read(ti->body, asked, IKE_TS_MAX) : -1;

    if (n <= 0)
        return 0;
    a->terms.remote_n = ike__ts_intersect(asked, (uint32_t)n, o->remote, o->remote_n, a->remote, IKE_TS_MAX);
    n = tr ? ike__ts_read(tr->body, asked, IKE_TS_MAX) : -1;
    if (n <= 0)
        return 0;
    a->terms.local_n = ike__ts_intersect(asked, (uint32_t)n, o->local, o->local_n, a->local, IKE_TS_MAX);
    return a->terms.remote_n > 0 && a->terms.local_n > 0;
}

static void write_chosen(const struct ike_offer *o, struct ike_proposal *chosen,
                         const struct ike_child_agreed *a, struct ike_msg_out *out)
{
    const struct ike_keyex *k = &o->nonces.keyex;

    ike__put_be32(chosen->spi, o->spi_in);
    ike__sa_write(out, chosen, 1);
    ike__nonce_write(out, ike__span(o->nonces.own, sizeof(o->nonces.own)));
    if (k->alg)
        ike__ke_write(out, k->alg->id, ike__keyex_public(k));
    ike__ts_write(out, IKE_P_TSi, a->remote, a->terms.remote_n);
    ike__ts_write(out, IKE_P_TSr, a->local, a->terms.local_n);
}

static int refuse(struct ike_msg_out *out, uint16_t notify)
{
    ike__notify_write(out, notify, ike__span(NULL, 0));
    return 0;
}

int ike__offer_serve(struct ike_session *s, struct ike_offer *o, const struct ike_msg *msg,
                     struct ike_msg_out *out, struct ike_child_agreed *a)
{
    const struct ike_payload *sa = ike__msg_find(msg, IKE_P_SA, 0);
    struct ike_proposal chosen;
    int err;

    memset(a, 0, sizeof(*a));
    err = sa ? ike__suites_choose(o->esp, o->esp_n, sa->body, &a->terms.suite, &chosen) : IKE_E_SYNTAX;
    if (err < 0)
        return refuse(out, err == IKE_E_NO_PROPOSAL ? IKE_N_NO_PROPOSAL_CHOSEN : IKE_N_INVALID_SYNTAX);
    agree(s, o, &chosen, 0, a);
    if (chosen.spi_len != 4 || a->terms.spi_out < 256)
        return refuse(out, IKE_N_INVALID_SYNTAX);
    if (!choose_selectors(o, msg, a))
        return refuse(out, IKE_N_TS_UNACCEPTABLE);
    err = ike__keyex_serve(s, &o->nonces.keyex, a->terms.suite.ke, msg, out);
    if (err != 0)
        return err < 0 ? err : 0;
    err = ike__nonces_begin(s, &o->nonces, 0);
    if (err == 0 && ike__nonces_take(&o->nonces, o->sa, msg) < 0)
        return refuse(out, IKE_N_INVALID_SYNTAX);
    if (err == 0)
        err = ike__session_new_spi(s, &o->spi_in);
    if (err < 0)
        return err;
    a->terms.spi_in = o->spi_in;
    write_chosen(o, &chosen, a, out);
    return 1;
}

/* ---- both ---- */

int ike__offer_install(struct ike_session *s, struct ike_offer *o, const struct ike_child_agreed *a,
                       uint32_t id, struct ike_child_sa **out)
{
    const struct ike_suite *u = &a->terms.suite;
    struct ike_child_keymat keymat;
    struct ike_keymat_in in;
    struct ike_child_sa *c = NULL;
    int err;

    memset(&in, 0, sizeof(in));
    memset(&keymat, 0, sizeof(keymat));
    in.prf = o->sa->prf;
    in.cipher = ike__find_cipher(s->env.crypto, u->encr, u->encr_bits, u->integ);
    in.ni = ike__nonces_i(&o->nonces);
    in.nr = ike__nonces_r(&o->nonces);
    in.secret = ike__keyex_secret(&o->nonces.keyex);
    if (!in.cipher)
        return IKE_E_UNSUPPORTED;
    err = ike__keymat_child(s->env.alloc, &in, ike__span(o->sa->sk_d, o->sa->prf->out_len), &keymat);
    if (err == 0)
        err = ike__child_new(&c, &s->env, &a->terms, &keymat, id);
    ike__wipe(&keymat, sizeof(keymat));
    if (err < 0)
        return err;
    c->sa = o->sa;
    c->which = o->which;
    c->next = s->children;
    s->children = c;
    ike__child_begin_life(c, &s->settings.cfg, s->now, ike__session_jitter(s));
    ike__keylog_child(s, c);
    *out = c;
    return 0;
}
