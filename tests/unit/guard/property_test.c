/* tests/unit/guard/property_test.c - whatever the profile, the state and the network: nothing gets round the tunnel but
 * what is listed, and what is listed does. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "world.h"
#include <ike/err.h>

#define WORLDS  3000u
#define PACKETS 400u

static ike_guard_plan *new_plan(void)
{
    ike_guard_plan *p = malloc(sizeof(*p));

    assert_non_null(p);
    memset(p, 0x5a, sizeof(*p)); /* every octet is to be written */
    return p;
}

static int make(const struct world *w, ike_guard_plan *p)
{
    return ike_guard_make(&w->cfg, &w->state, &w->facts, p);
}

/* NULL: the plan says of it what the rules say; else what is wrong. */
static const char *complaint(const struct world *w, const ike_guard_plan *p, const ike_guard_packet *k)
{
    int passes = ike_guard_judge(p, k, NULL) != IKE_GUARD_DROP, may = admits(w, k, p->mark, p->dns.mode);

    if (passes && !may)
        return "gets round the tunnel";
    return !passes && may ? "is dropped" : NULL;
}

static void print_packet(const ike_guard_packet *k)
{
    char src[64] = "", dst[64] = "";

    inet_ntop(k->src.family == 4 ? AF_INET : AF_INET6, k->src.ip, src, sizeof(src));
    inet_ntop(k->dst.family == 4 ? AF_INET : AF_INET6, k->dst.ip, dst, sizeof(dst));
    print_message("chain %u from-device %u proto %u %s:%u > %s:%u uid %u mark %x cgroup %s reply %u\n",
                  k->chain, k->from_device, k->proto, src, k->src.port, dst, k->dst.port, k->uid, k->mark,
                  k->cgroup ? k->cgroup : "", k->reply);
}

static void fail_with(const ike_guard_plan *p, const ike_guard_packet *k, uint64_t seed, const char *text)
{
    char *json = ike_guard_print(p);

    print_packet(k);
    print_message("%s", json ? json : "");
    ike_guard_text_free(json);
    fail_msg("world %llu: a packet %s", (unsigned long long)seed, text);
}

/* RFC 4301 4.4.1, RFC 7359; every mode, every phase */
static void nothing_passes_but_what_is_listed(void **state)
{
    ike_guard_plan *p = new_plan();
    uint32_t passed = 0, dropped = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w;
        ike_guard_packet k;

        roll_world(&w, seed);
        assert_int_equal(make(&w, p), 0);
        for (uint32_t i = 0; i < PACKETS; i++) {
            const char *wrong = roll_packet(&w, &k, p->mark) ? complaint(&w, p, &k) : NULL;
            if (wrong)
                fail_with(p, &k, seed, wrong);
            if (ike_guard_judge(p, &k, NULL) == IKE_GUARD_DROP)
                dropped++;
            else
                passed++;
        }
    }
    assert_true(passed > WORLDS * 20 && dropped > WORLDS * 20); /* both happen: the dice are fair enough */
    free(p);
}

/* A packet that no socket option leads: it goes into the tunnel or nowhere, or may pass outside; what may pass by name or
 * by mark is led outside, not into the tunnel. */
static void routes_agree_with_verdicts(void **state)
{
    ike_guard_plan *p = new_plan();

    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w;
        ike_guard_packet k;
        uint32_t at;

        roll_world(&w, seed);
        assert_int_equal(make(&w, p), 0);
        for (uint32_t i = 0; i < PACKETS; i++) {
            if (!roll_packet(&w, &k, p->mark) || k.chain != IKE_GUARD_OUT || p->is_empty)
                continue;
            if (ike_guard_judge(p, &k, &at) != IKE_GUARD_ACCEPT)
                continue;
            switch (p->entries[at].why) {
            case IKE_GUARD_WHY_OWN_SOCKETS:
            case IKE_GUARD_WHY_APP:
            case IKE_GUARD_WHY_PORTAL:
            case IKE_GUARD_WHY_RESOLVING:
                assert_int_equal(ike_guard_way(p, &k), IKE_GUARD_ROUTE_OUTSIDE);
                break;
            default: /* a network of the tunnel's may be inside of one that is excluded */
                break;
            }
        }
    }
    free(p);
}

