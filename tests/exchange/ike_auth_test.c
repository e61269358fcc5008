/* tests/exchange/ike_auth_test.c - identities, proofs, addresses and the first child. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/forge.h"
#include "wire/payloads.h"

/* RFC 7296 2.15, 2.21.2, row 130: a wrong proof is refused in an INFORMATIONAL of its own, without Delete */
static void wrong_auth_is_refused_and_said(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.wrong_auth = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 0);
    assert_int_equal(l.child_ups, 0);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_AUTH);
    assert_int_equal(l.peer->heard_error, IKE_N_AUTHENTICATION_FAILED);
    assert_int_equal(l.peer->is_deleted, 0);
    ladder_free(&l);
}

/* row 105, 106: IDr must be who we want; nothing is set up for anybody else */
static void another_identity_is_refused(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.id = "other.test";
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 0);
    assert_int_equal(l.close_err, IKE_E_PEER_ID);
    ladder_free(&l);

    ladder_init(&l); /* without an expectation the proof alone decides */
    l.pcfg.id = "other.test";
    l.cfg.remote_id = NULL;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    assert_string_equal(l.peer_id, "other.test");
    ladder_free(&l);

    ladder_init(&l); /* row 108: case and a final dot do not matter */
    l.pcfg.id = "GW.Test.";
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    ladder_free(&l);
}

/* RFC 7619 2.2, row 107: ID_NULL is empty, and nobody in particular is not who we want, even where any identity will do */
static void nobody_is_refused(void **state)
{
    static const uint8_t nobody[] = {IKE_ID_NULL, 0, 0, 0, 'x'};

    (void)state;
    for (size_t n = 4; n <= 5; n++) {
        struct forge_change c = {IKE_X_IKE_AUTH, .type = IKE_P_IDr, .body = {nobody, n}};
        struct ladder l;
        ladder_init(&l);
        l.cfg.remote_id = NULL;
        l.pcfg.script.edit = forge_edit;
        l.pcfg.script.user = &c;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 0);
        assert_int_equal(l.close_err, n == 4 ? IKE_E_PEER_ID : IKE_E_SYNTAX);
        ladder_free(&l);
    }
}

/* RFC 7296 2.21.2, 3.10.1, rows 47, 52, 131: a refusal without AUTH: no SA, no Delete, the peer's word is told */
static void refusals_carry_the_notify(void **state)
{
    static const struct {
        uint16_t notify;
        int err;
    } cases[] = {{IKE_N_AUTHENTICATION_FAILED, IKE_E_PEER_DENIED},
                 {IKE_N_INVALID_SYNTAX, IKE_E_REFUSED},
                 {IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, IKE_E_REFUSED},
                 {IKE_N_NO_PROPOSAL_CHOSEN, IKE_E_NO_PROPOSAL},
                 {9999, IKE_E_REFUSED}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ladder l;
        ladder_init(&l);
        l.pcfg.script.auth_error = cases[i].notify;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 0);
        assert_int_equal(l.close_err, cases[i].err);
        assert_int_equal(l.close_notify, cases[i].notify);
        assert_int_equal(l.total_out, 2);
        ladder_free(&l);
    }
}

static void wrong_psk_at_the_gateway(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.psk = "another secret";
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.close_err, IKE_E_PEER_DENIED);
    ladder_free(&l);
}

/* KNOWN-HOLES 47: a key store without the key: nothing is sent, the session ends */
static void a_denied_ask_ends_the_attempt(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.deny_psk = 1;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.close_err, IKE_E_DENIED);
    assert_int_equal(l.total_out, 1);
    ladder_free(&l);
}

/* row 121: PSK where a certificate is wanted */
static void a_method_that_is_not_allowed_is_refused(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.auth_remote = IKE_AUTH_CERT;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 0);
    assert_int_equal(l.close_err, IKE_E_AUTH_METHOD);
    ladder_free(&l);
}

/* RFC 7296 2.21.2, 3.15.4, rows 128, 159: AUTH is right, the child is not: the IKE SA stands */
static void a_refused_child_leaves_the_ike_sa(void **state)
{
    static const struct {
        uint16_t notify;
        int err;
    } cases[] = {{IKE_N_NO_PROPOSAL_CHOSEN, IKE_E_NO_PROPOSAL},
                 {IKE_N_TS_UNACCEPTABLE, IKE_E_TS},
                 {IKE_N_SINGLE_PAIR_REQUIRED, IKE_E_TS},
                 {IKE_N_INTERNAL_ADDRESS_FAILURE, IKE_E_ADDRESS},
                 {IKE_N_FAILED_CP_REQUIRED, IKE_E_ADDRESS}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ladder l;
        ladder_init(&l);
        l.pcfg.script.child_error = cases[i].notify;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 1);
        assert_int_equal(l.child_ups, 0);
        assert_int_equal(l.child_downs, 1);
        assert_int_equal(l.child_err, cases[i].err);
        assert_int_equal(l.child_notify, cases[i].notify);
        assert_int_equal(l.closes, 0);
        assert_int_equal(ike_close(l.s, l.now), 0);
        ladder_drain(&l);
        ladder_run(&l);
        assert_int_equal(l.close_err, IKE_E_CLOSED);
        assert_int_equal(l.peer->is_deleted, 1);
        ladder_free(&l);
    }
}

