/* tests/unit/engine/timers_test.c - the next deadline among many, against a list that is searched. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include <ike/timers.h>
#include <stdlib.h>

#define MANY 500u

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static ike_time least(const ike_timer *timers)
{
    ike_time due = IKE_NEVER;

    for (uint32_t i = 0; i < MANY; i++)
        if (timers[i].place != 0 && timers[i].due < due)
            due = timers[i].due;
    return due;
}

static void first_is_always_the_one_that_is_due_first(void **state)
{
    (void)state;
    for (seed = 1; seed < 20; seed++) {
        uint64_t again = seed;
        ike_timer all[MANY];
        ike_timers *t;
        memset(all, 0, sizeof(all));
        assert_int_equal(ike_timers_new(&t, NULL), 0);
        for (int i = 0; i < 5000; i++) {
            ike_timer *one = &all[draw(MANY)];
            ike_time due = draw(4) == 0 ? IKE_NEVER : draw(1000);
            assert_int_equal(ike_timers_set(t, one, due), 0);
            assert_int_equal(one->due, due);
            if (least(all) == IKE_NEVER)
                assert_null(ike_timers_first(t));
            else
                assert_int_equal(ike_timers_first(t)->due, least(all));
        }
        ike_timers_free(t);
        seed = again;
    }
}

static void they_come_out_in_order_and_each_once(void **state)
{
    ike_timer all[MANY], *first;
    ike_time before = 0;
    ike_timers *t;
    uint32_t n = 0;

    (void)state;
    seed = 7;
    memset(all, 0, sizeof(all));
    assert_int_equal(ike_timers_new(&t, NULL), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        all[i].user = &all[i];
        assert_int_equal(ike_timers_set(t, &all[i], draw(100)), 0);
    }
    while ((first = ike_timers_first(t)) != NULL) {
        assert_true(first->due >= before);
        assert_ptr_equal(first->user, first);
        before = first->due;
        n++;
        assert_int_equal(ike_timers_set(t, first, IKE_NEVER), 0);
        assert_int_equal(first->place, 0);
    }
    assert_int_equal(n, MANY);
    ike_timers_free(t);
}

static void *nothing(void *self, size_t n)
{
    int *left = self;

    return (*left)-- > 0 ? calloc(1, n) : NULL;
}

static void release(void *self, void *p, size_t n)
{
    (void)self;
    (void)n;
    free(p);
}

static void without_memory_what_is_set_stays(void **state)
{
    int left = 2; /* the object, and room for 63 */
    ike_alloc scarce = {nothing, release, &left};
    ike_timer all[MANY];
    ike_timers *t;
    uint32_t n = 0;

    (void)state;
    memset(all, 0, sizeof(all));
    assert_int_equal(ike_timers_new(&t, &scarce), 0);
    while (n < MANY && ike_timers_set(t, &all[n], 1000 - n) == 0)
        n++;
    assert_int_equal(n, 63);
    assert_int_equal(ike_timers_set(t, &all[n], 1), IKE_E_NOMEM);
    assert_int_equal(all[n].place, 0);
    assert_ptr_equal(ike_timers_first(t), &all[n - 1]);
    assert_int_equal(ike_timers_set(t, &all[0], 1), 0); /* moving needs none */
    assert_ptr_equal(ike_timers_first(t), &all[0]);
    ike_timers_free(t);
    left = 0;
    assert_int_equal(ike_timers_new(&t, &scarce), IKE_E_NOMEM);
}

static void misuse_is_an_error_and_no_crash(void **state)
{
    ike_timer one = {.due = 0};
    ike_timers *t;

    (void)state;
    assert_int_equal(ike_timers_new(NULL, NULL), IKE_E_USAGE);
    assert_int_equal(ike_timers_new(&t, NULL), 0);
    assert_int_equal(ike_timers_set(NULL, &one, 1), IKE_E_USAGE);
    assert_int_equal(ike_timers_set(t, NULL, 1), IKE_E_USAGE);
    assert_int_equal(ike_timers_set(t, &one, IKE_NEVER), 0); /* was not set */
    assert_null(ike_timers_first(t));
    assert_null(ike_timers_first(NULL));
    ike_timers_free(t);
    ike_timers_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_is_always_the_one_that_is_due_first),
        cmocka_unit_test(they_come_out_in_order_and_each_once),
        cmocka_unit_test(without_memory_what_is_set_stays),
        cmocka_unit_test(misuse_is_an_error_and_no_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
