/* tests/unit/guard/plan_test.c - plans for the cases that people have written about. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "scene.h"
#include <ike/err.h>

static ike_guard_plan *plan;

/* Forced, everything, one link 192.168.1.20/24; the tunnel has IPv4 only. */
static void plain_world(struct world *w, uint32_t phase)
{
    memset(w, 0, sizeof(*w));
    w->cfg.size = sizeof(w->cfg);
    w->cfg.mode = IKE_GUARD_FORCED;
    w->cfg.subnets = w->subnets;
    w->cfg.excluded = w->excluded;
    w->cfg.apps = w->apps;
    w->state.size = sizeof(w->state);
    w->state.phase = phase;
    w->state.tun = 7;
    w->ip[0] = network("10.77.0.5", 32);
    w->state.ip = w->ip;
    w->state.ip_n = 1;
    w->routes[0] = network("0.0.0.0", 0);
    w->state.routes = w->routes;
    w->state.routes_n = 1;
    w->gateways[0] = address("192.0.2.1");
    w->gateways[0].port = 4500;
    w->state.gateways = w->gateways;
    w->state.gateways_n = 1;
    w->dns[0] = address("10.77.0.53");
    w->state.dns = w->dns;
    w->state.dns_n = 1;
    w->facts.size = sizeof(w->facts);
    w->on_link[0][0] = network("192.168.1.20", 24);
    w->link_dns[0] = address("192.168.1.1");
    w->links[0].index = 2;
    w->links[0].is_default = 1;
    w->links[0].on_link = w->on_link[0];
    w->links[0].on_link_n = 1;
    w->links[0].dns = w->link_dns;
    w->links[0].dns_n = 1;
    w->facts.links = w->links;
    w->facts.links_n = 1;
}

static void make(const struct world *w)
{
    assert_int_equal(ike_guard_make(&w->cfg, &w->state, &w->facts, plan), 0);
}

static ike_guard_packet packet(uint32_t chain, const char *src, const char *dst, uint32_t proto,
                               uint16_t dport)
{
    ike_guard_packet k;

    memset(&k, 0, sizeof(k));
    k.chain = chain;
    k.device = k.from_device = IKE_GUARD_DEVICE_OUTSIDE;
    k.src = address(src);
    k.dst = address(dst);
    k.proto = proto;
    k.src.port = 40000;
    k.dst.port = dport;
    return k;
}

static int out(const char *dst, uint16_t dport)
{
    ike_guard_packet k =
        packet(IKE_GUARD_OUT, strchr(dst, ':') ? "2001:db8:1::20" : "192.168.1.20", dst, 6, dport);

    return ike_guard_judge(plan, &k, NULL);
}

static int way(const char *dst)
{
    ike_guard_packet k = packet(IKE_GUARD_OUT, "192.168.1.20", dst, 6, 443);

    return ike_guard_way(plan, &k);
}

static uint32_t why(const ike_guard_packet *k)
{
    uint32_t at;

    ike_guard_judge(plan, k, &at);
    return at < plan->entries_n ? plan->entries[at].why : 0;
}

static int warns(uint32_t code)
{
    for (uint32_t i = 0; i < plan->warnings_n; i++)
        if (plan->warnings[i].code == code)
            return 1;
    return 0;
}

static const uint32_t phases[] = {IKE_GUARD_DOWN,    IKE_GUARD_CONNECTING, IKE_GUARD_UP,
                                  IKE_GUARD_ROAMING, IKE_GUARD_LOST,       IKE_GUARD_CLOSING};

/* ---- the attacks ---- */

/* TunnelCrack ServerIP (CVE-2023-36671, CVE-2023-36673): the gateway's address is nobody's way out but our sockets' */
static void others_do_not_reach_the_gateway(void **state)
{
    struct world w;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        ike_guard_packet k = packet(IKE_GUARD_OUT, "192.168.1.20", "192.0.2.1", 17, 4500);

        plain_world(&w, phases[i]);
        make(&w);
        assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
        assert_int_not_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
        k.mark = plan->mark;
        assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
        assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
        k.mark = 1; /* somebody's own */
        assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    }
}

