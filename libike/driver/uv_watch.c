/* driver/uv_watch.c - hears when the system's links, addresses or routes change. SPDX-License-Identifier: Apache-2.0
 *
 * Linux: rtnetlink's multicast groups. A change of network is a burst of messages: we wait until it has been quiet for
 * a moment, or has gone on for long enough, and then look once. What is said is never taken for true: it only says
 * that it is time to look. On other systems nothing is watched and these functions do nothing.
 *
 * Not here: what is looked at (uv_roam.c). */
#include "driver/room.h"

#define QUIET_MS   100u
#define AT_MOST_MS 1000u

uint64_t ike__uv_watch_delay(uint64_t since, uint64_t now)
{
    uint64_t last = since + AT_MOST_MS;

    if (now >= last)
        return 0;
    return last - now < QUIET_MS ? last - now : QUIET_MS;
}

#ifdef __linux__
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Interface index of an attribute, 0 if it is not there. */
static uint32_t device_of_route(const char *at, const char *end)
{
    struct rtattr a;
    uint32_t index = 0;

    for (; at + sizeof(a) <= end; at += RTA_ALIGN(a.rta_len)) {
        memcpy(&a, at, sizeof(a));
        if (a.rta_len < sizeof(a) || a.rta_len > (size_t)(end - at))
            break;
        if (a.rta_type == RTA_OIF && a.rta_len == RTA_LENGTH(sizeof(index)))
            memcpy(&index, at + RTA_LENGTH(0), sizeof(index));
    }
    return index;
}

static int one_matters(uint16_t type, const char *body, size_t n, uint32_t own)
{
    union {
        struct ifinfomsg link;
        struct ifaddrmsg addr;
        struct rtmsg route;
    } u;

    memset(&u, 0, sizeof(u));
    switch (type) {
    case RTM_NEWLINK:
    case RTM_DELLINK:
        if (n < sizeof(u.link))
            return 0;
        memcpy(&u, body, sizeof(u.link));
        return own == 0 || (uint32_t)u.link.ifi_index != own;
    case RTM_NEWADDR:
    case RTM_DELADDR:
        if (n < sizeof(u.addr))
            return 0;
        memcpy(&u, body, sizeof(u.addr));
        return own == 0 || u.addr.ifa_index != own;
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        if (n < sizeof(u.route))
            return 0;
        memcpy(&u, body, sizeof(u.route));
        /* The local table follows the addresses; cloned routes are what the kernel notes for itself. */
        if (u.route.rtm_table == RT_TABLE_LOCAL || (u.route.rtm_flags & RTM_F_CLONED))
            return 0;
        return own == 0 || device_of_route(body + NLMSG_ALIGN(sizeof(u.route)), body + n) != own;
    default:
        return 0;
    }
}

int ike__uv_watch_matters(const void *messages, size_t n, uint32_t own_device)
{
    const char *at = messages;
    struct nlmsghdr h;

    while (n >= sizeof(h)) {
        size_t step;
        memcpy(&h, at, sizeof(h));
        if (h.nlmsg_len < sizeof(h) || h.nlmsg_len > n)
            return 0;
        if (one_matters(h.nlmsg_type, at + NLMSG_HDRLEN, h.nlmsg_len - NLMSG_HDRLEN, own_device))
            return 1;
        step = NLMSG_ALIGN(h.nlmsg_len);
        if (step > n)
            return 0;
        at += step;
        n -= step;
    }
    return 0;
}

static void on_quiet(uv_timer_t *h)
{
    struct ike_uv_watch *w = (struct ike_uv_watch *)((char *)h - offsetof(struct ike_uv_watch, quiet));

    w->since = 0;
    w->look(w->user);
}

static void on_messages(uv_poll_t *h, int status, int events)
{
    struct ike_uv_watch *w = (struct ike_uv_watch *)((char *)h - offsetof(struct ike_uv_watch, poll));
    char messages[8192];
    ssize_t n;
    int matters = 0;

    (void)status;
    (void)events;
    while ((n = recv(w->fd, messages, sizeof(messages), 0)) > 0 || (n < 0 && errno == ENOBUFS))
        matters |= n < 0 || ike__uv_watch_matters(messages, (size_t)n, w->own_device); /* lost some: look */
    if (!matters)
        return;
    uv_update_time(h->loop);
    if (w->since == 0)
        w->since = uv_now(h->loop);
    uv_timer_start(&w->quiet, on_quiet, ike__uv_watch_delay(w->since, uv_now(h->loop)), 0);
}

static int subscribe(void)
{
    struct sockaddr_nl sa = {.nl_family = AF_NETLINK,
                             .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                                          RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int open_watch(struct ike_uv_watch *w, uv_loop_t *loop)
{
    w->fd = subscribe();
    if (w->fd < 0)
        return IKE_E_LOCAL_IO;
    if (uv_poll_init(loop, &w->poll, w->fd) != 0) {
        close(w->fd);
        return IKE_E_LOCAL_IO;
    }
    (void)uv_timer_init(loop, &w->quiet);
    w->is_open = 1;
    return 0;
}

int ike__uv_watch_start(struct ike_uv_watch *w, uv_loop_t *loop, void (*look)(void *user), void *user)
{
    int err = w->is_open ? 0 : open_watch(w, loop);

    w->look = look;
    w->user = user;
    if (err == 0 && uv_poll_start(&w->poll, UV_READABLE, on_messages) != 0)
        err = IKE_E_LOCAL_IO;
    return err;
}

void ike__uv_watch_stop(struct ike_uv_watch *w)
{
    if (!w->is_open)
        return;
    uv_poll_stop(&w->poll);
    uv_timer_stop(&w->quiet);
    w->since = 0;
}

uint32_t ike__uv_watch_close(struct ike_uv_watch *w, ike_uv *v, uv_close_cb closed)
{
    if (!w->is_open)
        return 0;
    ike__uv_watch_stop(w);
    w->poll.data = w->quiet.data = v;
    uv_close((uv_handle_t *)&w->poll, closed);
    uv_close((uv_handle_t *)&w->quiet, closed);
    close(w->fd);
    w->is_open = 0;
    return 2;
}

#else

int ike__uv_watch_matters(const void *messages, size_t n, uint32_t own_device)
{
    (void)messages;
    (void)n;
    (void)own_device;
    return 0;
}

int ike__uv_watch_start(struct ike_uv_watch *w, uv_loop_t *loop, void (*look)(void *user), void *user)
{
    (void)w;
    (void)loop;
    (void)look;
    (void)user;
    return 0;
}

void ike__uv_watch_stop(struct ike_uv_watch *w)
{
    (void)w;
}

uint32_t ike__uv_watch_close(struct ike_uv_watch *w, ike_uv *v, uv_close_cb closed)
{
    (void)w;
    (void)v;
    (void)closed;
    return 0;
}
#endif
