/* tests/sim/net.c - a network that delays, loses, repeats and damages datagrams, with NATs in it. SPDX-License-Identifier: Apache-2.0
 *
 * Translation happens where a NAT does it: on the way out when a client sends, on the way in when the answer comes,
 * so that a mapping may die between the two. */
#include "sim/world.h"
#include <stdio.h>
#include <stdlib.h>

struct dgram {
    struct site *from;
    ike_path path; /* the sender's view, behind its NAT */
    size_t n;
    int is_bad;
    uint8_t p[];
};

static int same_ip(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

static int same_socket(const ike_addr *a, const ike_addr *b)
{
    return same_ip(a, b) && a->port == b->port;
}

/* ---- NAT ---- */

static int is_alive(const struct world *w, const struct nat *nat, const struct mapping *m)
{
    return m->port != 0 && w->clock.now - m->used < nat->lifetime;
}

static void nat_out(struct world *w, struct nat *nat, ike_addr *source, const ike_addr *dest)
{
    struct mapping *m = nat->map;

    for (unsigned i = 0; i < MAPPINGS; i++) {
        struct mapping *other = &nat->map[i];
        if (is_alive(w, nat, other) && same_socket(&other->inside, source) &&
            same_socket(&other->dest, dest)) {
            m = other;
            break;
        }
        if (other->used < m->used)
            m = other;
    }
    if (!is_alive(w, nat, m) || !same_socket(&m->inside, source) || !same_socket(&m->dest, dest)) {
        m->inside = *source;
        m->dest = *dest;
        m->port = (uint16_t)dice_between(&w->dice, 1024, 65535);
    }
    m->used = w->clock.now;
    *source = nat->outside;
    source->port = m->port;
}

/* 1: *dest is translated. RFC 4787 leaves filtering open; this one lets in only who was spoken to. */
static int nat_in(struct world *w, struct nat *nat, ike_addr *dest, const ike_addr *source)
{
    for (unsigned i = 0; i < MAPPINGS; i++) {
        struct mapping *m = &nat->map[i];
        if (is_alive(w, nat, m) && m->port == dest->port && same_socket(&m->dest, source)) {
            m->used = w->clock.now;
            *dest = m->inside;
            return 1;
        }
    }
    return 0;
}

void net_rebind(struct site *client)
{
    memset(client->nat.map, 0, sizeof(client->nat.map));
}

/* ---- arrival ---- */

static void say(struct site *at, const char *what, size_t n)
{
    char line[80];

    if (!at->w->verbose)
        return;
    snprintf(line, sizeof(line), "    (%s, %zu octets)", what, n);
    world_say(at->w, at->end, line);
}

static int reaches_client(struct world *w, struct site *c, struct dgram *d)
{
    if (c->has_nat &&
        !(same_ip(&c->nat.outside, &d->path.remote) && nat_in(w, &c->nat, &d->path.remote, &d->path.local)))
        return 0;
    return same_ip(&c->addr, &d->path.remote) && c->port == d->path.remote.port;
}

/* The socket had kept it, or it is there just now. */
static void read_socket(struct world *w, void *what, uint64_t client)
{
    struct dgram *d = what;
    struct site *c = &w->site[client];
    ike_path seen = {.local = d->path.remote, .remote = d->path.local};

    if (host_current(c) && !c->is_asleep)
        host_recv(host_current(c), &seen, d->p, d->n, d->is_bad);
    free(d);
}

static void to_client(struct world *w, struct dgram *d)
{
    unsigned i = 0;
    struct site *c;

    while (i < w->clients && !reaches_client(w, &w->site[i], d))
        i++;
    c = &w->site[i];
    if (i == w->clients || (c->cut & CUT_DOWN) || c->is_offline)
        free(d);
    else if (c->is_asleep && dice_chance(&w->dice, 200))
        clock_at(&w->clock, c->wakes_at + dice_below(&w->dice, 2), read_socket, d, i);
    else
        read_socket(w, d, i);
}

static void to_gateway(struct world *w, struct dgram *d)
{
    ike_path seen = {.local = d->path.remote, .remote = d->path.local};

    for (unsigned i = 0; i < w->gateways; i++) {
        struct site *g = world_gateway(w, i);
        if (same_ip(&g->addr, &d->path.remote) && !g->is_dead)
            gateway_recv(w, g, d->from->number, &seen, d->p, d->n, d->is_bad);
    }
}

static void arrive(struct world *w, void *what, uint64_t arg)
{
    struct dgram *d = what;

    (void)arg;
    w->arrived++;
    if (d->from->is_gateway) {
        to_client(w, d);
        return;
    }
    if (!(d->from->cut & CUT_UP))
        to_gateway(w, d);
    free(d);
}

void net_forget(struct world *w)
{
    for (size_t i = 0; i < w->clock.n; i++)
        if (w->clock.heap[i].run == arrive || w->clock.heap[i].run == read_socket)
            free(w->clock.heap[i].what);
}

/* ---- departure ---- */

static int is_init(const uint8_t *p, size_t n)
{
    size_t at = n > 4 && memcmp(p, "\0\0\0\0", 4) == 0 ? 4 : 0;

    return n > at + 18 && p[at + 18] == 34;
}

static void damage(struct world *w, struct dgram *d)
{
    const struct weather *x = &w->weather;
    int was_init = is_init(d->p, d->n);

    if (dice_chance(&w->dice, x->flip)) {
        uint64_t bit = dice_below(&w->dice, 8 * d->n);
        d->p[bit / 8] = (uint8_t)(d->p[bit / 8] ^ 1u << bit % 8);
        d->is_bad = 1;
    } else if (dice_chance(&w->dice, x->cut_short)) {
        d->n = dice_below(&w->dice, d->n);
        d->is_bad = 1;
    }
    if (d->is_bad && was_init)
        d->is_bad = HARMED_INIT;
    if (d->is_bad)
        say(d->from, "damaged", d->n);
}

static ike_time when(struct world *w)
{
    const struct weather *x = &w->weather;
    ike_time at = w->clock.now + x->delay_us + dice_below(&w->dice, x->jitter_us + 1);

    if (dice_chance(&w->dice, x->reorder))
        at += dice_below(&w->dice, dice_chance(&w->dice, 100) ? 30 * SECOND : SECOND);
    return at;
}

/* Each network has its own width; nobody says so. What a host would send without DF is cut, and arrives. */
static int is_too_large(const struct site *from, const uint8_t *p, size_t n)
{
    static const size_t width[] = {1500, 1280, 1452, 1400, 1333};
    ike_stats st = IKE_STATS_INIT;

    if (!from->w->is_narrow || from->is_gateway || n + 28 <= width[from->moves % 5] || !from->end ||
        !from->end->s)
        return 0;
    (void)ike_session_stats(from->end->s, &st);
    return ike_mtu_is_probe(from->end->s) ||
           (ike__be32(p) != 0 && st.path_mtu > 1280 && n + 28 <= st.path_mtu);
}

void net_send(struct site *from, const ike_path *path, const uint8_t *p, size_t n)
{
    struct world *w = from->w;
    ike_path as = *path;
    unsigned copies = dice_chance(&w->dice, w->weather.dup) ? 2 : 1;

    w->datagrams++;
    if (!from->is_gateway) {
        /* The system sends from the address it has, whatever a session believes. */
        memcpy(as.local.ip, from->addr.ip, sizeof(as.local.ip));
        if ((from->cut & CUT_UP) || from->is_offline)
            copies = 0;
        else if (from->has_nat)
            nat_out(w, &from->nat, &as.local, &as.remote);
    }
    if (copies == 0 || is_too_large(from, p, n) || dice_chance(&w->dice, w->weather.loss)) {
        say(from, "lost", n);
        return;
    }
    for (; copies > 0; copies--) {
        struct dgram *d = malloc(sizeof(*d) + n);
        if (!d)
            abort();
        memset(d, 0, sizeof(*d));
        d->from = from;
        d->path = as;
        d->n = n;
        memcpy(d->p, p, n);
        damage(w, d);
        clock_at(&w->clock, when(w), arrive, d, 0);
    }
}
