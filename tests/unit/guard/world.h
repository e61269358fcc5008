/* tests/unit/guard/world.h - profiles, networks and packets by the dice, and what may pass, said a second time. SPDX-License-Identifier: Apache-2.0
 *
 * admits() is written from the rules in docs/GUARD.md and looks at wishes, state and facts alone, never at a plan. */
#ifndef IKE_TEST_GUARD_WORLD_H
#define IKE_TEST_GUARD_WORLD_H

#include "scene.h"

static const char *const pool_text[POOL] = {
    "10.1.2.3",      "10.77.0.5",     "10.77.0.53",   "192.168.1.1",     "192.168.1.20",    "192.0.2.1",
    "198.51.100.7",  "198.51.100.9",  "203.0.113.80", "8.8.8.8",         "224.0.0.251",     "255.255.255.255",
    "169.254.7.7",   "172.16.5.5",    "100.64.1.1",   "192.168.77.9",    "239.255.255.250", "127.0.0.1",
    "fd00:1::1",     "fd00:77::5",    "fe80::1",      "ff02::fb",        "2001:db8::1",     "2001:db8:77::5",
    "2001:db8:9::9", "2001:db8:8::8", "fd00:2::7",    "2001:4860::8888", "2001:db8:77::53", "ff05::2"};

static uint32_t roll(struct world *w, uint32_t n)
{
    w->dice = w->dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(w->dice >> 33) % n;
}

/* ---- addresses, once more ---- */

static int in_net(const ike_prefix *net, const ike_addr *a)
{
    if (net->addr.family != a->family)
        return 0;
    for (uint32_t i = 0; i < net->bits; i++)
        if ((net->addr.ip[i / 8] ^ a->ip[i / 8]) & (0x80 >> i % 8))
            return 0;
    return 1;
}

static int in_list(const ike_prefix *list, uint32_t n, const ike_addr *a)
{
    for (uint32_t i = 0; i < n; i++)
        if (in_net(&list[i], a))
            return 1;
    return 0;
}

static int same_addr(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, 16) == 0;
}

static int is_addr(const ike_addr *list, uint32_t n, const ike_addr *a)
{
    for (uint32_t i = 0; i < n; i++)
        if (same_addr(&list[i], a))
            return 1;
    return 0;
}

static int is_private_net(const ike_prefix *net)
{
    const ike_prefix all[] = {network("10.0.0.0", 8),     network("172.16.0.0", 12),
                              network("192.168.0.0", 16), network("169.254.0.0", 16),
                              network("fc00::", 7),       network("fe80::", 10)};

    for (size_t i = 0; i < 6; i++)
        if (net->bits >= all[i].bits && in_net(&all[i], &net->addr))
            return 1;
    return 0;
}

/* ---- the dice ---- */

static ike_prefix any_net(struct world *w, int allow_all)
{
    static const uint32_t bits4[] = {32, 32, 28, 24, 16, 8, 0}, bits6[] = {128, 128, 64, 64, 48, 32, 0};
    ike_prefix p;
    uint32_t k = roll(w, allow_all ? 7 : 6);

    memset(&p, 0, sizeof(p));
    p.addr = w->pool[roll(w, POOL)];
    p.bits = p.addr.family == 4 ? bits4[k] : bits6[k];
    return p;
}

static uint32_t some_nets(struct world *w, ike_prefix *list, uint32_t most, int allow_all)
{
    uint32_t n = roll(w, most + 1);

    for (uint32_t i = 0; i < n; i++)
        list[i] = any_net(w, allow_all);
    return n;
}

static void roll_config(struct world *w)
{
    ike_guard_config *c = &w->cfg;

    c->size = sizeof(*c);
    c->mode = roll(w, 3) ? IKE_GUARD_FORCED : IKE_GUARD_OPTIONAL;
    c->subnets = w->subnets;
    c->subnets_n = roll(w, 3) ? 0 : some_nets(w, w->subnets, 3, 1);
    c->excluded = w->excluded;
    c->excluded_n = roll(w, 2) ? 0 : some_nets(w, w->excluded, 3, 1);
    c->block_ip4 = roll(w, 4) == 0;
    c->block_ip6 = roll(w, 4) == 0;
    c->lan = roll(w, 3);
    c->forwarded = roll(w, 3);
    c->apps = w->apps;
    c->apps_n = roll(w, 3) ? 0 : 1 + roll(w, 3);
    for (uint32_t i = 0; i < c->apps_n; i++)
        set_app(&w->apps[i], 1 + roll(w, 4));
    c->only_apps = c->apps_n > 0 && roll(w, 2);
    c->dns = w->own_dns;
    c->dns_n = roll(w, 4) == 0;
    w->own_dns[0] = w->pool[roll(w, POOL)];
    w->allowed[0] = "*";
    c->dns_allowed = w->allowed;
    c->dns_allowed_n = roll(w, 2);
    c->portal = roll(w, 3);
    c->portal_s = roll(w, 2) * 60;
}