/* RFC 7296 2.9, row 129, 158, 174: what we cannot accept is taken down at the gateway as well */
static void a_child_we_cannot_accept_is_deleted(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct ladder l;
        ike_ts net;
        ladder_init(&l);
        memset(&net, 0, sizeof(net));
        net.first.family = net.last.family = 4;
        net.first.ip[0] = net.last.ip[0] = 10;
        net.last.ip[1] = net.last.ip[2] = net.last.ip[3] = 255;
        net.last.port = 65535;
        l.cfg.ts_remote = &net;
        l.cfg.ts_remote_n = 1;
        l.pcfg.script.wide_ts = how == 0;
        l.pcfg.script.zero_spi = how == 1;
        l.pcfg.script.no_cp = how == 2;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 1);
        assert_int_equal(l.child_ups, 0);
        assert_int_equal(l.child_downs, 1);
        assert_int_equal(l.child_err, how == 0 ? IKE_E_TS : how == 1 ? IKE_E_SYNTAX : IKE_E_ADDRESS);
        assert_null(l.peer->child); /* our Delete arrived */
        ladder_free(&l);
    }
}

/* RFC 7296 2.9, row 173: narrowed selectors are the ones that count */
static void narrowed_selectors_are_taken(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.child.local_n, 1);
    assert_memory_equal(l.child.local[0].first.ip, l.pcfg.pool4.ip, 4);
    assert_memory_equal(l.child.local[0].last.ip, l.pcfg.pool4.ip, 4);
    assert_int_equal(l.configs, 1);
    ladder_free(&l);
}

static void remove_payload(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static uint8_t copy[4096];
    struct ike_msg_out fresh;
    struct ike_msg msg;
    unsigned which = *(unsigned *)user;

    if (exchange != IKE_X_IKE_AUTH || ike__msg_index(&msg, out->first, ike__span(out->buf.p, out->buf.n)) < 0)
        return;
    memcpy(copy, out->buf.p, out->buf.n);
    (void)ike__msg_index(&msg, out->first, ike__span(copy, out->buf.n));
    ike__out_init(&fresh, out->buf.p, out->buf.cap);
    for (uint32_t i = 0; i < msg.n; i++) {
        int copies = which < 100 ? (i == which ? 0 : 1) : (i == which - 100 ? 2 : 1);
        while (copies-- > 0)
            ike__out_payload(&fresh, msg.payload[i].type, msg.payload[i].body);
    }
    *out = fresh;
}

/* RFC 7296 1.2, rows 40, 41; KNOWN-HOLES 20: each payload removed, each doubled: never a half-made tunnel */
static void every_payload_missing_or_twice(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 206; which = which == 6 ? 100 : which + 1) {
        struct ladder l;
        ladder_init(&l);
        l.pcfg.script.edit = remove_payload;
        l.pcfg.script.user = &which;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        ladder_silence(&l);
        if (which < 2 || which >= 100) { /* IDr and AUTH are needed; nothing may stand there twice */
            assert_int_equal(l.child_ups, 0);
            assert_int_equal(l.ups, 0);
        }
        if (l.ups)
            assert_int_equal(l.child_ups + l.child_downs, 1);
        ladder_free(&l);
        if (which >= 105)
            break;
    }
}

/* row 101; FORMATS: certificates on both sides through asks, answered late */
static void certificates_by_asks(void **state)
{
    (void)state;
    for (int verdict = 0; verdict >= IKE_E_CERT_UNTRUSTED; verdict += IKE_E_CERT_UNTRUSTED) {
        struct ladder l;
        ike_span cert = ike__span_text("not looked at by the core");
        ladder_init(&l);
        l.cfg.auth_local = IKE_AUTH_CERT;
        l.cfg.local_certs = &cert;
        l.cfg.local_certs_n = 1;
        l.verify_verdict = verdict;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        /* the scripted gateway has no key store, so it refuses our signature: the ask was made all the same */
        assert_int_equal(l.asks, 2);
        assert_int_equal(l.close_err, IKE_E_PEER_DENIED);
        ladder_free(&l);
    }
}

static void remember_sigs(struct ladder *l, const ike_ask *ask)
{
    if (ask->kind == IKE_ASK_SIGN)
        memcpy(l->user, &ask->sigs, sizeof(ask->sigs));
}

