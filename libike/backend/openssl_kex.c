/* backend/openssl_kex.c - MODP, ECP, Curve25519, Curve448. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3526 and 7296 3.4 (MODP: values as long as the prime), RFC 5903 (ECP: x | y, secret x), RFC 8031
 * (little-endian octets of RFC 7748). OpenSSL's "encoded public key" is the same on the wire but for the octet 4 in
 * front of a point of an ECP group. It also checks what RFC 6989 2 and RFC 8031 3.2 want: taking the encoded value in,
 * 1 < y < p - 1 and points on the curve; deriving, an all-zero secret. */
#include "backend/openssl_room.h"
#include <openssl/dh.h>
#include <openssl/err.h>
#include <string.h>

struct kex {
    EVP_PKEY *own;
};

static void wipe(void *ctx)
{
    struct kex *k = ctx;

    EVP_PKEY_free(k->own);
    k->own = NULL;
}

static int is_ecp(const ike_kex_alg *alg)
{
    return alg->id >= 19 && alg->id <= 21;
}

static int is_modp(const ike_kex_alg *alg)
{
    return alg->id < 19;
}

static int begin(struct kex *k, const ike_kex_alg *alg, const char *type, const char *group, uint8_t *out)
{
    EVP_PKEY_CTX *gen = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    size_t skip = is_ecp(alg) ? 1 : 0, n = 0;
    unsigned char *value = NULL;
    int ok;

    wipe(k);
    if (gen && EVP_PKEY_keygen_init(gen) > 0 && (!group || EVP_PKEY_CTX_set_group_name(gen, group) > 0) &&
        EVP_PKEY_generate(gen, &k->own) > 0)
        n = EVP_PKEY_get1_encoded_public_key(k->own, &value);
    ok = value && n == alg->public_len + skip;
    if (ok)
        memcpy(out, value + skip, alg->public_len);
    OPENSSL_free(value);
    EVP_PKEY_CTX_free(gen);
    return ok ? 0 : IKE_E_CRYPTO;
}

/* EVP's own check of the peer (the 0) would cost a MODP group another exponentiation, to keep out what RFC 6989
 * 2.1 lets in. */
static int derive(EVP_PKEY_CTX *ctx, EVP_PKEY *peer, const ike_kex_alg *alg, uint8_t *secret)
{
    size_t n = alg->secret_len;

    return EVP_PKEY_derive_init(ctx) > 0 && EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) > 0 &&
           (!is_modp(alg) || EVP_PKEY_CTX_set_dh_pad(ctx, 1) > 0) && EVP_PKEY_derive(ctx, secret, &n) > 0 &&
           n == alg->secret_len;
}

static int finish(struct kex *k, const ike_kex_alg *alg, ike_span reply, uint8_t *secret)
{
    uint8_t octets[1 + 512];
    size_t skip = is_ecp(alg) ? 1 : 0;
    EVP_PKEY_CTX *ctx;
    EVP_PKEY *peer;
    int err = IKE_E_CRYPTO;

    if (reply.n != alg->reply_len)
        return IKE_E_DISCARD;
    octets[0] = 4; /* a point, uncompressed */
    memcpy(octets + skip, reply.p, reply.n);
    ERR_set_mark();
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->own, NULL);
    peer = EVP_PKEY_new();
    if (ctx && peer && EVP_PKEY_copy_parameters(peer, k->own) > 0)
        err = EVP_PKEY_set1_encoded_public_key(peer, octets, reply.n + skip) > 0 &&
                      derive(ctx, peer, alg, secret)
                  ? 0
                  : IKE_E_DISCARD;
    EVP_PKEY_free(peer);
    EVP_PKEY_CTX_free(ctx);
    ERR_pop_to_mark(); /* what a peer sends is no error of the host's */
    return err;
}

#define KEX(name, number, type, group, public_n, secret_n)                                                \
    static const ike_kex_alg name;                                                                        \
    static int name##_begin(void *ctx, const ike_crypto *c, uint8_t *public_out)                          \
    {                                                                                                     \
        (void)c;                                                                                          \
        return begin(ctx, &name, type, group, public_out);                                                \
    }                                                                                                     \
    static int name##_finish(void *ctx, ike_span reply, uint8_t *secret_out)                              \
    {                                                                                                     \
        return finish(ctx, &name, reply, secret_out);                                                     \
    }                                                                                                     \
    static const ike_kex_alg name = {number,       public_n,      public_n, secret_n, sizeof(struct kex), \
                                     name##_begin, name##_finish, wipe};
KEX(curve25519, 31, "X25519", NULL, 32, 32)
KEX(curve448, 32, "X448", NULL, 56, 56)
KEX(ecp256, 19, "EC", "P-256", 64, 32)
KEX(ecp384, 20, "EC", "P-384", 96, 48)
KEX(ecp521, 21, "EC", "P-521", 132, 66)
KEX(modp2048, 14, "DH", "modp_2048", 256, 256)
KEX(modp3072, 15, "DH", "modp_3072", 384, 384)
KEX(modp4096, 16, "DH", "modp_4096", 512, 512)

const ike_kex_alg *const ike__openssl_kexes[] = {&curve25519, &ecp256,   &ecp384,   &ecp521, &curve448,
                                                 &modp3072,   &modp4096, &modp2048, NULL};
