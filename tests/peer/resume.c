/* tests/peer/resume.c - the gateway's half of session resumption (RFC 5723). SPDX-License-Identifier: Apache-2.0
 *
 * Tickets by reference: a number, eight times over, and the state of the last one that was given. */
#include "peer/peer.h"
#include "wire/payloads.h"

#define REPEAT 8u

static void write_ticket(struct peer *p, struct ike_msg_out *out)
{
    uint8_t data[4 + 4 * REPEAT];
    struct peer_ticket *t = &p->ticket;

    t->number = ++t->given;
    t->suite = p->sa.suite;
    t->sk_d_n = p->sa.prf->out_len;
    memcpy(t->sk_d, p->sa.sk_d, t->sk_d_n);
    memcpy(t->client_id, p->client_id, sizeof(t->client_id));
    ike__put_be32(data, p->cfg.script.ticket_s ? p->cfg.script.ticket_s : 3600);
    for (uint32_t i = 1; i <= REPEAT; i++)
        ike__put_be32(data + 4 * i, t->number);
    ike__notify_write(out, IKE_N_TICKET_LT_OPAQUE, ike__span(data, sizeof(data)));
}

void peer_answer_ticket(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out, uint8_t how)
{
    struct ike_notify n;

    if (!ike__notify_find(msg, IKE_N_TICKET_REQUEST, 0, &n))
        return;
    p->asked++;
    if (how == PEER_TICKET_GIVE)
        write_ticket(p, out);
    else if (how == PEER_TICKET_LATER)
        ike__notify_write(out, IKE_N_TICKET_ACK, ike__span(NULL, 0));
    else if (how == PEER_TICKET_NEVER)
        ike__notify_write(out, IKE_N_TICKET_NACK, ike__span(NULL, 0));
}

static int is_ours(const struct peer *p, const struct ike_msg *msg)
{
    struct ike_notify n;

    return !p->cfg.script.ticket_nack && ike__notify_find(msg, IKE_N_TICKET_OPAQUE, 0, &n) &&
           n.data.n == 4 * REPEAT && p->ticket.number != 0 && ike__be32(n.data.p) == p->ticket.number;
}

/* RFC 5723 5.1 */
static int derive(struct peer *p)
{
    struct ike_ike_sa *sa = &p->sa;
    struct ike_keymat_in in;
    int err;

    sa->suite = p->ticket.suite;
    memset(&in, 0, sizeof(in));
    in.prf = ike__find_prf(p->cfg.crypto, sa->suite.prf);
    in.cipher = ike__find_cipher(p->cfg.crypto, sa->suite.encr, sa->suite.encr_bits, sa->suite.integ);
    in.ni = ike__span(p->ni, p->ni_n);
    in.nr = ike__span(p->nr, sizeof(p->nr));
    in.secret = ike__span("Resumption", 10);
    in.spi_i = sa->spi_i;
    in.spi_r = sa->spi_r;
    err = ike__ike_sa_new_keys(sa, &p->env);
    if (err == 0)
        err = ike__keymat_rekey(NULL, &in, in.prf, ike__span(p->ticket.sk_d, p->ticket.sk_d_n), sa->keys);
    return err == 0 ? ike__ike_sa_arm(sa, &p->env) : err;
}

/* Notifies in place of the real answer. 1: one was written. */
static int hinder(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *o)
{
    struct peer_script *s = &p->cfg.script;
    uint8_t cookie[8];

    if (s->cookies > 0) {
        s->cookies--;
        ike__put_be64(cookie, p->sa.spi_i ^ s->cookies);
        ike__notify_write(o, IKE_N_COOKIE, ike__span(cookie, sizeof(cookie)));
    } else if (s->init_error) {
        ike__notify_write(o, s->init_error, ike__span(NULL, 0));
    } else if (!is_ours(p, msg)) {
        ike__notify_write(o, IKE_N_TICKET_NACK, ike__span(NULL, 0));
    } else {
        return 0;
    }
    return 1;
}

int peer_resume(struct peer *p, const struct ike_msg *msg, ike_span raw, uint8_t *out, size_t *n)
{
    const struct ike_payload *np = ike__msg_find(msg, IKE_P_NONCE, 0);
    struct ike_msg_out o;
    uint8_t body[1024];
    ike_span nonce;
    int err;

    if (p->cfg.script.no_resumption || !np || ike__nonce_read(np->body, &nonce) < 0)
        return IKE_E_DISCARD;
    ike__out_init(&o, body, sizeof(body));
    p->sa.spi_i = msg->header.spi_i;
    memcpy(p->ni, nonce.p, nonce.n);
    p->ni_n = (uint32_t)nonce.n;
    if (hinder(p, msg, &o))
        return peer_init_finish(p, IKE_X_IKE_SESSION_RESUME, &o, 0, out, n);
    (void)p->cfg.crypto->random(p->cfg.crypto->self, p->nr, sizeof(p->nr));
    (void)p->cfg.crypto->random(p->cfg.crypto->self, (uint8_t *)&p->sa.spi_r, sizeof(p->sa.spi_r));
    err = derive(p);
    ike__nonce_write(&o, ike__span(p->nr, sizeof(p->nr)));
    if (err == 0)
        err = peer_init_read_client(p, msg, &o);
    if (err == 0)
        err = peer_init_finish(p, IKE_X_IKE_SESSION_RESUME, &o, p->sa.spi_r, out, n);
    if (err == 0)
        err = peer_keep(&p->init_received, &p->init_received_n, raw);
    if (err == 0)
        err = peer_keep(&p->init_sent, &p->init_sent_n, ike__span(out, *n));
    p->next_in = 1;
    p->is_resumed = 1;
    return err;
}
