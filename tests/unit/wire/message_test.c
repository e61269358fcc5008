/* tests/unit/wire/message_test.c - header, payload chain, rules. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "wire/payloads.h"
#include "wire/print.h"
#include "wire/rules.h"
#include "wire/sk.h"
#include <ike/err.h>

static size_t make_header(uint8_t *p, uint8_t next, size_t body)
{
    struct ike_header h;
    struct ike_buf b;

    memset(&h, 0, sizeof(h));
    h.spi_i = 0x0102030405060708;
    h.next = next;
    h.version = 0x20;
    h.exchange = IKE_X_INFORMATIONAL;
    h.flags = IKE_FLAG_RESPONSE;
    h.length = (uint32_t)(28 + body);
    ike__buf_init(&b, p, 28);
    ike__header_write(&b, &h);
    return 28 + body;
}

/* RFC 7296 2.5, 3.1, rows 25, 26, 27, 29, 30: length, version, SPI; KNOWN-HOLES 12, 48 */
static void headers_that_are_not_ours_are_discarded(void **state)
{
    uint8_t p[64] = {0};
    struct ike_header h;
    size_t n = make_header(p, 0, 8);

    (void)state;
    assert_int_equal(ike__header_read(ike__span(p, n), &h), 0);
    assert_true(h.spi_i == 0x0102030405060708);
    for (size_t cut = 0; cut < 28; cut++)
        assert_int_equal(ike__header_read(ike__span(p, cut), &h), IKE_E_DISCARD);
    assert_int_equal(ike__header_read(ike__span(p, n - 1), &h),
                     IKE_E_DISCARD); /* Length beyond the datagram */
    assert_int_equal(ike__header_read(ike__span(p, n + 1), &h), IKE_E_DISCARD); /* and short of it: row 26 */
    for (unsigned major = 0; major < 16; major++) {
        p[17] = (uint8_t)(major << 4);
        assert_int_equal(ike__header_read(ike__span(p, n), &h), major == 2 ? 0 : IKE_E_DISCARD);
    }
    p[17] = 0x2f; /* RFC 7296 2.5: the minor version is ignored */
    p[19] = 0xff; /* 3.1: so are flags we do not know */
    assert_int_equal(ike__header_read(ike__span(p, n), &h), 0);
    memset(p, 0, 8);
    assert_int_equal(ike__header_read(ike__span(p, n), &h), IKE_E_DISCARD);
}

/* RFC 3948 2.1 to 2.3, rows 94, 95 */
static void kinds_of_datagrams(void **state)
{
    uint8_t p[64] = {0xff};
    ike_span body;

    (void)state;
    assert_int_equal(ike__datagram_kind(ike__span(p, 1), 1, &body), IKE_KIND_KEEPALIVE);
    assert_int_equal(ike__datagram_kind(ike__span(p, 0), 1, &body), IKE_KIND_JUNK);
    assert_int_equal(ike__datagram_kind(ike__span(p, 7), 1, &body), IKE_KIND_JUNK);
    assert_int_equal(ike__datagram_kind(ike__span(p, 8), 1, &body), IKE_KIND_ESP);
    p[0] = 0;
    assert_int_equal(ike__datagram_kind(ike__span(p, 31), 1, &body), IKE_KIND_JUNK);
    assert_int_equal(ike__datagram_kind(ike__span(p, 32), 1, &body), IKE_KIND_IKE);
    assert_int_equal(body.n, 28);
    assert_int_equal(ike__datagram_kind(ike__span(p, 32), 0, &body), IKE_KIND_IKE);
    assert_int_equal(body.n, 32);
    assert_int_equal(ike__datagram_kind(ike__span(p, 27), 0, &body), IKE_KIND_JUNK);
}

static int index_octets(struct ike_msg *msg, uint8_t first, const uint8_t *p, size_t n)
{
    return ike__msg_index(msg, first, ike__span(p, n));
}

