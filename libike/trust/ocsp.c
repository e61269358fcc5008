/* trust/ocsp.c - asking for a certificate's status, and what the answer says (RFC 6960, 5019). SPDX-License-Identifier: Apache-2.0
 *
 * One certificate a request, named by SHA-1 as RFC 5019 2.1.1 has it (an identifier, no proof), with a nonce of 32 octets
 * (RFC 8954 2.1). Responders may answer from a stock, without it (RFC 6960 4.4.1): then freshness is a matter of
 * thisUpdate and nextUpdate (RFC 5019 4); a nonce that is another is a replay. The answer is signed by
 * the issuer, or by a responder whose certificate that issuer has signed for OCSP and nothing in between.
 *
 * Not here: where responses come from (status.c). */
#include "trust/trust.h"
#include <mbedtls/asn1write.h>
#include <string.h>

#define SKEW_S 300 /* what clocks may differ by */
#define WITHOUT_S \
    86400 /* without a nextUpdate newer information is always there (RFC 6960 2.4): a day is our patience */
#define SIGNERS_MAX 4

static const uint8_t sha1_alg[] = {0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00};
static const char oid_basic[] = "\x2b\x06\x01\x05\x05\x07\x30\x01\x01";
static const char oid_nonce[] = "\x2b\x06\x01\x05\x05\x07\x30\x01\x02";
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

/* Backwards, as lengths come before what they are of. */
struct writer {
    uint8_t *start, *p;
    int err;
};

static void put(struct writer *w, ike_span s)
{
    int n = mbedtls_asn1_write_raw_buffer(&w->p, w->start, s.p, s.n);

    w->err |= n < 0;
}

/* A header round what was written since `end`. */
static void wrap(struct writer *w, const uint8_t *end, uint8_t tag)
{
    w->err |= mbedtls_asn1_write_len(&w->p, w->start, (size_t)(end - w->p)) < 0 ||
              mbedtls_asn1_write_tag(&w->p, w->start, tag) < 0;
}

static void put_as(struct writer *w, uint8_t tag, ike_span s)
{
    const uint8_t *end = w->p;

    put(w, s);
    wrap(w, end, tag);
}

/* [2] { Extensions { Extension { id-pkix-ocsp-nonce, OCTETS { OCTETS nonce } } } } */
static void put_nonce(struct writer *w, ike_span nonce)
{
    const uint8_t *end = w->p;

    put_as(w, IKE_DER_OCTETS, nonce);
    wrap(w, end, IKE_DER_OCTETS);
    put_as(w, IKE_DER_OID, (ike_span){(const uint8_t *)oid_nonce, sizeof(oid_nonce) - 1});
    wrap(w, end, IKE_DER_SEQUENCE);
    wrap(w, end, IKE_DER_SEQUENCE);
    wrap(w, end, IKE_DER_EXPLICIT + 2);
}

/* OCSPRequest { tbsRequest { requestList { Request { CertID } }, [2] extensions } } */
size_t ike__ocsp_request(const struct ike_subject *s, const uint8_t nonce[32], uint8_t *out, size_t cap)
{
    struct writer w = {out, out + cap, 0};
    const uint8_t *list;
    struct cert_id id;
    size_t n;

    if (make_id(s, &id) < 0 || id.serial.n > 40)
        return 0;
    put_nonce(&w, (ike_span){nonce, 32});
    list = w.p;
    put_as(&w, IKE_DER_INTEGER, id.serial);
    put_as(&w, IKE_DER_OCTETS, (ike_span){id.key, 20});
    put_as(&w, IKE_DER_OCTETS, (ike_span){id.name, 20});
    put(&w, (ike_span){sha1_alg, sizeof(sha1_alg)});
    for (int i = 0; i < 3; i++) /* CertID, Request, requestList */
        wrap(&w, list, IKE_DER_SEQUENCE);
    for (int i = 0; i < 2; i++) /* tbsRequest, OCSPRequest */
        wrap(&w, out + cap, IKE_DER_SEQUENCE);
    if (w.err)
        return 0;
    n = (size_t)(out + cap - w.p);
    memmove(out, w.p, n);
    return n;
}

