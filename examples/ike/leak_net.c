/* examples/ike/leak_net.c - `ike leak-test`: which interface leads outside, which is the tunnel. SPDX-License-Identifier: Apache-2.0
 *
 * The physical interface is the one of the best default route of the system's main table that does not lead into the
 * tunnel, else the first that is up and has an address. The files of /proc/net tell of the main table only, which is
 * what DHCP and router advertisements write to; a guard's own tables are its own affair. */
#include "leak.h"
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE_BEGIN "leak" /* of leak_hold.c */

/* ---- addresses ---- */

ike_addr leak_addr(const char *text)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    if (inet_pton(AF_INET, text, a.ip) == 1)
        a.family = 4;
    else if (inet_pton(AF_INET6, text, a.ip) == 1)
        a.family = 6;
    return a;
}

int leak_same(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

socklen_t leak_sockaddr(struct sockaddr_storage *out, const ike_addr *a)
{
    struct sockaddr_in *in = (struct sockaddr_in *)out;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

    memset(out, 0, sizeof(*out));
    if (a->family == 4) {
        in->sin_family = AF_INET;
        in->sin_port = htons(a->port);
        memcpy(&in->sin_addr, a->ip, 4);
        return sizeof(*in);
    }
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(a->port);
    in6->sin6_scope_id = a->scope;
    memcpy(&in6->sin6_addr, a->ip, 16);
    return sizeof(*in6);
}

static int is_link_local(const ike_addr *a)
{
    return a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

static ike_addr of_sockaddr(const struct sockaddr *sa)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    if (sa && sa->sa_family == AF_INET) {
        a.family = 4;
        memcpy(a.ip, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
    } else if (sa && sa->sa_family == AF_INET6) {
        a.family = 6;
        memcpy(a.ip, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
    }
    return a;
}

static unsigned bits_of(const struct sockaddr *mask)
{
    ike_addr a = of_sockaddr(mask);
    unsigned n = 0;

    while (n < 128 && a.ip[n / 8] >> (7 - n % 8) & 1)
        n++;
    return n;
}

/* ---- default routes ---- */

static int leads_outside(const struct leak_net *net, const char *name, unsigned flags)
{
    return (flags & RTF_UP) && !(flags & RTF_REJECT) && strcmp(name, net->tun) != 0 &&
           strcmp(name, "lo") != 0 && strncmp(name, DEVICE_BEGIN, strlen(DEVICE_BEGIN)) != 0;
}

/* The best of one family's; best: its metric. */
static void take_default(struct leak_net *net, const char *name, unsigned metric, const ike_addr *router,
                         unsigned *best)
{
    if (metric >= *best || (net->device[0] && router->family == 6 && strcmp(net->device, name) != 0))
        return;
    *best = metric;
    snprintf(net->device, sizeof(net->device), "%s", name);
    net->side[router->family == 6].router = *router;
}

static void default_ip4(struct leak_net *net)
{
    FILE *f = fopen("/proc/net/route", "r");
    unsigned to, router, flags, metric, mask, best = ~0u;
    char line[300], name[IF_NAMESIZE];
    ike_addr a;

    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%15s %x %x %x %*d %*d %u %x", name, &to, &router, &flags, &metric, &mask) != 6 ||
            to != 0 || mask != 0 || !leads_outside(net, name, flags))
            continue;
        memset(&a, 0, sizeof(a));
        a.family = 4;
        memcpy(a.ip, &router, 4);
        take_default(net, name, metric, &a, &best);
    }
    if (f)
        fclose(f);
}

static void default_ip6(struct leak_net *net)
{
    FILE *f = fopen("/proc/net/ipv6_route", "r");
    char line[300], name[IF_NAMESIZE], to[33], router[33];
    unsigned bits, metric, flags, best = ~0u, octet;
    ike_addr a;

    while (f && fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%32s %x %*s %*s %32s %x %*s %*s %x %15s", to, &bits, router, &metric, &flags,
                   name) != 6 ||
            bits != 0 || strspn(to, "0") != 32 || !leads_outside(net, name, flags))
            continue;
        memset(&a, 0, sizeof(a));
        a.family = 6;
        for (size_t i = 0; i < 16 && sscanf(router + 2 * i, "%2x", &octet) == 1; i++)
            a.ip[i] = (uint8_t)octet;
        take_default(net, name, metric, &a, &best);
    }
    if (f)
        fclose(f);
}

