/* backend/openssl_hmac.c - HMAC for packets (RFC 2104). SPDX-License-Identifier: Apache-2.0
 *
 * By the SHA functions, deprecated as they are: EVP_MAC and EVP_MD allocate for every message (EVP_DigestInit_ex2
 * makes a new context even where there is one), and would hash the key twice more.
 *
 * Not here: the PRF, which has time (openssl_prf.c). */
#include "backend/openssl_room.h"
#include <openssl/crypto.h>
#include <string.h>

#define HASH(hash, field, prefix, block_n, out_n)                                                \
    static void hash##_init(union openssl_sha *s)                                                \
    {                                                                                            \
        prefix##_Init(&s->field);                                                                \
    }                                                                                            \
    static void hash##_update(union openssl_sha *s, const uint8_t *p, size_t n)                  \
    {                                                                                            \
        prefix##_Update(&s->field, p, n);                                                        \
    }                                                                                            \
    static void hash##_final(union openssl_sha *s, uint8_t *out)                                 \
    {                                                                                            \
        prefix##_Final(out, &s->field);                                                          \
    }                                                                                            \
    const struct openssl_hash ike__openssl_##hash = {block_n, out_n, hash##_init, hash##_update, \
                                                     hash##_final};
HASH(sha1, sha1, SHA1, 64, 20)
HASH(sha256, sha256, SHA256, 64, 32)
HASH(sha384, sha512, SHA384, 128, 48)
HASH(sha512, sha512, SHA512, 128, 64)

static void absorb(union openssl_sha *s, const struct openssl_hash *hash, const uint8_t *key, uint8_t pad)
{
    uint8_t block[128];

    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < hash->out_len; i++)
        block[i] ^= key[i];
    hash->init(s);
    hash->update(s, block, hash->block);
    OPENSSL_cleanse(block, sizeof(block));
}

void ike__openssl_hmac_init(struct openssl_hmac *h, const struct openssl_hash *hash, const uint8_t *key)
{
    h->hash = hash;
    absorb(&h->inner, hash, key, 0x36);
    absorb(&h->outer, hash, key, 0x5c);
}

void ike__openssl_hmac_start(struct openssl_hmac *h)
{
    h->now = h->inner;
}

void ike__openssl_hmac_update(struct openssl_hmac *h, const uint8_t *p, size_t n)
{
    h->hash->update(&h->now, p, n);
}

void ike__openssl_hmac_final(struct openssl_hmac *h, uint8_t *out)
{
    h->hash->final(&h->now, out);
    h->now = h->outer;
    h->hash->update(&h->now, out, h->hash->out_len);
    h->hash->final(&h->now, out);
}
