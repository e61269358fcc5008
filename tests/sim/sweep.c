/* tests/sim/sweep.c - what the two ends of a connection must agree on. SPDX-License-Identifier: Apache-2.0
 *
 * An exchange is always half done at some moment, so an SA that only one end knows is no fault until it has been
 * one for ALONE_US of good weather: that is the time of a lost peer to be missed (silence, liveness check with all its
 * retransmissions) and the Delete. Never fixed by chance: whoever is still alone then stays so.
 *
 * Not here: what one end must keep by itself (check.c). */
#include "sim/world.h"

#define ALONE_US  (150 * SECOND)
#define AGREED_US (90 * SECOND)
#define LOST_US   (5 * SECOND)

typedef int knows(const struct end *e, uint64_t a, uint64_t b);

static int knows_ike(const struct end *e, uint64_t a, uint64_t b)
{
    for (const struct ike_ike_sa *sa = e->s->sas; sa; sa = sa->next)
        if (sa->spi_i == a && sa->spi_r == b && sa->is_established && !sa->linger_until)
            return 1;
    return 0;
}

/* a: inbound SPI of the one who asks, b: outbound */
static int knows_child(const struct end *e, uint64_t a, uint64_t b)
{
    for (const struct ike_child_sa *c = e->s->children; c; c = c->next)
        if (c->spi_out == a && c->spi_in == b && !c->linger_until)
            return 1;
    return 0;
}

static int is_standing(const struct end *e)
{
    return e->s && e->is_up && e->closes == 0;
}

static struct end *partner(struct world *w, const struct end *e, knows *does, uint64_t a, uint64_t b)
{
    unsigned from = e->site->is_gateway ? 0 : w->clients,
             to = e->site->is_gateway ? w->clients : w->clients + w->gateways;

    for (unsigned i = from; i < to; i++)
        for (struct end *other = w->site[i].end; other; other = other->next)
            if (is_standing(other) && does(other, a, b))
                return other;
    return NULL;
}

static void note_alone(struct world *w, struct end *e, const char *what, uint64_t a, uint64_t b)
{
    struct alone *x = w->alone;

    while (x < w->alone + w->alone_n && !(x->end == e->number && x->a == a && x->b == b))
        x++;
    if (x == w->alone + w->alone_n) {
        if (w->alone_n == ALONE_MAX) {
            check_fail(w, what, e, "more than %u SAs are known to one end only", ALONE_MAX);
            return;
        }
        w->alone_n++;
        *x = (struct alone){.end = e->number, .a = a, .b = b, .since = w->clock.now};
    }
    x->sweep = w->sweep;
    if (w->clock.now - x->since > ALONE_US)
        check_fail(w, what, e, "only this end knows %llx/%llx", (unsigned long long)a, (unsigned long long)b);
}

static void look_for_alone(struct world *w, struct end *e)
{
    for (const struct ike_ike_sa *sa = e->s->sas; sa; sa = sa->next)
        if (sa->is_established && !sa->linger_until && !partner(w, e, knows_ike, sa->spi_i, sa->spi_r))
            note_alone(w, e, "ike-sa-alone", sa->spi_i, sa->spi_r);
    for (const struct ike_child_sa *c = e->s->children; c; c = c->next)
        if (!c->linger_until && !partner(w, e, knows_child, c->spi_in, c->spi_out))
            note_alone(w, e, "child-alone", c->spi_in, c->spi_out);
}

static void forget_old(struct world *w)
{
    for (unsigned i = 0; i < w->alone_n;)
        if (w->alone[i].sweep != w->sweep)
            w->alone[i] = w->alone[--w->alone_n];
        else
            i++;
}

static int sends(const struct end *e, const struct end *to)
{
    for (const struct ike_child_sa *c = e->s->children; c; c = c->next)
        if (c->may_send && c->sa == e->s->sa && knows_child(to, c->spi_in, c->spi_out))
            return 1;
    return 0;
}

/* The current IKE SA of a client is its gateway's, and packets have a child each way. */
static int agrees(struct world *w, struct site *c)
{
    struct end *e = host_current(c), *g;

    if (!e || !is_standing(e))
        return 0;
    g = partner(w, e, knows_ike, e->s->sa->spi_i, e->s->sa->spi_r);
    return g && g->s->sa->spi_i == e->s->sa->spi_i && g->s->sa->spi_r == e->s->sa->spi_r && sends(e, g) &&
           sends(g, e);
}

void check_sweep(struct world *w)
{
    w->sweep++;
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        for (struct end *e = w->site[i].end; e; e = e->next)
            if (is_standing(e))
                look_for_alone(w, e);
    forget_old(w);
    for (unsigned i = 0; i < w->clients; i++)
        if (agrees(w, &w->site[i]))
            w->agreed_at[i] = w->clock.now;
}

/* What the host was told is what there is. */
static void check_events(struct world *w, struct end *e)
{
    for (unsigned i = 0; i < e->up_n; i++)
        if (!ike__session_child_by_id(e->s, e->up[i]))
            check_fail(w, "events-of-children", e, "child %u is said to be up", e->up[i]);
    for (const struct ike_child_sa *c = e->s->children; c; c = c->next) {
        unsigned i = 0;
        while (i < e->up_n && e->up[i] != c->id)
            i++;
        if (c->may_send && i == e->up_n)
            check_fail(w, "events-of-children", e, "nobody spoke of child %u", c->id);
    }
}

void check_quiet(struct world *w)
{
    ike_time until = w->clock.now - LOST_US, from = until - AGREED_US / 3;

    for (unsigned i = 0; i < w->clients; i++)
        if (w->clock.now - w->agreed_at[i] > AGREED_US)
            check_fail(w, "agreement", host_current(&w->site[i]), "client %u and its gateway do not agree",
                       i);
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        for (struct end *e = w->site[i].end; e; e = e->next)
            if (is_standing(e))
                check_events(w, e);
    for (size_t i = 0; i < w->inner_n; i++) {
        const struct inner *p = &w->inner[i];
        if (p->at > from && p->at < until && !p->arrived && !p->may_be_lost)
            check_fail(w, "lost", NULL,
                       "inner packet %zu of client %u, sent %s at %.3f by #%u, in good weather", i, p->client,
                       p->to_gateway ? "up" : "down", (double)p->at / 1e6, p->from);
    }
}
