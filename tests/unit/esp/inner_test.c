/* tests/unit/esp/inner_test.c - the inner header is the hosts' affair: it comes out as it went in. SPDX-License-Identifier: Apache-2.0 */
#include "unit/esp/pair.h"

/* RFC 7296 2.24, RFC 4301 8.1, row 290: DSCP, ECN, hop limit, DF and fragment offset of the inner packet are neither changed
 * nor believed. Of the outer header only its ECN field comes in (ecn_test.c) */
static void the_inner_header_is_untouched(void **state)
{
    struct pair p;

    (void)state;
    open_pair(&p);
    for (unsigned tos = 0; tos < 256; tos++)
        for (int family = 4; family <= 6; family += 2) {
            uint8_t buf[300], ip[100] = {0};
            ike_packet pkt = {.buf = buf, .cap = sizeof(buf), .off = IKE_HEADROOM, .n = sizeof(ip)};

            ip[0] = family == 4 ? 0x45 : (uint8_t)(0x60 | tos >> 4);
            ip[1] = family == 4 ? (uint8_t)tos : (uint8_t)(tos << 4);
            ike__put_be16(ip + (family == 4 ? 2 : 4), family == 4 ? 100 : 60);
            ip[family == 4 ? 8 : 7] = 1; /* the hop limit: no router in between */
            ip[6] = family == 4 ? (uint8_t)(tos & 1 ? 0x40 : 0x20) : 17;
            ip[7] |= family == 4 ? (uint8_t)(tos & 3) : 0;
            memcpy(buf + pkt.off, ip, sizeof(ip));
            assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
            assert_int_equal(ike_esp_open(p.in, &pkt, 1), 1);
            assert_int_equal(pkt.n, sizeof(ip));
            assert_memory_equal(buf + pkt.off, ip, sizeof(ip));
        }
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inner_header_is_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
