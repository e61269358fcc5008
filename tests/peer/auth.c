/* tests/peer/auth.c - the gateway's half of IKE_AUTH, with the first child. SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"
#include "base/wipe.h"
#include "crypto/authoctets.h"
#include "wire/payloads.h"
#include <stdlib.h>

int peer_octets(struct peer *p, int ours, ike_span id, struct peer_octets *o)
{
    struct ike_buf b;
    int err;

    ike__buf_init(&b, o->p, sizeof(o->p));
    err = ike__auth_octets(NULL, p->sa.prf,
                           ours ? ike__span(p->init_sent, p->init_sent_n)
                                : ike__span(p->init_received, p->init_received_n),
                           ours ? ike__span(p->ni, p->ni_n) : ike__span(p->nr, sizeof(p->nr)),
                           ike__span(ours ? p->sa.keys->pr : p->sa.keys->pi, p->sa.prf->out_len), id, &b);
    o->n = b.n;
    return err;
}

static int check_signature(struct peer *p, const struct ike_msg *msg, const struct ike_auth_payload *auth,
                           const struct ike_id *idi, const struct peer_octets *o)
{
    ike_span certs[10];
    const struct ike_payload *c;
    struct ike_cert cert;
    uint8_t buf[160];
    ike_ask ask;
    size_t n;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_VERIFY;
    if (ike__auth_to_sig(auth, ike__sigs_allowed(IKE_POLICY_DEFAULT, p->cfg.crypto), &ask.sigs, &ask.proof,
                         buf, sizeof(buf)) < 0)
        return IKE_E_AUTH;
    while (ask.certs_n < 10 && (c = ike__msg_find(msg, IKE_P_CERT, ask.certs_n)) != NULL &&
           ike__cert_read(c->body, &cert) == 0)
        certs[ask.certs_n++] = cert.data;
    ask.certs = certs;
    ask.peer_id = p->client_id;
    ask.peer_id_type = idi->type;
    ask.peer_id_data = idi->data;
    ask.tbs = ike__span(o->p, o->n);
    return p->cfg.keys ? p->cfg.keys->answer(p->cfg.keys->self, &ask, buf, sizeof(buf), &n) : IKE_E_AUTH;
}

static int check_client(struct peer *p, const struct ike_msg *msg)
{
    const struct ike_payload *idp = ike__msg_find(msg, IKE_P_IDi, 0), *ap = ike__msg_find(msg, IKE_P_AUTH, 0);
    struct ike_auth_payload auth;
    uint8_t expected[64];
    struct peer_octets o;
    struct ike_id idi;
    struct ike_notify n;
    struct ike_text t;

    if (!idp || !ap || ike__id_read(idp->body, &idi) < 0 || ike__auth_read(ap->body, &auth) < 0)
        return IKE_E_SYNTAX;
    ike__text_init(&t, p->client_id, sizeof(p->client_id));
    ike__id_print(&t, &idi);
    if (peer_ppk_choose(p, msg, &auth) < 0)
        return IKE_E_AUTH;
    if (peer_octets(p, 0, idp->body, &o) < 0)
        return IKE_E_CRYPTO;
    if (p->is_resumed) /* RFC 5723 4.3.3 */
        return strcmp(p->client_id, p->ticket.client_id) != 0 || ike__msg_find(msg, IKE_P_CERT, 0) ||
                       ike__notify_find(msg, IKE_N_ANOTHER_AUTH_FOLLOWS, 0, &n) ||
                       ike__prf(NULL, p->sa.prf, ike__span(p->sa.keys->pi, p->sa.prf->out_len),
                                &(ike_span){o.p, o.n}, 1, expected) < 0 ||
                       auth.method != IKE_AUTHM_PSK || auth.data.n != p->sa.prf->out_len ||
                       !ike__ct_equal(auth.data.p, expected, auth.data.n)
                   ? IKE_E_AUTH
                   : 0;
    if (auth.method != IKE_AUTHM_PSK)
        return check_signature(p, msg, &auth, &idi, &o);
    if (p->cfg.psk.n == 0 || ike__auth_psk(NULL, p->sa.prf, p->cfg.psk, ike__span(o.p, o.n), expected) < 0)
        return IKE_E_AUTH;
    return auth.data.n == p->sa.prf->out_len && ike__ct_equal(auth.data.p, expected, auth.data.n)
               ? 0
               : IKE_E_AUTH;
}

size_t peer_own_id(struct peer *p, struct ike_msg_out *out, uint8_t *body)
{
    uint8_t idbuf[256];
    struct ike_id id;

    if (ike__id_parse(&id, p->cfg.id, idbuf, sizeof(idbuf)) < 0)
        return 0;
    memset(body, 0, 4);
    body[0] = id.type;
    memcpy(body + 4, id.data.p, id.data.n);
    ike__id_write(out, IKE_P_IDr, &id);
    return 4 + id.data.n;
}

