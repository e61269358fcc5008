/* tests/unit/eap/sim_test.c - EAP-SIM: the conversations of RFC 4186 appendix A octet by octet, and others. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/card.h"

static const char start_request[] = "01010010120a00000f02000200010000";
static const char start_response[] = "02010020120a0000070500000123456789abcdeffedcba987654321010010001";
static const char challenge_request[] =
    "01020118120b0000010d0000101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233"
    "3435363738393a3b3c3d3e3f810500009e18b0c29a652263c06efb54dd00a895822d000055f2939bbdb1b19ea1b47fc0"
    "b3e0be4cab2cf7372d98e3023c6bb92415723d58bad66ce084e101b60f5358354bd4218278aea7bf2cbace33106aeddc"
    "625b0c1d5aa67a41739ae5b57950973fc7ff8301073c6f953150fc303ea152d1e10a2d1f4f5226daa1ee9005472252bd"
    "b3b71d6f0c3a3490316c46929871bd45cdfdbca6112f07f8be717990d25f6dd7f2b7b320bf4d5a992e880331d729945a"
    "ec75ae5d43c8eda5fe6233fcac494ee67a0d504d0b050000fef324ac3962b59f3bd78253ae4dcb6a";
static const char challenge_response[] = "0202001c120b00000b050000f56d6433e68ed2976ac11937fc3d1154";
static const char reauth_request[] =
    "010100a4120d000081050000d585ac7786b90336657c77b46575b9c4821d0000686291a9d2abc58caa3294b6e85b4484"
    "6c44e5dcb2de8b9e80d69d49858a5db84cdc1c9bc95c01b96b6eca313474aea6d31416e19daa9df70f05008841ca8014"
    "964d3b30a49bcf43e4d3f18e86295a4a2b38d96c9705c2bbb05c4aace97d5eaff564046c8bd30bc39be5e17ace2b10a6"
    "0b050000483a1799b83d7cd3d0a1e401d9ee4770";
static const char reauth_response[] =
    "02010044120d000081050000cdf7ffa65de04c026b56c86b76b102ea82050000b6edd38279e2a1423c1afc5c455c7d56"
    "0b050000faf76b71fbe2d255b96a3566c915c617";

static struct talk t;
static struct home h;

/* random numbers that the RFC has chosen */
static const char *chosen;
static int chosen_random(void *self, uint8_t *out, size_t n)
{
    (void)self;
    assert_int_equal(n, strlen(chosen) / 2);
    (void)hex(out, chosen);
    return 0;
}

static int say_hex(const char *request)
{
    uint8_t m[400];

    t.identifier = (uint8_t)(request[3] - '0');
    return talk_raw(&t, hex(m, request));
}

static void assert_said(const char *response)
{
    uint8_t want[400];

    assert_int_equal(t.n, hex(want, response).n);
    assert_memory_equal(t.out, want, t.n);
}

static int rfc_card(void *user, const ike_eap_card_ask *ask, ike_eap_card_answer *answer)
{
    (void)user;
    h.asked++;
    assert_int_equal(ask->type, EAP_SIM);
    assert_int_equal(ask->n, 3);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 16; j++)
            assert_int_equal(ask->rand[i][j], 0x10 * (i + 1) + j);
    (void)hex(answer->sres[0], "d1d2d3d4e1e2e3e4f1f2f3f4");
    (void)hex(answer->kc[0], "a0a1a2a3a4a5a6a7b0b1b2b3b4b5b6b7c0c1c2c3c4c5c6c7");
    return 0;
}

