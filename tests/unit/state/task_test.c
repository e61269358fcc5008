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
    assert_int_equal(ike__tasks_next(q), 1);
    assert_ptr_equal(q->running.exchange, x);
    assert_int_equal(q->running.spi, spi);
    memset(&q->running, 0, sizeof(q->running)); /* the engine does this when an exchange is over */
}

/* RFC 7296 2.3, row 17: one at a time; closing before everything else, a check of life last */
static void the_urgent_go_first(void **state)
{
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(ike__tasks_next(&q), 0);
    assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    assert_int_equal(add(&q, &ike__delete_ike, IKE_PRIO_DELETE_IKE, 0), 0);
    assert_int_equal(add(&q, &ike__ike_sa_init, IKE_PRIO_CONNECT, 0), 0);
    assert_int_equal(q.n, 4);
    assert_null(q.running.exchange); /* adding starts nothing */
    expect_next(&q, &ike__ike_sa_init, 0);
    expect_next(&q, &ike__delete_ike, 0);
    expect_next(&q, &ike__delete_child, 1);
    expect_next(&q, &ike__liveness, 0);
    assert_int_equal(ike__tasks_next(&q), 0);
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

/* RFC 7296 2.3, 2.4, row 17: what already waits or runs is not asked for twice */
static void the_same_is_wanted_once(void **state)
{
    struct ike_task told = intent(&ike__informational, IKE_PRIO_LIVENESS, 0);
    struct ike_tasks q;

    (void)state;
    memset(&q, 0, sizeof(q));
    for (int i = 0; i < 20; i++)
        assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    assert_int_equal(q.n, 1);
    assert_int_equal(ike__tasks_next(&q), 1);
    assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
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
}

/* the queue is bounded, and a full one stays as it is; a repeat needs no room */
static void a_full_queue_refuses(void **state)
{
    struct ike_tasks q, before;

    (void)state;
    memset(&q, 0, sizeof(q));
    for (uint32_t spi = 0; spi < IKE_TASKS_MAX; spi++)
        assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, spi), 0);
    before = q;
    assert_int_equal(add(&q, &ike__delete_ike, IKE_PRIO_DELETE_IKE, 0), IKE_E_LIMIT);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 3), 0);
    assert_memory_equal(&q, &before, sizeof(q));
    expect_next(&q, &ike__delete_child, 0);
    assert_int_equal(add(&q, &ike__delete_ike, IKE_PRIO_DELETE_IKE, 0), 0);
    expect_next(&q, &ike__delete_ike, 0);
    expect_next(&q, &ike__delete_child, 1);
}

/* closing forgets what waits; what runs has to end by itself */
static void forgetting_leaves_the_running_one(void **state)
{
    struct ike_tasks q;
    int scratch;

    (void)state;
    memset(&q, 0, sizeof(q));
    assert_int_equal(add(&q, &ike__liveness, IKE_PRIO_LIVENESS, 0), 0);
    assert_int_equal(ike__tasks_next(&q), 1);
    q.running.scratch = &scratch;
    q.running.is_waiting = 1;
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    ike__tasks_forget_waiting(&q);
    assert_int_equal(q.n, 0);
    assert_ptr_equal(q.running.exchange, &ike__liveness);
    assert_ptr_equal(q.running.scratch, &scratch);
    assert_int_equal(q.running.is_waiting, 1);
    assert_int_equal(add(&q, &ike__delete_child, IKE_PRIO_DELETE_CHILD, 1), 0);
    assert_int_equal(q.n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_urgent_go_first),
        cmocka_unit_test(equals_wait_in_line),
        cmocka_unit_test(the_same_is_wanted_once),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(forgetting_leaves_the_running_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
