/* backend/ipsecmb_cbc.c - AES-CBC with HMAC-SHA2-256 by ipsec-mb: many packets at once. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3602, 4868. CBC encryption and SHA-256 each wait for the block before; the library interleaves the blocks of as many
 * packets as it is given, so all are submitted before the first is waited for. It wants the octets that the MAC covers in
 * one piece, as they lie in an ESP packet: header, IV, text, and behind the text, where the ICV comes, room for the high
 * half of the sequence number. What lies elsewhere is put together in a copy.
 * Opening decrypts before tags are compared; nobody sees the text before, and what was not authentic is cleared. */
#include "backend/ipsecmb_room.h"
#include <stdlib.h>
#include <string.h>

#define IV_LEN  16u
#define TAG_LEN 16u
#define BATCH   32u     /* packets that are under way at once */
#define HASHED  0xfff0u /* octets that the library takes at most */

struct cbc {
    _Alignas(16) uint8_t enc[15 * 16], dec[15 * 16]; /* round keys */
    uint8_t inner[32], outer[32];                    /* SHA-256 of the key with ipad, opad */
    IMB_MGR *m;
    uint32_t key_len, zero;
};

/* A packet under way. */
struct work {
    uint8_t *start; /* of what the MAC covers */
    uint8_t *copy;  /* NULL: the packet itself */
    uint8_t received[TAG_LEN], computed[TAG_LEN];
    uint32_t is_done, zero;
};

/* RFC 2104 2: the state of SHA-256 behind the key's block, which every MAC goes on from. */
static void hash_key(const struct cbc *c, const uint8_t *key, uint8_t pad, uint8_t *state)
{
    uint8_t block[64];

    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < 32; i++)
        block[i] ^= key[i];
    c->m->sha256_one_block(block, state);
    ike__ipsecmb_wipe(block, sizeof(block));
}

static int start(struct cbc *c, const uint8_t *key, uint32_t key_len, const uint8_t *integ_key)
{
    c->m = ike__ipsecmb_new();
    if (!c->m)
        return IKE_E_CRYPTO;
    c->key_len = key_len;
    (key_len == 16   ? c->m->keyexp_128
     : key_len == 24 ? c->m->keyexp_192
                     : c->m->keyexp_256)(key, c->enc, c->dec);
    hash_key(c, integ_key, 0x36, c->inner);
    hash_key(c, integ_key, 0x5c, c->outer);
    return 0;
}

static int cbc128_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    return start(ctx, key, 16, integ_key);
}

static int cbc192_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    return start(ctx, key, 24, integ_key);
}

static int cbc256_init(void *ctx, const uint8_t *key, const uint8_t *integ_key)
{
    return start(ctx, key, 32, integ_key);
}

static int is_one_piece(const ike_cipher_op *op)
{
    return op->aad_n > 0 && op->aad + op->aad_n == op->iv && op->iv + IV_LEN == op->text &&
           op->tag == op->text + op->n;
}

/* In one piece: the packet itself, or a copy. */
static int gather(struct work *w, const ike_cipher_op *op)
{
    w->copy = NULL;
    w->is_done = 0;
    if (op->aad_n + IV_LEN + op->n + op->tail_n > HASHED)
        return IKE_E_CRYPTO;
    if (is_one_piece(op)) {
        w->start = (uint8_t *)(uintptr_t)op->aad; /* in the buffer that is ours to change */
        return 0;
    }
    w->start = w->copy = malloc(op->aad_n + IV_LEN + op->n + TAG_LEN);
    if (!w->copy)
        return IKE_E_NOMEM;
    if (op->aad_n > 0)
        memcpy(w->copy, op->aad, op->aad_n);
    memcpy(w->copy + op->aad_n, op->iv, IV_LEN);
    if (op->n > 0)
        memcpy(w->copy + op->aad_n + IV_LEN, op->text, op->n);
    return 0;
}

static void fill(const struct cbc *c, IMB_JOB *job, struct work *w, const ike_cipher_op *op, int seal)
{
    size_t head = op->aad_n + IV_LEN;

    job->cipher_mode = op->n > 0 ? IMB_CIPHER_CBC : IMB_CIPHER_NULL;
    job->hash_alg = IMB_AUTH_HMAC_SHA_256;
    job->cipher_direction = seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->enc_keys = c->enc;
    job->dec_keys = c->dec;
    job->key_len_in_bytes = c->key_len;
    job->u.HMAC._hashed_auth_key_xor_ipad = c->inner;
    job->u.HMAC._hashed_auth_key_xor_opad = c->outer;
    job->src = w->start;
    job->dst = w->start + head;
    job->cipher_start_src_offset_in_bytes = head;
    job->msg_len_to_cipher_in_bytes = op->n;
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = head + op->n + op->tail_n;
    job->iv = op->iv;
    job->iv_len_in_bytes = IV_LEN;
    job->auth_tag_output = w->computed;
    job->auth_tag_output_len_in_bytes = TAG_LEN;
    job->user_data = w;
}

