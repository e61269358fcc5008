/* tests/exchange/eap_later_test.c - what comes behind a connection with EAP: another one, a second proof, a ticket, another
 * gateway. SPDX-License-Identifier: Apache-2.0 */
#include "eap_lab.h"

/* RFC 7296 2.8.3: authentication anew, with a conversation of its own */
static void authenticating_anew(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.pcfg.script.again = 1;
    b.l.cfg.reauth_s = 100;
    run(&b);
    assert_int_equal(b.l.ups, 1);
    b.at = b.last_round = 0;
    for (int i = 0; i < 40 && b.l.eap_asks < 2; i++) {
        ladder_tick(&b.l);
        ladder_run(&b.l);
    }
    assert_int_equal(b.l.eap_asks, 2);
    assert_int_equal(b.l.closes, 0);
    assert_int_equal(b.l.rekeyed > 0, 1);
    ladder_free(&b.l);
}

/* RFC 7296 2.8.3: the old IKE SA goes a second after the new one is there, for the packets that are on their way; a
 * child that it answers for meanwhile comes too late, because its successor has asked for all of them */
static void the_old_ike_sa_stays_a_second(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};
    struct ike_ike_sa *before;
    ike_time at;

    (void)state;
    LAB(&b, says);
    b.l.pcfg.script.again = 1;
    b.l.cfg.reauth_s = 100;
    run(&b);
    before = b.l.s->sa;
    b.at = b.last_round = 0;
    for (int i = 0; i < 40 && b.l.s->sa == before; i++) {
        ladder_tick(&b.l);
        ladder_run(&b.l);
    }
    at = b.l.now;
    assert_ptr_not_equal(b.l.s->sa, before);
    assert_int_equal(before->is_redundant, 0);
    assert_null(before->running.exchange);
    ladder_tick(&b.l);
    assert_true(b.l.now > at && b.l.now <= at + 1000000);
    assert_int_equal(before->is_redundant, 1);
    assert_ptr_equal(before->running.exchange, &ike__delete_ike);
    assert_int_equal(b.l.child_downs, 0);
    ladder_free(&b.l);
}

/* RFC 4739 2.1, 2.3, row 137: the usual proofs, then EAP under a second IDi; the child comes with the last AUTH */
static void a_second_authentication(void **state)
{
    static const struct say says[] = {REQUEST(1, 1), REQUEST(2, 26), SUCCESS(2)};

    (void)state;
    for (int how = 0; how < 5; how++) {
        LAB(&b, says);
        b.l.cfg.auth_local = b.l.cfg.auth_remote = IKE_AUTH_PSK;
        b.l.cfg.auth_second = IKE_AUTH_EAP;
        b.l.cfg.second_id = "alice";
        b.l.pcfg.certs_n = 0;
        b.l.pcfg.script.eap_second = how == 1 ? 2 : 1; /* 2: the gateway does not know it */
        if (how == 2)
            b.l.pcfg.id = "another.gateway";
        if (how == 3)
            b.l.pcfg.script.eap_wrong_auth = 1;
        if (how == 4)
            b.done_in = 99;
        run(&b);
        assert_int_equal(b.l.ups, how == 0);
        assert_int_equal(b.l.child_ups, how == 0);
        if (how == 0) {
            assert_string_equal(b.l.peer->client_id, "alice");
            assert_string_equal(b.l.up.auth_local, "eap-mschapv2");
        } else {
            static const int errors[] = {0, IKE_E_AUTH_METHOD, IKE_E_PEER_ID, IKE_E_AUTH, IKE_E_AUTH};
            assert_int_equal(b.l.close_err, errors[how]);
            assert_int_equal(b.l.eap_asks, how <= 2 ? 0 : 2);
        }
        ladder_free(&b.l);
    }
}

/* RFC 5723 4.3.2: after EAP, alone or as the second proof (RFC 4739), a ticket spares both; it is of no use to anybody
 * else */
