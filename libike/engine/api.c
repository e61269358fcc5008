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
    if (err < 0) {
        ike_session_free(s);
        return refuse(why, err);
    }
    *out = s;
    return 0;
}

void ike_session_free(ike_session *s)
{
    struct ike_task *t;
    ike_alloc alloc;
    int has_alloc;

    if (!s)
        return;
    t = &s->tasks.running;
    if (t->exchange && t->exchange->drop)
        t->exchange->drop(s, t);
    while (s->children) {
        struct ike_child_sa *c = s->children;
        s->children = c->next;
        ike__child_free(c, &s->env);
    }
    ike__reassembly_free(&s->fragments[0], s->env.alloc);
    ike__reassembly_free(&s->fragments[1], s->env.alloc);
    ike__window_free(&s->window, s->env.alloc);
    ike__ike_sa_wipe(&s->sa, &s->env);
    if (s->assigned)
        ike__mem_free(s->env.alloc, s->assigned, sizeof(*s->assigned));
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
    if (s->phase != IKE_PHASE_IDLE || s->tasks.running.exchange)
        return IKE_E_USAGE;
    err = ike__paths_init(&s->paths, path);
    if (err < 0)
        return err;
    s->now = now;
    s->last_sent = now;
    return ike__want(s, &ike__ike_sa_init, IKE_PRIO_CONNECT);
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
    if (s->phase < IKE_PHASE_AUTH || (s->phase == IKE_PHASE_AUTH && s->window.next_out < 2)) {
        ike__session_fault(s, IKE_E_CLOSED, 0, "closed by us");
        ike__end(s); /* the gateway knows nothing of us that would have to be deleted */
        return 0;
    }
    if (s->phase == IKE_PHASE_AUTH && !s->window.in_flight) {
        /* The gateway has answered and its proof is still being judged: it believes in an SA. */
        s->tasks.running.exchange->drop(s, &s->tasks.running);
        memset(&s->tasks.running, 0, sizeof(s->tasks.running));
    }
    return ike__want(s, &ike__delete_ike, IKE_PRIO_DELETE_IKE);
}

int ike_check_alive(ike_session *s, ike_time now)
{
    if (!s)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (!s->sa.is_established)
        return IKE_E_USAGE;
    s->now = now;
    if (s->window.in_flight) /* any answer is a sign of life */
        return 0;
    return ike__want(s, &ike__liveness, IKE_PRIO_LIVENESS);
}
