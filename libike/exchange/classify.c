/* exchange/classify.c - an intent, or a peer's request -> which exchange it is. SPDX-License-Identifier: Apache-2.0
 *
 * One pure function: what a message is called is decided once, before anyone handles it.
 * RFC 7296 1.3 (CREATE_CHILD_SA), 1.4 (INFORMATIONAL), 1.4.1 (deleting).
 *
 * Not here: answers to our own requests; they belong to the running task. */
#include "exchange/exchange.h"

const struct ike_exchange *ike__exchange_of(uint8_t kind)
{
    static const struct ike_exchange *const by_kind[] = {
        [IKE_INTENT_DELETE_IKE] = &ike__delete_ike,
        [IKE_INTENT_DELETE_CHILD] = &ike__delete_child,
        [IKE_INTENT_MOBIKE] = &ike__mobike,
        [IKE_INTENT_LIVENESS] = &ike__liveness,
        [IKE_INTENT_CREATE_CHILD] = &ike__create_child,
        [IKE_INTENT_REKEY_CHILD] = &ike__rekey_child,
        [IKE_INTENT_REKEY_IKE] = &ike__rekey_ike,
        [IKE_INTENT_TICKET] = &ike__ticket_ask,
        [IKE_INTENT_PATH_MTU] = &ike__path_mtu,
    };

    return by_kind[kind];
}

static const struct ike_exchange *classify_informational(const struct ike_msg *msg)
{
    const struct ike_payload *p;
    struct ike_delete d;
    uint32_t n;

    /* RFC 7296 1.4.1: whatever else a message deletes: without the IKE SA nothing is left. */
    for (n = 0; (p = ike__msg_find(msg, IKE_P_DELETE, n)) != NULL; n++)
        if (ike__delete_read(p->body, &d) == 0 && d.protocol == IKE_PROTO_IKE)
            return &ike__delete_ike;
    if (n > 0)
        return &ike__delete_child;
    /* RFC 7296 1.4: an INFORMATIONAL request without payloads is a check for liveness. */
    return msg->n == 0 ? &ike__liveness : &ike__informational;
}

/* RFC 7296 1.3: REKEY_SA names a child; proposals for protocol IKE are the IKE SA itself. */
static const struct ike_exchange *classify_create_child(const struct ike_msg *msg)
{
    const struct ike_payload *p = ike__msg_find(msg, IKE_P_SA, 0);
    struct ike_proposal first;
    struct ike_sa_reader r;
    struct ike_notify n;

    if (ike__notify_find(msg, IKE_N_REKEY_SA, 0, &n))
        return &ike__rekey_child;
    if (!p)
        return &ike__create_child;
    ike__sa_reader_init(&r, p->body);
    return ike__sa_next(&r, &first) == 1 && first.protocol == IKE_PROTO_IKE ? &ike__rekey_ike
                                                                            : &ike__create_child;
}

const struct ike_exchange *ike__classify(const struct ike_msg *msg)
{
    switch (msg->header.exchange) {
    case IKE_X_IKE_SA_INIT:
        return &ike__ike_sa_init;
    case IKE_X_IKE_SESSION_RESUME:
        return &ike__ike_session_resume;
    case IKE_X_IKE_AUTH:
        return &ike__ike_auth;
    case IKE_X_CREATE_CHILD_SA:
        return classify_create_child(msg);
    case IKE_X_INFORMATIONAL:
        return classify_informational(msg);
    default:
        return NULL;
    }
}
