/* esp/toobig.c - "your packet is too large": to whoever sent it into the tunnel. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 792, RFC 1191 4, RFC 4443 3.2 and 2.4, RFC 1812 4.3.2 (how much is quoted, what is never answered). The tunnel has
 * no address of its own inside, so the answer comes from where the packet was to go: the one address that is
 * routed through the tunnel for certain, and that no filter of spoofed sources takes offence at.
 *
 * Not here: what is too large (engine/pmtu.c). */
#include "esp/toobig.h"
#include "esp/ippeek.h"

#define IP4_LEN      20u
#define IP6_LEN      40u
#define ICMP_LEN     8u
#define QUOTE4_MAX   548u /* RFC 1812 4.3.2.3: "… 576 bytes" in all */
#define PROTO_ICMP   1u
#define PROTO_ICMP6  58u
#define UNREACHABLE4 3u /* code 4: fragmentation needed and DF set */
#define TOO_BIG6     2u

#define BURST     10u
#define EACH_US   100000u
#define DF        0x4000u
#define IP6_LEAST 1280u

int ike__toobig_matters(const uint8_t *ip, size_t n, uint32_t mtu)
{
    if (n <= mtu || n < IP4_LEN)
        return 0;
    if (ip[0] >> 4 == 4)
        return (ike__be16(ip + 6) & DF) != 0;
    return n > IP6_LEAST;
}

/* An error is never answered with another: RFC 1122 3.2.2, RFC 4443 2.4 (e.1). */
static int is_error(const struct ike_flow *f)
{
    uint8_t type = (uint8_t)(f->src_port >> 8);

    if (f->family == 6)
        return f->proto == PROTO_ICMP6 && (!f->has_ports || type < 128);
    return f->proto == PROTO_ICMP &&
           (!f->has_ports || type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
}

/* Neither from nor to a single host: RFC 1122 3.2.2, RFC 4443 2.4 (e.3 to e.6). */
static int is_no_host(const uint8_t *ip, uint8_t family)
{
    static const uint8_t none[16];

    if (family == 4)
        return ip[0] == 0 || ip[0] == 127 || ip[0] >= 224;
    return ip[0] == 0xff || memcmp(ip, none, 15) == 0;
}

static int is_answered(ike_span ip, const struct ike_flow *f)
{
    if (is_error(f) || is_no_host(f->src, f->family) || is_no_host(f->dst, f->family))
        return 0;
    return f->family == 6 ||
           (ike__be16(ip.p + 6) & 0x1fff) == 0; /* RFC 1122 3.2.2: only for the first fragment */
}

static uint32_t add(uint32_t sum, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += ike__be16(p + i);
    if (n % 2 != 0)
        sum += (uint32_t)p[n - 1] << 8;
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static size_t write4(ike_span ip, const struct ike_flow *f, uint32_t mtu, uint8_t *out)
{
    size_t quote = ip.n < QUOTE4_MAX ? ip.n : QUOTE4_MAX, n = IP4_LEN + ICMP_LEN + quote;
    uint8_t *icmp = out + IP4_LEN;

    memset(out, 0, IP4_LEN + ICMP_LEN);
    out[0] = 0x45;
    out[1] = 0xc0; /* RFC 1812 4.3.2.5: precedence INTERNETWORK CONTROL */
    ike__put_be16(out + 2, (uint16_t)n);
    out[8] = 64;
    out[9] = PROTO_ICMP;
    memcpy(out + 12, f->dst, 4);
    memcpy(out + 16, f->src, 4);
    ike__put_be16(out + 10, fold(add(0, out, IP4_LEN)));
    icmp[0] = UNREACHABLE4;
    icmp[1] = 4;
    ike__put_be16(icmp + 6, (uint16_t)mtu);
    memcpy(icmp + ICMP_LEN, ip.p, quote);
    ike__put_be16(icmp + 2, fold(add(0, icmp, ICMP_LEN + quote)));
    return n;
}

static size_t write6(ike_span ip, const struct ike_flow *f, uint32_t mtu, uint8_t *out)
{
    /* RFC 4443 2.4 (c): as much "… without making the error message packet exceed the minimum IPv6 MTU" */
    size_t most = IKE_TOOBIG_MAX - IP6_LEN - ICMP_LEN, quote = ip.n < most ? ip.n : most;
    uint8_t *icmp = out + IP6_LEN;

    memset(out, 0, IP6_LEN + ICMP_LEN);
    out[0] = 0x60;
    ike__put_be16(out + 4, (uint16_t)(ICMP_LEN + quote));
    out[6] = PROTO_ICMP6;
    out[7] = 64;
    memcpy(out + 8, f->dst, 16);
    memcpy(out + 24, f->src, 16);
    icmp[0] = TOO_BIG6;
    /* RFC 8201 4: a smaller one would be ignored */
    ike__put_be32(icmp + 4, mtu < IP6_LEAST ? IP6_LEAST : mtu);
    memcpy(icmp + ICMP_LEN, ip.p, quote);
    /* RFC 8200 8.1: addresses, length and protocol are summed as well */
    ike__put_be16(icmp + 2, fold(add(add((uint32_t)(ICMP_LEN + quote) + PROTO_ICMP6, out + 8, 32), icmp,
                                     ICMP_LEN + quote)));
    return IP6_LEN + ICMP_LEN + quote;
}

size_t ike__toobig_write(ike_span ip, uint32_t mtu, uint8_t *out, size_t cap)
{
    struct ike_flow f;

    if (cap < IKE_TOOBIG_MAX || ike__ip_peek(ip, &f) < 0 || !is_answered(ip, &f))
        return 0;
    ip.n = f.length;
    return f.family == 4 ? write4(ip, &f, mtu, out) : write6(ip, &f, mtu, out);
}

int ike__toobig_may(struct ike_toobig_rate *r, ike_time now)
{
    ike_time more = (now - r->at) / EACH_US;

    if (!r->is_on || more >= BURST) {
        r->is_on = 1;
        r->left = BURST;
        r->at = now;
    } else if (more > 0) {
        r->left = r->left + (uint32_t)more < BURST ? r->left + (uint32_t)more : BURST;
        r->at += more * EACH_US;
    }
    if (r->left == 0)
        return 0;
    r->left--;
    return 1;
}
