/* trust/ocsp.c - asking for a certificate's status, and what the answer says (RFC 6960, 5019). SPDX-License-Identifier: Apache-2.0
 *
 * One certificate a request, named by SHA-1 as RFC 5019 2.1.1 has it (an identifier, no proof). No nonce: responders
 * answer from a stock, and RFC 5019 4 makes freshness a matter of thisUpdate and nextUpdate. The answer is signed by
 * the issuer, or by a responder whose certificate that issuer has signed for OCSP and nothing in between.
 *
 * Not here: where responses come from (status.c). */
#include "trust/trust.h"
#include <string.h>

#define SKEW_S 300 /* what clocks may differ by */
#define WITHOUT_S \
    86400 /* without a nextUpdate newer information is always there (RFC 6960 2.4): a day is our patience */
#define SIGNERS_MAX 4

static const uint8_t sha1_alg[] = {0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00};
static const char oid_basic[] = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01";
static const char oid_ocsp_signing[] = "\x2b\x06\x01\x05\x05\x07\x03\x09";

struct cert_id {
    uint8_t name[20], key[20];
    ike_span serial;
};

static int make_id(const struct ike_subject *s, struct cert_id *id)
{
    ike_span key = s->issuer->key_bits, none = {NULL, 0};

    id->serial = s->x->serial;
    if (key.n == 0 || ike_crypto_mbedtls()->sha1(s->issuer->subject, none, id->name) != 0 ||
        ike_crypto_mbedtls()->sha1(key, none, id->key) != 0)
        return IKE_E_CRYPTO;
    return 0;
}

static uint8_t *put(uint8_t *p, uint8_t tag, const uint8_t *body, size_t n)
{
    *p++ = tag;
    *p++ = (uint8_t)n;
    memcpy(p, body, n);
    return p + n;
}

/* OCSPRequest { tbsRequest { requestList { Request { CertID } } } }: five sequences around four fields, all short. */
size_t ike__ocsp_request(const struct ike_subject *s, uint8_t *out, size_t cap)
{
    struct cert_id id;
    uint8_t *p = out;
    size_t n;

    if (make_id(s, &id) < 0 || id.serial.n > 40)
        return 0;
    n = sizeof(sha1_alg) + 22 + 22 + 2 + id.serial.n;
    if (cap < n + 10)
        return 0;
    for (size_t depth = 5; depth > 0; depth--) {
        *p++ = IKE_DER_SEQUENCE;
        *p++ = (uint8_t)(n + 2 * (depth - 1));
    }
    memcpy(p, sha1_alg, sizeof(sha1_alg));
    p = put(p + sizeof(sha1_alg), IKE_DER_OCTETS, id.name, 20);
    p = put(p, IKE_DER_OCTETS, id.key, 20);
    p = put(p, IKE_DER_INTEGER, id.serial.p, id.serial.n);
    return (size_t)(p - out);
}

/* ---- the answer ---- */

struct response {
    ike_span tbs, alg, sig, responder; /* responder: whole, [1] Name or [2] KeyHash */
    struct ike_der certs, singles;
};

static int has_critical(struct ike_der list)
{
    while (ike__der_more(&list)) {
        struct ike_der one = ike__der_in(&list, IKE_DER_SEQUENCE);
        (void)ike__der_take(&one, IKE_DER_OID);
        if (ike__der_boolean(&one))
            return 1;
    }
    return !ike__der_done(&list);
}

/* ResponseData ::= SEQUENCE { [0] version, responderID, producedAt, responses, [1] extensions } */
static int read_data(struct response *r)
{
    struct ike_der d = ike__der(r->tbs), data = ike__der_in(&d, IKE_DER_SEQUENCE), exts;

    if (ike__der_is(&data, IKE_DER_EXPLICIT))
        (void)ike__der_whole(&data);
    r->responder = ike__der_whole(&data);
    (void)ike__der_time(&data);
    r->singles = ike__der_in(&data, IKE_DER_SEQUENCE);
    if (ike__der_is(&data, IKE_DER_EXPLICIT + 1)) {
        exts = ike__der_in(&data, IKE_DER_EXPLICIT + 1);
        if (has_critical(ike__der_in(&exts, IKE_DER_SEQUENCE)))
            return -1;
    }
    return ike__der_done(&data) ? 0 : -1;
}

/* OCSPResponse { ENUMERATED 0, [0] { OID basic, OCTETS { BasicOCSPResponse { tbs, alg, BIT STRING, [0] certs } } } } */
static int read_response(struct response *r, ike_span der)
{
    struct ike_der d = ike__der(der), outer = ike__der_in(&d, IKE_DER_SEQUENCE), bytes, basic;
    ike_span oid, body;

    memset(r, 0, sizeof(*r));
    if (ike__der_small(&outer, IKE_DER_ENUMERATED) != 0 || !ike__der_is(&outer, IKE_DER_EXPLICIT))
        return -1; /* an error of the responder, which nobody has signed */
    bytes = ike__der_in(&outer, IKE_DER_EXPLICIT);
    bytes = ike__der_in(&bytes, IKE_DER_SEQUENCE);
    oid = ike__der_take(&bytes, IKE_DER_OID);
    body = ike__der_take(&bytes, IKE_DER_OCTETS);
    if (!ike__der_done(&outer) || !ike__der_done(&bytes) || oid.n != sizeof(oid_basic) - 1 ||
        memcmp(oid.p, oid_basic, oid.n) != 0)
        return -1;
    d = ike__der(body);
    basic = ike__der_in(&d, IKE_DER_SEQUENCE);
    r->tbs = ike__der_whole(&basic);
    r->alg = ike__der_whole(&basic);
    r->sig = ike__der_bits(&basic);
    if (ike__der_is(&basic, IKE_DER_EXPLICIT)) {
        r->certs = ike__der_in(&basic, IKE_DER_EXPLICIT);
        r->certs = ike__der_in(&r->certs, IKE_DER_SEQUENCE);
    }
    return ike__der_done(&basic) ? read_data(r) : -1;
}

