/* tests/fake/crypto_fake.c - a crypto backend without security, for tests and fuzzers. SPDX-License-Identifier: Apache-2.0 */
#include "fake/crypto_fake.h"
#include <string.h>

uint64_t crypto_fake_mix(uint64_t h, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        h ^= p[i];
        h *= UINT64_C(0x100000001b3);
        h ^= h >> 29;
    }
    return h;
}

static void spread(uint64_t h, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        h = h * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        out[i] = (uint8_t)(h >> 56);
    }
}

static int fake_random(void *self, uint8_t *out, size_t n)
{
    struct crypto_fake *f = self;

    if (++f->calls == f->fail_after)
        return IKE_E_CRYPTO;
    f->state += UINT64_C(0x9e3779b97f4a7c15);
    spread(f->state, out, n);
    if (f->has_nonce_first && n == 32) {
        out[0] = f->nonce_first;
        f->has_nonce_first = 0;
    }
    return 0;
}

static int fake_sha1(ike_span a, ike_span b, uint8_t out[20])
{
    spread(crypto_fake_mix(crypto_fake_mix(1, a.p, a.n), b.p, b.n), out, 20);
    return 0;
}

/* ---- PRF ---- */

struct prf {
    uint64_t h;
};

static int prf_init(void *ctx, const uint8_t *key, size_t n)
{
    ((struct prf *)ctx)->h = crypto_fake_mix(2, key, n);
    return 0;
}

static int prf_update(void *ctx, const uint8_t *p, size_t n)
{
    ((struct prf *)ctx)->h = crypto_fake_mix(((struct prf *)ctx)->h, p, n);
    return 0;
}

static void prf_wipe(void *ctx)
{
    memset(ctx, 0, sizeof(struct prf));
}

#define PRF(number, len)                                    \
    static int prf##number##_final(void *ctx, uint8_t *out) \
    {                                                       \
        spread(((struct prf *)ctx)->h ^ number, out, len);  \
        return 0;                                           \
    }                                                       \
    static const ike_prf_alg prf##number = {                \
        number, len, 0, sizeof(struct prf), prf_init, prf_update, prf##number##_final, prf_wipe};
PRF(5, 32)
PRF(6, 48)
PRF(7, 64)
PRF(2, 20)
static const ike_prf_alg *const prfs[] = {&prf5, &prf6, &prf7, &prf2, NULL};

/* ---- ciphers ---- */

struct cipher {
    uint64_t key;
    uint32_t iv_len, tag_len;
};

static int start(void *ctx, const uint8_t *key, size_t n, const uint8_t *integ, size_t integ_n,
                 uint32_t iv_len, uint32_t tag_len)
{
    struct cipher *c = ctx;

    c->key = crypto_fake_mix(crypto_fake_mix(3, key, n), integ, integ_n);
    c->iv_len = iv_len;
    c->tag_len = tag_len;
    return 0;
}

static void scramble(const struct cipher *c, ike_cipher_op *op)
{
    uint64_t h = crypto_fake_mix(c->key, op->iv, c->iv_len);

    for (size_t i = 0; i < op->n; i++) {
        h = h * UINT64_C(6364136223846793005) + 1;
        op->text[i] ^= (uint8_t)(h >> 56);
    }
}

static void make_tag(const struct cipher *c, const ike_cipher_op *op, uint8_t *tag)
{
    uint64_t h = crypto_fake_mix(c->key, op->aad, op->aad_n);

    h = crypto_fake_mix(h, op->iv, c->iv_len);
    h = crypto_fake_mix(h, op->text, op->n);
    spread(crypto_fake_mix(h, op->tail, op->tail_n), tag, c->tag_len);
}

static int fake_seal(void *ctx, ike_cipher_op *ops, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        scramble(ctx, &ops[i]);
        make_tag(ctx, &ops[i], ops[i].tag);
        ops[i].err = 0;
    }
    return 0;
}

static int fake_open(void *ctx, ike_cipher_op *ops, size_t n)
{
    uint8_t tag[32];

    for (size_t i = 0; i < n; i++) {
        make_tag(ctx, &ops[i], tag);
        ops[i].err = memcmp(tag, ops[i].tag, ((struct cipher *)ctx)->tag_len) == 0 ? 0 : IKE_E_DISCARD;
        if (ops[i].err == 0)
            scramble(ctx, &ops[i]);
    }
    return 0;
}

static void cipher_wipe(void *ctx)
{
    memset(ctx, 0, sizeof(struct cipher));
}

