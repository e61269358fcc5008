/* wire/message.c - a payload chain as an index of spans, and the writer of one. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 3.2. One pass, no copies, no allocation; bounded by IKE_PAYLOADS_MAX.
 *
 * Not here: which payloads belong where (rules.c), what is inside them (one file each). */
#include "wire/message.h"
#include <ike/err.h>

#define GENERIC_HEADER_LEN 4u
#define CRITICAL           0x80u

static int is_known(uint8_t type)
{
    return (type >= IKE_P_SA && type <= IKE_P_EAP) || type == IKE_P_SKF;
}

int ike__msg_index(struct ike_msg *msg, uint8_t first, ike_span chain)
{
    struct ike_cursor c;
    uint8_t type = first;

    msg->n = 0;
    msg->unknown_critical = 0;
    ike__cursor_init(&c, chain);
    while (type != IKE_P_NONE) {
        struct ike_payload *p = &msg->payload[msg->n];
        uint16_t length;

        if (msg->n == IKE_PAYLOADS_MAX)
            return IKE_E_SYNTAX;
        p->type = type;
        p->next = ike__cursor_u8(&c);
        p->critical = ike__cursor_u8(&c) & CRITICAL;
        length = ike__cursor_u16(&c);
        if (c.bad || length < GENERIC_HEADER_LEN)
            return IKE_E_SYNTAX;
        p->body = ike__cursor_take(&c, length - GENERIC_HEADER_LEN);
        if (c.bad)
            return IKE_E_SYNTAX;
        msg->n++;
        if (!is_known(type) && p->critical && msg->unknown_critical == 0)
            msg->unknown_critical = type;
        /* RFC 7296 3.14: SK is the last payload; its Next Payload is the first one inside. */
        if (type == IKE_P_SK || type == IKE_P_SKF)
            break;
        type = p->next;
    }
    return ike__cursor_done(&c);
}

const struct ike_payload *ike__msg_find(const struct ike_msg *msg, uint8_t type, uint32_t nth)
{
    for (uint32_t i = 0; i < msg->n; i++)
        if (msg->payload[i].type == type && nth-- == 0)
            return &msg->payload[i];
    return NULL;
}

uint32_t ike__msg_count(const struct ike_msg *msg, uint8_t type)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < msg->n; i++)
        n += msg->payload[i].type == type;
    return n;
}

void ike__out_init(struct ike_msg_out *o, uint8_t *p, size_t cap)
{
    ike__buf_init(&o->buf, p, cap);
    o->next_at = SIZE_MAX;
    o->body_at = 0;
    o->first = IKE_P_NONE;
    o->is_whole = 0;
}

void ike__out_begin(struct ike_msg_out *o, uint8_t type)
{
    if (o->next_at == SIZE_MAX)
        o->first = type;
    else if (!o->buf.bad)
        o->buf.p[o->next_at] = type;
    o->body_at = o->next_at = o->buf.n;
    ike__buf_zero(&o->buf, GENERIC_HEADER_LEN);
}

void ike__out_end(struct ike_msg_out *o)
{
    ike__buf_len16(&o->buf, o->body_at + 2, o->body_at);
}

void ike__out_payload(struct ike_msg_out *o, uint8_t type, ike_span body)
{
    ike__out_begin(o, type);
    ike__buf_put(&o->buf, body);
    ike__out_end(o);
}

int ike__out_err(const struct ike_msg_out *o)
{
    return ike__buf_err(&o->buf);
}
