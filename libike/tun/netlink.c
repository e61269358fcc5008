/* tun/netlink.c - the few rtnetlink requests that a tunnel needs. SPDX-License-Identifier: Apache-2.0
 *
 * Each request waits for its acknowledgement, so that a failure is known and named at once.
 *
 * Not here: which routes (linux.c). */
#include "tun/netlink.h"
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ESP_MAX 60u   /* what a tunnel adds to a packet */
#define QUEUE   1000u /* packets that wait while we do not run: 25 ms of 40000 a second */

struct request {
    struct nlmsghdr h;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg addr;
        struct rtmsg route;
    } u;
    uint8_t attributes[256];
};

static uint16_t octets(const ike_addr *a)
{
    return a->family == 4 ? 4 : 16;
}

static uint8_t af(const ike_addr *a)
{
    return a->family == 4 ? AF_INET : AF_INET6;
}

static void begin(struct request *q, uint16_t type, uint16_t flags, size_t body)
{
    memset(q, 0, sizeof(*q));
    q->h.nlmsg_len = (uint32_t)NLMSG_LENGTH(body);
    q->h.nlmsg_type = type;
    q->h.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    q->h.nlmsg_seq = 1;
}

static void put(struct request *q, uint16_t type, const void *p, uint16_t n)
{
    struct rtattr *a = (struct rtattr *)(void *)((char *)q + NLMSG_ALIGN(q->h.nlmsg_len));

    a->rta_type = type;
    a->rta_len = (uint16_t)RTA_LENGTH(n);
    memcpy(RTA_DATA(a), p, n);
    q->h.nlmsg_len = (uint32_t)(NLMSG_ALIGN(q->h.nlmsg_len) + RTA_LENGTH(n));
}

static int talk(int fd, const struct request *q, void *answer, size_t cap, ssize_t *got)
{
    struct nlmsghdr *h = answer;

    if (send(fd, q, q->h.nlmsg_len, 0) < 0)
        return -errno;
    *got = recv(fd, answer, cap, 0);
    if (*got < (ssize_t)sizeof(*h))
        return *got < 0 ? -errno : -EPROTO;
    if (h->nlmsg_type == NLMSG_ERROR)
        return ((struct nlmsgerr *)NLMSG_DATA(h))->error;
    return 0;
}

static int acknowledged(int fd, struct request *q)
{
    char answer[4096] __attribute__((aligned(8)));
    ssize_t got;

    q->h.nlmsg_flags |= NLM_F_ACK;
    return talk(fd, q, answer, sizeof(answer), &got);
}

int ike__nl_open(void)
{
    struct sockaddr_nl sa = {.nl_family = AF_NETLINK};
    struct timeval patience = {.tv_sec = 2};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd < 0)
        return -errno;
    if (bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) != 0) {
        int err = -errno;
        close(fd);
        return err;
    }
    return fd;
}

int ike__nl_link_up(int fd, uint32_t index, uint32_t mtu)
{
    struct request q;
    uint32_t burst, queue = QUEUE;
    int err;

    begin(&q, RTM_NEWLINK, 0, sizeof(q.u.link));
    q.u.link.ifi_index = (int)index;
    q.u.link.ifi_flags = q.u.link.ifi_change = 1; /* IFF_UP */
    if (mtu)
        put(&q, IFLA_MTU, &mtu, sizeof(mtu));
    err = acknowledged(fd, &q);
    if (err == 0 && mtu) { /* of no harm where the kernel does not know it */
        begin(&q, RTM_NEWLINK, 0, sizeof(q.u.link));
        q.u.link.ifi_index = (int)index;
        burst = 65000u / (mtu + ESP_MAX) * mtu;
        put(&q, IFLA_GSO_MAX_SIZE, &burst, sizeof(burst));
        put(&q, IFLA_TXQLEN, &queue, sizeof(queue));
        (void)acknowledged(fd, &q);
    }
    return err;
}

