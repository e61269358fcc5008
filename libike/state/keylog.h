/* state/keylog.h - key log lines in Wireshark's format. SPDX-License-Identifier: Apache-2.0
 *
 * Only with env->keylog set: never in production. */
#ifndef IKE_STATE_KEYLOG_H
#define IKE_STATE_KEYLOG_H

#include "state/session.h"

void ike__keylog_ike(const struct ike_session *s, const struct ike_ike_sa *sa);
void ike__keylog_child(const struct ike_session *s, const struct ike_child_sa *c);

#endif
