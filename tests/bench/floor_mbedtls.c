/* tests/bench/floor_mbedtls.c - mbedTLS' public-key arithmetic alone. SPDX-License-Identifier: Apache-2.0 */
#include "floor.h"
#include <ike/crypto.h>
#include <mbedtls/ecdh.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <stdlib.h>

static mbedtls_ecp_group x25519;
static mbedtls_ecp_point other;
static mbedtls_pk_context own_key, ca;
static unsigned char leaf[128]; /* SubjectPublicKeyInfo, at its end */
static int leaf_n;

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

static void new_key(mbedtls_pk_context *pk)
{
    mbedtls_pk_init(pk);
    must(mbedtls_pk_setup(pk, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*pk), rng, NULL));
}

static void open(void)
{
    mbedtls_mpi ignored;

    mbedtls_ecp_group_init(&x25519);
    mbedtls_mpi_init(&ignored);
    mbedtls_ecp_point_init(&other);
    must(mbedtls_ecp_group_load(&x25519, MBEDTLS_ECP_DP_CURVE25519));
    must(mbedtls_ecp_gen_keypair(&x25519, &ignored, &other, rng, NULL));
    mbedtls_mpi_free(&ignored);
    new_key(&own_key);
    new_key(&ca);
    leaf_n = mbedtls_pk_write_pubkey_der(&own_key, leaf, sizeof(leaf));
    must(leaf_n <= 0);
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

/* Of long-lived keys, and of one that is read for the occasion, as the gateway's is. */
static void prove(void)
{
    unsigned char hash[32] = {1}, sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    mbedtls_pk_context peer;
    size_t n;

#if MBEDTLS_VERSION_MAJOR >= 3
    must(mbedtls_pk_sign(&ca, MBEDTLS_MD_SHA256, hash, sizeof(hash), sig, sizeof(sig), &n, rng, NULL));
#else
    must(mbedtls_pk_sign(&ca, MBEDTLS_MD_SHA256, hash, sizeof(hash), sig, &n, rng, NULL));
#endif
    must(mbedtls_pk_verify(&ca, MBEDTLS_MD_SHA256, hash, sizeof(hash), sig, n));
    mbedtls_pk_init(&peer);
    must(mbedtls_pk_parse_public_key(&peer, leaf + sizeof(leaf) - (size_t)leaf_n, (size_t)leaf_n));
    /* takes as long as one that is right */
    if (mbedtls_pk_verify(&peer, MBEDTLS_MD_SHA256, hash, sizeof(hash), sig, n) == 0)
        abort();
    mbedtls_pk_free(&peer);
}

const struct floor floor_mbedtls = {"mbedtls", open, agree, prove};
