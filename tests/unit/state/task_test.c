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

static int put_off(struct ike_tasks *q, uint32_t child_id, uint32_t which, ike_time until)
{
    const struct ike_intent wanted = {
        .kind = IKE_INTENT_CREATE_CHILD, .spi = 10 + which, .child_id = child_id, .which = which};

    return ike__tasks_put_off(q, &wanted, until);
}

/* RFC 7296 2.25, row 214: what is put off waits behind everything else, until the newest time of all */
static void put_off_until_then(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(put_off(&q, 0, 1, 100), 0);
    assert_int_equal(put_off(&q, 7, 2, 300), 0);
    assert_int_equal(put_off(&q, 0, 1, 200), 0); /* the same, once more */
    assert_int_equal(q.n, 2);
    assert_int_equal(q.again_at, 200);
    assert_false(ike__tasks_are_ready(&q));
    expect_none(&q);
    assert_int_equal(add(&q, IKE_INTENT_PATH_MTU, 0), 0);
    assert_true(ike__tasks_are_ready(&q));
    assert_int_equal(add(&q, IKE_INTENT_LIVENESS, 0), 0);
    expect_next(&q, IKE_INTENT_LIVENESS, 0);
    ike__tasks_resume(&q);
    assert_int_equal(q.again_at, 0);
    expect_next(&q, IKE_INTENT_CREATE_CHILD, 11);
    expect_next(&q, IKE_INTENT_CREATE_CHILD, 12);
    expect_next(&q, IKE_INTENT_PATH_MTU, 0);
    expect_none(&q);
}

/* what waits put off is not asked for at once because somebody wants it too */
static void put_off_is_wanted_once(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(put_off(&q, 0, 0, 100), 0);
    assert_int_equal(add(&q, IKE_INTENT_CREATE_CHILD, 10), 0);
    assert_int_equal(q.n, 1);
    expect_none(&q);
    ike__tasks_forget_waiting(&q);
    assert_int_equal(q.again_at, 0);
    for (uint32_t which = 0; which < IKE_TASKS_MAX; which++)
        assert_int_equal(put_off(&q, 0, which, 100), 0);
    assert_int_equal(put_off(&q, 0, IKE_TASKS_MAX, 100), IKE_E_LIMIT);
    ike__tasks_resume(&q);
    for (uint32_t which = 0; which < IKE_TASKS_MAX; which++)
        expect_next(&q, IKE_INTENT_CREATE_CHILD, 10 + which);
}

/* another IKE SA asks for what is configured by itself: lost children and everything else stay wanted, at once */
static void another_ike_sa(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(put_off(&q, 0, 1, 100), 0);
    assert_int_equal(put_off(&q, 7, 2, 100), 0);
    assert_int_equal(add(&q, IKE_INTENT_CREATE_CHILD, 3), 0);
    assert_int_equal(add(&q, IKE_INTENT_DELETE_CHILD, 4), 0);
    ike__tasks_succeed(&q);
    assert_int_equal(q.again_at, 0);
    expect_next(&q, IKE_INTENT_DELETE_CHILD, 4);
    expect_next(&q, IKE_INTENT_CREATE_CHILD, 12);
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
        cmocka_unit_test(put_off_until_then),
        cmocka_unit_test(put_off_is_wanted_once),
        cmocka_unit_test(another_ike_sa),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
