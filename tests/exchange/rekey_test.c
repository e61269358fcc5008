/* tests/exchange/rekey_test.c - rekeying of children and of the IKE SA, one side at a time. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "engine/engine.h"
#include "peer/twins.h"

static const char *const esp_pfs = "aes256gcm16-curve25519-ecp256";

static void up(struct twins *t)
{
    twins_init(t);
    twins_up(t);
    assert_true(twins_agree(t));
    assert_true(twins_ping(t));
}

static void settled(struct twins *t, unsigned children, unsigned sas)
{
    for (int end = 0; end < 2; end++) {
        assert_int_equal(twins_children(t, end), children);
        assert_int_equal(twins_sas(t, end), sas);
        assert_int_equal(t->end[end].child_downs, 0);
        assert_int_equal(t->end[end].closes, 0);
    }
    assert_true(twins_agree(t));
    assert_true(twins_ping(t));
}

/* RFC 7296 1.3.3, 2.8, rows 195, 197, 198: request, answer, Delete, answer; packets pass at every rung */
static void child_rekey(int by)
{
    struct twins t;
    uint32_t old_spi;

    up(&t);
    old_spi = t.end[by].s->children->spi_in;
    twins_rekey(&t, by, 1);
    assert_true(twins_ping(&t));
    assert_int_equal(twins_deliver(&t, by, 0), 0); /* N(REKEY_SA) SA Ni TSi TSr */
    assert_int_equal(twins_children(&t, !by), 2);
    assert_true(twins_ping(&t));
    assert_int_equal(twins_deliver(&t, !by, 0), 0); /* SA Nr TSi TSr */
    assert_int_equal(t.end[by].rekeyed_child, 1);
    assert_true(twins_ping(&t));
    assert_int_equal(t.end[!by].rekeyed_child, 1); /* the new child carried traffic */
    assert_int_equal(twins_deliver(&t, by, 0), 0); /* D(old) */
    assert_true(twins_ping(&t));
    assert_int_equal(twins_deliver(&t, !by, 0), 0); /* D(old's other half) */
    assert_int_equal(t.end[0].rekeyed_by, by == CLIENT ? IKE_BY_US : IKE_BY_PEER);
    settled(&t, 1, 1);
    assert_int_not_equal(t.end[by].s->children->spi_in, old_spi);
    assert_int_equal(t.end[by].s->children->id, 1); /* the same child to the host */
    twins_free(&t);
}

static void child_rekeyed_by_us(void **state)
{
    (void)state;
    child_rekey(CLIENT);
}

static void child_rekeyed_by_the_peer(void **state)
{
    (void)state;
    child_rekey(GATEWAY);
}

/* RFC 7296 2.8, row 197: a packet sealed before the switch arrives behind the Delete */
static void late_packets_on_the_old_child_arrive(void **state)
{
    uint8_t ip[100], late[400];
    struct twins t;
    ike_path to, seen;
    ike_span inner;
    int n;

    (void)state;
    up(&t);
    ladder_packet(&t.l, ip, sizeof(ip));
    n = ike_seal(t.end[CLIENT].s, ip, sizeof(ip), late, sizeof(late), &to, t.now);
    assert_true(n > 0);
    twins_rekey(&t, CLIENT, 1);
    twins_run(&t);
    seen.local = to.remote;
    seen.remote = to.local;
    assert_int_equal(ike_recv(t.end[GATEWAY].s, &seen, late, (size_t)n, &inner, t.now), 0);
    assert_int_equal(inner.n, sizeof(ip));
    t.now += 6000000; /* not for ever */
    (void)ike_tick(t.end[GATEWAY].s, t.now);
    assert_null(t.end[GATEWAY].s->children->next);
    twins_free(&t);
}

