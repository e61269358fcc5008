/* tests/exchange/established_test.c - windows, liveness, deletes and noise on a tunnel that stands. SPDX-License-Identifier: Apache-2.0 */
#include "up.h"
#include "fake/heap.h"
#include "wire/payloads.h"

static void ask_client(struct ladder *l, uint8_t exchange, void (*write)(struct ike_msg_out *))
{
    uint8_t body[512];
    struct ike_msg_out out;

    ike__out_init(&out, body, sizeof(body));
    if (write)
        write(&out);
    assert_int_equal(peer_request(l->peer, exchange, &out), 0);
    ladder_take(l);
}

/* RFC 7296 1.4, 2.2, row 11: an empty request is answered; the gateway's ids begin with 0 */
static void liveness_is_answered(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_INFORMATIONAL, NULL);
    ladder_run(&l);
    assert_int_equal(l.peer->answered, 1);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7296 2.1, row 4: a repeated request gets the same answer, and is not worked through again */
static void repeats_get_the_stored_answer(void **state)
{
    struct ladder l;
    struct datagram request, answer;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_INFORMATIONAL, NULL);
    request = l.to_client[0];
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.out_n, 1);
    answer = l.to_gateway[0];
    l.out_n = 0;
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].n, answer.n);
    assert_memory_equal(l.to_gateway[0].p, answer.p, answer.n);
    (void)request;
    ladder_free(&l);
}

/* RFC 7296 2.3, rows 6, 7, 8: ids outside the window are dropped without a word */
static void other_message_ids_are_dropped(void **state)
{
    static const uint32_t ids[] = {1, 2, 5, UINT32_MAX};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
        for (int is_response = 0; is_response < 2; is_response++) {
            struct ike_flight f;
            struct ike_msg_out out;
            uint8_t body[8];
            ike_span d;
            memset(&f, 0, sizeof(f));
            ike__out_init(&out, body, sizeof(body));
            assert_int_equal(peer_frame(l.peer, &f, IKE_X_INFORMATIONAL, is_response, ids[i], &out), 0);
            d = ike__flight_next(&f);
            memset(l.to_client[0].p, 0, 4);
            memcpy(l.to_client[0].p + 4, d.p, d.n);
            l.to_client[0].n = d.n + 4;
            l.to_client[0].path = l.path;
            l.to_client[0].path.remote.port = 4500;
            assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
            ike__flight_free(&f, NULL);
        }
    assert_int_equal(l.total_out, 0);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7296 3.1, 2.21.4, rows 32, 53; KNOWN-HOLES 36: one wrong bit anywhere and nothing changes */
static void any_changed_octet_is_discarded(void **state)
{
    struct ladder l;
    struct datagram whole;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_INFORMATIONAL, NULL);
    whole = l.to_client[0];
    for (size_t i = 0; i < whole.n; i++)
        for (int bit = 0; bit < 8; bit++) {
            l.to_client[0] = whole;
            l.to_client[0].p[i] ^= (uint8_t)(1u << bit);
            assert_true(ladder_deliver_in(&l, 0) < 0);
        }
    assert_int_equal(l.total_out, 0);
    assert_int_equal(l.closes, 0);
    l.to_client[0] = whole;
    assert_int_equal(ladder_deliver_in(&l, 0), 0);
    assert_int_equal(l.out_n, 1);
    ladder_free(&l);
}

/* RFC 7296 1.4.1, rows 231, 233: the gateway closes the IKE SA; answered, then over */
static void delete_of_the_ike_sa_is_answered(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_INFORMATIONAL, ike__delete_write_ike);
    ladder_run(&l);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_DELETED);
    assert_int_equal(l.peer->answered, 1);
    assert_int_equal(ike_close(l.s, l.now), IKE_E_CLOSED);
    assert_int_equal(ike_check_alive(l.s, l.now), IKE_E_CLOSED);
    ladder_free(&l);
}

static uint32_t spi_to_delete;
static void write_delete_child(struct ike_msg_out *out)
{
    const uint32_t spis[] = {spi_to_delete, 0x12345678, spi_to_delete};

    ike__delete_write_esp(out, spis, 3);
}

/* RFC 7296 1.4.1, 3.11, rows 228, 229: only what is known is closed, once, and answered with our half */
static void delete_of_a_child_is_answered_with_our_half(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    spi_to_delete = l.peer->child->spi_in;
    ask_client(&l, IKE_X_INFORMATIONAL, write_delete_child);
    ladder_run(&l);
    assert_int_equal(l.child_downs, 1);
    assert_int_equal(l.child_err, IKE_E_DELETED);
    assert_int_equal(l.closes, 0);
    assert_int_equal(l.peer->answered, 1);
    ladder_free(&l);
}