/* RFC 7296 3.2, rows 35, 36, 38, 42, 44, 45 */
static void chains_are_indexed_or_refused(void **state)
{
    static const uint8_t two[] = {IKE_P_NOTIFY, 0, 0, 5, 'a', 0, 0, 0, 8, 0, 0, 64, 0};
    static const uint8_t unknown[] = {0, 0x80, 0, 5, 'x'};
    struct ike_msg msg;
    uint8_t p[sizeof(two)];

    (void)state;
    assert_int_equal(index_octets(&msg, IKE_P_NONCE, two, sizeof(two)), 0);
    assert_int_equal(msg.n, 2);
    assert_int_equal(msg.payload[0].type, IKE_P_NONCE);
    assert_int_equal(msg.payload[1].type, IKE_P_NOTIFY);
    assert_int_equal(msg.payload[1].body.n, 4);
    assert_int_equal(index_octets(&msg, IKE_P_NONE, two, 0), 0); /* row 56: empty is fine */
    assert_int_equal(msg.n, 0);
    assert_int_equal(index_octets(&msg, IKE_P_NONE, two, 1), IKE_E_SYNTAX);
    for (size_t cut = 0; cut < sizeof(two); cut++)
        assert_int_equal(index_octets(&msg, IKE_P_NONCE, two, cut), IKE_E_SYNTAX);
    for (uint8_t length = 0; length < 4; length++) {
        memcpy(p, two, sizeof(two));
        p[3] = length;
        assert_int_equal(index_octets(&msg, IKE_P_NONCE, p, sizeof(p)), IKE_E_SYNTAX);
    }
    memcpy(p, two, sizeof(two)); /* the chain ends, octets are left */
    p[0] = 0;
    assert_int_equal(index_octets(&msg, IKE_P_NONCE, p, sizeof(p)), IKE_E_SYNTAX);
    assert_int_equal(index_octets(&msg, 200, unknown, sizeof(unknown)), 0);
    assert_int_equal(msg.unknown_critical, 200);
    assert_int_equal(index_octets(&msg, IKE_P_NONCE, unknown, sizeof(unknown)),
                     0); /* row 38: known: ignored */
    assert_int_equal(msg.unknown_critical, 0);
}

/* KNOWN-HOLES 23: any number of unknown payloads is an error or an index, never more */
static void many_payloads_are_bounded(void **state)
{
    static uint8_t p[300 * 4];
    struct ike_msg msg;

    (void)state;
    for (size_t n = 1; n <= 300; n++) {
        memset(p, 0, sizeof(p));
        for (size_t i = 0; i < n; i++) {
            p[4 * i] = i + 1 < n ? 200 : 0;
            p[4 * i + 3] = 4;
        }
        assert_int_equal(index_octets(&msg, 200, p, 4 * n), n <= IKE_PAYLOADS_MAX ? 0 : IKE_E_SYNTAX);
    }
}

/* RFC 7296 1.2, rows 40, 41; KNOWN-HOLES 20 */
static void rules_count_payloads(void **state)
{
    static const struct ike_rule rules[] = {
        {IKE_P_SA, 1, 1}, {IKE_P_CERT, 0, IKE_MANY}, {IKE_P_KE, 0, 1}, {0, 0, 0}};
    static const struct {
        uint8_t types[5];
        int err;
        uint8_t at;
    } cases[] = {{{IKE_P_SA}, 0, 0},
                 {{IKE_P_SA, IKE_P_KE, IKE_P_NOTIFY, IKE_P_VENDOR}, 0, 0},
                 {{IKE_P_CERT, IKE_P_CERT, IKE_P_SA}, 0, 0}, /* row 39: any order */
                 {{IKE_P_SA, 200, 54}, 0, 0},
                 {{0}, IKE_E_SYNTAX, IKE_P_SA},
                 {{IKE_P_SA, IKE_P_SA}, IKE_E_SYNTAX, IKE_P_SA},
                 {{IKE_P_SA, IKE_P_KE, IKE_P_KE}, IKE_E_SYNTAX, IKE_P_KE},
                 {{IKE_P_SA, IKE_P_AUTH}, IKE_E_SYNTAX, IKE_P_AUTH}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ike_msg msg;
        uint8_t at = 0;
        memset(&msg, 0, sizeof(msg));
        while (msg.n < 5 && cases[i].types[msg.n])
            msg.payload[msg.n].type = cases[i].types[msg.n], msg.n++;
        assert_int_equal(ike__rules_check(rules, &msg, &at), cases[i].err);
        assert_int_equal(at, cases[i].at);
    }
}

