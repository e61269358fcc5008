/* exchange/ike_auth_eap.c - we prove who we are by EAP, inside IKE_AUTH. SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { IDi, [CERTREQ,] [IDr,] [N(EAP_ONLY_AUTHENTICATION),]
 *             CP(CFG_REQUEST), SAi2, TSi, TSr }  -->
 *                                  <--  HDR, SK { IDr, [CERT…, AUTH,] EAP(Request) }
 *   HDR, SK { EAP(Response) }  -->
 *                                  <--  HDR, SK { EAP(Request) }   … and so on, until
 *                                  <--  HDR, SK { EAP(Success) }
 *   HDR, SK { AUTH }  -->
 *                                  <--  HDR, SK { AUTH, CP(CFG_REPLY), SAr2, TSi, TSr }
 *
 * As a second authentication (RFC 4739) it begins with HDR, SK { IDi }, when both have given their first proofs.
 * RFC 7296 2.16, 3.16; RFC 5998; RFC 3748 4. The gateway's signature has been judged before the first request is
 * shown to the host (ike_auth.c); only where both sides agreed on EAP alone there is none, and then only methods that
 * authenticate the gateway and make a key are let through. What the methods say is the host's: each request is an ask,
 * its answer the response. A Success counts when the host has said that the method is done, never before.
 *
 * Not here: methods (the room eap), the first request and its answer (ike_auth.c). */
#include "exchange/exchange.h"
#include "base/wipe.h"
#include "crypto/authoctets.h"

#define ROUNDS_MAX 64u
#define MSK_MIN    64u /* RFC 3748 7.10 */
#define MSK_MAX    256u

/* RFC 5998 4: mutual, key-generating and resistant to dictionary attacks. */
static int is_safe_alone(uint8_t type)
{
    static const uint8_t safe[] = {
        IKE_EAPT_IDENTITY, IKE_EAPT_NOTIFICATION, IKE_EAPT_TLS,       IKE_EAPT_TTLS, IKE_EAPT_SIM,
        IKE_EAPT_AKA,      IKE_EAPT_GPSK,         IKE_EAPT_AKA_PRIME, IKE_EAPT_PWD,  IKE_EAPT_EKE,
        IKE_EAPT_PAX,      IKE_EAPT_SAKE,         IKE_EAPT_FAST};

    for (size_t i = 0; i < sizeof(safe); i++)
        if (safe[i] == type)
            return 1;
    return 0;
}

/* ---- in ---- */

static ike_step ask(struct ike_session *s, struct ike_handshake *h, const struct ike_eap *e, ike_span message)
{
    ike_ask *a;

    if (++h->eap.rounds > ROUNDS_MAX)
        return ike__auth_refuse(s, IKE_E_AUTH, "EAP finds no end");
    /* RFC 5998 3: "… MUST verify that the proposed EAP method is allowed …, and MUST abort …" */
    if (h->eap.is_unproven && !is_safe_alone(e->type))
        return ike__auth_refuse(s, IKE_E_AUTH_METHOD,
                                "the gateway wants an EAP method that does not prove who it is");
    h->eap.identifier = e->identifier;
    h->eap.is_done = 0; /* what came before has not satisfied the gateway */
    h->eap.state = IKE_EAP_ROUNDS;
    a = ike__session_ask(s, h->sa, &h->ask, IKE_ASK_EAP);
    a->tbs = message;
    a->round = h->eap.rounds;
    return IKE_STEP_WAIT;
}

/* Its identifier is not looked at: in IKE it "serves no function" (RFC 7296 3.16), and some servers count on. */
static ike_step succeed(struct ike_session *s, struct ike_handshake *h)
{
    if (!h->eap.is_done)
        return ike__auth_refuse(s, IKE_E_AUTH, "EAP Success before the method is done");
    /* RFC 5998 3: "… MUST use the EAP-generated key, and MUST NOT use SK_pi or SK_pr …" */
    if (h->eap.is_unproven && h->eap.msk_n == 0)
        return ike__auth_refuse(s, IKE_E_AUTH, "EAP made no key that could prove the gateway");
    h->eap.state = IKE_EAP_PROVING;
    return IKE_STEP_AGAIN;
}

