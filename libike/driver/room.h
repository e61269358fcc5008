/* driver/room.h - what the files of the libuv driver share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_DRIVER_ROOM_H
#define IKE_DRIVER_ROOM_H

#include <ike/record.h>
#include <ike/uv.h>
#include <sys/socket.h>

#define IKE_UV_ADDRESSES_MAX 16u
#define IKE_UV_ROUTES_MAX    256u
#define IKE_UV_CHILDREN_MAX  32u
#define IKE_UV_DATAGRAM_MAX  65536u
#define IKE_UV_BATCH         128u          /* packets that are carried at once */
#define IKE_UV_ARENA         (3u * 65536u) /* octets of them: two bursts, and room for a third */

/* What tells us that addresses or routes of the system have changed. */
struct ike_uv_watch {
    uv_poll_t poll;
    uv_timer_t quiet;
    void (*look)(void *user);
    void *user;
    uint64_t since;      /* ms: the first change that nobody has looked at; 0: none */
    uint32_t own_device; /* interface index of our TUN: what happens there is our own work; 0: none */
    int fd;
    uint8_t is_open, zero[7];
};

/* How packets come in from one side, socket or TUN (uv_gather.c). */
struct ike_uv_flow {
    uint64_t since; /* ns: begin of the stretch that is being counted */
    uint32_t n;     /* packets since then */
    uint32_t last;  /* that the last wake-up brought */
    uint32_t gap;   /* ns, between two of a dense flow; 0: it is not dense */
    uint32_t zero;
};

/* What a child takes, for the routes. It stays when the child is lost, so that nothing gets round the tunnel. */
struct ike_uv_child {
    uint32_t id; /* 0: of a connection before this one, until its like comes up */
    uint32_t remote_n;
    char name[32];
    ike_ts local, remote[16]; /* local: the first; family 0: none */
};

struct ike_uv {
    uv_loop_t *loop;
    ike_uv_config cfg;
    ike_config session_cfg;
    ike_tun_plan wish; /* what cfg.plan leads to, if anything */
    ike_session *s;
    ike_env env; /* the host's, with the recorder's crypto if there is one */
    ike_recorder *rec;
    ike_path path;
    int fd; /* the UDP socket, -1: none */

    uv_poll_t sock, tun;
    uv_timer_t timer;
    uv_getaddrinfo_t resolve, follow; /* a host's name; the name of a gateway that we are sent to */
    uint8_t has_sock, has_tun, is_resolving, is_following, is_pumping, was_up, is_over, is_offline;
    uint8_t is_up;    /* the session at hand was */
    uint8_t is_again; /* between two attempts to connect again */
    uint8_t is_whole; /* the socket: what leaves it is not cut on the way */
    uint8_t is_begun; /* ike_uv_connect was called */
    /* Ways to the end: the loop still has the socket of the attempt before; ike_uv_close_session was called: nothing is
     * tried again; ike_uv_close was called: nothing is begun, and nobody called any more. */
    uint8_t is_letting_go, is_leaving, is_closing, zero4[1];
    uint32_t whole_max; /* octets of ESP that are known to pass uncut; 0: none */
    uint32_t inner_mtu; /* 0: not known */
    uint32_t attempts;  /* since the connection was lost */
    ike_time lost_at;   /* 0: it was not */
    uint32_t handles;   /* still to be closed */
    void (*closed)(void *user);

    uint32_t host; /* the one being tried */
    ike_addr addresses[IKE_UV_ADDRESSES_MAX];
    uint32_t addresses_n, address;

    /* what CP assigned, for the plan */
    ike_prefix ip[8], subnets[16];
    ike_addr dns[8];
    uint32_t ip_n, subnets_n, dns_n;
    ike_prefix routes[IKE_UV_ROUTES_MAX], own; /* own: our address where CP assigned none */
    ike_tun_plan plan;
    ike_prefix outside[IKE_UV_ROUTES_MAX];
    struct ike_uv_child child[IKE_UV_CHILDREN_MAX];
    uint32_t children_n;
    uint32_t agreed_n;                     /* of routes: those of the children's selectors */
    uint8_t has_plan, host_asked, zero[2]; /* host_asked: by on_resolve, enum below */
    uint32_t ask_kind;                     /* of the ask that is out */
    uint32_t jobs, zero6;                  /* asks in threads of their own */
    uint64_t session;                      /* number of the one at hand: answers to those before are late */
    uint64_t followed;                     /* the one that is sent elsewhere */

