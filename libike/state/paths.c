/* state/paths.c - where the peer is, and what is known about NAT on the way. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.23. NAT is found with hashes of what each side believes the addresses to be. Facts are
 * only what the peer's hashes say; pretending to be behind a NAT (IKE_ENCAP_UDP) changes what we send, not what
 * we find.
 *
 * Not here: changing the path (MOBIKE), keepalives (engine/tick.c), the hash (crypto/natd.c). */
#include "state/paths.h"
#include "base/span.h"
#include "crypto/natd.h"

int ike__paths_init(struct ike_paths *p, const ike_path *path)
{
    uint8_t family = path->remote.family;

    if ((family != 4 && family != 6) || path->local.family != family)
        return IKE_E_USAGE;
    memset(p, 0, sizeof(*p));
    p->now = *path;
    if (p->now.remote.port == 0)
        p->now.remote.port = IKE_PORT;
    p->is_custom = p->now.remote.port != IKE_PORT;
    p->first_port = p->now.remote.port;
    return 0;
}

int ike__paths_move(struct ike_paths *p, const ike_path *next)
{
    ike_path to = *next;

    if (to.remote.family == 0)
        to.remote = p->now.remote;
    if (to.remote.port == 0)
        to.remote.port = p->now.remote.port;
    if ((to.local.family != 4 && to.local.family != 6) || to.local.family != to.remote.family)
        return IKE_E_USAGE;
    p->now = to;
    p->is_narrow = 0;
    return 0;
}

uint32_t ike__paths_around(const ike_path *path)
{
    return (path->remote.family == 4 ? 20u : 40u) + 8u;
}

int ike__paths_marked(const ike_path *path)
{
    return path->remote.port != IKE_PORT;
}

int ike__paths_write_natd(const struct ike_paths *p, const ike_crypto *c, uint64_t spi_i, uint64_t spi_r,
                          int forced, struct ike_msg_out *o)
{
    ike_addr source = p->now.local;
    uint8_t hash[20];
    int err;

    if (forced) /* No datagram comes from port 0: the peer sees a NAT and wraps ESP in UDP. */
        source.port = 0;
    err = ike__natd_hash(c, spi_i, spi_r, &source, hash);
    if (err < 0)
        return err;
    ike__notify_write(o, IKE_N_NAT_DETECTION_SOURCE_IP, ike__span(hash, sizeof(hash)));
    err = ike__natd_hash(c, spi_i, spi_r, &p->now.remote, hash);
    if (err < 0)
        return err;
    ike__notify_write(o, IKE_N_NAT_DETECTION_DESTINATION_IP, ike__span(hash, sizeof(hash)));
    return 0;
}

/* 1 if one of the notifies of this type holds the hash of addr; *seen: how many there were. */
static int some_match(const ike_crypto *c, const struct ike_msg *msg, uint16_t type, const ike_addr *addr,
                      uint32_t *seen)
{
    struct ike_notify n;
    uint8_t hash[20];

    if (ike__natd_hash(c, msg->header.spi_i, msg->header.spi_r, addr, hash) < 0)
        return IKE_E_CRYPTO;
    for (*seen = 0; ike__notify_find(msg, type, *seen, &n); ++*seen)
        if (ike__span_equal(n.data, ike__span(hash, sizeof(hash))))
            return 1;
    return 0;
}

int ike__paths_read_natd(struct ike_paths *p, const ike_crypto *c, const struct ike_msg *msg)
{
    uint32_t sources, destinations;
    /* RFC 7296 2.23: several source notifies come from a peer with several addresses: match any. */
    int source = some_match(c, msg, IKE_N_NAT_DETECTION_SOURCE_IP, &p->now.remote, &sources);
    int destination = some_match(c, msg, IKE_N_NAT_DETECTION_DESTINATION_IP, &p->now.local, &destinations);

    if (source < 0 || destination < 0)
        return IKE_E_CRYPTO;
    p->peer_has_natt = (source || sources > 0) && (destination || destinations > 0);
    p->nat_remote = p->peer_has_natt && !source;
    p->nat_local = p->peer_has_natt && !destination;
    return 0;
}

void ike__paths_float(struct ike_paths *p)
{
    if (p->is_custom || p->now.remote.port != IKE_PORT)
        return;
    p->now.remote.port = IKE_PORT_NATT;
    /* A host with sockets on both well-known ports changes both ends; others keep their one port. */
    if (p->now.local.port == IKE_PORT)
        p->now.local.port = IKE_PORT_NATT;
}
