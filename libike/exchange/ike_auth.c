/* exchange/ike_auth.c - both sides prove who they are; the first child comes with it. SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { IDi, [CERT…,] [CERTREQ,] [IDr,] AUTH,
 *             CP(CFG_REQUEST), SAi2, TSi, TSr }  -->
 *                                  <--  HDR, SK { IDr, [CERT…,] AUTH, CP(CFG_REPLY), SAr2, TSi, TSr }
 *
 * RFC 7296 1.2, 2.15, 2.16, 2.19, 2.21.2; RFC 7427 and 4754 for signatures.
 * build asks for what it has not got and is called again with the answer. finish keeps the response and has it judged
 * in this order: identity, certificates and AUTH, and only then SA, TS and CP are read. A peer whose proof fails is told
 * so in an INFORMATIONAL (2.21.2).
 *
 * Not here: our proof (own_proof.c), EAP (ike_auth_eap.c), keys (ike_sa_init.c), the child and its addresses
 * (first_child.c, config_payload.c). */
#include "exchange/exchange.h"
#include "base/mem.h"
#include "base/wipe.h"
#include "crypto/authoctets.h"

static const struct ike_rule response_rules[] = {
    {IKE_P_IDr, 0, 1},  {IKE_P_CERT, 0, IKE_MANY}, {IKE_P_CERTREQ, 0, IKE_MANY},
    {IKE_P_AUTH, 0, 1}, {IKE_P_CP, 0, 1},          {IKE_P_SA, 0, 1},
    {IKE_P_TSi, 0, 1},  {IKE_P_TSr, 0, 1},         {IKE_P_EAP, 0, 1},
    {0, 0, 0}};

static ike_step fail(struct ike_session *s, int err, uint16_t notify)
{
    ike__session_fault(s, err, notify, NULL);
    return IKE_STEP_FATAL;
}

/* RFC 7296 2.21.2: the initiator that refuses the responder's proof says so in an exchange of its own. */
static ike_step refuse(struct ike_session *s, int err)
{
    s->farewell = IKE_N_AUTHENTICATION_FAILED;
    return fail(s, err, 0);
}

ike_step ike__auth_fail(struct ike_session *s, int err, uint16_t notify)
{
    return fail(s, err, notify);
}

ike_step ike__auth_refuse(struct ike_session *s, int err, const char *text)
{
    s->farewell = IKE_N_AUTHENTICATION_FAILED;
    ike__session_fault(s, err, 0, text);
    return IKE_STEP_FATAL;
}

/* ---- our side ---- */

static void write_certs(struct ike_session *s, struct ike_msg_out *out)
{
    const ike_config *c = &s->settings.cfg;
    struct ike_cert cert;

    memset(&cert, 0, sizeof(cert));
    cert.encoding = IKE_CERT_X509_SIGNATURE;
    if (c->auth_local == IKE_AUTH_CERT)
        for (uint32_t i = 0; i < c->local_certs_n; i++) {
            cert.data = c->local_certs[i];
            ike__cert_write(out, IKE_P_CERT, &cert);
        }
    if (c->auth_remote != IKE_AUTH_PSK && c->certreq.n > 0) {
        cert.data = c->certreq;
        ike__cert_write(out, IKE_P_CERTREQ, &cert);
    }
    /* RFC 4806 3.1: without hashes: responses of the CA itself and of those it has named are what we take. */
    if (c->auth_remote == IKE_AUTH_CERT && c->want_ocsp) {
        cert.encoding = IKE_CERT_OCSP;
        cert.data = ike__span(NULL, 0);
        ike__cert_write(out, IKE_P_CERTREQ, &cert);
    }
}

