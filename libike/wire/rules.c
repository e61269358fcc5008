/* wire/rules.c - which payloads may appear in a message, and how often: checks a table. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: the tables; each exchange has its own. */
#include "wire/rules.h"
#include <ike/err.h>

static int is_anywhere(uint8_t type)
{
    /* Notifies and vendor ids may stand in every message (RFC 7296 appendix C); payloads we do not know
     * are skipped (2.5). SKF is one we know: like SK it is never inside another (RFC 7383 2.5). */
    return type == IKE_P_NOTIFY || type == IKE_P_VENDOR || type < IKE_P_SA ||
           (type > IKE_P_EAP && type != IKE_P_SKF);
}

static const struct ike_rule *rule_for(const struct ike_rule *rules, uint8_t type)
{
    for (; rules->payload != 0; rules++)
        if (rules->payload == type)
            return rules;
    return NULL;
}

int ike__rules_check(const struct ike_rule *rules, const struct ike_msg *msg, uint8_t *payload)
{
    for (uint32_t i = 0; i < msg->n; i++)
        if (!is_anywhere(msg->payload[i].type) && !rule_for(rules, msg->payload[i].type)) {
            *payload = msg->payload[i].type;
            return IKE_E_SYNTAX;
        }
    for (; rules->payload != 0; rules++) {
        uint32_t n = ike__msg_count(msg, rules->payload);
        if (n < rules->min || (rules->max != IKE_MANY && n > rules->max)) {
            *payload = rules->payload;
            return IKE_E_SYNTAX;
        }
    }
    return 0;
}