/* TunnelCrack LocalNet (CVE-2023-36672, CVE-2023-35838): a LAN that claims public or the tunnel's own addresses */
static void a_lan_is_private_modest_and_not_the_tunnels(void **state)
{
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    make(&w);
    assert_int_equal(out("192.168.1.9", 22), IKE_GUARD_DROP); /* off by default in forced mode */
    w.cfg.lan = IKE_GUARD_YES;
    make(&w);
    assert_int_equal(out("192.168.1.9", 22), IKE_GUARD_ACCEPT);
    assert_int_equal(way("192.168.1.9"), IKE_GUARD_ROUTE_OUTSIDE);
    assert_int_equal(out("192.168.2.9", 22), IKE_GUARD_DROP); /* not on-link */
    assert_false(warns(IKE_GUARD_WARN_LAN));
    w.on_link[0][0] = network("93.184.216.20", 24);
    make(&w);
    assert_int_equal(out("93.184.216.34", 443), IKE_GUARD_DROP);
    assert_int_equal(way("93.184.216.34"), IKE_GUARD_ROUTE_TUN);
    assert_true(warns(IKE_GUARD_WARN_LAN));
    w.on_link[0][0] = network("10.0.0.20", 8); /* private, but everything that is */
    make(&w);
    assert_int_equal(out("10.1.2.3", 443), IKE_GUARD_DROP);
    assert_true(warns(IKE_GUARD_WARN_LAN));
    w.on_link[0][0] = network("10.77.0.99", 24); /* where the tunnel's name server is */
    make(&w);
    assert_int_equal(out("10.77.0.53", 53), IKE_GUARD_DROP);
    assert_int_equal(out("10.77.0.54", 22), IKE_GUARD_DROP);
    assert_true(warns(IKE_GUARD_WARN_LAN));
    w.cfg.mode = IKE_GUARD_OPTIONAL; /* where it is on by default */
    w.cfg.lan = IKE_GUARD_DEFAULT;
    w.on_link[0][0] = network("192.168.1.20", 24);
    make(&w);
    assert_int_equal(out("192.168.1.9", 22), IKE_GUARD_ACCEPT);
    assert_int_equal(out("192.168.1.1", 53), IKE_GUARD_DROP); /* but nobody is asked there */
}

/* TunnelVision (CVE-2024-3661): a route of the system's is not looked at */
static void the_systems_routes_do_not_matter(void **state)
{
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    make(&w);
    assert_int_equal(way("8.8.8.8"), IKE_GUARD_ROUTE_TUN);
    assert_int_equal(plan->rules[plan->rules_n - 1].lookup, IKE_GUARD_LOOKUP_PLAN);
    assert_int_equal(plan->rules[plan->rules_n - 1].mask, 0); /* everybody's */
    plain_world(&w, IKE_GUARD_CONNECTING);
    make(&w);
    assert_int_equal(way("8.8.8.8"), IKE_GUARD_ROUTE_BLOCK);
}

/* CVE-2019-14899: our inner address is not heard on an outer device, and does not speak there; not even in a LAN or in answer
 * to what the tunnel carries */
static void the_inner_address_stays_inside(void **state)
{
    static const uint32_t modes[] = {IKE_GUARD_FORCED, IKE_GUARD_OPTIONAL};
    struct world w;

    (void)state;
    for (int i = 0; i < 2; i++) {
        ike_guard_packet in = packet(IKE_GUARD_IN, "192.168.1.9", "10.77.0.5", 6, 40000);
        ike_guard_packet from = packet(IKE_GUARD_OUT, "10.77.0.5", "192.168.1.9", 6, 80);

        plain_world(&w, IKE_GUARD_UP);
        w.cfg.mode = modes[i];
        w.cfg.lan = IKE_GUARD_YES;
        make(&w);
        assert_int_equal(ike_guard_judge(plan, &in, NULL), IKE_GUARD_DROP);
        assert_int_equal(why(&in), IKE_GUARD_WHY_VIRTUAL);
        assert_int_equal(ike_guard_judge(plan, &from, NULL), IKE_GUARD_DROP);
        assert_int_equal(why(&from), IKE_GUARD_WHY_VIRTUAL);
        in.device = IKE_GUARD_DEVICE_TUN;
        assert_int_equal(ike_guard_judge(plan, &in, NULL), IKE_GUARD_ACCEPT);
    }
}

