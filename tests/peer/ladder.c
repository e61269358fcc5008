/* tests/peer/ladder.c - two ends and the wire between them. SPDX-License-Identifier: Apache-2.0 */
#include "peer/ladder.h"
#include "base/text.h"
#include <stddef.h>
#include <stdio.h>

void ladder_init(struct ladder *l)
{
    memset(l, 0, offsetof(struct ladder, to_gateway));
    crypto_fake_init(&l->fake_client, 1);
    crypto_fake_init(&l->fake_gateway, 2);
    l->cfg = (ike_config)IKE_CONFIG_INIT;
    l->env = (ike_env)IKE_ENV_INIT;
    l->cfg.local_id = "client.test";
    l->cfg.remote_id = "gw.test";
    l->cfg.want = IKE_WANT_IP4;
    l->cfg.encap = IKE_ENCAP_UDP;
    l->cfg.rekey_ike_s = l->cfg.rekey_child_s = IKE_OFF; /* until a test wants them */
    l->env.crypto = &l->fake_client.table;
    l->pcfg.crypto = &l->fake_gateway.table;
    l->pcfg.id = "gw.test";
    l->psk = "a secret of the tests";
    l->pcfg.psk = ike__span_text(l->psk);
    (void)ike__addr_parse(&l->pcfg.pool4, "10.9.0.2");
    (void)ike__addr_parse(&l->path.remote, "192.0.2.1");
    (void)ike__addr_parse(&l->path.local, "198.51.100.7");
    l->path.local.port = 40000;
    l->now = 1000000;
}

static void on_eap(struct ladder *l, const ike_ask *ask)
{
    uint8_t out[IKE_EAP_MAX + 256];
    size_t n = 0;
    int verdict = l->eap ? l->eap(l->eap_user, ask, out, sizeof(out), &n) : IKE_E_DENIED;

    l->eap_asks++;
    l->ask_id = ask->id;
    if (!l->keep_eap)
        (void)ike_answer(l->s, ask->id, verdict, ike__span(out, n), l->now);
}

static void on_ppk(struct ladder *l, const ike_ask *ask)
{
    l->ppk_asks++;
    (void)ike_answer(l->s, ask->id, l->ppk ? 0 : IKE_E_DENIED, ike__span_text(l->ppk ? l->ppk : ""), l->now);
}

static void on_ask(struct ladder *l, const ike_ask *ask)
{
    l->asks++;
    if (l->saw_ask)
        l->saw_ask(l, ask);
    l->asked_certs = ask->kind == IKE_ASK_VERIFY ? ask->certs_n : l->asked_certs;
    if (ask->kind == IKE_ASK_PSK)
        (void)ike_answer(l->s, ask->id, l->deny_psk ? IKE_E_DENIED : 0, ike__span_text(l->psk), l->now);
    else if (ask->kind == IKE_ASK_SIGN)
        (void)ike_answer(l->s, ask->id, IKE_SIG_PSS_SHA256, ike__span_text("a signature"), l->now);
    else if (ask->kind == IKE_ASK_EAP)
        on_eap(l, ask);
    else if (ask->kind == IKE_ASK_PPK)
        on_ppk(l, ask);
    else
        (void)ike_answer(l->s, ask->id, l->verify_verdict, ike__span(NULL, 0), l->now);
}

static void on_event(struct ladder *l, const ike_event *ev)
{
    switch (ev->type) {
    case IKE_EV_UP:
        l->ups++;
        l->up = ev->u.up;
        snprintf(l->suite, sizeof(l->suite), "%s", ev->u.up.suite);
        snprintf(l->peer_id, sizeof(l->peer_id), "%s", ev->u.up.peer_id);
        break;
    case IKE_EV_CONFIG:
        l->configs++;
        l->assigned = ev->u.config;
        break;
    case IKE_EV_CHILD_UP:
        l->child_ups++;
        l->child = ev->u.child;
        snprintf(l->child_name, sizeof(l->child_name), "%s", ev->u.child.name);
        break;
    case IKE_EV_CHILD_DOWN:
        l->child_downs++;
        l->child_err = ev->err;
        l->child_notify = ev->notify;
        l->down_id = ev->u.child.id;
        break;
    case IKE_EV_ASK:
        on_ask(l, &ev->u.ask);
        break;
    case IKE_EV_PATH:
        l->paths++;
        l->path_change = ev->u.path;
        break;
    case IKE_EV_REDIRECT:
        l->redirects++;
        snprintf(l->redirect_to, sizeof(l->redirect_to), "%s", ev->u.redirect.gateway);
        break;
    case IKE_EV_TICKET:
        *(ev->u.ticket.data.n ? &l->tickets : &l->tickets_gone) += 1;
        l->ticket_n = ev->u.ticket.data.n;
        l->ticket_s = ev->u.ticket.lifetime_s;
        if (l->ticket_n > 0 && l->ticket_n <= sizeof(l->ticket))
            memcpy(l->ticket, ev->u.ticket.data.p, l->ticket_n);
        break;
    case IKE_EV_REKEYED:
        l->rekeyed++;
        break;
    case IKE_EV_WARNING:
        l->warnings++;
        snprintf(l->warning, sizeof(l->warning), "%s", ev->u.warning.text);
        break;
    case IKE_EV_CLOSED:
        l->closes++;
        l->close_err = ev->err;
        l->close_notify = ev->notify;
        snprintf(l->reason, sizeof(l->reason), "%s", ev->u.closed.reason);
        break;
    default:
        break;
    }
}

