/* ike/keystore.h - who answers the asks of a session. SPDX-License-Identifier: Apache-2.0
 *
 * The core never calls this; a driver does. A key store may be files (below), a token, a TPM, an
 * enclave, or a dialog with a person. */
#ifndef IKE_KEYSTORE_H
#define IKE_KEYSTORE_H

#include <ike/ike.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKE_KEYSTORE_ABI 1u

typedef struct ike_keystore {
    uint32_t abi, zero;
    void *self;
    /* Answers an ask. Returns the verdict for ike_answer (>= 0 yes, < 0 IKE_E_* no) with at most cap octets
     * written to out and *n set; or IKE_E_PENDING: the host calls ike_answer itself, later.
     * ask and what it points to are borrowed for the call. */
    int (*answer)(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);
    void (*close)(void *self); /* wipes and frees self; may be NULL */
} ike_keystore;

/* ---- trust: which certificates convince us (libike-mbedtls) ---------------------------------- */
typedef struct ike_trust ike_trust;
IKE_API int ike_trust_new(ike_trust **out); /* NOMEM */
IKE_API void ike_trust_free(ike_trust *t);
/* Adds trust anchors: PEM (one or more) or DER. A certificate that is no CA is trusted as such, for
 * exactly that peer. Errors: CERT_INVALID, NOMEM. */
IKE_API int ike_trust_add(ike_trust *t, ike_span pem_or_der);
/* The system's CAs. Errors: LOCAL_IO (none found), NOMEM. */
IKE_API int ike_trust_add_system(ike_trust *t);
/* Names of which the certificate must hold one, beside the identity the peer claims (IDr), which it
 * must always hold. host: what the user asked for, a DNS name or an address; copied; NULL: no such
 * check, because remote_id is set or any identity will do. NOMEM. */
IKE_API int ike_trust_expect(ike_trust *t, const char *host);
/* Verdict on an IKE_ASK_VERIFY: a way to an anchor (CERT_UNTRUSTED, CERT_EXPIRED, CERT_NOT_YET, CERT_WEAK,
 * CERT_CRITICAL, CERT_CHAIN, CERT_CONSTRAINT, CERT_PIN, CERT_INVALID), name (CERT_NAME), key usage and extended key
 * usage (CERT_USAGE), signature over tbs (AUTH), revocation (CERT_REVOKED, CERT_STATUS). Returns 0, one of these, NO_CERT,
 * NOMEM, CRYPTO; or PENDING, with ike_trust_options.fetch only: fetch what ike_trust_wanted says, give it, ask again. At
 * most 10 certificates with 64 KiB. */
IKE_API int ike_trust_verify(ike_trust *t, const ike_ask *ask);
/* SHA-1 hashes of the anchors' public keys, for ike_config.certreq: octets written, or NOSPACE. At
 * most 20 anchors are named. */
IKE_API int ike_trust_certreq(const ike_trust *t, uint8_t *out, size_t cap);

/* What is strong enough: the keys of all certificates, the hashes of all signatures but the anchor's own on itself. */
#define IKE_CURVE_P256  1u
#define IKE_CURVE_P384  2u
#define IKE_CURVE_P521  4u
#define IKE_HASH_SHA1   1u
#define IKE_HASH_SHA256 2u
#define IKE_HASH_SHA384 4u
#define IKE_HASH_SHA512 8u
typedef struct ike_trust_policy {
    size_t size;           /* sizeof(ike_trust_policy) */
    const char *name;      /* for people */
    uint32_t rsa_bits_min; /* 0: no RSA */
    uint32_t curves;       /* IKE_CURVE_*; 0: no ECDSA */
    uint32_t hashes;       /* IKE_HASH_* */
    uint32_t zero;
} ike_trust_policy;

typedef struct ike_trust_options {
    size_t size; /* set by IKE_TRUST_OPTIONS_INIT */
    const ike_trust_policy
        *policy;   /* copied; its name is borrowed. NULL: RSA from 2048 bits, P-256 to P-521, SHA-2 */
    int64_t now_s; /* seconds since 1970, for hosts and tests with a clock of their own; 0: the system's */
    uint32_t wildcards; /* 1: "*.example.org" in a certificate takes a host (RFC 6125 6.4.3); never an IDr */
    uint32_t crl,
        ocsp;        /* 1: look for revocation in CRLs, by OCSP; both: either may clear, either may revoke */
    uint32_t strict; /* 1: a certificate whose status is not known is refused (CERT_STATUS) */
    uint32_t fetch;  /* 1: the host fetches (ike_trust_wanted), and verdicts may be PENDING */
    uint32_t zero;
} ike_trust_options;
#define IKE_TRUST_OPTIONS_INIT            \
    {                                     \
        .size = sizeof(ike_trust_options) \
    }