/* RFC 7296 1.3, 2.12, row 186: with a key exchange of its own; a wrong guess of the group costs a round trip */
static void child_rekey_with_pfs(int by, const char *client, const char *gateway, unsigned rounds)
{
    struct twins t;
    unsigned n = 0;

    twins_init(&t);
    t.l.cfg.esp_suites = client;
    t.gateway_cfg.esp_suites = gateway;
    twins_up(&t);
    twins_rekey(&t, by, 1);
    while (t.end[by].rekeyed_child == 0 && n < 10) {
        assert_int_equal(twins_deliver(&t, by, 0), 0);
        assert_int_equal(twins_deliver(&t, !by, 0), 0);
        n++;
    }
    assert_int_equal(n, rounds);
    twins_run(&t);
    settled(&t, 1, 1);
    twins_free(&t);
}

static void perfect_forward_secrecy(void **state)
{
    (void)state;
    for (int by = 0; by < 2; by++) {
        child_rekey_with_pfs(by, esp_pfs, esp_pfs, 1);
        child_rekey_with_pfs(by, by == CLIENT ? esp_pfs : "aes256gcm16-ecp256",
                             by == CLIENT ? "aes256gcm16-ecp256" : esp_pfs, 2);
    }
    /* the default offers both ways, and follows a gateway that insists */
    child_rekey_with_pfs(CLIENT, NULL, "aes256gcm16-ecp384", 2);
    child_rekey_with_pfs(GATEWAY, NULL, "aes256gcm16-ecp384", 1);
}

/* RFC 7296 1.3.2, 2.18, rows 15, 217, 218, 219: new SPIs, Message IDs from 0, children move, the old SA is deleted */
static void ike_rekey_by(int by)
{
    struct twins t;
    uint64_t old_spi;

    up(&t);
    old_spi = t.end[0].s->sa->spi_i;
    twins_rekey(&t, by, 0);
    assert_int_equal(twins_deliver(&t, by, 0), 0);
    assert_true(twins_ping(&t));
    assert_int_equal(twins_deliver(&t, !by, 0), 0);
    assert_int_equal(t.end[0].rekeyed_ike + t.end[1].rekeyed_ike, 2);
    assert_int_not_equal(t.end[0].s->sa->spi_i, old_spi);
    assert_true(twins_ping(&t));
    twins_run(&t);
    settled(&t, 1, 1);
    assert_int_equal(t.end[by].s->sa->is_initiator, 1); /* row 220 */
    assert_int_equal(t.end[by].s->sa->window.next_out, 0);
    /* and the new one works, in both directions, roles swapped or not */
    assert_int_equal(ike_check_alive(t.end[CLIENT].s, t.now), 0);
    assert_int_equal(ike_check_alive(t.end[GATEWAY].s, t.now), 0);
    twins_drain(&t, 0);
    twins_drain(&t, 1);
    twins_run(&t);
    twins_rekey(&t, !by, 1);
    twins_run(&t);
    settled(&t, 1, 1);
    twins_free(&t);
}

static void ike_sa_rekeyed_by_us(void **state)
{
    (void)state;
    ike_rekey_by(CLIENT);
}

static void ike_sa_rekeyed_by_the_peer(void **state)
{
    (void)state;
    ike_rekey_by(GATEWAY);
}

/* RFC 7296 2.8, row 219: the old SA repeats its last answer for a while, and then it is gone */
static void old_ike_sa_lingers_and_goes(void **state)
{
    struct twins t;
    struct datagram copy;

    (void)state;
    up(&t);
    twins_rekey(&t, GATEWAY, 0);
    (void)twins_deliver(&t, GATEWAY, 0);
    (void)twins_deliver(&t, CLIENT, 0);
    copy = t.end[GATEWAY].out[0]; /* its Delete of the old SA */
    twins_run(&t);
    t.end[GATEWAY].out[0] = copy; /* once more: its answer was lost */
    t.end[GATEWAY].out_n = 1;
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(t.end[CLIENT].out_n, 1);
    twins_lose(&t, CLIENT, 0);
    t.now += 30000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    assert_null(t.end[CLIENT].s->sas->next);
    t.end[GATEWAY].out[0] = copy;
    t.end[GATEWAY].out_n = 1;
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), IKE_E_DISCARD);
    twins_free(&t);
}

