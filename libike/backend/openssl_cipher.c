/* backend/openssl_cipher.c - AES-GCM, ChaCha20-Poly1305, AES-CBC and AES-CTR with HMAC. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4106, 5282 (GCM), 7634 (ChaCha20), 3602 (CBC), 3686 (CTR), 4868 (HMAC). Ciphers are fetched and keys prepared
 * once; nothing is allocated per packet. A MAC is checked before anything is decrypted; an AEAD decrypts as it goes,
 * so what was not authentic is cleared. */
#include "backend/openssl_room.h"
#include <limits.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <string.h>

#define NONCE_LEN 12u
#define SALT_LEN  4u

/* A context with the key set; NULL: no such cipher, or no memory. */
static EVP_CIPHER_CTX *cipher_new(const char *name, const uint8_t *key, int seal)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *evp = EVP_CIPHER_CTX_new();

    if (!cipher || !evp || !EVP_CipherInit_ex2(evp, cipher, key, NULL, seal, NULL)) {
        EVP_CIPHER_CTX_free(evp);
        evp = NULL;
    }
    EVP_CIPHER_free(cipher); /* the context holds it */
    return evp;
}

static int fits(const ike_cipher_op *op)
{
    return op->n <= INT_MAX && op->aad_n <= INT_MAX; /* EVP counts in int */
}

/* ---- AEAD: AES-GCM, ChaCha20-Poly1305 ---- */

struct aead {
    EVP_CIPHER_CTX *evp; /* both directions have the same key schedule */
    uint8_t salt[SALT_LEN];
    uint8_t zero[4];
};

static int aead_start(struct aead *c, const char *name, const uint8_t *key, size_t key_len)
{
    memcpy(c->salt, key + key_len, SALT_LEN);
    c->evp = cipher_new(name, key, 1);
    return c->evp ? 0 : IKE_E_CRYPTO;
}

/* The nonce, the tag to compare with (open), the AAD, the text. */
static int aead_crypt(struct aead *c, ike_cipher_op *op, int seal, const OSSL_PARAM *tag)
{
    uint8_t nonce[NONCE_LEN];
    int n;

    memcpy(nonce, c->salt, SALT_LEN);
    memcpy(nonce + SALT_LEN, op->iv, NONCE_LEN - SALT_LEN);
    return fits(op) && EVP_CipherInit_ex2(c->evp, NULL, NULL, nonce, seal, tag) &&
           EVP_CipherUpdate(c->evp, NULL, &n, op->aad, (int)op->aad_n) &&
           EVP_CipherUpdate(c->evp, op->text, &n, op->text, (int)op->n);
}

static int aead_seal(struct aead *c, ike_cipher_op *ops, size_t n, size_t tag_len)
{
    for (size_t i = 0; i < n; i++) {
        OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, ops[i].tag, tag_len),
                            OSSL_PARAM_END};
        int none;
        if (!aead_crypt(c, &ops[i], 1, NULL) || !EVP_CipherFinal_ex(c->evp, ops[i].text, &none) ||
            !EVP_CIPHER_CTX_get_params(c->evp, tag))
            return IKE_E_CRYPTO;
        ops[i].err = 0;
    }
    return 0;
}

static int aead_open(struct aead *c, ike_cipher_op *ops, size_t n, size_t tag_len)
{
    for (size_t i = 0; i < n; i++) {
        const OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, ops[i].tag, tag_len),
                                  OSSL_PARAM_END};
        int none;
        if (!aead_crypt(c, &ops[i], 0, tag))
            return IKE_E_CRYPTO;
        ops[i].err = EVP_CipherFinal_ex(c->evp, ops[i].text, &none) ? 0 : IKE_E_DISCARD;
        if (ops[i].err < 0)
            OPENSSL_cleanse(ops[i].text, ops[i].n);
    }
    return 0;
}

static void aead_wipe(void *ctx)
{
    struct aead *c = ctx;

    EVP_CIPHER_CTX_free(c->evp);
    OPENSSL_cleanse(c, sizeof(*c));
}

#define TAG(len)                                                         \
    static int aead##len##_seal(void *ctx, ike_cipher_op *ops, size_t n) \
    {                                                                    \
        return aead_seal(ctx, ops, n, len);                              \
    }                                                                    \
    static int aead##len##_open(void *ctx, ike_cipher_op *ops, size_t n) \
    {                                                                    \
        return aead_open(ctx, ops, n, len);                              \
    }