static void roll_state(struct world *w)
{
    ike_guard_state *s = &w->state;

    s->size = sizeof(*s);
    s->phase = 1 + roll(w, 6);
    s->tun = roll(w, 5) ? 7 : 0;
    s->ip = w->ip;
    w->ip[0] = network("10.77.0.5", 24);
    w->ip[1] = network("2001:db8:77::5", 64);
    s->ip_n = roll(w, 3);
    s->routes = w->routes;
    if (roll(w, 2)) {
        w->routes[0] = network("0.0.0.0", 0);
        w->routes[1] = network("::", 0);
        s->routes_n = 1 + roll(w, 2);
    } else {
        s->routes_n = some_nets(w, w->routes, 4, 1);
    }
    s->gateways = w->gateways;
    w->gateways[0] = address("192.0.2.1");
    w->gateways[1] = address("2001:db8::1");
    w->gateways[0].port = (uint16_t)(roll(w, 2) ? 4500 : 7000);
    s->gateways_n = roll(w, 3);
    s->dns = w->dns;
    w->dns[0] = address("10.77.0.53");
    w->dns[1] = address("2001:db8:77::53");
    s->dns_n = roll(w, 3);
    s->domains = w->domains;
    w->domains[0] = "corp.example.org";
    s->domains_n = roll(w, 2);
}

static void roll_facts(struct world *w)
{
    ike_guard_facts *f = &w->facts;

    f->size = sizeof(*f);
    f->now = 1000000000u;
    f->instance = roll(w, 4);
    f->links = w->links;
    f->links_n = 1 + roll(w, 2);
    for (uint32_t i = 0; i < 2; i++) {
        w->links[i].index = 2 + i;
        w->links[i].is_default = i == 0;
        w->links[i].on_link = w->on_link[i];
        w->links[i].on_link_n = some_nets(w, w->on_link[i], 2, 0);
        w->links[i].dns = w->link_dns;
        w->links[i].dns_n = 1 + roll(w, 2);
    }
    w->on_link[0][w->links[0].on_link_n++] = network("192.168.1.20", 24);
    w->link_dns[0] = address("192.168.1.1");
    w->link_dns[1] = address("8.8.8.8");
    f->resolving = roll(w, 2);
    set_app(&f->self, roll(w, 2) ? IKE_GUARD_APP_UID : IKE_GUARD_APP_NONE);
    f->self.uid_first = f->self.uid_last = 990;
    if (f->self.kind == IKE_GUARD_APP_NONE)
        f->self.uid_first = f->self.uid_last = 0;
    f->portal = w->portal;
    w->portal[0] = network("203.0.113.80", 32);
    f->portal_n = roll(w, 2);
    f->portal_dns = w->portal_dns;
    w->portal_dns[0] = address("192.168.1.1");
    f->portal_dns_n = roll(w, 2);
    f->portal_since = f->now - roll(w, 1200) * (ike_time)1000000;
    set_app(&f->portal_app, roll(w, 2) ? IKE_GUARD_APP_CGROUP : IKE_GUARD_APP_NONE);
    if (f->portal_app.kind)
        strcpy(f->portal_app.text, "/portal");
}

static void roll_world(struct world *w, uint64_t seed)
{
    memset(w, 0, sizeof(*w));
    w->dice = seed * 2654435761u + 12345;
    for (uint32_t i = 0; i < POOL; i++)
        w->pool[i] = address(pool_text[i]);
    roll_config(w);
    roll_state(w);
    roll_facts(w);
}

