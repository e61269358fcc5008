/* guard/sets.c - the address sets that verdicts and routes speak of. SPDX-License-Identifier: Apache-2.0
 *
 * What a network says of itself is not believed further than it must be: a "LAN" is on-link, private, of a modest size and
 * not where the tunnel's own networks are (TunnelCrack LocalNet: an access point hands out the addresses of those whose
 * traffic it wants). What the profile lets past is named in a warning; a forced tunnel lets past only small networks.
 *
 * Not here: the gateway as a way out: its address opens nothing, only the mark of our own sockets does (TunnelCrack
 * ServerIP). */
#include "guard/room.h"

#define LAN_BITS4 16u
#define LAN_BITS6 48u

static void set_virtual(struct ike_making *m)
{
    ike_guard_plan *p = m->plan;

    for (uint32_t i = 0; m->is_standing && i < m->state.ip_n; i++) {
        ike_prefix host = ike__guard_host(&m->state.ip[i].addr);

        if (p->ip_n == sizeof(p->ip) / sizeof(p->ip[0])) {
            m->err = IKE_E_LIMIT;
            return;
        }
        p->ip[p->ip_n] = host;
        p->ip[p->ip_n++].bits = m->state.ip[i].bits;
        ike__guard_add_net(m, IKE_GUARD_SET_VIRTUAL, &host);
    }
}

/* A family that is guarded as a whole needs no list. */
static void add_guarded(struct ike_making *m, const ike_prefix *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ike_prefix net = ike__guard_masked(&list[i]);

        if (net.addr.family == 4 ? !m->all4 : !m->all6)
            ike__guard_add_net(m, IKE_GUARD_SET_GUARDED, &net);
    }
}

static void set_guarded(struct ike_making *m)
{
    if (m->cfg.subnets_n > 0)
        add_guarded(m, m->cfg.subnets, m->cfg.subnets_n);
    else if (m->is_standing)
        add_guarded(m, m->state.routes, m->state.routes_n);
    if (m->is_forced && m->cfg.subnets_n > 0 && !(m->all4 && m->all6))
        ike__guard_warn(m, IKE_GUARD_WARN_SPLIT, NULL,
                        "forced for the named networks only: everything else goes beside the tunnel, visible "
                        "to the network");
}

static void set_excluded(struct ike_making *m)
{
    char text[IKE_GUARD_NET_TEXT];

    for (uint32_t i = 0; i < m->cfg.excluded_n; i++) {
        ike_prefix net = ike__guard_masked(&m->cfg.excluded[i]);
        uint32_t least = net.addr.family == 4 ? IKE_GUARD_EXCLUDED_BITS4 : IKE_GUARD_EXCLUDED_BITS6;

        ike__guard_net_text(&net, text);
        if (m->is_forced && net.bits < least) {
            ike__guard_warn(m, IKE_GUARD_WARN_WIDE, &net,
                            "%s is too wide to be let past a forced tunnel (at least /%u): it stays inside",
                            text, least);
            continue;
        }
        ike__guard_add_net(m, IKE_GUARD_SET_EXCLUDED, &net);
        ike__guard_warn(
            m, IKE_GUARD_WARN_EXCLUDED, &net,
            "the network sees who speaks with %s, when and how much, and what is said unless it is encrypted",
            text);
    }
}

/* ---- LAN ---- */

static const ike_prefix link_nets[] = {/* what an access to the LAN needs besides its own addresses */
                                       {{{169, 254}, 0, 4, 0, 0}, 16, 0},
                                       {{{224, 0, 0, 0}, 0, 4, 0, 0}, 24, 0},
                                       {{{239, 255, 255, 250}, 0, 4, 0, 0}, 32, 0},
                                       {{{255, 255, 255, 255}, 0, 4, 0, 0}, 32, 0},
                                       {{{0xfe, 0x80}, 0, 6, 0, 0}, 10, 0},
                                       {{{0xff, 0x02}, 0, 6, 0, 0}, 16, 0}};

/* Where the tunnel's own private networks, name servers or addresses are, a LAN cannot be. */
static int is_tunnels_own(const struct ike_making *m, const ike_prefix *net)
{
    const ike_prefix *lists[] = {m->cfg.subnets, m->state.routes};
    const uint32_t n[] = {m->cfg.subnets_n, m->is_standing ? m->state.routes_n : 0};

    for (unsigned k = 0; k < 2; k++)
        for (uint32_t i = 0; i < n[k]; i++) {
            ike_prefix own = ike__guard_masked(&lists[k][i]);
            if (ike__guard_is_private(&own) && ike__guard_overlaps(&own, net))
                return 1;
        }
    for (uint32_t i = 0; m->is_standing && i < m->state.ip_n; i++)
        if (ike__guard_is_in(net, &m->state.ip[i].addr))
            return 1;
    for (uint32_t i = 0; m->is_standing && i < m->state.dns_n; i++)
        if (ike__guard_is_in(net, &m->state.dns[i]))
            return 1;
    for (uint32_t i = 0; i < m->cfg.dns_n; i++)
        if (ike__guard_is_in(net, &m->cfg.dns[i]))
            return 1;
    return 0;
}