/* RFC 7296 2.16: leaving AUTH out says that we want EAP. */
static void write_proof(struct ike_session *s, struct ike_handshake *h, struct ike_msg_out *out)
{
    s->auth_local_eap = 0;
    if (s->settings.cfg.auth_local != IKE_AUTH_EAP || h->is_resumed) {
        ike__auth_write(out, &h->proof);
        ike__ppk_write(s, h, out);
        if (s->settings.cfg.auth_second && !h->is_resumed) { /* RFC 4739 2.1 */
            ike__notify_write(out, IKE_N_MULTIPLE_AUTH_SUPPORTED, ike__span(NULL, 0));
            ike__notify_write(out, IKE_N_ANOTHER_AUTH_FOLLOWS, ike__span(NULL, 0));
        }
        return;
    }
    h->eap.state = IKE_EAP_ASKED;
    if (s->settings.cfg.auth_remote == IKE_AUTH_EAP) /* RFC 5998 3 */
        ike__notify_write(out, IKE_N_EAP_ONLY_AUTHENTICATION, ike__span(NULL, 0));
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    struct ike_handshake *h = task->scratch;
    struct ike_id id = ike__auth_own_id(s, h);
    int err;

    if (h->eap.state != IKE_EAP_OFF)
        return ike__eap_build(s, h, out);
    if (s->settings.cfg.auth_second && !h->peer_has_multiple && !h->is_resumed) {
        ike__session_fault(s, IKE_E_AUTH_METHOD, 0, "the gateway does not take two authentications");
        return IKE_STEP_FATAL;
    }
    err = ike__auth_ask_own(s, h);
    if (err == 1)
        return IKE_STEP_WAIT;
    if (err == 0 && h->child.spi_in == 0)
        err = ike__session_new_spi(s, &h->child.spi_in);
    if (err == 0)
        err = ike__auth_name_ends(s, h);
    if (err < 0)
        return fail(s, err, 0);
    ike__id_write(out, IKE_P_IDi, &id);
    /* RFC 5723 4.3.3: "A CERT payload MUST NOT be included in this exchange", and IDr is that of the ticket */
    if (!h->is_resumed)
        write_certs(s, out);
    if (s->settings.remote_id.type)
        ike__id_write(out, IKE_P_IDr, h->is_resumed ? &h->ticket.idr : &s->settings.remote_id);
    write_proof(s, h, out);
    ike__config_request(s, out);
    if (!h->is_childless) {
        ike__offer_write_sa(&h->child, out);
        ike__offer_write_ts(&h->child, out);
    }
    if (s->settings.cfg.initial_contact &&
        h->sa == s->sa) /* RFC 7296 2.4: only if there is no other of ours */
        ike__notify_write(out, IKE_N_INITIAL_CONTACT, ike__span(NULL, 0));
    if (s->settings.cfg.mobike != IKE_OFF) /* RFC 4555 3.2 */
        ike__notify_write(out, IKE_N_MOBIKE_SUPPORTED, ike__span(NULL, 0));
    ike__announced_write_own(s, h, out);
    ike__ticket_request(s, out);
    ike__mobike_write_no_nats(s, h->sa, out);
    return IKE_STEP_DONE;
}

/* ---- the peer's side ---- */

void ike__auth_lifetime(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg)
{
    struct ike_notify n;
    uint32_t seconds;

    if (!ike__notify_find(msg, IKE_N_AUTH_LIFETIME, 0, &n) || n.data.n != 4)
        return;
    seconds = ike__be32(n.data.p);
    /* RFC 4478 3: before it ends; a time that is over before a handshake could be is nonsense. */
    if (seconds >= 2)
        ike__reauth_within(s, sa, seconds - seconds / 10 - 1);
}

