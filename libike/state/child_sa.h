/* state/child_sa.h - one CHILD_SA: its pair of ESP SAs and what was agreed. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_CHILD_SA_H
#define IKE_STATE_CHILD_SA_H

#include "crypto/keymat.h"
#include "crypto/suites.h"
#include "esp/esp.h"
#include "wire/payloads.h"

struct ike_ike_sa; /* state/ike_sa.h */

struct ike_child_sa {
    struct ike_child_sa *next; /* newest first */
    struct ike_ike_sa *sa;     /* the IKE SA it belongs to; its successor after a rekeying */
    uint32_t id;
    uint32_t spi_in, spi_out;
    uint8_t is_exported; /* the host has the keys: we seal and open nothing */
    uint8_t zero[3];
    struct ike_suite suite;
    struct ike_esp in, out;
    struct ike_child_keymat keymat; /* kept for ike_child_export */
    uint8_t is_ours;                /* we began the exchange that made it: which half of KEYMAT is ours */
    uint8_t zero2[7];
};

struct ike_child_terms { /* what the exchange agreed on */
    uint32_t spi_in, spi_out;
    struct ike_suite suite;
    const ike_ts *local, *remote;
    uint32_t local_n, remote_n;
    uint32_t replay_window;
    uint8_t is_ours, zero[3];
};

/* Makes a child from its terms and keys. Errors: UNSUPPORTED, NOMEM, CRYPTO. */
int ike__child_new(struct ike_child_sa **out, const ike_env *env, const struct ike_child_terms *terms,
                   const struct ike_child_keymat *keymat, uint32_t id);
void ike__child_free(struct ike_child_sa *c, const ike_env *env);

#endif