/* RFC 4186 A.1 to A.10: full authentication, then fast re-authentication with the name that came of it */
static void the_conversations_of_the_rfc(void **state)
{
    uint8_t msk[8];

    (void)state;
    home_init(&h, &t, "sim", NULL);
    t.cfg.identity = "1244070100000001@eapsim.foo";
    t.cfg.card = rfc_card;
    t.fake.table.random = chosen_random;
    talk_begin(&t);
    t.identifier = 0xff;
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_memory_equal(t.out + 5, "1244070100000001@eapsim.foo", 27);
    chosen = "0123456789abcdeffedcba9876543210";
    assert_int_equal(say_hex(start_request), IKE_EAP_GO_ON);
    assert_said(start_response);
    assert_int_equal(say_hex(challenge_request), IKE_EAP_DONE);
    assert_said(challenge_response);
    (void)hex(msk, "39d45aeaf4e30601");
    assert_memory_equal(t.msk, msk, 8);
    assert_int_equal(h.asked, 1);

    t.round = 0;
    t.identifier = 0xff;
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_int_equal(t.n, 5 + 81);
    assert_memory_equal(
        t.out + 5, "Y24fNSrz8BP274jOJaF17WfxI8YO7QX00pMXk9XMMVOw7broaNhTczuFq53aEpOkk3L0dm@eapsim.foo", 81);
    chosen = "cdf7ffa65de04c026b56c86b76b102ea";
    assert_int_equal(say_hex(reauth_request), IKE_EAP_DONE);
    assert_said(reauth_response);
    (void)hex(msk, "6263f614973895e1");
    assert_memory_equal(t.msk, msk, 8);
    assert_int_equal(h.asked, 1);
    /* the same once more: RFC 4187 4.1.1.7, a name is for one time, there is a new one */
    t.round = 0;
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_memory_equal(
        t.out + 5, "uta0M0iyIsMwWp5TTdSdnOLvg2XDVf21OYt1vnfiMcs5dnIDHOIFVavIRzMRyzW6vFzdHW@eapsim.foo", 81);
    /* that conversation came to nothing: then the pseudonym, with the realm of the permanent name */
    t.round = 0;
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_int_equal(t.n, 5 + 70 + 11);
    assert_memory_equal(
        t.out + 5, "w8w49PexCazWJ&xCIARmxuMKht5S1sxRDqXSEFBEg3DcZP9cIxTe5J4OyIwNGVzxeJOU1G@eapsim.foo", 81);
    talk_over(&t);
}

static void start(const uint8_t *versions, size_t n, uint8_t who)
{
    home_begin(&h, SIMAKA_START);
    home_put(&h, 15, (uint16_t)n, (ike_span){versions, n});
    if (who)
        home_put(&h, who, 0, NOTHING);
}

static const uint8_t one[] = {0, 1};

/* RFC 4186 4.2.5: names, one nonce in all rounds, in this order only */
static void the_order_of_names(void **state)
{
    uint8_t nonce[16];

    (void)state;
    home_init(&h, &t, "sim", NULL);
    talk_begin(&t);
    start(one, 2, 13);
    assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
    assert_value(&t, 14, "\0\x1a\x30\x32", 4);
    memcpy(nonce, value_of(&t, 7).p + 2, 16);
    start(one, 2, 17);
    assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
    assert_memory_equal(value_of(&t, 7).p + 2, nonce, 16);
    start(one, 2, 13); /* backwards */
    assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
    assert_client_error(&t, 0);
    assert_int_equal(home_say(&h, &t), IKE_E_SYNTAX); /* nothing counts any more */
    talk_over(&t);

    for (uint8_t first = 0; first <= 10; first += 10) { /* RFC 4186 9.1: nobody asks after these */
        home_init(&h, &t, "sim", NULL);
        talk_begin(&t);
        start(one, 2, first);
        assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
        assert_int_equal(value_of(&t, 14).p != NULL, first == 10);
        start(one, 2, 10);
        (void)home_say(&h, &t);
        assert_client_error(&t, 0);
        talk_over(&t);
    }
}

