/* examples/ike/leak_packet.c - packets of `ike leak-test`: made, and known again. SPDX-License-Identifier: Apache-2.0
 *
 * Every probe carries a mark: text with the number of this run and of the probe. What is seen on a wire is sorted into
 * what may be there beside a tunnel (IKE, ESP, ARP, neighbour discovery, DHCP) and the rest, which is in the clear.
 * Reading is total and suspicious: what is cut off, or not quite what it pretends to be, is in the clear.
 * IKE and ESP on ports 500 and 4500 (RFC 3948 2, RFC 7296 3.1), neighbour discovery (RFC 4861 4: hop limit 255),
 * MLD (RFC 2710, RFC 3810), DHCP (RFC 2131 2, RFC 8415 7.2).
 *
 * Not here: sockets (leak_probe.c, leak_wire.c). */
#include "leak_packet.h"
#include <stdio.h>
#include <string.h>

#define TYPE_IP4 0x0800
#define TYPE_ARP 0x0806
#define TYPE_IP6 0x86dd
#define ICMP4    1
#define TCP      6
#define UDP      17
#define ESP      50
#define ICMP6    58

const char *const leak_kind_name[LEAK_KINDS] = {"clear", "IKE", "ESP", "ARP", "ND", "DHCP"};

static const char mark_begin[] = "ikeleak-";

static unsigned get16(const uint8_t *p)
{
    return (unsigned)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, size_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

/* ---- the mark ---- */

void leak_mark(char out[LEAK_MARK_SIZE], uint64_t run, unsigned probe)
{
    snprintf(out, LEAK_MARK_SIZE, "%s%016llx-%02x", mark_begin, (unsigned long long)run, probe & 0xff);
}

static int hex(const uint8_t *p, size_t n, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned c = p[i], v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
        if (v > 15)
            return 0;
        *out = *out << 4 | v;
    }
    return 1;
}

static void find_mark(struct leak_seen *out, const uint8_t *p, size_t n)
{
    const size_t begin = sizeof(mark_begin) - 1, all = LEAK_MARK_SIZE - 1;
    uint64_t probe;

    for (size_t i = 0; i + all <= n; i++)
        if (memcmp(p + i, mark_begin, begin) == 0 && hex(p + i + begin, 16, &out->run) &&
            p[i + begin + 16] == '-' && hex(p + i + begin + 17, 2, &probe)) {
            out->probe = (int)probe;
            return;
        }
    out->run = 0;
}

/* ---- looking ---- */

static void set_addr(ike_addr *a, uint8_t family, const uint8_t *ip)
{
    a->family = family;
    memcpy(a->ip, ip, family == 4 ? 4 : 16);
}

static int is_ike(const uint8_t *p, size_t n)
{
    return n >= 28 && p[17] == 0x20; /* version 2.0 */
}

static int udp_kind(const struct leak_seen *s, const uint8_t *p, size_t n)
{
    static const uint8_t no_spi[4] = {0}, cookie[4] = {99, 130, 83, 99};

    if (s->to.port == 500)
        return is_ike(p, n) ? LEAK_IKE : LEAK_CLEAR;
    if (s->to.port == 4500) {
        if (n == 1 && p[0] == 0xff)
            return LEAK_IKE;
        if (n >= 4 && memcmp(p, no_spi, 4) == 0)
            return is_ike(p + 4, n - 4) ? LEAK_IKE : LEAK_CLEAR;
        return n >= 24 ? LEAK_ESP : LEAK_CLEAR;
    }
    if (s->from.family == 4 && s->from.port == 68 && s->to.port == 67)
        return n >= 240 && memcmp(p + 236, cookie, 4) == 0 ? LEAK_DHCP : LEAK_CLEAR;
    if (s->from.family == 6 && s->from.port == 546 && s->to.port == 547)
        return n >= 4 ? LEAK_DHCP : LEAK_CLEAR;
    return LEAK_CLEAR;
}

static int icmp6_kind(struct leak_seen *s, const uint8_t *p, size_t n, int hops)
{
    if (n < 4)
        return LEAK_CLEAR;
    if ((p[0] >= 130 && p[0] <= 132) || p[0] == 143)
        return hops == 1 ? LEAK_ND : LEAK_CLEAR;
    if (p[0] < 133 || p[0] > 137 || hops != 255)
        return LEAK_CLEAR;
    if (p[0] == 135 && n >= 24)
        memcpy(s->to.ip, p + 8, 16);
    return LEAK_ND;
}

/* p, n: behind all headers of IP */
static int ip_kind(struct leak_seen *s, const uint8_t *p, size_t n, int hops)
{
    if (s->proto == ESP && n >= 8)
        return LEAK_ESP;
    if ((s->proto == UDP || s->proto == TCP) && n >= 8) {
        s->from.port = (uint16_t)get16(p);
        s->to.port = (uint16_t)get16(p + 2);
    }
    if (s->proto == UDP && n >= 8)
        return udp_kind(s, p + 8, n - 8);
    if (s->proto == ICMP6 && s->from.family == 6)
        return icmp6_kind(s, p, n, hops);
    return LEAK_CLEAR;
}

static int look_ip4(struct leak_seen *s, const uint8_t *p, size_t n)
{
    size_t header, total;

    if (n < 20 || p[0] >> 4 != 4)
        return LEAK_CLEAR;
    set_addr(&s->from, 4, p + 12);
    set_addr(&s->to, 4, p + 16);
    s->proto = p[9];
    header = (size_t)(p[0] & 15) * 4;
    total = get16(p + 2);
    if (header < 20 || total < header || total > n)
        return LEAK_CLEAR;
    if ((get16(p + 6) & 0x1fff) != 0) /* a later fragment has no ports to look at */
        return s->proto == ESP ? LEAK_ESP : LEAK_CLEAR;
    return ip_kind(s, p + header, total - header, p[8]);
}

