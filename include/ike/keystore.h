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

#define IKE_KEYSTORE_ABI 2u /* 1: without save and load */

typedef struct ike_keystore {
    uint32_t abi, zero;
    void *self;
    /* Answers an ask. Returns the verdict for ike_answer (>= 0 yes, < 0 IKE_E_* no) with at most cap octets
     * written to out and *n set; or IKE_E_PENDING: the host calls ike_answer itself, later.
     * ask and what it points to are borrowed for the call. */
    int (*answer)(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);
    void (*close)(void *self); /* wipes and frees self; may be NULL */
    /* A secret to keep beyond this process: a resumption ticket. Both NULL: there is no such place. name: lower-case
     * letters, digits and dashes. The store has to encrypt and authenticate what it writes. save: in place of what was
     * there; empty: delete it. load: *n octets, at most cap; 0: nothing is there, or it is not what was saved. Both
     * return 0 or an IKE_E_*. */
    int (*save)(void *self, const char *name, ike_span data);
    int (*load)(void *self, const char *name, uint8_t *out, size_t cap, size_t *n);
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
/* Verdict on an IKE_ASK_VERIFY: chain, validity, key usage, extended key usage, name, signature over
 * tbs. Returns 0 or CERT_UNTRUSTED, CERT_EXPIRED, CERT_NOT_YET, CERT_NAME, CERT_USAGE, CERT_WEAK,
 * CERT_INVALID, NO_CERT, AUTH (the signature is wrong), NOMEM, CRYPTO. */
IKE_API int ike_trust_verify(ike_trust *t, const ike_ask *ask);
/* SHA-1 hashes of the anchors' public keys, for ike_config.certreq: octets written, or NOSPACE. At
 * most 20 anchors are named. */
IKE_API int ike_trust_certreq(const ike_trust *t, uint8_t *out, size_t cap);

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

    /* 0.2: where save and load keep secrets: a directory that exists, and a key of at least 32 random octets, which
     * should come from where files cannot be read (the system's key ring, a TPM) and be of no other use; both
     * copied. Each file is sealed with AES-256-GCM, a random nonce, and a key of its own: HMAC-SHA-256 of its name
     * under store_key. Both empty: nothing is kept, save and load are NULL. One without the other: USAGE. */
    const char *store_dir;
    ike_span store_key;
} ike_keyfile;
#define IKE_KEYFILE_INIT            \
    {                               \
        .size = sizeof(ike_keyfile) \
    }
/* Errors: USAGE (a NULL, a set unknown field, store_dir without a good store_key), CERT_INVALID (certificate, key or
 * p12 does not parse, or they do not fit together), DENIED (wrong password), CERT_WEAK, NOMEM, CRYPTO; *why, if why is
 * not NULL, is static text, "" on success. On error trust is not taken over. */
IKE_API int ike_keystore_file(ike_keystore *out, const ike_keyfile *cfg, const char **why);
/* The chain for ike_config.local_certs: at most cap spans, valid until close. Returns how many. */
IKE_API int ike_keystore_file_certs(const ike_keystore *ks, ike_span *certs, size_t cap);
/* Our private key for TLS inside EAP (ike_eap_config.key): an mbedtls_pk_context, valid until close; NULL: none. */
IKE_API void *ike_keystore_file_pk(const ike_keystore *ks);
/* The identity to use when the user named none: the subject of our certificate, as "dnhex:…" for
 * ike_config.local_id. Returns its length, 0 if there is no certificate, or NOSPACE. */
IKE_API int ike_keystore_file_id(const ike_keystore *ks, char *out, size_t cap);

#ifdef __cplusplus
}
#endif
#endif
