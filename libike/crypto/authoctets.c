/* crypto/authoctets.c - what AUTH signs, and how its data is written. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.15; RFC 7427 3 and appendix A (AlgorithmIdentifiers, taken literally); RFC 4754 3 (raw r|s);
 * RFC 8420 (EdDSA). An AlgorithmIdentifier is accepted only if it is octet by octet one of the table:
 * there is nothing to parse, so nothing to parse wrongly.
 *
 * Not here: signing and verifying (the host's key store and trust). */
#include "crypto/authoctets.h"
#include "crypto/policy.h"
#include <ike/err.h>

int ike__auth_octets(const ike_alloc *a, const ike_prf_alg *prf, ike_span message, ike_span nonce,
                     ike_span sk_p, ike_span id_body, struct ike_buf *b)
{
    uint8_t *mac;

    ike__buf_put(b, message);
    ike__buf_put(b, nonce);
    mac = ike__buf_room(b, prf->out_len);
    if (!mac)
        return IKE_E_NOSPACE;
    return ike__prf(a, prf, sk_p, &id_body, 1, mac);
}

int ike__auth_psk(const ike_alloc *a, const ike_prf_alg *prf, ike_span key, ike_span octets, uint8_t *out)
{
    /* RFC 7296 2.15: 17 characters without null termination. */
    const ike_span pad = ike__span("Key Pad for IKEv2", 17);
    uint8_t padded[IKE_PRF_MAX];
    int err = ike__prf(a, prf, key, &pad, 1, padded);

    if (err < 0)
        return err;
    return ike__prf(a, prf, ike__span(padded, prf->out_len), &octets, 1, out);
}

/* ---- schemes ---- */

struct scheme {
    uint8_t sig, hash; /* enum ike_sig, IKE_HASH_* */
    uint8_t legacy;    /* IKE_AUTHM_* of peers without RFC 7427, 0: none */
    uint8_t half;      /* octets of r and of s in RFC 4754 */
    const char *name;
    const uint8_t *oid;
    uint8_t oid_n;
};

#define OID(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})
/* RSASSA-PSS-params with hash h (last octet of its OID), MGF1 with the same, salt of the hash's length. */
#define PSS(h, salt)                                                                                       \
    OID(0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a, 0x30, 0x34, 0xa0,    \
        0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, h, 0x05, 0x00, 0xa1, \
        0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30, 0x0d,    \
        0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, h, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, \
        salt)
#define RSA(last) \
    OID(0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last, 0x05, 0x00)
#define ECDSA(last) OID(0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last)
#define EDDSA(last) OID(0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, last)

static const struct scheme schemes[] = {
    {IKE_SIG_ECDSA_SHA256, IKE_HASH_SHA2_256, IKE_AUTHM_ECDSA_256, 32, "ecdsa-sha256", ECDSA(2)},
    {IKE_SIG_ECDSA_SHA384, IKE_HASH_SHA2_384, IKE_AUTHM_ECDSA_384, 48, "ecdsa-sha384", ECDSA(3)},
    {IKE_SIG_ECDSA_SHA512, IKE_HASH_SHA2_512, IKE_AUTHM_ECDSA_521, 66, "ecdsa-sha512", ECDSA(4)},
    {IKE_SIG_PSS_SHA256, IKE_HASH_SHA2_256, 0, 0, "rsa-pss-sha256", PSS(1, 32)},
    {IKE_SIG_PSS_SHA384, IKE_HASH_SHA2_384, 0, 0, "rsa-pss-sha384", PSS(2, 48)},
    {IKE_SIG_PSS_SHA512, IKE_HASH_SHA2_512, 0, 0, "rsa-pss-sha512", PSS(3, 64)},
    {IKE_SIG_RSA_SHA256, IKE_HASH_SHA2_256, IKE_AUTHM_RSA, 0, "rsa-sha256", RSA(11)},
    {IKE_SIG_RSA_SHA384, IKE_HASH_SHA2_384, 0, 0, "rsa-sha384", RSA(12)},
    {IKE_SIG_RSA_SHA512, IKE_HASH_SHA2_512, 0, 0, "rsa-sha512", RSA(13)},
    {IKE_SIG_RSA_SHA1, 0, IKE_AUTHM_RSA, 0, "rsa-sha1", NULL, 0},
    {IKE_SIG_ED25519, IKE_HASH_IDENTITY, 0, 0, "ed25519", EDDSA(0x70)},
    {IKE_SIG_ED448, IKE_HASH_IDENTITY, 0, 0, "ed448", EDDSA(0x71)},
};
#define SCHEMES_N  (sizeof(schemes) / sizeof(schemes[0]))
#define SIGS_EDDSA (IKE_SIG_BIT(IKE_SIG_ED25519) | IKE_SIG_BIT(IKE_SIG_ED448))

