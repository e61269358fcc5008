/* tests/unit/eap/aka_test.c - EAP-AKA and EAP-AKA': names, proofs, synchronization, notifications, and lies. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/card.h"
#include <mbedtls/md.h>

static struct talk t;
static struct home h;
static const uint8_t rand_value[16] = {1, 2, 3}, autn_value[16] = {4, 5, 6, 0, 0, 0, 0x80};

static void begin(const char *method, const char *second)
{
    home_init(&h, &t, method, second);
    talk_begin(&t);
}

static ike_span name(void)
{
    return (ike_span){(const uint8_t *)t.cfg.identity, strlen(t.cfg.identity)};
}

static void derive(ike_span identity)
{
    if (h.type == EAP_AKA_PRIME)
        assert_int_equal(ike__simaka_keys_aka_prime(&h.keys, identity, h.card.ik, h.card.ck, autn_value,
                                                    TALK_TEXT("WLAN")),
                         0);
    else
        assert_int_equal(ike__simaka_keys_aka(&h.keys, identity, h.card.ik, h.card.ck), 0);
}

/* A challenge up to AT_MAC. */
static void challenge(void)
{
    derive(name());
    home_begin(&h, SIMAKA_AKA_CHALLENGE);
    home_put(&h, 1, 0, (ike_span){rand_value, 16});
    home_put(&h, 2, 0, (ike_span){autn_value, 16});
    if (h.type == EAP_AKA_PRIME) {
        home_put(&h, 24, 1, NOTHING);
        home_put(&h, 23, 4, TALK_TEXT("WLAN"));
    }
}

static int finish(void)
{
    home_mac(&h, &t, NOTHING);
    return home_say(&h, &t);
}

static void assert_done(void)
{
    const uint8_t bits[2] = {0, 64};

    assert_int_equal(t.verdict, IKE_EAP_DONE);
    assert_int_equal(subtype_of(&t), SIMAKA_AKA_CHALLENGE);
    assert_value(&t, 3, bits, 2);
    assert_memory_equal(value_of(&t, 3).p + 2, h.card.res, 8);
    assert_mac(&h, &t, NOTHING);
    assert_memory_equal(t.msk, h.keys.msk, 64);
    assert_memory_equal(h.ask.rand[0], rand_value, 16);
    assert_memory_equal(h.ask.autn, autn_value, 16);
}

static const char *const methods[] = {"aka", "aka-prime"};

/* RFC 4187 3, RFC 9048 3: the shortest way */
static void full_authentication(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(methods[i], NULL);
        challenge();
        (void)finish();
        assert_done();
        talk_over(&t);
    }
}

/* the card answers later */
static void a_slow_card(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(methods[i], NULL);
        h.verdict = IKE_E_PENDING;
        challenge();
        assert_int_equal(finish(), IKE_E_PENDING);
        t.verdict = ike_eap_resume_card(t.c, IKE_E_PENDING, NULL, t.out, sizeof(t.out), &t.n);
        assert_int_equal(t.verdict, IKE_E_USAGE);
        t.verdict = ike_eap_resume_card(t.c, 0, &h.card, t.out, sizeof(t.out), &t.n);
        (void)talk_check(&t);
        assert_done();
        assert_int_equal(h.asked, 1);
        assert_int_equal(ike_eap_resume_card(t.c, 0, &h.card, t.out, sizeof(t.out), &t.n), IKE_E_USAGE);
        talk_over(&t);
    }
}

/* no card; a card that fails; a card whose answer cannot be */
static void cards_that_do_not_work(void **state)
{
    (void)state;
    home_init(&h, &t, "aka", NULL);
    t.cfg.card = NULL;
    talk_begin(&t);
    challenge();
    assert_int_equal(finish(), IKE_E_DENIED);
    assert_non_null(strstr(ike_eap_trouble(t.c), "card"));
    talk_over(&t);
    begin("aka", NULL);
    h.verdict = IKE_E_LOCAL_IO;
    challenge();
    assert_int_equal(finish(), IKE_E_LOCAL_IO);
    talk_over(&t);
    for (uint32_t n = 3; n <= 17; n += 14) {
        begin("aka", NULL);
        h.card.res_n = n;
        challenge();
        assert_int_equal(finish(), IKE_E_CONFIG);
        talk_over(&t);
    }
}

