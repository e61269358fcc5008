/* apply/ruleset.c - a plan's verdicts as a script for nft(8). SPDX-License-Identifier: Apache-2.0
 *
 * One table of our own, made anew as a whole in one transaction: there is no moment without it. Chains follow the plan
 * entry by entry; an entry for both families that names addresses becomes a rule for each. The policy of every chain is
 * accept, for where no entry fits the plan has nothing to say. Devices are named by index: what takes the name of our
 * TUN after us gets none of its rights.
 *
 * Not here: who runs it (nft.c), which verdicts (the plan). */
#include "apply/room.h"
#include <arpa/inet.h>
#include <string.h>

#define LOOPBACK_INDEX 1u /* in every network namespace */

static const char *const set_names[] = {"any",     "virtual",  "guarded", "excluded",  "lan",
                                        "gateway", "resolver", "portal",  "portal_dns"};
#define SETS_N (sizeof(set_names) / sizeof(set_names[0]))

/* ---- sets ---- */

static int has_nets(const ike_guard_plan *p, uint32_t set, uint32_t family)
{
    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == set && p->nets[i].net.addr.family == family)
            return 1;
    return 0;
}

static void write_net(FILE *out, const ike_prefix *net)
{
    char text[INET6_ADDRSTRLEN];

    (void)inet_ntop(net->addr.family == 4 ? AF_INET : AF_INET6, net->addr.ip, text, sizeof(text));
    fprintf(out, "%s/%u", text, net->bits);
}

/* Seconds that a set is good for; 0: as long as the table. A portal's hole closes by itself, also if nobody is left to
 * close it. */
static uint64_t life_of(const ike_guard_plan *p, uint32_t set, ike_time now)
{
    if ((set != IKE_GUARD_SET_PORTAL && set != IKE_GUARD_SET_PORTAL_DNS) || p->hole.until == 0)
        return 0;
    return p->hole.until > now ? (p->hole.until - now + 999999u) / 1000000u : 1;
}

static void write_set(FILE *out, const ike_guard_plan *p, uint32_t set, uint32_t family, ike_time now)
{
    const char *comma = "";
    uint64_t life = life_of(p, set, now);

    if (!has_nets(p, set, family))
        return;
    fprintf(out, " set %s%u {\n  type ipv%u_addr; flags interval%s\n  elements = { ", set_names[set], family,
            family, life ? ", timeout" : "; auto-merge");
    for (uint32_t i = 0; i < p->nets_n; i++)
        if (p->nets[i].set == set && p->nets[i].net.addr.family == family) {
            fputs(comma, out);
            write_net(out, &p->nets[i].net);
            if (life)
                fprintf(out, " timeout %llus", (unsigned long long)life);
            comma = ", ";
        }
    fputs(" }\n }\n", out);
}

/* ---- what a rule matches ---- */

static void write_device(FILE *out, const ike_guard_plan *p, const char *word, uint32_t device)
{
    if (device == IKE_GUARD_DEVICE_LOOPBACK)
        fprintf(out, "%s %u ", word, LOOPBACK_INDEX);
    else if (device == IKE_GUARD_DEVICE_TUN)
        fprintf(out, "%s %u ", word, p->tun);
    else if (device == IKE_GUARD_DEVICE_OUTSIDE)
        fprintf(out, "%s != %u ", word, LOOPBACK_INDEX);
    if (device == IKE_GUARD_DEVICE_OUTSIDE && p->tun)
        fprintf(out, "%s != %u ", word, p->tun);
}

static void write_range(FILE *out, const char *words, uint32_t first, uint32_t last)
{
    if (last)
        fprintf(out, first == last ? "%s %u " : "%s %u-%u ", words, first, last);
}

static void write_protocol(FILE *out, const ike_guard_entry *e)
{
    if (e->proto == IPPROTO_ICMPV6 || e->proto == IPPROTO_ICMP) {
        fprintf(out, "meta l4proto %u ", e->proto);
        write_range(out, e->proto == IPPROTO_ICMP ? "icmp type" : "icmpv6 type", e->dport_first,
                    e->dport_last);
    } else if (e->proto) {
        fprintf(out, "meta l4proto %u ", e->proto);
        write_range(out, "th sport", e->sport_first, e->sport_last);
        write_range(out, "th dport", e->dport_first, e->dport_last);
    }
}

/* A mark under a mask. */
static void write_mark(FILE *out, const char *word, uint32_t mark, uint32_t mask)
{
    if (mask)
        fprintf(out, "%s mark and 0x%08x == 0x%08x ", word, mask, mark);
}

/* Our bits of a mark, the rest as it was. */
static void set_mark(FILE *out, const char *word, uint32_t mark, uint32_t mask)
{
    fprintf(out, "%s mark set %s mark and 0x%08x or 0x%08x ", word, word, ~mask, mark);
}

