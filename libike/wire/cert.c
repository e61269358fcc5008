/* wire/cert.c - CERT (RFC 7296 3.6) and CERTREQ (3.7). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: what is in a certificate (the host's trust). */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__cert_read(ike_span body, struct ike_cert *cert)
{
    struct ike_cursor c;

    ike__cursor_init(&c, body);
    cert->encoding = ike__cursor_u8(&c);
    cert->data = ike__cursor_rest(&c);
    return ike__cursor_err(&c);
}

void ike__cert_write(struct ike_msg_out *o, uint8_t payload, const struct ike_cert *cert)
{
    ike__out_begin(o, payload);
    ike__buf_u8(&o->buf, cert->encoding);
    ike__buf_put(&o->buf, cert->data);
    ike__out_end(o);
}