/* RFC 4187 9.5, 9.6: a network that the card does not believe, and one whose number is wrong */
static void the_card_objects(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(methods[i], NULL);
        h.verdict = IKE_E_AUTH;
        challenge();
        assert_int_equal(finish(), IKE_EAP_GO_ON);
        assert_int_equal(subtype_of(&t), SIMAKA_AUTH_REJECT);
        assert_int_equal(t.n, 8);
        assert_int_equal(finish(), IKE_E_SYNTAX);
        talk_over(&t);

        begin(methods[i], NULL);
        h.card.has_auts = 1;
        challenge();
        assert_int_equal(finish(), IKE_EAP_GO_ON);
        assert_int_equal(subtype_of(&t), SIMAKA_SYNC_FAILURE);
        assert_int_equal(value_of(&t, 4).n, 14);
        assert_memory_equal(value_of(&t, 4).p, h.card.auts, 14);
        assert_int_equal(t.n, i == 0 ? 8 + 16 : 8 + 16 + 4); /* RFC 9048 3.2: AT_KDF as they were */
        h.card.has_auts = 0;
        challenge();
        (void)finish();
        assert_done();
        talk_over(&t);
    }
    begin("aka", NULL); /* not for ever */
    h.card.has_auts = 1;
    for (int i = 0; i < 3; i++) {
        challenge();
        (void)finish();
    }
    assert_client_error(&t, 0);
    talk_over(&t);
}

static void ask_name(uint8_t who, uint8_t and_who)
{
    home_begin(&h, SIMAKA_IDENTITY);
    if (who)
        home_put(&h, who, 0, NOTHING);
    if (and_who)
        home_put(&h, and_who, 0, NOTHING);
    (void)home_say(&h, &t);
}

/* RFC 4187 4.1.6, 9.1: one question at a time, each asking for less privacy than the one before */
static void the_order_of_names(void **state)
{
    static const struct {
        uint8_t who[3];
        int bad; /* which one; -1: none */
    } cases[] = {{{13, 17, 10}, -1}, {{13, 10, 0}, 2}, {{17, 13, 0}, 1}, {{17, 17, 0}, 1},
                 {{10, 17, 0}, 1},   {{10, 10, 0}, 1}, {{0, 0, 0}, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin("aka", NULL);
        for (int j = 0; j < 3 && (cases[i].bad < 0 || j <= cases[i].bad); j++) {
            ask_name(cases[i].who[j], 0);
            if (j == cases[i].bad) {
                assert_client_error(&t, 0);
            } else {
                assert_int_equal(subtype_of(&t), SIMAKA_IDENTITY);
                assert_value(&t, 14, "\0\x1a\x30\x32\x33", 5);
            }
        }
        talk_over(&t);
    }
    begin("aka", NULL); /* 4.1.2: "… mutually exclusive …" */
    ask_name(13, 10);
    assert_client_error(&t, 0);
    talk_over(&t);
}

/* RFC 4187 10.13: what was said about names, hashed; right, wrong, and of another length */
static void checkcode(void **state)
{
    (void)state;
    for (size_t i = 0; i < 8; i++) {
        uint8_t said[400], hash[32];
        size_t n = i % 2 ? 32 : 20, at = 0;
        int how = (int)i / 2; /* 0 right, 1 wrong, 2 as if nothing had been said, 3 nothing was said */

        begin(methods[i % 2], NULL);
        if (how < 3) {
            const uint8_t head[] = {1, 1, 0, 12, h.type};
            ask_name(13, 0);
            memcpy(said, head, 5);
            memcpy(said + 5, h.text, 7 + 0);
            at = 12;
            memcpy(said + at, t.out, t.n);
            at += t.n;
        }
        assert_int_equal(h.type == EAP_AKA_PRIME ? ike__eap_sha256_of((const ike_span[]){{said, at}}, 1, hash)
                                                 : ike__eap_sha1_of((const ike_span[]){{said, at}}, 1, hash),
                         0);
        hash[19] ^= how == 1;
        challenge();
        home_put(&h, 134, 0, (ike_span){hash, how < 2 ? n : 0});
        (void)finish();
        if (how == 0 || how == 3) {
            assert_done();
            assert_int_equal(value_of(&t, 134).n, how == 0 ? 2 + n : 2);
        } else {
            assert_client_error(&t, 0);
        }
        talk_over(&t);
    }
}

/* Gets names from the server: a pseudonym and one for fast re-authentication. */
static void get_names(const char *method)
{
    size_t at;

    begin(method, NULL);
    challenge();
    at = home_open(&h);
    home_put(&h, 132, 5, TALK_TEXT("2anon"));
    home_put(&h, 133, 7, TALK_TEXT("4again@"));
    home_close(&h, at);
    (void)finish();
    assert_done();
    t.round = 0;
}

static int reauthenticate(uint16_t counter, const char *next, int result_ind)
{
    size_t at;

    home_begin(&h, SIMAKA_REAUTH);
    at = home_open(&h);
    home_put(&h, 19, counter, NOTHING);
    home_put(&h, 21, 0, (ike_span){rand_value, 16});
    if (next)
        home_put(&h, 133, (uint16_t)strlen(next), (ike_span){(const uint8_t *)next, strlen(next)});
    home_close(&h, at);
    if (result_ind)
        home_put(&h, 135, 0, NOTHING);
    return finish();
}

/* RFC 4187 5, RFC 9048 3.3: keys of last time, no card; each counter and each name once */
static void fast_reauthentication(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct simaka_keys k;

        get_names(methods[i]);
        for (uint16_t counter = 1; counter < 4; counter++) {
            const char *last = counter == 1 ? "4again@" : "4once@";
            t.round = 0;
            assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
            assert_int_equal(t.n, 5 + strlen(last));
            assert_memory_equal(t.out + 5, last, strlen(last));
            assert_int_equal(reauthenticate(counter, counter < 3 ? "4once@" : NULL, 0), IKE_EAP_DONE);
            assert_int_equal(subtype_of(&t), SIMAKA_REAUTH);
            assert_mac(&h, &t, (ike_span){rand_value, 16});
            k = h.keys;
            assert_int_equal(ike__simaka_keys_again(&k, i == 1,
                                                    (ike_span){(const uint8_t *)last, strlen(last)}, counter,
                                                    rand_value),
                             0);
            assert_memory_equal(t.msk, k.msk, 64);
        }
        assert_int_equal(h.asked, 1);
        t.round = 0; /* no further name was given: back to the pseudonym */
        assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
        assert_int_equal(t.n, 5 + 5 + 10);
        assert_memory_equal(t.out + 5, "2anon@home.test", 15);
        talk_over(&t);
    }
}

