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
    uint32_t abi;
    /* 0.2: kinds of asks that take long, a bit each: 1u << IKE_ASK_SIGN. A driver calls answer for those on another
     * thread, maybe for several asks at once; whoever has hung there holds up nobody else. Their answers come from
     * answer alone, never later. 0: none. */
    uint32_t slow;
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
IKE_API void ike_trust_free(ike_trust *t);  /* NULL is fine */
/* Adds trust anchors: PEM (one or more) or DER. A certificate that is no CA is trusted as such, for
 * exactly that peer. Errors: CERT_INVALID, LIMIT (1024 in all), NOMEM. */
IKE_API int ike_trust_add(ike_trust *t, ike_span pem_or_der);
/* The system's CAs. Errors: LOCAL_IO (there is no file of them that can be read). */
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
/* Of the last verdict, if that was 0: what it does not know, and was not told to insist on (strict): "whether CN=… is
 * revoked"; "" if nothing. For IKE_VERIFIED_IN_PART; ike_keystore_file says it by itself. Lives until the next verdict. */
IKE_API const char *ike_trust_unchecked(const ike_trust *t);
/* SHA-1 hashes of the anchors' public keys, for ike_config.certreq: octets written, or NOSPACE. At
 * most 20 anchors are named. */
IKE_API int ike_trust_certreq(const ike_trust *t, uint8_t *out, size_t cap);

/* What is strong enough: the keys of all certificates, the hashes of all signatures but the anchor's own on itself. */
#define IKE_CURVE_P256    1u
#define IKE_CURVE_P384    2u
#define IKE_CURVE_P521    4u
#define IKE_CURVE_ED25519 8u /* 0.4; with ike_trust_options.crypto */
#define IKE_CURVE_ED448   16u
#define IKE_HASH_SHA1     1u
#define IKE_HASH_SHA256   2u
#define IKE_HASH_SHA384   4u
#define IKE_HASH_SHA512   8u
typedef struct ike_trust_policy {
    size_t size;           /* sizeof(ike_trust_policy) */
    const char *name;      /* for people */
    uint32_t rsa_bits_min; /* 0: no RSA */
    uint32_t curves;       /* IKE_CURVE_*; 0: no ECDSA */
    uint32_t hashes;       /* IKE_HASH_* */
    uint32_t zero;
} ike_trust_policy;
/* The row that goes with a named policy (enum ike_policy), static; NULL: no such policy. CNSA: RFC 8603. */
IKE_API const ike_trust_policy *ike_trust_policy_of(uint32_t policy);
/* Is a certificate (DER) strong enough, its key and the hash of its signature? Is the key of any anchor, so that there can
 * be a way at all? 0, CERT_WEAK, or CERT_INVALID, NOMEM. crypto: whose EdDSA; NULL: nobody's. */
IKE_API int ike_trust_policy_cert(const ike_trust_policy *policy, ike_span cert, const ike_crypto *crypto);
IKE_API int ike_trust_policy_anchors(const ike_trust_policy *policy, const ike_trust *t);

