/* tests/unit/esp/inner_test.c - the inner header is the hosts' affair: it comes out as it went in. SPDX-License-Identifier: Apache-2.0 */
#include "esp/esp.h"
#include "fake/crypto_fake.h"
#include "fake/test.h"

struct pair {
    struct crypto_fake fake;
    ike_esp *out, *in;
};

static void open_pair(struct pair *p)
{
    static const uint8_t key[36] = {1};
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;

    crypto_fake_init(&p->fake, 3);
    env.crypto = &p->fake.table;
    c.spi = 0x1234;
    c.encr = p->fake.table.cipher[0]->encr;
    c.encr_bits = p->fake.table.cipher[0]->key_bits;
    c.key = ike__span(key, (size_t)p->fake.table.cipher[0]->key_len + p->fake.table.cipher[0]->salt_len);
    assert_int_equal(ike_esp_new_out(&p->out, &c, &env), 0);
    assert_int_equal(ike_esp_new_in(&p->in, &c, &env), 0);
}

/* RFC 6040 4.1, RFC 7296 2.24, RFC 4301 8.1, row 290: DSCP, ECN, hop limit, DF and fragment offset of the inner packet
 * are neither changed nor believed. What the outer header says is for whoever owns the socket: the core never sees it */
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
    ike_esp_free(p.out);
    ike_esp_free(p.in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inner_header_is_untouched),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
