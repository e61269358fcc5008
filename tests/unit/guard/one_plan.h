/* tests/unit/guard/one_plan.h - the plan that every test of a file makes anew. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TEST_GUARD_ONE_PLAN_H
#define IKE_TEST_GUARD_ONE_PLAN_H

#include "fake/test.h"
#include "scene.h"

static ike_guard_plan *plan;

static inline void make(const struct world *w)
{
    assert_int_equal(ike_guard_make(&w->cfg, &w->state, &w->facts, plan), 0);
}

static inline int set_up(void **state)
{
    (void)state;
    plan = malloc(sizeof(*plan));
    return plan ? 0 : -1;
}

static inline int tear_down(void **state)
{
    (void)state;
    free(plan);
    return 0;
}

#endif
