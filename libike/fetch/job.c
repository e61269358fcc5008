/* fetch/job.c - one verdict that waits, one document at a time. SPDX-License-Identifier: Apache-2.0 */
#include "fetch/job.h"
#include <stdlib.h>
#include <string.h>

static ike_span take(uint8_t **to, ike_span s)
{
    ike_span kept = {*to, s.n};

    if (s.n > 0)
        memcpy(*to, s.p, s.n);
    *to += s.n;
    return kept;
}

struct ike_fetch_job *ike__fetch_job_new(ike_trust *t, const ike_ask *ask)
{
    struct ike_fetch_job *j = calloc(1, sizeof(*j));
    uint32_t max = sizeof(j->certs) / sizeof(j->certs[0]), n = ask->certs_n < max ? ask->certs_n : max;
    uint32_t staples = sizeof(j->ocsp) / sizeof(j->ocsp[0]);
    size_t size = 1 + ask->peer_id_data.n + ask->tbs.n + ask->proof.n;
    uint8_t *to;

    staples = ask->ocsp_n < staples ? ask->ocsp_n : staples;
    for (uint32_t i = 0; i < n; i++)
        size += ask->certs[i].n;
    for (uint32_t i = 0; i < staples; i++)
        size += ask->ocsp[i].n;
    if (!j)
        return NULL;
    to = j->copy = malloc(size);
    if (!to) {
        free(j);
        return NULL;
    }
    j->t = t;
    j->ask.id = ask->id;
    j->ask.kind = ask->kind;
    j->ask.local_id = j->ask.peer_id = "";
    j->ask.peer_id_type = ask->peer_id_type;
    j->ask.sigs = ask->sigs;
    j->ask.peer_id_data = take(&to, ask->peer_id_data);
    j->ask.tbs = take(&to, ask->tbs);
    j->ask.proof = take(&to, ask->proof);
    for (uint32_t i = 0; i < n; i++)
        j->certs[i] = take(&to, ask->certs[i]);
    j->ask.certs = j->certs;
    j->ask.certs_n = n;
    for (uint32_t i = 0; i < staples; i++)
        j->ocsp[i] = take(&to, ask->ocsp[i]);
    j->ask.ocsp = j->ocsp;
    j->ask.ocsp_n = staples;
    return j;
}

static void drop_document(struct ike_fetch_job *j)
{
    if (j->easy)
        curl_easy_cleanup(j->easy);
    curl_slist_free_all(j->headers);
    free(j->data);
    j->easy = NULL;
    j->headers = NULL;
    j->data = NULL;
    j->data_n = 0;
}

void ike__fetch_job_free(struct ike_fetch_job *j)
{
    drop_document(j);
    free(j->copy);
    free(j);
}

static size_t on_data(char *p, size_t size, size_t n, void *user)
{
    struct ike_fetch_job *j = user;
    uint8_t *more;

    n *= size;
    if (n > j->data_max - j->data_n)
        return 0; /* ends the transfer */
    more = realloc(j->data, j->data_n + n + 1);
    if (!more)
        return 0;
    memcpy(more + j->data_n, p, n);
    j->data = more;
    j->data_n += n;
    return n;
}

static int keep_want(struct ike_fetch_job *j)
{
    ike_trust_want w = IKE_TRUST_WANT_INIT;

    if (ike_trust_wanted(j->t, &w) != 1 || strlen(w.url) >= sizeof(j->url) || w.body.n > sizeof(j->body))
        return IKE_E_LOCAL_IO;
    memcpy(j->url, w.url, strlen(w.url) + 1);
    if (w.body.n > 0)
        memcpy(j->body, w.body.p, w.body.n);
    j->want = w;
    j->want.url = j->url;
    j->want.body.p = j->body;
    j->data_max = w.kind == IKE_WANT_CRL ? IKE_TRUST_CRL_MAX : IKE_TRUST_OCSP_MAX;
    return 0;
}

static CURLcode set_bounds(CURL *e, uint32_t timeout_ms)
{
    CURLcode bad;

#if LIBCURL_VERSION_NUM >= 0x075500
    bad = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http");
#else
    bad = curl_easy_setopt(e, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    if (!bad) /* a resolver that hangs must not hold up whoever lets go of this */
        bad = curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
#endif
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_FAILONERROR, 1L);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    return bad;
}

static CURLcode set_document(struct ike_fetch_job *j, CURL *e)
{
    CURLcode bad = curl_easy_setopt(e, CURLOPT_URL, j->url);

    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_PRIVATE, (char *)j);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_data);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_WRITEDATA, j);
    if (bad || j->want.kind != IKE_WANT_OCSP)
        return bad;
    j->headers = curl_slist_append(NULL, "Content-Type: application/ocsp-request");
    if (!j->headers)
        return CURLE_OUT_OF_MEMORY;
    bad = curl_easy_setopt(e, CURLOPT_HTTPHEADER, j->headers);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_POSTFIELDS, (const char *)j->body);
    if (!bad)
        bad = curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)j->want.body.n);
    return bad;
}

int ike__fetch_job_prepare(struct ike_fetch_job *j, uint32_t timeout_ms)
{
    int err = keep_want(j);

    if (err < 0)
        return err;
    j->easy = curl_easy_init();
    if (!j->easy)
        return IKE_E_NOMEM;
    return set_bounds(j->easy, timeout_ms) || set_document(j, j->easy) ? IKE_E_LOCAL_IO : 0;
}

void ike__fetch_job_finish(struct ike_fetch_job *j, int came)
{
    (void)ike_trust_give(j->t, &j->want, came ? (ike_span){j->data, j->data_n} : (ike_span){NULL, 0});
    drop_document(j);
}