static int look_ip6(struct leak_seen *s, const uint8_t *p, size_t n)
{
    size_t at = 40, end;

    if (n < 40 || p[0] >> 4 != 6)
        return LEAK_CLEAR;
    set_addr(&s->from, 6, p + 8);
    set_addr(&s->to, 6, p + 24);
    s->proto = p[6];
    end = 40 + get16(p + 4);
    if (end > n)
        return LEAK_CLEAR;
    /* hop-by-hop, routing, destination options (RFC 8200 4); a fragment is what it is */
    while ((s->proto == 0 || s->proto == 43 || s->proto == 60) && at + 8 <= end) {
        s->proto = p[at];
        at += 8 + (size_t)p[at + 1] * 8;
    }
    return at <= end ? ip_kind(s, p + at, end - at, p[7]) : LEAK_CLEAR;
}

static int look_arp(struct leak_seen *s, const uint8_t *p, size_t n)
{
    static const uint8_t ethernet_ip4[6] = {0, 1, 8, 0, 6, 4};

    if (n < 28 || memcmp(p, ethernet_ip4, sizeof(ethernet_ip4)) != 0)
        return LEAK_CLEAR;
    set_addr(&s->from, 4, p + 14);
    set_addr(&s->to, 4, p + 24);
    return LEAK_ARP;
}

void leak_look(struct leak_seen *out, uint16_t type, const uint8_t *p, size_t n)
{
    memset(out, 0, sizeof(*out));
    out->probe = -1;
    find_mark(out, p, n);
    if (type == TYPE_IP4)
        out->kind = look_ip4(out, p, n);
    else if (type == TYPE_IP6)
        out->kind = look_ip6(out, p, n);
    else if (type == TYPE_ARP)
        out->kind = look_arp(out, p, n);
    if (out->probe >= 0)
        out->kind = LEAK_CLEAR;
}

/* ---- making ---- */

static uint32_t sum(uint32_t before, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        before += (uint32_t)p[i] << (i % 2 ? 0 : 8);
    return before;
}

/* RFC 1071 */
static void put_sum(uint8_t *at, uint32_t total)
{
    total = (total & 0xffff) + (total >> 16);
    total = (total & 0xffff) + (total >> 16);
    put16(at, ~total & 0xffff);
}

/* What TCP and UDP add of the IP header (RFC 9293 3.1, RFC 8200 8.1). */
static uint32_t pseudo(const ike_addr *from, const ike_addr *to, unsigned proto, size_t n)
{
    size_t width = from->family == 4 ? 4 : 16;

    return sum(sum((uint32_t)(proto + n), from->ip, width), to->ip, width);
}

size_t leak_dns(uint8_t *out, const char *mark, const char *top)
{
    static const uint8_t header[12] = {0x1e, 0xa4, 1, 0, 0, 1}; /* recursion desired, one question */
    const char *const labels[] = {mark, top};
    size_t n = sizeof(header);

    memcpy(out, header, sizeof(header));
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(labels[i]);
        out[n++] = (uint8_t)len;
        memcpy(out + n, labels[i], len);
        n += len;
    }
    memcpy(out + n, "\0\0\1\0\1", 5); /* root, A, IN */
    return n + 5;
}

size_t leak_echo(uint8_t *out, uint8_t family, const char *mark)
{
    size_t n = strlen(mark);

    memset(out, 0, 8);
    out[0] = family == 4 ? 8 : 128;
    memcpy(out + 8, mark, n);
    if (family == 4)
        put_sum(out + 2, sum(0, out, 8 + n));
    return 8 + n;
}

size_t leak_syn(uint8_t *out, const ike_addr *from, const ike_addr *to, const char *mark)
{
    size_t n = strlen(mark);

    memset(out, 0, 20);
    put16(out, from->port);
    put16(out + 2, to->port);
    out[12] = 5 << 4; /* octets of the header, in fours */
    out[13] = 2;      /* SYN */
    out[14] = 0xff;   /* window */
    memcpy(out + 20, mark, n);
    put_sum(out + 16, sum(pseudo(from, to, TCP, 20 + n), out, 20 + n));
    return 20 + n;
}

static size_t ip_header(uint8_t *out, const ike_addr *from, const ike_addr *to, unsigned proto, size_t n)
{
    if (from->family == 6) {
        memset(out, 0, 8);
        out[0] = 0x60;
        put16(out + 4, n);
        out[6] = (uint8_t)proto;
        out[7] = 64;
        memcpy(out + 8, from->ip, 16);
        memcpy(out + 24, to->ip, 16);
        return 40;
    }
    memset(out, 0, 12);
    out[0] = 0x45;
    put16(out + 2, 20 + n);
    out[8] = 64;
    out[9] = (uint8_t)proto;
    memcpy(out + 12, from->ip, 4);
    memcpy(out + 16, to->ip, 4);
    put_sum(out + 10, sum(0, out, 20));
    return 20;
}

size_t leak_datagram(uint8_t *out, const ike_addr *from, const ike_addr *to, const char *mark)
{
    size_t n = 8 + strlen(mark), ip = ip_header(out, from, to, UDP, n);
    uint8_t *udp = out + ip;

    memset(udp, 0, 8);
    put16(udp, from->port);
    put16(udp + 2, to->port);
    put16(udp + 4, n);
    memcpy(udp + 8, mark, n - 8);
    put_sum(udp + 6, sum(pseudo(from, to, UDP, n), udp, n));
    return ip + n;
}