/* RFC 4187 5.5: a counter that was used; a full authentication follows under the name that was said */
static void counter_too_small(void **state)
{
    uint8_t plain[16];
    ike_span name_said = TALK_TEXT("4again@");

    (void)state;
    get_names("aka");
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_int_equal(reauthenticate(0, "4never@", 1), IKE_EAP_GO_ON);
    assert_int_equal(subtype_of(&t), SIMAKA_REAUTH);
    assert_null(value_of(&t, 135).p);
    assert_int_equal(ike__eap_aes_cbc(0, h.keys.encr, value_of(&t, 129).p + 2,
                                      (ike_span){value_of(&t, 130).p + 2, 16}, plain),
                     0);
    assert_memory_equal(plain, "\x13\x01\0\0\x14\x01\0\0\x06\x02\0\0\0\0\0\0", 16);
    assert_mac(&h, &t, (ike_span){rand_value, 16});
    ask_name(10, 0); /* "… it MUST NOT use the EAP-Request/AKA-Identity packet …" */
    assert_client_error(&t, 0);
    talk_over(&t);

    get_names("aka");
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_int_equal(reauthenticate(0, NULL, 0), IKE_EAP_GO_ON);
    challenge();
    derive(name_said);
    (void)finish();
    assert_done();
    talk_over(&t);
}

/* a re-authentication that nobody asked for, or not under our keys */
static void reauthentication_out_of_place(void **state)
{
    (void)state;
    begin("aka", NULL);
    derive(name());
    (void)reauthenticate(1, NULL, 0);
    assert_client_error(&t, 0);
    talk_over(&t);
    get_names("aka");
    ask_name(17, 0); /* a name for a full one */
    assert_memory_equal(value_of(&t, 14).p + 2, "2anon@home.test", 15);
    (void)reauthenticate(1, NULL, 0);
    assert_client_error(&t, 0);
    talk_over(&t);
    get_names("aka");
    ask_name(13, 0);
    assert_memory_equal(value_of(&t, 14).p + 2, "4again@", 7);
    h.keys.aut[3] ^= 1;
    (void)reauthenticate(1, NULL, 0);
    assert_client_error(&t, 0);
    talk_over(&t);
}

