/* backend/ipsecmb_aead.c - AES-GCM and ChaCha20-Poly1305 by ipsec-mb. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4106 (GCM), 7634 (ChaCha20), with ICVs of 16 octets. GCM: one call a packet, which keeps the whole processor busy by
 * itself. ChaCha20-Poly1305: a job a packet, the faster of the library's two ways. Both decrypt as they go, so what was
 * not authentic is cleared. */
#include "backend/ipsecmb_room.h"
#include <string.h>

#define NONCE_LEN  12u
#define NONCE_ROOM 16u
#define SALT_LEN   4u
#define TAG_LEN    16u

/* 16 octets in one store: the cipher loads them at once, and would have to wait for the parts. */
static void make_nonce(uint8_t *nonce, const uint8_t *salt, const uint8_t *iv)
{
    typedef uint32_t words __attribute__((vector_size(16)));
    uint32_t a, b, c;
    words all;

    memcpy(&a, salt, 4);
    memcpy(&b, iv, 4);
    memcpy(&c, iv + 4, 4);
    all = (words){a, b, c, 0};
    memcpy(nonce, &all, sizeof(all));
}

/* In constant time; an opened text that is not authentic goes. */
static void judge(ike_cipher_op *op, const uint8_t *tag)
{
    uint64_t a[2], b[2], differ;

    memcpy(a, tag, TAG_LEN);
    memcpy(b, op->tag, TAG_LEN);
    differ = (a[0] ^ b[0]) | (a[1] ^ b[1]);
    op->err = differ ? IKE_E_DISCARD : 0;
    if (differ)
        ike__ipsecmb_wipe(op->text, op->n);
}

/* ---- AES-GCM ---- */

struct gcm {
    aes_gcm_enc_dec_t seal, open; /* for this processor and key length */
    uint8_t salt[SALT_LEN], zero[4];
    uint8_t room[sizeof(struct gcm_key_data) + 63]; /* the key's tables, on a boundary of 64 octets */
};

static struct gcm_key_data *tables(struct gcm *c)
{
    return (struct gcm_key_data *)(void *)(((uintptr_t)c->room + 63) & ~(uintptr_t)63);
}

static int gcm_start(struct gcm *c, const uint8_t *key, size_t key_len)
{
    IMB_MGR *m = ike__ipsecmb_new();
    aes_gcm_pre_t prepare;

    if (!m)
        return IKE_E_CRYPTO;
    prepare = key_len == 16 ? m->gcm128_pre : key_len == 24 ? m->gcm192_pre : m->gcm256_pre;
    c->seal = key_len == 16 ? m->gcm128_enc : key_len == 24 ? m->gcm192_enc : m->gcm256_enc;
    c->open = key_len == 16 ? m->gcm128_dec : key_len == 24 ? m->gcm192_dec : m->gcm256_dec;
    memcpy(c->salt, key + key_len, SALT_LEN);
    prepare(key, tables(c));
    ike__ipsecmb_free(m);
    return 0;
}

static int gcm128_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    (void)integ_key;
    return gcm_start(ctx, key, 16);
}

static int gcm192_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    (void)integ_key;
    return gcm_start(ctx, key, 24);
}

static int gcm256_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    (void)integ_key;
    return gcm_start(ctx, key, 32);
}

static int gcm_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct gcm *c = ctx;
    struct gcm_context_data scratch;
    uint8_t nonce[NONCE_ROOM];

    for (size_t i = 0; i < n; i++) {
        ike_cipher_op *op = &ops[i];

        make_nonce(nonce, c->salt, op->iv);
        c->seal(tables(c), &scratch, op->text, op->text, op->n, nonce, op->aad, op->aad_n, op->tag, TAG_LEN);
        op->err = 0;
    }
    return 0;
}

