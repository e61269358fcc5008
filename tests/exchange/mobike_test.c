/* tests/exchange/mobike_test.c - the path changes: MOBIKE, a fresh connection, no network, sleep. SPDX-License-Identifier: Apache-2.0 */
#include "up.h"
#include "base/text.h"
#include "state/session.h"

static void connected(struct ladder *l, int mobike)
{
    l->pcfg.script.mobike = (uint8_t)mobike;
    up(l);
    assert_int_equal(l->up.peer_has_mobike, mobike);
}

static ike_path path_from(const char *local)
{
    ike_path p;

    memset(&p, 0, sizeof(p));
    (void)ike__addr_parse(&p.local, local);
    p.local.port = 50000;
    return p;
}

static ike_path cellular(void)
{
    return path_from("203.0.113.9");
}

static void roam(struct ladder *l, const ike_path *to)
{
    assert_int_equal(ike_roam(l->s, to, l->now), 0);
    ladder_drain(l);
}

/* RFC 4555 3.5, rows 239, 240: one update, one answer; ESP has moved before the answer is there */
static void update_takes_one_round_trip(void **state)
{
    ike_path to = cellular();
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    roam(&l, &to);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].path.local.port, 50000);
    assert_int_equal(l.to_gateway[0].path.remote.port, 4500); /* RFC 4555 3.3 */
    assert_true(ladder_ping(&l));
    assert_int_equal(l.peer->path.remote.port, 50000);
    l.now += 40000;
    ladder_run(&l);
    assert_int_equal(l.peer->updates, 1);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.path_change.reason, IKE_PATH_ROAMED);
    assert_int_equal(l.path_change.took_us, 40000);
    assert_int_equal(l.path_change.path.local.port, 50000);
    assert_int_equal(l.child_ups + l.ups, 2); /* nothing was made anew */
    ladder_free(&l);
}

/* RFC 4555 3.5, row 241: what is out goes out again on the new path, before the update */
static void request_in_flight_moves_first(void **state)
{
    ike_path to = cellular();
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    assert_int_equal(ike_check_alive(l.s, l.now), 0);
    ladder_drain(&l);
    ladder_drop(&l); /* lost with the old network */
    roam(&l, &to);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].path.local.port, 50000);
    assert_int_equal(l.peer->updates, 0);
    ladder_run(&l);
    assert_int_equal(l.peer->updates, 1);
    assert_int_equal(l.paths, 1);
    ladder_free(&l);
}

/* RFC 4555 3.5, row 242: of several changes in a row only the newest is told, after the one that is out */
static void only_the_newest_change_counts(void **state)
{
    ike_path to = cellular();
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    for (uint16_t i = 0; i < 5; i++) {
        to.local.port = (uint16_t)(50000 + i);
        roam(&l, &to);
    }
    ladder_run(&l);
    assert_int_equal(l.peer->updates, 2);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.path_change.path.local.port, 50004);
    assert_int_equal(l.peer->path.remote.port, 50004);
    ladder_free(&l);
}

/* RFC 4555 3.7, row 245: another cookie is another peer */
static void wrong_cookie2_closes(void **state)
{
    ike_path to = cellular();
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.wrong_cookie2 = 1;
    connected(&l, 1);
    roam(&l, &to);
    ladder_run(&l);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_AUTH);
    ladder_free(&l);
}

/* RFC 4555 3.2, RFC 7296 2.8.3, rows 227, 250: without MOBIKE a fresh connection beside the old one, same address */
static void without_mobike_a_fresh_connection(void **state)
{
    ike_path to = cellular();
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.again = 1;
    connected(&l, 0);
    roam(&l, &to);
    assert_int_equal(l.out_n, 1);
    assert_true(ladder_ping(&l)); /* the old child sends until the new one stands */
    ladder_run(&l);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.path_change.reason, IKE_PATH_FRESH);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.configs, 1); /* the same address was asked for and given */
    assert_int_equal(l.rekeyed, 2); /* IKE SA and child, under the same id */
    assert_int_equal(l.child_downs, 0);
    assert_int_equal(l.closes, 0);
    assert_true(ladder_ping(&l));
    ladder_free(&l);
}

