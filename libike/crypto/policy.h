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

/* What is let through with a warning (state/doubts.c). */
#define IKE_DOUBT_PSK  1u
#define IKE_DOUBT_EAP  2u
#define IKE_DOUBT_SHA1 4u

struct ike_policy_row {
    const char *name;
    const char *ike, *esp; /* what is offered where the configuration names nothing */
    uint64_t sigs;         /* schemes that may authenticate either side */
    uint32_t doubts;       /* IKE_DOUBT_*: what draws a warning */
    uint32_t zero;
};
/* NULL: no such policy. */
const struct ike_policy_row *ike__policy(uint32_t policy);

#endif
