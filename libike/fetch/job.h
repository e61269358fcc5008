/* fetch/job.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_FETCH_JOB_H
#define IKE_FETCH_JOB_H

#include <curl/curl.h>
#include <ike/fetch.h>

/* A verdict that waits. */
struct ike_fetch_job {
    struct ike_fetch_job *next;
    ike_trust *t;
    ike_ask ask; /* points into copy */
    ike_span certs[10], ocsp[4];
    uint8_t *copy;
    void (*done)(void *user, uint32_t ask_id, int verdict);
    void *user;
    uint64_t began;     /* ms of the loop */
    uint32_t documents; /* asked for so far */

    CURL *easy; /* the document under way */
    struct curl_slist *headers;
    char url[1024];
    uint8_t body[256];
    ike_trust_want want; /* points to url and body */
    uint8_t *data;
    size_t data_n, data_max;
};

/* job.c */
struct ike_fetch_job *ike__fetch_job_new(ike_trust *t, const ike_ask *ask); /* NULL: no memory */
void ike__fetch_job_free(struct ike_fetch_job *j); /* easy belongs to no multi by then */
/* Makes the easy handle for what the trust wants. Errors: LOCAL_IO, NOMEM. */
int ike__fetch_job_prepare(struct ike_fetch_job *j, uint32_t timeout_ms);
void ike__fetch_job_finish(struct ike_fetch_job *j, int came); /* gives what came and lets the handle go */

#endif
