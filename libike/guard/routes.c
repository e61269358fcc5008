/* guard/routes.c - our own routing table, and who looks into it. SPDX-License-Identifier: Apache-2.0
 *
 * The system's tables stay as they are; rules before them lead into ours. So a route that somebody else installs, such as a
 * more specific one by DHCP option 121 (TunnelVision, CVE-2024-3661), is never looked at for what is guarded. What goes
 * outside is led by mark, application or network, never by the gateway's address (TunnelCrack ServerIP).
 *
 * Not here: what may pass (entries.c): a socket bound to a device goes past any route. */
#include "guard/room.h"

int ike__guard_is_served(const struct ike_making *m, uint32_t family)
{
    for (uint32_t i = 0; i < m->state.ip_n; i++)
        if (m->state.ip[i].addr.family == family)
            return 1;
    return m->state.ip_n == 0;
}

static void add_outside(struct ike_making *m)
{
    static const ike_prefix link_local = {{{0xfe, 0x80}, 0, 6, 0, 0}, 10, 0};
    const ike_guard_plan *p = m->plan;

    ike__guard_add_route(m, IKE_GUARD_ROUTE_OUTSIDE, &link_local, IKE_GUARD_WHY_NEIGHBOURS);
    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == IKE_GUARD_SET_EXCLUDED)
            ike__guard_add_route(m, IKE_GUARD_ROUTE_OUTSIDE, &p->nets[i].net, IKE_GUARD_WHY_EXCLUDED);
        else if (p->nets[i].set == IKE_GUARD_SET_LAN)
            ike__guard_add_route(m, IKE_GUARD_ROUTE_OUTSIDE, &p->nets[i].net, IKE_GUARD_WHY_LAN);
}

/* No way out at once, rather than silence: only where every packet may know it. A cgroup's packets are routed first and
 * marked then. */
static void block(struct ike_making *m, const ike_prefix *net, uint32_t why)
{
    for (uint32_t i = 0; i < m->plan->apps_n; i++)
        if (m->plan->apps[i].set_mark)
            return;
    ike__guard_add_route(m, IKE_GUARD_ROUTE_BLOCK, net, why);
}

static void add_wanted(struct ike_making *m, const ike_prefix *list, uint32_t n)
{
    char text[IKE_GUARD_NET_TEXT];

    for (uint32_t i = 0; i < n; i++) {
        ike_prefix net = ike__guard_masked(&list[i]);
        int served = ike__guard_is_served(m, net.addr.family);

        if (m->has_tun && served)
            ike__guard_add_route(m, IKE_GUARD_ROUTE_TUN, &net, IKE_GUARD_WHY_TUNNEL);
        else
            block(m, &net, served ? IKE_GUARD_WHY_GUARDED : IKE_GUARD_WHY_FAMILY);
        if (m->is_standing && (!served || !ike__guard_is_covered(m->state.routes, m->state.routes_n, &net))) {
            ike__guard_net_text(&net, text);
            ike__guard_warn(m, IKE_GUARD_WARN_UNSERVED, &net,
                            "%s is for the tunnel, but the gateway does not take all of it: what it does not "
                            "take is dropped",
                            text);
        }
    }
}

/* Name servers inside, wherever the routes lead. */
static void add_servers(struct ike_making *m)
{
    const ike_guard_dns *d = &m->plan->dns;

    for (uint32_t i = 0; m->has_tun && i < d->servers_n; i++) {
        ike_prefix host = ike__guard_host(&d->servers[i]);
        if (!ike__guard_is_loopback(&d->servers[i]))
            ike__guard_add_route(m, IKE_GUARD_ROUTE_TUN, &host, IKE_GUARD_WHY_DNS);
    }
}

/* Whatever is guarded of a family and has no route by now. */
static void block_rest(struct ike_making *m, uint32_t family)
{
    ike_prefix all = ike__guard_everything(family);
    int served = ike__guard_is_served(m, family) && m->has_tun;

    if (!(family == 4 ? m->all4 : m->all6))
        return;
    block(m, &all, IKE_GUARD_WHY_FAMILY);
    if (m->is_standing && !(served && ike__guard_is_covered(m->state.routes, m->state.routes_n, &all)))
        ike__guard_warn(m, IKE_GUARD_WARN_FAMILY, &all, "IPv%u that the tunnel does not take is dropped",
                        family);
}

/* ---- rules ---- */

static void add_app_rules(struct ike_making *m, int outside)
{
    const ike_guard_plan *p = m->plan;
    uint32_t set_mark = outside ? m->outside_mark : m->inside_mark;
    int marked = 0;

    for (uint32_t i = 0; i < p->apps_n; i++) {
        const ike_guard_member *a = &p->apps[i];
        int is_outside = !(p->only_apps && a->why == IKE_GUARD_WHY_APP);
        ike_guard_rule r = {.lookup = outside ? IKE_GUARD_LOOKUP_SYSTEM : IKE_GUARD_LOOKUP_PLAN,
                            .why = a->why};

        if (is_outside != outside || a->app.kind == IKE_GUARD_APP_NAME)
            continue;
        if (a->app.kind == IKE_GUARD_APP_UID) {
            r.has_uid = 1;
            r.uid_first = a->app.uid_first;
            r.uid_last = a->app.uid_last;
        } else if (a->app.kind == IKE_GUARD_APP_MARK) {
            r.mark = a->app.mark;
            r.mask = a->app.mask;
        } else if (marked) {
            continue;
        } else {
            marked = 1;
            r.mark = set_mark;
            r.mask = p->mask;
        }
        ike__guard_add_rule(m, &r);
    }
}

static void add_rules(struct ike_making *m)
{
    const ike_guard_plan *p = m->plan;
    const ike_guard_rule own = {.lookup = IKE_GUARD_LOOKUP_SYSTEM,
                                .why = IKE_GUARD_WHY_OWN_SOCKETS,
                                .mark = p->mark,
                                .mask = p->mask};
    /* A lease is renewed by unicast, to a server that may be anywhere (RFC 2131 4.4.5). */
    const ike_guard_rule dhcp = {.lookup = IKE_GUARD_LOOKUP_SYSTEM,
                                 .why = IKE_GUARD_WHY_DHCP,
                                 .family = 4,
                                 .proto = 17,
                                 .sport = 68,
                                 .dport = 67};
    /* What a tethered device is answered, goes to its network, wherever that is. */
    const ike_guard_rule back = {.lookup = IKE_GUARD_LOOKUP_SYSTEM,
                                 .why = IKE_GUARD_WHY_FORWARDED,
                                 .from_device = IKE_GUARD_DEVICE_TUN};
    const ike_guard_rule all = {.lookup = IKE_GUARD_LOOKUP_PLAN, .why = IKE_GUARD_WHY_TUNNEL};

    ike__guard_add_rule(m, &own);
    ike__guard_add_rule(m, &dhcp);
    if (p->rewrite)
        ike__guard_add_rule(m, &back);
    add_app_rules(m, 1);
    if (m->cfg.only_apps)
        add_app_rules(m, 0);
    else
        ike__guard_add_rule(m, &all);
}

void ike__guard_make_routes(struct ike_making *m)
{
    add_outside(m);
    if (m->cfg.subnets_n > 0)
        add_wanted(m, m->cfg.subnets, m->cfg.subnets_n);
    else if (m->is_standing)
        add_wanted(m, m->state.routes, m->state.routes_n);
    add_servers(m);
    block_rest(m, 4);
    block_rest(m, 6);
    m->plan->rewrite = m->has_tun && m->forwarded && !m->cfg.only_apps;
    add_rules(m);
}
