/* tests/exchange/eap_test.c - EAP in IKE_AUTH: who proves what, and when. SPDX-License-Identifier: Apache-2.0
 *
 * Rows 141..157 of the edge cases that concern the exchange; those of single methods are in tests/unit/eap. */
#include "fake/test.h"
#include "exchange/exchange.h"
#include "peer/ladder.h"
#include "state/session.h"
#include "wire/payloads.h"

#define MSK_TEXT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What the gateway says, one after the other; the last is repeated. */
struct say {
    uint8_t code, identifier, type, wrong_length;
};
struct lab {
    struct ladder l;
    ike_keystore keys;
    ike_span cert;
    const struct say *says;
    unsigned says_n, at;
    uint8_t last[64]; /* the client's last EAP message */
    size_t last_n;
    /* the host's method */
    unsigned done_in; /* the round in which it is done */
    int has_msk, verdict;
    uint8_t wrong_identifier, wrong_code, short_msk, long_answer;
    unsigned last_round;
};
#define REQUEST(id, type) \
    {                     \
        1, id, type, 0    \
    }
#define SUCCESS(id) \
    {               \
        3, id, 0, 0 \
    }
#define FAILURE(id) \
    {               \
        4, id, 0, 0 \
    }

static size_t gateway_says(void *user, ike_span response, uint8_t *out)
{
    struct lab *b = user;
    const struct say *s = &b->says[b->at < b->says_n ? b->at++ : b->says_n - 1];
    size_t n = s->code <= 2 ? 6 : 4;

    b->last_n = response.n < sizeof(b->last) ? response.n : sizeof(b->last);
    memcpy(b->last, response.p ? response.p : out, response.p ? b->last_n : 0);
    out[0] = s->code;
    out[1] = s->identifier;
    ike__put_be16(out + 2, (uint16_t)(n + s->wrong_length));
    out[4] = s->type;
    out[5] = '?';
    out[n] = 0;
    return s->wrong_length ? n + 1 : n; /* a Success with an octet behind it */
}

static int host_answers(void *user, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct lab *b = user;

    (void)cap;
    assert_int_equal(ask->round, b->last_round + 1);
    b->last_round = ask->round;
    *n = 6;
    out[0] = b->wrong_code ? 1 : 2;
    out[1] = ask->tbs.p[1] ^ b->wrong_identifier;
    ike__put_be16(out + 2, 6);
    out[4] = ask->tbs.p[4];
    out[5] = '!';
    if (b->long_answer) {
        *n = IKE_EAP_MAX + 1;
        memset(out + 6, 0, *n - 6);
        ike__put_be16(out + 2, (uint16_t)*n);
    }
    if (b->verdict < 0)
        return b->verdict;
    if (ask->round < b->done_in)
        return IKE_EAP_GO_ON;
    if (b->has_msk) {
        memcpy(out + *n, MSK_TEXT, 64);
        *n += b->short_msk ? 63 : 64;
    }
    return IKE_EAP_DONE;
}

/* The gateway's key store: signs without looking. */
static int gateway_signs(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    assert_true(cap >= 11);
    if (ask->kind != IKE_ASK_SIGN)
        return IKE_E_AUTH;
    memcpy(out, "a signature", 11);
    *n = 11;
    return IKE_SIG_PSS_SHA256;
}

static void lab_init(struct lab *b, const struct say *says, unsigned n)
{
    memset(&b->keys, 0, sizeof(*b) - offsetof(struct lab, keys));
    ladder_init(&b->l);
    b->keys.answer = gateway_signs;
    b->cert = ike__span_text("not looked at by the core");
    b->says = says;
    b->says_n = n;
    b->done_in = n > 1 ? n - 1 : 1;
    b->has_msk = 1;
    b->l.cfg.auth_local = IKE_AUTH_EAP;
    b->l.cfg.auth_remote = IKE_AUTH_CERT;
    b->l.eap = host_answers;
    b->l.eap_user = b;
    b->l.pcfg.keys = &b->keys;
    b->l.pcfg.certs = &b->cert;
    b->l.pcfg.certs_n = 1;
    b->l.pcfg.script.eap = gateway_says;
    b->l.pcfg.script.eap_user = b;
    b->l.pcfg.script.msk = ike__span_text(MSK_TEXT);
}
#define LAB(b, says) lab_init(b, says, sizeof(says) / sizeof((says)[0]))

