/* apply/routes.c - the plan's own routing table and the rules that lead to it. SPDX-License-Identifier: Apache-2.0
 *
 * What is there is read, what is missing added, what is too much removed: the same plan twice is the plan once, and
 * whoever watches the system's routes hears of true changes only. Ours is what bears IKE_APPLY_PROTO, whoever put it
 * there: the next run takes over what a killed one left. New before old, so that no packet finds a gap.
 *
 * "Past our table" is a jump to an empty rule behind all of ours: from there the system's own rules decide, as they
 * would without us. A packet of ours that they know no way for is then lost, and not sent into the tunnel after all. */
#include "apply/room.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX  (2 * (IKE_GUARD_RULES + 1)) /* both families, and the end of ours */
#define OURS_MAX   2048u
#define LOOPBACK   1u    /* what the kernel says of an IPv6 route that leads nowhere */
#define IP6_METRIC 1024u /* what the kernel gives to an IPv6 route that names none */

struct tables {
    struct ike_apply_route want[IKE_GUARD_ROUTES], have[OURS_MAX];
    struct ike_apply_rule want_rules[RULES_MAX], have_rules[OURS_MAX];
    uint32_t want_n, have_n, want_rules_n, have_rules_n;
};

/* ---- what the plan wants ---- */

static void want_route(struct tables *t, const ike_guard_plan *plan, const ike_guard_route *r)
{
    static const uint32_t kinds[] = {[IKE_GUARD_ROUTE_TUN] = RTN_UNICAST,
                                     [IKE_GUARD_ROUTE_OUTSIDE] = RTN_THROW,
                                     [IKE_GUARD_ROUTE_BLOCK] = RTN_UNREACHABLE};
    struct ike_apply_route *out = &t->want[t->want_n++];
    int is_ip6 = r->to.addr.family == 6;

    memset(out, 0, sizeof(*out));
    out->to = r->to;
    out->table = plan->table;
    out->kind = kinds[r->kind];
    out->metric = is_ip6 ? IP6_METRIC : 0;
    if (r->kind == IKE_GUARD_ROUTE_TUN) {
        out->device = plan->tun;
        out->source = r->src;
        out->source.port = 0;
    } else if (is_ip6) {
        out->device = LOOPBACK;
    }
}

static void want_rule(struct tables *t, const ike_guard_plan *plan, uint32_t i, uint32_t family)
{
    const ike_guard_rule *r = &plan->rules[i];
    struct ike_apply_rule *out;

    if (r->family && r->family != family)
        return;
    out = &t->want_rules[t->want_rules_n++];
    memset(out, 0, sizeof(*out));
    out->family = family;
    out->priority = plan->priority + i;
    out->mark = r->mark;
    out->mask = r->mask;
    out->uid_first = r->uid_first;
    out->uid_last = r->uid_last;
    out->has_uids = r->has_uid;
    out->proto = r->proto;
    out->sport = r->sport;
    out->dport = r->dport;
    if (r->from_device == IKE_GUARD_DEVICE_TUN)
        (void)if_indextoname(plan->tun, out->from);
    if (r->lookup == IKE_GUARD_LOOKUP_PLAN) {
        out->action = FR_ACT_TO_TBL;
        out->table = plan->table;
    } else {
        out->action = FR_ACT_GOTO;
        out->target = plan->priority + IKE_GUARD_RULES - 1;
    }
}

static void want_end(struct tables *t, const ike_guard_plan *plan, uint32_t family)
{
    struct ike_apply_rule *out = &t->want_rules[t->want_rules_n++];

    memset(out, 0, sizeof(*out));
    out->family = family;
    out->priority = plan->priority + IKE_GUARD_RULES - 1;
    out->action = FR_ACT_NOP;
}

static void want(struct tables *t, const ike_guard_plan *plan)
{
    for (uint32_t i = 0; i < plan->routes_n; i++)
        want_route(t, plan, &plan->routes[i]);
    for (uint32_t family = 4; plan->rules_n > 0 && family <= 6; family += 2) {
        want_end(t, plan, family); /* first: the jumps to it are good at once */
        for (uint32_t i = 0; i < plan->rules_n; i++)
            want_rule(t, plan, i, family);
    }
}

