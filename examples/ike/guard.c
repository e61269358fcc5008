/* examples/ike/guard.c - `ike guard`, and the guard of a connection. SPDX-License-Identifier: Apache-2.0
 *
 * A forced guard stands before the first packet and outlives the client, however that ends. It is lifted when somebody
 * who started it by hand ends the connection as wished, and by `ike guard off`; a failure is nobody's wish. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

#ifdef IKE_HAVE_APPLY
#include <ike/guard_linux.h>
#include <net/if.h>

#define SAID_MAX 64u

struct guard {
    ike_guard_linux *linux_guard;
    const ike_guard_config *config; /* the profile's */
    struct output *out;
    const ike_tun *tun;
    uint32_t phase;           /* that was told last */
    uint32_t said[SAID_MAX]; /* warnings that were told: a number for each text */
    uint32_t said_n;
};

static int complain(const char *what, const char *why, const char *advice)
{
    fprintf(stderr, "ike: %s: %s; %s\n", what, why, advice);
    return EXIT_LOCAL;
}

/* ---- what is told ---- */

static void warn(guard *g, const char *text, const char *advice)
{
    uint32_t number = 5381;

    for (const char *c = text; *c; c++)
        number = number * 33 + (unsigned char)*c;
    for (uint32_t i = 0; i < g->said_n; i++)
        if (g->said[i] == number)
            return;
    if (g->said_n < SAID_MAX)
        g->said[g->said_n++] = number;
    fprintf(stderr, "ike: warning: %s\n", text);
    output_warning(g->out, text, advice);
}

static void tell(guard *g, int err)
{
    const ike_guard_plan *plan = ike_guard_linux_plan(g->linux_guard);

    if (err < 0)
        warn(g, ike_guard_linux_why(g->linux_guard), "what was in force stays");
    if (ike_guard_linux_warning(g->linux_guard)[0])
        warn(g, ike_guard_linux_warning(g->linux_guard), "see docs/GUARD.md");
    if (!plan)
        return;
    for (uint32_t i = 0; i < plan->warnings_n; i++)
        warn(g, plan->warnings[i].text, "see docs/GUARD.md");
    if (plan->phase != g->phase)
        output_guard(g->out, ike_guard_phase_name(plan->phase), ike_guard_mode_name(plan->mode));
    g->phase = plan->phase;
}

/* ---- a connection ---- */

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

static int open_for(ike_guard_linux **out, const char *owner)
{
    ike_guard_linux_config cfg = IKE_GUARD_LINUX_CONFIG_INIT;
    char why[256];

    cfg.owner = owner;
    if (ike_guard_linux_open(out, &cfg, why, sizeof(why)) == 0)
        return 0;
    return complain("guard", why, "see ike guard status");
}

/* No guard of ours: somebody else's forced one would only let our attempts die in silence. */
static int check_free(void)
{
    ike_guard_linux_status s = IKE_GUARD_LINUX_STATUS_INIT;
    char why[128];

    if (ike_guard_linux_look(NULL, &s) < 0 || !s.owner[0])
        return 0; /* not readable: then nothing else will work either, and says so */
    snprintf(why, sizeof(why), "the guard of \"%s\" is in force", s.owner);
    return complain("guard", why, "connect with its profile, or lift it: ike guard off");
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
    code = open_for(&g->linux_guard, owner_of(p));
    if (code == 0 && ike_guard_linux_arm(g->linux_guard, p->guard) < 0) {
        code = complain("guard", ike_guard_linux_why(g->linux_guard), "nothing was connected");
        ike_guard_linux_close(g->linux_guard);
    }
    if (code != 0) {
        free(g);
        return code;
    }
    tell(g, 0);
    *out = g;
    return 0;
}

void guard_rearm(guard *g, const ike_profile *p)
{
    if (!g)
        return;
    g->config = p->guard;
    tell(g, ike_guard_linux_arm(g->linux_guard, p->guard));
}

void guard_attach(guard *g, ike_uv_config *cfg, const ike_tun *tun)
{
    g->tun = tun;
    cfg->mark = ike_guard_linux_mark(g->linux_guard);
}

int guard_plan(guard *g, const ike_tun_plan *plan, const char **why)
{
    int err = ike_guard_linux_configure(g->linux_guard, g->tun, if_nametoindex(ike_tun_linux_name(g->tun)), plan);

    *why = ike_guard_linux_why(g->linux_guard);
    tell(g, err);
    return err;
}

void guard_connecting(guard *g, const ike_path *path)
{
    if (g)
        tell(g, ike_guard_linux_connecting(g->linux_guard, path));
}

void guard_event(guard *g, const ike_event *ev)
{
    if (g)
        tell(g, ike_guard_linux_event(g->linux_guard, ev));
}

void guard_network(guard *g)
{
    if (g)
        tell(g, ike_guard_linux_network(g->linux_guard));
}