int ike__nl_address(int fd, uint32_t index, const ike_prefix *ip)
{
    struct request q;

    begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof(q.u.addr));
    q.u.addr.ifa_family = af(&ip->addr);
    /* One host: the routes say what lies behind the tunnel, not the address's network. */
    q.u.addr.ifa_prefixlen = ip->addr.family == 4 ? 32 : 128;
    q.u.addr.ifa_index = index;
    if (ip->addr.family == 6)
        q.u.addr.ifa_flags = 0x02; /* IFA_F_NODAD: there is no neighbour to ask */
    put(&q, IFA_LOCAL, ip->addr.ip, octets(&ip->addr));
    put(&q, IFA_ADDRESS, ip->addr.ip, octets(&ip->addr));
    return acknowledged(fd, &q);
}

static void route_request(struct request *q, uint16_t type, uint16_t flags, const struct ike_route *r)
{
    begin(q, type, flags, sizeof(q->u.route));
    q->u.route.rtm_family = af(&r->to.addr);
    q->u.route.rtm_dst_len = (uint8_t)r->to.bits;
    q->u.route.rtm_table = RT_TABLE_MAIN;
    q->u.route.rtm_protocol = RTPROT_STATIC;
    q->u.route.rtm_type = (uint8_t)r->kind;
    q->u.route.rtm_scope =
        r->via.family || r->kind != RTN_UNICAST || r->to.addr.family == 6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    put(q, RTA_DST, r->to.addr.ip, octets(&r->to.addr));
    if (r->via.family)
        put(q, RTA_GATEWAY, r->via.ip, octets(&r->via));
    if (r->source.family)
        put(q, RTA_PREFSRC, r->source.ip, octets(&r->source));
    if (r->device)
        put(q, RTA_OIF, &r->device, sizeof(r->device));
    if (r->metric)
        put(q, RTA_PRIORITY, &r->metric, sizeof(r->metric));
}

int ike__nl_route_add(int fd, const struct ike_route *r)
{
    struct request q;

    route_request(&q, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, r);
    return acknowledged(fd, &q);
}

int ike__nl_route_del(int fd, const struct ike_route *r)
{
    struct request q;

    route_request(&q, RTM_DELROUTE, 0, r);
    return acknowledged(fd, &q);
}

/* What the attributes of a route say; of several next hops the first one that is there. */
static void route_attributes(struct ike_route *r, const char *at, const char *end)
{
    struct rtattr a;

    for (; at + sizeof(a) <= end; at += RTA_ALIGN(a.rta_len)) {
        const char *value = at + RTA_LENGTH(0);
        size_t n;

        memcpy(&a, at, sizeof(a));
        if (a.rta_len < sizeof(a) || at + a.rta_len > end)
            return;
        n = a.rta_len - RTA_LENGTH(0);
        if (a.rta_type == RTA_OIF && n == 4)
            memcpy(&r->device, value, 4);
        if (a.rta_type == RTA_PRIORITY && n == 4)
            memcpy(&r->metric, value, 4);
        if (a.rta_type == RTA_DST && n == octets(&r->to.addr))
            memcpy(r->to.addr.ip, value, n);
        if (a.rta_type == RTA_GATEWAY && n == octets(&r->to.addr)) {
            r->via.family = r->to.addr.family;
            memcpy(r->via.ip, value, n);
        }
        if (a.rta_type == RTA_PREFSRC && n == octets(&r->to.addr)) {
            r->source.family = r->to.addr.family;
            memcpy(r->source.ip, value, n);
        }
        if (a.rta_type == RTA_MULTIPATH && n >= sizeof(struct rtnexthop)) {
            struct rtnexthop hop;
            memcpy(&hop, value, sizeof(hop));
            r->device = (uint32_t)hop.rtnh_ifindex;
            if (hop.rtnh_len >= sizeof(hop) && hop.rtnh_len <= n)
                route_attributes(r, value + sizeof(hop), value + hop.rtnh_len);
        }
    }
}

