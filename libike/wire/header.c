/* wire/header.c - what kind of datagram this is, and the IKE header. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 3.1; RFC 3948 2.1-2.3 for the non-ESP marker. Anything wrong here is DISCARD: nothing of it was
 * authenticated.
 *
 * Not here: payloads (message.c). */
#include "wire/header.h"
#include <ike/err.h>

enum ike_kind ike__datagram_kind(ike_span d, int marked, ike_span *body)
{
    *body = d;
    if (!marked)
        return d.n >= IKE_HEADER_LEN ? IKE_KIND_IKE : IKE_KIND_JUNK;
    if (d.n == 1 && d.p[0] == 0xff)
        return IKE_KIND_KEEPALIVE;
    if (d.n < 8)
        return IKE_KIND_JUNK;
    if (ike__be32(d.p) != 0) /* RFC 3948 2.1: an SPI is never zero */
        return IKE_KIND_ESP;
    *body = ike__span(d.p + IKE_MARKER_LEN, d.n - IKE_MARKER_LEN);
    return body->n >= IKE_HEADER_LEN ? IKE_KIND_IKE : IKE_KIND_JUNK;
}

int ike__header_read(ike_span msg, struct ike_header *h)
{
    struct ike_cursor c;

    ike__cursor_init(&c, msg);
    h->spi_i = ike__cursor_u64(&c);
    h->spi_r = ike__cursor_u64(&c);
    h->next = ike__cursor_u8(&c);
    h->version = ike__cursor_u8(&c);
    h->exchange = ike__cursor_u8(&c);
    h->flags = ike__cursor_u8(&c);
    h->message_id = ike__cursor_u32(&c);
    h->length = ike__cursor_u32(&c);
    if (ike__cursor_err(&c) < 0)
        return IKE_E_DISCARD;
    /* RFC 7296 2.5: a higher major version is dropped, the minor version ignored. */
    if (h->version >> 4 != 2 || h->length != msg.n || h->spi_i == 0)
        return IKE_E_DISCARD;
    return 0;
}

int ike__header_opens(uint8_t exchange)
{
    return exchange == IKE_X_IKE_SA_INIT || exchange == IKE_X_IKE_SESSION_RESUME;
}

void ike__header_write(struct ike_buf *b, const struct ike_header *h)
{
    ike__buf_u64(b, h->spi_i);
    ike__buf_u64(b, h->spi_r);
    ike__buf_u8(b, h->next);
    ike__buf_u8(b, h->version);
    ike__buf_u8(b, h->exchange);
    ike__buf_u8(b, h->flags);
    ike__buf_u32(b, h->message_id);
    ike__buf_u32(b, h->length);
}
