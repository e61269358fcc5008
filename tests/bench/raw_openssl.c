/* tests/bench/raw_openssl.c - OpenSSL by itself, as its manual shows it. SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"
#ifdef IKE_HAS_OPENSSL
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct ctx {
    enum bench_cipher cipher;
    EVP_CIPHER_CTX *enc, *dec;
    EVP_MAC_CTX *mac;
};

static void must(int ok)
{
    if (ok <= 0)
        abort();
}

static void *start(enum bench_cipher cipher, unsigned bits, const uint8_t *key, const uint8_t *integ_key)
{
    const char *name = cipher == BENCH_CHACHA ? "ChaCha20-Poly1305"
                       : cipher == BENCH_GCM  ? (bits == 128 ? "AES-128-GCM" : "AES-256-GCM")
                                              : (bits == 128 ? "AES-128-CBC" : "AES-256-CBC");
    EVP_CIPHER *evp = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    char sha256[] = "SHA2-256";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, sha256, 0), OSSL_PARAM_END};
    struct ctx *c = calloc(1, sizeof(*c));

    if (!c || !evp || !hmac)
        abort();
    c->cipher = cipher;
    c->enc = EVP_CIPHER_CTX_new();
    c->dec = EVP_CIPHER_CTX_new();
    c->mac = EVP_MAC_CTX_new(hmac);
    must(EVP_EncryptInit_ex2(c->enc, evp, key, NULL, NULL));
    must(EVP_DecryptInit_ex2(c->dec, evp, key, NULL, NULL));
    if (cipher == BENCH_CBC_SHA256) {
        must(EVP_CIPHER_CTX_set_padding(c->enc, 0));
        must(EVP_CIPHER_CTX_set_padding(c->dec, 0));
    }
    must(EVP_MAC_init(c->mac, integ_key, 32, params));
    EVP_CIPHER_free(evp);
    EVP_MAC_free(hmac);
    return c;
}

static void mac(struct ctx *c, const uint8_t *iv, const uint8_t *aad, const uint8_t *text, size_t n,
                uint8_t *out)
{
    size_t out_n;

    must(EVP_MAC_init(c->mac, NULL, 0, NULL));
    must(EVP_MAC_update(c->mac, aad, 8));
    must(EVP_MAC_update(c->mac, iv, 16));
    must(EVP_MAC_update(c->mac, text, n));
    must(EVP_MAC_final(c->mac, out, &out_n, 32));
}

static void seal(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag)
{
    struct ctx *c = ctx;
    uint8_t out[32];
    int len;

    must(EVP_EncryptInit_ex2(c->enc, NULL, NULL, iv, NULL));
    if (c->cipher != BENCH_CBC_SHA256)
        must(EVP_EncryptUpdate(c->enc, NULL, &len, aad, 8));
    must(EVP_EncryptUpdate(c->enc, text, &len, text, (int)n));
    must(EVP_EncryptFinal_ex(c->enc, text + len, &len));
    if (c->cipher != BENCH_CBC_SHA256) {
        must(EVP_CIPHER_CTX_ctrl(c->enc, EVP_CTRL_AEAD_GET_TAG, 16, tag));
    } else {
        mac(c, iv, aad, text, n, out);
        memcpy(tag, out, 16);
    }
}

static void open(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag)
{
    struct ctx *c = ctx;
    uint8_t out[32];
    int len;

    if (c->cipher == BENCH_CBC_SHA256) {
        mac(c, iv, aad, text, n, out);
        must(CRYPTO_memcmp(out, tag, 16) == 0);
    }
    must(EVP_DecryptInit_ex2(c->dec, NULL, NULL, iv, NULL));
    if (c->cipher != BENCH_CBC_SHA256) {
        must(EVP_CIPHER_CTX_ctrl(c->dec, EVP_CTRL_AEAD_SET_TAG, 16, tag));
        must(EVP_DecryptUpdate(c->dec, NULL, &len, aad, 8));
    }
    must(EVP_DecryptUpdate(c->dec, text, &len, text, (int)n));
    must(EVP_DecryptFinal_ex(c->dec, text + len, &len));
}

static void stop(void *ctx)
{
    struct ctx *c = ctx;

    EVP_CIPHER_CTX_free(c->enc);
    EVP_CIPHER_CTX_free(c->dec);
    EVP_MAC_CTX_free(c->mac);
    free(c);
}

const struct raw raw_openssl = {"openssl", ike_crypto_openssl, start, seal, open, stop};
#endif
