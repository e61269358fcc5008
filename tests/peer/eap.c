/* tests/peer/eap.c - the gateway's half of IKE_AUTH with EAP; what its method says is the script's. SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"
#include "base/wipe.h"
#include "crypto/authoctets.h"
#include "wire/payloads.h"

enum { FIRST = 0, SECOND, ROUNDS, PROOF };

static void next_message(struct peer *p, ike_span response, struct ike_msg_out *out)
{
    uint8_t eap[4000];
    size_t n = p->cfg.script.eap(p->cfg.script.eap_user, response, eap);

    ike__out_payload(out, IKE_P_EAP, ike__span(eap, n));
    p->eap_ended = n > 0 ? eap[0] : 0;
    p->eap_state = n > 0 && eap[0] == IKE_EAP_SUCCESS ? PROOF : ROUNDS;
}

void peer_eap_keep(struct peer *p, const struct ike_msg *first)
{
    ike__out_init(&p->eap_first_out, p->eap_first, sizeof(p->eap_first));
    for (uint32_t i = 0; i < first->n; i++)
        ike__out_payload(&p->eap_first_out, first->payload[i].type, first->payload[i].body);
    if (p->cfg.script.eap_second)
        p->eap_state = SECOND;
}

static int begin(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *idp = ike__msg_find(msg, IKE_P_IDi, 0);
    uint8_t body[260];
    struct ike_id idi;
    struct ike_text t;
    int err = 0;

    if (!idp || ike__msg_find(msg, IKE_P_AUTH, 0) || idp->body.n > sizeof(p->eap_idi) ||
        ike__id_read(idp->body, &idi) < 0)
        return IKE_E_SYNTAX;
    ike__text_init(&t, p->client_id, sizeof(p->client_id));
    ike__id_print(&t, &idi);
    memcpy(p->eap_idi, idp->body.p, idp->body.n);
    p->eap_idi_n = (uint8_t)idp->body.n;
    if (p->eap_state != SECOND)
        peer_eap_keep(p, msg);
    if (p->eap_state == SECOND)
        err = 0; /* it has proven itself */
    else if (p->cfg.script.eap_only)
        (void)peer_own_id(p, out, body);
    else
        err = peer_own_proof(p, out);
    if (p->cfg.script.eap_early_child)
        peer_offer(p, msg, out);
    p->eap_requests = 0;
    next_message(p, ike__span(NULL, 0), out);
    return err;
}

/* AUTH by the key of the method, or of the IKE SA (RFC 7296 2.16). */
static int proof(struct peer *p, int ours, ike_span id, uint8_t *out)
{
    struct peer_octets o;
    ike_span key = p->cfg.script.msk;

    if (key.n == 0)
        key = ike__span(ours ? p->sa.keys->pr : p->sa.keys->pi, p->sa.prf->out_len);
    if (peer_octets(p, ours, id, &o) < 0)
        return IKE_E_CRYPTO;
    return ike__auth_psk(NULL, p->sa.prf, key, ike__span(o.p, o.n), out);
}

static int prove(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *ap = ike__msg_find(msg, IKE_P_AUTH, 0);
    uint8_t body[260], expected[64], aside[300];
    struct ike_auth_payload auth;
    struct ike_msg_out ignored;
    struct ike_msg first;

    if (!ap || ike__auth_read(ap->body, &auth) < 0)
        return IKE_E_SYNTAX;
    if (peer_ppk_choose(p, msg, &auth) < 0 ||
        proof(p, 0, ike__span(p->eap_idi, p->eap_idi_n), expected) < 0 || auth.method != IKE_AUTHM_PSK ||
        auth.data.n != p->sa.prf->out_len || !ike__ct_equal(auth.data.p, expected, auth.data.n)) {
        ike__notify_write(out, IKE_N_AUTHENTICATION_FAILED, ike__span(NULL, 0));
        return 0;
    }
    ike__out_init(&ignored, aside, sizeof(aside));
    if (proof(p, 1, ike__span(body, peer_own_id(p, &ignored, body)), expected) < 0)
        return IKE_E_CRYPTO;
    expected[0] ^= p->cfg.script.eap_wrong_auth;
    auth.data = ike__span(expected, p->sa.prf->out_len);
    ike__auth_write(out, &auth);
    memset(&first, 0, sizeof(first));
    if (ike__msg_index(&first, p->eap_first_out.first, ike__span(p->eap_first, p->eap_first_out.buf.n)) < 0)
        return IKE_E_SYNTAX;
    peer_accept(p, &first, out);
    return 0;
}

int peer_eap(struct peer *p, const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *ep = ike__msg_find(msg, IKE_P_EAP, 0);

    if (p->eap_state == FIRST || ike__msg_find(msg, IKE_P_IDi, 0))
        return begin(p, msg, out);
    if (p->eap_state == PROOF)
        return prove(p, msg, out);
    if (!ep)
        return IKE_E_SYNTAX;
    p->eap_requests++;
    next_message(p, ep->body, out);
    return 0;
}
