/* wire/ts.c - TSi and TSr (RFC 7296 3.13). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: narrowing (state/narrow.c), matching packets (esp/selector.h). */
#include "wire/payloads.h"
#include <ike/err.h>

static int read_one(struct ike_cursor *in, uint8_t family, uint8_t proto, ike_ts *ts)
{
    size_t n = family == 4 ? 4 : 16;
    ike_span first, last;
    uint16_t start = ike__cursor_u16(in), end = ike__cursor_u16(in);

    first = ike__cursor_take(in, n);
    last = ike__cursor_take(in, n);
    if (ike__cursor_done(in) < 0)
        return IKE_E_SYNTAX;
    memset(ts, 0, sizeof(*ts));
    ts->proto = proto;
    ts->first.family = ts->last.family = family;
    ts->first.port = start;
    ts->last.port = end;
    memcpy(ts->first.ip, first.p, n);
    memcpy(ts->last.ip, last.p, n);
    /* 3.13.1: 65535..0 is OPAQUE; any other range runs upwards. */
    if (memcmp(first.p, last.p, n) > 0 || (start > end && !(start == 65535 && end == 0)))
        return IKE_E_SYNTAX;
    return 0;
}

int ike__ts_read(ike_span body, ike_ts *out, uint32_t cap)
{
    struct ike_cursor c, in;
    uint32_t n = 0;
    uint8_t count;

    ike__cursor_init(&c, body);
    count = ike__cursor_u8(&c);
    ike__cursor_skip(&c, 3);
    for (uint8_t i = 0; i < count; i++) {
        uint8_t type = ike__cursor_u8(&c), proto = ike__cursor_u8(&c);
        uint16_t length = ike__cursor_u16(&c);

        if (c.bad || length < 8)
            return IKE_E_SYNTAX;
        ike__cursor_init(&in, ike__cursor_take(&c, length - 4u));
        if (c.bad)
            return IKE_E_SYNTAX;
        if (type != IKE_TS_IPV4 && type != IKE_TS_IPV6)
            continue;
        if (n == cap || read_one(&in, type == IKE_TS_IPV4 ? 4 : 6, proto, &out[n]) < 0)
            return IKE_E_SYNTAX;
        n++;
    }
    return ike__cursor_done(&c) < 0 || count == 0 ? IKE_E_SYNTAX : (int)n;
}

void ike__ts_write(struct ike_msg_out *o, uint8_t payload, const ike_ts *ts, uint32_t n)
{
    struct ike_buf *b = &o->buf;

    ike__out_begin(o, payload);
    ike__buf_u8(b, (uint8_t)n);
    ike__buf_zero(b, 3);
    for (uint32_t i = 0; i < n; i++) {
        size_t len = ts[i].first.family == 4 ? 4 : 16;

        ike__buf_u8(b, len == 4 ? IKE_TS_IPV4 : IKE_TS_IPV6);
        ike__buf_u8(b, ts[i].proto);
        ike__buf_u16(b, (uint16_t)(8 + 2 * len));
        ike__buf_u16(b, ts[i].first.port);
        ike__buf_u16(b, ts[i].last.port);
        ike__buf_put(b, ike__span(ts[i].first.ip, len));
        ike__buf_put(b, ike__span(ts[i].last.ip, len));
    }
    ike__out_end(o);
}