/* Who sends: nobody special, and everybody whom a profile may name. */
static void set_sender(ike_guard_packet *k, uint32_t who, uint32_t own_mark)
{
    k->uid = who == 1 ? 1001 : who == 2 ? 990 : 5;
    k->cgroup = who == 3   ? "/user.slice/browser/tab"
                : who == 4 ? "/portal"
                : who == 5 ? "/user.slice/browserx"
                           : "/";
    k->mark = who == 6 ? own_mark : who == 7 ? 0x10 : 0;
}

struct service {
    uint32_t proto;
    uint16_t sport, dport;
};
static const struct service services[] = {
    {6, 40000, 80},  {6, 40000, 443},  {6, 40000, 22},  {6, 40000, 53},   {6, 40000, 853},
    {17, 40000, 53}, {17, 40000, 853}, {17, 68, 67},    {17, 67, 68},     {17, 546, 547},
    {17, 547, 546},  {17, 4500, 4500}, {17, 500, 4500}, {17, 7000, 9999}, {50, 0, 0},
    {1, 0, 8},       {58, 0, 128},     {58, 0, 130},    {58, 0, 131},     {58, 0, 133},
    {58, 0, 134},    {58, 0, 135},     {58, 0, 136},    {58, 0, 137},     {58, 0, 143}};
#define SERVICES (sizeof(services) / sizeof(services[0]))

static void set_service(ike_guard_packet *k, uint32_t which)
{
    k->proto = services[which].proto;
    k->src.port = services[which].sport;
    k->dst.port = services[which].dport;
}

/* 0: no packet: two families. */
static int roll_packet(struct world *w, ike_guard_packet *k, uint32_t own_mark)
{
    memset(k, 0, sizeof(*k));
    k->chain = 1 + roll(w, 3);
    k->device = IKE_GUARD_DEVICE_OUTSIDE;
    k->from_device = roll(w, 3) ? IKE_GUARD_DEVICE_OUTSIDE : IKE_GUARD_DEVICE_TUN;
    k->src = w->pool[roll(w, POOL)];
    k->dst = w->pool[roll(w, POOL)];
    set_service(k, roll(w, SERVICES));
    if (k->chain == IKE_GUARD_OUT)
        set_sender(k, roll(w, SENDERS), own_mark);
    k->reply = k->chain == IKE_GUARD_IN && roll(w, 8) == 0;
    return k->src.family == k->dst.family;
}

/* ---- what may pass outside, from the rules alone ---- */

static int stands(const struct world *w)
{
    return w->state.phase >= IKE_GUARD_UP;
}

static int takes_family(const ike_prefix *list, uint32_t n, uint32_t family) /* the dice give no halves */
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i].bits == 0 && list[i].addr.family == family)
            return 1;
    return 0;
}

static int is_full_tunnel(const struct world *w)
{
    const ike_guard_config *c = &w->cfg;
    const ike_prefix *list = c->subnets_n ? c->subnets : w->state.routes;
    uint32_t n = c->subnets_n ? c->subnets_n : stands(w) ? w->state.routes_n : 0;
    int forced_all = c->mode == IKE_GUARD_FORCED && c->subnets_n == 0;

    return forced_all || takes_family(list, n, 4) || takes_family(list, n, 6) ||
           (c->block_ip4 && c->block_ip6);
}

static int is_guarded(const struct world *w, const ike_addr *a)
{
    const ike_guard_config *c = &w->cfg;

    if (c->mode == IKE_GUARD_OPTIONAL && !stands(w))
        return 0;
    if (a->family == 4 ? c->block_ip4 : c->block_ip6)
        return 1;
    if (c->subnets_n)
        return in_list(c->subnets, c->subnets_n, a);
    return c->mode == IKE_GUARD_FORCED || in_list(w->state.routes, w->state.routes_n, a) ||
           takes_family(w->state.routes, w->state.routes_n, 4) ||
           takes_family(w->state.routes, w->state.routes_n, 6);
}

static int overlap(const ike_prefix *a, const ike_prefix *b)
{
    return a->bits < b->bits ? in_net(a, &b->addr) : in_net(b, &a->addr);
}

