/* tests/exchange/ticket_test.c - tickets: asked for, given, renewed, forgotten: RFC 5723 4.1, 4.2, 6.2. SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"
#include "up.h"
#include "peer/twins.h"

/* RFC 5723 4.1, 4.2: asked for with IKE_AUTH, given with its answer */
static void a_ticket_comes_with_ike_auth(void **state)
{
    struct ike_ticket t;
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    assert_int_equal(l.peer->asked, 1);
    assert_int_equal(l.ticket_s, 3600);
    /* RFC 5723 4.2, 5: with all that belongs to it */
    assert_int_equal(ike__ticket_read(&t, ike__span(l.ticket, l.ticket_n)), 0);
    assert_memory_equal(&t.suite, &l.s->sa->suite, sizeof(t.suite));
    assert_int_equal(t.sk_d.n, l.s->sa->prf->out_len);
    assert_memory_equal(t.sk_d.p, l.s->sa->sk_d, t.sk_d.n);
    assert_true(ike__span_equal(t.idi.data, ike__span_text("client.test")));
    assert_true(ike__span_equal(t.idr.data, ike__span_text("gw.test")));
    assert_int_equal(t.octets.n, 32);
    assert_int_equal(t.reauth_s, IKE_OFF);
    ladder_free(&l);
}

/* RFC 5723 4.1: TICKET_NACK, or nothing at all: the connection stands, that is all */
static void without_a_ticket_all_is_well(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.tickets = PEER_TICKET_NEVER;
    first(&l);
    assert_int_equal(l.tickets + l.tickets_gone, 0);
    assert_int_equal(ladder_again(&l), 0);
    assert_int_equal(l.s->sa->running.exchange->type, IKE_X_IKE_SA_INIT);
    ladder_free(&l);
}

static void switched_off_nothing_is_asked(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.resumption = IKE_OFF;
    first(&l);
    assert_int_equal(l.peer->asked, 0);
    assert_int_equal(l.tickets + l.tickets_gone, 0);
    ladder_free(&l);
}

/* RFC 5723 4.1: TICKET_ACK: later, in an INFORMATIONAL of ours; and only once */
static void a_ticket_that_was_put_off(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.tickets = PEER_TICKET_LATER;
    first(&l);
    assert_int_equal(l.tickets, 0);
    assert_int_equal(l.peer->asked, 1);
    ladder_tick(&l);
    ladder_run(&l);
    assert_int_equal(l.peer->asked, 2);
    assert_int_equal(l.tickets, 1);
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.up.resumed, 1);
    ladder_free(&l);
}

/* RFC 5723 4.1: "… or when the ticket lifetime is about to expire …" */
static void a_ticket_is_renewed_in_time(void **state)
{
    struct ladder l;
    ike_time began;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.ticket_s = 100;
    l.cfg.natt_keepalive_s = IKE_OFF;
    first(&l);
    began = l.now;
    ladder_tick(&l);
    assert_true(l.now > began + 80000000u && l.now < began + 100000000u);
    ladder_run(&l);
    assert_int_equal(l.peer->asked, 2);
    assert_int_equal(l.tickets, 2);
    assert_int_equal(l.tickets_gone, 0);
    ladder_free(&l);
}

/* RFC 5723 4.1: "All such Informational exchanges MUST be initiated by the client." What is pushed is not taken. */
static void a_ticket_that_nobody_asked_for(void **state)
{
    static const uint8_t data[] = {0, 0, 255, 255, 1, 2, 3, 4};
    struct ladder l;
    uint8_t body[200];
    struct ike_msg_out out;

    (void)state;
    first_with_ticket(&l);
    ike__out_init(&out, body, sizeof(body));
    ike__notify_write(&out, IKE_N_TICKET_LT_OPAQUE, ike__span(data, sizeof(data)));
    assert_int_equal(peer_request(l.peer, IKE_X_INFORMATIONAL, &out), 0);
    (void)ike_check_alive(l.s, l.now);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.peer->answered, 1);
    assert_int_equal(l.tickets, 1);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 5723 6.2: deleted by us or by the gateway: the ticket goes too. Lost: it stays. */
