/* backend/openssl_room.h - what the files of the OpenSSL backend share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_BACKEND_OPENSSL_ROOM_H
#define IKE_BACKEND_OPENSSL_ROOM_H

/* The SHA functions: see openssl_hmac.c. */
#ifndef OPENSSL_SUPPRESS_DEPRECATED
#define OPENSSL_SUPPRESS_DEPRECATED
#endif
#include <ike/ike.h>
#include <ike/keystore.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

extern const ike_prf_alg *const ike__openssl_prfs[];
extern const ike_cipher_alg *const ike__openssl_ciphers[];
extern const ike_kex_alg *const ike__openssl_kexes[];
extern const ike_eddsa_alg *const ike__openssl_eddsas[];
extern const ike_pk_alg ike__openssl_pk;

/* The key behind the certificate that ctx already has: UNSUPPORTED (neither RSA nor EC), CRYPTO. */
struct ssl_ctx_st;
int ike__openssl_use_signer(struct ssl_ctx_st *ctx, const ike_signer *s);

/* An AEAD for packets: a nonce for each, the key once. NULL: no such cipher, or no memory. Errors: CRYPTO. */
struct openssl_aead;
struct openssl_aead *ike__openssl_aead_new(const char *name, const uint8_t *key, size_t key_len,
                                           size_t tag_len);
void ike__openssl_aead_free(struct openssl_aead *c); /* NULL is fine */
int ike__openssl_aead_seal(struct openssl_aead *c, const uint8_t *nonce, size_t nonce_n, ike_cipher_op *op);
int ike__openssl_aead_open(struct openssl_aead *c, const uint8_t *nonce, size_t nonce_n, ike_cipher_op *op);

/* HMAC for packets: init once, then start, update, final for each. */
union openssl_sha {
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
};
struct openssl_hmac {
    const struct openssl_hash *hash;
    union openssl_sha inner, outer; /* the key with ipad and with opad, hashed */
    union openssl_sha now;
};
struct openssl_hash {
    size_t block, out_len;
    void (*init)(union openssl_sha *s);
    void (*update)(union openssl_sha *s, const uint8_t *p, size_t n);
    void (*final)(union openssl_sha *s, uint8_t *out);
};
extern const struct openssl_hash ike__openssl_sha1, ike__openssl_sha256, ike__openssl_sha384,
    ike__openssl_sha512;

/* key: as long as the hash, as INTEG algorithms have it, so never longer than a block. */
void ike__openssl_hmac_init(struct openssl_hmac *h, const struct openssl_hash *hash, const uint8_t *key);
void ike__openssl_hmac_start(struct openssl_hmac *h);
void ike__openssl_hmac_update(struct openssl_hmac *h, const uint8_t *p, size_t n);
void ike__openssl_hmac_final(struct openssl_hmac *h, uint8_t *out); /* hash->out_len octets */

#endif
