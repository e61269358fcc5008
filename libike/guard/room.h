/* guard/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_GUARD_ROOM_H
#define IKE_GUARD_ROOM_H

#include <ike/guard.h>
#include <ike/ike.h>

/* A plan being made: what goes in, what was found out, what comes out. */
struct ike_making {
    ike_guard_config cfg;
    ike_guard_state state;
    ike_guard_facts facts;
    ike_guard_plan *plan;
    int err;         /* of the first thing that went wrong; adding goes on and does nothing */
    int is_forced;   /* by the profile */
    int is_standing; /* there is, or was until now, a tunnel */
    int has_tun;     /* and a device for it */
    int is_guarding; /* something is kept in the tunnel in this phase */
    int all4, all6;  /* everything of the family is guarded */
    int is_full;     /* and not only because it is blocked: there is no beside */
    int lan, forwarded;
    uint32_t outside_mark, inside_mark; /* for applications that no rule can match */
};

/* net.c: arithmetic of networks; nets are masked, with nothing but family, address and bits set */
uint32_t ike__guard_width(uint32_t family);
int ike__guard_mask(const ike_prefix *from, ike_prefix *to); /* 0, or CONFIG: no such network */
ike_prefix ike__guard_masked(const ike_prefix *net);         /* of one that was checked */
ike_prefix ike__guard_host(const ike_addr *a);
ike_prefix ike__guard_everything(uint32_t family);
int ike__guard_holds(const ike_prefix *outer, const ike_prefix *inner);
int ike__guard_is_in(const ike_prefix *net, const ike_addr *a);
int ike__guard_overlaps(const ike_prefix *a, const ike_prefix *b);
int ike__guard_is_covered(const ike_prefix *list, uint32_t n,
                          const ike_prefix *net); /* by all of them together */
int ike__guard_is_private(const ike_prefix *net); /* RFC 1918, 3927, 4193; link-local */
int ike__guard_is_loopback(const ike_addr *a);
#define IKE_GUARD_NET_TEXT 64u
void ike__guard_net_text(const ike_prefix *net, char out[IKE_GUARD_NET_TEXT]);

/* add.c: into the plan, each kind with its bound (LIMIT) */
void ike__guard_add_net(struct ike_making *m, uint32_t set, const ike_prefix *net); /* once */
void ike__guard_add_route(struct ike_making *m, uint32_t kind, const ike_prefix *to, uint32_t why);
void ike__guard_add_rule(struct ike_making *m, const ike_guard_rule *rule);
void ike__guard_add_entry(struct ike_making *m, const ike_guard_entry *entry);
void ike__guard_warn(struct ike_making *m, uint32_t code, const ike_prefix *net, const char *format, ...);
int ike__guard_has(const ike_guard_plan *p, uint32_t set);

/* sets.c: addresses and applications that the other parts speak of */
void ike__guard_make_sets(struct ike_making *m);
/* apps.c */
void ike__guard_make_apps(struct ike_making *m);
/* dns.c */
void ike__guard_make_dns(struct ike_making *m);
/* routes.c */
/* The gateway has given us an address of this family, or none at all: then ours are the selectors' business. */
int ike__guard_is_served(const struct ike_making *m, uint32_t family);
void ike__guard_make_routes(struct ike_making *m);
/* entries.c */
void ike__guard_make_entries(struct ike_making *m);

/* match.c: whether a packet is one of the application's */
int ike__guard_is_app(const ike_guard_app *app, const ike_guard_packet *packet);

#endif
