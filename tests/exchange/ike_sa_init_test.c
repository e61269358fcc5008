/* tests/exchange/ike_sa_init_test.c - the first exchange, and everything that can stand in its way. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/forge.h"
#include "wire/payloads.h"

static void assert_up(struct ladder *l)
{
    assert_int_equal(l->ups, 1);
    assert_int_equal(l->child_ups, 1);
    assert_int_equal(l->closes, 0);
}

/* --> SA KE Ni …   <-- SA KE Nr …   --> SK { IDi AUTH … }   <-- SK { IDr AUTH … } */
static void two_round_trips_make_a_tunnel(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(ladder_deliver_out(&l, 0), 0);
    assert_int_equal(l.in_n, 1);
    l.out_n = 0;
    ladder_run(&l);
    assert_up(&l);
    assert_int_equal(l.up.round_trips, 2);
    assert_string_equal(l.peer_id, "gw.test");
    assert_string_equal(l.suite, "aes256gcm16-prfsha256-curve25519");
    ladder_free(&l);
}

/* RFC 7296 2.6, 2.15, rows 9, 57, 58, 125: the request once more with N(COOKIE) first, Message ID 0, same SPI; again if asked again */
static void cookies_are_given_back(void **state)
{
    struct ladder l;
    struct datagram first;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.cookies = 2;
    assert_int_equal(ladder_connect(&l), 0);
    first = l.to_gateway[0];
    (void)ladder_deliver_out(&l, 0);
    ladder_drop(&l);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.out_n, 1);
    assert_memory_equal(l.to_gateway[0].p, first.p, 8);     /* SPIi */
    assert_int_equal(l.to_gateway[0].p[16], IKE_P_NOTIFY);  /* the cookie is the first payload */
    assert_int_equal(ike__be32(l.to_gateway[0].p + 20), 0); /* Message ID */
    assert_memory_equal(l.to_gateway[0].p + l.to_gateway[0].n - (first.n - 28), first.p + 28, first.n - 28);
    ladder_run(&l);
    assert_up(&l);
    assert_int_equal(l.up.round_trips, 2 + 2);
    ladder_free(&l);
}

/* RFC 7296 1.2, 2.7, row 59: another group of our own list, with the full proposal list again */
static void another_group_is_used_when_asked(void **state)
{
    static const uint16_t groups[] = {IKE_KE_ECP_256, IKE_KE_ECP_384, IKE_KE_ECP_521, IKE_KE_MODP_2048,
                                      IKE_KE_CURVE448};

    (void)state;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        struct ladder l;
        ladder_init(&l);
        l.pcfg.ike_suites = groups[i] == IKE_KE_ECP_256     ? "aes256gcm16-prfsha256-ecp256"
                            : groups[i] == IKE_KE_ECP_384   ? "aes256gcm16-prfsha256-ecp384"
                            : groups[i] == IKE_KE_ECP_521   ? "aes256gcm16-prfsha256-ecp521"
                            : groups[i] == IKE_KE_MODP_2048 ? "aes256gcm16-prfsha256-modp2048"
                                                            : "aes256gcm16-prfsha256-curve448";
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_up(&l);
        ladder_free(&l);
    }
}

/* row 60, 61: COOKIE and INVALID_KE_PAYLOAD in one attempt */
static void cookie_and_group_together(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.cookies = 1;
    l.pcfg.ike_suites = "aes256gcm16-prfsha256-ecp384";
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_up(&l);
    ladder_free(&l);
}

static void write_group(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    uint8_t octets[2];

    if (exchange != IKE_X_IKE_SA_INIT)
        return;
    ike__put_be16(octets, *(uint16_t *)user);
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__notify_write(out, IKE_N_INVALID_KE_PAYLOAD, ike__span(octets, 2));
}

/* row 59, 63; KNOWN-HOLES 55: a group we did not offer, or asked twice, changes nothing and ends in bounded time */
static void groups_we_did_not_offer_are_refused(void **state)
{
    static const uint16_t groups[] = {IKE_KE_MODP_1024, 1, 5, 22, 0, 1025, IKE_KE_CURVE25519};

    (void)state;
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        struct ladder l;
        uint16_t group = groups[i];
        ladder_init(&l);
        l.pcfg.script.edit = write_group;
        l.pcfg.script.user = &group;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.total_out, 1); /* no second request */
        assert_int_equal(l.closes, 0);
        ladder_silence(&l);
        assert_int_equal(l.closes, 1);
        assert_int_equal(l.close_err, group == IKE_KE_CURVE25519 ? IKE_E_TIMEOUT : IKE_E_NO_PROPOSAL);
        ladder_free(&l);
    }
}

