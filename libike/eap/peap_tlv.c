/* eap/peap_tlv.c - the Extensions of PEAP: its result, and one key of the tunnel's and the inner method's (MS-PEAP 2.2.8, 3.1.5.5). SPDX-License-Identifier: Apache-2.0
 *
 * Pure functions. Compound_MAC: HMAC-SHA1 over the TLV with zeros in place of the MAC, then the EAP type of PEAP. */
#include "eap/peap.h"
#include <string.h>

enum { REQUEST = 0, RESPONSE = 1, AT_SUBTYPE = 7, AT_NONCE = 8, AT_MAC = 40, MAC_LEN = 20 };

/* ---- what the server says ---- */

enum { MANDATORY = 0x8000, TLV_TYPE = 0x3fff };

int ike__peap_extensions(ike_span text, struct peap_extensions *x)
{
    struct eap_cursor in = {text.p, text.n, 0};

    memset(x, 0, sizeof(*x));
    while (in.n > 0) {
        const uint8_t *head = in.p;
        uint32_t type = ike__eap_uint(&in, 2), n = ike__eap_uint(&in, 2);
        ike_span value = ike__eap_take(&in, n);

        if (in.bad)
            return IKE_E_SYNTAX;
        if ((type & TLV_TYPE) == PEAP_RESULT && n == 2 && !x->result)
            x->result = (uint32_t)value.p[0] << 8 | value.p[1];
        else if ((type & TLV_TYPE) == PEAP_CRYPTO_BINDING && n == PEAP_BINDING_LEN && !x->binding.p)
            x->binding = (ike_span){head, 4 + PEAP_BINDING_LEN};
        else if (type & MANDATORY)
            return IKE_E_SYNTAX;
    }
    return x->result == PEAP_SUCCESS || x->result == PEAP_FAILURE ? 0 : IKE_E_SYNTAX;
}

/* ---- Crypto-Binding ---- */

#define TEXT(s)                                     \
    (ike_span)                                      \
    {                                               \
        (const uint8_t *)(s), sizeof(s) - (size_t)1 \
    }

/* PRF+: T1 = HMAC(key, label | seed | 1 0 0), T2 = HMAC(key, T1 | label | seed | 2 0 0) … */
static int prf_plus(ike_span key, ike_span label, ike_span seed, uint8_t *out, size_t n)
{
    uint8_t t[20], tail[3] = {0};
    const ike_span pieces[] = {{t, sizeof(t)}, label, seed, {tail, sizeof(tail)}};
    int err = 0;

    for (size_t at = 0; err == 0 && at < n; at += sizeof(t)) {
        size_t skip = tail[0]++ == 0 ? 1 : 0;
        err = ike__eap_hmac(0, key, pieces + skip, 4 - skip, t);
        memcpy(out + at, t, n - at < sizeof(t) ? n - at : sizeof(t));
    }
    ike__eap_wipe(t, sizeof(t));
    return err;
}

static int compound_mac(const struct peap_binding *b, const uint8_t *tlv, uint8_t mac[MAC_LEN])
{
    static const uint8_t zeros[MAC_LEN], type = EAP_PEAP;
    const ike_span pieces[] = {{tlv, AT_MAC}, {zeros, MAC_LEN}, {&type, 1}};

    return ike__eap_hmac(0, (ike_span){b->cmk, sizeof(b->cmk)}, pieces, 3, mac);
}

int ike__peap_bind(struct peap_binding *b, const uint8_t tunnel[IKE_EAP_MSK_SIZE],
                   const uint8_t inner[IKE_EAP_MSK_SIZE], ike_span tlv)
{
    uint8_t keys[60], mac[MAC_LEN];
    int err = prf_plus((ike_span){tunnel, 40}, TEXT("Inner Methods Compound Keys"), (ike_span){inner, 32},
                       keys, sizeof(keys));

    memcpy(b->ipmk, keys, sizeof(b->ipmk));
    memcpy(b->cmk, keys + sizeof(b->ipmk), sizeof(b->cmk));
    ike__eap_wipe(keys, sizeof(keys));
    if (err == 0)
        err = compound_mac(b, tlv.p, mac);
    if (err == 0 && (tlv.p[AT_SUBTYPE] != REQUEST || !ike__eap_equal(mac, tlv.p + AT_MAC, MAC_LEN)))
        err = IKE_E_AUTH;
    memcpy(b->nonce, tlv.p + AT_NONCE, sizeof(b->nonce));
    return err;
}

int ike__peap_answer(const struct peap_binding *b, uint8_t tlv[4 + PEAP_BINDING_LEN])
{
    memset(tlv, 0, 4 + PEAP_BINDING_LEN);
    tlv[1] = PEAP_CRYPTO_BINDING; /* not mandatory: as the server's own */
    tlv[3] = PEAP_BINDING_LEN;
    tlv[AT_SUBTYPE] = RESPONSE;
    memcpy(tlv + AT_NONCE, b->nonce, sizeof(b->nonce));
    return compound_mac(b, tlv, tlv + AT_MAC);
}

int ike__peap_msk(const struct peap_binding *b, uint8_t msk[IKE_EAP_MSK_SIZE])
{
    static const uint8_t zero = 0;
    uint8_t csk[128];
    int err = prf_plus((ike_span){b->ipmk, sizeof(b->ipmk)}, TEXT("Session Key Generating Function"),
                       (ike_span){&zero, 1}, csk, sizeof(csk));

    memcpy(msk, csk, IKE_EAP_MSK_SIZE);
    ike__eap_wipe(csk, sizeof(csk));
    return err;
}
