/* eap/ttls_avp.c - AVPs inside of EAP-TTLS (RFC 5281 10.1). SPDX-License-Identifier: Apache-2.0 */
#include "eap/ttls.h"
#include <string.h>

enum { VENDOR = 0x80, MANDATORY = 0x40 };

/* The length counts the header: less than that is none (CVE-2026-25075). */
int ike__ttls_next(struct eap_cursor *in, struct ttls_avp *avp)
{
    uint32_t flags, length, head;
    size_t padding;

    if (in->n == 0)
        return 0;
    avp->code = ike__eap_uint(in, 4);
    flags = ike__eap_uint(in, 1);
    length = ike__eap_uint(in, 3);
    head = flags & VENDOR ? 12 : 8;
    if (in->bad || length < head)
        return IKE_E_SYNTAX;
    avp->vendor = flags & VENDOR ? ike__eap_uint(in, 4) : 0;
    avp->is_mandatory = flags & MANDATORY;
    avp->data = ike__eap_take(in, length - head);
    padding = (4 - length % 4) % 4;
    (void)ike__eap_take(in, in->n < padding ? in->n : padding); /* behind the last one it may be missing */
    return in->bad ? IKE_E_SYNTAX : 1;
}

size_t ike__ttls_put(uint8_t *out, size_t at, uint32_t vendor, uint32_t code, ike_span data)
{
    size_t head = vendor ? 12 : 8, n = head + data.n;

    memset(out + at, 0, head);
    out[at + 3] = (uint8_t)code;
    out[at + 4] = vendor ? VENDOR | MANDATORY : MANDATORY;
    out[at + 6] = (uint8_t)(n >> 8);
    out[at + 7] = (uint8_t)n;
    if (vendor) {
        out[at + 10] = (uint8_t)(vendor >> 8);
        out[at + 11] = (uint8_t)vendor;
    }
    if (data.n > 0)
        memcpy(out + at + head, data.p, data.n);
    for (at += n; at % 4 != 0;)
        out[at++] = 0;
    return at;
}
