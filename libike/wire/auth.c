/* wire/auth.c - AUTH (RFC 7296 3.8). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: what is signed, and how signatures are written (crypto/authoctets.c). */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__auth_read(ike_span body, struct ike_auth_payload *a)
{
    struct ike_cursor c;

    ike__cursor_init(&c, body);
    a->method = ike__cursor_u8(&c);
    ike__cursor_skip(&c, 3);
    a->data = ike__cursor_rest(&c);
    return c.bad || a->data.n == 0 ? IKE_E_SYNTAX : 0;
}

void ike__auth_write(struct ike_msg_out *o, const struct ike_auth_payload *a)
{
    ike__out_begin(o, IKE_P_AUTH);
    ike__buf_u8(&o->buf, a->method);
    ike__buf_zero(&o->buf, 3);
    ike__buf_put(&o->buf, a->data);
    ike__out_end(o);
}