static int notify(uint16_t code, int with_mac, int counter)
{
    size_t at;

    home_begin(&h, SIMAKA_NOTIFICATION);
    home_put(&h, 12, code, NOTHING);
    if (counter >= 0) {
        at = home_open(&h);
        home_put(&h, 19, (uint16_t)counter, NOTHING);
        home_close(&h, at);
    }
    return with_mac ? finish() : home_say(&h, &t);
}

/* RFC 4187 6.2: done only when the protected success has come */
static void result_indication(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        begin(methods[i], NULL);
        challenge();
        home_put(&h, 135, 0, NOTHING);
        assert_int_equal(finish(), IKE_EAP_GO_ON);
        assert_non_null(value_of(&t, 135).p);
        assert_int_equal(notify(32768, 1, -1), IKE_EAP_DONE);
        assert_int_equal(subtype_of(&t), SIMAKA_NOTIFICATION);
        assert_mac(&h, &t, NOTHING);
        assert_memory_equal(t.msk, h.keys.msk, 64);
        talk_over(&t);
        for (int how = 0; how < 3; how++) { /* without its MAC; a refusal; not asked for */
            begin(methods[i], NULL);
            challenge();
            if (how < 2)
                home_put(&h, 135, 0, NOTHING);
            assert_int_equal(finish(), how < 2 ? IKE_EAP_GO_ON : IKE_EAP_DONE);
            assert_int_equal(notify(how == 1 ? 1031 : 32768, how != 0, -1), IKE_EAP_GO_ON);
            assert_null(t.msk);
            if (how == 1) {
                assert_int_equal(subtype_of(&t), SIMAKA_NOTIFICATION);
                assert_non_null(strstr(ike_eap_trouble(t.c), "not subscribed"));
            } else {
                assert_client_error(&t, 0);
            }
            talk_over(&t);
        }
    }
    get_names("aka"); /* on fast re-authentication with its counter */
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_int_equal(reauthenticate(1, NULL, 1), IKE_EAP_GO_ON);
    assert_int_equal(notify(32768, 1, 1), IKE_EAP_DONE);
    assert_non_null(value_of(&t, 130).p);
    talk_over(&t);
    get_names("aka");
    assert_int_equal(talk_say(&t, EAP_IDENTITY, NOTHING), IKE_EAP_GO_ON);
    assert_int_equal(reauthenticate(2, NULL, 1), IKE_EAP_GO_ON);
    (void)notify(32768, 1, 1);
    assert_client_error(&t, 0);
    talk_over(&t);
}

/* RFC 4187 6.1: before the challenge only failures, and without a MAC; success never comes first (CVE-2021-45079) */
static void notifications_before_the_challenge(void **state)
{
    (void)state;
    begin("aka", NULL);
    assert_int_equal(notify(16384, 0, -1), IKE_EAP_GO_ON);
    assert_int_equal(subtype_of(&t), SIMAKA_NOTIFICATION);
    assert_int_equal(t.n, 8);
    talk_over(&t);
    for (int how = 0; how < 4; how++) {
        static const uint16_t codes[] = {32768, 49152, 0, 16384};
        begin("aka", NULL);
        derive(name());
        (void)notify(codes[how], how == 3, -1);
        assert_client_error(&t, 0);
        talk_over(&t);
    }
}

