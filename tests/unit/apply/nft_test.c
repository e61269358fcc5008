/* tests/unit/apply/nft_test.c - libnftables in a host with many descriptors. SPDX-License-Identifier: Apache-2.0 */
#include "apply/room.h"
#include "fake/test.h"
#include <sys/resource.h>
#include <unistd.h>

#define MANY 1100

/* An error, and the plan before stays in force; libnftables would have ended the process. */
static void the_firewall_says_what_is_in_its_way(void **state)
{
    char owner[IKE_APPLY_OWNER_MAX], why[200] = "";
    static int many[MANY];
    struct rlimit was, most;
    int owned, run;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    assert_true(was.rlim_max >= MANY + 100); /* ulimit -Hn: with fewer nothing would be shown */
    most = was;
    most.rlim_cur = most.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
    for (unsigned i = 0; i < MANY; i++)
        assert_true((many[i] = dup(STDERR_FILENO)) >= 0);
    owned = ike__apply_nft_owner(owner, sizeof(owner));
    run = ike__apply_nft_run("list tables\n", why, sizeof(why));
    for (unsigned i = 0; i < MANY; i++)
        close(many[i]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(owned, IKE_E_LOCAL_IO);
    assert_int_equal(run, IKE_E_LOCAL_IO);
    assert_non_null(strstr(why, "1024"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_firewall_says_what_is_in_its_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