static void run(struct lab *b)
{
    assert_int_equal(ladder_connect(&b->l), 0);
    ladder_run(&b->l);
}

/* Refused: nothing stands, the gateway hears AUTHENTICATION_FAILED (RFC 7296 2.21.2). */
static void assert_refused(const struct lab *b, int err)
{
    assert_int_equal(b->l.ups, 0);
    assert_int_equal(b->l.child_ups, 0);
    assert_int_equal(b->l.closes, 1);
    assert_int_equal(b->l.close_err, err);
    assert_int_equal(b->l.peer->heard_error, IKE_N_AUTHENTICATION_FAILED);
}

static struct lab b; /* large */

/* RFC 7296 2.16, row 141, 144, 150: identity, two rounds of a method, Success, AUTH both ways with its MSK */
static void a_method_with_a_key(void **state)
{
    static const struct say says[] = {REQUEST(7, 1), REQUEST(8, 26), REQUEST(9, 26), SUCCESS(9)};

    (void)state;
    LAB(&b, says);
    run(&b);
    assert_int_equal(b.l.ups, 1);
    assert_int_equal(b.l.child_ups, 1);
    assert_int_equal(b.l.configs, 1);
    assert_int_equal(b.l.eap_asks, 3);
    assert_int_equal(b.last[1], 9);
    assert_string_equal(b.l.up.auth_local, "eap-mschapv2");
    assert_string_equal(b.l.up.auth_remote, "rsa-pss-sha256");
    assert_int_equal(b.l.up.round_trips, 6);
    ladder_free(&b.l);
}

/* RFC 7296 2.16, row 150: without a key of the method SK_pi and SK_pr take its place */
static void a_method_without_a_key(void **state)
{
    static const struct say says[] = {REQUEST(1, 4), SUCCESS(1)};

    (void)state;
    for (int gateway_has = 0; gateway_has < 2; gateway_has++) {
        LAB(&b, says);
        b.has_msk = 0;
        if (!gateway_has)
            b.l.pcfg.script.msk = ike__span(NULL, 0);
        run(&b);
        assert_int_equal(b.l.ups, !gateway_has);
        assert_int_equal(b.l.close_err, gateway_has ? IKE_E_PEER_DENIED : 0);
        ladder_free(&b.l);
    }
}

/* RFC 7296 2.16, row 141, KNOWN-HOLES 33: not one EAP message before the gateway's proof has been judged */
static void nothing_is_said_before_the_gateway_has_proven_itself(void **state)
{
    static const struct say says[] = {REQUEST(1, 1), SUCCESS(1)};

    (void)state;
    for (int how = 0; how < 3; how++) {
        LAB(&b, says);
        if (how == 0)
            b.l.verify_verdict = IKE_E_CERT_UNTRUSTED;
        else if (how == 1)
            b.l.pcfg.id = "another.gateway";
        else
            b.l.pcfg.certs_n = 0; /* row 143: a shared key instead */
        run(&b);
        assert_refused(&b, how == 0 ? IKE_E_CERT_UNTRUSTED : how == 1 ? IKE_E_PEER_ID : IKE_E_AUTH_METHOD);
        assert_int_equal(b.l.eap_asks, 0);
        assert_int_equal(b.last_n, 0);
        ladder_free(&b.l);
    }
}

