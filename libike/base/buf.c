/* base/buf.c - a sticky writer. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: reading (cursor.c), text (text.c). */
#include "base/buf.h"
#include <ike/err.h>

void ike__buf_init(struct ike_buf *b, uint8_t *p, size_t cap)
{
    b->p = p;
    b->n = 0;
    b->cap = cap;
    b->bad = 0;
}

uint8_t *ike__buf_room(struct ike_buf *b, size_t n)
{
    uint8_t *at;

    if (b->bad || b->cap - b->n < n) {
        b->bad = 1;
        return NULL;
    }
    at = b->p + b->n;
    b->n += n;
    return at;
}

void ike__buf_u8(struct ike_buf *b, uint8_t v)
{
    uint8_t *p = ike__buf_room(b, 1);

    if (p)
        *p = v;
}

void ike__buf_u16(struct ike_buf *b, uint16_t v)
{
    uint8_t *p = ike__buf_room(b, 2);

    if (p)
        ike__put_be16(p, v);
}

void ike__buf_u32(struct ike_buf *b, uint32_t v)
{
    uint8_t *p = ike__buf_room(b, 4);

    if (p)
        ike__put_be32(p, v);
}

void ike__buf_u64(struct ike_buf *b, uint64_t v)
{
    uint8_t *p = ike__buf_room(b, 8);

    if (p)
        ike__put_be64(p, v);
}

void ike__buf_put(struct ike_buf *b, ike_span s)
{
    uint8_t *p = ike__buf_room(b, s.n);

    if (p && s.n > 0)
        memcpy(p, s.p, s.n);
}

void ike__buf_zero(struct ike_buf *b, size_t n)
{
    uint8_t *p = ike__buf_room(b, n);

    if (p && n > 0)
        memset(p, 0, n);
}

size_t ike__buf_mark16(struct ike_buf *b)
{
    size_t mark = b->n;

    ike__buf_u16(b, 0);
    return mark;
}

void ike__buf_len16(struct ike_buf *b, size_t mark, size_t from)
{
    if (b->bad)
        return;
    if (b->n - from > 0xffff) {
        b->bad = 1;
        return;
    }
    ike__put_be16(b->p + mark, (uint16_t)(b->n - from));
}

int ike__buf_err(const struct ike_buf *b)
{
    return b->bad ? IKE_E_NOSPACE : 0;
}
