/* examples/ike/guard_outside.c - what the guard does on the loop: names, captive portals, repairs. SPDX-License-Identifier: Apache-2.0
 *
 * The client keeps trying to connect all the while. A gateway that is silent for a few seconds makes us look whether a
 * portal stands in the way; if so, its helper gets a hole, until the page comes as it should, or the tunnel stands. */
#include "cli.h"

#ifdef IKE_HAVE_GUARD
#include "guard.h"

#define FIRST_MS 3000u
#define EACH_MS  5000u
#define QUIET_MS 50u

/* ---- names ---- */

/* Those that the network named, as it is now. */
static uint32_t servers(void *user, ike_addr *out, uint32_t cap)
{
    const guard *g = user;
    ike_guard_facts facts = IKE_GUARD_FACTS_INIT;
    uint32_t n = 0;

    if (ike_guard_linux_facts(g->linux_guard, 0, &facts) < 0)
        return 0;
    for (uint32_t i = 0; i < facts.links_n; i++)
        for (uint32_t k = 0; facts.links[i].is_default && k < facts.links[i].dns_n && n < cap; k++)
            out[n++] = facts.links[i].dns[k];
    return n;
}

static void on_addresses(void *user, int err, const ike_addr *list, uint32_t n)
{
    ike_uv_resolved(((guard *)user)->v, err, list, n);
}

int guard_resolve(guard *g, const char *host, uint32_t family)
{
    return ike_outside_resolve(g->outside, host, family, on_addresses, g);
}

/* ---- portals ---- */

static void portal_is_there(guard *g, const ike_outside_portal *p)
{
    int err = ike_guard_linux_portal(g->linux_guard, p->addresses, p->addresses_n, GUARD_PORTAL_GROUP);

    if (!g->has_portal) {
        fprintf(stderr, "ike: warning: a captive portal stands in the way: %s%s\n", p->url,
                err == 0 ? "; what ike guard portal runs may speak with it" : "");
        output_portal(g->out, p->url, err == 0);
    }
    g->has_portal = 1;
    guard_tell(g, err);
}

static void portal_is_gone(guard *g)
{
    if (!g->has_portal)
        return;
    g->has_portal = 0;
    guard_tell(g, ike_guard_linux_portal(g->linux_guard, NULL, 0, NULL));
    output_portal(g->out, NULL, 0);
}

static void on_portal(void *user, const ike_outside_portal *p)
{
    guard *g = user;

    if (p->verdict == IKE_OUTSIDE_PORTAL && !g->is_up)
        portal_is_there(g, p);
    else if (p->verdict == IKE_OUTSIDE_OPEN)
        portal_is_gone(g);
}

/* The network's own word, if it gave one; else a page. Where another question is under way: next time. */
static void look_for_portal(guard *g)
{
    const char *api = ike_guard_linux_portal_api(g->linux_guard);

    if (api)
        (void)ike_outside_ask(g->outside, api, on_portal, g);
    else if (g->probe)
        (void)ike_outside_probe(g->outside, g->probe, on_portal, g);
}

static void on_time(uv_timer_t *h)
{
    guard *g = h->data;

    if (g->is_up)
        portal_is_gone(g);
    else
        look_for_portal(g);
    if (!g->has_portal)
        return;
    guard_tell(g, ike_guard_linux_network(g->linux_guard)); /* the hole's time may be over */
}

/* ---- changes of the system ---- */

static void on_change(uv_poll_t *h, int status, int events);

static void on_quiet(uv_timer_t *h)
{
    guard *g = h->data;

    guard_tell(g, ike_guard_linux_again(g->linux_guard));
    g->probes_n = 0; /* another network may answer otherwise */
    if (g->decided)
        guard_look(g);
    if (g->has_watch) /* it may have been decided to end */
        (void)uv_poll_start(&g->watch, UV_READABLE, on_change);
}

/* A firewall that is loaded anew leaves us without ours: soon, but not in the middle of it. */
static void on_change(uv_poll_t *h, int status, int events)
{
    guard *g = h->data;

    (void)status;
    (void)events;
    uv_poll_stop(h);
    uv_timer_start(&g->quiet, on_quiet, QUIET_MS, 0);
}

static void watch(guard *g, uv_loop_t *loop)
{
    int64_t fd = ike_guard_linux_pollable(g->linux_guard);

    if (fd < 0 || uv_poll_init(loop, &g->watch, (int)fd) != 0)
        return;
    (void)uv_timer_init(loop, &g->quiet);
    g->watch.data = g->quiet.data = g;
    g->has_watch = 1;
    (void)uv_poll_start(&g->watch, UV_READABLE, on_change);
}

/* ---- open and close ---- */

int guard_attach(guard *g, uv_loop_t *loop, ike_uv_config *cfg, const ike_tun *tun)
{
    ike_outside_config c = IKE_OUTSIDE_CONFIG_INIT;

    g->tun = tun;
    cfg->mark = c.mark = ike_guard_linux_mark(g->linux_guard);
    cfg->patient = g->config->start != IKE_GUARD_MANUAL;
    c.servers = servers;
    c.user = g;
    if (ike_outside_open(&g->outside, loop, &c) < 0 || uv_timer_init(loop, &g->timer) != 0)
        return IKE_E_LOCAL_IO;
    g->timer.data = g;
    g->has_timer = 1;
    watch(g, loop);
    return 0;
}

void guard_start(guard *g, ike_uv *v, const char *probe)
{
    if (!g)
        return;
    g->v = v;
    g->probe = probe;
    if (g->config->portal != IKE_GUARD_NO)
        uv_timer_start(&g->timer, on_time, FIRST_MS, EACH_MS);
}

void guard_detach(guard *g)
{
    if (!g || !g->has_timer)
        return;
    g->has_timer = 0;
    ike_outside_close(g->outside);
    g->outside = NULL;
    uv_close((uv_handle_t *)&g->timer, NULL);
    if (g->has_watch) {
        uv_close((uv_handle_t *)&g->watch, NULL);
        uv_close((uv_handle_t *)&g->quiet, NULL);
    }
    g->has_watch = 0;
}
#endif
