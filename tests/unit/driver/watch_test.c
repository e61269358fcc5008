/* tests/unit/driver/watch_test.c - when to look at the network, and what a look amounts to. SPDX-License-Identifier: Apache-2.0 */
#include "driver/room.h"
#include "fake/test.h"
#include <linux/rtnetlink.h>
#include <stdlib.h>

#define TUN 7
#define ETH 3

static ike_addr ip4(uint8_t last)
{
    ike_addr a = {.ip = {192, 0, 2, last}, .family = 4};

    return a;
}

/* ---- the verdict ---- */

static void the_same_address_stays(void **state)
{
    ike_addr here = ip4(1), found = ip4(1);

    (void)state;
    here.port = 4711; /* ports are the socket's */
    assert_int_equal(ike__uv_verdict(&here, 0, &found, NULL, 0), IKE_UV_STAY);
}

static void another_address_or_family_moves(void **state)
{
    ike_addr here = ip4(1), found = ip4(2), six = {.ip = {192, 0, 2, 1}, .family = 6};

    (void)state;
    assert_int_equal(ike__uv_verdict(&here, 0, &found, NULL, 0), IKE_UV_MOVE);
    assert_int_equal(ike__uv_verdict(&here, 0, &six, NULL, 0), IKE_UV_MOVE);
}

static void no_address_is_no_network_once(void **state)
{
    ike_addr here = ip4(1), none = {.family = 0};

    (void)state;
    assert_int_equal(ike__uv_verdict(&here, 0, &none, NULL, 0), IKE_UV_LOSE);
    assert_int_equal(ike__uv_verdict(&here, 1, &none, NULL, 0), IKE_UV_STAY);
}

/* Back on the old address, the session has to hear of it all the same. */
static void coming_back_is_a_move(void **state)
{
    ike_addr here = ip4(1), found = ip4(1);

    (void)state;
    assert_int_equal(ike__uv_verdict(&here, 1, &found, NULL, 0), IKE_UV_MOVE);
}

static void the_tunnel_is_no_way_to_the_gateway(void **state)
{
    ike_prefix own[2] = {{.addr = ip4(50)}, {.addr = ip4(51)}};
    ike_addr here = ip4(1), found = ip4(51);

    (void)state;
    assert_int_equal(ike__uv_verdict(&here, 0, &found, own, 2), IKE_UV_LOSE);
    assert_int_equal(ike__uv_verdict(&here, 1, &found, own, 2), IKE_UV_STAY);
    assert_int_equal(ike__uv_verdict(&here, 0, &found, own, 1), IKE_UV_MOVE);
}

/* ---- quiet ---- */

static void quiet_for_a_moment_or_long_enough(void **state)
{
    (void)state;
    assert_int_equal(ike__uv_watch_delay(1000, 1000), 100);
    assert_int_equal(ike__uv_watch_delay(1000, 1890), 100);
    assert_int_equal(ike__uv_watch_delay(1000, 1950), 50);
    assert_int_equal(ike__uv_watch_delay(1000, 2000), 0);
    assert_int_equal(ike__uv_watch_delay(1000, 9000), 0);
}

/* ---- messages ---- */

static size_t put(uint8_t *at, uint16_t type, const void *body, size_t n, uint32_t oif)
{
    struct nlmsghdr h = {.nlmsg_type = type, .nlmsg_len = (uint32_t)NLMSG_LENGTH(n)};
    struct rtattr a = {.rta_type = RTA_OIF, .rta_len = (uint16_t)RTA_LENGTH(4)};

    memset(at, 0, 128);
    memcpy(at + NLMSG_HDRLEN, body, n);
    if (oif) {
        memcpy(at + NLMSG_HDRLEN + NLMSG_ALIGN(n), &a, sizeof(a));
        memcpy(at + NLMSG_HDRLEN + NLMSG_ALIGN(n) + RTA_LENGTH(0), &oif, 4);
        h.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + NLMSG_ALIGN(n) + RTA_LENGTH(4));
    }
    memcpy(at, &h, sizeof(h));
    return NLMSG_ALIGN(h.nlmsg_len);
}

