/* tests/unit/apply/ruleset_test.c - a plan as a script for nft. SPDX-License-Identifier: Apache-2.0
 *
 * What the script does to packets is tests/interop/guard.sh's affair; here is what it must say. */
#include "apply/room.h"
#include "fake/test.h"
#include <stdlib.h>
#include <string.h>

#define NOW 1000000000u

struct bench {
    ike_guard_plan plan;
    char *text;
};

static int begin(void **state)
{
    struct bench *b = calloc(1, sizeof(*b));

    if (!b || ike_guard_make_off(0, &b->plan) < 0)
        return -1;
    b->plan.is_empty = 0;
    b->plan.tun = 7;
    *state = b;
    return 0;
}

static int end(void **state)
{
    struct bench *b = *state;

    free(b->text);
    free(b);
    return 0;
}

static int script(struct bench *b)
{
    size_t n;
    FILE *f = open_memstream(&b->text, &n);
    int err;

    assert_non_null(f);
    err = ike__apply_ruleset(f, &b->plan, "office", NOW);
    fclose(f);
    return err;
}

static int says(const struct bench *b, const char *what)
{
    return strstr(b->text, what) != NULL;
}

static ike_guard_entry *entry(struct bench *b, ike_guard_entry e)
{
    b->plan.entries[b->plan.entries_n] = e;
    return &b->plan.entries[b->plan.entries_n++];
}

static void net(struct bench *b, uint32_t set, uint8_t family, uint8_t first, uint32_t bits)
{
    ike_guard_net *n = &b->plan.nets[b->plan.nets_n++];

    n->set = set;
    n->net.addr.family = family;
    n->net.addr.ip[0] = first;
    n->net.bits = bits;
}

static void test_the_table_is_replaced_as_a_whole(void **state)
{
    struct bench *b = *state;

    assert_int_equal(script(b), 0);
    assert_ptr_equal(strstr(b->text, "add table inet libike\ndelete table inet libike\ntable inet libike {"),
                     b->text);
    assert_true(says(b, "comment \"guard of office\""));
}

static void test_the_empty_plan_leaves_no_table(void **state)
{
    struct bench *b = *state;

    b->plan.is_empty = 1;
    assert_int_equal(script(b), 0);
    assert_string_equal(b->text, "add table inet libike\ndelete table inet libike\n");
}

static void test_devices_are_named_by_number(void **state)
{
    struct bench *b = *state;

    entry(b, (ike_guard_entry){
                 .chain = IKE_GUARD_OUT, .device = IKE_GUARD_DEVICE_TUN, .verdict = IKE_GUARD_ACCEPT});
    entry(b, (ike_guard_entry){
                 .chain = IKE_GUARD_IN, .device = IKE_GUARD_DEVICE_OUTSIDE, .verdict = IKE_GUARD_DROP});
    assert_int_equal(script(b), 0);
    assert_true(says(b, "oif 7 counter accept"));
    assert_true(says(b, "iif != 1 iif != 7 counter drop"));
}

static void test_without_a_tun_everything_but_loopback_is_outside(void **state)
{
    struct bench *b = *state;

    b->plan.tun = 0;
    entry(b, (ike_guard_entry){
                 .chain = IKE_GUARD_OUT, .device = IKE_GUARD_DEVICE_OUTSIDE, .verdict = IKE_GUARD_DROP});
    assert_int_equal(script(b), 0);
    assert_true(says(b, "oif != 1 counter drop"));
}

static void test_addresses_make_a_rule_for_each_family_that_has_some(void **state)
{
    struct bench *b = *state;

    net(b, IKE_GUARD_SET_LAN, 4, 10, 8);
    net(b, IKE_GUARD_SET_PORTAL, 4, 192, 32);
    net(b, IKE_GUARD_SET_PORTAL, 6, 0xfd, 64);
    entry(b, (ike_guard_entry){.chain = IKE_GUARD_OUT, .to = IKE_GUARD_SET_LAN, .verdict = IKE_GUARD_ACCEPT});
    entry(b,
          (ike_guard_entry){.chain = IKE_GUARD_OUT, .to = IKE_GUARD_SET_PORTAL, .verdict = IKE_GUARD_ACCEPT});
    entry(b, (ike_guard_entry){
                 .chain = IKE_GUARD_OUT, .to = IKE_GUARD_SET_EXCLUDED, .verdict = IKE_GUARD_ACCEPT});
    assert_int_equal(script(b), 0);
    assert_true(
        says(b, "set lan4 {\n  type ipv4_addr; flags interval; auto-merge\n  elements = { 10.0.0.0/8 }"));
    assert_true(says(b, "ip daddr @lan4 counter accept"));
    assert_false(says(b, "lan6"));
    assert_true(says(b, "ip daddr @portal4 ") && says(b, "ip6 daddr @portal6 "));
    assert_false(says(b, "excluded")); /* nobody is in it: nothing matches, rather than everything */
}

