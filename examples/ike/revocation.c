/* examples/ike/revocation.c - verdicts that wait for a CRL or an OCSP response. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

#ifdef IKE_HAVE_FETCH
#include <ike/fetch.h>

struct revocation {
    ike_fetch *fetch; /* NULL: nothing had to be fetched yet */
    uv_loop_t *loop;
    ike_uv *v;
    const ike_trust *t; /* of the last ask */
};

int revocation_can_fetch(void)
{
    return 1;
}

void revocation_open(revocation **r, uv_loop_t *loop, ike_uv *v)
{
    *r = calloc(1, sizeof(**r));
    if (!*r)
        return;
    (*r)->loop = loop;
    (*r)->v = v;
}

static void done(void *user, uint32_t ask_id, int verdict)
{
    const revocation *r = user;
    const char *unchecked = verdict == IKE_VERIFIED_IN_PART ? ike_trust_unchecked(r->t) : "";

    (void)ike_uv_answer(r->v, ask_id, verdict, (ike_span){(const uint8_t *)unchecked, strlen(unchecked)});
}

int revocation_ask(revocation *r, ike_trust *t, const ike_ask *ask)
{
    if (!r || !t || (!r->fetch && ike_fetch_open(&r->fetch, r->loop, 0) < 0))
        return 0;
    r->t = t;
    return ike_fetch_verify(r->fetch, t, ask, done, r) == 0;
}

void revocation_forget(revocation *r, const ike_trust *t)
{
    if (r && r->fetch)
        ike_fetch_cancel(r->fetch, t);
}

static void closed(void *user)
{
    free(user);
}

void revocation_close(revocation *r)
{
    if (r && r->fetch)
        ike_fetch_close(r->fetch, closed, r);
    else
        free(r);
}

#else

int revocation_can_fetch(void)
{
    return 0;
}

void revocation_open(revocation **r, uv_loop_t *loop, ike_uv *v)
{
    (void)loop;
    (void)v;
    *r = NULL;
}

int revocation_ask(revocation *r, ike_trust *t, const ike_ask *ask)
{
    (void)r;
    (void)t;
    (void)ask;
    return 0;
}

void revocation_forget(revocation *r, const ike_trust *t)
{
    (void)r;
    (void)t;
}

void revocation_close(revocation *r)
{
    (void)r;
}
#endif
