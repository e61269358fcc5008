/* tests/bench/raw_mbedtls.c - mbedTLS by itself. SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"
#include <mbedtls/aes.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <stdlib.h>
#include <string.h>

struct ctx {
    enum bench_cipher cipher;
    mbedtls_gcm_context gcm;
    mbedtls_chachapoly_context chacha;
    mbedtls_aes_context enc, dec;
    mbedtls_md_context_t md;
};

static void must(int err)
{
    if (err != 0)
        abort();
}

static void *start(enum bench_cipher cipher, unsigned bits, const uint8_t *key, const uint8_t *integ_key)
{
    struct ctx *c = calloc(1, sizeof(*c));

    if (!c)
        abort();
    c->cipher = cipher;
    mbedtls_gcm_init(&c->gcm);
    mbedtls_chachapoly_init(&c->chacha);
    mbedtls_aes_init(&c->enc);
    mbedtls_aes_init(&c->dec);
    mbedtls_md_init(&c->md);
    if (cipher == BENCH_GCM)
        must(mbedtls_gcm_setkey(&c->gcm, MBEDTLS_CIPHER_ID_AES, key, bits));
    if (cipher == BENCH_CHACHA)
        must(mbedtls_chachapoly_setkey(&c->chacha, key));
    if (cipher == BENCH_CBC_SHA256) {
        must(mbedtls_aes_setkey_enc(&c->enc, key, bits));
        must(mbedtls_aes_setkey_dec(&c->dec, key, bits));
        must(mbedtls_md_setup(&c->md, mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), 1));
        must(mbedtls_md_hmac_starts(&c->md, integ_key, 32));
    }
    return c;
}

static void cbc(struct ctx *c, int mode, const uint8_t *iv, uint8_t *text, size_t n)
{
    uint8_t own[16];

    memcpy(own, iv, sizeof(own));
    must(mbedtls_aes_crypt_cbc(mode == MBEDTLS_AES_ENCRYPT ? &c->enc : &c->dec, mode, n, own, text, text));
}

static void mac(struct ctx *c, const uint8_t *iv, const uint8_t *aad, const uint8_t *text, size_t n,
                uint8_t *out)
{
    must(mbedtls_md_hmac_reset(&c->md));
    must(mbedtls_md_hmac_update(&c->md, aad, 8));
    must(mbedtls_md_hmac_update(&c->md, iv, 16));
    must(mbedtls_md_hmac_update(&c->md, text, n));
    must(mbedtls_md_hmac_finish(&c->md, out));
}

static void seal(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag)
{
    struct ctx *c = ctx;
    uint8_t out[32];

    switch (c->cipher) {
    case BENCH_GCM:
        must(mbedtls_gcm_crypt_and_tag(&c->gcm, MBEDTLS_GCM_ENCRYPT, n, iv, 12, aad, 8, text, text, 16, tag));
        break;
    case BENCH_CHACHA:
        must(mbedtls_chachapoly_encrypt_and_tag(&c->chacha, n, iv, aad, 8, text, text, tag));
        break;
    case BENCH_CBC_SHA256:
        cbc(c, MBEDTLS_AES_ENCRYPT, iv, text, n);
        mac(c, iv, aad, text, n, out);
        memcpy(tag, out, 16);
        break;
    }
}

static void open(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag)
{
    struct ctx *c = ctx;
    uint8_t out[32];

    switch (c->cipher) {
    case BENCH_GCM:
        must(mbedtls_gcm_auth_decrypt(&c->gcm, n, iv, 12, aad, 8, tag, 16, text, text));
        break;
    case BENCH_CHACHA:
        must(mbedtls_chachapoly_auth_decrypt(&c->chacha, n, iv, aad, 8, tag, text, text));
        break;
    case BENCH_CBC_SHA256:
        mac(c, iv, aad, text, n, out);
        must(memcmp(out, tag, 16));
        cbc(c, MBEDTLS_AES_DECRYPT, iv, text, n);
        break;
    }
}

static void stop(void *ctx)
{
    struct ctx *c = ctx;

    mbedtls_gcm_free(&c->gcm);
    mbedtls_chachapoly_free(&c->chacha);
    mbedtls_aes_free(&c->enc);
    mbedtls_aes_free(&c->dec);
    mbedtls_md_free(&c->md);
    free(c);
}

const struct raw raw_mbedtls = {"mbedtls", ike_crypto_mbedtls, start, seal, open, stop};
