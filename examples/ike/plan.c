/* examples/ike/plan.c - what the guard would do, on a network made up for the purpose. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <arpa/inet.h>
#include <ike/guard.h>
#include <stdlib.h>
#include <string.h>

/* One Ethernet link with both families, a gateway that gives what it is asked for. */
struct example {
    ike_prefix on_link[2], ip[2], routes[34];
    ike_addr link_dns[1], dns[1], gateways[1];
    const char *domains[16];
    ike_guard_link link;
    ike_guard_state state;
    ike_guard_facts facts;
};

static ike_addr address(const char *text)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    a.family = inet_pton(AF_INET, text, a.ip) == 1 ? 4 : inet_pton(AF_INET6, text, a.ip) == 1 ? 6 : 0;
    return a;
}

static ike_prefix network(const char *text, uint32_t bits)
{
    ike_prefix p;

    memset(&p, 0, sizeof(p));
    p.addr = address(text);
    p.bits = bits;
    return p;
}

/* The smallest network that holds the range. */
static ike_prefix holding(const ike_ts *ts)
{
    ike_prefix p;
    uint32_t width = ts->first.family == 4 ? 32 : 128;

    memset(&p, 0, sizeof(p));
    p.addr = ts->first;
    p.addr.port = 0;
    while (p.bits < width && !((ts->first.ip[p.bits / 8] ^ ts->last.ip[p.bits / 8]) & (0x80 >> p.bits % 8)))
        p.bits++;
    return p;
}

static void add_routes(struct example *e, const ike_config *c)
{
    ike_guard_state *s = &e->state;

    for (uint32_t i = 0; i < c->ts_remote_n && s->routes_n < 32; i++)
        e->routes[s->routes_n++] = holding(&c->ts_remote[i]);
    if (c->ts_remote_n == 0) {
        e->routes[s->routes_n++] = network("0.0.0.0", 0);
        e->routes[s->routes_n++] = network("::", 0);
    }
}

/* It claims every domain that it may. */
static void add_domains(struct example *e, const ike_guard_config *g)
{
    for (uint32_t i = 0; i < g->dns_allowed_n && e->state.domains_n < 16; i++)
        if (strcmp(g->dns_allowed[i], "*") != 0)
            e->domains[e->state.domains_n++] = g->dns_allowed[i];
    e->state.domains = e->domains;
}

static void make_example(struct example *e, const ike_config *c, const ike_guard_config *g)
{
    memset(e, 0, sizeof(*e));
    e->on_link[0] = network("192.168.1.23", 24);
    e->on_link[1] = network("2001:db8:1::23", 64);
    e->link_dns[0] = address("192.168.1.1");
    e->link.index = 2;
    e->link.kind = IKE_GUARD_LINK_ETHERNET;
    e->link.is_default = 1;
    e->link.on_link = e->on_link;
    e->link.on_link_n = 2;
    e->link.dns = e->link_dns;
    e->link.dns_n = 1;
    e->facts.size = sizeof(e->facts);
    e->facts.links = &e->link;
    e->facts.links_n = 1;

    e->state.size = sizeof(e->state);
    e->state.tun = 7;
    e->state.ip = e->ip;
    if (c->want == 0 || (c->want & IKE_WANT_IP4))
        e->ip[e->state.ip_n++] = network("10.0.0.2", 32);
    if (c->want & IKE_WANT_IP6)
        e->ip[e->state.ip_n++] = network("2001:db8:2::2", 128);
    e->state.routes = e->routes;
    add_routes(e, c);
    e->gateways[0] = address("192.0.2.1");
    e->gateways[0].port = 4500;
    e->state.gateways = e->gateways;
    e->state.gateways_n = 1;
    e->dns[0] = address("10.0.0.53");
    e->state.dns = e->dns;
    e->state.dns_n = 1;
    add_domains(e, g);
}

static int make(const struct setup *s, struct example *e, uint32_t phase, ike_guard_plan *plan)
{
    int err;

    e->state.phase = phase;
    err = ike_guard_make(s->profile->guard, &e->state, &e->facts, plan);
    if (err < 0)
        fprintf(stderr, "ike: the guard: %s; %s\n", ike_strerror(err), ike_advice(err));
    return err < 0 ? exit_code(err) : 0;
}

static const char *choice(uint32_t c, int otherwise, const char *yes, const char *no)
{
    return c == IKE_GUARD_YES || (c == IKE_GUARD_DEFAULT && otherwise) ? yes : no;
}

int plan_describe(const struct setup *s)
{
    const ike_guard_config *g = s->profile->guard;
    ike_guard_plan *plan = malloc(sizeof(*plan));
    struct example e;
    int code = EXIT_LOCAL, optional = g->mode != IKE_GUARD_FORCED;

    make_example(&e, &s->config, s->profile->guard);
    if (plan)
        code = make(s, &e, IKE_GUARD_UP, plan);
    if (code == 0) {
        printf("%-18s %s, %s%s\n", "guard", ike_guard_mode_name(g->mode), ike_guard_start_name(g->start),
               plan->forced_all ? ": nothing outside the tunnel, with or without it" : "");
        printf("%-18s %s\n", "local network", choice(g->lan, optional, "reached", "not reached"));
        printf("%-18s %s\n", "others' traffic", choice(g->forwarded, optional, "into the tunnel", "blocked"));
        printf("%-18s %u routes, %u rules, %u verdicts (ike check --plan)\n", "plan when up", plan->routes_n,
               plan->rules_n, plan->entries_n);
        for (uint32_t i = 0; i < plan->warnings_n; i++)
            printf("%-18s %s\n", "note", plan->warnings[i].text);
    }
    free(plan);
    return code;
}

int plan_print(const struct setup *s)
{
    ike_guard_plan *plan = malloc(sizeof(*plan));
    struct example e;
    int code = EXIT_LOCAL;

    make_example(&e, &s->config, s->profile->guard);
    for (uint32_t phase = IKE_GUARD_DOWN; plan && phase <= IKE_GUARD_CLOSING; phase++) {
        char *text;

        code = make(s, &e, phase, plan);
        if (code != 0)
            break;
        text = ike_guard_print(plan);
        printf("%s%s", phase == IKE_GUARD_DOWN ? "[\n" : ",\n", text ? text : "null\n");
        ike_guard_text_free(text);
    }
    if (code == 0)
        printf("]\n");
    free(plan);
    return code;
}
