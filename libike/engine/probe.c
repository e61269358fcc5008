/* engine/probe.c - the path is dead: do others work? (RFC 4555 3.10, 3.11) SPDX-License-Identifier: Apache-2.0
 *
 * The request that nobody answers is retransmitted along one pair of addresses after the other. Where an answer comes
 * from is where we go on, and the gateway is told so by an update of its own (3.5: "… retransmitted using several
 * different source addresses, a new INFORMATIONAL request MUST be sent"). Where none comes, the path is the old one again
 * and the next rung of the ladder follows.
 *
 * Not here: the pairs (state/places.c), the update (exchange/mobike.c), what is below (roam.c). */
#include "engine/engine.h"

int ike__probe_next(struct ike_session *s, struct ike_ike_sa *sa)
{
    struct ike_probe *p = &s->probe;
    ike_path path;

    if (sa != s->sa || !sa->is_established || !sa->peer_has_mobike || s->is_closing)
        return 0;
    if (!p->is_on) {
        p->home = sa->paths.now;
        p->next = 0;
        p->began = s->now ? s->now : 1;
    }
    if (!ike__places_pair(&s->places, &s->settings.cfg, &p->home, p->next, &path)) {
        sa->paths.now = p->home;
        p->is_on = 0;
        return 0;
    }
    if (!p->is_on)
        ike__session_warn(s, "the gateway does not answer on this path",
                          "nothing to do: other addresses are tried");
    p->is_on = 1;
    p->next++;
    sa->paths.now = path;
    ike__send_again(s, sa);
    return 1;
}

static int same_ip(const ike_addr *a, const ike_addr *b)
{
    return a->family == b->family && memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

/* The pair that an answer took: of those that we tried, never one that the datagram alone names. */
static ike_path pair_of(const struct ike_session *s, const ike_path *in)
{
    const struct ike_probe *p = &s->probe;
    ike_path path, found = s->sa->paths.now;

    if (same_ip(&in->remote, &p->home.remote) && same_ip(&in->local, &p->home.local))
        return p->home;
    for (uint32_t k = 0; k < p->next && ike__places_pair(&s->places, &s->settings.cfg, &p->home, k, &path);
         k++)
        if (same_ip(&in->remote, &path.remote) && same_ip(&in->local, &path.local))
            found = path;
    return found;
}

void ike__probe_answered(struct ike_session *s)
{
    if (!s->probe.is_on || s->in_sa != s->sa)
        return;
    s->sa->paths.now = pair_of(s, s->in_path);
    s->probe.is_on = 0;
    s->moves++;
    s->moved_at = s->probe.began;
    s->path_reason = IKE_PATH_PROBED;
    s->is_fresh_tried = 0;
    ike__mapping_reset(&s->sa->mapping, s->settings.cfg.natt_keepalive_s);
    ike__mobike_want(s);
}
