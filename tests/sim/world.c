/* tests/sim/world.c - a world from a seed: storm, good weather, a quiet while, the end. SPDX-License-Identifier: Apache-2.0
 *
 * Storms do what networks, users and gateways do at their worst. What must hold always is checked after every step;
 * what must hold in the end is checked when the weather has been good for longer than anything takes to be noticed. */
#include "sim/world.h"
#include "state/narrow.h"
#include <stdio.h>
#include <stdlib.h>

#define QUIET_US (300 * SECOND)
#define END_US   (120 * SECOND) /* a gateway may have to miss a client that closed before its answer came */

static uint64_t pick(struct world *w, uint64_t lo, uint64_t hi)
{
    return dice_between(&w->dice, lo, hi);
}

static int chance(struct world *w, unsigned per_mille)
{
    return dice_chance(&w->dice, per_mille);
}

void world_say(const struct world *w, const struct end *e, const char *text)
{
    if (!w->verbose)
        return;
    if (e)
        printf("%12.6f %s%u#%-3u %s\n", (double)w->clock.now / 1e6,
               e->site->is_gateway ? "gateway" : " client", e->site->number, e->number, text);
    else
        printf("%12.6f            %s\n", (double)w->clock.now / 1e6, text);
}

/* ---- who is there ---- */

static void make_config(struct world *w, struct site *site)
{
    /* Any two of a row have something in common; different first groups cost INVALID_KE_PAYLOAD. */
    static const char *const esp[2][3] = {{NULL, "aes256gcm16,aes128gcm16", "aes128gcm16,aes256gcm16"},
                                          {"aes256gcm16-curve25519-ecp256", "aes256gcm16-ecp256-curve25519",
                                           "aes128gcm16-ecp256,aes256gcm16-ecp256"}};
    ike_config *c = &site->cfg;
    uint64_t slow = chance(w, 500) ? 10 : 1;

    *c = (ike_config)IKE_CONFIG_INIT;
    c->local_id = site->id;
    c->dpd_s = (uint32_t)pick(w, 3, 40);
    c->natt_keepalive_s = (uint32_t)pick(w, 5, 60);
    c->rekey_ike_s = chance(w, 300) ? IKE_OFF : (uint32_t)pick(w, 60, 400 * slow);
    c->rekey_child_s = chance(w, 300) ? IKE_OFF : (uint32_t)pick(w, 30, 200 * slow);
    if (chance(w, 300))
        c->rekey_child_packets = pick(w, 10, 200);
    c->retry_first_ms = (uint32_t)pick(w, 200, 500);
    c->retry_tries = (uint32_t)pick(w, 3, 5);
    if (chance(w, 300))
        c->fragment_size = (uint32_t)pick(w, 576, 800);
    c->esp_suites = esp[w->has_pfs][dice_below(&w->dice, 3)];
    c->path_mtu = w->is_narrow ? 1500 : 0;
    c->replay_window = (uint32_t)(chance(w, 500) ? 0 : pick(w, 32, 256));
}

static void set_ip(ike_addr *a, uint8_t b0, uint8_t b1, uint8_t b2, uint8_t b3)
{
    memset(a, 0, sizeof(*a));
    a->family = 4;
    a->ip[0] = b0;
    a->ip[1] = b1;
    a->ip[2] = b2;
    a->ip[3] = b3;
}

/* Another network, with or without a NAT. */
static void move(struct world *w, struct site *c)
{
    c->moves++;
    c->has_nat = chance(w, 700);
    if (c->has_nat)
        set_ip(&c->addr, 10, (uint8_t)(100 + c->number), (uint8_t)c->moves, 7);
    else
        set_ip(&c->addr, 198, 51, (uint8_t)c->number, (uint8_t)c->moves);
    set_ip(&c->nat.outside, 203, 0, (uint8_t)c->number, (uint8_t)c->moves);
    c->nat.lifetime = pick(w, 20, 300) * SECOND;
    net_rebind(c);
}

static void make_client(struct world *w, unsigned i)
{
    struct site *c = &w->site[i];

    snprintf(c->id, sizeof(c->id), "client%u.test", i);
    make_config(w, c);
    c->cfg.remote_id = "gw.test";
    c->cfg.want = IKE_WANT_IP4;
    c->cfg.reauth_s = chance(w, 200) ? (uint32_t)pick(w, 60, 900) : 0;
    c->cfg.childless = (uint32_t)chance(w, 200);
    c->cfg.mobike = chance(w, 200) ? IKE_OFF : 0;
    c->cfg.encap = chance(w, 500) ? IKE_ENCAP_UDP : IKE_ENCAP_AUTO;
    set_ip(&c->inner, 10, 9, 0, (uint8_t)(2 + i));
    c->port = (uint16_t)pick(w, 4500, 60000);
    c->home = (unsigned)dice_below(&w->dice, w->gateways);
    move(w, c);
}

