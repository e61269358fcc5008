/* backend/openssl_eddsa.c - Ed25519 and Ed448 by OpenSSL (RFC 8032, pure, without context). SPDX-License-Identifier: Apache-2.0
 *
 * Not here: certificates and key files (trust, keystore), which come with octets of keys. */
#include "backend/openssl_room.h"
#include <openssl/err.h>

static int derive(int id, size_t n, const uint8_t *key, uint8_t *out)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(id, NULL, key, n);
    size_t out_n = n;
    int ok = pkey && EVP_PKEY_get_raw_public_key(pkey, out, &out_n) > 0 && out_n == n;

    EVP_PKEY_free(pkey);
    return ok ? 0 : IKE_E_CRYPTO;
}

static int sign(int id, size_t n, size_t sig_n, const uint8_t *key, ike_span octets, uint8_t *out)
{
    EVP_PKEY *pkey = EVP_PKEY_new_raw_private_key(id, NULL, key, n);
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    size_t out_n = sig_n;
    int ok = pkey && md && EVP_DigestSignInit_ex(md, NULL, NULL, NULL, NULL, pkey, NULL) > 0 &&
             EVP_DigestSign(md, out, &out_n, octets.p, octets.n) > 0 && out_n == sig_n;

    EVP_MD_CTX_free(md);
    EVP_PKEY_free(pkey);
    return ok ? 0 : IKE_E_CRYPTO;
}

/* A point that is none and a signature of another length are wrong signatures, no faults of ours. */
static int verify(int id, size_t n, const uint8_t *key, ike_span octets, ike_span sig)
{
    EVP_PKEY *pkey;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int err = IKE_E_CRYPTO;

    ERR_set_mark();
    pkey = EVP_PKEY_new_raw_public_key(id, NULL, key, n);
    if (md)
        err = pkey && EVP_DigestVerifyInit_ex(md, NULL, NULL, NULL, NULL, pkey, NULL) > 0 &&
                      EVP_DigestVerify(md, sig.p, sig.n, octets.p, octets.n) == 1
                  ? 0
                  : IKE_E_AUTH;
    ERR_pop_to_mark();
    EVP_MD_CTX_free(md);
    EVP_PKEY_free(pkey);
    return err;
}

#define EDDSA(name, number, id, key_len, sig_len)                                     \
    static int name##_derive(const uint8_t *key, uint8_t *out)                        \
    {                                                                                 \
        return derive(id, key_len, key, out);                                         \
    }                                                                                 \
    static int name##_sign(const uint8_t *key, ike_span octets, uint8_t *out)         \
    {                                                                                 \
        return sign(id, key_len, sig_len, key, octets, out);                          \
    }                                                                                 \
    static int name##_verify(const uint8_t *key, ike_span octets, ike_span sig)       \
    {                                                                                 \
        return sig.n == sig_len ? verify(id, key_len, key, octets, sig) : IKE_E_AUTH; \
    }                                                                                 \
    static const ike_eddsa_alg name = {number, key_len, sig_len, name##_derive, name##_sign, name##_verify};
EDDSA(ed25519, IKE_SIG_ED25519, EVP_PKEY_ED25519, 32, 64)
EDDSA(ed448, IKE_SIG_ED448, EVP_PKEY_ED448, 57, 114)

const ike_eddsa_alg *const ike__openssl_eddsas[] = {&ed25519, &ed448, NULL};
