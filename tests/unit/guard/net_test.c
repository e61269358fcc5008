/* tests/unit/guard/net_test.c - networks, against a model that counts addresses. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "guard/room.h"
#include "scene.h"
#include <ike/err.h>

#define SIDE 16u /* addresses 10.0.0.0 to 10.0.0.15 */

static ike_prefix small(uint32_t first, uint32_t bits)
{
    ike_prefix p = network("10.0.0.0", 28 + bits), net;

    p.addr.ip[3] = (uint8_t)first;
    assert_int_equal(ike__guard_mask(&p, &net), 0);
    return net;
}

/* One bit for each address in it. */
static uint32_t members(const ike_prefix *net)
{
    uint32_t set = 0;

    for (uint32_t i = 0; i < SIDE; i++)
        if (i >> (32 - net->bits) == (uint32_t)net->addr.ip[3] >> (32 - net->bits))
            set |= 1u << i;
    return set;
}

static void agrees_with_a_model(void **state)
{
    (void)state;
    for (uint32_t a = 0; a < SIDE * 5; a++)
        for (uint32_t b = 0; b < SIDE * 5; b++) {
            ike_prefix one = small(a / 5, a % 5), two = small(b / 5, b % 5);
            uint32_t of_one = members(&one), of_two = members(&two);

            assert_int_equal(ike__guard_holds(&one, &two), (of_one & of_two) == of_two);
            assert_int_equal(ike__guard_overlaps(&one, &two), (of_one & of_two) != 0);
            assert_int_equal(ike__guard_is_in(&one, &two.addr), of_one >> two.addr.ip[3] & 1);
        }
}

/* Any four networks together. */
static void coverage_agrees_with_a_model(void **state)
{
    uint32_t dice = 1, covered = 0;

    (void)state;
    for (uint32_t round = 0; round < 20000; round++) {
        ike_prefix list[4], net;
        uint32_t all = 0, n = 1 + round % 4;

        for (uint32_t i = 0; i < n; i++) {
            dice = dice * 1664525u + 1013904223u;
            list[i] = small(dice >> 28, 1 + (dice >> 20) % 4);
            all |= members(&list[i]);
        }
        dice = dice * 1664525u + 1013904223u;
        net = small(dice >> 28, (dice >> 20) % 5);
        assert_int_equal(ike__guard_is_covered(list, n, &net), (all & members(&net)) == members(&net));
        covered += (uint32_t)ike__guard_is_covered(list, n, &net);
    }
    assert_in_range(covered, 2000, 18000);
}

static void whole_families(void **state)
{
    const ike_prefix halves[] = {network("0.0.0.0", 1), network("128.0.0.0", 1), network("::", 1)};
    ike_prefix all4 = ike__guard_everything(4), all6 = ike__guard_everything(6), host = network("::", 128);

    (void)state;
    assert_true(ike__guard_is_covered(halves, 3, &all4));
    assert_false(ike__guard_is_covered(halves, 3, &all6));
    assert_true(ike__guard_is_covered(halves, 3, &host));
    assert_false(ike__guard_is_covered(halves, 0, &all4));
    assert_false(ike__guard_is_covered(&host, 1, &all6));
}

static void a_mask_leaves_nothing_behind_it(void **state)
{
    ike_prefix p = network("255.255.255.255", 12), net;
    char text[IKE_GUARD_NET_TEXT];

    (void)state;
    p.addr.port = 7;
    p.addr.scope = 7;
    assert_int_equal(ike__guard_mask(&p, &net), 0);
    ike__guard_net_text(&net, text);
    assert_string_equal(text, "255.240.0.0/12");
    assert_int_equal(net.addr.port | net.addr.scope, 0);
    p.bits = 33;
    assert_int_equal(ike__guard_mask(&p, &net), IKE_E_CONFIG);
    p.bits = 12;
    p.addr.family = 0;
    assert_int_equal(ike__guard_mask(&p, &net), IKE_E_CONFIG);
    p = network("2001:db8:ffff::1", 33);
    assert_int_equal(ike__guard_mask(&p, &net), 0);
    ike__guard_net_text(&net, text);
    assert_string_equal(text, "2001:db8:8000::/33");
}

/* RFC 1918, RFC 3927, RFC 4193 */
static void private_networks(void **state)
{
    static const struct {
        const char *net;
        uint32_t bits;
        int is_private;
    } cases[] = {{"10.0.0.0", 8, 1},     {"10.9.0.0", 16, 1},    {"8.0.0.0", 6, 0},
                 {"172.16.0.0", 12, 1},  {"172.32.0.0", 16, 0},  {"192.168.0.0", 16, 1},
                 {"192.168.0.0", 15, 0}, {"169.254.0.0", 16, 1}, {"100.64.0.0", 10, 0},
                 {"0.0.0.0", 0, 0},      {"fd00::", 8, 1},       {"fc00::", 7, 1},
                 {"fe80::", 64, 1},      {"2001:db8::", 32, 0},  {"::", 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_prefix p = network(cases[i].net, cases[i].bits);
        if (ike__guard_is_private(&p) != cases[i].is_private)
            fail_msg("%s/%u", cases[i].net, cases[i].bits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_model), cmocka_unit_test(coverage_agrees_with_a_model),
        cmocka_unit_test(whole_families),      cmocka_unit_test(a_mask_leaves_nothing_behind_it),
        cmocka_unit_test(private_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
