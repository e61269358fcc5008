/* ike/guard_linux.h - a guard's plan made true on Linux. SPDX-License-Identifier: Apache-2.0
 *
 * Routes and rules by rtnetlink in a table of our own, verdicts by nftables in a table of our own (inet libike), DNS by
 * systemd-resolved, resolvconf or resolv.conf. Whatever is put into the kernel stays when the process goes, crashes
 * included: a forced guard goes on blocking, and the next one of the same owner takes it over. One guard for each
 * network namespace. Needs CAP_NET_ADMIN, and the right to write what it changes.
 *
 * Two ways in: a host with a plan of its own uses put; a client of ike/uv.h uses arm and passes on what it hears, and the
 * guard makes the plans itself. */
#ifndef IKE_GUARD_LINUX_H
#define IKE_GUARD_LINUX_H

#include <ike/guard.h>
#include <ike/ike.h>
#include <ike/tun.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_guard_linux ike_guard_linux;

typedef struct ike_guard_linux_config {
    size_t size; /* set by IKE_GUARD_LINUX_CONFIG_INIT */
    /* Whose guard it is, a profile's uuid or name: letters, digits, "-_.@ " stay what they are, others become "_", what is
     * longer than 63 is cut. Copied. NULL: the owner of whatever is there. */
    const char *owner;
    const char *run_dir; /* lock, and what has to be restored; made, mode 0700; borrowed. NULL: /run/ike */
    uint32_t instance;   /* as in ike_guard_facts */
    uint32_t zero;
} ike_guard_linux_config;
#define IKE_GUARD_LINUX_CONFIG_INIT            \
    {                                          \
        .size = sizeof(ike_guard_linux_config) \
    }

/* Takes the guard of this network namespace; what an earlier process of the same owner left stays in force until the
 * next plan. Errors: USAGE; NOMEM; DENIED (another client has it, or it was left by another owner: nothing is
 * changed); LOCAL_IO. why, if not NULL: why_cap octets of room for a line for people, "" on success. */
IKE_API int ike_guard_linux_open(ike_guard_linux **out, const ike_guard_linux_config *cfg, char *why,
                                 size_t why_cap);
/* Makes the plan true, in place of the one before; the empty plan removes every trace. What is right already is not
 * touched. Errors: USAGE; NOMEM; CONFIG (an application that Linux cannot tell); LOCAL_IO. If the firewall refuses,
 * nothing has changed; later failures leave the firewall of the new plan in force, and why says what is missing. A process
 * with no descriptor free below FD_SETSIZE (1024) is refused: libnftables could not wait. */
IKE_API int ike_guard_linux_put(ike_guard_linux *g, const ike_guard_plan *plan);
/* What the network is like now, for ike_guard_make: links, networks, name servers. portal and self are left empty. What
 * it points to is g's, until the next call. tun: interface index that is ours; 0: none. Errors: LOCAL_IO. */
IKE_API int ike_guard_linux_facts(ike_guard_linux *g, uint32_t tun, ike_guard_facts *out);
IKE_API const char *ike_guard_linux_why(const ike_guard_linux *g); /* of the last failure, "" if none */
/* What the last plan could not have but does not depend on (DNS, a setting); "" if nothing. */
IKE_API const char *ike_guard_linux_warning(const ike_guard_linux *g);
/* Lets go of it: what is in force stays. Frees g. NULL is fine. */
IKE_API void ike_guard_linux_close(ike_guard_linux *g);

/* ---- with ike/uv.h -------------------------------------------------------------------------------- */

/* From now on the plans follow cfg (borrowed until closed or armed anew), beginning with one for the phase at hand
 * (DOWN at first). Errors: as ike_guard_make and put. */
IKE_API int ike_guard_linux_arm(ike_guard_linux *g, const ike_guard_config *cfg);
/* For ike_uv_config.on_plan: the device gets its addresses and MTU, the guard makes the rest part of its plan. index:
 * the interface's. Errors: as ike_guard_make, put and tun->configure; why says which. */
IKE_API int ike_guard_linux_configure(ike_guard_linux *g, const ike_tun *tun, uint32_t index,
                                      const ike_tun_plan *plan);
/* What ike_uv_config's on_connecting, on_event and on_network tell. Errors: as ike_guard_make and put; what was in
 * force stays. */
IKE_API int ike_guard_linux_connecting(ike_guard_linux *g, const ike_path *path);
IKE_API int ike_guard_linux_event(ike_guard_linux *g, const ike_event *ev);
IKE_API int ike_guard_linux_network(ike_guard_linux *g);
/* Somebody changed the system: a firewall that is loaded anew takes our table with it. pollable: readable then; -1: it
 * cannot be watched. again: makes the plan for the system as it is now, and true; a moment later will do. Errors: as
 * ike_guard_make and put. */
IKE_API int64_t ike_guard_linux_pollable(ike_guard_linux *g);
IKE_API int ike_guard_linux_again(ike_guard_linux *g);
/* The connection is over, or not wanted: DOWN. */
IKE_API int ike_guard_linux_down(ike_guard_linux *g);
/* A captive portal stands in the way (ike/outside.h finds it): the processes of cgroup, a path below the root of cgroup v2,
 * may speak with these addresses, and ask the network's name servers, until the plan's time is over. n 0: it does not, or
 * no longer. Errors: as put; LOCAL_IO without cgroup v2: no hole is opened then. */
IKE_API int ike_guard_linux_portal(ike_guard_linux *g, const ike_addr *addresses, uint32_t n,
                                   const char *cgroup);
/* Where the network says that its portal can be asked (RFC 8910), for ike_outside_ask; as the last facts had it, valid
 * until the next. NULL: nowhere, or nobody wrote it down (systemd-networkd does). */
IKE_API const char *ike_guard_linux_portal_api(const ike_guard_linux *g);
/* The calling process, and what it starts, joins that group, which is made if need be. Errors: UNSUPPORTED (no cgroup v2
 * here), LOCAL_IO. */
IKE_API int ike_guard_linux_join(const char *cgroup);
/* The last plan that was made for it; valid until the next one. NULL: none yet. */
IKE_API const ike_guard_plan *ike_guard_linux_plan(const ike_guard_linux *g);
/* For ike_uv_config.mark: sockets of ours carry it. */
IKE_API uint32_t ike_guard_linux_mark(const ike_guard_linux *g);

/* ---- for people ------------------------------------------------------------------------------------ */

typedef struct ike_guard_linux_status {
    size_t size;    /* set by IKE_GUARD_LINUX_STATUS_INIT */
    char owner[64]; /* "": no guard */
    char phase[16]; /* of the last plan, as ike_guard_phase_name */
    char dns[32];   /* who was told of name servers: "resolved", "resolvconf", "file", "" */
    uint32_t pid;   /* of the client that has it; 0: none, what is there was left */
    uint32_t zero;
    uint64_t hole_until; /* CLOCK_BOOTTIME, microseconds: the hole for a portal's helper; 0: closed */
} ike_guard_linux_status;
#define IKE_GUARD_LINUX_STATUS_INIT            \
    {                                          \
        .size = sizeof(ike_guard_linux_status) \
    }
/* Changes nothing. run_dir as in ike_guard_linux_config. Errors: USAGE, LOCAL_IO. */
IKE_API int ike_guard_linux_look(const char *run_dir, ike_guard_linux_status *out);

#ifdef __cplusplus
}
#endif
#endif
