/* tests/unit/guard/decide_test.c - triggers: the semantics of OnDemandRules. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "scene.h"

#define CORP "corp.example.org"
static const char *const net_names[] = {"office", "cafe, upstairs"};
static const char *const corp[] = {CORP};
static const char *const below_corp[] = {"*." CORP};
static const char *const servers[] = {"10.1.1.1", "fd00::53"};
static const char *const ten[] = {"10.*"};
static const char url[] = "https://probe.example.org/";

struct scene {
    ike_guard_link link[2];
    ike_guard_facts facts;
    ike_guard_probe probes[3];
    ike_addr dns[2];
    const char *search[2];
};

static void on_wifi(struct scene *s)
{
    memset(s, 0, sizeof(*s));
    s->facts.size = sizeof(s->facts);
    s->facts.links = s->link;
    s->facts.links_n = 2;
    s->facts.probes = s->probes;
    s->link[0].kind = IKE_GUARD_LINK_ETHERNET; /* plugged in, but not the way out */
    s->link[1].kind = IKE_GUARD_LINK_WIFI;
    s->link[1].is_default = 1;
    s->link[1].ssid = "cafe, upstairs";
    s->link[1].dns = s->dns;
    s->link[1].dns_n = 2;
    s->dns[0] = address("192.168.1.1");
    s->dns[1] = address("10.1.1.1");
    s->link[1].search = s->search;
    s->link[1].search_n = 2;
    s->search[0] = "home.test";
    s->search[1] = "lab.Corp.example.org.";
}

static void known(struct scene *s, const char *what, uint32_t answer)
{
    s->probes[s->facts.probes_n].what = what;
    s->probes[s->facts.probes_n++].answer = answer;
}

static ike_guard_decision decide(const struct scene *s, const ike_guard_trigger *t, uint32_t n)
{
    ike_guard_decision d;

    assert_int_equal(ike_guard_decide(t, n, &s->facts, NULL, IKE_GUARD_UNKNOWN, &d), 0);
    return d;
}

static void each_criterion(void **state)
{
    static const char *const other[] = {"other"};
    static const struct {
        ike_guard_trigger t;
        int fits;
    } cases[] = {
        {{.link = IKE_GUARD_LINK_OTHER}, 1}, /* none at all */
        {{.link = IKE_GUARD_LINK_WIFI}, 1},
        {{.link = IKE_GUARD_LINK_ETHERNET}, 0},
        {{.link = IKE_GUARD_LINK_CELLULAR}, 0},
        {{.ssids = net_names, .ssids_n = 2}, 1},
        {{.ssids = net_names, .ssids_n = 1}, 0},
        {{.dns_domains = below_corp, .dns_domains_n = 1}, 1},
        {{.dns_domains = corp, .dns_domains_n = 1}, 0}, /* equal, not below */
        {{.dns_domains = other, .dns_domains_n = 1}, 0},
        {{.dns_servers = servers, .dns_servers_n = 2}, 1},
        {{.dns_servers = servers + 1, .dns_servers_n = 1}, 0},
        {{.dns_servers = ten, .dns_servers_n = 1}, 1},
        {{.link = IKE_GUARD_LINK_WIFI, .ssids = net_names, .ssids_n = 1}, 0}, /* all of them */
        {{.link = IKE_GUARD_LINK_WIFI,
          .ssids = net_names,
          .ssids_n = 2,
          .dns_servers = ten,
          .dns_servers_n = 1},
         1},
    };
    struct scene s;

    (void)state;
    on_wifi(&s);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_guard_trigger t = cases[i].t;
        ike_guard_decision d;

        t.action = IKE_GUARD_CONNECT;
        d = decide(&s, &t, 1);
        if ((d.action == IKE_GUARD_CONNECT) != cases[i].fits || d.which != (cases[i].fits ? 0u : 1u))
            fail_msg("case %zu: action %u, trigger %u", i, d.action, d.which);
        assert_null(d.probe);
    }
}

static void a_search_domain_itself(void **state)
{
    const ike_guard_trigger equal = {.action = IKE_GUARD_CONNECT, .dns_domains = corp, .dns_domains_n = 1};
    const ike_guard_trigger below = {
        .action = IKE_GUARD_CONNECT, .dns_domains = below_corp, .dns_domains_n = 1};
    struct scene s;

    (void)state;
    on_wifi(&s);
    s.search[1] = "CORP.example.org";
    assert_int_equal(decide(&s, &equal, 1).action, IKE_GUARD_CONNECT);
    assert_int_equal(decide(&s, &below, 1).action, IKE_GUARD_IGNORE);
}