static int is_responder(const struct response *r, const struct ike_x509 *x)
{
    struct ike_der d = ike__der(r->responder), in;
    uint8_t hash[20];

    if (ike__der_is(&d, IKE_DER_EXPLICIT + 1)) {
        in = ike__der_in(&d, IKE_DER_EXPLICIT + 1);
        return ike__name_dn(ike__der_whole(&in), x->subject, 0);
    }
    in = ike__der_in(&d, IKE_DER_EXPLICIT + 2);
    return ike_crypto_mbedtls()->sha1(x->key_bits, (ike_span){NULL, 0}, hash) == 0 &&
           ike__der_same(ike__der_take(&in, IKE_DER_OCTETS), (ike_span){hash, sizeof(hash)});
}

/* RFC 6960 4.2.2.2: "the certificate MUST be issued directly by the CA that is identified in the request", and says
 * id-kp-OCSPSigning. */
static int is_delegate(const struct ike_x509 *x, const struct ike_subject *s)
{
    return ike__name_dn(x->issuer, s->issuer->subject, 0) && s->now >= x->from && s->now <= x->until &&
           !x->has_unknown_critical && ike__x509_may(x, IKE_MAY_SIGN) &&
           ike__x509_is_for(x, oid_ocsp_signing, sizeof(oid_ocsp_signing) - 1, 0) &&
           ike__alg_key_allowed(s->policy, x) == 0 && ike__alg_hash_allowed(s->policy, x->alg) == 0 &&
           ike__alg_signed(s->issuer, x->alg, x->tbs, x->sig) == 0;
}

static int is_authentic(const struct response *r, const struct ike_subject *s)
{
    struct ike_der certs = r->certs;

    if (ike__alg_hash_allowed(s->policy, r->alg) != 0)
        return 0;
    if (is_responder(r, s->issuer) && ike__alg_signed(s->issuer, r->alg, r->tbs, r->sig) == 0)
        return 1;
    for (int i = 0; i < SIGNERS_MAX && ike__der_more(&certs); i++) {
        struct ike_x509 x;
        int ok;
        if (ike__x509_parse(&x, ike__der_whole(&certs), s->crypto) < 0)
            continue;
        ok = is_responder(r, &x) && is_delegate(&x, s) && ike__alg_signed(&x, r->alg, r->tbs, r->sig) == 0;
        ike__x509_free(&x);
        if (ok)
            return 1;
    }
    return 0;
}

static int is_id(struct ike_der *single, const struct cert_id *id)
{
    struct ike_der in = ike__der_in(single, IKE_DER_SEQUENCE), alg = ike__der_in(&in, IKE_DER_SEQUENCE);
    ike_span oid = ike__der_take(&alg, IKE_DER_OID), name, key, serial;

    name = ike__der_take(&in, IKE_DER_OCTETS);
    key = ike__der_take(&in, IKE_DER_OCTETS);
    serial = ike__der_take(&in, IKE_DER_INTEGER);
    return ike__der_done(&in) && ike__der_same(oid, (ike_span){sha1_alg + 4, 5}) &&
           ike__der_same(name, (ike_span){id->name, 20}) && ike__der_same(key, (ike_span){id->key, 20}) &&
           ike__der_same(serial, id->serial);
}

/* SingleResponse ::= SEQUENCE { CertID, certStatus, thisUpdate, [0] nextUpdate, [1] extensions } */
static enum ike_status read_single(struct ike_der *single, int64_t now)
{
    uint8_t tag;
    int64_t from, until;
    struct ike_der in;

    (void)ike__der_any(single, &tag);
    from = ike__der_time(single);
    until = from + WITHOUT_S;
    if (ike__der_is(single, IKE_DER_EXPLICIT)) {
        in = ike__der_in(single, IKE_DER_EXPLICIT);
        until = ike__der_time(&in);
        if (!ike__der_done(&in))
            return IKE_STATUS_UNKNOWN;
    }
    if (ike__der_is(single, IKE_DER_EXPLICIT + 1)) {
        in = ike__der_in(single, IKE_DER_EXPLICIT + 1);
        if (has_critical(ike__der_in(&in, IKE_DER_SEQUENCE)))
            return IKE_STATUS_UNKNOWN;
    }
    if (!ike__der_done(single) || from > now + SKEW_S || until < now - SKEW_S)
        return IKE_STATUS_UNKNOWN;
    return tag == IKE_DER_CONTEXT        ? IKE_STATUS_GOOD
           : tag == IKE_DER_EXPLICIT + 1 ? IKE_STATUS_REVOKED
                                         : IKE_STATUS_UNKNOWN;
}

enum ike_status ike__ocsp_status(ike_span der, const struct ike_subject *s)
{
    struct response r;
    struct cert_id id;

    if (read_response(&r, der) < 0 || make_id(s, &id) < 0 || !is_authentic(&r, s))
        return IKE_STATUS_UNKNOWN;
    while (ike__der_more(&r.singles)) {
        struct ike_der single = ike__der_in(&r.singles, IKE_DER_SEQUENCE);
        if (is_id(&single, &id))
            return read_single(&single, s->now);
    }
    return IKE_STATUS_UNKNOWN;
}
