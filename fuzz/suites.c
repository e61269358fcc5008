/* fuzz/suites.c - proposal strings, and SA payloads as answers to them. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__suites_parse ike__suites_accept ike__suites_choose ike__proposals_print */
#include "crypto/suites.h"
#include "fake/crypto_fake.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ike_proposal p[IKE_PROPOSALS_MAX];
    struct ike_proposal chosen;
    struct crypto_fake fake;
    struct ike_suite suite;
    struct ike_text t;
    const char *why;
    char text[600], printed[4000];
    size_t half = n / 2 < sizeof(text) - 1 ? n / 2 : sizeof(text) - 1;
    int k;

    crypto_fake_init(&fake, 1);
    memcpy(text, data, half);
    text[half] = '\0';
    for (uint8_t protocol = IKE_PROTO_IKE; protocol <= IKE_PROTO_ESP; protocol += 2) {
        k = ike__suites_parse(p, IKE_PROPOSALS_MAX, protocol, text, n & 1, &fake.table, &why);
        if (k <= 0)
            k = ike__suites_parse(p, IKE_PROPOSALS_MAX, protocol, NULL, 0, &fake.table, &why);
        if (k <= 0)
            abort();
        ike__text_init(&t, printed, sizeof(printed));
        ike__proposals_print(&t, p, (uint32_t)k);
        (void)ike__suites_accept(p, (uint32_t)k, ike__span(data + half, n - half), &suite, &chosen);
        (void)ike__suites_choose(p, (uint32_t)k, ike__span(data + half, n - half), &suite, &chosen);
    }
    return 0;
}
