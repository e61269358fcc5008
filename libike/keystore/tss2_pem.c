/* keystore/tss2_pem.c - "TSS2 PRIVATE KEY": a key that only its TPM can open. SPDX-License-Identifier: Apache-2.0
 *
 *   TPMKey ::= SEQUENCE { type OBJECT IDENTIFIER, emptyAuth [0] BOOLEAN OPTIONAL, policy [1] …, secret [2] …,
 *                         authPolicy [3] …, description [4] …, rsaParent [5] BOOLEAN …, parent INTEGER,
 *                         pubkey OCTET STRING, privkey OCTET STRING }      (all tags explicit)
 *
 * Strict: one block, DER, nothing behind it. Policies, imports and RSA primaries are refused by name.
 *
 * Not here: the TPM (tpm2.c). */
#include "keystore/hard.h"
#include <string.h>

static const char begin[] = "-----BEGIN TSS2 PRIVATE KEY-----", end[] = "-----END TSS2 PRIVATE KEY-----";
static const uint8_t loadable[] = {0x67, 0x81, 0x05, 0x0a, 0x01, 0x03}; /* 2.23.133.10.1.3 */

static int is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static ike_span trim(ike_span s)
{
    for (; s.n > 0 && is_space(s.p[0]); s.p++)
        s.n--;
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

static int value_of(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Whole groups of four; padding at the end only, and the bits it cuts off are zero. */
static int decode(ike_span text, uint8_t out[IKE_TSS2_DER_MAX], size_t *n)
{
    uint32_t group = 0, digits = 0, padding = 0;

    *n = 0;
    for (; text.n > 0; text.p++, text.n--) {
        int v = value_of(*text.p);

        if (is_space(*text.p))
            continue;
        if (*text.p == '=' && digits >= 2)
            padding++;
        else if (v < 0 || padding > 0)
            return IKE_E_CONFIG;
        group = group << 6 | (v < 0 ? 0 : (uint32_t)v);
        if (++digits < 4)
            continue;
        if (*n + 3 > IKE_TSS2_DER_MAX || (group & ((1u << 8 * padding) - 1)) != 0)
            return IKE_E_CONFIG;
        out[*n] = (uint8_t)(group >> 16);
        out[*n + 1] = (uint8_t)(group >> 8);
        out[*n + 2] = (uint8_t)group;
        *n += 3 - padding;
        group = digits = 0;
        if (padding > 0 && trim((ike_span){text.p + 1, text.n - 1}).n > 0)
            return IKE_E_CONFIG;
    }
    return digits == 0 ? 0 : IKE_E_CONFIG;
}

static int body(ike_span pem, uint8_t *der, ike_span *out)
{
    size_t head = sizeof(begin) - 1, tail = sizeof(end) - 1;

    pem = trim(pem);
    if (pem.n < head + tail || memcmp(pem.p, begin, head) != 0 ||
        memcmp(pem.p + pem.n - tail, end, tail) != 0)
        return IKE_E_CONFIG;
    out->p = der;
    return decode((ike_span){pem.p + head, pem.n - head - tail}, der, &out->n);
}

/* [tag] EXPLICIT BOOLEAN OPTIONAL; some writers have other values than 255 for true */
static int take_flag(ike_span *in, uint8_t tag, int *flag)
{
    ike_span wrap, value;

    *flag = 0;
    if (in->n == 0 || in->p[0] != tag)
        return 0;
    if (ike__asn1_take(in, tag, &wrap) < 0 || ike__asn1_take(&wrap, 0x01, &value) < 0 || value.n != 1 ||
        wrap.n != 0)
        return IKE_E_CONFIG;
    *flag = value.p[0] != 0;
    return 0;
}

static int take_parent(ike_span *in, uint32_t *parent)
{
    ike_span v;

    if (ike__asn1_take(in, 0x02, &v) < 0 || v.n == 0 || v.n > 5 || v.p[0] & 0x80)
        return IKE_E_CONFIG;
    if ((v.n > 1 && v.p[0] == 0 && !(v.p[1] & 0x80)) || (v.n == 5 && v.p[0] != 0))
        return IKE_E_CONFIG;
    for (*parent = 0; v.n > 0; v.p++, v.n--)
        *parent = *parent << 8 | *v.p;
    return 0;
}

/* TPM2B: two octets that say how many follow */
static int is_tpm2b(ike_span s)
{
    return s.n > 2 && (size_t)(s.p[0] << 8 | s.p[1]) == s.n - 2;
}

static int take_options(struct ike_tss2_key *k, ike_span *in, const char **why)
{
    ike_span description;
    int has_rsa_parent = 0, err = take_flag(in, 0xa0, &k->has_empty_auth);

    if (err == 0 && in->n > 0 && (in->p[0] == 0xa1 || in->p[0] == 0xa3)) {
        *why = "the key has a policy: keys with an authorization value, or none, are supported";
        return IKE_E_UNSUPPORTED;
    }
    if (err == 0 && in->n > 0 && in->p[0] == 0xa2) {
        *why = "the key is still to be imported: load it into the TPM first";
        return IKE_E_UNSUPPORTED;
    }
    if (err == 0 && in->n > 0 && in->p[0] == 0xa4)
        err = ike__asn1_take(in, 0xa4, &description);
    if (err == 0)
        err = take_flag(in, 0xa5, &has_rsa_parent);
    if (err == 0 && has_rsa_parent) {
        *why = "the key's parent is an RSA primary key: make it under an ECC P-256 or a persistent one";
        return IKE_E_UNSUPPORTED;
    }
    return err;
}

int ike__tss2_parse(struct ike_tss2_key *out, ike_span pem, uint8_t der[IKE_TSS2_DER_MAX], const char **why)
{
    ike_span in, oid;
    int err;

    memset(out, 0, sizeof(*out));
    *why = "expected a PEM block TSS2 PRIVATE KEY";
    if (body(pem, der, &in) < 0)
        return IKE_E_CONFIG;
    *why = "the TSS2 PRIVATE KEY is malformed";
    oid = in;
    if (ike__asn1_take(&oid, 0x30, &in) < 0 || oid.n != 0 || ike__asn1_take(&in, 0x06, &oid) < 0)
        return IKE_E_CONFIG;
    if (oid.n != sizeof(loadable) || memcmp(oid.p, loadable, sizeof(loadable)) != 0) {
        *why = "the TSS2 PRIVATE KEY is of another kind than a loadable key";
        return IKE_E_UNSUPPORTED;
    }
    err = take_options(out, &in, why);
    if (err < 0)
        return err;
    if (take_parent(&in, &out->parent) < 0 || ike__asn1_take(&in, 0x04, &out->pub) < 0 ||
        ike__asn1_take(&in, 0x04, &out->priv) < 0 || in.n != 0 || !is_tpm2b(out->pub) || !is_tpm2b(out->priv))
        return IKE_E_CONFIG;
    return 0;
}
