/* tests/exchange/leftovers_test.c - what exchanges that are cut short must not leave behind. SPDX-License-Identifier: Apache-2.0
 *
 * Each of these was found by the simulator (tests/sim). */
#include "fake/test.h"
#include "exchange/exchange.h"
#include "peer/twins.h"
#include "state/session.h"

static void up(struct twins *t)
{
    twins_init(t);
    twins_up(t);
    assert_true(twins_agree(t));
}

static void let_pass(struct twins *t, unsigned seconds)
{
    ike_time until = t->now + seconds * UINT64_C(1000000);

    while (t->now < until) {
        ike_time before = t->now;
        twins_tick(t);
        twins_run(t);
        if (t->now == before && ike_deadline(t->end[CLIENT].s) == IKE_NEVER &&
            ike_deadline(t->end[GATEWAY].s) == IKE_NEVER)
            t->now = until;
    }
}

static void one_of_each(struct twins *t)
{
    for (int end = 0; end < 2; end++) {
        assert_int_equal(twins_children(t, end), 1);
        assert_int_equal(twins_sas(t, end), 1);
        assert_int_equal(t->end[end].closes, 0);
    }
    assert_true(twins_agree(t));
    assert_true(twins_ping(t));
}

/* An SA that expires while it is being closed: there is nothing more to do about it, so nothing is due. */
static void closing_outlives_the_lifetime(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    t.end[CLIENT].s->sa->life.expire_at = t.now;
    assert_int_equal(ike_close(t.end[CLIENT].s, t.now), 0);
    twins_drain(&t, CLIENT);
    assert_true(ike_deadline(t.end[CLIENT].s) > t.now);
    twins_free(&t);
}

/* Both rekey the IKE SA; the answer to the gateway's request is lost, and the Delete of the old SA makes it forget. */
static void both_rekey(struct twins *t)
{
    up(t);
    twins_next_nonce(t, GATEWAY, 0x00); /* its exchange loses */
    twins_next_nonce(t, CLIENT, 0xff);
    twins_rekey(t, CLIENT, 0);
    twins_rekey(t, GATEWAY, 0);
}

/* RFC 7296 2.8.2: the SA that lost is the gateway's to delete, but it does not know of it. */
static void rival_that_the_peer_never_knew(void **state)
{
    struct twins t;

    (void)state;
    both_rekey(&t);
    (void)twins_deliver(&t, GATEWAY, 0); /* its request … */
    twins_lose(&t, CLIENT, 1);           /* … and our answer */
    (void)twins_deliver(&t, CLIENT, 0);
    (void)twins_deliver(&t, GATEWAY, 0);
    assert_int_equal(t.end[CLIENT].rekeyed_ike, 1);
    assert_int_equal(twins_sas(&t, CLIENT), 3);
    twins_run(&t); /* D(old): the gateway yields */
    assert_int_equal(twins_sas(&t, CLIENT), 2);
    assert_int_equal(twins_sas(&t, GATEWAY), 1);
    let_pass(&t, 60);
    one_of_each(&t);
    twins_free(&t);
}

/* RFC 7296 2.8.2, 2.25: the gateway uses its new IKE SA before we know which one counts. */
static void child_moved_before_us(void **state)
{
    struct twins t;

    (void)state;
    both_rekey(&t);
    twins_lose(&t, CLIENT, 0); /* our request is late */
    (void)twins_deliver(&t, GATEWAY, 0);
    (void)twins_deliver(&t, CLIENT, 0); /* the gateway's new SA has the child */
    twins_lose(&t, GATEWAY, 0);         /* D(old) is late */
    twins_rekey(&t, GATEWAY, 1);
    (void)twins_deliver(&t, GATEWAY, 0);
    (void)twins_deliver(&t, CLIENT, 0); /* TEMPORARY_FAILURE, not CHILD_SA_NOT_FOUND */
    assert_int_equal(twins_children(&t, GATEWAY), 1);
    assert_int_equal(t.end[GATEWAY].child_downs, 0);
    let_pass(&t, 90);
    one_of_each(&t);
    twins_free(&t);
}

static void up_without_child(struct twins *t)
{
    up(t);
    for (int end = 0; end < 2; end++)
        ike__session_remove_child(t->end[end].s, t->end[end].s->children);
}

/* RFC 7296 2.25: a new child that had to wait comes later. */
static void refused_child_comes_later(void **state)
{
    struct twins t;

    (void)state;
    up_without_child(&t);
    twins_rekey(&t, GATEWAY, 0);
    twins_lose(&t, GATEWAY, 0);
    twins_create_child(&t, CLIENT);
    twins_run(&t);
    assert_int_equal(twins_children(&t, CLIENT), 0);
    let_pass(&t, 70);
    one_of_each(&t);
    twins_free(&t);
}

