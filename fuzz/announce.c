/* fuzz/announce.c - SUPPORTED_AUTH_METHODS as gateways send it (RFC 9593). SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__announced_read, ike__announced_write */
#include "crypto/announce.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ike_announced all, one, again;
    uint8_t octets[IKE_ANNOUNCED_MAX];
    struct ike_buf b;

    if (ike__announced_read(ike__span(data, n), 0, &all) < 0)
        return 0;
    for (uint32_t link = 1; link <= 65; link += 8) /* no authority gets what was not announced at all */
        if (ike__announced_read(ike__span(data, n), link, &one) < 0 || (one.modern & ~all.modern) ||
            (one.legacy & ~all.legacy) || one.psk != all.psk)
            abort();
    ike__buf_init(&b, octets, sizeof(octets));
    ike__announced_write(&b, all.modern, 1, all.psk);
    if (ike__buf_err(&b) < 0 || ike__announced_read(ike__span(b.p, b.n), 7, &again) < 0 ||
        again.modern != all.modern || again.psk != all.psk)
        abort();
    return 0;
}