/* RFC 7359 4: a tunnel of IPv4 alone leaves nothing of IPv6 outside */
static void a_family_that_is_not_served_is_blocked(void **state)
{
    static const uint32_t modes[] = {IKE_GUARD_FORCED, IKE_GUARD_OPTIONAL};
    struct world w;

    (void)state;
    for (int i = 0; i < 2; i++) {
        ike_guard_packet nd = packet(IKE_GUARD_OUT, "fe80::2", "ff02::1:ff00:1", 58, 135);

        nd.src.port = 0;
        plain_world(&w, IKE_GUARD_UP);
        w.cfg.mode = modes[i];
        make(&w);
        assert_int_equal(out("2001:4860::8888", 443), IKE_GUARD_DROP);
        assert_int_equal(way("2001:4860::8888"), IKE_GUARD_ROUTE_BLOCK);
        assert_int_equal(way("8.8.8.8"), IKE_GUARD_ROUTE_TUN);
        assert_true(warns(IKE_GUARD_WARN_FAMILY));
        assert_int_equal(ike_guard_judge(plan, &nd, NULL), IKE_GUARD_ACCEPT);
    }
    w.routes[0] = network("10.0.0.0", 8); /* a split tunnel leaves IPv6 alone */
    make(&w);
    assert_int_equal(out("2001:4860::8888", 443), 0);
    w.cfg.block_ip6 = 1;
    make(&w);
    assert_int_equal(out("2001:4860::8888", 443), IKE_GUARD_DROP);
    assert_int_equal(out("8.8.8.8", 443), 0);
}

/* ---- modes ---- */

static void optional_without_a_tunnel_is_nothing_at_all(void **state)
{
    struct world w;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        plain_world(&w, phases[i]);
        w.cfg.mode = IKE_GUARD_OPTIONAL;
        make(&w);
        assert_true(plan->is_empty);
        assert_int_equal(plan->routes_n + plan->rules_n + plan->entries_n + plan->nets_n, 0);
        assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_SYSTEM);
    }
}

/* A bound socket does not get round an optional tunnel either while it stands or is being made again. */
static void optional_keeps_what_it_took(void **state)
{
    struct world w;

    (void)state;
    for (size_t i = 2; i < 6; i++) {
        plain_world(&w, phases[i]);
        w.cfg.mode = IKE_GUARD_OPTIONAL;
        w.routes[0] = network("10.0.0.0", 8);
        make(&w);
        assert_int_equal(out("10.1.2.3", 443), IKE_GUARD_DROP);
        assert_int_equal(out("8.8.8.8", 443), 0);
        assert_int_equal(way("10.1.2.3"), IKE_GUARD_ROUTE_TUN);
        assert_int_equal(way("8.8.8.8"), IKE_GUARD_ROUTE_OUTSIDE);
    }
    w.state.tun = 0; /* the device is gone: what it took is blocked, not let out */
    make(&w);
    assert_int_equal(out("10.1.2.3", 443), IKE_GUARD_DROP);
    assert_int_equal(way("10.1.2.3"), IKE_GUARD_ROUTE_BLOCK);
}

static void off_is_the_empty_plan(void **state)
{
    struct world w;
    ike_guard_plan *off = malloc(sizeof(*off));

    (void)state;
    assert_non_null(off);
    plain_world(&w, IKE_GUARD_OFF);
    w.facts.instance = 3;
    make(&w);
    assert_true(plan->is_empty);
    assert_int_equal(ike_guard_make_off(3, off), 0);
    off->mode = IKE_GUARD_FORCED; /* what it was made for is said */
    assert_memory_equal(plan, off, sizeof(*off));
    assert_int_equal(ike_guard_make_off(64, off), IKE_E_USAGE);
    free(off);
}