static void the_first_that_fits_decides(void **state)
{
    const ike_guard_trigger t[] = {{.action = IKE_GUARD_CONNECT, .link = IKE_GUARD_LINK_CELLULAR},
                                   {.action = IKE_GUARD_DISCONNECT, .ssids = net_names, .ssids_n = 2},
                                   {.action = IKE_GUARD_CONNECT}};
    struct scene s;
    ike_guard_decision d;

    (void)state;
    on_wifi(&s);
    d = decide(&s, t, 3);
    assert_int_equal(d.action, IKE_GUARD_DISCONNECT);
    assert_int_equal(d.which, 1);
    s.link[1].ssid = "elsewhere";
    assert_int_equal(decide(&s, t, 3).which, 2);
    d = decide(&s, t, 1); /* none fits */
    assert_int_equal(d.action, IKE_GUARD_IGNORE);
    assert_int_equal(d.which, 1);
    s.facts.links_n = 0; /* without a network only what asks for nothing fits */
    assert_int_equal(decide(&s, t, 3).which, 2);
}

/* What has to be tried is said only where all else fits, and nothing behind it is decided before. */
static void a_probe_is_asked_for(void **state)
{
    const ike_guard_trigger t[] = {
        {.action = IKE_GUARD_CONNECT, .link = IKE_GUARD_LINK_CELLULAR, .url = "http://never/"},
        {.action = IKE_GUARD_DISCONNECT, .url = url},
        {.action = IKE_GUARD_CONNECT}};
    struct scene s;
    ike_guard_decision d;

    (void)state;
    on_wifi(&s);
    d = decide(&s, t, 3);
    assert_string_equal(d.probe, url);
    assert_int_equal(d.action, IKE_GUARD_IGNORE);
    known(&s, url, IKE_GUARD_SILENT);
    assert_int_equal(decide(&s, t, 3).action, IKE_GUARD_CONNECT);
    s.probes[0].answer = IKE_GUARD_ANSWERS;
    assert_int_equal(decide(&s, t, 3).action, IKE_GUARD_DISCONNECT);
}

static uint32_t evaluated(const struct scene *s, const ike_guard_trigger *t, const char *name,
                          uint32_t answer, const char **probe)
{
    ike_guard_decision d;

    assert_int_equal(ike_guard_decide(t, 1, &s->facts, name, answer, &d), 0);
    *probe = d.probe;
    return d.action;
}

/* EvaluateConnection: NeverConnect, ConnectIfNeeded with RequiredDNSServers and RequiredURLStringProbe */
static void a_name_decides(void **state)
{
    static const char *const bank[] = {"bank.test"};
    static const ike_guard_evaluation parts[] = {
        {.domains = bank, .domains_n = 1, .never = 1},
        {.domains = corp, .domains_n = 1, .required_dns = servers, .required_dns_n = 2, .required_url = url}};
    const ike_guard_trigger t = {.action = IKE_GUARD_EVALUATE, .evaluate = parts, .evaluate_n = 2};
    const char *probe;
    struct scene s;

    (void)state;
    on_wifi(&s);
    assert_int_equal(evaluated(&s, &t, NULL, 0, &probe), IKE_GUARD_EVALUATE); /* which name? */
    assert_int_equal(evaluated(&s, &t, "www.bank.test", IKE_GUARD_SILENT, &probe), IKE_GUARD_IGNORE);
    assert_int_equal(evaluated(&s, &t, "example.org", IKE_GUARD_SILENT, &probe), IKE_GUARD_IGNORE);
    assert_int_equal(evaluated(&s, &t, "wiki." CORP, IKE_GUARD_SILENT, &probe), IKE_GUARD_CONNECT);
    assert_null(probe);
    assert_int_equal(evaluated(&s, &t, "wiki." CORP, IKE_GUARD_ANSWERS, &probe), IKE_GUARD_IGNORE);
    assert_string_equal(probe, servers[0]);
    known(&s, servers[0], IKE_GUARD_SILENT);
    evaluated(&s, &t, CORP, IKE_GUARD_ANSWERS, &probe);
    assert_string_equal(probe, servers[1]);
    known(&s, servers[1], IKE_GUARD_SILENT);
    assert_int_equal(evaluated(&s, &t, CORP, IKE_GUARD_ANSWERS, &probe), IKE_GUARD_CONNECT);
    s.probes[1].answer = IKE_GUARD_ANSWERS; /* one suffices */
    evaluated(&s, &t, CORP, IKE_GUARD_ANSWERS, &probe);
    assert_string_equal(probe, url);
    known(&s, url, IKE_GUARD_ANSWERS);
    assert_int_equal(evaluated(&s, &t, CORP, IKE_GUARD_ANSWERS, &probe), IKE_GUARD_IGNORE);
    s.probes[2].answer = IKE_GUARD_SILENT;
    assert_int_equal(evaluated(&s, &t, CORP, IKE_GUARD_ANSWERS, &probe), IKE_GUARD_CONNECT);
    assert_null(probe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_criterion),
        cmocka_unit_test(a_search_domain_itself),
        cmocka_unit_test(the_first_that_fits_decides),
        cmocka_unit_test(a_probe_is_asked_for),
        cmocka_unit_test(a_name_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
