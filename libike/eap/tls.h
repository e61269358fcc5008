/* eap/tls.h - a TLS client between EAP messages. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_TLS_H
#define IKE_EAP_TLS_H

#include "eap/room.h"
#include <ike/tls.h>

/* A flight: what came in so far, or what has not gone out yet. */
struct flight {
    uint8_t *p;
    size_t n, at;
};

struct eap_tls {
    const ike_tls *engine;
    void *self; /* its */
    struct flight in, out;
    size_t total; /* of the flight that comes in, 0: not said */
    uint8_t is_over, is_started, zero[6];
    ike_eap_client *client;
};

/* fragments.c */
void ike__flight_drop(struct flight *f);
int ike__flight_add(struct flight *f, const uint8_t *p, size_t n); /* LIMIT, NOMEM */

#endif
