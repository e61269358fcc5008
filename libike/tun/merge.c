/* tun/merge.c - packets of the tunnel into as few as can be for the device. SPDX-License-Identifier: Apache-2.0
 *
 * TCP segments that go on where the one before ended, and differ in nothing else that a receiver could see, become one
 * (the other way round the device would cut it into the same segments again); UDP datagrams of one length and flow
 * likewise. So many flows are put together at the same time; a flow's packets keep their order. Checksums are looked at
 * first: the kernel does not look any more.
 * Nothing is copied: a group is a chain of packets, to be written as pieces behind one header.
 *
 * Not here: writing (device.c). */
#include "tun/offload.h"
#include <string.h>

enum { TCP = 6, UDP = 17, TCP_SUM = 16, UDP_SUM = 6, UDP_HEADER = 8, ACK = 0x10, PSH = 8 };
#define DATAGRAMS_MAX 64u /* that every kernel takes as one */

struct segment { /* what merging has to know of a packet */
    const uint8_t *ip, *upper;
    size_t n;
    uint16_t ip_n, header_n, payload;
    uint8_t proto, is_plain; /* is_plain: data, and no flags but ACK and PSH */
    uint32_t seq;
};

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* ---- one packet ---- */

static int read_tcp(struct segment *s)
{
    size_t tcp_n = s->n < s->ip_n + 20u ? 0 : (size_t)(s->upper[12] >> 4) * 4;

    if (tcp_n < 20 || s->ip_n + tcp_n > s->n)
        return 0;
    s->header_n = (uint16_t)(s->ip_n + tcp_n);
    s->payload = (uint16_t)(s->n - s->header_n);
    s->seq = get32(s->upper + 4);
    s->is_plain = s->payload > 0 && (s->upper[12] & 15) == 0 && (s->upper[13] | PSH) == (ACK | PSH);
    return 1;
}

static int read_udp(struct segment *s)
{
    if (s->n < s->ip_n + (size_t)UDP_HEADER || get16(s->upper + 4) != s->n - s->ip_n)
        return 0;
    s->header_n = (uint16_t)(s->ip_n + UDP_HEADER);
    s->payload = (uint16_t)(s->n - s->header_n);
    s->seq = 0;
    s->is_plain = s->payload > 0 && get16(s->upper + UDP_SUM) != 0; /* RFC 768: it has a checksum */
    return 1;
}

/* A whole packet of TCP or UDP with nothing between its headers: 1. */
static int read_segment(struct segment *s, const ike_packet *pkt)
{
    s->ip = pkt->buf + pkt->off;
    s->n = pkt->n;
    if (s->n >= 20 && s->ip[0] == 0x45 && (get16(s->ip + 6) & 0x3fff) == 0 && get16(s->ip + 2) == s->n) {
        s->ip_n = 20;
        s->proto = s->ip[9];
    } else if (s->n >= 40 && s->ip[0] >> 4 == 6 && get16(s->ip + 4) + 40u == s->n) {
        s->ip_n = 40;
        s->proto = s->ip[6];
    } else {
        return 0;
    }
    s->upper = s->ip + s->ip_n;
    return s->proto == TCP ? read_tcp(s) : s->proto == UDP ? read_udp(s) : 0;
}

/* Its checksums are right, IP's too. */
static int is_sound(const struct segment *s)
{
    size_t upper_n = s->n - s->ip_n;

    if (s->ip_n == 20 && ike__tun_fold(ike__tun_sum(s->ip, 20)) != 0xffff)
        return 0;
    return ike__tun_fold(ike__tun_sum_pseudo(s->ip, s->proto, upper_n) + ike__tun_sum(s->upper, upper_n)) ==
           0xffff;
}

/* ---- does one go on where another ends? ---- */

static int is_same_flow(const struct segment *a, const struct segment *b)
{
    size_t at = a->ip_n == 20 ? 12 : 8; /* both addresses */

    return a->ip_n == b->ip_n && a->proto == b->proto && memcmp(a->ip + at, b->ip + at, a->ip_n - at) == 0 &&
           memcmp(a->upper, b->upper, 4) == 0;
}

/* RFC 6864 4.1: where IPv4 forbids fragments the identification means nothing; else it has to count along. */
static int same_ip(const struct segment *a, const struct segment *b, unsigned distance)
{
    if (a->ip_n == 40)
        return memcmp(a->ip, b->ip, 4) == 0 && a->ip[7] == b->ip[7];
    return a->ip[1] == b->ip[1] && a->ip[6] == b->ip[6] && a->ip[8] == b->ip[8] &&
           ((a->ip[6] & 0x40) || (uint16_t)(get16(a->ip + 4) + distance) == get16(b->ip + 4));
}

