/* tests/exchange/resume_test.c - a ticket takes the place of a full handshake: RFC 5723 4.3, 5. SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "up.h"
#include "state/session.h"

/* ---- what is on the wire ---- */

static uint8_t clear_message(const struct datagram *d, struct ike_msg *msg)
{
    ike_span body;

    memset(msg, 0, sizeof(*msg));
    assert_int_equal(ike__datagram_kind(ike__span(d->p, d->n), ike__paths_marked(&d->path), &body),
                     IKE_KIND_IKE);
    assert_int_equal(ike__header_read(body, &msg->header), 0);
    assert_int_equal(
        ike__msg_index(msg, msg->header.next, ike__span(body.p + IKE_HEADER_LEN, body.n - IKE_HEADER_LEN)),
        0);
    return msg->header.exchange;
}

static uint8_t exchange_of(const struct datagram *d)
{
    struct ike_msg msg;

    return clear_message(d, &msg);
}

static int has(const struct ike_msg *msg, uint16_t notify)
{
    struct ike_notify n;

    return ike__notify_find(msg, notify, 0, &n);
}

static void expect_resumed(struct ladder *l)
{
    assert_int_equal(l->ups, 1);
    assert_int_equal(l->child_ups, 1);
    assert_int_equal(l->asks, 0);
    assert_int_equal(l->up.resumed, 1);
    assert_int_equal(l->peer->resumed, 1);
    assert_true(ladder_ping(l));
}

/* The next connection begins with this exchange; then everything is delivered. */
static void expect_full(struct ladder *l)
{
    assert_int_equal(exchange_of(&l->to_gateway[0]), IKE_X_IKE_SA_INIT);
    assert_int_equal(l->tickets_gone, 0); /* it may fit elsewhere */
    ladder_run(l);
    assert_int_equal(l->tickets_gone, 1); /* RFC 5723 6.2 */
    assert_int_equal(l->ups, 1);
    assert_int_equal(l->up.resumed, 0);
    assert_int_equal(l->peer->resumed, 0);
    assert_int_equal(l->child_ups, 1);
}