/* RFC 7296 2.21.1, rows 28, 64, 65; KNOWN-HOLES 59: a forged refusal does not stop the genuine answer */
static void forged_errors_do_not_win(void **state)
{
    (void)state;
    for (unsigned type = 1; type < 50; type++) {
        struct ladder l;
        struct datagram genuine, forged;
        struct ike_msg_out out;
        struct ike_header h;
        struct ike_buf b;
        uint8_t body[64];

        ladder_init(&l);
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0);
        genuine = l.to_client[0];
        forged = genuine;
        ike__out_init(&out, body, sizeof(body));
        ike__notify_write(&out, (uint16_t)type, ike__span(NULL, 0));
        (void)ike__header_read(ike__span(genuine.p, genuine.n), &h);
        h.next = out.first;
        h.spi_r = 0;
        h.length = (uint32_t)(28 + out.buf.n);
        ike__buf_init(&b, forged.p, sizeof(forged.p));
        ike__header_write(&b, &h);
        ike__buf_put(&b, ike__span(out.buf.p, out.buf.n));
        forged.n = b.n;
        l.out_n = 0;
        l.to_client[0] = forged;
        (void)ladder_deliver_in(&l, 0);
        assert_int_equal(l.closes, 0);
        l.to_client[0] = genuine;
        l.in_n = 1;
        ladder_run(&l);
        assert_up(&l);
        ladder_free(&l);
    }
}

/* row 64: a refusal alone is reported after a short hold, with the notify */
static void refusal_is_reported_after_the_hold(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.ike_suites = "aes128gcm16-prfsha512-modp4096";
    l.cfg.ike_suites = "aes256gcm16-prfsha256-ecp256";
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.closes, 0);
    ladder_silence(&l);
    assert_int_equal(l.close_err, IKE_E_NO_PROPOSAL);
    assert_int_equal(l.close_notify, IKE_N_NO_PROPOSAL_CHOSEN);
    assert_true(l.now <= 1000000 + 3500000);
    ladder_free(&l);
}

/* RFC 7296 2.1, 2.4, row 1, 2: silence: bit for bit the same, growing intervals, then TIMEOUT */
static void silence_is_retransmitted_and_ends(void **state)
{
    struct ladder l;
    struct datagram first;
    ike_time before = 0, last = 0;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.silent = 1;
    assert_int_equal(ladder_connect(&l), 0);
    first = l.to_gateway[0];
    for (unsigned k = 0; l.closes == 0; k++) {
        assert_true(k < 10);
        ladder_drop(&l);
        before = l.now;
        ladder_tick(&l);
        if (l.closes)
            break;
        assert_int_equal(l.out_n, 1);
        assert_int_equal(l.to_gateway[0].n, first.n);
        assert_memory_equal(l.to_gateway[0].p, first.p, first.n);
        assert_true(l.now - before > last);
        last = l.now - before;
    }
    assert_int_equal(l.close_err, IKE_E_TIMEOUT);
    assert_int_equal(l.total_out, 6);
    ladder_free(&l);
}

static void spoil(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    unsigned how = *(unsigned *)user;
    struct ike_msg msg;

    if (exchange != IKE_X_IKE_SA_INIT ||
        ike__msg_index(&msg, out->first, ike__span(out->buf.p, out->buf.n)) < 0)
        return;
    for (uint32_t i = 0; i < msg.n; i++) {
        uint8_t *body = (uint8_t *)(uintptr_t)msg.payload[i].body.p;
        if (how == 0 && msg.payload[i].type == IKE_P_SA)
            body[15] = 99; /* another transform than we offered: RFC 7296 3.3.6, row 67 */
        if (how == 1 && msg.payload[i].type == IKE_P_SA)
            body[4] = 9; /* another proposal number: row 68 */
        if (how == 2 && msg.payload[i].type == IKE_P_KE)
            body[1] = 19; /* another group than chosen: RFC 7296 3.4, row 71 */
        if (how == 3 && msg.payload[i].type == IKE_P_KE)
            memset(body + 4, 0, msg.payload[i].body.n - 4); /* all-zero value: row 72 */
        if (how == 4 && msg.payload[i].type == IKE_P_NONCE)
            out->buf.p[(size_t)(body - 4 - out->buf.p) + 3] = 4 + 12; /* RFC 7296 3.9, row 73: too short */
        if (how == 5 && msg.payload[i].type == IKE_P_KE)
            out->buf.p[(size_t)(body - 4 - out->buf.p)] = 200, body[-3] = 0x80; /* RFC 7296 2.5, row 37 */
    }
}

