/* engine/ask.c - answers from the host. SPDX-License-Identifier: Apache-2.0
 *
 * One ask is out at a time; its id is never used again, so a late answer to an old one does nothing.
 *
 * Not here: what is asked and what the answer means (exchange/ike_auth.c). */
#include "engine/engine.h"

int ike_answer(ike_session *s, uint32_t ask_id, int verdict, ike_span data, ike_time now)
{
    struct ike_task *t;

    if (!s || ask_id == 0 || ask_id > s->next_ask_id || (!data.p && data.n > 0))
        return IKE_E_USAGE;
    if (s->is_closed)
        return IKE_E_CLOSED;
    if (!s->ask || s->ask->id != ask_id)
        return 0;
    t = &s->ask_sa->running;
    if (!t->exchange || !t->exchange->answer)
        return 0;
    s->now = now;
    s->ask = NULL;
    t->is_waiting = 0;
    ike__follow(s, t->sa, t->exchange->answer(s, t, verdict, data));
    return 0;
}
