/* tests/exchange/children_test.c - several children: made, kept apart, kept alive, reconfigured. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "base/text.h"
#include "peer/twins.h"
#include "state/narrow.h"

#define TWO 2u

struct kinds { /* what a configuration says of further children */
    ike_ts remote[TWO];
    ike_child_config child[TWO];
    const ike_child_config *list[TWO];
};

static ike_ts net(const char *first, const char *last)
{
    ike_ts ts = ike__ts_all(4);

    (void)ike__addr_parse(&ts.first, first);
    (void)ike__addr_parse(&ts.last, last);
    ts.first.port = 0;
    ts.last.port = 65535;
    return ts;
}

static void two_kinds(struct kinds *k, ike_config *cfg)
{
    static const char *const names[TWO] = {"lab", "mail"};

    k->remote[0] = net("10.1.0.0", "10.1.255.255");
    k->remote[1] = net("10.2.0.0", "10.2.255.255");
    for (uint32_t i = 0; i < TWO; i++) {
        k->child[i] = (ike_child_config)IKE_CHILD_CONFIG_INIT;
        k->child[i].name = names[i];
        k->child[i].ts_remote = &k->remote[i];
        k->child[i].ts_remote_n = 1;
        k->list[i] = &k->child[i];
    }
    k->child[1].esp_suites = "aes128gcm16";
    cfg->children = k->list;
    cfg->children_n = TWO;
}

static struct ike_child_sa *of_kind(const struct ike_session *s, uint32_t which)
{
    struct ike_child_sa *c = s->children;

    while (c && (c->which != which || !c->may_send))
        c = c->next;
    return c;
}

static void expect_kinds(const struct ike_session *s)
{
    for (uint32_t i = 1; i <= TWO; i++) {
        const struct ike_child_sa *c = of_kind(s, i);

        assert_non_null(c);
        assert_int_equal(c->sa == s->sa, 1);
        assert_int_equal(c->id, i + 1);
        assert_int_equal(c->suite.encr_bits, i == 2 ? 128 : 256);
        assert_int_equal(c->in.remote[0].first.ip[1], i);
        assert_int_equal(c->in.remote_n, 1);
    }
}

static void up(struct twins *t, struct kinds *k)
{
    twins_init(t);
    two_kinds(k, &t->l.cfg);
    twins_up(t);
    twins_run(t);
    assert_int_equal(t->end[CLIENT].child_ups, TWO);
    assert_int_equal(t->end[CLIENT].child_downs, 0);
    assert_int_equal(t->end[GATEWAY].child_ups, TWO);
    expect_kinds(t->end[CLIENT].s);
    assert_true(twins_ping(t));
}

/* RFC 7296 1.3.1: one CREATE_CHILD_SA each, right behind IKE_AUTH; each with its own proposals and selectors, which
 * stay what they are when it is rekeyed, from either side (2.8, 2.9.2, row 196) */
static void each_keeps_what_it_is(void **state)
{
    struct kinds k;
    struct twins t;

    (void)state;
    up(&t, &k);
    for (int by = 0; by < 2; by++)
        for (uint32_t id = 1; id <= 1 + TWO; id++) {
            twins_rekey(&t, by, id);
            twins_run(&t);
            assert_true(twins_ping(&t));
        }
    assert_int_equal(t.end[CLIENT].rekeyed_child, 2 * (1 + TWO));
    twins_rekey(&t, CLIENT, 0);
    twins_run(&t);
    for (uint32_t i = 1; i <= TWO; i++)
        assert_int_equal(of_kind(t.end[CLIENT].s, i)->suite.encr_bits, i == 2 ? 128 : 256);
    assert_int_equal(t.end[CLIENT].child_downs + t.end[CLIENT].closes, 0);
    twins_free(&t);
}

static void connect_kinds(struct ladder *l, struct kinds *k)
{
    ladder_init(l);
    two_kinds(k, &l->cfg);
    l->pcfg.script.children = 1;
    l->pcfg.script.again = 1;
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
}

/* RFC 7296 2.8.3, row 227: a new authentication, all children behind it, and only then the old IKE SA goes */
static void a_new_authentication_has_them_all(void **state)
{
    struct kinds k;
    struct ladder l;

    (void)state;
    connect_kinds(&l, &k);
    assert_int_equal(l.child_ups, 1 + TWO);
    assert_string_equal(l.child_name, "mail");
    l.cfg.local_id = "another.test";
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_REAUTH);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.rekeyed, 1 + 1 + TWO);
    assert_int_equal(l.child_ups, 1 + TWO); /* to the host they never were away */
    assert_int_equal(l.child_downs + l.closes, 0);
    expect_kinds(l.s);
    ladder_free(&l);
}

