/* tests/bench/raw_ipsecmb.c - ipsec-mb by itself: its direct calls and single jobs. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: CBC with HMAC, which is for many packets at once; see esp_bench.c. */
#include "bench.h"
#ifdef IKE_HAS_IPSECMB
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

struct ctx {
    struct gcm_key_data key;
    struct gcm_context_data gcm;
    IMB_MGR *m;
    aes_gcm_enc_dec_t enc, dec;
    enum bench_cipher cipher;
    uint8_t chacha_key[32];
};

static void *start(enum bench_cipher cipher, unsigned bits, const uint8_t *key, const uint8_t *integ_key)
{
    struct ctx *c = aligned_alloc(64, (sizeof(*c) + 63) / 64 * 64);
    IMB_ARCH arch;

    (void)integ_key;
    if (!c || cipher == BENCH_CBC_SHA256)
        abort();
    memset(c, 0, sizeof(*c));
    c->m = alloc_mb_mgr(0);
    if (!c->m)
        abort();
    init_mb_mgr_auto(c->m, &arch);
    c->cipher = cipher;
    memcpy(c->chacha_key, key, sizeof(c->chacha_key));
    c->enc = bits == 128 ? c->m->gcm128_enc : c->m->gcm256_enc;
    c->dec = bits == 128 ? c->m->gcm128_dec : c->m->gcm256_dec;
    if (cipher == BENCH_GCM)
        (bits == 128 ? c->m->gcm128_pre : c->m->gcm256_pre)(key, &c->key);
    return c;
}

static void chacha(struct ctx *c, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n,
                   uint8_t *tag, int is_seal)
{
    IMB_JOB *job = IMB_GET_NEXT_JOB(c->m);

    job->cipher_mode = IMB_CIPHER_CHACHA20_POLY1305;
    job->hash_alg = IMB_AUTH_CHACHA20_POLY1305;
    job->cipher_direction = is_seal ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
    job->chain_order = is_seal ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
    job->enc_keys = job->dec_keys = c->chacha_key;
    job->key_len_in_bytes = 32;
    job->u.CHACHA20_POLY1305.aad = aad;
    job->u.CHACHA20_POLY1305.aad_len_in_bytes = 8;
    job->src = job->dst = text;
    job->iv = iv;
    job->iv_len_in_bytes = 12;
    job->cipher_start_src_offset_in_bytes = job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_cipher_in_bytes = job->msg_len_to_hash_in_bytes = n;
    job->auth_tag_output = tag;
    job->auth_tag_output_len_in_bytes = 16;
    job = IMB_SUBMIT_JOB_NOCHECK(c->m);
    if (!job || job->status != IMB_STATUS_COMPLETED)
        abort();
}

static void seal(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag)
{
    struct ctx *c = ctx;

    if (c->cipher == BENCH_GCM)
        c->enc(&c->key, &c->gcm, text, text, n, iv, aad, 8, tag, 16);
    else
        chacha(c, iv, aad, text, n, tag, 1);
}

static void open(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag)
{
    struct ctx *c = ctx;
    uint8_t out[16];

    if (c->cipher == BENCH_GCM)
        c->dec(&c->key, &c->gcm, text, text, n, iv, aad, 8, out, 16);
    else
        chacha(c, iv, aad, text, n, out, 0);
    if (memcmp(out, tag, 16) != 0)
        abort();
}

static void stop(void *ctx)
{
    struct ctx *c = ctx;

    free_mb_mgr(c->m);
    free(c);
}

const struct raw raw_ipsecmb = {"ipsecmb", ike_crypto_ipsecmb, start, seal, open, stop};
#endif