static void a_deleted_connection_takes_its_ticket_along(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        uint8_t body[100];
        struct ike_msg_out out;
        struct ladder l;

        ladder_init(&l);
        l.cfg.dpd_s = 5;
        first(&l);
        assert_int_equal(l.tickets, 1);
        if (how == 0) {
            assert_int_equal(ike_close(l.s, l.now), 0);
        } else if (how == 1) {
            ike__out_init(&out, body, sizeof(body));
            ike__delete_write_ike(&out);
            assert_int_equal(peer_request(l.peer, IKE_X_INFORMATIONAL, &out), 0);
            l.peer->next_in = 2;
            (void)ike_check_alive(l.s, l.now);
        } else {
            l.peer->cfg.script.silent = 1;
            (void)ike_check_alive(l.s, l.now);
        }
        ladder_drain(&l);
        for (int i = 0; i < 60 && l.closes == 0; i++) {
            ladder_run(&l);
            if (!l.closes)
                ladder_tick(&l);
        }
        assert_int_equal(l.closes, 1);
        assert_int_equal(l.close_err, how == 0 ? IKE_E_CLOSED : how == 1 ? IKE_E_DELETED : IKE_E_TIMEOUT);
        assert_int_equal(l.tickets_gone, how < 2);
        ladder_free(&l);
    }
}

/* RFC 5723 6.2: "When the IKE SA is rekeyed, the ticket is invalidated, and the client SHOULD request a new ticket." */
static void new_keys_want_a_new_ticket(void **state)
{
    (void)state;
    for (int by = CLIENT; by <= GATEWAY; by++) {
        static struct twins t;

        twins_init(&t);
        t.l.pcfg.script.tickets = PEER_TICKET_GIVE;
        twins_up(&t);
        assert_int_equal(t.l.tickets, 1);
        twins_rekey(&t, by, 0);
        for (int i = 0; i < 3 && t.end[CLIENT].tickets_gone == 0; i++)
            (void)twins_deliver(&t, t.end[CLIENT].out_n > 0 ? CLIENT : GATEWAY, 0);
        assert_int_equal(t.end[CLIENT].tickets_gone, 1);
        assert_null(t.end[CLIENT].s->ticket.block);
        assert_ptr_equal(t.end[CLIENT].s->sa->running.exchange, &ike__ticket_ask);
        twins_run(&t); /* this gateway gives none; nobody minds */
        assert_null(t.end[CLIENT].s->sa->running.exchange);
        assert_true(twins_agree(&t));
        assert_true(twins_ping(&t));
        twins_free(&t);
    }
}

/* RFC 5723 6.2: another configuration: what was kept is somebody else's */
static void another_identity_forgets_the_ticket(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.cfg.local_id = "somebody.test";
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_REAUTH);
    ladder_drain(&l);
    assert_int_equal(l.tickets_gone, 1);
    ladder_run(&l);
    assert_int_equal(l.tickets, 2); /* of the new authentication */
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.up.resumed, 1);
    l.cfg.resumption = IKE_OFF;
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_LIVE);
    ladder_drain(&l);
    assert_int_equal(l.tickets_gone, 2);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_comes_with_ike_auth),
        cmocka_unit_test(without_a_ticket_all_is_well),
        cmocka_unit_test(switched_off_nothing_is_asked),
        cmocka_unit_test(a_ticket_that_was_put_off),
        cmocka_unit_test(a_ticket_is_renewed_in_time),
        cmocka_unit_test(a_ticket_that_nobody_asked_for),
        cmocka_unit_test(a_deleted_connection_takes_its_ticket_along),
        cmocka_unit_test(new_keys_want_a_new_ticket),
        cmocka_unit_test(another_identity_forgets_the_ticket),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
