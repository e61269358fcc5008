/* tests/bench/floor_mbedtls.c - mbedTLS' public-key arithmetic alone. SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"
#include <ike/crypto.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/ecdsa.h>
#include <stdlib.h>

static mbedtls_ecp_group p256, x25519;
static mbedtls_mpi d;
static mbedtls_ecp_point q, other;

static void must(int err)
{
    if (err != 0)
        abort();
}

static int rng(void *self, unsigned char *out, size_t n)
{
    const ike_crypto *c = ike_crypto_mbedtls();

    (void)self;
    return c->random(c->self, out, n);
}

static void open(void)
{
    mbedtls_mpi ignored;

    mbedtls_ecp_group_init(&p256);
    mbedtls_ecp_group_init(&x25519);
    mbedtls_mpi_init(&d);
    mbedtls_mpi_init(&ignored);
    mbedtls_ecp_point_init(&q);
    mbedtls_ecp_point_init(&other);
    must(mbedtls_ecp_group_load(&p256, MBEDTLS_ECP_DP_SECP256R1));
    must(mbedtls_ecp_group_load(&x25519, MBEDTLS_ECP_DP_CURVE25519));
    must(mbedtls_ecp_gen_keypair(&p256, &d, &q, rng, NULL));
    must(mbedtls_ecp_gen_keypair(&x25519, &ignored, &other, rng, NULL));
    mbedtls_mpi_free(&ignored);
}

static void agree(void)
{
    mbedtls_mpi own, z;
    mbedtls_ecp_point pub;

    mbedtls_mpi_init(&own);
    mbedtls_mpi_init(&z);
    mbedtls_ecp_point_init(&pub);
    must(mbedtls_ecp_gen_keypair(&x25519, &own, &pub, rng, NULL));
    must(mbedtls_ecdh_compute_shared(&x25519, &z, &other, &own, rng, NULL));
    mbedtls_mpi_free(&own);
    mbedtls_mpi_free(&z);
    mbedtls_ecp_point_free(&pub);
}

static void prove(void)
{
    unsigned char hash[32] = {1};
    mbedtls_mpi r, s;

    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);
    must(mbedtls_ecdsa_sign(&p256, &r, &s, &d, hash, sizeof(hash), rng, NULL));
    for (int i = 0; i < 2; i++)
        must(mbedtls_ecdsa_verify(&p256, hash, sizeof(hash), &q, &r, &s));
    mbedtls_mpi_free(&r);
    mbedtls_mpi_free(&s);
}

const struct floor floor_mbedtls = {"mbedtls", open, agree, prove};