static int lift(ike_guard_linux *g)
{
    ike_guard_plan *off = calloc(1, sizeof(*off));
    int err = off ? ike_guard_make_off(0, off) : IKE_E_NOMEM;

    if (err == 0)
        err = ike_guard_linux_put(g, off);
    free(off);
    return err;
}

static int stays(const guard *g, int by_wish)
{
    return g->config->mode == IKE_GUARD_FORCED && (!by_wish || g->config->start != IKE_GUARD_MANUAL);
}

void guard_end(guard *g, int by_wish)
{
    int err;

    if (!g)
        return;
    if (stays(g, by_wish)) {
        tell(g, ike_guard_linux_down(g->linux_guard));
        fprintf(stderr, "ike: warning: the guard stays in force: nothing gets past the tunnel, and there is none; "
                        "ike guard off lifts it\n");
    } else {
        err = lift(g->linux_guard);
        if (err < 0)
            (void)complain("guard", ike_guard_linux_why(g->linux_guard), "ike guard off tries again");
        output_guard(g->out, "off", ike_guard_mode_name(g->config->mode));
    }
    ike_guard_linux_close(g->linux_guard);
    free(g);
}

/* ---- ike guard ---- */

static int command_on(const struct options *o)
{
    struct setup s;
    struct output nowhere;
    guard *g = NULL;
    int code = setup_load(&s, o);

    if (code != 0)
        return code;
    memset(&nowhere, 0, sizeof(nowhere));
    if (!s.profile->guard || s.profile->guard->mode != IKE_GUARD_FORCED) {
        fprintf(stderr, "ike: guard: the profile does not say that the tunnel is forced; there is nothing to guard\n");
        code = EXIT_USE;
    } else {
        code = guard_arm(&g, s.profile, &nowhere);
    }
    if (g)
        ike_guard_linux_close(g->linux_guard);
    free(g);
    setup_drop(&s);
    return code;
}

static int command_off(void)
{
    ike_guard_linux *g;
    int code = open_for(&g, NULL);

    if (code != 0)
        return code;
    if (lift(g) < 0)
        code = complain("guard", ike_guard_linux_why(g), "see ike guard status");
    ike_guard_linux_close(g);
    return code;
}

static int command_status(void)
{
    ike_guard_linux_status s = IKE_GUARD_LINUX_STATUS_INIT;
    ike_time now = ike_uv_now();

    if (ike_guard_linux_look(NULL, &s) < 0)
        return complain("guard", "its state cannot be read", "it needs root");
    if (!s.owner[0]) {
        printf("guard      off\n");
        return 0;
    }
    printf("guard      of %s\nphase      %s\n", s.owner, s.phase);
    if (s.pid)
        printf("client     process %u\n", s.pid);
    else
        printf("client     none; what stands was left in force\n");
    if (s.dns[0])
        printf("DNS        by %s\n", s.dns);
    if (s.hole_until > now)
        printf("portal     a hole for its helper, for %u s\n", (unsigned)((s.hole_until - now) / 1000000u));
    return 0;
}

int command_guard(const struct options *o)
{
    if (strcmp(o->verb, "on") == 0 && o->profile)
        return command_on(o);
    if (strcmp(o->verb, "off") == 0)
        return command_off();
    if (strcmp(o->verb, "status") == 0)
        return command_status();
    fprintf(stderr, "ike: guard: on PROFILE, off or status\n");
    return EXIT_USE;
}

#else

static int refuse(void)
{
    fprintf(stderr, "ike: guard: this program was built without it; libmnl and libnftables make it\n");
    return EXIT_USE;
}

/* Better no connection than one that is not what the profile says. */
int guard_arm(guard **g, const ike_profile *p, struct output *o)
{
    (void)o;
    *g = NULL;
    return p->guard && p->guard->mode == IKE_GUARD_FORCED ? refuse() : 0;
}

void guard_rearm(guard *g, const ike_profile *p)
{
    (void)g;
    (void)p;
}

void guard_attach(guard *g, ike_uv_config *cfg, const ike_tun *tun)
{
    (void)g;
    (void)cfg;
    (void)tun;
}

int guard_plan(guard *g, const ike_tun_plan *plan, const char **why)
{
    (void)g;
    (void)plan;
    *why = "";
    return IKE_E_UNSUPPORTED;
}

void guard_connecting(guard *g, const ike_path *path)
{
    (void)g;
    (void)path;
}

void guard_event(guard *g, const ike_event *ev)
{
    (void)g;
    (void)ev;
}

void guard_network(guard *g)
{
    (void)g;
}

void guard_end(guard *g, int by_wish)
{
    (void)g;
    (void)by_wish;
}

int command_guard(const struct options *o)
{
    (void)o;
    return refuse();
}
#endif
