/* tun/linux.c - the Linux TUN device with its addresses and routes. SPDX-License-Identifier: Apache-2.0
 *
 * Routes into the tunnel go through the device and vanish with it. What stands outside of it (the way to the
 * gateway, excluded networks, blocked families) is remembered and taken back by close; a route that was there
 * before us is left alone. A default route becomes two halves, so that the system's own survives.
 * The same plan again follows the system: what leads outside goes where it would go without us. What is right already
 * is not touched, so whoever watches the system's routes hears of true changes only.
 *
 * Not here: what to route (the driver), packets (device.c), firewall rules. */
#include "tun/device.h"
#include "tun/netlink.h"
#include <errno.h>
#include <fcntl.h>
#include <ike/tun.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define OUTSIDE_MAX  300u
#define IP_MAX       16u
#define BLOCK_METRIC 4096u /* behind every route that was there before */

struct tun {
    int nl;
    uint32_t index;
    char name[IFNAMSIZ];
    char why[160];
    struct ike_route outside[OUTSIDE_MAX],
        before[OUTSIDE_MAX]; /* of this plan; of the one that it replaces */
    uint32_t outside_n, before_n;
    ike_prefix ip[IP_MAX]; /* on the device */
    uint32_t ip_n, mtu;
    int is_configured;
    struct ike_device device;
};

static int fail(struct tun *t, const char *what, int err)
{
    snprintf(t->why, sizeof(t->why), "%s: %s", what, strerror(-err));
    return IKE_E_LOCAL_IO;
}

/* ---- the plan ---- */

static void forget_outside(struct tun *t)
{
    while (t->outside_n > 0)
        (void)ike__nl_route_del(t->nl, &t->outside[--t->outside_n]);
}

static int same_prefix(const ike_prefix *a, const ike_prefix *b)
{
    return a->bits == b->bits && a->addr.family == b->addr.family &&
           memcmp(a->addr.ip, b->addr.ip, sizeof(a->addr.ip)) == 0;
}

/* The route of the earlier plan to this network, of this kind: out of the list, into *r. */
static int take_before(struct tun *t, const struct ike_route *like, struct ike_route *r)
{
    for (uint32_t i = 0; i < t->before_n; i++)
        if (t->before[i].kind == like->kind && same_prefix(&t->before[i].to, &like->to)) {
            *r = t->before[i];
            t->before[i] = t->before[--t->before_n];
            return 1;
        }
    return 0;
}

static int add_outside(struct tun *t, const struct ike_route *r)
{
    struct ike_route old;
    int was_ours = take_before(t, r, &old), err;

    if (was_ours && !ike__nl_same_route(&old, r)) {
        (void)ike__nl_route_del(t->nl, &old); /* nobody else sends in between */
        was_ours = 0;
    }
    err = t->outside_n < OUTSIDE_MAX ? ike__nl_route_add(t->nl, r) : -ENOSPC;
    if (err == 0 || (err == -EEXIST && was_ours)) {
        t->outside[t->outside_n++] = *r;
        return 0;
    }
    return err == -EEXIST ? 0 : err; /* somebody else's: not ours to take away */
}

/* A route to this network that goes where the system would send its first address without us. */
static int keep_outside(struct tun *t, const ike_prefix *to)
{
    struct ike_route r;
    int err = ike__nl_route_get(t->nl, &to->addr, &r);

    /* The answer may be our own work: the device, or an earlier pin. */
    if (err != 0 || r.device == t->index || t->before_n > 0)
        err = ike__nl_route_past(t->nl, &to->addr, t->index, t->before, t->before_n, &r);
    if (err != 0)
        return err;
    r.to = *to;
    r.metric = 0;
    return add_outside(t, &r);
}

static const ike_prefix *address_of(const ike_tun_plan *plan, uint8_t family)
{
    for (uint32_t i = 0; i < plan->ip_n; i++)
        if (plan->ip[i].addr.family == family)
            return &plan->ip[i];
    return NULL;
}

static int add_inside(struct tun *t, const ike_tun_plan *plan, ike_prefix to)
{
    const ike_prefix *own = address_of(plan, to.addr.family);
    struct ike_route r;
    int err;

    if (!own) /* nothing to speak from: the family is not ours to take */
        return 0;
    memset(&r, 0, sizeof(r));
    r.to = to;
    r.kind = RTN_UNICAST;
    r.device = t->index;
    r.source = own->addr;
    err = ike__nl_route_add(t->nl, &r);
    return err == -EEXIST ? 0 : err;
}

