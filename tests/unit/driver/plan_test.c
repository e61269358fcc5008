/* tests/unit/driver/plan_test.c - routes of several children: together, lost, gone, and back. SPDX-License-Identifier: Apache-2.0 */
#include "driver/room.h"
#include "fake/test.h"
#include <stdlib.h>

static uint32_t routes_n;
static uint8_t second[32]; /* octet of each route */

static int configure(void *self, const ike_tun_plan *plan)
{
    (void)self;
    routes_n = plan->routes_n;
    for (uint32_t i = 0; i < plan->routes_n && i < sizeof(second); i++)
        second[i] = plan->routes[i].addr.ip[1];
    return 0;
}

static void child_up(ike_uv *v, uint32_t id, const char *name, uint8_t octet)
{
    ike_ts local = {.first = {.ip = {10, 9, 0, 2}, .family = 4}, .last = {.ip = {10, 9, 0, 2}, .family = 4}};
    ike_ts remote = {.first = {.ip = {10, octet, 0, 0}, .family = 4},
                     .last = {.ip = {10, octet, 255, 255}, .family = 4}};
    ike_child c = {.id = id, .name = name, .local = &local, .remote = &remote, .local_n = 1, .remote_n = 1};

    assert_int_equal(ike__uv_configure(v, &c), 0);
}

static void all_children_have_routes(void **state)
{
    ike_tun tun = {.abi = IKE_TUN_ABI, .configure = configure};
    ike_uv *v = calloc(1, sizeof(*v));

    (void)state;
    assert_non_null(v);
    v->cfg.tun = &tun;
    v->path.remote.family = 4;
    child_up(v, 1, "", 1);
    child_up(v, 2, "lab", 2);
    child_up(v, 3, "mail", 2); /* the same network once */
    assert_int_equal(routes_n, 2);
    child_up(v, 3, "mail", 3); /* with other selectors */
    assert_int_equal(routes_n, 3);
    ike__uv_forget(v, 2);
    assert_int_equal(routes_n, 2);
    assert_int_equal(second[1], 3);
    ike__uv_forget(v, 77);
    assert_int_equal(routes_n, 2);

    /* another connection: until "mail" is up again its network stays blocked */
    ike__uv_stale(v);
    child_up(v, 1, "", 1);
    assert_int_equal(routes_n, 2);
    child_up(v, 2, "mail", 4);
    assert_int_equal(routes_n, 2);
    assert_int_equal(second[1], 4);
    free(v);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(all_children_have_routes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
