/* engine/send.c - messages out: header, encryption, fragments, retransmission. SPDX-License-Identifier: Apache-2.0
 *
 * A message is framed once, into a flight, and handed out from there as often as needed, bit for bit the same
 * (RFC 7296 2.1). Fragments (RFC 7383 2.5) are cut when both sides can and the datagram would be larger than
 * the configured size; never IKE_SA_INIT, which is sent in the clear. A request in fragments that nobody answers is cut
 * once more (2.5.2), and so is what follows on that path.
 *
 * Not here: when to retransmit (tick.c), what a message holds (exchange/). */
#include "engine/engine.h"
#include "base/mem.h"
#include "base/text.h"
#include "wire/print.h"

#define UDP_HEADER_LEN 8u
#define NARROW         576u /* RFC 7383 2.5.1 */

/* Largest IKE message, from its header on, that fits the datagram of now on this path. */
static size_t message_limit(const struct ike_session *s, const struct ike_ike_sa *sa, const ike_path *path)
{
    size_t around = ike__paths_around(path) + (ike__paths_marked(path) ? IKE_MARKER_LEN : 0);

    return (sa->paths.is_narrow ? NARROW : s->settings.cfg.fragment_size) - around;
}

static void show(const struct ike_session *s, const char *arrow, const struct ike_header *h, uint8_t first,
                 ike_span chain)
{
    struct ike_msg msg;
    struct ike_text t;
    char line[400];

    if (!s->env.log)
        return;
    memset(&msg, 0, sizeof(msg));
    if (ike__msg_index(&msg, first, chain) < 0)
        return;
    msg.header = *h;
    ike__text_init(&t, line, sizeof(line));
    ike__text_put(&t, arrow);
    ike__msg_print(&t, &msg);
    ike__session_log(s, IKE_LOG_LADDER, line, NULL);
}

static int frame_clear(struct ike_session *s, struct ike_flight *f, struct ike_header *h,
                       const struct ike_msg_out *o)
{
    struct ike_buf b;
    uint8_t *room;
    size_t cap;
    int err = ike__flight_open(f, s->env.alloc, o->buf.n + IKE_HEADER_LEN + 2, h->message_id);

    if (err < 0)
        return err;
    room = ike__flight_room(f, &cap);
    h->next = o->first;
    h->length = (uint32_t)(IKE_HEADER_LEN + o->buf.n);
    ike__buf_init(&b, room, cap);
    ike__header_write(&b, h);
    ike__buf_put(&b, ike__span(o->buf.p, o->buf.n));
    if (ike__buf_err(&b) < 0)
        return IKE_E_LIMIT;
    ike__flight_commit(f, b.n);
    return 0;
}

static int frame_one(struct ike_ike_sa *sa, struct ike_flight *f, const struct ike_header *h, uint8_t first,
                     ike_span chain, uint16_t number, uint16_t total)
{
    struct ike_protect *p = &sa->seal;
    struct ike_buf b;
    struct ike_sk sk;
    uint8_t *room;
    size_t cap;
    int err;

    room = ike__flight_room(f, &cap);
    if (!room)
        return IKE_E_LIMIT;
    ike__buf_init(&b, room, cap);
    err = ike__sk_frame(&b, &sk, h, first, chain, number, total, p->alg->iv_len, p->alg->tag_len,
                        p->alg->block_len);
    if (err == 0)
        err = ike__protect_seal_sk(p, &sk);
    if (err == 0)
        ike__flight_commit(f, b.n);
    return err;
}

static int frame_protected(struct ike_session *s, struct ike_ike_sa *sa, struct ike_flight *f,
                           const struct ike_header *h, const ike_path *path, const struct ike_msg_out *o)
{
    const ike_cipher_alg *alg = sa->seal.alg;
    size_t whole = IKE_HEADER_LEN + ike__sk_overhead(0, alg->iv_len, alg->tag_len, alg->block_len);
    size_t part = IKE_HEADER_LEN + ike__sk_overhead(1, alg->iv_len, alg->tag_len, alg->block_len);
    size_t limit = sa->peer_fragments && !o->is_whole ? message_limit(s, sa, path)
                                                      : 65535u - IKE_MARKER_LEN - UDP_HEADER_LEN - 40u;
    ike_span chain = ike__span(o->buf.p, o->buf.n);
    size_t chunk, total;
    int err = 0;

    if (whole + chain.n <= limit) {
        err = ike__flight_open(f, s->env.alloc, whole + chain.n + 2, h->message_id);
        return err < 0 ? err : frame_one(sa, f, h, o->first, chain, 0, 0);
    }
    if (!sa->peer_fragments || limit <= part)
        return IKE_E_LIMIT;
    chunk = limit - part;
    total = (chain.n + chunk - 1) / chunk;
    if (total > IKE_FRAGMENTS_MAX)
        return IKE_E_LIMIT;
    err = ike__flight_open(f, s->env.alloc, total * (limit + 2), h->message_id);
    for (size_t i = 0; i < total && err == 0; i++) {
        size_t at = i * chunk, n = chain.n - at < chunk ? chain.n - at : chunk;
        /* RFC 7383 2.5: Next Payload is set in the first fragment, zero in the others. */
        err = frame_one(sa, f, h, i == 0 ? o->first : 0, ike__span(chain.p + at, n), (uint16_t)(i + 1),
                        (uint16_t)total);
    }
    return err;
}

