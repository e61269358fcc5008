/* trust/crl.c - what a CRL says of a certificate (RFC 5280 5, 6.3). SPDX-License-Identifier: Apache-2.0
 *
 * Full CRLs, signed by the issuer of the certificate itself. Delta CRLs, indirect ones and such as cover some reasons
 * only cannot clear a certificate and are not used. What is not understood is not used either.
 *
 * Not here: where CRLs come from (status.c). */
#include "trust/trust.h"
#include <string.h>

#define SKEW_S 300 /* what clocks may differ by */

struct crl {
    ike_span tbs, alg, sig, issuer;
    struct ike_der entries;
    ike_span point; /* extension IssuingDistributionPoint */
    int64_t this_update, next_update;
    int is_delta, has_unknown;
};

static int is_ext(ike_span oid, uint8_t last)
{
    return oid.n == 3 && oid.p[0] == 0x55 && oid.p[1] == 0x1d && oid.p[2] == last;
}

static void read_extensions(struct crl *c, struct ike_der *wrapped)
{
    struct ike_der list = ike__der_in(wrapped, IKE_DER_SEQUENCE);

    while (ike__der_more(&list)) {
        struct ike_der one = ike__der_in(&list, IKE_DER_SEQUENCE);
        ike_span oid = ike__der_take(&one, IKE_DER_OID), value;
        int critical = ike__der_boolean(&one);
        value = ike__der_take(&one, IKE_DER_OCTETS);
        if (is_ext(oid, 27))
            c->is_delta = 1;
        else if (is_ext(oid, 28))
            c->point = value;
        else if (critical && !is_ext(oid, 35) && !is_ext(oid, 20)) /* key identifier, number */
            c->has_unknown = 1;
        if (!ike__der_done(&one))
            c->has_unknown = 1;
    }
    if (!ike__der_done(&list))
        c->has_unknown = 1;
}

/* TBSCertList ::= SEQUENCE { version, signature, issuer, thisUpdate, nextUpdate, revoked, [0] extensions } */
static int read_tbs(struct crl *c)
{
    struct ike_der d = ike__der(c->tbs), tbs = ike__der_in(&d, IKE_DER_SEQUENCE), exts;
    ike_span alg;

    if (ike__der_is(&tbs, IKE_DER_INTEGER))
        (void)ike__der_small(&tbs, IKE_DER_INTEGER);
    alg = ike__der_whole(&tbs);
    c->issuer = ike__der_whole(&tbs);
    c->this_update = ike__der_time(&tbs);
    if (ike__der_is(&tbs, IKE_DER_UTC_TIME) || ike__der_is(&tbs, IKE_DER_TIME))
        c->next_update = ike__der_time(&tbs);
    if (ike__der_is(&tbs, IKE_DER_SEQUENCE))
        c->entries = ike__der_in(&tbs, IKE_DER_SEQUENCE);
    if (ike__der_is(&tbs, IKE_DER_EXPLICIT)) {
        exts = ike__der_in(&tbs, IKE_DER_EXPLICIT);
        read_extensions(c, &exts);
    }
    return ike__der_done(&tbs) && ike__der_same(alg, c->alg) ? 0 : IKE_E_CERT_INVALID;
}

static int read_crl(struct crl *c, ike_span der)
{
    struct ike_der d = ike__der(der), list = ike__der_in(&d, IKE_DER_SEQUENCE);

    memset(c, 0, sizeof(*c));
    c->tbs = ike__der_whole(&list);
    c->alg = ike__der_whole(&list);
    c->sig = ike__der_bits(&list);
    return ike__der_done(&list) && ike__der_done(&d) ? read_tbs(c) : IKE_E_CERT_INVALID;
}

/* IssuingDistributionPoint ::= SEQUENCE { [0] { [0] fullName }, [1] onlyUser, [2] onlyCA, [3] reasons, [4] indirect,
 * [5] onlyAttribute }; s NULL: only whether it can be used at all. */
static int covers(const struct crl *c, const struct ike_subject *s)
{
    struct ike_der d, seq, name, full;
    int is_named = 1;

    if (!c->point.p)
        return 1;
    d = ike__der(c->point);
    seq = ike__der_in(&d, IKE_DER_SEQUENCE);
    while (ike__der_more(&seq)) {
        uint8_t tag;
        ike_span v = ike__der_any(&seq, &tag);
        if (tag == IKE_DER_EXPLICIT &&
            s) { /* 6.3.3 (b)(2)(i): one of the names that the certificate has, too */
            is_named = 0;
            name = ike__der(v);
            full = ike__der_in(&name, IKE_DER_EXPLICIT);
            while (ike__der_more(&full))
                is_named |= ike__x509_crl_named(s->x, ike__der_whole(&full));
        } else if (tag == IKE_DER_CONTEXT + 1 || tag == IKE_DER_CONTEXT + 2) {
            int wants_ca = tag == IKE_DER_CONTEXT + 2;
            if (v.n != 1 || (s && v.p[0] && wants_ca != s->x->is_ca))
                return 0;
        } else if (tag != IKE_DER_EXPLICIT && !(v.n == 1 && v.p[0] == 0)) {
            return 0; /* some reasons, indirect, attribute certificates */
        }
    }
    return ike__der_done(&seq) && ike__der_done(&d) && is_named;
}

int ike__crl_usable(ike_span der)
{
    struct crl c;

    if (read_crl(&c, der) < 0)
        return IKE_E_CERT_INVALID;
    return c.is_delta || c.has_unknown || !covers(&c, NULL) ? IKE_E_UNSUPPORTED : 0;
}

/* An entry that we do not understand may speak of another CA's certificate, or of anything: then nothing is clear. */
static enum ike_status look_up(struct ike_der entries, ike_span serial)
{
    while (ike__der_more(&entries)) {
        struct ike_der one = ike__der_in(&entries, IKE_DER_SEQUENCE), exts;
        ike_span is = ike__der_take(&one, IKE_DER_INTEGER);
        (void)ike__der_time(&one);
        if (ike__der_same(is, serial) && is.n > 0)
            return IKE_STATUS_REVOKED;
        if (ike__der_more(&one)) {
            exts = ike__der_in(&one, IKE_DER_SEQUENCE);
            while (ike__der_more(&exts)) {
                struct ike_der e = ike__der_in(&exts, IKE_DER_SEQUENCE);
                (void)ike__der_take(&e, IKE_DER_OID);
                if (ike__der_boolean(&e))
                    return IKE_STATUS_UNKNOWN;
            }
        }
        if (!ike__der_done(&one))
            return IKE_STATUS_UNKNOWN;
    }
    return entries.bad ? IKE_STATUS_UNKNOWN : IKE_STATUS_GOOD;
}

enum ike_status ike__crl_status(ike_span der, const struct ike_subject *s)
{
    struct crl c;

    if (read_crl(&c, der) < 0 || c.is_delta || c.has_unknown)
        return IKE_STATUS_UNKNOWN;
    if (!ike__name_dn(c.issuer, s->x->issuer, 0) || !covers(&c, s))
        return IKE_STATUS_UNKNOWN;
    if (c.this_update > s->now + SKEW_S || c.next_update < s->now - SKEW_S) /* without an end: never fresh */
        return IKE_STATUS_UNKNOWN;
    if (!ike__x509_may(s->issuer, IKE_MAY_SIGN_CRL) || ike__alg_hash_allowed(s->policy, c.alg) != 0 ||
        ike__alg_signed(s->issuer, c.alg, c.tbs, c.sig) != 0)
        return IKE_STATUS_UNKNOWN;
    return look_up(c.entries, s->x->serial);
}
