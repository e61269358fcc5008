/* tests/exchange/proofs_test.c - what IKE_AUTH proves, and in which order it is looked at. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/forge.h"
#include "wire/payloads.h"
#include <stdlib.h>

/* RFC 7296 2.21.2, row 104: as long as nothing is proven, what stands beside the proof is not even read */
static void nothing_is_read_before_the_proof(void **state)
{
    static const uint8_t types[] = {IKE_P_SA, IKE_P_TSi, IKE_P_TSr, IKE_P_CP};

    (void)state;
    for (size_t i = 0; i < sizeof(types); i++)
        for (int wrong = 0; wrong < 3; wrong++) {
            struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .type = types[i]};
            struct ladder l;

            c.body = ike__span_text("garbage");
            ladder_init(&l);
            l.pcfg.script.edit = forge_edit;
            l.pcfg.script.user = &c;
            l.pcfg.script.wrong_auth = wrong > 0;
            l.pcfg.id = wrong == 2 ? "other.test" : "gw.test";
            assert_int_equal(ladder_connect(&l), 0);
            ladder_run(&l);
            assert_int_equal(l.ups, wrong == 0);
            assert_int_equal(l.child_downs, wrong == 0); /* proven: the IKE SA stands, the child does not */
            assert_int_equal(l.child_ups, 0);
            if (wrong)
                assert_int_equal(l.configs, 0);
            assert_int_equal(l.close_err, wrong == 0 ? 0 : wrong == 1 ? IKE_E_AUTH : IKE_E_PEER_ID);
            ladder_free(&l);
        }
}

struct verdicts {
    unsigned asks, configs, certs_n, ocsp_n;
    int verdict, wants_ocsp;
    const char *unchecked;
};

static void judge(struct ladder *l, const ike_ask *a)
{
    struct verdicts *v = l->user;

    if (a->kind != IKE_ASK_VERIFY)
        return;
    v->asks++;
    v->configs = l->configs + l->ups + l->child_ups;
    v->certs_n = a->certs_n;
    v->ocsp_n = a->ocsp_n;
    l->verify_verdict = v->verdict;
    for (uint32_t i = 0; i < a->ocsp_n; i++)
        assert_true(ike__span_equal(a->ocsp[i], ike__span_text("DER")));
    if (v->unchecked)
        (void)ike_answer(l->s, a->id, v->verdict, ike__span_text(v->unchecked), l->now);
}

/* A gateway with many certificates, whose signature is the host's to judge. */
static void with_certs(struct ladder *l, struct verdicts *v, unsigned certs, uint8_t encoding)
{
    static const uint8_t auth[] = {IKE_AUTHM_RSA, 0, 0, 0, 1, 2, 3, 4};
    const uint8_t cert[] = {encoding, 'D', 'E', 'R'};
    struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .type = IKE_P_AUTH, .add = IKE_P_CERT};

    c.body = ike__span(auth, sizeof(auth));
    c.add_body = ike__span(cert, sizeof(cert));
    c.add_n = certs;
    ladder_init(l);
    l->cfg.auth_remote = IKE_AUTH_CERT;
    l->cfg.want_ocsp = (uint32_t)v->wants_ocsp;
    l->saw_ask = judge;
    l->user = v;
    l->pcfg.script.edit = forge_edit;
    l->pcfg.script.user = &c;
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
}

/* RFC 7296 2.21.2, 3.6, rows 104, 112: certificates and signature are judged before anything is set up; of more
 * certificates than ten the first ten are looked at */
static void the_verdict_comes_before_the_tunnel(void **state)
{
    static const unsigned certs[] = {1, 4, 10, 11, 40};

    (void)state;
    for (size_t i = 0; i < sizeof(certs) / sizeof(certs[0]); i++)
        for (int bad = 0; bad < 2; bad++) {
            struct verdicts v = {.verdict = bad ? IKE_E_CERT_EXPIRED : 0};
            struct ladder l;

            with_certs(&l, &v, certs[i], IKE_CERT_X509_SIGNATURE);
            assert_int_equal(v.asks, 1);
            assert_int_equal(v.configs, 0);
            assert_int_equal(v.certs_n, certs[i] < 10 ? certs[i] : 10);
            assert_int_equal(l.child_ups, !bad);
            assert_int_equal(l.close_err, bad ? IKE_E_CERT_EXPIRED : 0);
            if (bad)
                assert_int_equal(l.peer->heard_error, IKE_N_AUTHENTICATION_FAILED);
            ladder_free(&l);
        }
}

