/* apply/session.c - from what a driver tells to the next plan. SPDX-License-Identifier: Apache-2.0
 *
 * What was agreed comes as the driver's plan for the TUN, before the first packet goes in: the device gets its
 * addresses, everything else goes into a plan of the guard. What the session says of its phases makes the same plan for
 * another phase. A plan that cannot be made leaves the one before in force. */
#include "apply/guard.h"
#include <stdlib.h>
#include <string.h>

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof((list)[0])))

int ike__apply_session_init(ike_guard_linux *g)
{
    ike_guard_state empty = IKE_GUARD_STATE_INIT;

    g->session = empty;
    g->session.phase = IKE_GUARD_DOWN;
    g->session.ip = g->told.ip;
    g->session.routes = g->told.routes;
    g->session.gateways = g->told.gateways;
    g->session.dns = g->told.dns;
    g->session.domains = g->told.domains;
    g->session.anchors = g->told.anchors;
    for (uint32_t i = 0; i < IKE_APPLY_DOMAINS; i++)
        g->told.domains[i] = g->told.domain[i];
    g->plan = calloc(1, sizeof(*g->plan));
    if (!g->plan)
        return IKE_E_NOMEM;
    if (ike_guard_make_off(g->instance, g->plan) < 0)
        return ike__apply_fail(g, IKE_E_USAGE, "there is no such instance");
    g->mark = g->plan->mark;
    g->plan->size = 0; /* not yet a plan of ours */
    return 0;
}

static int put(ike_guard_linux *g)
{
    ike_guard_facts facts = IKE_GUARD_FACTS_INIT;
    int err;

    if (!g->is_armed)
        return 0;
    err = ike_guard_linux_facts(g, g->session.tun, &facts);
    if (err < 0)
        return err;
    facts.now = ike__apply_now();
    if (g->portal_n > 0) {
        facts.portal = g->portal;
        facts.portal_n = g->portal_n;
        facts.portal_dns = g->facts.names.dns;
        facts.portal_dns_n = g->facts.names.dns_n;
        facts.portal_since = g->portal_since;
        facts.portal_app = g->helper;
    }
    err = ike_guard_make(&g->cfg, &g->session, &facts, g->plan);
    if (err < 0)
        return ike__apply_fail(g, err, "the guard's plan: %s", ike_strerror(err));
    err = ike_guard_linux_put(g, g->plan);
    (void)ike__apply_watch_drain(&g->watch); /* our own work */
    return err;
}

int ike_guard_linux_again(ike_guard_linux *g)
{
    if (!g)
        return IKE_E_USAGE;
    (void)ike__apply_watch_drain(&g->watch);
    ike__apply_is_it_there(g);
    return put(g);
}

static int enter(ike_guard_linux *g, uint32_t phase)
{
    g->session.phase = phase;
    return put(g);
}

int ike_guard_linux_arm(ike_guard_linux *g, const ike_guard_config *cfg)
{
    if (!g || ike_struct_adopt(&g->cfg, sizeof(g->cfg), cfg) < 0)
        return IKE_E_USAGE;
    g->is_armed = 1;
    return put(g);
}

const char *ike_guard_linux_portal_api(const ike_guard_linux *g)
{
    return g->facts.portal_api[0] ? g->facts.portal_api : NULL;
}

const ike_guard_plan *ike_guard_linux_plan(const ike_guard_linux *g)
{
    return g->plan->size ? g->plan : NULL;
}

uint32_t ike_guard_linux_mark(const ike_guard_linux *g)
{
    return g->mark;
}

/* ---- what was agreed ---- */

