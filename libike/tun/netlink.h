/* tun/netlink.h - the few rtnetlink requests that a tunnel needs, each with its acknowledgement. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TUN_NETLINK_H
#define IKE_TUN_NETLINK_H

#include <ike/types.h>

struct ike_route {
    ike_prefix to;
    ike_addr via;    /* family 0: on the link */
    ike_addr source; /* family 0: none preferred */
    uint32_t device; /* interface index; 0: none */
    uint32_t metric; /* 0: the kernel's default */
    uint32_t kind;   /* RTN_UNICAST or RTN_UNREACHABLE */
    uint32_t zero;
};

/* The same destination along the same way: 1. */
int ike__nl_same_route(const struct ike_route *a, const struct ike_route *b);

/* All return 0 or a negative errno. */
int ike__nl_open(void); /* a socket, or a negative errno */
/* The longest burst is such that it leaves the tunnel as one: 64 KiB with what ESP adds to each segment. */
int ike__nl_link_up(int fd, uint32_t index, uint32_t mtu);
int ike__nl_address(int fd, uint32_t index, const ike_prefix *ip);
int ike__nl_route_add(int fd, const struct ike_route *r);
int ike__nl_route_del(int fd, const struct ike_route *r);
/* Where would a packet to this address go now? Fills via, source and device. */
int ike__nl_route_get(int fd, const ike_addr *to, struct ike_route *r);
/* Where would it go if the routes through this device, and these, were not there? From the main table. */
int ike__nl_route_past(int fd, const ike_addr *to, uint32_t device, const struct ike_route *ours,
                       size_t ours_n, struct ike_route *r);

#endif
