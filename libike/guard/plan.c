/* guard/plan.c - wishes, session and network in, one plan out. SPDX-License-Identifier: Apache-2.0
 *
 * The heart is one question: what is guarded now? Forced: what the profile names for the tunnel (if it names nothing,
 * everything), in every phase. Optional: what the tunnel takes, while it stands or is being restored. What is guarded goes
 * into the tunnel or nowhere; what is let past is an entry of its own, with a reason.
 *
 * RFC 4301 4.4.1: the entries are an SPD: DISCARD unless BYPASS or PROTECT was said.
 *
 * Invariants: pure; equal input, equal octets; a plan is whole or there is none.
 *
 * Not here: sets (sets.c, apps.c), routes and rules (routes.c), verdicts (entries.c), DNS (dns.c). */
#include "guard/room.h"
#include <string.h>

/* Numbers that hardly anybody else uses. The mask leaves the lower half of a mark to others. */
#define MARK_BASE    0x49000000u
#define MARK_MASK    0xffff0000u
#define MARK_OUTSIDE 0x00010000u
#define MARK_INSIDE  0x00020000u
#define MARK_EACH    0x00040000u
#define TABLE_BASE   18688u
#define INSTANCES    64u

static void head(ike_guard_plan *p, uint32_t instance)
{
    memset(p, 0, sizeof(*p));
    p->size = sizeof(*p);
    p->is_empty = 1;
    p->instance = instance;
    p->mark = MARK_BASE + instance * MARK_EACH;
    p->mask = MARK_MASK;
    p->table = TABLE_BASE + instance;
    p->priority = TABLE_BASE + instance * IKE_GUARD_RULES;
}

int ike_guard_make_off(uint32_t instance, ike_guard_plan *out)
{
    if (!out || instance >= INSTANCES)
        return IKE_E_USAGE;
    head(out, instance);
    return 0;
}

static int is_wanted(uint32_t choice, int otherwise)
{
    return choice == IKE_GUARD_DEFAULT ? otherwise : choice == IKE_GUARD_YES;
}

/* Everything of one family is in the list. */
static int takes_all(const ike_prefix *list, uint32_t n, uint32_t family)
{
    ike_prefix all = ike__guard_everything(family);

    return ike__guard_is_covered(list, n, &all);
}

static void find_guarded(struct ike_making *m)
{
    const ike_guard_config *c = &m->cfg;

    m->is_guarding = m->is_forced || m->is_standing;
    if (c->subnets_n > 0) {
        m->all4 = takes_all(c->subnets, c->subnets_n, 4);
        m->all6 = takes_all(c->subnets, c->subnets_n, 6);
    } else if (m->is_forced) {
        m->all4 = m->all6 = 1;
    } else if (m->is_standing) { /* a full tunnel of one family leaves nothing to the other (RFC 7359 4) */
        m->all4 = m->all6 = takes_all(m->state.routes, m->state.routes_n, 4) ||
                            takes_all(m->state.routes, m->state.routes_n, 6);
    }
    m->is_full = m->all4 || m->all6;
    m->all4 = m->is_guarding && (m->all4 || c->block_ip4);
    m->all6 = m->is_guarding && (m->all6 || c->block_ip6);
    m->is_full = m->is_full || (m->all4 && m->all6);
}

static void look(struct ike_making *m)
{
    uint32_t phase = m->state.phase;

    m->is_forced = m->cfg.mode == IKE_GUARD_FORCED;
    m->is_standing = phase == IKE_GUARD_UP || phase == IKE_GUARD_ROAMING || phase == IKE_GUARD_LOST ||
                     phase == IKE_GUARD_CLOSING;
    m->has_tun = m->is_standing && m->state.tun != 0;
    m->lan = is_wanted(m->cfg.lan, !m->is_forced);
    m->forwarded = is_wanted(m->cfg.forwarded, !m->is_forced);
    m->outside_mark = m->plan->mark + MARK_OUTSIDE;
    m->inside_mark = m->plan->mark + MARK_INSIDE;
    find_guarded(m);
}

/* ---- what cannot be ---- */

static int check_nets(const ike_prefix *list, uint32_t n)
{
    ike_prefix net;

    for (uint32_t i = 0; i < n; i++)
        if (ike__guard_mask(&list[i], &net) < 0)
            return IKE_E_CONFIG;
    return 0;
}

static int check_addrs(const ike_addr *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (ike__guard_width(list[i].family) == 0)
            return IKE_E_CONFIG;
    return 0;
}

