/* crypto/policy.h - named sets of algorithms: what they allow, offer and warn about. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_POLICY_H
#define IKE_CRYPTO_POLICY_H

#include <ike/ike.h>

/* A bit for each policy, for tables that say who allows what. */
#define IKE_BY_DEFAULT     (1u << IKE_POLICY_DEFAULT)
#define IKE_BY_COMPAT      (1u << IKE_POLICY_COMPAT)
#define IKE_BY_NCSC        (1u << IKE_POLICY_NCSC_RECOMMENDED)
#define IKE_BY_NCSC_LEGACY (1u << IKE_POLICY_NCSC_LEGACY)
#define IKE_BY_CNSA        (1u << IKE_POLICY_CNSA)

struct ike_policy_row {
    const char *name;
    const char *ike, *esp; /* what is offered where the configuration names nothing */
    uint64_t sigs;         /* schemes that may authenticate either side */
    uint32_t rsa_bits;     /* the least */
    uint8_t psk_is_weak;   /* shared keys draw a warning */
    uint8_t zero[3];
};
/* NULL: no such policy. */
const struct ike_policy_row *ike__policy(uint32_t policy);

#endif
