/* backend/ciphers.h - the descriptors of all ciphers, for a backend that has them all. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4106, 5282 (GCM), 7634 (ChaCha20), 3602 (CBC), 3686 (CTR), 4868 (HMAC). CIPHERS stands at the end of a backend's
 * file, behind what does the work, whose names begin with a word of the backend's (of): struct of, of_seal, of_open,
 * of_wipe, as ike_cipher_alg has them, and
 *
 *   int of_start(struct of *c, const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key);
 *
 * alg, which lasts, says which of the ciphers it is to be. */
#ifndef IKE_BACKEND_CIPHERS_H
#define IKE_BACKEND_CIPHERS_H

#include <ike/crypto.h>
#include <string.h>

#define NONCE_LEN 12u
#define SALT_LEN  4u
enum { AES_CBC = 12, AES_CTR = 13, CHACHA20_POLY1305 = 28 };
enum { HMAC_SHA1 = 2, HMAC_SHA256 = 12, HMAC_SHA384 = 13, HMAC_SHA512 = 14 };

/* Of an AEAD; of CTR all but the block counter. */
static inline void nonce_of(uint8_t *nonce, const uint8_t *salt, const ike_cipher_op *op)
{
    memcpy(nonce, salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, op->iv, NONCE_LEN - SALT_LEN);
}

#define CIPHER(name, of, ...)                                                       \
    static const ike_cipher_alg name;                                               \
    static int name##_init(void *ctx, const uint8_t *key, const uint8_t *integ_key) \
    {                                                                               \
        return of##_start(ctx, &name, key, integ_key);                              \
    }                                                                               \
    static const ike_cipher_alg name = {                                            \
        __VA_ARGS__,         .ctx_size = sizeof(struct of),                         \
        .init = name##_init, .seal = of##_seal,                                     \
        .open = of##_open,   .wipe = of##_wipe,                                     \
    };

#define AEAD(name, of, id, bits, key_n, tag_n)                                                          \
    CIPHER(name, of, .encr = id, .key_bits = bits, .key_len = key_n, .salt_len = SALT_LEN, .iv_len = 8, \
           .tag_len = tag_n, .block_len = 1)
#define GCM(of, id, tag_n)                       \
    AEAD(gcm256_##tag_n, of, id, 256, 32, tag_n) \
    AEAD(gcm192_##tag_n, of, id, 192, 24, tag_n) \
    AEAD(gcm128_##tag_n, of, id, 128, 16, tag_n)

#define CBC(name, of, bits, integ_id, integ_n, tag_n)                                           \
    CIPHER(name, of, .encr = AES_CBC, .key_bits = bits, .key_len = bits / 8, .integ = integ_id, \
           .integ_key_len = integ_n, .iv_len = 16, .tag_len = tag_n, .block_len = 16, .iv_random = 1)
#define CTR(name, of, bits, integ_id, integ_n, tag_n)                                              \
    CIPHER(name, of, .encr = AES_CTR, .key_bits = bits, .key_len = bits / 8, .salt_len = SALT_LEN, \
           .integ = integ_id, .integ_key_len = integ_n, .iv_len = 8, .tag_len = tag_n, .block_len = 1)
/* RFC 4868 2.1.1: keys as long as the hash, ICVs half of it; RFC 2404 for SHA-1. */
#define HASHES(KIND, kind, of, bits)                         \
    KIND(kind##bits##_sha256, of, bits, HMAC_SHA256, 32, 16) \
    KIND(kind##bits##_sha384, of, bits, HMAC_SHA384, 48, 24) \
    KIND(kind##bits##_sha512, of, bits, HMAC_SHA512, 64, 32) \
    KIND(kind##bits##_sha1, of, bits, HMAC_SHA1, 20, 12)

#define HASHES_OF(kind) &kind##_sha256, &kind##_sha384, &kind##_sha512, &kind##_sha1

/* All of them, and a list of them, best first. */
#define CIPHERS(list, gcm, chacha, mac)                      \
    GCM(gcm, 20, 16)                                         \
    GCM(gcm, 19, 12)                                         \
    GCM(gcm, 18, 8)                                          \
    AEAD(chacha_16, chacha, CHACHA20_POLY1305, 0, 32, 16)    \
    HASHES(CBC, cbc, mac, 256)                               \
    HASHES(CBC, cbc, mac, 192)                               \
    HASHES(CBC, cbc, mac, 128)                               \
    HASHES(CTR, ctr, mac, 256)                               \
    HASHES(CTR, ctr, mac, 192)                               \
    HASHES(CTR, ctr, mac, 128)                               \
    const ike_cipher_alg *const list[] = {&gcm256_16,        \
                                          &gcm128_16,        \
                                          &gcm192_16,        \
                                          &chacha_16,        \
                                          &gcm256_12,        \
                                          &gcm128_12,        \
                                          &gcm192_12,        \
                                          &gcm256_8,         \
                                          &gcm128_8,         \
                                          &gcm192_8,         \
                                          HASHES_OF(cbc256), \
                                          HASHES_OF(cbc128), \
                                          HASHES_OF(cbc192), \
                                          HASHES_OF(ctr256), \
                                          HASHES_OF(ctr128), \
                                          HASHES_OF(ctr192), \
                                          NULL};

#endif
