/* apply/linux.c - a plan in, a system that follows it out. SPDX-License-Identifier: Apache-2.0
 *
 * Order of a plan: the firewall first, then what depends on it (routes, rules, the setting, DNS); the way back takes the
 * firewall last. So at every moment, whatever fails or is killed, what is there blocks at least what the plan blocks.
 * The file of the state is written before what it lets restore is changed.
 *
 * Not here: verdicts as nft says them (ruleset.c), routes (routes.c), DNS (dns.c), what to plan (session.c). */
#include "apply/guard.h"
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RUN_DIR "/run/ike"

int ike__apply_fail(ike_guard_linux *g, int err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(g->why, sizeof(g->why), format, args);
    va_end(args);
    return err;
}

ike_time ike__apply_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

/* ---- the firewall ---- */

static int script_of(const ike_guard_linux *g, const ike_guard_plan *plan, char **script)
{
    size_t n = 0;
    FILE *f = open_memstream(script, &n);
    int err;

    if (!f)
        return IKE_E_NOMEM;
    err = ike__apply_ruleset(f, plan, g->owner, ike__apply_now());
    if (fclose(f) != 0 && err == 0)
        err = IKE_E_NOMEM;
    if (err < 0) {
        free(*script);
        *script = NULL;
    }
    return err;
}

static int put_firewall(ike_guard_linux *g, const ike_guard_plan *plan)
{
    char *script = NULL;
    int err = script_of(g, plan, &script);

    if (err < 0)
        return ike__apply_fail(g, err,
                               "the firewall: an application of the profile cannot be told from others");
    if (g->script && strcmp(script, g->script) == 0) { /* it is there, or on_change would have forgotten it */
        free(script);
        return 0;
    }
    err = ike__apply_nft_run(script, g->why, sizeof(g->why));
    free(g->script);
    g->script = err == 0 ? script : NULL;
    if (err < 0)
        free(script);
    return err;
}

/* ---- the rest ---- */

static int put_routes(ike_guard_linux *g, const ike_guard_plan *plan)
{
    const char *what;
    int err = ike__apply_routes(g->nl, plan, &what);

    return err == 0 ? 0 : ike__apply_fail(g, IKE_E_LOCAL_IO, "%s: %s", what, strerror(-err));
}

static void put_setting(ike_guard_linux *g)
{
    int before;

    if (g->state.src_valid_mark >= 0 || !ike__apply_setting_is_needed())
        return;
    before = ike__apply_setting_get();
    if (before == 1)
        return;
    g->state.src_valid_mark = 0;
    if (ike__apply_state_write(g->lock, &g->state) < 0 || ike__apply_setting_put(1) < 0) {
        g->state.src_valid_mark = -1;
        snprintf(g->warning, sizeof(g->warning),
                 "rp_filter is strict and src_valid_mark cannot be set: nothing may come in");
    }
}

static int lift(ike_guard_linux *g, const ike_guard_plan *plan)
{
    char ignored[200];
    int err;

    (void)ike__apply_dns(&g->state, g->lock, g->kept, plan, ignored, sizeof(ignored));
    if (g->state.src_valid_mark >= 0)
        (void)ike__apply_setting_put(g->state.src_valid_mark);
    g->state.src_valid_mark = -1;
    err = put_routes(g, plan);
    if (err == 0)
        err = put_firewall(g, plan);
    g->is_lifted = err == 0;
    return err;
}

int ike_guard_linux_put(ike_guard_linux *g, const ike_guard_plan *plan)
{
    int err;

    if (!g || !plan || plan->size != sizeof(*plan))
        return IKE_E_USAGE;
    g->why[0] = g->warning[0] = '\0';
    if (plan->is_empty)
        return lift(g, plan);
    g->is_lifted = 0;
    snprintf(g->state.phase, sizeof(g->state.phase), "%s", ike_guard_phase_name(plan->phase));
    g->state.hole_until = plan->hole.is_open ? plan->hole.until : 0;
    if (ike__apply_state_write(g->lock, &g->state) < 0)
        return ike__apply_fail(g, IKE_E_LOCAL_IO, "the guard's state cannot be written: %s", strerror(errno));
    err = put_firewall(g, plan);
    if (err == 0)
        err = put_routes(g, plan);
    if (err < 0)
        return err;
    put_setting(g);
    (void)ike__apply_dns(&g->state, g->lock, g->kept, plan, g->warning, sizeof(g->warning));
    return ike__apply_state_write(g->lock, &g->state);
}

int ike_guard_linux_facts(ike_guard_linux *g, uint32_t tun, ike_guard_facts *out)
{
    ike_guard_facts facts = IKE_GUARD_FACTS_INIT;
    int err;

    if (!g || !out)
        return IKE_E_USAGE;
    err = ike__apply_facts(g->nl, &g->facts, tun, g->kept);
    if (err != 0)
        return ike__apply_fail(g, IKE_E_LOCAL_IO, "the list of links: %s", strerror(-err));
    facts.instance = g->instance;
    facts.links = g->facts.links;
    facts.links_n = g->facts.links_n;
    *out = facts;
    return 0;
}

/* ---- whose it is ---- */

