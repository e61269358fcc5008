/* tests/unit/state/again_test.c - children that are asked for again later (RFC 7296 2.25). SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/again.h"

static struct ike_again_one one(uint32_t which, ike_time due)
{
    return (struct ike_again_one){.due = due, .which = which};
}

static void fill(struct ike_again *a, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct ike_again_one o = one(i, 100 + i);
        ike__again_add(a, &o);
    }
}

/* each comes out once, when it is due and not before */
static void each_once_when_it_is_due(void **state)
{
    static const uint32_t sizes[] = {1, 2, IKE_AGAIN_MAX};

    (void)state;
    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        struct ike_again_one out;
        struct ike_again a;
        memset(&a, 0, sizeof(a));
        assert_true(ike__again_due(&a) == IKE_NEVER);
        fill(&a, sizes[k]);
        assert_int_equal(a.n, sizes[k]);
        for (uint32_t i = 0; i < sizes[k]; i++) {
            assert_int_equal(ike__again_due(&a), 100 + i);
            assert_int_equal(ike__again_take(&a, 99 + i, &out), 0);
            assert_int_equal(ike__again_take(&a, 100 + i, &out), 1);
            assert_int_equal(out.which, i);
        }
        assert_int_equal(a.n, 0);
    }
}

/* the same child is noted once, with its newest time; beyond the bound nothing more is */
static void bounded_and_without_repeats(void **state)
{
    struct ike_again_one later = one(3, 900), more = one(IKE_AGAIN_MAX, 1);
    struct ike_again a;

    (void)state;
    memset(&a, 0, sizeof(a));
    fill(&a, IKE_AGAIN_MAX);
    ike__again_add(&a, &later);
    ike__again_add(&a, &more);
    assert_int_equal(a.n, IKE_AGAIN_MAX);
    assert_int_equal(ike__again_due(&a), 100);
    assert_int_equal(a.one[3].due, 900);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_once_when_it_is_due),
        cmocka_unit_test(bounded_and_without_repeats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
