/* examples/ike/leak_hold.c - `ike leak-test`: routes and a device that are there only while we are. SPDX-License-Identifier: Apache-2.0
 *
 * Routes are added by a process of its own, which listens on a line to us and removes them when that line ends: dropped,
 * exited, interrupted or killed, all the same. The device belongs to its descriptor.
 * All addresses are of the ranges for documentation (RFC 5737, RFC 3849): nobody's traffic can be led astray. */
#include "leak.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/route.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct in6_ifreq { /* the kernel's, in a header that will not go along with those of the C library */
    struct in6_addr addr;
    uint32_t bits;
    int index;
};

/* ---- routes ---- */

static int change_ip4(int fd, unsigned long verb, struct leak_route *r)
{
    struct sockaddr_storage to, mask, router;
    struct rtentry e;
    ike_addr m = {.family = 4};

    for (uint32_t i = 0; i < r->to.bits; i++)
        m.ip[i / 8] = (uint8_t)(m.ip[i / 8] | 0x80 >> i % 8);
    leak_sockaddr(&to, &r->to.addr);
    leak_sockaddr(&mask, &m);
    memset(&e, 0, sizeof(e));
    memcpy(&e.rt_dst, &to, sizeof(e.rt_dst));
    memcpy(&e.rt_genmask, &mask, sizeof(e.rt_genmask));
    e.rt_flags = RTF_UP;
    if (r->router.family) {
        leak_sockaddr(&router, &r->router);
        memcpy(&e.rt_gateway, &router, sizeof(e.rt_gateway));
        e.rt_flags |= RTF_GATEWAY;
    }
    e.rt_dev = r->device;
    e.rt_metric = (short)(r->metric + 1); /* the kernel subtracts it */
    return ioctl(fd, verb, &e);
}

static int change_ip6(int fd, unsigned long verb, const struct leak_route *r)
{
    struct in6_rtmsg e;

    memset(&e, 0, sizeof(e));
    memcpy(&e.rtmsg_dst, r->to.addr.ip, 16);
    e.rtmsg_dst_len = (uint16_t)r->to.bits;
    e.rtmsg_flags = RTF_UP;
    if (r->router.family) {
        memcpy(&e.rtmsg_gateway, r->router.ip, 16);
        e.rtmsg_flags |= RTF_GATEWAY;
    }
    e.rtmsg_metric = r->metric ? r->metric : 1;
    e.rtmsg_ifindex = (int)if_nametoindex(r->device);
    return ioctl(fd, verb, &e);
}

static int change(unsigned long verb, struct leak_route *r)
{
    int fd = socket(r->to.addr.family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), err = -1;

    if (r->to.addr.family && r->device[0])
        err = r->to.addr.family == 4 ? change_ip4(fd, verb, r) : change_ip6(fd, verb, r);
    close(fd);
    return err;
}

static void keep(int line, struct leak_route *routes, size_t n)
{
    sigset_t all;
    char c;

    setsid();
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (size_t i = 0; i < n; i++) {
        routes[i].is_there = change(SIOCADDRT, &routes[i]) == 0;
        (void)!write(line, routes[i].is_there ? "1" : "0", 1);
    }
    while (read(line, &c, 1) < 0 && errno == EINTR)
        ;
    for (size_t i = 0; i < n; i++)
        if (routes[i].is_there)
            (void)change(SIOCDELRT, &routes[i]);
    _exit(0);
}

int leak_hold(struct leak_hold *h, struct leak_route *routes, size_t n)
{
    int ends[2], added = 0;

    h->line = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return 0;
    h->keeper = fork();
    if (h->keeper == 0) {
        close(ends[0]);
        keep(ends[1], routes, n);
    }
    close(ends[1]);
    h->line = ends[0];
    for (size_t i = 0; h->keeper > 0 && i < n; i++) {
        char c = '0';
        if (read(h->line, &c, 1) != 1)
            break;
        added += routes[i].is_there = c == '1';
    }
    return added;
}

void leak_hold_drop(struct leak_hold *h)
{
    if (h->line < 0)
        return;
    close(h->line);
    h->line = -1;
    while (h->keeper > 0 && waitpid(h->keeper, NULL, 0) < 0 && errno == EINTR)
        ;
}

/* ---- the device ---- */

ike_addr leak_device_near(int is_ip6)
{
    return leak_addr(is_ip6 ? "2001:db8:1eaf:d::1" : "203.0.113.253");
}

ike_addr leak_device_far(int is_ip6)
{
    return leak_addr(is_ip6 ? "2001:db8:1eaf:d::2" : "203.0.113.254");
}

static int set_up(const char *name)
{
    struct sockaddr_storage sa;
    struct in6_ifreq six = {.bits = 64, .index = (int)if_nametoindex(name)};
    struct ifreq ifr;
    ike_addr near = leak_device_near(0), mask = leak_addr("255.255.255.252");
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

    memset(&ifr, 0, sizeof(ifr));
    memcpy(ifr.ifr_name, name, IF_NAMESIZE);
    leak_sockaddr(&sa, &near);
    memcpy(&ifr.ifr_addr, &sa, sizeof(ifr.ifr_addr));
    err = ioctl(fd, SIOCSIFADDR, &ifr);
    leak_sockaddr(&sa, &mask);
    memcpy(&ifr.ifr_netmask, &sa, sizeof(ifr.ifr_netmask));
    err |= ioctl(fd, SIOCSIFNETMASK, &ifr);
    ifr.ifr_flags = IFF_UP | IFF_RUNNING;
    err |= ioctl(fd, SIOCSIFFLAGS, &ifr);
    close(fd);
    fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    near = leak_device_near(1);
    memcpy(&six.addr, near.ip, 16);
    (void)ioctl(fd, SIOCSIFADDR, &six); /* a system without IPv6 has no probes that want it */
    close(fd);
    return err;
}

int leak_device(char name[IF_NAMESIZE])
{
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    struct ifreq ifr;

    memset(&ifr, 0, sizeof(ifr));
    ifr.ifr_flags = IFF_TUN | IFF_NO_PI;
    memcpy(ifr.ifr_name, "leak%d", 7);
    if (fd < 0)
        return -1;
    if (ioctl(fd, TUNSETIFF, &ifr) != 0 || set_up(ifr.ifr_name) != 0) {
        close(fd);
        return -1;
    }
    memcpy(name, ifr.ifr_name, IF_NAMESIZE);
    return fd;
}
