/* eap/keystore.c - a key store that answers EAP through a client, everything else through another. SPDX-License-Identifier: Apache-2.0 */
#include "eap/room.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct store {
    ike_keystore inner;
    ike_eap_client *client;
    atomic_flag is_busy; /* a thread is in the client */
};

/* EAP-TLS and nothing else, with a key that takes its time: then a thread waits for it and not the loop. Other methods
 * may ask a person, who answers later, which only the loop can do. */
static int is_slow(const ike_eap_client *c)
{
    const ike_eap_config *cfg = ike_eap_client_config(c);
    const ike_eap_method *const *m = cfg->methods;

    for (; *m; m++)
        if ((*m)->type != EAP_TLS)
            return 0;
    return cfg->signer && cfg->signer->slow;
}

static int answer_eap(struct store *s, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    int verdict;

    if (atomic_flag_test_and_set(&s->is_busy)) /* the one before hangs in its token */
        return IKE_E_LIMIT;
    verdict = ike_eap_answer(s->client, ask, out, cap, n);
    atomic_flag_clear(&s->is_busy);
    return verdict;
}

static int answer(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct store *s = self;

    *n = 0;
    if (ask->kind == IKE_ASK_EAP)
        return answer_eap(s, ask, out, cap, n);
    return s->inner.answer ? s->inner.answer(s->inner.self, ask, out, cap, n) : IKE_E_DENIED;
}

static int save(void *self, const char *name, ike_span data)
{
    struct store *s = self;

    return s->inner.save(s->inner.self, name, data);
}

static int load(void *self, const char *name, uint8_t *out, size_t cap, size_t *n)
{
    struct store *s = self;

    return s->inner.load(s->inner.self, name, out, cap, n);
}

static void close_store(void *self)
{
    struct store *s = self;

    ike_eap_client_free(s->client);
    if (s->inner.close)
        s->inner.close(s->inner.self);
    free(s);
}

int ike_keystore_eap(ike_keystore *out, const ike_keystore *inner, ike_eap_client *c)
{
    struct store *s = calloc(1, sizeof(*s));

    if (!s)
        return IKE_E_NOMEM;
    if (inner)
        s->inner = *inner;
    s->client = c;
    atomic_flag_clear(&s->is_busy);
    memset(out, 0, sizeof(*out));
    out->abi = IKE_KEYSTORE_ABI;
    out->self = s;
    out->answer = answer;
    out->close = close_store;
    out->slow = s->inner.slow & ~(1u << IKE_ASK_EAP); /* else the client belongs to the loop's thread */
    if (is_slow(c))
        out->slow |= 1u << IKE_ASK_EAP;
    out->save = s->inner.save ? save : NULL;
    out->load = s->inner.load ? load : NULL;
    return 0;
}
