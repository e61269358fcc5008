/* state/ticket.c - a ticket and what belongs to it: octets, what it is bound to, its end. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 5723 4.2 (what is stored), 4.3.1 (when it may be presented), 6.2 (when it is forgotten). A block may come from a
 * disk, so it is read as strictly as a datagram; sealing it is the key store's part.
 *
 * Not here: asking for tickets (exchange/ticket.c), using them (exchange/ike_session_resume.c). */
#include "state/ticket.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "base/wipe.h"
#include "state/session.h"

#define MAGIC     0x696b7401u /* "ikt", version 1 */
#define FIXED_LEN (4u + 5u * 2u + 2u + 2u * 4u + 1u + 16u + IKE_TICKET_BOUND_LEN + 4u * 2u)

/* ---- octets ---- */

static ike_span read_block(struct ike_cursor *c, size_t max)
{
    size_t n = ike__cursor_u16(c);

    if (n > max)
        c->bad = 1;
    return ike__cursor_take(c, n);
}

static void read_id(struct ike_cursor *c, struct ike_id *id)
{
    ike_span s = read_block(c, 1 + IKE_ID_OCTETS_MAX);

    if (s.n < 2 || s.p[0] == 0) {
        c->bad = 1;
        return;
    }
    id->type = s.p[0];
    id->data = ike__span(s.p + 1, s.n - 1);
}

static void read_suite(struct ike_cursor *c, struct ike_suite *u)
{
    u->encr = ike__cursor_u16(c);
    u->encr_bits = ike__cursor_u16(c);
    u->integ = ike__cursor_u16(c);
    u->prf = ike__cursor_u16(c);
    u->ke = ike__cursor_u16(c);
}

static void read_gateway(struct ike_cursor *c, ike_addr *a)
{
    static const uint8_t none[12];
    ike_span ip;

    a->family = ike__cursor_u8(c);
    ip = ike__cursor_take(c, sizeof(a->ip));
    if (c->bad || (a->family != 4 && a->family != 6) ||
        (a->family == 4 && memcmp(ip.p + 4, none, sizeof(none)) != 0)) {
        c->bad = 1;
        return;
    }
    memcpy(a->ip, ip.p, sizeof(a->ip));
}

int ike__ticket_read(struct ike_ticket *t, ike_span block)
{
    struct ike_cursor c;
    ike_span bound;

    memset(t, 0, sizeof(*t));
    ike__cursor_init(&c, block);
    if (ike__cursor_u32(&c) != MAGIC)
        return IKE_E_SYNTAX;
    read_suite(&c, &t->suite);
    t->auth_local_sig = ike__cursor_u8(&c);
    t->auth_remote_sig = ike__cursor_u8(&c);
    t->lifetime_s = ike__cursor_u32(&c);
    t->reauth_s = ike__cursor_u32(&c);
    read_gateway(&c, &t->gateway);
    bound = ike__cursor_take(&c, sizeof(t->bound));
    t->sk_d = read_block(&c, IKE_PRF_MAX);
    read_id(&c, &t->idi);
    read_id(&c, &t->idr);
    t->octets = read_block(&c, IKE_TICKET_OCTETS_MAX);
    if (ike__cursor_done(&c) < 0 || t->sk_d.n == 0 || t->octets.n == 0 || t->lifetime_s == 0 ||
        t->auth_local_sig > IKE_SIG_ED448 || t->auth_remote_sig > IKE_SIG_ED448) {
        memset(t, 0, sizeof(*t));
        return IKE_E_SYNTAX;
    }
    memcpy(t->bound, bound.p, sizeof(t->bound));
    return 0;
}

size_t ike__ticket_size(const struct ike_ticket *t)
{
    return FIXED_LEN + t->sk_d.n + 1 + t->idi.data.n + 1 + t->idr.data.n + t->octets.n;
}

static void write_block(struct ike_buf *b, ike_span s)
{
    ike__buf_u16(b, (uint16_t)s.n);
    ike__buf_put(b, s);
}

static void write_id(struct ike_buf *b, const struct ike_id *id)
{
    ike__buf_u16(b, (uint16_t)(1 + id->data.n));
    ike__buf_u8(b, id->type);
    ike__buf_put(b, id->data);
}

int ike__ticket_write(const struct ike_ticket *t, struct ike_buf *b)
{
    ike__buf_u32(b, MAGIC);
    ike__buf_u16(b, t->suite.encr);
    ike__buf_u16(b, t->suite.encr_bits);
    ike__buf_u16(b, t->suite.integ);
    ike__buf_u16(b, t->suite.prf);
    ike__buf_u16(b, t->suite.ke);
    ike__buf_u8(b, t->auth_local_sig);
    ike__buf_u8(b, t->auth_remote_sig);
    ike__buf_u32(b, t->lifetime_s);
    ike__buf_u32(b, t->reauth_s);
    ike__buf_u8(b, t->gateway.family);
    ike__buf_put(b, ike__span(t->gateway.ip, sizeof(t->gateway.ip)));
    ike__buf_put(b, ike__span(t->bound, sizeof(t->bound)));
    write_block(b, t->sk_d);
    write_id(b, &t->idi);
    write_id(b, &t->idr);
    write_block(b, t->octets);
    return ike__buf_err(b);
}

/* ---- what it is bound to ---- */

static ike_span text_span(const char *s)
{
    return s ? ike__span_text(s) : ike__span(NULL, 0);
}

