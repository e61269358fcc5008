/* tests/exchange/collision_ike_test.c - the IKE SA: both ends act at once, in every order. SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine.h"
#include "fake/test.h"
#include "peer/race.h"

static const struct race both_rekey = {.deed = {REKEY_IKE, REKEY_IKE}};

static void up(struct twins *t)
{
    twins_init(t);
    t->l.cfg.ike_suites = t->gateway_cfg.ike_suites = "aes256gcm16-prfsha384-ecp256";
    twins_up(t);
}

static void settled(struct twins *t)
{
    for (int i = 0; i < 100 && (t->end[0].s->sas->next || t->end[1].s->sas->next); i++) {
        twins_run(t);
        twins_tick(t);
    }
    for (int end = 0; end < 2; end++) {
        assert_int_equal(ike__session_sas_n(t->end[end].s), 1);
        assert_int_equal(twins_children(t, end), 1);
        assert_int_equal(t->end[end].rekeyed_ike, 1);
        assert_int_equal(t->end[end].child_downs, 0);
        assert_int_equal(t->end[end].closes, 0);
    }
    assert_true(twins_agree(t));
    assert_true(twins_ping(t));
    twins_free(t);
}

/* RFC 7296 2.8.2, 2.25.2, rows 209, 210, 211: two new SAs and the nonces decide; or only one end noticed */
static void rekey_and_rekey(void **state)
{
    static const struct race r = {
        .deed = {REKEY_IKE, REKEY_IKE}, .children = 1, .rekeyed_ike = 1, .pings = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* row 209: and again, on what came of it, whoever is the initiator of that */
static void rekey_and_rekey_again(void **state)
{
    static const struct race r = {
        .deed = {REKEY_IKE, REKEY_IKE}, .children = 1, .rekeyed_ike = 1, .pings = 1, .earlier = 2};

    (void)state;
    assert_true(race_every_way(&r));
}

static void other_group(struct twins *t)
{
    t->l.cfg.ike_suites = "aes256gcm16-prfsha384-ecp256-ecp384";
    t->gateway_cfg.ike_suites = "aes256gcm16-prfsha384-ecp384-ecp256";
}

/* RFC 7296 1.3, row 209: the gateway would rather have another group than the one in use */
static void rekey_and_rekey_with_other_groups(void **state)
{
    static const struct race r = {
        .deed = {REKEY_IKE, REKEY_IKE}, .before = other_group, .children = 1, .rekeyed_ike = 1, .pings = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.25.1, 2.25.2, rows 206, 207, 214: TEMPORARY_FAILURE, and both get what they want a little later */
static void rekey_and_child_rekey(void **state)
{
    static const struct race r = {.deed = {REKEY_IKE, REKEY_CHILD},
                                  .children = 1,
                                  .rekeyed_ike = 1,
                                  .rekeyed_child = 1,
                                  .pings = 1,
                                  .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.25, 2.25.2, rows 206, 207, 214: a child that was put off comes later */
static void rekey_and_child_create(void **state)
{
    static const struct race r = {
        .deed = {REKEY_IKE, CREATE_CHILD}, .children = 2, .rekeyed_ike = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.25.1, 2.25.2, rows 206, 208: the child goes as usual, the rekeying comes later */
static void rekey_and_child_delete(void **state)
{
    static const struct race r = {
        .deed = {REKEY_IKE, DELETE_CHILD}, .child_downs = {1, 1}, .rekeyed_ike = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.25.2, rows 211, 212: TEMPORARY_FAILURE to the one; the Delete is answered as usual and ends it all */
static void rekey_and_delete(void **state)
{
    static const struct race r = {.deed = {REKEY_IKE, DELETE_IKE}, .closes = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.25.2, rows 213, 233: both close, and both are content */
static void delete_and_delete(void **state)
{
    static const struct race r = {.deed = {DELETE_IKE, DELETE_IKE}, .closes = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 1.4.1, row 231: the IKE SA takes all children with it, whatever was meant for them */
static void delete_and_anything(void **state)
{
    static const enum deed other[] = {REKEY_CHILD, DELETE_CHILD, CREATE_CHILD, LIVENESS, NOTHING};

    (void)state;
    for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
        struct race r = {.deed = {DELETE_IKE, other[i]}, .closes = 1, .mishaps = 1};
        assert_true(race_every_way(&r));
    }
}

/* RFC 7296 2.8, row 219: a question on the old SA does not keep it */
static void rekey_and_liveness(void **state)
{
    static const struct race r = {
        .deed = {REKEY_IKE, LIVENESS}, .children = 1, .rekeyed_ike = 1, .pings = 1, .mishaps = 1};

    (void)state;
    assert_true(race_every_way(&r));
}

/* RFC 7296 2.8.2, row 209: both noticed; who has the lowest nonce deletes its own new SA, the other one the old */
static void both_notice(void **state)
{
    (void)state;
    for (uint8_t lowest = 0; lowest < 4; lowest++) {
        int loser = lowest == 0 || lowest == 3 ? CLIENT : GATEWAY;
        struct ike_ike_sa *old[2];
        struct twins t;

        up(&t);
        old[0] = t.end[0].s->sa;
        old[1] = t.end[1].s->sa;
        race_both(&t, &both_rekey, lowest);
        for (int end = 0; end < 2; end++) {
            assert_int_equal(twins_deliver(&t, end, 0), 0); /* SA Ni KEi */
            assert_ptr_equal(t.end[!end].s->sa, old[!end]); /* nobody knows yet who stays */
        }
        assert_int_equal(twins_deliver(&t, CLIENT, 0), 0); /* SA Nr KEr */
        assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
        for (int end = 0; end < 2; end++) {
            assert_int_equal(twins_sas(&t, end), 3);
            assert_ptr_equal(t.end[end].s->children->sa, t.end[end].s->sa);
            assert_ptr_not_equal(t.end[end].s->sa, old[end]);
        }
        assert_true(twins_agree(&t));
        assert_int_equal(t.end[!loser].s->sa->is_initiator, 1);
        assert_ptr_equal(old[!loser]->running.exchange, &ike__delete_ike);
        assert_null(old[loser]->running.exchange);
        assert_int_equal(t.end[0].out_n, 1);
        assert_int_equal(t.end[1].out_n, 1);
        settled(&t);
    }
}

/* RFC 7296 2.8.2, picture, rows 210, 211: B's request comes too late: it is told TEMPORARY_FAILURE, or nothing at all,
 * and forgets it */
static void one_notices(void **state)
{
    (void)state;
    for (uint8_t lowest = 0; lowest < 4; lowest++)
        for (int late = 0; late < 2; late++) {
            struct twins t;

            up(&t);
            race_both(&t, &both_rekey, lowest);                 /* req1 of the client, req2 of the gateway */
            assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);  /* req1 */
            assert_int_equal(twins_deliver(&t, GATEWAY, 1), 0); /* resp1 overtakes req2 */
            assert_int_equal(t.end[CLIENT].rekeyed_ike, 1);
            if (late) {
                assert_int_equal(twins_deliver(&t, CLIENT, 0), 0); /* req3: D() */
                assert_int_equal(t.end[GATEWAY].rekeyed_ike, 1);   /* resp3, and req2 is forgotten */
                assert_null(t.end[GATEWAY].s->sas->next->running.exchange);
            } else {
                assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0); /* req2 */
                assert_int_equal(twins_deliver(&t, CLIENT, 1), 0);  /* N(TEMPORARY_FAILURE) */
            }
            assert_true(twins_agree(&t));
            assert_int_equal(t.end[GATEWAY].rekeyed_by, IKE_BY_PEER);
            settled(&t);
        }
}

/* RFC 7296 2.8.2, 2.25.2, rows 209, 210: both noticed, but resp2 is behind the Delete of the old SA: its new SA, which
 * nobody will delete, does not stay for ever */
static void rival_that_was_forgotten(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    race_both(&t, &both_rekey, 1); /* the gateway's own loses */
    assert_int_equal(twins_deliver(&t, CLIENT, 0), 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(t.end[CLIENT].out_n, 2); /* resp2, D() */
    assert_int_equal(twins_deliver(&t, CLIENT, 1), 0);
    assert_true(twins_agree(&t));
    assert_int_equal(twins_deliver(&t, CLIENT, 0), IKE_E_DISCARD);
    twins_run(&t);
    assert_int_equal(twins_sas(&t, GATEWAY), 1);
    assert_int_equal(twins_sas(&t, CLIENT), 2);
    settled(&t);
}

/* RFC 7296 2.25, row 214: a child that is put off time and again: the IKE SA is out of sync and goes */
static void put_off_for_minutes(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    race_begin(&t, GATEWAY, REKEY_IKE, 0); /* is under way for ever */
    t.end[GATEWAY].s->sa->window.due = IKE_NEVER;
    twins_lose(&t, GATEWAY, 0);
    race_begin(&t, CLIENT, CREATE_CHILD, 0);
    for (int i = 0; i < 100 && !t.end[CLIENT].s->is_closing; i++) {
        ike_time before = t.now;

        twins_run(&t);
        assert_true(twins_ping(&t));
        twins_tick(&t);
        assert_true(t.end[CLIENT].s->is_closing || t.now - before >= 10000000);
        assert_true(t.now - before <= 60000000);
    }
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].close_err, IKE_E_EXPIRED);
    assert_true(t.now > 301000000 && t.now < 400000000);
    twins_free(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_notice),
        cmocka_unit_test(one_notices),
        cmocka_unit_test(rival_that_was_forgotten),
        cmocka_unit_test(rekey_and_rekey),
        cmocka_unit_test(rekey_and_rekey_again),
        cmocka_unit_test(rekey_and_rekey_with_other_groups),
        cmocka_unit_test(rekey_and_child_rekey),
        cmocka_unit_test(rekey_and_child_create),
        cmocka_unit_test(rekey_and_child_delete),
        cmocka_unit_test(rekey_and_delete),
        cmocka_unit_test(delete_and_delete),
        cmocka_unit_test(delete_and_anything),
        cmocka_unit_test(rekey_and_liveness),
        cmocka_unit_test(put_off_for_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
