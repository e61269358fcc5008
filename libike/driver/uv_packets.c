/* driver/uv_packets.c - the packet path: socket to session to TUN, and back. SPDX-License-Identifier: Apache-2.0
 *
 * Buffers for what comes from the TUN are made once; a wake-up does a bounded number of packets.
 *
 * Not here: how a datagram leaves (uv_socket.c). */
#include "driver/room.h"
#include <string.h>

#define ROUNDS 8 /* batches per wake-up: others on the loop want their turn */

static void give_inner(ike_uv *v, ike_span inner)
{
    if (v->cfg.tun)
        (void)v->cfg.tun->write(v->cfg.tun->self, inner.p, inner.n);
    else if (v->cfg.on_inner)
        v->cfg.on_inner(v, inner.p, inner.n, v->cfg.user);
}

static void on_socket(uv_poll_t *h, int status, int events)
{
    ike_uv *v = h->data;
    uint8_t dgram[IKE_UV_DATAGRAM_MAX];
    ike_path from;
    ike_span inner;
    ike_time now;
    int n;

    (void)events;
    if (status < 0) { /* the error queue, on Linux; the poll has stopped itself */
        ike__uv_mtu_errors(v);
        (void)ike__uv_watch_socket(v);
    }
    for (unsigned i = 0; i < ROUNDS * IKE_UV_BATCH && v->s && v->has_sock; i++) {
        n = ike__uv_socket_recv(v, dgram, sizeof(dgram), &from);
        if (n <= 0)
            break;
        now = ike_uv_now();
        ike_recorder_recv(v->rec, &from, dgram, (size_t)n, now);
        (void)ike_recv(v->s, &from, dgram, (size_t)n, &inner, now);
        if (inner.n > 0)
            give_inner(v, inner);
        else
            ike__uv_pump(v);
    }
    ike__uv_pump(v);
}

static size_t read_batch(ike_uv *v, ike_packet *pkts)
{
    size_t n = 0;

    for (; n < IKE_UV_BATCH; n++) {
        uint8_t *slot = v->batch + n * IKE_UV_SLOT;
        int got = v->cfg.tun->read(v->cfg.tun->self, slot + IKE_HEADROOM,
                                   IKE_UV_SLOT - IKE_HEADROOM - IKE_TAILROOM);

        if (got <= 0)
            break;
        memset(&pkts[n], 0, sizeof(pkts[n]));
        pkts[n].buf = slot;
        pkts[n].cap = IKE_UV_SLOT;
        pkts[n].off = IKE_HEADROOM;
        pkts[n].n = (uint32_t)got;
    }
    return n;
}

static int seal_batch(ike_uv *v, ike_packet *pkts, size_t n, ike_path *to)
{
    ike_time now = ike_uv_now();

    ike_recorder_seal(v->rec, pkts, n, now);
    return ike_seal_n(v->s, pkts, n, to, now);
}

static void send_esp(ike_uv *v, const ike_path *to, const uint8_t *p, size_t n)
{
    ike__uv_mtu_send(v, n <= v->whole_max);
    ike__uv_socket_send(v, to, p, n);
}

static void on_tun(uv_poll_t *h, int status, int events)
{
    ike_uv *v = h->data;
    ike_packet pkts[IKE_UV_BATCH];
    ike_path to;

    (void)status;
    (void)events;
    for (int round = 0; round < ROUNDS && v->s && v->has_tun; round++) {
        size_t n = read_batch(v, pkts);

        if (n > 0)
            (void)seal_batch(v, pkts, n, &to);
        for (size_t i = 0; i < n; i++)
            if (pkts[i].err == 0)
                send_esp(v, &to, pkts[i].buf + pkts[i].off, pkts[i].n);
            else if (pkts[i].err == IKE_E_TOO_BIG)
                ike__uv_mtu_refused(v, &pkts[i]);
        if (n < IKE_UV_BATCH)
            break;
    }
    ike__uv_pump(v);
}

int ike_uv_send_inner(ike_uv *v, const uint8_t *ip, size_t n)
{
    uint8_t out[IKE_UV_DATAGRAM_MAX];
    ike_packet pkt = {.buf = (uint8_t *)(uintptr_t)ip, .cap = n, .n = (uint32_t)n}; /* only looked at */
    ike_time now = ike_uv_now();
    ike_path to;
    int got;

    if (!v || !v->s || !ip || n > 65535)
        return IKE_E_USAGE;
    ike_recorder_seal(v->rec, &pkt, 1, now);
    got = ike_seal(v->s, ip, n, out, sizeof(out), &to, now);
    if (got > 0)
        send_esp(v, &to, out, (size_t)got);
    else if (got == IKE_E_TOO_BIG)
        ike__uv_mtu_refused(v, &pkt);
    ike__uv_pump(v);
    return got < 0 ? got : 0;
}

int ike__uv_watch_socket(ike_uv *v)
{
    return uv_poll_start(&v->sock, UV_READABLE, on_socket) == 0 ? 0 : IKE_E_LOCAL_IO;
}

int ike__uv_watch_tun(ike_uv *v)
{
    int64_t fd = v->cfg.tun->pollable(v->cfg.tun->self);

    if (v->has_tun) /* stopped while there was no connection, or running */
        return uv_poll_start(&v->tun, UV_READABLE, on_tun) == 0 ? 0 : IKE_E_LOCAL_IO;
    if (fd < 0)
        return 0;
    if (uv_poll_init(v->loop, &v->tun, (int)fd) != 0)
        return IKE_E_LOCAL_IO;
    v->tun.data = v;
    v->has_tun = 1;
    return uv_poll_start(&v->tun, UV_READABLE, on_tun) == 0 ? 0 : IKE_E_LOCAL_IO;
}