static void write_rekey(struct ike_msg_out *out)
{
    uint8_t nonce[32] = {1}, sa[44] = {0,   0,  0, 40, 1, 3, 4, 3, 1, 2, 3, 4, 3, 0, 0, 12, 1, 0, 0, 20,
                                       128, 14, 1, 0,  3, 0, 0, 8, 3, 0, 0, 0, 0, 0, 0, 8,  5, 0, 0, 0};

    ike__out_payload(out, IKE_P_SA, ike__span(sa, 40));
    ike__nonce_write(out, ike__span(nonce, sizeof(nonce)));
}

/* RFC 7296 1.3.1: a CREATE_CHILD_SA without selectors is no offer of a child */
static void create_child_sa_without_selectors_is_malformed(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_CREATE_CHILD_SA, write_rekey);
    ladder_run(&l);
    assert_int_equal(l.peer->heard_error, IKE_N_INVALID_SYNTAX);
    assert_int_equal(l.closes, 1);
    ladder_free(&l);
}

static void write_critical(struct ike_msg_out *out)
{
    ike__out_payload(out, 200, ike__span_text("?"));
    out->buf.p[1] = 0x80;
}

/* RFC 7296 2.5, 2.21.3, rows 34, 35, 36: unknown payloads; unknown exchanges, which end in INVALID_SYNTAX for both */
static void unknown_critical_payload_is_rejected(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_INFORMATIONAL, write_critical);
    ladder_run(&l);
    assert_int_equal(l.peer->heard_error, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD);
    assert_int_equal(l.closes, 0);
    ask_client(&l, 250, NULL);
    ladder_run(&l);
    assert_int_equal(l.peer->heard_error, IKE_N_INVALID_SYNTAX);
    assert_int_equal(l.close_err, IKE_E_SYNTAX);
    ladder_free(&l);
}

static void write_garbage(struct ike_msg_out *out)
{
    ike__out_payload(out, IKE_P_NOTIFY, ike__span_text("1234"));
    out->buf.p[3] = 99; /* longer than there is */
}

/* RFC 7296 2.21.3, row 42: authentic and malformed: INVALID_SYNTAX, and the SA dies */
static void malformed_requests_close_the_sa(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    ask_client(&l, IKE_X_INFORMATIONAL, write_garbage);
    ladder_run(&l);
    assert_int_equal(l.peer->heard_error, IKE_N_INVALID_SYNTAX);
    assert_int_equal(l.close_err, IKE_E_SYNTAX);
    ladder_free(&l);
}

/* RFC 7296 2.4, rows 20, 22: asked only when we send and hear nothing; no answer: gone */
static void silence_after_sending_is_checked(void **state)
{
    struct ladder l;
    uint8_t ip[100], out[400];
    ike_path to;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(ike_deadline(l.s), IKE_NEVER); /* idle: nobody asks */
    assert_true(ike_seal(l.s, ip, ladder_packet(&l, ip, sizeof(ip)), out, sizeof(out), &to, l.now) > 0);
    assert_int_equal(ike_deadline(l.s), l.now + 30000000u);
    ladder_tick(&l);
    assert_int_equal(l.out_n, 1);
    ladder_run(&l);
    assert_int_equal(l.closes, 0);
    assert_int_equal(ike_deadline(l.s), IKE_NEVER);

    assert_true(ike_seal(l.s, ip, sizeof(ip), out, sizeof(out), &to, l.now) > 0);
    ladder_silence(&l);
    assert_int_equal(l.close_err, IKE_E_TIMEOUT);
    ladder_free(&l);
}

/* RFC 7296 2.3, row 12: a request of the gateway while ours is out */
static void both_ask_at_once(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(ike_check_alive(l.s, l.now), 0);
    ladder_drain(&l);
    assert_int_equal(l.out_n, 1);
    ask_client(&l, IKE_X_INFORMATIONAL, NULL);
    ladder_run(&l);
    assert_int_equal(l.peer->answered, 1);
    assert_int_equal(l.peer->next_in, 3);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7296 1.4.1, rows 235, 3: our Delete; lost answers end in two seconds */
static void close_is_bounded(void **state)
{
    struct ladder l;
    ike_time began;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(ike_close(l.s, l.now), 0);
    assert_int_equal(ike_close(l.s, l.now), 0);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_CLOSED);
    assert_int_equal(l.peer->is_deleted, 1);
    ladder_free(&l);

    ladder_init(&l);
    up(&l);
    began = l.now;
    assert_int_equal(ike_close(l.s, l.now), 0);
    for (int i = 0; i < 20 && l.closes == 0; i++) {
        ladder_drain(&l);
        ladder_drop(&l);
        ladder_tick(&l);
    }
    assert_int_equal(l.closes, 1);
    assert_true(l.now - began <= 2000000u);
    ladder_free(&l);
}

