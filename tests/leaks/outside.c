/* tests/leaks/outside.c - the wire as somebody outside sees it, beside a client that must not leak. SPDX-License-Identifier: Apache-2.0
 *
 *   outside DEVICE...        commands on standard input, a line each:
 *     gateway ADDRESS        IKE and ESP may go there, and it may be asked for by ARP and neighbour discovery
 *     allow ADDRESS          all without a mark may go there (what a profile lets out); "allow none": no more
 *     attack ADDRESS FROM    packets to that address, from FROM, to everybody seen (CVE-2019-14899); "attack none" ends it
 *     phase NAME             what was counted since the last one is printed, with that one's name, and forgotten
 *
 * Everything that arrives is counted as sealed, as quiet (what a host without an application says: ARP, neighbour
 * discovery, DHCP) or as clear, which is a leak. A question for any address but a gateway's is a leak as well: it shows
 * that a packet for it was let out. Known by probe where there is a mark. */
#include "../../examples/ike/leak.h"
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KINDS_N (LEAK_PROBES_MAX + 4) /* the last ones: without a mark, by protocol */
#define DEVICES 4
#define ADDRS   32
#define PAUSE   50 /* ms between attacks */

struct wire {
    int fd[DEVICES];
    struct sockaddr_ll victim[DEVICES]; /* who spoke last there */
    int n;
};
struct list {
    ike_addr addr[ADDRS];
    int n;
};
struct count {
    unsigned long sealed, quiet, clear;
    unsigned long leaks[KINDS_N][2];
    char example[KINDS_N][2][200];
};
struct outside {
    struct wire wire;
    struct list gateways, allowed;
    struct count count;
    ike_addr target[2], source[2]; /* of the attack, each family; family 0: none */
    uint64_t run;
    char phase[64];
};

static int has(const struct list *l, const ike_addr *a)
{
    for (int i = 0; i < l->n; i++)
        if (leak_same(&l->addr[i], a))
            return 1;
    return 0;
}

/* ---- what is seen ---- */

enum { SEALED, QUIET, CLEAR };

static int judge(const struct outside *o, const struct leak_seen *s)
{
    static const uint8_t nobody[16];

    if (s->probe < 0 && has(&o->allowed, &s->to))
        return QUIET;
    switch (s->kind) {
    case LEAK_IKE:
    case LEAK_ESP:
        return has(&o->gateways, &s->to) ? SEALED : CLEAR;
    case LEAK_ARP:
    case LEAK_ND: /* also those about one's own address, and to all routers */
        return has(&o->gateways, &s->to) || leak_same(&s->from, &s->to) || s->to.ip[0] == 0xff ||
                       memcmp(s->from.ip, nobody, 16) == 0
                   ? QUIET
                   : CLEAR;
    case LEAK_DHCP:
        return QUIET;
    default:
        return CLEAR;
    }
}

static unsigned kind_of(const struct leak_seen *s)
{
    if (s->probe >= 0 && (unsigned)s->probe < leak_probes_n)
        return (unsigned)s->probe;
    return LEAK_PROBES_MAX + (s->proto == IPPROTO_ICMP || s->proto == IPPROTO_ICMPV6 ? 1u
                              : s->proto == IPPROTO_IGMP                             ? 2u
                              : s->proto == IPPROTO_UDP                              ? 3u
                                                                                     : 0u);
}

static const char *name_of(unsigned kind)
{
    static const char *const unmarked[] = {"others", "others-icmp", "others-igmp", "others-udp"};

    return kind < LEAK_PROBES_MAX ? leak_probes[kind].name : unmarked[kind - LEAK_PROBES_MAX];
}

static void remember(struct outside *o, const struct leak_seen *s)
{
    int is_ip6 = s->to.family == 6;
    unsigned probe = kind_of(s);
    char from[INET6_ADDRSTRLEN] = "?", to[INET6_ADDRSTRLEN] = "?", *text = o->count.example[probe][is_ip6];

    if (o->count.leaks[probe][is_ip6]++ > 0)
        return;
    inet_ntop(is_ip6 ? AF_INET6 : AF_INET, s->from.ip, from, sizeof(from));
    inet_ntop(is_ip6 ? AF_INET6 : AF_INET, s->to.ip, to, sizeof(to));
    snprintf(text, sizeof(o->count.example[0][0]), "%s from %s port %u to %s port %u, protocol %u",
             leak_kind_name[s->kind], from, s->from.port, to, s->to.port, s->proto);
}

