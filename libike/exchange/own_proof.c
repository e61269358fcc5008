/* exchange/own_proof.c - who we are, and how we prove it in IKE_AUTH. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.15 (what AUTH covers), RFC 7427 (signatures), RFC 8784 (both proofs where a PPK is optional). What is missing
 * (shared key, PPK, signature) is asked for, one thing at a time; the request is built again with each answer.
 *
 * Not here: the gateway's proof (ike_auth.c), proof by EAP (ike_auth_eap.c), by a ticket (ike_session_resume.c). */
#include "exchange/exchange.h"
#include "base/mem.h"
#include "crypto/authoctets.h"

/* RFC 4739 2.1: the second round is about another one. */
struct ike_id ike__auth_own_id(const struct ike_session *s, const struct ike_handshake *h)
{
    if (h->eap.state >= IKE_EAP_SECOND && s->settings.second_id.type)
        return s->settings.second_id;
    return ike__session_own_id(s, h->sa);
}

static int id_body(const struct ike_id *id, struct ike_buf *b)
{
    ike__buf_u8(b, id->type);
    ike__buf_zero(b, 3);
    ike__buf_put(b, id->data);
    return ike__buf_err(b);
}

/* What one side signs, kept in h->octets. */
static int make_octets(struct ike_session *s, struct ike_handshake *h, int ours, ike_span id)
{
    ike_span message =
        ours ? ike__span(h->init_sent, h->init_sent_n) : ike__span(h->init_received, h->init_received_n);
    ike_span nonce = ours ? ike__nonces_r(&h->child.nonces) : ike__nonces_i(&h->child.nonces);
    ike_span sk_p = ike__span(ours ? h->sa->keys->pi : h->sa->keys->pr, h->sa->prf->out_len);
    struct ike_buf b;

    ike__mem_free(s->env.alloc, h->octets, h->octets_n);
    h->octets_n = message.n + nonce.n + h->sa->prf->out_len;
    h->octets = ike__mem_new(s->env.alloc, h->octets_n);
    if (!h->octets) {
        h->octets_n = 0;
        return IKE_E_NOMEM;
    }
    ike__buf_init(&b, h->octets, h->octets_n);
    return ike__auth_octets(s->env.alloc, h->sa->prf, message, nonce, sk_p, id, &b);
}

int ike__auth_peer_octets(struct ike_session *s, struct ike_handshake *h, ike_span id)
{
    return make_octets(s, h, 0, id);
}

int ike__auth_own_octets(struct ike_session *s, struct ike_handshake *h)
{
    uint8_t body[4 + IKE_ID_OCTETS_MAX];
    struct ike_id id = ike__auth_own_id(s, h);
    struct ike_buf b;

    ike__buf_init(&b, body, sizeof(body));
    if (id_body(&id, &b) < 0)
        return IKE_E_CONFIG;
    return make_octets(s, h, 1, ike__span(b.p, b.n));
}

int ike__auth_name_ends(struct ike_session *s, const struct ike_handshake *h)
{
    struct ike_id id = ike__auth_own_id(s, h);
    int err = ike__session_name(s, &s->local_id, &id);

    ike__session_forget_name(s, &s->peer_id);
    if (err == 0 && s->settings.remote_id.type)
        err = ike__session_name(s, &s->peer_id, &s->settings.remote_id);
    return err;
}

/* h->proof is made: for AUTH, or, where a PPK is optional, for the case that the gateway has none. */
static int take_proof(struct ike_session *s, struct ike_handshake *h)
{
    int err = ike__ppk_end_proof(s, h);

    h->proof_ready = err == 0;
    return err < 0 ? err : 0;
}

static int prove_by_psk(struct ike_session *s, struct ike_handshake *h)
{
    int err = ike__auth_psk(s->env.alloc, h->sa->prf, ike__span(h->psk, h->psk_n),
                            ike__span(h->octets, h->octets_n), h->proof_buf);

    h->proof.method = IKE_AUTHM_PSK;
    h->proof.data = ike__span(h->proof_buf, h->sa->prf->out_len);
    return err < 0 ? err : take_proof(s, h);
}

