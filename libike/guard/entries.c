/* guard/entries.c - verdicts on packets, in order. SPDX-License-Identifier: Apache-2.0
 *
 * First what is never anybody's leak (loopback, the tunnel itself), then our own sockets, then what the profile lets past,
 * last what is guarded. A chain ends with what is dropped; what nobody names is the system's.
 *
 * Order that matters: applications whose packets are given a mark speak from the inner address until they leave, so they
 * stand before the check of that address; answers stand before it too, because they belong to marked flows only; DNS stands
 * before LAN and excluded networks, where the network's own resolver is.
 *
 * Not here: who may send a packet to a gateway: whoever has our mark, nobody for its destination's sake. */
#include "guard/room.h"
#include <string.h>

#define UDP   17u
#define TCP   6u
#define ESP   50u
#define ICMP6 58u

typedef ike_guard_entry entry;

static void add(struct ike_making *m, entry e, uint32_t verdict, uint32_t why)
{
    e.verdict = verdict;
    e.why = why;
    e.begins =
        verdict == IKE_GUARD_ACCEPT && e.chain == IKE_GUARD_OUT && e.device == IKE_GUARD_DEVICE_OUTSIDE;
    ike__guard_add_entry(m, &e);
}

static entry out_to(uint32_t set)
{
    return (entry){.chain = IKE_GUARD_OUT, .device = IKE_GUARD_DEVICE_OUTSIDE, .to = set};
}

static entry in_from(uint32_t set)
{
    return (entry){.chain = IKE_GUARD_IN, .device = IKE_GUARD_DEVICE_OUTSIDE, .from = set};
}

static entry ports(entry e, uint32_t proto, uint16_t sport, uint16_t dport)
{
    e.proto = proto;
    e.sport_first = e.sport_last = sport;
    e.dport_first = e.dport_last = dport;
    return e;
}

static entry types(entry e, uint16_t first, uint16_t last)
{
    e.family = 6;
    e.proto = ICMP6;
    e.dport_first = first;
    e.dport_last = last;
    return e;
}

/* ---- what is no leak ---- */

static void add_inside(struct ike_making *m, uint32_t chain)
{
    add(m, (entry){.chain = chain, .device = IKE_GUARD_DEVICE_LOOPBACK}, IKE_GUARD_ACCEPT,
        IKE_GUARD_WHY_LOOPBACK);
    if (m->has_tun)
        add(m, (entry){.chain = chain, .device = IKE_GUARD_DEVICE_TUN}, IKE_GUARD_ACCEPT,
            IKE_GUARD_WHY_TUNNEL);
}

/* Without them there is no link at all: leases, neighbours, routers, group membership for their sake. */
static void add_link(struct ike_making *m)
{
    entry o = out_to(IKE_GUARD_ANY), i = in_from(IKE_GUARD_ANY);

    o.family = i.family = 4;
    add(m, ports(o, UDP, 68, 67), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_DHCP);
    add(m, ports(i, UDP, 67, 68), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_DHCP);
    o.family = i.family = 6;
    add(m, ports(o, UDP, 546, 547), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_DHCP);
    add(m, ports(i, UDP, 547, 546), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_DHCP);
    add(m, types(o, 131, 133), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_NEIGHBOURS); /* MLD report, done; RS */
    add(m, types(o, 135, 136), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_NEIGHBOURS); /* NS, NA */
    add(m, types(o, 143, 143), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_NEIGHBOURS); /* MLDv2 report */
    add(m, types(i, 130, 130), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_NEIGHBOURS); /* MLD query */
    add(m, types(i, 134, 137), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_NEIGHBOURS); /* RA, NS, NA, redirect */
}

/* Once. */
static uint32_t add_port(struct ike_making *m, uint16_t list[16], uint32_t n, uint16_t port)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == port)
            return n;
    if (n == 16) {
        m->err = m->err ? m->err : IKE_E_LIMIT;
        return n;
    }
    list[n] = port;
    return n + 1;
}