/* RFC 6023 */
static void announce_childless(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    (void)user;
    if (exchange == IKE_X_IKE_SA_INIT)
        ike__notify_write(out, IKE_N_CHILDLESS_IKEV2_SUPPORTED, ike__span(NULL, 0));
}

static void make_gateway(struct world *w, unsigned i)
{
    struct site *g = world_gateway(w, i);

    g->is_gateway = 1;
    snprintf(g->id, sizeof(g->id), "gw.test");
    make_config(w, g);
    g->all = ike__ts_all(4);
    g->cfg.ts_local = &g->all;
    g->cfg.ts_local_n = 1;
    set_ip(&g->addr, 192, 0, 2, (uint8_t)(1 + i));
    g->script.mobike = (uint8_t)chance(w, 600);
    g->script.no_fragmentation = (uint8_t)chance(w, 200);
    g->script.cookies = (uint32_t)(chance(w, 200) ? pick(w, 1, 3) : 0);
    if (chance(w, 500))
        g->script.edit = announce_childless;
}

static void make_weather(struct world *w)
{
    struct weather *x = &w->weather;

    memset(x, 0, sizeof(*x));
    x->delay_us = (uint32_t)pick(w, 1000, chance(w, 200) ? 800000 : 60000);
    x->jitter_us = (uint32_t)pick(w, 0, chance(w, 300) ? 300000 : 10000);
    x->loss = (unsigned)(chance(w, 600) ? pick(w, 0, 400) : 0);
    x->dup = (unsigned)(chance(w, 500) ? pick(w, 0, 300) : 0);
    x->reorder = (unsigned)(chance(w, 500) ? pick(w, 0, 300) : 0);
    x->flip = (unsigned)(chance(w, 400) ? pick(w, 0, 200) : 0);
    x->cut_short = (unsigned)(chance(w, 300) ? pick(w, 0, 100) : 0);
}

/* ---- what happens ---- */

static void wake(struct world *w, void *what, uint64_t arg)
{
    struct site *c = what;

    (void)w;
    (void)arg;
    c->is_asleep = 0;
    if (host_current(c))
        host_wake(host_current(c));
}

static void mend(struct world *w, void *what, uint64_t arg)
{
    struct site *site = what;

    (void)w;
    (void)arg;
    site->cut = CUT_NONE;
    site->is_dead = 0;
}

/* Tells the session where it is now. */
static void roam(struct world *w, struct site *c)
{
    struct end *e = host_current(c);
    ike_path path;

    memset(&path, 0, sizeof(path));
    path.local = c->addr;
    path.local.port = c->port;
    if (!e)
        return;
    world_say(w, e, "    (roams)");
    (void)ike_roam(e->s, &path, w->clock.now);
    host_pump(e);
}

static void come_back(struct world *w, void *what, uint64_t arg)
{
    struct site *c = what;

    (void)arg;
    if (!c->is_offline)
        return;
    c->is_offline = 0;
    roam(w, c);
}

static void act_on_network(struct world *w, struct site *c)
{
    struct end *e = host_current(c);

    switch (dice_below(&w->dice, 9)) {
    case 0:
        net_rebind(c);
        break;
    case 1:
    case 2:
        move(w, c);
        if (!chance(w, 200)) /* else nobody has noticed: to the gateway it is a NAT that rebinds */
            roam(w, c);
        break;
    case 3:
    case 4:
        c->cut = chance(w, 300) ? (int)pick(w, CUT_UP, CUT_DOWN) : CUT_BOTH;
        clock_at(&w->clock, w->clock.now + pick(w, 1, chance(w, 300) ? 120 : 15) * SECOND, mend, c, 0);
        break;
    case 5:
        c->is_asleep = 1;
        c->wakes_at = w->clock.now + pick(w, 1, chance(w, 300) ? 4000 : 60) * SECOND;
        clock_at(&w->clock, c->wakes_at, wake, c, 0);
        break;
    case 6:
        if (!e)
            break;
        (void)ike_roam(e->s, NULL, w->clock.now);
        host_pump(e);
        c->is_offline = 1;
        if (chance(w, 500))
            move(w, c);
        clock_at(&w->clock, w->clock.now + pick(w, 1, chance(w, 300) ? 600 : 20) * SECOND, come_back, c, 0);
        break;
    case 7:
        make_weather(w);
        break;
    default:
        if (chance(w, 300)) {
            struct site *g = world_gateway(w, (unsigned)dice_below(&w->dice, w->gateways));
            world_say(w, g->end, "    (restarts)");
            gateway_restart(w, g);
            g->is_dead = 1;
            clock_at(&w->clock, w->clock.now + pick(w, 1, 60) * SECOND, mend, g, 0);
        }
        break;
    }
}

