/* backend/mbedtls_cipher.c - AES-GCM, ChaCha20-Poly1305, AES-CBC and AES-CTR with HMAC. SPDX-License-Identifier: Apache-2.0
 *
 * Keys are prepared once; nothing is allocated per packet. MACs are checked before anything is decrypted.
 *
 * Not here: which of each there are (ciphers.h). */
#include "backend/ciphers.h"
#include "backend/mbedtls_room.h"
#include <mbedtls/aes.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <string.h>

/* ---- AES-GCM ---- */

struct gcm {
    mbedtls_gcm_context gcm;
    const ike_cipher_alg *alg;
    uint8_t salt[SALT_LEN];
    uint8_t zero[4];
};

static int gcm_start(struct gcm *c, const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key)
{
    (void)integ_key;
    c->alg = alg;
    mbedtls_gcm_init(&c->gcm);
    memcpy(c->salt, key + alg->key_len, SALT_LEN);
    return mbedtls_gcm_setkey(&c->gcm, MBEDTLS_CIPHER_ID_AES, key, alg->key_bits) == 0 ? 0 : IKE_E_CRYPTO;
}

static int gcm_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct gcm *c = ctx;
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        if (mbedtls_gcm_crypt_and_tag(&c->gcm, MBEDTLS_GCM_ENCRYPT, ops[i].n, nonce, sizeof(nonce),
                                      ops[i].aad, ops[i].aad_n, ops[i].text, ops[i].text, c->alg->tag_len,
                                      ops[i].tag) != 0)
            return IKE_E_CRYPTO;
        ops[i].err = 0;
    }
    return 0;
}

static int gcm_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct gcm *c = ctx;
    uint8_t nonce[NONCE_LEN];

    for (size_t i = 0; i < n; i++) {
        nonce_of(nonce, c->salt, &ops[i]);
        ops[i].err =
            mbedtls_gcm_auth_decrypt(&c->gcm, ops[i].n, nonce, sizeof(nonce), ops[i].aad, ops[i].aad_n,
                                     ops[i].tag, c->alg->tag_len, ops[i].text, ops[i].text) == 0
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

/* ---- ChaCha20-Poly1305 ---- */

struct chacha {
    mbedtls_chachapoly_context cp;
    uint8_t salt[SALT_LEN];
};

static int chacha_start(struct chacha *c, const ike_cipher_alg *alg, const uint8_t *key,
                        const uint8_t *integ_key)
{
    (void)integ_key;
    mbedtls_chachapoly_init(&c->cp);
    memcpy(c->salt, key + alg->key_len, SALT_LEN);
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

/* ---- AES-CBC and AES-CTR with HMAC ---- */

struct mac {
    mbedtls_aes_context enc, dec; /* CTR needs only enc */
    mbedtls_md_context_t md;
    const ike_cipher_alg *alg;
    uint8_t salt[SALT_LEN]; /* CTR */
    uint8_t zero[4];
};

static mbedtls_md_type_t hash_of(const ike_cipher_alg *alg)
{
    switch (alg->integ) {
    case HMAC_SHA256:
        return MBEDTLS_MD_SHA256;
    case HMAC_SHA384:
        return MBEDTLS_MD_SHA384;
    case HMAC_SHA512:
        return MBEDTLS_MD_SHA512;
    default:
        return MBEDTLS_MD_SHA1;
    }
}

static int mac_start(struct mac *c, const ike_cipher_alg *alg, const uint8_t *key, const uint8_t *integ_key)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(hash_of(alg));

    mbedtls_aes_init(&c->enc);
    mbedtls_aes_init(&c->dec);
    mbedtls_md_init(&c->md);
    c->alg = alg;
    memcpy(c->salt, key + alg->key_len, alg->salt_len);
    if (!info || mbedtls_aes_setkey_enc(&c->enc, key, alg->key_bits) != 0 ||
        mbedtls_aes_setkey_dec(&c->dec, key, alg->key_bits) != 0 || mbedtls_md_setup(&c->md, info, 1) != 0 ||
        mbedtls_md_hmac_starts(&c->md, integ_key, alg->integ_key_len) != 0)
        return IKE_E_CRYPTO;
    return 0;
}

static int compute(struct mac *c, const ike_cipher_op *op, uint8_t *out)
{
    if (mbedtls_md_hmac_reset(&c->md) != 0 || mbedtls_md_hmac_update(&c->md, op->aad, op->aad_n) != 0 ||
        mbedtls_md_hmac_update(&c->md, op->iv, c->alg->iv_len) != 0 ||
        mbedtls_md_hmac_update(&c->md, op->text, op->n) != 0 ||
        (op->tail_n > 0 && mbedtls_md_hmac_update(&c->md, op->tail, op->tail_n) != 0) ||
        mbedtls_md_hmac_finish(&c->md, out) != 0)
        return IKE_E_CRYPTO;
    return 0;
}

static int crypt_ctr(struct mac *c, ike_cipher_op *op)
{
    uint8_t counter[16] = {0}, stream[16];
    size_t at = 0;

    nonce_of(counter, c->salt, op);
    counter[15] = 1; /* RFC 3686 4: the block counter begins with one */
    return mbedtls_aes_crypt_ctr(&c->enc, op->n, &at, counter, stream, op->text, op->text) == 0
               ? 0
               : IKE_E_CRYPTO;
}

static int crypt(struct mac *c, ike_cipher_op *op, int seal)
{
    uint8_t iv[16];

    if (c->alg->encr == AES_CTR)
        return crypt_ctr(c, op);
    memcpy(iv, op->iv, sizeof(iv));
    return mbedtls_aes_crypt_cbc(seal ? &c->enc : &c->dec, seal ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT,
                                 op->n, iv, op->text, op->text) == 0
               ? 0
               : IKE_E_CRYPTO;
}

static int mac_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac *c = ctx;
    uint8_t out[64];

    for (size_t i = 0; i < n; i++) {
        if (crypt(c, &ops[i], 1) < 0 || compute(c, &ops[i], out) < 0)
            return IKE_E_CRYPTO;
        memcpy(ops[i].tag, out, c->alg->tag_len);
        ops[i].err = 0;
    }
    return 0;
}

static int mac_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct mac *c = ctx;
    uint8_t out[64];

    for (size_t i = 0; i < n; i++) {
        if (compute(c, &ops[i], out) < 0)
            return IKE_E_CRYPTO;
        ops[i].err = mbedtls_ct_memcmp(out, ops[i].tag, c->alg->tag_len) == 0 ? 0 : IKE_E_DISCARD;
        if (ops[i].err == 0 && crypt(c, &ops[i], 0) < 0)
            return IKE_E_CRYPTO;
    }
    return 0;
}

static void mac_wipe(void *ctx)
{
    struct mac *c = ctx;

    mbedtls_aes_free(&c->enc);
    mbedtls_aes_free(&c->dec);
    mbedtls_md_free(&c->md);
    memset(c, 0, sizeof(*c));
}

CIPHERS(ike__mbedtls_ciphers, gcm, chacha, mac)
