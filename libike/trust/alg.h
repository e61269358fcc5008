/* trust/alg.h - signature algorithms, and how strong is strong enough. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TRUST_ALG_H
#define IKE_TRUST_ALG_H

#include "trust/cert.h"
#include <mbedtls/md.h>

struct ike_alg {
    mbedtls_md_type_t md;
    int is_rsa, is_pss;
};

/* A whole AlgorithmIdentifier of a signature: 0, or CERT_INVALID: none we know. */
int ike__alg_read(ike_span alg, struct ike_alg *out);
/* 0: the signature is right; anything else: it is not. */
int ike__alg_verify(mbedtls_pk_context *pk, const struct ike_alg *alg, ike_span tbs, ike_span sig);
/* Was this signed with the key of that certificate? 0, or CERT_INVALID. Strength is not looked at. */
int ike__alg_signed(const struct ike_x509 *by, ike_span alg, ike_span tbs, ike_span sig);
/* 0 or CERT_WEAK: is the hash of the signature, is the key what the policy wants? */
int ike__alg_hash_allowed(const ike_trust_policy *policy, ike_span alg);
int ike__alg_key_allowed(const ike_trust_policy *policy, const struct ike_x509 *x);

#endif
