/* driver/uv_mtu.c - what may be cut on the way and what may not, and who says that it was too large. SPDX-License-Identifier: Apache-2.0
 *
 * One socket, two modes. Whole: DF is set, or over IPv6 nothing is cut: probes of the path, and ESP that is known to fit,
 * so that routers tell when it ceases to. Cut: everything else passes everywhere, in fragments where it must. What the
 * system has learned of the path is not used in either mode: it may come from anybody.
 * Linux cuts IPv6 datagrams only where they are larger than the interface takes, then into pieces of 1280 octets.
 * ICMP errors come out of the socket's error queue (ip(7): IP_RECVERR), and the session judges them.
 *
 * Not here: which size (the session: ike.h, "the path's MTU"). */
#include "driver/room.h"
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define IP4_AND_UDP 28u
#define IP6_AND_UDP 48u
#define BASE        1280u

#ifdef __linux__
#include <linux/errqueue.h>

#define ERRORS_MAX 16 /* at once: others on the loop want their turn */

uint32_t ike__uv_mtu_most(void)
{
    return 1500;
}

static void set(int fd, int level, int name, int value)
{
    (void)setsockopt(fd, level, name, &value, sizeof(value));
}

void ike__uv_mtu_init(int fd, uint8_t family)
{
    if (family == 4) {
        set(fd, IPPROTO_IP, IP_RECVERR, 1);
        set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    } else {
        set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
        set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT);
        set(fd, IPPROTO_IPV6, IPV6_MTU, BASE);
    }
}

void ike__uv_mtu_mode(ike_uv *v, int whole)
{
    v->is_whole = (uint8_t)whole;
    if (v->path.local.family == 4) {
        set(v->fd, IPPROTO_IP, IP_MTU_DISCOVER, whole ? IP_PMTUDISC_PROBE : IP_PMTUDISC_OMIT);
        return;
    }
    set(v->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, whole ? IPV6_PMTUDISC_PROBE : IPV6_PMTUDISC_WANT);
    set(v->fd, IPPROTO_IPV6, IPV6_MTU, whole ? 0 : (int)BASE);
}

/* One error: 1; 0: the queue is empty. */
static int next_error(ike_uv *v, ike_path *path, uint8_t *quote, ike_span *quoted, uint32_t *mtu)
{
    union {
        struct cmsghdr head;
        uint8_t octets[512];
    } control;
    struct sockaddr_storage to;
    struct iovec part = {quote, quoted->n};
    struct msghdr msg = {.msg_name = &to,
                         .msg_namelen = sizeof(to),
                         .msg_iov = &part,
                         .msg_iovlen = 1,
                         .msg_control = control.octets,
                         .msg_controllen = sizeof(control.octets)};
    ssize_t n = recvmsg(v->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);

    if (n < 0)
        return 0;
    *path = v->path;
    ike__uv_from_sockaddr(&path->remote, &to);
    *mtu = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
        struct sock_extended_err e;

        if ((c->cmsg_level != IPPROTO_IP || c->cmsg_type != IP_RECVERR) &&
            (c->cmsg_level != IPPROTO_IPV6 || c->cmsg_type != IPV6_RECVERR))
            continue;
        memcpy(&e, CMSG_DATA(c), sizeof(e));
        if (e.ee_errno != EMSGSIZE)
            continue;
        *mtu = e.ee_info;
        quoted->p = quote;
        /* The system's own word needs no proof. */
        quoted->n = e.ee_origin == SO_EE_ORIGIN_LOCAL ? 0 : (size_t)n;
    }
    return 1;
}

void ike__uv_mtu_errors(ike_uv *v)
{
    for (int i = 0; i < ERRORS_MAX && v->s && v->has_sock; i++) {
        uint8_t quote[128];
        ike_span quoted = {quote, sizeof(quote)};
        ike_path path;
        uint32_t mtu;
        ike_time now;

        if (!next_error(v, &path, quote, &quoted, &mtu))
            return;
        if (mtu == 0)
            continue;
        now = ike_uv_now();
        ike_recorder_mtu_hint(v->rec, &path, quoted, mtu, now);
        (void)ike_mtu_hint(v->s, &path, quoted, mtu, now);
    }
}

#else /* no way to send whole: no search */

uint32_t ike__uv_mtu_most(void)
{
    return 0;
}

void ike__uv_mtu_init(int fd, uint8_t family)
{
    (void)fd;
    (void)family;
}

void ike__uv_mtu_mode(ike_uv *v, int whole)
{
    v->is_whole = (uint8_t)whole;
}

void ike__uv_mtu_errors(ike_uv *v)
{
    (void)v;
}

#endif

void ike__uv_mtu_take(ike_uv *v)
{
    ike_stats st = IKE_STATS_INIT;
    uint32_t around = v->path.remote.family == 4 ? IP4_AND_UDP : IP6_AND_UDP;

    if (!v->s || ike_session_stats(v->s, &st) < 0)
        return;
    v->whole_max = st.path_mtu > BASE ? st.path_mtu - around : 0;
    v->inner_mtu = st.inner_mtu;
}

void ike__uv_mtu_refused(ike_uv *v, const ike_packet *pkt)
{
    uint8_t out[BASE];
    int n = v->is_closing ? 0
                          : ike_mtu_answer(v->s, pkt->buf + pkt->off, pkt->cap - pkt->off, out, sizeof(out),
                                           ike_uv_now());

    if (n > 0 && v->cfg.tun)
        (void)v->cfg.tun->write(v->cfg.tun->self, out, (size_t)n);
    else if (n > 0 && v->cfg.on_inner)
        v->cfg.on_inner(v, out, (size_t)n, v->cfg.user);
}
