/* backend/openssl_cipher.c - AES-GCM, ChaCha20-Poly1305, AES-CBC and AES-CTR with HMAC. SPDX-License-Identifier: Apache-2.0
 *
 * Ciphers are fetched and keys prepared once; nothing is allocated per packet. A MAC is checked before anything is
 * decrypted.
 *
 * Not here: which of each there are (ciphers.h), how an AEAD is driven (openssl_aead.c). */
#include "backend/ciphers.h"
#include "backend/openssl_room.h"
#include <limits.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 24u

/* As OpenSSL calls it. */
static const char *name_of(const ike_cipher_alg *alg, char out[NAME_MAX_LEN])
{
    const char *mode = alg->encr == AES_CBC ? "CBC" : alg->encr == AES_CTR ? "CTR" : "GCM";

    if (alg->encr == CHACHA20_POLY1305)
        return "ChaCha20-Poly1305";
    snprintf(out, NAME_MAX_LEN, "AES-%u-%s", alg->key_bits, mode);
    return out;
}

/* ---- AEAD: AES-GCM, ChaCha20-Poly1305 ---- */

struct aead {
    struct openssl_aead *openssl;
    uint8_t salt[SALT_LEN];
    uint8_t zero[4];
};

static int aead_start(struct aead *c, const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key)
{
    char name[NAME_MAX_LEN];

    (void)integ_key;
    memcpy(c->salt, key + alg->key_len, SALT_LEN);
    c->openssl = ike__openssl_aead_new(name_of(alg, name), key, alg->key_len, alg->tag_len);
    return c->openssl ? 0 : IKE_E_CRYPTO;
}

static int aead_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct aead *c = ctx;
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        if (ike__openssl_aead_seal(c->openssl, nonce, sizeof(nonce), &ops[i]) < 0)
            return IKE_E_CRYPTO;
    }
    return 0;
}

static int aead_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct aead *c = ctx;
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        if (ike__openssl_aead_open(c->openssl, nonce, sizeof(nonce), &ops[i]) < 0)
            return IKE_E_CRYPTO;
    }
    return 0;
}

static void aead_wipe(void *ctx)
{
    struct aead *c = ctx;

    ike__openssl_aead_free(c->openssl);
    OPENSSL_cleanse(c, sizeof(*c));
}

/* ---- AES-CBC and AES-CTR with HMAC ---- */

/* A context with the key set; NULL: no such cipher, or no memory. */
static EVP_CIPHER_CTX *cipher_new(const ike_cipher_alg *alg, const uint8_t *key, int seal)
{
    EVP_CIPHER_CTX *evp = EVP_CIPHER_CTX_new();
    EVP_CIPHER *cipher;
    char name[NAME_MAX_LEN];

    cipher = EVP_CIPHER_fetch(NULL, name_of(alg, name), NULL);
    if (!cipher || !evp || !EVP_CipherInit_ex2(evp, cipher, key, NULL, seal, NULL)) {
        EVP_CIPHER_CTX_free(evp);
        evp = NULL;
    }
    EVP_CIPHER_free(cipher); /* the context holds it */
    return evp;
}

static int fits(const ike_cipher_op *op)
{
    return op->n <= INT_MAX; /* EVP counts in int */
}

struct mac {
    EVP_CIPHER_CTX *enc, *dec; /* CTR needs only enc */
    struct openssl_hmac hmac;
    const ike_cipher_alg *alg;
    uint8_t salt[SALT_LEN]; /* CTR */
    uint8_t zero[4];
};

static const struct openssl_hash *hash_of(const ike_cipher_alg *alg)
{
    switch (alg->integ) {
    case HMAC_SHA256:
        return &ike__openssl_sha256;
    case HMAC_SHA384:
        return &ike__openssl_sha384;
    case HMAC_SHA512:
        return &ike__openssl_sha512;
    default:
        return &ike__openssl_sha1;
    }
}

static int mac_start(struct mac *c, const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key)
{
    int is_ctr = alg->encr == AES_CTR;

    c->alg = alg;
    memcpy(c->salt, key + alg->key_len, alg->salt_len);
    ike__openssl_hmac_init(&c->hmac, hash_of(alg), integ_key);
    c->enc = cipher_new(alg, key, 1);
    c->dec = is_ctr ? NULL : cipher_new(alg, key, 0);
    if (!c->enc || (!is_ctr && !c->dec))
        return IKE_E_CRYPTO;
    /* encryption holds nothing back before Final, which is never called; decryption would, the last block */
    return is_ctr || EVP_CIPHER_CTX_set_padding(c->dec, 0) ? 0 : IKE_E_CRYPTO;
}

static void compute(struct mac *c, const ike_cipher_op *op, uint8_t *out)
{
    ike__openssl_hmac_start(&c->hmac);
    ike__openssl_hmac_update(&c->hmac, op->aad, op->aad_n);
    ike__openssl_hmac_update(&c->hmac, op->iv, c->alg->iv_len);
    ike__openssl_hmac_update(&c->hmac, op->text, op->n);
    ike__openssl_hmac_update(&c->hmac, op->tail, op->tail_n);
    ike__openssl_hmac_final(&c->hmac, out);
}

static int crypt(struct mac *c, ike_cipher_op *op, int seal)
{
    int is_ctr = c->alg->encr == AES_CTR, n;
    EVP_CIPHER_CTX *evp = seal || is_ctr ? c->enc : c->dec;
    uint8_t counter[16] = {0};

    if (is_ctr) {
        nonce_of(counter, c->salt, op);
        counter[15] = 1; /* RFC 3686 4: the block counter begins with one */
    }
    /* -1: the direction of the key schedule stays */
    return fits(op) && EVP_CipherInit_ex2(evp, NULL, NULL, is_ctr ? counter : op->iv, -1, NULL) &&
                   EVP_CipherUpdate(evp, op->text, &n, op->text, (int)op->n) && n == (int)op->n
               ? 0
               : IKE_E_CRYPTO;
}

static int mac_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac *c = ctx;
    uint8_t out[EVP_MAX_MD_SIZE];

    for (size_t i = 0; i < n; i++) {
        if (crypt(c, &ops[i], 1) < 0)
            return IKE_E_CRYPTO;
        compute(c, &ops[i], out);
        memcpy(ops[i].tag, out, c->alg->tag_len);
        ops[i].err = 0;
    }
    return 0;
}

static int mac_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac *c = ctx;
    uint8_t out[EVP_MAX_MD_SIZE];

    for (size_t i = 0; i < n; i++) {
        compute(c, &ops[i], out);
        ops[i].err = CRYPTO_memcmp(out, ops[i].tag, c->alg->tag_len) == 0 ? 0 : IKE_E_DISCARD;
        if (ops[i].err == 0 && crypt(c, &ops[i], 0) < 0)
            return IKE_E_CRYPTO;
    }
    return 0;
}

static void mac_wipe(void *ctx)
{
    struct mac *c = ctx;

    EVP_CIPHER_CTX_free(c->enc);
    EVP_CIPHER_CTX_free(c->dec);
    OPENSSL_cleanse(c, sizeof(*c));
}

CIPHERS(ike__openssl_ciphers, aead, aead, mac)
