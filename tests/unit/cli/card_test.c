/* tests/unit/cli/card_test.c - programs behind --card: answers, lies, silence. SPDX-License-Identifier: Apache-2.0
 *
 * The client is a program and no library, so the file under test is part of this one. */
#include "../../../examples/ike/card.c"
#include "fake/test.h"
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static ike_eap_card_answer got;
static int verdict, calls;

static void done(void *user, int v, const ike_eap_card_answer *answer)
{
    assert_ptr_equal(user, &calls);
    calls++;
    verdict = v;
    got = *answer;
}

/* Runs a shell script as the card of a challenge. */
static int run(uint32_t type, const char *script)
{
    char path[] = "/tmp/card-test-XXXXXX";
    ike_eap_card_ask ask = {.type = type, .n = type == 18 ? 2 : 1};
    FILE *f = fdopen(mkstemp(path), "w");
    uv_loop_t loop;

    assert_non_null(f);
    fprintf(f, "#!/bin/sh\n%s\n", script);
    fclose(f);
    assert_int_equal(chmod(path, 0700), 0);
    memset(ask.rand, 0xab, sizeof(ask.rand));
    memset(ask.autn, 0xcd, sizeof(ask.autn));
    calls = 0;
    memset(&got, 0, sizeof(got));
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(card_start(&loop, path, &ask, done, &calls), 0);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(calls, 1);
    unlink(path);
    return verdict;
}

#define RAND16 "abababababababababababababababab"
#define AUTN16 "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"

static void sim(void **state)
{
    (void)state;
    assert_int_equal(run(18,
                         "test \"$1\" = sim && read a && read b && test $a = " RAND16 " && test $b = " RAND16
                         " && ! read c && echo 01020304 1112131415161718 && echo A1A2a3a4 b1b2b3b4b5b6b7b8"),
                     0);
    assert_memory_equal(got.sres, "\1\2\3\4\xa1\xa2\xa3\xa4", 8);
    assert_memory_equal(got.kc[1], "\xb1\xb2\xb3\xb4\xb5\xb6\xb7\xb8", 8);
}

static void aka(void **state)
{
    (void)state;
    assert_int_equal(run(50, "test \"$1\" = aka && read a b && test $a = " RAND16 " && test $b = " AUTN16
                             " && echo 0102030405060708 " RAND16 " " AUTN16),
                     0);
    assert_int_equal(got.res_n, 8);
    assert_int_equal(got.has_auts, 0);
    assert_int_equal(got.ck[0], 0xab);
    assert_int_equal(got.ik[15], 0xcd);
    assert_int_equal(run(23, "echo auts 0102030405060708090a0b0c0d0e"), 0);
    assert_int_equal(got.has_auts, 1);
    assert_int_equal(got.auts[13], 14);
    assert_int_equal(run(23, "echo reject"), IKE_E_AUTH);
}

/* What is no answer is none; a program that fails, that does not read, or that is not there, is told apart from a card
 * that refuses. */
static void no_answers(void **state)
{
    static const char *const scripts[] = {":",
                                          "echo hello",
                                          "echo 010203 " RAND16 " " AUTN16,             /* RES too short */
                                          "echo 0102030405060708 " RAND16,              /* no IK */
                                          "echo 0102030405060708 " RAND16 "0 " AUTN16,  /* half an octet */
                                          "echo 0102030405060708 " RAND16 "00 " AUTN16, /* one too many */
                                          "echo auts 01",
                                          "echo 0102030405060708 " RAND16 " " AUTN16 "; exit 1",
                                          "kill -9 $$",
                                          "head -c 100000 /dev/zero",
                                          "exec <&-; sleep 0.1"};

    (void)state;
    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
        assert_int_equal(run(23, scripts[i]), IKE_E_LOCAL_IO);
    assert_int_equal(run(18, "echo 01020304 1112131415161718"), IKE_E_LOCAL_IO); /* one of two */
}

static void no_program(void **state)
{
    ike_eap_card_ask ask = {.type = 23, .n = 1};
    uv_loop_t loop;

    (void)state;
    calls = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(card_start(&loop, "/nowhere/card", &ask, done, &calls), 0);
    assert_int_equal(calls, 0); /* from the loop, not from within */
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(calls, 1);
    assert_int_equal(verdict, IKE_E_LOCAL_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sim), cmocka_unit_test(aka),
                                       cmocka_unit_test(no_answers), cmocka_unit_test(no_program)};

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
