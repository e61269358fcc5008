/* tests/exchange/ppk_test.c - post-quantum preshared keys (RFC 8784), with every way of proof. SPDX-License-Identifier: Apache-2.0
 *
 * Both ends sign what AUTH covers with a hash of it, so that a proof over the wrong octets is a wrong proof. */
#include "fake/test.h"
#include "peer/forge.h"
#include "state/session.h"
#include "wire/payloads.h"

#define KEY   "a post-quantum key of 32 octets!"
#define OTHER "another key, of 32 octets, no it"

enum way { BY_PSK, BY_SIGNATURE, BY_EAP, BY_EAP_WITHOUT_KEY, WAYS };

struct lab {
    struct ladder l;
    ike_keystore keys;
    ike_span cert;
    unsigned said, signatures;
    int has_msk;
};
static struct lab b; /* large */

static void fake_signature(ike_span tbs, uint8_t out[8])
{
    ike__put_be64(out, crypto_fake_mix(77, tbs.p, tbs.n));
}

static int gateway_keys(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    uint8_t expected[8];

    (void)self;
    (void)cap;
    fake_signature(ask->tbs, expected);
    if (ask->kind == IKE_ASK_VERIFY)
        return ask->proof.n == 8 && memcmp(ask->proof.p, expected, 8) == 0 ? 0 : IKE_E_AUTH;
    memcpy(out, expected, 8);
    *n = 8;
    return IKE_SIG_ECDSA_SHA256;
}

/* Our own key store, asked first. */
static void client_keys(struct ladder *l, const ike_ask *ask)
{
    uint8_t expected[8];

    fake_signature(ask->tbs, expected);
    if (ask->kind == IKE_ASK_VERIFY)
        l->verify_verdict = ask->proof.n == 8 && memcmp(ask->proof.p, expected, 8) == 0 ? 0 : IKE_E_AUTH;
    if (ask->kind == IKE_ASK_PPK)
        assert_string_equal(ask->ppk_id, "office");
    if (ask->kind != IKE_ASK_SIGN)
        return;
    if (b.signatures++ == 0 && l->cfg.ppk != IKE_PPK_REQUIRED)
        assert_true(ask->sigs & IKE_SIG_BIT(IKE_SIG_RSA_SHA256));
    else if (l->cfg.ppk == IKE_PPK_OPTIONAL) /* RFC 8784 3: the same method for NO_PPK_AUTH */
        assert_int_equal(ask->sigs, IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256));
    assert_int_equal(
        ike_answer(l->s, ask->id, IKE_SIG_ECDSA_SHA256, ike__span(expected, sizeof(expected)), l->now), 0);
}

static size_t gateway_eap(void *user, ike_span response, uint8_t *out)
{
    static const uint8_t request[] = {1, 9, 0, 5, 26}, success[] = {3, 9, 0, 4};

    (void)user;
    (void)response;
    memcpy(out, b.said == 0 ? request : success, b.said == 0 ? 5 : 4);
    return b.said++ == 0 ? 5 : 4;
}

static int client_eap(void *user, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    static const uint8_t response[] = {2, 9, 0, 5, 26};

    (void)user;
    (void)ask;
    (void)cap;
    memcpy(out, response, 5);
    memset(out + 5, 'k', 64);
    *n = b.has_msk ? 69 : 5;
    return IKE_EAP_DONE;
}

static void lab_init(enum way way, uint32_t ppk, const char *key)
{
    static uint8_t msk[64];

    memset(&b.keys, 0, sizeof(b) - offsetof(struct lab, keys));
    ladder_init(&b.l);
    memset(msk, 'k', sizeof(msk));
    b.keys.answer = gateway_keys;
    b.cert = ike__span_text("not looked at by the core");
    b.l.cfg.ppk = ppk;
    b.l.cfg.ppk_id = "office";
    b.l.ppk = key;
    b.l.saw_ask = client_keys;
    b.l.pcfg.keys = &b.keys;
    b.l.pcfg.ppk_id = "office";
    if (way == BY_PSK)
        return;
    b.l.cfg.auth_remote = IKE_AUTH_CERT;
    b.l.cfg.auth_local = way == BY_SIGNATURE ? IKE_AUTH_CERT : IKE_AUTH_EAP;
    b.l.cfg.local_certs = &b.cert;
    b.l.cfg.local_certs_n = way == BY_SIGNATURE;
    b.l.pcfg.certs = &b.cert;
    b.l.pcfg.certs_n = 1;
    if (way == BY_SIGNATURE)
        return;
    b.has_msk = way == BY_EAP;
    b.l.eap = client_eap;
    b.l.pcfg.script.eap = gateway_eap;
    b.l.pcfg.script.msk = ike__span(msk, b.has_msk ? sizeof(msk) : 0);
}

static void run(void)
{
    assert_int_equal(ladder_connect(&b.l), 0);
    ladder_run(&b.l);
    for (int i = 0; i < 20 && b.l.ups == 0 && b.l.closes == 0; i++) { /* a hint is held for a while */
        ladder_drop(&b.l);
        ladder_tick(&b.l);
    }
}

