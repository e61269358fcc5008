/* ike/timers.h - the next deadline among many sessions. SPDX-License-Identifier: Apache-2.0
 *
 * For hosts with many sessions and one timer. Each session has an ike_timer of the host's, set to ike_deadline(session)
 * after every call on that session; the first of all says how long to wait. Setting costs log n, looking nothing. One
 * ike_timers: one thread at a time.
 *
 *     while ((t = ike_timers_first(timers)) != NULL && t->due <= now) {
 *         struct client *c = t->user;
 *         ike_tick(c->session, now);
 *         ike_timers_set(timers, t, ike_deadline(c->session));
 *     } */
#ifndef IKE_TIMERS_H
#define IKE_TIMERS_H

#include <ike/ike.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ike_timers ike_timers;

/* In the host's memory, zeroed at first; must not move while it is set. */
typedef struct ike_timer {
    ike_time due;   /* read only, while it is set */
    void *user;     /* the host's: which session this is */
    uint32_t place; /* ours; 0: not set */
    uint32_t zero;
} ike_timer;

/* alloc is kept by pointer; NULL: malloc and free. Errors: USAGE (a NULL), NOMEM. */
IKE_API int ike_timers_new(ike_timers **out, const ike_alloc *alloc);
/* The timers themselves are the host's; they count as set until they are zeroed. NULL is fine. */
IKE_API void ike_timers_free(ike_timers *t);
/* Sets, moves, or (IKE_NEVER) takes away. Errors: USAGE (a NULL), NOMEM, LIMIT (2^31 timers); only setting one that was
 * not set can fail for want of memory. */
IKE_API int ike_timers_set(ike_timers *t, ike_timer *timer, ike_time due);
/* The one that is due first; NULL: none is set. */
IKE_API ike_timer *ike_timers_first(const ike_timers *t);

#ifdef __cplusplus
}
#endif
#endif
