/* tests/unit/tun/memory_test.c - two bounded queues and something to wait on. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include <ike/tun.h>
#include <poll.h>

#define DEPTH 4u

static void open_tun(ike_tun *tun, uint32_t depth)
{
    assert_int_equal(ike_tun_memory(tun, depth), 0);
    assert_int_equal(tun->abi, IKE_TUN_ABI);
}

static int is_readable(const ike_tun *tun)
{
    struct pollfd p = {.fd = (int)tun->pollable(tun->self), .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

/* A packet that says which one it is: its length too. */
static size_t make(uint8_t *p, unsigned i)
{
    size_t n = 20 + i % 50;

    memset(p, (int)(i & 0xff), n);
    return n;
}

static void expect(const uint8_t *p, int n, unsigned i)
{
    uint8_t expected[100];

    assert_int_equal(n, make(expected, i));
    assert_memory_equal(p, expected, (size_t)n);
}

/* in order, both ways, over many turns of the ring */
static void packets_keep_their_order(void **state)
{
    uint8_t p[100], out[100];
    unsigned put = 0, taken = 0, written = 0, got = 0;
    ike_tun tun;

    (void)state;
    open_tun(&tun, DEPTH);
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned i = 0; i < 1 + round % DEPTH; i++) {
            size_t n = make(p, put++);
            assert_int_equal(ike_tun_memory_put(&tun, p, n), 0);
            n = make(p, 1000 + written++);
            assert_int_equal(tun.write(tun.self, p, n), 0);
        }
        while (taken < put)
            expect(out, tun.read(tun.self, out, sizeof(out)), taken++);
        while (got < written)
            expect(out, ike_tun_memory_take(&tun, out, sizeof(out)), 1000 + got++);
        assert_int_equal(tun.read(tun.self, out, sizeof(out)), 0);
        assert_int_equal(ike_tun_memory_take(&tun, out, sizeof(out)), 0);
    }
    tun.close(tun.self);
}

/* the descriptor is readable exactly as long as a packet waits */
static void there_is_something_to_wait_on(void **state)
{
    uint8_t p[100], out[100];
    ike_tun tun;

    (void)state;
    open_tun(&tun, DEPTH);
    assert_false(is_readable(&tun));
    for (unsigned i = 0; i < DEPTH; i++)
        assert_int_equal(ike_tun_memory_put(&tun, p, make(p, i)), 0);
    for (unsigned i = 0; i < DEPTH; i++) {
        assert_true(is_readable(&tun));
        expect(out, tun.read(tun.self, out, sizeof(out)), i);
    }
    assert_false(is_readable(&tun));
    assert_int_equal(tun.write(tun.self, p, make(p, 1)), 0); /* the other way is nobody's event */
    assert_false(is_readable(&tun));
    tun.close(tun.self);
}

/* a full queue takes no more, tells the test, drops for the driver, and keeps what it has */
static void queues_are_bounded(void **state)
{
    uint8_t p[100], out[100];
    ike_tun tun;

    (void)state;
    open_tun(&tun, DEPTH);
    for (unsigned i = 0; i < DEPTH + 3; i++) {
        size_t n = make(p, i);
        assert_int_equal(ike_tun_memory_put(&tun, p, n), i < DEPTH ? 0 : IKE_E_LIMIT);
        assert_int_equal(tun.write(tun.self, p, n), 0);
    }
    for (unsigned i = 0; i < DEPTH; i++) {
        expect(out, tun.read(tun.self, out, sizeof(out)), i);
        expect(out, ike_tun_memory_take(&tun, out, sizeof(out)), i);
    }
    assert_int_equal(tun.read(tun.self, out, sizeof(out)), 0);
    assert_int_equal(ike_tun_memory_take(&tun, out, sizeof(out)), 0);
    assert_false(is_readable(&tun)); /* what was refused rang no bell */
    tun.close(tun.self);
}

static void sizes_have_borders(void **state)
{
    static uint8_t big[2049], out[2049];
    ike_tun tun;

    (void)state;
    open_tun(&tun, 1);
    big[0] = 1;
    big[2047] = 2;
    assert_int_equal(ike_tun_memory_put(&tun, big, 2049), IKE_E_LIMIT);
    assert_int_equal(tun.write(tun.self, big, 2049), 0); /* dropped */
    assert_int_equal(ike_tun_memory_take(&tun, out, sizeof(out)), 0);
    assert_int_equal(ike_tun_memory_put(&tun, big, 2048), 0);
    assert_int_equal(tun.write(tun.self, big, 2048), 0);
    /* too small a buffer loses nothing */
    assert_int_equal(tun.read(tun.self, out, 2047), IKE_E_NOSPACE);
    assert_int_equal(ike_tun_memory_take(&tun, out, 2047), IKE_E_NOSPACE);
    assert_true(is_readable(&tun));
    assert_int_equal(tun.read(tun.self, out, 2048), 2048);
    assert_memory_equal(out, big, 2048);
    assert_int_equal(ike_tun_memory_take(&tun, out, 2048), 2048);
    tun.close(tun.self);
}

static void depth_is_bounded(void **state)
{
    const ike_tun_plan plan = IKE_TUN_PLAN_INIT;
    uint8_t p[100];
    ike_tun tun;

    (void)state;
    assert_int_equal(ike_tun_memory(&tun, 0), IKE_E_USAGE);
    assert_null(tun.self);
    assert_int_equal(ike_tun_memory(&tun, 4097), IKE_E_USAGE);
    assert_null(tun.close);
    open_tun(&tun, 4096);
    assert_int_equal(tun.configure(tun.self, &plan), 0);
    assert_string_equal(tun.why(tun.self), "");
    for (unsigned i = 0; i < 4096; i++)
        assert_int_equal(ike_tun_memory_put(&tun, p, make(p, i)), 0);
    assert_int_equal(ike_tun_memory_put(&tun, p, 1), IKE_E_LIMIT);
    tun.close(tun.self); /* full: everything is released */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_keep_their_order), cmocka_unit_test(there_is_something_to_wait_on),
        cmocka_unit_test(queues_are_bounded),       cmocka_unit_test(sizes_have_borders),
        cmocka_unit_test(depth_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
