/* engine/info.c - what the host sees: events, statistics, exported keys. SPDX-License-Identifier: Apache-2.0
 *
 * Output structs grow like input structs: we fill what the caller knows of (ev->size), and it keeps its size.
 *
 * Not here: when an event happens (exchange/). */
#include "engine/engine.h"
#include "crypto/authoctets.h"
#include "state/narrow.h"
#include "wire/names.h"
#include <stddef.h>

const char *ike_version(void)
{
    return IKE_VERSION;
}

static const char *print_suite(struct ike_session *s, const struct ike_suite *suite)
{
    struct ike_text t;

    ike__session_text(s, &t);
    ike__suite_print(&t, suite);
    return t.p;
}

static const char *auth_name(int sig, uint8_t eap)
{
    return sig ? ike__sig_name(sig) : eap ? ike__name_eap(eap) : "psk";
}

static const char *known(const char *name)
{
    return name ? name : "";
}

static void fill_up(struct ike_session *s, ike_up *up)
{
    up->spi_i = s->sa->spi_i;
    up->spi_r = s->sa->spi_r;
    up->suite = print_suite(s, &s->sa->suite);
    up->peer_id = known(s->peer_id);
    up->auth_local = auth_name(s->auth_local_sig, s->auth_local_eap);
    up->auth_remote = auth_name(s->auth_remote_sig, s->auth_remote_eap);
    up->handshake_us = s->handshake_us;
    up->round_trips = s->round_trips;
    up->nat = (uint8_t)((s->sa->paths.nat_local ? IKE_NAT_LOCAL : 0) |
                        (s->sa->paths.nat_remote ? IKE_NAT_REMOTE : 0));
    up->fragmentation = s->sa->peer_fragments;
    up->peer_has_mobike = s->sa->peer_has_mobike;
    up->resumed = s->is_resumed;
    up->ppk = s->has_ppk;
}

/* Does a child take everything of a family? */
static int is_full_tunnel(const struct ike_session *s)
{
    ike_ts all[2];

    all[0] = ike__ts_all(4);
    all[1] = ike__ts_all(6);
    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        for (uint32_t i = 0; i < c->in.remote_n; i++)
            if (ike__ts_inside(&all[0], &c->in.remote[i]) || ike__ts_inside(&all[1], &c->in.remote[i]))
                return 1;
    return 0;
}

static void fill_config(const struct ike_session *s, ike_assigned *c)
{
    *c = *s->assigned;
    /* RFC 8598 8: "if … not a split-tunnel configuration, the INTERNAL_DNS_DOMAIN … MUST be ignored" */
    if (is_full_tunnel(s))
        c->domains_n = c->anchors_n = 0;
}

static void fill_child(struct ike_session *s, const struct ike_record *r, ike_child *c)
{
    const struct ike_child_sa *own = ike__session_child_by_id(s, r->id);
    const struct ike_wanted *w = ike__settings_child(&s->settings, r->which);

    c->name = w ? w->cfg.name : "";
    c->id = r->id;
    c->spi_in = r->spi_in;
    c->spi_out = r->spi_out;
    c->suite = "";
    if (r->type != IKE_EV_CHILD_UP || !own)
        return;
    c->suite = print_suite(s, &own->suite);
    c->spi_in = own->spi_in;
    c->spi_out = own->spi_out;
    c->esn = own->suite.esn;
    c->local = own->in.local;
    c->local_n = own->in.local_n;
    c->remote = own->in.remote;
    c->remote_n = own->in.remote_n;
    c->crypto = own->in.backend;
}

static void fill_rekeyed(struct ike_session *s, const struct ike_record *r, ike_rekeyed *k)
{
    const struct ike_child_sa *c = r->id ? ike__session_child_by_id(s, r->id) : NULL;

    k->child_id = r->id;
    k->by = r->by_peer ? IKE_BY_PEER : IKE_BY_US;
    k->suite = print_suite(s, c ? &c->suite : &s->sa->suite);
    k->spi_in = c ? c->spi_in : s->sa->spi_i;
    k->spi_out = c ? c->spi_out : s->sa->spi_r;
}

static void fill_path(const struct ike_session *s, ike_path_change *p)
{
    const struct ike_paths *now = &s->sa->paths;

    p->path = now->now;
    p->took_us = s->move_us;
    p->reason = s->path_reason;
    p->nat = (uint8_t)((now->nat_local ? IKE_NAT_LOCAL : 0) | (now->nat_remote ? IKE_NAT_REMOTE : 0));
}

static void fill_redirect(const struct ike_session *s, ike_redirected *r)
{
    r->gateway = s->redirect->told.gateway;
    r->addr = s->redirect->told.addr;
    r->follows = r->addr.family == s->sa->paths.now.local.family;
}

static void fill_ticket(const struct ike_session *s, const struct ike_record *r, ike_ticket_event *t)
{
    if (!r->id) /* there is none any more */
        return;
    t->data = ike__span(s->ticket.block, s->ticket.block_n);
    t->lifetime_s = s->ticket.lifetime_s;
}