static void bad_choices_never_become_a_tunnel(void **state)
{
    (void)state;
    for (unsigned how = 0; how < 6; how++) {
        struct ladder l;
        ladder_init(&l);
        l.pcfg.script.edit = spoil;
        l.pcfg.script.user = &how;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 0);
        ladder_silence(&l);
        assert_int_equal(l.closes, 1);
        assert_int_not_equal(l.close_err, 0);
        ladder_free(&l);
    }
}

/* RFC 7296 2.10, 3.9, row 73: Nr has half the PRF's key at least, 16 octets at least, 256 at most */
static void nonces_are_long_enough_for_the_prf(void **state)
{
    static const struct {
        const char *suites;
        size_t n;
        int is_taken;
    } cases[] = {{"aes256gcm16-prfsha256-curve25519", 15, 0},  {"aes256gcm16-prfsha256-curve25519", 16, 1},
                 {"aes256gcm16-prfsha384-curve25519", 23, 0},  {"aes256gcm16-prfsha384-curve25519", 24, 1},
                 {"aes256gcm16-prfsha512-curve25519", 31, 0},  {"aes256gcm16-prfsha512-curve25519", 32, 1},
                 {"aes256gcm16-prfsha512-curve25519", 256, 1}, {"aes256gcm16-prfsha512-curve25519", 257, 0}};

    static const uint8_t nonce[300] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct forge_change c = {IKE_X_IKE_SA_INIT, .type = IKE_P_NONCE, .body = {nonce, cases[i].n}};
        struct ladder l;
        ladder_init(&l);
        l.cfg.ike_suites = cases[i].suites;
        l.pcfg.script.edit = forge_edit;
        l.pcfg.script.user = &c;
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0);
        (void)ladder_deliver_in(&l, 0);
        assert_int_equal(l.total_out, cases[i].is_taken ? 2 : 1); /* IKE_AUTH goes out, or nothing */
        ladder_silence(&l);
        assert_int_equal(l.close_err, cases[i].is_taken ? IKE_E_TIMEOUT : IKE_E_SYNTAX);
        ladder_free(&l);
    }
}

/* row 76; KNOWN-HOLES 58: our own message sent back to us */
static void reflection_is_ignored(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    l.to_client[0] = l.to_gateway[0];
    assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
    l.to_client[0].p[19] = IKE_FLAG_RESPONSE;
    memset(l.to_client[0].p + 8, 7, 8);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.total_out, 1);
    l.in_n = 0;
    ladder_run(&l);
    assert_up(&l);
    ladder_free(&l);
}

/* RFC 7296 2.23, row 88, 90, 93, 101: ports, and what the hashes say */
static void ports_move_to_4500_or_stay(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    assert_int_equal(l.to_gateway[0].path.remote.port, 500);
    (void)ladder_deliver_out(&l, 0);
    ladder_drop(&l);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.to_gateway[0].path.remote.port, 4500);
    assert_int_equal(ike__be32(l.to_gateway[0].p), 0); /* the non-ESP marker */
    ladder_run(&l);
    assert_up(&l);
    assert_int_equal(l.up.nat, IKE_NAT_NONE); /* pretending is not finding */
    ladder_free(&l);

    ladder_init(&l); /* a custom port: marker from the first datagram, no move */
    l.path.remote.port = 4711;
    assert_int_equal(ladder_connect(&l), 0);
    assert_int_equal(ike__be32(l.to_gateway[0].p), 0);
    ladder_run(&l);
    assert_up(&l);
    ladder_free(&l);

    ladder_init(&l); /* no NAT-T at the gateway, and nothing but UDP here */
    l.pcfg.script.no_natd = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    for (int k = 0; k < 20 && l.closes == 0; k++)
        ladder_tick(&l);
    assert_int_equal(l.close_err, IKE_E_NO_NATT);
    ladder_free(&l);
}

/* KNOWN-HOLES 61: cookies without end */
static void endless_cookies_end(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.cookies = 1000;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.total_out, 8);
    ladder_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_round_trips_make_a_tunnel),
        cmocka_unit_test(cookies_are_given_back),
        cmocka_unit_test(another_group_is_used_when_asked),
        cmocka_unit_test(cookie_and_group_together),
        cmocka_unit_test(groups_we_did_not_offer_are_refused),
        cmocka_unit_test(forged_errors_do_not_win),
        cmocka_unit_test(refusal_is_reported_after_the_hold),
        cmocka_unit_test(silence_is_retransmitted_and_ends),
        cmocka_unit_test(bad_choices_never_become_a_tunnel),
        cmocka_unit_test(nonces_are_long_enough_for_the_prf),
        cmocka_unit_test(reflection_is_ignored),
        cmocka_unit_test(ports_move_to_4500_or_stay),
        cmocka_unit_test(endless_cookies_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