static int same_tcp(const struct segment *a, const struct segment *b)
{
    return memcmp(a->upper + 8, b->upper + 8, 5) == 0 &&   /* acknowledgement, length of the header */
           memcmp(a->upper + 14, b->upper + 14, 2) == 0 && /* window */
           memcmp(a->upper + 18, b->upper + 18, b->header_n - b->ip_n - 18u) == 0; /* urgent, options */
}

static int goes_on(const struct ike_group *g, const struct segment *first, const struct segment *s)
{
    return s->is_plain && s->seq == g->next_seq && s->header_n == g->header_n && s->payload <= g->size &&
           g->length + s->payload <= 65535 && same_ip(first, s, g->n) &&
           (s->proto == UDP ? g->n < DATAGRAMS_MAX : same_tcp(first, s));
}

/* ---- groups ---- */

static void add_group(struct ike_groups *g, const struct segment *s, uint16_t i, int may_grow)
{
    struct ike_group *group = &g->group[g->n++];

    group->first = group->last = i;
    group->n = 1;
    if (!may_grow)
        return;
    group->ip_n = s->ip_n;
    group->header_n = s->header_n;
    group->size = s->payload;
    group->next_seq = s->proto == TCP ? s->seq + s->payload : 0;
    group->length = (uint32_t)s->n;
    g->open[g->next_open++ % IKE_MERGE_FLOWS] = g->n;
}

static void append(struct ike_groups *g, struct ike_group *group, const struct segment *s, uint16_t i)
{
    g->next[group->last] = i;
    group->last = i;
    group->n++;
    group->next_seq += s->proto == TCP ? s->payload : 0;
    group->length += s->payload;
}

static void merge_segment(struct ike_groups *g, const ike_packet *pkts, const struct segment *s, uint16_t i)
{
    int may_grow = s->is_plain && (s->proto == UDP || !(s->upper[13] & PSH));

    for (unsigned k = 0; k < IKE_MERGE_FLOWS; k++) {
        struct ike_group *group = g->open[k] ? &g->group[g->open[k] - 1] : NULL;
        struct segment first;

        if (!group || !read_segment(&first, &pkts[group->first]) || !is_same_flow(&first, s))
            continue;
        if (goes_on(group, &first, s) && is_sound(s)) {
            append(g, group, s, i);
            if (!may_grow || s->payload < group->size)
                g->open[k] = 0;
            return;
        }
        g->open[k] = 0; /* what comes later must not overtake this one */
    }
    add_group(g, s, i, may_grow && is_sound(s));
}

void ike__merge(struct ike_groups *g, const ike_packet *pkts, size_t n, int udp)
{
    g->n = g->next_open = 0;
    memset(g->open, 0, sizeof(g->open));
    for (size_t i = 0; i < n && i < IKE_MERGE_MAX; i++) {
        struct segment s;

        if (pkts[i].err != 0 || pkts[i].n == 0)
            continue;
        if (read_segment(&s, &pkts[i])) {
            s.is_plain = s.is_plain && (udp || s.proto == TCP);
            merge_segment(g, pkts, &s, (uint16_t)i);
            continue;
        }
        if (pkts[i].n >= 20) /* whose flow it is of, we cannot tell: none may overtake it */
            memset(g->open, 0, sizeof(g->open));
        add_group(g, &s, (uint16_t)i, 0);
    }
}

void ike__merge_headers(const struct ike_group *group, const ike_packet *pkts, struct virtio_net_hdr *h,
                        uint8_t *header)
{
    const ike_packet *first = &pkts[group->first], *last = &pkts[group->last];
    int is_udp = group->header_n == group->ip_n + UDP_HEADER, is_ip4 = group->ip_n == 20;
    uint8_t *upper = header + group->ip_n;
    size_t upper_n = group->length - group->ip_n, sum_at = is_udp ? UDP_SUM : TCP_SUM;
    uint16_t check;

    memcpy(header, first->buf + first->off, group->header_n);
    if (is_udp)
        put16(upper + 4, upper_n);
    else
        upper[13] |= last->buf[last->off + group->ip_n + 13] & PSH;
    memset(h, 0, sizeof(*h));
    h->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
    h->gso_type = is_udp   ? VIRTIO_NET_HDR_GSO_UDP_L4
                  : is_ip4 ? VIRTIO_NET_HDR_GSO_TCPV4
                           : VIRTIO_NET_HDR_GSO_TCPV6;
    h->hdr_len = group->header_n;
    h->gso_size = group->size;
    h->csum_start = group->ip_n;
    h->csum_offset = (uint16_t)sum_at;
    if (is_ip4) {
        put16(header + 2, group->length);
        ike__tun_ip4_checksum(header, 20);
    } else {
        put16(header + 4, group->length - 40);
    }
    /* what the kernel finishes: the sum of the pseudo-header, not inverted */
    check = ike__tun_fold(ike__tun_sum_pseudo(header, is_udp ? UDP : TCP, upper_n));
    memcpy(upper + sum_at, &check, 2);
}
