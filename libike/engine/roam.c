/* engine/roam.c - another path, another authentication, waking up. SPDX-License-Identifier: Apache-2.0
 *
 * The ladder when the path changes, each rung with its event: MOBIKE on the same SAs (RFC 4555 3.5); a fresh
 * authentication on the new path beside the old SA, where the gateway has no MOBIKE, refuses the address or does
 * not answer (RFC 7296 2.8.3); the end of the session, which leaves the rest to the host.
 *
 * Not here: the update itself (exchange/mobike.c), the handshake (exchange/ike_sa_init.c, ike_auth.c). */
#include "engine/engine.h"

int ike__is_handshaking(const struct ike_session *s)
{
    for (const struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        if (!sa->is_established && !sa->linger_until)
            return 1;
    return 0;
}

int ike__reauth_start(struct ike_session *s)
{
    struct ike_ike_sa *sa;
    ike_path path = s->sa->paths.now;
    int err;

    if (!s->wants_reauth || ike__is_handshaking(s) || s->is_closing)
        return 0;
    s->wants_reauth = 0;
    err = ike__session_add_sa(s, &sa);
    if (err < 0)
        return err;
    path.remote.port = s->sa->paths.first_port;
    if (s->redirect && s->redirect->next.remote.family != 0) {
        path = s->redirect->next;
        memset(&s->redirect->next, 0, sizeof(s->redirect->next));
    }
    (void)ike__paths_init(&sa->paths, &path);
    sa->running.exchange = &ike__ike_sa_init;
    sa->running.sa = sa;
    return 0;
}

/* What is out is sent again at once: RFC 4555 3.5: "… retransmits … using the new address" */
void ike__send_again(struct ike_session *s, struct ike_ike_sa *sa)
{
    if (!sa->window.in_flight)
        return;
    ike__flight_again(&sa->window.request);
    sa->window.tries = 0;
    sa->window.due = s->now + ike__window_interval(&s->settings.cfg, 0);
}

static void ask_for_life(struct ike_session *s)
{
    if (s->sa->window.in_flight) /* any answer is a sign of life */
        return;
    (void)ike__want(s, IKE_INTENT_LIVENESS);
}

static void moved(struct ike_session *s, int is_same)
{
    s->moves++;
    s->moved_at = s->now ? s->now : 1;
    s->path_reason = IKE_PATH_ROAMED;
    s->is_fresh_tried = 0;
    s->unanswered_since = 0;
    ike__mapping_reset(&s->sa->mapping, s->settings.cfg.natt_keepalive_s);
    if (s->sa->peer_has_mobike) {
        ike__mobike_want(s);
    } else if (!is_same) {
        s->wants_reauth = 1;
        s->is_fresh_tried = 1;
        s->path_reason = IKE_PATH_FRESH;
    } else {
        s->moved_at = 0; /* back on the same path: is the gateway still there? */
        ask_for_life(s);
    }
}

int ike_roam(ike_session *s, const ike_path *path, ike_time now)
{
    int was_offline, is_same = 1, err = 0;

    if (!s)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (s->phase == IKE_PHASE_IDLE)
        return IKE_E_USAGE;
    s->now = now;
    if (!path) {
        s->is_offline = 1;
        return 0;
    }
    for (struct ike_ike_sa *sa = s->sas; sa && err == 0; sa = sa->next) {
        ike_path before = sa->paths.now;

        err = ike__paths_move(&sa->paths, path);
        if (sa == s->sa)
            is_same = memcmp(&before, &sa->paths.now, sizeof(before)) == 0;
    }
    if (err < 0)
        return err;
    s->probe.is_on = 0;
    ike__mtu_look(s);
    was_offline = s->is_offline;
    s->is_offline = 0;
    if (is_same && !was_offline)
        return 0;
    for (struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        ike__send_again(s, sa);
    if (s->sa->is_established && !s->is_closing)
        moved(s, is_same);
    ike__run_tasks(s);
    return 0;
}

int ike_redirect(ike_session *s, const ike_path *path, ike_time now)
{
    struct ike_task *t;
    struct ike_paths probe;

    if (!s || !path || s->phase == IKE_PHASE_IDLE || ike__paths_init(&probe, path) < 0)
        return IKE_E_USAGE;
    if (s->is_closed || s->is_closing)
        return IKE_E_CLOSED;
    if (!ike__redirect_room(s))
        return IKE_E_NOMEM;
    s->now = now;
    t = &s->sa->running;
    if (s->sa->is_established) {
        ike__redirect_to(s, path);
    } else if (t->exchange && ike__header_opens(t->exchange->type)) {
        ike__window_answered(&s->sa->window, s->env.alloc);
        ike__ike_sa_init_restart(s, t, path);
        t->is_waiting = 0;
    } else {
        return IKE_E_USAGE;
    }
    ike__run_tasks(s);
    return 0;
}

void ike__wake(struct ike_session *s)
{
    for (struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        ike__send_again(s, sa);
    if (s->sa->is_established && !s->is_closing)
        ask_for_life(s);
}

int ike__fresh_instead(struct ike_session *s, struct ike_ike_sa *sa)
{
    if (sa != s->sa || !sa->is_established || s->is_closing || s->moved_at == 0 || s->is_fresh_tried)
        return 0;
    s->is_fresh_tried = 1;
    s->wants_reauth = 1;
    s->path_reason = IKE_PATH_FRESH;
    sa->window.due = IKE_NEVER; /* nobody hears it; its window stays closed */
    ike__session_warn(s, "the gateway does not answer on the new path",
                      "a new connection is tried from there");
    ike__run_tasks(s);
    return 1;
}

int ike__full_instead(struct ike_session *s, struct ike_ike_sa *sa)
{
    if (!ike__is_resuming(sa) || s->is_closing)
        return 0;
    ike__window_answered(&sa->window, s->env.alloc);
    ike__resume_fall_back(s, &sa->running);
    ike__run_tasks(s);
    return 1;
}
