/* trust/pem.c - PEM or DER, one or many. SPDX-License-Identifier: Apache-2.0 */
#include "trust/trust.h"
#include <mbedtls/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *find(ike_span in, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= in.n; i++)
        if (memcmp(in.p + i, text, n) == 0)
            return in.p + i;
    return NULL;
}

static int decode(ike_span body, int (*each)(void *user, ike_span der), void *user)
{
    size_t cap = body.n, n = 0;
    uint8_t *der = malloc(cap ? cap : 1);
    int err;

    if (!der)
        return IKE_E_NOMEM;
    err = mbedtls_base64_decode(der, cap, &n, body.p, body.n) == 0 && n > 0 ? each(user, (ike_span){der, n})
                                                                            : IKE_E_CERT_INVALID;
    free(der);
    return err;
}

int ike__pem_each(ike_span s, const char *label, int (*each)(void *user, ike_span der), void *user)
{
    char begin[64], end[64];
    int err = IKE_E_CERT_INVALID;

    if (s.n == 0)
        return err;
    if (s.p[0] == IKE_DER_SEQUENCE && !find(s, "-----BEGIN "))
        return each(user, s);
    snprintf(begin, sizeof(begin), "-----BEGIN %s-----", label);
    snprintf(end, sizeof(end), "-----END %s-----", label);
    for (;;) {
        const uint8_t *from = find(s, begin), *to;
        ike_span body;
        if (!from)
            return err;
        from += strlen(begin);
        s = (ike_span){from, s.n - (size_t)(from - s.p)};
        to = find(s, end);
        if (!to)
            return IKE_E_CERT_INVALID;
        while (from < to && (*from == '\r' || *from == '\n'))
            from++;
        body = (ike_span){from, (size_t)(to - from)};
        err = decode(body, each, user);
        if (err != 0)
            return err;
        s = (ike_span){to, s.n - (size_t)(to - s.p)};
    }
}
