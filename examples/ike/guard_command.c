/* examples/ike/guard_command.c - `ike guard`: on, off, status, portal. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <string.h>

#ifdef IKE_HAVE_GUARD
#include "guard.h"
#include <errno.h>
#include <unistd.h>

/* From boot on, say, before anything connects. */
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
        (void)guard_complain("the profile does not say \"mode\": \"forced\"", "there is nothing to guard");
        code = EXIT_USE;
    } else {
        code = guard_arm(&g, s.profile, &nowhere);
    }
    guard_leave(g);
    setup_drop(&s);
    return code;
}

static int command_off(void)
{
    ike_guard_linux *g;
    int code = guard_open(&g, NULL);

    if (code != 0)
        return code;
    if (guard_lift(g) < 0)
        code = guard_complain(ike_guard_linux_why(g), "see ike guard status");
    ike_guard_linux_close(g);
    return code;
}

static int command_status(void)
{
    ike_guard_linux_status s = IKE_GUARD_LINUX_STATUS_INIT;
    ike_time now = ike_uv_now();

    if (ike_guard_linux_look(NULL, &s) < 0)
        return guard_complain("its state cannot be read", "it needs root");
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

/* A browser, say. What it may do is the connecting client's affair, and over when that says so. */
static int command_portal(char **run)
{
    if (!run[0])
        return EXIT_USE;
    if (ike_guard_linux_join(GUARD_PORTAL_GROUP) < 0)
        return guard_complain("its control group cannot be joined", "it needs root, and cgroup v2");
    execvp(run[0], run);
    return guard_complain(strerror(errno), "the command could not be started");
}

int command_guard(const struct options *o)
{
    if (strcmp(o->verb, "on") == 0 && o->profile)
        return command_on(o);
    if (strcmp(o->verb, "off") == 0)
        return command_off();
    if (strcmp(o->verb, "status") == 0)
        return command_status();
    if (strcmp(o->verb, "portal") == 0)
        return command_portal(o->run);
    (void)guard_complain("there is on PROFILE, off, status, and portal CMD", "see ike --help");
    return EXIT_USE;
}

#else

static int refuse(void)
{
    fprintf(
        stderr,
        "ike: guard: this program was built without it; it takes libmnl, libnftables, c-ares and libcurl\n");
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

int guard_attach(guard *g, uv_loop_t *loop, ike_uv_config *cfg, const ike_tun *tun)
{
    (void)g;
    (void)loop;
    (void)cfg;
    (void)tun;
    return IKE_E_UNSUPPORTED;
}

void guard_start(guard *g, ike_uv *v, const char *probe)
{
    (void)g;
    (void)v;
    (void)probe;
}

int guard_triggers(guard *g, void (*decided)(void *user, int connect), void *user)
{
    (void)g;
    (void)decided;
    (void)user;
    return 0;
}

int guard_plan(guard *g, const ike_tun_plan *plan, const char **why)
{
    (void)g;
    (void)plan;
    *why = "";
    return IKE_E_UNSUPPORTED;
}

int guard_resolve(guard *g, const char *host, uint32_t family)
{
    (void)g;
    (void)host;
    (void)family;
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

void guard_detach(guard *g)
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
