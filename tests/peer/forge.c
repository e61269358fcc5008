/* tests/peer/forge.c - messages that a decent end would never send, well sealed. SPDX-License-Identifier: Apache-2.0 */
#include "peer/forge.h"
#include "wire/payloads.h"
#include <stdio.h>
#include <stdlib.h>

static void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "forge: %s\n", what);
    abort();
}

struct forged forge(const struct ladder *l, uint8_t exchange, int is_response, uint32_t id)
{
    struct forged f;

    memset(&f, 0, sizeof(f));
    f.h = ike__ike_sa_header(&l->peer->sa, exchange, is_response, id);
    return f;
}

void forge_chain(struct forged *f, const struct ike_msg_out *out)
{
    f->first = out->first;
    f->chain = ike__span(out->buf.p, out->buf.n);
}

static ike_span moved(ike_span s, size_t by)
{
    return ike__span(s.p + by, s.n);
}

/* Frames f into p, with room for what stands in front of SK, and seals it. Returns its length. */
static size_t frame(struct ike_protect *seal, const struct forged *f, uint8_t *p, size_t cap)
{
    const ike_cipher_alg *alg = seal->alg;
    size_t n;
    struct ike_buf b;
    struct ike_sk sk;

    ike__buf_init(&b, p, cap);
    must(ike__sk_frame(&b, &sk, &f->h, f->first, f->chain, f->number, f->total, alg->iv_len, alg->tag_len,
                       alg->block_len) == 0,
         "room for a message");
    n = b.n;
    must(n + f->front.n + f->behind.n <= cap, "room for what stands around SK");
    if (f->front.n > 0) {
        memmove(p + IKE_HEADER_LEN + f->front.n, p + IKE_HEADER_LEN, n - IKE_HEADER_LEN);
        memcpy(p + IKE_HEADER_LEN, f->front.p, f->front.n);
        sk.aad.n += f->front.n;
        sk.iv = moved(sk.iv, f->front.n);
        sk.text = moved(sk.text, f->front.n);
        sk.tag = moved(sk.tag, f->front.n);
        p[16] = f->front_type;
        n += f->front.n;
    }
    ike__put_be32(p + 24, (uint32_t)(n + f->behind.n));
    must(ike__protect_seal_sk(seal, &sk) == 0, "a seal");
    if (f->behind.n > 0)
        memcpy(p + n, f->behind.p, f->behind.n);
    return n + f->behind.n;
}

struct datagram forge_seal(struct ladder *l, const struct forged *f)
{
    static struct datagram d; /* tests only: one thread */

    memset(&d, 0, sizeof(d));
    d.path = l->path;
    d.path.remote.port = 4500;
    d.n = IKE_MARKER_LEN + frame(&l->peer->sa.seal, f, d.p + IKE_MARKER_LEN, sizeof(d.p) - IKE_MARKER_LEN);
    return d;
}

int forge_deliver(struct ladder *l, const struct forged *f)
{
    l->to_client[0] = forge_seal(l, f);
    return ladder_deliver_in(l, 0);
}

int forge_notify(struct ladder *l, uint16_t type, ike_span data)
{
    struct forged f = forge(l, IKE_X_INFORMATIONAL, 0, l->peer->next_out++);
    uint8_t body[600];
    struct ike_msg_out out;

    ike__out_init(&out, body, sizeof(body));
    ike__notify_write(&out, type, data);
    forge_chain(&f, &out);
    return forge_deliver(l, &f);
}

ike_span forge_notify_body(uint8_t *buf, size_t cap, uint16_t type, ike_span data)
{
    struct ike_msg_out out;

    ike__out_init(&out, buf, cap);
    ike__notify_write(&out, type, data);
    must(ike__out_err(&out) == 0, "room for a notify");
    return ike__span(buf + 4, out.buf.n - 4);
}

static void add(const struct forge_change *c, struct ike_msg_out *out)
{
    for (unsigned i = 0; c->add && i < (c->add_n ? c->add_n : 1); i++)
        ike__out_payload(out, c->add, c->add_body);
}

void forge_edit(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static uint8_t copy[32768]; /* tests only: one thread */
    const struct forge_change *c = user;
    struct ike_msg_out fresh;
    struct ike_msg msg;

    if ((c->exchange && c->exchange != exchange) || out->buf.n > sizeof(copy))
        return;
    if (out->buf.n > 0)
        memcpy(copy, out->buf.p, out->buf.n);
    must(ike__msg_index(&msg, out->first, ike__span(copy, out->buf.n)) == 0, "a chain to change");
    ike__out_init(&fresh, out->buf.p, out->buf.cap);
    if (c->is_in_front)
        add(c, &fresh);
    for (uint32_t i = 0; i < msg.n; i++) {
        int is_it = c->type && msg.payload[i].type == c->type;

        if (!is_it || !c->is_left_out)
            ike__out_payload(&fresh, msg.payload[i].type, is_it ? c->body : msg.payload[i].body);
    }
    if (!c->is_in_front)
        add(c, &fresh);
    *out = fresh;
}

static struct ike_ike_sa *sa_of(struct twins *t, int end, const struct ike_header *h)
{
    struct ike_ike_sa *sa = t->end[end].s->sas;

    while (sa && (sa->spi_i != h->spi_i || sa->spi_r != h->spi_r))
        sa = sa->next;
    must(sa != NULL, "an IKE SA of these SPIs");
    return sa;
}

void forge_twin(struct twins *t, int from, unsigned i, void (*edit)(void *, uint8_t, struct ike_msg_out *),
                void *user)
{
    struct datagram *d = &t->end[from].out[i];
    ike_span raw = ike__span(d->p + IKE_MARKER_LEN, d->n - IKE_MARKER_LEN), chain;
    static uint8_t room[8192]; /* tests only: one thread */
    struct ike_protect *open;
    struct ike_msg outer;
    struct ike_msg_out out;
    struct forged f;
    struct ike_sk sk;

    memset(&f, 0, sizeof(f));
    must(i < t->end[from].out_n && ike__header_read(raw, &f.h) == 0, "a message");
    must(ike__msg_index(&outer, f.h.next, ike__span(raw.p + IKE_HEADER_LEN, raw.n - IKE_HEADER_LEN)) == 0 &&
             outer.n == 1,
         "nothing but SK");
    open = &sa_of(t, !from, &f.h)->open;
    must(ike__sk_split(&sk, raw, &outer.payload[0], open->alg->iv_len, open->alg->tag_len,
                       open->alg->block_len) == 0,
         "SK as it should be");
    must(ike__protect_open_sk(open, &sk, &chain) == 0, "an authentic message");
    ike__out_init(&out, room, sizeof(room));
    out.first = sk.first;
    ike__buf_put(&out.buf, chain);
    edit(user, f.h.exchange, &out);
    forge_chain(&f, &out);
    d->n = IKE_MARKER_LEN +
           frame(&sa_of(t, from, &f.h)->seal, &f, d->p + IKE_MARKER_LEN, sizeof(d->p) - IKE_MARKER_LEN);
}