/* RFC 7383 2.5.2: "… MUST ensure that the value in the Total Fragments field is really increased": it is if each holds
 * half as much at most. */
static int may_become_narrower(const struct ike_session *s, const struct ike_ike_sa *sa)
{
    return sa->window.request.count > 1 && !sa->paths.is_narrow &&
           s->settings.cfg.fragment_size >= 2 * NARROW;
}

/* In place of what was kept of the request before, which may be this chain. Without memory it stays as it is cut. */
static void keep_chain(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg_out *out)
{
    struct ike_window *w = &sa->window;
    uint8_t *chain = may_become_narrower(s, sa) ? ike__mem_new(s->env.alloc, out->buf.n) : NULL;

    if (chain)
        memcpy(chain, out->buf.p, out->buf.n);
    ike__mem_free(s->env.alloc, w->chain, w->chain_n);
    w->chain = chain;
    w->chain_n = out->buf.n;
    w->first = out->first;
}

/* Frames the request of that Message ID, in place of what was framed for it before. */
static int frame_request(struct ike_session *s, struct ike_ike_sa *sa, uint8_t exchange, uint32_t id,
                         const struct ike_msg_out *out)
{
    struct ike_window *w = &sa->window;
    struct ike_header h = ike__ike_sa_header(sa, exchange, 0, id);
    int err;

    if (ike__header_opens(exchange))
        err = frame_clear(s, &w->request, &h, out);
    else
        err = frame_protected(s, sa, &w->request, &h, &sa->paths.now, out);
    if (err < 0)
        return err;
    show(s, "--> ", &h, out->first, ike__span(out->buf.p, out->buf.n));
    keep_chain(s, sa, out);
    w->exchange = exchange;
    w->is_whole = out->is_whole;
    ike__window_sent(w, &s->settings.cfg, s->now);
    return 0;
}

int ike__send_request(struct ike_session *s, struct ike_ike_sa *sa, uint8_t exchange,
                      const struct ike_msg_out *out)
{
    /* RFC 7296 2.2: IKE_SA_INIT is message 0, also when it is sent again with a cookie or another KE. */
    uint32_t id = ike__header_opens(exchange) ? 0 : sa->window.next_out;
    int err;

    if (id == UINT32_MAX) /* RFC 7296 2.2: Message IDs never wrap */
        return IKE_E_LIMIT;
    err = frame_request(s, sa, exchange, id, out);
    if (err == 0)
        sa->window.next_out = id + 1;
    return err;
}

int ike__send_instead(struct ike_session *s, struct ike_ike_sa *sa, uint8_t exchange,
                      const struct ike_msg_out *out)
{
    return frame_request(s, sa, exchange, sa->window.next_out - 1, out);
}

void ike__send_narrower(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_window *w = &sa->window;
    struct ike_msg_out out;

    if (!w->chain)
        return;
    sa->paths.is_narrow = 1;
    ike__out_init(&out, w->chain, w->chain_n);
    out.buf.n = w->chain_n;
    out.first = w->first;
    (void)ike__send_instead(s, sa, w->exchange, &out); /* NOMEM: then there is nothing to send again */
}

int ike__send_response(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_header *request,
                       const struct ike_msg_out *out)
{
    struct ike_window *w = &sa->window;
    struct ike_header h = ike__ike_sa_header(sa, request->exchange, 1, request->message_id);
    int err;

    w->reply_to = *s->in_path;
    err = frame_protected(s, sa, &w->response, &h, &w->reply_to, out);
    if (err == 0)
        show(s, "--> ", &h, out->first, ike__span(out->buf.p, out->buf.n));
    return err;
}

static int hand_out(struct ike_session *s, struct ike_flight *f, const ike_path *path, uint8_t *out,
                    size_t cap, ike_path *to)
{
    ike_span dgram = ike__flight_next(f);
    size_t mark = ike__paths_marked(path) ? IKE_MARKER_LEN : 0;

    if (dgram.n == 0)
        return 0;
    if (cap < dgram.n + mark)
        return IKE_E_NOSPACE;
    memset(out, 0, mark); /* RFC 3948 2.2: four octets of zero */
    memcpy(out + mark, dgram.p, dgram.n);
    ike__flight_sent(f);
    *to = *path;
    s->stats.ike_out++;
    s->last_sent = s->now;
    return (int)(dgram.n + mark);
}

int ike_poll_send(ike_session *s, uint8_t *out, size_t cap, ike_path *to, ike_time now)
{
    int n = 0;

    if (!s || !out || !to)
        return IKE_E_USAGE;
    s->now = now;
    s->mtu.is_probe = 0;
    if (s->is_offline)
        return 0;
    /* Answers first: the other side waits for them. */
    for (struct ike_ike_sa *sa = s->sas; sa && n == 0; sa = sa->next)
        n = hand_out(s, &sa->window.response, &sa->window.reply_to, out, cap, to);
    for (struct ike_ike_sa *sa = s->sas; sa && n == 0; sa = sa->next) {
        n = hand_out(s, &sa->window.request, &sa->paths.now, out, cap, to);
        s->mtu.is_probe = n > 0 && sa->window.is_whole;
    }
    if (n != 0 || !s->keepalive_due)
        return n;
    if (cap < 1)
        return IKE_E_NOSPACE;
    s->keepalive_due = 0;
    s->last_sent = now;
    out[0] = 0xff; /* RFC 3948 2.3 */
    *to = s->sa->paths.now;
    return 1;
}
