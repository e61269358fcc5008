/* tests/exchange/child_answers_test.c - answers about children that do not fit, and children beside one another. SPDX-License-Identifier: Apache-2.0 */
#include <ike/esp.h>
#include "exchange/exchange.h"
#include "fake/heap.h"
#include "peer/forge.h"
#include "wire/payloads.h"

static const char pfs[] = "aes256gcm16-curve25519", no_pfs[] = "aes256gcm16";

static void up(struct twins *t, const char *client, const char *gateway)
{
    twins_init(t);
    t->l.cfg.esp_suites = client;
    t->gateway_cfg.esp_suites = gateway;
    twins_up(t);
}

/* The client rekeys its child; the gateway's answer waits. */
static void rekey(struct twins *t, uint32_t child)
{
    twins_rekey(t, CLIENT, child);
    assert_int_equal(twins_deliver(t, CLIENT, 0), 0);
    assert_int_equal(t->end[GATEWAY].out_n, 1);
}

/* The successor that was answered wrongly is gone at both ends, and the old child goes on. */
static void nothing_came_of_it(struct twins *t)
{
    twins_run(t);
    assert_int_equal(t->end[CLIENT].closes + t->end[CLIENT].rekeyed_child + t->end[CLIENT].child_downs, 0);
    assert_int_equal(twins_children(t, CLIENT), 1);
    assert_int_equal(twins_children(t, GATEWAY), 1);
    assert_true(twins_agree(t));
    assert_true(twins_ping(t));
}

/* The first child's answer says this too, unasked: 0 or what became of the child. */
static int first_child_with(uint16_t notify, const uint8_t *data, size_t n, unsigned times)
{
    uint8_t buf[64];
    struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .add = IKE_P_NOTIFY, .add_n = times};
    struct ladder l;
    int err;

    c.add_body = forge_notify_body(buf, sizeof(buf), notify, ike__span(data, n));
    ladder_init(&l);
    l.pcfg.script.edit = forge_edit;
    l.pcfg.script.user = &c;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.closes, 0);
    err = l.child_err;
    assert_int_equal(l.child_ups, err == 0);
    assert_int_equal(l.peer->child != NULL, err == 0); /* what we do not take is deleted there too */
    ladder_free(&l);
    return err;
}

/* RFC 7296 1.3.1, 2.22, rows 180, 182: transport mode and IPComp were not asked for: that child is not ours */
static void what_was_not_asked_for_is_refused(void **state)
{
    static const uint8_t deflate[] = {0x12, 0x34, 2};
    static const uint16_t types[] = {IKE_N_USE_TRANSPORT_MODE, IKE_N_IPCOMP_SUPPORTED};

    (void)state;
    assert_int_equal(first_child_with(IKE_N_USE_TRANSPORT_MODE, NULL, 0, 1), IKE_E_BAD_CHOICE);
    assert_int_equal(first_child_with(IKE_N_IPCOMP_SUPPORTED, deflate, 3, 1), IKE_E_BAD_CHOICE);
    assert_int_equal(first_child_with(IKE_N_IPCOMP_SUPPORTED, deflate, 3, 2), IKE_E_BAD_CHOICE);
    for (size_t i = 0; i < 2; i++) {
        uint8_t buf[64];
        struct forge_change c = {.add = IKE_P_NOTIFY};
        static struct twins t;

        c.add_body = forge_notify_body(buf, sizeof(buf), types[i], ike__span(deflate, 3));
        up(&t, no_pfs, no_pfs);
        rekey(&t, 1);
        forge_twin(&t, GATEWAY, 0, forge_edit, &c);
        assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
        nothing_came_of_it(&t);
        twins_free(&t);
    }
}

/* RFC 7296 1.3.1, row 181: they change nothing for us: we pad no further than the cipher wants, and look into first
 * fragments only for what they show */
static void padding_is_never_more_than_needed(void **state)
{
    uint8_t ip[200], out[600];
    struct ladder l;
    ike_path to;

    (void)state;
    assert_int_equal(first_child_with(IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED, NULL, 0, 1), 0);
    assert_int_equal(first_child_with(IKE_N_NON_FIRST_FRAGMENTS_ALSO, NULL, 0, 1), 0);
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    for (size_t n = 28; n <= sizeof(ip); n++) {
        int got = ike_seal(l.s, ip, ladder_packet(&l, ip, n), out, sizeof(out), &to, l.now);
        assert_int_equal(got, 8 + 8 + (n + 2 + 3) / 4 * 4 + 16);
    }
    ladder_free(&l);
}

/* RFC 7296 1.3, row 187: a KE payload exactly where a group was chosen: else the child is taken down again */
static void key_exchanges_that_do_not_fit(void **state)
{
    static const uint8_t value[36] = {0, 31, 0, 0, 1, 2, 3};

    (void)state;
    for (int is_missing = 0; is_missing < 2; is_missing++) {
        struct forge_change c = {.exchange = IKE_X_CREATE_CHILD_SA};
        static struct twins t;

        c.type = is_missing ? IKE_P_KE : 0;
        c.is_left_out = (uint8_t)is_missing;
        c.add = is_missing ? 0 : IKE_P_KE;
        c.add_body = ike__span(value, sizeof(value));
        up(&t, is_missing ? pfs : no_pfs, is_missing ? pfs : no_pfs);
        rekey(&t, 1);
        forge_twin(&t, GATEWAY, 0, forge_edit, &c);
        assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
        nothing_came_of_it(&t);
        twins_free(&t);
    }
}

