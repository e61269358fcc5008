/* fetch/curl.c - libcurl's multi interface on a libuv loop. SPDX-License-Identifier: Apache-2.0
 *
 * curl says which sockets and which time it waits for; the loop waits, and tells it. Verdicts are spoken from the
 * loop, after curl has returned: whoever hears one may do anything, closing this included.
 *
 * Not here: one verdict and its documents (job.c), what is believed (the trust). */
#include "fetch/job.h"
#include <stdlib.h>

#define DOCUMENTS_MAX 10u
#define SETTLE_MAX    40u /* two documents for each certificate, and some */

struct ike_fetch {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct ike_fetch_job *jobs;
    struct watch *watches;
    uint32_t timeout_ms, is_closing;
    void (*closed)(void *user);
    void *user;
};

struct watch {
    uv_poll_t poll;
    struct watch *next;
    ike_fetch *f;
    curl_socket_t fd;
};

static void look(ike_fetch *f);

/* ---- what curl waits for ---- */

static void on_socket(uv_poll_t *h, int status, int events)
{
    struct watch *w = h->data;
    ike_fetch *f = w->f;
    int flags = status < 0 ? CURL_CSELECT_ERR : 0, running;

    flags |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    flags |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    (void)curl_multi_socket_action(f->multi, w->fd, flags, &running);
    look(f);
}

static void on_watch_closed(uv_handle_t *h)
{
    free(h->data);
}

static void unwatch(struct watch *w)
{
    struct watch **at = &w->f->watches;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
    uv_poll_stop(&w->poll);
    uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

static struct watch *watch_socket(ike_fetch *f, curl_socket_t fd)
{
    struct watch *w = calloc(1, sizeof(*w));

    if (!w || uv_poll_init_socket(f->loop, &w->poll, fd) != 0) {
        free(w);
        return NULL;
    }
    w->poll.data = w;
    w->f = f;
    w->fd = fd;
    w->next = f->watches;
    f->watches = w;
    return w;
}

static int on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *mine)
{
    ike_fetch *f = user;
    struct watch *w = mine;
    int events = 0;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (w)
            unwatch(w);
        (void)curl_multi_assign(f->multi, fd, NULL);
        return 0;
    }
    if (!w) {
        w = watch_socket(f, fd);
        if (!w)
            return -1;
        (void)curl_multi_assign(f->multi, fd, w);
    }
    events |= what != CURL_POLL_OUT ? UV_READABLE : 0;
    events |= what != CURL_POLL_IN ? UV_WRITABLE : 0;
    return uv_poll_start(&w->poll, events, on_socket) == 0 ? 0 : -1;
}

static void on_timer(uv_timer_t *h)
{
    ike_fetch *f = h->data;
    int running;

    (void)curl_multi_socket_action(f->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    look(f);
}

static int on_curl_timer(CURLM *multi, long ms, void *user)
{
    ike_fetch *f = user;

    (void)multi;
    if (ms < 0)
        return uv_timer_stop(&f->timer);
    uv_update_time(f->loop);
    return uv_timer_start(&f->timer, on_timer, ms > 0 ? (uint64_t)ms : 1, 0) == 0 ? 0 : -1;
}

/* ---- verdicts ---- */

static void unlink_job(ike_fetch *f, struct ike_fetch_job *j)
{
    struct ike_fetch_job **at = &f->jobs;

    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
}

static int start(ike_fetch *f, struct ike_fetch_job *j)
{
    int err = ike__fetch_job_prepare(j, f->timeout_ms);

    if (err == 0 && curl_multi_add_handle(f->multi, j->easy) != CURLM_OK)
        err = IKE_E_LOCAL_IO;
    return err;
}

static void speak(ike_fetch *f, struct ike_fetch_job *j, int verdict)
{
    unlink_job(f, j);
    if (verdict == IKE_VERIFIED && ike_trust_unchecked(j->t)[0])
        verdict = IKE_VERIFIED_IN_PART;
    j->done(j->user, j->ask.id, verdict);
    ike__fetch_job_free(j);
}

/* The verdict without what could not be had: soft or strict, as the trust is told. */
static int settle(struct ike_fetch_job *j)
{
    int verdict = IKE_E_PENDING;

    for (uint32_t i = 0; verdict == IKE_E_PENDING && i < SETTLE_MAX; i++) {
        ike_trust_want want = IKE_TRUST_WANT_INIT;
        if (ike_trust_wanted(j->t, &want) != 1 || ike_trust_give(j->t, &want, (ike_span){NULL, 0}) < 0)
            break;
        verdict = ike_trust_verify(j->t, &j->ask);
    }
    return verdict == IKE_E_PENDING ? IKE_E_CERT_STATUS : verdict;
}

/* With what is there by now: the verdict, or the next document, within bounds on their number and on the time. */
static void go_on(ike_fetch *f, struct ike_fetch_job *j)
{
    int verdict = ike_trust_verify(j->t, &j->ask);

    if (verdict == IKE_E_PENDING) {
        if (++j->documents <= DOCUMENTS_MAX && uv_now(f->loop) - j->began <= 3u * (uint64_t)f->timeout_ms &&
            start(f, j) == 0)
            return;
        verdict = settle(j);
    }
    speak(f, j, verdict);
}

static void look(ike_fetch *f)
{
    CURLMsg *msg;
    int left;

    while (!f->is_closing && (msg = curl_multi_info_read(f->multi, &left)) != NULL) {
        struct ike_fetch_job *j = NULL;
        int came = msg->data.result == CURLE_OK;
        if (msg->msg != CURLMSG_DONE ||
            curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&j) != CURLE_OK)
            continue;
        (void)curl_multi_remove_handle(f->multi, msg->easy_handle);
        ike__fetch_job_finish(j, came);
        go_on(f, j);
    }
}

