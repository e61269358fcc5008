/* crypto/suites.h - "aes256gcm16-prfsha384-ecp384" <-> proposals <-> what was chosen. SPDX-License-Identifier: Apache-2.0
 *
 * Keywords are strongSwan's. Several keywords of one kind in a proposal are alternatives. In an IKE
 * proposal without PRF keyword the PRF follows from the integrity algorithms; ESP proposals may hold
 * esn and noesn (default: noesn). AEAD and non-AEAD ciphers do not share a proposal (RFC 7296 3.3). The word
 * default in place of a proposal stands for the built-in ones. */
#ifndef IKE_CRYPTO_SUITES_H
#define IKE_CRYPTO_SUITES_H

#include "base/text.h"
#include "wire/sa.h"
#include <ike/ike.h>

struct ike_suite { /* what was agreed: IANA ids, 0 where there is none */
    uint16_t encr, encr_bits, integ, prf, ke, esn;
};

/* text NULL: the built-in default. protocol: IKE_PROTO_IKE or _ESP. What the policy forbids is an error;
 * what the backend lacks, or cannot combine, is left out. Numbers the proposals from 1. A KE group in an ESP
 * proposal is kept in the struct (for later children); IKE_AUTH leaves it out (ike__suites_strip_ke). Returns
 * the number of proposals (1..cap). Errors: IKE_E_CONFIG (unknown or forbidden keyword, no proposal at all),
 * IKE_E_UNSUPPORTED (the backend offers none of them). *why: static text that names the field; "" on success. */
int ike__suites_parse(struct ike_proposal *out, uint32_t cap, uint8_t protocol, const char *text,
                      uint32_t policy, const ike_crypto *crypto, const char **why);
/* Without KE, proposals that are then the same only once, numbered from 1: how many are left. */
uint32_t ike__suites_strip_ke(struct ike_proposal *p, uint32_t n);

/* ---- choose.c ---- */

/* Is the peer's single proposal one of ours, exactly one transform of each type, nothing added or changed
 * (RFC 7296 2.7, 3.3.6)? INTEG NONE beside an AEAD and a missing ESN transform (= no ESN) are fine.
 * Fills *suite. Errors: IKE_E_BAD_CHOICE, IKE_E_SYNTAX. */
int ike__suites_accept(const struct ike_proposal *ours, uint32_t n, ike_span sa_body, struct ike_suite *suite,
                       struct ike_proposal *chosen);

/* Could this suite of an IKE SA have been chosen from our proposals? */
int ike__suites_hold(const struct ike_proposal *ours, uint32_t n, const struct ike_suite *suite);

/* For responders (tests): the first of our proposals that the peer's SA payload satisfies. IKE_E_NO_PROPOSAL. */
int ike__suites_choose(const struct ike_proposal *ours, uint32_t n, ike_span sa_body, struct ike_suite *suite,
                       struct ike_proposal *chosen);

/* ---- keywords.c ---- */

/* "aes256gcm16-prfsha256-curve25519"; parts that are 0 are left out. */
void ike__suite_print(struct ike_text *t, const struct ike_suite *s);
/* Proposals as the configuration would write them, separated by ", ". */
void ike__proposals_print(struct ike_text *t, const struct ike_proposal *p, uint32_t n);

/* ---- suites.c ---- */

/* The backend's descriptors, or NULL. */
const ike_prf_alg *ike__find_prf(const ike_crypto *c, uint16_t id);
const ike_cipher_alg *ike__find_cipher(const ike_crypto *c, uint16_t encr, uint16_t bits, uint16_t integ);
const ike_kex_alg *ike__find_kex(const ike_crypto *c, uint16_t id);

#endif
