/* exchange/ike_session_resume.c - in place of IKE_SA_INIT, with a ticket of an earlier connection (RFC 5723). SPDX-License-Identifier: Apache-2.0
 *
 *   us                                          gateway
 *   HDR, [N(COOKIE)], Ni, N(TICKET_OPAQUE),
 *     N(NATD…), N(FRAG)  -->
 *                                     <--  HDR, N(COOKIE)             once more with the cookie
 *                                     <--  HDR, N(TICKET_NACK)        IKE_SA_INIT instead
 *                                     <--  HDR, Nr, N(NATD…) …
 *
 * Then IKE_AUTH, in which both sides prove that they know SK_d of the old SA: no key exchange, no asks. Whatever goes
 * wrong until then, a full handshake follows by itself; only a gateway that proves wrongly what nobody else could know
 * ends the session. As in IKE_SA_INIT nothing is authenticated, so errors are hints and wait for a better answer.
 *
 * Not here: the ticket (state/ticket.c), getting one (ticket.c), the rest of IKE_AUTH (ike_auth.c). */
#include "exchange/exchange.h"
#include "base/wipe.h"

static const struct ike_rule response_rules[] = {
    {IKE_P_NONCE, 0, 1}, {IKE_P_CERTREQ, 0, IKE_MANY}, {0, 0, 0}};

const struct ike_exchange *ike__first_exchange(struct ike_session *s)
{
    struct ike_ticket t;

    /* One that does not fit here may fit another address of the gateway's: it is forgotten when a connection stands. */
    return ike__ticket_fits(s, s->sa, &t) ? &ike__ike_session_resume : &ike__ike_sa_init;
}

int ike__is_resuming(const struct ike_ike_sa *sa)
{
    const struct ike_task *t = &sa->running;

    if (t->exchange == &ike__ike_auth && t->scratch)
        return ((const struct ike_handshake *)t->scratch)->is_resumed;
    return t->exchange == &ike__ike_session_resume;
}

/* The ticket is kept unless the gateway had answered with it: silence says nothing about it. */
void ike__resume_fall_back(struct ike_session *s, struct ike_task *task)
{
    ike__session_log(s, IKE_LOG_INFO, "the session is not resumed; a full handshake follows", NULL);
    if (task->exchange == &ike__ike_auth)
        ike__ticket_forget(s);
    ike__init_again(s, task);
}

/* ---- build ---- */

static int begin(struct ike_session *s, struct ike_task *task)
{
    int err = ike__init_begin(s, task);
    struct ike_handshake *h = task->scratch;

    if (err < 0)
        return err;
    if (!ike__ticket_fits(s, h->sa, &h->ticket))
        return IKE_E_NOMEM; /* it did a moment ago */
    h->is_resumed = 1;
    h->sa->suite = h->ticket.suite;
    h->sa->prf = ike__find_prf(s->env.crypto, h->ticket.suite.prf);
    return 0;
}

static int write_request(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    ike__nonce_write(out, ike__nonces_i(&h->child.nonces));
    ike__notify_write(out, IKE_N_TICKET_OPAQUE, h->ticket.octets);
    return ike__init_write_abilities(s, h, out);
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    return ike__init_build(s, task, out, begin, write_request);
}

/* ---- finish ---- */