static int gcm_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    struct gcm *c = ctx;
    struct gcm_context_data scratch;
    uint8_t nonce[NONCE_ROOM], tag[TAG_LEN];

    for (size_t i = 0; i < n; i++) {
        ike_cipher_op *op = &ops[i];

        make_nonce(nonce, c->salt, op->iv);
        c->open(tables(c), &scratch, op->text, op->text, op->n, nonce, op->aad, op->aad_n, tag, TAG_LEN);
        judge(op, tag);
    }
    return 0;
}

static void gcm_wipe(void *ctx)
{
    ike__ipsecmb_wipe(ctx, sizeof(struct gcm));
}

#define GCM_ALG(bits)                                                              \
    const ike_cipher_alg ike__ipsecmb_gcm##bits = {.encr = 20,                     \
                                                   .key_bits = bits,               \
                                                   .key_len = bits / 8,            \
                                                   .salt_len = SALT_LEN,           \
                                                   .iv_len = 8,                    \
                                                   .tag_len = TAG_LEN,             \
                                                   .block_len = 1,                 \
                                                   .ctx_size = sizeof(struct gcm), \
                                                   .init = gcm##bits##_init,       \
                                                   .seal = gcm_seal,               \
                                                   .open = gcm_open,               \
                                                   .wipe = gcm_wipe};
GCM_ALG(256)
GCM_ALG(128)
GCM_ALG(192)

/* ---- ChaCha20-Poly1305 ---- */

struct chacha {
    IMB_MGR *m;
    uint8_t key[32];
    uint8_t salt[SALT_LEN];
    uint8_t room[20]; /* AVX2 code reads each half of the key with 16 octets behind it */
};

static int chacha_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    struct chacha *c = ctx;

    (void)integ_key;
    memcpy(c->key, key, sizeof(c->key));
    memcpy(c->salt, key + sizeof(c->key), SALT_LEN);
    c->m = ike__ipsecmb_new();
    return c->m ? 0 : IKE_E_CRYPTO;
}

static int chacha_crypt(struct chacha *c, ike_cipher_op *op, uint8_t *tag, int seal)
{
    IMB_JOB *job = IMB_GET_NEXT_JOB(c->m);
    uint8_t nonce[NONCE_ROOM];

    make_nonce(nonce, c->salt, op->iv);
    job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
    job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
    job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->enc_keys = job->dec_keys = c->key;
    job->key_len_in_bytes = sizeof(c->key);
    job->u.CHACHA20_POLY1305.aad = op->aad;
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = op->aad_n;
    job->src = job->dst = op->text;
    job->iv = nonce;
    job->iv_len_in_bytes = NONCE_LEN;
    job->cipher_start_src_offset_in_bytes = job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = op->n;
    job->auth_tag_output = tag;
    job->auth_tag_output_len_in_bytes = TAG_LEN;
    job = IMB_SUBMIT_JOB_NOCHECK(c->m); /* done when it returns */
    return job && job->status == IMB_STATUS_COMPLETED ? 0 : IKE_E_CRYPTO;
}

static int chacha_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (chacha_crypt(ctx, &ops[i], ops[i].tag, 1) < 0)
            return IKE_E_CRYPTO;
        ops[i].err = 0;
    }
    return 0;
}

static int chacha_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    uint8_t tag[TAG_LEN];

    for (size_t i = 0; i < n; i++) {
        if (chacha_crypt(ctx, &ops[i], tag, 0) < 0)
            return IKE_E_CRYPTO;
        judge(&ops[i], tag);
    }
    return 0;
}

static void chacha_wipe(void *ctx)
{
    struct chacha *c = ctx;

    ike__ipsecmb_free(c->m);
    ike__ipsecmb_wipe(c, sizeof(*c));
}

const ike_cipher_alg ike__ipsecmb_chacha = {.encr = 28,
                                            .key_len = 32,
                                            .salt_len = SALT_LEN,
                                            .iv_len = 8,
                                            .tag_len = TAG_LEN,
                                            .block_len = 1,
                                            .ctx_size = sizeof(struct chacha),
                                            .init = chacha_init,
                                            .seal = chacha_seal,
                                            .open = chacha_open,
                                            .wipe = chacha_wipe};