/* RFC 7296 2.8, rows 194, 282: by time, by packets, by octets; once */
static void lifetimes_rekey(void **state)
{
    struct twins t;

    (void)state;
    twins_init(&t);
    t.l.cfg.rekey_child_s = 600;
    t.l.cfg.rekey_ike_s = 1000;
    twins_up(&t);
    t.now += 500000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    assert_int_equal(t.end[CLIENT].out_n, 0); /* at most a tenth early */
    t.now += 100000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    twins_drain(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    t.now += 400000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    twins_drain(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_ike, 1);
    settled(&t, 1, 1);
    twins_free(&t);

    twins_init(&t);
    t.l.cfg.rekey_child_packets = 10;
    twins_up(&t);
    for (int i = 0; i < 9; i++)
        assert_true(twins_ping(&t));
    assert_true(ike_deadline(t.end[CLIENT].s) <= t.now);
    (void)ike_tick(t.end[CLIENT].s, t.now);
    (void)ike_tick(t.end[CLIENT].s, t.now);
    twins_drain(&t, CLIENT);
    assert_int_equal(t.end[CLIENT].out_n, 1);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    settled(&t, 1, 1);
    twins_free(&t);
}

/* RFC 7296 2.25, row 214: not now: again after 10 to 60 seconds */
static void temporary_failure_waits(void **state)
{
    struct twins t;
    ike_time due;

    (void)state;
    up(&t);
    twins_rekey(&t, GATEWAY, 0); /* its rekeying of the IKE SA is under way … */
    twins_lose(&t, GATEWAY, 0);
    twins_rekey(&t, CLIENT, 1);
    (void)twins_deliver(&t, CLIENT, 0); /* … so ours of a child has to wait (row 207) */
    (void)twins_deliver(&t, GATEWAY, 0);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 0);
    assert_int_equal(twins_children(&t, CLIENT), 1);
    due = t.end[CLIENT].s->children->life.rekey_at;
    assert_true(due >= t.now + 10000000u && due <= t.now + 60000000u);
    assert_true(twins_ping(&t));
    for (int i = 0; i < 20 && t.end[CLIENT].rekeyed_child == 0; i++) {
        twins_tick(&t);
        twins_run(&t);
    }
    settled(&t, 1, 1);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    assert_int_equal(t.end[GATEWAY].rekeyed_ike, 1);
    twins_free(&t);
}

/* RFC 7296 2.25, row 215: the peer does not know the child: drop it without a word and make a new one */
static void child_not_found_makes_a_new_one(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    ike__session_remove_child(t.end[GATEWAY].s, t.end[GATEWAY].s->children);
    twins_rekey(&t, CLIENT, 1);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].child_downs + t.end[CLIENT].child_ups, 0);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1); /* the same child to the host */
    assert_int_equal(twins_children(&t, CLIENT), 1);
    assert_true(twins_agree(&t));
    assert_true(twins_ping(&t));
    twins_free(&t);
}

/* RFC 7296 2.25, row 214: busy for several minutes: both ends know different things; the IKE SA goes */
static void busy_for_minutes_closes(void **state)
{
    struct twins t;
    ike_time began;

    (void)state;
    up(&t);
    twins_rekey(&t, GATEWAY, 0); /* under way for ever */
    twins_lose(&t, GATEWAY, 0);
    t.end[GATEWAY].s->sa->window.due = IKE_NEVER;
    began = t.now;
    twins_rekey(&t, CLIENT, 1);
    twins_run(&t);
    while (t.end[CLIENT].closes == 0 && t.now < began + 900000000u) {
        twins_tick(&t);
        twins_run(&t);
    }
    assert_int_equal(t.end[CLIENT].closes, 1);
    assert_int_equal(t.end[CLIENT].close_err, IKE_E_EXPIRED); /* a driver connects again */
    assert_true(t.now - began >= 300000000u && t.now - began < 400000000u);
    twins_free(&t);
}