static int is_guarded(const struct ike_making *m, const ike_prefix *net)
{
    const ike_guard_plan *p = m->plan;

    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == IKE_GUARD_SET_GUARDED && ike__guard_overlaps(&p->nets[i].net, net))
            return 1;
    return net->addr.family == 4 ? m->all4 : m->all6;
}

static void try_lan(struct ike_making *m, const ike_prefix *net)
{
    uint32_t least = net->addr.family == 4 ? LAN_BITS4 : LAN_BITS6;
    char text[IKE_GUARD_NET_TEXT];
    const char *why = !ike__guard_is_private(net) ? "public" /* TunnelCrack LocalNet */
                      : net->bits < least         ? "too wide"
                      : is_tunnels_own(m, net)    ? "where the tunnel's own networks are"
                                                  : NULL;

    if (!why) {
        ike__guard_add_net(m, IKE_GUARD_SET_LAN, net);
        return;
    }
    if (!is_guarded(m, net)) /* reached anyway */
        return;
    ike__guard_net_text(net, text);
    ike__guard_warn(m, IKE_GUARD_WARN_LAN, net, "on-link network %s is %s: not taken for a local network",
                    text, why);
}

static void set_lan(struct ike_making *m)
{
    const ike_guard_facts *f = &m->facts;

    if (!m->lan)
        return;
    for (size_t i = 0; i < sizeof(link_nets) / sizeof(link_nets[0]); i++)
        ike__guard_add_net(m, IKE_GUARD_SET_LAN, &link_nets[i]);
    for (uint32_t k = 0; k < f->links_n; k++)
        for (uint32_t i = 0; f->links[k].index != m->state.tun && i < f->links[k].on_link_n; i++) {
            ike_prefix net = ike__guard_masked(&f->links[k].on_link[i]);
            if (net.bits < ike__guard_width(net.addr.family) && !ike__guard_is_loopback(&net.addr))
                try_lan(m, &net);
        }
}

/* ---- gateways, holes ---- */

static void add_hosts(struct ike_making *m, uint32_t set, const ike_addr *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        ike_prefix host = ike__guard_host(&list[i]);
        if (!ike__guard_is_loopback(&list[i])) /* nothing leaves the system: no hole is needed */
            ike__guard_add_net(m, set, &host);
    }
}

static void set_resolver(struct ike_making *m)
{
    const ike_guard_facts *f = &m->facts;
    uint32_t phase = m->state.phase;

    if (!f->resolving || f->self.kind == IKE_GUARD_APP_NONE || phase == IKE_GUARD_DOWN ||
        phase == IKE_GUARD_UP || phase == IKE_GUARD_CLOSING)
        return;
    for (uint32_t k = 0; k < f->links_n; k++)
        if (f->links[k].is_default)
            add_hosts(m, IKE_GUARD_SET_RESOLVER, f->links[k].dns, f->links[k].dns_n);
}

#define PORTAL_S 600u
#define US       1000000u

static void set_portal(struct ike_making *m)
{
    const ike_guard_facts *f = &m->facts;
    ike_time until = f->portal_since + (ike_time)(m->cfg.portal_s ? m->cfg.portal_s : PORTAL_S) * US;

    if (m->cfg.portal == IKE_GUARD_NO || f->portal_n == 0 || f->portal_app.kind == IKE_GUARD_APP_NONE ||
        m->state.phase == IKE_GUARD_UP || m->state.phase == IKE_GUARD_CLOSING || f->now < f->portal_since ||
        f->now >= until)
        return;
    for (uint32_t i = 0; i < f->portal_n; i++) {
        ike_prefix net = ike__guard_masked(&f->portal[i]);
        ike__guard_add_net(m, IKE_GUARD_SET_PORTAL, &net);
    }
    add_hosts(m, IKE_GUARD_SET_PORTAL_DNS, f->portal_dns, f->portal_dns_n);
    m->plan->hole.is_open = 1;
    m->plan->hole.until = until;
    ike__guard_warn(
        m, IKE_GUARD_WARN_PORTAL, NULL,
        "a captive portal stands in the way: its helper, and nobody else, may speak with it for a while");
}

void ike__guard_make_sets(struct ike_making *m)
{
    set_virtual(m);
    set_guarded(m);
    set_excluded(m);
    set_lan(m);
    add_hosts(m, IKE_GUARD_SET_GATEWAY, m->state.gateways, m->state.gateways_n);
    set_resolver(m);
    set_portal(m);
}
