/* wire/notify.c - Notify (RFC 7296 3.10). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: what a notify means; each exchange knows its own. */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__notify_read(ike_span body, struct ike_notify *n)
{
    struct ike_cursor c;

    memset(n, 0, sizeof(*n));
    ike__cursor_init(&c, body);
    n->protocol = ike__cursor_u8(&c);
    n->spi_len = ike__cursor_u8(&c);
    n->type = ike__cursor_u16(&c);
    if (n->spi_len != 0 && n->spi_len != 4 && n->spi_len != 8)
        return IKE_E_SYNTAX;
    n->spi = ike__cursor_take(&c, n->spi_len);
    n->data = ike__cursor_rest(&c);
    return ike__cursor_err(&c);
}

void ike__notify_write_spi(struct ike_msg_out *o, uint8_t protocol, ike_span spi, uint16_t type,
                           ike_span data)
{
    ike__out_begin(o, IKE_P_NOTIFY);
    ike__buf_u8(&o->buf, protocol);
    ike__buf_u8(&o->buf, (uint8_t)spi.n);
    ike__buf_u16(&o->buf, type);
    ike__buf_put(&o->buf, spi);
    ike__buf_put(&o->buf, data);
    ike__out_end(o);
}

void ike__notify_write(struct ike_msg_out *o, uint16_t type, ike_span data)
{
    ike__notify_write_spi(o, IKE_PROTO_NONE, ike__span(NULL, 0), type, data);
}

int ike__notify_find(const struct ike_msg *msg, uint16_t type, uint32_t nth, struct ike_notify *n)
{
    for (uint32_t i = 0; i < msg->n; i++)
        if (msg->payload[i].type == IKE_P_NOTIFY && ike__notify_read(msg->payload[i].body, n) == 0 &&
            n->type == type && nth-- == 0)
            return 1;
    return 0;
}

uint16_t ike__notify_error(const struct ike_msg *msg, struct ike_notify *n)
{
    for (uint32_t i = 0; i < msg->n; i++)
        if (msg->payload[i].type == IKE_P_NOTIFY && ike__notify_read(msg->payload[i].body, n) == 0 &&
            n->type < IKE_N_STATUS)
            return n->type;
    return 0;
}
