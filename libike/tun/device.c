/* tun/device.c - packets of a TUN descriptor, one by one or in bursts. SPDX-License-Identifier: Apache-2.0
 *
 * With virtio-net headers one read brings, and one write takes, up to 64 KiB of segments; without, one packet. A call
 * cuts at most one packet of the device, so a burst stays together on its way.
 *
 * Not here: addresses and routes (linux.c), how to cut and put together (split.c, merge.c). */
#include "tun/device.h"
#include <errno.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define ROOM (IKE_HEADROOM + IKE_TAILROOM)

/* ---- in ---- */

/* 1: a packet is there to be cut; 0: would block; LOCAL_IO. */
static int fetch(struct ike_device *d)
{
    struct virtio_net_hdr h;

    for (;;) {
        ssize_t n = read(d->fd, d->whole, sizeof(d->whole));

        if (n < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : IKE_E_LOCAL_IO;
        if (n < (ssize_t)sizeof(h))
            return 0;
        memcpy(&h, d->whole, sizeof(h));
        if (ike__split_begin(&d->split, &h, d->whole + sizeof(h), (size_t)n - sizeof(h)) == 0)
            break;
    }
    d->is_held = 1;
    return 1;
}

static int read_plain(const struct ike_device *d, uint8_t *out, size_t cap)
{
    ssize_t n = read(d->fd, out, cap);

    if (n >= 0)
        return (int)n;
    return errno == EAGAIN || errno == EINTR ? 0 : IKE_E_LOCAL_IO;
}

int ike__device_read(struct ike_device *d, uint8_t *out, size_t cap)
{
    int n;

    if (!d->has_headers)
        return read_plain(d, out, cap);
    for (;;) {
        if (!d->is_held && (n = fetch(d)) <= 0)
            return n;
        n = ike__split_next(&d->split, out, cap);
        d->is_held = !d->split.is_over;
        if (n == IKE_E_NOSPACE)
            d->is_held = 0; /* longer than the caller's buffer: lost, as read(2) would cut it off */
        else if (n > 0)
            return n;
    }
}

static void place(ike_packet *pkt, uint8_t *buf, int n)
{
    memset(pkt, 0, sizeof(*pkt));
    pkt->buf = buf;
    pkt->off = IKE_HEADROOM;
    pkt->n = (uint32_t)n;
    pkt->cap = (size_t)n + ROOM;
}

/* All segments of the packet at hand, as far as there is room. */
static size_t cut(struct ike_device *d, uint8_t *buf, size_t cap, ike_packet *pkts, size_t n, size_t *used)
{
    size_t k = 0;

    while (k < n && cap - *used > ROOM) {
        int got = ike__split_next(&d->split, buf + *used + IKE_HEADROOM, cap - *used - ROOM);

        if (got <= 0)
            break;
        place(&pkts[k++], buf + *used, got);
        *used += (size_t)got + ROOM;
    }
    d->is_held = !d->split.is_over;
    return k;
}

static int read_n_plain(const struct ike_device *d, uint8_t *buf, size_t cap, ike_packet *pkts, size_t n,
                        int *rest)
{
    size_t used = 0, k = 0;

    *rest = IKE_TUN_MORE;
    while (k < n && cap - used >= IKE_TUN_BUF) {
        int got = read_plain(d, buf + used + IKE_HEADROOM, 65536);

        if (got <= 0) {
            *rest = IKE_TUN_DRY;
            return got < 0 && k == 0 ? got : (int)k;
        }
        place(&pkts[k++], buf + used, got);
        used += (size_t)got + ROOM;
    }
    return (int)k;
}

int ike__device_read_n(struct ike_device *d, uint8_t *buf, size_t cap, ike_packet *pkts, size_t n, int *rest)
{
    size_t used = 0, k = 0;
    int got = 1, was_cut = d->is_held;

    if (!d->has_headers)
        return read_n_plain(d, buf, cap, pkts, n, rest);
    if (was_cut)
        k = cut(d, buf, cap, pkts, n, &used);
    while (!was_cut && k < n && cap - used >= IKE_TUN_BUF && (got = fetch(d)) > 0) {
        was_cut = d->split.size > 0;
        k += cut(d, buf, cap, pkts + k, n - k, &used);
    }
    *rest = d->is_held ? IKE_TUN_HELD : got > 0 ? IKE_TUN_MORE : IKE_TUN_DRY;
    return got < 0 && k == 0 ? got : (int)k;
}

/* ---- out ---- */

/* 0; 1: lost, the queue is full or the kernel does not like it; LOCAL_IO */
static int put(const struct ike_device *d, const struct iovec *iov, int n)
{
    if (writev(d->fd, iov, n) >= 0)
        return 0;
    return errno == EAGAIN || errno == ENOBUFS || errno == EINVAL || errno == ENOMEM ? 1 : IKE_E_LOCAL_IO;
}

static int put_one(const struct ike_device *d, const uint8_t *ip, size_t n)
{
    struct virtio_net_hdr h;
    struct iovec iov[2] = {{&h, sizeof(h)}, {(uint8_t *)(uintptr_t)ip, n}}; /* only read */

    memset(&h, 0, sizeof(h));
    return put(d, d->has_headers ? iov : iov + 1, d->has_headers ? 2 : 1);
}

int ike__device_write(struct ike_device *d, const uint8_t *ip, size_t n)
{
    int got = put_one(d, ip, n);

    return got < 0 ? got : 0;
}

static int put_each(const struct ike_device *d, const ike_packet *pkts, size_t n)
{
    int lost = 0;

    for (size_t i = 0; i < n; i++) {
        int got = pkts[i].err == 0 && pkts[i].n > 0 ? put_one(d, pkts[i].buf + pkts[i].off, pkts[i].n) : 0;

        if (got < 0)
            return got;
        lost += got;
    }
    return lost;
}

static int put_group(struct ike_device *d, const struct ike_group *g, const ike_packet *pkts)
{
    struct virtio_net_hdr h;
    uint8_t header[IKE_HEADERS_MAX];
    struct iovec iov[2 + IKE_MERGE_MAX] = {{&h, sizeof(h)}, {header, g->header_n}};
    uint16_t i = g->first;

    if (g->n == 1)
        return put_one(d, pkts[i].buf + pkts[i].off, pkts[i].n);
    ike__merge_headers(g, pkts, &h, header);
    for (unsigned k = 0; k < g->n; k++, i = d->groups.next[i])
        iov[2 + k] = (struct iovec){pkts[i].buf + pkts[i].off + g->header_n, pkts[i].n - g->header_n};
    return put(d, iov, 2 + g->n);
}

/* What it refuses as a whole it may take in parts; then there is no use in asking again: kernels before 6.2 do not take
 * UDP. */
static int put_parts(struct ike_device *d, const struct ike_group *g, const ike_packet *pkts)
{
    uint16_t i = g->first;
    int lost = 0;

    for (unsigned k = 0; k < g->n; k++, i = d->groups.next[i]) {
        int got = put_one(d, pkts[i].buf + pkts[i].off, pkts[i].n);

        if (got < 0)
            return got;
        lost += got;
    }
    if (lost == 0)
        *(g->header_n == g->ip_n + 8 ? &d->no_udp : &d->no_tcp) = 1;
    return lost;
}

static int put_merged(struct ike_device *d, const ike_packet *pkts, size_t n)
{
    int lost = 0;

    ike__merge(&d->groups, pkts, n, !d->no_udp);
    for (unsigned i = 0; i < d->groups.n; i++) {
        const struct ike_group *g = &d->groups.group[i];
        int got = put_group(d, g, pkts);

        if (got > 0 && g->n > 1)
            got = errno == EINVAL ? put_parts(d, g, pkts) : g->n;
        if (got < 0)
            return got;
        lost += got;
    }
    return lost;
}

int ike__device_write_n(struct ike_device *d, const ike_packet *pkts, size_t n)
{
    int lost = 0;

    for (size_t at = 0; at < n; at += IKE_MERGE_MAX) {
        size_t k = n - at < IKE_MERGE_MAX ? n - at : IKE_MERGE_MAX;
        int got = d->has_headers && !d->no_tcp ? put_merged(d, pkts + at, k) : put_each(d, pkts + at, k);

        if (got < 0)
            return got;
        lost += got;
    }
    return lost;
}
