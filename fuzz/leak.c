/* fuzz/leak.c - whatever is seen on a wire. SPDX-License-Identifier: Apache-2.0
 * Target functions: leak_look */
#include "../examples/ike/leak_packet.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint16_t types[] = {0x0800, 0x86dd, 0x0806, 0x88cc};
    struct leak_seen seen;
    uint8_t *exact;

    if (n < 1)
        return 0;
    exact = malloc(n - 1 ? n - 1 : 1); /* behind its end is nothing */
    if (!exact)
        abort();
    memcpy(exact, data + 1, n - 1);
    leak_look(&seen, types[data[0] & 3], exact, n - 1);
    if (seen.kind < 0 || seen.kind >= LEAK_KINDS || seen.probe > 255 || seen.probe < -1)
        abort();
    if (seen.probe >= 0 && seen.kind != LEAK_CLEAR)
        abort();
    free(exact);
    return 0;
}