/* RFC 3948 2.3, 4, rows 94, 100: keepalives out when idle behind a NAT, in ignored */
static void keepalives(void **state)
{
    struct ladder l;
    uint8_t one = 0xff;
    ike_span inner;
    ike_path from;

    (void)state;
    ladder_init(&l);
    l.cfg.encap = IKE_ENCAP_AUTO;
    assert_int_equal(ladder_connect(&l), 0);
    l.to_gateway[0].path.local.port = 61000; /* a NAT on the way */
    (void)ladder_deliver_out(&l, 0);
    l.out_n = 0;
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.up.nat, IKE_NAT_LOCAL);
    ladder_drop(&l);
    assert_int_equal(ike_deadline(l.s), l.now + 20000000u);
    ladder_tick(&l);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].n, 1);
    assert_int_equal(l.to_gateway[0].p[0], 0xff);
    from = l.to_gateway[0].path;
    assert_int_equal(ike_recv(l.s, &from, &one, 1, &inner, l.now), 0);
    ladder_free(&l);
}

/* KNOWN-HOLES 79: anything may come; nothing is ever answered that is not authentic */
static void random_datagrams_get_no_answer(void **state)
{
    struct ladder l;
    struct crypto_fake noise;
    uint8_t buf[300];

    (void)state;
    ladder_init(&l);
    up(&l);
    crypto_fake_init(&noise, 99);
    for (unsigned i = 0; i < 20000; i++) {
        ike_path from = l.path;
        ike_span inner;
        size_t n = i % sizeof(buf);
        (void)noise.table.random(&noise, buf, sizeof(buf));
        from.remote.port = i & 1 ? 4500 : 500;
        if (i & 2)
            memset(buf, 0, 4);
        if (i & 4) {
            uint8_t *h = buf + (i & 1 ? 4 : 0);
            ike__put_be64(h, l.up.spi_i);
            ike__put_be64(h + 8, l.up.spi_r);
            h[17] = 0x20;
            ike__put_be32(h + 24, (uint32_t)(n - (i & 1 ? 4 : 0)));
        }
        (void)ike_recv(l.s, &from, buf, n, &inner, l.now);
        assert_int_equal(inner.n, 0);
    }
    ladder_drain(&l);
    assert_int_equal(l.total_out, 0);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* KNOWN-HOLES 46, 47: every allocation and every random number fails once: no leak, a clean end */
static void nothing_leaks_when_resources_fail(void **state)
{
    (void)state;
    for (int random = 0; random < 2; random++)
        for (unsigned at = 1; at < 200; at++) {
            struct heap heap;
            struct ladder l;

            heap_init(&heap, random ? 0 : at);
            ladder_init(&l);
            l.env.alloc = &heap.table;
            l.fake_client.fail_after = random ? at : 0;
            if (ladder_connect(&l) == 0) {
                ladder_run(&l);
                if (l.s && l.closes == 0) {
                    (void)ike_close(l.s, l.now);
                    ladder_drain(&l);
                    ladder_run(&l);
                }
            }
            ladder_free(&l);
            assert_int_equal(heap.octets, 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(liveness_is_answered),
        cmocka_unit_test(repeats_get_the_stored_answer),
        cmocka_unit_test(other_message_ids_are_dropped),
        cmocka_unit_test(any_changed_octet_is_discarded),
        cmocka_unit_test(delete_of_the_ike_sa_is_answered),
        cmocka_unit_test(delete_of_a_child_is_answered_with_our_half),
        cmocka_unit_test(create_child_sa_without_selectors_is_malformed),
        cmocka_unit_test(unknown_critical_payload_is_rejected),
        cmocka_unit_test(malformed_requests_close_the_sa),
        cmocka_unit_test(silence_after_sending_is_checked),
        cmocka_unit_test(both_ask_at_once),
        cmocka_unit_test(close_is_bounded),
        cmocka_unit_test(keepalives),
        cmocka_unit_test(random_datagrams_get_no_answer),
        cmocka_unit_test(nothing_leaks_when_resources_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
