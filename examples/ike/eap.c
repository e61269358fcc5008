/* examples/ike/eap.c - what EAP asks of a person or of a SIM card, while the loop goes on. SPDX-License-Identifier: Apache-2.0
 *
 * The EAP client says "later" (IKE_E_PENDING), the driver hands the ask to us, a thread of libuv's pool waits for the
 * terminal, and the answer goes to the client and from there to the session. */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

struct eap_asker {
    uv_loop_t *loop;
    ike_uv *v;
    const char *card; /* --card */
    struct setup *setup;
    /* what the client wants to know: set by a callback, begun by eap_ask */
    uint32_t kind; /* enum ike_eap_question; 0: the card */
    char what[400];
    ike_eap_card_ask challenge;
    /* under way */
    struct job *job;
};

struct job {
    uv_work_t work;
    struct eap_asker *a; /* NULL: nobody waits any more */
    struct setup *setup;
    uint32_t ask_id, kind;
    char what[400], said[1024];
    int n; /* octets said; < 0: refused */
};

static void answer(struct eap_asker *a, uint32_t ask_id, int verdict, const uint8_t *out, size_t n)
{
    if (verdict == IKE_E_PENDING)
        return; /* another question: its job has begun */
    (void)ike_uv_answer(a->v, ask_id, verdict, (ike_span){out, n});
}

/* ---- a person ---- */

/* The gateway's words, as far as a terminal may see them. */
static void printable(char *out, size_t cap, ike_span text)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n && n + 1 < cap; i++)
        out[n++] = text.p[i] >= ' ' && text.p[i] <= '~' ? (char)text.p[i] : ' ';
    out[n] = '\0';
}

int eap_prompt(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n)
{
    const struct setup *s = user;
    struct eap_asker *a = s->asker;
    char shown[200];

    (void)out;
    (void)cap;
    (void)n;
    /* nobody is there; or the profile's password was refused, and there is no terminal to ask for another */
    if (!a || (p->tries > 0 && s->profile->eap_password.n > 0 && !secret_has_terminal()))
        return IKE_E_DENIED;
    printable(shown, sizeof(shown), p->text);
    a->kind = p->kind;
    if (p->kind == IKE_EAP_CODE)
        snprintf(a->what, sizeof(a->what), "%s says: %s", "The gateway", shown[0] ? shown : "code");
    else
        snprintf(a->what, sizeof(a->what), "%s%s of %s", p->tries ? "Refused; " : "",
                 p->kind == IKE_EAP_NEW_PASSWORD ? "the password has expired, new password" : "EAP password",
                 p->identity);
    return IKE_E_PENDING;
}

/* On another thread. A new password is said twice: one that nobody can type again locks its owner out. */
static void ask_person(uv_work_t *w)
{
    struct job *j = w->data;
    char again[sizeof(j->said)];
    int n;

    j->n = secret_read(j->what, j->said, sizeof(j->said), &j->setup->is_over);
    if (j->kind != IKE_EAP_NEW_PASSWORD || j->n <= 0)
        return;
    n = secret_read("the new password once more", again, sizeof(again), &j->setup->is_over);
    if (n != j->n || memcmp(again, j->said, (size_t)n) != 0)
        j->n = -1;
    memset(again, 0, sizeof(again));
}

static void start_job(struct eap_asker *a, uint32_t ask_id);

static void person_answered(uv_work_t *w, int status)
{
    static uint8_t out[IKE_EAP_MAX + 64];
    struct job *j = w->data;
    struct eap_asker *a = j->a;
    ike_span said;
    int verdict;
    size_t n = 0;

    if (a) {
        a->job = NULL;
        said.p = status == 0 && j->n > 0 ? (const uint8_t *)j->said : NULL;
        said.n = said.p ? (size_t)j->n : 0;
        verdict = ike_eap_resume(j->setup->eap, said, out, sizeof(out), &n);
        if (verdict == IKE_E_PENDING)
            start_job(a, j->ask_id);
        answer(a, j->ask_id, verdict, out, n);
    }
    memset(out, 0, sizeof(out));
    memset(j, 0, sizeof(*j));
    free(j);
}

/* ---- a card ---- */

int eap_card(void *user, const ike_eap_card_ask *ask, ike_eap_card_answer *out)
{
    struct eap_asker *a = ((struct setup *)user)->asker;

    (void)out;
    if (!a || !a->card)
        return IKE_E_DENIED;
    a->kind = 0;
    a->challenge = *ask;
    return IKE_E_PENDING;
}

static void card_answered(void *user, int verdict, const ike_eap_card_answer *card)
{
    static uint8_t out[IKE_EAP_MAX + 64];
    struct job *j = user;
    struct eap_asker *a = j->a;
    size_t n = 0;

    if (a) {
        a->job = NULL;
        verdict = ike_eap_resume_card(j->setup->eap, verdict, card, out, sizeof(out), &n);
        answer(a, j->ask_id, verdict, out, n);
    }
    memset(out, 0, sizeof(out));
    free(j);
}

/* ---- both ---- */

static void start_job(struct eap_asker *a, uint32_t ask_id)
{
    struct job *j = calloc(1, sizeof(*j));
    int err;

    if (j) {
        j->work.data = j;
        j->a = a;
        j->setup = a->setup;
        j->ask_id = ask_id;
        j->kind = a->kind;
        memcpy(j->what, a->what, sizeof(j->what));
        a->job = j;
        err = a->kind ? uv_queue_work(a->loop, &j->work, ask_person, person_answered)
                      : card_start(a->loop, a->card, &a->challenge, card_answered, j);
        if (err == 0)
            return;
        a->job = NULL;
        free(j);
    }
    answer(a, ask_id, IKE_E_NOMEM, NULL, 0);
}

int eap_open(struct eap_asker **a, uv_loop_t *loop, ike_uv *v, const char *card)
{
    *a = calloc(1, sizeof(**a));
    if (!*a)
        return IKE_E_NOMEM;
    (*a)->loop = loop;
    (*a)->v = v;
    (*a)->card = card;
    return 0;
}

void eap_ask(struct eap_asker *a, struct setup *setup, const ike_ask *ask)
{
    eap_forget(a, NULL); /* a question of an earlier conversation */
    a->setup = setup;
    start_job(a, ask->id);
}

void eap_forget(struct eap_asker *a, const struct setup *setup)
{
    if (!a || !a->job || (setup && a->job->setup != setup))
        return;
    a->job->a = NULL; /* it ends by itself */
    a->job = NULL;
}

void eap_close(struct eap_asker *a)
{
    eap_forget(a, NULL);
    free(a);
}
