/* trust/cert.h - a certificate as we look at it. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TRUST_CERT_H
#define IKE_TRUST_CERT_H

#include "trust/der.h"
#include <ike/keystore.h>
#include <mbedtls/pk.h>

enum ike_ext { /* RFC 5280 4.2: the extensions that mean something here */
               IKE_EXT_SKI,
               IKE_EXT_KEY_USAGE,
               IKE_EXT_SAN,
               IKE_EXT_BASIC,
               IKE_EXT_NAMES,
               IKE_EXT_CRL,
               IKE_EXT_POLICIES,
               IKE_EXT_AKI,
               IKE_EXT_EKU,
               IKE_EXT_INHIBIT_ANY,
               IKE_EXT_AIA,
               IKE_EXT_N
};

struct ike_x509 {
    ike_span raw;                /* our copy; all other spans lie in it */
    ike_span tbs, alg, sig;      /* what was signed, AlgorithmIdentifier, signature */
    ike_span serial;             /* content of the INTEGER */
    ike_span issuer, subject;    /* whole Names */
    ike_span spki, key_bits;     /* whole SubjectPublicKeyInfo; subjectPublicKey without its first octet */
    mbedtls_pk_context pk;       /* RSA, ECDSA */
    const ike_eddsa_alg *eddsa;  /* or this, with key_bits */
    const ike_pk_alg *other;     /* does what pk does, faster; NULL: pk does it */
    ike_span extensions;         /* their SEQUENCE, whole; empty: none */
    ike_span ext[IKE_EXT_N];     /* contents of the extensions' OCTET STRINGs */
    int64_t from, until;         /* validity, seconds since 1970 */
    int is_ca, path_len;         /* path_len: -1: any */
    int has_unknown_critical, v; /* an extension that has to be understood and is not; version 1..3 */
};

/* Errors: CERT_INVALID, NOMEM. DER is copied. On error there is nothing to free. crypto: whose EdDSA (NULL: nobody's):
 * a key of a kind that is not to be had is CERT_INVALID. */
int ike__x509_parse(struct ike_x509 *x, ike_span der, const ike_crypto *crypto);
void ike__x509_free(struct ike_x509 *x);
ike_span ike__x509_ski(const struct ike_x509 *x); /* empty: none */
ike_span ike__x509_aki(const struct ike_x509 *x);
/* RFC 5280 4.2.1.3: bit n of KeyUsage; 1 also where the extension is missing. */
int ike__x509_may(const struct ike_x509 *x, unsigned bit);
enum { IKE_MAY_SIGN = 0, IKE_MAY_COMMIT = 1, IKE_MAY_CERTIFY = 5, IKE_MAY_SIGN_CRL = 6 };
/* RFC 5280 4.2.1.12: purposes as OIDs; has_any: anyExtendedKeyUsage counts, and so does a missing extension. */
int ike__x509_is_for(const struct ike_x509 *x, const char *oid, size_t n, int has_any);
/* The first http:// address of its OCSP responder or CRL. Returns its length, 0: there is none that fits. */
size_t ike__x509_ocsp_url(const struct ike_x509 *x, char *out, size_t cap);
size_t ike__x509_crl_url(const struct ike_x509 *x, char *out, size_t cap);
/* Is this GeneralName (whole) one of those at which the certificate says its CRL is to be found? */
int ike__x509_crl_named(const struct ike_x509 *x, ike_span general_name);

#endif