/* What a tunnel of everything carries is led into it or blocked, whatever routes the system has (CVE-2024-3661). */
static void everything_else_is_led_inside(void **state)
{
    ike_guard_plan *p = new_plan();
    uint32_t seen = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w;
        ike_guard_packet k;

        roll_world(&w, seed);
        assert_int_equal(make(&w, p), 0);
        for (uint32_t i = 0; p->forced_all && i < PACKETS; i++) {
            uint32_t marked = 0;
            if (!roll_packet(&w, &k, p->mark) || k.chain != IKE_GUARD_OUT ||
                ike_guard_judge(p, &k, NULL) != IKE_GUARD_DROP)
                continue;
            for (uint32_t n = 0; n < p->apps_n; n++)
                marked |= p->apps[n].set_mark;
            if (marked || is_inner(&w, &k.src) || is_query(&k)) /* there the verdict alone says it */
                continue;
            if (sends(&w.facts.self, &k) || sends(&w.facts.portal_app, &k))
                continue; /* holders of a hole are led outside, and stopped there */
            if (is_excluded(&w, &k.dst) || is_lan(&w, &k.dst) || (k.dst.family == 6 && k.dst.ip[0] == 0xfe))
                continue;
            seen++;
            if (ike_guard_way(p, &k) == IKE_GUARD_ROUTE_OUTSIDE)
                fail_with(p, &k, seed, "that is dropped outside is led there");
        }
    }
    assert_true(seen > 1000);
    free(p);
}

/* Full tunnel: inside or not at all; its servers are led into it. */
static void queries_go_inside(void **state)
{
    ike_guard_plan *p = new_plan();
    uint32_t full = 0, servers = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        struct world w;
        ike_guard_packet k;

        roll_world(&w, seed);
        assert_int_equal(make(&w, p), 0);
        memset(&k, 0, sizeof(k));
        k.chain = IKE_GUARD_OUT;
        k.uid = 5;
        for (uint32_t i = 0; i < p->dns.servers_n; i++) {
            k.dst = p->dns.servers[i];
            if (!p->only_apps && k.dst.ip[0] != 127) {
                if (ike_guard_way(p, &k) != IKE_GUARD_ROUTE_TUN)
                    fail_with(p, &k, seed, "to a name server is not led inside");
                assert_int_equal(ike_guard_way(p, &k), IKE_GUARD_ROUTE_TUN);
                servers++;
            }
        }
        if (p->is_empty || p->only_apps || !is_full_tunnel(&w))
            continue;
        full++;
        assert_int_equal(p->dns.mode, p->dns.servers_n ? IKE_GUARD_DNS_FULL : IKE_GUARD_DNS_NONE);
        assert_int_equal(p->dns.domains_n, 0);
    }
    assert_true(full > 300 && servers > 100);
    free(p);
}

/* The same input, the same octets; and input that is given in another place, too. */
static void equal_input_gives_equal_octets(void **state)
{
    ike_guard_plan *p = new_plan(), *q = new_plan();

    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct world w, v;

        roll_world(&w, seed);
        roll_world(&v, seed);
        memset(q, 0xa5, sizeof(*q));
        assert_int_equal(make(&w, p), 0);
        assert_int_equal(make(&v, q), 0);
        assert_memory_equal(p, q, sizeof(*p));
    }
    free(p);
    free(q);
}

/* ---- differences ---- */

#define SPLICE(n, array)                                                                             \
    do {                                                                                             \
        if (c->op == IKE_GUARD_REMOVE) {                                                             \
            memmove(&p->array[c->at], &p->array[c->at + 1], (--p->n - c->at) * sizeof(p->array[0])); \
            memset(&p->array[p->n], 0, sizeof(p->array[0]));                                         \
        } else {                                                                                     \
            memmove(&p->array[c->at + 1], &p->array[c->at], (p->n++ - c->at) * sizeof(p->array[0])); \
            p->array[c->at] = to->array[c->at];                                                      \
        }                                                                                            \
    } while (0)

