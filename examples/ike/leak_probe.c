/* examples/ike/leak_probe.c - `ike leak-test`: the table of probes. SPDX-License-Identifier: Apache-2.0
 *
 * A probe sends one or a few small packets the way some application or attacker would, and is done; whether they left
 * is seen on the wire (leak_wire.c). Where it may choose, it speaks to addresses for documentation (RFC 5737, RFC 3849)
 * that are its own, so that even a question for the address gives it away, and nobody is bothered.
 * Cases: RFC 7359, TunnelCrack (CVE-2023-36672, CVE-2023-36671), TunnelVision (CVE-2024-3661), CVE-2019-14899.
 *
 * Not here: routes and device that some of them need (leak_round.c, leak_hold.c). */
#include "leak.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char no_network[] = "this network does not have this family";
static const char no_rights[] = "it needs CAP_NET_ADMIN";
static const char no_tunnel[] = "the tunnel has no address of this family";

/* How a socket is tied to the physical side; 0: not at all */
enum { TIE_ADDRESS = 1, TIE_DEVICE = 2, TIE_INTERFACE = 3 };

/* ---- sending ---- */

static int open_socket(const struct leak_run *r, int is_ip6, int type, int proto, int tie)
{
    const struct leak_net *net = &r->net;
    int fd = socket(is_ip6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, proto), on = 1;
    uint32_t index = htonl(net->index);
    struct sockaddr_storage own;
    socklen_t len;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    if (tie == TIE_DEVICE)
        (void)setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, net->device, (socklen_t)strlen(net->device) + 1);
    if (tie == TIE_INTERFACE && is_ip6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_IF, &index, sizeof(index));
    if (tie == TIE_INTERFACE && !is_ip6)
        (void)setsockopt(fd, IPPROTO_IP, IP_UNICAST_IF, &index, sizeof(index));
    if (tie == TIE_ADDRESS) {
        len = leak_sockaddr(&own, &net->side[is_ip6].own);
        (void)bind(fd, (struct sockaddr *)&own, len);
    }
    return fd;
}

static void send_to(int fd, const ike_addr *to, const void *data, size_t n)
{
    struct sockaddr_storage sa;
    socklen_t len = leak_sockaddr(&sa, to);

    if (fd >= 0) /* refused or not: the wire tells */
        (void)!sendto(fd, data, n, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&sa, len);
}

static void datagram(struct leak_run *r, unsigned number, int tie, ike_addr to, uint16_t port)
{
    int fd = open_socket(r, to.family == 6, SOCK_DGRAM, 0, tie);
    char mark[LEAK_MARK_SIZE];

    leak_mark(mark, r->id, number);
    to.port = port;
    send_to(fd, &to, mark, sizeof(mark) - 1);
    if (fd >= 0)
        close(fd);
}

ike_addr leak_inside(const struct leak_run *r, int is_ip6, uint8_t last)
{
    const ike_prefix *net = &r->inside[is_ip6];
    ike_addr a = r->is_split ? net->addr : leak_addr(is_ip6 ? "2001:db8:1eaf::" : "198.51.100.0");

    a.port = 0;
    if (!r->is_split || net->bits + 8 <= (is_ip6 ? 128u : 32u))
        a.ip[is_ip6 ? 15 : 3] = last;
    return a;
}

/* One that only this probe speaks to. */
static ike_addr far_away(struct leak_run *r, unsigned number, int is_ip6)
{
    return r->aim[number][is_ip6] = leak_inside(r, is_ip6, (uint8_t)(number + 10));
}

static const char *tied(struct leak_run *r, unsigned number, int is_ip6, int tie)
{
    if (!r->net.side[is_ip6].own.family)
        return no_network;
    datagram(r, number, tie, far_away(r, number, is_ip6), 4711);
    return NULL;
}

/* ---- the probes, in the order of the table ---- */

static const char *plain(struct leak_run *r, unsigned number, int is_ip6)
{
    return tied(r, number, is_ip6, 0);
}

static const char *bound_address(struct leak_run *r, unsigned number, int is_ip6)
{
    return tied(r, number, is_ip6, TIE_ADDRESS);
}

static const char *bound_device(struct leak_run *r, unsigned number, int is_ip6)
{
    return tied(r, number, is_ip6, TIE_DEVICE);
}

static const char *bound_interface(struct leak_run *r, unsigned number, int is_ip6)
{
    return tied(r, number, is_ip6, TIE_INTERFACE);
}