static void test_ports_types_and_marks(void **state)
{
    struct bench *b = *state;

    entry(b, (ike_guard_entry){.chain = IKE_GUARD_OUT,
                               .proto = 17,
                               .sport_first = 68,
                               .sport_last = 68,
                               .dport_first = 60,
                               .dport_last = 67,
                               .verdict = IKE_GUARD_ACCEPT});
    entry(b, (ike_guard_entry){.chain = IKE_GUARD_OUT,
                               .family = 6,
                               .proto = 58,
                               .dport_first = 135,
                               .dport_last = 136,
                               .verdict = IKE_GUARD_ACCEPT});
    entry(b,
          (ike_guard_entry){.chain = IKE_GUARD_OUT, .mark = 0x10, .mask = 0xff, .verdict = IKE_GUARD_ACCEPT});
    assert_int_equal(script(b), 0);
    assert_true(says(b, "meta l4proto 17 th sport 68 th dport 60-67 counter accept"));
    assert_true(says(b, "meta nfproto ipv6 meta l4proto 58 icmpv6 type 135-136 counter accept"));
    assert_true(says(b, "meta mark and 0x000000ff == 0x00000010 counter accept"));
}

static void test_whose_packets_have_a_mark_is_known_by_it(void **state)
{
    struct bench *b = *state;
    ike_guard_member *m = &b->plan.apps[b->plan.apps_n++];

    m->app.kind = IKE_GUARD_APP_UID;
    m->app.uid_first = 1000;
    m->app.uid_last = 1999;
    m->set_mark = b->plan.mark + 0x10000;
    entry(b, (ike_guard_entry){.chain = IKE_GUARD_OUT, .app = 1, .verdict = IKE_GUARD_ACCEPT});
    assert_int_equal(script(b), 0);
    assert_true(says(b, "== 0 meta skuid 1000-1999 meta mark set meta mark and 0x0000ffff or 0x49010000"));
    assert_true(says(b, "meta mark and 0xffff0000 == 0x49010000 counter accept"));
    assert_true(says(b, "chain rewrite")); /* it chose its address before */
}

static void test_what_linux_cannot_tell_is_no_rule(void **state)
{
    struct bench *b = *state;

    b->plan.apps[0].app.kind = IKE_GUARD_APP_NAME;
    b->plan.apps_n = 1;
    entry(b, (ike_guard_entry){.chain = IKE_GUARD_OUT, .app = 1, .verdict = IKE_GUARD_ACCEPT});
    assert_int_equal(script(b), IKE_E_CONFIG);
    free(b->text);
    b->text = NULL;
    b->plan.entries[0].app = 2; /* there is none */
    assert_int_equal(script(b), IKE_E_USAGE);
}

static void test_answers_belong_to_flows_that_were_let_out(void **state)
{
    struct bench *b = *state;

    entry(b, (ike_guard_entry){.chain = IKE_GUARD_OUT, .begins = 1, .verdict = IKE_GUARD_ACCEPT});
    entry(b, (ike_guard_entry){.chain = IKE_GUARD_IN, .reply = 1, .verdict = IKE_GUARD_ACCEPT});
    assert_int_equal(script(b), 0);
    assert_true(says(b, "ct mark set ct mark and 0x0000ffff or 0x49000000"));
    assert_true(says(b, "ct state established,related ct mark and 0xffff0000 == 0x49000000 counter accept"));
}

/* Also if nobody is left to close it. */
static void test_a_portal_s_hole_closes_by_itself(void **state)
{
    struct bench *b = *state;

    net(b, IKE_GUARD_SET_LAN, 4, 10, 8);
    net(b, IKE_GUARD_SET_PORTAL, 4, 192, 32);
    b->plan.hole.is_open = 1;
    b->plan.hole.until = NOW + 90000001u;
    assert_int_equal(script(b), 0);
    assert_true(says(b, "flags interval, timeout\n  elements = { 192.0.0.0/32 timeout 91s }"));
    assert_true(says(b, "elements = { 10.0.0.0/8 }"));
}

#define WITH_BENCH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BENCH(test_the_table_is_replaced_as_a_whole),
        WITH_BENCH(test_the_empty_plan_leaves_no_table),
        WITH_BENCH(test_devices_are_named_by_number),
        WITH_BENCH(test_without_a_tun_everything_but_loopback_is_outside),
        WITH_BENCH(test_addresses_make_a_rule_for_each_family_that_has_some),
        WITH_BENCH(test_ports_types_and_marks),
        WITH_BENCH(test_whose_packets_have_a_mark_is_known_by_it),
        WITH_BENCH(test_what_linux_cannot_tell_is_no_rule),
        WITH_BENCH(test_a_portal_s_hole_closes_by_itself),
        WITH_BENCH(test_answers_belong_to_flows_that_were_let_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