/* RFC 7296 2.8.1: whoever has answered a rekeying of a child does not begin another one of the same child. */
static void no_rekeying_of_what_has_a_successor(void **state)
{
    struct twins t;

    (void)state;
    up(&t);
    twins_rekey(&t, CLIENT, 1);
    (void)twins_deliver(&t, CLIENT, 0); /* the gateway has answered; no traffic yet */
    twins_rekey(&t, GATEWAY, 1);
    assert_int_equal(t.end[GATEWAY].out_n, 1); /* the answer alone */
    twins_run(&t);
    one_of_each(&t);
    twins_free(&t);
}

/* RFC 7296 2.25: the gateway's answer, a new child, is overtaken by its rekeying of that child. */
static void child_rekeyed_before_its_answer_came(void **state)
{
    struct twins t;

    (void)state;
    up_without_child(&t);
    twins_create_child(&t, CLIENT);
    (void)twins_deliver(&t, CLIENT, 0); /* the question comes first */
    (void)twins_deliver(&t, GATEWAY, 0);
    (void)twins_deliver(&t, CLIENT, 0);
    assert_int_equal(twins_children(&t, GATEWAY), 1);
    twins_rekey(&t, GATEWAY, t.end[GATEWAY].s->children->id);
    (void)twins_deliver(&t, GATEWAY, 1); /* before the answer */
    twins_run(&t);
    assert_int_equal(t.end[GATEWAY].child_downs, 0);
    one_of_each(&t);
    twins_free(&t);
}

/* Used-up packets are due at once, which is no leap of time: no question whether the gateway lives. */
static void used_up_packets_are_not_a_sleep(void **state)
{
    struct twins t;

    (void)state;
    twins_init(&t);
    t.l.cfg.rekey_child_packets = 5;
    twins_up(&t);
    t.now += 60000000u;
    for (int i = 0; i < 5; i++)
        assert_true(twins_ping(&t));
    assert_int_equal(ike_tick(t.end[CLIENT].s, t.now), 0);
    twins_drain(&t, CLIENT);
    assert_int_equal(t.end[CLIENT].out_n, 1);
    assert_ptr_equal(t.end[CLIENT].s->sa->running.exchange, &ike__rekey_child);
    twins_run(&t);
    one_of_each(&t);
    twins_free(&t);
}

/* RFC 7296 1.4.1, 2.8.3: whoever closes does not finish authenticating anew. */
static void closing_gives_up_a_fresh_authentication(void **state)
{
    struct ladder l;
    ike_path to;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.again = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    memset(&to, 0, sizeof(to));
    to.local = l.path.local;
    to.local.ip[3]++;
    assert_int_equal(ike_roam(l.s, &to, l.now), 0);
    ladder_drain(&l);
    assert_non_null(l.s->sas->next);
    assert_int_equal(l.out_n, 1); /* IKE_SA_INIT */
    ladder_drop(&l);
    assert_int_equal(ike_close(l.s, l.now), 0);
    assert_null(l.s->sas->running.exchange);
    ladder_run(&l);
    for (int i = 0; i < 10 && l.closes == 0; i++) {
        ladder_tick(&l);
        ladder_run(&l);
    }
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_CLOSED);
    ladder_free(&l);
}

/* RFC 4555 3.5, RFC 7296 2.8.3: nobody answers the update, a fresh connection succeeds: the old SA goes without a word. */
static void given_up_update_does_not_keep_the_old_sa(void **state)
{
    struct ladder l;
    ike_path to;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.mobike = 1;
    l.pcfg.script.again = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    memset(&to, 0, sizeof(to));
    to.local = l.path.local;
    to.local.ip[3]++;
    assert_int_equal(ike_roam(l.s, &to, l.now), 0);
    for (int i = 0; i < 10 && l.warnings == 0; i++) {
        ladder_drain(&l);
        ladder_drop(&l);
        ladder_tick(&l);
    }
    ladder_run(&l);
    assert_int_equal(l.rekeyed, 2); /* the IKE SA and its child */
    for (int i = 0; i < 40 && l.s->sas->next; i++) {
        ladder_tick(&l);
        ladder_run(&l);
    }
    assert_null(l.s->sas->next);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_outlives_the_lifetime),
        cmocka_unit_test(rival_that_the_peer_never_knew),
        cmocka_unit_test(child_moved_before_us),
        cmocka_unit_test(refused_child_comes_later),
        cmocka_unit_test(no_rekeying_of_what_has_a_successor),
        cmocka_unit_test(child_rekeyed_before_its_answer_came),
        cmocka_unit_test(used_up_packets_are_not_a_sleep),
        cmocka_unit_test(closing_gives_up_a_fresh_authentication),
        cmocka_unit_test(given_up_update_does_not_keep_the_old_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