/* 1: the ask is out. */
static int ask_for_signature(struct ike_session *s, struct ike_handshake *h)
{
    int err = ike__auth_name_ends(s, h);
    ike_ask *ask;

    if (err < 0)
        return err;
    ask = ike__session_ask(s, h->sa, &h->ask, IKE_ASK_SIGN);
    ask->tbs = ike__span(h->octets, h->octets_n);
    /* RFC 8784 3: both proofs by "the same as the method indicated in the AUTH payload" */
    ask->sigs = h->ppk.plain_auth ? IKE_SIG_BIT(s->auth_local_sig) : h->peer_sigs;
    ask->authorities = ike__span(h->authorities, h->authorities_n);
    ask->authority_sigs = ike__announced_by_authority(h);
    return 1;
}

/* What both proofs are made of: a shared key, a PPK. 1: an ask is out; 0: nothing is missing. */
static int ask_for_secrets(struct ike_session *s, struct ike_handshake *h)
{
    const ike_config *c = &s->settings.cfg;
    int err;

    if (h->is_resumed)
        return 0;
    if (!h->psk && (c->auth_local == IKE_AUTH_PSK || c->auth_remote == IKE_AUTH_PSK)) {
        err = ike__auth_name_ends(s, h);
        if (err < 0)
            return err;
        ike__session_ask(s, h->sa, &h->ask, IKE_ASK_PSK);
        return 1;
    }
    if (ike__ppk_is_missing(h)) {
        err = ike__auth_name_ends(s, h);
        if (err < 0)
            return err;
        ike__session_ask(s, h->sa, &h->ask, IKE_ASK_PPK)->ppk_id = c->ppk_id;
        return 1;
    }
    return 0;
}

/* Our proof, as far as it goes without the host. 1: an ask is out; 0: nothing is missing. */
static int ask_for_proof(struct ike_session *s, struct ike_handshake *h)
{
    uint32_t method = s->settings.cfg.auth_local;
    int err = 0;

    while (err == 0 && !h->proof_ready && (method != IKE_AUTH_EAP || h->is_resumed)) {
        ike__ppk_begin_proof(s, h);
        err = ike__auth_own_octets(s, h);
        if (err < 0)
            return err;
        if (h->is_resumed)
            return ike__resume_prove(s, h);
        if (method == IKE_AUTH_CERT)
            return ask_for_signature(s, h);
        err = prove_by_psk(s, h);
    }
    return err;
}

int ike__auth_ask_own(struct ike_session *s, struct ike_handshake *h)
{
    int err = ask_for_secrets(s, h);

    return err == 0 ? ask_for_proof(s, h) : err;
}

/* ---- answers ---- */

static int take_psk(struct ike_session *s, struct ike_handshake *h, ike_span key)
{
    return key.n == 0 ? IKE_E_DENIED : ike__keep(s, &h->psk, &h->psk_n, key);
}

static int take_signature(struct ike_session *s, struct ike_handshake *h, int sig, ike_span signature)
{
    int err;

    if (sig < 1 || sig > 63 || !(h->ask.sigs >> sig & 1) || signature.n == 0)
        return IKE_E_DENIED;
    err = ike__auth_from_sig(&h->proof, sig, h->peer_has_7427 && !h->signs_as_before, signature, h->proof_buf,
                             sizeof(h->proof_buf));
    if (err < 0)
        return err;
    s->auth_local_sig = (uint8_t)sig;
    return take_proof(s, h);
}

int ike__auth_take_own(struct ike_session *s, struct ike_handshake *h, int verdict, ike_span data)
{
    if (verdict < 0)
        return verdict;
    if (h->ask.kind == IKE_ASK_PSK)
        return take_psk(s, h, data);
    return h->ask.kind == IKE_ASK_PPK ? ike__ppk_take(s, h, data) : take_signature(s, h, verdict, data);
}
