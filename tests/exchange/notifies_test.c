/* tests/exchange/notifies_test.c - what a peer may say beside the matter, known to us or not. SPDX-License-Identifier: Apache-2.0 */
#include "up.h"
#include "exchange/exchange.h"
#include "peer/forge.h"
#include "wire/payloads.h"

/* The gateway answers, with this payload in every message, and nothing comes of it. */
static void changes_nothing(uint8_t type, ike_span body, unsigned n)
{
    struct forge_change c = {.add = type, .add_body = body, .add_n = n};

    for (c.is_in_front = 0; c.is_in_front < 2; c.is_in_front++) {
        struct ladder l;

        ladder_init(&l);
        l.pcfg.script.edit = forge_edit;
        l.pcfg.script.user = &c;
        up(&l);
        assert_int_equal(ike_check_alive(l.s, l.now), 0);
        ladder_drain(&l);
        ladder_run(&l);
        assert_int_equal(l.peer->next_in, 3);
        assert_int_equal(l.child_downs + l.closes + l.warnings, 0);
        ladder_free(&l);
    }
}

/* A request of the gateway with this notify gets an empty answer, and nothing comes of it. */
static void is_answered_with_nothing(uint16_t type, ike_span data)
{
    struct ladder l;

    ladder_init(&l);
    up(&l);
    assert_int_equal(forge_notify(&l, type, data), 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].n,
                     4 + 28 + 4 + 8 + 1 + 16); /* header, SK, IV, no payload, Pad Length, ICV */
    ladder_run(&l);
    assert_int_equal(l.peer->answered, 1);
    assert_int_equal(l.peer->heard_error, 0);
    assert_int_equal(l.child_downs + l.closes + l.warnings, 0);
    assert_int_equal(ike_deadline(l.s), IKE_NEVER);
    ladder_free(&l);
}

/* RFC 7296 3.12, row 46: vendor ids: strange ones, empty ones, many of them */
static void vendor_ids_do_not_matter(void **state)
{
    (void)state;
    changes_nothing(IKE_P_VENDOR, ike__span_text("a vendor nobody has heard of"), 1);
    changes_nothing(IKE_P_VENDOR, ike__span(NULL, 0), 1);
    changes_nothing(IKE_P_VENDOR, ike__span_text("twice and more"), 20);
}

/* RFC 7296 3.10.1, row 49: status types that we do not know, the private ones included, in any message */
static void unknown_status_types_are_ignored(void **state)
{
    static const uint16_t types[] = {16384 + 8000, 40959, 40960, 50000, 65535};
    uint8_t buf[64];

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        changes_nothing(IKE_P_NOTIFY,
                        forge_notify_body(buf, sizeof(buf), types[i], ike__span_text("whatever")), 3);
        is_answered_with_nothing(types[i], ike__span_text("whatever"));
        is_answered_with_nothing(types[i], ike__span(NULL, 0));
    }
}

/* RFC 7296 3.10.1, row 48: "… in a request … MUST be ignored": error types that we do not know */
static void unknown_errors_in_requests_are_ignored(void **state)
{
    static const uint16_t types[] = {2, 3, 50, 8191, 8192, 9999, 16383};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        is_answered_with_nothing(types[i], ike__span_text("?"));
}

/* RFC 7296 1.3.1, 2.4, 2.22, rows 134, 181, 182: known, but not meant for us or not there: INITIAL_CONTACT is about other
 * SAs of the one who hears it, and a session has none; what a child can do belongs to the message that makes it */
static void notifies_in_the_wrong_place_are_ignored(void **state)
{
    static const uint16_t types[] = {IKE_N_INITIAL_CONTACT, IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED,
                                     IKE_N_NON_FIRST_FRAGMENTS_ALSO};
    static const uint8_t deflate[] = {0x12, 0x34, 2};
    uint8_t buf[64];

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        changes_nothing(IKE_P_NOTIFY, forge_notify_body(buf, sizeof(buf), types[i], ike__span(NULL, 0)), 1);
        is_answered_with_nothing(types[i], ike__span(NULL, 0));
    }
    is_answered_with_nothing(IKE_N_IPCOMP_SUPPORTED, ike__span(deflate, sizeof(deflate)));
    is_answered_with_nothing(IKE_N_USE_TRANSPORT_MODE, ike__span(NULL, 0));
}

/* RFC 7296 2.3, row 13: a window of one is within any; 0 and what is no number change nothing either */
static void window_sizes_do_not_hurry_us(void **state)
{
    static const uint8_t sizes[][5] = {{0, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 0, 9}, {255, 255, 255, 255}, {9}};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (size_t n = 0; n <= 5; n++) {
            uint8_t buf[64];
            struct forge_change c = {.add = IKE_P_NOTIFY};
            struct ladder l;

            c.add_body = forge_notify_body(buf, sizeof(buf), IKE_N_SET_WINDOW_SIZE, ike__span(sizes[i], n));
            ladder_init(&l);
            l.pcfg.script.edit = forge_edit;
            l.pcfg.script.user = &c;
            up(&l);
            assert_int_equal(forge_notify(&l, IKE_N_SET_WINDOW_SIZE, ike__span(sizes[i], n)), 0);
            ladder_drop(&l);
            assert_int_equal(ike_rekey(l.s, 1, l.now), 0); /* two intents, one after the other */
            assert_int_equal(ike_rekey(l.s, 0, l.now), 0);
            ladder_drain(&l);
            assert_int_equal(l.out_n, 1);
            ladder_run(&l);
            assert_int_equal(l.peer->next_in, 2 + 2);
            assert_int_equal(l.closes, 0);
            ladder_free(&l);
        }
}

