/* apply/text.h - texts of the system, and ours, that are read. SPDX-License-Identifier: Apache-2.0
 *
 * All pure; every text ends with a zero. */
#ifndef IKE_APPLY_TEXT_H
#define IKE_APPLY_TEXT_H

#include <ike/types.h>

#define IKE_APPLY_SERVERS 16u
#define IKE_APPLY_DOMAIN  256u
#define IKE_APPLY_WORD    512u

/* What has to outlive the process (state.c). */
struct ike_apply_state {
    char phase[16];
    char dns[64];        /* how DNS was changed, in dns.c's words; "": it was not */
    int src_valid_mark;  /* of before: 0 or 1; -1: not touched */
    int pid;             /* who wrote it */
    uint64_t hole_until; /* CLOCK_BOOTTIME, microseconds; 0: none */
};
/* A text without an end says nothing. */
void ike__apply_state_parse(const char *text, struct ike_apply_state *out);
int ike__apply_state_print(const struct ike_apply_state *s, char *out, size_t cap); /* octets, or NOSPACE */

/* Where cgroup v2 is mounted, from /proc/self/mountinfo: 0, or UNSUPPORTED. */
int ike__apply_cgroup_mount(const char *mountinfo, char *out, size_t cap);
/* 1: the file, or its directory, is mounted by itself. */
int ike__apply_is_mounted(const char *mountinfo, const char *path);

/* Of a resolv.conf; what is not understood is passed over, so are servers on this machine: they ask others. */
struct ike_apply_names {
    ike_addr dns[IKE_APPLY_SERVERS];
    uint32_t dns_n, zero;
    char domain[IKE_APPLY_DOMAIN]; /* the first one to search; "": none */
};
/* The value of "KEY=value" in one line; 1 if there is one and it fits. */
int ike__apply_value(const char *text, const char *key, char *out, size_t cap);
void ike__apply_names(const char *text, struct ike_apply_names *out);

#endif
