/* base/text.c - a sticky text writer, and addresses as text (RFC 5952). SPDX-License-Identifier: Apache-2.0
 *
 * Cuts off what does not fit; the result is always NUL-terminated.
 *
 * Not here: bytes on the wire (buf.c). */
#include "base/text.h"
#include <ike/err.h>

void ike__text_init(struct ike_text *t, char *p, size_t cap)
{
    t->p = p;
    t->n = 0;
    t->cap = cap;
    p[0] = '\0';
}

static void put_char(struct ike_text *t, char c)
{
    if (t->n + 1 >= t->cap)
        return;
    t->p[t->n++] = c;
    t->p[t->n] = '\0';
}

void ike__text_put(struct ike_text *t, const char *s)
{
    while (*s)
        put_char(t, *s++);
}

void ike__text_u64(struct ike_text *t, uint64_t v)
{
    char digits[20];
    int n = 0;

    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    while (n > 0)
        put_char(t, digits[--n]);
}

static const char hex_digits[] = "0123456789abcdef";

void ike__text_hex(struct ike_text *t, ike_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        put_char(t, hex_digits[s.p[i] >> 4]);
        put_char(t, hex_digits[s.p[i] & 15]);
    }
}

void ike__text_safe(struct ike_text *t, ike_span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] >= 0x20 && s.p[i] < 0x7f && s.p[i] != '\\') {
            put_char(t, (char)s.p[i]);
            continue;
        }
        ike__text_put(t, "\\x");
        ike__text_hex(t, ike__span(s.p + i, 1));
    }
}

static void put_hex16(struct ike_text *t, unsigned v)
{
    int started = 0;

    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned d = v >> shift & 15u;
        if (d || started || shift == 0) {
            put_char(t, hex_digits[d]);
            started = 1;
        }
    }
}

static void put_ip6(struct ike_text *t, const uint8_t *ip)
{
    int best = -1, best_n = 1; /* RFC 5952 4.2: the longest run of at least two zero fields */

    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && ip[2 * (i + n)] == 0 && ip[2 * (i + n) + 1] == 0)
            n++;
        if (n > best_n) {
            best = i;
            best_n = n;
        }
        if (n > 0)
            i += n - 1;
    }
    for (int i = 0; i < 8; i++) {
        if (i == best) {
            ike__text_put(t, "::");
            i += best_n - 1;
            continue;
        }
        if (i > 0 && i != best + best_n)
            put_char(t, ':');
        put_hex16(t, ike__be16(ip + 2 * i));
    }
}

void ike__text_addr(struct ike_text *t, const ike_addr *a)
{
    if (a->family == 6) {
        put_ip6(t, a->ip);
        return;
    }
    if (a->family != 4) {
        put_char(t, '-');
        return;
    }
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            put_char(t, '.');
        ike__text_u64(t, a->ip[i]);
    }
}

/* The prefix length if first..last is exactly one, else -1. */
static int prefix_bits(const ike_ts *ts)
{
    int total = ts->first.family == 4 ? 32 : 128, bits = 0;

    while (bits < total) {
        int shift = 7 - bits % 8;
        if ((ts->first.ip[bits / 8] >> shift & 1) != (ts->last.ip[bits / 8] >> shift & 1))
            break;
        bits++;
    }
    for (int i = bits; i < total; i++)
        if ((ts->first.ip[i / 8] >> (7 - i % 8) & 1) != 0 || (ts->last.ip[i / 8] >> (7 - i % 8) & 1) != 1)
            return -1;
    return bits;
}

void ike__text_ts(struct ike_text *t, const ike_ts *ts)
{
    int bits = prefix_bits(ts);

    ike__text_addr(t, &ts->first);
    if (bits >= 0) {
        put_char(t, '/');
        ike__text_u64(t, (uint64_t)bits);
    } else {
        ike__text_put(t, "..");
        ike__text_addr(t, &ts->last);
    }
    if (ts->proto == 0 && ts->first.port == 0 && ts->last.port == 65535)
        return;
    put_char(t, '[');
    ike__text_u64(t, ts->proto);
    if (ts->first.port != 0 || ts->last.port != 65535) {
        put_char(t, '/');
        ike__text_u64(t, ts->first.port);
        if (ts->last.port != ts->first.port) {
            put_char(t, '-');
            ike__text_u64(t, ts->last.port);
        }
    }
    put_char(t, ']');
}

/* ---- parsing ---- */

static const char *parse_ip4(const char *s, uint8_t *ip)
{
    for (int i = 0; i < 4; i++) {
        unsigned v = 0, n = 0;
        if (i > 0 && *s++ != '.')
            return NULL;
        for (; *s >= '0' && *s <= '9' && n < 3; s++, n++)
            v = v * 10 + (unsigned)(*s - '0');
        if (n == 0 || v > 255)
            return NULL;
        ip[i] = (uint8_t)v;
    }
    return s;
}

int ike__hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* Fields before and after "::" are collected in one array; gap is where the zeros go. */
static int parse_ip6(const char *s, uint8_t *ip)
{
    uint8_t field[16];
    int n = 0, gap = -1;

    if (s[0] == ':' && s[1] == ':') {
        gap = 0;
        s += 2;
    }
    while (*s) {
        unsigned v = 0;
        int digits = 0;
        const char *end;

        if (n <= 12 && (end = parse_ip4(s, field + n)) != NULL && *end == '\0') {
            n += 4;
            s = end;
            break;
        }
        for (; ike__hex_value(*s) >= 0 && digits < 4; s++, digits++)
            v = v * 16 + (unsigned)ike__hex_value(*s);
        if (digits == 0 || n >= 16)
            return IKE_E_CONFIG;
        field[n++] = (uint8_t)(v >> 8);
        field[n++] = (uint8_t)v;
        if (*s == '\0')
            break;
        if (*s++ != ':')
            return IKE_E_CONFIG;
        if (*s == ':') {
            if (gap >= 0)
                return IKE_E_CONFIG;
            gap = n;
            s++;
        } else if (*s == '\0') {
            return IKE_E_CONFIG;
        }
    }
    if (gap < 0 ? n != 16 : n > 14)
        return IKE_E_CONFIG;
    memset(ip, 0, 16);
    if (gap < 0)
        gap = n;
    memcpy(ip, field, (size_t)gap);
    memcpy(ip + 16 - (n - gap), field + gap, (size_t)(n - gap));
    return 0;
}

int ike__addr_parse(ike_addr *a, const char *s)
{
    const char *end;
    ike_addr got;

    memset(&got, 0, sizeof(got));
    end = parse_ip4(s, got.ip);
    if (end && *end == '\0') {
        got.family = 4;
        *a = got;
        return 0;
    }
    memset(&got, 0, sizeof(got));
    if (!strchr(s, ':') || parse_ip6(s, got.ip) < 0)
        return IKE_E_CONFIG;
    got.family = 6;
    *a = got;
    return 0;
}
