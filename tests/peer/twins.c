/* tests/peer/twins.c - two real sessions, one of them a gateway. SPDX-License-Identifier: Apache-2.0 */
#include "peer/twins.h"
#include "exchange/exchange.h"
#include "peer/adopt.h"
#include "state/narrow.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* What a test cannot go on without. */
static void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "twins: %s\n", what);
    abort();
}

void twins_init(struct twins *t)
{
    memset(t, 0, offsetof(struct twins, l));
    for (int end = 0; end < 2; end++)
        memset(&t->end[end], 0, offsetof(struct twin, out));
    ladder_init(&t->l);
    t->gateway_cfg = (ike_config)IKE_CONFIG_INIT;
    t->gateway_cfg.rekey_ike_s = t->gateway_cfg.rekey_child_s = IKE_OFF;
    t->gateway_cfg.local_id = "gw.test";
    t->gateway_cfg.remote_id = "client.test";
    t->gateway_cfg.dpd_s = IKE_OFF;
    t->gateway_cfg.natt_keepalive_s = IKE_OFF;
}

/* As far as the first child; what the client asks for then goes to the other session. */
static void first_child(struct twins *t)
{
    struct ladder *l = &t->l;

    while (l->child_ups == 0 && l->out_n > 0) {
        unsigned n = l->out_n;

        for (unsigned i = 0; i < n; i++)
            (void)ladder_deliver_out(l, i);
        memmove(l->to_gateway, l->to_gateway + n, (l->out_n -= n) * sizeof(l->to_gateway[0]));
        for (unsigned i = 0; i < l->in_n; i++)
            (void)ladder_deliver_in(l, i);
        l->in_n = 0;
    }
    must(l->child_ups == 1, "a first child");
    for (unsigned i = 0; i < l->out_n; i++)
        t->end[CLIENT].out[t->end[CLIENT].out_n++] = l->to_gateway[i];
    l->out_n = 0;
}

void twins_up(struct twins *t)
{
    ike_env env = IKE_ENV_INIT;

    must(ladder_connect(&t->l) == 0, "connect");
    first_child(t);
    t->now = t->l.now;
    t->end[CLIENT].s = t->l.s;
    t->l.s = NULL;
    t->gateway_local = ike__ts_all(4);
    t->gateway_remote = ike__ts_host(&t->l.pcfg.pool4);
    t->gateway_cfg.ts_local = &t->gateway_local;
    t->gateway_cfg.ts_remote = &t->gateway_remote;
    t->gateway_cfg.ts_local_n = t->gateway_cfg.ts_remote_n = 1;
    env.crypto = &t->l.fake_gateway.table;
    must(ike_session_new(&t->end[GATEWAY].s, &t->gateway_cfg, &env, NULL) == 0, "a gateway");
    must(peer_adopt(t->l.peer, t->end[GATEWAY].s, t->now) == 0, "what the peer had");
}

static void on_event(struct twin *e, const ike_event *ev)
{
    switch (ev->type) {
    case IKE_EV_CHILD_UP:
        e->child_ups++;
        break;
    case IKE_EV_CHILD_DOWN:
        e->child_downs++;
        e->child_err = ev->err;
        break;
    case IKE_EV_REKEYED:
        e->rekeyed_by = ev->u.rekeyed.by;
        if (ev->u.rekeyed.child_id)
            e->rekeyed_child++;
        else
            e->rekeyed_ike++;
        break;
    case IKE_EV_TICKET:
        e->tickets_gone += ev->u.ticket.data.n == 0;
        break;
    case IKE_EV_WARNING:
        e->warnings++;
        break;
    case IKE_EV_CLOSED:
        e->closes++;
        e->close_err = ev->err;
        break;
    default:
        break;
    }
}

void twins_drain(struct twins *t, int end)
{
    struct twin *e = &t->end[end];
    ike_event ev = IKE_EVENT_INIT;
    uint8_t out[65536];
    ike_path to;
    int n;

    while ((n = ike_poll_send(e->s, out, sizeof(out), &to, t->now)) > 0) {
        struct datagram *d = &e->out[e->out_n];
        if (e->out_n >= TWIN_QUEUE || (size_t)n > sizeof(d->p))
            continue; /* a wire that is full loses it */
        memcpy(d->p, out, (size_t)n);
        d->n = (size_t)n;
        d->path = to;
        e->out_n++;
    }
    while (ike_poll_event(e->s, &ev) == 1)
        on_event(e, &ev);
}

void twins_lose(struct twins *t, int from, unsigned i)
{
    struct twin *e = &t->end[from];

    must(i < e->out_n, "a datagram of this number");
    e->out_n--;
    memmove(&e->out[i], &e->out[i + 1], (e->out_n - i) * sizeof(e->out[0]));
}