/* RFC 4555 3.5, 3.9, rows 243, 244: the gateway refuses the address: the next rung */
static void refused_update_leads_to_a_fresh_connection(void **state)
{
    static const uint16_t errors[] = {IKE_N_UNACCEPTABLE_ADDRESSES, IKE_N_UNEXPECTED_NAT_DETECTED};
    ike_path to = cellular();

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct ladder l;

        ladder_init(&l);
        l.pcfg.script.again = 1;
        l.pcfg.script.update_error = errors[i];
        connected(&l, 1);
        roam(&l, &to);
        ladder_run(&l);
        assert_int_equal(l.warnings, 1);
        assert_int_equal(l.paths, 1);
        assert_int_equal(l.closes, 0);
        assert_true(ladder_ping(&l));
        ladder_free(&l);
    }
}

/* A gateway that ignores the update is found out in bounded time, and then one that ignores everything. */
static void silence_walks_down_the_ladder(void **state)
{
    ike_path to = cellular();
    struct ladder l;
    ike_time began;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    l.peer->cfg.script.silent = 1;
    began = l.now;
    roam(&l, &to);
    ladder_silence(&l);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_TIMEOUT);
    assert_true(l.warnings >= 1);
    assert_true(l.now - began < 60000000u);
    ladder_free(&l);
}

/* ike_roam(NULL): nothing is sent, nothing times out; the network comes back after an hour */
static void no_network_freezes_everything(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    assert_int_equal(ike_check_alive(l.s, l.now), 0);
    roam(&l, NULL);
    assert_int_equal(l.out_n, 0);
    assert_int_equal(ike_deadline(l.s), IKE_NEVER);
    l.now += UINT64_C(3600000000);
    (void)ike_tick(l.s, l.now);
    ladder_drain(&l);
    assert_int_equal(l.out_n, 0);
    roam(&l, &l.path);
    ladder_run(&l);
    assert_int_equal(l.closes, 0);
    assert_int_equal(l.paths, 1);
    assert_true(ladder_ping(&l));
    roam(&l, NULL); /* and closing needs no network */
    assert_int_equal(ike_close(l.s, l.now), 0);
    ladder_drain(&l);
    assert_int_equal(l.closes, 1);
    ladder_free(&l);
}

/* A change of path while the handshake is under way carries it along. */
static void roaming_in_the_handshake(void **state)
{
    ike_path to = cellular();
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.mobike = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_drop(&l);
    roam(&l, &to);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].path.local.port, 50000);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_true(ladder_ping(&l));
    ladder_free(&l);
}

/* A path the session cannot use is refused and changes nothing. */
static void impossible_paths_are_refused(void **state)
{
    ike_path to;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    memset(&to, 0, sizeof(to));
    assert_int_equal(ike_roam(l.s, &to, l.now), IKE_E_USAGE);
    to = path_from("2001:db8::7"); /* and no IPv6 address of the gateway */
    assert_int_equal(ike_roam(l.s, &to, l.now), IKE_E_USAGE);
    ladder_drain(&l);
    assert_int_equal(l.out_n, 0);
    assert_true(ladder_ping(&l));
    ladder_free(&l);
}

/* RFC 4555 3.3, row 249: to the gateway's IPv6 address */
static void from_ipv4_to_ipv6(void **state)
{
    ike_path to = path_from("2001:db8::7");
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connected(&l, 1);
    (void)ike__addr_parse(&to.remote, "2001:db8::1");
    roam(&l, &to);
    assert_int_equal(l.to_gateway[0].path.remote.family, 6);
    assert_int_equal(l.to_gateway[0].path.remote.port, 4500);
    ladder_run(&l);
    assert_int_equal(l.paths, 1);
    assert_true(ladder_ping(&l));
    ladder_free(&l);
}

/* Slept for two hours: one question decides. RFC 7296 2.4 */
static void waking_up_asks_once(void **state)
{
    struct ladder l;

    (void)state;
    for (int silent = 0; silent < 2; silent++) {
        ladder_init(&l);
        l.cfg.rekey_child_s = 36000;
        connected(&l, 1);
        l.peer->cfg.script.silent = (uint8_t)silent;
        l.now += UINT64_C(36010000000);
        l.now += UINT64_C(7200000000);
        (void)ike_tick(l.s, l.now);
        ladder_drain(&l);
        assert_int_equal(l.out_n, 1); /* no burst */
        for (int i = 0; i < 30 && silent; i++) {
            ladder_tick(&l);
            ladder_drop(&l);
        }
        if (!silent)
            (void)ladder_deliver_out(&l, 0);
        if (!silent)
            (void)ladder_deliver_in(&l, 0);
        assert_int_equal(l.closes, silent);
        ladder_free(&l);
    }
}

static void behind_nat(struct ladder *l)
{
    ladder_init(l);
    (void)ike__addr_parse(&l->nat, "192.0.2.200");
    l->nat.port = 1000;
    connected(l, 1);
}