static const struct scheme *by_sig(int sig)
{
    for (size_t i = 0; i < SCHEMES_N; i++)
        if (schemes[i].sig == sig)
            return &schemes[i];
    return NULL;
}

ike_span ike__sig_identifier(int sig)
{
    const struct scheme *s = by_sig(sig);

    return s ? ike__span(s->oid, s->oid_n) : ike__span(NULL, 0);
}

uint64_t ike__sigs_of_method(uint8_t method)
{
    uint64_t sigs = 0;

    for (size_t i = 0; i < SCHEMES_N; i++)
        if (schemes[i].legacy == method && method != 0)
            sigs |= IKE_SIG_BIT(schemes[i].sig);
    return sigs;
}

const char *ike__sig_name(int sig)
{
    const struct scheme *s = by_sig(sig);

    return s ? s->name : "signature";
}

uint64_t ike__sigs_allowed(uint32_t policy, const ike_crypto *c)
{
    uint64_t eddsa = 0;

    for (const ike_eddsa_alg *const *e = c->abi >= 2 ? c->eddsa : NULL; e && *e; e++)
        eddsa |= IKE_SIG_BIT((*e)->sig);
    return ike__policy(policy)->sigs & (~SIGS_EDDSA | eddsa);
}

uint64_t ike__sigs_of_hashes(ike_span data, uint64_t allowed)
{
    uint64_t sigs = 0;

    if (data.n % 2 != 0)
        return 0;
    for (size_t at = 0; at < data.n; at += 2)
        for (size_t i = 0; i < SCHEMES_N; i++)
            if (schemes[i].hash != 0 && schemes[i].hash == ike__be16(data.p + at))
                sigs |= IKE_SIG_BIT(schemes[i].sig);
    /* RFC 8247 3.2: SHA-1 has no place in RFC 7427 signatures, not even under compat. */
    return sigs & allowed & ~IKE_SIG_BIT(IKE_SIG_RSA_SHA1);
}

uint64_t ike__sigs_legacy(uint64_t allowed)
{
    uint64_t sigs = IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256) | IKE_SIG_BIT(IKE_SIG_ECDSA_SHA384) |
                    IKE_SIG_BIT(IKE_SIG_ECDSA_SHA512);

    /* RFC 7296 3.8: method 1 means SHA-1 to old peers; without compat we sign with SHA-256 or not at all. */
    sigs |= allowed & IKE_SIG_BIT(IKE_SIG_RSA_SHA1) ? IKE_SIG_BIT(IKE_SIG_RSA_SHA1)
                                                    : IKE_SIG_BIT(IKE_SIG_RSA_SHA256);
    return sigs & allowed;
}

/* RFC 7427 4: the hashes of the schemes that we could accept. RFC 8420 3: "… MUST have the "Identity" value … when EdDSA is
 * supported and configured", and else not. */
void ike__hashes_write(struct ike_buf *b, uint64_t allowed)
{
    static const uint16_t hashes[] = {IKE_HASH_SHA2_256, IKE_HASH_SHA2_384, IKE_HASH_SHA2_512,
                                      IKE_HASH_IDENTITY};
    uint8_t octets[2];

    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        ike__put_be16(octets, hashes[i]);
        if (ike__sigs_of_hashes(ike__span(octets, sizeof(octets)), allowed))
            ike__buf_u16(b, hashes[i]);
    }
}

/* ---- ECDSA: DER <-> r|s ---- */

static int read_integer(struct ike_cursor *c, uint8_t *out, size_t half)
{
    uint8_t tag = ike__cursor_u8(c);
    size_t n = ike__cursor_u8(c);
    ike_span v = ike__cursor_take(c, n);

    if (c->bad || tag != 2 || n == 0 || n > 127 || (v.p[0] & 0x80))
        return IKE_E_CRYPTO;
    while (v.n > 0 && v.p[0] == 0)
        v = ike__span(v.p + 1, v.n - 1);
    if (v.n > half)
        return IKE_E_CRYPTO;
    memset(out, 0, half - v.n);
    if (v.n > 0)
        memcpy(out + half - v.n, v.p, v.n);
    return 0;
}

static int der_to_raw(ike_span der, size_t half, uint8_t *out)
{
    struct ike_cursor c;
    uint8_t tag;
    size_t n;

    ike__cursor_init(&c, der);
    tag = ike__cursor_u8(&c);
    n = ike__cursor_u8(&c);
    if (n == 0x81)
        n = ike__cursor_u8(&c);
    if (c.bad || tag != 0x30 || n != c.n || read_integer(&c, out, half) < 0 ||
        read_integer(&c, out + half, half) < 0)
        return IKE_E_CRYPTO;
    return ike__cursor_done(&c) < 0 ? IKE_E_CRYPTO : 0;
}

