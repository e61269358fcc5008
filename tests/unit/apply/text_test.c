/* tests/unit/apply/text_test.c - texts of the system, and the guard's own. SPDX-License-Identifier: Apache-2.0 */
#include "apply/text.h"
#include "fake/test.h"
#include <arpa/inet.h>
#include <ike/err.h>

static const struct ike_apply_state full = {"up", "resolved:7", 0, 4711, 123456789012345u};

static void test_state_comes_back_as_it_was_written(void **state)
{
    struct ike_apply_state back;
    char text[512];

    (void)state;
    assert_true(ike__apply_state_print(&full, text, sizeof(text)) > 0);
    ike__apply_state_parse(text, &back);
    assert_memory_equal(&back, &full, sizeof(back));
    assert_int_equal(ike__apply_state_print(&full, text, 20), IKE_E_NOSPACE);
}

/* A write that a kill cut in two must not restore half of something. */
static void test_a_state_without_its_end_says_nothing(void **state)
{
    struct ike_apply_state empty, cut;
    char text[512];
    int n = ike__apply_state_print(&full, text, sizeof(text));

    (void)state;
    ike__apply_state_parse("", &empty);
    assert_int_equal(empty.src_valid_mark, -1);
    assert_int_equal(empty.dns[0], 0);
    for (int i = n - 1; i >= 0; i--) {
        text[i] = '\0';
        ike__apply_state_parse(text, &cut);
        assert_memory_equal(&cut, &empty, sizeof(cut));
    }
}

/* A shorter text over a longer one: what is left behind the end is not looked at. */
static void test_what_stands_behind_the_end_is_old(void **state)
{
    struct ike_apply_state s;

    (void)state;
    ike__apply_state_parse(
        "pid=5\nphase=down\ndns=\nsrc_valid_mark=-1\nend\ndns=file\nsrc_valid_mark=1\nend\n", &s);
    assert_int_equal(s.pid, 5);
    assert_string_equal(s.phase, "down");
    assert_string_equal(s.dns, "");
    assert_int_equal(s.src_valid_mark, -1);
}

static const char mounts[] = "22 1 0:20 / /proc rw,relatime - proc proc rw\n"
                             "36 32 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n"
                             "40 32 0:31 / /etc/resolv.conf rw - ext4 /dev/sda1 rw\n";

static void test_cgroup_v2_is_found_by_its_type(void **state)
{
    char where[64];

    (void)state;
    assert_int_equal(ike__apply_cgroup_mount(mounts, where, sizeof(where)), 0);
    assert_string_equal(where, "/sys/fs/cgroup");
    assert_int_equal(ike__apply_cgroup_mount(mounts, where, 5), IKE_E_UNSUPPORTED);
    assert_int_equal(ike__apply_cgroup_mount("30 1 0:5 / /sys/fs/cgroup rw - cgroup cgroup rw,cpu\n", where,
                                             sizeof(where)),
                     IKE_E_UNSUPPORTED);
    assert_int_equal(ike__apply_cgroup_mount("", where, sizeof(where)), IKE_E_UNSUPPORTED);
}

static void test_a_file_is_mounted_by_itself_or_with_its_directory(void **state)
{
    (void)state;
    assert_true(ike__apply_is_mounted(mounts, "/etc/resolv.conf"));
    assert_false(ike__apply_is_mounted(mounts, "/etc/hosts"));
    assert_true(ike__apply_is_mounted("9 1 0:5 / /etc rw - overlay x rw\n", "/etc/resolv.conf"));
    assert_false(ike__apply_is_mounted("9 1 0:5 / /etcetera rw - overlay x rw\n", "/etc/resolv.conf"));
    assert_false(ike__apply_is_mounted("9 1 0:5 / / rw - overlay x rw\n", "/resolv.conf"));
}

static void test_name_servers_of_a_resolv_conf(void **state)
{
    struct ike_apply_names n;
    uint8_t ip[16];

    (void)state;
    ike__apply_names("# a comment\nnameserver 192.0.2.1\n  nameserver 192.0.2.9\nnameserver\t2001:db8::1\n"
                     "nameserver 127.0.0.53\nnameserver ::1\nnameserver nonsense\nnameserver fe80::1%eth0\n"
                     "search corp.example.org example.org\nsearch other\noptions edns0",
                     &n);
    assert_int_equal(n.dns_n, 3); /* the stub on this machine would ask others for us */
    assert_int_equal(n.dns[0].family, 4);
    inet_pton(AF_INET, "192.0.2.1", ip);
    assert_memory_equal(n.dns[0].ip, ip, 4);
    assert_int_equal(n.dns[1].family, 6);
    inet_pton(AF_INET6, "2001:db8::1", ip);
    assert_memory_equal(n.dns[1].ip, ip, 16);
    assert_string_equal(n.domain, "corp.example.org");
}

static void test_no_more_name_servers_than_there_is_room_for(void **state)
{
    struct ike_apply_names n;
    char text[1024] = "";

    (void)state;
    for (unsigned i = 0; i < 30; i++)
        strcat(text, "nameserver 192.0.2.1\n");
    ike__apply_names(text, &n);
    assert_int_equal(n.dns_n, IKE_APPLY_SERVERS);
}

static void test_a_value_of_its_key_alone(void **state)
{
    char value[32];

    (void)state;
    assert_true(ike__apply_value("XCAPTIVE=1\nCAPTIVE=https://a.example/\nCAPTIVE=2\n", "CAPTIVE", value,
                                 sizeof(value)));
    assert_string_equal(value, "https://a.example/");
    assert_false(ike__apply_value("CAPTIVE=\n", "CAPTIVE", value, sizeof(value)));
    assert_false(ike__apply_value("CAPTIVE=much too long\n", "CAPTIVE", value, 5));
    assert_false(ike__apply_value("CAPTIVES=1", "CAPTIVE", value, sizeof(value)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_state_comes_back_as_it_was_written),
        cmocka_unit_test(test_a_state_without_its_end_says_nothing),
        cmocka_unit_test(test_what_stands_behind_the_end_is_old),
        cmocka_unit_test(test_cgroup_v2_is_found_by_its_type),
        cmocka_unit_test(test_a_file_is_mounted_by_itself_or_with_its_directory),
        cmocka_unit_test(test_name_servers_of_a_resolv_conf),
        cmocka_unit_test(test_a_value_of_its_key_alone),
        cmocka_unit_test(test_no_more_name_servers_than_there_is_room_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