/* An unprotected message with one notify, as somebody on the way can write it. */
static int in_the_clear(struct ladder *l, uint8_t exchange, uint8_t flags, uint32_t id, uint16_t type)
{
    struct ike_header h = ike__ike_sa_header(&l->peer->sa, exchange, 0, id);
    struct datagram *d = &l->to_client[0];
    struct ike_msg_out out;
    struct ike_buf b;
    uint8_t body[64];

    ike__out_init(&out, body, sizeof(body));
    ike__notify_write(&out, type, ike__span(NULL, 0));
    h.flags = flags;
    h.next = out.first;
    h.length = (uint32_t)(IKE_HEADER_LEN + out.buf.n);
    memset(d, 0, 4);
    ike__buf_init(&b, d->p + IKE_MARKER_LEN, sizeof(d->p) - IKE_MARKER_LEN);
    ike__header_write(&b, &h);
    ike__buf_put(&b, ike__span(out.buf.p, out.buf.n));
    d->n = IKE_MARKER_LEN + b.n;
    d->path = l->path;
    d->path.remote.port = 4500;
    return ladder_deliver_in(l, 0);
}

/* RFC 7296 2.4, 2.21.4, row 19: nothing that is said in the clear about an SA that stands changes it */
static void unprotected_words_change_nothing(void **state)
{
    static const uint16_t types[] = {IKE_N_INVALID_IKE_SPI, IKE_N_INVALID_SPI, IKE_N_INVALID_SYNTAX,
                                     IKE_N_INVALID_MAJOR_VERSION, IKE_N_AUTHENTICATION_FAILED};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    for (int is_asking = 0; is_asking < 2; is_asking++) {
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
            for (unsigned flags = 0; flags < 2; flags++)
                for (uint32_t id = 0; id < 4; id++) {
                    const uint8_t r = flags ? IKE_FLAG_RESPONSE : 0;
                    assert_int_equal(in_the_clear(&l, IKE_X_INFORMATIONAL, r, id, types[i]), IKE_E_DISCARD);
                    assert_int_equal(in_the_clear(&l, IKE_X_IKE_SA_INIT, r, id, types[i]), IKE_E_DISCARD);
                }
        assert_int_equal(l.total_out, is_asking);
        assert_int_equal(ike_check_alive(l.s, l.now), 0);
        ladder_drain(&l);
    }
    ladder_run(&l); /* and the question is answered, for all that was said meanwhile */
    assert_int_equal(l.peer->next_in, 3);
    assert_int_equal(l.closes + l.child_downs, 0);
    ladder_free(&l);
}

static void refuse(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    if (exchange == IKE_X_IKE_AUTH || exchange == IKE_X_IKE_SA_INIT)
        return;
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__notify_write(out, *(const uint16_t *)user, ike__span(NULL, 0));
}

/* RFC 7296 2.21.3, row 51: INVALID_SYNTAX in an answer: both ends forget the IKE SA, and neither says Delete */
static void invalid_syntax_in_an_answer_is_the_end(void **state)
{
    uint16_t type = IKE_N_INVALID_SYNTAX;

    (void)state;
    for (int which = 0; which < 4; which++) {
        struct ladder l;

        ladder_init(&l);
        l.pcfg.script.edit = refuse;
        l.pcfg.script.user = &type;
        up(&l);
        if (which == 0)
            assert_int_equal(ike_check_alive(l.s, l.now), 0);
        else if (which < 3)
            assert_int_equal(ike_rekey(l.s, (uint32_t)which - 1, l.now), 0);
        else
            assert_int_equal(ike_close(l.s, l.now), 0);
        ladder_drain(&l);
        ladder_run(&l);
        assert_int_equal(l.total_out, 1); /* the request, and no Delete behind it */
        assert_int_equal(l.closes, 1);
        assert_int_equal(l.close_err, which == 3 ? IKE_E_CLOSED : IKE_E_REFUSED);
        assert_int_equal(l.close_notify, which == 3 ? 0 : IKE_N_INVALID_SYNTAX);
        ladder_free(&l);
    }
}

/* RFC 7296 2.21.3, 3.10.1, rows 47, 190: any other error, known or not, ends the exchange and nothing else */
static void other_errors_end_the_exchange(void **state)
{
    static const uint16_t types[] = {IKE_N_NO_PROPOSAL_CHOSEN,
                                     IKE_N_TS_UNACCEPTABLE,
                                     IKE_N_INVALID_SELECTORS,
                                     IKE_N_SINGLE_PAIR_REQUIRED,
                                     50,
                                     9999,
                                     16383};

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        for (uint32_t child = 0; child < 2; child++) {
            uint16_t type = types[i];
            struct ladder l;

            ladder_init(&l);
            l.pcfg.script.edit = refuse;
            l.pcfg.script.user = &type;
            up(&l);
            assert_int_equal(ike_rekey(l.s, child, l.now), 0);
            ladder_drain(&l);
            ladder_run(&l);
            assert_int_equal(l.total_out, 1);
            assert_int_equal(l.closes + l.child_downs + l.rekeyed, 0);
            assert_true(ike_deadline(l.s) != IKE_NEVER); /* it is tried again */
            ladder_free(&l);
        }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(vendor_ids_do_not_matter),
        cmocka_unit_test(unknown_status_types_are_ignored),
        cmocka_unit_test(unknown_errors_in_requests_are_ignored),
        cmocka_unit_test(notifies_in_the_wrong_place_are_ignored),
        cmocka_unit_test(window_sizes_do_not_hurry_us),
        cmocka_unit_test(unprotected_words_change_nothing),
        cmocka_unit_test(invalid_syntax_in_an_answer_is_the_end),
        cmocka_unit_test(other_errors_end_the_exchange),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