/* RFC 9048 3.2: which function, in which order */
static void key_derivation_functions(void **state)
{
    static const struct {
        uint16_t first[4];
        int subtype; /* of the response */
        uint16_t second[5];
        int then;
    } cases[] = {
        {{1, 2}, 0, {0}, 0},                                               /* at once */
        {{2, 1}, SIMAKA_AKA_CHALLENGE, {1, 2, 1}, 0},                      /* asked for, and got */
        {{2, 3, 1}, SIMAKA_AKA_CHALLENGE, {1, 2, 3, 1}, 0},                /* likewise */
        {{2, 1}, SIMAKA_AKA_CHALLENGE, {1, 2}, SIMAKA_CLIENT_ERROR},       /* something else changed */
        {{2, 1}, SIMAKA_AKA_CHALLENGE, {2, 1}, SIMAKA_CLIENT_ERROR},       /* nothing changed */
        {{2, 1}, SIMAKA_AKA_CHALLENGE, {1, 2, 1, 3}, SIMAKA_CLIENT_ERROR}, /* more */
        {{2, 3}, SIMAKA_AUTH_REJECT, {0}, 0},                              /* none of ours */
        {{1, 1}, SIMAKA_AUTH_REJECT, {0}, 0},                              /* twice */
        {{0}, SIMAKA_AUTH_REJECT, {0}, 0},                                 /* none at all */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin("aka-prime", NULL);
        for (int turn = 0; turn < 2; turn++) {
            const uint16_t *list = turn ? cases[i].second : cases[i].first;
            int expected = turn ? cases[i].then : cases[i].subtype;

            derive(name());
            home_begin(&h, SIMAKA_AKA_CHALLENGE);
            home_put(&h, 1, 0, (ike_span){rand_value, 16});
            home_put(&h, 2, 0, (ike_span){autn_value, 16});
            home_put(&h, 23, 4, TALK_TEXT("WLAN"));
            for (; *list; list++)
                home_put(&h, 24, *list, NOTHING);
            (void)finish();
            if (expected == 0) {
                assert_done();
                break;
            }
            assert_int_equal(subtype_of(&t), expected);
            assert_null(t.msk);
            if (expected != SIMAKA_AKA_CHALLENGE)
                break;
            assert_int_equal(t.n, 8 + 4);
            assert_value(&t, 24, "\0\1", 2);
            assert_int_equal(h.asked, 0);
        }
        talk_over(&t);
    }
}

/* RFC 9048 3.1, 3.3: the network's name, and the bit that says for whom the challenge was made */
static void the_network_and_its_bit(void **state)
{
    static const struct {
        const char *said, *expected;
        int good;
    } names[] = {{"WLAN", NULL, 1},         {"WLAN", "", 1},           {"WLAN", "WLAN", 1},
                 {"WLAN", "WLA", 0},        {"WLAN", "WLANX", 0},      {"WLAN", "WLAN:home", 1},
                 {"WLAN:a:b", "WLAN:a", 1}, {"WLAN:a:b", "WLAN:b", 0}, {"", NULL, 0}};

    (void)state;
    for (size_t i = 0; i <= sizeof(names) / sizeof(names[0]); i++) {
        int is_bit = i == sizeof(names) / sizeof(names[0]), good = !is_bit && names[i].good;
        ike_span said = {(const uint8_t *)(is_bit ? "WLAN" : names[i].said), 0};
        uint8_t autn[16];

        said.n = strlen((const char *)said.p);
        memcpy(autn, autn_value, 16);
        autn[6] = is_bit ? 0x7f : 0x80;
        home_init(&h, &t, "aka-prime", NULL);
        t.cfg.network = is_bit ? NULL : names[i].expected;
        talk_begin(&t);
        assert_int_equal(ike__simaka_keys_aka_prime(&h.keys, name(), h.card.ik, h.card.ck, autn, said), 0);
        home_begin(&h, SIMAKA_AKA_CHALLENGE);
        home_put(&h, 1, 0, (ike_span){rand_value, 16});
        home_put(&h, 2, 0, (ike_span){autn, 16});
        home_put(&h, 23, (uint16_t)said.n, said);
        home_put(&h, 24, 1, NOTHING);
        assert_int_equal(finish(), good ? IKE_EAP_DONE : IKE_EAP_GO_ON);
        if (!good)
            assert_int_equal(subtype_of(&t), SIMAKA_AUTH_REJECT);
        assert_int_equal(h.asked, good);
        talk_over(&t);
    }
}