static void take(struct outside *o, int wire)
{
    struct sockaddr_ll from;
    struct leak_seen seen;
    uint8_t packet[4096];

    for (;;) {
        socklen_t len = sizeof(from);
        ssize_t n = recvfrom(o->wire.fd[wire], packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);
        if (n < 0)
            return;
        if (from.sll_pkttype == PACKET_OUTGOING)
            continue;
        o->wire.victim[wire] = from;
        leak_look(&seen, ntohs(from.sll_protocol), packet, (size_t)n);
        switch (judge(o, &seen)) {
        case SEALED:
            o->count.sealed++;
            break;
        case QUIET:
            o->count.quiet++;
            break;
        default:
            o->count.clear++;
            remember(o, &seen);
        }
    }
}

static unsigned number_of(const char *name)
{
    for (unsigned i = 0; i < leak_probes_n; i++)
        if (strcmp(leak_probes[i].name, name) == 0)
            return i;
    abort();
}

/* A closed port answers, and quotes what it was sent. */
static void attack(struct outside *o, int is_ip6)
{
    uint8_t packet[LEAK_PACKET_MAX];
    char mark[LEAK_MARK_SIZE];
    size_t n;

    leak_mark(mark, ++o->run, number_of("virtual-address"));
    o->source[is_ip6].port = o->target[is_ip6].port = 4713;
    n = leak_datagram(packet, &o->source[is_ip6], &o->target[is_ip6], mark);
    for (int i = 0; i < o->wire.n; i++) {
        struct sockaddr_ll *to = &o->wire.victim[i];
        to->sll_protocol = htons(is_ip6 ? ETH_P_IPV6 : ETH_P_IP);
        if (to->sll_halen)
            (void)!sendto(o->wire.fd[i], packet, n, MSG_DONTWAIT, (struct sockaddr *)to, sizeof(*to));
    }
}

/* ---- commands ---- */

static void print(const struct outside *o)
{
    const struct count *c = &o->count;

    printf("phase %s sealed %lu quiet %lu clear %lu\n", o->phase, c->sealed, c->quiet, c->clear);
    for (unsigned i = 0; i < KINDS_N; i++)
        for (int is_ip6 = 0; is_ip6 < 2; is_ip6++)
            if (c->leaks[i][is_ip6])
                printf("leak %s %s %s %lu: %s\n", o->phase, name_of(i), is_ip6 ? "IPv6" : "IPv4",
                       c->leaks[i][is_ip6], c->example[i][is_ip6]);
}

static void add(struct list *l, const char *text)
{
    if (strcmp(text, "none") == 0)
        l->n = 0;
    else if (l->n < ADDRS)
        l->addr[l->n++] = leak_addr(text);
}

static void obey(struct outside *o, char *line)
{
    char verb[32] = "", first[64] = "", second[64] = "";

    (void)sscanf(line, "%31s %63s %63s", verb, first, second);
    if (strcmp(verb, "gateway") == 0)
        add(&o->gateways, first);
    else if (strcmp(verb, "allow") == 0)
        add(&o->allowed, first);
    else if (strcmp(verb, "attack") == 0) {
        ike_addr to = leak_addr(first);
        if (to.family == 0)
            memset(o->target, 0, sizeof(o->target));
        o->target[to.family == 6] = to;
        o->source[to.family == 6] = leak_addr(second);
    } else if (strcmp(verb, "phase") == 0) {
        print(o);
        memset(&o->count, 0, sizeof(o->count));
        snprintf(o->phase, sizeof(o->phase), "%s", first);
    }
    fflush(stdout);
}

static int open_wire(const char *device)
{
    struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), room = 16 << 20;

    at.sll_ifindex = (int)if_nametoindex(device);
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    if (fd < 0 || at.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
        perror(device);
        exit(1);
    }
    return fd;
}

static int64_t clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    static struct outside o;
    struct pollfd p[DEVICES + 1] = {{.fd = 0, .events = POLLIN}};
    int64_t next = 0;
    char line[200];

    snprintf(o.phase, sizeof(o.phase), "start");
    for (int i = 1; i < argc && i <= DEVICES; i++) {
        o.wire.fd[o.wire.n++] = open_wire(argv[i]);
        p[i] = (struct pollfd){.fd = o.wire.fd[i - 1], .events = POLLIN};
    }
    setvbuf(stdin, NULL, _IONBF, 0); /* what poll says is all there is to read */
    for (;;) {
        (void)poll(p, (nfds_t)o.wire.n + 1, PAUSE);
        if (clock_ms() >= next) {
            for (int is_ip6 = 0; is_ip6 < 2; is_ip6++)
                if (o.target[is_ip6].family)
                    attack(&o, is_ip6);
            next = clock_ms() + PAUSE;
        }
        for (int i = 0; i < o.wire.n; i++)
            take(&o, i);
        if (p[0].revents) {
            if (!fgets(line, sizeof(line), stdin))
                break;
            obey(&o, line);
        }
    }
    print(&o);
    return 0;
}
