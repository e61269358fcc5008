/* tests/bench/floor_openssl.c - OpenSSL's public-key arithmetic alone. SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"
#ifdef IKE_HAS_OPENSSL
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

static EVP_PKEY *ecdsa, *other;

static void must(int ok)
{
    if (ok <= 0)
        abort();
}

static void open(void)
{
    ecdsa = ecdsa ? ecdsa : EVP_EC_gen("P-256");
    other = other ? other : EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    must(ecdsa != NULL && other != NULL);
}

static void agree(void)
{
    EVP_PKEY *own = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
    unsigned char secret[32];
    size_t n = sizeof(secret);

    must(EVP_PKEY_derive_init(ctx));
    must(EVP_PKEY_derive_set_peer(ctx, other));
    must(EVP_PKEY_derive(ctx, secret, &n));
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(own);
}

static void prove(void)
{
    unsigned char sig[128], text[256] = {1};
    size_t n = sizeof(sig);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    must(EVP_DigestSignInit_ex(ctx, NULL, "SHA256", NULL, NULL, ecdsa, NULL));
    must(EVP_DigestSign(ctx, sig, &n, text, sizeof(text)));
    for (int i = 0; i < 2; i++) {
        EVP_MD_CTX_reset(ctx);
        must(EVP_DigestVerifyInit_ex(ctx, NULL, "SHA256", NULL, NULL, ecdsa, NULL));
        must(EVP_DigestVerify(ctx, sig, n, text, sizeof(text)));
    }
    EVP_MD_CTX_free(ctx);
}

const struct floor floor_openssl = {"openssl", open, agree, prove};
#endif