static int route_inside(struct tun *t, const ike_tun_plan *plan, const ike_prefix *to)
{
    ike_prefix half = *to;
    int err;

    if (to->bits > 0)
        return add_inside(t, plan, *to);
    half.bits = 1;
    memset(half.addr.ip, 0, sizeof(half.addr.ip));
    err = add_inside(t, plan, half);
    half.addr.ip[0] = 0x80;
    return err == 0 ? add_inside(t, plan, half) : err;
}

static int block(struct tun *t, uint8_t family)
{
    struct ike_route r;

    /* Two halves again: more specific than any default route of the system. */
    for (int i = 0; i < 2; i++) {
        int err;
        memset(&r, 0, sizeof(r));
        r.to.addr.family = family;
        r.to.addr.ip[0] = i ? 0x80 : 0;
        r.to.bits = 1;
        r.kind = RTN_UNREACHABLE;
        r.metric = BLOCK_METRIC;
        err = add_outside(t, &r);
        if (err != 0)
            return err;
    }
    return 0;
}

static int has_address(const struct tun *t, const ike_prefix *ip)
{
    for (uint32_t i = 0; i < t->ip_n; i++)
        if (same_prefix(&t->ip[i], ip))
            return 1;
    return 0;
}

static int set_up_device(struct tun *t, const ike_tun_plan *plan)
{
    int err;

    if ((t->mtu == 0 || t->mtu != plan->mtu) && (err = ike__nl_link_up(t->nl, t->index, plan->mtu)) != 0)
        return fail(t, "cannot bring the TUN up", err);
    t->mtu = plan->mtu;
    for (uint32_t i = 0; i < plan->ip_n; i++) {
        if (has_address(t, &plan->ip[i]))
            continue;
        if ((err = ike__nl_address(t->nl, t->index, &plan->ip[i])) != 0)
            return fail(t, "cannot set the virtual address", err);
        if (t->ip_n < IP_MAX)
            t->ip[t->ip_n++] = plan->ip[i];
    }
    return 0;
}

static int pin_gateway(struct tun *t, const ike_addr *gateway)
{
    ike_prefix gw;

    memset(&gw, 0, sizeof(gw));
    gw.addr = *gateway;
    gw.addr.port = 0;
    gw.addr.scope = 0;
    gw.bits = gw.addr.family == 4 ? 32 : 128;
    return keep_outside(t, &gw);
}

static int apply(struct tun *t, const ike_tun_plan *plan)
{
    int err = set_up_device(t, plan), pinned = 0;

    if (err != 0)
        return err;
    if (plan->gateway)
        pinned = pin_gateway(t, plan->gateway);
    /* Without a network all else holds still: nothing gets round the tunnel while it is cut off. */
    for (uint32_t i = 0; i < plan->excluded_n; i++)
        if ((err = keep_outside(t, &plan->excluded[i])) != 0 && err != -ENETUNREACH)
            return fail(t, "cannot exclude a network", err);
    for (uint32_t i = 0; i < plan->routes_n; i++)
        if ((err = route_inside(t, plan, &plan->routes[i])) != 0)
            return fail(t, "cannot set a route", err);
    if (plan->block_ip4 && (err = block(t, 4)) != 0)
        return fail(t, "cannot block IPv4", err);
    if (plan->block_ip6 && (err = block(t, 6)) != 0)
        return fail(t, "cannot block IPv6", err);
    return pinned == 0 ? 0 : fail(t, "cannot keep the gateway outside the tunnel", pinned);
}

static int configure(void *self, const ike_tun_plan *theirs)
{
    struct tun *t = self;
    int is_first = !t->is_configured, err;
    ike_tun_plan plan;

    err = ike_struct_adopt(&plan, sizeof(plan), theirs);
    if (err < 0) {
        snprintf(t->why, sizeof(t->why), "a field of the plan is set that this version does not know");
        return err;
    }
    memcpy(t->before, t->outside, t->outside_n * sizeof(t->outside[0]));
    t->before_n = t->outside_n;
    t->outside_n = 0;
    err = apply(t, &plan);
    while (t->before_n > 0)
        (void)ike__nl_route_del(t->nl, &t->before[--t->before_n]);
    if (err < 0 && is_first)
        forget_outside(t);
    t->is_configured |= err == 0;
    return err;
}

/* ---- packets ---- */

static int read_packet(void *self, uint8_t *out, size_t cap)
{
    return ike__device_read(&((struct tun *)self)->device, out, cap);
}

