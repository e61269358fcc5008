/* state/narrow.c - traffic selectors as sets: inside, narrowed, holds. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.9: the responder may choose a subset of what we offered, never more.
 *
 * Not here: matching packets (esp/selector.h), bytes on the wire (wire/ts.c). */
#include "state/narrow.h"
#include "base/span.h"

static size_t octets(uint8_t family)
{
    return family == 4 ? 4 : 16;
}

static int is_opaque(const ike_ts *t)
{
    return t->first.port == 65535 && t->last.port == 0;
}

/* RFC 7296 3.13.1: OPAQUE (65535..0) means packets whose ports cannot be seen. No range of ports holds them, only
 * OPAQUE itself and "any", which is all ports. */
static int ports_inside(const ike_ts *in, const ike_ts *out)
{
    if (in->first.port > in->last.port && !is_opaque(in))
        return 0; /* no range at all */
    if (out->first.port == 0 && out->last.port == 65535)
        return 1;
    if (is_opaque(in) || is_opaque(out))
        return is_opaque(in) && is_opaque(out);
    return in->first.port >= out->first.port && in->last.port <= out->last.port;
}

int ike__ts_inside(const ike_ts *in, const ike_ts *out)
{
    size_t n = octets(out->first.family);

    if (in->first.family != out->first.family)
        return 0;
    if (out->proto != 0 && in->proto != out->proto)
        return 0;
    return memcmp(in->first.ip, out->first.ip, n) >= 0 && memcmp(in->last.ip, out->last.ip, n) <= 0 &&
           ports_inside(in, out);
}

int ike__ts_narrowed(const ike_ts *chosen, uint32_t chosen_n, const ike_ts *offered, uint32_t offered_n)
{
    for (uint32_t i = 0; i < chosen_n; i++) {
        uint32_t k = 0;
        while (k < offered_n && !ike__ts_inside(&chosen[i], &offered[k]))
            k++;
        if (k == offered_n)
            return 0;
    }
    return chosen_n > 0;
}

int ike__ts_same(const ike_ts *a, uint32_t a_n, const ike_ts *b, uint32_t b_n)
{
    return a_n == b_n && (a_n == 0 || memcmp(a, b, a_n * sizeof(*a)) == 0);
}

int ike__ts_holds(const ike_ts *ts, uint32_t n, const ike_addr *addr)
{
    for (uint32_t i = 0; i < n; i++) {
        size_t len = octets(ts[i].first.family);
        if (ts[i].first.family == addr->family && memcmp(addr->ip, ts[i].first.ip, len) >= 0 &&
            memcmp(addr->ip, ts[i].last.ip, len) <= 0)
            return 1;
    }
    return 0;
}

ike_ts ike__ts_all(uint8_t family)
{
    ike_ts ts;

    memset(&ts, 0, sizeof(ts));
    ts.first.family = ts.last.family = family;
    memset(ts.last.ip, 0xff, octets(family));
    ts.last.port = 65535;
    return ts;
}

ike_ts ike__ts_host(const ike_addr *addr)
{
    ike_ts ts;

    memset(&ts, 0, sizeof(ts));
    ts.first.family = ts.last.family = addr->family;
    memcpy(ts.first.ip, addr->ip, octets(addr->family));
    memcpy(ts.last.ip, addr->ip, octets(addr->family));
    ts.last.port = 65535;
    return ts;
}

static int intersect_ports(const ike_ts *a, const ike_ts *b, ike_ts *out)
{
    if (is_opaque(a) || is_opaque(b)) {
        out->first.port = 65535;
        out->last.port = 0;
        return ports_inside(out, a) && ports_inside(out, b);
    }
    out->first.port = a->first.port > b->first.port ? a->first.port : b->first.port;
    out->last.port = a->last.port < b->last.port ? a->last.port : b->last.port;
    return out->first.port <= out->last.port;
}

static int intersect(const ike_ts *a, const ike_ts *b, ike_ts *out)
{
    size_t n = octets(a->first.family);

    if (a->first.family != b->first.family || (a->proto && b->proto && a->proto != b->proto))
        return 0;
    *out = *a;
    if (memcmp(b->first.ip, out->first.ip, n) > 0)
        memcpy(out->first.ip, b->first.ip, n);
    if (memcmp(b->last.ip, out->last.ip, n) < 0)
        memcpy(out->last.ip, b->last.ip, n);
    if (out->proto == 0)
        out->proto = b->proto;
    return memcmp(out->first.ip, out->last.ip, n) <= 0 && intersect_ports(a, b, out);
}

uint32_t ike__ts_intersect(const ike_ts *offered, uint32_t offered_n, const ike_ts *allowed,
                           uint32_t allowed_n, ike_ts *out, uint32_t cap)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < offered_n; i++)
        for (uint32_t k = 0; k < allowed_n && n < cap; k++)
            if (intersect(&offered[i], &allowed[k], &out[n]))
                n++;
    return n;
}

/* ---- without ---- */

static void step(ike_addr *a, int up)
{
    for (size_t i = octets(a->family); i-- > 0;) {
        a->ip[i] = (uint8_t)(up ? a->ip[i] + 1 : a->ip[i] - 1);
        if (a->ip[i] != (up ? 0 : 0xff))
            return;
    }
}

/* What is left of ts: up to two selectors, below and above minus. */
static uint32_t cut(const ike_ts *ts, const ike_ts *minus, ike_ts out[2])
{
    size_t n = octets(ts->first.family);
    uint32_t k = 0;

    if (ts->first.family != minus->first.family || (minus->proto != 0 && minus->proto != ts->proto) ||
        !ports_inside(ts, minus) || memcmp(ts->last.ip, minus->first.ip, n) < 0 ||
        memcmp(ts->first.ip, minus->last.ip, n) > 0) {
        out[0] = *ts;
        return 1;
    }
    if (memcmp(ts->first.ip, minus->first.ip, n) < 0) {
        out[k] = *ts;
        memcpy(out[k].last.ip, minus->first.ip, n);
        step(&out[k++].last, 0);
    }
    if (memcmp(ts->last.ip, minus->last.ip, n) > 0) {
        out[k] = *ts;
        memcpy(out[k].first.ip, minus->last.ip, n);
        step(&out[k++].first, 1);
    }
    return k;
}

/* One selector of from without all of minus: each cut leaves pieces, which the next ones cut again. */
static uint32_t cut_all(const ike_ts *ts, const ike_ts *minus, uint32_t minus_n, ike_ts *out, uint32_t cap)
{
    uint32_t n = cap > 0;

    if (n)
        out[0] = *ts;
    for (uint32_t m = 0; m < minus_n; m++)
        for (uint32_t i = n; i-- > 0;) {
            ike_ts piece[2];
            uint32_t k = cut(&out[i], &minus[m], piece);

            if (k == 0)
                memmove(&out[i], &out[i + 1], (--n - i) * sizeof(*out));
            else
                out[i] = piece[0];
            if (k == 2 && n < cap)
                out[n++] = piece[1];
        }
    return n;
}

uint32_t ike__ts_without(const ike_ts *from, uint32_t from_n, const ike_ts *minus, uint32_t minus_n,
                         ike_ts *out, uint32_t cap)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < from_n; i++)
        n += cut_all(&from[i], minus, minus_n, out + n, cap - n);
    return n;
}
