/* apply/guard.h - the guard itself, as its files see it. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_APPLY_GUARD_H
#define IKE_APPLY_GUARD_H

#include "apply/room.h"

#define IKE_APPLY_DOMAINS 32u

/* What the session has told so far: the plan's state points here. */
struct ike_apply_told {
    ike_prefix ip[16], routes[256];
    ike_addr gateways[8], dns[16];
    char domain[IKE_APPLY_DOMAINS][IKE_APPLY_DOMAIN];
    const char *domains[IKE_APPLY_DOMAINS];
    ike_guard_anchor anchors[16];
};

struct ike_guard_linux {
    int lock;      /* the state's file; -1: not ours */
    int is_lifted; /* nothing is in force */
    struct mnl_socket *nl;
    const char *run_dir;
    uint32_t instance, mark;
    uint32_t is_armed;
    char owner[IKE_APPLY_OWNER_MAX], kept[IKE_APPLY_PATH_MAX];
    char why[256], warning[256];
    char *script; /* what the firewall was last told; NULL: not known */
    struct ike_apply_state state;
    struct ike_apply_facts facts;
    struct ike_apply_watch watch;

    /* session.c */
    ike_guard_config cfg;
    ike_guard_state session; /* points to told */
    struct ike_apply_told told;
    ike_guard_plan *plan;
    ike_prefix portal[16]; /* where a captive portal is */
    uint32_t portal_n, zero;
    ike_time portal_since;
    ike_guard_app helper;
};

/* linux.c: fills why, and returns err */
int ike__apply_fail(ike_guard_linux *g, int err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Forgets what the firewall was told, if that is gone. */
void ike__apply_is_it_there(ike_guard_linux *g);

ike_time ike__apply_now(void); /* CLOCK_BOOTTIME */

/* session.c: NOMEM */
int ike__apply_session_init(ike_guard_linux *g);

#endif