/* Forced for the networks that the profile names, before and after the tunnel; a gateway cannot make them fewer. */
static void forced_and_split(void **state)
{
    struct world w;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        plain_world(&w, phases[i]);
        w.subnets[0] = network("10.0.0.0", 8);
        w.subnets[1] = network("fd00::", 8);
        w.cfg.subnets_n = 2;
        w.routes[0] = network("10.1.0.0", 16);
        make(&w);
        assert_int_equal(out("10.1.2.3", 443), IKE_GUARD_DROP);
        assert_int_equal(out("10.2.2.3", 443), IKE_GUARD_DROP);
        assert_int_equal(out("fd00::7", 443), IKE_GUARD_DROP);
        assert_int_equal(out("8.8.8.8", 443), 0);
        assert_int_equal(way("8.8.8.8"), IKE_GUARD_ROUTE_OUTSIDE);
        assert_int_not_equal(way("10.2.2.3"), IKE_GUARD_ROUTE_OUTSIDE);
        assert_int_equal(plan->forced_all, 0);
        assert_true(warns(IKE_GUARD_WARN_SPLIT));
        assert_int_equal(warns(IKE_GUARD_WARN_UNSERVED), i >= 2);
    }
    w.cfg.block_ip4 = w.cfg.block_ip6 = 1; /* and nothing else either */
    make(&w);
    assert_int_equal(out("8.8.8.8", 443), IKE_GUARD_DROP);
    assert_true(plan->forced_all);
}

static void excluded_networks_are_small_in_forced_mode(void **state)
{
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    w.excluded[0] = network("198.51.100.7", 32);
    w.excluded[1] = network("13.0.0.0", 8);
    w.cfg.excluded_n = 2;
    make(&w);
    assert_int_equal(out("198.51.100.7", 443), IKE_GUARD_ACCEPT);
    assert_int_equal(way("198.51.100.7"), IKE_GUARD_ROUTE_OUTSIDE);
    assert_int_equal(out("198.51.100.7", 53), IKE_GUARD_DROP);
    assert_int_equal(out("13.1.2.3", 443), IKE_GUARD_DROP);
    assert_int_equal(way("13.1.2.3"), IKE_GUARD_ROUTE_TUN);
    assert_true(warns(IKE_GUARD_WARN_EXCLUDED) && warns(IKE_GUARD_WARN_WIDE));
    w.cfg.mode = IKE_GUARD_OPTIONAL;
    make(&w);
    assert_int_equal(out("13.1.2.3", 443), IKE_GUARD_ACCEPT);
}

/* ---- applications, others' packets ---- */

static void excluded_applications_go_outside(void **state)
{
    ike_guard_packet k = packet(IKE_GUARD_OUT, "192.168.1.20", "8.8.8.8", 6, 443);
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    set_app(&w.apps[0], IKE_GUARD_APP_UID);
    set_app(&w.apps[1], IKE_GUARD_APP_CGROUP);
    w.cfg.apps_n = 2;
    make(&w);
    k.uid = 1000;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
    assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
    k.uid = 1002;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_TUN);
    k.cgroup = "/user.slice/browser/tab";
    k.src = address("10.77.0.5"); /* chosen before it was marked; rewritten on its way out */
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
    assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
    k.cgroup = "/user.slice/browserx";
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    assert_true(warns(IKE_GUARD_WARN_APP));
    assert_int_equal(plan->apps[0].set_mark, 0);
    assert_int_equal(plan->apps[1].set_mark & plan->mask, plan->apps[1].set_mark);
    assert_int_not_equal(plan->apps[1].set_mark, plan->mark);
}

