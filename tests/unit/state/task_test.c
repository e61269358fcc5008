/* tests/unit/state/task_test.c - who waits, who runs, in which order. SPDX-License-Identifier: Apache-2.0 */
#include "exchange/exchange.h"
#include "fake/test.h"
#include "state/task.h"

static struct ike_task intent(const struct ike_exchange *x, uint32_t priority, uint32_t spi)
{
    struct ike_task t;

    memset(&t, 0, sizeof(t));
    t.exchange = x;
    t.priority = priority;
    t.spi = spi;
    return t;
}

static int add(struct ike_tasks *q, const struct ike_exchange *x, uint32_t priority, uint32_t spi)
{
    const struct ike_task t = intent(x, priority, spi);

    return ike__tasks_add(q, &t);
}

static void expect_next(struct ike_tasks *q, const struct ike_exchange *x, uint32_t spi)
{
    struct ike_task t;

    assert_int_equal(ike__tasks_next(q, &t), 1);
    assert_ptr_equal(t.exchange, x);
    assert_int_equal(t.spi, spi);
}

static void expect_none(struct ike_tasks *q)
{
    struct ike_task t;

    assert_int_equal(ike__tasks_next(q, &t), 0);
}

/* RFC 7296 2.3, row 17: one at a time; closing before everything else, a check of life last */
static void the_urgent_go_first(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    expect_none(&q);
    assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, &ike__delete_ike, IKE_PRIO_DELETE_IKE, 0), 0);
    assert_int_equal(add(&q, &ike__ike_sa_init, IKE_PRIO_CONNECT, 0), 0);
    assert_int_equal(q.n, 4);
    expect_next(&q, &ike__ike_sa_init, 0);
    expect_next(&q, &ike__delete_ike, 0);
    expect_next(&q, &ike__delete_child, 1);
    expect_next(&q, &ike__liveness, 0);
    expect_none(&q);
}

/* equally urgent ones keep their order */
static void equals_wait_in_line(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    for (uint32_t spi = 1; spi < IKE_TASKS_MAX; spi++)
        assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, spi), 0);
    for (uint32_t spi = 1; spi < IKE_TASKS_MAX; spi++)
        expect_next(&q, &ike__delete_child, spi);
    expect_next(&q, &ike__liveness, 0);
}

/* RFC 7296 2.3, 2.4, row 17: what already waits is not asked for twice */
static void the_same_is_wanted_once(void **state)
{
    struct ike_task told = intent(&ike__informational, IKE_PRIO_LIVENESS, 0);
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    for (int i = 0; i < 20; i++)
        assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    assert_int_equal(q.n, 1);
    expect_next(&q, &ike__liveness, 0);
    assert_int_equal(q.n, 0);

    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 2), 0);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    assert_int_equal(q.n, 2);

    told.notify = 24;
    assert_int_equal(ike__tasks_add(&q, &told), 0);
    assert_int_equal(ike__tasks_add(&q, &told), 0);
    told.notify = 38; /* another thing to tell */
    assert_int_equal(ike__tasks_add(&q, &told), 0);
    assert_int_equal(q.n, 4);
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
        assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, spi), 0);
    memcpy(before, q.waiting, sizeof(before));
    assert_int_equal(add(&q, &ike__delete_ike, IKE_PRIO_DELETE_IKE, 0), IKE_E_LIMIT);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 3), 0);
    assert_int_equal(q.n, IKE_TASKS_MAX);
    assert_memory_equal(q.waiting, before, sizeof(before));
    expect_next(&q, &ike__delete_child, 0);
    assert_int_equal(add(&q, &ike__delete_ike, IKE_PRIO_DELETE_IKE, 0), 0);
    expect_next(&q, &ike__delete_ike, 0);
    expect_next(&q, &ike__delete_child, 1);
    ike__tasks_forget_waiting(&q);
}

/* one kind is forgotten, the others keep their order; then all */
static void forgetting(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(add(&q, &ike__mobike, IKE_PRIO_MOBIKE, 1), 0);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, &ike__mobike, IKE_PRIO_MOBIKE, 2), 0);
    assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    ike__tasks_forget(&q, &ike__mobike);
    assert_int_equal(q.n, 2);
    expect_next(&q, &ike__delete_child, 1);
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
