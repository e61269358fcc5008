/* keystore/scheme.c - which of the schemes that a peer takes. SPDX-License-Identifier: Apache-2.0
 *
 * The hash that fits the curve first; PSS before PKCS#1 v1.5 if the user wants it so. */
#include "keystore/room.h"

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
