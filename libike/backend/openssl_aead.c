/* backend/openssl_aead.c - AES-GCM and ChaCha20-Poly1305, by their provider's own functions. SPDX-License-Identifier: Apache-2.0
 *
 * EVP asks the provider by name for the length of a nonce and for a tag, packet by packet: a seventh of what 1400 octets
 * of AES-GCM cost. So the cipher is fetched by EVP, which knows what the host has configured, and then driven by the
 * functions that its provider offers (provider-cipher(7), core_dispatch.h). Keys are prepared once, nothing is allocated
 * per packet; what was decrypted and is not authentic is cleared.
 *
 * Not here: which of each there are (ciphers.h), ciphers with a MAC (openssl_cipher.c). */
#include "backend/openssl_room.h"
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <string.h>

/* ---- the provider's functions ---- */

struct openssl_aead {
    EVP_CIPHER *cipher;
    void *ctx; /* the provider's; both directions have the same key schedule */
    size_t tag_len;
    OSSL_FUNC_cipher_newctx_fn *newctx;
    OSSL_FUNC_cipher_freectx_fn *freectx;
    OSSL_FUNC_cipher_encrypt_init_fn *seal_init;
    OSSL_FUNC_cipher_decrypt_init_fn *open_init;
    OSSL_FUNC_cipher_update_fn *update;
    OSSL_FUNC_cipher_final_fn *final;
    OSSL_FUNC_cipher_get_ctx_params_fn *get;
};

static void take(struct openssl_aead *c, const OSSL_DISPATCH *d)
{
    for (; d->function_id != 0; d++)
        switch (d->function_id) {
        case OSSL_FUNC_CIPHER_NEWCTX:
            c->newctx = OSSL_FUNC_cipher_newctx(d);
            break;
        case OSSL_FUNC_CIPHER_FREECTX:
            c->freectx = OSSL_FUNC_cipher_freectx(d);
            break;
        case OSSL_FUNC_CIPHER_ENCRYPT_INIT:
            c->seal_init = OSSL_FUNC_cipher_encrypt_init(d);
            break;
        case OSSL_FUNC_CIPHER_DECRYPT_INIT:
            c->open_init = OSSL_FUNC_cipher_decrypt_init(d);
            break;
        case OSSL_FUNC_CIPHER_UPDATE:
            c->update = OSSL_FUNC_cipher_update(d);
            break;
        case OSSL_FUNC_CIPHER_FINAL:
            c->final = OSSL_FUNC_cipher_final(d);
            break;
        case OSSL_FUNC_CIPHER_GET_CTX_PARAMS:
            c->get = OSSL_FUNC_cipher_get_ctx_params(d);
            break;
        default:
            break;
        }
}

static int has_all(const struct openssl_aead *c)
{
    return c->newctx && c->freectx && c->seal_init && c->open_init && c->update && c->final && c->get;
}

static int find(struct openssl_aead *c, const char *name)
{
    const OSSL_PROVIDER *provider = EVP_CIPHER_get0_provider(c->cipher);
    size_t n = strlen(name);
    int may_not_keep;
    const OSSL_ALGORITHM *all = OSSL_PROVIDER_query_operation(provider, OSSL_OP_CIPHER, &may_not_keep);

    for (const OSSL_ALGORITHM *a = all; a && a->algorithm_names; a++) /* "AES-128-GCM:id-aes128-GCM:2.16…" */
        if (OPENSSL_strncasecmp(a->algorithm_names, name, n) == 0 &&
            (a->algorithm_names[n] == ':' || a->algorithm_names[n] == 0)) {
            take(c, a->implementation);
            break;
        }
    OSSL_PROVIDER_unquery_operation(provider, OSSL_OP_CIPHER, all);
    return has_all(c) ? 0 : IKE_E_CRYPTO;
}

static int start(struct openssl_aead *c, const char *name, const uint8_t *key, size_t key_len)
{
    c->cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (!c->cipher || find(c, name) < 0)
        return IKE_E_CRYPTO;
    c->ctx = c->newctx(OSSL_PROVIDER_get0_provider_ctx(EVP_CIPHER_get0_provider(c->cipher)));
    return c->ctx && c->seal_init(c->ctx, key, key_len, NULL, 0, NULL) ? 0 : IKE_E_CRYPTO;
}

struct openssl_aead *ike__openssl_aead_new(const char *name, const uint8_t *key, size_t key_len,
                                           size_t tag_len)
{
    struct openssl_aead *c = OPENSSL_zalloc(sizeof(*c));

    if (!c)
        return NULL;
    c->tag_len = tag_len;
    if (start(c, name, key, key_len) < 0) {
        ike__openssl_aead_free(c);
        return NULL;
    }
    return c;
}

void ike__openssl_aead_free(struct openssl_aead *c)
{
    if (!c)
        return;
    if (c->ctx)
        c->freectx(c->ctx);
    EVP_CIPHER_free(c->cipher); /* until here it held the provider */
    OPENSSL_free(c);
}

/* ---- a packet ---- */

static int crypt(struct openssl_aead *c, ike_cipher_op *op)
{
    size_t n;

    return c->update(c->ctx, NULL, &n, op->aad_n, op->aad, op->aad_n) &&
           c->update(c->ctx, op->text, &n, op->n, op->text, op->n);
}

int ike__openssl_aead_seal(struct openssl_aead *c, const uint8_t *nonce, size_t nonce_n, ike_cipher_op *op)
{
    OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, op->tag, c->tag_len),
                        OSSL_PARAM_END};
    size_t none;

    if (!c->seal_init(c->ctx, NULL, 0, nonce, nonce_n, NULL) || !crypt(c, op) ||
        !c->final(c->ctx, op->text, &none, 0) || !c->get(c->ctx, tag))
        return IKE_E_CRYPTO;
    op->err = 0;
    return 0;
}

int ike__openssl_aead_open(struct openssl_aead *c, const uint8_t *nonce, size_t nonce_n, ike_cipher_op *op)
{
    const OSSL_PARAM tag[] = {OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, op->tag, c->tag_len),
                              OSSL_PARAM_END};
    size_t none;

    if (!c->open_init(c->ctx, NULL, 0, nonce, nonce_n, tag) || !crypt(c, op))
        return IKE_E_CRYPTO;
    op->err = c->final(c->ctx, op->text, &none, 0) ? 0 : IKE_E_DISCARD;
    if (op->err < 0)
        OPENSSL_cleanse(op->text, op->n);
    return 0;
}
