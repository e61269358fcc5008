/* exchange/handshake.c - the scratch of a handshake: made for IKE_SA_INIT, handed on to IKE_AUTH. SPDX-License-Identifier: Apache-2.0
 *
 * Nothing of it outlives the handshake; one drop wipes and releases everything.
 *
 * Not here: what the exchanges do with it. */
#include "base/mem.h"
#include "exchange/exchange.h"

#define PROPOSALS_SIZE (sizeof(struct ike_proposal) * IKE_PROPOSALS_MAX)

static int parse_offers(struct ike_session *s, struct ike_handshake *h)
{
    const ike_config *c = &s->settings.cfg;
    const char *why;
    int n;

    n = ike__suites_parse(h->ike, IKE_PROPOSALS_MAX, IKE_PROTO_IKE, c->ike_suites, c->policy, s->env.crypto,
                          &why);
    if (n < 0)
        return n;
    h->ike_n = (uint32_t)n;
    n = ike__offer_begin(s, &h->child, h->sa, 0);
    if (n < 0)
        return n;
    /* RFC 7296 1.2: the first child's keys come from the IKE SA's; its proposals carry no KE. */
    h->child.esp_n = ike__suites_strip_ke(h->child.esp, h->child.esp_n);
    return 0;
}

int ike__handshake_new(struct ike_session *s, struct ike_task *task)
{
    const ike_alloc *a = s->env.alloc;
    struct ike_handshake *h = ike__mem_new(a, sizeof(*h));

    if (!h)
        return IKE_E_NOMEM;
    task->scratch = h;
    h->sa = task->sa;
    h->ike = ike__mem_new(a, PROPOSALS_SIZE);
    if (!h->ike)
        return IKE_E_NOMEM;
    if (ike__nonces_begin(s, &h->child.nonces, 1) < 0)
        return IKE_E_CRYPTO;
    return parse_offers(s, h);
}

int ike__keep(struct ike_session *s, uint8_t **to, size_t *n, ike_span from)
{
    ike__mem_free(s->env.alloc, *to, *n);
    *n = 0;
    *to = NULL;
    if (from.n == 0)
        return 0;
    *to = ike__mem_new(s->env.alloc, from.n);
    if (!*to)
        return IKE_E_NOMEM;
    *n = from.n;
    memcpy(*to, from.p, from.n);
    return 0;
}

void ike__handshake_drop(struct ike_session *s, struct ike_task *task)
{
    const ike_alloc *a = s->env.alloc;
    struct ike_handshake *h = task->scratch;

    if (!h)
        return;
    ike__mem_free(a, h->ike, PROPOSALS_SIZE);
    ike__offer_free(s, &h->child);
    ike__mem_free(a, h->init_sent, h->init_sent_n);
    ike__mem_free(a, h->init_received, h->init_received_n);
    ike__mem_free(a, h->authorities, h->authorities_n);
    ike__mem_free(a, h->announced, h->announced_n);
    ike__mem_free(a, h->psk, h->psk_n);
    ike__mem_free(a, h->octets, h->octets_n);
    ike__mem_free(a, h->response, h->response_n);
    ike__mem_free(a, h->eap.response, h->eap.response_n);
    ike__mem_free(a, h->eap.msk, h->eap.msk_n);
    ike__mem_free(a, h->eap.idr, h->eap.idr_n);
    ike__mem_free(a, h->ppk.plain_auth, h->ppk.plain_auth_n);
    if (s->ask == &h->ask)
        s->ask = NULL;
    ike__mem_free(a, h, sizeof(*h));
    task->scratch = NULL;
}