/* RFC 7296 2.17: the child's keys come from SK_d, so both ends have the same one if a packet comes through */
static void assert_same_keys(void)
{
    uint8_t ip[64], out[256];
    ike_path to;
    ike_span inner;
    size_t n = ladder_packet(&b.l, ip, sizeof(ip));
    int sealed = ike_seal(b.l.s, ip, n, out, sizeof(out), &to, b.l.now);

    assert_true(sealed > 0);
    assert_int_equal(peer_recv(b.l.peer, &b.l.path, out, (size_t)sealed, &inner), 0);
    assert_int_equal(inner.n, n);
}

/* RFC 8784 3, table 1, row 139 and 140: what each side has, what it wants, what comes of it; with EAP the PPK comes with
 * the last AUTH, and the gateway's first one is made without */
static void who_has_what(void **state)
{
    enum { NOTHING, SAME, ANOTHER, ANOTHER_MANDATORY, SAME_NAME_ANOTHER_KEY };
    static const struct {
        uint32_t ppk;
        int gateway, err, has_ppk, warnings;
    } cases[] = {
        {IKE_PPK_NONE, NOTHING, 0, 0, 0},
        {IKE_PPK_NONE, SAME, 0, 0, 0},
        {IKE_PPK_OPTIONAL, NOTHING, 0, 0, 1},
        {IKE_PPK_OPTIONAL, SAME, 0, 1, 0},
        {IKE_PPK_OPTIONAL, ANOTHER, 0, 0, 1},
        {IKE_PPK_OPTIONAL, ANOTHER_MANDATORY, IKE_E_PEER_DENIED, 0, 0},
        {IKE_PPK_OPTIONAL, SAME_NAME_ANOTHER_KEY, IKE_E_PEER_DENIED, 0, 0},
        {IKE_PPK_REQUIRED, NOTHING, IKE_E_PPK, 0, 0},
        {IKE_PPK_REQUIRED, SAME, 0, 1, 0},
        {IKE_PPK_REQUIRED, ANOTHER, IKE_E_PEER_DENIED, 0, 0},
        {IKE_PPK_REQUIRED, SAME_NAME_ANOTHER_KEY, IKE_E_PEER_DENIED, 0, 0},
    };

    (void)state;
    for (int way = BY_PSK; way < WAYS; way++)
        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
            int g = cases[i].gateway;
            lab_init((enum way)way, cases[i].ppk, KEY);
            b.l.pcfg.ppk = g == NOTHING                 ? ike__span(NULL, 0)
                           : g == SAME_NAME_ANOTHER_KEY ? ike__span_text(OTHER)
                                                        : ike__span_text(KEY);
            b.l.pcfg.ppk_id = g == ANOTHER || g == ANOTHER_MANDATORY ? "home" : "office";
            b.l.pcfg.script.ppk_mandatory = g == ANOTHER_MANDATORY;
            b.l.pcfg.script.cookies = 1;
            run();
            assert_int_equal(b.l.close_err, cases[i].err);
            assert_int_equal(b.l.ups, cases[i].err == 0);
            assert_int_equal(b.l.warnings, cases[i].warnings);
            assert_int_equal(b.l.ppk_asks, cases[i].ppk && g != NOTHING);
            assert_int_equal(b.l.peer->is_mixed && b.l.peer->is_up, cases[i].has_ppk);
            if (cases[i].err == 0) {
                assert_int_equal(b.l.up.ppk, cases[i].has_ppk);
                assert_same_keys();
            }
            ladder_free(&b.l);
        }
}

/* RFC 8784 3: required: no answer without PPK_IDENTITY is taken, the gateway hears AUTHENTICATION_FAILED; optional: such
 * an answer is checked with the keys without the PPK, and this gateway's is made with the others */
static void an_answer_without_ppk_identity(void **state)
{
    struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .type = IKE_P_NOTIFY, .is_left_out = 1};

    (void)state;
    for (int way = BY_PSK; way <= BY_SIGNATURE; way++)
        for (uint32_t ppk = IKE_PPK_OPTIONAL; ppk <= IKE_PPK_REQUIRED; ppk++) {
            lab_init((enum way)way, ppk, KEY);
            b.l.pcfg.ppk = ike__span_text(KEY);
            b.l.pcfg.script.edit = forge_edit;
            b.l.pcfg.script.user = &c;
            run();
            assert_int_equal(b.l.ups, 0);
            assert_int_equal(b.l.close_err, ppk == IKE_PPK_REQUIRED ? IKE_E_PPK : IKE_E_AUTH);
            assert_int_equal(b.l.peer->heard_error, IKE_N_AUTHENTICATION_FAILED);
            ladder_free(&b.l);
        }
}

/* RFC 8784 3: "the content of the received PPK_IDENTITY (if any) MUST be ignored" */
static void what_ppk_identity_says_is_ignored(void **state)
{
    uint8_t body[64];
    struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .type = IKE_P_NOTIFY};

    (void)state;
    c.body = forge_notify_body(body, sizeof(body), IKE_N_PPK_IDENTITY, ike__span_text("anything"));
    lab_init(BY_PSK, IKE_PPK_REQUIRED, KEY);
    b.l.pcfg.ppk = ike__span_text(KEY);
    b.l.pcfg.script.edit = forge_edit;
    b.l.pcfg.script.user = &c;
    run();
    assert_int_equal(b.l.up.ppk, 1);
    assert_same_keys();
    ladder_free(&b.l);
}

