/* driver/uv_plan.c - from what was agreed to addresses and routes on the TUN. SPDX-License-Identifier: Apache-2.0
 *
 * Routes: those the user wants (split tunnelling), else the remote selectors of all children and the subnets that the
 * gateway named. A child that is lost keeps its routes; one that is no longer wanted does not. The gateway itself stays outside. */
#include "driver/room.h"
#include <stdio.h>
#include <string.h>

/* Inside 1500 octets with the largest overhead of our ciphers, outer IPv4 or IPv6. */
#define MTU_OVER_IP4 1400u
#define MTU_OVER_IP6 1360u /* where nothing is known */
#define IP6_LEAST    1280u
#define MTU_MOST     1500u /* what our buffers are made for */

void ike__uv_remember(ike_uv *v, const ike_assigned *a)
{
    v->ip_n = a->ip_n < 8 ? a->ip_n : 8;
    v->dns_n = a->dns_n < 8 ? a->dns_n : 8;
    v->subnets_n = a->subnets_n < 16 ? a->subnets_n : 16;
    memcpy(v->ip, a->ip, v->ip_n * sizeof(*a->ip));
    memcpy(v->dns, a->dns, v->dns_n * sizeof(*a->dns));
    memcpy(v->subnets, a->subnets, v->subnets_n * sizeof(*a->subnets));
}

static int width(const ike_addr *a)
{
    return a->family == 4 ? 32 : 128;
}

static int bit(const uint8_t *ip, int i)
{
    return ip[i / 8] >> (7 - i % 8) & 1;
}

static void fill(uint8_t *ip, int from, int to)
{
    for (int i = from; i < to; i++)
        ip[i / 8] = (uint8_t)(ip[i / 8] | 1u << (7 - i % 8));
}

static uint32_t add_network(ike_prefix *list, uint32_t n, const ike_prefix *net)
{
    for (uint32_t i = 0; i < n; i++)
        if (memcmp(&list[i], net, sizeof(*net)) == 0)
            return n; /* two children may lead to the same place */
    if (n < IKE_UV_ROUTES_MAX)
        list[n++] = *net;
    return n;
}

/* A range of addresses as the fewest networks. */
static uint32_t add_range(ike_prefix *list, uint32_t n, ike_addr first, const ike_addr *last)
{
    int total = width(&first), bits, i;
    ike_prefix net;
    ike_addr end;

    first.port = 0;
    while (n < IKE_UV_ROUTES_MAX) {
        for (bits = total; bits > 0 && bit(first.ip, bits - 1) == 0; bits--) {
            end = first;
            fill(end.ip, bits - 1, total);
            if (memcmp(end.ip, last->ip, (size_t)total / 8) > 0)
                break;
        }
        memset(&net, 0, sizeof(net));
        net.addr = first;
        net.bits = (uint32_t)bits;
        n = add_network(list, n, &net);
        fill(first.ip, bits, total);
        if (memcmp(first.ip, last->ip, (size_t)total / 8) >= 0)
            return n;
        for (i = total / 8 - 1; i >= 0 && ++first.ip[i] == 0; i--)
            ;
    }
    return n;
}

/* The same child, or its like of a connection before this one, or a free place; NULL: none is left. */
static struct ike_uv_child *place_of(ike_uv *v, const ike_child *child)
{
    for (uint32_t i = 0; i < v->children_n; i++)
        if (v->child[i].id == child->id)
            return &v->child[i];
    for (uint32_t i = 0; i < v->children_n; i++)
        if (v->child[i].id == 0 && strcmp(v->child[i].name, child->name) == 0)
            return &v->child[i];
    return v->children_n < IKE_UV_CHILDREN_MAX ? &v->child[v->children_n++] : NULL;
}

static void remember_child(ike_uv *v, const ike_child *child)
{
    struct ike_uv_child *c = place_of(v, child);

    if (!c)
        return;
    memset(c, 0, sizeof(*c));
    c->id = child->id;
    strncpy(c->name, child->name, sizeof(c->name) - 1);
    c->remote_n = child->remote_n < 16 ? child->remote_n : 16;
    if (c->remote_n > 0)
        memcpy(c->remote, child->remote, c->remote_n * sizeof(c->remote[0]));
    if (child->local_n > 0)
        c->local = child->local[0];
}

static uint32_t routes_of(ike_uv *v)
{
    uint32_t n = 0;

    for (uint32_t k = 0; k < v->children_n; k++)
        for (uint32_t i = 0; i < v->child[k].remote_n; i++)
            n = add_range(v->routes, n, v->child[k].remote[i].first, &v->child[k].remote[i].last);
    for (uint32_t i = 0; i < v->subnets_n; i++)
        n = add_network(v->routes, n, &v->subnets[i]);
    return n;
}