TAG(16)
TAG(12)
TAG(8)

#define KEY(which, name, octets)                                                     \
    static int which##_init(void *ctx, const uint8_t *key, const uint8_t *integ_key) \
    {                                                                                \
        (void)integ_key;                                                             \
        return aead_start(ctx, name, key, octets);                                   \
    }
KEY(gcm128, "AES-128-GCM", 16)
KEY(gcm192, "AES-192-GCM", 24)
KEY(gcm256, "AES-256-GCM", 32)
KEY(chacha, "ChaCha20-Poly1305", 32)

#define AEAD(which, id, bits, octets, tag)                                        \
    static const ike_cipher_alg which##_##tag = {.encr = id,                      \
                                                 .key_bits = bits,                \
                                                 .key_len = octets,               \
                                                 .salt_len = SALT_LEN,            \
                                                 .iv_len = 8,                     \
                                                 .tag_len = tag,                  \
                                                 .block_len = 1,                  \
                                                 .ctx_size = sizeof(struct aead), \
                                                 .init = which##_init,            \
                                                 .seal = aead##tag##_seal,        \
                                                 .open = aead##tag##_open,        \
                                                 .wipe = aead_wipe};
AEAD(gcm256, 20, 256, 32, 16)
AEAD(gcm128, 20, 128, 16, 16)
AEAD(gcm192, 20, 192, 24, 16)
AEAD(gcm256, 19, 256, 32, 12)
AEAD(gcm128, 19, 128, 16, 12)
AEAD(gcm192, 19, 192, 24, 12)
AEAD(gcm256, 18, 256, 32, 8)
AEAD(gcm128, 18, 128, 16, 8)
AEAD(gcm192, 18, 192, 24, 8)
AEAD(chacha, 28, 0, 32, 16)

/* ---- AES-CBC and AES-CTR with HMAC ---- */

struct mac_cipher {
    EVP_CIPHER_CTX *enc, *dec; /* CTR needs only enc */
    struct openssl_hmac hmac;
    uint8_t nonce[SALT_LEN]; /* CTR: RFC 3686 4 */
    uint8_t is_ctr, tag_len, zero[2];
};

static int mac_start(struct mac_cipher *c, const char *name, const uint8_t *key, size_t key_len, int is_ctr,
                     const struct openssl_hash *hash, const uint8_t *integ_key, size_t tag_len)
{
    c->is_ctr = is_ctr != 0;
    c->tag_len = (uint8_t)tag_len;
    if (is_ctr)
        memcpy(c->nonce, key + key_len, SALT_LEN);
    ike__openssl_hmac_init(&c->hmac, hash, integ_key);
    c->enc = cipher_new(name, key, 1);
    c->dec = is_ctr ? NULL : cipher_new(name, key, 0);
    if (!c->enc || (!is_ctr && !c->dec))
        return IKE_E_CRYPTO;
    /* encryption holds nothing back before Final, which is never called; decryption would, the last block */
    return is_ctr || EVP_CIPHER_CTX_set_padding(c->dec, 0) ? 0 : IKE_E_CRYPTO;
}

static void mac(struct mac_cipher *c, const ike_cipher_op *op, uint8_t *out)
{
    ike__openssl_hmac_start(&c->hmac);
    ike__openssl_hmac_update(&c->hmac, op->aad, op->aad_n);
    ike__openssl_hmac_update(&c->hmac, op->iv, c->is_ctr ? 8 : 16);
    ike__openssl_hmac_update(&c->hmac, op->text, op->n);
    ike__openssl_hmac_update(&c->hmac, op->tail, op->tail_n);
    ike__openssl_hmac_final(&c->hmac, out);
}

static int crypt(struct mac_cipher *c, ike_cipher_op *op, int seal)
{
    EVP_CIPHER_CTX *evp = seal || c->is_ctr ? c->enc : c->dec;
    uint8_t counter[16] = {0};
    int n;

    if (c->is_ctr) {
        memcpy(counter, c->nonce, SALT_LEN);
        memcpy(counter + SALT_LEN, op->iv, 8);
        counter[15] = 1; /* RFC 3686 4: the block counter begins with one */
    }
    /* -1: the direction of the key schedule stays */
    return fits(op) && EVP_CipherInit_ex2(evp, NULL, NULL, c->is_ctr ? counter : op->iv, -1, NULL) &&
                   EVP_CipherUpdate(evp, op->text, &n, op->text, (int)op->n) && n == (int)op->n
               ? 0
               : IKE_E_CRYPTO;
}

