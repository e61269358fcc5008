/* tests/peer/peer.c - a scripted gateway: datagrams in, datagrams out. SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"
#include "state/paths.h"
#include "wire/payloads.h"
#include <stdlib.h>

int peer_new(struct peer **out, const struct peer_config *cfg)
{
    struct peer *p = calloc(1, sizeof(*p));
    const char *why;
    int n;

    *out = p;
    if (!p)
        return IKE_E_NOMEM;
    p->cfg = *cfg;
    p->env.size = sizeof(p->env);
    p->env.crypto = cfg->crypto;
    p->env.bulk = cfg->bulk;
    p->ike = calloc(IKE_PROPOSALS_MAX, sizeof(*p->ike));
    p->esp = calloc(IKE_PROPOSALS_MAX, sizeof(*p->esp));
    n = ike__suites_parse(p->ike, IKE_PROPOSALS_MAX, IKE_PROTO_IKE, cfg->ike_suites, 0, cfg->crypto, &why);
    p->ike_n = n > 0 ? (uint32_t)n : 0;
    if (n > 0)
        n = ike__suites_parse(p->esp, IKE_PROPOSALS_MAX, IKE_PROTO_ESP, cfg->esp_suites, 0, cfg->crypto,
                              &why);
    p->esp_n = n > 0 ? (uint32_t)n : 0;
    p->esp_n = ike__suites_strip_ke(p->esp, p->esp_n);
    if (n < 0) {
        peer_free(p);
        *out = NULL;
    }
    return n < 0 ? n : 0;
}

void peer_free(struct peer *p)
{
    if (!p)
        return;
    ike__ike_sa_wipe(&p->sa, &p->env);
    peer_drop_children(p);
    ike__flight_free(&p->response, NULL);
    ike__flight_free(&p->request, NULL);
    ike__reassembly_free(&p->fragments, NULL);
    free(p->ike);
    free(p->esp);
    free(p->init_received);
    free(p->init_sent);
    free(p);
}

/* A gateway knows by its own port whether IKE carries the marker. */
static int is_marked(const ike_path *path)
{
    return path->local.port != IKE_PORT;
}

/* ---- out ---- */

int peer_frame(struct peer *p, struct ike_flight *f, uint8_t exchange, int is_response, uint32_t id,
               const struct ike_msg_out *o)
{
    const ike_cipher_alg *alg = p->sa.seal.alg;
    struct ike_header h = ike__ike_sa_header(&p->sa, exchange, is_response, id);
    size_t limit = (p->cfg.fragment_size ? p->cfg.fragment_size : 1280) - 60u;
    size_t part = limit - IKE_HEADER_LEN - ike__sk_overhead(1, alg->iv_len, alg->tag_len, alg->block_len);
    size_t n = o->buf.n, total = 1, at = 0;
    int err = ike__flight_open(f, NULL, 2 * n + 4096, id);

    if (p->client_fragments && n + 100 > limit)
        total = (n + part - 1) / part;
    for (size_t i = 0; i < total && err == 0; i++) {
        size_t take = total == 1 ? n : n - at < part ? n - at : part, cap;
        uint8_t *room = ike__flight_room(f, &cap);
        struct ike_buf b;
        struct ike_sk sk;

        ike__buf_init(&b, room, cap);
        err = ike__sk_frame(&b, &sk, &h, i == 0 ? o->first : 0, ike__span(o->buf.p + at, take),
                            total > 1 ? (uint16_t)(i + 1) : 0, total > 1 ? (uint16_t)total : 0, alg->iv_len,
                            alg->tag_len, alg->block_len);
        if (err == 0)
            err = ike__protect_seal_sk(&p->sa.seal, &sk);
        if (err == 0)
            ike__flight_commit(f, b.n);
        at += take;
    }
    return err;
}

int peer_request(struct peer *p, uint8_t exchange, struct ike_msg_out *out)
{
    return peer_frame(p, &p->request, exchange, 0, p->next_out++, out);
}

static int hand_out(struct peer *p, struct ike_flight *f, uint8_t *out, size_t cap, ike_path *to)
{
    ike_span d = ike__flight_next(f);
    size_t mark = is_marked(&p->path) ? IKE_MARKER_LEN : 0;

    if (d.n == 0 || d.n + mark > cap)
        return 0;
    memset(out, 0, mark);
    memcpy(out + mark, d.p, d.n);
    ike__flight_sent(f);
    *to = p->path;
    return (int)(d.n + mark);
}