#define CIPHER(name, id, bits, integ_id, key_n, salt_n, integ_n, iv_n, tag_n, block, rnd)         \
    static int name##_init(void *ctx, const uint8_t *key, const uint8_t *integ)                   \
    {                                                                                             \
        return start(ctx, key, key_n + salt_n, integ, integ_n, iv_n, tag_n);                      \
    }                                                                                             \
    static const ike_cipher_alg name = {id,          bits,      integ_id,  key_n,                 \
                                        salt_n,      integ_n,   iv_n,      tag_n,                 \
                                        block,       rnd,       {0, 0, 0}, sizeof(struct cipher), \
                                        name##_init, fake_seal, fake_open, cipher_wipe};
CIPHER(gcm16_256, 20, 256, 0, 32, 4, 0, 8, 16, 1, 0)
CIPHER(gcm16_128, 20, 128, 0, 16, 4, 0, 8, 16, 1, 0)
CIPHER(gcm12_128, 19, 128, 0, 16, 4, 0, 8, 12, 1, 0)
CIPHER(gcm8_128, 18, 128, 0, 16, 4, 0, 8, 8, 1, 0)
CIPHER(chacha, 28, 0, 0, 32, 4, 0, 8, 16, 1, 0)
CIPHER(cbc256_256, 12, 256, 12, 32, 0, 32, 16, 16, 16, 1)
CIPHER(cbc128_256, 12, 128, 12, 16, 0, 32, 16, 16, 16, 1)
CIPHER(cbc256_512, 12, 256, 14, 32, 0, 64, 16, 32, 16, 1)
CIPHER(ctr128_256, 13, 128, 12, 16, 4, 32, 8, 16, 1, 0)
static const ike_cipher_alg *const ciphers[] = {&gcm16_256,  &gcm16_128,  &gcm12_128,  &gcm8_128,   &chacha,
                                                &cbc256_256, &cbc128_256, &cbc256_512, &ctr128_256, NULL};

/* ---- key exchange: both sides mix both public values, in one order ---- */

struct kex {
    uint8_t own[512];
};

static int kex_begin(void *ctx, const ike_crypto *c, uint8_t *out, size_t n)
{
    struct kex *k = ctx;

    if (c->random(c->self, k->own, n) < 0)
        return IKE_E_CRYPTO;
    k->own[0] |= 1;
    memcpy(out, k->own, n);
    return 0;
}

static int kex_finish(void *ctx, ike_span reply, uint8_t *secret, size_t public_n, size_t secret_n)
{
    const struct kex *k = ctx;
    uint8_t zero[512] = {0};
    int first;

    if (reply.n != public_n || memcmp(reply.p, zero, public_n) == 0)
        return IKE_E_DISCARD;
    first = memcmp(k->own, reply.p, public_n) < 0;
    spread(crypto_fake_mix(crypto_fake_mix(4, first ? k->own : reply.p, public_n), first ? reply.p : k->own,
                           public_n),
           secret, secret_n);
    return 0;
}

static void kex_wipe(void *ctx)
{
    memset(ctx, 0, sizeof(struct kex));
}

#define KEX(number, public_n, secret_n)                                          \
    static int kex##number##_begin(void *ctx, const ike_crypto *c, uint8_t *out) \
    {                                                                            \
        return kex_begin(ctx, c, out, public_n);                                 \
    }                                                                            \
    static int kex##number##_finish(void *ctx, ike_span reply, uint8_t *secret)  \
    {                                                                            \
        return kex_finish(ctx, reply, secret, public_n, secret_n);               \
    }                                                                            \
    static const ike_kex_alg kex##number = {number,                              \
                                            public_n,                            \
                                            public_n,                            \
                                            secret_n,                            \
                                            sizeof(struct kex),                  \
                                            kex##number##_begin,                 \
                                            kex##number##_finish,                \
                                            kex_wipe};
KEX(31, 32, 32)
KEX(19, 64, 32)
KEX(20, 96, 48)
KEX(21, 132, 66)
KEX(32, 56, 56)
KEX(14, 256, 256)
KEX(15, 384, 384)
KEX(16, 512, 512)
static const ike_kex_alg *const kexes[] = {&kex31, &kex19, &kex20, &kex21, &kex32,
                                           &kex15, &kex16, &kex14, NULL};

void crypto_fake_init(struct crypto_fake *f, uint64_t seed)
{
    memset(f, 0, sizeof(*f));
    f->state = seed;
    f->table.abi = IKE_CRYPTO_ABI;
    f->table.name = "fake";
    f->table.self = f;
    f->table.random = fake_random;
    f->table.sha1 = fake_sha1;
    f->table.prf = prfs;
    f->table.cipher = ciphers;
    f->table.kex = kexes;
}