static void note(const IMB_JOB *job)
{
    if (job && job->status == IMB_STATUS_COMPLETED)
        ((struct work *)job->user_data)->is_done = 1;
}

/* Begins with a packet. Errors: CRYPTO, NOMEM. */
static int submit(struct cbc *c, struct work *w, const ike_cipher_op *op, int seal)
{
    int err = gather(w, op);
    IMB_JOB *job;

    if (err < 0)
        return err;
    if (!seal)
        memcpy(w->received, op->tag, TAG_LEN);
    if (op->tail_n > 0)
        memcpy(w->start + op->aad_n + IV_LEN + op->n, op->tail, op->tail_n);
    job = IMB_GET_NEXT_JOB(c->m);
    fill(c, job, w, op, seal);
    for (job = IMB_SUBMIT_JOB_NOCHECK(c->m); job; job = IMB_GET_COMPLETED_JOB(c->m))
        note(job);
    return 0;
}

static void give_back(struct work *w, const ike_cipher_op *op)
{
    if (!w->copy)
        return;
    if (op->n > 0)
        memcpy(op->text, w->copy + op->aad_n + IV_LEN, op->n);
    ike__ipsecmb_wipe(w->copy, op->aad_n + IV_LEN + op->n);
    free(w->copy);
}

static void conclude(struct work *w, ike_cipher_op *op, int seal)
{
    uint8_t differ = 0;

    give_back(w, op);
    memcpy(op->tag, seal ? w->computed : w->received, TAG_LEN);
    op->err = 0;
    if (seal)
        return;
    for (size_t i = 0; i < TAG_LEN; i++) /* in constant time */
        differ |= (uint8_t)(w->computed[i] ^ w->received[i]);
    op->err = differ ? IKE_E_DISCARD : 0;
    if (differ)
        ike__ipsecmb_wipe(op->text, op->n);
}

static int crypt_batch(struct cbc *c, ike_cipher_op *ops, size_t n, int seal)
{
    struct work work[BATCH];
    IMB_JOB *job;
    size_t begun = 0;
    int err = 0, all;

    while (begun < n && (err = submit(c, &work[begun], &ops[begun], seal)) == 0)
        begun++;
    while ((job = IMB_FLUSH_JOB(c->m)))
        note(job);
    all = begun == n;
    for (size_t i = 0; i < begun; i++) {
        all = all && work[i].is_done;
        conclude(&work[i], &ops[i], seal);
    }
    return all ? 0 : err < 0 ? err : IKE_E_CRYPTO;
}

static int crypt_all(struct cbc *c, ike_cipher_op *ops, size_t n, int seal)
{
    for (size_t at = 0; at < n; at += BATCH) {
        int err = crypt_batch(c, ops + at, n - at < BATCH ? n - at : BATCH, seal);

        if (err < 0)
            return err;
    }
    return 0;
}

static int cbc_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    return crypt_all(ctx, ops, n, 1);
}

static int cbc_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    return crypt_all(ctx, ops, n, 0);
}

static void cbc_wipe(void *ctx)
{
    struct cbc *c = ctx;

    ike__ipsecmb_free(c->m);
    ike__ipsecmb_wipe(c, sizeof(*c));
}

#define CBC_ALG(bits)                                                              \
    const ike_cipher_alg ike__ipsecmb_cbc##bits = {.encr = 12,                     \
                                                   .key_bits = bits,               \
                                                   .integ = 12,                    \
                                                   .key_len = bits / 8,            \
                                                   .integ_key_len = 32,            \
                                                   .iv_len = IV_LEN,               \
                                                   .tag_len = TAG_LEN,             \
                                                   .block_len = 16,                \
                                                   .iv_random = 1,                 \
                                                   .ctx_size = sizeof(struct cbc), \
                                                   .init = cbc##bits##_init,       \
                                                   .seal = cbc_seal,               \
                                                   .open = cbc_open,               \
                                                   .wipe = cbc_wipe};
CBC_ALG(256)
CBC_ALG(128)
CBC_ALG(192)
