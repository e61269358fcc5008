/* tests/bench/pair.h - a session and a gateway in one process; only the session's CPU time is counted. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_BENCH_PAIR_H
#define IKE_TESTS_BENCH_PAIR_H

#include "lib.h"
#include "peer/peer.h"
#include <ike/keystore.h>

enum pair_auth { PAIR_PSK, PAIR_ECDSA };
enum pair_phase { PAIR_NEW, PAIR_INIT_OUT, PAIR_INIT_IN, PAIR_AUTH_IN, PAIR_FREE, PAIR_PHASES };
extern const char *const pair_phase_name[PAIR_PHASES];

struct pair_lab { /* what many connections share */
    const ike_crypto *crypto;
    enum pair_auth auth;
    ike_keystore keys[2]; /* the client's, the gateway's; ECDSA only */
    ike_span certs[2][4];
    uint32_t certs_n[2];
    uint8_t certreq[64];
    ike_config cfg;
    struct peer_config pcfg;
    const ike_alloc *alloc; /* the client's; NULL: malloc */
    /* around everything that the client does; NULL: nothing */
    void (*enter)(void);
    void (*leave)(void);
};

struct pair { /* one connection */
    ike_session *s;
    struct peer *peer;
    ike_time now;
    double us[PAIR_PHASES];                /* of the client */
    unsigned packets, octets, round_trips; /* both ways; octets: IP and UDP headers included */
    int is_up, zero;
    double from;
};

/* Keys and certificates from tests/pki. They end the program if anything is wrong. */
void pair_lab_open(struct pair_lab *lab, const ike_crypto *crypto, enum pair_auth auth);
void pair_lab_close(struct pair_lab *lab);
/* Connects; p->is_up says whether it stands. Nobody may fail here: ends the program otherwise. */
void pair_connect(struct pair *p, const struct pair_lab *lab);
void pair_free(struct pair *p, const struct pair_lab *lab);
/* The client's answer to an ask, as a key store gives it. */
int pair_answer(const struct pair_lab *lab, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);
double pair_total_us(const struct pair *p);

#endif
