/* tests/unit/esp/fit_test.c - what fits is sealed to no more than was asked, one octet more is not. SPDX-License-Identifier: Apache-2.0 */
#include "esp/esp.h"
#include "esp/fit.h"
#include "fake/backends.h"
#include "fake/test.h"

static uint8_t key[80] = {1}, integ[64] = {2};

/* Octets of the ESP packet around n octets of IPv4. */
static uint32_t sealed(ike_esp *e, uint32_t n)
{
    uint8_t buf[2000] = {0};
    ike_packet pkt;

    memset(&pkt, 0, sizeof(pkt));
    pkt.buf = buf;
    pkt.cap = sizeof(buf);
    pkt.off = IKE_HEADROOM;
    pkt.n = n;
    buf[IKE_HEADROOM] = 0x45;
    ike__put_be16(buf + IKE_HEADROOM + 2, (uint16_t)n);
    assert_int_equal(ike_esp_seal(e, &pkt, 1), 1);
    return pkt.n;
}

static void check(const ike_crypto *crypto, const ike_cipher_alg *alg)
{
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    ike_esp *e;

    env.crypto = crypto;
    c.spi = 0x1000;
    c.encr = alg->encr;
    c.encr_bits = alg->key_bits;
    c.integ = alg->integ;
    c.key = ike__span(key, (size_t)alg->key_len + alg->salt_len);
    c.integ_key = ike__span(integ, alg->integ_key_len);
    assert_int_equal(ike_esp_new_out(&e, &c, &env), 0);
    for (uint32_t room = 1200; room < 1500; room++) {
        uint32_t n = ike__esp_fit(alg, room);

        assert_true(sealed(e, n) <= room);
        assert_true(sealed(e, n + 1) > room);
    }
    for (uint32_t room = 0; room < 8u + alg->iv_len + alg->tag_len + 4; room++)
        assert_int_equal(ike__esp_fit(alg, room), 0);
    ike_esp_free(e);
}

/* RFC 4303 2.4: every cipher that there is, every size */
static void the_inner_size_is_exact(void **state)
{
    (void)state;
    for (size_t b = 0; test_backend(b); b++)
        for (const ike_cipher_alg *const *alg = test_backend(b)->cipher; *alg; alg++)
            check(test_backend(b), *alg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_inner_size_is_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