static void put_integer(struct ike_buf *b, ike_span v)
{
    while (v.n > 1 && v.p[0] == 0)
        v = ike__span(v.p + 1, v.n - 1);
    ike__buf_u8(b, 2);
    ike__buf_u8(b, (uint8_t)(v.n + (v.p[0] >> 7)));
    if (v.p[0] & 0x80)
        ike__buf_u8(b, 0);
    ike__buf_put(b, v);
}

static int raw_to_der(ike_span raw, uint8_t *buf, size_t cap, ike_span *out)
{
    uint8_t octets[2 * 70];
    struct ike_buf pair, b;

    ike__buf_init(&pair, octets, sizeof(octets));
    put_integer(&pair, ike__span(raw.p, raw.n / 2));
    put_integer(&pair, ike__span(raw.p + raw.n / 2, raw.n / 2));
    ike__buf_init(&b, buf, cap);
    ike__buf_u8(&b, 0x30);
    if (pair.n >= 0x80)
        ike__buf_u8(&b, 0x81);
    ike__buf_u8(&b, (uint8_t)pair.n);
    ike__buf_put(&b, ike__span(pair.p, pair.n));
    *out = ike__span(b.p, b.n);
    return ike__buf_err(&pair) < 0 || ike__buf_err(&b) < 0 ? IKE_E_NOSPACE : 0;
}

/* ---- AUTH payloads ---- */

int ike__auth_from_sig(struct ike_auth_payload *out, int sig, int modern, ike_span signature, uint8_t *buf,
                       size_t cap)
{
    const struct scheme *s = by_sig(sig);
    struct ike_buf b;

    memset(out, 0, sizeof(*out));
    ike__buf_init(&b, buf, cap);
    if (!s || (modern ? s->oid_n == 0 : s->legacy == 0))
        return IKE_E_UNSUPPORTED;
    if (modern) { /* RFC 7427 3: length, AlgorithmIdentifier, signature */
        out->method = IKE_AUTHM_SIGNATURE;
        ike__buf_u8(&b, s->oid_n);
        ike__buf_put(&b, ike__span(s->oid, s->oid_n));
        ike__buf_put(&b, signature);
    } else {
        out->method = s->legacy;
        if (s->half == 0) {
            ike__buf_put(&b, signature);
        } else {
            uint8_t *raw = ike__buf_room(&b, 2u * s->half);
            if (raw && der_to_raw(signature, s->half, raw) < 0)
                return IKE_E_CRYPTO;
        }
    }
    out->data = ike__span(b.p, b.n);
    return ike__buf_err(&b);
}

static int from_modern(ike_span data, uint64_t *sigs, ike_span *signature)
{
    struct ike_cursor c;
    ike_span oid;

    ike__cursor_init(&c, data);
    oid = ike__cursor_take(&c, ike__cursor_u8(&c));
    *signature = ike__cursor_rest(&c);
    if (c.bad || oid.n == 0 || signature->n == 0)
        return IKE_E_AUTH;
    for (size_t i = 0; i < SCHEMES_N; i++)
        if (schemes[i].oid_n > 0 && ike__span_equal(oid, ike__span(schemes[i].oid, schemes[i].oid_n))) {
            *sigs = IKE_SIG_BIT(schemes[i].sig);
            return 0;
        }
    return IKE_E_AUTH_METHOD;
}

static int schemes_of(const struct ike_auth_payload *auth, uint64_t *sigs, ike_span *signature, uint8_t *buf,
                      size_t cap)
{
    *signature = auth->data;
    if (auth->method == IKE_AUTHM_SIGNATURE)
        return from_modern(auth->data, sigs, signature);
    if (auth->method == IKE_AUTHM_RSA) {
        *sigs = IKE_SIG_BIT(IKE_SIG_RSA_SHA256) | IKE_SIG_BIT(IKE_SIG_RSA_SHA384) |
                IKE_SIG_BIT(IKE_SIG_RSA_SHA512) | IKE_SIG_BIT(IKE_SIG_RSA_SHA1);
        return auth->data.n > 0 ? 0 : IKE_E_AUTH;
    }
    for (size_t i = 0; i < SCHEMES_N; i++)
        if (schemes[i].half > 0 && schemes[i].legacy == auth->method) {
            if (auth->data.n != 2u * schemes[i].half) /* RFC 4754 3: fixed lengths */
                return IKE_E_AUTH;
            *sigs = IKE_SIG_BIT(schemes[i].sig);
            return raw_to_der(auth->data, buf, cap, signature);
        }
    return IKE_E_AUTH_METHOD;
}

int ike__auth_to_sig(const struct ike_auth_payload *auth, uint64_t allowed, uint64_t *sigs,
                     ike_span *signature, uint8_t *buf, size_t cap)
{
    int err = schemes_of(auth, sigs, signature, buf, cap);

    if (err < 0)
        return err;
    *sigs &=
        allowed; /* RFC 8420 2: without EdDSA we announced no "identity" hash, and it "MUST NOT be sent" */
    return *sigs ? 0 : IKE_E_AUTH_METHOD;
}
