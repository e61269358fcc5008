/* state/paths.h - where the peer is, and what is known about NAT on the way (RFC 7296 2.23). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_PATHS_H
#define IKE_STATE_PATHS_H

#include "wire/payloads.h"
#include <ike/ike.h>

#define IKE_PORT      500u
#define IKE_PORT_NATT 4500u

struct ike_paths {
    ike_path now;          /* where our requests and ESP go */
    uint8_t is_custom;     /* a port of its own: marker always, no switch */
    uint8_t peer_has_natt; /* it sent NAT_DETECTION_* */
    uint8_t nat_local, nat_remote;
    uint16_t first_port; /* of the gateway, as ike_connect had it: where another handshake begins */
    uint8_t is_narrow;   /* fragments of the usual size were lost: smaller ones from now on */
    uint8_t zero;
};

/* Errors: USAGE (no address, families that differ). */
int ike__paths_init(struct ike_paths *p, const ike_path *path);
/* Another path: what next leaves open stays as it was. Errors: USAGE (no address, families that differ). */
int ike__paths_move(struct ike_paths *p, const ike_path *next);
/* Octets of the IP and UDP headers around a datagram on this path. */
uint32_t ike__paths_around(const ike_path *path);
/* Does IKE carry the non-ESP marker on this path? */
int ike__paths_marked(const ike_path *path);
/* The two notifies of a request. forced: a source hash that can never match (RFC 7296 2.23 leaves it to us). */
int ike__paths_write_natd(const struct ike_paths *p, const ike_crypto *c, uint64_t spi_i, uint64_t spi_r,
                          int forced, struct ike_msg_out *o);
/* What the peer's notifies say about the way its message took. Errors: CRYPTO. */
int ike__paths_read_natd(struct ike_paths *p, const ike_crypto *c, const struct ike_msg *msg);
/* 500 -> 4500 from now on. */
void ike__paths_float(struct ike_paths *p);

#endif
