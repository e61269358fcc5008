/* backend/mbedtls_cipher.c - AES-GCM, ChaCha20-Poly1305, AES-CBC and AES-CTR with HMAC. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4106, 5282 (GCM), 7634 (ChaCha20), 3602 (CBC), 3686 (CTR), 4868 (HMAC). Keys are prepared once;
 * nothing is allocated per packet. MACs are checked before anything is decrypted. */
#include "backend/mbedtls_room.h"
#include <mbedtls/aes.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <string.h>

#define NONCE_LEN 12u
#define SALT_LEN  4u

/* ---- AES-GCM ---- */

struct gcm {
    mbedtls_gcm_context gcm;
    uint8_t salt[SALT_LEN];
};

static int gcm_start(struct gcm *c, const uint8_t *key, unsigned bits)
{
    mbedtls_gcm_init(&c->gcm);
    memcpy(c->salt, key + bits / 8, SALT_LEN);
    return mbedtls_gcm_setkey(&c->gcm, MBEDTLS_CIPHER_ID_AES, key, bits) == 0 ? 0 : IKE_E_CRYPTO;
}

static void nonce_of(uint8_t *nonce, const uint8_t *salt, const ike_cipher_op *op)
{
    memcpy(nonce, salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, op->iv, NONCE_LEN - SALT_LEN);
}

static int gcm_seal(struct gcm *c, ike_cipher_op *ops, size_t n, size_t tag_len)
{
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        if (mbedtls_gcm_crypt_and_tag(&c->gcm, MBEDTLS_GCM_ENCRYPT, ops[i].n, nonce, sizeof(nonce),
                                      ops[i].aad, ops[i].aad_n, ops[i].text, ops[i].text, tag_len,
                                      ops[i].tag) != 0)
            return IKE_E_CRYPTO;
        ops[i].err = 0;
    }
    return 0;
}

static int gcm_open(struct gcm *c, ike_cipher_op *ops, size_t n, size_t tag_len)
{
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        ops[i].err =
            mbedtls_gcm_auth_decrypt(&c->gcm, ops[i].n, nonce, sizeof(nonce), ops[i].aad, ops[i].aad_n,
                                     ops[i].tag, tag_len, ops[i].text, ops[i].text) == 0
                ? 0
                : IKE_E_DISCARD;
    }
    return 0;
}

static void gcm_wipe(void *ctx)
{
    struct gcm *c = ctx;

    mbedtls_gcm_free(&c->gcm);
    memset(c, 0, sizeof(*c));
}

#define GCM_SEALER(tag_len)                                                 \
    static int gcm##tag_len##_seal(void *ctx, ike_cipher_op *ops, size_t n) \
    {                                                                       \
        return gcm_seal(ctx, ops, n, tag_len);                              \
    }                                                                       \
    static int gcm##tag_len##_open(void *ctx, ike_cipher_op *ops, size_t n) \
    {                                                                       \
        return gcm_open(ctx, ops, n, tag_len);                              \
    }
GCM_SEALER(16)
GCM_SEALER(12)
GCM_SEALER(8)

#define GCM_INIT(bits)                                                                  \
    static int gcm_init_##bits(void *ctx, const uint8_t *key, const uint8_t *integ_key) \
    {                                                                                   \
        (void)integ_key;                                                                \
        return gcm_start(ctx, key, bits);                                               \
    }
GCM_INIT(128)
GCM_INIT(192)
GCM_INIT(256)

#define GCM(id, bits, tag)                                                            \
    static const ike_cipher_alg gcm_##bits##_##tag = {.encr = id,                     \
                                                      .key_bits = bits,               \
                                                      .key_len = bits / 8,            \
                                                      .salt_len = SALT_LEN,           \
                                                      .iv_len = 8,                    \
                                                      .tag_len = tag,                 \
                                                      .block_len = 1,                 \
                                                      .ctx_size = sizeof(struct gcm), \
                                                      .init = gcm_init_##bits,        \
                                                      .seal = gcm##tag##_seal,        \
                                                      .open = gcm##tag##_open,        \
                                                      .wipe = gcm_wipe};
GCM(20, 256, 16)
GCM(20, 128, 16)
GCM(20, 192, 16)
GCM(19, 256, 12)
GCM(19, 128, 12)
GCM(19, 192, 12)
GCM(18, 256, 8)
GCM(18, 128, 8)
GCM(18, 192, 8)

/* ---- ChaCha20-Poly1305 ---- */

struct chacha {
    mbedtls_chachapoly_context cp;
    uint8_t salt[SALT_LEN];
};