/* RFC 7296 2.25.2, 2.8, row 208: a Delete of a child on the IKE SA that has just got a successor is served */
static void delete_of_a_child_behind_the_rekeying(void **state)
{
    struct ike_msg_out out;
    uint8_t octets[64];
    struct twins t;

    (void)state;
    up(&t);
    twins_rekey(&t, CLIENT, 0);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0),
                     0); /* both have the new SA; the Delete of the old one waits */
    ike__out_init(&out, octets, sizeof(octets));
    ike__delete_write_esp(&out, &t.end[GATEWAY].s->children->spi_in, 1);
    assert_int_equal(
        ike__send_request(t.end[GATEWAY].s, t.end[GATEWAY].s->sa->next, IKE_X_INFORMATIONAL, &out), 0);
    twins_drain(&t, GATEWAY);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(twins_children(&t, CLIENT), 0);
    assert_int_equal(t.end[CLIENT].child_downs, 1);
    twins_free(&t);
}

/* RFC 7296 2.8: the peer rekeys a child, forgets it and begins again: the first successor goes */
static void rekeyed_twice_by_the_peer(void **state)
{
    struct ike_session *gateway;
    struct twins t;

    (void)state;
    up(&t);
    gateway = t.end[GATEWAY].s;
    twins_rekey(&t, GATEWAY, 1);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    twins_lose(&t, CLIENT, 0);
    ike__window_answered(&gateway->sa->window, gateway->env.alloc);
    ike__drop_running(gateway, gateway->sa);
    twins_rekey(&t, GATEWAY, 1);
    twins_run(&t);
    settled(&t, 1, 1);
    t.now += 6000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    assert_int_equal(ike__session_children_n(t.end[CLIENT].s), 1);
    twins_free(&t);
}

/* RFC 7296 2.25.1, row 202: the old child went while our rekeying was out: nothing is left to delete */
static void nothing_is_deleted_twice(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    twins_rekey(&t, CLIENT, 1);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    ike__child_linger(t.end[CLIENT].s->children, &t.end[CLIENT].s->env, t.now + 5000000);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(t.end[CLIENT].out_n, 0);
    assert_int_equal(t.end[CLIENT].s->tasks.n, 0);
    twins_free(&t);
}

/* RFC 7296 1.3.1, 4: more children than both can hold are refused, and the IKE SA stands */
static void further_children(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    for (int i = 0; i < 40; i++) {
        t.now += 1;
        twins_create_child(&t, CLIENT);
        twins_run(&t);
    }
    assert_int_equal(twins_children(&t, CLIENT), IKE_CHILDREN_MAX);
    assert_int_equal(twins_children(&t, GATEWAY), IKE_CHILDREN_MAX);
    assert_true(twins_ping(&t));
    assert_int_equal(t.end[CLIENT].closes, 0);
    twins_free(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_rekeyed_by_us),
        cmocka_unit_test(child_rekeyed_by_the_peer),
        cmocka_unit_test(late_packets_on_the_old_child_arrive),
        cmocka_unit_test(perfect_forward_secrecy),
        cmocka_unit_test(ike_sa_rekeyed_by_us),
        cmocka_unit_test(ike_sa_rekeyed_by_the_peer),
        cmocka_unit_test(old_ike_sa_lingers_and_goes),
        cmocka_unit_test(lifetimes_rekey),
        cmocka_unit_test(temporary_failure_waits),
        cmocka_unit_test(busy_for_minutes_closes),
        cmocka_unit_test(delete_of_a_child_behind_the_rekeying),
        cmocka_unit_test(rekeyed_twice_by_the_peer),
        cmocka_unit_test(nothing_is_deleted_twice),
        cmocka_unit_test(child_not_found_makes_a_new_one),
        cmocka_unit_test(further_children),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
