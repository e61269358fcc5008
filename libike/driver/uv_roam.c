/* driver/uv_roam.c - how would the system reach the gateway now? SPDX-License-Identifier: Apache-2.0
 *
 * The TUN first puts what leads outside where it belongs now; then a connected probe says which address of ours
 * speaks to the gateway. If that is one inside the tunnel, there is no way round it: no network. Where the address of
 * the gateway that is in use cannot be reached, its other addresses are tried, of either family.
 *
 * Not here: who says when to look (uv_watch.c), what follows from it (uv.c). */
#include "driver/room.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

static int same_ip(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static int is_own(const ike_addr *a, const ike_prefix *own, uint32_t own_n)
{
    for (uint32_t i = 0; i < own_n; i++)
        if (same_ip(a, &own[i].addr))
            return 1;
    return 0;
}

int ike__uv_verdict(const ike_addr *local, int is_offline, const ike_addr *found, const ike_prefix *own,
                    uint32_t own_n)
{
    if (found->family == 0 || is_own(found, own, own_n))
        return is_offline ? IKE_UV_STAY : IKE_UV_LOSE;
    return !is_offline && same_ip(local, found) ? IKE_UV_STAY : IKE_UV_MOVE;
}

static int is_link_local(const ike_addr *a)
{
    return a->family == 6 && a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
}

static int reach(ike_uv *v, const ike_addr *remote, ike_path *path)
{
    memset(path, 0, sizeof(*path));
    path->remote = *remote;
    path->remote.port = v->remote_port;
    (void)ike__uv_configure_again(v, remote); /* if it fails, the probe says so too */
    /* A link that has just come up has only a link-local address for a second: not a way to anywhere. */
    if (ike__uv_source(v, &path->remote, &path->local) == 0 &&
        !is_own(&path->local, v->plan.ip, v->plan.ip_n) &&
        (!is_link_local(&path->local) || is_link_local(remote)))
        return 1;
    memset(&path->local, 0, sizeof(path->local));
    return 0;
}

/* The gateway where it is, else any other address it has. */
static void find_path(ike_uv *v, ike_path *path)
{
    if (reach(v, &v->path.remote, path))
        return;
    for (uint32_t i = 0; i < v->addresses_n; i++)
        if (!same_ip(&v->addresses[i], &v->path.remote) && reach(v, &v->addresses[i], path))
            return;
    (void)ike__uv_configure_again(v, &v->path.remote);
}

static int is_at(const struct sockaddr *sa, const ike_addr *a)
{
    if (sa->sa_family == AF_INET && a->family == 4)
        return memcmp(&((const struct sockaddr_in *)(const void *)sa)->sin_addr, a->ip, 4) == 0;
    if (sa->sa_family == AF_INET6 && a->family == 6)
        return memcmp(&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, a->ip, 16) == 0;
    return 0;
}

uint32_t ike__uv_device_of(const ike_prefix *ip, uint32_t n)
{
    struct ifaddrs *all;
    uint32_t index = 0;

    if (n == 0 || getifaddrs(&all) != 0)
        return 0;
    for (const struct ifaddrs *i = all; i && index == 0; i = i->ifa_next)
        for (uint32_t k = 0; i->ifa_addr && k < n; k++)
            if (is_at(i->ifa_addr, &ip[k].addr))
                index = if_nametoindex(i->ifa_name);
    freeifaddrs(all);
    return index;
}

void ike__uv_look(ike_uv *v, void (*changed)(void *user, const ike_path *path), void *user)
{
    ike_path path;

    find_path(v, &path);
    switch (ike__uv_verdict(&v->path.local, v->is_offline, &path.local, v->plan.ip, v->plan.ip_n)) {
    case IKE_UV_MOVE:
        changed(user, &path);
        break;
    case IKE_UV_LOSE:
        changed(user, NULL);
        break;
    default:
        break;
    }
}
