/* esp/ecn.h - congestion marks between the inner and the outer header (RFC 6040). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_ECN_H
#define IKE_ESP_ECN_H

#include <stdint.h>

/* The ECN field of an IP packet (RFC 3168 5): what RFC 6040 4.1 has in the outer header, too. */
static inline uint8_t ike__ecn_of(const uint8_t *ip)
{
    return (ip[0] >> 4 == 4 ? ip[1] : ip[1] >> 4) & 3;
}

/* What becomes of the inner packet when it comes out of a datagram with this field in its header. DISCARD: it must not come
 * out: it knows nothing of marks, and congestion has to be answered. */
int ike__ecn_arrives(uint8_t *ip, uint8_t outer);

#endif
