/* tests/unit/eap/mschapv2_test.c - EAP-MSCHAPv2 against a server that computes for itself. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/talk.h"

static struct talk t;
static uint8_t challenge[16] = "0123456789abcde";

static int say(uint8_t op, uint8_t id, const char *text, size_t n)
{
    uint8_t m[700] = {op, id, 0, 0};

    memcpy(m + 4, text, n);
    m[2] = (uint8_t)((n + 4) >> 8);
    m[3] = (uint8_t)(n + 4);
    return talk_say(&t, EAP_MSCHAPV2, (ike_span){m, n + 4});
}

static int say_challenge(void)
{
    uint8_t m[23] = {16};

    memcpy(m + 1, challenge, 16);
    memcpy(m + 17, "server", 6);
    return say(1, 7, (const char *)m, sizeof(m));
}

/* Does the client know this password? The server's proof goes to text, "S=…". */
static int knows(const char *password, const uint8_t *peer, const uint8_t *nt, char *text, uint8_t *msk)
{
    struct ms_secret s;
    uint8_t hash[8], own[24], proof[20];

    assert_int_equal(ike__ms_secret((ike_span){(const uint8_t *)password, strlen(password)}, &s), 0);
    (void)ike__ms_challenge_hash(peer, challenge, TALK_TEXT("User"), hash);
    (void)ike__ms_nt_response(&s, hash, own);
    (void)ike__ms_authenticator(&s, own, hash, proof);
    (void)ike__ms_msk(&s, own, msk);
    strcpy(text, "S=");
    for (int i = 0; i < 20; i++)
        snprintf(text + 2 + 2 * i, 3, "%02X", proof[i]);
    strcat(text, " M=welcome");
    return memcmp(own, nt, 24) == 0;
}

static void begin(void)
{
    talk_init(&t, "mschapv2", NULL);
    talk_begin(&t);
}

/* RFC 2759 4, 5, RFC 3079 3 */
static void success(void **state)
{
    uint8_t msk[IKE_EAP_MSK_SIZE];
    char text[80];

    (void)state;
    begin();
    assert_int_equal(say_challenge(), IKE_EAP_GO_ON);
    assert_int_equal(t.n, 5 + 5 + 49 + 4);
    assert_int_equal(t.out[5], 2);
    assert_int_equal(t.out[6], 7);
    assert_int_equal(t.out[9], 49);
    assert_memory_equal(t.out + 59, "User", 4);
    assert_int_equal(knows("clientPass", t.out + 10, t.out + 34, text, msk), 1);
    assert_int_equal(say(3, 7, text, strlen(text)), IKE_EAP_DONE);
    assert_int_equal(t.n, 6);
    assert_int_equal(t.out[5], 3);
    assert_memory_equal(t.msk, msk, sizeof(msk));
    talk_over(&t);
}

/* RFC 2759 8.8: a server that does not know the password; each octet of its proof counts */
static void the_server_has_to_know_it_too(void **state)
{
    uint8_t msk[IKE_EAP_MSK_SIZE];
    char text[80];

    (void)state;
    for (int i = 0; i < 42; i++) {
        begin();
        (void)say_challenge();
        (void)knows("clientPass", t.out + 10, t.out + 34, text, msk);
        text[i] = text[i] == '0' ? '1' : '0';
        assert_int_equal(say(3, 7, text, strlen(text)), i < 2 ? IKE_E_SYNTAX : IKE_E_AUTH);
        assert_null(t.msk);
        talk_over(&t);
    }
    for (size_t n = 0; n < 42; n++) { /* and each of its lengths */
        begin();
        (void)say_challenge();
        (void)knows("clientPass", t.out + 10, t.out + 34, text, msk);
        assert_int_equal(say(3, 7, text, n), IKE_E_SYNTAX);
        talk_over(&t);
    }
}

/* KNOWN-HOLES 1, 30: out of order */
static void out_of_order(void **state)
{
    (void)state;
    for (uint8_t op = 0; op < 9; op++) {
        begin();
        if (op != 1)
            assert_int_equal(say(op, 7, "S=0000000000000000000000000000000000000000", 42), IKE_E_SYNTAX);
        talk_over(&t);
    }
    begin(); /* a second challenge would let the server choose */
    assert_int_equal(say_challenge(), IKE_EAP_GO_ON);
    assert_int_equal(say_challenge(), IKE_E_SYNTAX);
    talk_over(&t);
}

/* RFC 2759 6, row 149: wrong password, nobody to ask: the Failure is acknowledged, what it was is told */
static void failure(void **state)
{
    static const char text[] = "E=691 R=1 C=30313233343536373839616263646566 V=3 M=no\r\nway";

    (void)state;
    begin();
    (void)say_challenge();
    assert_int_equal(say(4, 7, text, sizeof(text) - 1), IKE_EAP_GO_ON);
    assert_int_equal(t.n, 6);
    assert_int_equal(t.out[5], 4);
    assert_int_equal(t.prompts, 1);
    assert_string_equal(ike_eap_trouble(t.c), "MSCHAPv2: wrong user name or password");
    talk_over(&t);
    begin();
    (void)say_challenge();
    assert_int_equal(say(4, 7, "E=647 R=0 C=30313233343536373839616263646566 V=3", 48), IKE_EAP_GO_ON);
    assert_int_equal(t.prompts, 0);
    assert_string_equal(ike_eap_trouble(t.c), "MSCHAPv2 error 0000647");
    talk_over(&t);
}