static int same_ip(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static void add_gateway(ike_guard_linux *g, const ike_addr *gateway)
{
    for (uint32_t i = 0; i < g->session.gateways_n; i++)
        if (same_ip(&g->told.gateways[i], gateway))
            return;
    if (g->session.gateways_n == COUNT(g->told.gateways)) { /* the oldest one goes */
        memmove(g->told.gateways, g->told.gateways + 1,
                sizeof(g->told.gateways) - sizeof(g->told.gateways[0]));
        g->session.gateways_n--;
    }
    g->told.gateways[g->session.gateways_n++] = *gateway;
}

static int is_profile_s(const ike_guard_linux *g, const ike_prefix *net)
{
    for (uint32_t i = 0; i < g->cfg.excluded_n; i++)
        if (same_ip(&g->cfg.excluded[i].addr, &net->addr) && g->cfg.excluded[i].bits == net->bits)
            return 1;
    return 0;
}

static void remember(ike_guard_linux *g, const ike_tun_plan *p)
{
    g->session.ip_n = p->ip_n < COUNT(g->told.ip) ? p->ip_n : COUNT(g->told.ip);
    g->session.routes_n = p->routes_n < COUNT(g->told.routes) ? p->routes_n : COUNT(g->told.routes);
    g->session.dns_n = p->dns_n < COUNT(g->told.dns) ? p->dns_n : COUNT(g->told.dns);
    if (p->ip_n)
        memcpy(g->told.ip, p->ip, g->session.ip_n * sizeof(g->told.ip[0]));
    if (p->routes_n)
        memcpy(g->told.routes, p->routes, g->session.routes_n * sizeof(g->told.routes[0]));
    if (p->dns_n)
        memcpy(g->told.dns, p->dns, g->session.dns_n * sizeof(g->told.dns[0]));
    if (p->gateway)
        add_gateway(g, p->gateway);
    /* Single addresses that the profile does not know: other places of the gateway, about to be tried. */
    for (uint32_t i = 0; i < p->excluded_n; i++)
        if (p->excluded[i].bits == (p->excluded[i].addr.family == 4 ? 32u : 128u) &&
            !is_profile_s(g, &p->excluded[i]))
            add_gateway(g, &p->excluded[i].addr);
}

int ike_guard_linux_configure(ike_guard_linux *g, const ike_tun *tun, uint32_t index,
                              const ike_tun_plan *theirs)
{
    ike_tun_plan plan, bare = IKE_TUN_PLAN_INIT;
    int err;

    if (!g || !tun || index == 0 || ike_struct_adopt(&plan, sizeof(plan), theirs) < 0)
        return IKE_E_USAGE;
    bare.ip = plan.ip;
    bare.ip_n = plan.ip_n;
    bare.mtu = plan.mtu;
    err = tun->configure(tun->self, &bare);
    if (err < 0)
        return ike__apply_fail(g, err, "%s", tun->why(tun->self));
    remember(g, &plan);
    g->session.tun = index;
    if (g->session.phase < IKE_GUARD_UP)
        g->session.phase = IKE_GUARD_UP;
    return put(g);
}

/* ---- what the session tells ---- */

static void remember_anchors(ike_guard_linux *g, const ike_assigned *a, uint32_t theirs, uint32_t ours)
{
    for (uint32_t i = 0; i < a->anchors_n && g->session.anchors_n < 16; i++) {
        const ike_anchor *from = &a->anchors[i];
        ike_guard_anchor *to = &g->told.anchors[g->session.anchors_n];

        if (from->domain != theirs || from->digest.n > IKE_GUARD_DIGEST)
            continue;
        memset(to, 0, sizeof(*to));
        to->domain = ours;
        to->key_tag = from->key_tag;
        to->algorithm = from->algorithm;
        to->digest_type = from->digest_type;
        to->digest_n = (uint32_t)from->digest.n;
        memcpy(to->digest, from->digest.p, from->digest.n);
        g->session.anchors_n++;
    }
}

static void remember_domains(ike_guard_linux *g, const ike_assigned *a)
{
    g->session.domains_n = g->session.anchors_n = 0;
    for (uint32_t i = 0; i < a->domains_n && g->session.domains_n < IKE_APPLY_DOMAINS; i++)
        if (strlen(a->domains[i]) < IKE_APPLY_DOMAIN) {
            remember_anchors(g, a, i, g->session.domains_n);
            strcpy(g->told.domain[g->session.domains_n++], a->domains[i]);
        }
}

static int stood(const ike_guard_linux *g)
{
    return g->session.phase >= IKE_GUARD_UP && g->session.phase <= IKE_GUARD_LOST;
}

int ike_guard_linux_connecting(ike_guard_linux *g, const ike_path *path)
{
    if (!g || !path)
        return IKE_E_USAGE;
    add_gateway(g, &path->remote);
    return enter(g, stood(g) ? IKE_GUARD_LOST : IKE_GUARD_CONNECTING);
}

int ike_guard_linux_event(ike_guard_linux *g, const ike_event *ev)
{
    if (!g || !ev)
        return IKE_E_USAGE;
    switch (ev->type) {
    case IKE_EV_CONFIG:
        remember_domains(g, &ev->u.config);
        return stood(g) ? put(g) : 0;
    case IKE_EV_UP:
    case IKE_EV_PATH:
        return stood(g) && g->session.phase != IKE_GUARD_UP ? enter(g, IKE_GUARD_UP) : 0;
    default:
        return 0;
    }
}

int ike_guard_linux_network(ike_guard_linux *g)
{
    if (!g)
        return IKE_E_USAGE;
    return enter(g, g->session.phase == IKE_GUARD_UP ? IKE_GUARD_ROAMING : g->session.phase);
}

int ike_guard_linux_portal(ike_guard_linux *g, const ike_addr *addresses, uint32_t n, const char *cgroup)
{
    int was_open, err;

    if (!g || (n > 0 && (!addresses || !cgroup || strlen(cgroup) >= sizeof(g->helper.text))))
        return IKE_E_USAGE;
    was_open = g->portal_n > 0;
    memset(g->portal, 0, sizeof(g->portal));
    g->portal_n = n < COUNT(g->portal) ? n : COUNT(g->portal);
    for (uint32_t i = 0; i < g->portal_n; i++) {
        g->portal[i].addr = addresses[i];
        g->portal[i].addr.port = 0;
        g->portal[i].bits = addresses[i].family == 4 ? 32 : 128;
    }
    if (n > 0 && !was_open) {
        memset(&g->helper, 0, sizeof(g->helper));
        g->helper.kind = IKE_GUARD_APP_CGROUP;
        strcpy(g->helper.text, cgroup);
        g->portal_since = ike__apply_now();
    }
    err = put(g);
    if (err < 0)
        g->portal_n = 0; /* the firewall is as it was */
    return err;
}

int ike_guard_linux_down(ike_guard_linux *g)
{
    if (!g)
        return IKE_E_USAGE;
    g->session.tun = g->portal_n = 0;
    g->session.ip_n = g->session.routes_n = g->session.dns_n = g->session.domains_n = g->session.anchors_n =
        g->session.gateways_n = 0;
    return enter(g, IKE_GUARD_DOWN);
}