static int write_app(FILE *out, const ike_guard_app *app)
{
    struct ike_apply_cgroup at;

    switch (app->kind) {
    case IKE_GUARD_APP_UID:
        fprintf(out, "meta skuid %u-%u ", app->uid_first, app->uid_last);
        return 0;
    case IKE_GUARD_APP_MARK:
        write_mark(out, "meta", app->mark, app->mask);
        return 0;
    case IKE_GUARD_APP_CGROUP:
        if (ike__apply_cgroup(app->text, &at) < 0)
            return IKE_E_LOCAL_IO;
        fprintf(out, "socket cgroupv2 level %u \"%s\" ", at.level, at.path);
        return 0;
    default:
        return IKE_E_CONFIG;
    }
}

/* ---- one entry ---- */

static void write_set_match(FILE *out, const char *direction, uint32_t set, uint32_t family)
{
    if (set != IKE_GUARD_ANY)
        fprintf(out, "%s %s @%s%u ", family == 4 ? "ip" : "ip6", direction, set_names[set], family);
}

/* Whose packets got a mark are known by it. */
static int write_member(FILE *out, const ike_guard_plan *p, const ike_guard_member *m)
{
    if (m->set_mark == 0)
        return write_app(out, &m->app);
    write_mark(out, "meta", m->set_mark, p->mask);
    return 0;
}

/* begins 1: only remembers the flow. A rule of its own, because what is not tracked (neighbour discovery, or what the
 * system's owner exempts) has nothing to remember, and nftables leaves a rule at the first thing it cannot do. */
static int write_rule(FILE *out, const ike_guard_plan *p, const ike_guard_entry *e, uint32_t family,
                      int begins)
{
    int err;

    fputs("  ", out);
    if (family)
        fprintf(out, "meta nfproto ipv%u ", family);
    if (e->chain == IKE_GUARD_FORWARD)
        write_device(out, p, "iif", e->from_device);
    write_device(out, p, e->chain == IKE_GUARD_IN ? "iif" : "oif", e->device);
    write_set_match(out, "saddr", e->from, family);
    write_set_match(out, "daddr", e->to, family);
    write_protocol(out, e);
    write_mark(out, "meta", e->mark, e->mask);
    if (e->app && (err = write_member(out, p, &p->apps[e->app - 1])) < 0)
        return err;
    if (e->reply) {
        fputs("ct state established,related ", out);
        write_mark(out, "ct", p->mark, p->mask);
    }
    if (begins) {
        set_mark(out, "ct", p->mark, p->mask);
        fputs("\n", out);
        return 0;
    }
    fprintf(out, "counter %s comment \"%s\"\n", e->verdict == IKE_GUARD_ACCEPT ? "accept" : "drop",
            ike_guard_reason_name(e->why));
    return 0;
}

static int write_rules(FILE *out, const ike_guard_plan *p, const ike_guard_entry *e, uint32_t family)
{
    int err = e->begins ? write_rule(out, p, e, family, 1) : 0;

    return err < 0 ? err : write_rule(out, p, e, family, 0);
}

/* Where it names addresses, only those families that have some. */
static int can_be(const ike_guard_plan *p, const ike_guard_entry *e, uint32_t family)
{
    return (e->family == 0 || e->family == family) &&
           (e->from == IKE_GUARD_ANY || has_nets(p, e->from, family)) &&
           (e->to == IKE_GUARD_ANY || has_nets(p, e->to, family));
}

static int write_entry(FILE *out, const ike_guard_plan *p, const ike_guard_entry *e)
{
    int err = 0;

    if (e->from >= SETS_N || e->to >= SETS_N || e->app > p->apps_n)
        return IKE_E_USAGE;
    if (e->from == IKE_GUARD_ANY && e->to == IKE_GUARD_ANY)
        return write_rules(out, p, e, e->family);
    for (uint32_t family = 4; err == 0 && family <= 6; family += 2)
        if (can_be(p, e, family))
            err = write_rules(out, p, e, family);
    return err;
}

static int write_chain(FILE *out, const ike_guard_plan *p, uint32_t chain)
{
    /* Made here is judged where it leaves: the output hook still sees the device of before a mark changed the way. What
     * is forwarded passes there too, and had its verdict: it came in by a device, and is not ours. The device alone does
     * not tell: the kernel's own packets (IGMP, its tunnels) name one as well. Before addresses are rewritten. */
    static const char *const heads[] = {
        NULL,
        "out {\n  type filter hook postrouting priority mangle; policy accept\n"
        "  iif != 0 fib saddr type unicast accept",
        "in {\n  type filter hook input priority filter; policy accept",
        "forward {\n  type filter hook forward priority 300; policy accept"};
    int err = 0;

    fprintf(out, " chain %s\n", heads[chain]);
    for (uint32_t i = 0; err == 0 && i < p->entries_n; i++)
        if (p->entries[i].chain == chain)
            err = write_entry(out, p, &p->entries[i]);
    fputs(" }\n", out);
    return err;
}

