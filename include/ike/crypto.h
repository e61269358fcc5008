/* ike/crypto.h - what a crypto backend provides. SPDX-License-Identifier: Apache-2.0
 *
 * A backend is one const struct ike_crypto: lists of const descriptors, best first, each numbered
 * by its IANA IKEv2 transform id. The core allocates ctx_size octets (aligned for any type, zeroed),
 * calls init or begin, uses the context, calls wipe, and releases the memory. Nothing is global:
 * two contexts never meet, and a table may be used by many threads at once.
 *
 * All functions return 0 or a negative IKE_E_* (IKE_E_CRYPTO when nothing else fits). A function
 * that fails leaves its context safe to wipe. docs/PORTING.md walks through a backend of your own. */
#ifndef IKE_CRYPTO_H
#define IKE_CRYPTO_H

#include <ike/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKE_CRYPTO_ABI 2u /* 1: without eddsa and pk; still taken */

typedef struct ike_crypto ike_crypto;

/* Pseudo-random function (transform type 2). HMAC family: the preferred key length is out_len. */
typedef struct ike_prf_alg {
    uint16_t id;      /* IANA: 2 HMAC-SHA1, 5 SHA2-256, 6 SHA2-384, 7 SHA2-512 */
    uint16_t out_len; /* octets */
    uint32_t zero;
    size_t ctx_size;
    int (*init)(void *ctx, const uint8_t *key, size_t n); /* any key length, 0 too */
    int (*update)(void *ctx, const uint8_t *p, size_t n);
    int (*final)(void *ctx, uint8_t *out); /* writes out_len octets; then init again or wipe */
    void (*wipe)(void *ctx);
} ike_prf_alg;

/* One packet for a cipher. Text is changed in place.
 * AEAD:        aad is authenticated; tail is unused (its octets are inside aad).
 * CBC/CTR+MAC: the MAC covers aad | iv | ciphertext | tail, in this order (encrypt, then MAC). */
typedef struct ike_cipher_op {
    const uint8_t *iv; /* iv_len octets, chosen by the core */
    const uint8_t *aad;
    size_t aad_n;
    uint8_t *text; /* n octets, a multiple of block_len */
    size_t n;
    uint8_t *tag;    /* tag_len octets: written by seal, compared by open */
    uint8_t tail[4]; /* high half of an extended sequence number (RFC 4303 2.2.1) */
    uint32_t tail_n; /* 0 or 4 */
    int32_t err;     /* written by open: 0 or IKE_E_DISCARD */
    uint32_t zero;
} ike_cipher_op;

/* Cipher with integrity (transform types 1 and 3): an AEAD, or cipher and MAC presented as one.
 * open compares tags in constant time before anything is decrypted or used, and reports per packet
 * in err; text of a packet that failed is undefined. Both work through all n packets; their return
 * value is 0 unless the backend itself failed. */
typedef struct ike_cipher_alg {
    uint16_t encr;         /* IANA ENCR: 12 AES-CBC, 13 AES-CTR, 18..20 AES-GCM-8/12/16, 28 ChaCha20 */
    uint16_t key_bits;     /* Key Length attribute; 0 where the cipher has one length only */
    uint16_t integ;        /* IANA INTEG: 0 for an AEAD */
    uint8_t key_len;       /* octets of cipher key in KEYMAT, without salt */
    uint8_t salt_len;      /* octets of salt that follow the key in KEYMAT */
    uint8_t integ_key_len; /* octets of MAC key; 0 for an AEAD */
    uint8_t iv_len;        /* octets of IV in each packet */
    uint8_t tag_len;       /* octets of ICV */
    uint8_t block_len;     /* text is a multiple of this; 1 for AEAD and CTR */
    uint8_t iv_random;     /* 1: IVs must be unpredictable (CBC); 0: a counter will do */
    uint8_t zero[3];
    size_t ctx_size;
    int (*init)(void *ctx, const uint8_t *key_and_salt, const uint8_t *integ_key);
    int (*seal)(void *ctx, ike_cipher_op *ops, size_t n);
    int (*open)(void *ctx, ike_cipher_op *ops, size_t n);
    void (*wipe)(void *ctx);
} ike_cipher_alg;

