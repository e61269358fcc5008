/* tests/unit/esp/replay_test.c - the window against a model that remembers everything. SPDX-License-Identifier: Apache-2.0 */
#include "esp/replay.h"
#include "fake/crypto_fake.h"
#include "fake/test.h"

/* RFC 4303 3.4.3, row 283: every number once, inside or above the window; nothing below */
static void agrees_with_a_model(void **state)
{
    static const uint32_t windows[] = {64, 128, 1024, 4096};

    (void)state;
    for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++)
        for (uint64_t seed = 1; seed < 20; seed++) {
            static uint8_t seen[200000];
            struct crypto_fake rng;
            struct ike_replay r;
            uint64_t top = 0, at = 1;
            memset(seen, 0, sizeof(seen));
            crypto_fake_init(&rng, seed);
            assert_int_equal(ike__replay_init(&r, NULL, windows[w]), 0);
            for (int i = 0; i < 20000 && at < sizeof(seen) - 5000; i++) {
                uint16_t jump;
                uint64_t seq;
                int fresh;
                (void)rng.table.random(&rng, (uint8_t *)&jump, sizeof(jump));
                at += jump % 7 == 0 ? jump % 3000u : jump % 3u;
                seq = at > jump % (2 * windows[w]) ? at - jump % (2 * windows[w]) : 0;
                fresh = seq != 0 && (seq > top || (top - seq < windows[w] && !seen[seq]));
                assert_int_equal(ike__replay_look(&r, seq), fresh);
                if (fresh) {
                    ike__replay_mark(&r, seq);
                    seen[seq] = 1;
                    top = seq > top ? seq : top;
                }
                assert_int_equal(r.top, top);
            }
            ike__replay_free(&r, NULL);
        }
}

/* number 0 never; the first packet; a leap over the whole window */
static void edges(void **state)
{
    struct ike_replay r;

    (void)state;
    assert_int_equal(ike__replay_init(&r, NULL, 1024), 0);
    assert_int_equal(ike__replay_look(&r, 0), 0);
    assert_int_equal(ike__replay_look(&r, 1), 1);
    ike__replay_mark(&r, 1);
    assert_int_equal(ike__replay_look(&r, 1), 0);
    ike__replay_mark(&r, UINT64_C(1) << 40);
    assert_int_equal(ike__replay_look(&r, (UINT64_C(1) << 40) - 1), 1);
    assert_int_equal(ike__replay_look(&r, (UINT64_C(1) << 40) - 1023), 1);
    assert_int_equal(ike__replay_look(&r, (UINT64_C(1) << 40) - 1024), 0);
    ike__replay_mark(&r, UINT64_MAX);
    assert_int_equal(ike__replay_look(&r, UINT64_MAX), 0);
    assert_int_equal(ike__replay_look(&r, UINT64_MAX - 1), 1);
    ike__replay_free(&r, NULL);

    assert_int_equal(ike__replay_init(&r, NULL, 0), 0); /* switched off */
    ike__replay_mark(&r, 7);
    assert_int_equal(ike__replay_look(&r, 7), 1);
    assert_int_equal(ike__replay_look(&r, 0), 0);
    ike__replay_free(&r, NULL);
}

/* RFC 4303 appendix A2.2: the high half, on both sides of each boundary */
static void extended_numbers_are_inferred(void **state)
{
    static const uint64_t tops[] = {0,           5,           1000,        5000,
                                    0xfffffff0,  0xffffffff,  0x100000000, 0x100000005,
                                    0x1000003ff, 0x100000400, 0x2fffffff0, 0x300000010};
    struct ike_replay r;

    (void)state;
    assert_int_equal(ike__replay_init(&r, NULL, 1024), 0);
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
        r.top = tops[i];
        for (int64_t step = -1023; step < 5000; step++) {
            uint64_t seq = tops[i] + (uint64_t)step;
            if (step < 0 && tops[i] < (uint64_t)-step)
                continue;
            assert_int_equal(ike__replay_infer(&r, (uint32_t)seq, 1), seq);
        }
        assert_int_equal(ike__replay_infer(&r, 77, 0), 77);
    }
    ike__replay_free(&r, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_model),
        cmocka_unit_test(edges),
        cmocka_unit_test(extended_numbers_are_inferred),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