static void rekey(struct world *w, struct end *e, int of_ike)
{
    const struct ike_child_sa *c = e->s->children;

    for (uint64_t skip = dice_below(&w->dice, 3); skip > 0 && c && c->next; skip--)
        c = c->next;
    (void)ike_rekey(e->s, of_ike || !c ? 0 : c->id, w->clock.now);
    host_pump(e);
}

static void rekey_later(struct world *w, void *what, uint64_t of_ike)
{
    struct end *e = what;

    if (e->s && !e->site->is_asleep)
        rekey(w, e, (int)of_ike);
}

static struct end *random_end(struct world *w)
{
    struct site *site = &w->site[dice_below(&w->dice, w->clients + w->gateways)];
    struct end *e = site->end;
    uint64_t skip = site->is_gateway ? dice_below(&w->dice, 2 * w->clients) : 0;

    while (e && (!e->s || skip-- > 0))
        e = e->next;
    return e && !site->is_asleep ? e : NULL;
}

/* Both ends of a connection within a round trip: what collisions are made of. */
static void rekey_both(struct world *w, struct end *e)
{
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        for (struct end *other = w->site[i].end; other; other = other->next)
            if (other->s && other->client == e->client) {
                ike_time at = w->clock.now + dice_below(&w->dice, 2 * w->weather.delay_us);
                clock_at(&w->clock, at, rekey_later, other, dice_below(&w->dice, 2));
            }
}

/* Other times; with luck other suites or windows, which cost rekeyings. */
static void reconfigure(struct world *w, struct end *e)
{
    struct site fresh = *e->site;
    ike_config cfg = e->s->settings.cfg;

    make_config(w, &fresh);
    cfg.dpd_s = fresh.cfg.dpd_s;
    cfg.rekey_child_s = fresh.cfg.rekey_child_s;
    cfg.rekey_ike_s = fresh.cfg.rekey_ike_s;
    cfg.rekey_child_packets = fresh.cfg.rekey_child_packets;
    if (chance(w, 500))
        cfg.esp_suites = fresh.cfg.esp_suites;
    if (chance(w, 300))
        cfg.replay_window = fresh.cfg.replay_window;
    if (chance(w, 200))
        cfg.ike_suites = cfg.ike_suites ? NULL : "aes256gcm16-prfsha384-ecp384";
    (void)ike_reconfigure(e->s, &cfg, w->clock.now, NULL);
    host_pump(e);
}

static void act_on_session(struct world *w, struct end *e)
{
    switch (dice_below(&w->dice, 10)) {
    case 0:
    case 1:
    case 2:
        rekey(w, e, chance(w, 400));
        break;
    case 3:
    case 4:
        rekey_both(w, e);
        break;
    case 5:
        (void)ike_check_alive(e->s, w->clock.now);
        host_pump(e);
        break;
    case 6:
        if (chance(w, 400))
            host_close(e);
        break;
    case 7:
        reconfigure(w, e);
        break;
    case 8: /* one of the next random numbers cannot be had */
        if (w->memory_fails)
            e->crypto.fail_after = e->crypto.calls + (uint32_t)pick(w, 1, 6);
        break;
    default:
        host_chat(e);
        break;
    }
}

static void act(struct world *w, void *what, uint64_t mean)
{
    struct end *e = random_end(w);

    (void)what;
    if (w->healed_at)
        return;
    if (chance(w, w->is_eager ? 100 : 350))
        act_on_network(w, &w->site[dice_below(&w->dice, w->clients)]);
    else if (e && w->is_eager && chance(w, 700))
        rekey_both(w, e);
    else if (e)
        act_on_session(w, e);
    clock_at(&w->clock, w->clock.now + dice_below(&w->dice, 2 * mean), act, NULL, mean);
}

/* ---- storm, quiet, end ---- */

