/* engine/api.c - the public verbs: check, copy, queue an intent. SPDX-License-Identifier: Apache-2.0
 *
 * One road for all: a verb queues an intent, the window runs it, its exchange speaks.
 *
 * Not here: the pump (recv.c, send.c, tick.c, data.c), events (info.c), answers (ask.c). */
#include "engine/engine.h"
#include "base/adopt.h"
#include "base/mem.h"

#define CLOSE_WITHIN_US 2000000u

/* *why says something on every failure. */
static int refuse(const char **why, int err)
{
    if (!(*why)[0])
        *why = ike_strerror(err);
    return err;
}

int ike_session_new(ike_session **out, const ike_config *cfg, const ike_env *env, const char **why)
{
    const char *ignored;
    struct ike_session *s;
    ike_env own;
    int err;

    why = why ? why : &ignored;
    *why = "";
    if (!out)
        return refuse(why, IKE_E_USAGE);
    *out = NULL;
    if (!cfg || !env)
        return refuse(why, IKE_E_USAGE);
    err = ike__env_adopt(&own, env);
    if (err < 0) {
        *why = "env: no crypto backend of this version, or a field that this version does not know";
        return err;
    }
    s = ike__mem_new(own.alloc, sizeof(*s));
    if (!s)
        return refuse(why, IKE_E_NOMEM);
    s->env = own;
    s->stats.size = sizeof(s->stats);
    err = ike__settings_init(&s->settings, cfg, &s->env, why);
    if (err == 0)
        err = ike__session_add_sa(s, &s->sa);
    if (err < 0) {
        ike_session_free(s);
        return refuse(why, err);
    }
    *out = s;
    return 0;
}

void ike_session_free(ike_session *s)
{
    ike_alloc alloc;
    int has_alloc;

    if (!s)
        return;
    ike__session_free_children(s);
    while (s->sas) {
        ike__drop_running(s, s->sas);
        ike__session_remove_sa(s, s->sas);
    }
    ike__mem_free(s->env.alloc, s->assigned, s->assigned_len);
    ike__mem_free(s->env.alloc, s->redirect, sizeof(*s->redirect));
    ike__places_forget(&s->places, s->env.alloc);
    ike__tasks_forget_waiting(&s->tasks);
    ike__mem_free(s->env.alloc, s->unchecked, IKE_UNCHECKED_MAX);
    ike__session_forget_text(s);
    ike__session_forget_name(s, &s->local_id);
    ike__session_forget_name(s, &s->peer_id);
    ike__ticket_free(s);
    ike__settings_free(&s->settings, &s->env);
    has_alloc = s->env.alloc != NULL;
    if (has_alloc)
        alloc = *s->env.alloc; /* the struct itself may live beside what it releases */
    ike__mem_free(has_alloc ? &alloc : NULL, s, sizeof(*s));
}

int ike_connect(ike_session *s, const ike_path *path, ike_time now)
{
    int err;

    if (!s || !path)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (s->phase != IKE_PHASE_IDLE || s->sa->running.exchange)
        return IKE_E_USAGE;
    err = ike__paths_init(&s->sa->paths, path);
    if (err < 0)
        return err;
    s->now = now;
    s->last_sent = now;
    s->sa->running.exchange = ike__first_exchange(s);
    s->sa->running.sa = s->sa;
    ike__run_tasks(s);
    return 0;
}

int ike_close(ike_session *s, ike_time now)
{
    if (!s)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (s->is_closing)
        return 0;
    s->now = now;
    s->is_closing = 1;
    s->close_by = now + CLOSE_WITHIN_US;
    ike__tasks_forget_waiting(&s->tasks);
    for (struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        if (sa != s->sa && !sa->is_established && !sa->linger_until)
            ike__sa_over(s, sa); /* a fresh authentication under way: not any more */
    if (s->is_offline || s->phase < IKE_PHASE_AUTH ||
        (s->phase == IKE_PHASE_AUTH && s->sa->window.next_out < 2)) {
        ike__session_fault(s, IKE_E_CLOSED, 0, "closed by us");
        ike__end(s); /* the gateway knows nothing of us that would have to be deleted, or cannot be told */
        return 0;
    }
    if (s->phase == IKE_PHASE_AUTH && !s->sa->window.in_flight) {
        /* The gateway has answered and its proof is still being judged: it believes in an SA. */
        ike__drop_running(s, s->sa);
    }
    return ike__want(s, IKE_INTENT_DELETE_IKE);
}

/* A verb for a connection that stands: 0: it may go on, at this time. */
static int enter(struct ike_session *s, ike_time now)
{
    if (!s)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (!s->sa->is_established)
        return IKE_E_USAGE;
    s->now = now;
    return 0;
}

int ike_check_alive(ike_session *s, ike_time now)
{
    int err = enter(s, now);

    if (err < 0)
        return err;
    if (s->sa->window.in_flight) /* any answer is a sign of life */
        return 0;
    return ike__want(s, IKE_INTENT_LIVENESS);
}

int ike_rekey(ike_session *s, uint32_t child_id, ike_time now)
{
    struct ike_intent wanted = {.kind = IKE_INTENT_REKEY_IKE};
    struct ike_child_sa *c;
    int err = enter(s, now);

    if (err < 0)
        return err;
    if (child_id != 0) {
        c = ike__session_child_by_id(s, child_id);
        if (!c)
            return IKE_E_USAGE;
        wanted.kind = IKE_INTENT_REKEY_CHILD;
        wanted.spi = c->spi_in;
    }
    err = ike__session_want(s, &wanted);
    if (err == 0)
        ike__run_tasks(s);
    return err;
}
