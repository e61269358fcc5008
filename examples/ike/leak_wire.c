/* examples/ike/leak_wire.c - `ike leak-test`: what leaves this host outside the tunnel. SPDX-License-Identifier: Apache-2.0
 *
 * A packet socket sees what is handed to an interface behind routing, firewall and queues: what it shows has left. A
 * probe has leaked if its mark is seen there, or if the wire is asked for an address that only this probe speaks to:
 * what is not let out is never asked for. */
#include "leak.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <net/if_arp.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROOM (4 << 20) /* for what comes while the probes are sent */

int leak_wire_open(void)
{
    /* Ours are short and leave; the rest need not wake us. */
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 512),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)), room = ROOM;

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
    if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    return fd;
}

static int asks_for(const struct leak_run *r, const struct leak_seen *s, unsigned *probe)
{
    int is_ip6 = s->to.family == 6;

    if (s->kind != LEAK_ARP && s->kind != LEAK_ND)
        return 0;
    for (*probe = 0; *probe < leak_probes_n; ++*probe)
        if (r->aim[*probe][is_ip6].family && leak_same(&s->to, &r->aim[*probe][is_ip6]))
            return 1;
    return 0;
}

static void take(struct leak_run *r, const struct leak_seen *s, const char *device)
{
    char from[INET6_ADDRSTRLEN] = "?", to[INET6_ADDRSTRLEN] = "?";
    int is_ip6 = s->to.family == 6;
    struct leak_result *result;
    unsigned probe = (unsigned)s->probe;

    if (s->kind == LEAK_IKE || s->kind == LEAK_ESP)
        r->net.side[is_ip6].gateway = s->to;
    if (s->probe >= 0 ? s->run != r->id || probe >= leak_probes_n : !asks_for(r, s, &probe))
        return;
    result = &r->result[probe][is_ip6];
    result->times++;
    if (result->state == LEAK_LEFT)
        return;
    result->state = LEAK_LEFT;
    inet_ntop(is_ip6 ? AF_INET6 : AF_INET, s->from.ip, from, sizeof(from));
    inet_ntop(is_ip6 ? AF_INET6 : AF_INET, s->to.ip, to, sizeof(to));
    snprintf(result->text, sizeof(result->text),
             s->probe >= 0 ? "%s to %s left through %s" : "%s asked for %s on %s", from, to, device);
}

/* Without a name of the tunnel, every device of its kind is one: it may come and go while we look. */
static int is_inside(const struct leak_run *r, const char *device, unsigned hardware)
{
    return strcmp(device, "lo") == 0 || strcmp(device, r->device_name) == 0 ||
           (r->tun ? strcmp(device, r->tun) == 0 : hardware == ARPHRD_NONE);
}

static void drain(struct leak_run *r)
{
    uint8_t packet[512];
    struct sockaddr_ll from;
    struct leak_seen seen;

    for (;;) {
        socklen_t len = sizeof(from);
        ssize_t n = recvfrom(r->wire, packet, sizeof(packet), 0, (struct sockaddr *)&from, &len);
        char device[IF_NAMESIZE] = "?";
        if (n < 0)
            return;
        if (!if_indextoname((unsigned)from.sll_ifindex, device) || is_inside(r, device, from.sll_hatype))
            continue;
        leak_look(&seen, ntohs(from.sll_protocol), packet, (size_t)n);
        take(r, &seen, device);
    }
}

static int64_t clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void leak_wire_watch(struct leak_run *r, int ms)
{
    int64_t end = clock_ms() + ms, left;

    do {
        struct pollfd p = {.fd = r->wire, .events = POLLIN};
        left = end - clock_ms();
        if (poll(&p, 1, left > 0 ? (int)left : 0) > 0)
            drain(r);
    } while (left > 0);
}