int peer_own_proof(struct peer *p, struct ike_msg_out *out)
{
    uint8_t body[260], sig[1024], data[1200];
    struct ike_auth_payload auth;
    struct ike_cert cert = {.encoding = IKE_CERT_X509_SIGNATURE};
    size_t body_n = peer_own_id(p, out, body);
    struct peer_octets o;
    ike_ask ask;
    size_t n = 0;
    int verdict;

    if (body_n == 0 || peer_octets(p, 1, ike__span(body, body_n), &o) < 0)
        return IKE_E_CRYPTO;
    memset(&auth, 0, sizeof(auth));
    if (p->is_resumed) {
        auth.method = IKE_AUTHM_PSK;
        auth.data = ike__span(data, p->sa.prf->out_len);
        if (ike__prf(NULL, p->sa.prf, ike__span(p->sa.keys->pr, p->sa.prf->out_len), &(ike_span){o.p, o.n}, 1,
                     data) < 0)
            return IKE_E_CRYPTO;
    } else if (p->cfg.certs_n == 0) {
        auth.method = IKE_AUTHM_PSK;
        auth.data = ike__span(data, p->sa.prf->out_len);
        if (ike__auth_psk(NULL, p->sa.prf, p->cfg.psk, ike__span(o.p, o.n), data) < 0)
            return IKE_E_CRYPTO;
    } else {
        memset(&ask, 0, sizeof(ask));
        ask.kind = IKE_ASK_SIGN;
        ask.tbs = ike__span(o.p, o.n);
        ask.sigs = p->client_7427 ? ~UINT64_C(0) & ~IKE_SIG_BIT(IKE_SIG_RSA_SHA1)
                                  : ike__sigs_legacy(ike__sigs_allowed(0, p->cfg.crypto));
        verdict = p->cfg.keys->answer(p->cfg.keys->self, &ask, sig, sizeof(sig), &n);
        if (verdict < 0 ||
            ike__auth_from_sig(&auth, verdict, p->client_7427, ike__span(sig, n), data, sizeof(data)) < 0)
            return IKE_E_CRYPTO;
        for (uint32_t i = 0; i < p->cfg.certs_n; i++) {
            cert.data = p->cfg.certs[i];
            ike__cert_write(out, IKE_P_CERT, &cert);
        }
    }
    if (p->cfg.script.wrong_auth)
        data[auth.data.n - 1] ^= 1;
    ike__auth_write(out, &auth);
    return 0;
}

static void write_cp(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    uint8_t ip6[17];

    if (!ike__msg_find(msg, IKE_P_CP, 0) || p->cfg.script.no_cp)
        return;
    ike__cp_begin(out, IKE_CP_REPLY);
    if (p->cfg.pool4.family)
        ike__cp_attr(out, IKE_CPA_IP4_ADDRESS, ike__span(p->cfg.pool4.ip, 4));
    if (p->cfg.pool6.family) {
        memcpy(ip6, p->cfg.pool6.ip, 16);
        ip6[16] = 128;
        ike__cp_attr(out, IKE_CPA_IP6_ADDRESS, ike__span(ip6, 17));
    }
    if (p->cfg.dns.family == 4)
        ike__cp_attr(out, IKE_CPA_IP4_DNS, ike__span(p->cfg.dns.ip, 4));
    ike__cp_end(out);
}

void peer_offer(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    write_cp(p, msg, out);
    (void)peer_first_child(p, msg, out);
}

void peer_accept(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    p->is_up = 1;
    peer_ppk_answer(p, out);
    if (p->is_resumed) {
        p->resumed++;
        p->ticket.number = 0; /* RFC 5723 4.3.1: used once */
    }
    peer_answer_ticket(p, msg, out, p->cfg.script.tickets);
    if (p->cfg.script.mobike)
        ike__notify_write(out, IKE_N_MOBIKE_SUPPORTED, ike__span(NULL, 0));
    if (p->cfg.script.auth_lifetime) {
        uint8_t seconds[4];
        ike__put_be32(seconds, p->cfg.script.auth_lifetime);
        ike__notify_write(out, IKE_N_AUTH_LIFETIME, ike__span(seconds, sizeof(seconds)));
    }
    if (p->cfg.script.child_error)
        ike__notify_write(out, p->cfg.script.child_error, ike__span(NULL, 0));
    else
        peer_offer(p, msg, out);
}

int peer_auth(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *c;
    struct ike_notify n;
    int err, is_first = p->cfg.script.eap_second && !p->is_resumed && ike__msg_find(msg, IKE_P_AUTH, 0) &&
                        p->eap_state == 0;

    p->heard_methods_n = 0;
    p->heard_ocsp = 0;
    for (uint32_t i = 0; (c = ike__msg_find(msg, IKE_P_CERTREQ, i)) != NULL; i++)
        p->heard_ocsp |= c->body.n == 1 && c->body.p[0] == IKE_CERT_OCSP;
    if (ike__notify_find(msg, IKE_N_SUPPORTED_AUTH_METHODS, 0, &n) && n.data.n <= sizeof(p->heard_methods)) {
        p->heard_methods_n = n.data.n;
        memcpy(p->heard_methods, n.data.p, n.data.n);
    }
    if (p->cfg.script.eap && !p->cfg.script.auth_error && !is_first && !p->is_resumed)
        return peer_eap(p, msg, out);
    err = check_client(p, msg);
    if (err < 0 || p->cfg.script.auth_error) {
        ike__notify_write(out,
                          p->cfg.script.auth_error ? p->cfg.script.auth_error : IKE_N_AUTHENTICATION_FAILED,
                          ike__span(NULL, 0));
        return 0;
    }
    err = peer_own_proof(p, out);
    if (err == 0 && is_first)
        peer_eap_keep(p, msg);
    else if (err == 0)
        peer_accept(p, msg, out);
    return err < 0 ? err : 0;
}