/* ---- what is there ---- */

static void have_route(void *user, const struct ike_apply_route *r, uint32_t proto, const ike_addr *via)
{
    struct tables *t = user;

    (void)via;
    if (proto == IKE_APPLY_PROTO && t->have_n < OURS_MAX)
        t->have[t->have_n++] = *r;
}

static void have_rule(void *user, const struct ike_apply_rule *r, uint32_t proto)
{
    struct tables *t = user;

    if (proto == IKE_APPLY_PROTO && t->have_rules_n < OURS_MAX)
        t->have_rules[t->have_rules_n++] = *r;
}

/* All of them plain data without padding. */
static int is_among(const void *one, const void *list, size_t size, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (memcmp(one, (const char *)list + i * size, size) == 0)
            return 1;
    return 0;
}

/* ---- from one to the other ---- */

/* Somebody was quicker, or a kernel without IPv6, where nothing can get round the tunnel by it. */
static int is_fine(int err, uint32_t family)
{
    return err == 0 || err == -EEXIST || (family == 6 && (err == -EAFNOSUPPORT || err == -EOPNOTSUPP));
}

static int add_missing(struct mnl_socket *nl, const struct tables *t, const char **what)
{
    int err;

    *what = "a route";
    for (uint32_t i = 0; i < t->want_n; i++) {
        if (is_among(&t->want[i], t->have, sizeof(t->want[i]), t->have_n))
            continue;
        err = ike__apply_rtnl_route(nl, &t->want[i], 1);
        if (!is_fine(err, t->want[i].to.addr.family))
            return err;
    }
    *what = "a routing rule";
    for (uint32_t i = 0; i < t->want_rules_n; i++) {
        if (is_among(&t->want_rules[i], t->have_rules, sizeof(t->want_rules[i]), t->have_rules_n))
            continue;
        err = ike__apply_rtnl_rule(nl, &t->want_rules[i], 1);
        if (!is_fine(err, t->want_rules[i].family))
            return err;
    }
    return 0;
}

/* What has vanished by itself is as good as removed. */
static int is_gone(int err)
{
    return err == 0 || err == -ENOENT || err == -ESRCH || err == -ENODEV;
}

static int remove_surplus(struct mnl_socket *nl, const struct tables *t, const char **what)
{
    int err;

    *what = "the removal of a routing rule";
    for (uint32_t i = t->have_rules_n; i-- > 0;) { /* from the end: what jumps past ours goes last */
        if (is_among(&t->have_rules[i], t->want_rules, sizeof(t->have_rules[i]), t->want_rules_n))
            continue;
        err = ike__apply_rtnl_rule(nl, &t->have_rules[i], 0);
        if (!is_gone(err))
            return err;
    }
    *what = "the removal of a route";
    for (uint32_t i = 0; i < t->have_n; i++) {
        if (is_among(&t->have[i], t->want, sizeof(t->have[i]), t->want_n))
            continue;
        err = ike__apply_rtnl_route(nl, &t->have[i], 0);
        if (!is_gone(err))
            return err;
    }
    return 0;
}

int ike__apply_routes(struct mnl_socket *nl, const ike_guard_plan *plan, const char **what)
{
    struct tables *t = calloc(1, sizeof(*t));
    int err;

    *what = "memory";
    if (!t || plan->rules_n >= IKE_GUARD_RULES) { /* the last place is taken by the end of ours */
        free(t);
        return t ? -ENOSPC : -ENOMEM;
    }
    want(t, plan);
    *what = "the list of routes";
    err = ike__apply_rtnl_routes(nl, have_route, t);
    if (err == 0) {
        *what = "the list of routing rules";
        err = ike__apply_rtnl_rules(nl, have_rule, t);
    }
    if (err == 0)
        err = add_missing(nl, t, what);
    if (err == 0)
        err = remove_surplus(nl, t, what);
    free(t);
    return err;
}