/* RFC 7296 3.6, rows 113, 114: a hash and a URL is never asked for, so it is not looked at, let alone fetched; nor is any
 * other encoding: PKCS#7 (KNOWN-HOLES 51), raw keys (RFC 7670 3, row 138, KNOWN-HOLES 39) */
static void other_encodings_are_not_looked_at(void **state)
{
    static const uint8_t encodings[] = {0, 1, 2, 7, 10, 11, 12, 13, 14, 15, 200};

    (void)state;
    for (size_t i = 0; i < sizeof(encodings); i++) {
        struct verdicts v = {.verdict = 0};
        struct ladder l;

        with_certs(&l, &v, 3, encodings[i]);
        assert_int_equal(v.asks, 1); /* it is the host's verdict whether it knows the gateway without */
        assert_int_equal(v.certs_n, 0);
        ladder_free(&l);
    }
}

/* RFC 4806 3.1, 4.1, row 120: asked for, OCSP responses come with the certificates and go to the host's verdict, four at
 * most; not asked for, they are not looked at */
static void ocsp_responses(void **state)
{
    static const unsigned counts[] = {1, 4, 9};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int wants = 0; wants < 2; wants++) {
            struct verdicts v = {.verdict = 0, .wants_ocsp = wants};
            struct ladder l;

            with_certs(&l, &v, counts[i], IKE_CERT_OCSP);
            assert_int_equal(l.peer->heard_ocsp, wants);
            assert_int_equal(v.certs_n, 0);
            assert_int_equal(v.ocsp_n, !wants ? 0 : counts[i] < 4 ? counts[i] : 4);
            assert_int_equal(l.ups, 1);
            ladder_free(&l);
        }
}

/* A verdict that says yes, and what it did not look at: both are heard. */
static void a_verdict_in_part(void **state)
{
    struct verdicts v = {.verdict = IKE_VERIFIED_IN_PART, .unchecked = "whether \x01 this is revoked: gw"};
    struct ladder l;

    (void)state;
    with_certs(&l, &v, 1, IKE_CERT_X509_SIGNATURE);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.warnings, 1);
    assert_string_equal(l.warning, "not checked: whether \\x01 this is revoked: gw");
    ladder_free(&l);
}

/* What comes of it: 0, a connection; or why not. */
static int outcome(struct ladder *l)
{
    int err;

    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
    err = l->close_err;
    assert_int_equal(l->ups, err == 0);
    assert_int_equal(l->child_ups, err == 0);
    ladder_free(l);
    return err;
}

static int connects_as(const char *gateway, const char *expected)
{
    struct ladder l;

    ladder_init(&l);
    l.pcfg.id = gateway;
    l.cfg.remote_id = expected;
    return outcome(&l);
}

/* RFC 7296 3.5, row 107: the type is part of the identity; one we have no name for is nobody we expect */
static void the_type_is_part_of_the_identity(void **state)
{
    static const uint8_t types[] = {0, 1, 3, 4, 5, 9, 10, 11, 12, 200, 255};

    (void)state;
    assert_int_equal(connects_as("keyid:gw.test", "keyid:gw.test"), 0);
    assert_int_equal(connects_as("keyid:gw.test", "gw.test"), IKE_E_PEER_ID);
    assert_int_equal(connects_as("gw.test", "keyid:gw.test"), IKE_E_PEER_ID);
    assert_int_equal(connects_as("email:gw.test", "fqdn:gw.test"), IKE_E_PEER_ID);
    for (size_t i = 0; i < sizeof(types); i++) {
        uint8_t body[] = {types[i], 0, 0, 0, 'g', 'w', '.', 't', 'e', 's', 't'};
        struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .type = IKE_P_IDr};
        struct ladder l;

        c.body = ike__span(body, sizeof(body));
        ladder_init(&l);
        l.pcfg.script.edit = forge_edit;
        l.pcfg.script.user = &c;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 0);
        assert_true(l.close_err == IKE_E_PEER_ID || l.close_err == IKE_E_SYNTAX);
        ladder_free(&l);
    }
}

/* RFC 7296 2.15, row 125: both messages of IKE_SA_INIT are signed as they came: an octet that was changed on the way,
 * even one that says nothing, and the proof fails, at whichever end it was changed */
