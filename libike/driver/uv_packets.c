/* driver/uv_packets.c - the packet path: socket to session to TUN, and back. SPDX-License-Identifier: Apache-2.0
 *
 * Whole bursts at a time, in one arena that is made once: they are opened or sealed where they lie, and leave from
 * there. Nothing stays in the arena when a function here returns: what cannot be passed on is lost, and counted by whose
 * queue was full. A wake-up does a bounded number of bursts.
 *
 * Not here: how datagrams come and go (udp_linux.c), the TUN's bursts (the room tun). */
#include "driver/room.h"
#include <string.h>

#define ROUNDS 8          /* bursts per wake-up: others on the loop want their turn */
#define PLAIN  (1u << 12) /* octets for a packet of a TUN that gives one at a time */

/* ---- from the socket ---- */

struct intake {
    ike_packet pkts[2 * IKE_UV_BATCH]; /* so that a whole burst fits behind an almost full batch */
    size_t n, opened, used;
    ike_path from; /* of those that are not opened yet */
};

/* A recording has one datagram after the other. */
static void open_all(ike_uv *v, struct intake *in)
{
    while (in->opened < in->n && v->s) {
        ike_packet *next = &in->pkts[in->opened];
        ike_time now = ike_uv_now();
        int got;

        ike_recorder_recv_one(v->rec, &in->from, next, now);
        got = ike_recv_n(v->s, &in->from, next, v->rec ? 1 : in->n - in->opened, now);
        if (got <= 0)
            break;
        in->opened += (size_t)got;
        ike__uv_pump(v);
    }
    for (; in->opened < in->n; in->opened++)
        in->pkts[in->opened].n = 0; /* the session is over */
}

/* The datagrams of one system call. 0: there was nothing. */
static int take_in(ike_uv *v, struct intake *in)
{
    uint8_t *p = v->arena + in->used;
    struct ike_uv_burst b;
    size_t n = ike__uv_udp_recv(v, p, 65536, &b);

    if (n == 0)
        return 0;
    if (in->opened < in->n && memcmp(&b.from, &in->from, sizeof(b.from)) != 0)
        open_all(v, in);
    in->from = b.from;
    for (size_t at = 0; at < n && in->n < 2 * IKE_UV_BATCH; at += b.each) {
        ike_packet *pkt = &in->pkts[in->n++];

        memset(pkt, 0, sizeof(*pkt));
        pkt->buf = p + at;
        pkt->cap = n - at < b.each ? n - at : b.each;
        pkt->n = (uint32_t)pkt->cap;
        pkt->ecn = b.ecn;
        ike__uv_tap(v, 1, &b.from, pkt->buf, pkt->n);
    }
    in->used += (n + 63) & ~(size_t)63;
    return 1;
}

static void give_inner(ike_uv *v, const ike_packet *pkts, size_t n)
{
    const ike_tun *tun = v->cfg.tun;
    int lost = 0;

    if (v->is_closing)
        return;
    if (tun && tun->abi >= 2 && tun->write_n) {
        lost = tun->write_n(tun->self, pkts, n);
        v->count.drop_tun += lost > 0 ? (uint64_t)lost : 0;
        return;
    }
    for (size_t i = 0; i < n && !v->is_closing; i++) {
        if (pkts[i].err != 0 || pkts[i].n == 0)
            continue;
        if (tun)
            (void)tun->write(tun->self, pkts[i].buf + pkts[i].off, pkts[i].n);
        else if (v->cfg.on_inner)
            v->cfg.on_inner(v, pkts[i].buf + pkts[i].off, pkts[i].n, v->cfg.user);
    }
}

/* One batch, of as many system calls as it takes. 0: the socket is empty. */
static int receive(ike_uv *v)
{
    struct intake in;
    int is_more = 1;

    in.n = in.opened = in.used = 0;
    while (is_more && v->s && v->has_sock && in.n <= IKE_UV_BATCH && IKE_UV_ARENA - in.used >= 65536)
        is_more = take_in(v, &in);
    open_all(v, &in);
    give_inner(v, in.pkts, in.n);
    return is_more;
}

static void on_socket(uv_poll_t *h, int status, int events)
{
    ike_uv *v = h->data;
    uint64_t before = v->count.received;

    (void)events;
    if (status < 0) { /* the error queue, on Linux; the poll has stopped itself */
        ike__uv_mtu_errors(v);
        (void)ike__uv_watch_socket(v);
    }
    ike__uv_gather(v, &v->from_socket);
    for (int round = 0; round < ROUNDS && v->s && v->has_sock; round++)
        if (!receive(v))
            break;
    ike__uv_gathered(&v->from_socket, v->count.received - before);
    ike__uv_pump(v);
}

