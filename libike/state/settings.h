/* state/settings.h - a session's own copy of its configuration, with defaults filled in. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_SETTINGS_H
#define IKE_STATE_SETTINGS_H

#include "wire/payloads.h"
#include <ike/ike.h>

#define IKE_ID_OCTETS_MAX  512u
#define IKE_CERTS_MAX_OWN  10u
#define IKE_PLACES_MAX_OWN 8u
#define IKE_PPK_ID_MAX     255u

#define IKE_CHILD_CONFIGS_MAX 8u /* beside the first one */
#define IKE_CHILD_NAME_MAX    31u

struct ike_wanted { /* a child that is configured */
    ike_child_config cfg;
    uint32_t which; /* its number, kept through reconfigurations; 0: the first, which comes with IKE_AUTH */
    uint32_t zero;
};

struct ike_settings {
    ike_config cfg;           /* defaults filled in; every pointer leads into store; children: see child */
    struct ike_wanted *child; /* the first included */
    uint32_t children_n, zero;
    struct ike_id local_id, remote_id, second_id; /* type 0: not configured */
    uint8_t *store;                               /* one allocation for everything that is copied */
    size_t store_n;
};

/* Copies and checks. Errors: as ike_session_new; *why: static text, "" on success. */
int ike__settings_init(struct ike_settings *t, const ike_config *cfg, const ike_env *env, const char **why);
/* doubts.c: the nth thing that the policy lets through with a warning: static text; NULL: no more. */
const char *ike__settings_doubt(const struct ike_settings *t, const ike_env *env, uint32_t nth,
                                const char **advice);
/* The child of that number, NULL: no longer configured. Of that name, which is not "". */
const struct ike_wanted *ike__settings_child(const struct ike_settings *t, uint32_t which);
const struct ike_wanted *ike__settings_child_named(const struct ike_settings *t, const char *name);
void ike__settings_free(struct ike_settings *t, const ike_env *env);

#endif
