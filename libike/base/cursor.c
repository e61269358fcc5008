/* base/cursor.c - a sticky reader. SPDX-License-Identifier: Apache-2.0
 *
 * The only place where a length is compared with what is there.
 *
 * Not here: writing (buf.c). */
#include "base/cursor.h"
#include <ike/err.h>

void ike__cursor_init(struct ike_cursor *c, ike_span s)
{
    c->p = s.p;
    c->n = s.n;
    c->bad = 0;
}

ike_span ike__cursor_take(struct ike_cursor *c, size_t n)
{
    ike_span s;

    if (c->bad || c->n < n) {
        c->bad = 1;
        c->n = 0;
        return ike__span(NULL, 0);
    }
    s = ike__span(c->p, n);
    if (n > 0)
        c->p += n;
    c->n -= n;
    return s;
}

uint8_t ike__cursor_u8(struct ike_cursor *c)
{
    ike_span s = ike__cursor_take(c, 1);

    return s.n ? s.p[0] : 0;
}

uint16_t ike__cursor_u16(struct ike_cursor *c)
{
    ike_span s = ike__cursor_take(c, 2);

    return s.n ? ike__be16(s.p) : 0;
}

uint32_t ike__cursor_u32(struct ike_cursor *c)
{
    ike_span s = ike__cursor_take(c, 4);

    return s.n ? ike__be32(s.p) : 0;
}

uint64_t ike__cursor_u64(struct ike_cursor *c)
{
    ike_span s = ike__cursor_take(c, 8);

    return s.n ? ike__be64(s.p) : 0;
}

ike_span ike__cursor_rest(struct ike_cursor *c)
{
    return ike__cursor_take(c, c->n);
}

void ike__cursor_skip(struct ike_cursor *c, size_t n)
{
    (void)ike__cursor_take(c, n);
}

int ike__cursor_err(const struct ike_cursor *c)
{
    return c->bad ? IKE_E_SYNTAX : 0;
}

int ike__cursor_done(const struct ike_cursor *c)
{
    return c->bad || c->n > 0 ? IKE_E_SYNTAX : 0;
}