/* ---- interfaces ---- */

static unsigned hardware(const char *name)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;
    struct ifreq ifr;

    memset(&ifr, 0, sizeof(ifr));
    snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
    err = ioctl(fd, SIOCGIFHWADDR, &ifr);
    close(fd);
    return err == 0 ? ifr.ifr_hwaddr.sa_family : ARPHRD_VOID;
}

static void find_tun(struct leak_net *net, const struct ifaddrs *list, const char *tun)
{
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        int fits = tun ? strcmp(i->ifa_name, tun) == 0
                       : (i->ifa_flags & IFF_UP) && hardware(i->ifa_name) == ARPHRD_NONE &&
                             strncmp(i->ifa_name, DEVICE_BEGIN, strlen(DEVICE_BEGIN)) != 0;
        if (fits && (!net->tun[0] || strncmp(i->ifa_name, "ike", 3) == 0))
            snprintf(net->tun, sizeof(net->tun), "%s", i->ifa_name);
    }
}

static void find_device(struct leak_net *net, const struct ifaddrs *list)
{
    for (const struct ifaddrs *i = list; i && !net->device[0]; i = i->ifa_next)
        if (of_sockaddr(i->ifa_addr).family && (i->ifa_flags & IFF_RUNNING) &&
            !(i->ifa_flags & IFF_LOOPBACK) && leads_outside(net, i->ifa_name, RTF_UP))
            snprintf(net->device, sizeof(net->device), "%s", i->ifa_name);
}

static void take_addresses(struct leak_net *net, const struct ifaddrs *list)
{
    for (const struct ifaddrs *i = list; i; i = i->ifa_next) {
        ike_addr a = of_sockaddr(i->ifa_addr);
        struct leak_side *s = &net->side[a.family == 6];

        if (a.family == 0)
            continue;
        if (strcmp(i->ifa_name, net->tun) == 0 && !is_link_local(&a))
            s->virtual = a;
        if (strcmp(i->ifa_name, net->device) == 0 && (!s->own.family || is_link_local(&s->own))) {
            s->own = a;
            s->own.scope = is_link_local(&a) ? net->index : 0;
            s->bits = bits_of(i->ifa_netmask);
        }
    }
}

static void take_resolvers(struct leak_net *net)
{
    FILE *f = fopen("/etc/resolv.conf", "r");
    char line[300], text[INET6_ADDRSTRLEN];

    while (f && fgets(line, sizeof(line), f)) {
        ike_addr a;
        if (sscanf(line, "nameserver %45s", text) != 1 || (a = leak_addr(text)).family == 0 ||
            (a.family == 4 && a.ip[0] == 127))
            continue;
        for (size_t i = 0; i < 3; i++)
            if (!net->side[a.family == 6].resolvers[i].family) {
                net->side[a.family == 6].resolvers[i] = a;
                break;
            }
    }
    if (f)
        fclose(f);
}

void leak_net_look(struct leak_net *net, const char *tun)
{
    ike_addr gateway[2] = {net->side[0].gateway, net->side[1].gateway};
    struct ifaddrs *list = NULL;

    memset(net, 0, sizeof(*net));
    net->side[0].gateway = gateway[0];
    net->side[1].gateway = gateway[1];
    if (getifaddrs(&list) != 0)
        return;
    find_tun(net, list, tun);
    default_ip4(net);
    default_ip6(net);
    find_device(net, list);
    net->index = if_nametoindex(net->device);
    take_addresses(net, list);
    for (size_t i = 0; i < 2; i++)
        if (is_link_local(&net->side[i].router))
            net->side[i].router.scope = net->index;
    take_resolvers(net);
    freeifaddrs(list);
}