static void apply(ike_guard_plan *p, const ike_guard_plan *to, const ike_guard_change *c)
{
    switch (c->section) {
    case IKE_GUARD_HEAD:
        memcpy(p, to, offsetof(ike_guard_plan, ip_n));
        p->dns = to->dns;
        p->hole = to->hole;
        break;
    case IKE_GUARD_IPS:
        SPLICE(ip_n, ip);
        break;
    case IKE_GUARD_NETS_OF:
        SPLICE(nets_n, nets);
        break;
    case IKE_GUARD_ROUTES_OF:
        SPLICE(routes_n, routes);
        break;
    case IKE_GUARD_RULES_OF:
        SPLICE(rules_n, rules);
        break;
    case IKE_GUARD_ENTRIES_OF:
        SPLICE(entries_n, entries);
        break;
    case IKE_GUARD_APPS_OF:
        SPLICE(apps_n, apps);
        break;
    default:
        SPLICE(warnings_n, warnings);
        break;
    }
}

static void a_difference_leads_from_one_to_the_other(void **state)
{
    ike_guard_plan *p = new_plan(), *q = new_plan();
    ike_guard_change *c = malloc(8192 * sizeof(*c));

    (void)state;
    assert_non_null(c);
    for (uint64_t seed = 1; seed <= 600; seed++) {
        struct world w;
        int n;

        roll_world(&w, seed);
        assert_int_equal(make(&w, p), 0);
        if (seed % 2) /* the same profile on its way, or quite another one */
            w.state.phase = 1 + w.state.phase % 6;
        else
            roll_world(&w, seed + 7000);
        assert_int_equal(make(&w, q), 0);
        n = ike_guard_diff(p, q, c, 8192);
        assert_in_range(n, 0, 8192);
        assert_int_equal(ike_guard_diff(p, p, c, 0), 0);
        if (n > 0)
            assert_int_equal(ike_guard_diff(p, q, c, (uint32_t)n - 1), IKE_E_NOSPACE);
        assert_int_equal(ike_guard_diff(p, q, c, (uint32_t)n), n);
        for (int i = 0; i < n; i++)
            apply(p, q, &c[i]);
        assert_memory_equal(p, q, sizeof(*p));
    }
    free(p);
    free(q);
    free(c);
}

/* ---- the test itself ---- */

/* A profile with one of everything, so that every entry decides about some packet. */
static void rich_world(struct world *w, uint32_t phase)
{
    roll_world(w, 1);
    memset(&w->cfg, 0, sizeof(w->cfg));
    w->cfg.size = sizeof(w->cfg);
    w->cfg.mode = IKE_GUARD_FORCED;
    w->cfg.lan = IKE_GUARD_YES;
    w->cfg.forwarded = IKE_GUARD_YES;
    w->excluded[0] = network("198.51.100.7", 32);
    w->cfg.excluded = w->excluded;
    w->cfg.excluded_n = 1;
    set_app(&w->apps[0], IKE_GUARD_APP_UID);
    set_app(&w->apps[1], IKE_GUARD_APP_CGROUP);
    set_app(&w->apps[2], IKE_GUARD_APP_MARK);
    w->cfg.apps = w->apps;
    w->cfg.apps_n = 3;
    w->state.phase = phase;
    w->state.tun = 7;
    w->routes[0] = network("0.0.0.0", 0);
    w->state.routes_n = 1;
    w->state.ip_n = 2;
    w->state.gateways_n = 2;
    w->gateways[0].port = 4500;
    w->gateways[1].port = 7000;
    w->state.dns_n = 1;
    w->on_link[0][0] = network("192.168.1.20", 24);
    w->on_link[0][1] = network("fd00:1::1", 64);
    w->links[0].on_link_n = 2;
    w->links[0].dns_n = 2;
    w->facts.links_n = 1;
    w->facts.resolving = 1;
    set_app(&w->facts.self, IKE_GUARD_APP_UID);
    w->facts.self.uid_first = w->facts.self.uid_last = 990;
    w->facts.portal_n = w->facts.portal_dns_n = 1;
    w->facts.portal_since = w->facts.now;
    set_app(&w->facts.portal_app, IKE_GUARD_APP_CGROUP);
    strcpy(w->facts.portal_app.text, "/portal");
}