static const char *icmp(struct leak_run *r, unsigned number, int is_ip6)
{
    int fd = open_socket(r, is_ip6, SOCK_RAW, is_ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, TIE_DEVICE);
    uint8_t packet[LEAK_PACKET_MAX];
    char mark[LEAK_MARK_SIZE];
    ike_addr to = far_away(r, number, is_ip6);

    if (fd < 0 || !r->net.side[is_ip6].own.family)
        return fd < 0 ? "no raw socket" : (close(fd), no_network);
    leak_mark(mark, r->id, number);
    send_to(fd, &to, packet, leak_echo(packet, to.family, mark));
    close(fd);
    return NULL;
}

static const char *tcp(struct leak_run *r, unsigned number, int is_ip6)
{
    int fd = open_socket(r, is_ip6, SOCK_RAW, IPPROTO_TCP, TIE_DEVICE);
    ike_addr from = r->net.side[is_ip6].own, to = far_away(r, number, is_ip6);
    uint8_t packet[LEAK_PACKET_MAX];
    char mark[LEAK_MARK_SIZE];

    if (fd < 0 || !from.family)
        return fd < 0 ? "no raw socket" : (close(fd), no_network);
    leak_mark(mark, r->id, number);
    from.port = 4711;
    to.port = 443;
    size_t n = leak_syn(packet, &from, &to, mark);
    to.port = 0; /* of raw IPv6 sockets it is the protocol */
    send_to(fd, &to, packet, n);
    close(fd);
    return NULL;
}

static void ask(struct leak_run *r, unsigned number, ike_addr resolver, int tie, const char *top)
{
    int fd = open_socket(r, resolver.family == 6, SOCK_DGRAM, 0, tie);
    uint8_t query[LEAK_PACKET_MAX];
    char mark[LEAK_MARK_SIZE];

    leak_mark(mark, r->id, number);
    resolver.port = strcmp(top, "local") == 0 ? 5353 : 53;
    send_to(fd, &resolver, query, leak_dns(query, mark, top));
    if (fd >= 0)
        close(fd);
}

static const char *dns(struct leak_run *r, unsigned number, int is_ip6)
{
    const struct leak_side *s = &r->net.side[is_ip6];

    if (!s->own.family || (!s->router.family && !s->resolvers[0].family))
        return "neither a router nor a name server is known in this family";
    if (s->router.family) { /* which is the resolver of most small networks */
        ask(r, number, s->router, 0, "invalid");
        ask(r, number, s->router, TIE_DEVICE, "invalid");
    }
    for (size_t i = 0; i < 3 && s->resolvers[i].family; i++)
        ask(r, number, s->resolvers[i], 0, "invalid");
    return NULL;
}

/* The last host of the network, or the one before if that is the router or we. */
static const char *lan(struct leak_run *r, unsigned number, int is_ip6)
{
    const struct leak_side *s = &r->net.side[is_ip6];
    unsigned width = is_ip6 ? 128 : 32;
    ike_addr to = s->own;

    if (!s->own.family || s->bits + 2 > width)
        return s->own.family ? "the network is a single host" : no_network;
    for (unsigned i = s->bits; i < width - 1; i++)
        to.ip[i / 8] = (uint8_t)(to.ip[i / 8] | 0x80 >> i % 8);
    to.ip[width / 8 - 1] &= 0xfe;
    while (leak_same(&to, &s->own) || leak_same(&to, &s->router) || leak_same(&to, &s->gateway))
        to.ip[width / 8 - 1]--;
    r->aim[number][is_ip6] = to;
    datagram(r, number, 0, to, 4711);
    return NULL;
}

/* An address behind one of the round's routes. */
static const char *behind(struct leak_run *r, unsigned number, const struct leak_route *route)
{
    int is_ip6 = route->to.addr.family == 6;
    ike_addr to = route->to.addr;

    if (route->to.bits < (is_ip6 ? 128 : 32))
        to.ip[is_ip6 ? 15 : 3] |= 1;
    if (!r->net.side[is_ip6].own.family)
        return no_network;
    if (!route->is_there)
        return "the route could not be added: CAP_NET_ADMIN is missing, or it is there already";
    r->aim[number][is_ip6] = to;
    datagram(r, number, 0, to, 4711);
    return NULL;
}

static const char *local_net(struct leak_run *r, unsigned number, int is_ip6)
{
    return behind(r, number, &r->routes[is_ip6]);
}

static const char *option_121(struct leak_run *r, unsigned number, int is_ip6)
{
    return behind(r, number, &r->routes[2 + is_ip6]);
}

