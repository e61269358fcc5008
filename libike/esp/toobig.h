/* esp/toobig.h - "your packet is too large": to whoever sent it into the tunnel. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_TOOBIG_H
#define IKE_ESP_TOOBIG_H

#include "base/span.h"
#include <ike/ike.h>

#define IKE_TOOBIG_MAX 1280u /* octets of the largest answer */

/* Must an inner packet of n octets be refused where the tunnel carries mtu? Not if it may be cut on the way: IPv4 without
 * DF, or up to 1280 octets of IPv6, which every link has to carry (RFC 8200 5). n: octets there are. */
int ike__toobig_matters(const uint8_t *ip, size_t n, uint32_t mtu);
/* The answer to a packet that was refused: ICMP "fragmentation needed and DF set" (RFC 792, RFC 1191 4) or ICMPv6 "Packet
 * Too Big" (RFC 4443 3.2). Returns its length, or 0: such a packet is not answered (RFC 1122 3.2.2, RFC 4443 2.4), or cap
 * is below IKE_TOOBIG_MAX. */
size_t ike__toobig_write(ike_span ip, uint32_t mtu, uint8_t *out, size_t cap);

struct ike_toobig_rate { /* a bucket of answers */
    ike_time at;         /* it was looked at */
    uint32_t left, is_on;
};
/* RFC 4443 2.4 (f): "… MUST limit the rate of ICMPv6 error messages …" 1: one more may go. */
int ike__toobig_may(struct ike_toobig_rate *r, ike_time now);

#endif
