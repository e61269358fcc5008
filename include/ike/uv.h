/* ike/uv.h - a driver on libuv: sockets, timers, resolver, TUN, answers. SPDX-License-Identifier: Apache-2.0
 *
 * Written on the public API alone (driver/uv.c): copy it as the start of a driver of your own. One
 * object drives one session on one loop; a loop may carry many. */
#ifndef IKE_UV_H
#define IKE_UV_H

#include <ike/ike.h>
#include <ike/keystore.h>
#include <ike/tun.h>
#include <uv.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_uv ike_uv;

typedef struct ike_uv_config {
    size_t size; /* set by IKE_UV_CONFIG_INIT */
    /* ike_uv_open copies this struct, *session and *plan. Everything else that is pointed to, by these too, is borrowed
     * until closed: a next gateway needs it again. */
    const ike_config *session; /* encap is set by the driver; path_mtu too, if it is 0 */
    const ike_env *env;        /* log and keylog are called on the loop's thread */
    /* NULL: every ask goes to on_event. Its slow asks get a thread each. Tickets (RFC 5723; ike_config.resumption): the
     * newest is kept in memory and used when a connection is made again, and by the key store, if it has save and load,
     * for the next process. IKE_EV_TICKET is delivered all the same. session->ticket, if set, comes before what the key
     * store has. */
    const ike_keystore *keys;
    const ike_tun *tun; /* NULL: on_inner gets the packets */
    /* Added to what the gateway says: excluded routes, mtu, blocks, dns; routes: in place of those of the child's
     * selectors. NULL: nothing. */
    const ike_tun_plan *plan;
    const char *hosts[8];  /* gateways, tried in order; names or addresses; at least one */
    const ike_addr *local; /* address to speak from; NULL: the system's choice */
    uint32_t hosts_n;
    uint32_t family;     /* 0: whatever resolves first; 4 or 6 */
    uint16_t port;       /* 0: 500, then 4500 */
    uint16_t local_port; /* 0: any */
    uint32_t zero;
    /* A gateway is tried: host as configured, the path that will be used. */
    void (*on_connecting)(ike_uv *v, const char *host, const ike_path *path, void *user);
    /* Every event of the session, after the driver did its part (the TUN is configured by CHILD_UP). An IKE_EV_ASK
     * comes only if no key store answered it. */
    void (*on_event)(ike_uv *v, const ike_event *ev, void *user);
    void (*on_inner)(ike_uv *v, const uint8_t *ip, size_t n, void *user); /* without a TUN */
    /* Every datagram, as it is on the wire (marker included): for captures. dir 0: sent, 1: received. */
    void (*on_datagram)(ike_uv *v, int dir, const ike_path *path, const uint8_t *p, size_t n, void *user);
    void *user;

    /* 0.2. Linux: when the system's addresses or routes change, the driver tells the session by itself (ike_roam).
     * unwatched: 1: it does not; the host does. A driver with a fixed local address does not either. on_network: the
     * gateway would be reached this way now; NULL: there is no network. Before the session is told. */
    void (*on_network)(ike_uv *v, const ike_path *path, void *user);
    uint32_t unwatched;
    /* A connection that stood and was lost (silence, a Delete, a lifetime) is made again, with growing pauses, for so
     * many seconds; until then the TUN and its routes stay, so that nothing gets round the tunnel. IKE_EV_WARNING says
     * so, IKE_EV_CLOSED comes when it is in vain. 0: never. */
    uint32_t reconnect_s;
    /* Every session's inputs go to this file, for ike_replay (record.h: what it holds, and how secret it is). NULL: no.
     * record_secrets: 1: shared keys and passwords too. */
    const char *record;
    uint32_t record_secrets, zero2;
    /* 0.4. In place of tun->configure, with what the TUN would be told: for a guard (guard_linux.h), which has routes of
     * its own. Returns what configure does; *why says what failed. NULL: tun->configure. */
    int (*on_plan)(ike_uv *v, const ike_tun_plan *plan, const char **why, void *user);
    /* In place of the system's resolver, which a guard may not let out: finds addresses of host (family: 4, 6, 0: both)
     * and calls ike_uv_resolved, not before it has returned. Returns 0, or an error: as if there were no such name. */
    int (*on_resolve)(ike_uv *v, const char *host, uint32_t family, void *user);
    uint32_t mark;    /* Linux: sockets that speak to gateways carry it (SO_MARK; CAP_NET_ADMIN). 0: none */
    uint32_t patient; /* 1: a first connection that fails for silence is tried again as one that was lost */
    /* 0.4: 1: one datagram a system call. 0: bursts where the kernel has them (Linux: UDP_SEGMENT, UDP_GRO). */
    uint32_t plain;
    /* 0.4: where packets come close together but one by one (16,000 a second and more), a wake-up first waits until about
     * four are there: so many microseconds at most, and what the system's timers add (50 on Linux). That holds the loop.
     * 0: 150; never more than 1000; IKE_OFF: never, and so where the system's timers are coarser than a microsecond. */
    uint32_t gather_us;
} ike_uv_config;
#define IKE_UV_CONFIG_INIT            \
    {                                 \
        .size = sizeof(ike_uv_config) \
    }

