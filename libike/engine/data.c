/* engine/data.c - inner packets: which child, then ESP. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4301 5: outbound, the newest child whose selectors take the packet; inbound, the child of the
 * SPI. A packet that no child takes is dropped, never sent in the clear. Batches are cut into runs of one
 * child each, so that the cipher sees as many packets at once as there are.
 * Allocates nothing, logs nothing.
 *
 * Not here: ESP itself (esp/esp.c). */
#include "engine/engine.h"

#define ESP_HEADER_LEN 8u

/* A child of an older IKE SA goes on until its like stands on the new one, if both lead to the same place. */
static int is_sending(const struct ike_session *s, const struct ike_child_sa *c)
{
    return c->may_send && !c->is_exported &&
           (c->sa == s->sa || memcmp(&c->sa->paths.now, &s->sa->paths.now, sizeof(ike_path)) == 0);
}

/* The newest, but one that the peer may not know of yet only where no other takes the packet. */
static struct ike_child_sa *child_for(const struct ike_session *s, ike_span ip)
{
    struct ike_child_sa *quiet = NULL;

    for (struct ike_child_sa *c = s->children; c; c = c->next) {
        if (!is_sending(s, c) || !ike__esp_takes(&c->out, ip))
            continue;
        if (!c->is_quiet)
            return c;
        quiet = quiet ? quiet : c;
    }
    return quiet;
}

static void note_sent(struct ike_session *s, ike_path *to)
{
    *to = s->sa->paths.now;
    s->last_sent = s->now;
    if (s->unanswered_since == 0)
        s->unanswered_since = s->now ? s->now : 1;
}

int ike_seal(ike_session *s, const uint8_t *ip, size_t n, uint8_t *out, size_t cap, ike_path *to,
             ike_time now)
{
    struct ike_child_sa *c;
    ike_packet pkt;

    if (!s || !ip || !out || !to)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (n > 65535 || cap < n + IKE_HEADROOM + IKE_TAILROOM)
        return IKE_E_NOSPACE;
    c = child_for(s, ike__span(ip, n));
    if (!c) {
        s->stats.drop_no_child++;
        return IKE_E_TS;
    }
    s->now = now;
    memset(&pkt, 0, sizeof(pkt));
    pkt.buf = out;
    pkt.cap = cap;
    pkt.off = ESP_HEADER_LEN + c->out.protect.alg->iv_len; /* so that the ESP packet begins at out[0] */
    pkt.n = (uint32_t)n;
    memcpy(out + pkt.off, ip, n);
    if (ike_esp_seal(&c->out, &pkt, 1) != 1)
        return pkt.err;
    note_sent(s, to);
    return (int)pkt.n;
}

/* How many packets from the first on belong to the same child. */
static size_t out_run(const struct ike_session *s, const ike_packet *pkts, size_t n,
                      struct ike_child_sa **child)
{
    size_t i = 1;

    *child = child_for(s, ike__span(pkts[0].buf + pkts[0].off, pkts[0].n));
    while (i < n && child_for(s, ike__span(pkts[i].buf + pkts[i].off, pkts[i].n)) == *child)
        i++;
    return i;
}

int ike_seal_n(ike_session *s, ike_packet *pkts, size_t n, ike_path *to, ike_time now)
{
    struct ike_child_sa *only = s ? s->children : NULL;
    int through = 0;

    if (!s || !pkts || !to)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    s->now = now;
    for (size_t at = 0, run; at < n; at += run) {
        struct ike_child_sa *c = only;

        run = n - at;
        /* One child is the common case: its own selector check is enough. */
        if (!only || only->next || !is_sending(s, only))
            run = out_run(s, pkts + at, n - at, &c);
        if (c) {
            through += ike_esp_seal(&c->out, pkts + at, run);
            continue;
        }
        for (size_t i = at; i < at + run; i++) {
            pkts[i].err = IKE_E_TS;
            pkts[i].n = 0;
        }
        s->stats.drop_no_child += run;
    }
    if (through > 0)
        note_sent(s, to);
    return through;
}

static uint32_t spi_of(const ike_packet *p)
{
    if (p->off > p->cap || p->cap - p->off < p->n || p->n < ESP_HEADER_LEN)
        return 0;
    return ike__be32(p->buf + p->off);
}

/* RFC 7296 2.8: the peer sends on a new child, so it knows it: so may we. */
static int opened(struct ike_session *s, struct ike_child_sa *c, int n)
{
    if (n > 0)
        c->is_quiet = 0;
    if (n > 0 && !c->may_send && c->replaces && !c->is_replaced && !c->is_redundant && !c->linger_until)
        ike__session_child_takes_over(s, c);
    return n;
}

/* RFC 4555 3.12: with MOBIKE, packets from where the gateway should not be "SHOULD NOT be used as evidence". Batches come
 * without addresses. */
static int is_sign_of_life(const struct ike_session *s)
{
    const ike_addr *from = s->in_path ? &s->in_path->remote : NULL, *to = &s->sa->paths.now.remote;

    return !from || !s->sa->peer_has_mobike ||
           (from->family == to->family && memcmp(from->ip, to->ip, from->family == 4 ? 4 : 16) == 0);
}

int ike_open_n(ike_session *s, ike_packet *pkts, size_t n, ike_time now)
{
    int through = 0;

    if (!s || !pkts)
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    s->now = now;
    for (size_t at = 0, run; at < n; at += run) {
        uint32_t spi = spi_of(&pkts[at]);
        struct ike_child_sa *c = ike__session_child(s, spi);

        for (run = 1; at + run < n && spi_of(&pkts[at + run]) == spi; run++)
            ;
        if (c && !c->is_exported) {
            through += opened(s, c, ike_esp_open(&c->in, pkts + at, run));
            continue;
        }
        for (size_t i = at; i < at + run; i++) {
            pkts[i].err = IKE_E_DISCARD;
            pkts[i].n = 0;
        }
        s->stats.drop_spi += run;
    }
    if (through > 0 && is_sign_of_life(s))
        ike__session_heard(s);
    return through;
}

int ike__recv_esp(struct ike_session *s, uint8_t *p, size_t n, ike_span *inner)
{
    ike_packet pkt;

    memset(&pkt, 0, sizeof(pkt));
    pkt.buf = p;
    pkt.cap = n;
    pkt.n = (uint32_t)n;
    if (ike_open_n(s, &pkt, 1, s->now) != 1)
        return pkt.err;
    if (pkt.n > 0)
        *inner = ike__span(pkt.buf + pkt.off, pkt.n);
    return 0;
}
