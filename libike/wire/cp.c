/* wire/cp.c - Configuration payload (RFC 7296 3.15). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: what the attributes mean (exchange/config_payload.c). */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__cp_reader_init(struct ike_cp_reader *r, ike_span body)
{
    memset(r, 0, sizeof(*r));
    ike__cursor_init(&r->in, body);
    r->type = ike__cursor_u8(&r->in);
    ike__cursor_skip(&r->in, 3);
    return ike__cursor_err(&r->in);
}

int ike__cp_next(struct ike_cp_reader *r, struct ike_cp_attr *a)
{
    uint16_t length;

    memset(a, 0, sizeof(*a));
    if (r->in.n == 0)
        return ike__cursor_err(&r->in);
    a->type = ike__cursor_u16(&r->in) & 0x7fffu; /* the reserved bit is ignored */
    length = ike__cursor_u16(&r->in);
    a->value = ike__cursor_take(&r->in, length);
    return r->in.bad ? IKE_E_SYNTAX : 1;
}

void ike__cp_begin(struct ike_msg_out *o, uint8_t type)
{
    ike__out_begin(o, IKE_P_CP);
    ike__buf_u8(&o->buf, type);
    ike__buf_zero(&o->buf, 3);
}

void ike__cp_attr(struct ike_msg_out *o, uint16_t type, ike_span value)
{
    ike__buf_u16(&o->buf, type);
    ike__buf_u16(&o->buf, (uint16_t)value.n);
    ike__buf_put(&o->buf, value);
}

void ike__cp_end(struct ike_msg_out *o)
{
    ike__out_end(o);
}
