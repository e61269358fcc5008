/* wire/ke.c - KE (RFC 7296 3.4) and Nonce (3.9). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: whether the length fits the group (crypto backends). */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__ke_read(ike_span body, struct ike_ke *ke)
{
    struct ike_cursor c;

    ike__cursor_init(&c, body);
    ke->group = ike__cursor_u16(&c);
    ike__cursor_skip(&c, 2);
    ke->data = ike__cursor_rest(&c);
    return c.bad || ke->data.n == 0 ? IKE_E_SYNTAX : 0;
}

void ike__ke_write(struct ike_msg_out *o, uint16_t group, ike_span data)
{
    ike__out_begin(o, IKE_P_KE);
    ike__buf_u16(&o->buf, group);
    ike__buf_u16(&o->buf, 0);
    ike__buf_put(&o->buf, data);
    ike__out_end(o);
}

int ike__nonce_read(ike_span body, ike_span *nonce)
{
    /* RFC 7296 3.9: "… MUST be between 16 and 256 octets …" */
    if (body.n < 16 || body.n > 256)
        return IKE_E_SYNTAX;
    *nonce = body;
    return 0;
}

void ike__nonce_write(struct ike_msg_out *o, ike_span nonce)
{
    ike__out_payload(o, IKE_P_NONCE, nonce);
}
