/* esp/ippeek.h - addresses, protocol and ports of an IP packet; nothing else. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_IPPEEK_H
#define IKE_ESP_IPPEEK_H

#include "base/span.h"

struct ike_flow {
    uint8_t family;    /* 4 or 6 */
    uint8_t proto;     /* behind IPv6 extension headers */
    uint8_t has_ports; /* 0: a later fragment, or a protocol without ports */
    uint8_t zero;
    uint16_t src_port, dst_port; /* ICMP: type and code, as RFC 7296 3.13.1 packs them, in both */
    uint8_t src[16], dst[16];    /* IPv4 in the first four octets */
    uint32_t length;             /* of the whole packet, from its header: what is behind it is TFC padding */
};

/* 0, or IKE_E_DISCARD: header cut short, lengths that do not fit, version not 4 or 6, extension headers
 * without end. The packet may be longer than its header says (TFC padding), never shorter. */
int ike__ip_peek(ike_span packet, struct ike_flow *f);

#endif
