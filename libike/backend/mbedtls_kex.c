/* backend/mbedtls_kex.c - MODP, ECP, Curve25519, Curve448. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3526 and 7296 3.4 (MODP: values as long as the prime), RFC 5903 (ECP: x | y, secret x), RFC 8031
 * (little-endian octets of RFC 7748). Public values of the peer are checked as RFC 6989 2 and RFC 8031 3.2 want it. */
#include "backend/mbedtls_room.h"
#include <mbedtls/bignum.h>
#include <mbedtls/dhm.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/ecp.h>
#include <mbedtls/platform_util.h>
#include <string.h>

/* ---- MODP ---- */

#define EXPONENT_LEN 64u /* 512 bits: at least twice the strength of each group (RFC 3526 8) */

struct modp {
    mbedtls_mpi p, x;
    int is_begun;
};

static int modp_power(struct modp *c, const mbedtls_mpi *base, uint8_t *out, size_t n)
{
    mbedtls_mpi r;
    int err;

    mbedtls_mpi_init(&r);
    err = mbedtls_mpi_exp_mod(&r, base, &c->x, &c->p, NULL);
    if (err == 0)
        err = mbedtls_mpi_write_binary(&r, out, n);
    mbedtls_mpi_free(&r);
    return err == 0 ? 0 : IKE_E_CRYPTO;
}

static void modp_wipe(void *ctx)
{
    struct modp *c = ctx;

    if (!c->is_begun)
        return;
    mbedtls_mpi_free(&c->p);
    mbedtls_mpi_free(&c->x);
    c->is_begun = 0;
}

static int modp_begin(struct modp *c, const uint8_t *prime, size_t n, const ike_crypto *crypto,
                      uint8_t *public_out)
{
    uint8_t exponent[EXPONENT_LEN];
    mbedtls_mpi g;
    int err = crypto->random(crypto->self, exponent, sizeof(exponent));

    modp_wipe(c);
    mbedtls_mpi_init(&c->p);
    mbedtls_mpi_init(&c->x);
    mbedtls_mpi_init(&g);
    c->is_begun = 1;
    exponent[0] |= 0x80; /* never a short one */
    if (err == 0)
        err = mbedtls_mpi_read_binary(&c->p, prime, n);
    if (err == 0)
        err = mbedtls_mpi_read_binary(&c->x, exponent, sizeof(exponent));
    if (err == 0)
        err = mbedtls_mpi_lset(&g, 2);
    if (err == 0)
        err = modp_power(c, &g, public_out, n);
    mbedtls_mpi_free(&g);
    mbedtls_platform_zeroize(exponent, sizeof(exponent));
    return err == 0 ? 0 : IKE_E_CRYPTO;
}

/* RFC 6989 2.1: 1 < y < p - 1 */
static int modp_in_range(const struct modp *c, const mbedtls_mpi *y)
{
    mbedtls_mpi top;
    int ok;

    mbedtls_mpi_init(&top);
    ok = mbedtls_mpi_sub_int(&top, &c->p, 1) == 0 && mbedtls_mpi_cmp_int(y, 1) > 0 &&
         mbedtls_mpi_cmp_mpi(y, &top) < 0;
    mbedtls_mpi_free(&top);
    return ok;
}

static int modp_finish(struct modp *c, size_t n, ike_span reply, uint8_t *secret)
{
    mbedtls_mpi y;
    int err;

    if (reply.n != n)
        return IKE_E_DISCARD;
    mbedtls_mpi_init(&y);
    err = mbedtls_mpi_read_binary(&y, reply.p, reply.n) == 0 ? 0 : IKE_E_CRYPTO;
    if (err == 0 && !modp_in_range(c, &y))
        err = IKE_E_DISCARD;
    if (err == 0)
        err = modp_power(c, &y, secret, n);
    mbedtls_mpi_free(&y);
    return err;
}

#define MODP(bits, number, ...)                                                        \
    static const uint8_t prime_##bits[] = __VA_ARGS__;                                 \
    static int modp##bits##_begin(void *ctx, const ike_crypto *c, uint8_t *public_out) \
    {                                                                                  \
        return modp_begin(ctx, prime_##bits, bits / 8, c, public_out);                 \
    }                                                                                  \
    static int modp##bits##_finish(void *ctx, ike_span reply, uint8_t *secret_out)     \
    {                                                                                  \
        return modp_finish(ctx, bits / 8, reply, secret_out);                          \
    }                                                                                  \
    static const ike_kex_alg modp##bits = {number,                                     \
                                           bits / 8,                                   \
                                           bits / 8,                                   \
                                           bits / 8,                                   \
                                           sizeof(struct modp),                        \
                                           modp##bits##_begin,                         \
                                           modp##bits##_finish,                        \
                                           modp_wipe};
MODP(2048, 14, MBEDTLS_DHM_RFC3526_MODP_2048_P_BIN)
MODP(3072, 15, MBEDTLS_DHM_RFC3526_MODP_3072_P_BIN)
MODP(4096, 16, MBEDTLS_DHM_RFC3526_MODP_4096_P_BIN)

/* ---- curves ---- */

struct curve {
    mbedtls_ecp_group group;
    mbedtls_mpi d;
    int is_begun;
};