static ike_step take_message(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *p = ike__msg_find(msg, IKE_P_EAP, 0);
    struct ike_notify n;
    struct ike_eap e;
    uint16_t error = ike__notify_error(msg, &n);

    if (!p && error)
        return ike__auth_fail(s, ike__session_notify_err(error), error);
    if (!p || ike__eap_read(p->body, &e) < 0)
        return ike__auth_refuse(s, IKE_E_SYNTAX, NULL);
    switch (e.code) {
    case IKE_EAP_REQUEST:
        return ask(s, h, &e, p->body);
    case IKE_EAP_SUCCESS:
        return succeed(s, h);
    case IKE_EAP_FAILURE:
        ike__session_fault(s, IKE_E_PEER_DENIED, error, "the gateway refused us (EAP Failure)");
        return IKE_STEP_FATAL;
    default: /* RFC 7296 3.16: only the initiator sends responses */
        return ike__auth_refuse(s, IKE_E_SYNTAX, NULL);
    }
}

ike_step ike__eap_begin(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *idr = ike__msg_find(msg, IKE_P_IDr, 0);

    h->eap.is_unproven = !ike__msg_find(msg, IKE_P_AUTH, 0);
    s->auth_local_sig = 0;
    if (ike__keep(s, &h->eap.idr, &h->eap.idr_n, idr->body) < 0)
        return ike__auth_fail(s, IKE_E_NOMEM, 0);
    return take_message(s, h, msg);
}

/* RFC 4739 2.1: a gateway with a second identity of its own is more than we ask for. */
static int wants_more(const struct ike_msg *msg)
{
    struct ike_notify n;

    return ike__notify_find(msg, IKE_N_ANOTHER_AUTH_FOLLOWS, 0, &n);
}

ike_step ike__eap_second(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *idr = ike__msg_find(msg, IKE_P_IDr, 0);

    if (wants_more(msg))
        return ike__auth_refuse(s, IKE_E_AUTH_METHOD, NULL);
    if (ike__keep(s, &h->eap.idr, &h->eap.idr_n, idr->body) < 0)
        return ike__auth_fail(s, IKE_E_NOMEM, 0);
    h->eap.state = IKE_EAP_SECOND;
    return IKE_STEP_AGAIN;
}

/* RFC 7296 2.16: the key of the method, or SK_pi and SK_pr where it makes none, in place of a shared key. */
static int shared_proof(struct ike_session *s, struct ike_handshake *h, int ours, uint8_t *out)
{
    const struct ike_ike_sa *sa = h->sa;
    ike_span key = h->eap.msk_n > 0 ? ike__span(h->eap.msk, h->eap.msk_n)
                                    : ike__span(ours ? sa->keys->pi : sa->keys->pr, sa->prf->out_len);
    int err =
        ours ? ike__auth_own_octets(s, h) : ike__auth_peer_octets(s, h, ike__span(h->eap.idr, h->eap.idr_n));

    if (err < 0)
        return err;
    return ike__auth_psk(s->env.alloc, sa->prf, key, ike__span(h->octets, h->octets_n), out);
}

static ike_step check_proof(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *p = ike__msg_find(msg, IKE_P_AUTH, 0);
    uint8_t expected[IKE_PRF_MAX];
    struct ike_auth_payload auth;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);
    int err, same;

    if (!p && error)
        return ike__auth_fail(s, ike__session_notify_err(error), error);
    if (!p || ike__auth_read(p->body, &auth) < 0)
        return ike__auth_refuse(s, IKE_E_SYNTAX, NULL);
    if (auth.method != IKE_AUTHM_PSK || wants_more(msg))
        return ike__auth_refuse(s, IKE_E_AUTH_METHOD, NULL);
    err = ike__ppk_settle(s, h, msg);
    if (err < 0)
        return ike__auth_refuse(s, err, NULL);
    err = shared_proof(s, h, 0, expected);
    same =
        err == 0 && auth.data.n == h->sa->prf->out_len && ike__ct_equal(auth.data.p, expected, auth.data.n);
    ike__wipe(expected, sizeof(expected));
    if (err < 0)
        return ike__auth_fail(s, err, 0);
    if (!same)
        return ike__auth_refuse(s, IKE_E_AUTH, "the gateway's proof after EAP is wrong");
    s->auth_local_eap = h->eap.type;
    if (h->eap.is_unproven) {
        s->auth_remote_sig = 0;
        s->auth_remote_eap = h->eap.type;
    }
    return ike__auth_establish(s, h, msg);
}

