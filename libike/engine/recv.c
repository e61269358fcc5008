/* engine/recv.c - a datagram comes in: keepalive, ESP or IKE, and one of four verdicts. SPDX-License-Identifier: Apache-2.0
 *
 * whole message -> dispatch.c | PARTIAL: a fragment was stored | DISCARD: not authentic, nothing changed |
 * SYNTAX: authentic and malformed, the SA dies (RFC 7296 2.21).
 * Order of checks: header, SPIs, Message ID, framing, ICV. No handler ever sees a byte of SK that was not verified,
 * and before the SA is established only answers to our own requests get this far.
 *
 * Not here: what messages mean (dispatch.c), ESP (data.c). */
#include "engine/engine.h"
#include "base/mem.h"
#include "wire/print.h"

static void show(const struct ike_session *s, const struct ike_msg *msg)
{
    struct ike_text t;
    char line[400];

    if (!s->env.log)
        return;
    ike__text_init(&t, line, sizeof(line));
    ike__text_put(&t, "<-- ");
    ike__msg_print(&t, msg);
    ike__session_log(s, IKE_LOG_LADDER, line, NULL);
}

static int same_host(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, a->family == 4 ? 4 : 16) == 0;
}

/* Does this SA wait for this answer to its first request? They are in the clear: only from where we asked. */
static int waits_for_init(const struct ike_session *s, const struct ike_ike_sa *sa,
                          const struct ike_header *h)
{
    const struct ike_exchange *running = sa->running.exchange;

    return running && running->type == h->exchange && sa->window.in_flight && h->spi_i == sa->spi_i &&
           same_host(&s->in_path->remote, &sa->paths.now.remote);
}

static int recv_init(struct ike_session *s, const struct ike_header *h, ike_span raw)
{
    struct ike_msg msg;

    if (h->message_id != 0 || (h->flags & IKE_FLAG_INITIATOR) || !(h->flags & IKE_FLAG_RESPONSE))
        return IKE_E_DISCARD;
    for (s->in_sa = s->sas; s->in_sa && !waits_for_init(s, s->in_sa, h); s->in_sa = s->in_sa->next)
        ;
    if (!s->in_sa)
        return IKE_E_DISCARD;
    memset(&msg, 0, sizeof(msg));
    if (ike__msg_index(&msg, h->next, ike__span(raw.p + IKE_HEADER_LEN, raw.n - IKE_HEADER_LEN)) < 0)
        return IKE_E_DISCARD;
    msg.header = *h;
    show(s, &msg);
    return ike__dispatch(s, &msg);
}

/* A whole, authentic payload chain. */
static int recv_chain(struct ike_session *s, const struct ike_header *h, uint8_t first, ike_span chain)
{
    struct ike_msg msg;

    memset(&msg, 0, sizeof(msg));
    if (ike__msg_index(&msg, first, chain) < 0) {
        msg.malformed = 1; /* yet authentic: dispatch answers and closes */
        msg.n = 0;
    }
    msg.header = *h;
    msg.protected = 1;
    s->in_chain = chain;
    s->in_chain_first = first;
    if (!msg.malformed)
        show(s, &msg);
    return ike__dispatch(s, &msg);
}

static int recv_fragment(struct ike_session *s, const struct ike_header *h, const struct ike_sk *sk,
                         ike_span text)
{
    struct ike_reassembly **slot = &s->in_sa->fragments[(h->flags & IKE_FLAG_RESPONSE) != 0];
    uint8_t *chain, first;
    size_t n;
    int got = ike__reassembly_add(slot, s->env.alloc, s->settings.cfg.reassembly_max, h, sk, text, s->now);

    if (got <= 0)
        return got;
    first = (*slot)->first;
    got = ike__reassembly_join(*slot, s->env.alloc, &chain, &n);
    ike__reassembly_free(slot, s->env.alloc);
    if (got < 0)
        return got;
    got = recv_chain(s, h, first, ike__span(chain, n));
    ike__mem_free(s->env.alloc, chain, n ? n : 1);
    return got;
}

/* RFC 7296 2.23: whoever is not behind a NAT follows the other side's address, as authentic messages show it;
 * with MOBIKE addresses change only when somebody says so (RFC 4555 3.8). */
static void follow_peer(struct ike_session *s)
{
    struct ike_paths *paths = &s->in_sa->paths;
    const ike_addr *from = &s->in_path->remote;
    ike_addr *to = &paths->now.remote;

    if (s->in_sa->peer_has_mobike || paths->nat_local || from->family != to->family ||
        s->settings.cfg.encap == IKE_ENCAP_UDP)
        return;
    if (from->port == IKE_PORT && to->port != IKE_PORT)
        return;
    *to = *from;
}

static int may_come_now(const struct ike_ike_sa *sa, const struct ike_header *h, enum ike_sorted sorted)
{
    const struct ike_exchange *running = sa->running.exchange;

    if (sorted == IKE_SORT_ANSWER)
        return running && running->type == h->exchange;
    if (sa->linger_until)
        return sorted == IKE_SORT_REPEAT;
    return sorted != IKE_SORT_DROP && sa->is_established;
}

static struct ike_ike_sa *owner(const struct ike_session *s, const struct ike_header *h)
{
    struct ike_ike_sa *sa = s->sas;

    while (sa && !(sa->open.alg && ike__ike_sa_owns(sa, h)))
        sa = sa->next;
    return sa;
}

