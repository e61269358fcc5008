/* tests/unit/state/pmtu_test.c - the search for the path's MTU, against paths of every size. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/pmtu.h"

#define SECOND 1000000u

/* A path of that MTU, asked until the search is over; probes come in steps of block octets. Returns the number of asks. */
static unsigned search(struct ike_pmtu *p, uint32_t mtu, uint32_t block, ike_time *now)
{
    const struct ike_pmtu_traffic some = {1, 0};
    unsigned asks = 0;

    while (ike__pmtu_due(p, &some) <= *now) {
        uint32_t asked = ike__pmtu_ask(p, *now), sent = asked / block * block;

        assert_in_range(asked, IKE_PMTU_BASE + 1, p->max);
        asks++;
        *now += SECOND / 10;
        if (sent <= mtu)
            ike__pmtu_passed(p, asked, sent, *now);
        else
            ike__pmtu_failed(p, sent, *now);
        assert_in_range(p->now, IKE_PMTU_BASE, mtu > IKE_PMTU_BASE ? mtu : IKE_PMTU_BASE);
        assert_true(p->now < p->fails && p->fails <= p->max + 1);
        assert_in_range(asks, 1, 8);
    }
    return asks;
}

/* RFC 8899 5.3: never more than the path carries, and never much less; few questions */
static void every_path_is_found(void **state)
{
    static const uint16_t common[] = {1300, 1320, 1340, 1358, 1380, 1400, 1420,
                                      1440, 1452, 1460, 1472, 1480, 1492, 1500};
    static const uint32_t blocks[] = {1, 4, 8, 16};
    ike_time now = 5 * SECOND;
    struct ike_pmtu p;

    (void)state;
    for (uint32_t mtu = 576; mtu <= 1600; mtu++)
        for (unsigned b = 0; b < 4; b++) {
            uint32_t least = IKE_PMTU_BASE;

            ike__pmtu_begin(&p, 1500);
            assert_int_equal(p.now, IKE_PMTU_BASE);
            assert_in_range(search(&p, mtu, blocks[b], &now), 1, 5);
            for (unsigned i = 0; i < sizeof(common) / sizeof(common[0]); i++)
                least = common[i] <= mtu ? common[i] : least;
            assert_in_range(p.now, least / blocks[b] * blocks[b], 1500);
        }
}

static void most_paths_take_one_question(void **state)
{
    ike_time now = SECOND;
    struct ike_pmtu p;

    (void)state;
    ike__pmtu_begin(&p, 1500);
    assert_int_equal(search(&p, 1500, 1, &now), 1);
    assert_int_equal(p.now, 1500);
    ike__pmtu_begin(&p, 9000);
    assert_int_equal(search(&p, 9000, 1, &now), 1);
    ike__pmtu_begin(&p, 1280);
    assert_int_equal(search(&p, 1500, 1, &now), 0);
    assert_int_equal(p.now, 1280);
}

static void nothing_is_asked_without_traffic(void **state)
{
    const struct ike_pmtu_traffic none = {0, 0}, little = {IKE_PMTU_BASE, SECOND}, some = {1, 0};
    ike_time now = SECOND;
    struct ike_pmtu p;

    (void)state;
    ike__pmtu_begin(&p, 0);
    assert_true(ike__pmtu_due(&p, &some) == IKE_NEVER);
    ike__pmtu_begin(&p, 1500);
    assert_true(ike__pmtu_due(&p, &none) == IKE_NEVER);
    assert_true(ike__pmtu_due(&p, &some) == 0);
    (void)search(&p, 1492, 1, &now);
    assert_true(ike__pmtu_due(&p, &none) == IKE_NEVER);
    assert_true(ike__pmtu_due(&p, &little) == IKE_NEVER);
}