/* Every packet there is in this small world: 1: one of them is judged otherwise than the rules say. */
static int is_found(const struct world *w, const ike_guard_plan *p)
{
    ike_guard_packet k;

    memset(&k, 0, sizeof(k));
    k.device = IKE_GUARD_DEVICE_OUTSIDE;
    for (uint32_t s = 0; s < POOL; s++)
        for (uint32_t d = 0; d < POOL; d++)
            for (uint32_t v = 0; v < SERVICES; v++) {
                k.src = w->pool[s];
                k.dst = w->pool[d];
                set_service(&k, v);
                if (k.src.family != k.dst.family)
                    continue;
                for (uint32_t who = 0; who < SENDERS + 4; who++) {
                    k.chain = who < SENDERS       ? IKE_GUARD_OUT
                              : who < SENDERS + 2 ? IKE_GUARD_IN
                                                  : IKE_GUARD_FORWARD;
                    k.reply = who == SENDERS;
                    k.from_device = who == SENDERS + 2 ? IKE_GUARD_DEVICE_TUN : IKE_GUARD_DEVICE_OUTSIDE;
                    set_sender(&k, who < SENDERS ? who : 0, p->mark);
                    if (complaint(w, p, &k))
                        return 1;
                }
            }
    return 0;
}

static void flip(ike_guard_entry *e)
{
    e->verdict = e->verdict == IKE_GUARD_ACCEPT ? IKE_GUARD_DROP : IKE_GUARD_ACCEPT;
}
static void forget_mark(ike_guard_entry *e)
{
    e->mark = e->mask = 0;
}
static void forget_app(ike_guard_entry *e)
{
    e->app = 0;
}
static void forget_to(ike_guard_entry *e)
{
    e->to = IKE_GUARD_ANY;
}
static void forget_from(ike_guard_entry *e)
{
    e->from = IKE_GUARD_ANY;
}
static void forget_ports(ike_guard_entry *e)
{
    e->proto = e->sport_first = e->sport_last = e->dport_first = e->dport_last = 0;
}
static void forget_reply(ike_guard_entry *e)
{
    e->reply = 0;
}
static void forget_family(ike_guard_entry *e)
{
    e->family = 0;
}

/* If the plan were wrong in one entry, the comparison above would see it: any verdict turned round, any criterion of an
 * entry that lets something pass forgotten. */
static void one_wrong_entry_is_found(void **state)
{
    static void (*const wrong[])(ike_guard_entry *) = {
        flip, forget_mark, forget_app, forget_to, forget_from, forget_ports, forget_reply, forget_family};
    static const uint32_t phases[] = {IKE_GUARD_DOWN, IKE_GUARD_CONNECTING, IKE_GUARD_UP, IKE_GUARD_LOST};
    ike_guard_plan *p = new_plan(), *q = new_plan();
    uint32_t tried = 0, missed = 0;

    (void)state;
    for (unsigned n = 0; n < 4; n++) {
        struct world w;

        rich_world(&w, phases[n]);
        assert_int_equal(make(&w, p), 0);
        assert_false(is_found(&w, p));
        for (uint32_t i = 0; i < p->entries_n; i++)
            for (size_t m = 0; m < sizeof(wrong) / sizeof(wrong[0]); m++) {
                if (p->entries[i].device != IKE_GUARD_DEVICE_OUTSIDE && p->entries[i].from_device == 0)
                    continue; /* loopback and tunnel are not outside */
                if (m > 0 && p->entries[i].verdict == IKE_GUARD_DROP)
                    continue; /* more is dropped: no leak, and what is not listed is nobody's */
                memcpy(q, p, sizeof(*q));
                wrong[m](&q->entries[i]);
                if (memcmp(p, q, sizeof(*q)) == 0)
                    continue;
                tried++;
                if (!is_found(&w, q)) {
                    missed++;
                    print_message("phase %u: entry %u (%s), change %zu: not seen\n", phases[n], i,
                                  ike_guard_reason_name(p->entries[i].why), m);
                }
            }
    }
    assert_true(tried > 150);
    assert_int_equal(missed, 0);
    free(p);
    free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_passes_but_what_is_listed),
        cmocka_unit_test(routes_agree_with_verdicts),
        cmocka_unit_test(everything_else_is_led_inside),
        cmocka_unit_test(queries_go_inside),
        cmocka_unit_test(equal_input_gives_equal_octets),
        cmocka_unit_test(a_difference_leads_from_one_to_the_other),
        cmocka_unit_test(one_wrong_entry_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
