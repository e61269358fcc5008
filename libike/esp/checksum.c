/* esp/checksum.c - a checksum follows what was changed. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 1624: by the difference alone, so one that was wrong stays wrong, and nobody has to look at the rest.
 *
 * Not here: whole checksums (toobig.c). */
#include "esp/checksum.h"

void ike__checksum_correct(uint8_t *sum, uint16_t old, uint16_t new)
{
    uint32_t c = (uint32_t)(uint16_t)~ike__be16(sum) + (uint16_t)~old + new;

    c = (c & 0xffff) + (c >> 16);
    c = (c & 0xffff) + (c >> 16);
    ike__put_be16(sum, (uint16_t)~c);
}