/* What can stand in nft's comment as it is. */
static void take_owner(char *out, size_t cap, const char *owner)
{
    size_t n = 0;

    for (; owner[n] && n + 1 < cap; n++)
        out[n] = isalnum((unsigned char)owner[n]) || strchr("-_.@ ", owner[n]) ? owner[n] : '_';
    out[n] = '\0';
}

static int check_owner(ike_guard_linux *g, const char *owner)
{
    char found[IKE_APPLY_OWNER_MAX];

    if (ike__apply_nft_owner(found, sizeof(found)) < 0)
        return ike__apply_fail(g, IKE_E_LOCAL_IO,
                               "the firewall cannot be read: it needs root or CAP_NET_ADMIN");
    take_owner(g->owner, sizeof(g->owner), owner ? owner : found);
    if (!owner || !found[0] || strcmp(found, g->owner) == 0)
        return 0;
    return ike__apply_fail(g, IKE_E_DENIED, "the guard of \"%s\" is in force; lift it first", found);
}

static int take(ike_guard_linux *g, const char *owner)
{
    int err;

    g->lock = ike__apply_state_open(g->run_dir, &g->state);
    if (g->lock == IKE_E_DENIED)
        return ike__apply_fail(g, IKE_E_DENIED, "another client (process %d) guards this network",
                               g->state.pid);
    if (g->lock < 0)
        return ike__apply_fail(g, IKE_E_LOCAL_IO, "%s cannot be written: %s", g->run_dir, strerror(errno));
    err = check_owner(g, owner);
    if (err < 0)
        return err;
    if (ike__apply_state_path(g->run_dir, ".resolv", g->kept, sizeof(g->kept)) < 0 ||
        ike__apply_rtnl_open(&g->nl) != 0)
        return ike__apply_fail(g, IKE_E_LOCAL_IO, "netlink: %s", strerror(errno));
    g->state.pid = (int)getpid();
    if (!g->owner[0])
        g->is_lifted = 1; /* nothing is there, and nothing to be remembered */
    return 0;
}

int ike_guard_linux_open(ike_guard_linux **out, const ike_guard_linux_config *theirs, char *why,
                         size_t why_cap)
{
    ike_guard_linux_config cfg;
    ike_guard_linux *g;
    int err;

    if (why && why_cap)
        why[0] = '\0';
    if (!out || ike_struct_adopt(&cfg, sizeof(cfg), theirs) < 0 || (cfg.owner && !cfg.owner[0]))
        return IKE_E_USAGE;
    *out = NULL;
    g = calloc(1, sizeof(*g));
    if (!g)
        return IKE_E_NOMEM;
    g->lock = g->watch.set = -1;
    g->run_dir = cfg.run_dir ? cfg.run_dir : RUN_DIR;
    g->instance = cfg.instance;
    err = ike__apply_session_init(g);
    if (err == 0)
        err = take(g, cfg.owner);
    if (err == 0) {
        *out = g;
        return 0;
    }
    if (why && why_cap)
        snprintf(why, why_cap, "%s", g->why);
    ike_guard_linux_close(g);
    return err;
}

void ike_guard_linux_close(ike_guard_linux *g)
{
    if (!g)
        return;
    if (g->nl)
        mnl_socket_close(g->nl);
    ike__apply_watch_close(&g->watch);
    if (g->lock >= 0)
        ike__apply_state_close(g->lock, g->run_dir, g->is_lifted);
    free(g->script);
    free(g->plan);
    free(g);
}

const char *ike_guard_linux_why(const ike_guard_linux *g)
{
    return g->why;
}

const char *ike_guard_linux_warning(const ike_guard_linux *g)
{
    return g->warning;
}

/* ---- what others do to it ---- */

int64_t ike_guard_linux_pollable(ike_guard_linux *g)
{
    if (!g || (g->watch.set < 0 && ike__apply_watch_open(&g->watch) < 0))
        return -1;
    return g->watch.set;
}

void ike__apply_is_it_there(ike_guard_linux *g)
{
    char owner[IKE_APPLY_OWNER_MAX];

    if (ike__apply_nft_owner(owner, sizeof(owner)) == 0 && strcmp(owner, g->owner) == 0)
        return;
    free(g->script);
    g->script = NULL;
}

/* ---- a look ---- */

int ike_guard_linux_look(const char *run_dir, ike_guard_linux_status *theirs)
{
    ike_guard_linux_status s = IKE_GUARD_LINUX_STATUS_INIT;
    struct ike_apply_state state;
    int held;

    if (!theirs || theirs->size != sizeof(s))
        return IKE_E_USAGE;
    held = ike__apply_state_look(run_dir ? run_dir : RUN_DIR, &state);
    if (held < 0 || ike__apply_nft_owner(s.owner, sizeof(s.owner)) < 0)
        return IKE_E_LOCAL_IO;
    if (s.owner[0]) {
        snprintf(s.phase, sizeof(s.phase), "%s", state.phase);
        snprintf(s.dns, sizeof(s.dns), "%.*s", (int)strcspn(state.dns, ":"), state.dns);
        s.hole_until = state.hole_until;
    }
    s.pid = held ? (uint32_t)state.pid : 0;
    *theirs = s;
    return 0;
}