static int recv_protected(struct ike_session *s, const struct ike_header *h, ike_span raw)
{
    struct ike_ike_sa *sa = owner(s, h);
    const ike_cipher_alg *alg;
    enum ike_sorted sorted;
    const struct ike_payload *p;
    struct ike_msg outer;
    struct ike_sk sk;
    ike_span chain;
    int is_fragment, err;

    if (!sa)
        return IKE_E_DISCARD;
    sorted = ike__window_sort(&sa->window, h);
    if (!may_come_now(sa, h, sorted))
        return IKE_E_DISCARD;
    s->in_sa = sa;
    alg = sa->open.alg;
    memset(&outer, 0, sizeof(outer));
    if (ike__msg_index(&outer, h->next, ike__span(raw.p + IKE_HEADER_LEN, raw.n - IKE_HEADER_LEN)) < 0 ||
        outer.n == 0)
        return IKE_E_DISCARD;
    p = &outer.payload[outer.n - 1];
    is_fragment = p->type == IKE_P_SKF;
    /* RFC 7296 2.21.4: nothing unprotected is acted upon. RFC 7383 2.3: no fragments unless we announced it. */
    if ((p->type != IKE_P_SK && !is_fragment) || (is_fragment && !sa->peer_fragments))
        return IKE_E_DISCARD;
    if (ike__sk_split(&sk, raw, p, alg->iv_len, alg->tag_len, alg->block_len) < 0)
        return IKE_E_DISCARD;
    /* RFC 7383 2.5.3: "… all unprotected payloads MUST be placed in the first fragment" */
    if (is_fragment && sk.number > 1 && outer.n > 1)
        return IKE_E_DISCARD;
    if (is_fragment && sorted != IKE_SORT_REPEAT &&
        ike__reassembly_useless(s->in_sa->fragments[(h->flags & IKE_FLAG_RESPONSE) != 0], h->message_id, &sk))
        return IKE_E_DISCARD;
    err = ike__protect_open_sk(&sa->open, &sk, &chain);
    if (err == IKE_E_DISCARD || err == IKE_E_CRYPTO)
        return err;
    ike__session_heard(s);
    if (sorted == IKE_SORT_REPEAT) {
        /* RFC 7296 2.1: the stored answer once more. RFC 7383 2.6.1: of fragments, only the first one asks for it. */
        if (!is_fragment || sk.number == 1) {
            sa->window.reply_to = *s->in_path;
            ike__flight_again(&sa->window.response);
        }
        return 0;
    }
    if (sorted == IKE_SORT_ANSWER)
        ike__probe_answered(s);
    follow_peer(s);
    if (err < 0)
        return recv_chain(s, h, IKE_P_SK, ike__span(raw.p, 1)); /* authentic, bad padding: malformed */
    return is_fragment ? recv_fragment(s, h, &sk, chain) : recv_chain(s, h, sk.first, chain);
}

int ike__recv_message(struct ike_session *s, uint8_t *p, size_t n)
{
    ike_span raw = ike__span(p, n);
    struct ike_header h;

    if (ike__header_read(raw, &h) < 0)
        return IKE_E_DISCARD;
    s->in_raw = raw;
    if (ike__header_opens(h.exchange))
        return recv_init(s, &h, raw);
    return recv_protected(s, &h, raw);
}

int ike_recv(ike_session *s, const ike_path *from, uint8_t *dgram, size_t n, ike_span *inner, ike_time now)
{
    ike_span body;
    int err = 0;

    if (!s || !from || (!dgram && n > 0) || !inner)
        return IKE_E_USAGE;
    *inner = ike__span(NULL, 0);
    if (s->is_closed)
        return IKE_E_CLOSED;
    s->now = now;
    s->in_path = from;
    switch (ike__datagram_kind(ike__span(dgram, n), ike__paths_marked(from), &body)) {
    case IKE_KIND_ESP:
        err = ike__recv_esp(s, dgram, n, inner);
        break;
    case IKE_KIND_IKE:
        s->stats.ike_in++;
        err = ike__recv_message(s, dgram + (n - body.n), body.n);
        if (err == IKE_E_DISCARD)
            s->stats.ike_discarded++;
        break;
    case IKE_KIND_KEEPALIVE: /* RFC 3948 4: no proof of life */
        break;
    case IKE_KIND_JUNK:
    default:
        s->stats.ike_discarded++;
        err = IKE_E_DISCARD;
        break;
    }
    s->in_path = NULL;
    s->in_sa = NULL;
    s->in_raw = s->in_chain = ike__span(NULL, 0);
    return err;
}

static int is_esp(const ike_path *from, const ike_packet *p)
{
    ike_span body;

    return p->off <= p->cap && p->cap - p->off >= p->n &&
           ike__datagram_kind(ike__span(p->buf + p->off, p->n), ike__paths_marked(from), &body) ==
               IKE_KIND_ESP;
}

/* One that is not ESP. */
static void recv_other(struct ike_session *s, const ike_path *from, ike_packet *p, ike_time now)
{
    ike_span inner;

    p->err = p->off <= p->cap && p->cap - p->off >= p->n
                 ? ike_recv(s, from, p->buf + p->off, p->n, &inner, now)
                 : IKE_E_DISCARD;
    p->n = 0;
}

int ike_recv_n(ike_session *s, const ike_path *from, ike_packet *pkts, size_t n, ike_time now)
{
    size_t esp = 0;
    int err = 0;

    if (!s || !from || !pkts)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    while (esp < n && is_esp(from, &pkts[esp]))
        esp++;
    if (esp > 0) {
        s->in_path = from;
        err = ike_open_n(s, pkts, esp, now);
        s->in_path = NULL;
    }
    if (err < 0 || esp == n)
        return err < 0 ? err : (int)esp;
    recv_other(s, from, &pkts[esp], now);
    return (int)esp + 1;
}