static int mac_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac_cipher *c = ctx;
    uint8_t out[EVP_MAX_MD_SIZE];

    for (size_t i = 0; i < n; i++) {
        if (crypt(c, &ops[i], 1) < 0)
            return IKE_E_CRYPTO;
        mac(c, &ops[i], out);
        memcpy(ops[i].tag, out, c->tag_len);
        ops[i].err = 0;
    }
    return 0;
}

static int mac_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac_cipher *c = ctx;
    uint8_t out[EVP_MAX_MD_SIZE];

    for (size_t i = 0; i < n; i++) {
        mac(c, &ops[i], out);
        ops[i].err = CRYPTO_memcmp(out, ops[i].tag, c->tag_len) == 0 ? 0 : IKE_E_DISCARD;
        if (ops[i].err == 0 && crypt(c, &ops[i], 0) < 0)
            return IKE_E_CRYPTO;
    }
    return 0;
}

static void mac_wipe(void *ctx)
{
    struct mac_cipher *c = ctx;

    EVP_CIPHER_CTX_free(c->enc);
    EVP_CIPHER_CTX_free(c->dec);
    OPENSSL_cleanse(c, sizeof(*c));
}

#define MAC_CIPHER(kind, name, id, bits, is_ctr_, sha, integ_id, key_n, tag_n)                               \
    static int kind##bits##_##sha##_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)            \
    {                                                                                                        \
        return mac_start(ctx, "AES-" #bits "-" name, key, bits / 8, is_ctr_, &ike__openssl_##sha, integ_key, \
                         tag_n);                                                                             \
    }                                                                                                        \
    static const ike_cipher_alg kind##bits##_##sha = {.encr = id,                                            \
                                                      .key_bits = bits,                                      \
                                                      .integ = integ_id,                                     \
                                                      .key_len = bits / 8,                                   \
                                                      .salt_len = (is_ctr_) ? SALT_LEN : 0,                  \
                                                      .integ_key_len = key_n,                                \
                                                      .iv_len = (is_ctr_) ? 8 : 16,                          \
                                                      .tag_len = tag_n,                                      \
                                                      .block_len = (is_ctr_) ? 1 : 16,                       \
                                                      .iv_random = !(is_ctr_),                               \
                                                      .ctx_size = sizeof(struct mac_cipher),                 \
                                                      .init = kind##bits##_##sha##_init,                     \
                                                      .seal = mac_seal,                                      \
                                                      .open = mac_open,                                      \
                                                      .wipe = mac_wipe};
/* RFC 4868 2.1.1: keys as long as the hash, ICVs half of it; RFC 2404 for SHA-1. */
#define ALL_HASHES(kind, name, id, bits, is_ctr_)                 \
    MAC_CIPHER(kind, name, id, bits, is_ctr_, sha256, 12, 32, 16) \
    MAC_CIPHER(kind, name, id, bits, is_ctr_, sha384, 13, 48, 24) \
    MAC_CIPHER(kind, name, id, bits, is_ctr_, sha512, 14, 64, 32) \
    MAC_CIPHER(kind, name, id, bits, is_ctr_, sha1, 2, 20, 12)
ALL_HASHES(cbc, "CBC", 12, 256, 0)
ALL_HASHES(cbc, "CBC", 12, 128, 0)
ALL_HASHES(cbc, "CBC", 12, 192, 0)
ALL_HASHES(ctr, "CTR", 13, 256, 1)
ALL_HASHES(ctr, "CTR", 13, 128, 1)
ALL_HASHES(ctr, "CTR", 13, 192, 1)

#define HASHES_OF(kind) &kind##_sha256, &kind##_sha384, &kind##_sha512, &kind##_sha1
const ike_cipher_alg *const ike__openssl_ciphers[] = {&gcm256_16,
                                                      &gcm128_16,
                                                      &gcm192_16,
                                                      &chacha_16,
                                                      &gcm256_12,
                                                      &gcm128_12,
                                                      &gcm192_12,
                                                      &gcm256_8,
                                                      &gcm128_8,
                                                      &gcm192_8,
                                                      HASHES_OF(cbc256),
                                                      HASHES_OF(cbc128),
                                                      HASHES_OF(cbc192),
                                                      HASHES_OF(ctr256),
                                                      HASHES_OF(ctr128),
                                                      HASHES_OF(ctr192),
                                                      NULL};
