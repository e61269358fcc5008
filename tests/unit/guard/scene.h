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
