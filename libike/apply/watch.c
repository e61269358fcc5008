/* apply/watch.c - hears when somebody changes what the guard depends on. SPDX-License-Identifier: Apache-2.0
 *
 * A firewall that is loaded anew begins with `flush ruleset`, and takes our table with it; somebody's script clears the
 * rules of routing; the network changes. The kernel tells of all that. What it says is never taken for true: it only says
 * that it is time to look, and to make the plan true once more. Our own work is told to us, too, and passed over.
 *
 * Not here: what to do (session.c). */
#include "apply/guard.h"
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <sys/epoll.h>
#include <unistd.h>

static int subscribe(struct mnl_socket **out, int bus, const int *groups, size_t n)
{
    struct mnl_socket *nl = mnl_socket_open2(bus, SOCK_CLOEXEC | SOCK_NONBLOCK);

    *out = nl;
    if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
        return IKE_E_LOCAL_IO;
    for (size_t i = 0; i < n; i++) {
        int group = groups[i];
        if (mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
            return IKE_E_LOCAL_IO;
    }
    return 0;
}

static int add(int set, const struct mnl_socket *nl)
{
    struct epoll_event e = {.events = EPOLLIN};

    return epoll_ctl(set, EPOLL_CTL_ADD, mnl_socket_get_fd(nl), &e) == 0 ? 0 : IKE_E_LOCAL_IO;
}

int ike__apply_watch_open(struct ike_apply_watch *w)
{
    static const int firewall[] = {NFNLGRP_NFTABLES};
    static const int routing[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                  RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_IPV4_RULE,
                                  RTNLGRP_IPV6_RULE};

    w->set = epoll_create1(EPOLL_CLOEXEC);
    if (w->set >= 0 && subscribe(&w->firewall, NETLINK_NETFILTER, firewall, 1) == 0 &&
        subscribe(&w->routing, NETLINK_ROUTE, routing, sizeof(routing) / sizeof(routing[0])) == 0 &&
        add(w->set, w->firewall) == 0 && add(w->set, w->routing) == 0)
        return 0;
    ike__apply_watch_close(w);
    return IKE_E_LOCAL_IO;
}

void ike__apply_watch_close(struct ike_apply_watch *w)
{
    if (w->firewall)
        mnl_socket_close(w->firewall);
    if (w->routing)
        mnl_socket_close(w->routing);
    if (w->set >= 0)
        close(w->set);
    w->firewall = w->routing = NULL;
    w->set = -1;
}

/* Lost messages are messages: ENOBUFS goes on. */
static int drain(struct mnl_socket *nl)
{
    char buf[8192];
    int any = 0;

    while (nl && (mnl_socket_recvfrom(nl, buf, sizeof(buf)) > 0 || errno == ENOBUFS || errno == ENOSPC))
        any = 1;
    return any;
}

int ike__apply_watch_drain(struct ike_apply_watch *w)
{
    return drain(w->firewall) | drain(w->routing);
}
