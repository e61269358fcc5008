/* driver/uv_ask.c - asks that take long: a thread each, so that nobody waits for a token. SPDX-License-Identifier: Apache-2.0
 *
 * The thread gets a copy of the ask, calls the key store, and wakes the loop, where the answer goes to the session that
 * asked, if that is still there. Threads of our own and not libuv's pool: it has four, which names are looked up
 * with as well, and a token that hangs keeps its thread. A call into a key store cannot be broken off, so ike_uv_close
 * ends everything else at once and says `closed` when the last one is back.
 *
 * Not here: what is answered at once (uv.c). */
#include "driver/room.h"
#include <stdlib.h>
#include <string.h>

#define JOBS_MAX   4u /* that hang, of one driver: more are refused */
#define ANSWER_MAX 8192u

struct job {
    uv_async_t done; /* first: its handle is the job */
    uv_thread_t thread;
    ike_uv *v;
    int (*answer)(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);
    void *self;
    ike_ask ask;
    uint64_t session; /* which of the driver's asked */
    int verdict;
    size_t n;
    uint8_t data[ANSWER_MAX];
    uint8_t copies[]; /* what ask points to */
};

/* ---- the copy ---- */

static size_t size_of(const ike_ask *a)
{
    size_t n = (a->certs_n + a->ocsp_n) * sizeof(ike_span) + strlen(a->local_id ? a->local_id : "") + 1 +
               strlen(a->peer_id ? a->peer_id : "") + 1 + a->peer_id_data.n + a->tbs.n + a->proof.n +
               a->authorities.n;

    for (uint32_t i = 0; i < a->certs_n; i++)
        n += a->certs[i].n;
    for (uint32_t i = 0; i < a->ocsp_n; i++)
        n += a->ocsp[i].n;
    if (a->authority_sigs)
        n += a->authorities.n / 20 * sizeof(uint64_t);
    return n + strlen(a->ppk_id ? a->ppk_id : "") + 1;
}

static const void *put(uint8_t **at, const void *p, size_t n)
{
    uint8_t *to = *at;

    if (n > 0)
        memcpy(to, p, n);
    *at += n;
    return to;
}

static ike_span put_span(uint8_t **at, ike_span s)
{
    return (ike_span){put(at, s.p, s.n), s.n};
}

static const char *put_text(uint8_t **at, const char *text)
{
    return text ? put(at, text, strlen(text) + 1) : NULL;
}

static void copy_ask(struct job *j, const ike_ask *a)
{
    ike_span *certs = (ike_span *)(void *)j->copies,
             *ocsp = certs + a->certs_n; /* first: they want alignment */
    uint8_t *at = j->copies + (a->certs_n + a->ocsp_n) * sizeof(ike_span);

    j->ask = *a;
    if (a->authority_sigs)
        j->ask.authority_sigs = put(&at, a->authority_sigs, a->authorities.n / 20 * sizeof(uint64_t));
    j->ask.certs = certs;
    j->ask.ocsp = ocsp;
    for (uint32_t i = 0; i < a->ocsp_n; i++)
        ocsp[i] = put_span(&at, a->ocsp[i]);
    for (uint32_t i = 0; i < a->certs_n; i++)
        certs[i] = put_span(&at, a->certs[i]);
    j->ask.local_id = put_text(&at, a->local_id);
    j->ask.peer_id = put_text(&at, a->peer_id);
    j->ask.ppk_id = put_text(&at, a->ppk_id);
    j->ask.peer_id_data = put_span(&at, a->peer_id_data);
    j->ask.tbs = put_span(&at, a->tbs);
    j->ask.proof = put_span(&at, a->proof);
    j->ask.authorities = put_span(&at, a->authorities);
}

/* ---- the thread, and back ---- */

static void work(void *user)
{
    struct job *j = user;

    j->verdict = j->answer(j->self, &j->ask, j->data, sizeof(j->data), &j->n);
    uv_async_send(&j->done);
}

static void on_job_closed(uv_handle_t *h)
{
    struct job *j = (struct job *)(void *)h;
    ike_uv *v = j->v;

    explicit_bzero(j->data, sizeof(j->data));
    free(j);
    v->jobs--;
    if (v->handles > 0)
        ike__uv_handle_closed(v);
}

static void on_done(uv_async_t *h)
{
    struct job *j = (struct job *)(void *)h;
    ike_uv *v = j->v;

    uv_thread_join(&j->thread); /* it has nothing left to do */
    if (j->session == v->session && v->s && !v->is_over && !v->is_closing) {
        v->ask_kind = j->ask.kind;
        (void)ike_uv_answer(v, j->ask.id, j->verdict == IKE_E_PENDING ? IKE_E_DENIED : j->verdict,
                            (ike_span){j->data, j->verdict < 0 ? 0 : j->n});
    }
    uv_close((uv_handle_t *)h, on_job_closed);
}

int ike__uv_ask(ike_uv *v, const ike_ask *ask)
{
    struct job *j = v->jobs < JOBS_MAX ? calloc(1, sizeof(*j) + size_of(ask)) : NULL;

    if (!j)
        return v->jobs < JOBS_MAX ? IKE_E_NOMEM : IKE_E_DENIED;
    j->v = v;
    j->answer = v->cfg.keys->answer;
    j->self = v->cfg.keys->self;
    j->session = v->session;
    copy_ask(j, ask);
    if (uv_async_init(v->loop, &j->done, on_done) != 0) {
        free(j);
        return IKE_E_NOMEM;
    }
    v->jobs++;
    if (uv_thread_create(&j->thread, work, j) != 0) {
        uv_close((uv_handle_t *)&j->done, on_job_closed);
        return IKE_E_NOMEM;
    }
    return 0;
}
