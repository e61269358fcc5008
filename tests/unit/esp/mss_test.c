/* tests/unit/esp/mss_test.c - TCP segments that open a connection, whole and broken. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "base/span.h"
#include "esp/mss.h"

static uint32_t add(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum += i % 2 ? p[i] : (uint32_t)p[i] << 8;
    return sum;
}

/* The sum over pseudo-header and segment, folded: 0xffff if the checksum is right. */
static uint32_t tcp_sum(const uint8_t *ip, size_t n)
{
    size_t at = ip[0] >> 4 == 4 ? (size_t)(ip[0] & 15) * 4 : 40;
    uint32_t sum = 6 + (uint32_t)(n - at);

    sum = ip[0] >> 4 == 4 ? add(sum, ip + 12, 8) : add(sum, ip + 8, 32);
    sum = add(sum, ip + at, n - at);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* A SYN with these options (a multiple of 4 octets) and a right checksum: its length. */
static size_t segment(uint8_t *ip, int family, unsigned ip_options, const uint8_t *options, size_t n,
                      uint8_t flags)
{
    size_t at = family == 4 ? 20 + ip_options : 40, all = at + 20 + n;
    uint8_t *tcp = ip + at;

    memset(ip, 0, at + 20);
    ip[0] = (uint8_t)(family == 4 ? 0x40 | (at / 4) : 0x60);
    ip[family == 4 ? 9 : 6] = 6;
    memset(ip + (family == 4 ? 12 : 8), 7, family == 4 ? 8 : 32);
    ike__put_be16(ip + (family == 4 ? 2 : 4), (uint16_t)(family == 4 ? all : all - 40));
    ike__put_be32(tcp, 0x9c4000a0);
    tcp[12] = (uint8_t)((20 + n) / 4 << 4);
    tcp[13] = flags;
    if (n > 0)
        memcpy(tcp + 20, options, n);
    ike__put_be16(tcp + 16, (uint16_t)~tcp_sum(ip, all));
    return all;
}

struct row {
    uint8_t options[12];
    uint8_t n, at; /* at: where the value of the option is, in options */
};
static const struct row rows[] = {
    {{2, 4, 5, 180}, 4, 2},
    {{1, 2, 4, 5, 180, 1, 1, 0}, 8, 3},              /* at an odd place */
    {{4, 2, 8, 4, 9, 9, 2, 4, 5, 180, 0, 0}, 12, 8}, /* behind SACK and another one */
    {{3, 3, 7, 2, 4, 5, 180, 0}, 8, 5},
};

/* RFC 9293 3.7.1, RFC 1624 3: both families, any place, and the checksum stays right */
static void the_size_is_lowered(void **state)
{
    uint8_t ip[120];

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int family = 4; family <= 6; family += 2)
            for (uint32_t mtu = 576; mtu < 1600; mtu++) {
                uint32_t headers = family == 4 ? 40 : 60, most = mtu - headers;
                size_t n = segment(ip, family, mtu % 2 && family == 4 ? 8 : 0, rows[i].options, rows[i].n,
                                   i % 2 ? 2 : 0x12);
                const uint8_t *value = ip + n - rows[i].n + rows[i].at;

                assert_int_equal(ike__mss_clamp(ip, n, mtu), most < 1460);
                assert_int_equal(ike__be16(value), most < 1460 ? most : 1460);
                assert_int_equal(tcp_sum(ip, n), 0xffff);
                assert_int_equal(ike__mss_clamp(ip, n, mtu), 0);
            }
}

static void a_wrong_checksum_stays_wrong(void **state)
{
    uint8_t ip[120];
    size_t n = segment(ip, 4, 0, rows[0].options, rows[0].n, 2);

    (void)state;
    ip[36] ^= 0x55;
    assert_int_equal(ike__mss_clamp(ip, n, 1300), 1);
    assert_int_not_equal(tcp_sum(ip, n), 0xffff);
}

static void others_are_left_alone(void **state)
{
    static const uint8_t broken[][4] = {{2, 3, 5, 180}, {2, 0, 5, 180}, {2, 5, 5, 180},   {1, 1, 2, 4},
                                        {1, 1, 1, 2},   {0, 2, 4, 5},   {2, 1, 255, 255}, {9, 4, 5, 180}};
    uint8_t ip[120], before[120];
    size_t n;

    (void)state;
    for (unsigned i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        n = segment(ip, 4, 0, broken[i], 4, 2);
        memcpy(before, ip, n);
        assert_int_equal(ike__mss_clamp(ip, n, 600), 0);
        assert_memory_equal(ip, before, n);
    }
    n = segment(ip, 4, 0, rows[0].options, 4, 0x10); /* no SYN */
    assert_int_equal(ike__mss_clamp(ip, n, 600), 0);
    n = segment(ip, 4, 0, rows[0].options, 4, 2);
    ip[9] = 17; /* no TCP */
    assert_int_equal(ike__mss_clamp(ip, n, 600), 0);
    n = segment(ip, 4, 0, rows[0].options, 4, 2);
    ip[7] = 1; /* a later fragment */
    assert_int_equal(ike__mss_clamp(ip, n, 600), 0);
    n = segment(ip, 4, 0, rows[0].options, 4, 2);
    assert_int_equal(ike__mss_clamp(ip, n, 40), 0); /* no size at all */
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(ike__mss_clamp(ip, cut, 600), 0);
    assert_int_equal(ike__mss_clamp(ip, n, 600), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_size_is_lowered),
        cmocka_unit_test(a_wrong_checksum_stays_wrong),
        cmocka_unit_test(others_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
