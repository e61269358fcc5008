/* tests/unit/guard/dns_test.c - who is asked for which names (RFC 8598). SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "scene.h"

static ike_guard_plan *plan;

/* A split tunnel to 10/8 with a name server in it. */
static void split_world(struct world *w)
{
    memset(w, 0, sizeof(*w));
    w->cfg.size = sizeof(w->cfg);
    w->state.size = sizeof(w->state);
    w->facts.size = sizeof(w->facts);
    w->state.phase = IKE_GUARD_UP;
    w->state.tun = 7;
    w->ip[0] = network("10.77.0.5", 32);
    w->state.ip = w->ip;
    w->state.ip_n = 1;
    w->routes[0] = network("10.0.0.0", 8);
    w->state.routes = w->routes;
    w->state.routes_n = 1;
    w->dns[0] = address("10.77.0.53");
    w->state.dns = w->dns;
    w->state.dns_n = 1;
    w->state.domains = w->domains;
    w->cfg.dns_allowed = w->allowed;
}

static void make(const struct world *w)
{
    assert_int_equal(ike_guard_make(&w->cfg, &w->state, &w->facts, plan), 0);
}

static int warns(uint32_t code, const char *text)
{
    for (uint32_t i = 0; i < plan->warnings_n; i++)
        if (plan->warnings[i].code == code && (!text || strstr(plan->warnings[i].text, text)))
            return 1;
    return 0;
}

/* RFC 8598 5, 8: the gateway claims, the profile allows */
static void a_domain_has_to_be_allowed(void **state)
{
    static const struct {
        const char *claims, *allowed, *taken; /* NULL: refused */
    } cases[] = {
        {"corp.example.org", "corp.example.org", "corp.example.org"},
        {"Corp.Example.Org.", "example.org", "corp.example.org"},
        {"corp.example.org", "EXAMPLE.ORG.", "corp.example.org"},
        {"example.org", "corp.example.org", NULL}, /* wider than allowed */
        {"badexample.org", "example.org", NULL},   /* whole labels */
        {"bank.test", "example.org", NULL},
        {"corp.example.org", NULL, NULL}, /* nothing is allowed by default */
        {"corp.example.org", "*", "corp.example.org"},
        {"org", "*", NULL},
        {"co.uk", "*", NULL},
        {"in-addr.arpa", "*", NULL},
        {"example.co.uk", "*", "example.co.uk"},
        {"internal", "*", NULL},
        {"internal", "internal", "internal"}, /* named itself */
        {"lab.internal", "internal", "lab.internal"},
        {"10.in-addr.arpa", "*", "10.in-addr.arpa"},
        {"a..b", "*", NULL},
        {".", "*", NULL},
        {"", "*", NULL},
        {"a b.example.org", "*", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct world w;

        split_world(&w);
        w.domains[0] = cases[i].claims;
        w.state.domains_n = 1;
        w.allowed[0] = cases[i].allowed;
        w.cfg.dns_allowed_n = cases[i].allowed != NULL;
        make(&w);
        if (!cases[i].taken) {
            if (plan->dns.domains_n != 0 || !warns(IKE_GUARD_WARN_DOMAIN, NULL))
                fail_msg("%s with %s", cases[i].claims, cases[i].allowed);
            assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_SYSTEM);
            continue;
        }
        assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_SPLIT);
        assert_int_equal(plan->dns.domains_n, 1);
        assert_string_equal(plan->dns.domains[0], cases[i].taken);
        assert_int_equal(plan->dns.servers_n, 1);
    }
}

/* RFC 8598 3.2: "… unless the initiator has been configured with local policy to define a set of Split DNS domains …" */
static void domains_of_the_profile_need_no_claim(void **state)
{
    static const char *const always[] = {"corp.example.org", "internal", "Corp.example.org."};
    struct world w;

    (void)state;
    split_world(&w);
    w.cfg.dns_always = always;
    w.cfg.dns_always_n = 3;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_SPLIT);
    assert_int_equal(plan->dns.domains_n, 2);
    assert_string_equal(plan->dns.domains[1], "internal");
}

/* RFC 8598 5: "INTERNAL_DNS_DOMAIN attributes SHOULD only be used on split-tunnel configurations" */
static void a_full_tunnel_asks_inside_for_everything(void **state)
{
    struct world w;

    (void)state;
    split_world(&w);
    w.routes[0] = network("0.0.0.0", 0);
    w.domains[0] = "corp.example.org";
    w.state.domains_n = 1;
    w.allowed[0] = "*";
    w.cfg.dns_allowed_n = 1;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_FULL);
    assert_int_equal(plan->dns.domains_n, 0);
    w.state.dns_n = 0;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_NONE);
    assert_true(warns(IKE_GUARD_WARN_NO_DNS, NULL));
    w.cfg.mode = IKE_GUARD_FORCED; /* without a tunnel */
    w.state.phase = IKE_GUARD_CONNECTING;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_NONE);
    assert_int_equal(plan->dns.servers_n, 0);
}

