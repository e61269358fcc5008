/* wire/print.c - one line per message, as the RFC draws it. SPDX-License-Identifier: Apache-2.0
 *
 * Types and names only, never what is inside: logs of this cannot leak a secret. */
#include "wire/print.h"
#include "wire/names.h"
#include "wire/payloads.h"

static void print_payload(struct ike_text *t, const struct ike_payload *p)
{
    struct ike_notify n;

    ike__text_put(t, " ");
    ike__text_put(t, ike__name_payload(p->type));
    if (p->type != IKE_P_NOTIFY)
        return;
    ike__text_put(t, "(");
    if (ike__notify_read(p->body, &n) == 0) {
        const char *name = ike__name_notify(n.type);
        ike__text_put(t, name);
        if (strcmp(name, "notify") == 0) {
            ike__text_put(t, " ");
            ike__text_u64(t, n.type);
        }
    } else {
        ike__text_put(t, "malformed");
    }
    ike__text_put(t, ")");
}

void ike__msg_print(struct ike_text *t, const struct ike_msg *msg)
{
    ike__text_put(t, ike__name_exchange(msg->header.exchange));
    ike__text_put(t, msg->header.flags & IKE_FLAG_RESPONSE ? " response " : " request ");
    ike__text_u64(t, msg->header.message_id);
    ike__text_put(t, " {");
    for (uint32_t i = 0; i < msg->n; i++)
        print_payload(t, &msg->payload[i]);
    ike__text_put(t, " }");
}