/* The gateway may begin: a liveness check, a rekeying, ESP. Only our socket listens there. */
static void add_gateway(struct ike_making *m)
{
    uint16_t port[16];
    uint32_t n = 0;
    entry e = in_from(IKE_GUARD_SET_GATEWAY);

    for (uint32_t i = 0; i < m->state.gateways_n; i++) {
        uint16_t own = m->state.gateways[i].port;
        int is_usual = own == 0 || own == 500 || own == 4500; /* it may change between these two */

        n = add_port(m, port, n, is_usual ? 500 : own);
        n = add_port(m, port, n, is_usual ? 4500 : own);
    }
    for (uint32_t i = 0; i < n; i++)
        add(m, ports(e, UDP, port[i], 0), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_GATEWAY);
    e.proto = ESP;
    if (n > 0)
        add(m, e, IKE_GUARD_ACCEPT, IKE_GUARD_WHY_GATEWAY);
}

/* ---- applications beside the tunnel ---- */

static void add_queries(struct ike_making *m, entry e, uint32_t set, uint32_t why)
{
    e.to = set;
    add(m, ports(e, UDP, 0, 53), IKE_GUARD_ACCEPT, why);
    add(m, ports(e, TCP, 0, 53), IKE_GUARD_ACCEPT, why);
}

static void add_member(struct ike_making *m, uint32_t i)
{
    const ike_guard_member *a = &m->plan->apps[i];
    entry e = out_to(IKE_GUARD_ANY);

    e.app = i + 1;
    if (a->why == IKE_GUARD_WHY_PORTAL) {
        e.to = IKE_GUARD_SET_PORTAL;
        add(m, ports(e, TCP, 0, 80), IKE_GUARD_ACCEPT, a->why);
        add(m, ports(e, TCP, 0, 443), IKE_GUARD_ACCEPT, a->why);
        if (ike__guard_has(m->plan, IKE_GUARD_SET_PORTAL_DNS))
            add_queries(m, e, IKE_GUARD_SET_PORTAL_DNS, a->why);
    } else if (a->why == IKE_GUARD_WHY_RESOLVING) {
        add_queries(m, e, IKE_GUARD_SET_RESOLVER, a->why);
    } else {
        add(m, e, IKE_GUARD_ACCEPT, a->why);
    }
}

static void add_members(struct ike_making *m, int marked)
{
    const ike_guard_plan *p = m->plan;

    for (uint32_t i = 0; i < p->apps_n; i++)
        if (p->apps[i].app.kind != IKE_GUARD_APP_NAME && (p->apps[i].set_mark != 0) == marked &&
            !(p->only_apps && p->apps[i].why == IKE_GUARD_WHY_APP))
            add_member(m, i);
}

/* ---- what is guarded ---- */

/* Dropped for everybody, or for each of the applications that alone are guarded. */
static void drop_for_all(struct ike_making *m, entry e, uint32_t why)
{
    const ike_guard_plan *p = m->plan;

    if (!p->only_apps) {
        add(m, e, IKE_GUARD_DROP, why);
        return;
    }
    for (uint32_t i = 0; i < p->apps_n; i++)
        if (p->apps[i].why == IKE_GUARD_WHY_APP && p->apps[i].app.kind != IKE_GUARD_APP_NAME) {
            e.app = i + 1;
            add(m, e, IKE_GUARD_DROP, why);
        }
}

static void drop_guarded(struct ike_making *m, entry e, int by_source)
{
    uint32_t set = IKE_GUARD_SET_GUARDED;

    if (ike__guard_has(m->plan, set)) {
        entry some = e;
        *(by_source ? &some.from : &some.to) = set;
        drop_for_all(m, some, IKE_GUARD_WHY_GUARDED);
    }
    if (m->all4 && m->all6) {
        drop_for_all(m, e, IKE_GUARD_WHY_GUARDED);
        return;
    }
    e.family = m->all4 ? 4 : 6;
    if (m->all4 || m->all6)
        drop_for_all(m, e, IKE_GUARD_WHY_FAMILY);
}