static void curve_wipe(void *ctx)
{
    struct curve *c = ctx;

    if (!c->is_begun)
        return;
    mbedtls_ecp_group_free(&c->group);
    mbedtls_mpi_free(&c->d);
    c->is_begun = 0;
}

static int table_rng(void *crypto, unsigned char *out, size_t n)
{
    const ike_crypto *c = crypto;

    return c->random(c->self, out, n);
}

/* Points of short Weierstrass curves carry an octet 4 in mbedTLS and none in IKE (RFC 5903 7). */
static int curve_begin(struct curve *c, const ike_crypto *crypto, mbedtls_ecp_group_id id, size_t n,
                       int is_montgomery, uint8_t *public_out)
{
    uint8_t octets[1 + 2 * 66];
    size_t written = 0, skip = is_montgomery ? 0 : 1;
    mbedtls_ecp_point q;
    int err;

    curve_wipe(c);
    mbedtls_ecp_group_init(&c->group);
    mbedtls_mpi_init(&c->d);
    mbedtls_ecp_point_init(&q);
    c->is_begun = 1;
    err = mbedtls_ecp_group_load(&c->group, id);
    /* The key comes from the table's random octets, so that a recording can make it again; blinding, which changes no
     * result, does not. */
    if (err == 0)
        err = mbedtls_ecp_gen_privkey(&c->group, &c->d, table_rng, (void *)(uintptr_t)crypto);
    if (err == 0)
        err = mbedtls_ecp_mul(&c->group, &q, &c->d, &c->group.G, ike__mbedtls_rng, NULL);
    if (err == 0)
        err = mbedtls_ecp_point_write_binary(&c->group, &q, MBEDTLS_ECP_PF_UNCOMPRESSED, &written, octets,
                                             sizeof(octets));
    if (err == 0 && written == n + skip)
        memcpy(public_out, octets + skip, n);
    else
        err = IKE_E_CRYPTO;
    mbedtls_ecp_point_free(&q);
    return err;
}

static int is_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

static int curve_agree(struct curve *c, const mbedtls_ecp_point *q, size_t n, int is_montgomery,
                       uint8_t *secret)
{
    mbedtls_mpi z;
    int err;

    /* RFC 6989 2.3: on the curve and not at infinity; for Montgomery curves: of no small order. */
    if (mbedtls_ecp_check_pubkey(&c->group, q) != 0)
        return IKE_E_DISCARD;
    mbedtls_mpi_init(&z);
    err = mbedtls_ecdh_compute_shared(&c->group, &z, q, &c->d, ike__mbedtls_rng, NULL);
    if (err == 0)
        err = is_montgomery ? mbedtls_mpi_write_binary_le(&z, secret, n)
                            : mbedtls_mpi_write_binary(&z, secret, n);
    mbedtls_mpi_free(&z);
    /* RFC 8031 3.2: an all-zero secret is refused; mbedTLS reports some of these as errors. */
    return err != 0 || is_zero(secret, n) ? IKE_E_DISCARD : 0;
}

static int curve_finish(struct curve *c, size_t public_n, size_t secret_n, int is_montgomery, ike_span reply,
                        uint8_t *secret)
{
    uint8_t octets[1 + 2 * 66];
    size_t skip = is_montgomery ? 0 : 1;
    mbedtls_ecp_point q;
    int err;

    if (reply.n != public_n)
        return IKE_E_DISCARD;
    octets[0] = 4;
    memcpy(octets + skip, reply.p, reply.n);
    mbedtls_ecp_point_init(&q);
    err = mbedtls_ecp_point_read_binary(&c->group, &q, octets, reply.n + skip) == 0
              ? curve_agree(c, &q, secret_n, is_montgomery, secret)
              : IKE_E_DISCARD;
    mbedtls_ecp_point_free(&q);
    return err;
}

#define CURVE(name, number, id, public_n, secret_n, is_montgomery)                                           \
    static int name##_begin(void *ctx, const ike_crypto *c, uint8_t *public_out)                             \
    {                                                                                                        \
        return curve_begin(ctx, c, id, public_n, is_montgomery, public_out);                                 \
    }                                                                                                        \
    static int name##_finish(void *ctx, ike_span reply, uint8_t *secret_out)                                 \
    {                                                                                                        \
        return curve_finish(ctx, public_n, secret_n, is_montgomery, reply, secret_out);                      \
    }                                                                                                        \
    static const ike_kex_alg name = {number,       public_n,      public_n,  secret_n, sizeof(struct curve), \
                                     name##_begin, name##_finish, curve_wipe};
CURVE(curve25519, 31, MBEDTLS_ECP_DP_CURVE25519, 32, 32, 1)
CURVE(curve448, 32, MBEDTLS_ECP_DP_CURVE448, 56, 56, 1)
CURVE(ecp256, 19, MBEDTLS_ECP_DP_SECP256R1, 64, 32, 0)
CURVE(ecp384, 20, MBEDTLS_ECP_DP_SECP384R1, 96, 48, 0)
CURVE(ecp521, 21, MBEDTLS_ECP_DP_SECP521R1, 132, 66, 0)

const ike_kex_alg *const ike__mbedtls_kexes[] = {&curve25519, &ecp256,   &ecp384,   &ecp521, &curve448,
                                                 &modp3072,   &modp4096, &modp2048, NULL};
