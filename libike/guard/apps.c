/* guard/apps.c - applications in a plan: chosen ones, and those who hold a hole. SPDX-License-Identifier: Apache-2.0
 *
 * A uid and a mark can be matched where a route is chosen; a cgroup cannot: its packets get a mark of ours first. */
#include "guard/room.h"

static uint32_t add_member(struct ike_making *m, const ike_guard_app *app, uint32_t why)
{
    ike_guard_plan *p = m->plan;
    int inside = why == IKE_GUARD_WHY_APP && m->cfg.only_apps;

    if (p->apps_n == IKE_GUARD_APPS) {
        m->err = IKE_E_LIMIT;
        return 0;
    }
    p->apps[p->apps_n].app = *app;
    p->apps[p->apps_n].why = why;
    if (app->kind == IKE_GUARD_APP_CGROUP)
        p->apps[p->apps_n].set_mark = inside ? m->inside_mark : m->outside_mark;
    return ++p->apps_n;
}

void ike__guard_make_apps(struct ike_making *m)
{
    ike_guard_plan *p = m->plan;

    for (uint32_t i = 0; i < m->cfg.apps_n; i++) {
        const ike_guard_app *a = &m->cfg.apps[i];

        (void)add_member(m, a, IKE_GUARD_WHY_APP);
        if (a->kind == IKE_GUARD_APP_NAME)
            ike__guard_warn(m, IKE_GUARD_WARN_APP, NULL,
                            "application %.100s: only a system with such names can tell its packets",
                            a->text);
    }
    if (m->cfg.apps_n > 0)
        ike__guard_warn(
            m, IKE_GUARD_WARN_APP, NULL,
            m->cfg.only_apps
                ? "only the chosen applications are guarded: all others go beside the tunnel"
                : "the excluded applications go beside the tunnel: the network sees all that they do");
    if (p->hole.is_open)
        p->hole.app = add_member(m, &m->facts.portal_app, IKE_GUARD_WHY_PORTAL);
    if (ike__guard_has(p, IKE_GUARD_SET_RESOLVER))
        (void)add_member(m, &m->facts.self, IKE_GUARD_WHY_RESOLVING);
}