static void drop_dns(struct ike_making *m)
{
    static const uint16_t dns_ports[] = {53, 853}; /* DNS; over TLS and QUIC (RFC 7858, RFC 9250) */
    uint32_t mode = m->plan->dns.mode;

    if (mode != IKE_GUARD_DNS_FULL && mode != IKE_GUARD_DNS_NONE)
        return;
    for (unsigned i = 0; i < 2; i++) {
        add(m, ports(out_to(IKE_GUARD_ANY), UDP, 0, dns_ports[i]), IKE_GUARD_DROP, IKE_GUARD_WHY_DNS);
        add(m, ports(out_to(IKE_GUARD_ANY), TCP, 0, dns_ports[i]), IKE_GUARD_DROP, IKE_GUARD_WHY_DNS);
    }
}

/* ---- the three chains ---- */

static void make_out(struct ike_making *m)
{
    const ike_guard_plan *p = m->plan;
    entry own = out_to(IKE_GUARD_ANY), inner = out_to(IKE_GUARD_ANY);

    own.mark = p->mark;
    own.mask = p->mask;
    inner.from = IKE_GUARD_SET_VIRTUAL;
    add_inside(m, IKE_GUARD_OUT);
    add(m, own, IKE_GUARD_ACCEPT, IKE_GUARD_WHY_OWN_SOCKETS);
    add_members(m, 1);
    if (p->ip_n > 0)
        add(m, inner, IKE_GUARD_DROP, IKE_GUARD_WHY_VIRTUAL);
    add_members(m, 0);
}

static void make_in(struct ike_making *m)
{
    entry reply = in_from(IKE_GUARD_ANY), inner = in_from(IKE_GUARD_ANY);

    reply.reply = 1;
    inner.to = IKE_GUARD_SET_VIRTUAL;
    add_inside(m, IKE_GUARD_IN);
    add(m, reply, IKE_GUARD_ACCEPT, IKE_GUARD_WHY_REPLY);
    if (m->plan->ip_n > 0)
        add(m, inner, IKE_GUARD_DROP, IKE_GUARD_WHY_VIRTUAL);
    add_gateway(m);
}

static void make_past(struct ike_making *m)
{
    if (ike__guard_has(m->plan, IKE_GUARD_SET_EXCLUDED))
        add(m, out_to(IKE_GUARD_SET_EXCLUDED), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_EXCLUDED);
    if (m->lan) {
        add(m, out_to(IKE_GUARD_SET_LAN), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_LAN);
        add(m, in_from(IKE_GUARD_SET_LAN), IKE_GUARD_ACCEPT, IKE_GUARD_WHY_LAN);
    }
}

static void make_forward(struct ike_making *m)
{
    entry into = {.chain = IKE_GUARD_FORWARD, .device = IKE_GUARD_DEVICE_TUN};
    entry back = {.chain = IKE_GUARD_FORWARD, .from_device = IKE_GUARD_DEVICE_TUN};
    entry out = {.chain = IKE_GUARD_FORWARD, .device = IKE_GUARD_DEVICE_OUTSIDE};
    uint32_t verdict = m->forwarded ? IKE_GUARD_ACCEPT : IKE_GUARD_DROP;

    if (m->cfg.only_apps) /* nobody's packets, and so not of these applications */
        return;
    if (m->has_tun) {
        add(m, into, verdict, IKE_GUARD_WHY_FORWARDED);
        add(m, back, verdict, IKE_GUARD_WHY_FORWARDED);
    }
    if (m->lan &&
        !m->is_forced) { /* containers and their like; LAN access is for this system, not for those behind it */
        out.to = IKE_GUARD_SET_LAN;
        add(m, out, IKE_GUARD_ACCEPT, IKE_GUARD_WHY_LAN);
        out.to = IKE_GUARD_ANY;
    }
    drop_guarded(m, out, 0);
}

void ike__guard_make_entries(struct ike_making *m)
{
    make_out(m);
    make_in(m);
    add_link(m);
    drop_dns(m);
    make_past(m);
    drop_guarded(m, out_to(IKE_GUARD_ANY), 0);
    if (!m->cfg.only_apps)
        drop_guarded(m, in_from(IKE_GUARD_ANY), 1);
    make_forward(m);
}