/* RFC 6989 2.5, row 188: a public value outside its group: "… MUST immediately delete the IKE SA by sending" a Delete;
 * in a request: "… MUST reply with an INVALID_SYNTAX … and drop the IKE SA" */
static void values_outside_the_group_end_the_ike_sa(void **state)
{
    static const uint8_t zero[36] = {0, 31};

    (void)state;
    for (int is_request = 0; is_request < 2; is_request++)
        for (uint32_t child = 0; child < 2; child++) {
            struct forge_change c = {.exchange = IKE_X_CREATE_CHILD_SA, .type = IKE_P_KE};
            static struct twins t;

            c.body = ike__span(zero, sizeof(zero));
            up(&t, pfs, pfs);
            if (is_request)
                twins_rekey(&t, GATEWAY, child);
            else
                rekey(&t, child);
            forge_twin(&t, GATEWAY, 0, forge_edit, &c);
            (void)twins_deliver(&t, GATEWAY, 0);
            assert_int_equal(t.end[CLIENT].closes, 1);
            assert_int_equal(t.end[CLIENT].close_err, IKE_E_SYNTAX);
            assert_int_equal(t.end[CLIENT].rekeyed_child + t.end[CLIENT].rekeyed_ike, 0);
            assert_int_equal(t.end[CLIENT].out_n, 1);
            assert_int_equal(t.end[GATEWAY].closes, 0);
            twins_run(&t);
            /* of a rekeyed IKE SA the gateway has a successor by then, which nobody else knows of */
            assert_int_equal(t.end[GATEWAY].closes, is_request || child);
            assert_int_equal(t.end[GATEWAY].close_err, is_request ? IKE_E_REFUSED
                                                       : child    ? IKE_E_DELETED
                                                                  : 0);
            twins_free(&t);
        }
}

/* RFC 7296 1.2, 1.3, rows 185, 190: whether both agree about PFS shows when a child is rekeyed: refused, it goes on,
 * and so does the IKE SA; the host is told in time */
static void a_refused_rekeying_leaves_the_child(void **state)
{
    static struct twins t;
    ike_time began;

    (void)state;
    up(&t, "aes256gcm16-curve25519", "aes256gcm16-ecp384");
    began = t.now;
    twins_rekey(&t, CLIENT, 1);
    for (int i = 0; i < 3; i++) {
        twins_run(&t);
        assert_int_equal(t.end[CLIENT].warnings, i == 2);
        assert_int_equal(twins_children(&t, GATEWAY), 1);
        assert_true(twins_ping(&t));
        twins_tick(&t);
    }
    assert_true(t.now >= began + 30000000u && t.now <= began + 180000000u);
    assert_int_equal(t.end[CLIENT].closes + t.end[CLIENT].child_downs, 0);
    twins_free(&t);
}

/* RFC 7296 4, 1.3, rows 189, 190: a gateway that makes no further SAs gets a new connection in place of a rekeying; a
 * child that it will not make is told to the host, and not asked for again */
static void no_additional_sas(void **state)
{
    struct ladder l;

    (void)state;
    for (uint32_t child = 0; child < 2; child++) {
        ladder_init(&l);
        l.pcfg.script.again = 1;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(ike_rekey(l.s, child, l.now), 0); /* the scripted gateway makes none */
        ladder_drain(&l);
        ladder_run(&l);
        assert_int_equal(l.rekeyed, 2); /* the IKE SA and the child */
        assert_int_equal(l.asks, 2);
        assert_int_equal(l.child_downs + l.closes, 0);
        assert_non_null(l.peer->child);
        ladder_free(&l);
    }
    ladder_init(&l);
    l.cfg.childless = 1;
    l.pcfg.script.childless = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.child_downs, 1);
    assert_int_equal(l.child_notify, IKE_N_NO_ADDITIONAL_SAS);
    assert_int_equal(l.closes + l.rekeyed, 0);
    assert_int_equal(ike_deadline(l.s), IKE_NEVER);
    ladder_free(&l);
}

/* RFC 7296 1.4.1, row 191: agreed, but there is no memory to set it up: the gateway hears Delete, the rest stands */
static void what_cannot_be_installed_is_deleted(void **state)
{
    unsigned deleted = 0, made = 0;

    (void)state;
    for (unsigned at = 1; at < 40 && made == 0; at++) {
        static struct twins t;
        struct heap heap;

        heap_init(&heap, 0);
        twins_init(&t);
        t.l.env.alloc = &heap.table;
        twins_up(&t);
        rekey(&t, 1);
        heap.calls = 0;
        heap.fail_at = at;
        (void)twins_deliver(&t, GATEWAY, 0);
        heap.fail_at = 0;
        if (t.end[CLIENT].closes) { /* there was none for the message behind it either */
            assert_int_equal(t.end[CLIENT].close_err, IKE_E_NOMEM);
        } else if (t.end[CLIENT].rekeyed_child) {
            made = heap.calls < at;
        } else {
            nothing_came_of_it(&t);
            deleted++;
        }
        twins_free(&t);
    }
    assert_true(deleted >= 3);
    assert_int_equal(made, 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_not_asked_for_is_refused),
        cmocka_unit_test(padding_is_never_more_than_needed),
        cmocka_unit_test(key_exchanges_that_do_not_fit),
        cmocka_unit_test(values_outside_the_group_end_the_ike_sa),
        cmocka_unit_test(a_refused_rekeying_leaves_the_child),
        cmocka_unit_test(no_additional_sas),
        cmocka_unit_test(what_cannot_be_installed_is_deleted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
