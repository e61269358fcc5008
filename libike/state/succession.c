/* state/succession.c - a new authentication: which child takes the place of which. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.8.3: the new IKE SA has children of its own; to the host they are the ones it had, as far as they are alike.
 *
 * Not here: successors by rekeying (session.c: ike__session_successor). */
#include "state/narrow.h"
#include "state/session.h"

int ike__session_child_is(const struct ike_child_sa *c, const struct ike_child_terms *t)
{
    return ike__ts_same(c->in.local, c->in.local_n, t->local, t->local_n) &&
           ike__ts_same(c->in.remote, c->in.remote_n, t->remote, t->remote_n);
}

struct ike_child_sa *ike__session_predecessor(const struct ike_session *s, const struct ike_ike_sa *sa,
                                              uint32_t which, const struct ike_child_terms *t)
{
    struct ike_child_sa *found = NULL;

    for (struct ike_child_sa *c = s->children; c; c = c->next) {
        if (c->sa == sa || !c->may_send || c->which != which)
            continue;
        if (ike__session_child_is(c, t))
            return c;
        found = c;
    }
    return found;
}

void ike__session_child_follows(struct ike_session *s, struct ike_child_sa *c, struct ike_child_sa *old,
                                int is_same)
{
    if (old && is_same) {
        c->replaces = old->spi_in;
        ike__session_child_takes_over(s, c);
        return;
    }
    if (old) { /* other selectors or addresses: the host has to set up its device again */
        old->is_replaced = 1;
        old->may_send = 0;
    } else {
        s->next_child_id++;
    }
    ike__session_child_up(s, c);
}
