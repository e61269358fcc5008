/* apply/room.h - what the files of the Linux applier share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_APPLY_ROOM_H
#define IKE_APPLY_ROOM_H

#include "apply/rtnl.h"
#include <ike/guard_linux.h>
#include <stdio.h>

#define IKE_APPLY_TABLE     "libike" /* of nft; family inet */
#define IKE_APPLY_OWNED_BY  "guard of "
#define IKE_APPLY_OWNER_MAX 64u /* with the zero at its end */
#define IKE_APPLY_PATH_MAX  512u

/* ruleset.c: errors USAGE, CONFIG (an application that nothing here can tell), LOCAL_IO (a control group) */
int ike__apply_ruleset(FILE *out, const ike_guard_plan *plan, const char *owner);

/* cgroup.c: a control group as nft names it */
struct ike_apply_cgroup {
    char path[IKE_APPLY_PATH_MAX]; /* below /sys/fs/cgroup, without a leading slash */
    uint32_t level;                /* how deep it is in the hierarchy */
};
/* path: "/user.slice/browser". Makes the group if there is none: a rule can only name one that exists. Errors:
 * UNSUPPORTED (no cgroup v2 here), LOCAL_IO. */
int ike__apply_cgroup(const char *path, struct ike_apply_cgroup *out);
/* Pure: where cgroup v2 is mounted, from the text of /proc/self/mountinfo: 0, or UNSUPPORTED. */
int ike__apply_cgroup_mount(const char *mountinfo, char *out, size_t cap);

/* nft.c: runs a script as one transaction; errors LOCAL_IO, and why says what nft does */
int ike__apply_nft_run(const char *script, char *why, size_t cap);
/* Who owns our table; "": nobody, there is none. Errors: LOCAL_IO. */
int ike__apply_nft_owner(char *owner, size_t cap);

/* routes.c: exactly the plan's routes and rules, and none other of ours; a negative errno, and *what failed */
int ike__apply_routes(struct mnl_socket *nl, const ike_guard_plan *plan, const char **what);

/* state.c: what has to outlive the process, in one file under run_dir */
struct ike_apply_state {
    char owner[IKE_APPLY_OWNER_MAX];
    char phase[16];
    char dns[IKE_APPLY_PATH_MAX]; /* how DNS was changed: "" or dns.c's own text */
    int src_valid_mark;           /* of before: 0 or 1; -1: not touched */
    uint64_t hole_until;          /* CLOCK_BOOTTIME, microseconds; 0: none */
};

#endif
