/* guard/add.c - things into a plan, each kind with its bound. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing is ever left out silently: what does not fit makes the whole plan fail, and the one before it stays in force. */
#include "guard/room.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The place for one more, or NULL. */
static int has_room(struct ike_making *m, uint32_t n, uint32_t cap)
{
    if (m->err == 0 && n >= cap)
        m->err = IKE_E_LIMIT;
    return m->err == 0;
}

void ike__guard_add_net(struct ike_making *m, uint32_t set, const ike_prefix *net)
{
    ike_guard_plan *p = m->plan;

    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == set && memcmp(&p->nets[i].net, net, sizeof(*net)) == 0)
            return;
    if (!has_room(m, p->nets_n, IKE_GUARD_NETS))
        return;
    p->nets[p->nets_n].net = *net;
    p->nets[p->nets_n++].set = set;
}

int ike__guard_has(const ike_guard_plan *p, uint32_t set)
{
    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == set)
            return 1;
    return 0;
}

/* Our inner address of that family, to speak from. */
static ike_addr source(const struct ike_making *m, uint32_t family)
{
    ike_addr none;

    memset(&none, 0, sizeof(none));
    for (uint32_t i = 0; i < m->plan->ip_n; i++)
        if (m->plan->ip[i].addr.family == family)
            return m->plan->ip[i].addr;
    return none;
}

/* The first word on a network stands. */
void ike__guard_add_route(struct ike_making *m, uint32_t kind, const ike_prefix *to, uint32_t why)
{
    ike_guard_plan *p = m->plan;
    ike_guard_route *r;

    for (uint32_t i = 0; i < p->routes_n; i++)
        if (memcmp(&p->routes[i].to, to, sizeof(*to)) == 0)
            return;
    if (!has_room(m, p->routes_n, IKE_GUARD_ROUTES))
        return;
    r = &p->routes[p->routes_n++];
    r->to = *to;
    r->kind = kind;
    r->why = why;
    if (kind == IKE_GUARD_ROUTE_TUN)
        r->src = source(m, to->addr.family);
}

void ike__guard_add_rule(struct ike_making *m, const ike_guard_rule *rule)
{
    if (has_room(m, m->plan->rules_n, IKE_GUARD_RULES))
        m->plan->rules[m->plan->rules_n++] = *rule;
}

void ike__guard_add_entry(struct ike_making *m, const ike_guard_entry *entry)
{
    if (has_room(m, m->plan->entries_n, IKE_GUARD_ENTRIES))
        m->plan->entries[m->plan->entries_n++] = *entry;
}

void ike__guard_warn(struct ike_making *m, uint32_t code, const ike_prefix *net, const char *format, ...)
{
    ike_guard_plan *p = m->plan;
    ike_guard_warning *w = &p->warnings[p->warnings_n];
    va_list args;

    if (p->warnings_n == IKE_GUARD_WARNINGS) /* words for people: enough of them */
        return;
    w->code = code;
    if (net)
        w->net = *net;
    va_start(args, format);
    vsnprintf(w->text, sizeof(w->text), format, args);
    va_end(args);
    for (uint32_t i = 0; i < p->warnings_n; i++)
        if (memcmp(&p->warnings[i], w, sizeof(*w)) == 0) {
            memset(w, 0, sizeof(*w));
            return;
        }
    p->warnings_n++;
}