static int overlaps_own(const struct world *w, const ike_prefix *net)
{
    const ike_prefix *lists[] = {w->cfg.subnets, w->state.routes};
    const uint32_t n[] = {w->cfg.subnets_n, stands(w) ? w->state.routes_n : 0};

    for (int k = 0; k < 2; k++)
        for (uint32_t i = 0; i < n[k]; i++)
            if (is_private_net(&lists[k][i]) && overlap(&lists[k][i], net))
                return 1;
    for (uint32_t i = 0; stands(w) && i < w->state.ip_n; i++)
        if (in_net(net, &w->ip[i].addr))
            return 1;
    for (uint32_t i = 0; i < w->cfg.dns_n; i++)
        if (in_net(net, &w->cfg.dns[i]))
            return 1;
    for (uint32_t i = 0; stands(w) && i < w->state.dns_n; i++)
        if (in_net(net, &w->state.dns[i]))
            return 1;
    return 0;
}

static int is_lan(const struct world *w, const ike_addr *a)
{
    const ike_prefix always[] = {network("169.254.0.0", 16),     network("224.0.0.0", 24),
                                 network("239.255.255.250", 32), network("255.255.255.255", 32),
                                 network("fe80::", 10),          network("ff02::", 16)};

    if (w->cfg.lan != IKE_GUARD_YES &&
        !(w->cfg.lan == IKE_GUARD_DEFAULT && w->cfg.mode == IKE_GUARD_OPTIONAL))
        return 0;
    if (in_list(always, 6, a))
        return 1;
    for (uint32_t k = 0; k < w->facts.links_n; k++)
        for (uint32_t i = 0; i < w->links[k].on_link_n; i++) {
            const ike_prefix *net = &w->on_link[k][i];
            uint32_t width = net->addr.family == 4 ? 32 : 128, least = net->addr.family == 4 ? 16 : 48;
            if (in_net(net, a) && net->bits < width && net->bits >= least && is_private_net(net) &&
                !overlaps_own(w, net))
                return 1;
        }
    return 0;
}

static int is_excluded(const struct world *w, const ike_addr *a)
{
    for (uint32_t i = 0; i < w->cfg.excluded_n; i++)
        if (in_net(&w->excluded[i], a) &&
            (w->cfg.mode == IKE_GUARD_OPTIONAL || w->excluded[i].bits >= (a->family == 4 ? 24u : 48u)))
            return 1;
    return 0;
}

static int sends(const ike_guard_app *a, const ike_guard_packet *k)
{
    size_t n = strlen(a->text);

    return a->kind == IKE_GUARD_APP_UID    ? k->uid >= a->uid_first && k->uid <= a->uid_last
           : a->kind == IKE_GUARD_APP_MARK ? (k->mark & a->mask) == a->mark
           : a->kind == IKE_GUARD_APP_CGROUP
               ? strncmp(k->cgroup, a->text, n) == 0 && (!k->cgroup[n] || k->cgroup[n] == '/')
               : 0;
}

static int is_chosen(const struct world *w, const ike_guard_packet *k, int marked)
{
    for (uint32_t i = 0; i < w->cfg.apps_n; i++)
        if (sends(&w->apps[i], k) && (marked < 0 || (w->apps[i].kind == IKE_GUARD_APP_CGROUP) == marked))
            return 1;
    return 0;
}

static int is_helper(const struct world *w, const ike_guard_packet *k)
{
    const ike_guard_facts *f = &w->facts;
    ike_time s = w->cfg.portal_s ? w->cfg.portal_s : 600;
    int is_web = k->proto == 6 && (k->dst.port == 80 || k->dst.port == 443);
    int is_dns = (k->proto == 6 || k->proto == 17) && k->dst.port == 53;

    return w->cfg.portal != IKE_GUARD_NO && f->portal_n && f->now - f->portal_since < s * 1000000 &&
           w->state.phase != IKE_GUARD_UP && w->state.phase != IKE_GUARD_CLOSING &&
           sends(&f->portal_app, k) &&
           ((is_web && in_list(f->portal, f->portal_n, &k->dst)) ||
            (is_dns && is_addr(f->portal_dns, f->portal_dns_n, &k->dst)));
}

static int is_resolving(const struct world *w, const ike_guard_packet *k)
{
    uint32_t phase = w->state.phase;

    return w->facts.resolving &&
           (phase == IKE_GUARD_CONNECTING || phase == IKE_GUARD_ROAMING || phase == IKE_GUARD_LOST) &&
           sends(&w->facts.self, k) && (k->proto == 6 || k->proto == 17) && k->dst.port == 53 &&
           is_addr(w->link_dns, w->links[0].dns_n, &k->dst);
}