static void changed_messages_are_noticed(void **state)
{
    (void)state;
    for (int ours = 0; ours < 2; ours++)
        for (int cookie = 0; cookie < 2; cookie++) {
            struct ladder l;

            ladder_init(&l);
            l.pcfg.script.cookies = (uint32_t)cookie;
            assert_int_equal(ladder_connect(&l), 0);
            if (cookie) {
                (void)ladder_deliver_out(&l, 0);
                ladder_drop(&l);
                (void)ladder_deliver_in(&l, 0);
                assert_int_equal(l.out_n, 1);
            }
            if (ours)
                l.to_gateway[0].p[19] |= 0x80; /* a flag that nobody knows */
            (void)ladder_deliver_out(&l, 0);
            ladder_drop(&l);
            l.in_n = 1;
            if (!ours)
                l.to_client[0].p[19] |= 0x80;
            ladder_run(&l);
            ladder_silence(&l);
            assert_int_equal(l.ups, 0);
            assert_int_equal(l.close_err, ours ? IKE_E_PEER_DENIED : IKE_E_AUTH);
            ladder_free(&l);
        }
}

/* KNOWN-HOLES 54, 56; RFC 7296 2.15: whatever octet of IKE_SA_INIT somebody changes on the way, in either direction, the
 * connection does not come about with it */
static void no_octet_of_ike_sa_init_can_be_changed(void **state)
{
    size_t n[2] = {1, 1};

    (void)state;
    for (int ours = 0; ours < 2; ours++)
        for (size_t i = 0; i < n[ours]; i++) {
            static struct ladder l;

            ladder_init(&l);
            l.cfg.auth_remote = l.cfg.auth_local = IKE_AUTH_PSK;
            assert_int_equal(ladder_connect(&l), 0);
            n[1] = l.to_gateway[0].n;
            if (ours)
                l.to_gateway[0].p[i] ^= (uint8_t)(1u << i % 8);
            (void)ladder_deliver_out(&l, 0);
            ladder_drop(&l);
            if (l.in_n == 0 && ours) { /* the gateway has not even answered */
                ladder_free(&l);
                continue;
            }
            n[0] = l.to_client[0].n;
            if (!ours)
                l.to_client[0].p[i] ^= (uint8_t)(1u << i % 8);
            ladder_run(&l);
            assert_int_equal(l.ups + l.child_ups, 0);
            ladder_free(&l);
        }
    assert_true(n[0] > 150 && n[1] > 150);
}

/* KNOWN-HOLES 13; RFC 7296 3.5: an identity of any length is read in its bounds, and is nobody we expect */
static void identities_of_any_length(void **state)
{
    static uint8_t body[3000];

    (void)state;
    memset(body, 'a', sizeof(body));
    for (size_t n = 0; n <= sizeof(body); n = n < 20 ? n + 1 : n * 3 / 2)
        for (uint8_t type = 0; type < 14; type++) {
            static struct ladder l;
            struct forge_change c = {.exchange = IKE_X_IKE_AUTH, .type = IKE_P_IDr};

            body[0] = type;
            c.body = ike__span(body, n);
            ladder_init(&l);
            l.pcfg.script.edit = forge_edit;
            l.pcfg.script.user = &c;
            assert_int_equal(ladder_connect(&l), 0);
            ladder_run(&l);
            assert_int_equal(l.ups, 0);
            assert_true(l.close_err == IKE_E_SYNTAX || (n >= 4 && l.close_err == IKE_E_PEER_ID));
            ladder_free(&l);
        }
}

/* RFC 4555 3.9, row 244: where no NAT is allowed, and the gateway has found one in IKE_AUTH: from a new IKE_SA_INIT on, as
 * often as anything is sent again, for somebody may have changed one packet */
static unsigned refusals_left, inits_seen;

static void find_a_nat(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    (void)user;
    inits_seen += exchange == IKE_X_IKE_SA_INIT;
    if (exchange != IKE_X_IKE_AUTH || refusals_left == 0)
        return;
    refusals_left--;
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__notify_write(out, IKE_N_UNEXPECTED_NAT_DETECTED, ike__span(NULL, 0));
}

