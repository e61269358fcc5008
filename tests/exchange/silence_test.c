/* tests/exchange/silence_test.c - datagrams that get lost, hosts that sleep, and what counts as a sign of life. SPDX-License-Identifier: Apache-2.0 */
#include "up.h"
#include "peer/forge.h"
#include "wire/payloads.h"

#define HOURS UINT64_C(3600000000)

/* RFC 7296 2.1, row 24: what a host could not send is lost, not gone: the timer sends it again; and a buffer that is
 * too small costs nothing */
static void what_could_not_be_sent_is_sent_again(void **state)
{
    uint8_t small[200], large[4096];
    struct ladder l;
    ike_path to;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.mobike = 1;
    assert_int_equal(ladder_connect(&l), 0);
    for (int i = 0; i < 2; i++) { /* IKE_SA_INIT, and then IKE_AUTH */
        ladder_drop(&l);
        ladder_tick(&l);
        assert_int_equal(l.out_n, 1);
        (void)ladder_deliver_out(&l, 0);
        l.out_n = 0;
        assert_int_equal(l.in_n, 1);
        (void)ladder_deliver_in(&l, 0);
        l.in_n = 0;
    }
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(ike_rekey(l.s, 1, l.now), 0);
    assert_int_equal(ike_poll_send(l.s, small, sizeof(small), &to, l.now), IKE_E_NOSPACE);
    assert_int_equal(ike_poll_send(l.s, small, sizeof(small), &to, l.now), IKE_E_NOSPACE);
    assert_true(ike_poll_send(l.s, large, sizeof(large), &to, l.now) > (int)sizeof(small));
    assert_int_equal(ike_poll_send(l.s, large, sizeof(large), &to, l.now), 0);
    ladder_free(&l);
}

/* RFC 7296 2.4, row 23: after a sleep with a request out that one goes out again, once, and has all its time */
static void a_sleep_is_no_silence(void **state)
{
    struct datagram asked;
    struct ladder l;
    ike_time woke;

    (void)state;
    for (int answers = 0; answers < 2; answers++) {
        ladder_init(&l);
        up(&l);
        assert_int_equal(ike_check_alive(l.s, l.now), 0);
        ladder_drain(&l);
        asked = l.to_gateway[0];
        for (int i = 0; i < 4; i++) {
            ladder_drop(&l);
            ladder_tick(&l);
        }
        ladder_drop(&l);
        woke = l.now += 8 * HOURS;
        (void)ike_tick(l.s, l.now);
        (void)ike_tick(l.s, l.now);
        ladder_drain(&l);
        assert_int_equal(l.out_n, 1);
        assert_int_equal(l.to_gateway[0].n, asked.n);
        assert_memory_equal(l.to_gateway[0].p, asked.p, asked.n);
        assert_int_equal(l.closes, 0);
        if (answers)
            ladder_run(&l);
        else
            ladder_silence(&l);
        assert_int_equal(l.closes, !answers);
        assert_true(answers || l.now > woke + 10000000u);
        ladder_free(&l);
    }
}

static int packet_from(struct ladder *l, const char *address)
{
    uint8_t ip[100], buf[400];
    ike_span inner;
    ike_path from;
    int n;

    ladder_packet_back(l, ip, sizeof(ip));
    n = peer_seal(l->peer, ip, sizeof(ip), buf, sizeof(buf), &from);
    assert_true(n > 0);
    from = l->path;
    assert_int_equal(ike__addr_parse(&from.remote, address), 0);
    from.remote.port = 4500;
    return ike_recv(l->s, &from, buf, (size_t)n, &inner, l->now);
}

/* RFC 7296 2.4, RFC 4555 3.12, row 21: a packet that comes through is a sign of life; with MOBIKE only from the address
 * that the gateway should speak from */
static void packets_are_a_sign_of_life(void **state)
{
    (void)state;
    for (uint8_t mobike = 0; mobike < 2; mobike++) {
        uint8_t ip[100], out[400];
        struct ladder l;
        ike_path to;

        ladder_init(&l);
        l.pcfg.script.mobike = mobike;
        l.cfg.natt_keepalive_s = IKE_OFF;
        up(&l);
        for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
            int counts = !mobike || !elsewhere;

            assert_true(ike_seal(l.s, ip, ladder_packet(&l, ip, 100), out, sizeof(out), &to, l.now) > 0);
            assert_int_equal(ike_deadline(l.s), l.now + 30000000u);
            assert_int_equal(packet_from(&l, elsewhere ? "203.0.113.9" : "192.0.2.1"), 0);
            assert_true(ike_deadline(l.s) == (counts ? IKE_NEVER : l.now + 30000000u));
        }
        ladder_free(&l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_not_be_sent_is_sent_again),
        cmocka_unit_test(a_sleep_is_no_silence),
        cmocka_unit_test(packets_are_a_sign_of_life),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
