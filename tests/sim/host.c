/* tests/sim/host.c - a session and the loop that every host writes around it. SPDX-License-Identifier: Apache-2.0
 *
 * The loop of ike.h and nothing more, so that what holds here holds in any host that keeps the pump rule. */
#include "sim/world.h"
#include "base/span.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- memory: counted, and released with the size it was asked with ---- */

static void *counted_alloc(void *self, size_t n)
{
    struct memory *m = self;
    size_t *p;

    if (m->fails && dice_chance(m->dice, m->fails))
        return NULL;
    p = calloc(1, n + 2 * sizeof(size_t)); /* two: aligned for any type */
    if (!p)
        abort();
    p[0] = n;
    m->now += n;
    if (m->now > m->most)
        m->most = m->now;
    return p + 2;
}

static void counted_release(void *self, void *p, size_t n)
{
    struct memory *m = self;
    size_t *head = (size_t *)p - 2;

    m->wrong += head[0] != n;
    m->now -= head[0];
    free(head);
}

static void on_log(void *user, const ike_log *rec)
{
    struct end *e = user;

    if (e->site->w->verbose && rec->level <= IKE_LOG_LADDER)
        world_say(e->site->w, e, rec->text);
}

struct end *host_end(struct site *site)
{
    struct end *e = calloc(1, sizeof(*e));

    if (!e)
        abort();
    e->site = site;
    e->number = site->w->ends++;
    e->client = site->number;
    e->next = site->end;
    site->end = e;
    e->armed = IKE_NEVER;
    e->began = site->w->clock.now;
    e->alloc = (ike_alloc){counted_alloc, counted_release, &e->memory};
    e->memory.dice = &site->w->dice;
    crypto_fake_init(&e->crypto, dice_roll(&site->w->dice));
    return e;
}

void host_session(struct end *e, const ike_config *cfg)
{
    ike_env env = IKE_ENV_INIT;
    const char *why;

    env.crypto = &e->crypto.table;
    env.alloc = &e->alloc;
    env.log = on_log;
    env.user = e;
    if (ike_session_new(&e->s, cfg, &env, &why) < 0) {
        fprintf(stderr, "sim: %s\n", why);
        abort();
    }
}

struct end *host_current(struct site *client)
{
    return client->end && client->end->s ? client->end : NULL;
}

static void connect_again(struct world *w, void *what, uint64_t arg)
{
    struct site *c = what;

    (void)arg;
    if (!host_current(c) && !w->is_ending)
        host_connect(c);
}

void host_connect(struct site *c)
{
    struct world *w = c->w;
    struct end *e;
    ike_path path;

    if (c->is_asleep || c->is_offline) {
        clock_at(&w->clock, w->clock.now + SECOND, connect_again, c, 0);
        return;
    }
    memset(&path, 0, sizeof(path));
    e = host_end(c);
    host_session(e, &c->cfg);
    if (dice_chance(&w->dice, 200))
        c->home = (unsigned)dice_below(&w->dice, w->gateways);
    path.local = c->addr;
    path.local.port = c->port;
    path.remote = world_gateway(w, c->home)->addr;
    path.remote.port = c->cfg.encap == IKE_ENCAP_UDP && dice_chance(&w->dice, 500) ? 0 : 4500;
    if (ike_connect(e->s, &path, w->clock.now) < 0)
        check_fail(w, "connect", e, "refused");
    host_chat(e);
    host_pump(e);
}

void host_free(struct end *e)
{
    struct world *w = e->site->w;

    ike_session_free(e->s);
    peer_free(e->peer);
    e->s = NULL;
    e->peer = NULL;
    if (e->memory.now != 0)
        check_fail(w, "memory-back", e, "%zu octets are left", e->memory.now);
    if (e->memory.wrong != 0)
        check_fail(w, "memory-size", e, "%u releases with another size", e->memory.wrong);
}

/* ---- the pump ---- */

/* The host lets go of a session that said CLOSED; a client's tries again. */
static void over(struct world *w, void *what, uint64_t arg)
{
    struct end *e = what;
    uint8_t ip[INNER_MIN] = {0x45}, out[256];
    ike_path to;

    (void)arg;
    if (!e->s)
        return;
    if (ike_seal(e->s, ip, sizeof(ip), out, sizeof(out), &to, w->clock.now) != IKE_E_CLOSED)
        check_fail(w, "sealed-when-closed", e, " ");
    if (ike_deadline(e->s) != IKE_NEVER)
        check_fail(w, "deadline-when-closed", e, " ");
    host_free(e);
    if (!e->site->is_gateway)
        clock_at(&w->clock, w->clock.now + dice_between(&w->dice, SECOND / 10, 10 * SECOND), connect_again,
                 e->site, 0);
}