int peer_poll_send(struct peer *p, uint8_t *out, size_t cap, ike_path *to)
{
    int n = hand_out(p, &p->response, out, cap, to);

    return n > 0 ? n : hand_out(p, &p->request, out, cap, to);
}

int peer_seal(struct peer *p, const uint8_t *ip, size_t n, uint8_t *out, size_t cap, ike_path *to)
{
    ike_packet pkt = {.buf = out, .cap = cap, .n = (uint32_t)n};

    if (!p->child || cap < n + IKE_HEADROOM + IKE_TAILROOM)
        return IKE_E_USAGE;
    pkt.off = 8u + p->child->out.protect.alg->iv_len;
    memcpy(out + pkt.off, ip, n);
    *to = p->path;
    return ike_esp_seal(&p->child->out, &pkt, 1) == 1 ? (int)pkt.n : pkt.err;
}

/* ---- in ---- */

static void write_natd(struct peer *p, struct ike_msg_out *out)
{
    struct ike_paths paths;

    memset(&paths, 0, sizeof(paths));
    paths.now = p->path;
    (void)ike__paths_write_natd(&paths, p->cfg.crypto, p->sa.spi_i, p->sa.spi_r, 0, out);
}

/* RFC 4555 3.5, 3.7, 3.8 */
static void serve_mobike(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    struct ike_notify n;
    uint8_t cookie[64];

    if (ike__notify_find(msg, IKE_N_UPDATE_SA_ADDRESSES, 0, &n)) {
        p->updates++;
        if (p->cfg.script.update_error)
            ike__notify_write(out, p->cfg.script.update_error, ike__span(NULL, 0));
    }
    if (ike__notify_find(msg, IKE_N_NAT_DETECTION_SOURCE_IP, 0, &n))
        write_natd(p, out);
    if (ike__notify_find(msg, IKE_N_COOKIE2, 0, &n) && n.data.n <= sizeof(cookie)) {
        memcpy(cookie, n.data.p, n.data.n);
        cookie[0] ^= p->cfg.script.wrong_cookie2;
        ike__notify_write(out, IKE_N_COOKIE2, ike__span(cookie, n.data.n));
    }
}

static void serve_informational(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *d = ike__msg_find(msg, IKE_P_DELETE, 0);
    struct ike_child_sa **c = &p->child, *gone;
    struct ike_delete del;
    struct ike_notify n;

    p->heard_error = ike__notify_error(msg, &n);
    if (p->heard_error)
        p->is_up = 0;
    if (p->cfg.script.mobike)
        serve_mobike(p, msg, out);
    peer_answer_ticket(p, msg, out,
                       p->cfg.script.tickets == PEER_TICKET_LATER ? PEER_TICKET_GIVE : p->cfg.script.tickets);
    if (!d || ike__delete_read(d->body, &del) < 0)
        return;
    if (del.protocol == IKE_PROTO_IKE) {
        p->is_up = 0;
        p->is_deleted = 1;
        return;
    }
    while (*c && ((*c)->spi_out != ike__be32(del.spis.p) || del.n != 1))
        c = &(*c)->next;
    gone = *c;
    if (!gone)
        return;
    ike__delete_write_esp(out, &gone->spi_in, 1);
    *c = gone->next;
    ike__child_free(gone, &p->env);
}

static int serve(struct peer *p, const struct ike_msg *msg)
{
    static uint8_t body[32768]; /* tests only: one thread */
    struct ike_msg_out out;
    int err = 0;

    ike__out_init(&out, body, sizeof(body));
    if (msg->header.exchange == IKE_X_IKE_AUTH)
        err = peer_auth(p, msg, &out);
    else if (msg->header.exchange == IKE_X_INFORMATIONAL)
        serve_informational(p, msg, &out);
    else if (p->cfg.script.children)
        err = peer_create_child(p, msg, &out);
    else
        ike__notify_write(&out, IKE_N_NO_ADDITIONAL_SAS, ike__span(NULL, 0));
    if (err < 0)
        return err;
    if (p->cfg.script.edit)
        p->cfg.script.edit(p->cfg.script.user, msg->header.exchange, &out);
    p->next_in++;
    return peer_frame(p, &p->response, msg->header.exchange, 1, msg->header.message_id, &out);
}