static int write_packet(void *self, const uint8_t *ip, size_t n)
{
    return ike__device_write(&((struct tun *)self)->device, ip, n);
}

static int read_packets(void *self, uint8_t *buf, size_t cap, ike_packet *pkts, size_t n, int *rest)
{
    return ike__device_read_n(&((struct tun *)self)->device, buf, cap, pkts, n, rest);
}

static int write_packets(void *self, const ike_packet *pkts, size_t n)
{
    return ike__device_write_n(&((struct tun *)self)->device, pkts, n);
}

static int64_t pollable(void *self)
{
    return ((struct tun *)self)->device.fd;
}

static const char *why_text(void *self)
{
    return ((struct tun *)self)->why;
}

static void drop(struct tun *t)
{
    if (t->device.fd >= 0)
        close(t->device.fd);
    if (t->nl >= 0)
        close(t->nl);
    free(t);
}

static void close_tun(void *self)
{
    struct tun *t = self;

    forget_outside(t);
    drop(t); /* the device goes, and its addresses and routes with it */
}

/* ---- making one ---- */

static int attach(struct tun *t, const char *name, int flags)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof(ifr));
    ifr.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | flags);
    snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name ? name : "ike%d");
    if (ioctl(t->device.fd, TUNSETIFF, &ifr) != 0)
        return -errno;
    snprintf(t->name, sizeof(t->name), "%s", ifr.ifr_name);
    return 0;
}

/* Bursts, as far as this kernel has them: TCP and UDP, TCP alone, or single packets that say so. */
static void ask_for_bursts(struct tun *t)
{
    static const unsigned long tcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6,
                               udp = 0x20 | 0x40; /* TUN_F_USO4, 6 */
    int header_n = (int)sizeof(struct virtio_net_hdr);

    t->device.has_headers = 1;
    (void)ioctl(t->device.fd, TUNSETVNETHDRSZ, &header_n);
    if (ioctl(t->device.fd, TUNSETOFFLOAD, tcp | udp) != 0)
        (void)ioctl(t->device.fd, TUNSETOFFLOAD, tcp);
}

static int create(struct tun *t, const ike_tun_linux_config *cfg)
{
    int err;

    t->device.fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (t->device.fd < 0)
        return -errno;
    err = cfg->plain ? -EINVAL : attach(t, cfg->name, IFF_VNET_HDR);
    if (err == 0)
        ask_for_bursts(t);
    else if (err == -EINVAL) /* a kernel without them */
        err = attach(t, cfg->name, 0);
    if (err == 0) {
        t->index = if_nametoindex(t->name);
        err = t->index == 0 ? -errno : 0;
    }
    return err;
}

int ike_tun_linux_open(ike_tun *out, const ike_tun_linux_config *theirs, const char **why)
{
    ike_tun_linux_config cfg = IKE_TUN_LINUX_CONFIG_INIT;
    struct tun *t = calloc(1, sizeof(*t));
    const char *ignored;
    int err;

    why = why ? why : &ignored;
    memset(out, 0, sizeof(*out));
    err = !t ? IKE_E_NOMEM : theirs ? ike_struct_adopt(&cfg, sizeof(cfg), theirs) : 0;
    *why = err < 0 ? ike_strerror(err) : "";
    if (err < 0) {
        free(t);
        return err;
    }
    t->device.fd = -1;
    t->nl = ike__nl_open();
    err = t->nl < 0 ? t->nl : create(t, &cfg);
    if (err < 0) {
        *why = err == -EPERM || err == -EACCES ? "cannot open a TUN device: it needs root or CAP_NET_ADMIN"
                                               : "cannot open a TUN device";
        drop(t);
        return IKE_E_LOCAL_IO;
    }
    *out = (ike_tun){.abi = IKE_TUN_ABI,
                     .self = t,
                     .configure = configure,
                     .read = read_packet,
                     .write = write_packet,
                     .pollable = pollable,
                     .why = why_text,
                     .close = close_tun,
                     .read_n = read_packets,
                     .write_n = write_packets};
    return 0;
}

int ike_tun_linux(ike_tun *out, const char *name, const char **why)
{
    ike_tun_linux_config cfg = IKE_TUN_LINUX_CONFIG_INIT;

    cfg.name = name;
    return ike_tun_linux_open(out, &cfg, why);
}

const char *ike_tun_linux_name(const ike_tun *tun)
{
    return ((const struct tun *)tun->self)->name;
}
