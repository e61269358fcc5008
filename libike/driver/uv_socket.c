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

#define SOCKET_BUFFER (1 << 20)

union address {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
};

static socklen_t to_sockaddr(union address *sa, const ike_addr *a)
{
    memset(sa, 0, sizeof(*sa));
    if (a->family == 4) {
        sa->in4.sin_family = AF_INET;
        sa->in4.sin_port = htons(a->port);
        memcpy(&sa->in4.sin_addr, a->ip, 4);
        return sizeof(sa->in4);
    }
    sa->in6.sin6_family = AF_INET6;
    sa->in6.sin6_port = htons(a->port);
    sa->in6.sin6_scope_id = a->scope;
    memcpy(&sa->in6.sin6_addr, a->ip, 16);
    return sizeof(sa->in6);
}

void ike__uv_from_sockaddr(ike_addr *a, const void *any)
{
    const union address *sa = any;

    memset(a, 0, sizeof(*a));
    if (sa->any.sa_family == AF_INET) {
        a->family = 4;
        a->port = ntohs(sa->in4.sin_port);
        memcpy(a->ip, &sa->in4.sin_addr, 4);
    } else {
        a->family = 6;
        a->port = ntohs(sa->in6.sin6_port);
        a->scope = sa->in6.sin6_scope_id;
        memcpy(a->ip, &sa->in6.sin6_addr, 16);
    }
}

/* So that routes and the firewall tell what speaks to the gateway from everything else. */
static int mark(const ike_uv *v, int fd)
{
#ifdef SO_MARK
    if (v->cfg.mark && setsockopt(fd, SOL_SOCKET, SO_MARK, &v->cfg.mark, sizeof(v->cfg.mark)) != 0)
        return IKE_E_LOCAL_IO;
#else
    (void)fd;
#endif
    return 0;
}

int ike__uv_source(const ike_uv *v, const ike_addr *remote, ike_addr *source)
{
    union address sa;
    ike_addr to = *remote;
    socklen_t n;
    int fd, err;

    if (to.port == 0)
        to.port = 500;
    n = to_sockaddr(&sa, &to);
    fd = socket(sa.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return IKE_E_LOCAL_IO;
    err = mark(v, fd);
    if (err == 0 && connect(fd, &sa.any, n) != 0)
        err = IKE_E_TIMEOUT; /* no way there from here */
    n = sizeof(sa);
    if (err == 0 && getsockname(fd, &sa.any, &n) == 0)
        ike__uv_from_sockaddr(source, &sa);
    close(fd);
    return err;
}

/* A socket of the family of local, bound to that address if the host named it, else to any. Fills local->port. */
static int open_bound(ike_uv *v, ike_addr *local, uint16_t port)
{
    ike_addr bound;
    union address sa;
    socklen_t n;
    int size = SOCKET_BUFFER, fd;

    memset(&bound, 0, sizeof(bound));
    bound.family = local->family;
    if (v->cfg.local)
        bound = *local;
    bound.port = port;
    n = to_sockaddr(&sa, &bound);
    fd = socket(sa.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return IKE_E_LOCAL_IO;
    if (sa.any.sa_family == AF_INET6)
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &size, sizeof(size));
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    ike__uv_mtu_init(fd, local->family);
    if (mark(v, fd) < 0 || bind(fd, &sa.any, n) != 0 || (n = sizeof(sa), getsockname(fd, &sa.any, &n)) != 0) {
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
        err = ike__uv_source(v, remote, &local);
        if (err < 0)
            return err;
    }
    v->fd = open_bound(v, &local, v->cfg.local_port);
    if (v->fd < 0)
        return IKE_E_LOCAL_IO;
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
    v->is_whole = 0;
    return err;
}

void ike__uv_socket_send(ike_uv *v, const ike_path *to, const uint8_t *p, size_t n)
{
    union address sa;
    socklen_t len = to_sockaddr(&sa, &to->remote);

    /* A datagram that cannot be sent now counts as lost: IKE sends it again, TCP inside does too. */
    (void)sendto(v->fd, p, n, 0, &sa.any, len);
    if (v->cfg.on_datagram)
        v->cfg.on_datagram(v, 0, to, p, n, v->cfg.user);
}

int ike__uv_socket_recv(ike_uv *v, uint8_t *p, size_t cap, ike_path *from)
{
    union address sa;
    socklen_t len = sizeof(sa);
    ssize_t n = recvfrom(v->fd, p, cap, 0, &sa.any, &len);

    if (n <= 0)
        return 0;
    *from = v->path;
    ike__uv_from_sockaddr(&from->remote, &sa);
    if (v->cfg.on_datagram)
        v->cfg.on_datagram(v, 1, from, p, (size_t)n, v->cfg.user);
    return (int)n;
}