static void a_nat_that_comes_and_goes(void **state)
{
    static const struct {
        unsigned refusals, inits;
        int no_nats;
    } cases[] = {{0, 1, 1}, {2, 3, 1}, {5, 6, 1}, {6, 6, 1}, {1, 1, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        int comes = cases[i].refusals < cases[i].inits;
        struct ladder l;

        refusals_left = cases[i].refusals;
        inits_seen = 0;
        ladder_init(&l);
        l.cfg.encap = IKE_ENCAP_AUTO;
        l.cfg.no_nats = (uint32_t)cases[i].no_nats;
        l.pcfg.script.again = 1;
        l.pcfg.script.edit = find_a_nat;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(inits_seen, cases[i].inits);
        assert_int_equal(l.ups, comes);
        assert_int_equal(l.close_err, comes ? 0 : IKE_E_REFUSED);
        assert_int_equal(l.close_notify, comes ? 0 : IKE_N_UNEXPECTED_NAT_DETECTED);
        ladder_free(&l);
    }
}

static void give_key(struct ladder *l, const ike_ask *a)
{
    if (a->kind == IKE_ASK_PSK)
        (void)ike_answer(l->s, a->id, 0, *(const ike_span *)l->user, l->now);
}

static int connects_with(ike_span ours, ike_span theirs)
{
    struct ladder l;

    ladder_init(&l);
    l.saw_ask = give_key;
    l.user = &ours;
    l.pcfg.psk = theirs;
    return outcome(&l);
}

/* RFC 7296 2.15, row 126: any octets, as many as you like; no final NUL is added or taken away */
static void shared_keys_are_octets(void **state)
{
    static uint8_t key[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = (uint8_t)(i * 7); /* begins with a NUL, and there are more */
    for (size_t n = 1; n <= sizeof(key); n = n < 70 ? n + 1 : 2 * n) {
        assert_int_equal(connects_with(ike__span(key, n), ike__span(key, n)), 0);
        assert_int_equal(connects_with(ike__span(key, n), ike__span(key, n - (n > 1))),
                         n > 1 ? IKE_E_PEER_DENIED : 0);
    }
    assert_int_equal(connects_with(ike__span("secret", 6), ike__span("secret", 7)), IKE_E_PEER_DENIED);
    assert_int_equal(connects_with(ike__span("secret", 7), ike__span("secret", 6)), IKE_E_PEER_DENIED);
}

static unsigned requests_seen, contacts_seen;

static void read_log(void *user, const ike_log *rec)
{
    (void)user;
    if (rec->level != IKE_LOG_LADDER || strncmp(rec->text, "--> IKE_AUTH", 12) != 0)
        return;
    requests_seen++;
    contacts_seen += strstr(rec->text, "INITIAL_CONTACT") != NULL;
}

/* RFC 7296 2.4, row 135: only if the host says that nobody else connects with this identity, and not while our own
 * old SA still stands */
static void initial_contact_is_said_if_it_is_true(void **state)
{
    (void)state;
    for (uint32_t is_alone = 0; is_alone < 2; is_alone++) {
        struct ladder l;

        requests_seen = contacts_seen = 0;
        ladder_init(&l);
        l.cfg.initial_contact = is_alone;
        l.env.log = read_log;
        l.pcfg.script.again = 1;
        l.pcfg.script.auth_lifetime = 600;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(requests_seen, 1);
        assert_int_equal(contacts_seen, is_alone);
        for (int i = 0; i < 50 && l.rekeyed == 0; i++) {
            ladder_tick(&l);
            ladder_run(&l);
        }
        assert_int_equal(requests_seen, 2);
        assert_int_equal(contacts_seen, is_alone);
        ladder_free(&l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_read_before_the_proof),
        cmocka_unit_test(the_verdict_comes_before_the_tunnel),
        cmocka_unit_test(other_encodings_are_not_looked_at),
        cmocka_unit_test(ocsp_responses),
        cmocka_unit_test(a_verdict_in_part),
        cmocka_unit_test(the_type_is_part_of_the_identity),
        cmocka_unit_test(changed_messages_are_noticed),
        cmocka_unit_test(no_octet_of_ike_sa_init_can_be_changed),
        cmocka_unit_test(identities_of_any_length),
        cmocka_unit_test(a_nat_that_comes_and_goes),
        cmocka_unit_test(shared_keys_are_octets),
        cmocka_unit_test(initial_contact_is_said_if_it_is_true),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
