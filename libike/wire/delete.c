/* wire/delete.c - Delete (RFC 7296 3.11). SPDX-License-Identifier: Apache-2.0 */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__delete_read(ike_span body, struct ike_delete *d)
{
    struct ike_cursor c;

    memset(d, 0, sizeof(*d));
    ike__cursor_init(&c, body);
    d->protocol = ike__cursor_u8(&c);
    d->spi_len = ike__cursor_u8(&c);
    d->n = ike__cursor_u16(&c);
    d->spis = ike__cursor_take(&c, (size_t)d->n * d->spi_len);
    if (ike__cursor_done(&c) < 0)
        return IKE_E_SYNTAX;
    if (d->protocol == IKE_PROTO_IKE)
        return d->spi_len == 0 && d->n == 0 ? 0 : IKE_E_SYNTAX;
    return (d->protocol == IKE_PROTO_ESP || d->protocol == IKE_PROTO_AH) && d->spi_len == 4 ? 0
                                                                                            : IKE_E_SYNTAX;
}

void ike__delete_write_ike(struct ike_msg_out *o)
{
    ike__out_begin(o, IKE_P_DELETE);
    ike__buf_u8(&o->buf, IKE_PROTO_IKE);
    ike__buf_zero(&o->buf, 3);
    ike__out_end(o);
}

void ike__delete_write_esp(struct ike_msg_out *o, const uint32_t *spis, uint16_t n)
{
    ike__out_begin(o, IKE_P_DELETE);
    ike__buf_u8(&o->buf, IKE_PROTO_ESP);
    ike__buf_u8(&o->buf, 4);
    ike__buf_u16(&o->buf, n);
    for (uint16_t i = 0; i < n; i++)
        ike__buf_u32(&o->buf, spis[i]);
    ike__out_end(o);
}
