/* state/places.c - where else the gateway may be, and the pairs of addresses to try. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4555 3.6: "The new list of addresses replaces the old information". It serves for probing and nothing else, and a
 * gateway that names more than we keep does not make us try for ever.
 *
 * Not here: when a path is dead, and what follows from an answer (engine/probe.c). */
#include "state/places.h"
#include "base/mem.h"
#include "base/span.h"

/* An address that a gateway can have: not unspecified, not multicast. */
static int is_usable(const ike_addr *a)
{
    static const uint8_t zero[16];

    return memcmp(a->ip, zero, sizeof(zero)) != 0 && (a->family == 4 ? a->ip[0] < 224 : a->ip[0] != 0xff);
}

static int add(ike_addr *list, uint32_t *list_n, const struct ike_notify *n, size_t len)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    a.family = len == 4 ? 4 : 6;
    if (n->data.n != len)
        return 0;
    memcpy(a.ip, n->data.p, len);
    if (*list_n < IKE_PLACES_MAX && is_usable(&a))
        list[(*list_n)++] = a;
    return 1;
}

void ike__places_forget(struct ike_places *p, const ike_alloc *a)
{
    ike__mem_free(a, p->addr, p->n * sizeof(*p->addr));
    p->addr = NULL;
    p->n = 0;
}

int ike__places_read(struct ike_places *p, const ike_alloc *a, const struct ike_msg *msg)
{
    ike_addr fresh[IKE_PLACES_MAX];
    uint32_t fresh_n = 0;
    struct ike_notify n;
    int any = ike__notify_find(msg, IKE_N_NO_ADDITIONAL_ADDRESSES, 0, &n);

    for (uint32_t i = 0; i < msg->n; i++) {
        if (msg->payload[i].type != IKE_P_NOTIFY || ike__notify_read(msg->payload[i].body, &n) < 0)
            continue;
        if (n.type == IKE_N_ADDITIONAL_IP4_ADDRESS)
            any |= add(fresh, &fresh_n, &n, 4);
        else if (n.type == IKE_N_ADDITIONAL_IP6_ADDRESS)
            any |= add(fresh, &fresh_n, &n, 16);
    }
    if (!any)
        return 0;
    ike__places_forget(p, a);
    p->addr = ike__mem_new(a, fresh_n * sizeof(*fresh));
    if (p->addr) {
        memcpy(p->addr, fresh, fresh_n * sizeof(*fresh));
        p->n = fresh_n;
    }
    return 1;
}

static int same_ip(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* Destination number i: where we are, then the gateway's list, then ours. */
static const ike_addr *destination(const struct ike_places *p, const ike_config *cfg, const ike_path *home,
                                   uint32_t i)
{
    if (i == 0)
        return &home->remote;
    if (i <= p->n)
        return &p->addr[i - 1];
    return &cfg->gateways[i - 1 - p->n];
}

int ike__places_pair(const struct ike_places *p, const ike_config *cfg, const ike_path *home, uint32_t k,
                     ike_path *out)
{
    uint32_t destinations = 1 + p->n + cfg->gateways_n;

    for (uint32_t s = 0; s <= cfg->sources_n; s++)
        for (uint32_t d = 0; d < destinations; d++) {
            const ike_addr *from = s == 0 ? &home->local : &cfg->sources[s - 1];
            const ike_addr *to = destination(p, cfg, home, d);

            if (from->family != to->family || (same_ip(from, &home->local) && same_ip(to, &home->remote)) ||
                k-- > 0)
                continue;
            *out = *home;
            out->local = *from;
            out->remote = *to;
            if (from->port == 0)
                out->local.port = home->local.port;
            if (to->port == 0)
                out->remote.port = home->remote.port; /* RFC 4555 3.3: 4500, or the one that was configured */
            return 1;
        }
    return 0;
}
