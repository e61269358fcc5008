/* outside/outside.c - questions beside the tunnel, each on a thread of its own. SPDX-License-Identifier: Apache-2.0
 *
 * A question takes long and comes seldom, so it blocks a thread of libuv's pool and not the loop. Its thread sees
 * nothing but the job. Closing gives up what is under way: the thread looks for that, and the loop frees all when it
 * has come back.
 *
 * Not here: how names are asked for (names.c), how a page is (probe.c). */
#include "outside/room.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 5000u

struct ike_outside {
    uv_loop_t *loop;
    ike_outside_config cfg;
    uv_work_t work;
    struct ike_outside_job job;
    void (*on_names)(void *user, int err, const ike_addr *list, uint32_t n);
    void (*on_portal)(void *user, const ike_outside_portal *p);
    void *user;
    int is_busy, is_closing;
};

int ike_outside_open(ike_outside **out, uv_loop_t *loop, const ike_outside_config *cfg)
{
    ike_outside *o;

    if (!out || !loop)
        return IKE_E_USAGE;
    *out = NULL;
    o = calloc(1, sizeof(*o));
    if (!o)
        return IKE_E_NOMEM;
    if (ike_struct_adopt(&o->cfg, sizeof(o->cfg), cfg) < 0) {
        free(o);
        return IKE_E_USAGE;
    }
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(o);
        return IKE_E_LOCAL_IO;
    }
    o->loop = loop;
    *out = o;
    return 0;
}

static void drop(ike_outside *o)
{
    curl_global_cleanup(); /* counted: other users of curl keep it */
    free(o);
}

static void on_thread(uv_work_t *w)
{
    struct ike_outside_job *j = &((ike_outside *)w->data)->job;

    if (j->url[0])
        ike__outside_probe(j);
    else
        j->err = ike__outside_names(j, j->name);
}

static void on_done(uv_work_t *w, int status)
{
    ike_outside *o = w->data;

    o->is_busy = 0;
    if (o->is_closing) {
        drop(o);
        return;
    }
    if (status != 0)
        o->job.err = IKE_E_LOCAL_IO;
    /* whoever hears it may ask the next question, or close */
    if (o->job.url[0])
        o->on_portal(o->user, &o->job.portal);
    else
        o->on_names(o->user, o->job.err, o->job.addresses, o->job.addresses_n);
}

static int ask(ike_outside *o, void *user)
{
    struct ike_outside_job *j = &o->job;

    j->mark = o->cfg.mark;
    j->timeout_ms = o->cfg.timeout_ms ? o->cfg.timeout_ms : TIMEOUT_MS;
    if (o->cfg.servers)
        j->servers_n = o->cfg.servers(o->cfg.user, j->servers, IKE_OUTSIDE_ADDRESSES);
    o->user = user;
    o->work.data = o;
    if (uv_queue_work(o->loop, &o->work, on_thread, on_done) != 0)
        return IKE_E_LOCAL_IO;
    o->is_busy = 1;
    return 0;
}

int ike_outside_resolve(ike_outside *o, const char *name, uint32_t family,
                        void (*done)(void *user, int err, const ike_addr *list, uint32_t n), void *user)
{
    if (!o || o->is_busy || o->is_closing || !name || !done || strlen(name) >= sizeof(o->job.name))
        return IKE_E_USAGE;
    memset(&o->job, 0, sizeof(o->job));
    strcpy(o->job.name, name);
    o->job.family = family;
    o->on_names = done;
    return ask(o, user);
}

int ike_outside_probe(ike_outside *o, const char *url, void (*done)(void *user, const ike_outside_portal *p),
                      void *user)
{
    if (!o || o->is_busy || o->is_closing || !url || !done || !ike__outside_is_http(url))
        return IKE_E_USAGE;
    memset(&o->job, 0, sizeof(o->job));
    strcpy(o->job.url, url);
    o->on_portal = done;
    return ask(o, user);
}

int ike_outside_ask(ike_outside *o, const char *url, void (*done)(void *user, const ike_outside_portal *p),
                    void *user)
{
    /* RFC 8908 4.1: over TLS, and no other way */
    if (!o || o->is_busy || o->is_closing || !url || !done || !ike__outside_is_http(url) ||
        strncmp(url, "https:", 6) != 0)
        return IKE_E_USAGE;
    memset(&o->job, 0, sizeof(o->job));
    strcpy(o->job.url, url);
    o->job.is_api = 1;
    o->on_portal = done;
    return ask(o, user);
}

void ike_outside_close(ike_outside *o)
{
    if (!o)
        return;
    o->is_closing = 1;
    atomic_store(&o->job.is_given_up, 1);
    if (!o->is_busy)
        drop(o);
}