/* RFC 7296 1.3.1, 2.21.3, rows 189, 190: the gateway will not: the host hears which, and the rest stands */
static void one_that_is_refused(void **state)
{
    struct kinds k;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    two_kinds(&k, &l.cfg);
    assert_int_equal(ladder_connect(&l), 0); /* NO_ADDITIONAL_SAS */
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.child_downs, TWO);
    assert_int_equal(l.child_notify, IKE_N_NO_ADDITIONAL_SAS);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7296 2.25, row 214: put off, each by itself, and asked for again */
static void both_are_put_off(void **state)
{
    struct kinds k;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    two_kinds(&k, &l.cfg);
    l.pcfg.script.children = 1;
    l.pcfg.script.create_error = IKE_N_TEMPORARY_FAILURE;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.peer->creates, TWO);
    assert_int_equal(l.child_downs, 0);
    l.peer->cfg.script.create_error = 0;
    for (int i = 0; i < 4 && l.child_ups < 1 + TWO; i++) {
        ladder_tick(&l);
        ladder_run(&l);
    }
    assert_int_equal(l.child_ups, 1 + TWO);
    for (uint32_t i = 1; i <= TWO; i++)
        assert_non_null(of_kind(l.s, i));
    ladder_free(&l);
}

/* … but not once more by the IKE SA after this one, which has asked for them by itself */
static void put_off_until_another_authentication(void **state)
{
    struct kinds k;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    two_kinds(&k, &l.cfg);
    l.pcfg.script.children = l.pcfg.script.again = 1;
    l.pcfg.script.create_error = IKE_N_TEMPORARY_FAILURE;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    l.peer->cfg.script.create_error = 0;
    l.cfg.local_id = "another.test";
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_REAUTH);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1 + TWO);
    assert_int_equal(l.peer->creates, 2 * TWO);
    for (int i = 0; i < 8; i++) {
        ladder_tick(&l);
        ladder_run(&l);
    }
    assert_int_equal(l.peer->creates, 2 * TWO);
    assert_int_equal(l.child_ups, 1 + TWO);
    ladder_free(&l);
}

/* ike_reconfigure: what is gone goes, what is new comes, the others are left alone */
static void reconfigured(void **state)
{
    const struct ike_child_sa *mail;
    struct kinds k;
    struct ladder l;
    uint32_t spi;

    (void)state;
    connect_kinds(&l, &k);
    mail = of_kind(l.s, 2);
    spi = mail->spi_in;
    k.child[0].name = "store"; /* in place of "lab" */
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_CHILD);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.child_downs, 1);
    assert_int_equal(l.child_err, 0); /* by us */
    assert_int_equal(l.down_id, 2);
    assert_int_equal(l.child_ups, 1 + TWO + 1);
    assert_string_equal(l.child_name, "store");
    assert_ptr_equal(of_kind(l.s, 2), mail);
    assert_int_equal(mail->spi_in, spi);
    assert_int_equal(l.rekeyed, 0);
    /* the order means nothing */
    k.list[0] = &k.child[1];
    k.list[1] = &k.child[0];
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_NONE);
    /* none at all */
    l.cfg.children_n = 0;
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_CHILD);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.child_downs, 1 + TWO);
    assert_int_equal(ike__session_children_n(l.s), 1);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* other selectors, other proposals of one of them: that one only */
static void one_is_changed(void **state)
{
    struct kinds k;
    struct twins t;

    (void)state;
    up(&t, &k);
    k.child[0].esp_suites = "aes128gcm16";
    assert_int_equal(ike_reconfigure(t.end[CLIENT].s, &t.l.cfg, t.now, NULL), IKE_CHANGE_REKEY_CHILD);
    twins_drain(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    assert_int_equal(of_kind(t.end[CLIENT].s, 1)->suite.encr_bits, 128);
    k.remote[1] = net("10.2.3.0", "10.2.3.255");
    assert_int_equal(ike_reconfigure(t.end[CLIENT].s, &t.l.cfg, t.now, NULL), IKE_CHANGE_CHILD);
    twins_drain(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].child_downs, 1);
    assert_int_equal(t.end[CLIENT].child_ups, TWO + 1);
    assert_int_equal(of_kind(t.end[CLIENT].s, 2)->in.remote[0].first.ip[2], 3);
    assert_int_equal(twins_children(&t, CLIENT), 1 + TWO);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

/* RFC 7296 2.9, rows 173, 176: the gateway takes one selector at a time and says so: a child for each of the others */
static void what_was_left_out_gets_children(void **state)
{
    ike_ts remote[3];
    struct ladder l;

    (void)state;
    remote[0] = net("10.1.0.0", "10.1.255.255");
    remote[1] = net("10.2.0.0", "10.2.255.255");
    remote[2] = net("10.3.0.0", "10.3.255.255");
    ladder_init(&l);
    l.cfg.ts_remote = remote;
    l.cfg.ts_remote_n = 3;
    l.pcfg.script.children = l.pcfg.script.one_ts = l.pcfg.script.again = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 3);
    assert_int_equal(l.peer->creates, 2);
    assert_int_equal(l.child.remote_n, 1);
    assert_int_equal(l.warnings, 0);
    for (const struct ike_child_sa *c = l.s->children; c; c = c->next) {
        assert_int_equal(c->in.remote_n, 1);
        assert_int_equal(c->in.remote[0].first.ip[1], c->id);
    }
    /* and each finds its own again after a new authentication (row 227) */
    l.cfg.local_id = "another.test";
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_REAUTH);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.rekeyed, 1 + 3);
    assert_int_equal(l.child_ups, 3);
    assert_int_equal(l.child_downs, 0);
    ladder_free(&l);
}

