/* fuzz/eap_tunnel.c - what a server may say inside of TTLS and PEAP. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__ttls_next, ike__ttls_chap_check, ike__peap_extensions, ike__peap_bind. The first octet chooses. */
#include "eap/peap.h"
#include "eap/ttls.h"
#include "fake/crypto_fake.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void avps(const uint8_t *data, size_t n)
{
    struct eap_cursor in = {data, n, 0};
    struct ttls_avp avp;
    size_t last = n + 1;

    while (ike__ttls_next(&in, &avp) == 1) {
        if (in.n >= last || avp.data.p < data || avp.data.p + avp.data.n > data + n)
            abort(); /* no progress, or beyond the end */
        last = in.n;
    }
}

static void chap(const uint8_t *data, size_t n)
{
    const ike_eap_method *methods[] = {ike_eap_method_find("md5"), NULL};
    const struct ttls_chap m = {.expected = {1, 2, 3}, .id = 7, .has_answered = 1};
    ike_eap_config cfg = IKE_EAP_CONFIG_INIT;
    struct crypto_fake fake;
    ike_eap_client *c;

    crypto_fake_init(&fake, 3);
    cfg.identity = "User";
    cfg.methods = methods;
    cfg.crypto = &fake.table;
    if (ike_eap_client_new(&c, &cfg, NULL) < 0)
        abort();
    if (ike__ttls_chap_check(&m, c, (ike_span){data, n}) == 0 && n < 55)
        abort(); /* a proof has that many octets at least */
    ike_eap_client_free(c);
}

static void extensions(const uint8_t *data, size_t n)
{
    static const uint8_t tunnel[IKE_EAP_MSK_SIZE], inner[IKE_EAP_MSK_SIZE];
    struct peap_extensions x;
    struct peap_binding b;

    if (ike__peap_extensions((ike_span){data, n}, &x) == 0 && x.binding.p) {
        if (x.binding.p < data || x.binding.p + x.binding.n > data + n)
            abort();
        (void)ike__peap_bind(&b, tunnel, inner, x.binding);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static void (*const parts[])(const uint8_t *, size_t) = {avps, chap, extensions};

    if (n > 0)
        parts[data[0] % 3](data + 1, n - 1);
    return 0;
}