void ladder_drain(struct ladder *l)
{
    ike_event ev = IKE_EVENT_INIT;
    int busy = 1;

    while (busy) {
        uint8_t out[65536];
        ike_path to;
        int n;

        busy = 0;
        while ((n = ike_poll_send(l->s, out, sizeof(out), &to, l->now)) > 0) {
            if (l->out_n < LADDER_MAX && (size_t)n <= sizeof(l->to_gateway[0].p)) {
                struct datagram *d = &l->to_gateway[l->out_n++];
                memcpy(d->p, out, (size_t)n);
                d->n = (size_t)n;
                d->path = to;
            }
            l->total_out++;
            busy = 1;
        }
        if (ike_poll_event(l->s, &ev) == 1) {
            on_event(l, &ev);
            busy = 1;
        }
    }
}

void ladder_take(struct ladder *l)
{
    ike_path to;
    int n;

    while (l->in_n < LADDER_MAX &&
           (n = peer_poll_send(l->peer, l->to_client[l->in_n].p, sizeof(l->to_client[0].p), &to)) > 0) {
        struct datagram *d = &l->to_client[l->in_n++];
        d->n = (size_t)n;
        d->path.local = l->nat.family ? l->to_gateway[0].path.local : to.remote;
        d->path.remote = to.local;
    }
}

static int begin(struct ladder *l)
{
    int err = ike_session_new(&l->s, &l->cfg, &l->env, NULL);

    if (err == 0)
        err = ike_connect(l->s, &l->path, l->now);
    if (err == 0)
        ladder_drain(l);
    return err;
}

int ladder_connect(struct ladder *l)
{
    int err = peer_new(&l->peer, &l->pcfg);

    return err == 0 ? begin(l) : err;
}

int ladder_again(struct ladder *l)
{
    ladder_drop(l);
    ike_session_free(l->s);
    l->s = NULL;
    l->cfg.ticket = ike__span(l->ticket, l->ticket_n);
    l->ups = l->child_ups = l->asks = l->tickets = l->tickets_gone = l->closes = 0;
    return begin(l);
}

int ladder_deliver_out(struct ladder *l, unsigned i)
{
    struct datagram d = l->to_gateway[i];
    ike_path seen = {.local = d.path.remote, .remote = d.path.local};
    ike_span inner;
    int err;

    if (l->nat.family)
        seen.remote = l->nat;
    err = peer_recv(l->peer, &seen, d.p, d.n, &inner);

    if (inner.n > 0 && inner.n <= sizeof(l->inner)) {
        memcpy(l->inner, inner.p, inner.n);
        l->inner_n = inner.n;
    }
    ladder_take(l);
    return err;
}

int ladder_deliver_in(struct ladder *l, unsigned i)
{
    struct datagram d = l->to_client[i];
    ike_span inner;
    int err = ike_recv(l->s, &d.path, d.p, d.n, &inner, l->now);

    if (inner.n > 0 && inner.n <= sizeof(l->inner)) {
        memcpy(l->inner, inner.p, inner.n);
        l->inner_n = inner.n;
    }
    ladder_drain(l);
    return err;
}

void ladder_run(struct ladder *l)
{
    for (int rounds = 0; rounds < 200 && (l->out_n > 0 || l->in_n > 0); rounds++) {
        unsigned n = l->out_n;

        for (unsigned i = 0; i < n; i++)
            (void)ladder_deliver_out(l, i);
        memmove(l->to_gateway, l->to_gateway + n, (l->out_n - n) * sizeof(l->to_gateway[0]));
        l->out_n -= n;
        n = l->in_n;
        for (unsigned i = 0; i < n; i++)
            (void)ladder_deliver_in(l, i);
        memmove(l->to_client, l->to_client + n, (l->in_n - n) * sizeof(l->to_client[0]));
        l->in_n -= n;
        ladder_take(l);
    }
}

void ladder_drop(struct ladder *l)
{
    l->out_n = l->in_n = 0;
}

void ladder_tick(struct ladder *l)
{
    ike_time due = ike_deadline(l->s);

    if (due == IKE_NEVER)
        return;
    if (due > l->now)
        l->now = due;
    (void)ike_tick(l->s, l->now);
    ladder_drain(l);
}

void ladder_silence(struct ladder *l)
{
    for (int i = 0; i < 60 && l->closes == 0; i++) {
        ladder_drop(l);
        ladder_tick(l);
    }
}

void ladder_free(struct ladder *l)
{
    ike_session_free(l->s);
    peer_free(l->peer);
    l->s = NULL;
    l->peer = NULL;
}

size_t ladder_packet(const struct ladder *l, uint8_t *ip, size_t n)
{
    memset(ip, 0, n);
    ip[0] = 0x45;
    ike__put_be16(ip + 2, (uint16_t)n);
    ip[8] = 64;
    ip[9] = 1;
    memcpy(ip + 12, l->pcfg.pool4.ip, 4);
    ip[16] = 10;
    ip[17] = 1;
    ip[18] = 1;
    ip[19] = 1;
    ip[20] = 8;
    return n;
}

size_t ladder_packet_back(const struct ladder *l, uint8_t *ip, size_t n)
{
    (void)ladder_packet(l, ip, n);
    memcpy(ip + 12, ip + 16, 4);
    memcpy(ip + 16, l->pcfg.pool4.ip, 4);
    return n;
}

int ladder_ping(struct ladder *l)
{
    struct datagram *d = &l->to_gateway[l->out_n];
    uint8_t ip[100];
    int n;

    if (l->out_n == LADDER_MAX)
        return 0;
    n = ike_seal(l->s, ip, ladder_packet(l, ip, sizeof(ip)), d->p, sizeof(d->p), &d->path, l->now);
    if (n <= 0)
        return 0;
    d->n = (size_t)n;
    l->inner_n = 0;
    (void)ladder_deliver_out(l, l->out_n);
    return l->inner_n == sizeof(ip);
}