/* Everything is right: the IKE SA stands, whatever becomes of the child. RFC 7296 2.21.2 */
ike_step ike__auth_establish(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_ike_sa *old = s->sa, *sa = h->sa;
    struct ike_notify n;

    sa->is_established = 1;
    s->nat_refusals = 0;
    sa->peer_has_mobike =
        s->settings.cfg.mobike != IKE_OFF && ike__notify_find(msg, IKE_N_MOBIKE_SUPPORTED, 0, &n);
    if (sa->peer_has_mobike && !ike__places_read(&s->places, s->env.alloc, msg)) /* RFC 4555 3.4 */
        ike__places_forget(&s->places, s->env.alloc);
    ike__lifetime_begin(&sa->life, s->now, s->settings.cfg.rekey_ike_s, ike__session_jitter(s));
    ike__mapping_reset(&sa->mapping, s->settings.cfg.natt_keepalive_s);
    ike__reauth_begin(s, sa);
    ike__auth_lifetime(s, sa, msg);
    ike__resume_established(s, h);
    s->phase = IKE_PHASE_UP;
    s->handshake_us = s->now - s->handshake_began;
    if (ike__first_child_lacks(s, h, msg)) {
        ike__ike_sa_settle(sa, &s->env);
        return IKE_STEP_DONE;
    }
    if (old == sa)
        ike__session_event(s, IKE_EV_UP, 0, 0);
    else {
        ike__session_succeed(s, old, sa);
        ike__tasks_succeed(&s->tasks);
        ike__create_child_inherit(s, old);
    }
    ike__ticket_established(s, h, msg);
    if (h->is_childless)
        ike__childless_accept(s, msg);
    else if (!ike__notify_find(msg, IKE_N_REDIRECT, 0, &n) || ike__msg_find(msg, IKE_P_SA, 0))
        ike__first_child_accept(s, h, msg);
    ike__ike_sa_settle(sa, &s->env);
    ike__redirect_established(s, msg); /* RFC 5685 6: only now, that the gateway has proved itself */
    return IKE_STEP_DONE;
}

/* The gateway is who it says: what is missing is our EAP, if anything. */
static ike_step proven(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    if (h->eap.state != IKE_EAP_OFF || s->settings.cfg.auth_second) {
        /* RFC 5685 6: "… the client MUST accept … only in the first IKE_AUTH response or the last" */
        ike_step step = ike__redirect_first(s, h, msg);
        if (step != IKE_STEP_KEEP)
            return step;
    }
    if (h->eap.state != IKE_EAP_OFF)
        return ike__eap_begin(s, h, msg);
    return s->settings.cfg.auth_second ? ike__eap_second(s, h, msg) : ike__auth_establish(s, h, msg);
}

static ike_step check_psk(struct ike_session *s, struct ike_handshake *h, const struct ike_auth_payload *auth,
                          const struct ike_msg *msg)
{
    uint8_t expected[IKE_PRF_MAX];
    int err, same;

    if (auth->method != IKE_AUTHM_PSK)
        return refuse(s, IKE_E_AUTH_METHOD);
    err = ike__auth_psk(s->env.alloc, h->sa->prf, ike__span(h->psk, h->psk_n),
                        ike__span(h->octets, h->octets_n), expected);
    same = err == 0 && auth->data.n == h->sa->prf->out_len &&
           ike__ct_equal(auth->data.p, expected, auth->data.n);
    ike__wipe(expected, sizeof(expected));
    if (err < 0)
        return fail(s, err, 0);
    return same ? proven(s, h, msg) : refuse(s, IKE_E_AUTH);
}

static void collect_certs(const struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *p;
    struct ike_cert c;

    h->certs_n = h->ocsp_n = 0;
    for (uint32_t i = 0; (p = ike__msg_find(msg, IKE_P_CERT, i)) != NULL; i++) {
        if (ike__cert_read(p->body, &c) < 0 || c.data.n == 0)
            continue;
        /* Other encodings were not asked for; a hash and URL is never fetched (RFC 7296 3.6). */
        if (c.encoding == IKE_CERT_X509_SIGNATURE && h->certs_n < IKE_CERTS_MAX)
            h->certs[h->certs_n++] = c.data;
        if (c.encoding == IKE_CERT_OCSP && s->settings.cfg.want_ocsp && h->ocsp_n < IKE_OCSP_MAX)
            h->ocsp[h->ocsp_n++] = c.data;
    }
}