static int is_link(const ike_guard_packet *k)
{
    static const struct {
        uint32_t chain, family, proto;
        uint16_t sport, first, last;
    } all[] = {{1, 4, 17, 68, 67, 67},    {2, 4, 17, 67, 68, 68},  {1, 6, 17, 546, 547, 547},
               {2, 6, 17, 547, 546, 546}, {1, 6, 58, 0, 131, 133}, {1, 6, 58, 0, 135, 136},
               {1, 6, 58, 0, 143, 143},   {2, 6, 58, 0, 130, 130}, {2, 6, 58, 0, 134, 137}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (k->chain == all[i].chain && k->dst.family == all[i].family && k->proto == all[i].proto &&
            k->src.port == all[i].sport && k->dst.port >= all[i].first && k->dst.port <= all[i].last)
            return 1;
    return 0;
}

static int is_inner(const struct world *w, const ike_addr *a)
{
    for (uint32_t i = 0; stands(w) && i < w->state.ip_n; i++)
        if (same_addr(&w->ip[i].addr, a))
            return 1;
    return 0;
}

static int is_query(const ike_guard_packet *k)
{
    return (k->proto == 6 || k->proto == 17) && (k->dst.port == 53 || k->dst.port == 853);
}

/* Queries belong to the tunnel's servers alone. dns: what the plan says of them, the rest is ours. */
static int admits_out(const struct world *w, const ike_guard_packet *k, uint32_t own, uint32_t dns)
{
    int beside = !w->cfg.only_apps;

    if ((k->mark & 0xffff0000u) == own)
        return 1;
    if ((beside && is_chosen(w, k, 1)) || is_helper(w, k))
        return 1;
    if (is_inner(w, &k->src))
        return 0;
    if ((beside && is_chosen(w, k, 0)) || is_resolving(w, k) || is_link(k))
        return 1;
    if (is_query(k) && (dns == IKE_GUARD_DNS_FULL || dns == IKE_GUARD_DNS_NONE))
        return 0;
    if (is_excluded(w, &k->dst) || is_lan(w, &k->dst))
        return 1;
    return !is_guarded(w, &k->dst) || (w->cfg.only_apps && !is_chosen(w, k, -1));
}

static int is_from_gateway(const struct world *w, const ike_guard_packet *k)
{
    int custom = 0, usual = 0;

    for (uint32_t i = 0; i < w->state.gateways_n; i++) {
        custom |= w->gateways[i].port == 7000;
        usual |= w->gateways[i].port != 7000;
    }
    return is_addr(w->gateways, w->state.gateways_n, &k->src) &&
           (k->proto == 50 || (k->proto == 17 && ((custom && k->src.port == 7000) ||
                                                  (usual && (k->src.port == 500 || k->src.port == 4500)))));
}

static int admits_in(const struct world *w, const ike_guard_packet *k)
{
    if (k->reply)
        return 1;
    if (is_inner(w, &k->dst))
        return 0;
    if (is_from_gateway(w, k) || is_link(k) || is_lan(w, &k->src))
        return 1;
    return w->cfg.only_apps || !is_guarded(w, &k->src);
}

static int admits_forward(const struct world *w, const ike_guard_packet *k)
{
    int may = w->cfg.forwarded == IKE_GUARD_YES ||
              (w->cfg.forwarded == IKE_GUARD_DEFAULT && w->cfg.mode == IKE_GUARD_OPTIONAL);

    if (w->cfg.only_apps)
        return 1;
    if (k->from_device == IKE_GUARD_DEVICE_TUN && stands(w) && w->state.tun)
        return may;
    return (is_lan(w, &k->dst) && w->cfg.mode == IKE_GUARD_OPTIONAL) || !is_guarded(w, &k->dst);
}

/* Of packets on an outer device: 1: it may pass. */
static int admits(const struct world *w, const ike_guard_packet *k, uint32_t own, uint32_t dns)
{
    if (w->cfg.mode == IKE_GUARD_OPTIONAL && !stands(w))
        return 1;
    return k->chain == IKE_GUARD_OUT  ? admits_out(w, k, own, dns)
           : k->chain == IKE_GUARD_IN ? admits_in(w, k)
                                      : admits_forward(w, k);
}

#endif