/* RFC 7427 4: which hashes the gateway knows does not depend on what else it says in IKE_SA_INIT (RFC 6023 3) */
static void hashes_stand_beside_other_notifies(void **state)
{
    ike_span cert = ike__span_text("not looked at by the core");
    uint64_t sigs[2] = {0, 0};

    (void)state;
    for (int is_childless = 0; is_childless < 2; is_childless++) {
        struct ladder l;
        ladder_init(&l);
        l.cfg.auth_local = IKE_AUTH_CERT;
        l.cfg.local_certs = &cert;
        l.cfg.local_certs_n = 1;
        l.cfg.childless = 1;
        l.pcfg.script.childless = (uint8_t)is_childless;
        l.saw_ask = remember_sigs;
        l.user = &sigs[is_childless];
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        ladder_free(&l);
    }
    assert_true(sigs[0] & IKE_SIG_BIT(IKE_SIG_PSS_SHA256));
    assert_true(sigs[1] == sigs[0]);
}

static int sign_anything(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    (void)ask;
    *n = 64 < cap ? 64 : cap;
    memset(out, 7, *n);
    return IKE_SIG_PSS_SHA256;
}

/* A hash and a URL, PKCS #7, an OCSP response and a raw key that nobody asked for. */
static void add_other_encodings(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static const uint8_t encodings[] = {1, IKE_CERT_HASH_URL, 13, IKE_CERT_OCSP, IKE_CERT_RAW_KEY};
    struct ike_cert cert = {.data = ike__span_text("....................http://gw.test/gw.der")};

    (void)user;
    for (size_t i = 0; exchange == IKE_X_IKE_AUTH && i < sizeof(encodings); i++) {
        cert.encoding = encodings[i];
        ike__cert_write(out, IKE_P_CERT, &cert);
    }
}

/* row 113, RFC 7296 3.6; KNOWN-HOLES 51: only X.509 certificates are looked at, nothing is fetched */
static void other_encodings_of_certificates_are_left(void **state)
{
    static const ike_keystore keys = {.abi = IKE_KEYSTORE_ABI, .answer = sign_anything};

    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        struct ladder l;
        ike_span cert = n ? ike__span_text("not looked at by the core") : ike__span(NULL, 0);
        ladder_init(&l);
        l.cfg.auth_remote = IKE_AUTH_CERT;
        l.pcfg.keys = &keys;
        l.pcfg.certs = &cert;
        l.pcfg.certs_n = 1;
        l.pcfg.script.edit = add_other_encodings;
        l.asked_certs = 99;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.asked_certs, n);
        ladder_free(&l);
    }
}

/* KNOWN-HOLES 32: requests of the gateway before it has proven itself change nothing */
static void requests_before_auth_are_ignored(void **state)
{
    static const uint8_t exchanges[] = {IKE_X_CREATE_CHILD_SA, IKE_X_INFORMATIONAL, IKE_X_IKE_AUTH, 250};

    (void)state;
    for (size_t i = 0; i < sizeof(exchanges); i++) {
        struct ladder l;
        struct ike_msg_out out;
        uint8_t body[64];
        ladder_init(&l);
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0);
        l.out_n = 0;
        (void)ladder_deliver_in(&l, 0);
        l.in_n = 0;
        ike__out_init(&out, body, sizeof(body));
        ike__delete_write_ike(&out);
        assert_int_equal(peer_request(l.peer, exchanges[i], &out), 0);
        l.peer->path.local.port = 4500;
        {
            ike_path to;
            l.to_client[0].n =
                (size_t)peer_poll_send(l.peer, l.to_client[0].p, sizeof(l.to_client[0].p), &to);
            l.to_client[0].path.remote.port = 4500;
        }
        assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
        assert_int_equal(l.closes, 0);
        l.peer->next_out = 0;
        ladder_run(&l);
        assert_int_equal(l.ups, 1);
        ladder_free(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_auth_is_refused_and_said),
        cmocka_unit_test(another_identity_is_refused),
        cmocka_unit_test(nobody_is_refused),
        cmocka_unit_test(refusals_carry_the_notify),
        cmocka_unit_test(wrong_psk_at_the_gateway),
        cmocka_unit_test(a_denied_ask_ends_the_attempt),
        cmocka_unit_test(a_method_that_is_not_allowed_is_refused),
        cmocka_unit_test(a_refused_child_leaves_the_ike_sa),
        cmocka_unit_test(a_child_we_cannot_accept_is_deleted),
        cmocka_unit_test(narrowed_selectors_are_taken),
        cmocka_unit_test(every_payload_missing_or_twice),
        cmocka_unit_test(certificates_by_asks),
        cmocka_unit_test(hashes_stand_beside_other_notifies),
        cmocka_unit_test(other_encodings_of_certificates_are_left),
        cmocka_unit_test(requests_before_auth_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