/* KNOWN-HOLES 1, CVE-2025-62291: a Failure of every length, cut everywhere */
static void failures_of_every_length(void **state)
{
    static const char text[] =
        "E=691 R=1 C=30313233343536373839616263646566 V=3 M=a message to the user......";

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        begin();
        (void)say_challenge();
        assert_int_equal(say(4, 7, text, n), IKE_EAP_GO_ON);
        assert_int_equal(t.out[5], 4);
        talk_over(&t);
    }
    for (size_t n = 0; n < 4; n++) {
        begin();
        (void)say_challenge();
        assert_int_equal(talk_say(&t, EAP_MSCHAPV2, (ike_span){(const uint8_t *)"\x04\x07\x00\x04", n}),
                         IKE_E_SYNTAX);
        talk_over(&t);
    }
}

/* RFC 2759 6: R=1: a person may try again, three times, under the new challenge */
static void retry(void **state)
{
    char text[80], fail[80];
    uint8_t msk[IKE_EAP_MSK_SIZE];

    (void)state;
    talk_init(&t, "mschapv2", NULL);
    t.pending = 1;
    talk_begin(&t);
    (void)say_challenge();
    memcpy(challenge, "fedcba9876543210", 16);
    strcpy(fail, "E=691 R=1 C=66656463626139383736353433323130 V=3 M=");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(say(4, (uint8_t)(7 + i), fail, strlen(fail)), IKE_E_PENDING);
        assert_int_equal(t.prompt.kind, IKE_EAP_PASSWORD);
        assert_int_equal(t.prompt.tries, i + 1);
        assert_int_equal(talk_resume(&t, i < 2 ? "wrong" : "right"), IKE_EAP_GO_ON);
        assert_int_equal(t.out[6], 8 + i);
        assert_int_equal(knows("right", t.out + 10, t.out + 34, text, msk), i == 2);
    }
    assert_int_equal(say(3, 10, text, strlen(text)), IKE_EAP_DONE);
    assert_memory_equal(t.msk, msk, sizeof(msk));
    talk_over(&t);

    talk_init(&t, "mschapv2", NULL);
    t.says = "wrong";
    talk_begin(&t);
    (void)say_challenge();
    for (int i = 0; i < 5; i++)
        assert_int_equal(say(4, 7, fail, strlen(fail)), IKE_EAP_GO_ON);
    assert_int_equal(t.prompts, 3);
    assert_int_equal(t.out[5], 4);
    talk_over(&t);

    talk_init(&t, "mschapv2",
              NULL); /* the person gives up, later: the Failure is acknowledged, as if nobody were there */
    t.pending = 1;
    talk_begin(&t);
    (void)say_challenge();
    assert_int_equal(say(4, 7, fail, strlen(fail)), IKE_E_PENDING);
    t.verdict = ike_eap_resume(t.c, (ike_span){NULL, 0}, t.out, sizeof(t.out), &t.n);
    assert_int_equal(talk_check(&t), IKE_EAP_GO_ON);
    assert_int_equal(t.n, 6);
    assert_int_equal(t.out[5], 4);
    assert_non_null(strstr(ike_eap_trouble(t.c), "wrong user name or password"));
    talk_over(&t);
    memcpy(challenge, "0123456789abcde", 16);
}

/* RFC 2759 7: an expired password is changed; the server finds the new one with the old one's hash */
static void change_password(void **state)
{
    static const char expired[] = "E=648 R=0 C=30313233343536373839616263646500 V=3 M=";
    uint8_t block[516], msk[IKE_EAP_MSK_SIZE];
    struct ms_secret old;
    char text[80];

    (void)state;
    talk_init(&t, "mschapv2", NULL);
    t.says = "new";
    talk_begin(&t);
    (void)say_challenge();
    assert_int_equal(say(4, 7, expired, sizeof(expired) - 1), IKE_EAP_GO_ON);
    assert_int_equal(t.prompt.kind, IKE_EAP_NEW_PASSWORD);
    assert_int_equal(t.n, 5 + 586);
    assert_int_equal(t.out[5], 7);
    assert_int_equal(t.out[6], 8);
    memcpy(block, t.out + 9, sizeof(block));
    (void)ike__ms_secret(TALK_TEXT("clientPass"), &old);
    ike__eap_rc4(old.hash, block, sizeof(block));
    assert_memory_equal(block + 506, "n\0e\0w\0\x06\0\0\0", 10);
    assert_int_equal(knows("new", t.out + 9 + 532, t.out + 9 + 556, text, msk), 1);
    assert_int_equal(say(3, 8, text, strlen(text)), IKE_EAP_DONE);
    talk_over(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(success),
                                       cmocka_unit_test(the_server_has_to_know_it_too),
                                       cmocka_unit_test(out_of_order),
                                       cmocka_unit_test(failure),
                                       cmocka_unit_test(failures_of_every_length),
                                       cmocka_unit_test(retry),
                                       cmocka_unit_test(change_password)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
