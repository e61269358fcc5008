/* tests/unit/state/lifetime_test.c - when an SA is rekeyed, and when it is used up. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/child_sa.h"

#define SECOND UINT64_C(1000000)

static const uint32_t seconds[] = {1, 9, 60, 600, 3600, 86400, 31536000, UINT32_MAX - 1};

/* RFC 7296 2.8.1, row 194: jittered, at most a tenth early; the hard end a tenth late; whatever the clock says */
static void soft_before_hard(void **state)
{
    static const ike_time clock[] = {0, 1, 123456789, UINT64_C(1) << 62};

    (void)state;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        for (size_t k = 0; k < sizeof(clock) / sizeof(clock[0]); k++) {
            ike_time us = seconds[i] * SECOND, before = IKE_NEVER;

            for (unsigned jitter = 0; jitter < 256; jitter++) {
                struct ike_lifetime l;

                memset(&l, 0xa5, sizeof(l));
                ike__lifetime_begin(&l, clock[k], seconds[i], (uint8_t)jitter);
                assert_true(l.rekey_at <= before); /* more jitter, earlier */
                before = l.rekey_at;
                assert_true(l.rekey_at >= clock[k] + us / 10 * 9 && l.rekey_at <= clock[k] + us);
                assert_true(l.expire_at == clock[k] + us + us / 10);
                assert_true(l.packets == UINT64_MAX && l.bytes == UINT64_MAX);
            }
            assert_true(before == clock[k] + us - us / 10); /* the most */
        }
}

/* row 194: IKE_OFF: never, either end of it */
static void off_is_never(void **state)
{
    struct ike_lifetime l;

    (void)state;
    memset(&l, 0, sizeof(l));
    ike__lifetime_begin(&l, 5, IKE_OFF, 255);
    assert_true(l.rekey_at == IKE_NEVER && l.expire_at == IKE_NEVER);
    assert_true(ike__lifetime_rekey_due(&l, UINT64_MAX - 1, UINT64_MAX - 1) == IKE_NEVER);
}

/* RFC 7296 2.25, row 214: "… MUST wait …": 10 to 60 seconds, and the hard end stays where it is */
static void postponed(void **state)
{
    struct ike_lifetime l;
    ike_time before = 0;

    (void)state;
    for (unsigned jitter = 0; jitter < 256; jitter++) {
        ike__lifetime_begin(&l, 0, 600, 0);
        l.packets = 10;
        l.bytes = 1000;
        ike__lifetime_busy(&l);
        ike__lifetime_postpone(&l, 600 * SECOND, (uint8_t)jitter);
        assert_true(l.rekey_at >= 610 * SECOND && l.rekey_at <= 660 * SECOND && l.rekey_at > before);
        before = l.rekey_at;
        assert_true(l.expire_at == 660 * SECOND);
        /* a limit that was passed must not make it due at once */
        assert_true(ike__lifetime_rekey_due(&l, 11, 1001) == l.rekey_at);
    }
    assert_true(before == 660 * SECOND);
}

/* RFC 7296 2.8: a rekeying under way is not begun twice, however full the SA gets; the hard end counts */
static void busy(void **state)
{
    struct ike_lifetime l;

    (void)state;
    ike__lifetime_begin(&l, 0, 600, 0);
    l.packets = l.bytes = 1;
    ike__lifetime_busy(&l);
    assert_true(ike__lifetime_rekey_due(&l, 100, 100) == IKE_NEVER);
    assert_true(l.expire_at == 660 * SECOND);
}

/* RFC 7296 2.8, RFC 4303 3.3.3, rows 194, 282: at the limit, not before it; then at once */
static void packets_and_octets(void **state)
{
    struct ike_lifetime l;

    (void)state;
    ike__lifetime_begin(&l, 7, 600, 0);
    l.packets = 10;
    l.bytes = 1000;
    assert_true(ike__lifetime_rekey_due(&l, 9, 999) == l.rekey_at);
    assert_true(ike__lifetime_rekey_due(&l, 10, 0) == 0);
    assert_true(ike__lifetime_rekey_due(&l, 0, 1000) == 0);
    assert_true(ike__lifetime_rekey_due(&l, UINT64_MAX, UINT64_MAX) == 0);
}

/* RFC 7296 2.8, rows 194, 222, 282: of a child, either direction counts; what has a successor is not rekeyed again */
static void children(void **state)
{
    static struct ike_child_sa c;

    (void)state;
    ike__lifetime_begin(&c.life, 0, 600, 0);
    c.life.packets = 10;
    c.life.bytes = 1000;
    assert_true(ike__child_rekey_due(&c) == 600 * SECOND);
    assert_true(ike__child_expire_due(&c) == 660 * SECOND);
    c.out.next_seq = 10;
    assert_true(ike__child_rekey_due(&c) == 0);
    c.out.next_seq = 0;
    c.in.replay.top = 10;
    assert_true(ike__child_rekey_due(&c) == 0);
    c.in.replay.top = 0;
    c.in.stats.bytes = 1000;
    assert_true(ike__child_rekey_due(&c) == 0);
    c.is_replaced = 1;
    assert_true(ike__child_rekey_due(&c) == IKE_NEVER);
    c.is_replaced = 0;
    c.is_redundant = 1;
    assert_true(ike__child_rekey_due(&c) == IKE_NEVER);
    c.is_redundant = 0;
    c.may_send = 1;
    ike__child_linger(&c, &(ike_env)IKE_ENV_INIT, 5);
    assert_int_equal(c.may_send, 0);
    assert_true(ike__child_rekey_due(&c) == IKE_NEVER);
    assert_true(ike__child_expire_due(&c) == 5);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(soft_before_hard),   cmocka_unit_test(off_is_never),
        cmocka_unit_test(postponed),          cmocka_unit_test(busy),
        cmocka_unit_test(packets_and_octets), cmocka_unit_test(children),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
