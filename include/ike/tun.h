/* ike/tun.h - where inner IP packets come from and go to. SPDX-License-Identifier: Apache-2.0
 *
 * The core never calls this; a driver does. A host without a TUN needs none of it: it reads and
 * writes inner packets itself (ike_seal, ike_recv). */
#ifndef IKE_TUN_H
#define IKE_TUN_H

#include <ike/ike.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKE_TUN_ABI 2u /* a driver takes 1 as well: it ends with close */

/* What the tunnel needs from the system. All borrowed for the call. */
typedef struct ike_tun_plan {
    size_t size;                /* set by IKE_TUN_PLAN_INIT */
    const ike_prefix *ip;       /* our addresses */
    const ike_prefix *routes;   /* into the tunnel */
    const ike_prefix *excluded; /* round the tunnel */
    const ike_addr *dns;
    const ike_addr *gateway; /* the outer address: stays reachable outside the tunnel */
    uint32_t ip_n, routes_n, excluded_n, dns_n;
    uint32_t mtu;                  /* of inner packets, octets; 0: leave the device's */
    uint32_t block_ip4, block_ip6; /* 1: what the tunnel does not take of this family is dropped */
    uint32_t zero;
} ike_tun_plan;
#define IKE_TUN_PLAN_INIT            \
    {                                \
        .size = sizeof(ike_tun_plan) \
    }

typedef struct ike_tun {
    uint32_t abi, zero;
    void *self;
    /* Puts the plan in force, in place of an earlier one. Errors: USAGE (a set field it does not know:
     * ike_struct_adopt; nothing has changed); LOCAL_IO, and why() names what failed: of a first plan nothing is left,
     * of a later one as much as can be, so that nothing gets round the tunnel. The same plan again after a change of
     * network moves what leads outside; without a network it fails until there is one. */
    int (*configure)(void *self, const ike_tun_plan *plan);
    int (*read)(void *self, uint8_t *out, size_t cap); /* octets of one IP packet; 0: would block; LOCAL_IO */
    int (*write)(void *self, const uint8_t *ip, size_t n); /* 0, or LOCAL_IO; a full queue drops and is 0 */
    int64_t (*pollable)(void *self);                       /* file descriptor to wait on; -1: none */
    const char *(*why)(void *self);                        /* text of the last failure, "" if none */
    void (*close)(void *self);                             /* removes device, addresses, routes, rules */

    /* ABI 2: many packets a call, with a device that takes or gives several of them as one (TCP segments of a flow).
     * NULL: read and write are called instead.
     * read_n puts up to n packets into buf, one behind the other, each with IKE_HEADROOM octets before it and
     * IKE_TAILROOM after it, and fills their ike_packet. How many; 0: nothing there; LOCAL_IO. *rest: enum
     * ike_tun_rest. n at least 1, cap at least IKE_TUN_BUF.
     * write_n writes those whose err is 0 and whose n is not, and leaves their octets alone. Packets of one flow keep
     * their order, those of different flows may not. How many the device did not take: they are lost; LOCAL_IO. */
    int (*read_n)(void *self, uint8_t *buf, size_t cap, ike_packet *pkts, size_t n, int *rest);
    int (*write_n)(void *self, const ike_packet *pkts, size_t n);
} ike_tun;
#define IKE_TUN_BUF (65536u + IKE_HEADROOM + IKE_TAILROOM)
enum ike_tun_rest {
    IKE_TUN_DRY = 0,  /* nothing is left: wait */
    IKE_TUN_MORE = 1, /* something may be: pollable says so */
    IKE_TUN_HELD = 2  /* something is, and pollable does not show it: call again */
};

/* Linux TUN device, addresses and routes by netlink, all removed by close. name: "ike%d"; NULL: that.
 * Errors: LOCAL_IO, NOMEM; *why, if why is not NULL, is static text, "" on success. */
IKE_API int ike_tun_linux(ike_tun *out, const char *name, const char **why);
/* The same, as cfg says. cfg NULL: as above. It moves whole bursts of TCP and UDP segments where the kernel can
 * (IFF_VNET_HDR), and single packets where it cannot. Errors: and USAGE (a set unknown field). */
typedef struct ike_tun_linux_config {
    size_t size;      /* set by IKE_TUN_LINUX_CONFIG_INIT */
    const char *name; /* NULL: "ike%d" */
    uint32_t plain;   /* 1: single packets only */
    uint32_t zero;
} ike_tun_linux_config;
#define IKE_TUN_LINUX_CONFIG_INIT            \
    {                                        \
        .size = sizeof(ike_tun_linux_config) \
    }
IKE_API int ike_tun_linux_open(ike_tun *out, const ike_tun_linux_config *cfg, const char **why);
IKE_API const char *ike_tun_linux_name(const ike_tun *t); /* "ike0"; valid until close */

/* An open file descriptor that carries one IP packet a read (Android VpnService, a test's socketpair).
 * configure does nothing. It is made non-blocking, and closed by close. Errors: NOMEM, LOCAL_IO; then it is still yours. */
IKE_API int ike_tun_fd(ike_tun *out, int fd);

/* In memory: packets the test puts in are read by the driver, packets the driver writes are taken out.
 * depth: packets kept each way, 1 to 4096 (more are dropped); pollable is readable while there is one to read. Errors:
 * USAGE (depth), NOMEM, LOCAL_IO. */
IKE_API int ike_tun_memory(ike_tun *out, uint32_t depth);
IKE_API int ike_tun_memory_put(ike_tun *t, const uint8_t *ip, size_t n); /* 0; LIMIT (full, or over 2048) */
IKE_API int ike_tun_memory_take(ike_tun *t, uint8_t *out, size_t cap);   /* octets; 0: none; NOSPACE */

#ifdef __cplusplus
}
#endif
#endif
