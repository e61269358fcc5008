/* tun/split.c - one packet of the device into those that go through the tunnel. SPDX-License-Identifier: Apache-2.0
 *
 * TCP: each segment has the headers of the whole with its own length, sequence number and IP identification; what ends
 * something (FIN, PSH) stands in the last one, CWR in the first (RFC 3168 6.1.2). UDP: each is a datagram of its own.
 * Checksums are finished here, in the same pass that copies the payload.
 *
 * Not here: reading the device (device.c). */
#include "tun/offload.h"
#include <string.h>

enum { TCP = 6, UDP = 17, TCP_SUM = 16, UDP_SUM = 6, FIN = 1, PSH = 8, CWR = 0x80 };

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void add32(uint8_t *p, uint32_t v)
{
    v += (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    put16(p, v >> 16);
    put16(p + 2, v);
}

/* Does a header of the upper protocol begin where the device says? IPv6 may have extension headers before it. */
static int is_ip(const uint8_t *p, size_t n, size_t ip_n, int family)
{
    if (n < 20 || p[0] >> 4 != family)
        return 0;
    if (family == 4)
        return (size_t)(p[0] & 15) * 4 == ip_n && ip_n >= 20 && (get16(p + 6) & 0x3fff) == 0;
    return ip_n >= 40;
}

/* A packet that is to be cut: what of it are headers. */
static int begin_segments(struct ike_split *s, uint8_t type, size_t size)
{
    int family =
        type == VIRTIO_NET_HDR_GSO_TCPV6 || (type == VIRTIO_NET_HDR_GSO_UDP_L4 && s->p[0] >> 4 == 6) ? 6 : 4;
    size_t upper_n = 8;

    s->proto = type == VIRTIO_NET_HDR_GSO_UDP_L4 ? UDP : TCP;
    if (!s->has_partial_sum || size == 0 || size > 65535 || !is_ip(s->p, s->n, s->ip_n, family) ||
        s->sum_at != (s->proto == TCP ? TCP_SUM : UDP_SUM))
        return IKE_E_DISCARD;
    if (s->proto == TCP) {
        if (s->n < s->ip_n + 20u)
            return IKE_E_DISCARD;
        upper_n = (size_t)(s->p[s->ip_n + 12] >> 4) * 4;
        if (upper_n < 20)
            return IKE_E_DISCARD;
    }
    if (s->n <= s->ip_n + upper_n || s->ip_n + upper_n + size > 65535)
        return IKE_E_DISCARD;
    s->header_n = (uint16_t)(s->ip_n + upper_n);
    s->at = s->header_n;
    s->size = (uint32_t)size;
    return 0;
}

int ike__split_begin(struct ike_split *s, const struct virtio_net_hdr *h, const uint8_t *p, size_t n)
{
    uint8_t type = h->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;

    memset(s, 0, sizeof(*s));
    s->p = p;
    s->n = n;
    if (n < 20 || n > 65535 + 40)
        return IKE_E_DISCARD;
    if (h->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
        if (h->csum_offset > 64 || h->csum_start < 20 || h->csum_start + (size_t)h->csum_offset + 2 > n)
            return IKE_E_DISCARD;
        s->has_partial_sum = 1;
        s->ip_n = h->csum_start;
        s->sum_at = (uint8_t)h->csum_offset;
    }
    switch (type) {
    case VIRTIO_NET_HDR_GSO_NONE:
        return n > 65535 ? IKE_E_DISCARD : 0;
    case VIRTIO_NET_HDR_GSO_TCPV4:
    case VIRTIO_NET_HDR_GSO_TCPV6:
    case VIRTIO_NET_HDR_GSO_UDP_L4:
        return begin_segments(s, type, h->gso_size);
    default:
        return IKE_E_DISCARD;
    }
}

static void store(uint8_t *at, uint64_t sum, int is_udp)
{
    uint16_t check = (uint16_t)~ike__tun_fold(sum);

    if (is_udp && check == 0) /* RFC 768: zero says that there is none */
        check = 0xffff;
    memcpy(at, &check, 2);
}

/* The whole packet. Where the checksum goes stands the sum of the pseudo-header. */
static int whole(struct ike_split *s, uint8_t *out, size_t cap)
{
    if (s->n > cap)
        return IKE_E_NOSPACE;
    s->is_over = 1;
    if (!s->has_partial_sum) {
        memcpy(out, s->p, s->n);
        return (int)s->n;
    }
    memcpy(out, s->p, s->ip_n);
    store(out + s->ip_n + s->sum_at, ike__tun_sum_copy(out + s->ip_n, s->p + s->ip_n, s->n - s->ip_n),
          s->sum_at == UDP_SUM);
    return (int)s->n;
}

static void fit_ip(const struct ike_split *s, uint8_t *ip, size_t n)
{
    if (ip[0] >> 4 == 6) {
        put16(ip + 4, n - 40);
        return;
    }
    put16(ip + 2, n);
    put16(ip + 4, get16(ip + 4) + s->index);
    ike__tun_ip4_checksum(ip, s->ip_n);
}

static void fit_tcp(const struct ike_split *s, uint8_t *tcp, int is_last)
{
    add32(tcp + 4, s->index * s->size);
    if (!is_last)
        tcp[13] &= (uint8_t) ~(FIN | PSH);
    if (s->index > 0)
        tcp[13] &= (uint8_t)~CWR;
}

int ike__split_next(struct ike_split *s, uint8_t *out, size_t cap)
{
    size_t payload, n;
    uint8_t *upper;

    if (s->is_over)
        return 0;
    if (s->size == 0)
        return whole(s, out, cap);
    payload = s->n - s->at < s->size ? s->n - s->at : s->size;
    n = s->header_n + payload;
    if (n > cap)
        return IKE_E_NOSPACE;
    s->is_over = s->at + payload == s->n;
    memcpy(out, s->p, s->header_n);
    fit_ip(s, out, n);
    upper = out + s->ip_n;
    if (s->proto == TCP)
        fit_tcp(s, upper, s->is_over);
    else
        put16(upper + 4, n - s->ip_n);
    put16(upper + s->sum_at, 0);
    store(upper + s->sum_at,
          ike__tun_sum_pseudo(out, s->proto, n - s->ip_n) + ike__tun_sum(upper, s->header_n - s->ip_n) +
              ike__tun_sum_copy(out + s->header_n, s->p + s->at, payload),
          s->proto == UDP);
    s->at += payload;
    s->index++;
    return (int)n;
}
