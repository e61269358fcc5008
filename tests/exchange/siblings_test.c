/* tests/exchange/siblings_test.c - children with the same selectors, before their time and past it. SPDX-License-Identifier: Apache-2.0 */
#include <ike/esp.h>
#include "exchange/exchange.h"
#include "fake/test.h"
#include "peer/forge.h"
#include "wire/payloads.h"

static void up(struct twins *t)
{
    twins_init(t);
    twins_up(t);
}

/* A packet of the gateway on this child of its. */
static uint32_t seal_on(struct twins *t, struct ike_child_sa *c, uint8_t *out, uint32_t cap)
{
    ike_packet pkt = {.buf = out, .cap = cap, .off = IKE_HEADROOM, .n = 100};

    ladder_packet_back(&t->l, out + pkt.off, 100);
    assert_int_equal(ike_esp_seal(&c->out, &pkt, 1), 1);
    memmove(out, out + pkt.off, pkt.n);
    return pkt.n;
}

static int open_at_client(struct twins *t, const uint8_t *p, uint32_t n)
{
    uint8_t copy[400];
    ike_path from = t->l.path;
    ike_span inner;
    int err;

    from.remote.port = 4500;
    memcpy(copy, p, n);
    err = ike_recv(t->end[CLIENT].s, &from, copy, n, &inner, t->now);
    assert_int_equal(inner.n, err == 0 ? 100 : 0);
    return err;
}

static uint32_t spi_of_next_packet(struct twins *t)
{
    uint8_t ip[100], out[400];
    ike_path to;

    assert_true(ike_seal(t->end[CLIENT].s, ip, ladder_packet(&t->l, ip, sizeof(ip)), out, sizeof(out), &to,
                         t->now) > 0);
    return ike__be32(out);
}

/* RFC 7296 2.8, row 192: traffic on a successor that we do not know of yet is dropped, and from the answer on opened */
static void packets_ahead_of_the_answer(void **state)
{
    static struct twins t;
    uint8_t early[400];
    uint32_t n;

    (void)state;
    up(&t);
    twins_rekey(&t, CLIENT, 1);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    n = seal_on(&t, t.end[GATEWAY].s->children, early, sizeof(early)); /* the newest */
    assert_int_equal(open_at_client(&t, early, n), IKE_E_DISCARD);
    assert_int_equal(t.end[CLIENT].s->stats.drop_spi, 1);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(open_at_client(&t, early, n), 0);
    twins_run(&t);
    assert_true(twins_agree(&t));
    twins_free(&t);
}

static void one_more_child(struct twins *t, int end)
{
    t->now++;
    twins_create_child(t, end);
    twins_run(t);
}

/* RFC 7296 2.8.1, RFC 4301 4.1, row 291: of children with the same selectors all are opened, and the newest that
 * both use sends, whoever asked for it */
static void the_newest_child_sends_and_all_receive(void **state)
{
    (void)state;
    for (int by = 0; by < 2; by++) {
        static struct twins t;
        uint8_t out[400];
        uint32_t first;

        up(&t);
        first = spi_of_next_packet(&t);
        one_more_child(&t, by);
        one_more_child(&t, by);
        assert_int_equal(twins_children(&t, CLIENT), 3);
        assert_int_equal(t.end[CLIENT].child_ups, 2);
        for (struct ike_child_sa *c = t.end[GATEWAY].s->children; c; c = c->next)
            assert_int_equal(open_at_client(&t, out, seal_on(&t, c, out, sizeof(out))), 0);
        assert_int_not_equal(spi_of_next_packet(&t), first);
        assert_int_equal(spi_of_next_packet(&t), t.end[CLIENT].s->children->spi_out);
        assert_true(twins_ping(&t));
        twins_free(&t);
    }
}

static void refuse(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    (void)user;
    (void)exchange;
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__notify_write(out, IKE_N_TEMPORARY_FAILURE, ike__span(NULL, 0));
}

/* RFC 7296 2.8, row 292: the limit is reached once, however many packets follow; a child that could not be rekeyed by
 * its hard end is deleted, and another one is in its place */
static void soft_limits_ask_once_and_hard_ones_delete(void **state)
{
    static struct twins t;
    uint32_t first;

    (void)state;
    twins_init(&t);
    t.l.cfg.rekey_child_s = 20;
    t.l.cfg.rekey_child_packets = 5;
    twins_up(&t);
    first = spi_of_next_packet(&t);
    for (int i = 0; i < 50; i++) {
        assert_true(twins_ping(&t));
        (void)ike_tick(t.end[CLIENT].s, t.now);
        twins_drain(&t, CLIENT);
    }
    assert_int_equal(t.end[CLIENT].out_n, 1);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    forge_twin(&t, GATEWAY, 0, refuse, NULL);
    ike__session_remove_child(t.end[GATEWAY].s, t.end[GATEWAY].s->children); /* it has made none */
    (void)twins_deliver(&t, GATEWAY, 0);
    assert_int_equal(spi_of_next_packet(&t), first);
    assert_int_equal(t.end[CLIENT].out_n, 0);
    t.end[CLIENT].s->children->life.rekey_at = IKE_NEVER; /* whatever comes later comes too late */
    t.now = t.end[CLIENT].s->children->life.expire_at;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    twins_drain(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(t.end[GATEWAY].child_downs, 1);
    assert_int_equal(t.end[CLIENT].closes, 0);
    assert_int_equal(twins_children(&t, CLIENT), 1);
    assert_int_not_equal(spi_of_next_packet(&t), first);
    assert_true(twins_ping(&t));
    twins_free(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_ahead_of_the_answer),
        cmocka_unit_test(the_newest_child_sends_and_all_receive),
        cmocka_unit_test(soft_limits_ask_once_and_hard_ones_delete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
