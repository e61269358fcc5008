/* state/ike_sa.h - one IKE SA: SPIs, role, keys, cipher contexts. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_IKE_SA_H
#define IKE_STATE_IKE_SA_H

#include "crypto/keymat.h"
#include "crypto/protect.h"
#include "crypto/suites.h"

struct ike_ike_sa {
    uint64_t spi_i, spi_r;
    uint8_t is_initiator; /* we sent its first message: decides the I flag, SPI order and key direction */
    uint8_t is_established;
    uint8_t zero[2];
    struct ike_suite suite;
    const ike_prf_alg *prf;
    struct ike_protect seal, open; /* seal.alg NULL: no keys yet */
    struct ike_keys keys;          /* after IKE_AUTH only SK_d is left */
};

/* Takes keys into use: sets up the contexts for our role. Errors: UNSUPPORTED, NOMEM, CRYPTO. */
int ike__ike_sa_arm(struct ike_ike_sa *sa, const ike_env *env);
/* Authentication is over: forget SK_p*, SK_a*, SK_e* (the contexts hold what is needed). */
void ike__ike_sa_settle(struct ike_ike_sa *sa);
void ike__ike_sa_wipe(struct ike_ike_sa *sa, const ike_env *env);
/* Header of a message of ours on this SA. */
struct ike_header ike__ike_sa_header(const struct ike_ike_sa *sa, uint8_t exchange, int is_response,
                                     uint32_t message_id);
/* Is this header from the other end of this SA: both SPIs and the I flag right? RFC 7296 3.1 */
int ike__ike_sa_owns(const struct ike_ike_sa *sa, const struct ike_header *h);

#endif
