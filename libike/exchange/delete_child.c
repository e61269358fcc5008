/* exchange/delete_child.c - closing children, from either side (RFC 7296 1.4.1, 3.11). SPDX-License-Identifier: Apache-2.0
 *
 *   HDR, SK { D(ESP, our inbound SPI) }  -->   <--  HDR, SK { D(ESP, its inbound SPI) }
 *
 * A Delete names the sender's inbound SPI: both halves go, and the answer names the other half, but
 * only of children that this request closed (2.25.1: not of those we are deleting ourselves).
 *
 * Not here: the IKE SA itself (delete_ike.c). */
#include "exchange/exchange.h"

#define ANSWERED_MAX 64u

static const struct ike_rule request_rules[] = {
    {IKE_P_DELETE, 1, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};
static const struct ike_rule response_rules[] = {
    {IKE_P_DELETE, 0, IKE_MANY}, {IKE_P_CP, 0, IKE_MANY}, {0, 0, 0}};

void ike__delete_child_want(struct ike_session *s, uint32_t spi_in)
{
    struct ike_intent wanted = {.kind = IKE_INTENT_DELETE_CHILD, .spi = spi_in};

    (void)ike__session_want(s, &wanted);
}

static ike_step build(struct ike_session *s, struct ike_task *task, struct ike_msg_out *out)
{
    struct ike_child_sa *c = ike__session_child(s, task->intent.spi);

    if (c)
        c->may_send = 0; /* the peer opens nothing on it once it has read this */
    ike__delete_write_esp(out, &task->intent.spi, 1);
    return IKE_STEP_DONE;
}

static ike_step finish(struct ike_session *s, struct ike_task *task, const struct ike_msg *msg)
{
    struct ike_child_sa *c = ike__session_child(s, task->intent.spi);

    (void)msg;
    if (c)
        ike__session_drop_child(s, c, 0, 0);
    return IKE_STEP_DONE;
}

/* RFC 7296 2.25.2, 2.8: a Delete that was on its way while the IKE SA got its successor names a child that has moved. */
static int is_reached(const struct ike_session *s, const struct ike_child_sa *c)
{
    return c->sa == s->in_sa || (s->in_sa->is_rekeyed && c->sa == s->sa);
}

static uint16_t close_named(struct ike_session *s, const struct ike_delete *d, uint32_t *answered, uint16_t n)
{
    for (uint16_t i = 0; i < d->n && n < ANSWERED_MAX; i++) {
        struct ike_child_sa *c = ike__session_child_by_peer(s, ike__be32(d->spis.p + 4u * i));

        if (!c || (!is_reached(s, c) && !ike__rekey_ike_is_rival(s, c->sa, s->in_sa)))
            continue;
        if (ike__collision(IKE_THEIRS_DELETE_CHILD, ike__ours(s, s->in_sa, c)) != IKE_SERVE_EMPTY)
            answered[n++] = c->spi_in;
        ike__session_drop_child(s, c, IKE_E_DELETED, 0);
    }
    return n;
}

static ike_step serve(struct ike_session *s, const struct ike_msg *msg, struct ike_msg_out *out)
{
    uint32_t answered[ANSWERED_MAX];
    const struct ike_payload *p;
    struct ike_delete d;
    uint16_t n = 0;

    for (uint32_t i = 0; (p = ike__msg_find(msg, IKE_P_DELETE, i)) != NULL; i++)
        if (ike__delete_read(p->body, &d) == 0 && d.protocol == IKE_PROTO_ESP)
            n = close_named(s, &d, answered, n);
    if (n > 0)
        ike__delete_write_esp(out, answered, n);
    return IKE_STEP_DONE;
}

const struct ike_exchange ike__delete_child = {
    .name = "INFORMATIONAL (delete child)",
    .type = IKE_X_INFORMATIONAL,
    .request = request_rules,
    .response = response_rules,
    .build = build,
    .finish = finish,
    .serve = serve,
};
