/* crypto/announce.c - which ways of proof a peer takes, as it announces them (RFC 9593). SPDX-License-Identifier: Apache-2.0
 *
 * Each announcement is its length, an authentication method, and for signatures the number of an authority it is for (0:
 * any), for method 14 then an AlgorithmIdentifier, which is one of ours octet by octet or not understood (3.2).
 *
 * Not here: what follows from it (exchange/announced.c). */
#include "crypto/announce.h"
#include "base/cursor.h"
#include "crypto/authoctets.h"

static uint64_t sig_of(ike_span identifier)
{
    for (int sig = 1; sig < 64; sig++) {
        ike_span own = ike__sig_identifier(sig);
        if (own.n > 0 && ike__span_equal(own, identifier))
            return IKE_SIG_BIT(sig);
    }
    return 0;
}

static void take(ike_span one, uint32_t link, struct ike_announced *out)
{
    uint8_t method = one.p[0];
    uint64_t modern = 0, legacy = 0;

    if (method == IKE_AUTHM_PSK && one.n == 1) {
        out->psk = out->is_any = 1;
        return;
    }
    /* RFC 9593 3.2.2: "If it is zero, then this authentication method may be used with any CA." */
    if (one.n < 2 || (link != 0 && one.p[1] != 0 && one.p[1] != link))
        return;
    if (method == IKE_AUTHM_SIGNATURE)
        modern = sig_of(ike__span(one.p + 2, one.n - 2));
    else if (one.n == 2)
        legacy = ike__sigs_of_method(method);
    out->modern |= modern;
    out->legacy |= legacy;
    out->is_any |= modern || legacy;
}

int ike__announced_read(ike_span data, uint32_t link, struct ike_announced *out)
{
    struct ike_cursor c;

    memset(out, 0, sizeof(*out));
    ike__cursor_init(&c, data);
    while (c.n > 0) {
        uint8_t n = ike__cursor_u8(&c);
        ike_span one = ike__cursor_take(&c, n > 0 ? n - 1u : 0);
        if (c.bad || one.n == 0)
            return IKE_E_SYNTAX;
        take(one, link, out);
    }
    return 0;
}

void ike__announced_write(struct ike_buf *b, uint64_t sigs, int modern, int psk)
{
    static const uint8_t methods[] = {IKE_AUTHM_ECDSA_256, IKE_AUTHM_ECDSA_384, IKE_AUTHM_ECDSA_521,
                                      IKE_AUTHM_RSA};

    if (psk) {
        ike__buf_u8(b, 2);
        ike__buf_u8(b, IKE_AUTHM_PSK);
    }
    for (int sig = 1; modern && sig < 64; sig++) {
        ike_span own = ike__sig_identifier(sig);
        if (!(sigs >> sig & 1) || own.n == 0)
            continue;
        ike__buf_u8(b, (uint8_t)(3 + own.n));
        ike__buf_u8(b, IKE_AUTHM_SIGNATURE);
        ike__buf_u8(b, 0);
        ike__buf_put(b, own);
    }
    for (size_t i = 0; i < sizeof(methods); i++)
        if (ike__sigs_of_method(methods[i]) & sigs) {
            ike__buf_u8(b, 3);
            ike__buf_u8(b, methods[i]);
            ike__buf_u8(b, 0);
        }
}
