/* eap/tls.h - a TLS client between EAP messages. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_TLS_H
#define IKE_EAP_TLS_H

#include "eap/room.h"
#include <mbedtls/ssl.h>

/* A flight: what came in so far, or what has not gone out yet. */
struct flight {
    uint8_t *p;
    size_t n, at;
};

struct eap_tls {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt anchors, own;
    struct flight in, out;
    size_t total; /* of the flight that comes in, 0: not said */
    uint8_t is_over, is_started, has_keys, zero[5];
    /* what the exporter needs (RFC 5246 8.1) */
    uint8_t master[48], randoms[64];
    int prf;
    ike_eap_client *client;
};

/* fragments.c */
void ike__flight_drop(struct flight *f);
int ike__flight_add(struct flight *f, const uint8_t *p, size_t n); /* LIMIT, NOMEM */

#endif
