/* esp/selector.h - does a packet belong to a child? (RFC 4301 4.4.1.1, 5.2) SPDX-License-Identifier: Apache-2.0
 *
 * Here rather than in a file of its own, so that it becomes part of the loop over packets.
 *
 * Not here: agreeing on selectors (state/narrow.c). */
#ifndef IKE_ESP_SELECTOR_H
#define IKE_ESP_SELECTOR_H

#include "esp/ippeek.h"
#include <ike/ike.h>

/* RFC 7296 3.13.1: 65535..0 is OPAQUE, packets whose ports cannot be seen; any other range that ends before it
 * begins takes nothing. */
static inline int ike__selector_port(const ike_ts *t, int has_ports, uint16_t port)
{
    if (t->first.port == 0 && t->last.port == 65535)
        return 1;
    if (t->first.port == 65535 && t->last.port == 0)
        return !has_ports;
    return has_ports && port >= t->first.port && port <= t->last.port;
}

/* Every packet comes by here twice: IPv4 is two comparisons. */
static inline int ike__selector_address(const ike_ts *t, const uint8_t *ip)
{
    if (t->first.family == 4)
        return ike__be32(ip) >= ike__be32(t->first.ip) && ike__be32(ip) <= ike__be32(t->last.ip);
    return memcmp(ip, t->first.ip, 16) >= 0 && memcmp(ip, t->last.ip, 16) <= 0;
}

static inline int ike__selector_side(const ike_ts *ts, uint32_t n, const struct ike_flow *f,
                                     const uint8_t *ip, uint16_t port)
{
    for (uint32_t i = 0; i < n; i++) {
        const ike_ts *t = &ts[i];

        if (t->first.family != f->family || (t->proto != 0 && t->proto != f->proto))
            continue;
        if (ike__selector_address(t, ip) && ike__selector_port(t, f->has_ports, port))
            return 1;
    }
    return n == 0;
}

/* Outbound: source in local, destination in remote; inbound the other way round. No selectors on a side:
 * everything on that side. A selector with a port range takes no packet without ports unless the range is
 * all ports; OPAQUE (RFC 7296 3.13.1) takes those alone. */
static inline int ike__selector_match(const ike_ts *local, uint32_t local_n, const ike_ts *remote,
                                      uint32_t remote_n, const struct ike_flow *f, int outbound)
{
    if (outbound)
        return ike__selector_side(local, local_n, f, f->src, f->src_port) &&
               ike__selector_side(remote, remote_n, f, f->dst, f->dst_port);
    return ike__selector_side(remote, remote_n, f, f->src, f->src_port) &&
           ike__selector_side(local, local_n, f, f->dst, f->dst_port);
}

#endif
