/* trust/trust.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TRUST_TRUST_H
#define IKE_TRUST_TRUST_H

#include "trust/alg.h"
#include "trust/cert.h"
#include "trust/der.h"
#include <ike/keystore.h>

#define IKE_PATH_MAX   10u
#define IKE_PINS_MAX   16u
#define IKE_STATUS_MAX 32u

enum { IKE_SAN_EMAIL = 0x81, IKE_SAN_DNS = 0x82, IKE_SAN_DN = 0xa4, IKE_SAN_IP = 0x87 };

/* A CRL or an OCSP response as it came: nothing is believed before it is used. p NULL: there was none to be had. */
struct ike_status_blob {
    uint8_t key[32]; /* of what was asked */
    uint8_t *p;
    size_t n;
    int64_t given;     /* when */
    uint8_t nonce[32]; /* of the request */
    uint32_t kind;     /* enum ike_want; 0: an empty place */
    uint32_t is_ours;  /* from a file: stays */
};

struct ike_trust {
    struct ike_x509 **anchors;
    size_t anchors_n;
    char *host;
    ike_trust_options opt;
    ike_trust_policy policy;
    uint8_t pins[IKE_PINS_MAX][32];
    uint32_t pins_n, zero;
    struct ike_status_blob status[IKE_STATUS_MAX];
    char url[512];
    uint8_t request[192];
    ike_trust_want want;
    const ike_ask *ask;  /* of the verdict that is being made */
    char unchecked[256]; /* of the last one */
    size_t unchecked_n;
};

/* name.c: does the certificate name this identity (IDr), this host? */
int ike__trust_names_id(const struct ike_x509 *x, uint32_t id_type, ike_span id);
int ike__trust_names_host(const struct ike_x509 *x, const char *host, int wildcards);
int ike__name_same_text(ike_span a, ike_span b); /* ASCII without case; empty or with NUL: never */
ike_span ike__name_dns(ike_span s);              /* without the final dot */
/* The values of a Name in their order, for people: "Trust, mid"; "?" for what is not printable ASCII. */
void ike__name_text(ike_span dn, char *out, size_t cap);
/* Is a the same Name as b, or, if b may be longer, its beginning? */
int ike__name_dn(ike_span a, ike_span b, int b_may_be_longer);

/* constraints.c: may this CA stand above this certificate? 0, CERT_CONSTRAINT, CERT_INVALID */
int ike__constraints_check(const struct ike_x509 *ca, const struct ike_x509 *x);

/* path.c: from the first of the pool to an anchor. */
struct ike_chain {
    const struct ike_x509 *cert[IKE_PATH_MAX]; /* leaf first, anchor last */
    uint32_t n;
};
int ike__path_find(const struct ike_trust *t, const struct ike_x509 *pool, uint32_t pool_n, int64_t now,
                   struct ike_chain *out);

/* signature.c: 0 or AUTH */
int ike__trust_signature(const struct ike_x509 *x, uint64_t sigs, ike_span tbs, ike_span proof);

/* crl.c, ocsp.c: what a CRL, a response says of x, which issuer has signed. */
enum ike_status { IKE_STATUS_UNKNOWN = 0, IKE_STATUS_GOOD = 1, IKE_STATUS_REVOKED = 2 };
struct ike_subject {
    const struct ike_x509 *x, *issuer;
    const ike_trust_policy *policy;
    const ike_crypto *crypto;
    int64_t now;
};
enum ike_status ike__crl_status(ike_span crl, const struct ike_subject *s);
int ike__crl_usable(ike_span crl); /* 0, UNSUPPORTED (a delta CRL, an indirect one), CERT_INVALID */
/* nonce: of the request, which the response has to repeat if it has one; empty: it was none of ours that was answered. */
enum ike_status ike__ocsp_status(ike_span response, const struct ike_subject *s, ike_span nonce);
/* Octets, 0: does not fit. */
size_t ike__ocsp_request(const struct ike_subject *s, const uint8_t nonce[32], uint8_t *out, size_t cap);
/* Of a request of ours: what it asks about, and its nonce. 0, or CERT_INVALID. */
int ike__ocsp_request_read(ike_span request, ike_span *what, ike_span *nonce);

/* status.c: is one of them revoked? 0, CERT_REVOKED, CERT_STATUS, PENDING (t->want is filled) */
int ike__status_check(struct ike_trust *t, const struct ike_chain *chain, int64_t now);
void ike__status_free(struct ike_trust *t);

/* pem.c: calls each with the DER of every PEM block with this label, or with s itself if it is no PEM. Stops at the
 * first error and returns it; CERT_INVALID if there was none, or the text is broken. */
int ike__pem_each(ike_span s, const char *label, int (*each)(void *user, ike_span der), void *user);
int64_t ike__trust_now(const struct ike_trust *t);

#endif
