/* tun/fd.c - a file descriptor that carries one IP packet a read. SPDX-License-Identifier: Apache-2.0
 *
 * Android's VpnService hands one out; a test uses a socketpair. Addresses and routes are somebody else's. */
#include <errno.h>
#include <fcntl.h>
#include <ike/tun.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tun {
    int fd;
};

static int configure(void *self, const ike_tun_plan *plan)
{
    (void)self;
    (void)plan;
    return 0;
}

static int read_packet(void *self, uint8_t *out, size_t cap)
{
    ssize_t n = read(((struct tun *)self)->fd, out, cap);

    if (n >= 0)
        return (int)n;
    return errno == EAGAIN || errno == EINTR ? 0 : IKE_E_LOCAL_IO;
}

static int write_packet(void *self, const uint8_t *ip, size_t n)
{
    if (write(((struct tun *)self)->fd, ip, n) == (ssize_t)n || errno == EAGAIN || errno == ENOBUFS)
        return 0;
    return IKE_E_LOCAL_IO;
}

static int64_t pollable(void *self)
{
    return ((struct tun *)self)->fd;
}

static const char *why_text(void *self)
{
    (void)self;
    return "";
}

static void close_tun(void *self)
{
    close(((struct tun *)self)->fd);
    free(self);
}

int ike_tun_fd(ike_tun *out, int fd)
{
    struct tun *t = calloc(1, sizeof(*t));
    int flags = fcntl(fd, F_GETFL);

    memset(out, 0, sizeof(*out));
    if (!t)
        return IKE_E_NOMEM;
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        free(t);
        return IKE_E_LOCAL_IO;
    }
    t->fd = fd;
    out->abi = IKE_TUN_ABI;
    out->self = t;
    out->configure = configure;
    out->read = read_packet;
    out->write = write_packet;
    out->pollable = pollable;
    out->why = why_text;
    out->close = close_tun;
    return 0;
}
