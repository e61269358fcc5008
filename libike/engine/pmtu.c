/* engine/pmtu.c - the path's MTU: when to probe, what counts as lost, what follows for inner packets. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8899 over IKE. A probe is sent three times; if nobody answers, or something else is to be said, the request goes on
 * without its padding as an ordinary check for liveness, so the window is never closed by a message that cannot arrive.
 * Only while packets are being sent, on the current IKE SA.
 * How large an inner packet may be follows from the path and the least roomy cipher; the ESP objects look at it
 * themselves (esp/esp.c).
 *
 * Not here: the search (state/pmtu.c), the message (exchange/path_mtu.c), ICMP for the inside (esp/toobig.c). */
#include "engine/engine.h"
#include "esp/fit.h"

#define PROBES      3u
#define RTTS        3u
#define PATIENCE_US 1000000u

/* ---- when ---- */

ike_time ike__mtu_due(const struct ike_session *s)
{
    const struct ike_ike_sa *sa = s->sa;
    struct ike_pmtu_traffic t;
    ike_time due;

    if (s->mtu.search.max == 0 || !sa->is_established || s->is_closing || sa->window.in_flight ||
        sa->running.exchange || ike__tasks_are_ready(&s->tasks) || s->probe.is_on)
        return IKE_NEVER;
    t = ike__path_mtu_traffic(s);
    due = ike__pmtu_due(&s->mtu.search, &t);
    return due > s->now ? due : 0; /* at once, and no sign of having slept since then (ike_tick) */
}

/* RFC 8899 5.1.1, PROBE_TIMER: "… MUST NOT be smaller than 1 second …" */
static ike_time patience(const struct ike_session *s)
{
    ike_time us = s->stats.rtt_us * RTTS;

    return us > PATIENCE_US ? us : PATIENCE_US;
}

int ike__mtu_probe(struct ike_session *s)
{
    int err = ike__want(s, IKE_INTENT_PATH_MTU);

    if (s->sa->window.is_whole)
        s->sa->window.due = s->now + patience(s);
    return err;
}

/* ---- what is lost ---- */

/* The request that is out, without its padding. RFC 7296 2.1 wants a retransmission to be bitwise identical, so that a
 * request means one thing; these two mean the same, and one of them never arrives. Without it the window would
 * stay closed for ever. */
static void without_padding(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_msg_out out;
    uint8_t none[1];

    ike__out_init(&out, none, 0);
    (void)ike__send_instead(s, sa, IKE_X_INFORMATIONAL, &out); /* NOMEM: with the next try, then */
}

int ike__mtu_again(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_window *w = &sa->window;

    if (!w->in_flight || !w->is_whole)
        return 0;
    w->tries++;
    w->due = s->now + patience(s);
    s->stats.retransmits++;
    if (w->tries < PROBES) {
        ike__flight_again(&w->request);
    } else {
        ike__path_mtu_lost(s);
        without_padding(s, sa);
    }
    return 1;
}

void ike__mtu_yield(struct ike_session *s)
{
    for (struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        if (sa->window.in_flight && sa->window.is_whole)
            without_padding(s, sa);
    s->mtu.asked = 0;
}

/* ---- what follows ---- */

static uint32_t inner_of(const struct ike_session *s, const struct ike_child_sa *c)
{
    const ike_path *path = &s->sa->paths.now;
    uint32_t around = ike__paths_around(path);

    if (!ike__paths_marked(path)) /* no ESP in UDP on port 500: bare ESP */
        around -= 8;
    return ike__esp_fit(c->out.protect.alg, s->mtu.search.now - around);
}

static int same_way(const ike_path *a, const ike_path *b)
{
    return memcmp(a->local.ip, b->local.ip, sizeof(a->local.ip)) == 0 &&
           memcmp(a->remote.ip, b->remote.ip, sizeof(a->remote.ip)) == 0 && a->net == b->net;
}

void ike__mtu_look(struct ike_session *s)
{
    struct ike_mtu *m = &s->mtu;
    uint32_t inner = 0;

    if (m->search.max != s->settings.cfg.path_mtu || !same_way(&m->path, &s->sa->paths.now)) {
        ike__mtu_yield(s);
        m->path = s->sa->paths.now;
        ike__pmtu_begin(&m->search, s->settings.cfg.path_mtu);
    }
    if (m->search.max == 0)
        return;
    for (const struct ike_child_sa *c = s->children; c; c = c->next) {
        uint32_t n = inner_of(s, c);
        inner = inner == 0 || n < inner ? n : inner;
    }
    for (struct ike_child_sa *c = s->children; c; c = c->next)
        c->in.mtu = c->out.mtu = inner;
    if (inner != 0 && (inner != m->inner || m->search.now != m->told)) {
        m->told = m->search.now;
        ike__session_event(s, IKE_EV_MTU, 0, 0);
    }
    m->inner = inner;
}

/* ---- verbs ---- */

int ike_mtu_is_probe(const ike_session *s)
{
    return s && s->mtu.is_probe;
}

/* RFC 8899 4.6.1: "… MUST validate …": what is quoted must be something that we alone could have sent. */
static int is_ours(const struct ike_session *s, const ike_path *path, ike_span quote)
{
    ike_span body;

    if (ike__datagram_kind(quote, ike__paths_marked(path), &body) == IKE_KIND_IKE) {
        for (const struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
            if (body.n >= 16 && sa->spi_r != 0 && ike__be64(body.p) == sa->spi_i &&
                ike__be64(body.p + 8) == sa->spi_r)
                return 1;
        return 0;
    }
    for (const struct ike_child_sa *c = s->children; c && quote.n >= 8; c = c->next)
        if (ike__be32(quote.p) == c->spi_out)
            return 1;
    return 0;
}

int ike_mtu_hint(ike_session *s, const ike_path *path, ike_span quote, uint32_t mtu, ike_time now)
{
    struct ike_mtu *m;
    const ike_addr *to;

    if (!s || !path || (quote.n > 0 && !quote.p))
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    s->now = now;
    m = &s->mtu;
    to = &s->sa->paths.now.remote;
    if (m->search.max == 0 || mtu == 0 || path->remote.family != to->family ||
        path->remote.port != to->port || memcmp(path->remote.ip, to->ip, sizeof(to->ip)) != 0 ||
        (quote.n > 0 && !is_ours(s, path, quote)))
        return IKE_E_DISCARD;
    if (!ike__pmtu_hint(&m->search, mtu, now))
        return 0;
    if (m->asked > mtu) /* the one that is out is what it speaks of */
        ike__mtu_yield(s);
    ike__mtu_look(s);
    return 1;
}

int ike_mtu_answer(ike_session *s, const uint8_t *ip, size_t n, uint8_t *out, size_t cap, ike_time now)
{
    size_t got;

    if (!s || !ip || !out)
        return IKE_E_USAGE;
    if (cap < IKE_TOOBIG_MAX)
        return IKE_E_NOSPACE;
    s->now = now;
    if (s->mtu.inner == 0)
        return 0;
    got = ike__toobig_write(ike__span(ip, n), s->mtu.inner, out, cap);
    return got > 0 && ike__toobig_may(&s->mtu.rate, now) ? (int)got : 0;
}
