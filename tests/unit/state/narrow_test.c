/* tests/unit/state/narrow_test.c - selectors as sets, against a model that counts members. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/narrow.h"
#include "wire/payloads.h"

#define SIDE 4u /* addresses and ports of the model: 0..3; protocols: 6, 17 and all others */

static ike_ts range(uint8_t family, uint8_t proto, unsigned first, unsigned last, unsigned from, unsigned to)
{
    ike_ts t;
    size_t low = family == 4 ? 3 : 15;

    memset(&t, 0, sizeof(t));
    t.proto = proto;
    t.first.family = t.last.family = family;
    t.first.ip[0] = t.last.ip[0] = family == 4 ? 10 : 0xfd;
    t.first.ip[low] = (uint8_t)first;
    t.last.ip[low] = (uint8_t)last;
    t.first.port = (uint16_t)from;
    t.last.port = (uint16_t)to;
    return t;
}

/* One bit for each address, port and protocol that a selector holds. */
static uint64_t members(const ike_ts *t)
{
    size_t low = t->first.family == 4 ? 3 : 15;
    uint64_t set = 0;

    for (unsigned a = t->first.ip[low]; a <= t->last.ip[low]; a++)
        for (unsigned port = t->first.port; port <= t->last.port; port++)
            for (unsigned proto = 0; proto < 3; proto++)
                if (t->proto == 0 || (t->proto == 6 && proto == 0) || (t->proto == 17 && proto == 1))
                    set |= UINT64_C(1) << ((a * SIDE + port) * 3 + proto);
    return set;
}

static unsigned every_selector(uint8_t family, ike_ts *out)
{
    static const uint8_t protos[] = {0, 6, 17};
    unsigned n = 0;

    for (unsigned first = 0; first < SIDE; first++)
        for (unsigned last = first; last < SIDE; last++)
            for (unsigned from = 0; from < SIDE; from++)
                for (unsigned to = from; to < SIDE; to++)
                    for (unsigned p = 0; p < 3; p++)
                        out[n++] = range(family, protos[p], first, last, from, to);
    return n;
}

/* RFC 7296 2.9, 3.13.1, rows 173, 174: inside means no member more; the common part has exactly the common members */
static void agrees_with_a_model(void **state)
{
    static ike_ts all[300];
    static uint64_t set[300];

    (void)state;
    for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2)) {
        unsigned n = every_selector(family, all);
        assert_int_equal(n, 300);
        for (unsigned i = 0; i < n; i++)
            set[i] = members(&all[i]);
        for (unsigned i = 0; i < n; i++)
            for (unsigned k = 0; k < n; k++) {
                ike_ts both;
                uint32_t got = ike__ts_intersect(&all[i], 1, &all[k], 1, &both, 1);
                if (ike__ts_inside(&all[i], &all[k]) != ((set[i] & ~set[k]) == 0))
                    fail_msg("inside: %u in %u", i, k);
                if (got != ((set[i] & set[k]) != 0) || (got && members(&both) != (set[i] & set[k])))
                    fail_msg("intersect: %u and %u", i, k);
            }
    }
}

/* RFC 7296 3.13.1: everything of a family holds everything of it, and nothing of the other */
static void families_are_apart(void **state)
{
    const ike_ts all4 = ike__ts_all(4), all6 = ike__ts_all(6);
    const ike_ts some4 = range(4, 17, 1, 9, 500, 4500), some6 = range(6, 0, 1, 9, 0, 65535);
    ike_ts out;

    (void)state;
    assert_true(ike__ts_inside(&some4, &all4));
    assert_true(ike__ts_inside(&some6, &all6));
    assert_true(ike__ts_inside(&all4, &all4));
    assert_false(ike__ts_inside(&all4, &some4));
    assert_false(ike__ts_inside(&some4, &all6));
    assert_false(ike__ts_inside(&some6, &all4));
    assert_int_equal(ike__ts_intersect(&all4, 1, &all6, 1, &out, 1), 0);
    assert_int_equal(all4.last.ip[3], 255);
    assert_int_equal(all4.last.ip[4], 0);
    assert_int_equal(all6.last.ip[15], 255);
    assert_int_equal(all4.last.port, 65535);
    assert_int_equal(all4.proto, 0);
}

