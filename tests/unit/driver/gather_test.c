/* tests/unit/driver/gather_test.c - when a wake-up waits for more packets. SPDX-License-Identifier: Apache-2.0 */
#include "driver/room.h"
#include "fake/test.h"

/* A flow of so many wake-ups, so far apart, with so many packets each. */
static int is_sparse(unsigned wakes, uint64_t apart_ns, uint64_t packets)
{
    struct ike_uv_flow f = {.since = 1000000000};
    uint64_t now = f.since;

    for (unsigned i = 0; i < wakes; i++)
        ike__uv_flow_count(&f, packets, now += apart_ns);
    return ike__uv_flow_is_sparse(&f);
}

/* 20,000 a second and more, one at a time: the next wake-up waits */
static void many_one_by_one_are_waited_for(void **state)
{
    (void)state;
    assert_true(is_sparse(30, 50000, 1));
    assert_true(is_sparse(30, 18000, 1));
    assert_true(is_sparse(30, 100000, 4));
}

/* request and answer, a slow flow, the first packets of any: at once */
static void what_is_not_dense_is_not_held_up(void **state)
{
    (void)state;
    assert_false(is_sparse(30, 100000, 1)); /* an answer each tenth of a millisecond */
    assert_false(is_sparse(30, 1000000, 1));
    assert_false(is_sparse(30, 1000000, 10));
    assert_false(is_sparse(7, 50000, 1));
    assert_false(is_sparse(0, 0, 0));
}

/* bursts are good as they are */
static void bursts_are_not_held_up(void **state)
{
    (void)state;
    assert_false(is_sparse(30, 100000, 45));
    assert_false(is_sparse(30, 600000, 16));
}

/* after silence a flow has to be dense anew */
static void silence_ends_it(void **state)
{
    struct ike_uv_flow f = {.since = 1000000000};
    uint64_t now = f.since;

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        ike__uv_flow_count(&f, 1, now += 20000);
    assert_true(ike__uv_flow_is_sparse(&f));
    ike__uv_flow_count(&f, 1, now += 1000000000);
    assert_false(ike__uv_flow_is_sparse(&f));
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