/* RFC 8899 5.1.1: CONFIRMATION_TIMER, PMTU_RAISE_TIMER; and at once when large packets stay unanswered */
static void what_passed_is_asked_again(void **state)
{
    struct ike_pmtu_traffic much = {100000, 0};
    ike_time now = SECOND, then;
    struct ike_pmtu p;

    (void)state;
    ike__pmtu_begin(&p, 1500);
    (void)search(&p, 1500, 1, &now);
    then = p.asked_at;
    assert_true(ike__pmtu_due(&p, &much) == then + 30 * SECOND);
    much.silence = then + 10 * SECOND;
    assert_true(ike__pmtu_due(&p, &much) == then + 11 * SECOND);
    much.silence = then + SECOND; /* but not every second */
    assert_true(ike__pmtu_due(&p, &much) == then + 3 * SECOND);
    assert_int_equal(ike__pmtu_ask(&p, then + 3 * SECOND), 1500);

    ike__pmtu_begin(&p, 1500);
    (void)search(&p, 1280, 1, &now);
    much.silence = 0;
    assert_int_equal(p.now, 1280);
    assert_true(ike__pmtu_due(&p, &much) == p.failed_at + 600 * SECOND);
    assert_int_equal(ike__pmtu_ask(&p, p.failed_at + 600 * SECOND), 1500);
    (void)search(&p, 1500, 1, &now);
    assert_int_equal(p.now, 1500);
}

/* RFC 8899 4.3 */
static void a_black_hole_leads_back_to_the_base(void **state)
{
    ike_time now = SECOND;
    struct ike_pmtu p;

    (void)state;
    for (uint32_t block = 1; block <= 16; block += 15) {
        ike__pmtu_begin(&p, 1500);
        (void)search(&p, 1500, block, &now);
        now += 40 * SECOND;
        assert_int_equal(ike__pmtu_ask(&p, now), p.now);
        ike__pmtu_failed(&p, p.now, now);
        assert_int_equal(p.now, IKE_PMTU_BASE);
        (void)search(&p, 1400, block, &now);
        assert_in_range(p.now, 1400 - block + 1, 1400);
    }
}

/* RFC 8899 4.6.2, RFC 8201 4: a hint can lower, to the base at most; it is never proof that something passes */
static void routers_can_only_lower(void **state)
{
    ike_time now = SECOND;
    struct ike_pmtu p;

    (void)state;
    ike__pmtu_begin(&p, 1500);
    assert_int_equal(ike__pmtu_hint(&p, 9000, now), 0);
    assert_int_equal(ike__pmtu_hint(&p, 1433, now), 1); /* before anything passed: the next to be asked */
    assert_int_equal(p.now, 1280);
    assert_int_equal(ike__pmtu_ask(&p, now), 1433);
    assert_int_equal(search(&p, 1433, 1, &now), 1);
    assert_int_equal(p.now, 1433);
    assert_int_equal(ike__pmtu_hint(&p, 1433, now), 0); /* said twice */
    assert_int_equal(ike__pmtu_hint(&p, 1500, now), 0);
    assert_int_equal(ike__pmtu_hint(&p, 1410, now), 1); /* later: believed, and asked for at once */
    assert_int_equal(p.now, 1410);
    assert_int_equal(ike__pmtu_ask(&p, now), 1410);
    assert_int_equal(search(&p, 1410, 1, &now), 1);
    assert_int_equal(ike__pmtu_hint(&p, 1390, now), 1); /* a lie: less passes than it says */
    assert_in_range(search(&p, 1350, 1, &now), 2, 5);
    assert_int_equal(p.now, 1340);
    assert_int_equal(ike__pmtu_hint(&p, 68, now), 1);
    assert_int_equal(p.now, IKE_PMTU_BASE);
    assert_int_equal(search(&p, 1350, 1, &now), 0);
    assert_int_equal(ike__pmtu_hint(&p, 0, now), 0);
    ike__pmtu_begin(&p, 0);
    assert_int_equal(ike__pmtu_hint(&p, 1300, now), 0);
}

static void an_answer_that_comes_after_the_hint_proves_nothing(void **state)
{
    struct ike_pmtu p;

    (void)state;
    ike__pmtu_begin(&p, 1500);
    assert_int_equal(ike__pmtu_ask(&p, SECOND), 1500);
    assert_int_equal(ike__pmtu_hint(&p, 1400, SECOND), 1);
    ike__pmtu_passed(&p, 1500, 1500, SECOND);
    assert_int_equal(p.now, IKE_PMTU_BASE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_is_found),
        cmocka_unit_test(most_paths_take_one_question),
        cmocka_unit_test(nothing_is_asked_without_traffic),
        cmocka_unit_test(what_passed_is_asked_again),
        cmocka_unit_test(a_black_hole_leads_back_to_the_base),
        cmocka_unit_test(routers_can_only_lower),
        cmocka_unit_test(an_answer_that_comes_after_the_hint_proves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