static void choose_addresses(ike_uv *v, ike_tun_plan *plan)
{
    const ike_ts *local = v->children_n ? &v->child[0].local : NULL;

    plan->ip = v->ip;
    plan->ip_n = v->ip_n;
    if (v->ip_n == 0 && local && local->first.family != 0) { /* no virtual address: ours is the selector's */
        memset(&v->own, 0, sizeof(v->own));
        v->own.addr = local->first;
        v->own.addr.port = 0;
        v->own.bits = (uint32_t)width(&v->own.addr);
        plan->ip = &v->own;
        plan->ip_n = memcmp(v->own.addr.ip, v->path.local.ip, 16) == 0 ? 0 : 1;
    }
}

/* What the profile wishes over what was agreed. */
static void lay_wish(ike_uv *v, ike_tun_plan *plan)
{
    const ike_tun_plan *wish = v->cfg.plan;

    plan->dns = wish && wish->dns_n ? wish->dns : v->dns;
    plan->dns_n = wish && wish->dns_n ? wish->dns_n : v->dns_n;
    plan->routes = wish && wish->routes_n ? wish->routes : v->routes;
    plan->routes_n = wish && wish->routes_n ? wish->routes_n : v->agreed_n;
    plan->excluded = wish ? wish->excluded : NULL;
    plan->excluded_n = wish ? wish->excluded_n : 0;
    plan->block_ip4 = wish ? wish->block_ip4 : 0;
    plan->block_ip6 = wish ? wish->block_ip6 : 0;
}

int ike__uv_configure(ike_uv *v, const ike_child *child)
{
    ike_tun_plan plan = IKE_TUN_PLAN_INIT;

    remember_child(v, child);
    choose_addresses(v, &plan);
    v->agreed_n = routes_of(v);
    lay_wish(v, &plan);
    v->plan = plan;
    v->has_plan = 1;
    return ike__uv_configure_again(v, &v->path.remote);
}

void ike__uv_forget(ike_uv *v, uint32_t id)
{
    for (uint32_t i = 0; i < v->children_n; i++)
        if (v->child[i].id == id) {
            memmove(&v->child[i], &v->child[i + 1], (--v->children_n - i) * sizeof(v->child[0]));
            v->agreed_n = routes_of(v);
            ike__uv_replan(v);
            return;
        }
}

void ike__uv_stale(ike_uv *v)
{
    for (uint32_t i = 0; i < v->children_n; i++)
        v->child[i].id = 0;
}

/* To the TUN, or to whoever stands in for it. */
static int put(ike_uv *v)
{
    const char *why = "";
    int err;

    if (v->is_closing) /* they may be gone */
        return IKE_E_LOCAL_IO;
    if (v->cfg.on_plan)
        err = v->cfg.on_plan(v, &v->plan, &why, v->cfg.user);
    else if ((err = v->cfg.tun->configure(v->cfg.tun->self, &v->plan)) < 0)
        why = v->cfg.tun->why(v->cfg.tun->self);
    if (err < 0)
        snprintf(v->plan_why, sizeof(v->plan_why), "%s", why);
    return err;
}

void ike__uv_replan(ike_uv *v)
{
    if (!v->has_plan || !v->cfg.tun)
        return;
    lay_wish(v, &v->plan);
    (void)ike__uv_configure_again(v, &v->path.remote);
}

/* What is wished, at most what fits; but an IPv6 link has no less than 1280 (RFC 8200 5): what is larger is cut outside. */
static uint32_t mtu_of(const ike_uv *v, const ike_addr *gateway)
{
    uint32_t wish = v->cfg.plan ? v->cfg.plan->mtu : 0, fits = v->inner_mtu;

    if (fits == 0)
        return wish ? wish : gateway->family == 4 ? MTU_OVER_IP4 : MTU_OVER_IP6;
    if (fits < IP6_LEAST)
        for (uint32_t i = 0; i < v->plan.ip_n; i++)
            if (v->plan.ip[i].addr.family == 6)
                fits = IP6_LEAST;
    fits = fits < MTU_MOST ? fits : MTU_MOST;
    return wish && wish < fits ? wish : fits;
}

int ike__uv_configure_again(ike_uv *v, const ike_addr *gateway)
{
    if (!v->has_plan)
        return 0;
    v->plan.mtu = mtu_of(v, gateway);
    v->plan.gateway = gateway;
    return put(v);
}

int ike__uv_keep_outside(ike_uv *v, const ike_addr *addr)
{
    uint32_t n = v->plan.excluded_n;

    if (!v->has_plan || !v->cfg.tun)
        return 0;
    for (uint32_t i = 0; i < n; i++)
        if (v->plan.excluded[i].bits == (uint32_t)width(addr) &&
            memcmp(v->plan.excluded[i].addr.ip, addr->ip, sizeof(addr->ip)) == 0)
            return 0;
    if (n >= IKE_UV_ROUTES_MAX)
        return IKE_E_LIMIT;
    if (n > 0 && v->plan.excluded != v->outside)
        memcpy(v->outside, v->plan.excluded, n * sizeof(v->outside[0]));
    memset(&v->outside[n], 0, sizeof(v->outside[n]));
    v->outside[n].addr = *addr;
    v->outside[n].addr.port = 0;
    v->outside[n].bits = (uint32_t)width(addr);
    v->plan.excluded = v->outside;
    v->plan.excluded_n = n + 1;
    return put(v);
}