/* RFC 8954 2.1: Nonce ::= OCTET STRING (SIZE(1..32)); of the extensions' SEQUENCE. 0, or -1: something critical. */
static int read_extensions(struct ike_der list, ike_span *nonce)
{
    while (ike__der_more(&list)) {
        struct ike_der one = ike__der_in(&list, IKE_DER_SEQUENCE), value;
        ike_span oid = ike__der_take(&one, IKE_DER_OID), octets;
        int critical = ike__der_boolean(&one);
        octets = ike__der_take(&one, IKE_DER_OCTETS);
        if (oid.n == sizeof(oid_nonce) - 1 && memcmp(oid.p, oid_nonce, oid.n) == 0) {
            value = ike__der(octets);
            *nonce = ike__der_take(&value, IKE_DER_OCTETS);
            if (!ike__der_done(&value) || nonce->n < 1 || nonce->n > 32)
                return -1;
        } else if (critical)
            return -1;
    }
    return ike__der_done(&list) ? 0 : -1;
}

int ike__ocsp_request_read(ike_span request, ike_span *what, ike_span *nonce)
{
    struct ike_der d = ike__der(request), tbs = ike__der_in(&d, IKE_DER_SEQUENCE), exts;

    *nonce = (ike_span){NULL, 0};
    tbs = ike__der_in(&tbs, IKE_DER_SEQUENCE);
    *what = ike__der_whole(&tbs);
    if (ike__der_is(&tbs, IKE_DER_EXPLICIT + 2)) {
        exts = ike__der_in(&tbs, IKE_DER_EXPLICIT + 2);
        if (read_extensions(ike__der_in(&exts, IKE_DER_SEQUENCE), nonce) < 0)
            return IKE_E_CERT_INVALID;
    }
    return ike__der_done(&tbs) && what->n > 0 ? 0 : IKE_E_CERT_INVALID;
}

/* ---- the answer ---- */

struct response {
    ike_span tbs, alg, sig, responder; /* responder: whole, [1] Name or [2] KeyHash */
    ike_span nonce;                    /* empty: none */
    struct ike_der certs, singles;
};

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
        if (read_extensions(ike__der_in(&exts, IKE_DER_SEQUENCE), &r->nonce) < 0)
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
    ike_span nonce; /* has no meaning here */

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
        if (read_extensions(ike__der_in(&in, IKE_DER_SEQUENCE), &nonce) < 0)
            return IKE_STATUS_UNKNOWN;
    }
    if (!ike__der_done(single) || from > now + SKEW_S || until < now - SKEW_S)
        return IKE_STATUS_UNKNOWN;
    return tag == IKE_DER_CONTEXT        ? IKE_STATUS_GOOD
           : tag == IKE_DER_EXPLICIT + 1 ? IKE_STATUS_REVOKED
                                         : IKE_STATUS_UNKNOWN;
}

enum ike_status ike__ocsp_status(ike_span der, const struct ike_subject *s, ike_span nonce)
{
    struct response r;
    struct cert_id id;

    if (read_response(&r, der) < 0 || make_id(s, &id) < 0 || !is_authentic(&r, s))
        return IKE_STATUS_UNKNOWN;
    if (nonce.n > 0 && r.nonce.n > 0 &&
        !ike__der_same(nonce, r.nonce)) /* RFC 6960 4.4.1: of another request */
        return IKE_STATUS_UNKNOWN;
    while (ike__der_more(&r.singles)) {
        struct ike_der single = ike__der_in(&r.singles, IKE_DER_SEQUENCE);
        if (is_id(&single, &id))
            return read_single(&single, s->now);
    }
    return IKE_STATUS_UNKNOWN;
}
