/* tests/sim/check.c - what must hold after every step of one end. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: what two ends must agree on (sweep.c). */
#include "sim/world.h"
#include "wire/message.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MEMORY_MAX       400000u
#define TICKS_PER_SECOND 60u

void check_fail(struct world *w, const char *name, const struct end *e, const char *format, ...)
{
    size_t n = 0;
    va_list args;

    if (w->failed)
        return; /* what follows from it says less */
    w->failed = name;
    w->failed_at = w->clock.now;
    if (e)
        n = (size_t)snprintf(w->detail, sizeof(w->detail),
                             "%s%u#%u: ", e->site->is_gateway ? "gateway" : "client", e->site->number,
                             e->number);
    va_start(args, format);
    vsnprintf(w->detail + n, sizeof(w->detail) - n, format, args);
    va_end(args);
    world_say(w, e, w->detail);
    for (unsigned i = 0; w->verbose && i < w->clients + w->gateways; i++)
        for (const struct end *other = w->site[i].end; other; other = other->next)
            show_session(w, other);
}

/* ---- Message IDs and sequence numbers on the wire ---- */

/* What was seen of an SA; the one that was silent for longest is forgotten. */
static struct watched_ike *watched(struct watch *x, uint64_t spi_i, uint64_t spi_r)
{
    struct watched_ike *i = &x->ike[0];

    for (unsigned k = 0; k < WATCHED_MAX; k++) {
        if (x->ike[k].spi_i == spi_i && x->ike[k].spi_r == spi_r) {
            x->ike[k].used = ++x->uses;
            return &x->ike[k];
        }
        if (x->ike[k].used < i->used)
            i = &x->ike[k];
    }
    memset(i, 0, sizeof(*i));
    i->spi_i = spi_i;
    i->spi_r = spi_r;
    i->used = ++x->uses;
    return i;
}

/* Which fragment, 0 of a whole message. RFC 7383 2.5 */
static unsigned fragment_of(const struct ike_header *h, ike_span body)
{
    return h->next == IKE_P_SKF && body.n > IKE_HEADER_LEN + 6 ? ike__be16(body.p + IKE_HEADER_LEN + 4) & 63u
                                                               : 0;
}

/* RFC 7296 2.1: "… MUST be bitwise identical"; 2.2: "… the same Message ID" only for that. */
static int sends_again(struct watched_flight *f, unsigned fragment, uint64_t hash)
{
    uint64_t *known = &f->hash[fragment];

    if (*known == 0)
        *known = hash;
    return *known == hash;
}

static void next_flight(struct watched_flight *f, uint32_t id)
{
    memset(f, 0, sizeof(*f));
    f->next = id + 1;
}

static void sent_request(struct world *w, struct end *e, struct watched_ike *i, const struct ike_header *h)
{
    uint32_t id = h->message_id, first = h->exchange == IKE_X_IKE_AUTH ? 1 : 0;

    if (i->request.next == id + 1)
        return;
    /* RFC 7296 2.2: "… incremented for each subsequent exchange"; 2.3: a window of one. */
    if (i->request.next != 0 ? id != i->request.next : id != first)
        check_fail(w, "message-id", e, "request %u behind %d", id, (int)i->request.next - 1);
    else if (i->request.next != 0 && i->answered < i->request.next)
        check_fail(w, "window", e, "request %u before %u was answered", id, i->request.next - 1);
    next_flight(&i->request, id);
}

static void sent_response(struct world *w, struct end *e, struct watched_ike *i, const struct ike_header *h)
{
    uint32_t id = h->message_id;

    if (i->response.next == id + 1)
        return;
    if (i->response.next != 0 && id != i->response.next)
        check_fail(w, "message-id", e, "response %u behind %d", id, (int)i->response.next - 1);
    if (i->response.next != 0 && i->asked <= id)
        check_fail(w, "message-id", e, "response %u that nobody asked for", id);
    next_flight(&i->response, id);
}

static void sent_init(struct watch *x, const struct ike_header *h, uint64_t hash)
{
    struct watched_flight *f = &watched(x, h->spi_i, 0)->request;

    if (!sends_again(f, 0, hash)) {
        next_flight(f, 0);
        f->hash[0] = hash;
    }
    f->sent++;
}