/* 0.4: what the packet path did, beside ike_stats. */
typedef struct ike_uv_stats {
    size_t size;                 /* set by IKE_UV_STATS_INIT */
    uint64_t sent, sends;        /* datagrams, and system calls that took them */
    uint64_t received, receives; /* likewise */
    /* Packets that the socket, the TUN did not take, because their queues were full; and (Linux) datagrams lost before
     * they could be read, for the same reason. What the TUN's queue lost on the way to us is in the statistics of the
     * interface. */
    uint64_t drop_socket, drop_tun, drop_receive;
} ike_uv_stats;
#define IKE_UV_STATS_INIT            \
    {                                \
        .size = sizeof(ike_uv_stats) \
    }

/* Checks everything, sends nothing. Errors: as ike_session_new, and LOCAL_IO (of the recording, too); *why, if why is not
 * NULL, is static text, "" on success. On error *out is NULL. */
IKE_API int ike_uv_open(ike_uv **out, uv_loop_t *loop, const ike_uv_config *cfg, const char **why);
/* Resolves, binds, connects; what comes of it arrives on on_event, failures as IKE_EV_CLOSED. Once. Errors: USAGE (a NULL;
 * it was called), LOCAL_IO (the resolver cannot be asked). */
IKE_API int ike_uv_connect(ike_uv *v);
/* Fills as much of *st as its size says. Errors: USAGE. */
IKE_API int ike_uv_stats_get(const ike_uv *v, ike_uv_stats *st);
/* What on_resolve asked for: addresses (ports do not matter), or an error, n 0 then. Not after ike_uv_close. */
IKE_API void ike_uv_resolved(ike_uv *v, int err, const ike_addr *list, uint32_t n);
/* The verbs of ike.h: at once, drained, and in the recording if there is one. Errors: theirs, or USAGE (no session, as
 * between two attempts; ike_uv_close was called). */
/* ike_close, and nothing is tried again. Where it fails there is nobody to take leave of: ike_uv_close. */
IKE_API int ike_uv_close_session(ike_uv *v);
IKE_API int ike_uv_check_alive(ike_uv *v);
IKE_API int ike_uv_rekey(ike_uv *v, uint32_t child_id);
IKE_API int ike_uv_answer(ike_uv *v, uint32_t ask_id, int verdict, ike_span data);
/* For anything else; NULL: none. Another one when the next gateway is tried, so do not keep it. */
IKE_API ike_session *ike_uv_session(ike_uv *v);
IKE_API void ike_uv_kick(ike_uv *v); /* after a verb on that session: drain and re-arm */
/* Without a TUN: seals and sends an IP packet. Returns 0, or an error as ike_seal, or USAGE. */
IKE_API int ike_uv_send_inner(ike_uv *v, const uint8_t *ip, size_t n);
/* Another profile for a connection that stands: ike_reconfigure with this configuration (encap as the driver needs it),
 * then keys and plan in place of those of open; NULL: as before. What they point to is borrowed as there. Returns what
 * ike_reconfigure does; USAGE also while a slow ask is under way; on error nothing has changed. */
IKE_API int ike_uv_reconfigure(ike_uv *v, const ike_config *session, const ike_keystore *keys,
                               const ike_tun_plan *plan, const char **why);
/* Stops everything, wipes and frees; closed, if not NULL, is called from the loop, with ike_uv_config.user, when v is gone:
 * not before a slow key store that is at work for v has returned, or the system's resolver. Polite shutdown:
 * ike_uv_close_session, wait for IKE_EV_CLOSED, then this. At any moment, from any callback of the driver; from then on
 * nobody is called but closed. A second call, while v is there, does nothing. */
IKE_API void ike_uv_close(ike_uv *v, void (*closed)(void *user));
/* CLOCK_BOOTTIME in microseconds: the `now` this driver uses. */
IKE_API ike_time ike_uv_now(void);

#ifdef __cplusplus
}
#endif
#endif
