/* tests/unit/eap/card.h - a home network, and a card that belongs to it. SPDX-License-Identifier: Apache-2.0
 *
 * The card's algorithms are none: they give the same values to every challenge. */
#ifndef IKE_TESTS_CARD_H
#define IKE_TESTS_CARD_H

#include "unit/eap/talk.h"
#include "eap/simaka.h"

struct home {
    struct simaka_out out; /* the request that is being made */
    uint8_t text[2000], type;
    struct simaka_keys keys;
    /* the card */
    unsigned asked;
    int verdict;
    ike_eap_card_ask ask;
    ike_eap_card_answer card;
};

static inline int home_card(void *user, const ike_eap_card_ask *ask, ike_eap_card_answer *answer)
{
    struct talk *t = user;
    struct home *h = t->home;

    h->asked++;
    h->ask = *ask;
    if (h->verdict == 0)
        *answer = h->card;
    return h->verdict;
}

static inline void home_init(struct home *h, struct talk *t, const char *method, const char *second)
{
    memset(h, 0, sizeof(*h));
    talk_init(t, method, second);
    t->home = h;
    t->cfg.identity = "0232010000000000@home.test";
    t->cfg.card = home_card;
    h->type = t->methods[0]->type;
    h->card.res_n = 8;
    memset(h->card.res, 0xd0, 8);
    memset(h->card.ck, 0xc0, 16);
    memset(h->card.ik, 0xb0, 16);
    memset(h->card.auts, 0xee, 14);
    for (size_t i = 0; i < 3; i++) {
        memset(h->card.kc[i], 0xa0 + (int)i, 8);
        memset(h->card.sres[i], 0x50 + (int)i, 4);
    }
}

static inline void home_begin(struct home *h, uint8_t subtype)
{
    h->out = (struct simaka_out){h->text, 3, sizeof(h->text), 0};
    h->text[0] = subtype;
    h->text[1] = h->text[2] = 0;
}

#define NOTHING      \
    (ike_span)       \
    {                \
        (void *)0, 0 \
    }

static inline void home_put(struct home *h, uint8_t type, uint16_t first, ike_span data)
{
    assert_non_null(ike__simaka_put(&h->out, type, first, data));
}

static inline int home_is_prime(const struct home *h)
{
    return h->type == EAP_AKA_PRIME;
}

static inline void home_mac_of(const struct home *h, uint8_t code, uint8_t identifier, ike_span text,
                               ike_span extra, uint8_t out[32])
{
    const uint8_t head[] = {code, identifier, (uint8_t)((text.n + 5) >> 8), (uint8_t)(text.n + 5), h->type};
    const ike_span pieces[] = {{head, 5}, text, extra};

    assert_int_equal(
        ike__eap_hmac(home_is_prime(h), (ike_span){h->keys.aut, home_is_prime(h) ? 32 : 16}, pieces, 3, out),
        0);
}

/* AT_MAC at the end of the request. */
static inline void home_mac(struct home *h, const struct talk *t, ike_span extra)
{
    uint8_t mac[32], zeros[16] = {0}, *at = ike__simaka_put(&h->out, 11, 0, (ike_span){zeros, 16});

    home_mac_of(h, EAP_REQUEST, (uint8_t)(t->identifier + 1), (ike_span){h->text, h->out.n}, extra, mac);
    memcpy(at, mac, 16);
}

/* Nested attributes are put between these two. */
static inline size_t home_open(struct home *h)
{
    size_t at = h->out.n;

    h->out.n += 24; /* AT_IV, head of AT_ENCR_DATA */
    return at;
}

static inline void home_close(struct home *h, size_t at)
{
    static const uint8_t iv[16] = {9, 8, 7};
    uint8_t plain[1024] = {0}, secret[1024];
    size_t n = h->out.n - at - 24, padding = (16 - n % 16) % 16;

    memcpy(plain, h->text + at + 24, n);
    if (padding > 0) {
        plain[n] = 6;
        plain[n + 1] = (uint8_t)(padding / 4);
    }
    assert_int_equal(ike__eap_aes_cbc(1, h->keys.encr, iv, (ike_span){plain, n + padding}, secret), 0);
    h->out.n = at;
    home_put(h, 129, 0, (ike_span){iv, 16});
    home_put(h, 130, 0, (ike_span){secret, n + padding});
}

static inline int home_say(struct home *h, struct talk *t)
{
    return talk_say(t, h->type, (ike_span){h->text, h->out.n});
}

/* The client's response: its subtype, its value of an attribute (behind type and length). */
static inline uint8_t subtype_of(const struct talk *t)
{
    assert_true(t->n >= 8);
    return t->out[5];
}

static inline ike_span value_of(const struct talk *t, uint8_t type)
{
    for (size_t at = 8; at + 4 <= t->n; at += 4 * (size_t)t->out[at + 1]) {
        assert_int_not_equal(t->out[at + 1], 0);
        if (t->out[at] == type)
            return (ike_span){t->out + at + 2, 4 * (size_t)t->out[at + 1] - 2};
    }
    return NOTHING;
}

static inline void assert_value(const struct talk *t, uint8_t type, const void *want, size_t n)
{
    ike_span got = value_of(t, type);

    assert_non_null(got.p);
    assert_true(got.n >= n);
    assert_memory_equal(got.p, want, n);
}

/* The MAC of the client's response, which is its last attribute. */
static inline void assert_mac(const struct home *h, struct talk *t, ike_span extra)
{
    ike_span mac = value_of(t, 11);
    uint8_t said[16], want[32];

    assert_int_equal(mac.n, 18);
    assert_ptr_equal(mac.p + 18, t->out + t->n);
    memcpy(said, mac.p + 2, 16);
    memset(t->out + t->n - 16, 0, 16);
    home_mac_of(h, EAP_RESPONSE, t->identifier, (ike_span){t->out + 5, t->n - 5}, extra, want);
    assert_memory_equal(said, want, 16);
}

static inline void assert_client_error(const struct talk *t, uint8_t code)
{
    const uint8_t want[] = {14, 0, 0, 22, 1, 0, code};

    assert_int_equal(t->verdict, IKE_EAP_GO_ON);
    assert_int_equal(t->n, 12);
    assert_memory_equal(t->out + 5, want, sizeof(want));
    assert_non_null(strstr(ike_eap_trouble(t->c), "EAP-"));
}

#endif