static void sent_ike(struct world *w, struct end *e, ike_span body)
{
    int is_response;
    struct watched_ike *i;
    struct ike_header h;

    if (ike__header_read(body, &h) < 0) {
        check_fail(w, "header", e, "of what it sent");
        return;
    }
    if (h.exchange == IKE_X_IKE_SA_INIT) { /* cookies and other groups: message 0 again and again (2.2) */
        sent_init(&e->watch, &h, hash_more(1, body.p, body.n));
        return;
    }
    i = watched(&e->watch, h.spi_i, h.spi_r);
    is_response = (h.flags & IKE_FLAG_RESPONSE) != 0;
    if (is_response)
        sent_response(w, e, i, &h);
    else
        sent_request(w, e, i, &h);
    if (fragment_of(&h, body) <= 1 && !is_response)
        i->request.sent++;
    if (!is_response && i->request.is_probe && !ike_mtu_is_probe(e->s))
        i->request.hash[0] = 0; /* the one exception: docs/decisions/0005 */
    if (!is_response)
        i->request.is_probe = (unsigned)ike_mtu_is_probe(e->s);
    if (!sends_again(is_response ? &i->response : &i->request, fragment_of(&h, body),
                     hash_more(1, body.p, body.n)))
        check_fail(w, "same-octets", e, "%s %u differs from what was sent before",
                   is_response ? "response" : "request", h.message_id);
}

void check_sent(struct world *w, struct end *e, const uint8_t *p, size_t n)
{
    if (n > 4 && memcmp(p, "\0\0\0\0", 4) == 0)
        sent_ike(w, e, ike__span(p + 4, n - 4));
    else if (n > IKE_HEADER_LEN)
        sent_ike(w, e, ike__span(p, n)); /* port 500 */
}

void check_received(struct world *w, struct end *e, const uint8_t *p, size_t n)
{
    size_t mark = n > 4 && memcmp(p, "\0\0\0\0", 4) == 0 ? 4 : 0;
    struct watched_ike *i;
    struct ike_header h;

    (void)w;
    if (n < mark + IKE_HEADER_LEN || ike__header_read(ike__span(p + mark, n - mark), &h) < 0 ||
        h.exchange == IKE_X_IKE_SA_INIT)
        return;
    i = watched(&e->watch, h.spi_i, h.spi_r);
    if (h.flags & IKE_FLAG_RESPONSE)
        i->answered = h.message_id + 1 > i->answered ? h.message_id + 1 : i->answered;
    else
        i->asked = h.message_id + 1 > i->asked ? h.message_id + 1 : i->asked;
}

/* RFC 7296 2.1, 2.4: a peer is not dead before it was asked as often as configured (or thrice, on a new path). */
void check_patience(struct world *w, struct end *e)
{
    uint32_t tries = e->s->settings.cfg.retry_tries;
    unsigned most = 0;

    for (const struct ike_ike_sa *sa = e->s->sas; sa; sa = sa->next)
        for (int is_init = 0; is_init < 2; is_init++) {
            unsigned sent = watched(&e->watch, sa->spi_i, is_init ? 0 : sa->spi_r)->request.sent;
            most = sent > most ? sent : most;
        }
    if (most < 1 + (tries < 3 ? tries : 3))
        check_fail(w, "patience", e, "gave up after %u", most);
}

static struct watched_esp *watched_spi(struct watch *x, uint32_t spi)
{
    struct watched_esp *i = &x->esp[0];

    for (unsigned k = 0; k < WATCHED_MAX; k++) {
        if (x->esp[k].spi == spi)
            return &x->esp[k];
        if (x->esp[k].used < i->used)
            i = &x->esp[k];
    }
    *i = (struct watched_esp){.spi = spi};
    return i;
}

static void sent_esp(struct world *w, struct end *e, const uint8_t *p)
{
    uint32_t spi = ike__be32(p), seq = ike__be32(p + 4);
    struct watched_esp *i = watched_spi(&e->watch, spi);

    if (seq <= i->seq)
        check_fail(w, "sequence", e, "%u behind %u under %08x", seq, i->seq, spi);
    i->seq = seq;
    i->used = ++e->watch.uses;
}

/* ---- inner packets ---- */

size_t check_make_inner(const struct site *c, int to_client, uint64_t number, size_t n, uint8_t *ip)
{
    uint64_t fill = (number + 1) * UINT64_C(0x9e3779b97f4a7c15);

    memset(ip, 0, 28);
    ip[0] = 0x45;
    ike__put_be16(ip + 2, (uint16_t)n);
    ip[8] = 64;
    ip[9] = 1;
    memcpy(ip + (to_client ? 16 : 12), c->inner.ip, 4);
    memcpy(ip + (to_client ? 12 : 16), "\x0a\x01\x01\x01", 4);
    ip[20] = 8;
    ike__put_be64(ip + 28, number);
    for (size_t i = 36; i < n; i++)
        ip[i] = (uint8_t)(fill >> 8 * (i % 8));
    return n;
}

