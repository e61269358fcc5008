/* keystore/asn1.c - the little DER that keys in tokens and TPMs need. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: certificates as such; mbedTLS reads those. */
#include "keystore/hard.h"
#include <string.h>

#define SEQUENCE 0x30

static int take_any(ike_span *in, ike_span *whole, ike_span *value)
{
    const ike_span all = *in; /* value may be in: it counts in the end */
    size_t n, at = 2;

    if (in->n < 2)
        return IKE_E_CONFIG;
    n = in->p[1];
    if (n >= 0x80) {
        size_t octets = n & 0x7f;

        if (octets == 0 || octets > 3 || in->n < 2 + octets || in->p[2] == 0)
            return IKE_E_CONFIG;
        for (n = 0; at < 2 + octets; at++)
            n = n << 8 | in->p[at];
        if (n < 0x80)
            return IKE_E_CONFIG;
    }
    if (n > in->n - at)
        return IKE_E_CONFIG;
    *whole = (ike_span){all.p, at + n};
    *in = (ike_span){all.p + at + n, all.n - at - n};
    *value = (ike_span){all.p + at, n};
    return 0;
}

int ike__asn1_take(ike_span *in, uint8_t tag, ike_span *value)
{
    ike_span whole;

    return in->n > 0 && in->p[0] == tag ? take_any(in, &whole, value) : IKE_E_CONFIG;
}

/* RFC 5280 4.1: version, serialNumber, signature, issuer, validity, subject */
int ike__asn1_names(ike_span cert, ike_span *issuer, ike_span *subject)
{
    ike_span in = cert, skipped, value;

    if (ike__asn1_take(&in, SEQUENCE, &in) < 0 || ike__asn1_take(&in, SEQUENCE, &in) < 0)
        return IKE_E_CONFIG;
    if (in.n > 0 && in.p[0] == 0xa0 && ike__asn1_take(&in, 0xa0, &skipped) < 0)
        return IKE_E_CONFIG;
    if (ike__asn1_take(&in, 0x02, &skipped) < 0 || ike__asn1_take(&in, SEQUENCE, &skipped) < 0 ||
        take_any(&in, issuer, &value) < 0 || ike__asn1_take(&in, SEQUENCE, &skipped) < 0 ||
        take_any(&in, subject, &value) < 0)
        return IKE_E_CONFIG;
    return 0;
}

/* INTEGER: no zeros in front but the one that keeps it positive */
static size_t put_integer(uint8_t *out, ike_span v)
{
    size_t n = 2;

    while (v.n > 1 && v.p[0] == 0) {
        v.p++;
        v.n--;
    }
    out[0] = 0x02;
    if (v.p[0] & 0x80)
        out[n++] = 0;
    memcpy(out + n, v.p, v.n);
    n += v.n;
    out[1] = (uint8_t)(n - 2);
    return n;
}

int ike__asn1_ecdsa(ike_span r, ike_span s, uint8_t *out, size_t cap, size_t *n)
{
    uint8_t body[2 * (2 + 1 + 66)];
    size_t body_n, head_n;

    if (r.n == 0 || s.n == 0 || r.n > 66 || s.n > 66)
        return IKE_E_CRYPTO;
    body_n = put_integer(body, r);
    body_n += put_integer(body + body_n, s);
    head_n = body_n < 0x80 ? 2 : 3;
    if (head_n + body_n > cap)
        return IKE_E_NOSPACE;
    out[0] = SEQUENCE;
    out[1] = 0x81;
    out[head_n - 1] = (uint8_t)body_n;
    memcpy(out + head_n, body, body_n);
    *n = head_n + body_n;
    return 0;
}
