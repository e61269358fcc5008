/* examples/ike/leak.h - what the files of `ike leak-test` share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_LEAK_H
#define IKE_LEAK_H

#include "leak_packet.h"
#include <ike/guard.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/types.h>

/* ---- leak_net.c: where we are ---- */

struct leak_side {    /* of one family; an address of family 0 is not there */
    ike_addr own;     /* of the physical interface */
    unsigned bits;    /* of its network */
    ike_addr router;  /* the default route's */
    ike_addr virtual; /* ours on the tunnel */
    ike_addr gateway; /* outer address of the tunnel's other end */
    ike_addr resolvers[3];
};
struct leak_net {
    char device[IF_NAMESIZE], tun[IF_NAMESIZE]; /* "": none */
    unsigned index;                             /* of device */
    struct leak_side side[2];                   /* IPv4, IPv6 */
};
/* tun: its name, NULL: found. What is known of gateways is kept. */
void leak_net_look(struct leak_net *net, const char *tun);
socklen_t leak_sockaddr(struct sockaddr_storage *out, const ike_addr *a);
ike_addr leak_addr(const char *text);                /* a literal address; family 0: it is none */
int leak_same(const ike_addr *a, const ike_addr *b); /* ports aside */

/* ---- leak_hold.c: what is there only while we are ---- */

struct leak_route {
    char device[IF_NAMESIZE];
    ike_prefix to;
    ike_addr router; /* family 0: on the link */
    uint32_t metric;
    int is_there; /* set by leak_hold */
};
/* A process of its own adds the routes, and removes them when we drop them or are gone, however that happens. */
struct leak_hold {
    int line; /* to that process; -1: none */
    pid_t keeper;
};
int leak_hold(struct leak_hold *h, struct leak_route *routes, size_t n); /* routes added */
void leak_hold_drop(struct leak_hold *h);

/* A TUN of ours, gone with its descriptor. near is its address, what is written to it comes from far. -1: not possible */
int leak_device(char name[IF_NAMESIZE]);
ike_addr leak_device_near(int is_ip6);
ike_addr leak_device_far(int is_ip6);

/* ---- leak_probe.c: the table ---- */

#define LEAK_PROBES_MAX 24u
enum { LEAK_UNTRIED, LEAK_STOPPED, LEAK_LEFT };

struct leak_result {
    int state;
    unsigned times;
    char text[200]; /* why it was not tried; what was seen */
};
struct leak_run {
    uint64_t id;     /* in the marks */
    const char *tun; /* NULL: to be found */
    int is_split; /* 1: the tunnel is only for what is in inside, so far as there is a network of that family */
    ike_prefix inside[2];
    struct leak_net net;
    int wire;       /* packet socket; sees every interface */
    int device;     /* of leak_device; -1: none */
    int catcher[2]; /* sockets at the virtual addresses; -1: none */
    char device_name[IF_NAMESIZE];
    struct leak_hold hold;
    struct leak_route routes[4];      /* LocalNet and option 121, each family */
    ike_addr aim[LEAK_PROBES_MAX][2]; /* addresses that only this probe speaks to */
    struct leak_result result[LEAK_PROBES_MAX][2];
};
struct leak_probe {
    const char *name, *what;
    uint32_t why;     /* enum ike_guard_reason: name of the rule that stops it */
    const char *rule; /* what that has to say */
    unsigned scope;   /* LEAK_IP4, LEAK_IP6, LEAK_FULL, LEAK_LONG */
    /* Sends; NULL, or why it could not be tried. number: of the probe, in its mark. */
    const char *(*fire)(struct leak_run *r, unsigned number, int is_ip6);
};
#define LEAK_IP4  1u
#define LEAK_IP6  2u
#define LEAK_FULL 4u /* a split tunnel lets it out */
#define LEAK_LONG 8u /* goes on through the whole round: the moments that count may be short */
/* Some address that the tunnel is for, with this last octet where there is room for one. */
ike_addr leak_inside(const struct leak_run *r, int is_ip6, uint8_t last);
extern const struct leak_probe leak_probes[];
extern const unsigned leak_probes_n;

/* ---- leak_wire.c: what leaves ---- */

int leak_wire_open(void); /* a socket; negative: -errno */
/* Looks at what left for so many milliseconds and writes it into r->result. */
void leak_wire_watch(struct leak_run *r, int ms);

/* ---- leak_round.c: every probe once ---- */

void leak_round(struct leak_run *r);
void leak_round_drop(struct leak_run *r); /* what a round that was broken off has left */

#endif
