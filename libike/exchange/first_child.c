/* exchange/first_child.c - the child that comes with IKE_AUTH. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 1.2, 2.9 (selectors), 2.17 (keys), 2.21.2: AUTH may be right and the child refused; then the IKE SA
 * stands, and the host is told with IKE_EV_CHILD_DOWN. A child that the gateway set up but that we cannot
 * accept is deleted at once.
 *
 * Not here: further children (create_child.c), the addresses (config_payload.c), SA and TS themselves (offer.c). */
#include "exchange/exchange.h"
#include "state/narrow.h"

#define ADDRESS_AGAIN_US UINT64_C(120000000)
#define ADDRESS_TRIES    5u
#define JITTER_US        UINT64_C(117647) /* times 0..255: up to half a minute */

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

static int install(struct ike_session *s, struct ike_handshake *h, const struct ike_child_agreed *a,
                   int is_changed)
{
    struct ike_child_sa *c, *old = ike__session_predecessor(s, h->sa, 0, &a->terms);
    int err = ike__offer_install(s, &h->child, a, old ? old->id : s->next_child_id + 1, &c);

    if (err == 0)
        ike__session_child_follows(s, c, old, !is_changed);
    return err;
}

/* RFC 7296 3.15.4: "… the timeout should likely be several minutes": a new authentication then, which is what every
 * gateway answers; 2, 4, 8, 16 and 32 minutes later, and no more. */
static void ask_again_later(struct ike_session *s, struct ike_ike_sa *sa)
{
    ike_time at = s->now + (ADDRESS_AGAIN_US << s->address_tries) + ike__session_jitter(s) * JITTER_US;

    if (s->address_tries >= ADDRESS_TRIES) {
        ike__session_warn(s, "the gateway has had no address for us for an hour", "connect again later");
        return;
    }
    s->address_tries++;
    ike__session_warn(s, "the gateway has no address for us now",
                      "nothing to do: it is asked again in a few minutes");
    ike__reauth_not_after(sa, at);
}

static void child_failed(struct ike_session *s, const struct ike_handshake *h, int err, uint16_t notify)
{
    struct ike_record r;

    ike__child_advise(s, notify);
    memset(&r, 0, sizeof(r));
    r.type = IKE_EV_CHILD_DOWN;
    r.err = err;
    r.notify = notify;
    r.spi_in = h->child.spi_in;
    ike__events_push(&s->events, &r);
    if (err == IKE_E_ADDRESS && notify != IKE_N_FAILED_CP_REQUIRED)
        ask_again_later(s, h->sa);
}

int ike__first_child_lacks(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    const struct ike_child_sa *c = s->children;
    struct ike_notify n;

    while (c && (c->sa != s->sa || !c->may_send))
        c = c->next;
    if (h->sa == s->sa || !c || s->moved_at != 0 || h->is_childless || ike__msg_find(msg, IKE_P_SA, 0) ||
        ike__notify_find(msg, IKE_N_REDIRECT, 0, &n))
        return 0;
    ike__session_warn(s, "a new authentication brought no child", "the connection stays as it was before it");
    h->sa->is_rekeyed = h->sa->is_redundant = 1;
    s->sa->reauth_at = s->sa->reauth_by = IKE_NEVER;
    ask_again_later(s, s->sa);
    return 1;
}

/* No memory for what the gateway assigned: it is asked for once more, as a new authentication. */
static void authenticate_soon(struct ike_session *s)
{
    struct ike_lifetime l;

    ike__lifetime_postpone(&l, s->now, ike__session_jitter(s));
    ike__reauth_not_after(s->sa, l.rekey_at);
}

/* A child from scratch some seconds later; after a new authentication under the id of the one before. */
static void try_again(struct ike_session *s, const struct ike_handshake *h)
{
    struct ike_intent again = {.kind = IKE_INTENT_CREATE_CHILD};
    struct ike_child_sa *old = s->children;

    while (old && (old->sa == h->sa || !old->may_send || old->which != 0))
        old = old->next;
    if (old)
        old->is_replaced = 1;
    again.child_id = old ? old->id : 0;
    ike__create_child_later(s, &again);
}

void ike__first_child_accept(struct ike_session *s, struct ike_handshake *h, const struct ike_msg *msg)
{
    struct ike_child_agreed a;
    struct ike_notify n;
    uint16_t error = ike__notify_error(msg, &n);
    int err, is_changed;

    if (!ike__msg_find(msg, IKE_P_SA, 0)) {
        child_failed(s, h, error ? ike__session_notify_err(error) : IKE_E_SYNTAX, error);
        if (ike__session_notify_err(error) != IKE_E_ADDRESS)
            ike__further_children_want(s);
        return;
    }
    is_changed = err = ike__config_reply(s, msg);
    if (err >= 0)
        s->address_tries = 0;
    if (err >= 0)
        err = ike__offer_read_terms(s, &h->child, msg, &a);
    if (err == 0)
        err = check_addresses(s, &a.terms);
    if (err == 0)
        err = install(s, h, &a, is_changed);
    if (err == 0 && ike__notify_find(msg, IKE_N_ADDITIONAL_TS_POSSIBLE, 0, &n))
        ike__rest_want(s, 0);
    if (err < 0) {
        if (err == IKE_E_NOMEM || err == IKE_E_CRYPTO)
            try_again(s, h);
        else
            child_failed(s, h, err, 0);
        /* The gateway believes that the child exists: take it down there too (RFC 7296 1.4.1). */
        ike__delete_child_want(s, h->child.spi_in);
    }
    if (err != IKE_E_ADDRESS) /* RFC 7296 3.15.4: without an address there is nothing to speak from */
        ike__further_children_want(s);
}

void ike__childless_accept(struct ike_session *s, const struct ike_msg *msg)
{
    int err = ike__config_reply(s, msg);

    if (err >= 0) {
        ike__first_child_want(s);
        ike__further_children_want(s);
        return;
    }
    ike__session_event(s, IKE_EV_CHILD_DOWN, err, 0);
    if (err == IKE_E_ADDRESS)
        ask_again_later(s, s->sa);
    else if (err == IKE_E_NOMEM)
        authenticate_soon(s);
}
