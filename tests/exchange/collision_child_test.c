/* tests/exchange/collision_child_test.c - children: both ends act at once, in every order. SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"
#include "fake/test.h"
#include "peer/race.h"

static void up(struct twins *t)
{
    twins_init(t);
    twins_up(t);
}

static void two_children(struct twins *t)
{
    race_begin(t, CLIENT, CREATE_CHILD, 0);
    twins_run(t);
}

/* RFC 7296 2.8.1, 2.25.1, rows 197, 198, 199, 201, 202: two successors, nonces decide; who answered late is told
 * CHILD_SA_NOT_FOUND or TEMPORARY_FAILURE, and knows why */
static void rekey_and_rekey(void **state)
{
    static const struct race r = {
        .deed = {REKEY_CHILD, REKEY_CHILD}, .children = 1, .rekeyed_child = 1, .pings = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* row 199: and again, on what came of it */
static void rekey_and_rekey_again(void **state)
{
    static const struct race r = {
        .deed = {REKEY_CHILD, REKEY_CHILD}, .children = 1, .rekeyed_child = 1, .pings = 1, .earlier = 2};

    (void)state;
    assert_true(race_every_way(&r));
}

static void other_group(struct twins *t)
{
    t->l.cfg.esp_suites = "aes256gcm16-ecp256-ecp384";
    t->gateway_cfg.esp_suites = "aes256gcm16-ecp384";
}

/* RFC 7296 1.3, row 199: one end guesses the wrong group first, so that its second request is the rival */
static void rekey_and_rekey_with_pfs(void **state)
{
    static const struct race r = {.deed = {REKEY_CHILD, REKEY_CHILD},
                                  .before = other_group,
                                  .children = 1,
                                  .rekeyed_child = 1,
                                  .pings = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.25.1: a child each: that is no collision */
static void different_children(void **state)
{
    static const struct race rekeys = {.deed = {REKEY_CHILD, REKEY_CHILD},
                                       .after_up = two_children,
                                       .apart = 1,
                                       .children = 2,
                                       .rekeyed_child = 2,
                                       .pings = 1,
                                       .mishaps = 1};
    static const struct race one_goes = {.deed = {REKEY_CHILD, DELETE_CHILD},
                                         .after_up = two_children,
                                         .apart = 1,
                                         .children = 1,
                                         .child_downs = {1, 1},
                                         .rekeyed_child = 1,
                                         .pings = 1};
    static const struct race both_go = {
        .deed = {DELETE_CHILD, DELETE_CHILD}, .after_up = two_children, .apart = 1, .child_downs = {2, 2}};

    (void)state;
    assert_true(race_every_way(&rekeys));
    assert_true(race_every_way(&one_goes));
    assert_true(race_every_way(&both_go));
}

/* RFC 7296 2.25.1, rows 202, 203: TEMPORARY_FAILURE to the one, a Delete payload to the other, and the child is gone */
static void rekey_and_delete(void **state)
{
    static const struct race r = {.deed = {REKEY_CHILD, DELETE_CHILD}, .child_downs = {1, 1}, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 1.4.1, 2.25.1, row 204: both say it, both are told nothing new */
static void delete_and_delete(void **state)
{
    static const struct race r = {.deed = {DELETE_CHILD, DELETE_CHILD}, .child_downs = {1, 1}, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 1.3.1: a further child collides with no other. Packets pass meanwhile: whoever answered sends on the new
 * child only once the other end did (2.8). */
static void create_beside_others(void **state)
{
    static const struct race creates = {
        .deed = {CREATE_CHILD, CREATE_CHILD}, .children = 3, .pings = 1, .mishaps = 1};
    static const struct race rekey = {
        .deed = {CREATE_CHILD, REKEY_CHILD}, .children = 2, .rekeyed_child = 1, .pings = 1, .mishaps = 1};
    static const struct race one_goes = {
        .deed = {CREATE_CHILD, DELETE_CHILD}, .children = 1, .child_downs = {1, 1}, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&creates));
    assert_true(race_every_way(&rekey));
    assert_true(race_every_way(&one_goes));
}

/* RFC 7296 2.25: liveness collides with nothing */
static void liveness_beside_others(void **state)
{
    static const struct race rekey = {
        .deed = {LIVENESS, REKEY_CHILD}, .children = 1, .rekeyed_child = 1, .pings = 1, .mishaps = 1};
    static const struct race gone = {.deed = {LIVENESS, DELETE_CHILD}, .child_downs = {1, 1}, .mishaps = 1};
    static const struct race both = {.deed = {LIVENESS, LIVENESS}, .children = 1, .pings = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&rekey));
    assert_true(race_every_way(&gone));
    assert_true(race_every_way(&both));
}

/* RFC 7296 2.8.1, first picture, row 199: A the client, B the gateway, the lowest nonce is Nr1 in resp2 */
static void the_first_picture(void **state)
{
    static const struct race r = {.deed = {REKEY_CHILD, REKEY_CHILD}};
    struct ike_child_sa *a1, *b1;
    struct twins t;

    (void)state;
    up(&t);
    a1 = t.end[CLIENT].s->children;
    b1 = t.end[GATEWAY].s->children;
    race_both(&t, &r, 2);                               /* req1, req2 */
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* recv req2; send resp2 */
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);  /* recv req1; send resp1 */
    assert_int_equal(twins_children(&t, CLIENT), 2);
    assert_int_equal(twins_children(&t, GATEWAY), 2);
    assert_int_equal(t.end[CLIENT].rekeyed_child + t.end[GATEWAY].rekeyed_child, 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* recv resp1 */
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);  /* recv resp2 */
    assert_int_equal(twins_children(&t, CLIENT), 3);
    assert_int_equal(twins_children(&t, GATEWAY), 3);
    assert_int_equal(t.end[CLIENT].rekeyed_by, IKE_BY_US); /* A's survives, so A deletes the old one … */
    assert_int_equal(t.end[CLIENT].s->sa->running.intent.spi, a1->spi_in);
    assert_int_not_equal(t.end[GATEWAY].s->sa->running.intent.spi, b1->spi_in); /* … and B its own new one */
    assert_int_equal(t.end[GATEWAY].rekeyed_child, 0);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0); /* recv req3: D(SPIa1); send resp3 */
    assert_int_equal(t.end[GATEWAY].rekeyed_by, IKE_BY_PEER);
    assert_int_not_equal(b1->linger_until, 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* recv req4: D(SPIb2); send resp4 */
    assert_int_equal(twins_children(&t, CLIENT), 2);
    twins_run(&t);
    assert_int_equal(twins_children(&t, CLIENT), 1);
    assert_int_equal(twins_children(&t, GATEWAY), 1);
    assert_true(twins_agree(&t));
    assert_true(twins_ping(&t));
    assert_int_equal(t.end[CLIENT].child_downs + t.end[GATEWAY].child_downs, 0);
    twins_free(&t);
}

/* RFC 7296 2.8.1, second picture, row 201: req1 is lost, B knows of no collision */
static void the_second_picture(void **state)
{
    static const struct race r = {.deed = {REKEY_CHILD, REKEY_CHILD}};

    (void)state;
    for (uint8_t lowest = 0; lowest < 4; lowest++) {
        struct twins t;

        up(&t);
        race_both(&t, &r, lowest);
        twins_lose(&t, CLIENT, 0);                          /* req1 */
        assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* req2 */
        assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);  /* resp2 */
        assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* req3: D(SPIb1) */
        assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);  /* resp3: D(SPIa1) */
        assert_int_equal(t.end[CLIENT].rekeyed_by, IKE_BY_PEER);
        assert_int_equal(t.end[CLIENT].s->sa->window.in_flight, 1);
        assert_int_equal(t.end[GATEWAY].out_n, 0);
        twins_tick(&t); /* resend req1 */
        assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
        assert_int_equal(twins_children(&t, GATEWAY), 1);   /* no second successor */
        assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* resp1: N(CHILD_SA_NOT_FOUND) */
        assert_int_equal(t.end[CLIENT].out_n, 0);           /* and no child from scratch */
        assert_null(t.end[CLIENT].s->sa->running.exchange);
        assert_int_equal(t.end[CLIENT].child_downs, 0);
        assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
        assert_true(twins_agree(&t));
        assert_true(twins_ping(&t));
        twins_free(&t);
    }
}

/* RFC 7296 2.8.1, rows 199, 202: resp2 is behind the Delete of the redundant child: the host never had that one */
static void redundant_child_goes_before_it_was_known(void **state)
{
    static const struct race r = {.deed = {REKEY_CHILD, REKEY_CHILD}};
    struct twins t;

    (void)state;
    up(&t);
    race_both(&t, &r, 0); /* the client's own loses */
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(t.end[CLIENT].out_n, 2);          /* resp2, D(its own new one) */
    assert_int_equal(twins_deliver(&t, CLIENT, 1), 0); /* the second one first */
    assert_int_equal(t.end[GATEWAY].child_downs, 0);
    assert_int_equal(twins_children(&t, GATEWAY), 1);
    assert_true(twins_ping(&t));
    twins_run(&t);
    assert_int_equal(t.end[GATEWAY].rekeyed_by, IKE_BY_US);
    assert_true(twins_agree(&t));
    twins_free(&t);
}

/* RFC 7296 2.25.1, row 205: an unknown child: an answer without a Delete payload, and nothing changes */
static void delete_of_an_unknown_child(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    t.end[CLIENT].s->now = t.now;
    ike__delete_child_want(t.end[CLIENT].s, 0x12345678);
    ike__run_tasks(t.end[CLIENT].s);
    twins_drain(&t, CLIENT);
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    assert_int_equal(t.end[GATEWAY].out[0].n, 4 + 28 + 4 + 8 + 1 + 16); /* marker, header, SK { } */
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(twins_children(&t, GATEWAY), 1);
    assert_true(twins_agree(&t));
    assert_true(twins_ping(&t));
    twins_free(&t);
}

/* RFC 7296 2.8, row 222: the peer never deletes the old one: at its hard end we do, and the successor is no new child */
static void old_child_that_the_peer_keeps(void **state)
{
    struct twins t;

    (void)state;
    twins_init(&t);
    t.l.cfg.rekey_child_s = 600;
    twins_up(&t);
    t.now += 300000000;
    twins_rekey(&t, GATEWAY, 1);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    t.end[CLIENT].out_n = 0; /* the answer and every later word of the gateway are lost */
    assert_int_equal(twins_children(&t, CLIENT), 2);
    t.now += 359000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    twins_drain(&t, CLIENT);
    assert_int_equal(t.end[CLIENT].out_n, 0);
    t.now += 2000000;
    (void)ike_tick(t.end[CLIENT].s, t.now);
    twins_drain(&t, CLIENT);
    assert_int_equal(t.end[CLIENT].out_n, 1);
    assert_ptr_equal(t.end[CLIENT].s->sa->running.exchange, &ike__delete_child);
    assert_int_equal(t.end[CLIENT].s->tasks.n, 0); /* no child from scratch */
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    assert_int_equal(t.end[CLIENT].child_downs, 0);
    twins_free(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_picture),
        cmocka_unit_test(the_second_picture),
        cmocka_unit_test(redundant_child_goes_before_it_was_known),
        cmocka_unit_test(rekey_and_rekey),
        cmocka_unit_test(rekey_and_rekey_again),
        cmocka_unit_test(rekey_and_rekey_with_pfs),
        cmocka_unit_test(different_children),
        cmocka_unit_test(rekey_and_delete),
        cmocka_unit_test(delete_and_delete),
        cmocka_unit_test(create_beside_others),
        cmocka_unit_test(liveness_beside_others),
        cmocka_unit_test(delete_of_an_unknown_child),
        cmocka_unit_test(old_child_that_the_peer_keeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
