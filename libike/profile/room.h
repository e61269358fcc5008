/* profile/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_PROFILE_ROOM_H
#define IKE_PROFILE_ROOM_H

#include <cJSON.h>
#include <ike/profile.h>

#define IKE_HOSTS_MAX       8u
#define IKE_LIST_MAX        256u
#define IKE_WARNINGS_MAX    64u
#define IKE_BLOCKS_MAX      512u
#define IKE_EAP_METHODS_MAX 8u

/* A profile being read: the public part, and everything that it points to. */
struct ike_loader {
    ike_profile pub; /* first: ike_profile_free gets back to us through it */
    ike_config config;
    ike_keyfile keys;
    ike_tun_plan plan;
    ike_guard_config guard;
    ike_guard_app apps[8];
    void *block[IKE_BLOCKS_MAX];
    size_t block_n[IKE_BLOCKS_MAX];
    uint32_t blocks;
    const char *warnings[IKE_WARNINGS_MAX];
    ike_span anchors[16], crls[16];
    ike_trust_options trust;
    uint8_t pins[16 * 32];
    char ike_suites[1024], esp_suites[1024];
    ike_ts ts_local[16], ts_remote[16];
    ike_prefix routes[IKE_LIST_MAX], excluded[IKE_LIST_MAX];
    ike_addr dns[16];
    const char *proxy_exclusions[32];
    struct ike_draft { /* the one of children that is being read */
        ike_child_config config;
        char esp_suites[1024];
        ike_ts ts_local[16], ts_remote[16];
    } draft;
    const ike_child_config *children[8];
    char prefix[24];                 /* "children[1]." while that one is read */
    uint32_t type_auth, type_remote; /* enum ike_auth that the type stands for, for us and for the gateway */
    const char *eap_methods[IKE_EAP_METHODS_MAX + 1];
    const char *eap_inner[IKE_EAP_METHODS_MAX + 1];
    uint32_t eap_methods_n, eap_inner_n;
    uint32_t wants_tls, wants_pap; /* type ikev2-eap-tls; local.eap_inner pap */
    const char *base_dir;
    char why[512];
};

/* An error with its path: always returns code. */
int ike__profile_fail(struct ike_loader *l, int code, const char *path, const char *text);
/* "found X, expected Y" */
int ike__profile_mismatch(struct ike_loader *l, const char *path, const cJSON *found, const char *expected);
void ike__profile_range(char *out, size_t cap, uint32_t lo, uint32_t hi); /* "an integer 1..9" */
void ike__profile_warn(struct ike_loader *l, const char *path, const char *text);
/* Memory that lives as long as the profile and is wiped with it. NULL when there is none. */
void *ike__profile_keep(struct ike_loader *l, const void *p, size_t n);

/* material.c: base64, inline PEM, file:PATH */
int ike__profile_material(struct ike_loader *l, const char *path, const char *text, ike_span *out);
int ike__profile_hash(struct ike_loader *l, const char *path, const char *text,
                      uint8_t out[32]); /* sha256:HEX */
int ike__profile_secret(struct ike_loader *l, const char *path, const char *text, ike_span *out);

/* *out: prefix and the file's name, seen from the profile. */
int ike__profile_path(struct ike_loader *l, const char *path, const char *prefix, const char *name,
                      const char **out);

/* address.c */
int ike__profile_ip(ike_addr *a, const char *text); /* 0 or CONFIG */
int ike__profile_prefixes(const char *text, ike_prefix *list, uint32_t cap,
                          uint32_t *n);                  /* CIDR, address, range */
int ike__profile_selector(const char *text, ike_ts *ts); /* with [proto/port] */

/* eap.c: local.eap_methods, local.eap_inner; what an EAP profile has to have, and what it need not say */
int ike__profile_eap_method(struct ike_loader *l, const char *path, const char *name, int is_inner);
int ike__profile_has_eap(const struct ike_loader *l);
int ike__profile_eap_needs(struct ike_loader *l);
int ike__profile_eap_has(const struct ike_loader *l, const char *method);

/* keys.c: every key we know; those of a child, into l->draft */
int ike__profile_keys(struct ike_loader *l, const cJSON *root);
int ike__profile_draft(struct ike_loader *l, const cJSON *object);

/* children.c */
int ike__profile_children(struct ike_loader *l, const cJSON *array);

#endif