/* RFC 7296 2.9: the first octet counts more than the last */
static void addresses_are_compared_from_the_front(void **state)
{
    ike_ts outer = range(4, 0, 200, 0, 0, 65535), inner = range(4, 0, 100, 100, 0, 65535);

    (void)state;
    outer.last.ip[0] = 11; /* 10.0.0.200 .. 11.0.0.0 */
    assert_false(ike__ts_inside(&inner, &outer));
    inner.first.ip[1] = inner.last.ip[1] = 1; /* 10.1.0.100 */
    assert_true(ike__ts_inside(&inner, &outer));
    inner.last.ip[0] = 11; /* .. 11.1.0.100 */
    assert_false(ike__ts_inside(&inner, &outer));
}

/* RFC 7296 2.9, 2.9.1, 3.13, rows 173 to 175: each chosen selector inside an offered one, and at least one */
static void narrowing_is_checked_selector_by_selector(void **state)
{
    const ike_ts offered[] = {range(4, 0, 10, 20, 0, 65535), range(4, 6, 40, 50, 80, 90),
                              range(6, 0, 1, 2, 0, 65535)};
    const ike_ts good[] = {range(4, 17, 12, 13, 53, 53), range(4, 6, 50, 50, 90, 90),
                           range(6, 0, 1, 1, 0, 65535)};
    const ike_ts bad[] = {range(4, 0, 9, 20, 0, 65535),  range(4, 0, 10, 21, 0, 65535),
                          range(4, 0, 40, 50, 80, 90),   range(4, 17, 40, 50, 80, 90),
                          range(4, 6, 40, 50, 79, 90),   range(4, 6, 40, 50, 80, 91),
                          range(4, 6, 40, 50, 0, 65535), range(4, 0, 30, 30, 0, 65535),
                          range(6, 0, 0, 2, 0, 65535),   range(6, 6, 40, 50, 80, 90)};

    (void)state;
    assert_true(ike__ts_narrowed(good, 3, offered, 3));
    assert_true(ike__ts_narrowed(offered, 3, offered, 3));
    assert_true(ike__ts_narrowed(good, 1, offered, 1));
    assert_false(ike__ts_narrowed(good, 3, offered, 2));
    assert_false(ike__ts_narrowed(good, 0, offered, 3));
    assert_false(ike__ts_narrowed(good, 1, offered, 0));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const ike_ts mixed[] = {good[0], bad[i]}; /* one good one does not excuse the other */
        assert_false(ike__ts_narrowed(&bad[i], 1, offered, 3));
        assert_false(ike__ts_narrowed(mixed, 2, offered, 3));
    }
}

/* RFC 7296 3.13.1, rows 174, 179: OPAQUE is no range of ports; "any" holds both */
static void opaque_ports_are_no_range(void **state)
{
    const ike_ts opaque = range(4, 17, 1, 1, 65535, 0), any = range(4, 17, 1, 1, 0, 65535);
    const ike_ts ranges[] = {range(4, 17, 1, 1, 0, 0), range(4, 17, 1, 1, 53, 80),
                             range(4, 17, 1, 1, 1, 65535), range(4, 17, 1, 1, 0, 65534),
                             range(4, 17, 1, 1, 65535, 65535)};
    const ike_ts backwards = range(4, 17, 1, 1, 80, 53);
    ike_ts out;

    (void)state;
    assert_true(ike__ts_inside(&opaque, &opaque));
    assert_true(ike__ts_inside(&opaque, &any));
    assert_false(ike__ts_inside(&any, &opaque));
    assert_int_equal(ike__ts_intersect(&opaque, 1, &any, 1, &out, 1), 1);
    assert_memory_equal(&out, &opaque, sizeof(out));
    assert_int_equal(ike__ts_intersect(&any, 1, &opaque, 1, &out, 1), 1);
    assert_memory_equal(&out, &opaque, sizeof(out));
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        assert_false(ike__ts_inside(&opaque, &ranges[i]));
        assert_false(ike__ts_inside(&ranges[i], &opaque));
        assert_false(ike__ts_inside(&backwards, &ranges[i]));
        assert_int_equal(ike__ts_intersect(&opaque, 1, &ranges[i], 1, &out, 1), 0);
    }
    assert_false(ike__ts_inside(&backwards, &opaque));
    assert_false(ike__ts_inside(&backwards, &any));
}