/* RFC 4186 4.1: no version of ours; lists that are none */
static void versions(void **state)
{
    static const struct {
        uint8_t list[6];
        size_t n;
        int error; /* -1: fine */
    } cases[] = {{{0, 1}, 2, -1},      {{0, 2, 0, 1}, 4, -1}, {{0, 2}, 2, 1},
                 {{0, 2, 1, 0}, 4, 1}, {{0}, 0, 0},           {{0, 1, 0}, 3, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        home_init(&h, &t, "sim", NULL);
        talk_begin(&t);
        start(cases[i].list, cases[i].n, 0);
        assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
        if (cases[i].error < 0)
            assert_int_equal(subtype_of(&t), SIMAKA_START);
        else
            assert_client_error(&t, (uint8_t)cases[i].error);
        talk_over(&t);
    }
}

/* RFC 4186 10.9: two or three challenges, all of them different, and behind a Start */
static void challenges(void **state)
{
    static const struct {
        size_t n;
        uint8_t last; /* the first octet of the last one */
        int error;    /* -1: fine */
    } cases[] = {{2, 2, -1}, {3, 3, -1}, {1, 1, 2}, {0, 0, 2}, {3, 1, 0}, {2, 1, 0}, {4, 4, 0}};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        const size_t at = i / 2;
        uint8_t rands[64] = {0};
        int is_started = i % 2 == 0;

        home_init(&h, &t, "sim", NULL);
        talk_begin(&t);
        if (is_started) {
            start(one, 2, 0);
            assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
            assert_int_equal(ike__simaka_keys_sim(&h.keys, ike__eap_name_said(t.c),
                                                  (const uint8_t(*)[8])h.card.kc, cases[at].n,
                                                  value_of(&t, 7).p + 2, (ike_span){one, 2}),
                             0);
        }
        for (size_t j = 0; j < cases[at].n; j++)
            rands[16 * j] = (uint8_t)(j + 1 == cases[at].n ? cases[at].last : j + 1);
        home_begin(&h, SIMAKA_SIM_CHALLENGE);
        home_put(&h, 1, 0, (ike_span){rands, 16 * cases[at].n});
        if (is_started) {
            uint8_t nonce[16];
            memcpy(nonce, value_of(&t, 7).p + 2, 16);
            home_mac(&h, &t, (ike_span){nonce, 16});
        } else {
            home_mac(&h, &t, NOTHING);
        }
        (void)home_say(&h, &t);
        if (!is_started) {
            assert_client_error(&t, 0);
        } else if (cases[at].error >= 0) {
            assert_client_error(&t, (uint8_t)cases[at].error);
        } else {
            assert_int_equal(t.verdict, IKE_EAP_DONE);
            assert_mac(&h, &t, (ike_span){h.card.sres[0], 4 * cases[at].n});
        }
        assert_int_equal(h.asked, is_started && cases[at].error < 0);
        talk_over(&t);
    }
}

static void challenge(const char *name, const char *reauth)
{
    static const uint8_t rands[32] = {1};
    uint8_t nonce[16];
    size_t at;

    memcpy(nonce, value_of(&t, 7).p + 2, 16);
    assert_int_equal(ike__simaka_keys_sim(&h.keys, (ike_span){(const uint8_t *)name, strlen(name)},
                                          (const uint8_t(*)[8])h.card.kc, 2, nonce, (ike_span){one, 2}),
                     0);
    home_begin(&h, SIMAKA_SIM_CHALLENGE);
    home_put(&h, 1, 0, (ike_span){rands, 32});
    if (reauth) {
        at = home_open(&h);
        home_put(&h, 133, (uint16_t)strlen(reauth), (ike_span){(const uint8_t *)reauth, strlen(reauth)});
        home_close(&h, at);
    }
    home_mac(&h, &t, (ike_span){nonce, 16});
    (void)home_say(&h, &t);
}

/* RFC 4186 5.5: behind a counter that is too small comes a Start that asks for no name, then a challenge as usual */
static void counter_too_small(void **state)
{
    size_t at;

    (void)state;
    for (int how = 0; how < 2; how++) { /* as it should be; with a question that must not be */
        home_init(&h, &t, "sim", NULL);
        talk_begin(&t);
        start(one, 2, 0);
        assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
        challenge(t.cfg.identity, "5again@");
        assert_int_equal(t.verdict, IKE_EAP_DONE);
        t.round = 0;
        start(one, 2, 13);
        assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
        assert_memory_equal(value_of(&t, 14).p + 2, "5again@", 7);
        assert_null(value_of(&t, 7).p); /* RFC 4186 9.2: no nonce beside that name */
        home_begin(&h, SIMAKA_REAUTH);
        at = home_open(&h);
        home_put(&h, 19, 0, NOTHING);
        home_put(&h, 21, 0, (ike_span){(const uint8_t *)"0123456789abcdef", 16});
        home_close(&h, at);
        home_mac(&h, &t, NOTHING);
        assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
        assert_int_equal(subtype_of(&t), SIMAKA_REAUTH);
        start(one, 2, how == 0 ? 0 : 10);
        assert_int_equal(home_say(&h, &t), IKE_EAP_GO_ON);
        if (how == 1) {
            assert_client_error(&t, 0);
        } else {
            assert_non_null(value_of(&t, 7).p);
            challenge("5again@", NULL);
            assert_int_equal(t.verdict, IKE_EAP_DONE);
            assert_memory_equal(t.msk, h.keys.msk, 64);
        }
        talk_over(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_conversations_of_the_rfc),
                                       cmocka_unit_test(the_order_of_names), cmocka_unit_test(versions),
                                       cmocka_unit_test(challenges), cmocka_unit_test(counter_too_small)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
