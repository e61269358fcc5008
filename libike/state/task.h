/* state/task.h - intents: one runs on an IKE SA, the rest wait (RFC 7296 2.3: a window of one). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_TASK_H
#define IKE_STATE_TASK_H

#include <ike/ike.h>

struct ike_exchange; /* exchange/exchange.h */
struct ike_ike_sa;   /* state/ike_sa.h */

struct ike_task {
    const struct ike_exchange *exchange; /* NULL: none */
    void *scratch;                       /* the exchange's own; made in build, released in drop */
    struct ike_ike_sa *sa;               /* where it runs; set when it starts */
    uint32_t priority;                   /* lower runs first: IKE_PRIO_* */
    uint32_t spi; /* delete_child, rekey_child: our inbound SPI; mobike: which move; create_child: who goes */
    uint32_t child_id;  /* create_child: of a lost child that it takes the place of, 0: none */
    uint32_t which;     /* create_child: of the settings */
    uint16_t notify;    /* informational: what to tell the peer */
    uint8_t is_waiting; /* an ask is out */
    uint8_t is_rest;    /* create_child: only for the selectors that no child of its kind has yet */
    uint32_t zero;
};

enum {
    IKE_PRIO_CONNECT = 0,
    IKE_PRIO_DELETE_IKE = 1,
    IKE_PRIO_DELETE_CHILD = 2,
    IKE_PRIO_MOBIKE = 2,
    IKE_PRIO_LIVENESS = 3,
    IKE_PRIO_CHILD = 4,
    IKE_PRIO_REKEY = 5,
    IKE_PRIO_PROBE = 6
};

/* A task that waits: what is wanted, and nothing yet of how it is done. Kept in the session itself: what is wanted is
 * not lost when memory is short. */
struct ike_intent {
    const struct ike_exchange *exchange;
    uint32_t spi, child_id, which; /* as in ike_task */
    uint16_t notify;
    uint8_t priority, is_rest;
};

#define IKE_TASKS_MAX 24u
struct ike_tasks {
    struct ike_intent waiting[IKE_TASKS_MAX];
    uint32_t n, zero;
};

/* The same intent: same exchange, same SPI, same notify. */
int ike__task_same(const struct ike_task *a, const struct ike_task *b);
/* Errors: LIMIT. An intent that already waits is not added twice. */
int ike__tasks_add(struct ike_tasks *t, const struct ike_task *task);
/* Takes out the most urgent waiting task: 1; 0 if none waits. */
int ike__tasks_next(struct ike_tasks *t, struct ike_task *out);
void ike__tasks_forget(struct ike_tasks *t, const struct ike_exchange *x);
void ike__tasks_forget_waiting(struct ike_tasks *t);

#endif