static int check_app(const ike_guard_app *a)
{
    if (a->kind == IKE_GUARD_APP_UID)
        return a->uid_first <= a->uid_last ? 0 : IKE_E_CONFIG;
    if (a->kind == IKE_GUARD_APP_MARK)
        return a->mask != 0 && (a->mark & ~a->mask) == 0 ? 0 : IKE_E_CONFIG;
    if (!memchr(a->text, '\0', sizeof(a->text)))
        return IKE_E_CONFIG;
    if (a->kind == IKE_GUARD_APP_CGROUP) /* the root would be everybody */
        return a->text[0] == '/' && a->text[1] && a->text[strlen(a->text) - 1] != '/' ? 0 : IKE_E_CONFIG;
    return a->kind == IKE_GUARD_APP_NAME && a->text[0] ? 0 : IKE_E_CONFIG;
}

/* Somebody who can be told from the others, or nobody. */
static int check_holder(const ike_guard_app *a)
{
    return a->kind == IKE_GUARD_APP_NONE || (a->kind != IKE_GUARD_APP_NAME && check_app(a) == 0)
               ? 0
               : IKE_E_CONFIG;
}

static int check_config(const ike_guard_config *c)
{
    int bad = check_nets(c->subnets, c->subnets_n) | check_nets(c->excluded, c->excluded_n) |
              check_addrs(c->dns, c->dns_n);

    for (uint32_t i = 0; i < c->apps_n; i++)
        bad |= check_app(&c->apps[i]);
    if (c->mode > IKE_GUARD_FORCED || c->start > IKE_GUARD_TRIGGERED || c->lan > IKE_GUARD_NO ||
        c->forwarded > IKE_GUARD_NO || c->portal > IKE_GUARD_NO || (c->only_apps && c->apps_n == 0))
        bad = 1;
    return bad ? IKE_E_CONFIG : 0;
}

static int check_world(const ike_guard_state *s, const ike_guard_facts *f)
{
    int bad = check_nets(s->ip, s->ip_n) | check_nets(s->routes, s->routes_n) |
              check_addrs(s->gateways, s->gateways_n) | check_addrs(s->dns, s->dns_n) |
              check_nets(f->portal, f->portal_n) | check_addrs(f->portal_dns, f->portal_dns_n) |
              check_holder(&f->portal_app) | check_holder(&f->self);

    for (uint32_t i = 0; i < f->links_n; i++)
        bad |= check_nets(f->links[i].on_link, f->links[i].on_link_n) |
               check_addrs(f->links[i].dns, f->links[i].dns_n);
    for (uint32_t i = 0; i < s->anchors_n; i++)
        bad |= s->anchors[i].domain >= s->domains_n || s->anchors[i].digest_n > IKE_GUARD_DIGEST;
    return bad ? IKE_E_CONFIG : 0;
}

/* ---- the whole ---- */

static int make(struct ike_making *m)
{
    ike_guard_plan *p = m->plan;

    p->mode = m->cfg.mode;
    p->phase = m->state.phase;
    if (m->state.phase == IKE_GUARD_OFF || !m->is_guarding)
        return 0;
    p->is_empty = 0;
    p->tun = m->has_tun ? m->state.tun : 0;
    p->only_apps = m->cfg.only_apps;
    p->forced_all = m->is_forced && m->all4 && m->all6 && !m->cfg.only_apps;
    ike__guard_make_sets(m);
    ike__guard_make_apps(m);
    ike__guard_make_dns(m);
    ike__guard_make_routes(m);
    ike__guard_make_entries(m);
    return m->err;
}

static int adopt(struct ike_making *m, const ike_guard_config *cfg, const ike_guard_state *state,
                 const ike_guard_facts *facts)
{
    int err = ike_struct_adopt(&m->cfg, sizeof(m->cfg), cfg);

    if (err == 0)
        err = ike_struct_adopt(&m->state, sizeof(m->state), state);
    if (err == 0)
        err = ike_struct_adopt(&m->facts, sizeof(m->facts), facts);
    if (err == 0 && (m->state.phase > IKE_GUARD_CLOSING || m->facts.instance >= INSTANCES))
        err = IKE_E_USAGE;
    if (err == 0)
        err = check_config(&m->cfg);
    return err < 0 ? err : check_world(&m->state, &m->facts);
}

int ike_guard_make(const ike_guard_config *cfg, const ike_guard_state *state, const ike_guard_facts *facts,
                   ike_guard_plan *out)
{
    struct ike_making m;
    int err;

    if (!cfg || !state || !facts || !out)
        return IKE_E_USAGE;
    memset(&m, 0, sizeof(m));
    err = adopt(&m, cfg, state, facts);
    if (err < 0)
        return err;
    head(out, m.facts.instance);
    m.plan = out;
    look(&m);
    return make(&m);
}