static size_t put_link(uint8_t *at, int index)
{
    struct ifinfomsg m = {.ifi_index = index};

    return put(at, RTM_NEWLINK, &m, sizeof(m), 0);
}

static size_t put_addr(uint8_t *at, uint32_t index)
{
    struct ifaddrmsg m = {.ifa_index = index};

    return put(at, RTM_DELADDR, &m, sizeof(m), 0);
}

static size_t put_route(uint8_t *at, uint8_t table, uint32_t flags, uint32_t oif)
{
    struct rtmsg m = {.rtm_table = table, .rtm_flags = flags};

    return put(at, RTM_NEWROUTE, &m, sizeof(m), oif);
}

static void what_happens_on_our_device_is_our_work(void **state)
{
    uint8_t p[512];

    (void)state;
    assert_int_equal(ike__uv_watch_matters(p, put_link(p, TUN), TUN), 0);
    assert_int_equal(ike__uv_watch_matters(p, put_link(p, ETH), TUN), 1);
    assert_int_equal(ike__uv_watch_matters(p, put_link(p, TUN), 0), 1);
    assert_int_equal(ike__uv_watch_matters(p, put_addr(p, TUN), TUN), 0);
    assert_int_equal(ike__uv_watch_matters(p, put_addr(p, ETH), TUN), 1);
    assert_int_equal(ike__uv_watch_matters(p, put_route(p, RT_TABLE_MAIN, 0, TUN), TUN), 0);
    assert_int_equal(ike__uv_watch_matters(p, put_route(p, RT_TABLE_MAIN, 0, ETH), TUN), 1);
}

static void the_kernels_own_notes_do_not_matter(void **state)
{
    uint8_t p[512];
    struct nlmsghdr other = {.nlmsg_type = RTM_NEWNEIGH, .nlmsg_len = sizeof(other)};

    (void)state;
    assert_int_equal(ike__uv_watch_matters(p, put_route(p, RT_TABLE_LOCAL, 0, ETH), TUN), 0);
    assert_int_equal(ike__uv_watch_matters(p, put_route(p, RT_TABLE_MAIN, RTM_F_CLONED, ETH), TUN), 0);
    assert_int_equal(ike__uv_watch_matters(&other, sizeof(other), TUN), 0);
}

static void one_of_several_is_enough(void **state)
{
    uint8_t p[512];
    size_t n = put_link(p, TUN);

    (void)state;
    n += put_route(p + n, RT_TABLE_MAIN, 0, TUN);
    assert_int_equal(ike__uv_watch_matters(p, n, TUN), 0);
    n += put_addr(p + n, ETH);
    assert_int_equal(ike__uv_watch_matters(p, n, TUN), 1);
}

/* The kernel is trusted, but a message that is cut short is not read beyond its end. */
static void short_messages_are_left_alone(void **state)
{
    uint8_t p[512];
    size_t n = put_route(p, RT_TABLE_MAIN, 0, ETH);

    (void)state;
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        assert_non_null(exact);
        memcpy(exact, p, cut);
        assert_int_equal(ike__uv_watch_matters(exact, cut, TUN), 0);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_address_stays),
        cmocka_unit_test(another_address_or_family_moves),
        cmocka_unit_test(no_address_is_no_network_once),
        cmocka_unit_test(coming_back_is_a_move),
        cmocka_unit_test(the_tunnel_is_no_way_to_the_gateway),
        cmocka_unit_test(quiet_for_a_moment_or_long_enough),
        cmocka_unit_test(what_happens_on_our_device_is_our_work),
        cmocka_unit_test(the_kernels_own_notes_do_not_matter),
        cmocka_unit_test(one_of_several_is_enough),
        cmocka_unit_test(short_messages_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