/* RFC 9048 4: both would have liked AKA' better */
static void bidding_down(void **state)
{
    static const struct {
        const char *first, *second;
        uint16_t bid;
        int refused;
    } cases[] = {{"aka", NULL, 0x8000, 0},
                 {"aka", "aka-prime", 0x8000, 0}, /* our order */
                 {"aka-prime", "aka", 0x8000, 1},
                 {"aka-prime", "aka", 0x7fff, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(cases[i].first, cases[i].second);
        h.type = EAP_AKA;
        challenge();
        home_put(&h, 136, cases[i].bid, NOTHING);
        (void)finish();
        if (cases[i].refused)
            assert_int_equal(subtype_of(&t), SIMAKA_AUTH_REJECT);
        else
            assert_done();
        talk_over(&t);
    }
}

/* KNOWN-HOLES 2, CVE-2026-35330, RFC 4187 8.1: each attribute with each length, in each message: never a loop, never done */
static void lengths_of_attributes(void **state)
{
    static const uint8_t subtypes[] = {1, 5, 10, 11, 12, 13}, lengths[] = {0, 1, 2, 5, 255};
    static const char *const all[] = {"aka", "aka-prime", "sim"};

    (void)state;
    for (unsigned i = 0; i < 256 * 3 * sizeof(subtypes) * sizeof(lengths); i++) {
        unsigned type = i % 256, method = i / 256 % 3, length = lengths[i / 768 % sizeof(lengths)];
        unsigned subtype = subtypes[i / 768 / sizeof(lengths)];
        uint8_t text[27] = {0};

        begin(all[method], NULL);
        text[0] = (uint8_t)subtype;
        text[3] = (uint8_t)type;
        text[4] = (uint8_t)length;
        assert_int_equal(talk_say(&t, h.type, (ike_span){text, sizeof(text)}), IKE_EAP_GO_ON);
        assert_null(t.msk);
        assert_client_error(&t, 0);
        talk_over(&t);
    }
}

/* RFC 4187 10.12, 10.15, 6.3.1: a wrong MAC, half of what is encrypted, padding that is not zero, attributes twice */
static void challenges_that_lie(void **state)
{
    (void)state;
    for (int how = 0; how < 9; how++) {
        size_t at;

        begin("aka", NULL);
        challenge();
        if (how == 1) {
            home_put(&h, 129, 0, (ike_span){rand_value, 16}); /* AT_IV alone */
        } else if (how == 2) {
            home_put(&h, 130, 0, (ike_span){rand_value, 16}); /* AT_ENCR_DATA alone */
        } else if (how == 3) {
            home_put(&h, 1, 0, (ike_span){rand_value, 16});
        } else if (how == 4) { /* padding with something in it */
            at = home_open(&h);
            home_put(&h, 6, 0, TALK_TEXT("\0\0\0\0\0\0\0\1"));
            home_close(&h, at);
        } else if (how == 5) { /* padding that is too long */
            at = home_open(&h);
            home_put(&h, 6, 0, (ike_span){(const uint8_t[12]){0}, 12});
            home_close(&h, at);
        } else if (how == 6) { /* a name longer than its attribute */
            at = home_open(&h);
            home_put(&h, 132, 200, TALK_TEXT("2anon"));
            home_close(&h, at);
        } else if (how == 7) { /* what may not be inside */
            at = home_open(&h);
            home_put(&h, 135, 0, NOTHING);
            home_close(&h, at);
        } else if (how == 8) { /* no whole block */
            home_put(&h, 129, 0, (ike_span){rand_value, 16});
            home_put(&h, 130, 0, (ike_span){rand_value, 12});
        }
        home_mac(&h, &t, NOTHING);
        h.text[h.out.n - 1] ^= how == 0;
        (void)home_say(&h, &t);
        assert_client_error(&t, 0);
        assert_null(t.msk);
        talk_over(&t);
    }
    begin("aka", NULL); /* RFC 4187 8.1: what may be skipped is */
    challenge();
    home_put(&h, 200, 0, TALK_TEXT("whatever"));
    (void)finish();
    assert_done();
    talk_over(&t);
}

/* a second challenge behind the first one, and a name behind it */
static void nothing_comes_twice(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        begin("aka", NULL);
        challenge();
        assert_int_equal(finish(), IKE_EAP_DONE);
        challenge();
        if (how == 0)
            (void)finish();
        else
            ask_name(10, 0);
        assert_client_error(&t, 0);
        talk_over(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(full_authentication),
                                       cmocka_unit_test(a_slow_card),
                                       cmocka_unit_test(cards_that_do_not_work),
                                       cmocka_unit_test(the_card_objects),
                                       cmocka_unit_test(the_order_of_names),
                                       cmocka_unit_test(checkcode),
                                       cmocka_unit_test(fast_reauthentication),
                                       cmocka_unit_test(counter_too_small),
                                       cmocka_unit_test(reauthentication_out_of_place),
                                       cmocka_unit_test(result_indication),
                                       cmocka_unit_test(notifications_before_the_challenge),
                                       cmocka_unit_test(key_derivation_functions),
                                       cmocka_unit_test(the_network_and_its_bit),
                                       cmocka_unit_test(bidding_down),
                                       cmocka_unit_test(lengths_of_attributes),
                                       cmocka_unit_test(challenges_that_lie),
                                       cmocka_unit_test(nothing_comes_twice)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