static int chacha_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    struct chacha *c = ctx;

    (void)integ_key;
    mbedtls_chachapoly_init(&c->cp);
    memcpy(c->salt, key + 32, SALT_LEN);
    return mbedtls_chachapoly_setkey(&c->cp, key) == 0 ? 0 : IKE_E_CRYPTO;
}

static int chacha_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct chacha *c = ctx;
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        if (mbedtls_chachapoly_encrypt_and_tag(&c->cp, ops[i].n, nonce, ops[i].aad, ops[i].aad_n, ops[i].text,
                                               ops[i].text, ops[i].tag) != 0)
            return IKE_E_CRYPTO;
        ops[i].err = 0;
    }
    return 0;
}

static int chacha_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct chacha *c = ctx;
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        ops[i].err = mbedtls_chachapoly_auth_decrypt(&c->cp, ops[i].n, nonce, ops[i].aad, ops[i].aad_n,
                                                     ops[i].tag, ops[i].text, ops[i].text) == 0
                         ? 0
                         : IKE_E_DISCARD;
    }
    return 0;
}

static void chacha_wipe(void *ctx)
{
    struct chacha *c = ctx;

    mbedtls_chachapoly_free(&c->cp);
    memset(c, 0, sizeof(*c));
}

static const ike_cipher_alg chacha = {.encr = 28,
                                      .key_len = 32,
                                      .salt_len = SALT_LEN,
                                      .iv_len = 8,
                                      .tag_len = 16,
                                      .block_len = 1,
                                      .ctx_size = sizeof(struct chacha),
                                      .init = chacha_init,
                                      .seal = chacha_seal,
                                      .open = chacha_open,
                                      .wipe = chacha_wipe};

/* ---- AES-CBC and AES-CTR with HMAC ---- */

struct mac_cipher {
    mbedtls_aes_context enc, dec; /* CTR needs only enc */
    mbedtls_md_context_t md;
    uint8_t nonce[SALT_LEN]; /* CTR: RFC 3686 4 */
    uint8_t is_ctr, tag_len, zero[2];
};

static int mac_start(struct mac_cipher *c, const uint8_t *key, unsigned bits, const uint8_t *integ_key,
                     mbedtls_md_type_t type, size_t integ_len, size_t tag_len, int is_ctr)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(type);

    mbedtls_aes_init(&c->enc);
    mbedtls_aes_init(&c->dec);
    mbedtls_md_init(&c->md);
    c->is_ctr = is_ctr != 0;
    c->tag_len = (uint8_t)tag_len;
    if (is_ctr)
        memcpy(c->nonce, key + bits / 8, SALT_LEN);
    if (!info || mbedtls_aes_setkey_enc(&c->enc, key, bits) != 0 ||
        mbedtls_aes_setkey_dec(&c->dec, key, bits) != 0 || mbedtls_md_setup(&c->md, info, 1) != 0 ||
        mbedtls_md_hmac_starts(&c->md, integ_key, integ_len) != 0)
        return IKE_E_CRYPTO;
    return 0;
}

static int mac(struct mac_cipher *c, const ike_cipher_op *op, size_t iv_len, uint8_t *out)
{
    if (mbedtls_md_hmac_reset(&c->md) != 0 || mbedtls_md_hmac_update(&c->md, op->aad, op->aad_n) != 0 ||
        mbedtls_md_hmac_update(&c->md, op->iv, iv_len) != 0 ||
        mbedtls_md_hmac_update(&c->md, op->text, op->n) != 0 ||
        (op->tail_n > 0 && mbedtls_md_hmac_update(&c->md, op->tail, op->tail_n) != 0) ||
        mbedtls_md_hmac_finish(&c->md, out) != 0)
        return IKE_E_CRYPTO;
    return 0;
}

static int crypt_ctr(struct mac_cipher *c, ike_cipher_op *op)
{
    uint8_t counter[16], stream[16];
    size_t at = 0;

    memcpy(counter, c->nonce, SALT_LEN);
    memcpy(counter + SALT_LEN, op->iv, 8);
    memset(counter + 12, 0, 3);
    counter[15] = 1; /* RFC 3686 4: the block counter begins with one */
    return mbedtls_aes_crypt_ctr(&c->enc, op->n, &at, counter, stream, op->text, op->text) == 0
               ? 0
               : IKE_E_CRYPTO;
}

static int crypt(struct mac_cipher *c, ike_cipher_op *op, int seal)
{
    uint8_t iv[16];

    if (c->is_ctr)
        return crypt_ctr(c, op);
    memcpy(iv, op->iv, sizeof(iv));
    return mbedtls_aes_crypt_cbc(seal ? &c->enc : &c->dec, seal ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT,
                                 op->n, iv, op->text, op->text) == 0
               ? 0
               : IKE_E_CRYPTO;
}

