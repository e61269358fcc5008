/* tests/unit/driver/again_test.c - the pauses between attempts to connect again. SPDX-License-Identifier: Apache-2.0 */
#include "driver/room.h"
#include "fake/test.h"

/* doubling from a fifth of a second to half a minute, and never longer, however often */
static void pauses_grow_and_stay_bounded(void **state)
{
    uint64_t last = 0;

    (void)state;
    assert_int_equal(ike__uv_again_pause(0, 0), 200);
    for (uint32_t attempt = 0; attempt < 100; attempt++) {
        uint64_t ms = ike__uv_again_pause(attempt, 0);
        assert_true(ms >= last && ms <= 30000);
        assert_true(ms == last * 2 || last == 0 || ms == 30000);
        last = ms;
    }
    assert_int_equal(ike__uv_again_pause(UINT32_MAX, 0), 30000);
}

/* up to a quarter less at random, so that a gateway that comes back is not met by all its clients at once */
static void pauses_differ(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint64_t ms = ike__uv_again_pause(4, (uint8_t)octet);
        assert_true(ms <= 3200 && ms >= 2400);
    }
    assert_int_equal(ike__uv_again_pause(4, 255), 2400);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow_and_stay_bounded),
        cmocka_unit_test(pauses_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
