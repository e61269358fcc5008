/* wire/print.h - one line per message, as the RFC draws it. SPDX-License-Identifier: Apache-2.0
 *
 * "IKE_AUTH request 1 { IDi CERT AUTH CP SA TSi TSr N(MOBIKE_SUPPORTED) }". No payload bodies, so no
 * secret can slip in. */
#ifndef IKE_WIRE_PRINT_H
#define IKE_WIRE_PRINT_H

#include "base/text.h"
#include "wire/message.h"

void ike__msg_print(struct ike_text *t, const struct ike_msg *msg);

#endif