/* RFC 5723 4.3.2, 4.3.3: two round trips, no asks, no KE, no certificates; the next ticket comes with it */
static void a_ticket_resumes(void **state)
{
    struct ike_msg msg;
    struct ladder l;
    uint64_t spi;

    (void)state;
    first_with_ticket(&l);
    spi = l.s->sa->spi_i;
    assert_int_equal(ladder_again(&l), 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(clear_message(&l.to_gateway[0], &msg), IKE_X_IKE_SESSION_RESUME);
    assert_int_equal(msg.header.message_id, 0);
    assert_int_equal(msg.header.spi_r, 0);
    assert_true(msg.header.spi_i != spi); /* RFC 5723 5, note 4 */
    assert_int_equal(msg.payload[0].type, IKE_P_NONCE);
    assert_null(ike__msg_find(&msg, IKE_P_SA, 0));
    assert_null(ike__msg_find(&msg, IKE_P_KE, 0));
    assert_true(has(&msg, IKE_N_TICKET_OPAQUE));
    assert_true(has(&msg, IKE_N_NAT_DETECTION_SOURCE_IP)); /* row 258: NAT state is new */
    assert_true(has(&msg, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED));
    assert_true(has(&msg, IKE_N_REDIRECT_SUPPORTED));
    ladder_run(&l);
    expect_resumed(&l);
    assert_int_equal(l.up.round_trips, 2);
    assert_string_equal(l.peer_id, "gw.test");
    assert_int_equal(l.s->sa->paths.now.remote.port, 4500);
    assert_int_equal(l.tickets_gone, 1); /* used */
    assert_int_equal(l.tickets, 1);      /* and the next one is here */
    assert_true(l.ticket_n > 0);
    ladder_free(&l);
}

/* RFC 5723 5.1: new keys each time; again and again */
static void resumed_connections_resume(void **state)
{
    uint8_t sk_d[IKE_PRF_MAX];
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    for (uint16_t i = 1; i <= 3; i++) {
        memcpy(sk_d, l.s->sa->sk_d, sizeof(sk_d));
        assert_int_equal(ladder_again(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.up.resumed, 1);
        assert_int_equal(l.peer->resumed, i);
        assert_memory_not_equal(sk_d, l.s->sa->sk_d, l.s->sa->prf->out_len);
    }
    ladder_free(&l);
}

static int sign_and_believe(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    *n = 0;
    if (ask->kind == IKE_ASK_VERIFY)
        return 0;
    assert_true(cap >= 11);
    memcpy(out, "a signature", 11);
    *n = 11;
    return IKE_SIG_PSS_SHA256;
}

/* RFC 5723 5: how both authenticated is from the ticket; 4.3.3: no CERT, no CERTREQ, whatever was used at first */
static void certificates_stay_at_home(void **state)
{
    static const uint8_t der[] = {0x30, 0x00};
    const ike_keystore keys = {.answer = sign_and_believe};
    ike_span cert = {der, sizeof(der)};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.auth_local = l.cfg.auth_remote = IKE_AUTH_CERT;
    l.cfg.local_certs = l.pcfg.certs = &cert;
    l.cfg.local_certs_n = l.pcfg.certs_n = 1;
    l.cfg.certreq = ike__span("01234567890123456789", 20);
    l.pcfg.keys = &keys;
    first(&l);
    assert_int_equal(l.asks, 2);
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    expect_resumed(&l); /* the gateway refuses a CERT in there, and nobody was asked */
    assert_string_equal(l.up.auth_local, "rsa-pss-sha256");
    assert_string_equal(l.up.auth_remote, "rsa-pss-sha256");
    ladder_free(&l);
}

/* RFC 5723 4.3.2: DoS protection as in IKE_SA_INIT: the cookie first, the rest as it was */
static void cookies_are_given_back(void **state)
{
    struct ike_msg before, after;
    struct datagram sent;
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.cookies = 1;
    assert_int_equal(ladder_again(&l), 0);
    sent = l.to_gateway[0];
    (void)ladder_deliver_out(&l, 0);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.out_n, 2);
    assert_int_equal(clear_message(&sent, &before), IKE_X_IKE_SESSION_RESUME);
    assert_int_equal(clear_message(&l.to_gateway[1], &after), IKE_X_IKE_SESSION_RESUME);
    assert_int_equal(after.n, before.n + 1);
    assert_true(after.header.spi_i == before.header.spi_i);
    assert_true(has(&after, IKE_N_COOKIE));
    assert_true(ike__span_equal(ike__msg_find(&after, IKE_P_NONCE, 0)->body,
                                ike__msg_find(&before, IKE_P_NONCE, 0)->body));
    (void)ladder_deliver_out(&l, 1);
    l.out_n = 0;
    l.to_client[0] = l.to_client[1];
    l.in_n = 1;
    ladder_run(&l);
    expect_resumed(&l);
    ladder_free(&l);
}

/* RFC 7296 2.6, 2.21.1: a gateway that is never content with its cookie is left after a few, with a ticket or without:
 * for the reason that it gave before, if it gave one */
static void cookies_without_end(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const int has_ticket = i & 1, has_reason = i & 2;
        struct ladder l;

        first_with_ticket(&l);
        l.cfg.resumption = has_ticket ? 0 : IKE_OFF;
        assert_int_equal(ladder_again(&l), 0);
        assert_int_equal(exchange_of(&l.to_gateway[0]),
                         has_ticket ? IKE_X_IKE_SESSION_RESUME : IKE_X_IKE_SA_INIT);
        if (has_reason) {
            l.peer->cfg.script.init_error = IKE_N_INVALID_SYNTAX;
            ladder_run(&l);
            ladder_tick(&l); /* sent again */
        }
        l.peer->cfg.script.cookies = 100;
        ladder_run(&l);
        assert_int_equal(l.closes, 1);
        assert_int_equal(l.close_err, has_reason ? IKE_E_REFUSED : IKE_E_LIMIT);
        assert_int_equal(l.close_notify, has_reason ? IKE_N_INVALID_SYNTAX : 0);
        assert_int_equal(l.peer->cfg.script.cookies, 100 - 8);
        ladder_free(&l);
    }
}