static ike_step check_signature(struct ike_session *s, struct ike_handshake *h,
                                const struct ike_auth_payload *auth, const struct ike_id *idr,
                                const struct ike_msg *msg)
{
    ike_span signature;
    uint64_t sigs;
    ike_ask *ask;
    int err;

    if (auth->method == IKE_AUTHM_PSK || auth->method == IKE_AUTHM_NULL)
        return refuse(s, IKE_E_AUTH_METHOD);
    err = ike__auth_to_sig(auth, ike__session_sigs(s), &sigs, &signature, h->sig_buf, sizeof(h->sig_buf));
    if (err < 0)
        return refuse(s, err);
    collect_certs(s, h, msg);
    ask = ike__session_ask(s, h->sa, &h->ask, IKE_ASK_VERIFY);
    ask->peer_id_type = idr->type;
    ask->peer_id_data = idr->data;
    ask->certs = h->certs;
    ask->certs_n = h->certs_n;
    ask->ocsp = h->ocsp;
    ask->ocsp_n = h->ocsp_n;
    ask->tbs = ike__span(h->octets, h->octets_n);
    ask->proof = signature;
    ask->sigs = sigs;
    return IKE_STEP_WAIT;
}

/* Is IDr who we want? Its text is what logs, events and asks show from now on. */
static int check_id(struct ike_session *s, const struct ike_id *idr)
{
    int err = ike__session_name(s, &s->peer_id, idr);

    if (err < 0)
        return err;
    if (s->settings.remote_id.type && !ike__id_match(idr, &s->settings.remote_id))
        return IKE_E_PEER_ID;
    /* RFC 7619 2.2: nobody in particular proves nothing. */
    return idr->type == IKE_ID_NULL ? IKE_E_PEER_ID : 0;
}

static void remember_method(struct ike_session *s, const struct ike_auth_payload *auth)
{
    ike_span signature;
    uint64_t sigs = 0;
    uint8_t buf[160];

    s->auth_remote_sig = s->auth_remote_eap = 0;
    if (auth->method == IKE_AUTHM_PSK ||
        ike__auth_to_sig(auth, ike__session_sigs(s), &sigs, &signature, buf, sizeof(buf)) < 0)
        return;
    while (s->auth_remote_sig < 63 && !(sigs >> s->auth_remote_sig & 1))
        s->auth_remote_sig++;
}

static ike_step no_proof(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);

    if (error && h->is_resumed) { /* RFC 5723 4.3.2: the ticket is no good after all */
        ike__resume_fall_back(s, &h->sa->running);
        return IKE_STEP_AGAIN;
    }
    /* RFC 4555 3.9: "… SHOULD retry IKE_SA establishment several times, starting from a new IKE_SA_INIT request" */
    if (error == IKE_N_UNEXPECTED_NAT_DETECTED && s->settings.cfg.no_nats &&
        s->nat_refusals++ < s->settings.cfg.retry_tries) {
        ike__init_again(s, &h->sa->running);
        return IKE_STEP_AGAIN;
    }
    /* RFC 7296 2.21.2: an error without AUTH: nothing was set up, nothing is to be deleted. */
    if (error)
        return fail(s, ike__session_notify_err(error), error);
    return refuse(s, ike__msg_find(msg, IKE_P_EAP, 0) ? IKE_E_AUTH_METHOD : IKE_E_SYNTAX);
}