/* ---- marks and addresses ---- */

static int has_marked(const ike_guard_plan *p)
{
    for (uint32_t i = 0; i < p->apps_n; i++)
        if (p->apps[i].set_mark)
            return 1;
    return 0;
}

/* Packets of applications that no routing rule can tell apart get a mark before they are routed. */
static int write_apps(FILE *out, const ike_guard_plan *p)
{
    int err = 0;

    if (!has_marked(p))
        return 0;
    fputs(" chain apps {\n  type route hook output priority mangle; policy accept\n", out);
    for (uint32_t i = 0; err == 0 && i < p->apps_n; i++) {
        if (!p->apps[i].set_mark)
            continue;
        fprintf(out, "  meta mark and 0x%08x == 0 ", p->mask);
        err = write_app(out, &p->apps[i].app);
        set_mark(out, "meta", p->apps[i].set_mark, p->mask);
        set_mark(out, "ct", p->apps[i].set_mark, p->mask);
        fputs("\n", out);
    }
    fputs(" }\n", out);
    return err;
}

/* The system asks which way it would answer, and drops what does not come from there (RFC 3704; rp_filter, or a
 * firewall's `fib saddr . mark . iif`). Where a mark decided the way out, the answer has to have it as well. */
static void write_gateway(FILE *out, const ike_guard_plan *p)
{
    fputs(" chain gateway {\n  type filter hook prerouting priority raw; policy accept\n", out);
    for (uint32_t family = 4; family <= 6; family += 2) {
        if (!has_nets(p, IKE_GUARD_SET_GATEWAY, family))
            continue;
        fprintf(out, "  meta l4proto 17 ");
        write_set_match(out, "saddr", IKE_GUARD_SET_GATEWAY, family);
        set_mark(out, "meta", p->mark, p->mask);
        fputs("\n", out);
    }
    fputs(" }\n", out);
}

static void write_answer(FILE *out, const ike_guard_plan *p, uint32_t mark)
{
    fputs("  ct direction reply ", out);
    write_mark(out, "ct", mark, p->mask);
    set_mark(out, "meta", mark, p->mask);
    fputs("\n", out);
}

static void write_answers(FILE *out, const ike_guard_plan *p)
{
    fputs(" chain answers {\n  type filter hook prerouting priority mangle; policy accept\n", out);
    write_answer(out, p, p->mark);
    for (uint32_t i = 0; i < p->apps_n; i++)
        if (p->apps[i].set_mark)
            write_answer(out, p, p->apps[i].set_mark);
    fputs(" }\n", out);
}

/* What got its way by a mark had chosen its address before; what is forwarded has one of somebody else's. */
static void write_rewrite(FILE *out, const ike_guard_plan *p)
{
    if (!p->rewrite && !has_marked(p))
        return;
    fputs(" chain rewrite {\n  type nat hook postrouting priority srcnat; policy accept\n", out);
    if (p->rewrite && p->tun)
        fprintf(out, "  oif %u fib saddr type != local masquerade\n", p->tun);
    for (uint32_t i = 0; i < p->apps_n; i++) {
        if (!p->apps[i].set_mark)
            continue;
        fputs("  ", out);
        write_mark(out, "meta", p->apps[i].set_mark, p->mask);
        fprintf(out, "oif != %u masquerade\n", LOOPBACK_INDEX);
    }
    fputs(" }\n", out);
}

int ike__apply_ruleset(FILE *out, const ike_guard_plan *p, const char *owner, ike_time now)
{
    int err;

    /* Replaces the table, whether there was one or not. */
    fprintf(out, "add table inet %s\ndelete table inet %s\n", IKE_APPLY_TABLE, IKE_APPLY_TABLE);
    if (p->is_empty)
        return 0;
    fprintf(out, "table inet %s {\n comment \"%s%s\"\n", IKE_APPLY_TABLE, IKE_APPLY_OWNED_BY, owner);
    for (uint32_t set = 1; set < SETS_N; set++)
        for (uint32_t family = 4; family <= 6; family += 2)
            write_set(out, p, set, family, now);
    err = write_apps(out, p);
    for (uint32_t chain = IKE_GUARD_OUT; err == 0 && chain <= IKE_GUARD_FORWARD; chain++)
        err = write_chain(out, p, chain);
    write_gateway(out, p);
    write_answers(out, p);
    write_rewrite(out, p);
    fputs("}\n", out);
    return err;
}