/* RFC 5723 4.3.2: TICKET_NACK: IKE_SA_INIT at once, and the ticket is forgotten */
static void a_refused_ticket_costs_a_round_trip(void **state)
{
    struct ladder l;
    ike_time began;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.ticket_nack = 1;
    assert_int_equal(ladder_again(&l), 0);
    began = l.now;
    assert_int_equal(exchange_of(&l.to_gateway[0]), IKE_X_IKE_SESSION_RESUME);
    ladder_run(&l);
    assert_true(l.now == began);
    assert_int_equal(l.up.resumed, 0);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.asks, 1);
    assert_int_equal(l.up.round_trips, 3);
    assert_int_equal(l.tickets_gone, 1);
    assert_int_equal(l.tickets, 1); /* of the new connection */
    ladder_free(&l);
}

/* RFC 5723 4.3.1: "… a client MUST NOT reuse a ticket." Of a host that does, the gateway takes care. */
static void a_ticket_is_used_once(void **state)
{
    uint8_t old[8192];
    struct ladder l;
    size_t n;

    (void)state;
    first_with_ticket(&l);
    memcpy(old, l.ticket, sizeof(old));
    n = l.ticket_n;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.up.resumed, 1);
    assert_int_equal(l.tickets_gone, 1);
    memcpy(l.ticket, old, sizeof(old));
    l.ticket_n = n;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.up.resumed, 0);
    assert_int_equal(l.ups, 1);
    ladder_free(&l);
}

/* RFC 5723 4.3.1: "A client MUST NOT present a ticket when it knows that the ticket's lifetime has expired." */
static void an_expired_ticket_is_not_presented(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.cfg.ticket_age_s = 3600;
    assert_int_equal(ladder_again(&l), 0);
    expect_full(&l);
    l.cfg.ticket_age_s = 3599;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.up.resumed, 1);
    ladder_free(&l);
}

/* RFC 5723 4.3.2: only the gateway that gave it; 4.3.3, row 258: only as who we were; section 5: only that suite */
static void another_configuration_is_another_connection(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++) {
        struct ladder l;

        first_with_ticket(&l);
        if (i == 0)
            l.cfg.local_id = "somebody.test";
        else if (i == 1)
            l.cfg.remote_id = NULL;
        else if (i == 2)
            l.path.remote.ip[3]++;
        else if (i == 3)
            l.cfg.ike_suites = "aes256-sha256-curve25519";
        else if (i == 4)
            l.cfg.resumption = IKE_OFF;
        else if (i == 5)
            l.cfg.certreq = ike__span("01234567890123456789", 20);
        else
            l.ticket_n--; /* broken: the last octet is missing */
        assert_int_equal(ladder_again(&l), 0);
        expect_full(&l);
        ladder_free(&l);
    }
}

/* RFC 5723 5: without an identity of our own it is our address; another one is somebody else */
static void an_address_as_identity(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.local_id = NULL;
    first(&l);
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    expect_resumed(&l);
    l.path.local.ip[3]++;
    l.peer->resumed = 0;
    assert_int_equal(ladder_again(&l), 0);
    expect_full(&l);
    ladder_free(&l);
}

/* RFC 5723 9.4, 4.3.2: errors are not authentic: they wait for a better answer, and then lead to a full handshake */
static void errors_are_hints(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.init_error = IKE_N_INVALID_SYNTAX;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.out_n, 0);
    l.peer->cfg.script.init_error = 0;
    ladder_tick(&l); /* sent again */
    assert_int_equal(exchange_of(&l.to_gateway[0]), IKE_X_IKE_SESSION_RESUME);
    ladder_run(&l);
    expect_resumed(&l);

    l.peer->cfg.script.init_error = IKE_N_INVALID_SYNTAX;
    assert_int_equal(ladder_again(&l), 0);
    for (int i = 0; i < 20 && !(l.out_n > 0 && exchange_of(&l.to_gateway[0]) == IKE_X_IKE_SA_INIT); i++) {
        ladder_run(&l);
        ladder_tick(&l);
    }
    l.peer->cfg.script.init_error = 0;
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.up.resumed, 0);
    ladder_free(&l);
}