static int mac_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac_cipher *c = ctx;
    uint8_t out[64];

    for (size_t i = 0; i < n; i++) {
        if (crypt(c, &ops[i], 1) < 0 || mac(c, &ops[i], c->is_ctr ? 8 : 16, out) < 0)
            return IKE_E_CRYPTO;
        memcpy(ops[i].tag, out, c->tag_len);
        ops[i].err = 0;
    }
    return 0;
}

static int mac_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac_cipher *c = ctx;
    uint8_t out[64];

    for (size_t i = 0; i < n; i++) {
        if (mac(c, &ops[i], c->is_ctr ? 8 : 16, out) < 0)
            return IKE_E_CRYPTO;
        ops[i].err = mbedtls_ct_memcmp(out, ops[i].tag, c->tag_len) == 0 ? 0 : IKE_E_DISCARD;
        if (ops[i].err == 0 && crypt(c, &ops[i], 0) < 0)
            return IKE_E_CRYPTO;
    }
    return 0;
}

static void mac_wipe(void *ctx)
{
    struct mac_cipher *c = ctx;

    mbedtls_aes_free(&c->enc);
    mbedtls_aes_free(&c->dec);
    mbedtls_md_free(&c->md);
    memset(c, 0, sizeof(*c));
}

#define MAC_CIPHER(kind, id, bits, is_ctr_, hash, integ_id, key_n, tag_n)                          \
    static int kind##bits##_##hash##_init(void *ctx, const uint8_t *key, const uint8_t *integ_key) \
    {                                                                                              \
        return mac_start(ctx, key, bits, integ_key, MBEDTLS_MD_##hash, key_n, tag_n, is_ctr_);     \
    }                                                                                              \
    static const ike_cipher_alg kind##bits##_##hash = {.encr = id,                                 \
                                                       .key_bits = bits,                           \
                                                       .integ = integ_id,                          \
                                                       .key_len = bits / 8,                        \
                                                       .salt_len = (is_ctr_) ? SALT_LEN : 0,       \
                                                       .integ_key_len = key_n,                     \
                                                       .iv_len = (is_ctr_) ? 8 : 16,               \
                                                       .tag_len = tag_n,                           \
                                                       .block_len = (is_ctr_) ? 1 : 16,            \
                                                       .iv_random = !(is_ctr_),                    \
                                                       .ctx_size = sizeof(struct mac_cipher),      \
                                                       .init = kind##bits##_##hash##_init,         \
                                                       .seal = mac_seal,                           \
                                                       .open = mac_open,                           \
                                                       .wipe = mac_wipe};
/* RFC 4868 2.1.1: keys as long as the hash, ICVs half of it; RFC 2404 for SHA-1. */
#define ALL_HASHES(kind, id, bits, is_ctr_)                 \
    MAC_CIPHER(kind, id, bits, is_ctr_, SHA256, 12, 32, 16) \
    MAC_CIPHER(kind, id, bits, is_ctr_, SHA384, 13, 48, 24) \
    MAC_CIPHER(kind, id, bits, is_ctr_, SHA512, 14, 64, 32) \
    MAC_CIPHER(kind, id, bits, is_ctr_, SHA1, 2, 20, 12)
ALL_HASHES(cbc, 12, 256, 0)
ALL_HASHES(cbc, 12, 128, 0)
ALL_HASHES(cbc, 12, 192, 0)
ALL_HASHES(ctr, 13, 256, 1)
ALL_HASHES(ctr, 13, 128, 1)
ALL_HASHES(ctr, 13, 192, 1)

#define HASHES_OF(kind) &kind##_SHA256, &kind##_SHA384, &kind##_SHA512, &kind##_SHA1
const ike_cipher_alg *const ike__mbedtls_ciphers[] = {&gcm_256_16,
                                                      &gcm_128_16,
                                                      &gcm_192_16,
                                                      &chacha,
                                                      &gcm_256_12,
                                                      &gcm_128_12,
                                                      &gcm_192_12,
                                                      &gcm_256_8,
                                                      &gcm_128_8,
                                                      &gcm_192_8,
                                                      HASHES_OF(cbc256),
                                                      HASHES_OF(cbc128),
                                                      HASHES_OF(cbc192),
                                                      HASHES_OF(ctr256),
                                                      HASHES_OF(ctr128),
                                                      HASHES_OF(ctr192),
                                                      NULL};
