/* trust/signature.c - is this signature by the key of this certificate? SPDX-License-Identifier: Apache-2.0
 *
 * RSASSA-PKCS1-v1_5 and PSS (salt as long as the hash), ECDSA on P-256, P-384, P-521. RSA keys below 2048 bits or
 * with an exponent below 65537 are refused before any arithmetic.
 *
 * Not here: which schemes are allowed (the core decides before it asks). */
#include "trust/trust.h"
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/rsa.h>

static const struct {
    int sig;
    mbedtls_md_type_t md;
    int is_rsa, is_pss;
} schemes[] = {
    {IKE_SIG_RSA_SHA256, MBEDTLS_MD_SHA256, 1, 0},   {IKE_SIG_RSA_SHA384, MBEDTLS_MD_SHA384, 1, 0},
    {IKE_SIG_RSA_SHA512, MBEDTLS_MD_SHA512, 1, 0},   {IKE_SIG_RSA_SHA1, MBEDTLS_MD_SHA1, 1, 0},
    {IKE_SIG_PSS_SHA256, MBEDTLS_MD_SHA256, 1, 1},   {IKE_SIG_PSS_SHA384, MBEDTLS_MD_SHA384, 1, 1},
    {IKE_SIG_PSS_SHA512, MBEDTLS_MD_SHA512, 1, 1},   {IKE_SIG_ECDSA_SHA256, MBEDTLS_MD_SHA256, 0, 0},
    {IKE_SIG_ECDSA_SHA384, MBEDTLS_MD_SHA384, 0, 0}, {IKE_SIG_ECDSA_SHA512, MBEDTLS_MD_SHA512, 0, 0},
};
#define SCHEMES_N (sizeof(schemes) / sizeof(schemes[0]))

static int is_strong_rsa(const mbedtls_pk_context *pk)
{
    mbedtls_mpi e;
    int ok;

    if (mbedtls_pk_get_bitlen(pk) < 2048)
        return 0;
    mbedtls_mpi_init(&e);
    ok = mbedtls_rsa_export(mbedtls_pk_rsa(*pk), NULL, NULL, NULL, NULL, &e) == 0 &&
         mbedtls_mpi_cmp_int(&e, 65537) >= 0;
    mbedtls_mpi_free(&e);
    return ok;
}

static int verify(mbedtls_pk_context *pk, size_t i, ike_span tbs, ike_span proof)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(schemes[i].md);
    unsigned char hash[64];
    size_t n;

    if (!info || mbedtls_md(info, tbs.p, tbs.n, hash) != 0)
        return -1;
    n = mbedtls_md_get_size(info);
    if (schemes[i].is_pss) {
        mbedtls_pk_rsassa_pss_options opt = {.mgf1_hash_id = schemes[i].md, .expected_salt_len = (int)n};
        return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &opt, pk, schemes[i].md, hash, n, proof.p,
                                     proof.n);
    }
    return mbedtls_pk_verify(pk, schemes[i].md, hash, n, proof.p, proof.n);
}

int ike__trust_signature(mbedtls_x509_crt *crt, uint64_t sigs, ike_span tbs, ike_span proof)
{
    mbedtls_pk_context *pk = &crt->pk;
    int is_rsa = mbedtls_pk_can_do(pk, MBEDTLS_PK_RSA);

    if (!is_rsa && !mbedtls_pk_can_do(pk, MBEDTLS_PK_ECDSA))
        return IKE_E_CERT_WEAK;
    if (is_rsa && !is_strong_rsa(pk))
        return IKE_E_CERT_WEAK;
    for (size_t i = 0; i < SCHEMES_N; i++)
        if ((sigs >> schemes[i].sig & 1) && schemes[i].is_rsa == is_rsa && verify(pk, i, tbs, proof) == 0)
            return 0;
    return IKE_E_AUTH;
}
