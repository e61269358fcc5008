/* tests/exchange/headers_test.c - numbers, versions, flags and reserved bits, as they come from the wire. SPDX-License-Identifier: Apache-2.0 */
#include "crypto/authoctets.h"
#include "up.h"
#include "peer/forge.h"
#include "wire/payloads.h"

static struct ike_header header_of(const struct datagram *d)
{
    size_t mark = d->path.remote.port == 500 ? 0 : IKE_MARKER_LEN;
    struct ike_header h;

    assert_int_equal(ike__header_read(ike__span(d->p + mark, d->n - mark), &h), 0);
    return h;
}

/* What the client has just sent goes to the gateway, and the answer back. */
static struct ike_header one_rung(struct ladder *l)
{
    struct ike_header h;

    assert_int_equal(l->out_n, 1);
    h = header_of(&l->to_gateway[0]);
    (void)ladder_deliver_out(l, 0);
    l->out_n = 0;
    assert_int_equal(l->in_n, 1);
    (void)ladder_deliver_in(l, 0);
    l->in_n = 0;
    return h;
}

/* RFC 7296 2.2, rows 9, 10: IKE_SA_INIT is 0, with a cookie and with another group too; IKE_AUTH 1, and one more each */
static void message_ids_of_the_handshake(void **state)
{
    static const uint32_t expected[] = {0, 0, 0, 1, 2, 3};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.cookies = 1;
    l.pcfg.ike_suites = "aes256gcm16-prfsha256-ecp384";
    assert_int_equal(ladder_connect(&l), 0);
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        struct ike_header h;

        if (i > 3) {
            assert_int_equal(ike_check_alive(l.s, l.now), 0);
            ladder_drain(&l);
        }
        h = one_rung(&l);
        assert_int_equal(h.exchange, i < 3    ? IKE_X_IKE_SA_INIT
                                     : i == 3 ? IKE_X_IKE_AUTH
                                              : IKE_X_INFORMATIONAL);
        assert_int_equal(h.message_id, expected[i]);
    }
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7296 2.5, 3.1, RFC 9395 3, rows 27, 87: answers of another major version, IKEv1 among them, are no answers;
 * nothing of ours is ever of another one than 2 */
static void other_major_versions_are_dropped(void **state)
{
    (void)state;
    for (unsigned major = 0; major < 16; major++) {
        struct datagram genuine;
        struct ladder l;

        ladder_init(&l);
        assert_int_equal(ladder_connect(&l), 0);
        assert_int_equal(l.to_gateway[0].p[17], 0x20);
        (void)ladder_deliver_out(&l, 0);
        ladder_drop(&l);
        if (major == 2) {
            ladder_free(&l);
            continue;
        }
        genuine = l.to_client[0];
        l.to_client[0].p[17] = (uint8_t)(major << 4);
        assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
        l.to_client[0].p[18] = 2; /* Main Mode */
        assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
        assert_int_equal(l.out_n, 0);
        ladder_tick(&l); /* still asking, in IKEv2 */
        assert_int_equal(l.out_n, 1);
        assert_int_equal(l.to_gateway[0].p[17], 0x20);
        ladder_drop(&l);
        l.to_client[0] = genuine;
        l.in_n = 1;
        ladder_run(&l);
        assert_int_equal(l.child_ups, 1);
        ladder_free(&l);
    }
}

/* RFC 7296 2.5, 2.21.1, row 28: INVALID_MAJOR_VERSION in the clear: a hint, told when nothing better comes */
static void invalid_major_version_is_a_hint(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.init_error = IKE_N_INVALID_MAJOR_VERSION;
    assert_int_equal(ladder_connect(&l), 0);
    (void)one_rung(&l);
    assert_int_equal(l.closes, 0);
    for (int i = 0; i < 20 && l.closes == 0; i++) {
        for (unsigned k = 0; k < l.out_n; k++)
            assert_int_equal(l.to_gateway[k].p[17], 0x20);
        ladder_drop(&l);
        ladder_tick(&l);
    }
    assert_int_equal(l.close_err, IKE_E_REFUSED);
    assert_int_equal(l.close_notify, IKE_N_INVALID_MAJOR_VERSION);
    assert_true(l.total_out > 1);
    ladder_free(&l);
}