/* Key exchange (transform type 4). Lengths are exact, in octets, as on the wire (RFC 7296 3.4, RFC
 * 5903, RFC 8031); secret_len is the length of g^ir. finish must refuse, with IKE_E_DISCARD, a reply of
 * another length, values 0, 1, p-1 and above (RFC 6989 2.1), points off the curve (2.3), and an
 * all-zero secret (RFC 8031 3.2). It may be called again with another reply. */
typedef struct ike_kex_alg {
    uint16_t id; /* IANA KE: 14..16 MODP, 19..21 ECP, 31 Curve25519, 32 Curve448 */
    uint16_t public_len, reply_len, secret_len;
    size_t ctx_size;
    int (*begin)(void *ctx, const ike_crypto *c, uint8_t *public_out);
    int (*finish)(void *ctx, ike_span reply, uint8_t *secret_out);
    void (*wipe)(void *ctx);
} ike_kex_alg;

/* Signatures of octets as they are, without a hash in front (RFC 8032; RFC 8420 in IKE). Private and public key have the
 * same length. verify: 0: it is one; AUTH; CRYPTO. May be called by many threads at once. */
typedef struct ike_eddsa_alg {
    uint32_t sig; /* enum ike_sig: 11 Ed25519, 12 Ed448 */
    uint16_t key_len, sig_len;
    int (*derive)(const uint8_t *key, uint8_t *public_out);
    int (*sign)(const uint8_t *key, ike_span octets, uint8_t *sig_out);
    int (*verify)(const uint8_t *public_key, ike_span octets, ike_span sig);
} ike_eddsa_alg;

/* ECDSA and RSA in place of the library's that reads the keys (libike-mbedtls does both, and goes on where this says
 * UNSUPPORTED). Keys are DER; signatures of ECDSA too; sig: enum ike_sig. Any thread, many at once. */
typedef struct ike_pk_alg {
    /* spki: SubjectPublicKeyInfo. 0: proof is a signature over octets; AUTH; UNSUPPORTED (this key, this scheme); CRYPTO. */
    int (*verify)(ike_span spki, uint32_t sig, ike_span octets, ike_span proof);
    /* key: PKCS#1 or SEC1. Errors: UNSUPPORTED. close wipes it. */
    int (*open)(void **out, ike_span key);
    /* *n octets at out. Errors: UNSUPPORTED, NOSPACE, CRYPTO. */
    int (*sign)(void *key, uint32_t sig, ike_span octets, uint8_t *out, size_t cap, size_t *n);
    void (*close)(void *key);
} ike_pk_alg;

struct ike_crypto {
    uint32_t abi; /* IKE_CRYPTO_ABI */
    uint32_t zero;
    const char *name; /* "mbedtls 3.6.2" */
    void *self;       /* handed back to random */
    int (*random)(void *self, uint8_t *out, size_t n);
    int (*sha1)(ike_span a, ike_span b, uint8_t out[20]); /* SHA-1(a | b): NAT detection only */
    const ike_prf_alg *const *prf;                        /* NULL-terminated, best first */
    const ike_cipher_alg *const *cipher;
    const ike_kex_alg *const *kex;
    const ike_eddsa_alg *const *eddsa; /* since ABI 2; NULL: none */
    const ike_pk_alg *pk;              /* since ABI 2; NULL: none */
};

/* The default backend (libike-mbedtls; mbedTLS 2.28 and 3.6). The table lives as long as the process. */
IKE_API const ike_crypto *ike_crypto_mbedtls(void);
/* Another (libike-openssl; OpenSSL 3), with the same algorithms and the same octets. */
IKE_API const ike_crypto *ike_crypto_openssl(void);
/* Ciphers of ESP only, for ike_env.bulk (libike-ipsecmb; ipsec-mb 1.3): AES-GCM and ChaCha20-Poly1305 with ICVs of 16
 * octets, AES-CBC with HMAC-SHA2-256. NULL: this processor has not the instructions for it. */
IKE_API const ike_crypto *ike_crypto_ipsecmb(void);

#ifdef __cplusplus
}
#endif
#endif
