/* trust/policy.c - what certificates have to be like under each named policy. SPDX-License-Identifier: Apache-2.0
 *
 * The rest of a policy, what is offered and who may prove himself how, is a row in crypto/policy.c. */
#include "trust/trust.h"
#include <ike/ike.h>

#define NIST_CURVES (IKE_CURVE_P256 | IKE_CURVE_P384 | IKE_CURVE_P521)
#define ALL_CURVES  (NIST_CURVES | IKE_CURVE_ED25519 | IKE_CURVE_ED448)
#define ALL_SHA2    (IKE_HASH_SHA256 | IKE_HASH_SHA384 | IKE_HASH_SHA512)

static const ike_trust_policy rows[] = {
    [IKE_POLICY_DEFAULT] = {sizeof(ike_trust_policy), "default", 2048, ALL_CURVES, ALL_SHA2, 0},
    /* SHA-1 signs proofs of older gateways, never certificates. */
    [IKE_POLICY_COMPAT] = {sizeof(ike_trust_policy), "compat", 2048, ALL_CURVES, ALL_SHA2, 0},
    /* The profile is about the gateway's key, P-256; a CA may be stronger. */
    [IKE_POLICY_NCSC_RECOMMENDED] = {sizeof(ike_trust_policy), "ncsc-recommended", 0, NIST_CURVES, ALL_SHA2,
                                     0},
    [IKE_POLICY_NCSC_LEGACY] = {sizeof(ike_trust_policy), "ncsc-legacy", 2048, NIST_CURVES, ALL_SHA2, 0},
    /* RFC 8603 4: P-384 or RSA of 3072 bits at least, with SHA-384, from the CA down. */
    [IKE_POLICY_CNSA] = {sizeof(ike_trust_policy), "cnsa", 3072, IKE_CURVE_P384, IKE_HASH_SHA384, 0},
};

const ike_trust_policy *ike_trust_policy_of(uint32_t policy)
{
    return policy < sizeof(rows) / sizeof(rows[0]) ? &rows[policy] : NULL;
}

int ike_trust_policy_cert(const ike_trust_policy *policy, ike_span cert, const ike_crypto *crypto)
{
    struct ike_x509 x;
    int err = ike__x509_parse(&x, cert, crypto);

    if (err < 0)
        return err;
    err = ike__alg_key_allowed(policy, &x);
    if (err == 0)
        err = ike__alg_hash_allowed(policy, x.alg);
    ike__x509_free(&x);
    return err;
}

int ike_trust_policy_anchors(const ike_trust_policy *policy, const ike_trust *t)
{
    for (size_t i = 0; i < t->anchors_n; i++)
        if (ike__alg_key_allowed(policy, t->anchors[i]) == 0)
            return 0;
    return IKE_E_CERT_WEAK;
}
