/* tests/unit/guard/scene.h - a profile, a session and a network to make plans for. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TEST_GUARD_SCENE_H
#define IKE_TEST_GUARD_SCENE_H

#include <arpa/inet.h>
#include <ike/guard.h>
#include <stdlib.h>
#include <string.h>

#define POOL    30u
#define NETS    6u
#define SENDERS 8u

struct world {
    uint64_t dice;
    ike_guard_config cfg;
    ike_guard_state state;
    ike_guard_facts facts;
    ike_addr pool[POOL];
    ike_prefix subnets[NETS], excluded[NETS], routes[NETS], ip[2], on_link[2][NETS], portal[2];
    ike_addr gateways[2], dns[2], own_dns[2], link_dns[2], portal_dns[1];
    ike_guard_app apps[3];
    ike_guard_link links[2];
    const char *domains[3], *allowed[2];
};

static inline ike_addr address(const char *text)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    a.family = inet_pton(AF_INET, text, a.ip) == 1 ? 4 : inet_pton(AF_INET6, text, a.ip) == 1 ? 6 : 0;
    return a;
}

static inline ike_prefix network(const char *text, uint32_t bits)
{
    ike_prefix p;

    memset(&p, 0, sizeof(p));
    p.addr = address(text);
    p.bits = bits;
    return p;
}

/* All zero but for a session with 10.77.0.5 that reaches this network, and its name server. */
static inline void tunnel_to(struct world *w, const char *text, uint32_t bits)
{
    memset(w, 0, sizeof(*w));
    w->cfg.size = sizeof(w->cfg);
    w->state.size = sizeof(w->state);
    w->facts.size = sizeof(w->facts);
    w->state.phase = IKE_GUARD_UP;
    w->state.tun = 7;
    w->ip[0] = network("10.77.0.5", 32);
    w->state.ip = w->ip;
    w->state.ip_n = 1;
    w->routes[0] = network(text, bits);
    w->state.routes = w->routes;
    w->state.routes_n = 1;
    w->dns[0] = address("10.77.0.53");
    w->state.dns = w->dns;
    w->state.dns_n = 1;
}

static inline void set_app(ike_guard_app *a, uint32_t kind)
{
    memset(a, 0, sizeof(*a));
    a->kind = kind;
    if (kind == IKE_GUARD_APP_UID) {
        a->uid_first = 1000;
        a->uid_last = 1001;
    } else if (kind == IKE_GUARD_APP_CGROUP) {
        strcpy(a->text, "/user.slice/browser");
    } else if (kind == IKE_GUARD_APP_MARK) {
        a->mark = 0x10;
        a->mask = 0xff;
    } else if (kind == IKE_GUARD_APP_NAME) {
        strcpy(a->text, "org.example.app");
    }
}

#endif
