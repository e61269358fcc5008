/* state/task.h - intents: one runs on an IKE SA, the rest wait (RFC 7296 2.3: a window of one). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_STATE_TASK_H
#define IKE_STATE_TASK_H

#include <ike/ike.h>

struct ike_exchange; /* exchange/exchange.h */
struct ike_ike_sa;   /* state/ike_sa.h */

/* What can be wanted of the peer. The urgent come first; exchange/classify.c says who brings it about. */
enum ike_intent_kind {
    IKE_INTENT_NONE = 0,
    IKE_INTENT_DELETE_IKE,
    IKE_INTENT_DELETE_CHILD,
    IKE_INTENT_MOBIKE,
    IKE_INTENT_LIVENESS,
    IKE_INTENT_CREATE_CHILD,
    IKE_INTENT_REKEY_CHILD,
    IKE_INTENT_REKEY_IKE,
    IKE_INTENT_TICKET,
    IKE_INTENT_PATH_MTU
};

struct ike_intent {
    uint8_t kind;    /* enum ike_intent_kind */
    uint8_t is_rest; /* create_child: only for the selectors that no child of its kind has yet */
    uint8_t is_put_off;
    uint8_t zero;
    uint32_t spi; /* delete_child, rekey_child: our inbound SPI; mobike: which move; create_child: who goes */
    uint32_t child_id; /* create_child: of a lost child that it takes the place of, 0: none */
    uint32_t which;    /* create_child: of the settings */
};

struct ike_task {                        /* what runs on an IKE SA */
    const struct ike_exchange *exchange; /* NULL: none */
    void *scratch;                       /* the exchange's own; made in build, released in drop */
    struct ike_ike_sa *sa;               /* where it runs; set when it starts */
    struct ike_intent intent; /* kind 0: a handshake, or the Delete of an IKE SA beside the current one */
    uint8_t is_waiting;       /* an ask is out */
    uint8_t zero[7];
};

/* What waits: kept in the session itself, because what is wanted must not be lost when memory is short. */
#define IKE_TASKS_MAX 32u
struct ike_tasks {
    struct ike_intent waiting[IKE_TASKS_MAX]; /* what is put off last */
    uint32_t n, zero;
    ike_time again_at; /* then nothing is put off any more; 0: nothing is */
};

/* Whether put off or not. */
int ike__intent_same(const struct ike_intent *a, const struct ike_intent *b);
/* Errors: LIMIT. An intent that already waits is not added twice, and waits on if it is put off. */
int ike__tasks_add(struct ike_tasks *t, const struct ike_intent *wanted);
/* RFC 7296 2.25: the peer is busy. Not before then; neither is what was put off before. LIMIT: it is lost. */
int ike__tasks_put_off(struct ike_tasks *t, const struct ike_intent *wanted, ike_time until);
void ike__tasks_resume(struct ike_tasks *t); /* nothing is put off any more */
/* Another IKE SA is the current one: nothing is put off there, and it asks by itself for every child but lost ones. */
void ike__tasks_succeed(struct ike_tasks *t);
int ike__tasks_are_ready(const struct ike_tasks *t); /* something waits that is not put off */
/* Takes out the most urgent one: 1; 0 if none is ready. */
int ike__tasks_next(struct ike_tasks *t, struct ike_intent *out);
void ike__tasks_forget(struct ike_tasks *t, enum ike_intent_kind kind);
void ike__tasks_forget_waiting(struct ike_tasks *t);

#endif