/* ---- from the TUN ---- */

static int read_each(ike_uv *v, ike_packet *pkts, size_t n, int *rest)
{
    size_t k = 0;

    *rest = IKE_TUN_MORE;
    for (; k < n && (k + 1) * PLAIN <= IKE_UV_ARENA; k++) {
        uint8_t *slot = v->arena + k * PLAIN;
        int got =
            v->cfg.tun->read(v->cfg.tun->self, slot + IKE_HEADROOM, PLAIN - IKE_HEADROOM - IKE_TAILROOM);

        if (got <= 0) {
            *rest = IKE_TUN_DRY;
            break;
        }
        memset(&pkts[k], 0, sizeof(pkts[k]));
        pkts[k].buf = slot;
        pkts[k].cap = PLAIN;
        pkts[k].off = IKE_HEADROOM;
        pkts[k].n = (uint32_t)got;
    }
    return (int)k;
}

static int read_batch(ike_uv *v, ike_packet *pkts, int *rest)
{
    const ike_tun *tun = v->cfg.tun;

    if (tun->abi < 2 || !tun->read_n)
        return read_each(v, pkts, IKE_UV_BATCH, rest);
    return tun->read_n(tun->self, v->arena, IKE_UV_ARENA, pkts, IKE_UV_BATCH, rest);
}

/* What is known to fit must not be cut on the way, the rest may be: neighbours of one kind go together. */
static void send_esp(ike_uv *v, const ike_path *to, const ike_packet *pkts, size_t n)
{
    for (size_t at = 0, k; at < n; at += k) {
        int whole = pkts[at].n <= v->whole_max;

        for (k = 1; at + k < n && (pkts[at + k].n <= v->whole_max) == whole; k++)
            ;
        ike__uv_mtu_send(v, whole);
        ike__uv_udp_send(v, to, pkts + at, k);
    }
}

/* 0, or the error of all of them; each has its own. */
static int send_batch(ike_uv *v, ike_packet *pkts, size_t n)
{
    ike_time now = ike_uv_now();
    size_t kept = 0;
    ike_path to;
    int err;

    ike_recorder_seal(v->rec, pkts, n, now);
    err = ike_seal_n(v->s, pkts, n, &to, now);
    if (err < 0) /* nothing was sealed: nothing may leave */
        return err;
    for (size_t i = 0; i < n; i++)
        if (pkts[i].err == IKE_E_TOO_BIG)
            ike__uv_mtu_refused(v, &pkts[i]);
        else if (pkts[i].err == 0)
            pkts[kept++] = pkts[i];
    send_esp(v, &to, pkts, kept);
    return 0;
}

static void on_tun(uv_poll_t *h, int status, int events)
{
    ike_uv *v = h->data;
    ike_packet pkts[IKE_UV_BATCH];
    int rest = IKE_TUN_MORE;
    uint64_t got = 0;

    (void)status;
    (void)events;
    ike__uv_gather(v, &v->from_tun);
    for (int round = 0; v->s && v->has_tun; round++) {
        int n;

        if (rest == IKE_TUN_DRY || (rest == IKE_TUN_MORE && round >= ROUNDS))
            break;
        n = read_batch(v, pkts, &rest);
        if (n < 0)
            break;
        if (n > 0)
            (void)send_batch(v, pkts, (size_t)n);
        got += (uint64_t)n;
    }
    ike__uv_gathered(&v->from_tun, got);
    ike__uv_pump(v);
}

int ike_uv_send_inner(ike_uv *v, const uint8_t *ip, size_t n)
{
    uint8_t room[IKE_UV_DATAGRAM_MAX];
    ike_packet pkt = {.buf = room, .cap = sizeof(room), .off = IKE_HEADROOM, .n = (uint32_t)n};
    int err;

    if (!v || !v->s || v->is_closing || !ip || n > 65535)
        return IKE_E_USAGE;
    if (n > sizeof(room) - IKE_HEADROOM - IKE_TAILROOM)
        return IKE_E_NOSPACE;
    memcpy(room + pkt.off, ip, n);
    err = send_batch(v, &pkt, 1);
    ike__uv_pump(v);
    return err < 0 ? err : pkt.err;
}

int ike__uv_watch_socket(ike_uv *v)
{
    if (!v->has_sock)
        return 0;
    return uv_poll_start(&v->sock, UV_READABLE, on_socket) == 0 ? 0 : IKE_E_LOCAL_IO;
}

int ike__uv_watch_tun(ike_uv *v)
{
    int64_t fd = v->is_closing ? -1 : v->cfg.tun->pollable(v->cfg.tun->self);

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