ike_step ike__eap_finish(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    return h->eap.state == IKE_EAP_PROVING ? check_proof(s, h, msg) : take_message(s, h, msg);
}

/* ---- out ---- */

ike_step ike__eap_build(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    int err;

    if (h->eap.state == IKE_EAP_SECOND) {
        ike__id_write(out, IKE_P_IDi, &s->settings.second_id);
        return IKE_STEP_DONE;
    }
    if (h->eap.state == IKE_EAP_ROUNDS) {
        ike__out_payload(out, IKE_P_EAP, ike__span(h->eap.response, h->eap.response_n));
        return IKE_STEP_DONE;
    }
    do {
        ike__ppk_begin_proof(s, h);
        err = shared_proof(s, h, 1, h->proof_buf);
        memset(&h->proof, 0, sizeof(h->proof));
        h->proof.method = IKE_AUTHM_PSK;
        h->proof.data = ike__span(h->proof_buf, h->sa->prf->out_len);
        if (err == 0)
            err = ike__ppk_end_proof(s, h);
    } while (err == 1);
    if (err < 0)
        return ike__auth_fail(s, err, 0);
    ike__auth_write(out, &h->proof);
    ike__ppk_write(s, h, out); /* RFC 8784 3: with EAP "in the request message containing the AUTH payload" */
    return IKE_STEP_DONE;
}

/* An answer is one response to the request that is open, then, when the method is done, its key. */
static int split_answer(const struct ike_auth_eap *eap, int verdict, ike_span data, ike_span *message,
                        ike_span *msk)
{
    struct ike_eap e;
    size_t n = data.n >= 4 ? ike__be16(data.p + 2) : 0;

    if (n == 0 || n > data.n || n > IKE_EAP_MAX || verdict > IKE_EAP_DONE)
        return IKE_E_USAGE;
    *message = ike__span(data.p, n);
    *msk = ike__span(data.p + n, data.n - n);
    /* RFC 7296 3.16: "… this octet MUST be set to match the identifier in the corresponding request." */
    if (ike__eap_read(*message, &e) < 0 || e.code != IKE_EAP_RESPONSE || e.identifier != eap->identifier)
        return IKE_E_USAGE;
    if (msk->n > 0 && (verdict != IKE_EAP_DONE || msk->n < MSK_MIN || msk->n > MSK_MAX))
        return IKE_E_USAGE;
    return e.type;
}

ike_step ike__eap_answer(struct ike_session *s, struct ike_handshake *h, int verdict, ike_span data)
{
    struct ike_auth_eap *eap = &h->eap;
    ike_span message, msk;
    int type;

    if (verdict < 0) /* RFC 7296 2.21.2: the gateway waits for a response: tell it that none will come */
        return ike__auth_refuse(s, verdict, NULL);
    type = split_answer(eap, verdict, data, &message, &msk);
    if (type < 0)
        return ike__auth_refuse(s, type, "the host's answer is no EAP response");
    if (type > IKE_EAPT_NAK)
        eap->type = (uint8_t)type;
    eap->is_done = verdict == IKE_EAP_DONE;
    if (ike__keep(s, &eap->response, &eap->response_n, message) < 0 ||
        ike__keep(s, &eap->msk, &eap->msk_n, msk) < 0)
        return ike__auth_fail(s, IKE_E_NOMEM, 0);
    return IKE_STEP_AGAIN;
}