/* A route as the kernel tells it; 0 if nothing can be sent along it. */
static int parse_route(const struct nlmsghdr *h, uint8_t family, struct ike_route *r)
{
    const char *body = (const char *)h + NLMSG_HDRLEN;
    struct rtmsg m;

    memset(r, 0, sizeof(*r));
    if (h->nlmsg_type != RTM_NEWROUTE || h->nlmsg_len < NLMSG_LENGTH(sizeof(m)))
        return 0;
    memcpy(&m, body, sizeof(m));
    r->to.addr.family = family;
    r->to.bits = m.rtm_dst_len;
    r->kind = m.rtm_type;
    route_attributes(r, body + NLMSG_ALIGN(sizeof(m)), (const char *)h + h->nlmsg_len);
    return m.rtm_type == RTN_UNICAST && (m.rtm_table == RT_TABLE_MAIN || !(h->nlmsg_flags & NLM_F_MULTI)) &&
           !(m.rtm_flags & (RTNH_F_DEAD | RTNH_F_LINKDOWN | RTM_F_CLONED)) && r->device != 0;
}

int ike__nl_route_get(int fd, const ike_addr *to, struct ike_route *r)
{
    char answer[4096] __attribute__((aligned(8)));
    struct nlmsghdr *h = (struct nlmsghdr *)(void *)answer;
    struct request q;
    ssize_t got = 0;
    int err;

    begin(&q, RTM_GETROUTE, 0, sizeof(q.u.route));
    q.u.route.rtm_family = af(to);
    q.u.route.rtm_dst_len = to->family == 4 ? 32 : 128;
    put(&q, RTA_DST, to->ip, octets(to));
    err = talk(fd, &q, answer, sizeof(answer), &got);
    if (err != 0)
        return err;
    if (h->nlmsg_len > (size_t)got || !parse_route(h, to->family, r))
        return -ENETUNREACH;
    memset(&r->source, 0, sizeof(r->source)); /* the kernel's choice of the moment, nobody's wish */
    return 0;
}

/* ---- the whole table ---- */

static int covers(const ike_prefix *net, const ike_addr *a)
{
    uint32_t whole = net->bits / 8, rest = net->bits % 8;

    return memcmp(net->addr.ip, a->ip, whole) == 0 &&
           (rest == 0 || (net->addr.ip[whole] ^ a->ip[whole]) >> (8 - rest) == 0);
}

int ike__nl_same_route(const struct ike_route *a, const struct ike_route *b)
{
    return a->to.bits == b->to.bits && a->device == b->device && a->kind == b->kind &&
           memcmp(&a->to.addr, &b->to.addr, sizeof(a->to.addr)) == 0 &&
           memcmp(&a->via, &b->via, sizeof(a->via)) == 0;
}

static int is_among(const struct ike_route *r, const struct ike_route *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (ike__nl_same_route(r, &list[i]))
            return 1;
    return 0;
}

int ike__nl_route_past(int fd, const ike_addr *to, uint32_t device, const struct ike_route *ours,
                       size_t ours_n, struct ike_route *r)
{
    char answer[32768] __attribute__((aligned(8)));
    struct ike_route found;
    struct request q;
    ssize_t got = 0;
    int err, any = 0;

    begin(&q, RTM_GETROUTE, NLM_F_DUMP, sizeof(q.u.route));
    q.u.route.rtm_family = af(to);
    for (err = talk(fd, &q, answer, sizeof(answer), &got); err == 0;) {
        const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)answer;

        for (; NLMSG_OK(h, (size_t)got); h = NLMSG_NEXT(h, got)) {
            if (h->nlmsg_type == NLMSG_DONE)
                return any ? 0 : -ENETUNREACH;
            if (!parse_route(h, to->family, &found) || found.device == device || !covers(&found.to, to) ||
                is_among(&found, ours, ours_n))
                continue;
            if (!any || found.to.bits > r->to.bits ||
                (found.to.bits == r->to.bits && found.metric < r->metric))
                *r = found;
            any = 1;
        }
        got = recv(fd, answer, sizeof(answer), 0);
        err = got < 0 ? -errno : 0;
    }
    return err;
}
