/* state/settings.h - a session's own copy of its configuration, with defaults filled in. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_SETTINGS_H
#define IKE_STATE_SETTINGS_H

#include "wire/payloads.h"
#include <ike/ike.h>

#define IKE_ID_OCTETS_MAX 512u
#define IKE_CERTS_MAX_OWN 10u

struct ike_settings {
    ike_config cfg;                               /* defaults filled in; every pointer leads into store */
    struct ike_id local_id, remote_id, second_id; /* type 0: not configured */
    uint8_t *store;                               /* one allocation for everything that is copied */
    size_t store_n;
};

/* Copies and checks. Errors: as ike_session_new; *why: static text, "" on success. */
int ike__settings_init(struct ike_settings *t, const ike_config *cfg, const ike_env *env, const char **why);
void ike__settings_free(struct ike_settings *t, const ike_env *env);

#endif
