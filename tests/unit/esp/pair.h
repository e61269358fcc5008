/* tests/unit/esp/pair.h - both ends of an SA. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_ESP_PAIR_H
#define TESTS_ESP_PAIR_H

#include "esp/esp.h"
#include "fake/crypto_fake.h"
#include "fake/test.h"

struct pair {
    struct crypto_fake fake;
    ike_esp *out, *in;
};

static inline void open_pair(struct pair *p)
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

static inline void close_pair(struct pair *p)
{
    ike_esp_free(p->out);
    ike_esp_free(p->in);
}

#endif