int ike__ticket_bind(const struct ike_settings *t, const ike_alloc *a, const ike_prf_alg *prf,
                     uint8_t bound[IKE_TICKET_BOUND_LEN])
{
    const ike_config *c = &t->cfg;
    ike_span what[6 + IKE_CERTS_MAX_OWN], parts[2 * (6 + IKE_CERTS_MAX_OWN)];
    uint8_t lengths[6 + IKE_CERTS_MAX_OWN][4], methods[20], out[IKE_PRF_MAX] = {0};
    size_t n = 0;
    int err;

    ike__put_be32(methods, c->auth_local);
    ike__put_be32(methods + 4, c->auth_remote);
    ike__put_be32(methods + 8, c->policy); /* it may forbid what was signed with, too */
    ike__put_be32(methods + 12, c->auth_second);
    ike__put_be32(methods + 16, c->ppk); /* what was mixed into SK_d is in the ticket's keys, too */
    what[n++] = ike__span(methods, sizeof(methods));
    what[n++] = text_span(c->local_id);
    what[n++] = text_span(c->remote_id);
    what[n++] = text_span(c->second_id);
    what[n++] = text_span(c->ppk_id);
    what[n++] = c->certreq;
    for (uint32_t i = 0; i < c->local_certs_n && i < IKE_CERTS_MAX_OWN; i++)
        what[n++] = c->local_certs[i];
    for (size_t i = 0; i < n; i++) { /* each behind its length: no two configurations read the same */
        ike__put_be32(lengths[i], (uint32_t)what[i].n);
        parts[2 * i] = ike__span(lengths[i], sizeof(lengths[i]));
        parts[2 * i + 1] = what[i];
    }
    err = ike__prf(a, prf, ike__span_text("libike ticket"), parts, 2 * n, out);
    if (err == 0)
        memcpy(bound, out, IKE_TICKET_BOUND_LEN);
    return err;
}

/* A policy of today that forbids the suite of yesterday forbids the ticket too. */
static int is_offered(const struct ike_session *s, const struct ike_suite *suite)
{
    const ike_config *c = &s->settings.cfg;
    size_t room = sizeof(struct ike_proposal) * IKE_PROPOSALS_MAX;
    struct ike_proposal *p = ike__mem_new(s->env.alloc, room);
    const char *why;
    int n = p ? ike__suites_parse(p, IKE_PROPOSALS_MAX, IKE_PROTO_IKE, c->ike_suites, c->policy,
                                  s->env.crypto, &why)
              : 0;
    int is = n > 0 && ike__suites_hold(p, (uint32_t)n, suite);

    ike__mem_free(s->env.alloc, p, room);
    return is;
}

static int is_same_id(const struct ike_id *a, const struct ike_id *b)
{
    return a->type == b->type && ike__span_equal(a->data, b->data);
}

static int is_bound_to_us(const struct ike_session *s, const struct ike_ticket *t, const ike_prf_alg *prf)
{
    uint8_t bound[IKE_TICKET_BOUND_LEN];

    return ike__ticket_bind(&s->settings, s->env.alloc, prf, bound) == 0 &&
           ike__ct_equal(bound, t->bound, sizeof(bound));
}

int ike__ticket_fits(const struct ike_session *s, const struct ike_ike_sa *sa, struct ike_ticket *t)
{
    const ike_config *c = &s->settings.cfg;
    const ike_addr *gateway = &sa->paths.now.remote;
    const ike_prf_alg *prf;
    struct ike_id own;

    if (c->resumption == IKE_OFF || c->ticket.n == 0 || ike__ticket_read(t, c->ticket) < 0)
        return 0;
    /* RFC 5723 4.3.1: "A client MUST NOT present a ticket when it knows that the ticket's lifetime has expired." */
    if (c->ticket_age_s >= t->lifetime_s || c->ticket_age_s >= t->reauth_s)
        return 0;
    if (t->gateway.family != gateway->family || memcmp(t->gateway.ip, gateway->ip, sizeof(gateway->ip)) != 0)
        return 0;
    /* RFC 5723 4.3.3: "The IDi value sent in the IKE_AUTH exchange MUST be identical to the value included in the ticket." */
    own = ike__session_own_id(s, sa);
    if (!is_same_id(&own, &t->idi))
        return 0;
    prf = ike__find_prf(s->env.crypto, t->suite.prf);
    return prf && prf->out_len == t->sk_d.n && is_offered(s, &t->suite) && is_bound_to_us(s, t, prf);
}

/* ---- its end ---- */

static void drop_block(struct ike_session *s)
{
    struct ike_kept_ticket *k = &s->ticket;

    ike__mem_free(s->env.alloc, k->block, k->block_n);
    k->block = NULL;
    k->block_n = 0;
    k->lifetime_s = 0;
}

void ike__ticket_forget(struct ike_session *s)
{
    ike_span *used = &s->settings.cfg.ticket;

    if (!s->ticket.block && used->n == 0)
        return;
    if (used->n > 0)
        ike__wipe((uint8_t *)(uintptr_t)used->p, used->n); /* our own copy, in settings.store */
    *used = ike__span(NULL, 0);
    drop_block(s);
    ike__session_event(s, IKE_EV_TICKET, 0, 0);
}

void ike__ticket_free(struct ike_session *s)
{
    drop_block(s);
    ike__mem_free(s->env.alloc, s->ticket.idi, s->ticket.idi_n);
    ike__mem_free(s->env.alloc, s->ticket.idr, s->ticket.idr_n);
    memset(&s->ticket, 0, sizeof(s->ticket));
}