/* RFC 7296 2.9, row 176: it said so and does not mean it: a warning, and no more questions */
static void what_was_left_out_is_asked_for_once(void **state)
{
    ike_ts remote[2];
    struct ladder l;

    (void)state;
    remote[0] = net("10.1.0.0", "10.1.255.255");
    remote[1] = net("10.2.0.0", "10.2.255.255");
    ladder_init(&l);
    l.cfg.ts_remote = remote;
    l.cfg.ts_remote_n = 2;
    l.pcfg.script.children = l.pcfg.script.one_ts = 1;
    l.pcfg.script.create_error = IKE_N_TS_UNACCEPTABLE;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.child_downs, 0);
    assert_int_equal(l.warnings, 1);
    assert_int_equal(l.peer->creates, 1);
    ladder_free(&l);
}

/* RFC 7296 2.9, 3.15.4, rows 128, 177: the event says what to do; the IKE SA stands */
static void refusals_come_with_advice(void **state)
{
    static const uint16_t errors[] = {IKE_N_SINGLE_PAIR_REQUIRED, IKE_N_TS_UNACCEPTABLE,
                                      IKE_N_NO_ADDITIONAL_SAS, IKE_N_FAILED_CP_REQUIRED};

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct ladder l;

        ladder_init(&l);
        l.pcfg.script.child_error = errors[i];
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 1);
        assert_int_equal(l.child_downs, 1);
        assert_int_equal(l.child_notify, errors[i]);
        assert_int_equal(l.warnings, 1);
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

/* gone from the configuration while a rekeying of it is out: its successor goes as well */
static void gone_while_it_is_rekeyed(void **state)
{
    struct kinds k;
    struct twins t;

    (void)state;
    up(&t, &k);
    twins_rekey(&t, CLIENT, 2);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    t.l.cfg.children_n = 0;
    assert_int_equal(ike_reconfigure(t.end[CLIENT].s, &t.l.cfg, t.now, NULL), IKE_CHANGE_CHILD);
    twins_drain(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(twins_children(&t, CLIENT), 1);
    assert_int_equal(twins_children(&t, GATEWAY), 1);
    assert_int_equal(t.end[CLIENT].child_downs, TWO);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

/* wrong configurations, by name */
static void what_is_wrong_is_named(void **state)
{
    struct crypto_fake fake;
    ike_config cfg = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    const char *why;
    struct kinds k;
    ike_session *s;

    (void)state;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    two_kinds(&k, &cfg);
    k.child[1].name = "lab";
    assert_int_equal(ike_session_new(&s, &cfg, &env, &why), IKE_E_CONFIG);
    assert_string_equal(why, "children: name: two of the same");
    k.child[1].name = "";
    assert_int_equal(ike_session_new(&s, &cfg, &env, &why), IKE_E_CONFIG);
    assert_string_equal(why, "children: name: 1 to 31 octets");
    k.child[1].name = "mail";
    k.child[1].esp_suites = "des";
    assert_int_equal(ike_session_new(&s, &cfg, &env, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "esp_suites"));
    k.child[1].esp_suites = NULL;
    k.remote[0].last.ip[0] = 9;
    assert_int_equal(ike_session_new(&s, &cfg, &env, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "children: ts_remote"));
    cfg.children_n = 9;
    assert_int_equal(ike_session_new(&s, &cfg, &env, &why), IKE_E_CONFIG);
    assert_string_equal(why, "children: at most 8");
    cfg.children = NULL;
    assert_int_equal(ike_session_new(&s, &cfg, &env, &why), IKE_E_CONFIG);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_keeps_what_it_is),
        cmocka_unit_test(a_new_authentication_has_them_all),
        cmocka_unit_test(one_that_is_refused),
        cmocka_unit_test(both_are_put_off),
        cmocka_unit_test(put_off_until_another_authentication),
        cmocka_unit_test(reconfigured),
        cmocka_unit_test(one_is_changed),
        cmocka_unit_test(what_was_left_out_gets_children),
        cmocka_unit_test(what_was_left_out_is_asked_for_once),
        cmocka_unit_test(refusals_come_with_advice),
        cmocka_unit_test(gone_while_it_is_rekeyed),
        cmocka_unit_test(what_is_wrong_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
