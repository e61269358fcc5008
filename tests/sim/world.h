/* tests/sim/world.h - hosts, the network between them, and what they do. SPDX-License-Identifier: Apache-2.0
 *
 * A world is made from one seed and is a pure function of it. It has clients and gateways (sites), each with
 * sessions (ends); a gateway's end begins as the scripted peer and becomes a session after IKE_AUTH. */
#ifndef IKE_TESTS_SIM_WORLD_H
#define IKE_TESTS_SIM_WORLD_H

#include "fake/crypto_fake.h"
#include "peer/adopt.h"
#include "sim/clock.h"

#define SITES_MAX   8u
#define WATCHED_MAX 256u
#define ALONE_MAX   128u
#define MAPPINGS    4u
#define INNER_MIN   48u
#define UP_MAX      16u

/* ---- the network ---- */

struct weather { /* chances per mille */
    uint32_t delay_us, jitter_us;
    unsigned loss, dup, reorder, flip, cut_short;
};

struct mapping {
    ike_addr inside, dest;
    uint16_t port; /* outside; 0: none */
    ike_time used;
};

struct nat {
    ike_addr outside;
    ike_time lifetime;
    struct mapping map[MAPPINGS];
};

/* ---- what was seen on the wire of one end: check.c ---- */

struct watched_flight {
    uint32_t next;     /* newest Message ID sent, +1; 0: none */
    unsigned sent;     /* how often */
    unsigned is_probe; /* of the path's MTU: goes on without its padding */
    uint64_t hash[64]; /* of it, by fragment */
};

struct watched_ike {
    uint64_t spi_i, spi_r, used;
    struct watched_flight request, response;
    uint32_t answered, asked; /* newest Message IDs received, +1 */
};

struct watched_esp {
    uint32_t spi, seq;
    uint64_t used;
};

struct watch {
    struct watched_ike ike[WATCHED_MAX];
    struct watched_esp esp[WATCHED_MAX];
    uint64_t uses;
    ike_time second; /* ticks in this second of virtual time */
    unsigned ticks, in_vain;
    uint64_t digest;
};

/* ---- hosts ---- */

struct memory {
    size_t now, most;
    unsigned wrong; /* released with another size than it was asked with */
    struct dice *dice;
    unsigned fails; /* chance per mille that there is none */
};

struct end {
    struct end *next; /* of its site, newest first */
    struct site *site;
    unsigned number, client; /* number: within the world; client: which one it serves or is */
    ike_session *s;          /* NULL: over, or still a peer */
    struct peer *peer;
    struct crypto_fake crypto;
    struct memory memory;
    ike_alloc alloc;
    struct watch watch;
    ike_time began, armed, close_called, child_up;
    unsigned closes;
    uint32_t up[UP_MAX]; /* children that the events spoke of */
    unsigned up_n;
    uint64_t talks_at;
    int is_up;
};

struct site {
    struct world *w;
    unsigned number;
    int is_gateway;
    ike_addr addr; /* without port */
    struct nat nat;
    int has_nat, cut, is_asleep, is_offline, is_dead;
    ike_time wakes_at;
    unsigned moves;
    ike_config cfg;
    ike_ts all; /* gateway: its half of every child */
    struct peer_script script;
    ike_addr inner;  /* client: its address inside */
    uint16_t port;   /* client: of its socket */
    unsigned home;   /* client: its gateway */
    struct end *end; /* client: the current one is the first */
    char id[32];
};

struct inner { /* an inner packet that was sent */
    ike_time at;
    unsigned client, from; /* from: end number */
    uint16_t len;
    uint8_t to_gateway, arrived, may_be_lost;
};

struct alone { /* an SA that only one end knows */
    uint64_t a, b;
    unsigned end, sweep;
    ike_time since;
};

struct world {
    uint64_t seed;
    int is_narrow; /* paths carry less than 1500 octets, some of them, and hosts search for how much */
    int verbose;
    struct clock clock;
    struct dice dice;
    struct weather weather;
    struct site site[SITES_MAX]; /* clients, then gateways */
    unsigned clients, gateways, ends;
    ike_time healed_at; /* 0: anything may go wrong */
    ike_time storm_until;
    int is_ending, has_pfs, is_eager; /* eager: both ends rekey all the time */
    unsigned memory_fails;            /* chance per mille, while there is a storm */
    struct inner *inner;
    size_t inner_n, inner_cap;
    struct alone alone[ALONE_MAX];
    unsigned alone_n, sweep;
    ike_time agreed_at[SITES_MAX];
    uint64_t steps, datagrams, arrived;
    const char *failed; /* the invariant that did not hold */
    ike_time failed_at;
    char detail[256];
};

#define WORLD_NARROW 10000000u /* from this seed on */
/* Runs the world of a seed to its end. 0: every invariant held. */
int world_run(struct world *w, uint64_t seed, int verbose);
void world_say(const struct world *w, const struct end *e, const char *text);
static inline struct site *world_gateway(struct world *w, unsigned i)
{
    return &w->site[w->clients + i];
}

/* net.c: path is the sender's */
enum cut { CUT_NONE, CUT_UP, CUT_DOWN, CUT_BOTH };
enum harm { UNHARMED, HARMED, HARMED_INIT };
void net_send(struct site *from, const ike_path *path, const uint8_t *p, size_t n);
void net_rebind(struct site *client); /* its NAT forgets everything */
void net_forget(struct world *w);     /* what is still on the way */

/* host.c */
struct end *host_end(struct site *site); /* another one, without a session */
void host_session(struct end *e, const ike_config *cfg);
void host_connect(struct site *client);
struct end *host_current(struct site *client); /* its session, or NULL */
void host_pump(struct end *e);                 /* after every call that takes now */
void host_chat(struct end *e);                 /* inner packets from now on, at random times */
void host_close(struct end *e);
void host_wake(struct end *e);
void host_free(struct end *e);
/* is_bad: enum harm */
void host_recv(struct end *e, const ike_path *seen, uint8_t *p, size_t n, int is_bad);

/* gateway.c: client: who really sent it, which is where a new connection's address inside comes from */
void gateway_recv(struct world *w, struct site *g, unsigned client, const ike_path *seen, uint8_t *p,
                  size_t n, int is_bad);
void gateway_restart(struct world *w, struct site *g);

/* show.c */
void show_session(const struct world *w, const struct end *e);

/* check.c, sweep.c */
void check_fail(struct world *w, const char *name, const struct end *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void check_sent(struct world *w, struct end *e, const uint8_t *p, size_t n);
void check_received(struct world *w, struct end *e, const uint8_t *p, size_t n);
/* The inner packet of this number, as the one side of a client's connection sends it. */
size_t check_make_inner(const struct site *client, int to_client, uint64_t number, size_t n, uint8_t *ip);
void check_patience(struct world *w, struct end *e); /* it says that the peer is dead */
void check_inner(struct world *w, const struct end *e, ike_span inner);
void check_sealed(struct world *w, struct end *e, const uint8_t *ip, size_t n, const uint8_t *out, int got);
void check_ticked(struct world *w, struct end *e);
void check_end(struct world *w, struct end *e); /* after every step */
uint64_t check_digest(const struct ike_session *s);
void check_sweep(struct world *w); /* all sessions against each other */
void check_quiet(struct world *w); /* after the network has healed and it was quiet for long */

#endif
