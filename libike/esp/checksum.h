/* esp/checksum.h - a checksum follows what was changed (RFC 1624). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_CHECKSUM_H
#define IKE_ESP_CHECKSUM_H

#include "base/span.h"

/* A word of what it covers was old and is new now. RFC 1624 3: HC' = ~(~HC + ~m + m') */
void ike__checksum_correct(uint8_t *sum, uint16_t old, uint16_t new);

#endif