static ike_step judge(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *idp = ike__msg_find(msg, IKE_P_IDr, 0);
    const struct ike_payload *ap = ike__msg_find(msg, IKE_P_AUTH, 0);
    struct ike_auth_payload auth;
    struct ike_id idr;
    int err;

    /* RFC 5998 3: only where we have offered it, and without an AUTH there is nothing to check yet. */
    if (!ap &&
        (s->settings.cfg.auth_remote != IKE_AUTH_EAP || h->is_resumed || !ike__msg_find(msg, IKE_P_EAP, 0)))
        return no_proof(s, h, msg);
    if (!idp || ike__id_read(idp->body, &idr) < 0 || (ap && ike__auth_read(ap->body, &auth) < 0))
        return refuse(s, IKE_E_SYNTAX);
    err = check_id(s, &idr);
    if (err < 0)
        return refuse(s, err);
    if (!ap)
        return ike__eap_begin(s, h, msg);
    err = ike__ppk_settle(s, h, msg);
    if (err < 0)
        return refuse(s, err);
    /* RFC 7296 2.15: IDr' is the payload as received, its reserved octets included. */
    err = ike__auth_peer_octets(s, h, idp->body);
    if (err < 0)
        return fail(s, err, 0);
    if (h->is_resumed) {
        err = ike__resume_check(s, h, &idr, &auth);
        return err < 0 ? refuse(s, err) : ike__auth_establish(s, h, msg);
    }
    remember_method(s, &auth);
    if (s->settings.cfg.auth_remote == IKE_AUTH_PSK)
        return check_psk(s, h, &auth, msg);
    return check_signature(s, h, &auth, &idr, msg);
}

/* The kept response as a message again; its spans lead into h->response. */
static int reread(const struct ike_handshake *h, struct ike_msg *msg)
{
    memset(&msg->header, 0, sizeof(msg->header));
    return ike__msg_index(msg, h->response_first, ike__span(h->response, h->response_n));
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_handshake *h = task->scratch;
    struct ike_msg kept;

    /* The verdict may come after the datagram is gone: work on a copy. */
    if (ike__keep(s, &h->response, &h->response_n, s->in_chain) < 0)
        return fail(s, IKE_E_NOMEM, 0);
    h->response_first = s->in_chain_first;
    (void)msg;
    if (reread(h, &kept) < 0)
        return refuse(s, IKE_E_SYNTAX);
    return h->eap.state > IKE_EAP_ASKED ? ike__eap_finish(s, h, &kept) : judge(s, h, &kept);
}

/* ---- answers to asks ---- */

/* A verdict that stands although something could not be looked at: whoever watches hears of it. */
static void remark(struct ike_session *s, ike_span what)
{
    struct ike_text t;

    if (!s->unchecked)
        s->unchecked = ike__mem_new(s->env.alloc, IKE_UNCHECKED_MAX);
    if (s->unchecked) {
        ike__text_init(&t, s->unchecked, IKE_UNCHECKED_MAX);
        ike__text_put(&t, "not checked: ");
        ike__text_safe(&t, what);
    }
    ike__session_warn(
        s, s->unchecked ? s->unchecked : "not everything could be checked",
        "make the CRL or OCSP responder reachable without the tunnel, or give a CRL (remote.crl)");
}

static ike_step take_verdict(struct ike_session *s, struct ike_handshake *h, int verdict, ike_span data)
{
    struct ike_msg kept;

    if (verdict < 0)
        return refuse(s, verdict);
    if (verdict == IKE_VERIFIED_IN_PART)
        remark(s, data);
    if (reread(h, &kept) < 0)
        return refuse(s, IKE_E_SYNTAX);
    return proven(s, h, &kept);
}

static ike_step answer(struct ike_session *s, struct ike_task *task, int verdict, ike_span data)
{
    struct ike_handshake *h = task->scratch;
    int err;

    if (h->ask.kind == IKE_ASK_VERIFY)
        return take_verdict(s, h, verdict, data);
    if (h->ask.kind == IKE_ASK_EAP)
        return ike__eap_answer(s, h, verdict, data);
    err = ike__auth_take_own(s, h, verdict, data);
    return err < 0 ? fail(s, err, 0) : IKE_STEP_AGAIN;
}

const struct ike_exchange ike__ike_auth = {
    .name = "IKE_AUTH",
    .type = IKE_X_IKE_AUTH,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .answer = answer,
    .drop = ike__handshake_drop,
};
