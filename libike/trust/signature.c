/* trust/signature.c - is this signature by the key of this certificate? SPDX-License-Identifier: Apache-2.0
 *
 * The schemes of AUTH payloads, one of which the peer has chosen.
 *
 * Not here: which schemes are allowed (the core decides before it asks), the arithmetic (alg.c). */
#include "trust/trust.h"

static const struct {
    int sig;
    struct ike_alg alg;
} schemes[] = {
    {IKE_SIG_RSA_SHA256, {MBEDTLS_MD_SHA256, 1, 0, 0}},
    {IKE_SIG_RSA_SHA384, {MBEDTLS_MD_SHA384, 1, 0, 0}},
    {IKE_SIG_RSA_SHA512, {MBEDTLS_MD_SHA512, 1, 0, 0}},
    {IKE_SIG_RSA_SHA1, {MBEDTLS_MD_SHA1, 1, 0, 0}},
    {IKE_SIG_PSS_SHA256, {MBEDTLS_MD_SHA256, 1, 1, 0}},
    {IKE_SIG_PSS_SHA384, {MBEDTLS_MD_SHA384, 1, 1, 0}},
    {IKE_SIG_PSS_SHA512, {MBEDTLS_MD_SHA512, 1, 1, 0}},
    {IKE_SIG_ECDSA_SHA256, {MBEDTLS_MD_SHA256, 0, 0, 0}},
    {IKE_SIG_ECDSA_SHA384, {MBEDTLS_MD_SHA384, 0, 0, 0}},
    {IKE_SIG_ECDSA_SHA512, {MBEDTLS_MD_SHA512, 0, 0, 0}},
    {IKE_SIG_ED25519, {MBEDTLS_MD_NONE, 0, 0, IKE_SIG_ED25519}},
    {IKE_SIG_ED448, {MBEDTLS_MD_NONE, 0, 0, IKE_SIG_ED448}},
};
#define SCHEMES_N (sizeof(schemes) / sizeof(schemes[0]))

int ike__trust_signature(const struct ike_x509 *x, uint64_t sigs, ike_span tbs, ike_span proof)
{
    for (size_t i = 0; i < SCHEMES_N; i++)
        if ((sigs >> schemes[i].sig & 1) && ike__alg_verify(x, &schemes[i].alg, tbs, proof) == 0)
            return 0;
    return IKE_E_AUTH;
}
