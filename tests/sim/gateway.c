/* tests/sim/gateway.c - many connections behind one address. SPDX-License-Identifier: Apache-2.0
 *
 * The scripted peer takes a handshake; when it is up, a session adopts what it has. Finding the connection of a
 * datagram is what a gateway does and a client never has to. */
#include "sim/world.h"
#include "state/narrow.h"
#include <stdlib.h>

#define HALF_OPEN_US (60 * SECOND)

static void give_up(struct world *w, void *what, uint64_t arg)
{
    struct end *e = what;

    (void)w;
    (void)arg;
    if (e->peer)
        host_free(e);
}

static struct end *accept(struct world *w, struct site *g, unsigned client)
{
    struct end *e = host_end(g);
    struct peer_config cfg;

    memset(&cfg, 0, sizeof(cfg));
    cfg.crypto = &e->crypto.table;
    cfg.id = g->id;
    cfg.psk = ike__span_text("a secret of the tests");
    cfg.pool4 = w->site[client].inner;
    cfg.esp_suites = g->cfg.esp_suites;
    cfg.fragment_size = g->cfg.fragment_size;
    cfg.script = g->script;
    e->client = client;
    if (peer_new(&e->peer, &cfg) < 0)
        abort();
    e->peer->env.alloc = &e->alloc;
    clock_at(&w->clock, w->clock.now + HALF_OPEN_US, give_up, e, 0);
    return e;
}

static void adopt(struct world *w, struct end *e)
{
    struct site *g = e->site;
    ike_config cfg = g->cfg;
    ike_ts inside = ike__ts_host(&w->site[e->client].inner);

    cfg.remote_id = w->site[e->client].id;
    cfg.ts_remote = &inside;
    cfg.ts_remote_n = 1;
    host_session(e, &cfg);
    (void)peer_adopt(e->peer, e->s, w->clock.now);
    peer_free(e->peer);
    e->peer = NULL;
    e->is_up = 1;
    e->memory.fails = w->memory_fails;
    e->child_up = w->clock.now;
    if (e->s->children)
        e->up[e->up_n++] = e->s->children->id;
    world_say(w, e, "    (adopted)");
    host_chat(e);
    host_pump(e);
}

/* A repeated IKE_SA_INIT gets the same answer (RFC 7296 2.1); the scripted peer alone would make new keys. */
static int repeats_init(struct peer *p, const uint8_t *p0, size_t n)
{
    if (p->next_in != 1 || p->init_received_n != n || memcmp(p->init_received, p0, n) != 0)
        return 0;
    ike__flight_again(&p->response);
    return 1;
}

static void to_peer(struct world *w, struct end *e, const ike_path *seen, uint8_t *p, size_t n)
{
    size_t mark = seen->local.port == 500 ? 0 : 4;
    uint8_t out[8192];
    ike_span inner;
    ike_path to;
    int got;

    if (n <= mark || !repeats_init(e->peer, p + mark, n - mark))
        (void)peer_recv(e->peer, seen, p, n, &inner);
    while ((got = peer_poll_send(e->peer, out, sizeof(out), &to)) > 0)
        net_send(e->site, &to, out, (size_t)got);
    if (e->peer->is_up)
        adopt(w, e);
}

static int has_sa(const struct end *e, const struct ike_header *h)
{
    if (e->peer)
        return e->peer->sa.spi_i == h->spi_i &&
               (h->exchange == IKE_X_IKE_SA_INIT || e->peer->sa.spi_r == h->spi_r);
    for (const struct ike_ike_sa *sa = e->s ? e->s->sas : NULL; sa; sa = sa->next)
        if (sa->spi_i == h->spi_i && sa->spi_r == h->spi_r)
            return 1;
    return 0;
}

static struct end *of_ike(struct world *w, struct site *g, unsigned client, ike_span body)
{
    struct ike_header h;
    struct end *e = g->end;

    if (ike__header_read(body, &h) < 0)
        return NULL;
    while (e && !has_sa(e, &h))
        e = e->next;
    if (!e && h.exchange == IKE_X_IKE_SA_INIT && h.spi_r == 0 && (h.flags & IKE_FLAG_INITIATOR))
        e = accept(w, g, client);
    return e;
}

static struct end *of_esp(struct site *g, ike_span body)
{
    struct end *e = g->end;

    while (e && !(e->s && ike__session_child(e->s, ike__be32(body.p))))
        e = e->next;
    return e;
}

void gateway_recv(struct world *w, struct site *g, unsigned client, const ike_path *seen, uint8_t *p,
                  size_t n, int is_bad)
{
    struct end *e = NULL;
    ike_span body;

    switch (ike__datagram_kind(ike__span(p, n), seen->local.port != 500, &body)) {
    case IKE_KIND_IKE:
        e = of_ike(w, g, client, body);
        break;
    case IKE_KIND_ESP:
        e = of_esp(g, body);
        break;
    default:
        break;
    }
    if (!e && is_bad) { /* nobody's: whoever serves this client has to see through it */
        e = g->end;
        while (e && !(e->s && e->client == client))
            e = e->next;
    }
    if (e && e->s)
        host_recv(e, seen, p, n, is_bad);
    else if (e && e->peer)
        to_peer(w, e, seen, p, n);
}

void gateway_restart(struct world *w, struct site *g)
{
    (void)w;
    for (struct end *e = g->end; e; e = e->next)
        if (e->s || e->peer)
            host_free(e);
}
