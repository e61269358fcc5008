/* exchange/first_child.c - the child that comes with IKE_AUTH. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 1.2, 2.9 (selectors), 2.17 (keys), 2.21.2: AUTH may be right and the child refused; then the IKE SA
 * stands, and the host is told with IKE_EV_CHILD_DOWN. A child that the gateway set up but that we cannot
 * accept is deleted at once.
 *
 * Not here: further children (create_child.c), the addresses (config_payload.c), SA and TS themselves (offer.c). */
#include "exchange/exchange.h"
#include "state/narrow.h"

/* A virtual address that the selectors do not hold would be ours in name only. */
static int check_addresses(const struct ike_session *s, const struct ike_child_terms *t)
{
    uint32_t inside = 0;

    if (!s->assigned || s->assigned->ip_n == 0)
        return 0;
    for (uint32_t i = 0; i < s->assigned->ip_n; i++)
        inside += (uint32_t)ike__ts_holds(t->local, t->local_n, &s->assigned->ip[i].addr);
    return inside > 0 ? 0 : IKE_E_TS;
}

/* After a new authentication: the child of the old IKE SA that this one takes the place of. */
static struct ike_child_sa *predecessor(const struct ike_session *s, const struct ike_ike_sa *sa)
{
    struct ike_child_sa *c = s->children;

    while (c && (c->sa == sa || !c->may_send))
        c = c->next;
    return c;
}

static int install(struct ike_session *s, struct ike_handshake *h, const struct ike_child_agreed *a,
                   int is_changed)
{
    struct ike_child_sa *c, *old = predecessor(s, h->sa);
    int err = ike__offer_install(s, &h->child, a, old ? old->id : s->next_child_id + 1, &c);

    if (err < 0)
        return err;
    if (old && !is_changed) {
        c->replaces = old->spi_in;
        ike__session_child_takes_over(s, c);
        return 0;
    }
    if (old) { /* another address: the host has to set up its device again */
        old->is_replaced = 1;
        old->may_send = 0;
    } else {
        s->next_child_id++;
    }
    ike__session_child_up(s, c);
    return 0;
}

static void child_failed(struct ike_session *s, const struct ike_handshake *h, int err, uint16_t notify)
{
    struct ike_record r;

    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_DOWN;
    r.err = err;
    r.notify = notify;
    r.spi_in = h->child.spi_in;
    ike__events_push(&s->events, &r);
}

/* A child from scratch some seconds later; after a new authentication under the id of the one before. */
static void try_again(struct ike_session *s, const struct ike_handshake *h)
{
    struct ike_child_sa *old = predecessor(s, h->sa);

    if (old)
        old->is_replaced = 1;
    ike__create_child_later(s, old ? old->id : 0);
}

void ike__first_child_accept(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_child_agreed a;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);
    int err, is_changed;

    if (!ike__msg_find(msg, IKE_P_SA, 0)) {
        child_failed(s, h, error ? ike__session_notify_err(error) : IKE_E_SYNTAX, error);
        return;
    }
    is_changed = err = ike__config_reply(s, msg);
    if (err >= 0)
        err = ike__offer_read_terms(s, &h->child, msg, &a);
    if (err == 0)
        err = check_addresses(s, &a.terms);
    if (err == 0)
        err = install(s, h, &a, is_changed);
    if (err < 0) {
        if (err == IKE_E_NOMEM || err == IKE_E_CRYPTO)
            try_again(s, h);
        else
            child_failed(s, h, err, 0);
        /* The gateway believes that the child exists: take it down there too (RFC 7296 1.4.1). */
        ike__delete_child_want(s, h->child.spi_in);
    }
}

void ike__childless_accept(struct ike_session *s, const struct ike_msg *msg)
{
    int err = ike__config_reply(s, msg);

    if (err >= 0) {
        ike__create_child_want(s, 0);
        return;
    }
    ike__session_event(s, IKE_EV_CHILD_DOWN, err, 0);
}
