/* tests/peer/adopt.h - a session takes over what the scripted gateway has agreed on. SPDX-License-Identifier: Apache-2.0
 *
 * After IKE_AUTH the protocol is symmetric: the gateway's half of an established connection can be a session of our
 * own, with the roles swapped. */
#ifndef IKE_TESTS_ADOPT_H
#define IKE_TESTS_ADOPT_H

#include "peer/peer.h"
#include "state/session.h"

/* s: fresh from ike_session_new, with the allocator of p->env. p is left without SAs, for peer_free. Its last answer
 * moves as well, because the client may ask for it again. Errors: NOMEM. */
int peer_adopt(struct peer *p, ike_session *s, ike_time now);

#endif
