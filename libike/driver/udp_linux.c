/* driver/udp_linux.c - many datagrams a system call. SPDX-License-Identifier: Apache-2.0
 *
 * UDP_SEGMENT: a run of datagrams of one length goes to the kernel as one, from where the packets are. UDP_GRO: a run
 * that came is handed out as one. Where the kernel refuses either, each datagram has its own call. A run has one ECN
 * field in its headers, which is read and set beside the octets (RFC 6040); without it nothing is said. A datagram that
 * cannot be sent now counts as lost: IKE sends it again, TCP inside does too; nothing is queued here. */
#include "driver/room.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/uio.h>

#define RECEIVE_BUFFER (1 << 20) /* 16 bursts: as long as others may have the processor */
#define SEND_BUFFER    (1 << 18) /* what waits here is latency: 20 ms of 100 Mbit/s */
#define SEGMENTS_MAX   64u       /* that every kernel with UDP_SEGMENT takes */
#define RUN_MAX        65487u    /* octets: what IPv4 and UDP leave, over IPv6 too */

socklen_t ike__uv_to_sockaddr(struct sockaddr_storage *sa, const ike_addr *a)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(a->port)};
    struct sockaddr_in6 in6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(a->port), .sin6_scope_id = a->scope};

    memset(sa, 0, sizeof(*sa));
    if (a->family == 4) {
        memcpy(&in4.sin_addr, a->ip, 4);
        memcpy(sa, &in4, sizeof(in4));
        return sizeof(in4);
    }
    memcpy(&in6.sin6_addr, a->ip, 16);
    memcpy(sa, &in6, sizeof(in6));
    return sizeof(in6);
}

void ike__uv_from_sockaddr(ike_addr *a, const void *sa)
{
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;

    memcpy(&in4, sa, sizeof(in4));
    memset(a, 0, sizeof(*a));
    if (in4.sin_family == AF_INET) {
        a->family = 4;
        a->port = ntohs(in4.sin_port);
        memcpy(a->ip, &in4.sin_addr, 4);
    } else {
        memcpy(&in6, sa, sizeof(in6));
        a->family = 6;
        a->port = ntohs(in6.sin6_port);
        a->scope = in6.sin6_scope_id;
        memcpy(a->ip, &in6.sin6_addr, 16);
    }
}

void ike__uv_udp_prepare(int fd, int plain)
{
    int receive = RECEIVE_BUFFER, send = SEND_BUFFER, on = 1;

    /* More room than ordinary sockets may have, where we may. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof(receive));
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &send, sizeof(send)) != 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &send, sizeof(send));
#ifdef SO_RXQ_OVFL
    (void)setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
#endif
    /* Whichever of the two the socket knows. */
    (void)setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof(on));
#ifdef UDP_GRO
    if (!plain)
        (void)setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
#endif
}

/* ---- out ---- */

/* How many of the first packets make one run: of equal length, but for a shorter last one, and with one ECN field. */
static size_t run(const ike_uv *v, const ike_packet *pkts, size_t n)
{
    size_t k = 1, octets = pkts[0].n;

    if (v->no_segment || v->cfg.plain)
        return 1;
    while (k < n && k < SEGMENTS_MAX && pkts[k].n <= pkts[0].n && octets + pkts[k].n <= RUN_MAX &&
           pkts[k].ecn == pkts[0].ecn) {
        octets += pkts[k].n;
        if (pkts[k++].n < pkts[0].n)
            break;
    }
    return k;
}

/* What is said to the kernel beside the octets. */
union control {
    struct cmsghdr align;
    uint8_t octets[2 * CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(uint32_t))];
};

static void put_control(struct msghdr *m, union control *all, int level, int type, const void *value,
                        size_t n)
{
    struct cmsghdr *c = (struct cmsghdr *)(void *)(all->octets + m->msg_controllen);

    memset(c, 0, CMSG_SPACE(n));
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(c), value, n);
    m->msg_control = all;
    m->msg_controllen += CMSG_SPACE(n);
}