static const char *server_ip(struct leak_run *r, unsigned number, int is_ip6)
{
    const ike_addr *gateway = &r->net.side[is_ip6].gateway;

    if (!r->net.side[is_ip6].own.family)
        return no_network;
    if (!gateway->family)
        leak_wire_watch(r, 150); /* what the first probes sent goes there, sealed */
    if (!gateway->family)
        return "no gateway of this family was seen";
    datagram(r, number, 0, *gateway, 4711);
    datagram(r, number, TIE_DEVICE, *gateway, 4500);
    return NULL;
}

static const char *virtual_address(struct leak_run *r, unsigned number, int is_ip6)
{
    ike_addr from = leak_device_far(is_ip6), to = r->net.side[is_ip6].virtual;
    struct sockaddr_storage sa;
    socklen_t len = sizeof(sa);
    uint8_t packet[LEAK_PACKET_MAX];
    char mark[LEAK_MARK_SIZE];
    int *fd = &r->catcher[is_ip6];

    if (r->device < 0 || !to.family)
        return r->device < 0 ? no_rights : no_tunnel;
    *fd = open_socket(r, is_ip6, SOCK_DGRAM, 0, 0);
    len = leak_sockaddr(&sa, &to);
    if (*fd < 0 || bind(*fd, (struct sockaddr *)&sa, len) != 0)
        return no_tunnel;
    len = sizeof(sa);
    (void)getsockname(*fd, (struct sockaddr *)&sa, &len);
    to.port = ntohs(((struct sockaddr_in *)&sa)->sin_port); /* at the same place in both families */
    from.port = 4711;
    leak_mark(mark, r->id, number);
    return write(r->device, packet, leak_datagram(packet, &from, &to, mark)) > 0 ? NULL : no_rights;
}

static int is_forwarding(int is_ip6)
{
    FILE *f = fopen(is_ip6 ? "/proc/sys/net/ipv6/conf/all/forwarding" : "/proc/sys/net/ipv4/ip_forward", "r");
    int on = f && fgetc(f) == '1';

    if (f)
        fclose(f);
    return on;
}

static const char *forwarded(struct leak_run *r, unsigned number, int is_ip6)
{
    ike_addr from = leak_device_far(is_ip6), to = far_away(r, number, is_ip6);
    uint8_t packet[LEAK_PACKET_MAX];
    char mark[LEAK_MARK_SIZE];

    if (!is_forwarding(is_ip6))
        return "this host forwards nothing";
    if (r->device < 0)
        return no_rights;
    from.port = to.port = 4711;
    leak_mark(mark, r->id, number);
    return write(r->device, packet, leak_datagram(packet, &from, &to, mark)) > 0 ? NULL : no_rights;
}

static const char *to_group(struct leak_run *r, unsigned number, int is_ip6, const char *group, int is_mdns)
{
    ike_addr to = leak_addr(group);

    if (!r->net.side[is_ip6].own.family)
        return no_network;
    to.scope = is_ip6 ? r->net.index : 0;
    if (is_mdns)
        ask(r, number, to, TIE_DEVICE, "local");
    else
        datagram(r, number, TIE_DEVICE, to, 4711);
    return NULL;
}

static const char *mdns(struct leak_run *r, unsigned number, int is_ip6)
{
    return to_group(r, number, is_ip6, is_ip6 ? "ff02::fb" : "224.0.0.251", 1);
}

/* Who joins a group makes the system tell the network so (RFC 3376 5.1). */
static void join(const struct leak_run *r, const char *group)
{
    struct ip_mreqn m = {.imr_ifindex = (int)r->net.index};
    ike_addr a = leak_addr(group);
    int fd = open_socket(r, 0, SOCK_DGRAM, 0, 0);

    memcpy(&m.imr_multiaddr, a.ip, 4);
    (void)setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof(m));
    if (fd >= 0)
        close(fd);
}

static const char *multicast(struct leak_run *r, unsigned number, int is_ip6)
{
    if (!is_ip6)
        join(r, "239.255.30.176");
    return to_group(r, number, is_ip6, is_ip6 ? "ff05::1eaf" : "239.255.30.175", 0);
}

static const char *broadcast(struct leak_run *r, unsigned number, int is_ip6)
{
    return to_group(r, number, is_ip6, "255.255.255.255", 0);
}

/* To a server's port, but not from a client's. */
static const char *dhcp_ports(struct leak_run *r, unsigned number, int is_ip6)
{
    ike_addr to = far_away(r, number, is_ip6);

    if (!r->net.side[is_ip6].own.family)
        return no_network;
    datagram(r, number, TIE_DEVICE, to, is_ip6 ? 547 : 67);
    return NULL;
}

