/* keystore/cert.c - our own certificates, as far as a key store has to look at them. SPDX-License-Identifier: Apache-2.0
 *
 * PEM or DER to DER, one by one; of each certificate its subject and its key. Whether they are any good is for the
 * gateway to judge.
 *
 * Not here: a peer's certificates (trust). */
#include "keystore/room.h"
#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>
#include <string.h>

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

static unsigned char *start(ike_span s)
{
    return (unsigned char *)(uintptr_t)s.p; /* the readers do not write */
}

/* The next SEQUENCE of *from, whole; *from moves behind it. */
static int next(ike_span *from, ike_span *whole)
{
    unsigned char *p = start(*from);
    size_t n;

    if (mbedtls_asn1_get_tag(&p, from->p + from->n, &n, SEQUENCE) != 0)
        return IKE_E_CERT_INVALID;
    n += (size_t)(p - from->p);
    *whole = (ike_span){from->p, n};
    *from = (ike_span){from->p + n, from->n - n};
    return 0;
}

int ike__certs_take(ike_span der, struct ike_blob *certs, uint32_t *n)
{
    ike_span subject, spki, one;
    int err = 0;

    while (err == 0 && der.n > 0 && *n < IKE_OWN_CERTS_MAX) {
        err = next(&der, &one);
        if (err == 0)
            err = ike__cert_parts(one, &subject, &spki);
        if (err == 0)
            err = ike__blob_set(&certs[(*n)++], one.p, one.n);
    }
    return err;
}

int ike__certs_load(ike_span s, struct ike_blob *certs, uint32_t *n)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----", finish[] = "-----END CERTIFICATE-----";
    const char *at = (const char *)s.p, *end = at + s.n, *to;
    struct ike_blob der = {0};
    int err = 0;

    at = ike__text_find(at, end, begin);
    if (!at)
        return ike__certs_take(s, certs, n);
    for (; err == 0 && at && *n < IKE_OWN_CERTS_MAX; at = ike__text_find(to, end, begin)) {
        at += sizeof(begin) - 1;
        to = ike__text_find(at, end, finish);
        if (!to || ike__blob_set(&der, NULL, (size_t)(to - at) + 1) < 0)
            return to ? IKE_E_NOMEM : IKE_E_CERT_INVALID;
        err = mbedtls_base64_decode(der.p, der.n, &der.n, (const unsigned char *)at, (size_t)(to - at)) == 0
                  ? ike__certs_take((ike_span){der.p, der.n}, certs, n)
                  : IKE_E_CERT_INVALID;
        ike__blob_drop(&der);
    }
    return err;
}

/* Certificate { tbs { [0] version, serial, alg, issuer, validity, subject, SubjectPublicKeyInfo, … }, … } */
int ike__cert_parts(ike_span cert, ike_span *subject, ike_span *spki)
{
    unsigned char *p = start(cert);
    const unsigned char *end = cert.p + cert.n;
    ike_span rest, skipped;
    size_t n;

    if (mbedtls_asn1_get_tag(&p, end, &n, SEQUENCE) != 0 ||
        mbedtls_asn1_get_tag(&p, p + n, &n, SEQUENCE) != 0)
        return IKE_E_CERT_INVALID;
    end = p + n;
    if (mbedtls_asn1_get_tag(&p, end, &n, MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED) == 0)
        p += n;
    if (mbedtls_asn1_get_tag(&p, end, &n, MBEDTLS_ASN1_INTEGER) != 0)
        return IKE_E_CERT_INVALID;
    p += n;
    rest = (ike_span){p, (size_t)(end - p)};
    return next(&rest, &skipped) == 0 && next(&rest, &skipped) == 0 && next(&rest, &skipped) == 0 &&
                   next(&rest, subject) == 0 && next(&rest, spki) == 0
               ? 0
               : IKE_E_CERT_INVALID;
}