static ike_step refused(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_handshake *h = task->scratch;
    struct ike_notify n;
    uint16_t error;

    /* RFC 5723 4.3.2: "… the initiator should re-initiate a regular IKE exchange." */
    if (ike__notify_find(msg, IKE_N_TICKET_NACK, 0, &n)) {
        ike__ticket_forget(s);
        ike__resume_fall_back(s, task);
        return IKE_STEP_AGAIN;
    }
    if (ike__notify_find(msg, IKE_N_REDIRECT, 0, &n))
        return ike__init_take_redirect(s, task, msg);
    if (ike__notify_find(msg, IKE_N_COOKIE, 0, &n))
        return ike__init_take_cookie(s, h, n.data);
    error = ike__notify_error(msg, &n);
    return error ? ike__init_hint(s, h, ike__session_notify_err(error), error) : IKE_STEP_KEEP;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_handshake *h = task->scratch;
    int err;

    if (!ike__msg_find(msg, IKE_P_NONCE, 0))
        return refused(s, task, msg);
    if (msg->header.spi_r == 0 || msg->header.spi_r == msg->header.spi_i)
        return IKE_STEP_KEEP; /* none of a responder's, or reflected */
    err = ike__nonces_take(&h->child.nonces, h->sa, msg);
    if (err < 0)
        return ike__init_hint(s, h, err, 0);
    h->sa->spi_r = msg->header.spi_r;
    /* RFC 5723 5.1: SKEYSEED = prf(SK_d_old, "Resumption" | Ni | Nr): as in rekeying, with a word for g^ir. */
    err = ike__init_make_keys(s, h, ike__span_text("Resumption"), h->ticket.sk_d);
    if (err == 0)
        err = ike__init_take_facts(s, h, msg);
    return err < 0 ? ike__init_useless(s, h, err) : ike__init_done(s, task, msg);
}

const struct ike_exchange ike__ike_session_resume = {
    .name = "IKE_SESSION_RESUME",
    .type = IKE_X_IKE_SESSION_RESUME,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .drop = ike__handshake_drop,
};

/* ---- what IKE_AUTH asks of us ---- */

/* RFC 5723 4.3.3: AUTH = prf(SK_px, <message octets>): SK_px as it is, without the key pad of RFC 7296 2.15. */
static int proof(struct ike_session *s, struct ike_handshake *h, const uint8_t *sk_p, uint8_t *out)
{
    ike_span octets = ike__span(h->octets, h->octets_n);

    return ike__prf(s->env.alloc, h->sa->prf, ike__span(sk_p, h->sa->prf->out_len), &octets, 1, out);
}

int ike__resume_prove(struct ike_session *s, struct ike_handshake *h)
{
    h->proof.method = IKE_AUTHM_PSK;
    h->proof.data = ike__span(h->proof_buf, h->sa->prf->out_len);
    h->proof_ready = 1;
    return proof(s, h, h->sa->keys->pi, h->proof_buf);
}

int ike__resume_check(struct ike_session *s, struct ike_handshake *h, const struct ike_id *idr,
                      const struct ike_auth_payload *auth)
{
    uint8_t expected[IKE_PRF_MAX];
    int err;

    /* RFC 5723 4.3.3: "… the IDr value sent … in this exchange MUST also be identical to the value included in the ticket." */
    if (idr->type != h->ticket.idr.type || !ike__span_equal(idr->data, h->ticket.idr.data))
        return IKE_E_PEER_ID;
    if (auth->method != IKE_AUTHM_PSK)
        return IKE_E_AUTH_METHOD;
    err = proof(s, h, h->sa->keys->pr, expected);
    if (err == 0 &&
        (auth->data.n != h->sa->prf->out_len || !ike__ct_equal(auth->data.p, expected, auth->data.n)))
        err = IKE_E_AUTH;
    ike__wipe(expected, sizeof(expected));
    return err;
}

void ike__resume_established(struct ike_session *s, struct ike_handshake *h)
{
    const struct ike_ticket *t = &h->ticket;

    if (h->sa == s->sa)
        s->is_resumed = h->is_resumed;
    if (!h->is_resumed)
        return;
    s->auth_local_sig = t->auth_local_sig; /* RFC 5723 5: "Authentication method … From the ticket." */
    s->auth_remote_sig = t->auth_remote_sig;
    /* Nobody has authenticated in earnest since: the time until that is due goes on. */
    if (t->reauth_s != IKE_OFF)
        ike__reauth_within(s, h->sa, t->reauth_s - s->settings.cfg.ticket_age_s);
}