static void chosen_applications_are_kept_inside(void **state)
{
    ike_guard_packet k = packet(IKE_GUARD_OUT, "192.168.1.20", "8.8.8.8", 6, 443);
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    set_app(&w.apps[0], IKE_GUARD_APP_MARK);
    w.cfg.apps_n = w.cfg.only_apps = 1;
    make(&w);
    assert_int_equal(ike_guard_judge(plan, &k, NULL), 0);
    assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
    k.mark = 0x10;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_TUN);
    w.state.phase = IKE_GUARD_DOWN;
    make(&w);
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
}

/* Tethering: through the tunnel or not at all. */
static void forwarded_packets_go_inside_or_nowhere(void **state)
{
    static const uint32_t choices[] = {IKE_GUARD_YES, IKE_GUARD_NO, IKE_GUARD_DEFAULT};
    struct world w;

    (void)state;
    for (size_t i = 0; i < 6; i++)
        for (size_t c = 0; c < 3; c++) {
            ike_guard_packet k = packet(IKE_GUARD_FORWARD, "192.168.43.5", "8.8.8.8", 6, 443);
            int has_tunnel = i >= 2, may = choices[c] == IKE_GUARD_YES;

            plain_world(&w, phases[i]);
            w.cfg.forwarded = choices[c];
            make(&w);
            assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
            k.device = IKE_GUARD_DEVICE_TUN;
            if (has_tunnel)
                assert_int_equal(ike_guard_judge(plan, &k, NULL), may ? IKE_GUARD_ACCEPT : IKE_GUARD_DROP);
            assert_int_equal(plan->rewrite, has_tunnel && may);
            k = packet(IKE_GUARD_FORWARD, "8.8.8.8", "192.168.43.5", 6, 40000); /* the answer */
            k.from_device = IKE_GUARD_DEVICE_TUN;
            if (has_tunnel)
                assert_int_equal(ike_guard_judge(plan, &k, NULL), may ? IKE_GUARD_ACCEPT : IKE_GUARD_DROP);
            if (plan->rewrite)
                assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
        }
}

/* ---- holes ---- */

static void the_portals_hole_is_narrow_and_closes(void **state)
{
    ike_guard_packet k = packet(IKE_GUARD_OUT, "192.168.1.20", "203.0.113.80", 6, 443);
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_CONNECTING);
    w.facts.now = 5000000000u;
    w.facts.portal_since = 4000000000u;
    w.portal[0] = network("203.0.113.80", 32);
    w.facts.portal = w.portal;
    w.facts.portal_n = 1;
    w.portal_dns[0] = address("192.168.1.1");
    w.facts.portal_dns = w.portal_dns;
    w.facts.portal_dns_n = 1;
    make(&w);
    assert_false(plan->hole.is_open); /* nobody to hold it */
    set_app(&w.facts.portal_app, IKE_GUARD_APP_CGROUP);
    w.cfg.portal_s = 1001;
    make(&w);
    assert_true(plan->hole.is_open && warns(IKE_GUARD_WARN_PORTAL));
    assert_int_equal(plan->hole.until, 5001000000u);
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    k.cgroup = "/user.slice/browser";
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
    assert_int_equal(ike_guard_way(plan, &k), IKE_GUARD_ROUTE_OUTSIDE);
    k.dst.port = 22;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    k.dst = address("203.0.113.81");
    k.dst.port = 443;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    k.dst = address("192.168.1.1");
    k.dst.port = 53;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
    w.cfg.portal_s = 1000; /* over */
    make(&w);
    assert_false(plan->hole.is_open);
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    w.cfg.portal_s = 0; /* 600 */
    w.facts.portal_since = w.facts.now - 599000000u;
    make(&w);
    assert_true(plan->hole.is_open);
    w.state.phase = IKE_GUARD_UP; /* the tunnel stands: no portal is needed */
    make(&w);
    assert_false(plan->hole.is_open);
    w.state.phase = IKE_GUARD_CONNECTING;
    w.cfg.portal = IKE_GUARD_NO;
    make(&w);
    assert_false(plan->hole.is_open);
}

