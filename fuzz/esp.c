/* fuzz/esp.c - ESP inbound behind the ICV: any plaintext that an authentic peer could send. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_esp_open ike__ip_peek ike__replay_infer ike__ecn_arrives */
#include "esp/esp.h"
#include "fake/crypto_fake.h"
#include "state/narrow.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    uint8_t key[36] = {1}, buf[2300];
    struct crypto_fake fake;
    struct ike_protect seal;
    ike_esp_config cfg = IKE_ESP_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    ike_cipher_op op;
    ike_packet pkt;
    ike_ts all[2];
    ike_esp *e;

    if (n < 5 || n > 2000)
        return 0;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    all[0] = ike__ts_all(4);
    all[1] = ike__ts_all(6);
    cfg.spi = 0x1234;
    cfg.encr = 20;
    cfg.encr_bits = 256;
    cfg.esn = data[0] & 1;
    cfg.key = ike__span(key, sizeof(key));
    cfg.local = cfg.remote = all;
    cfg.local_n = cfg.remote_n = data[0] & 2 ? 2 : 0;
    if (ike_esp_new_in(&e, &cfg, &env) < 0 ||
        ike__protect_init(&seal, NULL, &fake.table, fake.table.cipher[0], key, NULL) < 0)
        abort();
    memset(buf, 0, 16);
    ike__put_be32(buf, cfg.spi);
    memcpy(buf + 4, data + 1, 4); /* sequence number */
    memcpy(buf + 16, data + 5, n - 5);
    memset(&op, 0, sizeof(op));
    op.iv = buf + 8;
    op.aad = buf;
    op.aad_n = 8;
    op.text = buf + 16;
    op.n = n - 5;
    op.tag = op.text + op.n;
    (void)seal.alg->seal(seal.ctx, &op, 1);
    memset(&pkt, 0, sizeof(pkt));
    pkt.buf = buf;
    pkt.cap = 16 + op.n + 16;
    pkt.n = (uint32_t)pkt.cap;
    pkt.ecn = data[0] >> 2;
    if (ike_esp_open(e, &pkt, 1) == 1 && pkt.n > op.n)
        abort(); /* never more than came in */
    ike__protect_free(&seal, NULL);
    ike_esp_free(e);
    return 0;
}
