/* esp/ippeek.c - addresses, protocol and ports of an IP packet; nothing else. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 791, RFC 8200 4; what selectors need (RFC 4301 4.4.1.1). The packet may be longer than its header says (TFC
 * padding), never shorter.
 *
 * Not here: comparing with selectors (selector.c). */
#include "esp/ippeek.h"
#include <ike/err.h>

enum {
    HOP_BY_HOP = 0,
    ICMP = 1,
    TCP = 6,
    UDP = 17,
    ROUTING = 43,
    FRAGMENT = 44,
    AH = 51,
    ICMP6 = 58,
    DEST_OPTS = 60,
    MOBILITY = 135,
    SCTP = 132,
    UDPLITE = 136,
    DCCP = 33
};
#define EXTENSIONS_MAX 8

static void peek_ports(struct ike_flow *f, const uint8_t *p, size_t n)
{
    switch (f->proto) {
    case TCP:
    case UDP:
    case SCTP:
    case UDPLITE:
    case DCCP:
        if (n < 4)
            return;
        f->src_port = ike__be16(p);
        f->dst_port = ike__be16(p + 2);
        f->has_ports = 1;
        return;
    case ICMP:
    case ICMP6: /* RFC 7296 3.13.1: type in the upper, code in the lower octet */
        if (n < 2)
            return;
        f->src_port = f->dst_port = ike__be16(p);
        f->has_ports = 1;
        return;
    default:
        return;
    }
}

static int peek4(ike_span s, struct ike_flow *f)
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
        peek_ports(f, s.p + header, total - header);
    return 0;
}

static int peek6(ike_span s, struct ike_flow *f)
{
    size_t at = 40, total;
    uint8_t next;

    if (s.n < 40)
        return IKE_E_DISCARD;
    total = 40u + ike__be16(s.p + 4);
    if (total > s.n)
        return IKE_E_DISCARD;
    f->family = 6;
    f->length = (uint32_t)total;
    memcpy(f->src, s.p + 8, 16);
    memcpy(f->dst, s.p + 24, 16);
    next = s.p[6];
    for (int i = 0; i < EXTENSIONS_MAX; i++) {
        size_t n;

        if (next != HOP_BY_HOP && next != ROUTING && next != DEST_OPTS && next != FRAGMENT && next != AH &&
            next != MOBILITY) {
            f->proto = next;
            peek_ports(f, s.p + at, total - at);
            return 0;
        }
        if (total - at < 8)
            return IKE_E_DISCARD;
        if (next == FRAGMENT && (ike__be16(s.p + at + 2) & 0xfff8) != 0) {
            f->proto = s.p[at];
            return 0;
        }
        n = next == FRAGMENT ? 8 : next == AH ? (s.p[at + 1] + 2u) * 4u : (s.p[at + 1] + 1u) * 8u;
        if (n > total - at)
            return IKE_E_DISCARD;
        next = s.p[at];
        at += n;
    }
    return IKE_E_DISCARD;
}

int ike__ip_peek(ike_span packet, struct ike_flow *f)
{
    memset(f, 0, sizeof(*f));
    if (packet.n < 1)
        return IKE_E_DISCARD;
    if (packet.p[0] >> 4 == 4)
        return peek4(packet, f);
    if (packet.p[0] >> 4 == 6)
        return peek6(packet, f);
    return IKE_E_DISCARD;
}
