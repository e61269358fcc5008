/* tests/exchange/reconfigure_test.c - another configuration: the least disruption that brings it about. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/twins.h"
#include "state/narrow.h"

static void up(struct twins *t)
{
    twins_init(t);
    twins_up(t);
}

static int change(struct twins *t, const char **why)
{
    int n = ike_reconfigure(t->end[CLIENT].s, &t->l.cfg, t->now, why);

    twins_drain(t, CLIENT);
    return n;
}

static void times_change_without_a_message(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    assert_int_equal(change(&t, NULL), IKE_CHANGE_NONE);
    t.l.cfg.dpd_s = 77;
    t.l.cfg.rekey_child_s = 600;
    assert_int_equal(change(&t, NULL), IKE_CHANGE_LIVE);
    assert_int_equal(t.end[CLIENT].out_n, 0);
    assert_true(ike_deadline(t.end[CLIENT].s) <= t.now + 600000000u);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

static void proposals_are_rekeyed(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    t.l.cfg.esp_suites = "aes128gcm16";
    assert_int_equal(change(&t, NULL), IKE_CHANGE_REKEY_CHILD);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    assert_int_equal(t.end[CLIENT].s->children->suite.encr_bits, 128);
    t.l.cfg.ike_suites = "aes128gcm16-prfsha384-ecp384";
    assert_int_equal(change(&t, NULL), IKE_CHANGE_REKEY_IKE);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_ike, 1);
    assert_int_equal(t.end[CLIENT].s->sa->suite.ke, IKE_KE_ECP_384);
    assert_int_equal(t.end[CLIENT].child_downs + t.end[CLIENT].closes, 0);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

static void selectors_make_another_child_first(void **state)
{
    struct twins t;
    ike_ts local, remote = ike__ts_all(4);

    (void)state;
    up(&t);
    local = ike__ts_host(&t.l.pcfg.pool4);
    t.l.cfg.ts_local = &local;
    t.l.cfg.ts_local_n = 1;
    t.l.cfg.ts_remote = &remote;
    t.l.cfg.ts_remote_n = 1;
    remote.last.ip[0] = 99; /* 0.0.0.0 - 99.255.255.255 */
    assert_int_equal(change(&t, NULL), IKE_CHANGE_CHILD);
    (void)twins_deliver(&t, CLIENT, 0);
    (void)twins_deliver(&t, GATEWAY, 0);
    assert_int_equal(t.end[CLIENT].child_ups, 1);
    assert_int_equal(t.end[CLIENT].child_downs, 0);
    assert_true(twins_ping(&t));
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].child_downs, 1);
    assert_int_equal(twins_children(&t, CLIENT), 1);
    assert_int_equal(t.end[CLIENT].s->children->in.remote[0].last.ip[0], 99);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

static void what_is_wrong_changes_nothing(void **state)
{
    const char *why = NULL;
    struct twins t;

    (void)state;
    up(&t);
    t.l.cfg.dpd_s = 5;
    t.l.cfg.replay_window = 70000;
    assert_int_equal(change(&t, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "replay_window"));
    assert_int_equal(t.end[CLIENT].s->settings.cfg.dpd_s, 30);
    t.l.cfg.replay_window = 0;
    t.l.cfg.esp_suites = "des-md5";
    assert_int_equal(change(&t, &why), IKE_E_CONFIG);
    assert_int_equal(t.end[CLIENT].out_n, 0);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

/* identities: a new authentication beside the old SA; the scripted gateway takes it */
static void identities_authenticate_anew(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.again = 1;
    assert_int_equal(ladder_connect(&l), 0);
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_E_USAGE); /* not while connecting */
    ladder_run(&l);
    l.cfg.local_id = "another.test";
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_REAUTH);
    ladder_drain(&l);
    ladder_run(&l);
    assert_string_equal(l.peer->client_id, "another.test");
    assert_int_equal(l.rekeyed, 2);
    assert_int_equal(l.child_downs + l.closes, 0);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_change_without_a_message),     cmocka_unit_test(proposals_are_rekeyed),
        cmocka_unit_test(selectors_make_another_child_first), cmocka_unit_test(what_is_wrong_changes_nothing),
        cmocka_unit_test(identities_authenticate_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
