/* esp/ippeek.h - addresses, protocol and ports of an IP packet; nothing else. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_IPPEEK_H
#define IKE_ESP_IPPEEK_H

#include "base/span.h"
#include <ike/err.h>

struct ike_flow {
    uint8_t family;    /* 4 or 6 */
    uint8_t proto;     /* behind IPv6 extension headers */
    uint8_t has_ports; /* 0: a later fragment, or a protocol without ports */
    uint8_t zero;
    uint16_t src_port, dst_port; /* ICMP: type and code, as RFC 7296 3.13.1 packs them, in both */
    uint8_t src[16], dst[16];    /* IPv4 in the first four octets, the rest is undefined */
    uint32_t length;             /* of the whole packet, from its header: what is behind it is TFC padding */
};

/* What every packet comes by is here, so that it becomes part of the loop over packets. */
enum {
    IKE_IP_ICMP = 1,
    IKE_IP_TCP = 6,
    IKE_IP_UDP = 17,
    IKE_IP_DCCP = 33,
    IKE_IP_ICMP6 = 58,
    IKE_IP_SCTP = 132,
    IKE_IP_UDPLITE = 136
};

static inline void ike__ip_ports(struct ike_flow *f, const uint8_t *p, size_t n)
{
    switch (f->proto) {
    case IKE_IP_TCP:
    case IKE_IP_UDP:
    case IKE_IP_SCTP:
    case IKE_IP_UDPLITE:
    case IKE_IP_DCCP:
        if (n < 4)
            return;
        f->src_port = ike__be16(p);
        f->dst_port = ike__be16(p + 2);
        f->has_ports = 1;
        return;
    case IKE_IP_ICMP:
    case IKE_IP_ICMP6: /* RFC 7296 3.13.1: type in the upper, code in the lower octet */
        if (n < 2)
            return;
        f->src_port = f->dst_port = ike__be16(p);
        f->has_ports = 1;
        return;
    default:
        return;
    }
}

static inline int ike__ip_peek4(ike_span s, struct ike_flow *f)
{
    size_t header, total;

    if (s.n < 20)
        return IKE_E_DISCARD;
    header = (size_t)(s.p[0] & 15) * 4;
    total = ike__be16(s.p + 2);
    if (header < 20 || total < header || total > s.n)
        return IKE_E_DISCARD;
    f->family = 4;
    f->length = (uint32_t)total;
    f->proto = s.p[9];
    memcpy(f->src, s.p + 12, 4);
    memcpy(f->dst, s.p + 16, 4);
    if ((ike__be16(s.p + 6) & 0x1fff) == 0) /* later fragments carry no ports */
        ike__ip_ports(f, s.p + header, total - header);
    return 0;
}

int ike__ip_peek6(ike_span s, struct ike_flow *f);

/* 0, or IKE_E_DISCARD: header cut short, lengths that do not fit, version not 4 or 6, extension headers
 * without end. The packet may be longer than its header says (TFC padding), never shorter. */
static inline int ike__ip_peek(ike_span packet, struct ike_flow *f)
{
    f->has_ports = f->zero = 0;
    f->src_port = f->dst_port = 0;
    if (packet.n < 1)
        return IKE_E_DISCARD;
    if (packet.p[0] >> 4 == 4)
        return ike__ip_peek4(packet, f);
    if (packet.p[0] >> 4 == 6)
        return ike__ip_peek6(packet, f);
    return IKE_E_DISCARD;
}

#endif