/* RFC 7296 2.5, 3.1, rows 29, 30, 31: minor version, V flag and unknown flags do not matter, in the clear or sealed */
static void what_the_header_may_hold(void **state)
{
    static const struct {
        uint8_t version, flags;
    } cases[] = {{0x21, 0}, {0x2f, 0}, {0x20, 0x10}, {0x20, 0x01}, {0x20, 0x80}, {0x2f, 0xd7}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct forged f;
        struct ladder l;

        ladder_init(&l);
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0);
        ladder_drop(&l);
        l.in_n = 1;
        l.to_client[0].p[17] = l.peer->init_sent[17] = cases[i].version;
        l.to_client[0].p[19] |= cases[i].flags;
        l.peer->init_sent[19] |= cases[i].flags;
        ladder_run(&l);
        assert_int_equal(l.child_ups, 1);
        f = forge(&l, IKE_X_INFORMATIONAL, 0, 0);
        f.h.version = cases[i].version;
        f.h.flags |= cases[i].flags;
        assert_int_equal(forge_deliver(&l, &f), 0);
        assert_int_equal(l.out_n, 1);
        assert_int_equal(header_of(&l.to_gateway[0]).version, 0x20); /* ours are as they should be */
        assert_int_equal(header_of(&l.to_gateway[0]).flags, IKE_FLAG_INITIATOR | IKE_FLAG_RESPONSE);
        ladder_free(&l);
    }
}

/* AUTH once more, over an IDr whose reserved octets are set. */
static void prove(struct peer *p, ike_span id, uint8_t *auth)
{
    uint8_t octets[8192];
    struct ike_buf b;

    ike__buf_init(&b, octets, sizeof(octets));
    assert_int_equal(ike__auth_octets(NULL, p->sa.prf, ike__span(p->init_sent, p->init_sent_n),
                                      ike__span(p->ni, p->ni_n),
                                      ike__span(p->sa.keys->pr, p->sa.prf->out_len), id, &b),
                     0);
    assert_int_equal(ike__auth_psk(NULL, p->sa.prf, p->cfg.psk, ike__span(b.p, b.n), auth), 0);
}

static void set_reserved(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    struct ladder *l = user;
    const struct ike_payload *id = NULL;
    struct ike_msg msg;

    (void)exchange;
    assert_int_equal(ike__msg_index(&msg, out->first, ike__span(out->buf.p, out->buf.n)), 0);
    for (uint32_t i = 0; i < msg.n; i++) {
        uint8_t *body = (uint8_t *)(uintptr_t)msg.payload[i].body.p;

        body[-3] |= 0x7f; /* generic header */
        switch (msg.payload[i].type) {
        case IKE_P_KE:
            memset(body + 2, 0xff, 2);
            break;
        case IKE_P_IDr:
            id = &msg.payload[i];
            memset(body + 1, 0xff, 3);
            break;
        case IKE_P_AUTH:
            memset(body + 1, 0xff, 3);
            assert_non_null(id);
            prove(l->peer, id->body, body + 4);
            break;
        case IKE_P_CP:
        case IKE_P_TSi:
        case IKE_P_TSr:
            memset(body + 1, 0xff, 3);
            break;
        default:
            break;
        }
    }
}

/* RFC 7296 2.5, 2.15, 3.2, 3.5, row 31: RESERVED is ignored, but what AUTH signs holds that of IDr as it came */
static void reserved_octets_are_ignored_and_signed(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.edit = set_reserved;
    l.pcfg.script.user = &l;
    up(&l);
    assert_string_equal(l.peer_id, "gw.test");
    ladder_free(&l);
}