/* Errors: negative errno. */
static int send_run(const ike_uv *v, struct msghdr *m, const ike_packet *pkts, size_t n)
{
    struct iovec iov[SEGMENTS_MAX];
    union control control;

    for (size_t i = 0; i < n; i++)
        iov[i] = (struct iovec){pkts[i].buf + pkts[i].off, pkts[i].n};
    m->msg_iov = iov;
    m->msg_iovlen = n;
    m->msg_control = NULL;
    m->msg_controllen = 0;
#ifdef UDP_SEGMENT
    if (n > 1)
        put_control(m, &control, IPPROTO_UDP, UDP_SEGMENT, &(uint16_t){(uint16_t)pkts[0].n},
                    sizeof(uint16_t));
#endif
    if (pkts[0].ecn) {
        int is_ip4 = m->msg_namelen == sizeof(struct sockaddr_in);
        put_control(m, &control, is_ip4 ? IPPROTO_IP : IPPROTO_IPV6, is_ip4 ? IP_TOS : IPV6_TCLASS,
                    &(int){pkts[0].ecn}, sizeof(int));
    }
    return sendmsg(v->fd, m, 0) < 0 ? -errno : 0;
}

static void count(ike_uv *v, size_t n, int err)
{
    v->count.sends++;
    if (err == 0)
        v->count.sent += n;
    else
        v->count.drop_socket += n;
}

/* The queue is full; what else went wrong may be an ICMP error that came back for an earlier datagram. */
static int is_full(int err)
{
    return err == -EAGAIN || err == -ENOBUFS || err == -ENOMEM;
}

static void send_each(ike_uv *v, struct msghdr *m, const ike_packet *pkts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        count(v, 1, send_run(v, m, pkts + i, 1));
}

void ike__uv_udp_send(ike_uv *v, const ike_path *to, const ike_packet *pkts, size_t n)
{
    struct sockaddr_storage sa;
    struct msghdr m;

    memset(&m, 0, sizeof(m));
    m.msg_name = &sa;
    m.msg_namelen = ike__uv_to_sockaddr(&sa, &to->remote);
    for (size_t at = 0, k; at < n; at += k) {
        int err;

        k = run(v, pkts + at, n - at);
        err = send_run(v, &m, pkts + at, k);
        if (err == 0 || is_full(err)) {
            count(v, k, err);
            continue;
        }
        v->no_segment |= k > 1 && err == -EIO; /* a device that cannot */
        send_each(v, &m, pkts + at, k);        /* the link is narrower, the kernel too old: each by itself */
    }
    for (size_t i = 0; i < n; i++)
        ike__uv_tap(v, 0, to, pkts[i].buf + pkts[i].off, pkts[i].n);
}

void ike__uv_tap(ike_uv *v, int dir, const ike_path *path, const uint8_t *p, size_t n)
{
    if (v->cfg.on_datagram && !v->is_closing)
        v->cfg.on_datagram(v, dir, path, p, n, v->cfg.user);
}

/* ---- in ---- */

/* What the kernel says beside the octets: how long each datagram is, their ECN field, how many it lost on this socket so
 * far. */
static void read_control(ike_uv *v, struct msghdr *m, struct ike_uv_burst *b)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        const uint8_t *octets = CMSG_DATA(c);
        uint32_t value;

        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            b->ecn = octets[0] & 3; /* a single octet */
            continue;
        }
        memcpy(&value, octets, sizeof(value));
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)
            b->ecn = value & 3;
#ifdef UDP_GRO
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO && value > 0)
            b->each = value;
#endif
#ifdef SO_RXQ_OVFL
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
            v->count.drop_receive += value - v->lost_before;
            v->lost_before = value;
        }
#endif
    }
}

size_t ike__uv_udp_recv(ike_uv *v, uint8_t *p, size_t cap, struct ike_uv_burst *b)
{
    union control control;
    struct iovec iov = {p, cap};
    struct sockaddr_storage sa;
    struct msghdr m;
    ssize_t n;

    memset(&m, 0, sizeof(m));
    m.msg_name = &sa;
    m.msg_namelen = sizeof(sa);
    m.msg_iov = &iov;
    m.msg_iovlen = 1;
    m.msg_control = &control;
    m.msg_controllen = sizeof(control);
    n = recvmsg(v->fd, &m, 0);
    if (n <= 0)
        return 0;
    b->each = (size_t)n;
    b->ecn = 0;
    read_control(v, &m, b);
    b->from = v->path;
    ike__uv_from_sockaddr(&b->from.remote, &sa);
    v->count.receives++;
    v->count.received += ((size_t)n + b->each - 1) / b->each;
    return (size_t)n;
}