/* RFC 5723 4.3.2: a gateway that has forgotten how: a full handshake after a few seconds of silence */
static void silence_leads_to_a_full_handshake(void **state)
{
    struct ladder l;
    ike_time began;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.no_resumption = 1;
    assert_int_equal(ladder_again(&l), 0);
    began = l.now;
    for (int i = 0; i < 20 && l.ups == 0; i++) {
        ladder_run(&l);
        if (l.ups == 0)
            ladder_tick(&l);
    }
    assert_true(l.now - began < 10000000u);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.up.resumed, 0);
    assert_int_equal(l.tickets_gone, 1);
    ladder_free(&l);
}

/* RFC 5723 4.3.1: "… a ticket is considered as used only when an IKE SA has been established …" */
static void a_silent_gateway_leaves_the_ticket_alone(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.silent = 1;
    assert_int_equal(ladder_again(&l), 0);
    ladder_silence(&l);
    assert_int_equal(l.close_err, IKE_E_TIMEOUT);
    assert_int_equal(l.tickets_gone, 0);
    l.peer->cfg.script.silent = 0;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    expect_resumed(&l);
    ladder_free(&l);
}

/* RFC 5723 4.3.3: a gateway that refuses us in IKE_AUTH gets its full handshake too */
static void refused_in_ike_auth(void **state)
{
    struct ladder l;
    uint64_t spi;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.auth_error = IKE_N_AUTHENTICATION_FAILED;
    assert_int_equal(ladder_again(&l), 0);
    spi = l.s->sa->spi_i;
    (void)ladder_deliver_out(&l, 0); /* IKE_SESSION_RESUME */
    (void)ladder_deliver_in(&l, 0);
    (void)ladder_deliver_out(&l, 1); /* IKE_AUTH */
    l.peer->cfg.script.auth_error = 0;
    (void)ladder_deliver_in(&l, 1);
    assert_int_equal(l.out_n, 3);
    assert_int_equal(exchange_of(&l.to_gateway[2]), IKE_X_IKE_SA_INIT);
    assert_true(l.s->sa->spi_i != spi);
    assert_int_equal(l.tickets_gone, 1);
    l.to_gateway[0] = l.to_gateway[2];
    l.out_n = 1;
    l.in_n = 0;
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.up.resumed, 0);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 5723 4.3.3: no answer at all in IKE_AUTH, as after a forged Nr: a full handshake, without this ticket */
static void a_forged_answer_is_survived(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    assert_int_equal(ladder_again(&l), 0);
    (void)ladder_deliver_out(&l, 0);
    l.to_client[0].p[IKE_HEADER_LEN + 4] ^= 1; /* in Nr, the payload in front; no marker on port 500 */
    (void)ladder_deliver_in(&l, 0);
    ladder_drop(&l);
    for (int i = 0; i < 30 && l.ups == 0 && l.closes == 0; i++) {
        ladder_tick(&l);
        ladder_run(&l);
    }
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 5723 4.3.3: who proves wrongly is told so, and nothing stands */
static void a_wrong_proof_closes(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.wrong_auth = 1;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 0);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_AUTH);
    assert_int_equal(l.peer->heard_error, IKE_N_AUTHENTICATION_FAILED);
    assert_int_equal(l.tickets_gone, 1);
    ladder_free(&l);
}

/* RFC 5723 4.3.3: "… the IDr value sent … in this exchange MUST also be identical to the value included in the ticket." */
static void another_idr_closes(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.remote_id = NULL;
    first(&l);
    l.peer->cfg.id = "gw2.test";
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 0);
    assert_int_equal(l.close_err, IKE_E_PEER_ID);
    ladder_free(&l);
}