typedef struct ike_trust_options {
    size_t size; /* set by IKE_TRUST_OPTIONS_INIT */
    /* Copied; its name is borrowed. NULL: IKE_POLICY_DEFAULT's: RSA from 2048 bits, P-256 to P-521, SHA-2. */
    const ike_trust_policy *policy;
    int64_t now_s; /* seconds since 1970, for hosts and tests with a clock of their own; 0: the system's */
    uint32_t wildcards; /* 1: "*.example.org" in a certificate takes a host (RFC 6125 6.4.3); never an IDr */
    uint32_t crl, ocsp; /* 1: look for revocation there; both: either may clear, either may revoke */
    uint32_t strict;    /* 1: a certificate whose status is not known is refused (CERT_STATUS) */
    uint32_t fetch;     /* 1: the host fetches (ike_trust_wanted), and verdicts may be PENDING */
    uint32_t zero;
    /* 0.4: whose EdDSA (RFC 8420), and whose ECDSA and RSA in place of mbedTLS'; borrowed; NULL: none. To be set before
     * ike_trust_add, which reads keys. */
    const ike_crypto *crypto;
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

/* ---- a private key that stays where it is: in a token, a TPM, an enclave ----------------------- */
#define IKE_SIGNER_ABI 1u

typedef struct ike_signer {
    uint32_t abi;
    /* 1: sign may take long; then it is called on any thread, and for several signatures at once */
    uint32_t slow;
    void *self;
    uint64_t sigs;  /* the schemes it can do: IKE_SIG_BIT(…) */
    ike_span certs; /* the chain beside the key, DER, leaf first, one after the other; may be empty */
    ike_span pub;   /* modulus, or point 04 X Y: to find the key's certificate; empty: not known */
    /* Signs a hash made with the function that sig names: *n octets at out, ECDSA as DER. Returns 0 or: DENIED (PIN
     * refused or wrong), LOCAL_IO (the token is gone), NOSPACE, UNSUPPORTED, CRYPTO. */
    int (*sign)(void *self, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n);
    void (*close)(void *self); /* wipes and frees self, and with it certs and pub; may be NULL */
} ike_signer;

typedef struct ike_signer_config {
    size_t size; /* set by IKE_SIGNER_CONFIG_INIT */
    /* Copied. PKCS#11: "pkcs11:token=…" (RFC 7512). TPM: "tpm2:0x81000001", "tpm2:file:PATH". */
    const char *uri;
    /* The PIN, or the authorization value of a key in a TPM. what: whose, for a person to read; valid during the
     * call. Writes at most cap octets to out, which is wiped after use, and returns how many; < 0: refused. Called by
     * open, by sign too where a login was lost or counts once only; may wait. NULL: there is none. */
    int (*secret)(void *user, const char *what, char *out, size_t cap);
    /* Why sign has failed, a line for a person; on sign's thread; may be NULL. */
    void (*tell)(void *user, const char *text);
    void *user;
    const char *tcti; /* TPM: how tpm2-tss is to reach it ("device:/dev/tpmrm0"); NULL: its default */
} ike_signer_config;
#define IKE_SIGNER_CONFIG_INIT            \
    {                                     \
        .size = sizeof(ike_signer_config) \
    }

/* The key behind the URI in the modules that p11-kit knows (libike-pkcs11), in a TPM 2.0 (libike-tpm2). They look for
 * it and log in at once, so that what is wrong is known before a gateway is asked: that may take long. No PIN is
 * kept: after a token was pulled out, sign asks again; a TPM wants the value with every signature, there it lies in
 * memory until close. Errors: USAGE, CONFIG (the URI), LOCAL_IO (no module, token, TPM, key), DENIED (PIN),
 * UNSUPPORTED (a kind of key), NOMEM; *why, if why is not NULL, is static text, "" on success. */
IKE_API int ike_signer_pkcs11(ike_signer *out, const ike_signer_config *cfg, const char **why);
IKE_API int ike_signer_tpm2(ike_signer *out, const ike_signer_config *cfg, const char **why);

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
    /* 0.2: in place of key: copied, taken over, closed by close. Without certs its own chain is used. */
    const ike_signer *signer;
    ike_span ppk; /* 0.4: answers IKE_ASK_PPK; copied */
    /* 0.4: whose EdDSA, for keys of that kind, and whose ECDSA and RSA in place of mbedTLS'; borrowed. NULL: keys for EdDSA
     * are CERT_INVALID. */
    const ike_crypto *crypto;
} ike_keyfile;
#define IKE_KEYFILE_INIT            \
    {                               \
        .size = sizeof(ike_keyfile) \
    }
/* Errors: USAGE (a NULL, a set unknown field, store_dir without a good store_key), CERT_INVALID (certificate, key or
 * p12 does not parse, or they do not fit together), DENIED (wrong password), CERT_WEAK, NOMEM, CRYPTO; *why, if why is
 * not NULL, is static text, "" on success. On error trust and signer are not taken over. */
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
