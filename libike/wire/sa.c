/* wire/sa.c - proposals and transforms (RFC 7296 3.3). SPDX-License-Identifier: Apache-2.0
 *
 * Structure only: what a combination means is crypto/suites.c. */
#include "wire/sa.h"
#include <ike/err.h>

#define ATTR_TV 0x8000u /* 3.3.5: the attribute is type and value, without length */

void ike__sa_reader_init(struct ike_sa_reader *r, ike_span body)
{
    memset(r, 0, sizeof(*r));
    ike__cursor_init(&r->in, body);
}

static int read_attributes(struct ike_cursor *c, struct ike_transform *t)
{
    while (c->n > 0 && !c->bad) {
        uint16_t type = ike__cursor_u16(c), value = ike__cursor_u16(c);

        if (type == (ATTR_TV | IKE_ATTR_KEY_LENGTH)) {
            t->key_bits = value;
            continue;
        }
        t->unknown = 1; /* 3.3.6: a transform with an attribute we do not know is not for us */
        if (!(type & ATTR_TV))
            ike__cursor_skip(c, value);
    }
    return ike__cursor_err(c);
}

static int read_transform(struct ike_cursor *c, struct ike_transform *t, int is_last)
{
    uint8_t mark = ike__cursor_u8(c);
    struct ike_cursor in;
    uint16_t length;

    ike__cursor_skip(c, 1);
    length = ike__cursor_u16(c);
    if (c->bad || length < 8 || mark != (is_last ? 0 : 3))
        return IKE_E_SYNTAX;
    ike__cursor_init(&in, ike__cursor_take(c, length - 4u));
    if (c->bad)
        return IKE_E_SYNTAX;
    memset(t, 0, sizeof(*t));
    t->type = ike__cursor_u8(&in);
    ike__cursor_skip(&in, 1);
    t->id = ike__cursor_u16(&in);
    return read_attributes(&in, t);
}

static int read_proposal(struct ike_cursor *in, struct ike_proposal *p)
{
    p->number = ike__cursor_u8(in);
    p->protocol = ike__cursor_u8(in);
    p->spi_len = ike__cursor_u8(in);
    p->n = ike__cursor_u8(in);
    if (in->bad || (p->spi_len != 0 && p->spi_len != 4 && p->spi_len != 8) || p->n > IKE_TRANSFORMS_MAX)
        return IKE_E_SYNTAX;
    if (p->spi_len > 0) {
        ike_span spi = ike__cursor_take(in, p->spi_len);
        if (in->bad)
            return IKE_E_SYNTAX;
        memcpy(p->spi, spi.p, spi.n);
    }
    for (uint8_t i = 0; i < p->n; i++)
        if (read_transform(in, &p->transform[i], i + 1 == p->n) < 0)
            return IKE_E_SYNTAX;
    return ike__cursor_done(in);
}

int ike__sa_next(struct ike_sa_reader *r, struct ike_proposal *p)
{
    struct ike_cursor in;
    uint16_t length;
    uint8_t mark;

    if (r->last || (r->in.n == 0 && r->count == 0))
        return r->last && r->in.n == 0 ? 0 : IKE_E_SYNTAX;
    memset(p, 0, sizeof(*p));
    mark = ike__cursor_u8(&r->in);
    ike__cursor_skip(&r->in, 1);
    length = ike__cursor_u16(&r->in);
    if (r->in.bad || length < 8 || (mark != 0 && mark != 2))
        return IKE_E_SYNTAX;
    ike__cursor_init(&in, ike__cursor_take(&r->in, length - 4u));
    if (r->in.bad || read_proposal(&in, p) < 0)
        return IKE_E_SYNTAX;
    r->last = mark == 0;
    /* RFC 7296 3.3.1: numbers rise by one; a response repeats the number of the one that was chosen. */
    if (r->count > 0 ? p->number != r->count + 1 : p->number == 0 || (p->number != 1 && !r->last))
        return IKE_E_SYNTAX;
    r->count = r->count > 0 ? (uint8_t)(r->count + 1) : p->number;
    return 1;
}

int ike__proposal_has(const struct ike_proposal *p, uint8_t type)
{
    for (uint8_t i = 0; i < p->n; i++)
        if (p->transform[i].type == type)
            return 1;
    return 0;
}

int ike__proposal_holds(const struct ike_proposal *p, const struct ike_transform *t)
{
    for (uint8_t i = 0; i < p->n; i++)
        if (p->transform[i].type == t->type && p->transform[i].id == t->id &&
            p->transform[i].key_bits == t->key_bits)
            return 1;
    return 0;
}

static void write_transform(struct ike_buf *b, const struct ike_transform *t, int is_last)
{
    ike__buf_u8(b, is_last ? 0 : 3);
    ike__buf_u8(b, 0);
    ike__buf_u16(b, t->key_bits ? 12 : 8);
    ike__buf_u8(b, t->type);
    ike__buf_u8(b, 0);
    ike__buf_u16(b, t->id);
    if (t->key_bits) {
        ike__buf_u16(b, ATTR_TV | IKE_ATTR_KEY_LENGTH);
        ike__buf_u16(b, t->key_bits);
    }
}

void ike__sa_write(struct ike_msg_out *o, const struct ike_proposal *p, size_t n)
{
    struct ike_buf *b = &o->buf;

    ike__out_begin(o, IKE_P_SA);
    for (size_t i = 0; i < n; i++) {
        size_t from = b->n, mark;

        ike__buf_u8(b, i + 1 == n ? 0 : 2);
        ike__buf_u8(b, 0);
        mark = ike__buf_mark16(b);
        ike__buf_u8(b, p[i].number);
        ike__buf_u8(b, p[i].protocol);
        ike__buf_u8(b, p[i].spi_len);
        ike__buf_u8(b, p[i].n);
        ike__buf_put(b, ike__span(p[i].spi, p[i].spi_len));
        for (uint8_t k = 0; k < p[i].n; k++)
            write_transform(b, &p[i].transform[k], k + 1 == p[i].n);
        ike__buf_len16(b, mark, from);
    }
    ike__out_end(o);
}