static int take_chain(struct peer *p, const struct ike_header *h, uint8_t first, ike_span chain)
{
    struct ike_msg msg;
    struct ike_notify n;

    memset(&msg, 0, sizeof(msg));
    if (ike__msg_index(&msg, first, chain) < 0)
        return IKE_E_SYNTAX;
    msg.header = *h;
    if (h->flags & IKE_FLAG_RESPONSE) {
        const struct ike_payload *cp = ike__msg_find(&msg, IKE_P_CP, 0);

        p->heard_cp = cp && cp->body.n > 0 ? cp->body.p[0] : 0;
        p->answered = h->message_id + 1;
        p->heard_error = ike__notify_error(&msg, &n);
        return 0;
    }
    return serve(p, &msg);
}

static int take_protected(struct peer *p, const struct ike_header *h, ike_span raw)
{
    const ike_cipher_alg *alg = p->sa.open.alg;
    struct ike_msg outer;
    struct ike_sk sk;
    ike_span chain;
    int got;

    memset(&outer, 0, sizeof(outer));
    if (!alg || !ike__ike_sa_owns(&p->sa, h) ||
        ike__msg_index(&outer, h->next, ike__span(raw.p + IKE_HEADER_LEN, raw.n - IKE_HEADER_LEN)) < 0 ||
        outer.n == 0 ||
        ike__sk_split(&sk, raw, &outer.payload[outer.n - 1], alg->iv_len, alg->tag_len, alg->block_len) < 0)
        return IKE_E_DISCARD;
    got = ike__protect_open_sk(&p->sa.open, &sk, &chain);
    if (got < 0)
        return got;
    if (!(h->flags & IKE_FLAG_RESPONSE) && h->message_id != p->next_in) {
        if (h->message_id + 1 == p->next_in && (sk.total == 0 || sk.number == 1))
            ike__flight_again(&p->response);
        return 0;
    }
    if (sk.total == 0)
        return take_chain(p, h, sk.first, chain);
    if (ike__reassembly_useless(p->fragments, h->message_id, &sk))
        return 0;
    got = ike__reassembly_add(&p->fragments, NULL, 65536, h, &sk, chain, 0);
    if (got == 1) {
        uint8_t *whole, first = p->fragments->first;
        size_t n;
        got = ike__reassembly_join(p->fragments, NULL, &whole, &n);
        ike__reassembly_free(&p->fragments, NULL);
        if (got == 0)
            got = take_chain(p, h, first, ike__span(whole, n));
        free(whole);
    }
    return got;
}

static int take_init(struct peer *p, const struct ike_header *h, ike_span raw)
{
    struct ike_msg msg;
    uint8_t *room;
    size_t cap;
    int err;

    memset(&msg, 0, sizeof(msg));
    if ((p->is_up && !p->cfg.script.again) || (h->flags & IKE_FLAG_RESPONSE) ||
        ike__msg_index(&msg, h->next, ike__span(raw.p + IKE_HEADER_LEN, raw.n - IKE_HEADER_LEN)) < 0)
        return IKE_E_DISCARD;
    msg.header = *h;
    err = ike__flight_open(&p->response, NULL, 8192, 0);
    if (err < 0)
        return err;
    room = ike__flight_room(&p->response, &cap);
    err = h->exchange == IKE_X_IKE_SA_INIT ? peer_init(p, &msg, raw, room, &cap)
                                           : peer_resume(p, &msg, raw, room, &cap);
    if (err == 0)
        ike__flight_commit(&p->response, cap);
    return err;
}

int peer_recv(struct peer *p, const ike_path *from, uint8_t *dgram, size_t n, ike_span *inner)
{
    struct ike_child_sa *c;
    struct ike_header h;
    ike_span body;
    ike_packet pkt;

    *inner = ike__span(NULL, 0);
    if (p->cfg.script.silent)
        return 0;
    switch (ike__datagram_kind(ike__span(dgram, n), is_marked(from), &body)) {
    case IKE_KIND_ESP:
        memset(&pkt, 0, sizeof(pkt));
        pkt.buf = dgram;
        pkt.cap = n;
        pkt.n = (uint32_t)n;
        c = n >= 4 ? peer_child(p, ike__be32(dgram)) : NULL;
        if (!c || ike_esp_open(&c->in, &pkt, 1) != 1)
            return IKE_E_DISCARD;
        p->path = *from;
        if (pkt.n > 0)
            *inner = ike__span(dgram + pkt.off, pkt.n);
        return 0;
    case IKE_KIND_IKE:
        if (ike__header_read(body, &h) < 0)
            return IKE_E_DISCARD;
        p->path = *from;
        return ike__header_opens(h.exchange) ? take_init(p, &h, body) : take_protected(p, &h, body);
    default:
        return 0;
    }
}
