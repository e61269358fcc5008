/* examples/ike/guard_trigger.c - a profile that starts by triggers: now, or later? SPDX-License-Identifier: Apache-2.0
 *
 * The network is looked at when the client starts and whenever it changes. "connect" begins a connection, "disconnect" ends
 * it and the client (what supervises it starts the next), anything else leaves things as they are. What a trigger wants to
 * have tried first is tried beside the tunnel. */
#include "cli.h"

#ifdef IKE_HAVE_GUARD
#include "guard.h"
#include <string.h>

static void on_tried(void *user, const ike_outside_portal *p)
{
    guard *g = user;

    if (g->trying && g->probes_n < GUARD_PROBES_MAX)
        g->probes[g->probes_n++] =
            (ike_guard_probe){g->trying, p->status == 200 ? IKE_GUARD_ANSWERS : IKE_GUARD_SILENT, 0};
    guard_look(g);
}

void guard_look(guard *g)
{
    ike_guard_facts facts = IKE_GUARD_FACTS_INIT;
    ike_guard_decision d;

    if (g->config->start != IKE_GUARD_TRIGGERED || ike_guard_linux_facts(g->linux_guard, 0, &facts) < 0)
        return;
    facts.probes = g->probes;
    facts.probes_n = g->probes_n;
    if (ike_guard_decide(g->config->triggers, g->config->triggers_n, &facts, NULL, IKE_GUARD_UNKNOWN, &d) < 0)
        return;
    if (d.probe && g->probes_n < GUARD_PROBES_MAX) {
        g->trying = d.probe;
        (void)ike_outside_probe(g->outside, d.probe, on_tried, g);
        return;
    }
    if (d.action == g->action)
        return;
    g->action = d.action;
    output_trigger(g->out, ike_guard_action_name(d.action));
    if (d.action == IKE_GUARD_CONNECT || d.action == IKE_GUARD_DISCONNECT)
        g->decided(g->user, d.action == IKE_GUARD_CONNECT);
}

int guard_triggers(guard *g, void (*decided)(void *user, int connect), void *user)
{
    if (!g || g->config->start != IKE_GUARD_TRIGGERED)
        return 0;
    g->decided = decided;
    g->user = user;
    g->action = UINT32_MAX; /* nothing has been said */
    guard_look(g);
    return 1;
}
#endif