int twins_deliver(struct twins *t, int from, unsigned i)
{
    struct datagram d = t->end[from].out[i];
    ike_path seen = {.local = d.path.remote, .remote = d.path.local};
    ike_span inner;
    int err;

    twins_lose(t, from, i);
    err = ike_recv(t->end[!from].s, &seen, d.p, d.n, &inner, t->now);
    twins_drain(t, !from);
    return err;
}

void twins_run(struct twins *t)
{
    for (int i = 0; i < 300 && t->end[0].out_n + t->end[1].out_n > 0; i++)
        (void)twins_deliver(t, t->end[CLIENT].out_n > 0 ? CLIENT : GATEWAY, 0);
}

void twins_tick(struct twins *t)
{
    ike_time due = IKE_NEVER;

    for (int i = 0; i < 2; i++)
        if (ike_deadline(t->end[i].s) < due)
            due = ike_deadline(t->end[i].s);
    if (due == IKE_NEVER)
        return;
    if (due > t->now)
        t->now = due;
    for (int i = 0; i < 2; i++) {
        if (ike_deadline(t->end[i].s) <= t->now)
            (void)ike_tick(t->end[i].s, t->now);
        twins_drain(t, i);
    }
}

void twins_rekey(struct twins *t, int end, uint32_t child_id)
{
    must(ike_rekey(t->end[end].s, child_id, t->now) == 0, "rekey");
    twins_drain(t, end);
}

void twins_create_child(struct twins *t, int end)
{
    struct ike_intent more = {.kind = IKE_INTENT_CREATE_CHILD};

    must(ike__session_want(t->end[end].s, &more) == 0, "room for a task");
    must(ike_check_alive(t->end[end].s, t->now) == 0, "an IKE SA"); /* sees to what is wanted */
    twins_drain(t, end);
}

static int one_way(struct twins *t, int from)
{
    uint8_t ip[100], out[400];
    ike_path to, seen;
    ike_span inner;
    int n;

    (from == CLIENT ? ladder_packet : ladder_packet_back)(&t->l, ip, sizeof(ip));
    n = ike_seal(t->end[from].s, ip, sizeof(ip), out, sizeof(out), &to, t->now);
    if (n < 0)
        return 0;
    seen.local = to.remote;
    seen.remote = to.local;
    n = ike_recv(t->end[!from].s, &seen, out, (size_t)n, &inner, t->now);
    twins_drain(t, !from);
    return n == 0 && inner.n == sizeof(ip) && memcmp(inner.p, ip, sizeof(ip)) == 0;
}

int twins_ping(struct twins *t)
{
    int there = one_way(t, CLIENT);

    return one_way(t, GATEWAY) && there;
}

void twins_next_nonce(struct twins *t, int end, uint8_t first)
{
    struct crypto_fake *f = end == CLIENT ? &t->l.fake_client : &t->l.fake_gateway;

    f->nonce_first = first;
    f->has_nonce_first = 1;
}

unsigned twins_children(const struct twins *t, int end)
{
    unsigned n = 0;

    for (const struct ike_child_sa *c = t->end[end].s->children; c; c = c->next)
        n += c->linger_until == 0;
    return n;
}

unsigned twins_sas(const struct twins *t, int end)
{
    unsigned n = 0;

    for (const struct ike_ike_sa *sa = t->end[end].s->sas; sa; sa = sa->next)
        n += sa->linger_until == 0;
    return n;
}

static unsigned sending(const struct twins *t, int end)
{
    unsigned n = 0;

    for (const struct ike_child_sa *c = t->end[end].s->children; c; c = c->next)
        n += c->may_send;
    return n;
}

static int has_other_half(const struct twins *t, const struct ike_child_sa *c)
{
    const struct ike_child_sa *d = ike__session_child(t->end[GATEWAY].s, c->spi_out);

    return d && d->may_send && d->spi_out == c->spi_in &&
           ike__span_equal(ike__child_encr_key(d, 1), ike__child_encr_key(c, 1));
}

int twins_agree(const struct twins *t)
{
    const struct ike_ike_sa *a = t->end[CLIENT].s->sa, *b = t->end[GATEWAY].s->sa;

    for (const struct ike_child_sa *c = t->end[CLIENT].s->children; c; c = c->next)
        if (c->may_send && !has_other_half(t, c))
            return 0;
    return a->spi_i == b->spi_i && a->spi_r == b->spi_r && a->is_initiator != b->is_initiator &&
           sending(t, CLIENT) > 0 && sending(t, CLIENT) == sending(t, GATEWAY);
}

void twins_free(struct twins *t)
{
    ike_session_free(t->end[CLIENT].s);
    ike_session_free(t->end[GATEWAY].s);
    peer_free(t->l.peer);
}
