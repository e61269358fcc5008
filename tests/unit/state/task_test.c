/* tests/unit/state/task_test.c - who waits, who runs, in which order. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/task.h"

static int add(struct ike_tasks *q, enum ike_intent_kind kind, uint32_t spi)
{
    const struct ike_intent wanted = {.kind = (uint8_t)kind, .spi = spi};

    return ike__tasks_add(q, &wanted);
}

static void expect_next(struct ike_tasks *q, enum ike_intent_kind kind, uint32_t spi)
{
    struct ike_intent next;

    assert_int_equal(ike__tasks_next(q, &next), 1);
    assert_int_equal(next.kind, kind);
    assert_int_equal(next.spi, spi);
}

static void expect_none(struct ike_tasks *q)
{
    struct ike_intent next;

    assert_int_equal(ike__tasks_next(q, &next), 0);
}

/* RFC 7296 2.3, row 17: one at a time; closing before everything else, a question about the path last */
static void the_urgent_go_first(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    expect_none(&q);
    assert_int_equal(add(&q, IKE_INTENT_LIVENESS, 0), 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_IKE, 0), 0);
    assert_int_equal(add(&q, IKE_INTENT_PATH_MTU, 0), 0);
    assert_int_equal(add(&q, IKE_INTENT_REKEY_IKE, 0), 0);
    assert_int_equal(add(&q, IKE_INTENT_MOBIKE, 2), 0);
    assert_int_equal(q.n, 6);
    expect_next(&q, IKE_INTENT_DELETE_IKE, 0);
    expect_next(&q, IKE_INTENT_DELETE_CHILD, 1);
    expect_next(&q, IKE_INTENT_MOBIKE, 2);
    expect_next(&q, IKE_INTENT_LIVENESS, 0);
    expect_next(&q, IKE_INTENT_REKEY_IKE, 0);
    expect_next(&q, IKE_INTENT_PATH_MTU, 0);
    expect_none(&q);
}

/* those of one kind keep their order */
static void equals_wait_in_line(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(add(&q, IKE_INTENT_LIVENESS, 0), 0);
    for (uint32_t spi = 1; spi < IKE_TASKS_MAX; spi++)
        assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, spi), 0);
    for (uint32_t spi = 1; spi < IKE_TASKS_MAX; spi++)
        expect_next(&q, IKE_INTENT_DELETE_CHILD, spi);
    expect_next(&q, IKE_INTENT_LIVENESS, 0);
}

/* RFC 7296 2.3, 2.4, row 17: what already waits is not asked for twice */
static void the_same_is_wanted_once(void **state)
{
    struct ike_intent child = {.kind = IKE_INTENT_CREATE_CHILD, .which = 1};
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    for (int i = 0; i < 20; i++)
        assert_int_equal(add(&q, IKE_INTENT_LIVENESS, 0), 0);
    assert_int_equal(q.n, 1);
    expect_next(&q, IKE_INTENT_LIVENESS, 0);
    assert_int_equal(q.n, 0);

    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 2), 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 1), 0);
    assert_int_equal(q.n, 2);

    assert_int_equal(ike__tasks_add(&q, &child), 0);
    assert_int_equal(ike__tasks_add(&q, &child), 0);
    child.which = 2; /* another child */
    assert_int_equal(ike__tasks_add(&q, &child), 0);
    child.child_id = 7; /* in place of one that was lost */
    assert_int_equal(ike__tasks_add(&q, &child), 0);
    child.is_rest = 1; /* only for what is left */
    assert_int_equal(ike__tasks_add(&q, &child), 0);
    assert_int_equal(q.n, 6);
    ike__tasks_forget_waiting(&q);
}

/* the queue is bounded, and a full one stays as it is; a repeat needs no room */
static void a_full_queue_refuses(void **state)
{
    struct ike_intent before[IKE_TASKS_MAX];
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    for (uint32_t spi = 0; spi < IKE_TASKS_MAX; spi++)
        assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, spi), 0);
    memcpy(before, q.waiting, sizeof(before));
    assert_int_equal(add(&q, IKE_INTENT_DELETE_IKE, 0), IKE_E_LIMIT);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 3), 0);
    assert_int_equal(q.n, IKE_TASKS_MAX);
    assert_memory_equal(q.waiting, before, sizeof(before));
    expect_next(&q, IKE_INTENT_DELETE_CHILD, 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_IKE, 0), 0);
    expect_next(&q, IKE_INTENT_DELETE_IKE, 0);
    expect_next(&q, IKE_INTENT_DELETE_CHILD, 1);
    ike__tasks_forget_waiting(&q);
}

/* one kind is forgotten, the others keep their order; then all */
static void forgetting(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(add(&q, IKE_INTENT_MOBIKE, 1), 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, IKE_INTENT_MOBIKE, 2), 0);
    assert_int_equal(add(&q, IKE_INTENT_LIVENESS, 0), 0);
    ike__tasks_forget(&q, IKE_INTENT_MOBIKE);
    assert_int_equal(q.n, 2);
    expect_next(&q, IKE_INTENT_DELETE_CHILD, 1);
    ike__tasks_forget_waiting(&q);
    expect_none(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_urgent_go_first),
        cmocka_unit_test(equals_wait_in_line),
        cmocka_unit_test(the_same_is_wanted_once),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(forgetting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
