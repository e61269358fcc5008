/* esp/mss.h - TCP is told how much fits through the tunnel (RFC 9293 3.7.1). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_MSS_H
#define IKE_ESP_MSS_H

#include <stddef.h>
#include <stdint.h>

/* A TCP segment that opens a connection? A few loads, because every packet is asked; IPv6 with extension headers before
 * TCP is not looked into. n: octets there are. */
static inline int ike__mss_is_syn(const uint8_t *ip, size_t n)
{
    size_t tcp;

    if (n < 40)
        return 0;
    if (ip[0] >> 4 == 4) {
        tcp = (size_t)(ip[0] & 15) * 4;
        if (ip[9] != 6)
            return 0;
    } else {
        tcp = 40;
        if (ip[6] != 6)
            return 0;
    }
    return n >= tcp + 20 && (ip[tcp + 13] & 2);
}

/* Lowers the Maximum Segment Size that such a segment announces to what fits in an IP packet of mtu octets, and corrects
 * the checksum. 1: it was lowered; 0: it is small enough, or says none, or is no such segment. */
int ike__mss_clamp(uint8_t *ip, size_t n, uint32_t mtu);

#endif
