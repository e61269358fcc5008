/* tests/unit/state/window_test.c - message ids, what is kept to be sent again, and when. SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"
#include "fake/test.h"
#include "state/window.h"

static void put(struct ike_flight *f, const char *text)
{
    size_t cap = 0, n = strlen(text);
    uint8_t *p = ike__flight_room(f, &cap);

    assert_non_null(p);
    assert_true(cap >= n);
    memcpy(p, text, n);
    ike__flight_commit(f, n);
}

static void expect_next(struct ike_flight *f, const char *text)
{
    ike_span d = ike__flight_next(f);

    assert_int_equal(d.n, strlen(text));
    if (d.n > 0)
        assert_memory_equal(d.p, text, d.n);
    ike__flight_sent(f);
}

struct turn {
    uint32_t next_out, next_in;
    int in_flight, has_response, is_response;
    uint32_t id;
    enum ike_sorted expected;
};
/* our requests run to next_out, the peer's to next_in: two counters (RFC 7296 2.2, row 11) */
static const struct turn turns[] = {
    /* answers: only to the one request that is out; row 8 */
    {1, 0, 1, 0, 1, 0, IKE_SORT_ANSWER},
    {7, 3, 1, 1, 1, 6, IKE_SORT_ANSWER},
    {7, 3, 1, 1, 1, 5, IKE_SORT_DROP},
    {7, 3, 1, 1, 1, 7, IKE_SORT_DROP},
    {7, 3, 1, 1, 1, 3, IKE_SORT_DROP},
    {7, 3, 0, 1, 1, 6, IKE_SORT_DROP},
    {0, 0, 0, 0, 1, 0, IKE_SORT_DROP},
    {0, 0, 0, 0, 1, UINT32_MAX, IKE_SORT_DROP},
    /* requests: the next one, whether ours is out or not; row 12 */
    {7, 0, 0, 0, 0, 0, IKE_SORT_REQUEST},
    {7, 3, 0, 1, 0, 3, IKE_SORT_REQUEST},
    {7, 3, 1, 1, 0, 3, IKE_SORT_REQUEST},
    /* the one before, if its answer is still there; rows 4, 5 */
    {7, 3, 0, 1, 0, 2, IKE_SORT_REPEAT},
    {7, 3, 1, 1, 0, 2, IKE_SORT_REPEAT},
    {7, 3, 0, 0, 0, 2, IKE_SORT_DROP},
    /* beyond the window, either way; rows 6, 7, 14 */
    {7, 3, 0, 1, 0, 4, IKE_SORT_DROP},
    {7, 3, 0, 1, 0, 1, IKE_SORT_DROP},
    {7, 3, 0, 1, 0, 6, IKE_SORT_DROP},
    {7, 3, 0, 1, 0, UINT32_MAX, IKE_SORT_DROP},
    /* nothing wraps at the end of the numbers; row 16 */
    {7, 0, 0, 1, 0, UINT32_MAX, IKE_SORT_DROP},
    {UINT32_MAX, UINT32_MAX, 1, 1, 1, UINT32_MAX - 1, IKE_SORT_ANSWER},
    {UINT32_MAX, UINT32_MAX, 1, 1, 0, 0, IKE_SORT_DROP},
    {UINT32_MAX, UINT32_MAX, 1, 1, 0, UINT32_MAX - 1, IKE_SORT_REPEAT},
};

/* RFC 7296 2.1 to 2.3, rows 4 to 8, 11, 12, 14, 16: by Message ID and R flag alone, and nothing changes */
static void messages_are_sorted(void **state)
{
    uint8_t response[16] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
        const struct turn *t = &turns[i];
        struct ike_header h;
        struct ike_window w, before;

        memset(&w, 0, sizeof(w));
        memset(&h, 0, sizeof(h));
        w.next_out = t->next_out;
        w.next_in = t->next_in;
        w.in_flight = (uint8_t)t->in_flight;
        w.response.bytes = response;
        w.response.n = t->has_response ? sizeof(response) : 0;
        h.message_id = t->id;
        h.flags = t->is_response ? IKE_FLAG_RESPONSE : IKE_FLAG_INITIATOR;
        before = w;
        if (ike__window_sort(&w, &h) != t->expected)
            fail_msg("turn %zu", i);
        assert_memory_equal(&w, &before, sizeof(w));
    }
}

/* RFC 7296 2.1, RFC 7383 2.5.2, row 2: every datagram in turn, and again the same octets in the same cut */
static void flights_repeat_bit_for_bit(void **state)
{
    struct ike_flight f;
    size_t cap;

    (void)state;
    memset(&f, 0, sizeof(f));
    assert_int_equal(ike__flight_first(&f).n, 0);
    assert_int_equal(ike__flight_next(&f).n, 0);
    ike__flight_sent(&f);
    assert_null(ike__flight_room(&f, &cap));

    assert_int_equal(ike__flight_open(&f, NULL, 2 + 5 + 2 + 1 + 2 + 6 + 2, 42), 0);
    assert_int_equal(f.message_id, 42);
    put(&f, "first");
    put(&f, "2");
    expect_next(&f, "first"); /* handing out may begin before all is in */
    put(&f, "third.");
    assert_null(ike__flight_room(&f, &cap)); /* two octets are left: a length and nothing */
    assert_int_equal(f.count, 3);
    for (int i = 0; i < 3; i++) {
        if (i > 0)
            expect_next(&f, "first");
        expect_next(&f, "2");
        expect_next(&f, "third.");
        expect_next(&f, "");
        expect_next(&f, "");
        assert_int_equal(ike__flight_first(&f).n, 5);
        ike__flight_again(&f);
    }
    ike__flight_free(&f, NULL);
    assert_null(f.bytes);
    assert_int_equal(f.n, 0);
}

