/* backend/openssl_room.h - what the files of the OpenSSL backend share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_BACKEND_OPENSSL_ROOM_H
#define IKE_BACKEND_OPENSSL_ROOM_H

#include <ike/ike.h>
#include <openssl/evp.h>

extern const ike_prf_alg *const ike__openssl_prfs[];
extern const ike_cipher_alg *const ike__openssl_ciphers[];
extern const ike_kex_alg *const ike__openssl_kexes[];

/* HMAC (RFC 2104). Not EVP_MAC: that one copies digest contexts, which costs it three allocations a message. */
struct openssl_hmac {
    EVP_MD_CTX *md;
    uint8_t inner[128], outer[128]; /* the key with ipad and with opad: a block each */
    size_t block;
};
/* Sets the key, any length; then start, update, final, as often as there are messages. 0 or IKE_E_CRYPTO. */
int ike__openssl_hmac_init(struct openssl_hmac *h, const char *hash, const uint8_t *key, size_t n);
int ike__openssl_hmac_start(struct openssl_hmac *h);
int ike__openssl_hmac_update(struct openssl_hmac *h, const uint8_t *p, size_t n);
int ike__openssl_hmac_final(struct openssl_hmac *h, uint8_t *out);
void ike__openssl_hmac_wipe(struct openssl_hmac *h);

#endif