/* A better default route comes and goes: whoever follows the network puts its own routes in order now. */
static const char *roaming(struct leak_run *r, unsigned number, int is_ip6)
{
    const struct leak_side *s = &r->net.side[is_ip6];
    struct leak_route better = {.router = s->router, .to.addr.family = s->router.family};
    ike_addr to = far_away(r, number, is_ip6);
    struct leak_hold hold;
    int moved = 0;

    if (!s->router.family)
        return "there is no default route of this family";
    memcpy(better.device, r->net.device, sizeof(better.device));
    for (int i = 0; i < 4; i++) {
        moved += leak_hold(&hold, &better, 1);
        for (int k = 0; k < 10; k++) {
            datagram(r, number, k % 4, to, 4711);
            usleep(3000);
        }
        leak_hold_drop(&hold);
        for (int k = 0; k < 10; k++)
            datagram(r, number, k % 4, to, 4711);
    }
    return moved ? NULL : "the default route could not be moved: it needs CAP_NET_ADMIN and a metric above 1";
}

/* clang-format off */
#define BOTH (LEAK_IP4 | LEAK_IP6)
#define FULL (BOTH | LEAK_FULL)
#define LONG (BOTH | LEAK_LONG)
#define GUARDED IKE_GUARD_WHY_GUARDED
const struct leak_probe leak_probes[] = {
    {"plain", "an ordinary socket",
     GUARDED, "everything is routed into the tunnel; what is not is dropped", LEAK_IP4 | LEAK_LONG, plain},
    {"ipv6", "IPv6 beside a tunnel that has none (RFC 7359)",
     IKE_GUARD_WHY_FAMILY, "a family that the tunnel does not take is dropped", LEAK_IP6 | LEAK_LONG, plain},
    {"bound-address", "a socket bound to the physical address",
     GUARDED, "only the client's own sockets go out, known by their mark", LONG, bound_address},
    {"bound-device", "a socket bound to the device (SO_BINDTODEVICE)",
     GUARDED, "only the client's own sockets go out, known by their mark", LONG, bound_device},
    {"bound-interface", "a socket that names the interface (IP_UNICAST_IF)",
     GUARDED, "only the client's own sockets go out, known by their mark", LONG, bound_interface},
    {"icmp", "ping through the physical device",
     GUARDED, "ICMP is no exception: only the client's own sockets go out", BOTH, icmp},
    {"tcp", "TCP through the physical device",
     GUARDED, "only the client's own sockets go out, known by their mark", BOTH, tcp},
    {"dns", "DNS to the router and to the local resolvers",
     IKE_GUARD_WHY_DNS, "no DNS beside the tunnel", FULL, dns},
    {"lan", "a neighbour on the local network",
     GUARDED, "no local network, unless the profile allows it", FULL, lan},
    {"local-net", "a local network with public addresses (TunnelCrack LocalNet, CVE-2023-36672)",
     GUARDED, "a network that is directly connected and not private goes into the tunnel all the same", BOTH, local_net},
    {"server-ip", "others' traffic to the gateway's address (TunnelCrack ServerIP, CVE-2023-36671)",
     GUARDED, "past the tunnel by socket mark, never by the gateway's address", FULL, server_ip},
    {"option-121", "a more specific route as DHCP brings it (TunnelVision, CVE-2024-3661)",
     GUARDED, "routes of the system do not decide: a table of our own before them, and a firewall behind", BOTH, option_121},
    {"virtual-address", "packets to the virtual address from outside the tunnel (CVE-2019-14899)",
     IKE_GUARD_WHY_VIRTUAL, "what is for the virtual address comes in by the tunnel or not at all", BOTH, virtual_address},
    {"forwarded", "what another host sends through this one (tethering)",
     IKE_GUARD_WHY_FORWARDED, "what is forwarded goes into the tunnel or nowhere", BOTH, forwarded},
    {"mdns", "multicast DNS",
     GUARDED, "multicast is no exception", FULL, mdns},
    {"multicast", "multicast of other kinds",
     GUARDED, "multicast is no exception", FULL, multicast},
    {"broadcast", "broadcast",
     GUARDED, "broadcast is no exception, but for DHCP", LEAK_IP4 | LEAK_FULL, broadcast},
    {"dhcp-ports", "traffic that borrows a port of DHCP",
     GUARDED, "DHCP is known by both its ports", FULL, dhcp_ports},
    {"roaming", "the moment when the network changes",
     GUARDED, "the firewall holds while routes change; nothing is taken away before its successor is there", BOTH, roaming},
};
/* clang-format on */
const unsigned leak_probes_n = sizeof(leak_probes) / sizeof(leak_probes[0]);
_Static_assert(sizeof(leak_probes) / sizeof(leak_probes[0]) <= LEAK_PROBES_MAX, "room in struct leak_run");
