/* trust/alg.h - signature algorithms, and how strong is strong enough. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TRUST_ALG_H
#define IKE_TRUST_ALG_H

#include "trust/cert.h"
#include <mbedtls/md.h>

struct ike_alg {
    mbedtls_md_type_t md; /* NONE: EdDSA, which hashes for itself */
    int is_rsa, is_pss;
    uint32_t eddsa; /* IKE_SIG_ED25519, IKE_SIG_ED448, 0: neither */
};

/* A whole AlgorithmIdentifier of an EdDSA key or signature, they are the same (RFC 8410 3): its enum ike_sig, or 0. */
uint32_t ike__alg_eddsa(ike_span alg);

/* A whole AlgorithmIdentifier of a signature: 0, or CERT_INVALID: none we know. */
int ike__alg_read(ike_span alg, struct ike_alg *out);
/* 0: the signature is right, by the key of that certificate; anything else: it is not. */
int ike__alg_verify(const struct ike_x509 *by, const struct ike_alg *alg, ike_span tbs, ike_span sig);
/* Was this signed with the key of that certificate? 0, or CERT_INVALID. Strength is not looked at. */
int ike__alg_signed(const struct ike_x509 *by, ike_span alg, ike_span tbs, ike_span sig);
/* 0 or CERT_WEAK: is the hash of the signature, is the key what the policy wants? */
int ike__alg_hash_allowed(const ike_trust_policy *policy, ike_span alg); /* EdDSA: is the curve? */
int ike__alg_key_allowed(const ike_trust_policy *policy, const struct ike_x509 *x);

#endif