/* RFC 7296 3.14, RFC 7383 2.5, rows 54, 260, 264 */
static void protected_payloads_are_cut(void **state)
{
    uint8_t out[200], chain[50];
    struct ike_header h;
    struct ike_msg msg;
    struct ike_buf b;
    struct ike_sk made, cut;

    (void)state;
    memset(&h, 0, sizeof(h));
    memset(chain, 7, sizeof(chain));
    h.spi_i = 1;
    h.version = 0x20;
    for (uint16_t total = 0; total < 4; total += 3)
        for (uint8_t block = 1; block <= 16; block = (uint8_t)(block + 15)) {
            ike__buf_init(&b, out, sizeof(out));
            assert_int_equal(ike__sk_frame(&b, &made, &h, IKE_P_IDi, ike__span(chain, sizeof(chain)),
                                           total ? 1 : 0, total, 8, 16, block),
                             0);
            assert_int_equal(ike__header_read(ike__span(out, b.n), &h), 0);
            assert_int_equal(ike__msg_index(&msg, h.next, ike__span(out + 28, b.n - 28)), 0);
            assert_int_equal(ike__sk_split(&cut, ike__span(out, b.n), &msg.payload[0], 8, 16, block), 0);
            assert_ptr_equal(cut.text.p, made.text.p);
            assert_int_equal(cut.text.n, made.text.n);
            assert_int_equal(cut.aad.n, made.aad.n);
            assert_int_equal(cut.first, IKE_P_IDi);
            assert_int_equal(cut.total, total);
            if (total) {
                out[32] = out[33] = 0; /* number 0 */
                assert_int_equal(ike__sk_split(&cut, ike__span(out, b.n), &msg.payload[0], 8, 16, block),
                                 IKE_E_DISCARD);
                out[33] = 4; /* number > total */
                assert_int_equal(ike__sk_split(&cut, ike__span(out, b.n), &msg.payload[0], 8, 16, block),
                                 IKE_E_DISCARD);
                out[33] = 2; /* only the first one names what is inside */
                assert_int_equal(ike__sk_split(&cut, ike__span(out, b.n), &msg.payload[0], 8, 16, block),
                                 IKE_E_DISCARD);
            }
            for (size_t n = 0; n < 4 + 8 + 16; n++) {
                struct ike_payload p = msg.payload[0];
                p.body.n = n;
                assert_int_equal(
                    ike__sk_split(&cut, ike__span(out, b.n), &p, 8, 16, block),
                    n >= (size_t)(total ? 4 : 0) + 8 + 16 + 1 && block == 1 && !total ? 0 : IKE_E_DISCARD);
            }
        }
}

static void messages_print_without_their_bodies(void **state)
{
    uint8_t body[100];
    struct ike_msg_out out;
    struct ike_msg msg;
    struct ike_text t;
    char line[200];

    (void)state;
    ike__out_init(&out, body, sizeof(body));
    ike__nonce_write(&out, ike__span_text("secret secret secret"));
    ike__notify_write(&out, IKE_N_COOKIE, ike__span_text("secret"));
    ike__notify_write(&out, 12345, ike__span(NULL, 0));
    memset(&msg, 0, sizeof(msg));
    assert_int_equal(ike__msg_index(&msg, out.first, ike__span(body, out.buf.n)), 0);
    msg.header.exchange = IKE_X_IKE_SA_INIT;
    ike__text_init(&t, line, sizeof(line));
    ike__msg_print(&t, &msg);
    assert_string_equal(line, "IKE_SA_INIT request 0 { Nonce N(COOKIE) N(notify 12345) }");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_that_are_not_ours_are_discarded),
        cmocka_unit_test(kinds_of_datagrams),
        cmocka_unit_test(chains_are_indexed_or_refused),
        cmocka_unit_test(many_payloads_are_bounded),
        cmocka_unit_test(rules_count_payloads),
        cmocka_unit_test(protected_payloads_are_cut),
        cmocka_unit_test(messages_print_without_their_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