/* The client sleeps until it has something to do: 1: silence outlived the mapping, the next datagram makes another. */
static int sleep_behind_nat(struct ladder *l, ike_time lives)
{
    ike_time slept = ike_deadline(l->s) - l->now;

    l->nat.port = (uint16_t)(l->nat.port + (slept > lives));
    ladder_tick(l);
    ladder_run(l);
    return slept > lives;
}

/* RFC 4555 3.8, row 246: the NAT forgets us; the question notices, the update repairs, the interval settles */
static void keepalive_learns_how_long_the_mapping_lives(void **state)
{
    struct ladder l;
    ike_time lives = 95000000u;
    int rebound = 0;

    (void)state;
    behind_nat(&l);
    assert_int_equal(l.up.nat & IKE_NAT_LOCAL, IKE_NAT_LOCAL);
    for (int i = 0; i < 60 && ike_deadline(l.s) != IKE_NEVER; i++) {
        rebound += sleep_behind_nat(&l, lives);
        assert_int_equal(l.peer->path.remote.port, l.nat.port);
    }
    assert_true(rebound >= 1 && rebound <= 5);
    assert_int_equal(l.closes, 0);
    assert_true(l.s->sa->mapping.lived >= lives * 3 / 4 && l.s->sa->mapping.lived < lives);
    print_message("learned %u s of %u s with %d rebindings\n", (unsigned)(l.s->sa->mapping.lived / 1000000u),
                  (unsigned)(lives / 1000000u), rebound);
    ladder_free(&l);
}

/* What learning is for: how often an idle hour wakes the host, against a keepalive every 20 s (RFC 3948 4). */
static void an_idle_hour_wakes_rarely(void **state)
{
    static const unsigned lives_s[] = {30, 60, 120, 300, 900};

    (void)state;
    for (size_t i = 0; i < sizeof(lives_s) / sizeof(lives_s[0]); i++) {
        ike_time lives = (ike_time)lives_s[i] * 1000000u, until;
        struct ladder l;
        unsigned wakes = 0;

        behind_nat(&l);
        for (until = l.now + UINT64_C(7200000000); l.now < until;) { /* an hour to learn, an hour to count */
            (void)sleep_behind_nat(&l, lives);
            wakes += l.now > until - UINT64_C(3600000000);
        }
        print_message("mapping lives %u s: %u wake-ups in an idle hour, 180 with a keepalive every 20 s\n",
                      lives_s[i], wakes);
        assert_true(wakes <= 180 && (lives_s[i] < 60 || wakes <= 90));
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

/* RFC 4478 3, row 133: the gateway says when; before that there is a new authentication, also where our own
 * configuration has changed meanwhile */
static void auth_lifetime_authenticates_anew(void **state)
{
    (void)state;
    for (int is_changed = 0; is_changed < 2; is_changed++) {
        struct ladder l;
        ike_time began;

        ladder_init(&l);
        l.pcfg.script.again = 1;
        l.pcfg.script.auth_lifetime = 600;
        connected(&l, 0);
        began = l.now;
        l.cfg.rekey_child_s = 300000;
        if (is_changed)
            assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_LIVE);
        while (l.rekeyed == 0 && l.now < began + 700000000u) {
            ladder_tick(&l);
            ladder_run(&l);
        }
        assert_true(l.now - began < 600000000u && l.now - began > 400000000u);
        assert_int_equal(l.rekeyed, 2);
        assert_int_equal(l.child_downs + l.closes, 0);
        assert_true(ladder_ping(&l));
        ladder_free(&l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_takes_one_round_trip),
        cmocka_unit_test(request_in_flight_moves_first),
        cmocka_unit_test(only_the_newest_change_counts),
        cmocka_unit_test(wrong_cookie2_closes),
        cmocka_unit_test(without_mobike_a_fresh_connection),
        cmocka_unit_test(refused_update_leads_to_a_fresh_connection),
        cmocka_unit_test(silence_walks_down_the_ladder),
        cmocka_unit_test(no_network_freezes_everything),
        cmocka_unit_test(roaming_in_the_handshake),
        cmocka_unit_test(impossible_paths_are_refused),
        cmocka_unit_test(from_ipv4_to_ipv6),
        cmocka_unit_test(waking_up_asks_once),
        cmocka_unit_test(keepalive_learns_how_long_the_mapping_lives),
        cmocka_unit_test(an_idle_hour_wakes_rarely),
        cmocka_unit_test(auth_lifetime_authenticates_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