    /* the newest ticket */
    uint8_t *ticket;
    size_t ticket_n;
    ike_time ticket_since; /* it was ticket_age_s old then */
    uint32_t ticket_age_s;
    uint8_t has_looked, zero5[3]; /* where tickets may come from at first */
    char ticket_name[48];         /* under which it is saved; "": it is not */

    struct ike_uv_watch watch;
    uint16_t remote_port, zero2; /* where the session sends by now */
    int local_err;
    char text[256], plan_why[200];
    uint8_t *arena; /* where packets are while they are carried */
    struct ike_uv_flow from_socket, from_tun;
    ike_uv_stats count;
    uint32_t lost_before;         /* what the kernel said of this socket */
    uint8_t no_segment, zero7[3]; /* the kernel does not cut bursts into datagrams for us */
};

/* uv.c */
void ike__uv_pump(ike_uv *v);
void ike__uv_over(ike_uv *v, int err, const char *reason); /* an end that the session does not know of */

void ike__uv_handle_closed(ike_uv *v); /* one of what ike_uv_close waits for */
/* There is a session that may be told something: not between two attempts, and not at the end. */
static inline int ike__uv_is_live(const ike_uv *v)
{
    return v->s && !v->is_over && !v->is_closing;
}

/* uv_packets.c: from now on what arrives is carried on, until the poll is stopped; LOCAL_IO. Nothing once it is closed. */
int ike__uv_watch_socket(ike_uv *v);
int ike__uv_watch_tun(ike_uv *v);

/* uv_gather.c: before and after what a wake-up brings. Before: pauses, where that pays. */
int ike__uv_may_pause(void); /* are this system's timers fine enough? */
void ike__uv_gather(const ike_uv *v, struct ike_uv_flow *f);
void ike__uv_gathered(struct ike_uv_flow *f, uint64_t n);
/* Pure: n more packets, now. Decides once a stretch is over. */
void ike__uv_flow_count(struct ike_uv_flow *f, uint64_t n, uint64_t now);
/* ns that are worth waiting before the next look: for a dense flow whose packets come one by one; else 0. */
uint32_t ike__uv_flow_pause(const struct ike_uv_flow *f, uint32_t most_us);

/* uv_ask.c: calls the key store on another thread, and answers when it comes back. DENIED (too many hang), NOMEM */
int ike__uv_ask(ike_uv *v, const ike_ask *ask);

/* uv_socket.c */
int ike__uv_socket_open(ike_uv *v, const ike_addr *remote); /* fd and path; LOCAL_IO, TIMEOUT (no route) */
/* The address from which the system would send there now: LOCAL_IO, TIMEOUT (no route). */
int ike__uv_source(const ike_uv *v, const ike_addr *remote, ike_addr *source);
/* *fd: a socket for a path of another family, which replaces the old one under the same descriptor once it is taken;
 * -1: the old one will do. Fills path->local.port. LOCAL_IO. */
int ike__uv_socket_prepare(ike_uv *v, ike_path *path, int *fd);
int ike__uv_socket_take(ike_uv *v, int prepared);
void ike__uv_socket_send(ike_uv *v, const ike_path *to, const uint8_t *p, size_t n);

/* udp_linux.c: many datagrams a system call. What the kernel does not take is lost, and counted. */
void ike__uv_udp_prepare(int fd, int plain); /* options of a fresh socket */
void ike__uv_udp_send(ike_uv *v, const ike_path *to, const ike_packet *pkts, size_t n);
/* What one call brings, at p: datagrams of one length, the last one may be shorter. Returns their octets, 0: nothing.
 * cap: 65536 always suffices. */
struct ike_uv_burst {
    size_t each;   /* octets of a datagram */
    ike_path from; /* all of them */
    uint8_t ecn;   /* the ECN field of their IP headers */
};
size_t ike__uv_udp_recv(ike_uv *v, uint8_t *p, size_t cap, struct ike_uv_burst *b);
void ike__uv_tap(ike_uv *v, int dir, const ike_path *path, const uint8_t *p, size_t n); /* on_datagram */
socklen_t ike__uv_to_sockaddr(struct sockaddr_storage *sa, const ike_addr *a);