static void the_gateways_name_is_asked_for_by_ourselves_alone(void **state)
{
    ike_guard_packet k = packet(IKE_GUARD_OUT, "192.168.1.20", "192.168.1.1", 17, 53);
    struct world w;

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        int may = phases[i] == IKE_GUARD_CONNECTING || phases[i] == IKE_GUARD_LOST ||
                  phases[i] == IKE_GUARD_ROAMING;

        plain_world(&w, phases[i]);
        w.facts.resolving = 1;
        set_app(&w.facts.self, IKE_GUARD_APP_UID);
        make(&w);
        k.uid = 1000;
        assert_int_equal(ike_guard_judge(plan, &k, NULL), may ? IKE_GUARD_ACCEPT : IKE_GUARD_DROP);
        k.uid = 5;
        assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
        w.facts.resolving = 0;
        make(&w);
        k.uid = 1000;
        assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    }
}

/* The gateway may begin (a liveness check, RFC 7296 2.4) after any pause; its other ports may not. */
static void the_gateway_is_heard(void **state)
{
    ike_guard_packet k = packet(IKE_GUARD_IN, "192.0.2.1", "192.168.1.20", 17, 50000);
    struct world w;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    make(&w);
    k.src.port = 4500;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
    k.src.port = 4501;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
    k.reply = 1;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_ACCEPT);
    k.reply = 0;
    k.src = address("192.0.2.2");
    k.src.port = 4500;
    assert_int_equal(ike_guard_judge(plan, &k, NULL), IKE_GUARD_DROP);
}

/* ---- numbers, errors ---- */

static void two_clients_have_nothing_in_common(void **state)
{
    ike_guard_plan *other = malloc(sizeof(*other));
    struct world w;

    (void)state;
    assert_non_null(other);
    for (uint32_t i = 0; i < 63; i++) {
        plain_world(&w, IKE_GUARD_UP);
        w.facts.instance = i;
        make(&w);
        w.facts.instance = i + 1;
        assert_int_equal(ike_guard_make(&w.cfg, &w.state, &w.facts, other), 0);
        assert_int_not_equal(plan->mark, other->mark);
        assert_int_not_equal(plan->table, other->table);
        assert_true(plan->priority + IKE_GUARD_RULES <= other->priority);
        assert_int_equal(plan->mark & ~plan->mask, 0);
    }
    free(other);
}

static void what_cannot_be_is_refused(void **state)
{
    struct world w;

    (void)state;
#define REFUSED(what, code)                                                       \
    do {                                                                          \
        plain_world(&w, IKE_GUARD_UP);                                            \
        what;                                                                     \
        assert_int_equal(ike_guard_make(&w.cfg, &w.state, &w.facts, plan), code); \
    } while (0)
    REFUSED(w.cfg.size = 0, IKE_E_USAGE);
    REFUSED(w.state.phase = 7, IKE_E_USAGE);
    REFUSED(w.facts.instance = 64, IKE_E_USAGE);
    REFUSED(w.cfg.mode = 2, IKE_E_CONFIG);
    REFUSED(w.routes[0].bits = 33, IKE_E_CONFIG);
    REFUSED(w.ip[0].addr.family = 5, IKE_E_CONFIG);
    REFUSED(w.cfg.only_apps = 1, IKE_E_CONFIG);
    REFUSED((w.cfg.apps_n = 1, set_app(&w.apps[0], IKE_GUARD_APP_CGROUP), strcpy(w.apps[0].text, "/")),
            IKE_E_CONFIG);
    REFUSED((w.cfg.apps_n = 1, set_app(&w.apps[0], IKE_GUARD_APP_UID), w.apps[0].uid_last = 0), IKE_E_CONFIG);
    REFUSED((w.cfg.apps_n = 1, set_app(&w.apps[0], IKE_GUARD_APP_MARK), w.apps[0].mask = 0), IKE_E_CONFIG);
    REFUSED(set_app(&w.facts.self, IKE_GUARD_APP_NAME), IKE_E_CONFIG);
    assert_int_equal(ike_guard_make(NULL, &w.state, &w.facts, plan), IKE_E_USAGE);
}