/* RFC 8784 3: nobody asked, nobody answers: a PPK_IDENTITY out of the blue changes nothing */
static void ppk_identity_out_of_the_blue(void **state)
{
    uint8_t body[64];
    struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .add = IKE_P_NOTIFY, .add_n = 1};

    (void)state;
    c.add_body = forge_notify_body(body, sizeof(body), IKE_N_PPK_IDENTITY, ike__span(NULL, 0));
    lab_init(BY_PSK, IKE_PPK_OPTIONAL, KEY);
    b.l.pcfg.script.edit = forge_edit;
    b.l.pcfg.script.user = &c;
    run();
    assert_int_equal(b.l.ups, 1);
    assert_int_equal(b.l.up.ppk, 0);
    assert_same_keys();
    ladder_free(&b.l);
}

static void the_host_has_none(void **state)
{
    (void)state;
    lab_init(BY_PSK, IKE_PPK_OPTIONAL, NULL);
    b.l.pcfg.ppk = ike__span_text(KEY);
    run();
    assert_int_equal(b.l.close_err, IKE_E_DENIED);
    assert_int_equal(b.l.ups, 0);
    ladder_free(&b.l);
}

/* RFC 8784 3: "… MUST NOT be used when these subkeys are calculated as result of … resumption": the ticket's SK_d has it
 * already. RFC 5723 4.3.2: a ticket of a connection without is of no use where a PPK is required now. */
static void resumption(void **state)
{
    (void)state;
    for (int is_other = 0; is_other < 2; is_other++) {
        lab_init(BY_PSK, is_other ? IKE_PPK_OPTIONAL : IKE_PPK_REQUIRED, KEY);
        b.l.pcfg.ppk = ike__span_text(KEY);
        b.l.pcfg.script.again = 1;
        b.l.pcfg.script.tickets = PEER_TICKET_GIVE;
        run();
        assert_int_equal(b.l.tickets, 1);
        b.l.cfg.ppk = IKE_PPK_REQUIRED;
        assert_int_equal(ladder_again(&b.l), 0);
        ladder_run(&b.l);
        assert_int_equal(b.l.ups, 1);
        assert_int_equal(b.l.up.resumed, !is_other);
        assert_int_equal(b.l.up.ppk, is_other);
        assert_int_equal(b.l.ppk_asks, is_other ? 2 : 1);
        assert_same_keys();
        ladder_free(&b.l);
    }
}

/* RFC 8784 3: every full handshake begins with USE_PPK, a new authentication (RFC 7296 2.8.3) too */
static void authenticating_anew(void **state)
{
    const struct ike_ike_sa *before;

    (void)state;
    lab_init(BY_PSK, IKE_PPK_REQUIRED, KEY);
    b.l.pcfg.ppk = ike__span_text(KEY);
    b.l.pcfg.script.again = 1;
    b.l.cfg.reauth_s = 100;
    run();
    before = b.l.s->sa;
    for (int i = 0; i < 40 && b.l.s->sa == before; i++) {
        ladder_tick(&b.l);
        ladder_run(&b.l);
    }
    assert_ptr_not_equal(b.l.s->sa, before);
    assert_int_equal(b.l.ppk_asks, 2);
    assert_int_equal(b.l.peer->is_mixed, 1);
    assert_same_keys();
    ladder_free(&b.l);
}

/* Nothing that is logged, at any level, and no event's text holds a secret. */
static char everything[65536];

static void keep_log(void *user, const ike_log *rec)
{
    size_t n = strlen(everything);

    (void)user;
    snprintf(everything + n, sizeof(everything) - n, "%s\n", rec->text);
}

static void secrets_are_not_logged(void **state)
{
    (void)state;
    for (int way = BY_PSK; way < WAYS; way++)
        for (int wrong = 0; wrong < 2; wrong++) {
            everything[0] = '\0';
            lab_init((enum way)way, IKE_PPK_REQUIRED, KEY);
            b.l.env.log = keep_log;
            b.l.pcfg.ppk = ike__span_text(wrong ? OTHER : KEY);
            run();
            assert_true(strlen(everything) > 100);
            assert_int_equal(b.l.ups, !wrong);
            assert_null(strstr(everything, "post-quantum key of"));
            assert_null(strstr(everything, b.l.psk));
            assert_null(strstr(everything, "kkkk"));
            assert_null(strstr(b.l.reason, b.l.psk));
            ladder_free(&b.l);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_what),
        cmocka_unit_test(an_answer_without_ppk_identity),
        cmocka_unit_test(what_ppk_identity_says_is_ignored),
        cmocka_unit_test(ppk_identity_out_of_the_blue),
        cmocka_unit_test(the_host_has_none),
        cmocka_unit_test(resumption),
        cmocka_unit_test(authenticating_anew),
        cmocka_unit_test(secrets_are_not_logged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
