/* guard/match.c - a plan tried on a packet: its verdict, its way. SPDX-License-Identifier: Apache-2.0
 *
 * What every applier has to agree with, said plainly: tests, leak tests and hosts that filter by themselves use it. */
#include "guard/room.h"
#include <string.h>

int ike__guard_is_app(const ike_guard_app *app, const ike_guard_packet *packet)
{
    const char *group = packet->cgroup ? packet->cgroup : "/";
    size_t n = strlen(app->text);

    switch (app->kind) {
    case IKE_GUARD_APP_UID:
        return packet->uid >= app->uid_first && packet->uid <= app->uid_last;
    case IKE_GUARD_APP_MARK:
        return (packet->mark & app->mask) == app->mark;
    case IKE_GUARD_APP_CGROUP:
        return strncmp(group, app->text, n) == 0 && (group[n] == '\0' || group[n] == '/');
    default: /* a name is for its own system to know */
        return 0;
    }
}

static int is_in_set(const ike_guard_plan *p, uint32_t set, const ike_addr *a)
{
    if (set == IKE_GUARD_ANY)
        return 1;
    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == set && ike__guard_is_in(&p->nets[i].net, a))
            return 1;
    return 0;
}

static int is_device(uint32_t wanted, uint32_t device)
{
    return wanted == IKE_GUARD_DEVICE_ANY || wanted == device;
}

static int is_port(uint16_t first, uint16_t last, uint16_t port)
{
    return last == 0 || (port >= first && port <= last);
}

static int fits(const ike_guard_plan *p, const ike_guard_entry *e, const ike_guard_packet *k)
{
    return e->chain == k->chain && (e->family == 0 || e->family == k->dst.family) &&
           is_device(e->device, k->device) && is_device(e->from_device, k->from_device) &&
           is_in_set(p, e->from, &k->src) && is_in_set(p, e->to, &k->dst) &&
           (e->proto == 0 || e->proto == k->proto) && is_port(e->sport_first, e->sport_last, k->src.port) &&
           is_port(e->dport_first, e->dport_last, k->dst.port) && (k->mark & e->mask) == e->mark &&
           (e->app == 0 || ike__guard_is_app(&p->apps[e->app - 1].app, k)) && (e->reply == 0 || k->reply);
}

int ike_guard_judge(const ike_guard_plan *plan, const ike_guard_packet *packet, uint32_t *which)
{
    uint32_t i = 0;

    while (i < plan->entries_n && !fits(plan, &plan->entries[i], packet))
        i++;
    if (which)
        *which = i;
    return i < plan->entries_n ? (int)plan->entries[i].verdict : 0;
}

/* ---- the way ---- */

/* The mark that the packet has where rules are looked at. */
static uint32_t mark_of(const ike_guard_plan *p, const ike_guard_packet *k)
{
    for (uint32_t i = 0; i < p->apps_n && k->chain == IKE_GUARD_OUT; i++)
        if (p->apps[i].set_mark && (k->mark & p->mask) == 0 && ike__guard_is_app(&p->apps[i].app, k))
            return k->mark | p->apps[i].set_mark;
    return k->mark;
}

static int rule_fits(const ike_guard_rule *r, const ike_guard_packet *k, uint32_t mark)
{
    return (mark & r->mask) == r->mark &&
           (r->from_device == IKE_GUARD_DEVICE_ANY ||
            (k->chain == IKE_GUARD_FORWARD && k->from_device == r->from_device)) &&
           (r->family == 0 || r->family == k->dst.family) &&
           (!r->has_uid || (k->chain == IKE_GUARD_OUT && k->uid >= r->uid_first && k->uid <= r->uid_last)) &&
           (r->proto == 0 || r->proto == k->proto) && (r->sport == 0 || r->sport == k->src.port) &&
           (r->dport == 0 || r->dport == k->dst.port);
}

static const ike_guard_route *longest(const ike_guard_plan *p, const ike_addr *to)
{
    const ike_guard_route *best = NULL;

    for (uint32_t i = 0; i < p->routes_n; i++)
        if (ike__guard_is_in(&p->routes[i].to, to) && (!best || p->routes[i].to.bits > best->to.bits))
            best = &p->routes[i];
    return best;
}

int ike_guard_way(const ike_guard_plan *plan, const ike_guard_packet *packet)
{
    uint32_t mark = mark_of(plan, packet);

    for (uint32_t i = 0; i < plan->rules_n; i++) {
        const ike_guard_route *r;

        if (!rule_fits(&plan->rules[i], packet, mark))
            continue;
        if (plan->rules[i].lookup == IKE_GUARD_LOOKUP_SYSTEM)
            return IKE_GUARD_ROUTE_OUTSIDE;
        r = longest(plan, &packet->dst);
        if (r && r->kind != IKE_GUARD_ROUTE_OUTSIDE)
            return (int)r->kind;
    }
    return IKE_GUARD_ROUTE_OUTSIDE;
}