static void answer(struct world *w, void *what, uint64_t ask_id)
{
    struct end *e = what;

    if (!e->s)
        return;
    (void)ike_answer(e->s, (uint32_t)ask_id, 0, ike__span_text("a secret of the tests"), w->clock.now);
    host_pump(e);
}

static void talk_soon(struct world *w, unsigned client);

static void on_event(struct world *w, struct end *e, const ike_event *ev)
{
    char line[80];

    snprintf(line, sizeof(line), "    (event %u, err %d, child %u)", ev->type, ev->err,
             ev->type == IKE_EV_CHILD_UP || ev->type == IKE_EV_CHILD_DOWN ? ev->u.child.id
             : ev->type == IKE_EV_REKEYED                                 ? ev->u.rekeyed.child_id
                                                                          : 0);
    world_say(w, e, line);
    if (e->closes > 0)
        check_fail(w, "event-behind-closed", e, "type %u", ev->type);
    switch (ev->type) {
    case IKE_EV_UP:
        e->is_up = 1;
        e->memory.fails = w->memory_fails;
        break;
    case IKE_EV_CHILD_UP:
        e->child_up = w->clock.now;
        if (e->up_n < UP_MAX)
            e->up[e->up_n++] = ev->u.child.id;
        break;
    case IKE_EV_CHILD_DOWN:
        for (unsigned i = 0; i < e->up_n; i++)
            if (e->up[i] == ev->u.child.id)
                e->up[i] = e->up[--e->up_n];
        break;
    case IKE_EV_ASK:
        clock_at(&w->clock, w->clock.now + dice_below(&w->dice, SECOND / 4), answer, e, ev->u.ask.id);
        break;
    case IKE_EV_REKEYED:
        talk_soon(w, e->client);
        break;
    case IKE_EV_CLOSED:
        e->closes++;
        if (ev->err == 0 || ev->u.closed.reason[0] == 0)
            check_fail(w, "closed-without-reason", e, "err %d", ev->err);
        if (ev->err == IKE_E_TIMEOUT)
            check_patience(w, e);
        if (e->close_called && w->clock.now > e->close_called + 2 * SECOND + SECOND / 10 &&
            !e->site->is_asleep)
            check_fail(w, "close-in-time", e, "after %llu us",
                       (unsigned long long)(w->clock.now - e->close_called));
        clock_at(&w->clock, w->clock.now, over, e, 0);
        break;
    default:
        break;
    }
}

static void tick(struct world *w, void *what, uint64_t at)
{
    struct end *e = what;

    if (at != e->armed)
        return; /* armed for an earlier time meanwhile */
    e->armed = IKE_NEVER;
    if (!e->s || e->site->is_asleep)
        return;
    if (ike_deadline(e->s) <= w->clock.now) {
        (void)ike_tick(e->s, w->clock.now);
        host_pump(e);
        check_ticked(w, e);
    } else {
        host_pump(e);
    }
}

static void arm(struct end *e)
{
    struct world *w = e->site->w;
    ike_time due = ike_deadline(e->s);

    if (due == IKE_NEVER)
        return;
    if (due < w->clock.now)
        due = w->clock.now;
    else if (dice_chance(&w->dice, 100)) /* timers are late */
        due += dice_below(&w->dice, SECOND / 10);
    if (due >= e->armed)
        return;
    e->armed = due;
    clock_at(&w->clock, due, tick, e, due);
}

void host_pump(struct end *e)
{
    struct world *w = e->site->w;
    ike_event ev = IKE_EVENT_INIT;
    uint8_t out[65536];
    ike_path to;
    int n;

    while ((n = ike_poll_send(e->s, out, sizeof(out), &to, w->clock.now)) > 0) {
        check_sent(w, e, out, (size_t)n);
        net_send(e->site, &to, out, (size_t)n);
    }
    while (ike_poll_event(e->s, &ev) == 1)
        on_event(w, e, &ev);
    check_end(w, e);
    arm(e);
}

void host_wake(struct end *e)
{
    e->armed = e->site->w->clock.now;
    e->close_called = 0; /* whoever sleeps is late */
    tick(e->site->w, e, e->armed);
}