/* RFC 7296 2.19: the virtual address must lie in the selectors; its port says nothing */
static void addresses_are_held(void **state)
{
    const ike_ts ts[] = {range(4, 6, 10, 20, 80, 80), range(6, 0, 10, 20, 0, 65535)};

    (void)state;
    for (uint8_t family = 4; family <= 6; family = (uint8_t)(family + 2))
        for (unsigned i = 0; i < 256; i++) {
            ike_addr a = range(family, 0, i, i, 4711, 0).first;
            assert_int_equal(ike__ts_holds(ts, 2, &a), i >= 10 && i <= 20);
            assert_int_equal(ike__ts_holds(ts, 1, &a), family == 4 && i >= 10 && i <= 20);
            assert_int_equal(ike__ts_holds(ts, 0, &a), 0);
        }
}

static void one_address_is_a_selector(void **state)
{
    ike_addr a = range(6, 0, 7, 7, 4711, 0).first;
    ike_ts host;

    (void)state;
    a.scope = 3;
    host = ike__ts_host(&a);
    assert_true(ike__ts_holds(&host, 1, &a));
    assert_int_equal(host.first.port, 0);
    assert_int_equal(host.last.port, 65535);
    assert_int_equal(host.first.scope, 0);
    a.ip[15]++;
    assert_false(ike__ts_holds(&host, 1, &a));
}

/* RFC 7296 2.9: all the common parts, as many as there is room for */
static void common_parts_are_bounded(void **state)
{
    const ike_ts offered[] = {range(4, 0, 0, 100, 0, 65535), range(4, 0, 50, 200, 0, 65535)};
    const ike_ts allowed[] = {range(4, 6, 90, 120, 80, 80), range(4, 17, 10, 60, 53, 53)};
    ike_ts out[5];

    (void)state;
    memset(out, 0xee, sizeof(out));
    assert_int_equal(ike__ts_intersect(offered, 2, allowed, 2, out, 5), 4);
    assert_int_equal(out[0].first.ip[3], 90);
    assert_int_equal(out[0].last.ip[3], 100);
    assert_int_equal(out[0].proto, 6);
    assert_int_equal(out[0].first.port, 80);
    assert_int_equal(out[3].first.ip[3], 50);
    assert_int_equal(out[3].last.ip[3], 60);
    assert_true(ike__ts_narrowed(out, 4, offered, 2));
    assert_true(ike__ts_narrowed(out, 4, allowed, 2));
    memset(out, 0xee, sizeof(out));
    assert_int_equal(ike__ts_intersect(offered, 2, allowed, 2, out, 3), 3);
    assert_int_equal(out[3].proto, 0xee);
}

static ike_ts octets(uint8_t first, uint8_t last)
{
    ike_ts ts = ike__ts_all(4);

    memset(ts.last.ip, 0, 4);
    ts.first.ip[0] = ts.last.ip[0] = 10;
    ts.first.ip[3] = first;
    ts.last.ip[3] = last;
    return ts;
}

/* RFC 7296 2.9: what a narrowing left out, against a model that counts members */
static void without_is_the_difference(void **state)
{
    ike_ts from = octets(10, 20), out[IKE_TS_MAX], minus[2];
    uint32_t n;

    (void)state;
    for (uint8_t a = 5; a < 25; a++)
        for (uint8_t b = a; b < 25; b++) {
            minus[0] = octets(a, b);
            minus[1] = octets(12, 13);
            n = ike__ts_without(&from, 1, minus, 2, out, IKE_TS_MAX);
            for (uint8_t x = 0; x < 30; x++) {
                ike_addr addr = octets(x, x).first;
                int expected = x >= 10 && x <= 20 && !(x >= a && x <= b) && x != 12 && x != 13;

                assert_int_equal(n > 0 && ike__ts_holds(out, n, &addr), expected);
            }
        }
    minus[0] = octets(0, 255);
    minus[0].proto = 6; /* TCP alone takes nothing of everything away */
    assert_int_equal(ike__ts_without(&from, 1, minus, 1, out, IKE_TS_MAX), 1);
    minus[0].proto = 0;
    assert_int_equal(ike__ts_without(&from, 1, minus, 1, out, IKE_TS_MAX), 0);
    minus[0] = octets(15, 15);
    assert_int_equal(ike__ts_without(&from, 1, minus, 1, out, 1), 1); /* no room for the upper part */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_is_the_difference),
        cmocka_unit_test(agrees_with_a_model),
        cmocka_unit_test(families_are_apart),
        cmocka_unit_test(addresses_are_compared_from_the_front),
        cmocka_unit_test(narrowing_is_checked_selector_by_selector),
        cmocka_unit_test(opaque_ports_are_no_range),
        cmocka_unit_test(addresses_are_held),
        cmocka_unit_test(one_address_is_a_selector),
        cmocka_unit_test(common_parts_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
