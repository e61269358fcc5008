/* esp/ippeek.c - addresses, protocol and ports of an IPv6 packet, behind its extension headers. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 791, RFC 8200 4; what selectors need (RFC 4301 4.4.1.1). The packet may be longer than its header says (TFC
 * padding), never shorter.
 *
 * Not here: IPv4 (ippeek.h), comparing with selectors (selector.h). */
#include "esp/ippeek.h"
#include <ike/err.h>

enum { HOP_BY_HOP = 0, ROUTING = 43, FRAGMENT = 44, AH = 51, DEST_OPTS = 60, MOBILITY = 135 };
#define EXTENSIONS_MAX 8

int ike__ip_peek6(ike_span s, struct ike_flow *f)
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
            ike__ip_ports(f, s.p + at, total - at);
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