static void a_ticket_after_eap(void **state)
{
    static const struct say says[] = {REQUEST(1, 1), REQUEST(2, 26), SUCCESS(2)};

    (void)state;
    for (int how = 0; how < 3; how++) { /* 0: EAP; 1: a second proof; 2: then it is somebody else's */
        LAB(&b, says);
        if (how > 0) {
            b.l.cfg.auth_local = b.l.cfg.auth_remote = IKE_AUTH_PSK;
            b.l.cfg.auth_second = IKE_AUTH_EAP;
            b.l.cfg.second_id = b.l.cfg.local_id;
            b.l.pcfg.certs_n = 0;
            b.l.pcfg.script.eap_second = 1;
        }
        b.l.pcfg.script.again = 1;
        b.l.pcfg.script.tickets = PEER_TICKET_GIVE;
        run(&b);
        assert_int_equal(b.l.ups, 1);
        assert_int_equal(b.l.tickets, 1);
        assert_int_equal(b.l.eap_asks, 2);
        b.l.peer->cfg.script.eap_second = 0; /* and what it says of itself is not needed any more */
        if (how == 2)
            b.l.cfg.second_id = "bob";
        assert_int_equal(ladder_again(&b.l), 0);
        if (how < 2) {
            ladder_run(&b.l);
            assert_int_equal(b.l.ups, 1);
            assert_int_equal(b.l.up.resumed, 1);
            assert_int_equal(b.l.child_ups, 1);
            assert_int_equal(b.l.eap_asks, 2);
        }
        assert_int_equal(b.l.peer->resumed, how < 2);
        ladder_free(&b.l);
    }
}

/* RFC 5685 6, row 132: before EAP, once the gateway has proved itself: without a word of EAP to that one; with EAP alone it
 * has not, and in between nothing is accepted */
struct redirect {
    unsigned at, seen; /* in which IKE_AUTH response, from 1 */
    uint8_t as_name;
};

static void send_away(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    struct redirect *r = user;

    if (exchange != IKE_X_IKE_AUTH || ++r->seen != r->at)
        return;
    if (r->as_name)
        ike__notify_write(out, IKE_N_REDIRECT, ike__span("\x03\x08gw2.test", 10));
    else
        ike__notify_write(out, IKE_N_REDIRECT, ike__span("\x01\x04\xc0\x00\x02\x02", 6));
}

static void redirected_before_eap(void **state)
{
    static const struct say says[] = {REQUEST(1, 1), REQUEST(2, 26), SUCCESS(2)},
                            safe[] = {REQUEST(1, 1), REQUEST(2, 13), SUCCESS(2)};
    struct redirect r;
    ike_path to;

    (void)state;
    for (int how = 0; how < 5;
         how++) { /* first response; its AUTH wrong; a name; EAP alone; an intermediate one */
        r = (struct redirect){.at = how == 4 ? 2 : 1, .as_name = how == 2};
        LAB(&b, says);
        b.l.pcfg.script.again = 1;
        b.l.pcfg.script.edit = send_away;
        b.l.pcfg.script.user = &r;
        b.l.verify_verdict = how == 1 ? IKE_E_AUTH : 0;
        if (how == 3) {
            b.l.cfg.auth_remote = IKE_AUTH_EAP;
            b.l.pcfg.script.eap_only = 1;
            b.says = safe;
        }
        assert_int_equal(ladder_connect(&b.l), 0);
        while (b.l.redirects == 0 && (b.l.out_n || b.l.in_n) && b.l.closes == 0 && b.l.ups == 0) {
            if (b.l.out_n) {
                (void)ladder_deliver_out(&b.l, 0);
                b.l.out_n = 0;
                ladder_take(&b.l);
            }
            if (b.l.in_n) {
                (void)ladder_deliver_in(&b.l, 0);
                b.l.in_n = 0;
                ladder_drain(&b.l);
            }
        }
        assert_int_equal(b.l.redirects, how == 0 || how == 2);
        if (how == 0 || how == 2)
            assert_int_equal(b.l.eap_asks, 0);
        if (how == 2) {
            to = b.l.path;
            (void)ike__addr_parse(&to.remote, "192.0.2.2");
            assert_int_equal(ike_redirect(b.l.s, &to, b.l.now), 0);
            ladder_drain(&b.l);
        }
        b.at = 0;
        ladder_run(&b.l);
        assert_int_equal(b.l.ups, how != 1);
        assert_int_equal(b.l.close_err, how == 1 ? IKE_E_AUTH : 0);
        if (how == 0 || how == 2)
            assert_int_equal(b.l.s->sa->paths.now.remote.ip[3], 2);
        ladder_free(&b.l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(authenticating_anew),     cmocka_unit_test(the_old_ike_sa_stays_a_second),
        cmocka_unit_test(a_second_authentication), cmocka_unit_test(a_ticket_after_eap),
        cmocka_unit_test(redirected_before_eap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