/* Replaces all options; without a call all are 0. Errors: USAGE. */
IKE_API int ike_trust_set(ike_trust *t, const ike_trust_options *options);
/* A way to an anchor then has to hold a certificate with one of the pinned keys: SHA-256 of its
 * SubjectPublicKeyInfo (RFC 7469 2.4), of the peer or of a CA. At most 16: LIMIT. */
IKE_API int ike_trust_pin(ike_trust *t, const uint8_t sha256[32]);
/* CRLs that we have: PEM (one or more) or DER; copied. Errors: CERT_INVALID, UNSUPPORTED (a delta CRL, an indirect one, one
 * for some reasons only), LIMIT (16 MiB in all), NOMEM. */
IKE_API int ike_trust_add_crl(ike_trust *t, ike_span pem_or_der);

/* What a PENDING verdict waits for. kind 0: nothing. Pointers belong to t and live until its next verdict. */
#define IKE_TRUST_CRL_MAX  (4u * 1024u * 1024u) /* octets; more is as good as nothing */
#define IKE_TRUST_OCSP_MAX 65536u
enum ike_want { IKE_WANT_CRL = 1, IKE_WANT_OCSP = 2 };
typedef struct ike_trust_want {
    size_t size;     /* set by IKE_TRUST_WANT_INIT */
    const char *url; /* http://… ; CRL: GET; OCSP: POST of body as application/ocsp-request */
    uint32_t kind;   /* enum ike_want */
    uint32_t zero;
    ike_span body;
} ike_trust_want;
#define IKE_TRUST_WANT_INIT            \
    {                                  \
        .size = sizeof(ike_trust_want) \
    }
/* 1: *want is filled; 0: nothing is missing; USAGE. */
IKE_API int ike_trust_wanted(const ike_trust *t, ike_trust_want *want);
/* What came of it, copied and kept in memory while it is fresh; data empty: nothing came. The host need not look at it:
 * everything is checked when it is used. want may be a copy. Errors: USAGE, LIMIT, NOMEM, CRYPTO. */
IKE_API int ike_trust_give(ike_trust *t, const ike_trust_want *want, ike_span data);

/* ---- keys from files and strings (libike-mbedtls) --------------------------------------------- */
typedef struct ike_keyfile {
    size_t size;          /* set by IKE_KEYFILE_INIT */
    ike_span psk;         /* shared key; copied */
    ike_span certs;       /* own chain, PEM or DER, leaf first; copied */
    ike_span key;         /* private key, PEM or DER, PKCS#1, SEC1 or PKCS#8, encrypted or not; copied */
    const char *password; /* of key or p12; NULL: none */
    ike_span p12;         /* PKCS#12 with chain and key, in place of certs and key */
    uint32_t rsa_pss;     /* 1: prefer RSA-PSS */
    uint32_t zero;
    ike_trust *trust; /* answers IKE_ASK_VERIFY; taken over, freed by close; NULL: VERIFY is refused */
} ike_keyfile;
#define IKE_KEYFILE_INIT            \
    {                               \
        .size = sizeof(ike_keyfile) \
    }
/* Errors: USAGE (a NULL, a set unknown field), CERT_INVALID (certificate, key or p12 does not parse, or they
 * do not fit together), DENIED (wrong password), CERT_WEAK, NOMEM, CRYPTO; *why, if why is not NULL, is static
 * text, "" on success. On error trust is not taken over. */
IKE_API int ike_keystore_file(ike_keystore *out, const ike_keyfile *cfg, const char **why);
/* The chain for ike_config.local_certs: at most cap spans, valid until close. Returns how many. */
IKE_API int ike_keystore_file_certs(const ike_keystore *ks, ike_span *certs, size_t cap);
/* The identity to use when the user named none: the subject of our certificate, as "dnhex:…" for
 * ike_config.local_id. Returns its length, 0 if there is no certificate, or NOSPACE. */
IKE_API int ike_keystore_file_id(const ike_keystore *ks, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