void ike__uv_from_sockaddr(ike_addr *a, const void *sa); /* sockaddr_in, sockaddr_in6 */

/* uv_mtu.c */
uint32_t
ike__uv_mtu_most(void); /* ike_config.path_mtu, unless the host has another; 0: no search on this system */
void ike__uv_mtu_init(int fd, uint8_t family); /* a new socket: what it sends may be cut */
void ike__uv_mtu_mode(ike_uv *v, int whole);
/* Before each datagram; costs a comparison. */
static inline void ike__uv_mtu_send(ike_uv *v, int whole)
{
    if (v->is_whole != whole)
        ike__uv_mtu_mode(v, whole);
}
void ike__uv_mtu_errors(ike_uv *v);                         /* what came back: to the session */
void ike__uv_mtu_take(ike_uv *v);                           /* what the session knows by now */
void ike__uv_mtu_refused(ike_uv *v, const ike_packet *pkt); /* TOO_BIG: its sender is told */

/* uv_resolve.c */
int ike__uv_resolve(ike_uv *v);                        /* the host that is its turn */
void ike__uv_redirect(ike_uv *v, const char *gateway); /* a name that the gateway sends us to (RFC 5685) */
void ike__uv_try_next(ike_uv *v);                      /* next address, next host, or the end */

enum { IKE_UV_ASKED_NOT, IKE_UV_ASKED_TO_CONNECT, IKE_UV_ASKED_TO_FOLLOW };

/* uv_again.c */
/* 1: what ended is tried again later; 0: it is over. */
int ike__uv_again(ike_uv *v, int err);
void ike__uv_again_wait(ike_uv *v); /* arms the timer of the next attempt */
/* Pure: the pause before an attempt, ms: doubling from 200 ms to 30 s, up to a quarter less as octet says. */
uint64_t ike__uv_again_pause(uint32_t attempt, uint8_t octet);

/* uv_plan.c */
int ike__uv_configure(ike_uv *v,
                      const ike_child *child); /* one is up: addresses and routes of all; LOCAL_IO */
void ike__uv_forget(ike_uv *v, uint32_t id);   /* one is no longer wanted: nor are its routes */
void ike__uv_stale(ike_uv *v);                 /* another session begins: its children come anew */
/* The same, as the system stands now, with the gateway at this address. */
int ike__uv_configure_again(ike_uv *v, const ike_addr *gateway);
void ike__uv_remember(ike_uv *v, const ike_assigned *a);
void ike__uv_replan(ike_uv *v); /* another wish over the same child */
/* One more address that is reached outside the tunnel, until the next configuration. */
int ike__uv_keep_outside(ike_uv *v, const ike_addr *addr);

/* uv_ticket.c */
void ike__uv_ticket_lend(ike_uv *v); /* puts it into session_cfg, from where a session copies it */
void ike__uv_ticket_take(ike_uv *v, const ike_ticket_event *t);
void ike__uv_ticket_free(ike_uv *v);

/* uv_watch.c: on Linux by netlink; elsewhere nothing is watched, and the host calls ike_roam itself */
int ike__uv_watch_start(struct ike_uv_watch *w, uv_loop_t *loop, void (*look)(void *user), void *user);
void ike__uv_watch_stop(struct ike_uv_watch *w);
uint32_t ike__uv_watch_close(struct ike_uv_watch *w, ike_uv *v,
                             uv_close_cb closed); /* handles that will close */
/* Pure: is there a change in these netlink messages that is not our own work? */
int ike__uv_watch_matters(const void *messages, size_t n, uint32_t own_device);
/* Pure: milliseconds from now until it is quiet enough, or late enough, to look. */
uint64_t ike__uv_watch_delay(uint64_t since, uint64_t now);

/* uv_roam.c */
enum { IKE_UV_STAY, IKE_UV_MOVE, IKE_UV_LOSE };
/* Pure: what a look at the system amounts to. found: the address it would send from, family 0: none. own: addresses
 * inside the tunnel, which are no way to the gateway. */
int ike__uv_verdict(const ike_addr *local, int is_offline, const ike_addr *found, const ike_prefix *own,
                    uint32_t own_n);
uint32_t ike__uv_device_of(const ike_prefix *ip,
                           uint32_t n); /* index of the interface that has one of them; 0 */
void ike__uv_look(ike_uv *v, void (*changed)(void *user, const ike_path *path), void *user);

#endif