/* More than there is room for is an error, never a shorter list. */
static void too_much_is_said(void **state)
{
    ike_prefix *many = calloc(2000, sizeof(*many));
    struct world w;

    (void)state;
    assert_non_null(many);
    for (uint32_t i = 0; i < 2000; i++) {
        many[i] = network("198.51.0.0", 32);
        many[i].addr.ip[2] = (uint8_t)(i / 256);
        many[i].addr.ip[3] = (uint8_t)i;
    }
    plain_world(&w, IKE_GUARD_UP);
    w.cfg.excluded = many;
    w.cfg.excluded_n = 500;
    make(&w);
    assert_int_equal(plan->warnings_n, IKE_GUARD_WARNINGS);
    w.cfg.excluded_n = 2000;
    assert_int_equal(ike_guard_make(&w.cfg, &w.state, &w.facts, plan), IKE_E_LIMIT);
    free(many);
}

static void the_text_is_json_of_all_of_it(void **state)
{
    struct world w;
    char *text;

    (void)state;
    plain_world(&w, IKE_GUARD_UP);
    w.cfg.lan = IKE_GUARD_YES;
    make(&w);
    text = ike_guard_print(plan);
    assert_non_null(text);
    assert_non_null(strstr(text, "\"mode\": \"forced\""));
    assert_non_null(
        strstr(text, "{\"to\":\"0.0.0.0/0\",\"kind\":\"tun\",\"src\":\"10.77.0.5\",\"why\":\"tunnel\"}"));
    assert_non_null(strstr(text, "{\"to\":\"::/0\",\"kind\":\"block\",\"why\":\"family\"}"));
    assert_non_null(strstr(text,
                           "{\"chain\":\"out\",\"device\":\"outside\",\"mark\":\"0x49000000/0xffff0000\","
                           "\"verdict\":\"accept\",\"why\":\"own-sockets\"}"));
    assert_non_null(strstr(text, "\"dns\": {\"mode\":\"full\",\"servers\":[\"10.77.0.53\"]}"));
    ike_guard_text_free(text);
    assert_string_equal(ike_guard_reason_name(IKE_GUARD_WHY_FAMILY), "family");
    assert_string_equal(ike_guard_reason_name(18), "?");
    assert_string_equal(ike_guard_set_name(IKE_GUARD_SET_PORTAL_DNS), "portal-dns");
    assert_string_equal(ike_guard_phase_name(IKE_GUARD_CLOSING), "closing");
    assert_string_equal(ike_guard_start_name(IKE_GUARD_TRIGGERED), "triggered");
    assert_string_equal(ike_guard_action_name(IKE_GUARD_EVALUATE), "evaluate");
}

static int set_up(void **state)
{
    (void)state;
    plan = malloc(sizeof(*plan));
    return plan ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(plan);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(others_do_not_reach_the_gateway),
        cmocka_unit_test(a_lan_is_private_modest_and_not_the_tunnels),
        cmocka_unit_test(the_systems_routes_do_not_matter),
        cmocka_unit_test(the_inner_address_stays_inside),
        cmocka_unit_test(a_family_that_is_not_served_is_blocked),
        cmocka_unit_test(optional_without_a_tunnel_is_nothing_at_all),
        cmocka_unit_test(optional_keeps_what_it_took),
        cmocka_unit_test(off_is_the_empty_plan),
        cmocka_unit_test(forced_and_split),
        cmocka_unit_test(excluded_networks_are_small_in_forced_mode),
        cmocka_unit_test(excluded_applications_go_outside),
        cmocka_unit_test(chosen_applications_are_kept_inside),
        cmocka_unit_test(forwarded_packets_go_inside_or_nowhere),
        cmocka_unit_test(the_portals_hole_is_narrow_and_closes),
        cmocka_unit_test(the_gateways_name_is_asked_for_by_ourselves_alone),
        cmocka_unit_test(the_gateway_is_heard),
        cmocka_unit_test(two_clients_have_nothing_in_common),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(too_much_is_said),
        cmocka_unit_test(the_text_is_json_of_all_of_it),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
