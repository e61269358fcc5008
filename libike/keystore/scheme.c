/* keystore/scheme.c - which of the schemes that a peer takes. SPDX-License-Identifier: Apache-2.0
 *
 * The hash that fits the curve first; PSS before PKCS#1 v1.5 if the user wants it so. */
#include "keystore/room.h"
#include <string.h>

static const struct ike_scheme schemes[] = {
    {IKE_SIG_ECDSA_SHA256, 0, 0, MBEDTLS_MD_SHA256}, {IKE_SIG_ECDSA_SHA384, 0, 0, MBEDTLS_MD_SHA384},
    {IKE_SIG_ECDSA_SHA512, 0, 0, MBEDTLS_MD_SHA512}, {IKE_SIG_PSS_SHA256, 1, 1, MBEDTLS_MD_SHA256},
    {IKE_SIG_PSS_SHA384, 1, 1, MBEDTLS_MD_SHA384},   {IKE_SIG_PSS_SHA512, 1, 1, MBEDTLS_MD_SHA512},
    {IKE_SIG_RSA_SHA256, 1, 0, MBEDTLS_MD_SHA256},   {IKE_SIG_RSA_SHA384, 1, 0, MBEDTLS_MD_SHA384},
    {IKE_SIG_RSA_SHA512, 1, 0, MBEDTLS_MD_SHA512},   {IKE_SIG_RSA_SHA1, 1, 0, MBEDTLS_MD_SHA1},
};
#define SCHEMES_N (sizeof(schemes) / sizeof(schemes[0]))

/* The hash that fits the curve (RFC 4754: there is no other choice for peers without RFC 7427). */
static mbedtls_md_type_t natural_hash(const mbedtls_pk_context *pk)
{
    size_t bits = mbedtls_pk_get_bitlen(pk);

    return bits > 384 ? MBEDTLS_MD_SHA512 : bits > 256 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256;
}

const struct ike_scheme *ike__scheme_choose(const mbedtls_pk_context *pk, uint64_t sigs, int pss)
{
    int is_rsa = mbedtls_pk_can_do(pk, MBEDTLS_PK_RSA);
    const struct ike_scheme *second = NULL;

    if (mbedtls_pk_get_type(pk) == MBEDTLS_PK_NONE)
        return NULL;
    for (size_t i = 0; i < SCHEMES_N; i++) {
        const struct ike_scheme *s = &schemes[i];
        if (!(sigs >> s->sig & 1) || s->is_rsa != is_rsa)
            continue;
        if (is_rsa ? s->is_pss == pss : s->md == natural_hash(pk))
            return s;
        if (!second)
            second = s;
    }
    return second;
}

/* RFC 7296 3.7: SHA-1 of the authority's SubjectPublicKeyInfo. */
static int is_authority(const struct ike_blob *cert, const uint8_t hash[20])
{
    const ike_span none = {NULL, 0};
    ike_span subject, spki;
    uint8_t own[20];

    return ike__cert_parts((ike_span){cert->p, cert->n}, &subject, &spki) == 0 &&
           ike_crypto_mbedtls()->sha1(spki, none, own) == 0 && memcmp(own, hash, sizeof(own)) == 0;
}

uint64_t ike__scheme_wanted(const ike_ask *ask, const struct ike_blob *certs, uint32_t certs_n,
                            const mbedtls_pk_context *pk)
{
    uint64_t sigs = 0;

    for (size_t i = 0; ask->authority_sigs && (i + 1) * 20 <= ask->authorities.n; i++)
        for (uint32_t k = 1; k < certs_n; k++)
            if (is_authority(&certs[k], ask->authorities.p + 20 * i))
                sigs |= ask->authority_sigs[i];
    sigs &= ask->sigs;
    return ike__scheme_choose(pk, sigs, 0) ? sigs : ask->sigs;
}
