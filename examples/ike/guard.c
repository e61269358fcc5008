/* examples/ike/guard.c - the guard of a connection. SPDX-License-Identifier: Apache-2.0
 *
 * A forced guard stands before the first packet and outlives the client, however that ends. It is lifted when somebody
 * who started it by hand ends the connection as wished, and by `ike guard off`; a failure is nobody's wish. */
#include "cli.h"

#ifdef IKE_HAVE_GUARD
#include "guard.h"
#include <net/if.h>
#include <stdlib.h>

int guard_complain(const char *why, const char *advice)
{
    fprintf(stderr, "ike: guard: %s; %s\n", why, advice);
    return EXIT_LOCAL;
}

/* ---- what is told ---- */

static void warn(guard *g, const char *text)
{
    uint32_t number = 5381;

    for (const char *c = text; *c; c++)
        number = number * 33 + (unsigned char)*c;
    for (uint32_t i = 0; i < g->said_n; i++)
        if (g->said[i] == number)
            return;
    if (g->said_n < GUARD_SAID_MAX)
        g->said[g->said_n++] = number;
    fprintf(stderr, "ike: warning: %s\n", text);
    output_warning(g->out, text, "see docs/GUARD.md");
}

void guard_tell(guard *g, int err)
{
    const ike_guard_plan *plan = ike_guard_linux_plan(g->linux_guard);

    if (err < 0)
        warn(g, ike_guard_linux_why(g->linux_guard));
    if (ike_guard_linux_warning(g->linux_guard)[0])
        warn(g, ike_guard_linux_warning(g->linux_guard));
    if (!plan)
        return;
    for (uint32_t i = 0; i < plan->warnings_n; i++)
        warn(g, plan->warnings[i].text);
    if (plan->phase != g->phase)
        output_guard(g->out, ike_guard_phase_name(plan->phase), ike_guard_mode_name(plan->mode));
    g->phase = plan->phase;
}

/* ---- from its start ---- */

int guard_open(ike_guard_linux **out, const char *owner)
{
    ike_guard_linux_config cfg = IKE_GUARD_LINUX_CONFIG_INIT;
    char why[256];

    cfg.owner = owner;
    if (ike_guard_linux_open(out, &cfg, why, sizeof(why)) == 0)
        return 0;
    return guard_complain(why, "see ike guard status");
}

/* What the routes of the TUN alone cannot do. */
static int is_wanted(const ike_guard_config *c)
{
    return c && (c->mode == IKE_GUARD_FORCED || c->start != IKE_GUARD_MANUAL || c->apps_n > 0 ||
                 c->lan != IKE_GUARD_DEFAULT || c->forwarded != IKE_GUARD_DEFAULT);
}

static const char *owner_of(const ike_profile *p)
{
    return p->uuid && p->uuid[0] ? p->uuid : p->name && p->name[0] ? p->name : "ike";
}

/* No guard of ours: somebody else's forced one would only let our attempts die in silence. */
static int check_free(void)
{
    ike_guard_linux_status s = IKE_GUARD_LINUX_STATUS_INIT;
    char why[128];

    if (ike_guard_linux_look(NULL, &s) < 0 || !s.owner[0])
        return 0; /* not readable: then the TUN cannot be made either, and says so */
    snprintf(why, sizeof(why), "the guard of \"%s\" is in force", s.owner);
    return guard_complain(why, "connect with its profile, or lift it: ike guard off");
}

int guard_arm(guard **out, const ike_profile *p, struct output *o)
{
    guard *g;
    int code;

    *out = NULL;
    if (!is_wanted(p->guard))
        return check_free();
    g = calloc(1, sizeof(*g));
    if (!g)
        return EXIT_LOCAL;
    g->out = o;
    g->config = p->guard;
    code = guard_open(&g->linux_guard, owner_of(p));
    if (code == 0 && ike_guard_linux_arm(g->linux_guard, p->guard) < 0) {
        code = guard_complain(ike_guard_linux_why(g->linux_guard), "nothing was connected");
        ike_guard_linux_close(g->linux_guard);
    }
    if (code != 0) {
        free(g);
        return code;
    }
    guard_tell(g, 0);
    *out = g;
    return 0;
}

void guard_rearm(guard *g, const ike_profile *p)
{
    if (!g)
        return;
    g->config = p->guard;
    g->probes_n = 0; /* they were the triggers' of the profile before, which will be gone */
    g->trying = NULL;
    guard_tell(g, ike_guard_linux_arm(g->linux_guard, p->guard));
}

/* ---- what the driver tells and asks ---- */

int guard_plan(guard *g, const ike_tun_plan *plan, const char **why)
{
    uint32_t index = if_nametoindex(ike_tun_linux_name(g->tun));
    int err = ike_guard_linux_configure(g->linux_guard, g->tun, index, plan);

    *why = ike_guard_linux_why(g->linux_guard);
    guard_tell(g, err);
    return err;
}

void guard_connecting(guard *g, const ike_path *path)
{
    if (!g)
        return;
    g->is_up = 0;
    guard_tell(g, ike_guard_linux_connecting(g->linux_guard, path));
}

void guard_event(guard *g, const ike_event *ev)
{
    if (!g)
        return;
    if (ev->type == IKE_EV_UP || ev->type == IKE_EV_CLOSED)
        g->is_up = ev->type == IKE_EV_UP;
    guard_tell(g, ike_guard_linux_event(g->linux_guard, ev));
}

void guard_network(guard *g)
{
    if (g)
        guard_tell(g, ike_guard_linux_network(g->linux_guard));
}

/* ---- to its end ---- */

int guard_lift(ike_guard_linux *g)
{
    ike_guard_plan *off = calloc(1, sizeof(*off));
    int err = off ? ike_guard_make_off(0, off) : IKE_E_NOMEM;

    if (err == 0)
        err = ike_guard_linux_put(g, off);
    free(off);
    return err;
}

void guard_leave(guard *g)
{
    if (g)
        ike_guard_linux_close(g->linux_guard);
    free(g);
}

void guard_end(guard *g, int by_wish)
{
    if (!g)
        return;
    if (g->config->mode == IKE_GUARD_FORCED && (!by_wish || g->config->start != IKE_GUARD_MANUAL)) {
        guard_tell(g, ike_guard_linux_down(g->linux_guard));
        warn(g, "the guard stays in force: nothing gets past the tunnel, and there is none; ike guard off "
                "lifts it");
    } else {
        if (guard_lift(g->linux_guard) < 0)
            (void)guard_complain(ike_guard_linux_why(g->linux_guard), "ike guard off tries again");
        output_guard(g->out, "off", ike_guard_mode_name(g->config->mode));
    }
    guard_leave(g);
}
#endif
