/* tests/exchange/eap_lab.h - a gateway that says what it is told to, and a host with a method. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_EAP_LAB_H
#define IKE_TESTS_EAP_LAB_H

#include "fake/test.h"
#include "exchange/exchange.h"
#include "peer/ladder.h"
#include "state/session.h"
#include "wire/payloads.h"

#define MSK_TEXT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What the gateway says, one after the other; the last is repeated. */
struct say {
    uint8_t code, identifier, type, wrong_length;
};
struct lab {
    struct ladder l;
    ike_keystore keys;
    ike_span cert;
    const struct say *says;
    unsigned says_n, at;
    uint8_t last[64]; /* the client's last EAP message */
    size_t last_n;
    /* the host's method */
    unsigned done_in; /* the round in which it is done */
    int has_msk, verdict;
    uint8_t wrong_identifier, wrong_code, short_msk, long_answer;
    unsigned last_round;
};
#define REQUEST(id, type) \
    {                     \
        1, id, type, 0    \
    }
#define SUCCESS(id) \
    {               \
        3, id, 0, 0 \
    }
#define FAILURE(id) \
    {               \
        4, id, 0, 0 \
    }

static inline size_t gateway_says(void *user, ike_span response, uint8_t *out)
{
    struct lab *b = user;
    const struct say *s = &b->says[b->at < b->says_n ? b->at++ : b->says_n - 1];
    size_t n = s->code <= 2 ? 6 : 4;

    b->last_n = response.n < sizeof(b->last) ? response.n : sizeof(b->last);
    memcpy(b->last, response.p ? response.p : out, response.p ? b->last_n : 0);
    out[0] = s->code;
    out[1] = s->identifier;
    ike__put_be16(out + 2, (uint16_t)(n + s->wrong_length));
    out[4] = s->type;
    out[5] = '?';
    out[n] = 0;
    return s->wrong_length ? n + 1 : n; /* a Success with an octet behind it */
}

static inline int host_answers(void *user, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct lab *b = user;

    (void)cap;
    assert_int_equal(ask->round, b->last_round + 1);
    b->last_round = ask->round;
    *n = 6;
    out[0] = b->wrong_code ? 1 : 2;
    out[1] = ask->tbs.p[1] ^ b->wrong_identifier;
    ike__put_be16(out + 2, 6);
    out[4] = ask->tbs.p[4];
    out[5] = '!';
    if (b->long_answer) {
        *n = IKE_EAP_MAX + 1;
        memset(out + 6, 0, *n - 6);
        ike__put_be16(out + 2, (uint16_t)*n);
    }
    if (b->verdict < 0)
        return b->verdict;
    if (ask->round < b->done_in)
        return IKE_EAP_GO_ON;
    if (b->has_msk) {
        memcpy(out + *n, MSK_TEXT, 64);
        *n += b->short_msk ? 63 : 64;
    }
    return IKE_EAP_DONE;
}

/* The gateway's key store: signs without looking. */
static inline int gateway_signs(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)self;
    assert_true(cap >= 11);
    if (ask->kind != IKE_ASK_SIGN)
        return IKE_E_AUTH;
    memcpy(out, "a signature", 11);
    *n = 11;
    return IKE_SIG_PSS_SHA256;
}

static inline void lab_init(struct lab *b, const struct say *says, unsigned n)
{
    memset(&b->keys, 0, sizeof(*b) - offsetof(struct lab, keys));
    ladder_init(&b->l);
    b->keys.answer = gateway_signs;
    b->cert = ike__span_text("not looked at by the core");
    b->says = says;
    b->says_n = n;
    b->done_in = n > 1 ? n - 1 : 1;
    b->has_msk = 1;
    b->l.cfg.auth_local = IKE_AUTH_EAP;
    b->l.cfg.auth_remote = IKE_AUTH_CERT;
    b->l.eap = host_answers;
    b->l.eap_user = b;
    b->l.pcfg.keys = &b->keys;
    b->l.pcfg.certs = &b->cert;
    b->l.pcfg.certs_n = 1;
    b->l.pcfg.script.eap = gateway_says;
    b->l.pcfg.script.eap_user = b;
    b->l.pcfg.script.msk = ike__span_text(MSK_TEXT);
}
#define LAB(b, says) lab_init(b, says, sizeof(says) / sizeof((says)[0]))

static inline void run(struct lab *b)
{
    assert_int_equal(ladder_connect(&b->l), 0);
    ladder_run(&b->l);
}

/* Refused: nothing stands, the gateway hears AUTHENTICATION_FAILED (RFC 7296 2.21.2). */
static inline void assert_refused(const struct lab *b, int err)
{
    assert_int_equal(b->l.ups, 0);
    assert_int_equal(b->l.child_ups, 0);
    assert_int_equal(b->l.closes, 1);
    assert_int_equal(b->l.close_err, err);
    assert_int_equal(b->l.peer->heard_error, IKE_N_AUTHENTICATION_FAILED);
}

static struct lab b; /* large */

#endif
