/* tests/unit/eap/talk.h - the authenticator's side of a conversation, by hand. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_TALK_H
#define IKE_TESTS_TALK_H

#include "fake/crypto_fake.h"
#include "fake/octets.h"
#include "eap/room.h"

struct talk {
    struct crypto_fake fake;
    ike_eap_config cfg;
    ike_eap_client *c;
    const ike_eap_method *methods[4];
    uint32_t round;
    uint8_t identifier;
    /* the last answer */
    int verdict;
    uint8_t out[IKE_EAP_MAX + 64];
    size_t n;           /* of the message */
    const uint8_t *msk; /* NULL: none */
    /* the person */
    unsigned prompts, pending;
    ike_eap_prompt prompt;
    const char *says; /* NULL: nobody is there */
    void *home;       /* card.h */
};

static inline int talk_prompt(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n)
{
    struct talk *t = user;

    t->prompts++;
    t->prompt = *p;
    if (t->pending)
        return IKE_E_PENDING;
    if (!t->says)
        return IKE_E_DENIED;
    *n = strlen(t->says);
    assert_true(*n <= cap);
    memcpy(out, t->says, *n);
    return 0;
}

static inline void talk_init(struct talk *t, const char *method, const char *second)
{
    memset(t, 0, sizeof(*t));
    crypto_fake_init(&t->fake, 5);
    t->methods[0] = ike_eap_method_find(method);
    t->methods[1] = second ? ike_eap_method_find(second) : NULL;
    t->cfg = (ike_eap_config)IKE_EAP_CONFIG_INIT;
    t->cfg.identity = "User";
    t->cfg.password = (ike_span){(const uint8_t *)"clientPass", 10};
    t->cfg.methods = t->methods;
    t->cfg.prompt = talk_prompt;
    t->cfg.user = t;
    t->cfg.crypto = &t->fake.table;
}

static inline void talk_begin(struct talk *t)
{
    const char *why;

    assert_int_equal(ike_eap_client_new(&t->c, &t->cfg, &why), 0);
    assert_string_equal(why, "");
}

static inline void talk_over(struct talk *t)
{
    ike_eap_client_free(t->c);
}

/* What came out is one response to the request, with a key behind it only when it is done. */
static inline int talk_check(struct talk *t)
{
    size_t total = t->n;

    t->msk = NULL;
    if (t->verdict < 0) {
        assert_int_equal(total, 0);
        return t->verdict;
    }
    t->n = (size_t)t->out[2] << 8 | t->out[3];
    assert_true(t->n >= EAP_HEADER && t->n <= total);
    assert_int_equal(t->out[0], EAP_RESPONSE);
    assert_int_equal(t->out[1], t->identifier);
    assert_true(total == t->n || (t->verdict == IKE_EAP_DONE && total == t->n + IKE_EAP_MSK_SIZE));
    if (total > t->n)
        t->msk = t->out + t->n;
    return t->verdict;
}

static inline int talk_raw(struct talk *t, ike_span message)
{
    ike_ask ask;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_EAP;
    ask.round = ++t->round;
    ask.tbs = message;
    t->verdict = ike_eap_answer(t->c, &ask, t->out, sizeof(t->out), &t->n);
    return talk_check(t);
}

static inline int talk_say(struct talk *t, uint8_t type, ike_span data)
{
    static uint8_t m[70000];

    m[0] = EAP_REQUEST;
    m[1] = ++t->identifier;
    m[2] = (uint8_t)((data.n + EAP_HEADER) >> 8);
    m[3] = (uint8_t)(data.n + EAP_HEADER);
    m[4] = type;
    if (data.n > 0)
        memcpy(m + EAP_HEADER, data.p, data.n);
    return talk_raw(t, (ike_span){m, data.n + EAP_HEADER});
}

static inline int talk_resume(struct talk *t, const char *said)
{
    t->verdict =
        ike_eap_resume(t->c, (ike_span){(const uint8_t *)said, strlen(said)}, t->out, sizeof(t->out), &t->n);
    return talk_check(t);
}

#define TALK_TEXT(text)                                   \
    (ike_span)                                            \
    {                                                     \
        (const uint8_t *)(text), sizeof(text) - (size_t)1 \
    }

#endif
