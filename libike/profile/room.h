/* profile/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_PROFILE_ROOM_H
#define IKE_PROFILE_ROOM_H

#include <cJSON.h>
#include <ike/profile.h>

#define IKE_HOSTS_MAX       8u
#define IKE_LIST_MAX        256u
#define IKE_WARNINGS_MAX    64u
#define IKE_BLOCKS_MAX      2048u
#define IKE_EAP_METHODS_MAX 10u

#define IKE_WORDS_MAX    16u
#define IKE_TRIGGERS_MAX 16u
#define IKE_EVALUATE_MAX 8u

struct ike_words { /* a list of strings, each kept */
    const char *word[IKE_WORDS_MAX];
    uint32_t n;
};

/* A profile being read: the public part, and everything that it points to. */
struct ike_loader {
    ike_profile pub; /* first: ike_profile_free gets back to us through it */
    ike_config config;
    ike_keyfile keys;
    ike_tun_plan plan;
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
    ike_guard_config guard;
    ike_guard_app apps[2][IKE_GUARD_APPS]; /* apps, excluded-apps */
    uint32_t apps_n[2];
    struct ike_words dns_allowed, dns_always, dns_anchors;
    ike_guard_trigger triggers[IKE_TRIGGERS_MAX];
    struct ike_trigger_draft { /* the one of triggers that is being read, and the one of its evaluate */
        ike_guard_trigger trigger;
        ike_guard_evaluation one, evaluate[IKE_EVALUATE_MAX];
        struct ike_words ssids, dns_domains, dns_servers, domains, required_dns;
        uint32_t has_action, has_one_action;
    } trigger;
    char prefix[48];                 /* "children[1]." while that one is read */
    uint32_t type_auth, type_remote; /* enum ike_auth that the type stands for, for us and for the gateway */
    const char *eap_methods[IKE_EAP_METHODS_MAX + 1];
    const char *eap_inner[IKE_EAP_METHODS_MAX + 1];
    uint32_t eap_methods_n, eap_inner_n;
    uint32_t wants_tls, wants_plain; /* type ikev2-eap-tls; local.eap_inner without EAP */
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

/* A table of keys of one's own; the caller has set l->prefix. */
struct ike_row;
int ike__profile_object(struct ike_loader *l, const struct ike_row *rows, size_t n, const cJSON *object);

/* guard.c, triggers.c: what keeps traffic in the tunnel */
int ike__profile_domain(const char *name);    /* 1: a name of one label or more */
int ike__profile_guard(struct ike_loader *l); /* what has to fit together, and the lists in place */
int ike__profile_triggers(struct ike_loader *l, const cJSON *array);

/* children.c */
int ike__profile_children(struct ike_loader *l, const cJSON *array);

#endif
