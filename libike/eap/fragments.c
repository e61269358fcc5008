/* eap/fragments.c - flights of TLS in and out of EAP messages (RFC 5216 2.1.5, 3.1, 3.2). SPDX-License-Identifier: Apache-2.0
 *
 * Flags: L, a length of four octets follows; M, more fragments follow; S, start. Whatever L says, memory is taken for
 * what has come, never for what is announced, and a flight is at most EAP_TLS_MAX octets.
 *
 * Not here: TLS (tls.c). */
#include "eap/tls.h"
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 0x80, MORE = 0x40, START = 0x20 };

void ike__flight_drop(struct flight *f)
{
    if (f->p)
        ike__eap_wipe(f->p, f->n);
    free(f->p);
    memset(f, 0, sizeof(*f));
}

int ike__flight_add(struct flight *f, const uint8_t *p, size_t n)
{
    uint8_t *grown;

    if (n == 0)
        return 0;
    if (f->n + n > EAP_TLS_MAX)
        return IKE_E_LIMIT;
    grown = malloc(f->n + n);
    if (!grown)
        return IKE_E_NOMEM;
    if (f->n > 0)
        memcpy(grown, f->p, f->n);
    memcpy(grown + f->n, p, n);
    if (f->p)
        ike__eap_wipe(f->p, f->n);
    free(f->p);
    f->p = grown;
    f->n += n;
    return 0;
}

static void acknowledge(ike_eap_step *st)
{
    st->out[0] = 0;
    st->n = 1;
}

void ike__eap_tls_flush(struct eap_tls *t, ike_eap_step *st)
{
    size_t left = t->out.n - t->out.at, at = 1, n = left;

    acknowledge(st);
    if (left == 0)
        return;
    if (n > EAP_TLS_FRAGMENT) {
        n = EAP_TLS_FRAGMENT;
        st->out[0] |= MORE;
    }
    if (t->out.at == 0 && n < left) { /* the first of several says how long all of them are */
        st->out[0] |= LENGTH;
        for (int i = 0; i < 4; i++)
            st->out[at++] = (uint8_t)(t->out.n >> (24 - 8 * i));
    }
    memcpy(st->out + at, t->out.p + t->out.at, n);
    st->n = at + n;
    t->out.at += n;
    if (t->out.at == t->out.n)
        ike__flight_drop(&t->out);
}

/* Fits what L says to what has come so far, and to what comes now? */
static int check_length(struct eap_tls *t, uint32_t flags, uint32_t said, size_t n)
{
    int is_first = t->in.n == 0;

    if (flags & LENGTH) {
        if (said == 0 || said > EAP_TLS_MAX || (!is_first && said != t->total))
            return IKE_E_SYNTAX;
        t->total = said;
    } else if (is_first && (flags & MORE)) {
        return IKE_E_SYNTAX; /* RFC 5216 3.1: "… MUST be set for the first fragment …" */
    }
    if ((flags & MORE) && n == 0)
        return IKE_E_SYNTAX; /* it would go on for ever */
    if (t->total && (t->in.n + n > t->total || (!(flags & MORE) && t->in.n + n != t->total)))
        return IKE_E_SYNTAX;
    return 0;
}

int ike__eap_tls_take(struct eap_tls *t, ike_eap_step *st)
{
    struct eap_cursor in = {st->request.p, st->request.n, 0};
    uint32_t flags = ike__eap_uint(&in, 1), said = flags & LENGTH ? ike__eap_uint(&in, 4) : 0;
    int err;

    if (in.bad || st->cap < EAP_TLS_FRAGMENT + 5 || ((flags & START) != 0) == t->is_started)
        return IKE_E_SYNTAX;
    if (!t->is_started) { /* RFC 5216 2.1.1: empty; TTLS may have something in there that we do not need */
        t->is_started = 1;
        return 1;
    }
    if (t->out.n > 0) { /* an acknowledgement of our fragment, and nothing else */
        if (in.n > 0 || (flags & (LENGTH | MORE)))
            return IKE_E_SYNTAX;
        ike__eap_tls_flush(t, st);
        return 0;
    }
    if (t->in.at == t->in.n) /* all of the last one was read */
        ike__flight_drop(&t->in);
    err = check_length(t, flags, said, in.n);
    if (err == 0)
        err = ike__flight_add(&t->in, in.p, in.n);
    if (err < 0)
        return err;
    if (flags & MORE) {
        acknowledge(st);
        return 0;
    }
    t->total = 0;
    return 1;
}
