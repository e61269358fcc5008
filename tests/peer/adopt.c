/* tests/peer/adopt.c - a session takes over what the scripted gateway has agreed on. SPDX-License-Identifier: Apache-2.0 */
#include "peer/adopt.h"

/* A copy: the peer's flights are not the session's allocator's. */
static int keep_response(struct ike_session *s, const struct ike_flight *from, struct ike_flight *to)
{
    int err;

    if (from->n == 0)
        return 0;
    err = ike__flight_open(to, s->env.alloc, from->cap, from->message_id);
    if (err < 0)
        return err;
    memcpy(to->bytes, from->bytes, from->n);
    to->n = from->n;
    to->at = from->at;
    to->count = from->count;
    return 0;
}

int peer_adopt(struct peer *p, ike_session *s, ike_time now)
{
    struct ike_ike_sa *sa = s->sa;
    int err;

    *sa = p->sa;
    memset(&p->sa, 0, sizeof(p->sa));
    err = keep_response(s, &p->response, &sa->window.response);
    sa->is_established = 1;
    sa->peer_fragments = p->client_fragments;
    sa->paths.now = p->path;
    sa->paths.peer_has_natt = 1;
    sa->window.next_in = p->next_in;
    sa->window.next_out = p->next_out;
    sa->window.reply_to = p->path;
    sa->reauth_at = sa->reauth_by = IKE_NEVER; /* only the client authenticates */
    ike__lifetime_begin(&sa->life, now, s->settings.cfg.rekey_ike_s, 0);
    s->children = p->child;
    p->child = NULL;
    if (s->children) {
        s->children->sa = sa;
        s->children->may_send = 1;
        ike__child_begin_life(s->children, &s->settings.cfg, now, 0);
    }
    s->next_child_id = 1;
    s->phase = IKE_PHASE_UP;
    s->now = now;
    return err;
}
