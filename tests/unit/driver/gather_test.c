/* tests/unit/driver/gather_test.c - when a wake-up waits for more packets. SPDX-License-Identifier: Apache-2.0 */
#include "driver/room.h"
#include "fake/test.h"

/* The pause in a flow of so many wake-ups, so far apart, with so many packets each; ns. */
static uint32_t pause_of(unsigned wakes, uint64_t apart_ns, uint64_t packets)
{
    struct ike_uv_flow f = {.since = 1000000000};
    uint64_t now = f.since;

    for (unsigned i = 0; i < wakes; i++)
        ike__uv_flow_count(&f, packets, now += apart_ns);
    return ike__uv_flow_pause(&f, 150);
}

/* 20,000 a second and more, one at a time: the next wake-up waits for about four, and never longer than it may */
static void many_one_by_one_are_waited_for(void **state)
{
    (void)state;
    assert_int_equal(pause_of(30, 50000, 1), 150000);
    assert_int_equal(pause_of(30, 18000, 1), 72000);
    assert_int_equal(pause_of(30, 100000, 4), 100000);
}

/* request and answer, a slow flow, the first packets of any: at once */
static void what_is_not_dense_is_not_held_up(void **state)
{
    (void)state;
    assert_int_equal(pause_of(30, 100000, 1), 0); /* an answer each tenth of a millisecond */
    assert_int_equal(pause_of(30, 1000000, 1), 0);
    assert_int_equal(pause_of(30, 1000000, 10), 0);
    assert_int_equal(pause_of(7, 50000, 1), 0);
    assert_int_equal(pause_of(0, 0, 0), 0);
}

/* bursts are good as they are */
static void bursts_are_not_held_up(void **state)
{
    (void)state;
    assert_int_equal(pause_of(30, 100000, 45), 0);
    assert_int_equal(pause_of(30, 600000, 16), 0);
}

/* after silence a flow has to be dense anew */
static void silence_ends_it(void **state)
{
    struct ike_uv_flow f = {.since = 1000000000};
    uint64_t now = f.since;

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        ike__uv_flow_count(&f, 1, now += 20000);
    assert_int_equal(ike__uv_flow_pause(&f, UINT32_MAX), 80000);
    ike__uv_flow_count(&f, 1, now += 1000000000);
    assert_int_equal(ike__uv_flow_pause(&f, UINT32_MAX), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_one_by_one_are_waited_for),
        cmocka_unit_test(what_is_not_dense_is_not_held_up),
        cmocka_unit_test(bursts_are_not_held_up),
        cmocka_unit_test(silence_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