/* A server that the tunnel does not reach would be asked in the clear. */
static void a_server_outside_is_not_used(void **state)
{
    struct world w;

    (void)state;
    split_world(&w);
    w.dns[1] = address("8.8.8.8");
    w.state.dns_n = 2;
    w.domains[0] = "corp.example.org";
    w.state.domains_n = 1;
    w.allowed[0] = "*";
    w.cfg.dns_allowed_n = 1;
    make(&w);
    assert_int_equal(plan->dns.servers_n, 1);
    assert_true(warns(IKE_GUARD_WARN_DNS, "8.8.8.8"));
    w.state.dns = &w.dns[1];
    w.state.dns_n = 1;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_SYSTEM);
    assert_int_equal(plan->dns.servers_n, 0);
    assert_int_equal(plan->dns.domains_n, 0);
}

/* The profile's servers come before the gateway's; without domains they are asked for everything. */
static void the_profiles_servers_come_first(void **state)
{
    struct world w;

    (void)state;
    split_world(&w);
    w.own_dns[0] = address("10.1.1.1");
    w.cfg.dns = w.own_dns;
    w.cfg.dns_n = 1;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_FULL);
    assert_int_equal(plan->dns.servers_n, 1);
    assert_memory_equal(plan->dns.servers[0].ip, w.own_dns[0].ip, 16);
    w.cfg.dns_n = 0; /* the gateway's: nobody said for what */
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_SYSTEM);
    assert_true(warns(IKE_GUARD_WARN_NO_DNS, NULL));
    w.own_dns[0] = address("127.0.0.1"); /* a resolver of one's own */
    w.cfg.dns_n = 1;
    make(&w);
    assert_int_equal(plan->dns.mode, IKE_GUARD_DNS_FULL);
}

/* RFC 8598 6 */
static void a_trust_anchor_has_to_be_allowed_by_name(void **state)
{
    static const struct {
        const char *domain, *anchors, *allowed2;
        int taken;
    } cases[] = {{"corp.example.org", "example.org", NULL, 1},
                 {"corp.example.org", NULL, NULL, 0},
                 {"corp.example.org", "other.example.org", NULL, 0},
                 {"corp.example.org", "org", NULL, 0}, /* a TLD */
                 {"example.co.uk", "co.uk", NULL, 0},
                 {"corp.internal", "internal", "internal", 1}, /* ours: it stands among the domains as well */
                 {"bank.test", "bank.test", NULL, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_guard_anchor a = {
            .domain = 1, .key_tag = 43547, .algorithm = 8, .digest_type = 2, .digest_n = 2, .digest = {1, 2}};
        struct world w;

        split_world(&w);
        w.domains[0] = "refused..example";
        w.domains[1] = cases[i].domain;
        w.state.domains_n = 2;
        w.allowed[0] = "*";
        w.allowed[1] = cases[i].allowed2;
        w.cfg.dns_allowed_n = cases[i].allowed2 ? 2 : 1;
        w.cfg.dns_anchors = &cases[i].anchors;
        w.cfg.dns_anchors_n = cases[i].anchors != NULL;
        w.state.anchors = &a;
        w.state.anchors_n = 1;
        make(&w);
        assert_int_equal(plan->dns.domains_n, 1);
        if (plan->dns.anchors_n != (uint32_t)cases[i].taken)
            fail_msg("%s with %s", cases[i].domain, cases[i].anchors);
        if (cases[i].taken) {
            assert_int_equal(plan->dns.anchors[0].domain, 0);
            assert_int_equal(plan->dns.anchors[0].key_tag, 43547);
        } else {
            assert_true(warns(IKE_GUARD_WARN_DOMAIN, "trust anchor"));
        }
        a.domain = 0; /* of a domain that was refused */
        make(&w);
        assert_int_equal(plan->dns.anchors_n, 0);
    }
}

static void names_below_names(void **state)
{
    (void)state;
    assert_true(ike_guard_is_below("a.b", "b") && ike_guard_is_below("b", "b.") &&
                ike_guard_is_below("A.B.", "b"));
    assert_false(ike_guard_is_below("ab", "b") || ike_guard_is_below("b", "a.b") ||
                 ike_guard_is_below("b", ""));
    assert_true(ike_guard_is_public_suffix("com") && ike_guard_is_public_suffix("Co.UK.") &&
                ike_guard_is_public_suffix("github.io") && ike_guard_is_public_suffix(""));
    assert_false(ike_guard_is_public_suffix("example.com") || ike_guard_is_public_suffix("a.co.uk") ||
                 ike_guard_is_public_suffix("co.example"));
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
        cmocka_unit_test(a_domain_has_to_be_allowed),
        cmocka_unit_test(domains_of_the_profile_need_no_claim),
        cmocka_unit_test(a_full_tunnel_asks_inside_for_everything),
        cmocka_unit_test(a_server_outside_is_not_used),
        cmocka_unit_test(the_profiles_servers_come_first),
        cmocka_unit_test(a_trust_anchor_has_to_be_allowed_by_name),
        cmocka_unit_test(names_below_names),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
