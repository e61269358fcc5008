/* tests/unit/esp/toobig_test.c - which packets are refused, and what their senders are told. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "esp/ippeek.h"
#include "esp/toobig.h"
#include <stdlib.h>

static size_t packet4(uint8_t *ip, size_t n, uint16_t fragment, uint8_t proto)
{
    memset(ip, 0x11, n);
    ip[0] = 0x45;
    ike__put_be16(ip + 2, (uint16_t)n);
    ike__put_be16(ip + 6, fragment);
    ip[9] = proto;
    ike__put_be32(ip + 12, 0x0a090002);
    ike__put_be32(ip + 16, 0x0a4e0001);
    return n;
}

static size_t packet6(uint8_t *ip, size_t n, uint8_t next)
{
    memset(ip, 0x11, n);
    ip[0] = 0x60;
    ike__put_be16(ip + 4, (uint16_t)(n - 40));
    ip[6] = next;
    ip[8] = ip[24] = 0xfd;
    return n;
}

static uint16_t sum(uint32_t from, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        from += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    while (from >> 16)
        from = (from & 0xffff) + (from >> 16);
    return (uint16_t)from;
}

/* RFC 791: what may be cut is not refused; RFC 8200 5: 1280 octets of IPv6 are carried everywhere */
static void who_is_refused(void **state)
{
    uint8_t ip[1600];

    (void)state;
    (void)packet4(ip, 1500, 0x4000, 17);
    assert_int_equal(ike__toobig_matters(ip, 1439, 1438), 1);
    assert_int_equal(ike__toobig_matters(ip, 1438, 1438), 0);
    (void)packet4(ip, 1500, 0, 17);
    assert_int_equal(ike__toobig_matters(ip, 1500, 1438), 0);
    (void)packet6(ip, 1500, 17);
    assert_int_equal(ike__toobig_matters(ip, 1439, 1438), 1);
    assert_int_equal(ike__toobig_matters(ip, 1280, 1218), 0);
    assert_int_equal(ike__toobig_matters(ip, 1281, 1218), 1);
    assert_int_equal(ike__toobig_matters(ip, 19, 10), 0);
}

/* RFC 792, RFC 1191 4, RFC 1812 4.3.2.3 */
static void ip4_is_told(void **state)
{
    uint8_t ip[1600], out[IKE_TOOBIG_MAX];
    size_t n;

    (void)state;
    for (size_t len = 28; len <= 1600; len += 131) {
        (void)packet4(ip, len, 0x4000, 6);
        n = ike__toobig_write(ike__span(ip, len), 1438, out, sizeof(out));
        assert_int_equal(n, 28 + (len < 548 ? len : 548));
        assert_int_equal(out[0], 0x45);
        assert_int_equal(ike__be16(out + 2), n);
        assert_int_equal(sum(0, out, 20), 0xffff);
        assert_int_equal(sum(0, out + 20, n - 20), 0xffff);
        assert_memory_equal(out + 12, ip + 16, 4);
        assert_memory_equal(out + 16, ip + 12, 4);
        assert_int_equal(ike__be32(out + 20) >> 16, 0x0304);
        assert_int_equal(ike__be32(out + 24), 1438);
        assert_memory_equal(out + 28, ip, n - 28);
    }
    assert_int_equal(ike__toobig_write(ike__span(ip, 1600), 1438, out, IKE_TOOBIG_MAX - 1), 0);
}

/* RFC 4443 3.2, 2.4 (c); RFC 8201 4 */
static void ip6_is_told(void **state)
{
    uint8_t ip[1600], out[IKE_TOOBIG_MAX];
    size_t n;

    (void)state;
    for (size_t len = 48; len <= 1600; len += 97) {
        (void)packet6(ip, len, 17);
        n = ike__toobig_write(ike__span(ip, len), 1218, out, sizeof(out));
        assert_int_equal(n, 48 + (len < 1232 ? len : 1232));
        assert_int_equal(ike__be16(out + 4), n - 40);
        assert_int_equal(sum(58 + (uint32_t)(n - 40) + sum(0, out + 8, 32), out + 40, n - 40), 0xffff);
        assert_memory_equal(out + 8, ip + 24, 16);
        assert_memory_equal(out + 24, ip + 8, 16);
        assert_int_equal(out[40], 2);
        assert_int_equal(ike__be32(out + 44), 1280); /* less would not be believed */
        assert_memory_equal(out + 48, ip, n - 48);
    }
    (void)packet6(ip, 1500, 17);
    (void)ike__toobig_write(ike__span(ip, 1500), 1418, out, sizeof(out));
    assert_int_equal(ike__be32(out + 44), 1418);
}

static void not_answered(uint8_t *ip, size_t n)
{
    uint8_t out[IKE_TOOBIG_MAX];

    assert_int_equal(ike__toobig_write(ike__span(ip, n), 1300, out, sizeof(out)), 0);
}

/* RFC 1122 3.2.2, RFC 4443 2.4 (e): errors, later fragments, groups, nobody */
static void some_are_not_told(void **state)
{
    static const uint8_t errors4[] = {3, 4, 5, 11, 12}, errors6[] = {1, 2, 3, 4, 127};
    uint8_t ip[1600], out[IKE_TOOBIG_MAX];

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        (void)packet4(ip, 1500, 0x4000, 1);
        ip[20] = errors4[i];
        not_answered(ip, 1500);
        (void)packet6(ip, 1500, 58);
        ip[40] = errors6[i];
        not_answered(ip, 1500);
    }
    (void)packet4(ip, 1500, 0x4000, 1);
    ip[20] = 8; /* an echo request is */
    assert_int_not_equal(ike__toobig_write(ike__span(ip, 1500), 1300, out, sizeof(out)), 0);
    (void)packet6(ip, 1500, 58);
    ip[40] = 128;
    assert_int_not_equal(ike__toobig_write(ike__span(ip, 1500), 1300, out, sizeof(out)), 0);
    (void)packet4(ip, 1500, 0x4001, 17);
    not_answered(ip, 1500);
    for (unsigned i = 0; i < 2; i++) {
        (void)packet4(ip, 1500, 0x4000, 17);
        ip[12 + 4 * i] = 224;
        not_answered(ip, 1500);
        ip[12 + 4 * i] = 0;
        not_answered(ip, 1500);
        (void)packet6(ip, 1500, 17);
        ip[8 + 16 * i] = 0xff;
        not_answered(ip, 1500);
        memset(ip + 8 + 16 * i, 0, 16);
        not_answered(ip, 1500);
    }
    (void)packet4(ip, 1500, 0x4000, 17);
    not_answered(ip, 1499); /* not all there */
    not_answered(ip, 0);
}

/* RFC 4443 2.4 (f) */
static void answers_are_few(void **state)
{
    struct ike_toobig_rate r = {0, 0, 0};
    ike_time now = 0;
    unsigned n = 0;

    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        n += (unsigned)ike__toobig_may(&r, now);
    assert_int_equal(n, 10);
    for (unsigned i = 0; i < 10000; i++) /* ten seconds, a packet each millisecond */
        n += (unsigned)ike__toobig_may(&r, now += 1000);
    assert_in_range(n, 100, 120);
    assert_int_equal(ike__toobig_may(&r, now += 3600000000u), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_refused),    cmocka_unit_test(ip4_is_told),     cmocka_unit_test(ip6_is_told),
        cmocka_unit_test(some_are_not_told), cmocka_unit_test(answers_are_few),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