void host_recv(struct end *e, const ike_path *seen, uint8_t *p, size_t n, int is_bad)
{
    struct world *w = e->site->w;
    int looks = is_bad || dice_chance(&w->dice, 100);
    uint64_t before = looks ? check_digest(e->s) : 0;
    int is_esp = n >= 4 && memcmp(p, "\0\0\0\0", 4) != 0;
    ike_span inner;
    int err = ike_recv(e->s, seen, p, n, &inner, w->clock.now);

    if (looks && err == IKE_E_DISCARD && check_digest(e->s) != before)
        check_fail(w, "silence-changes-nothing", e, "a discarded datagram of %zu octets did", n);
    if (is_bad == HARMED && err == 0 && n > 1) /* one octet: a keepalive */
        check_fail(w, "forged", e, "a damaged datagram of %zu octets was taken", n);
    if (err == 0 && !is_esp && !is_bad)
        check_received(w, e, p, n);
    if (inner.n > 0)
        check_inner(w, e, inner);
    host_pump(e);
}

void host_close(struct end *e)
{
    struct world *w = e->site->w;

    if (ike_close(e->s, w->clock.now) == 0 && e->close_called == 0)
        e->close_called = w->clock.now;
    host_pump(e);
}

/* ---- inner packets ---- */

/* One in the batch of one, or the plain call: they must be the same. */
static int seal(struct end *e, const uint8_t *ip, size_t n, uint8_t *out, size_t cap, ike_path *to)
{
    struct world *w = e->site->w;
    ike_packet pkt = {.buf = out, .cap = cap, .off = IKE_HEADROOM, .n = (uint32_t)n};
    int got;

    if (dice_chance(&w->dice, 500))
        return ike_seal(e->s, ip, n, out, cap, to, w->clock.now);
    memcpy(out + pkt.off, ip, n);
    got = ike_seal_n(e->s, &pkt, 1, to, w->clock.now);
    if (got <= 0)
        return got < 0 ? got : pkt.err;
    memmove(out, out + pkt.off, pkt.n);
    return (int)pkt.n;
}

static void talk(struct end *e)
{
    struct world *w = e->site->w;
    const struct site *c = &w->site[e->client];
    uint8_t ip[1400], out[1500];
    size_t len = dice_between(&w->dice, INNER_MIN, dice_chance(&w->dice, 100) ? 1300 : 120);
    size_t n = check_make_inner(c, e->site->is_gateway, w->inner_n, len, ip);
    ike_path to;
    int got = seal(e, ip, n, out, sizeof(out), &to);

    check_sealed(w, e, ip, n, out, got);
    if (got > 0)
        net_send(e->site, &to, out, (size_t)got);
    else if (got == IKE_E_TS) /* no child: silence is no sign of anything, so a host asks */
        (void)ike_check_alive(e->s, w->clock.now);
}

static void talk_once(struct world *w, void *what, uint64_t arg)
{
    struct end *e = what;

    (void)w;
    (void)arg;
    if (!e->s || e->site->is_asleep)
        return;
    talk(e);
    host_pump(e);
}

/* Both ends, while one SA follows another: what is on its way must not be lost. */
static void talk_soon(struct world *w, unsigned client)
{
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        for (struct end *e = w->site[i].end; e; e = e->next)
            for (int n = 0; e->s && e->client == client && n < 3; n++)
                clock_at(&w->clock, w->clock.now + dice_below(&w->dice, SECOND / 10), talk_once, e, 0);
}

static ike_time pause(struct world *w)
{
    if (w->healed_at || w->is_ending)
        return dice_between(&w->dice, SECOND / 2, 5 * SECOND);
    switch (dice_below(&w->dice, 8)) {
    case 0:
        return dice_between(&w->dice, 300 * SECOND, 3600 * SECOND);
    case 1:
    case 2:
        return dice_between(&w->dice, 5 * SECOND, 60 * SECOND);
    default:
        return dice_between(&w->dice, 1000, 5 * SECOND);
    }
}

static void chat(struct world *w, void *what, uint64_t turn)
{
    struct end *e = what;
    uint64_t n = w->healed_at || dice_chance(&w->dice, 800) ? 1 : dice_between(&w->dice, 2, 30);

    if (!e->s || turn != e->talks_at)
        return;
    for (; n > 0 && e->s && !e->site->is_asleep; n--) {
        talk(e);
        host_pump(e);
    }
    clock_at(&w->clock, w->clock.now + pause(w), chat, e, turn);
}

void host_chat(struct end *e)
{
    struct world *w = e->site->w;

    clock_at(&w->clock, w->clock.now + dice_below(&w->dice, 2 * SECOND), chat, e, ++e->talks_at);
}