/* RFC 5723 5: re-authentication: the ticket lives no longer than that, and resuming does not put it off */
static void resuming_does_not_put_off_authentication(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.auth_lifetime = 1000;
    first(&l);
    assert_true(l.ticket_s <= 900 && l.ticket_s > 700);
    l.peer->cfg.script.auth_lifetime = 0;
    l.cfg.ticket_age_s = 500;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.up.resumed, 1);
    assert_true(ike__reauth_due(l.s->sa) <= l.now + 400000000u);
    assert_true(l.ticket_s <= 400);
    ladder_free(&l);
}

/* RFC 5685 3 with RFC 5723 4.3.2: sent elsewhere: a full handshake there, the ticket is not theirs */
static void redirect(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    struct ladder *l = user;
    uint8_t data[300] = {1, 4, 192, 0, 2, 2};

    if (exchange != IKE_X_IKE_SESSION_RESUME)
        return;
    memcpy(data + 6, l->peer->ni, l->peer->ni_n);
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__notify_write(out, IKE_N_REDIRECT, ike__span(data, 6 + l->peer->ni_n));
}

static void redirected_while_resuming(void **state)
{
    struct ladder l;

    (void)state;
    first_with_ticket(&l);
    l.peer->cfg.script.edit = redirect;
    l.peer->cfg.script.user = &l;
    assert_int_equal(ladder_again(&l), 0);
    (void)ladder_deliver_out(&l, 0);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.redirects, 1);
    assert_int_equal(l.out_n, 2);
    assert_int_equal(exchange_of(&l.to_gateway[1]), IKE_X_IKE_SA_INIT);
    assert_int_equal(l.to_gateway[1].path.remote.ip[3], 2);
    l.to_gateway[0] = l.to_gateway[1];
    l.out_n = 1;
    l.in_n = 0;
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.up.resumed, 0);
    assert_int_equal(l.tickets_gone, 1);
    ladder_free(&l);
}

/* RFC 5723 5: MOBIKE is agreed on anew, and then works as ever */
static void mobike_after_resuming(void **state)
{
    struct ladder l;
    ike_path to;

    (void)state;
    ladder_init(&l);
    first(&l);
    l.peer->cfg.script.mobike = 1;
    assert_int_equal(ladder_again(&l), 0);
    ladder_run(&l);
    expect_resumed(&l);
    assert_int_equal(l.up.peer_has_mobike, 1);
    memset(&to, 0, sizeof(to));
    (void)ike__addr_parse(&to.local, "203.0.113.9");
    to.local.port = 50000;
    assert_int_equal(ike_roam(l.s, &to, l.now), 0);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.peer->updates, 1);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ticket_resumes),
        cmocka_unit_test(resumed_connections_resume),
        cmocka_unit_test(certificates_stay_at_home),
        cmocka_unit_test(cookies_are_given_back),
        cmocka_unit_test(cookies_without_end),
        cmocka_unit_test(a_refused_ticket_costs_a_round_trip),
        cmocka_unit_test(a_ticket_is_used_once),
        cmocka_unit_test(an_expired_ticket_is_not_presented),
        cmocka_unit_test(another_configuration_is_another_connection),
        cmocka_unit_test(an_address_as_identity),
        cmocka_unit_test(errors_are_hints),
        cmocka_unit_test(silence_leads_to_a_full_handshake),
        cmocka_unit_test(a_silent_gateway_leaves_the_ticket_alone),
        cmocka_unit_test(refused_in_ike_auth),
        cmocka_unit_test(a_forged_answer_is_survived),
        cmocka_unit_test(a_wrong_proof_closes),
        cmocka_unit_test(another_idr_closes),
        cmocka_unit_test(resuming_does_not_put_off_authentication),
        cmocka_unit_test(redirected_while_resuming),
        cmocka_unit_test(mobike_after_resuming),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
