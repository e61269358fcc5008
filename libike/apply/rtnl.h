/* apply/rtnl.h - routes, rules, links and addresses of the system, by rtnetlink. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_APPLY_RTNL_H
#define IKE_APPLY_RTNL_H

#include <ike/types.h>
#include <libmnl/libmnl.h>

/* What we put into the kernel bears this number as its origin (`proto 105` in ip-route(8)): by it the next run, or
 * `ike guard off`, knows it again. */
#define IKE_APPLY_PROTO 105u

struct ike_apply_route {
    ike_prefix to;                        /* host bits zero */
    ike_addr source;                      /* family 0: the kernel's choice */
    uint32_t table, kind, device, metric; /* kind: RTN_*; device 0: none */
};

struct ike_apply_rule {
    uint32_t family; /* 4 or 6 */
    uint32_t priority;
    uint32_t table;      /* TO_TBL */
    uint32_t mark, mask; /* mask 0: whatever the mark */
    uint32_t uid_first, uid_last, has_uids;
    uint32_t proto, sport, dport; /* 0: any */
    uint32_t action;              /* FR_ACT_*: TO_TBL, GOTO, NOP */
    uint32_t target;              /* GOTO: priority of the rule that goes on */
    char from[16];                /* device it came in by; "": any */
};

struct ike_apply_link {
    uint32_t index, flags, type; /* IFF_*, ARPHRD_* */
    char name[16], kind[16];     /* kind: "veth", "tun"; "": hardware, as far as the kernel says */
};

typedef void (*ike__apply_on_route)(void *user, const struct ike_apply_route *r, uint32_t proto,
                                    const ike_addr *via);
typedef void (*ike__apply_on_rule)(void *user, const struct ike_apply_rule *r, uint32_t proto);
typedef void (*ike__apply_on_link)(void *user, const struct ike_apply_link *l);
typedef void (*ike__apply_on_address)(void *user, uint32_t device, const ike_prefix *ip);

/* All return 0 or a negative errno. */
int ike__apply_rtnl_open(struct mnl_socket **nl);
int ike__apply_rtnl_route(struct mnl_socket *nl, const struct ike_apply_route *r, int is_new); /* 0: delete */
int ike__apply_rtnl_rule(struct mnl_socket *nl, const struct ike_apply_rule *r, int is_new);
/* Every one that there is, of both families and all tables. What changed meanwhile is read again: each
 * may see one more than once. */
int ike__apply_rtnl_routes(struct mnl_socket *nl, ike__apply_on_route each, void *user);
int ike__apply_rtnl_rules(struct mnl_socket *nl, ike__apply_on_rule each, void *user);
int ike__apply_rtnl_links(struct mnl_socket *nl, ike__apply_on_link each, void *user);
int ike__apply_rtnl_addresses(struct mnl_socket *nl, ike__apply_on_address each, void *user);

#endif
