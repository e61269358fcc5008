/* examples/ike/guard.h - the guard of a connection, as its files see it. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CLI_GUARD_H
#define IKE_CLI_GUARD_H

#include "cli.h"
#include <ike/guard_linux.h>
#include <ike/outside.h>

#define GUARD_SAID_MAX     64u
#define GUARD_PROBES_MAX   8u
#define GUARD_PORTAL_GROUP "/libike-portal" /* the control group of a portal's helper */

struct guard {
    ike_guard_linux *linux_guard;
    const ike_guard_config *config; /* the profile's */
    struct output *out;
    const ike_tun *tun;
    uint32_t phase;                        /* that was told last */
    uint32_t said_n, said[GUARD_SAID_MAX]; /* warnings that were told: a number for each text */

    /* guard_outside.c */
    ike_outside *outside;
    ike_uv *v;
    uv_timer_t timer; /* a look for a portal */
    const char *probe;
    uv_poll_t watch;  /* others change the system */
    uv_timer_t quiet; /* they have done, as it seems */
    int has_timer, has_watch, is_up, has_portal;

    /* guard_trigger.c */
    void (*decided)(void *user, int connect);
    void *user;
    uint32_t action, probes_n; /* what was decided last */
    const char *trying;
    ike_guard_probe probes[GUARD_PROBES_MAX];
};

/* guard.c */
int guard_complain(const char *why, const char *advice);  /* EXIT_LOCAL */
int guard_open(ike_guard_linux **out, const char *owner); /* owner NULL: whoever's it is. 0 or an exit code */
int guard_lift(ike_guard_linux *g);
void guard_tell(guard *g, int err); /* what is new about the plan in force, or why it could not be made */

/* guard_trigger.c: what do the triggers say of the network as it is? */
void guard_look(guard *g);

#endif
