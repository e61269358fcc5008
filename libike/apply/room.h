/* apply/room.h - what the files of the Linux applier share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_APPLY_ROOM_H
#define IKE_APPLY_ROOM_H

#include "apply/rtnl.h"
#include "apply/text.h"
#include <ike/guard_linux.h>
#include <stdio.h>

#define IKE_APPLY_TABLE     "libike" /* of nft; family inet */
#define IKE_APPLY_OWNED_BY  "guard of "
#define IKE_APPLY_OWNER_MAX 64u /* with the zero at its end */
#define IKE_APPLY_PATH_MAX  IKE_APPLY_WORD

/* ruleset.c: errors USAGE, CONFIG (an application that nothing here can tell), LOCAL_IO (a control group) */
int ike__apply_ruleset(FILE *out, const ike_guard_plan *plan, const char *owner, ike_time now);

/* cgroup.c: a control group as nft names it */
struct ike_apply_cgroup {
    char path[IKE_APPLY_PATH_MAX]; /* below /sys/fs/cgroup, without a leading slash */
    uint32_t level;                /* how deep it is in the hierarchy */
};
/* path: "/user.slice/browser". Makes the group if there is none: a rule can only name one that exists. Errors:
 * UNSUPPORTED (no cgroup v2 here), LOCAL_IO. */
int ike__apply_cgroup(const char *path, struct ike_apply_cgroup *out);

/* nft.c: runs a script as one transaction; errors LOCAL_IO, and why says what nft does */
int ike__apply_nft_run(const char *script, char *why, size_t cap);
/* Who owns our table; "": nobody, there is none. Errors: LOCAL_IO. */
int ike__apply_nft_owner(char *owner, size_t cap);

/* routes.c: exactly the plan's routes and rules, and none other of ours; a negative errno, and *what failed */
int ike__apply_routes(struct mnl_socket *nl, const ike_guard_plan *plan, const char **what);

/* state.c: one file for each network namespace: the lock, and what has to outlive the process. */
/* run_dir/guard-N and suffix; N names the network namespace. Errors: LOCAL_IO. */
int ike__apply_state_path(const char *run_dir, const char *suffix, char *out, size_t cap);
/* Takes the lock: a descriptor, and what was found there. Errors: DENIED (pid says who has it), LOCAL_IO. */
int ike__apply_state_open(const char *run_dir, struct ike_apply_state *found);
int ike__apply_state_write(int fd, const struct ike_apply_state *s); /* 0, or LOCAL_IO */
/* Without taking it: 1 somebody has the lock, 0 nobody, or LOCAL_IO. */
int ike__apply_state_look(const char *run_dir, struct ike_apply_state *found);
void ike__apply_state_close(int fd, const char *run_dir,
                            int is_over); /* is_over: nothing is left to remember */
/* dns.c: tells who resolves names what the plan says, and undoes what s->dns says before; kept: where what was there is
 * kept. Errors: UNSUPPORTED, LOCAL_IO; why says it, nothing is changed then. */
int ike__apply_dns(struct ike_apply_state *s, int fd, const char *kept, const ike_guard_plan *plan, char *why,
                   size_t cap);

/* resolved.c */
int ike__apply_resolved_runs(void);                                   /* 1: in our network namespace */
int ike__apply_resolved_set(uint32_t link, const ike_guard_dns *dns); /* 0, LOCAL_IO, UNSUPPORTED */
void ike__apply_resolved_undo(uint32_t link);

/* resolv.c */
#define IKE_APPLY_RESOLV "/etc/resolv.conf"
int ike__apply_resolv_set(const char *kept, const ike_guard_dns *dns, char *why, size_t cap);
void ike__apply_resolv_undo(const char *kept);
int ike__apply_is_first_namespace(void); /* 1: the network namespace that the system started in */
char *ike__apply_read(const char *path); /* a file's text, up to 64 KiB; NULL: not to be had. For free */
/* facts.c */
#define IKE_APPLY_LINKS   32u
#define IKE_APPLY_ON_LINK 16u
struct ike_apply_facts {
    ike_guard_link links[IKE_APPLY_LINKS];
    ike_prefix on_link[IKE_APPLY_LINKS][IKE_APPLY_ON_LINK];
    struct ike_apply_names names;
    const char *search[1];
    char ssid[IKE_APPLY_LINKS][33];
    char portal_api[1024]; /* RFC 8910; "": none was named */
    uint32_t links_n, tun;
};
int ike__apply_facts(struct mnl_socket *nl, struct ike_apply_facts *f, uint32_t tun, const char *kept);

/* wifi.c */
void ike__apply_wifi(struct ike_apply_facts *f);
/* Pure: a link is on the network of that name. */
void ike__apply_wifi_take(struct ike_apply_facts *f, uint32_t index, const uint8_t *ssid, size_t n);

/* watch.c */
struct ike_apply_watch {
    struct mnl_socket *firewall, *routing;
    int set; /* epoll: either has something; -1: not open */
};
int ike__apply_watch_open(struct ike_apply_watch *w);  /* 0, LOCAL_IO */
int ike__apply_watch_drain(struct ike_apply_watch *w); /* 1: there was something */
void ike__apply_watch_close(struct ike_apply_watch *w);

/* setting.c: src_valid_mark, where rp_filter is strict. *before: what it was, for undo; -1: not touched. LOCAL_IO */
int ike__apply_setting_is_needed(void);
int ike__apply_setting_get(void); /* 0, 1, or LOCAL_IO */
int ike__apply_setting_put(int value);

#endif