int ike_fetch_verify(ike_fetch *f, ike_trust *t, const ike_ask *ask,
                     void (*done)(void *user, uint32_t ask_id, int verdict), void *user)
{
    struct ike_fetch_job *j;

    if (f->is_closing)
        return IKE_E_LOCAL_IO;
    j = ike__fetch_job_new(t, ask);
    if (!j)
        return IKE_E_NOMEM;
    j->began = uv_now(f->loop);
    j->done = done;
    j->user = user;
    j->next = f->jobs;
    f->jobs = j;
    go_on(f, j);
    return 0;
}

void ike_fetch_cancel(ike_fetch *f, const ike_trust *t)
{
    struct ike_fetch_job *j, *next;

    for (j = f ? f->jobs : NULL; j; j = next) {
        next = j->next;
        if (t && j->t != t)
            continue;
        unlink_job(f, j);
        if (j->easy)
            (void)curl_multi_remove_handle(f->multi, j->easy);
        ike__fetch_job_free(j);
    }
}

/* ---- from open to close ---- */

int ike_fetch_open(ike_fetch **out, uv_loop_t *loop, uint32_t timeout_ms)
{
    ike_fetch *f = calloc(1, sizeof(*f));

    *out = NULL;
    if (!f)
        return IKE_E_NOMEM;
    f->loop = loop;
    f->timeout_ms = timeout_ms ? timeout_ms : 5000;
    f->multi = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_multi_init() : NULL;
    if (!f->multi || curl_multi_setopt(f->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket) != CURLM_OK ||
        curl_multi_setopt(f->multi, CURLMOPT_SOCKETDATA, f) != CURLM_OK ||
        curl_multi_setopt(f->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer) != CURLM_OK ||
        curl_multi_setopt(f->multi, CURLMOPT_TIMERDATA, f) != CURLM_OK ||
        uv_timer_init(loop, &f->timer) != 0) {
        (void)curl_multi_cleanup(f->multi);
        free(f);
        return IKE_E_LOCAL_IO;
    }
    f->timer.data = f;
    *out = f;
    return 0;
}

static void on_closed(uv_handle_t *h)
{
    ike_fetch *f = h->data;
    void (*closed)(void *user) = f->closed;
    void *user = f->user;

    curl_global_cleanup(); /* counted: other users of curl keep it */
    free(f);
    if (closed)
        closed(user);
}

void ike_fetch_close(ike_fetch *f, void (*closed)(void *user), void *user)
{
    if (!f || f->is_closing)
        return;
    ike_fetch_cancel(f, NULL);
    f->is_closing = 1;
    f->closed = closed;
    f->user = user;
    (void)curl_multi_cleanup(f->multi);
    f->multi = NULL;
    while (f->watches)
        unwatch(f->watches);
    uv_timer_stop(&f->timer);
    uv_close((uv_handle_t *)&f->timer, on_closed);
}
