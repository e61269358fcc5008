/* exchange/ticket.c - asking for a ticket, for a connection to come (RFC 5723 4.1, 4.2, 6.2). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { IDi, AUTH, …, N(TICKET_REQUEST) }  -->     with IKE_AUTH
 *   HDR, SK { N(TICKET_REQUEST) }                -->     by itself: put off, about to expire, or other keys since
 *                     <--  HDR, SK { …, N(TICKET_LT_OPAQUE) }, or N(TICKET_ACK): later, or N(TICKET_NACK): no
 *
 * A ticket stands for one IKE SA: it is over when that is deleted, rekeyed or replaced. Nothing here can make a
 * connection fail.
 *
 * Not here: octets and fitness (state/ticket.c), using one (ike_session_resume.c). */
#include "exchange/exchange.h"
#include "base/mem.h"

#define SECOND        1000000u
#define AGAIN_AFTER_S 10u /* a ticket that was put off */

static const struct ike_rule response_rules[] = {{IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

void ike__ticket_request(const struct ike_session *s, struct ike_msg_out *out)
{
    if (s->settings.cfg.resumption != IKE_OFF)
        ike__notify_write(out, IKE_N_TICKET_REQUEST, ike__span(NULL, 0));
}

void ike__ticket_want(struct ike_session *s)
{
    struct ike_intent wanted = {.kind = IKE_INTENT_TICKET};

    s->sa->ticket_at = 0;
    (void)ike__session_want(s, &wanted);
}

void ike__ticket_rekeyed(struct ike_session *s)
{
    int had = s->ticket.block != NULL;

    /* RFC 5723 6.2: "When the IKE SA is rekeyed, the ticket is invalidated, and the client SHOULD request a new ticket." */
    ike__ticket_forget(s);
    if (had && s->sa->takes_tickets)
        ike__ticket_want(s);
}

/* ---- what the gateway says ---- */

static uint32_t seconds_until(const struct ike_session *s, ike_time due)
{
    ike_time left = due > s->now ? (due - s->now) / SECOND : 0;

    if (due == IKE_NEVER)
        return IKE_OFF;
    return left < IKE_OFF ? (uint32_t)left : IKE_OFF - 1;
}

static struct ike_id id_of(const uint8_t *p, size_t n)
{
    struct ike_id id;

    memset(&id, 0, sizeof(id));
    if (n > 1) {
        id.type = p[0];
        id.data = ike__span(p + 1, n - 1);
    }
    return id;
}

/* RFC 5723 4.2: "… the local storage MUST also include all items marked as "from the ticket" …" */
static void describe(const struct ike_session *s, const struct ike_ike_sa *sa, struct ike_ticket *t)
{
    const struct ike_kept_ticket *k = &s->ticket;

    t->suite = sa->suite;
    t->suite.esn = 0;
    t->auth_local_sig = s->auth_local_sig;
    t->auth_remote_sig = s->auth_remote_sig;
    t->reauth_s = seconds_until(s, ike__reauth_due(sa));
    t->gateway = sa->paths.now.remote;
    t->sk_d = ike__span(sa->sk_d, sa->prf->out_len);
    t->idi = id_of(k->idi, k->idi_n);
    t->idr = id_of(k->idr, k->idr_n);
}

/* The block for the host, in place of an earlier one. */
static int make_block(struct ike_session *s, const struct ike_ticket *t)
{
    struct ike_kept_ticket *k = &s->ticket;
    size_t n = ike__ticket_size(t);
    uint8_t *block = ike__mem_new(s->env.alloc, n);
    struct ike_ticket check;
    struct ike_buf b;

    if (!block)
        return IKE_E_NOMEM;
    ike__buf_init(&b, block, n);
    if (ike__ticket_write(t, &b) < 0 || ike__ticket_read(&check, ike__span(block, n)) < 0) {
        ike__mem_free(s->env.alloc, block, n);
        return IKE_E_SYNTAX; /* an identity or a ticket of unheard-of length */
    }
    ike__mem_free(s->env.alloc, k->block, k->block_n);
    k->block = block;
    k->block_n = n;
    k->lifetime_s = t->lifetime_s;
    return 0;
}

/* data: four octets of lifetime, then the ticket (RFC 5723 7.1). */
static void take_ticket(struct ike_session *s, struct ike_ike_sa *sa, ike_span data)
{
    struct ike_record r;
    struct ike_ticket t;

    if (data.n <= 4)
        return;
    memset(&t, 0, sizeof(t));
    describe(s, sa, &t);
    t.lifetime_s = ike__be32(data.p);
    /* RFC 5723 5: "… ticket lifetime is bounded by this duration …": the time until re-authentication */
    if (t.lifetime_s > t.reauth_s)
        t.lifetime_s = t.reauth_s;
    t.octets = ike__span(data.p + 4, data.n - 4);
    if (ike__ticket_bind(&s->settings, s->env.alloc, sa->prf, t.bound) < 0 || make_block(s, &t) < 0)
        return;
    /* RFC 5723 4.1: "… or when the ticket lifetime is about to expire …" */
    sa->ticket_at = s->now + (ike_time)t.lifetime_s * (SECOND / 10u * 9u);
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_TICKET;
    r.id = 1;
    ike__events_push(&s->events, &r);
}

static void take(struct ike_session *s, struct ike_ike_sa *sa, const struct ike_msg *msg, int may_ask_again)
{
    struct ike_notify n;

    if (!sa->takes_tickets || s->settings.cfg.resumption == IKE_OFF)
        return;
    if (ike__notify_find(msg, IKE_N_TICKET_LT_OPAQUE, 0, &n))
        take_ticket(s, sa, n.data);
    else if (may_ask_again && ike__notify_find(msg, IKE_N_TICKET_ACK, 0, &n))
        sa->ticket_at = s->now + AGAIN_AFTER_S * (ike_time)SECOND;
}

static int keep_id(struct ike_session *s, uint8_t **to, size_t *n, const struct ike_id *id)
{
    uint8_t octets[1 + IKE_ID_OCTETS_MAX];

    if (id->data.n > IKE_ID_OCTETS_MAX)
        return IKE_E_LIMIT;
    octets[0] = id->type;
    memcpy(octets + 1, id->data.p, id->data.n);
    return ike__keep(s, to, n, ike__span(octets, 1 + id->data.n));
}

void ike__ticket_established(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_payload *idp = ike__msg_find(msg, IKE_P_IDr, 0);
    /* With EAP the gateway has named itself some messages ago (RFC 7296 2.16). */
    ike_span named = idp ? idp->body : ike__span(h->eap.idr, h->eap.idr_n);
    struct ike_kept_ticket *k = &s->ticket;
    struct ike_id idi = ike__session_own_id(s, h->sa), idr;

    /* RFC 5723 4.3.1: "… a client MUST NOT reuse a ticket." */
    ike__ticket_forget(s);
    if (s->settings.cfg.resumption == IKE_OFF || ike__id_read(named, &idr) < 0 ||
        keep_id(s, &k->idi, &k->idi_n, &idi) < 0 || keep_id(s, &k->idr, &k->idr_n, &idr) < 0)
        return;
    h->sa->takes_tickets = 1;
    take(s, h->sa, msg, 1);
}

/* ---- by itself ---- */

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    if (!task->sa->takes_tickets || s->settings.cfg.resumption == IKE_OFF)
        return IKE_STEP_GIVE_UP;
    ike__ticket_request(s, out);
    return IKE_STEP_DONE;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    if (task->sa == s->sa)
        take(s, task->sa, msg, 0);
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__ticket_ask = {
    .name = "INFORMATIONAL (ticket)",
    .type = IKE_X_INFORMATIONAL,
    .response = response_rules,
    .build = build,
    .finish = finish,
};
