/* wire/rules.h - which payloads may appear in a message, and how often (RFC 7296 1.2-1.4, appendix C). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_WIRE_RULES_H
#define IKE_WIRE_RULES_H

#include "wire/message.h"

#define IKE_MANY 255u
struct ike_rule {
    uint8_t payload, min, max; /* a table ends with { 0, 0, 0 } */
};

/* Known payload types that the table does not list may not appear; N and V are always allowed; unknown
 * types are skipped unless critical (msg->unknown_critical). On error *payload is the type at fault.
 * Errors: IKE_E_SYNTAX. */
int ike__rules_check(const struct ike_rule *rules, const struct ike_msg *msg, uint8_t *payload);

#endif
