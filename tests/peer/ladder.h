/* tests/peer/ladder.h - two ends and the wire between them, one datagram at a time. SPDX-License-Identifier: Apache-2.0
 *
 * A ladder test shows the message, delivers it, asserts the state. Time stands still until a test moves it. */
#ifndef IKE_TESTS_LADDER_H
#define IKE_TESTS_LADDER_H

#include "fake/crypto_fake.h"
#include "peer/peer.h"

#define LADDER_MAX 64u

struct datagram {
    uint8_t p[4096];
    size_t n;
    ike_path path; /* from the client's view */
};

struct ladder {
    struct crypto_fake fake_client, fake_gateway;
    ike_session *s;
    struct peer *peer;
    ike_config cfg;
    ike_env env;
    struct peer_config pcfg;
    ike_path path;
    ike_time now;
    const char *psk;
    unsigned out_n, in_n; /* datagrams waiting in each direction */
    /* what was seen */
    unsigned ups, child_ups, child_downs, closes, warnings, configs, asks, total_out;
    ike_addr nat; /* where the gateway sees the client; family 0: no NAT */
    unsigned paths, rekeyed, redirects;
    unsigned tickets, tickets_gone; /* IKE_EV_TICKET with and without one */
    uint8_t ticket[8192];           /* what a host would keep by now */
    size_t ticket_n;
    uint32_t ticket_s;
    unsigned asked_certs; /* how many came with the last IKE_ASK_VERIFY */
    const char *ppk;      /* the answer to IKE_ASK_PPK; NULL: refused */
    unsigned ppk_asks;
    char redirect_to[256], warning[300];                   /* the last one */
    void (*saw_ask)(struct ladder *l, const ike_ask *ask); /* looks at it first, and may answer it itself */
    void *user;
    ike_path_change path_change;
    /* the answer to an EAP request: the verdict; NULL: refused */
    int (*eap)(void *user, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);
    void *eap_user;
    unsigned eap_asks;
    int close_err, child_err, verify_verdict, deny_psk, keep_eap; /* keep_eap: EAP is not answered: ask_id */
    uint32_t ask_id, zero;
    uint16_t close_notify, child_notify;
    ike_up up;
    ike_child child; /* of the last one that came up; its name: */
    char child_name[32];
    uint32_t down_id;
    ike_assigned assigned; /* of the last IKE_EV_CONFIG; leads into the session */
    char reason[256], suite[96], peer_id[160];
    uint8_t inner[2048];
    size_t inner_n;
    struct datagram to_gateway[LADDER_MAX], to_client[LADDER_MAX]; /* last: not cleared, they are large */
};

/* Defaults: PSK on both sides, fake crypto, gateway 192.0.2.1, client 198.51.100.7:40000, IPv4 address asked. */
void ladder_init(struct ladder *l);
int ladder_connect(struct ladder *l); /* makes both ends; ike_connect; drains */
int ladder_again(struct ladder *l);   /* another session for the same gateway, with the ticket */
void ladder_drain(struct ladder *l);  /* client: datagrams to to_gateway, events counted and answered */
int ladder_deliver_out(struct ladder *l, unsigned i); /* hands datagram i to the gateway; its answers wait */
int ladder_deliver_in(struct ladder *l, unsigned i);  /* hands datagram i to the client: result of ike_recv */
void ladder_take(struct ladder *l);                   /* gateway: datagrams to to_client */
void ladder_run(struct ladder *l);                    /* delivers everything both ways until nothing moves */
void ladder_drop(struct ladder *l);                   /* forgets everything on the wire */
void ladder_tick(struct ladder *l);                   /* moves time to the client's deadline */
void ladder_silence(struct ladder *l); /* nothing arrives any more, until the client gives up */
void ladder_free(struct ladder *l);
/* An ICMP echo request of n octets from the client's virtual address to 10.1.1.1. */
size_t ladder_packet(const struct ladder *l, uint8_t *ip, size_t n);
size_t ladder_packet_back(const struct ladder *l, uint8_t *ip, size_t n); /* from there to the client */
int ladder_ping(struct ladder *l); /* sends one of 100 octets behind what waits: 1 if it arrives */

#endif
