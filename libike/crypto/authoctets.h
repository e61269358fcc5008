/* crypto/authoctets.h - what AUTH signs, and how its data is written (RFC 7296 2.15, RFC 7427, RFC 4754). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_AUTHOCTETS_H
#define IKE_CRYPTO_AUTHOCTETS_H

#include "crypto/prf.h"
#include "wire/payloads.h"

/* Octets to sign: message | nonce | prf(SK_p, ID body). message: the signer's own IKE_SA_INIT exactly as
 * sent; nonce: the other side's. Written to b. */
int ike__auth_octets(const ike_alloc *a, const ike_prf_alg *prf, ike_span message, ike_span nonce,
                     ike_span sk_p, ike_span id_body, struct ike_buf *b);
/* AUTH = prf(prf(key, "Key Pad for IKEv2"), octets): prf->out_len octets. */
int ike__auth_psk(const ike_alloc *a, const ike_prf_alg *prf, ike_span key, ike_span octets, uint8_t *out);

/* Sets of enum ike_sig (IKE_SIG_BIT). What the policy lets anybody sign with, and this backend can do: EdDSA is not in all
 * of them. The others take it as `allowed`. */
uint64_t ike__sigs_allowed(uint32_t policy, const ike_crypto *c);
/* From a SIGNATURE_HASH_ALGORITHMS notify (RFC 7427 4). Odd length: 0. */
uint64_t ike__sigs_of_hashes(ike_span notify_data, uint64_t allowed);
/* What a peer without RFC 7427 can take: methods 1, 9, 10, 11. */
uint64_t ike__sigs_legacy(uint64_t allowed);
/* The hashes we announce: fills b with 16-bit ids. */
void ike__hashes_write(struct ike_buf *b, uint64_t allowed);

/* AUTH payload for a signature: method 14 with AlgorithmIdentifier if modern, else 1, 9, 10, 11 (ECDSA: DER
 * to r|s). data is written to buf, *out points there. Errors: UNSUPPORTED (no such method), CRYPTO (not
 * DER), NOSPACE. */
int ike__auth_from_sig(struct ike_auth_payload *out, int sig, int modern, ike_span signature, uint8_t *buf,
                       size_t cap);
/* The other way round: which scheme, and the signature as DER (written to buf where it has to be
 * converted). Strict: only known AlgorithmIdentifiers, exact parameters, nothing behind them (RFC 7427 3,
 * appendix A; SHA-1 only under IKE_POLICY_COMPAT). *sigs is one IKE_SIG_BIT; for method 1, whose hash is
 * known only from the DigestInfo inside the signature, it is the set of RSA PKCS#1 bits the policy
 * allows (with SHA-1 under COMPAT), and the verifier tries each. Errors: AUTH_METHOD (unknown or forbidden), AUTH (malformed). */
int ike__auth_to_sig(const struct ike_auth_payload *auth, uint64_t allowed, uint64_t *sigs,
                     ike_span *signature, uint8_t *buf, size_t cap);
const char *ike__sig_name(int sig);           /* "ecdsa-sha256" */
ike_span ike__sig_identifier(int sig);        /* its AlgorithmIdentifier; empty: it has none */
uint64_t ike__sigs_of_method(uint8_t method); /* of methods 1, 9, 10, 11; 0: none */

#endif