static int run_until(struct world *w, ike_time until)
{
    struct clock_event ev;

    while (!w->failed && clock_next(&w->clock, until, &ev))
        ev.run(w, ev.what, ev.arg);
    if (!w->failed)
        w->clock.now = until;
    return !w->failed;
}

static void sweep(struct world *w, void *what, uint64_t arg)
{
    (void)what;
    (void)arg;
    check_sweep(w);
    if (w->healed_at)
        clock_at(&w->clock, w->clock.now + SECOND, sweep, NULL, 0);
}

static void storm(struct world *w)
{
    ike_time length = chance(w, 500)   ? pick(w, 30, 120)
                      : chance(w, 600) ? pick(w, 120, 900)
                                       : pick(w, 900, 7200);
    uint64_t acts = pick(w, 5, 40);

    if (w->is_eager)
        acts = length = pick(w, 30, 200);
    w->healed_at = 0;
    w->memory_fails = chance(w, 150) ? (unsigned)pick(w, 1, 100) : 0;
    make_weather(w);
    clock_at(&w->clock, w->clock.now + 2 * SECOND, act, NULL, length * SECOND / acts);
    (void)run_until(w, w->clock.now + length * SECOND);
}

static void heal(struct world *w)
{
    w->healed_at = w->clock.now;
    memset(&w->weather, 0, sizeof(w->weather));
    w->weather.delay_us = 20000;
    w->weather.jitter_us = 30000;
    world_say(w, NULL, "---- good weather");
    for (unsigned i = 0; i < w->clients + w->gateways; i++) {
        struct site *site = &w->site[i];
        mend(w, site, 0);
        if (site->is_asleep)
            wake(w, site, 0);
        site->is_offline = 0;
        site->nat.lifetime = 3600 * SECOND;
        if (!site->is_gateway)
            roam(w, site);
        for (struct end *e = site->end; e; e = e->next) {
            e->memory.fails = 0;
            e->crypto.fail_after = 0;
            if (e->s)
                host_chat(e);
        }
    }
    w->memory_fails = 0;
    w->alone_n = 0;
}

static void quiet(struct world *w)
{
    heal(w);
    clock_at(&w->clock, w->clock.now, sweep, NULL, 0);
    if (run_until(w, w->clock.now + QUIET_US))
        check_quiet(w);
}

static void end(struct world *w)
{
    w->is_ending = 1;
    w->healed_at = 0;
    world_say(w, NULL, "---- the end");
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        for (struct end *e = w->site[i].end; e && !w->failed; e = e->next)
            if (e->s && (chance(w, 700) || !e->site->is_gateway))
                host_close(e);
    if (!run_until(w, w->clock.now + END_US))
        return;
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        for (struct end *e = w->site[i].end; e; e = e->next)
            if (e->s)
                check_fail(w, "ends", e, "still there");
}

static void clean_up(struct world *w)
{
    net_forget(w);
    for (unsigned i = 0; i < w->clients + w->gateways; i++)
        while (w->site[i].end) {
            struct end *e = w->site[i].end;
            host_free(e);
            w->site[i].end = e->next;
            free(e);
        }
    clock_free(&w->clock);
    free(w->inner);
}

int world_run(struct world *w, uint64_t seed, int verbose)
{
    memset(w, 0, sizeof(*w));
    w->seed = w->dice.state = seed;
    w->is_narrow = seed >= WORLD_NARROW;
    w->verbose = verbose;
    w->clock.now = SECOND;
    w->gateways = (unsigned)pick(w, 1, 2);
    w->has_pfs = chance(w, 500);
    w->is_eager = chance(w, 200);
    w->clients = (unsigned)(chance(w, 600) ? 1 : pick(w, 2, SITES_MAX - w->gateways - 2));
    for (unsigned i = 0; i < SITES_MAX; i++) {
        w->site[i].w = w;
        w->site[i].number = i;
    }
    for (unsigned i = 0; i < w->clients; i++)
        make_client(w, i);
    for (unsigned i = 0; i < w->gateways; i++)
        make_gateway(w, i);
    make_weather(w);
    for (unsigned i = 0; i < w->clients; i++)
        host_connect(&w->site[i]);
    for (uint64_t storms = pick(w, 1, 2); storms > 0 && !w->failed; storms--) {
        storm(w);
        if (!w->failed)
            quiet(w);
    }
    if (!w->failed)
        end(w);
    clean_up(w);
    return w->failed ? -1 : 0;
}
