/* profile/address.c - addresses, networks, ranges and selectors as text. SPDX-License-Identifier: Apache-2.0 */
#include "profile/room.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

int ike__profile_ip(ike_addr *a, const char *text)
{
    memset(a, 0, sizeof(*a));
    if (inet_pton(AF_INET, text, a->ip) == 1)
        a->family = 4;
    else if (inet_pton(AF_INET6, text, a->ip) == 1)
        a->family = 6;
    return a->family ? 0 : IKE_E_CONFIG;
}

static int width(const ike_addr *a)
{
    return a->family == 4 ? 32 : 128;
}

static int bit(const uint8_t *ip, int i)
{
    return ip[i / 8] >> (7 - i % 8) & 1;
}

static void set_tail(uint8_t *ip, int from, int to, int value)
{
    for (int i = from; i < to; i++) {
        uint8_t mask = (uint8_t)(1u << (7 - i % 8));
        ip[i / 8] = (uint8_t)(value ? ip[i / 8] | mask : ip[i / 8] & ~mask);
    }
}

/* "10.0.0.0/8", "10.0.0.1", "10.0.0.1-10.0.0.9" as first and last address; host bits are cleared. */
static int parse_range(const char *text, ike_addr *first, ike_addr *last)
{
    char copy[128], *at;
    size_t n = strlen(text);

    if (n == 0 || n >= sizeof(copy))
        return IKE_E_CONFIG;
    memcpy(copy, text, n + 1);
    if ((at = strchr(copy, '/')) != NULL) {
        char *end;
        long bits;
        *at = '\0';
        bits = strtol(at + 1, &end, 10);
        if (at[1] == '\0' || *end != '\0' || ike__profile_ip(first, copy) < 0 || bits < 0 ||
            bits > width(first))
            return IKE_E_CONFIG;
        *last = *first;
        set_tail(first->ip, (int)bits, width(first), 0);
        set_tail(last->ip, (int)bits, width(first), 1);
        return 0;
    }
    if ((at = strchr(copy, '-')) != NULL) {
        *at = '\0';
        if (ike__profile_ip(first, copy) < 0 || ike__profile_ip(last, at + 1) < 0 ||
            first->family != last->family)
            return IKE_E_CONFIG;
        return memcmp(first->ip, last->ip, 16) <= 0 ? 0 : IKE_E_CONFIG;
    }
    if (ike__profile_ip(first, copy) < 0)
        return IKE_E_CONFIG;
    *last = *first;
    return 0;
}

static void increment(uint8_t *ip, int octets)
{
    for (int i = octets - 1; i >= 0 && ++ip[i] == 0; i--)
        ;
}

/* A range as the fewest networks: always the largest that begins at first and does not pass last. */
int ike__profile_prefixes(const char *text, ike_prefix *list, uint32_t cap, uint32_t *n)
{
    ike_addr first, last, end;
    int total;

    if (parse_range(text, &first, &last) < 0)
        return IKE_E_CONFIG;
    total = width(&first);
    for (;;) {
        int bits = total;
        while (bits > 0 && bit(first.ip, bits - 1) == 0) {
            end = first;
            set_tail(end.ip, bits - 1, total, 1);
            if (memcmp(end.ip, last.ip, 16) > 0)
                break;
            bits--;
        }
        if (*n >= cap)
            return IKE_E_LIMIT;
        memset(&list[*n], 0, sizeof(list[*n]));
        list[*n].addr = first;
        list[(*n)++].bits = (uint32_t)bits;
        end = first;
        set_tail(end.ip, bits, total, 1);
        if (memcmp(end.ip, last.ip, 16) >= 0)
            return 0;
        first = end;
        increment(first.ip, total / 8);
    }
}

static int parse_proto(const char *text, uint8_t *proto)
{
    const struct protoent *p;
    char *end;
    long v = strtol(text, &end, 10);

    if (text[0] && *end == '\0' && v >= 0 && v < 256) {
        *proto = (uint8_t)v;
        return 0;
    }
    if (strcmp(text, "tcp") == 0)
        *proto = 6;
    else if (strcmp(text, "udp") == 0)
        *proto = 17;
    else if (strcmp(text, "icmp") == 0)
        *proto = 1;
    else if (strcmp(text, "icmpv6") == 0 || strcmp(text, "ipv6-icmp") == 0)
        *proto = 58;
    else if ((p = getprotobyname(text)) != NULL)
        *proto = (uint8_t)p->p_proto;
    else
        return IKE_E_CONFIG;
    return 0;
}

static int parse_ports(const char *text, ike_ts *ts)
{
    char *end;
    long from, to;

    if (strcmp(text, "any") == 0)
        return 0;
    if (strcmp(text, "http") == 0 || strcmp(text, "https") == 0)
        text = text[4] ? "443" : "80";
    from = to = strtol(text, &end, 10);
    if (end == text)
        return IKE_E_CONFIG;
    if (*end == '-')
        to = strtol(end + 1, &end, 10);
    if (*end != '\0' || from < 0 || to > 65535 || from > to)
        return IKE_E_CONFIG;
    ts->first.port = (uint16_t)from;
    ts->last.port = (uint16_t)to;
    return 0;
}

int ike__profile_selector(const char *text, ike_ts *ts)
{
    char copy[192], *open, *close, *slash;
    size_t n = strlen(text);

    if (n == 0 || n >= sizeof(copy))
        return IKE_E_CONFIG;
    memcpy(copy, text, n + 1);
    memset(ts, 0, sizeof(*ts));
    open = strchr(copy, '[');
    if (open) {
        close = strchr(open, ']');
        if (!close || close[1] != '\0')
            return IKE_E_CONFIG;
        *open++ = *close = '\0';
    }
    if (parse_range(copy, &ts->first, &ts->last) < 0)
        return IKE_E_CONFIG;
    ts->last.port = 65535;
    if (!open)
        return 0;
    slash = strchr(open, '/');
    if (slash)
        *slash++ = '\0';
    if (parse_proto(open, &ts->proto) < 0)
        return IKE_E_CONFIG;
    return slash ? parse_ports(slash, ts) : 0;
}