/* RFC 7296 2.21.4, 3.1, row 33: the R flag alone says what a message is, and what is a response is never answered */
static void the_response_flag_decides(void **state)
{
    struct forged f;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(ike_check_alive(l.s, l.now), 0);
    ladder_drain(&l);
    assert_int_equal(header_of(&l.to_gateway[0]).message_id, 2);
    ladder_drop(&l);
    f = forge(&l, IKE_X_INFORMATIONAL, 0, 2); /* the answer, with R clear: a request out of the window */
    assert_int_equal(forge_deliver(&l, &f), IKE_E_DISCARD);
    f = forge(&l, IKE_X_INFORMATIONAL, 1, 0); /* a request, with R set: an answer to nothing */
    assert_int_equal(forge_deliver(&l, &f), IKE_E_DISCARD);
    assert_int_equal(l.out_n, 0);
    ladder_tick(&l); /* our question is still out */
    assert_int_equal(l.out_n, 1);
    ladder_drop(&l);
    f = forge(&l, IKE_X_INFORMATIONAL, 1, 2); /* authentic and malformed, yet a response */
    f.first = IKE_P_NOTIFY;
    f.chain = ike__span_text("no payload");
    assert_int_equal(forge_deliver(&l, &f), IKE_E_SYNTAX);
    assert_int_equal(l.out_n, 0);
    assert_int_equal(l.close_err, IKE_E_SYNTAX);
    ladder_free(&l);
}

/* RFC 7296 3.1, 3.14, RFC 7383 2.5, row 43: SK is the last payload, and there is none in another */
static void nothing_stands_behind_sk(void **state)
{
    static const uint8_t notify[] = {0, 0, 0, 8, 0, 0, 0x9c, 0x40};
    static const uint8_t inside[] = {0, 0, 0, 40, 0, 1, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
                                     9, 9, 9, 9,  9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9};
    struct forged f;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    f = forge(&l, IKE_X_INFORMATIONAL, 0, 0);
    f.behind = ike__span(notify, sizeof(notify));
    assert_int_equal(forge_deliver(&l, &f), IKE_E_DISCARD);
    f.behind = ike__span(notify, 1);
    assert_int_equal(forge_deliver(&l, &f), IKE_E_DISCARD);
    assert_int_equal(l.total_out, 0);
    ladder_free(&l);
    for (uint8_t type = IKE_P_SK; type <= IKE_P_SKF; type = (uint8_t)(type + IKE_P_SKF - IKE_P_SK)) {
        ladder_init(&l);
        up(&l);
        f = forge(&l, IKE_X_INFORMATIONAL, 0, 0);
        f.first = type;
        f.chain = ike__span(inside, sizeof(inside));
        (void)forge_deliver(&l, &f);
        ladder_run(&l);
        assert_int_equal(l.peer->heard_error, IKE_N_INVALID_SYNTAX);
        assert_int_equal(l.close_err, IKE_E_SYNTAX);
        ladder_free(&l);
    }
}

/* RFC 7296 3.14, row 55: what the gateway takes for its IVs is its own affair */
static void any_iv_is_taken(void **state)
{
    static const uint64_t ivs[] = {0, 0, 7, 7, UINT64_MAX - 1, 1};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    for (uint32_t i = 0; i < sizeof(ivs) / sizeof(ivs[0]); i++) {
        struct forged f = forge(&l, IKE_X_INFORMATIONAL, 0, i);

        l.peer->sa.seal.iv = ivs[i];
        assert_int_equal(forge_deliver(&l, &f), 0);
        assert_int_equal(l.out_n, i + 1);
    }
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_ids_of_the_handshake),
        cmocka_unit_test(other_major_versions_are_dropped),
        cmocka_unit_test(invalid_major_version_is_a_hint),
        cmocka_unit_test(what_the_header_may_hold),
        cmocka_unit_test(reserved_octets_are_ignored_and_signed),
        cmocka_unit_test(the_response_flag_decides),
        cmocka_unit_test(nothing_stands_behind_sk),
        cmocka_unit_test(any_iv_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
