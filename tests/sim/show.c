/* tests/sim/show.c - what a session looked like when an invariant did not hold. SPDX-License-Identifier: Apache-2.0 */
#include "sim/world.h"
#include "exchange/exchange.h"
#include <stdio.h>

/* Seconds from now; what never comes is a dash. */
static const char *in(const struct world *w, ike_time due, char *room, size_t n)
{
    if (due == IKE_NEVER || due == 0)
        snprintf(room, n, "-");
    else
        snprintf(room, n, "%.3f", ((double)due - (double)w->clock.now) / 1e6);
    return room;
}

static void show_sa(const struct world *w, const struct ike_session *s, const struct ike_ike_sa *sa)
{
    char a[32], b[32], c[32], d[32], e[32], f[32];

    printf("    %s%016llx/%016llx%s%s%s%s%s running %s waits %u in flight %u due %s hold %s linger %s rekey "
           "%s expire %s reauth %s\n",
           sa == s->sa ? "* " : "  ", (unsigned long long)sa->spi_i, (unsigned long long)sa->spi_r,
           sa->is_initiator ? " I" : " R", sa->is_established ? "" : " half-open",
           sa->is_rekeyed ? " rekeyed" : "", sa->is_redundant ? " redundant" : "",
           sa->peer_has_mobike ? " mobike" : "", sa->running.exchange ? sa->running.exchange->name : "-",
           sa->running.is_waiting, sa->window.in_flight, in(w, sa->window.due, a, sizeof(a)),
           in(w, sa->hold_until, b, sizeof(b)), in(w, sa->linger_until, c, sizeof(c)),
           in(w, sa->life.rekey_at, d, sizeof(d)), in(w, sa->life.expire_at, e, sizeof(e)),
           in(w, ike__reauth_due(sa), f, sizeof(f)));
}

void show_session(const struct world *w, const struct end *e)
{
    const struct ike_session *s = e->s;
    char a[32], b[32], c[32];

    if (!s)
        return;
    printf("  %s%u#%u phase %u closing %u offline %u tasks %u unanswered %s deadline %s moved %s\n",
           e->site->is_gateway ? "gateway" : "client", e->site->number, e->number, s->phase, s->is_closing,
           s->is_offline, s->tasks.n, in(w, s->unanswered_since, a, sizeof(a)),
           in(w, ike_deadline(s), b, sizeof(b)), in(w, s->moved_at, c, sizeof(c)));
    for (uint32_t i = 0; i < s->tasks.n; i++)
        printf("    waiting: %s %08x\n", ike__exchange_of(s->tasks.waiting[i].kind)->name,
               s->tasks.waiting[i].spi);
    for (const struct ike_ike_sa *sa = s->sas; sa; sa = sa->next)
        show_sa(w, s, sa);
    for (const struct ike_child_sa *k = s->children; k; k = k->next)
        printf("      child %u %08x/%08x of %016llx%s%s%s replaces %08x linger %s rekey %s expire %s\n",
               k->id, k->spi_in, k->spi_out, (unsigned long long)k->sa->spi_i, k->may_send ? " sends" : "",
               k->is_replaced ? " replaced" : "", k->is_redundant ? " redundant" : "", k->replaces,
               in(w, k->linger_until, a, sizeof(a)), in(w, ike__child_rekey_due(k), b, sizeof(b)),
               in(w, k->life.expire_at, c, sizeof(c)));
}