static void fill(struct ike_session *s, const struct ike_record *r, ike_event *ev)
{
    switch (r->type) {
    case IKE_EV_UP:
        fill_up(s, &ev->u.up);
        break;
    case IKE_EV_CONFIG:
        fill_config(s, &ev->u.config);
        break;
    case IKE_EV_CHILD_UP:
    case IKE_EV_CHILD_DOWN:
        fill_child(s, r, &ev->u.child);
        break;
    case IKE_EV_REKEYED:
        fill_rekeyed(s, r, &ev->u.rekeyed);
        break;
    case IKE_EV_PATH:
        fill_path(s, &ev->u.path);
        break;
    case IKE_EV_REDIRECT:
        fill_redirect(s, &ev->u.redirect);
        break;
    case IKE_EV_TICKET:
        fill_ticket(s, r, &ev->u.ticket);
        break;
    case IKE_EV_MTU:
        ev->u.mtu.path = s->mtu.search.now;
        ev->u.mtu.inner = s->mtu.inner;
        break;
    case IKE_EV_ASK:
        ev->u.ask = *s->ask;
        ev->u.ask.local_id = known(s->local_id);
        ev->u.ask.peer_id = known(s->peer_id);
        break;
    case IKE_EV_WARNING:
        ev->u.warning.text = r->text;
        ev->u.warning.advice = r->advice;
        break;
    case IKE_EV_CLOSED:
        ev->u.closed.reason = ike__session_reason(s);
        ev->u.closed.advice = ike_advice(s->close_err);
        ev->u.closed.phase = s->close_phase;
        ev->u.closed.by = s->close_by_peer ? IKE_BY_PEER : IKE_BY_US;
        break;
    default:
        break;
    }
}

/* Events about things that are gone by the time they are polled say nothing. */
static int is_stale(const struct ike_session *s, const struct ike_record *r)
{
    if (r->type == IKE_EV_ASK)
        return !s->ask;
    if (r->type == IKE_EV_CHILD_UP || (r->type == IKE_EV_REKEYED && r->id))
        return !ike__session_child_by_id(s, r->id);
    if (r->type == IKE_EV_TICKET)
        return r->id && !s->ticket.block;
    return r->type == IKE_EV_CONFIG && !s->assigned;
}

int ike_poll_event(ike_session *s, ike_event *ev)
{
    struct ike_record r;
    ike_event full;
    size_t n;

    if (!s || !ev || ev->size < offsetof(ike_event, u))
        return IKE_E_USAGE;
    ike__mtu_look(s);
    do {
        if (!ike__events_pop(&s->events, &r)) {
            ike__session_forget_text(s);
            return 0;
        }
    } while (is_stale(s, &r));
    memset(&full, 0, sizeof(full));
    n = ev->size < sizeof(full) ? ev->size : sizeof(full);
    full.size = ev->size;
    full.type = r.type;
    full.err = r.err;
    full.notify = r.notify;
    fill(s, &r, &full);
    memcpy(ev, &full, n);
    return 1;
}

int ike_session_stats(const ike_session *s, ike_stats *st)
{
    ike_stats full;
    size_t n;

    if (!s || !st || st->size < sizeof(st->size))
        return IKE_E_USAGE;
    full = s->stats;
    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        ike__session_count_child(c, &full);
    full.path_mtu = s->mtu.inner ? s->mtu.search.now : 0;
    full.inner_mtu = s->mtu.inner;
    n = st->size < sizeof(full) ? st->size : sizeof(full);
    full.size = st->size;
    memcpy(st, &full, n);
    return 0;
}

int ike_child_export(ike_session *s, uint32_t child_id, ike_child_keys *keys)
{
    struct ike_child_sa *c;
    ike_child_keys full;
    size_t n;

    if (!s || !keys || keys->size < sizeof(keys->size))
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    c = ike__session_child_by_id(s, child_id);
    if (!c || c->is_handed_out)
        return IKE_E_USAGE;
    memset(&full, 0, sizeof(full));
    n = keys->size < sizeof(full) ? keys->size : sizeof(full);
    full.size = keys->size;
    full.encr = c->suite.encr;
    full.encr_bits = c->suite.encr_bits;
    full.integ = c->suite.integ;
    full.esn = c->suite.esn;
    full.spi_in = c->spi_in;
    full.spi_out = c->spi_out;
    full.out_key = ike__child_encr_key(c, c->is_ours);
    full.in_key = ike__child_encr_key(c, !c->is_ours);
    full.out_integ = ike__child_integ_key(c, c->is_ours);
    full.out_seq = c->out.protect.iv > c->out.next_seq ? c->out.protect.iv : c->out.next_seq;
    full.in_seq = c->in.replay.top;
    full.in_integ = ike__child_integ_key(c, !c->is_ours);
    memcpy(keys, &full, n);
    c->is_exported = c->is_handed_out = 1;
    return 0;
}