/* RFC 7296 2.1: the room that is told is the room there is */
static void flights_keep_to_their_room(void **state)
{
    struct ike_flight f;
    size_t cap = 0;
    uint8_t *p;

    (void)state;
    memset(&f, 0, sizeof(f));
    assert_int_equal(ike__flight_open(&f, NULL, 100, 1), 0);
    p = ike__flight_room(&f, &cap);
    assert_non_null(p);
    assert_int_equal(cap, 98);
    memset(p, 0xaa, cap);
    ike__flight_commit(&f, cap);
    assert_null(ike__flight_room(&f, &cap));
    assert_int_equal(ike__flight_next(&f).n, 98);
    ike__flight_free(&f, NULL);
}

static void *no_memory(void *self, size_t n)
{
    (void)self;
    (void)n;
    return NULL;
}

static void release_nothing(void *self, void *p, size_t n)
{
    (void)self;
    (void)n;
    assert_null(p);
}

/* a new flight takes the place of the old one, which is gone even if there is no memory for the new */
static void opening_a_flight_ends_the_old_one(void **state)
{
    const ike_alloc none = {no_memory, release_nothing, NULL};
    struct ike_flight f;

    (void)state;
    memset(&f, 0, sizeof(f));
    assert_int_equal(ike__flight_open(&f, NULL, 50, 1), 0);
    put(&f, "old");
    assert_int_equal(ike__flight_open(&f, NULL, 60, 2), 0);
    assert_int_equal(f.message_id, 2);
    assert_int_equal(f.count, 0);
    assert_int_equal(ike__flight_next(&f).n, 0);
    put(&f, "new");
    expect_next(&f, "new");
    ike__flight_free(&f, NULL);
    assert_int_equal(ike__flight_open(&f, &none, 50, 3), IKE_E_NOMEM);
    assert_int_equal(ike__flight_next(&f).n, 0);
}

/* RFC 7296 2.1, 2.4, row 1: intervals grow exponentially, up to a minute, whatever the configuration says */
static void intervals_grow_to_a_minute(void **state)
{
    ike_config c = IKE_CONFIG_INIT;
    ike_time last = 0;

    (void)state;
    c.retry_first_ms = 500;
    c.retry_factor_percent = 180;
    assert_int_equal(ike__window_interval(&c, 0), 500000);
    assert_int_equal(ike__window_interval(&c, 1), 900000);
    assert_int_equal(ike__window_interval(&c, 2), 1620000);
    assert_int_equal(ike__window_interval(&c, 5), 9447840);
    for (uint32_t i = 0; i < 100; i++) {
        assert_true(ike__window_interval(&c, i) >= last);
        last = ike__window_interval(&c, i);
    }
    assert_int_equal(last, 60000000);
    assert_int_equal(ike__window_interval(&c, UINT32_MAX), 60000000);
    c.retry_factor_percent = 100;
    assert_int_equal(ike__window_interval(&c, 99), 500000);
    c.retry_factor_percent = 1000;
    c.retry_first_ms = 60000;
    assert_int_equal(ike__window_interval(&c, 0), 60000000);
    assert_int_equal(ike__window_interval(&c, 1), 60000000);
}

/* RFC 7296 2.1, rows 1, 3: sent starts the clock; an answer ends it, also for what was about to go out again */
static void an_answer_stops_retransmission(void **state)
{
    ike_config c = IKE_CONFIG_INIT;
    struct ike_window w;

    (void)state;
    c.retry_first_ms = 500;
    c.retry_factor_percent = 180;
    memset(&w, 0, sizeof(w));
    assert_int_equal(ike__flight_open(&w.request, NULL, 50, 0), 0);
    put(&w.request, "request");
    w.next_out = 1;
    w.tries = 3; /* of the one before */
    ike__window_sent(&w, &c, 7000000);
    assert_int_equal(w.in_flight, 1);
    assert_int_equal(w.tries, 0);
    assert_int_equal(w.sent_at, 7000000);
    assert_int_equal(w.due, 7500000);
    expect_next(&w.request, "request");
    ike__flight_again(&w.request);
    ike__window_answered(&w, NULL);
    assert_int_equal(w.in_flight, 0);
    assert_null(w.request.bytes); /* a session at rest holds no message that was answered */
    assert_int_equal(ike__flight_next(&w.request).n, 0);
    assert_int_equal(w.next_out, 1);
    assert_int_equal(ike__flight_open(&w.response, NULL, 50, 0), 0);
    ike__window_free(&w, NULL);
    assert_null(w.request.bytes);
    assert_null(w.response.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_sorted),        cmocka_unit_test(flights_repeat_bit_for_bit),
        cmocka_unit_test(flights_keep_to_their_room), cmocka_unit_test(opening_a_flight_ends_the_old_one),
        cmocka_unit_test(intervals_grow_to_a_minute), cmocka_unit_test(an_answer_stops_retransmission),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
