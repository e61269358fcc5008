/* state/window.c - message ids, the one request in flight, the response cache. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.1-2.3 with a window of one each way: the peer may raise ours with SET_WINDOW_SIZE, and
 * we are free not to use it.
 * Invariants: a request's datagrams do not change while it is in flight; the cached response belongs to
 * Message ID next_in - 1; Message IDs never wrap (2.2), the engine closes the SA before.
 *
 * Not here: fragments in (reassembly.c), encryption (engine/send.c). */
#include "state/window.h"
#include "base/mem.h"

int ike__flight_open(struct ike_flight *f, const ike_alloc *a, size_t cap, uint32_t message_id)
{
    ike__flight_free(f, a);
    f->bytes = ike__mem_new(a, cap);
    if (!f->bytes)
        return IKE_E_NOMEM;
    f->cap = cap;
    f->message_id = message_id;
    return 0;
}

uint8_t *ike__flight_room(struct ike_flight *f, size_t *cap)
{
    if (f->cap - f->n <= 2)
        return NULL;
    *cap = f->cap - f->n - 2;
    return f->bytes + f->n + 2;
}

void ike__flight_commit(struct ike_flight *f, size_t n)
{
    ike__put_be16(f->bytes + f->n, (uint16_t)n);
    f->n += 2 + n;
    f->count++;
}

ike_span ike__flight_next(const struct ike_flight *f)
{
    if (f->at >= f->n)
        return ike__span(NULL, 0);
    return ike__span(f->bytes + f->at + 2, ike__be16(f->bytes + f->at));
}

void ike__flight_sent(struct ike_flight *f)
{
    if (f->at < f->n)
        f->at += 2u + ike__be16(f->bytes + f->at);
}

void ike__flight_again(struct ike_flight *f)
{
    f->at = 0;
}

ike_span ike__flight_first(const struct ike_flight *f)
{
    if (f->n == 0)
        return ike__span(NULL, 0);
    return ike__span(f->bytes + 2, ike__be16(f->bytes));
}

void ike__flight_free(struct ike_flight *f, const ike_alloc *a)
{
    ike__mem_free(a, f->bytes, f->cap);
    memset(f, 0, sizeof(*f));
}

enum ike_sorted ike__window_sort(const struct ike_window *w, const struct ike_header *h)
{
    if (h->flags & IKE_FLAG_RESPONSE)
        return w->in_flight && h->message_id == w->next_out - 1 ? IKE_SORT_ANSWER : IKE_SORT_DROP;
    if (h->message_id == w->next_in)
        return IKE_SORT_REQUEST;
    if (w->next_in > 0 && h->message_id == w->next_in - 1 && w->response.n > 0)
        return IKE_SORT_REPEAT;
    return IKE_SORT_DROP;
}

ike_time ike__window_interval(const ike_config *cfg, uint32_t try_n)
{
    ike_time us = (ike_time)cfg->retry_first_ms * 1000u;

    for (uint32_t i = 0; i < try_n && us < 60000000u; i++)
        us = us * cfg->retry_factor_percent / 100u;
    return us > 60000000u ? 60000000u : us;
}

void ike__window_sent(struct ike_window *w, const ike_config *cfg, ike_time now)
{
    w->in_flight = 1;
    w->tries = 0;
    w->sent_at = now;
    w->due = now + ike__window_interval(cfg, 0);
}

void ike__window_answered(struct ike_window *w, const ike_alloc *a)
{
    w->in_flight = 0;
    ike__flight_free(&w->request, a); /* also a retransmission that was about to go out */
    ike__mem_free(a, w->chain, w->chain_n);
    w->chain = NULL;
}

void ike__window_free(struct ike_window *w, const ike_alloc *a)
{
    ike__window_answered(w, a);
    ike__flight_free(&w->response, a);
    memset(w, 0, sizeof(*w));
}
