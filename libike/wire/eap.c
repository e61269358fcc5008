/* wire/eap.c - EAP (RFC 7296 3.16, RFC 3748 4). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: methods. */
#include "wire/payloads.h"
#include <ike/err.h>

int ike__eap_read(ike_span body, struct ike_eap *e)
{
    struct ike_cursor c;
    uint16_t length;

    memset(e, 0, sizeof(*e));
    ike__cursor_init(&c, body);
    e->code = ike__cursor_u8(&c);
    e->identifier = ike__cursor_u8(&c);
    length = ike__cursor_u16(&c);
    if (c.bad || length != body.n || e->code < 1 || e->code > 4)
        return IKE_E_SYNTAX;
    if (e->code > 2) /* Success, Failure */
        return ike__cursor_done(&c);
    e->type = ike__cursor_u8(&c);
    e->data = ike__cursor_rest(&c);
    return ike__cursor_err(&c);
}