void check_sealed(struct world *w, struct end *e, const uint8_t *ip, size_t n, const uint8_t *out, int got)
{
    if (got > 0 && !e->is_up)
        check_fail(w, "sealed-without-sa", e, "before it was up");
    if (got > 0 && e->closes > 0)
        check_fail(w, "sealed-when-closed", e, " ");
    if (got <= 0)
        return;
    for (size_t i = 0; i + 16 <= (size_t)got; i++)
        if (memcmp(out + i, ip + 28, 16) == 0)
            check_fail(w, "plaintext", e, "the inner packet is readable");
    sent_esp(w, e, out);
    if (w->inner_n == w->inner_cap) {
        w->inner_cap = w->inner_cap ? 2 * w->inner_cap : 256;
        w->inner = realloc(w->inner, w->inner_cap * sizeof(*w->inner));
        if (!w->inner)
            abort();
    }
    /* The first packets on a new child, one that replaces none, may overtake the answer that makes it. Who starts
     * childless is without a child for a moment whenever it authenticates anew. */
    w->inner[w->inner_n++] = (struct inner){.at = w->clock.now,
                                            .client = e->client,
                                            .from = e->number,
                                            .len = (uint16_t)n,
                                            .may_be_lost = w->clock.now - e->child_up < SECOND / 5 ||
                                                           w->site[e->client].cfg.childless,
                                            .to_gateway = !e->site->is_gateway};
}

void check_inner(struct world *w, const struct end *e, ike_span got)
{
    uint64_t number = got.n >= INNER_MIN ? ike__be64(got.p + 28) : UINT64_MAX;
    uint8_t ip[1400];
    struct inner *p;

    if (number >= w->inner_n) {
        check_fail(w, "never-sent", e, "an inner packet of %zu octets", got.n);
        return;
    }
    p = &w->inner[number];
    (void)check_make_inner(&w->site[p->client], !p->to_gateway, number, p->len, ip);
    if (got.n != p->len || memcmp(ip, got.p, got.n) != 0)
        check_fail(w, "never-sent", e, "inner packet %llu is not what was sent", (unsigned long long)number);
    else if (p->client != e->client || p->to_gateway != (e->site->is_gateway != 0))
        check_fail(w, "never-sent", e, "inner packet %llu was for somebody else", (unsigned long long)number);
    else if (p->arrived)
        check_fail(w, "twice", e, "inner packet %llu", (unsigned long long)number);
    p->arrived = 1;
}

/* ---- one session ---- */

void check_end(struct world *w, struct end *e)
{
    uint32_t sas = ike__session_sas_n(e->s), children = ike__session_children_n(e->s);

    w->steps++;
    if (e->closes > 1)
        check_fail(w, "closed-once", e, "%u times", e->closes);
    if (sas > IKE_SAS_MAX + 2)
        check_fail(w, "sas-bounded", e, "%u", sas);
    if (children > IKE_CHILDREN_MAX)
        check_fail(w, "children-bounded", e, "%u", children);
    if (e->memory.now > MEMORY_MAX)
        check_fail(w, "memory-bounded", e, "%zu octets", e->memory.now);
}

void check_ticked(struct world *w, struct end *e)
{
    struct watch *x = &e->watch;
    uint64_t digest;

    if (x->second != w->clock.now / SECOND) {
        x->second = w->clock.now / SECOND;
        x->ticks = 0;
    }
    if (++x->ticks > TICKS_PER_SECOND)
        check_fail(w, "busy", e, "%u ticks in one second", x->ticks);
    if (!e->s || ike_deadline(e->s) > w->clock.now) {
        x->digest = 0;
        return;
    }
    digest = check_digest(e->s);
    if (digest == x->digest)
        check_fail(w, "progress", e, "a tick changed nothing and the deadline is still in the past");
    x->digest = digest;
}

/* ---- what a session is, without counters and the clock ---- */

static uint64_t digest_child(uint64_t h, const struct ike_child_sa *c)
{
    struct ike_child_sa copy;

    memcpy(&copy, c, sizeof(copy));
    memset(&copy.in.stats, 0, sizeof(copy.in.stats));
    memset(&copy.out.stats, 0, sizeof(copy.out.stats));
    h = hash_more(h, &copy, sizeof(copy));
    return hash_more(h, c->in.replay.bits, c->in.replay.words * sizeof(*c->in.replay.bits));
}

static uint64_t digest_sa(uint64_t h, const struct ike_ike_sa *sa)
{
    h = hash_more(h, sa, sizeof(*sa));
    h = hash_more(h, sa->window.request.bytes, sa->window.request.n);
    h = hash_more(h, sa->window.response.bytes, sa->window.response.n);
    for (int i = 0; i < 2; i++)
        if (sa->fragments[i])
            h = hash_more(h, sa->fragments[i], sizeof(*sa->fragments[i]));
    return h;
}

uint64_t check_digest(const struct ike_session *s)
{
    struct ike_session copy;
    uint64_t h;

    memcpy(&copy, s, sizeof(copy));
    memset(&copy.stats, 0, sizeof(copy.stats));
    copy.now = 0;
    copy.in_sa = NULL;
    copy.in_path = NULL;
    h = hash_more(1, &copy, sizeof(copy));
    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        h = digest_child(h, c);
    for (const struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        h = digest_sa(h, sa);
    return h ? h : 1;
}
