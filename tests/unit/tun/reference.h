/* tests/unit/tun/reference.h - IP packets made and checked octet by octet, as the RFCs tell it. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_REFERENCE_H
#define IKE_TESTS_REFERENCE_H

#include "tun/offload.h"
#include <string.h>

enum { REF_TCP = 6, REF_UDP = 17, REF_FIN = 1, REF_SYN = 2, REF_PSH = 8, REF_ACK = 16, REF_CWR = 128 };

static inline unsigned ref_get16(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static inline void ref_put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline uint32_t ref_get32(const uint8_t *p)
{
    return (uint32_t)ref_get16(p) << 16 | ref_get16(p + 2);
}

static inline void ref_put32(uint8_t *p, uint32_t v)
{
    ref_put16(p, v >> 16);
    ref_put16(p + 2, v & 0xffff);
}

/* RFC 1071: the sum of words, each carry added at once; not inverted. */
static inline unsigned ref_sum(const uint8_t *p, size_t n, unsigned sum)
{
    for (size_t i = 0; i < n; i++) {
        sum += i & 1 ? p[i] : (unsigned)p[i] << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum;
}

static inline unsigned ref_pseudo(const uint8_t *ip, unsigned proto, size_t upper_n)
{
    uint8_t rest[8] = {0, 0, 0, 0, 0, 0, 0, (uint8_t)proto};
    unsigned sum;

    ref_put32(rest, (uint32_t)upper_n);
    sum = ref_sum(rest, 8, 0);
    return ip[0] >> 4 == 4 ? ref_sum(ip + 12, 8, sum) : ref_sum(ip + 8, 32, sum);
}

static inline size_t ref_ip_n(const uint8_t *ip)
{
    return ip[0] >> 4 == 4 ? (size_t)(ip[0] & 15) * 4 : 40;
}

static inline unsigned ref_proto(const uint8_t *ip)
{
    return ip[0] >> 4 == 4 ? ip[9] : ip[6];
}

/* Lengths and checksums of a whole packet, without IPv6 extension headers, are what they should be. */
static inline int ref_is_sound(const uint8_t *ip, size_t n)
{
    size_t ip_n = ref_ip_n(ip);

    if (n < ip_n || (ip[0] >> 4 == 4 ? ref_get16(ip + 2) != n || ref_sum(ip, ip_n, 0) != 0xffff
                                     : ref_get16(ip + 4) + 40u != n))
        return 0;
    if (ref_proto(ip) == REF_UDP && ref_get16(ip + ip_n + 4) != n - ip_n)
        return 0;
    return ref_sum(ip + ip_n, n - ip_n, ref_pseudo(ip, ref_proto(ip), n - ip_n)) == 0xffff;
}

static inline void ref_finish(uint8_t *ip, size_t n)
{
    size_t ip_n = ref_ip_n(ip), at = ip_n + (ref_proto(ip) == REF_TCP ? 16 : 6);
    unsigned sum;

    if (ip[0] >> 4 == 4) {
        ref_put16(ip + 2, (unsigned)n);
        ref_put16(ip + 10, 0);
        ref_put16(ip + 10, ~ref_sum(ip, ip_n, 0) & 0xffff);
    } else {
        ref_put16(ip + 4, (unsigned)n - 40);
    }
    if (ref_proto(ip) == REF_UDP)
        ref_put16(ip + ip_n + 4, (unsigned)(n - ip_n));
    ref_put16(ip + at, 0);
    sum = ~ref_sum(ip + ip_n, n - ip_n, ref_pseudo(ip, ref_proto(ip), n - ip_n)) & 0xffff;
    ref_put16(ip + at, ref_proto(ip) == REF_UDP && sum == 0 ? 0xffff : sum);
}

struct ref_packet {
    int family;
    unsigned proto, flow, id, flags, window;
    uint32_t seq, ack;
    uint8_t no_fragments, options; /* options: octets, a multiple of 4 */
    const uint8_t *payload;
    size_t payload_n;
};

/* The packet, sound: its octets. */
static inline size_t ref_make(uint8_t *ip, const struct ref_packet *r)
{
    size_t ip_n = r->family == 4 ? 20 : 40, upper_n = r->proto == REF_TCP ? 20u + r->options : 8;
    uint8_t *upper = ip + ip_n;

    memset(ip, 0, ip_n + upper_n);
    if (r->family == 4) {
        ip[0] = 0x45;
        ref_put16(ip + 4, r->id);
        ip[6] = r->no_fragments ? 0x40 : 0;
        ip[8] = 64;
        ip[9] = (uint8_t)r->proto;
        ref_put32(ip + 12, 0x0a000001);
        ref_put32(ip + 16, 0x0a090000 + r->flow);
    } else {
        ip[0] = 0x60;
        ip[6] = (uint8_t)r->proto;
        ip[7] = 64;
        ip[8] = ip[24] = 0xfd;
        ip[39] = (uint8_t)r->flow;
    }
    ref_put16(upper, 4000);
    ref_put16(upper + 2, 5000);
    if (r->proto == REF_TCP) {
        ref_put32(upper + 4, r->seq);
        ref_put32(upper + 8, r->ack);
        upper[12] = (uint8_t)(upper_n / 4 << 4);
        upper[13] = (uint8_t)r->flags;
        ref_put16(upper + 14, r->window);
        memset(upper + 20, 1, r->options); /* no operation */
    }
    memcpy(upper + upper_n, r->payload, r->payload_n);
    ref_finish(ip, ip_n + upper_n + r->payload_n);
    return ip_n + upper_n + r->payload_n;
}

#endif