/* RFC 5998 3, row 142: without AUTH only where we have offered it */
static void a_gateway_without_proof_is_refused(void **state)
{
    static const struct say says[] = {REQUEST(1, 13), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.pcfg.script.eap_only = 1;
    run(&b);
    assert_refused(&b, IKE_E_AUTH_METHOD);
    assert_int_equal(b.l.eap_asks, 0);
    ladder_free(&b.l);
}

/* RFC 5998 3, row 142: EAP alone proves both */
static void eap_alone(void **state)
{
    static const struct say says[] = {REQUEST(1, 1), REQUEST(2, 13), SUCCESS(2)};

    (void)state;
    LAB(&b, says);
    b.l.cfg.auth_remote = IKE_AUTH_EAP;
    b.l.pcfg.script.eap_only = 1;
    run(&b);
    assert_int_equal(b.l.ups, 1);
    assert_int_equal(b.l.child_ups, 1);
    assert_string_equal(b.l.up.auth_remote, "eap-tls");
    ladder_free(&b.l);

    LAB(&b, says); /* a gateway that does not know it signs, and its signature is judged */
    b.l.cfg.auth_remote = IKE_AUTH_EAP;
    run(&b);
    assert_int_equal(b.l.ups, 1);
    assert_string_equal(b.l.up.auth_remote, "rsa-pss-sha256");
    ladder_free(&b.l);

    LAB(&b, says);
    b.l.cfg.auth_remote = IKE_AUTH_EAP;
    b.l.verify_verdict = IKE_E_CERT_UNTRUSTED;
    run(&b);
    assert_refused(&b, IKE_E_CERT_UNTRUSTED);
    ladder_free(&b.l);

    LAB(&b, says); /* row 105: IDr counts, proven or not */
    b.l.cfg.auth_remote = IKE_AUTH_EAP;
    b.l.pcfg.script.eap_only = 1;
    b.l.pcfg.id = "another.gateway";
    run(&b);
    assert_refused(&b, IKE_E_PEER_ID);
    ladder_free(&b.l);
}

/* RFC 5998 3 and 4, row 142: a method that does not prove the gateway ends it, before it is answered */
static void eap_alone_needs_a_safe_method(void **state)
{
    static const uint8_t unsafe[] = {3, 4, 5, 6, 25, 26, 254, 255};

    (void)state;
    for (size_t i = 0; i < sizeof(unsafe); i++) {
        struct say says[] = {REQUEST(1, 1), REQUEST(2, 0), SUCCESS(2)};
        says[1].type = unsafe[i];
        LAB(&b, says);
        b.l.cfg.auth_remote = IKE_AUTH_EAP;
        b.l.pcfg.script.eap_only = 1;
        run(&b);
        assert_refused(&b, IKE_E_AUTH_METHOD);
        assert_int_equal(b.l.eap_asks, 1);
        ladder_free(&b.l);
    }
}

/* RFC 5998 3: "… MUST NOT use SK_pi or SK_pr …" */
static void eap_alone_needs_a_key(void **state)
{
    static const struct say says[] = {REQUEST(1, 13), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.cfg.auth_remote = IKE_AUTH_EAP;
    b.l.pcfg.script.eap_only = 1;
    b.l.pcfg.script.msk = ike__span(NULL, 0);
    b.has_msk = 0;
    run(&b);
    assert_refused(&b, IKE_E_AUTH);
    ladder_free(&b.l);
}

/* RFC 3748 4.2, row 148, KNOWN-HOLES 30: a Success before the method is done, at every step */
static void an_early_success_is_refused(void **state)
{
    static const struct say says[] = {SUCCESS(1)};

    (void)state;
    for (int only = 0; only < 2; only++) {
        LAB(&b, says);
        b.l.cfg.auth_remote = only ? IKE_AUTH_EAP : IKE_AUTH_CERT;
        b.l.pcfg.script.eap_only = (uint8_t)only;
        run(&b);
        assert_refused(&b, IKE_E_AUTH);
        ladder_free(&b.l);
        for (unsigned at = 1; at < 4; at++) {
            struct say all[] = {REQUEST(1, 1), REQUEST(2, 13), REQUEST(3, 13), REQUEST(4, 13)};
            all[at] = (struct say)SUCCESS((uint8_t)at);
            lab_init(&b, all, at + 1);
            b.done_in = at + 1;
            b.l.cfg.auth_remote = only ? IKE_AUTH_EAP : IKE_AUTH_CERT;
            b.l.pcfg.script.eap_only = (uint8_t)only;
            run(&b);
            assert_refused(&b, IKE_E_AUTH);
            ladder_free(&b.l);
        }
    }
}

/* RFC 7296 2.16, row 149: Failure, at every step */
static void a_failure_ends_it(void **state)
{
    (void)state;
    for (unsigned at = 0; at < 3; at++) {
        struct say says[] = {REQUEST(1, 1), REQUEST(2, 26), FAILURE(2)};
        says[at] = (struct say)FAILURE(1);
        LAB(&b, says);
        run(&b);
        assert_int_equal(b.l.ups, 0);
        assert_int_equal(b.l.close_err, IKE_E_PEER_DENIED);
        assert_non_null(strstr(b.l.reason, "EAP Failure"));
        ladder_free(&b.l);
    }
}

/* RFC 7296 3.16, row 147: Success and Failure have four octets; Length is the payload's; a gateway sends no responses */
static void malformed_messages(void **state)
{
    struct say cases[] = {SUCCESS(1), FAILURE(1), REQUEST(2, 26), {2, 2, 26, 0}, {0, 2, 26, 0}, {5, 2, 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        /* an octet behind the message: inside its Length, and not; a request may be longer */
        for (uint8_t wrong = i < 2 ? 1 : 2; wrong < 3; wrong++) {
            struct say says[] = {REQUEST(1, 1), cases[i]};
            says[1].wrong_length = i < 3 ? wrong : 0;
            LAB(&b, says);
            b.done_in = 1;
            run(&b);
            assert_refused(&b, IKE_E_SYNTAX);
            ladder_free(&b.l);
        }
}

/* RFC 7296 3.16, row 146: what the host answers is one response to this request */
static void wrong_answers_of_the_host(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    for (int how = 0; how < 5; how++) {
        LAB(&b, says);
        b.wrong_identifier = how == 0;
        b.wrong_code = how == 1;
        b.short_msk = how == 2;
        b.long_answer = how == 3;
        b.verdict = how == 4 ? IKE_E_DENIED : 0;
        run(&b);
        assert_refused(&b, how == 4 ? IKE_E_DENIED : IKE_E_USAGE);
        assert_int_equal(b.last_n, 0);
        ladder_free(&b.l);
    }
}

/* RFC 7296 2.16, row 151: both sides prove that they have the key, or there is no child */
static void wrong_proofs_after_success(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.pcfg.script.eap_wrong_auth = 1;
    run(&b);
    assert_refused(&b, IKE_E_AUTH);
    ladder_free(&b.l);

    LAB(&b, says);
    b.l.pcfg.script.msk = ike__span_text("another key, of the sixty-four octets that it has to have at lea");
    run(&b);
    assert_int_equal(b.l.ups, 0);
    assert_int_equal(b.l.close_err, IKE_E_PEER_DENIED);
    ladder_free(&b.l);
}

static void say_success_again(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static const uint8_t success[] = {3, 1, 0, 4};
    struct lab *lab = user;

    if (exchange != IKE_X_IKE_AUTH || lab->l.peer->eap_ended != IKE_EAP_SUCCESS || !lab->l.peer->is_up)
        return;
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__out_payload(out, IKE_P_EAP, ike__span(success, sizeof(success)));
}

/* RFC 7296 2.16: another Success is no AUTH */
static void success_in_place_of_auth(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.pcfg.script.edit = say_success_again;
    b.l.pcfg.script.user = &b;
    run(&b);
    assert_refused(&b, IKE_E_SYNTAX);
    ladder_free(&b.l);
}

/* row 155: the host takes its time; nothing is sent again, nothing expires, the NAT's mapping is kept */
static void a_slow_person(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};
    uint8_t answer[6 + 64] = {2, 1, 0, 6, 26, '!'};
    unsigned sent;

    (void)state;
    memcpy(answer + 6, MSK_TEXT, 64);
    LAB(&b, says);
    b.l.keep_eap = 1;
    (void)ike__addr_parse(&b.l.nat, "198.51.100.9");
    b.l.nat.port = 7000;
    run(&b);
    assert_int_equal(b.l.eap_asks, 1);
    sent = b.l.total_out;
    for (int i = 0; i < 30 && ike_deadline(b.l.s) != IKE_NEVER; i++) {
        ladder_tick(&b.l);
        for (unsigned k = 0; k < b.l.out_n; k++)
            assert_int_equal(b.l.to_gateway[k].n, 1); /* RFC 3948 4: keepalives only */
        ladder_drop(&b.l);
    }
    assert_true(b.l.total_out > sent);
    assert_true(b.l.now > (ike_time)300 * 1000000);
    assert_int_equal(b.l.closes, 0);
    assert_int_equal(ike_answer(b.l.s, b.l.ask_id, IKE_EAP_DONE, ike__span(answer, sizeof(answer)), b.l.now),
                     0);
    ladder_drain(&b.l);
    ladder_run(&b.l);
    assert_int_equal(b.l.ups, 1);
    ladder_free(&b.l);
}

/* row 156: 64 rounds (policy) */
static void it_ends_some_day(void **state)
{
    static const struct say says[] = {REQUEST(1, 26)};

    (void)state;
    LAB(&b, says);
    b.done_in = 1000;
    run(&b);
    assert_refused(&b, IKE_E_AUTH);
    assert_int_equal(b.l.eap_asks, 64);
    ladder_free(&b.l);
}

/* RFC 7296 2.16, 2.19, row 157: CP, SA and TS count in the last response only */
static void a_child_in_the_first_response_is_not_looked_at(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.pcfg.script.eap_early_child = 1;
    b.l.keep_eap = 1;
    run(&b);
    assert_int_equal(b.l.ups + b.l.child_ups + b.l.configs, 0);
    ladder_free(&b.l);
}

/* RFC 7296 2.21.2: an error in place of EAP or AUTH */
static void refusals_on_the_way(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.keep_eap = 1;
    run(&b);
    b.l.peer->cfg.script.auth_error = IKE_N_AUTHENTICATION_FAILED;
    {
        static const uint8_t answer[6] = {2, 1, 0, 6, 26, '!'};
        (void)ike_answer(b.l.s, b.l.ask_id, IKE_EAP_GO_ON, ike__span(answer, 6), b.l.now);
    }
    ladder_drain(&b.l);
    ladder_run(&b.l);
    assert_int_equal(b.l.close_err, IKE_E_PEER_DENIED);
    assert_int_equal(b.l.close_notify, IKE_N_AUTHENTICATION_FAILED);
    ladder_free(&b.l);
}

/* EAP from a gateway that was not asked for it (RFC 7296 2.16) */
static void eap_that_nobody_wants(void **state)
{
    static const struct say says[] = {REQUEST(1, 26), SUCCESS(1)};

    (void)state;
    LAB(&b, says);
    b.l.cfg.auth_local = b.l.cfg.auth_remote = IKE_AUTH_PSK;
    run(&b); /* the scripted gateway answers nothing to a first request with AUTH */
    assert_int_equal(b.l.ups, 0);
    assert_int_equal(b.l.eap_asks, 0);
    ladder_free(&b.l);
}

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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_method_with_a_key),
        cmocka_unit_test(a_method_without_a_key),
        cmocka_unit_test(nothing_is_said_before_the_gateway_has_proven_itself),
        cmocka_unit_test(a_gateway_without_proof_is_refused),
        cmocka_unit_test(eap_alone),
        cmocka_unit_test(eap_alone_needs_a_safe_method),
        cmocka_unit_test(eap_alone_needs_a_key),
        cmocka_unit_test(an_early_success_is_refused),
        cmocka_unit_test(a_failure_ends_it),
        cmocka_unit_test(malformed_messages),
        cmocka_unit_test(wrong_answers_of_the_host),
        cmocka_unit_test(wrong_proofs_after_success),
        cmocka_unit_test(success_in_place_of_auth),
        cmocka_unit_test(a_slow_person),
        cmocka_unit_test(it_ends_some_day),
        cmocka_unit_test(a_child_in_the_first_response_is_not_looked_at),
        cmocka_unit_test(refusals_on_the_way),
        cmocka_unit_test(eap_that_nobody_wants),
        cmocka_unit_test(authenticating_anew),
        cmocka_unit_test(the_old_ike_sa_stays_a_second),
        cmocka_unit_test(a_second_authentication),
        cmocka_unit_test(a_ticket_after_eap),
        cmocka_unit_test(redirected_before_eap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
