/* tests/unit/profile/guard_keys_test.c - keys that say what is guarded. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include <ike/profile.h>
#include <stdlib.h>

#define HEAD                                                                                       \
    "{\"name\":\"t\",\"type\":\"ikev2-psk\",\"remote\":{\"addr\":\"gw.test\"},\"local\":{\"psk\":" \
    "\"0123456789abcdef0123456789\"}"

static ike_profile *load(const char *more, char **why)
{
    char text[4096];
    ike_profile *p;

    snprintf(text, sizeof(text), HEAD "%s}", more);
    (void)ike_profile_parse(&p, text, strlen(text), NULL, NULL, 0, why);
    return p;
}

static ike_profile *good(const char *more)
{
    char *why = NULL;
    ike_profile *p = load(more, &why);

    if (!p)
        fail_msg("%s: %s", more, why);
    ike_profile_why_free(why);
    return p;
}

static void a_profile_without_them(void **state)
{
    ike_profile *p = good("");
    const ike_guard_config *g = p->guard;

    (void)state;
    assert_int_equal(g->size, sizeof(*g));
    assert_int_equal(g->mode, IKE_GUARD_OPTIONAL);
    assert_int_equal(g->start, IKE_GUARD_MANUAL);
    assert_int_equal(g->lan, IKE_GUARD_DEFAULT);
    assert_int_equal(g->forwarded, IKE_GUARD_DEFAULT);
    assert_int_equal(g->portal, IKE_GUARD_DEFAULT);
    assert_int_equal(g->apps_n + g->triggers_n + g->subnets_n + g->dns_allowed_n, 0);
    ike_profile_free(p);
}

static void all_of_them(void **state)
{
    ike_profile *p =
        good(",\"mode\":\"forced\",\"start\":\"automatic\",\"lan\":true,\"forwarded\":\"tunnel\","
             "\"captive-portal\":false,\"captive-portal-seconds\":60,\"dns-servers\":\"10.0.0.1\","
             "\"split-tunneling\":{\"subnets\":[\"10.0.0.0/"
             "8\"],\"excluded\":\"198.51.100.7\",\"block-ipv6\":true},"
             "\"dns\":{\"domains\":[\"*\",\"internal\"],\"always\":\"corp.test.\",\"trust-anchors\":[\"corp."
             "test\"]}");
    const ike_guard_config *g = p->guard;

    (void)state;
    assert_int_equal(g->mode, IKE_GUARD_FORCED);
    assert_int_equal(g->start, IKE_GUARD_AUTOMATIC);
    assert_int_equal(g->lan, IKE_GUARD_YES);
    assert_int_equal(g->forwarded, IKE_GUARD_YES);
    assert_int_equal(g->portal, IKE_GUARD_NO);
    assert_int_equal(g->portal_s, 60);
    assert_int_equal(g->subnets_n, 1);
    assert_int_equal(g->subnets[0].bits, 8);
    assert_int_equal(g->excluded_n, 1);
    assert_int_equal(g->block_ip4, 0);
    assert_int_equal(g->block_ip6, 1);
    assert_int_equal(g->dns_n, 1);
    assert_int_equal(g->dns_allowed_n, 2);
    assert_string_equal(g->dns_allowed[1], "internal");
    assert_string_equal(g->dns_always[0], "corp.test.");
    assert_string_equal(g->dns_anchors[0], "corp.test");
    assert_int_equal(p->config->want & IKE_WANT_DNSSEC, IKE_WANT_DNSSEC);
    ike_profile_free(p);
}

static void applications(void **state)
{
    ike_profile *p = good(",\"apps\":[\"uid:1000\",\"uid:5-7\",\"cgroup:/user.slice/a.scope\",\"mark:0x10/"
                          "0xf0\",\"mark:7\",\"org.example.app\"]");
    const ike_guard_app *a = p->guard->apps;

    (void)state;
    assert_int_equal(p->guard->apps_n, 6);
    assert_int_equal(p->guard->only_apps, 1);
    assert_true(a[0].kind == IKE_GUARD_APP_UID && a[0].uid_first == 1000 && a[0].uid_last == 1000);
    assert_true(a[1].uid_first == 5 && a[1].uid_last == 7);
    assert_int_equal(a[2].kind, IKE_GUARD_APP_CGROUP);
    assert_string_equal(a[2].text, "/user.slice/a.scope");
    assert_true(a[3].kind == IKE_GUARD_APP_MARK && a[3].mark == 0x10 && a[3].mask == 0xf0);
    assert_true(a[4].mark == 7 && a[4].mask == UINT32_MAX);
    assert_int_equal(a[5].kind, IKE_GUARD_APP_NAME);
    assert_string_equal(a[5].text, "org.example.app");
    ike_profile_free(p);

    p = good(",\"excluded-apps\":[\"uid:0\"]");
    assert_int_equal(p->guard->apps_n, 1);
    assert_int_equal(p->guard->only_apps, 0);
    ike_profile_free(p);

    p = good(",\"apps\":[\"uid:1\"],\"excluded-apps\":[\"uid:2\",\"uid:3\"]");
    assert_int_equal(p->guard->apps_n, 1);
    assert_int_equal(p->guard->only_apps, 1);
    assert_int_equal(p->warnings_n, 1);
    ike_profile_free(p);
}

static void triggers_are_read(void **state)
{
    ike_profile *p =
        good(",\"start\":\"triggered\",\"triggers\":["
             "{\"action\":\"disconnect\",\"interface\":\"ethernet\",\"dns-domains\":[\"corp.test\",\"*.lab."
             "test\"],"
             "\"dns-servers\":[\"10.*\",\"fd00::53\"]},"
             "{\"action\":\"connect\",\"ssids\":[\"cafe, upstairs\",\"x\"],\"probe\":\"https://p.test/\"},"
             "{\"action\":\"evaluate\",\"evaluate\":["
             "{\"domains\":[\"bank.test\"],\"action\":\"never-connect\"},"
             "{\"domains\":[\"corp.test\"],\"action\":\"connect-if-needed\",\"dns-servers\":[\"10.0.0.1\"],"
             "\"probe\":\"http://q.test/\"}]},"
             "{\"action\":\"ignore\"}]");
    const ike_guard_config *g = p->guard;
    const ike_guard_trigger *t = g->triggers;

    (void)state;
    assert_int_equal(p->warnings_n, 0);
    assert_int_equal(g->start, IKE_GUARD_TRIGGERED);
    assert_int_equal(g->triggers_n, 4);
    assert_int_equal(t[0].action, IKE_GUARD_DISCONNECT);
    assert_int_equal(t[0].link, IKE_GUARD_LINK_ETHERNET);
    assert_int_equal(t[0].dns_domains_n, 2);
    assert_string_equal(t[0].dns_domains[1], "*.lab.test");
    assert_int_equal(t[0].dns_servers_n, 2);
    assert_string_equal(t[0].dns_servers[0], "10.*");
    assert_null(t[0].url);
    assert_int_equal(t[1].action, IKE_GUARD_CONNECT);
    assert_int_equal(t[1].ssids_n, 2);
    assert_string_equal(t[1].ssids[0], "cafe, upstairs");
    assert_int_equal(t[1].dns_domains_n, 0);
    assert_string_equal(t[1].url, "https://p.test/");
    assert_int_equal(t[2].evaluate_n, 2);
    assert_int_equal(t[2].evaluate[0].never, 1);
    assert_int_equal(t[2].evaluate[0].required_dns_n, 0);
    assert_null(t[2].evaluate[0].required_url);
    assert_int_equal(t[2].evaluate[1].never, 0);
    assert_string_equal(t[2].evaluate[1].required_dns[0], "10.0.0.1");
    assert_string_equal(t[2].evaluate[1].required_url, "http://q.test/");
    assert_int_equal(t[3].action, IKE_GUARD_IGNORE);
    ike_profile_free(p);
}

static void wrong_values_name_the_key(void **state)
{
    static const struct {
        const char *more, *says;
    } cases[] = {
        {"\"mode\":\"always\"", "mode: found \"always\" (a string), expected optional or forced"},
        {"\"mode\":true", "mode: found true, expected optional or forced"},
        {"\"start\":\"now\"", "start: found \"now\""},
        {"\"start\":\"triggered\"", "triggers: missing"},
        {"\"start\":\"triggered\",\"triggers\":[]", "triggers: missing"},
        {"\"lan\":\"yes\"", "lan: found \"yes\" (a string), expected true or false"},
        {"\"forwarded\":\"\"", "forwarded: "},
        {"\"forwarded\":\"allow\"", "forwarded: found \"allow\" (a string), expected tunnel or block"},
        {"\"captive-portal-seconds\":5",
         "captive-portal-seconds: found 5 (a number), expected an integer 30..3600"},
        {"\"dns\":7", "dns: found 7"},
        {"\"dns\":{\"domains\":[\".\"]}", "dns.domains: expected names of domains"},
        {"\"dns\":{\"domains\":[\"a..b\"]}", "dns.domains: expected names of domains"},
        {"\"dns\":{\"always\":[\"*\"]}", "dns.always: expected names of domains"},
        {"\"dns\":{\"trust-anchors\":[7]}", "dns.trust-anchors: found 7"},
        {"\"apps\":[\"uid:\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"uid:5-4\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"uid:-1\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"uid:4294967296\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"mark:0x11/0x10\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"mark:1/0\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"cgroup:/\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"cgroup:a\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"cgroup:/a/../b\"]", "apps: expected uid:1000"},
        {"\"apps\":[\"cgroup:/a\\\"\"]", "apps: expected uid:1000"},
        {"\"excluded-apps\":[\"user:x\"]", "excluded-apps: expected uid:1000"},
        {"\"triggers\":{}", "triggers: found an object, expected an array of objects"},
        {"\"triggers\":[7]", "triggers: found 7"},
        {"\"triggers\":[{}]", "triggers[0].action: missing"},
        {"\"triggers\":[{\"action\":\"connect\"},{\"action\":\"go\"}]", "triggers[1].action: found \"go\""},
        {"\"triggers\":[{\"action\":\"connect\",\"interface\":\"vpn\"}]",
         "triggers[0].interface: found \"vpn\""},
        {"\"triggers\":[{\"action\":\"connect\",\"dns-domains\":[\"*.\"]}]",
         "triggers[0].dns-domains: expected"},
        {"\"triggers\":[{\"action\":\"connect\",\"dns-servers\":[\"*\"]}]",
         "triggers[0].dns-servers: expected"},
        {"\"triggers\":[{\"action\":\"connect\",\"probe\":\"ftp://x\"}]",
         "triggers[0].probe: found \"ftp://x\""},
        {"\"triggers\":[{\"action\":\"evaluate\"}]", "triggers[0].evaluate: belongs to action evaluate"},
        {"\"triggers\":[{\"action\":\"connect\",\"evaluate\":[{\"domains\":[\"a.b\"],\"action\":\"never-"
         "connect\"}]}]",
         "triggers[0].evaluate: belongs to action evaluate"},
        {"\"triggers\":[{\"action\":\"evaluate\",\"evaluate\":[{}]}]",
         "triggers[0].evaluate[0].domains: missing"},
        {"\"triggers\":[{\"action\":\"evaluate\",\"evaluate\":[{\"domains\":[\"a.b\"]}]}]",
         "triggers[0].evaluate[0].action: missing"},
        {"\"triggers\":[{\"action\":\"evaluate\",\"evaluate\":[{\"domains\":[\"a.b\"],\"action\":\"never-"
         "connect\"},"
         "{\"domains\":[\"c.d\"],\"action\":\"never-connect\",\"dns-servers\":[\"10.*\"]}]}]",
         "triggers[0].evaluate[1].dns-servers: expected IP addresses"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char more[1024], *why = NULL;
        ike_profile *p;

        snprintf(more, sizeof(more), ",%s", cases[i].more);
        p = load(more, &why);
        if (p || strncmp(why, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("%s: \"%s\"", cases[i].more, why);
        ike_profile_free(p);
        ike_profile_why_free(why);
    }
}

static void too_many_of_them(void **state)
{
    char text[8000] = "", *why = NULL;

    (void)state;
    strcpy(text, ",\"apps\":[\"uid:0\"");
    for (int i = 1; i <= 30; i++)
        snprintf(text + strlen(text), 16, ",\"uid:%d\"", i);
    strcat(text, "]");
    assert_null(load(text, &why));
    assert_string_equal(why, "apps: at most 30 applications");
    ike_profile_why_free(why);

    strcpy(text, ",\"triggers\":[{\"action\":\"ignore\"}");
    for (int i = 1; i <= 16; i++)
        strcat(text, ",{\"action\":\"ignore\"}");
    strcat(text, "]");
    assert_null(load(text, &why));
    assert_string_equal(why, "triggers: at most 16");
    ike_profile_why_free(why);
}

/* docs/PROFILE.md names the keys of triggers, too; they are not in the table that profile_test.c compares. */
static void unknown_keys_of_triggers_warn(void **state)
{
    ike_profile *p = good(",\"triggers\":[{\"action\":\"connect\",\"colour\":1}]");

    (void)state;
    assert_int_equal(p->warnings_n, 2);
    assert_string_equal(p->warnings[0], "triggers[0].colour: unknown key");
    assert_string_equal(p->warnings[1], "triggers: without start triggered they do nothing");
    ike_profile_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_profile_without_them),
        cmocka_unit_test(all_of_them),
        cmocka_unit_test(applications),
        cmocka_unit_test(triggers_are_read),
        cmocka_unit_test(wrong_values_name_the_key),
        cmocka_unit_test(too_many_of_them),
        cmocka_unit_test(unknown_keys_of_triggers_warn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
