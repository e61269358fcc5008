/* driver/uv_socket.c - the UDP socket, and which address we speak from. SPDX-License-Identifier: Apache-2.0
 *
 * One socket on any free port serves port 500 and 4500 of the gateway alike: answers come back to where requests
 * came from (RFC 7296 2.11). NAT detection needs our true address, so a connected probe asks the system for it. */
#include "driver/room.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int ike__uv_source(const ike_addr *remote, ike_addr *source)
{
    struct sockaddr_storage sa;
    ike_addr to = *remote;
    socklen_t n;
    int fd, err = 0;

    if (to.port == 0)
        to.port = 500;
    n = ike__uv_to_sockaddr(&sa, &to);
    fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return IKE_E_LOCAL_IO;
    if (connect(fd, (struct sockaddr *)&sa, n) != 0)
        err = IKE_E_TIMEOUT; /* no way there from here */
    n = sizeof(sa);
    if (err == 0 && getsockname(fd, (struct sockaddr *)&sa, &n) == 0)
        ike__uv_from_sockaddr(source, &sa);
    close(fd);
    return err;
}

/* A socket of the family of local, bound to that address if the host named it, else to any. Fills local->port. */
static int open_bound(ike_uv *v, ike_addr *local, uint16_t port)
{
    ike_addr bound;
    struct sockaddr_storage sa;
    socklen_t n;
    int only = 1, fd;

    memset(&bound, 0, sizeof(bound));
    bound.family = local->family;
    if (v->cfg.local)
        bound = *local;
    bound.port = port;
    n = ike__uv_to_sockaddr(&sa, &bound);
    fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return IKE_E_LOCAL_IO;
    if (sa.ss_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
    ike__uv_udp_prepare(fd, v->cfg.plain != 0);
    ike__uv_mtu_init(fd, local->family);
    if (bind(fd, (struct sockaddr *)&sa, n) != 0 ||
        (n = sizeof(sa), getsockname(fd, (struct sockaddr *)&sa, &n)) != 0) {
        close(fd);
        return IKE_E_LOCAL_IO;
    }
    ike__uv_from_sockaddr(&bound, &sa);
    local->port = bound.port;
    return fd;
}

int ike__uv_socket_open(ike_uv *v, const ike_addr *remote)
{
    ike_addr local;
    int err;

    memset(&local, 0, sizeof(local));
    if (v->cfg.local && v->cfg.local->family == remote->family) {
        local = *v->cfg.local;
    } else {
        err = ike__uv_source(remote, &local);
        if (err < 0)
            return err;
    }
    v->fd = open_bound(v, &local, v->cfg.local_port);
    if (v->fd < 0)
        return IKE_E_LOCAL_IO;
    v->lost_before = 0;
    memset(&v->path, 0, sizeof(v->path));
    v->path.local = local;
    v->path.remote = *remote;
    v->is_whole = 0;
    v->whole_max = v->inner_mtu = 0;
    v->path.remote.port = v->remote_port = v->cfg.port ? v->cfg.port : 500;
    return 0;
}

int ike__uv_socket_prepare(ike_uv *v, ike_path *path, int *fd)
{
    *fd = -1;
    path->local.port = v->path.local.port;
    if (path->local.family == v->path.local.family)
        return 0; /* bound to any address: it speaks from the new one by itself */
    *fd = open_bound(v, &path->local, v->cfg.local_port);
    return *fd < 0 ? IKE_E_LOCAL_IO : 0;
}

int ike__uv_socket_take(ike_uv *v, int prepared)
{
    int err = dup3(prepared, v->fd, O_CLOEXEC) < 0 ? IKE_E_LOCAL_IO : 0;

    close(prepared);
    v->lost_before = 0;
    v->is_whole = 0;
    return err;
}

void ike__uv_socket_send(ike_uv *v, const ike_path *to, const uint8_t *p, size_t n)
{
    ike_packet pkt = {.buf = (uint8_t *)(uintptr_t)p, .cap = n, .n = (uint32_t)n}; /* only read */

    ike__uv_udp_send(v, to, &pkt, 1);
}
