/* tests/unit/apply/wifi_test.c - names of wireless networks. SPDX-License-Identifier: Apache-2.0 */
#include "apply/room.h"
#include "fake/test.h"
#include <stdlib.h>

static void take(struct ike_apply_facts *f, uint32_t index, const char *ssid, size_t n)
{
    ike__apply_wifi_take(f, index, (const uint8_t *)ssid, n);
}

static void test_a_link_is_on_the_network_of_that_name(void **state)
{
    struct ike_apply_facts *f = calloc(1, sizeof(*f));

    (void)state;
    assert_non_null(f);
    f->links_n = 2;
    f->links[0].index = 2;
    f->links[1].index = 3;
    take(f, 3, "office", 6);
    assert_null(f->links[0].ssid);
    assert_string_equal(f->links[1].ssid, "office");
    assert_int_equal(f->links[1].kind, IKE_GUARD_LINK_WIFI);
    take(f, 4, "elsewhere", 9);
    assert_string_equal(f->links[1].ssid, "office");
    free(f);
}

/* IEEE 802.11 9.4.2.2: 0 to 32 octets, of any kind */
static void test_what_is_no_text_is_no_name(void **state)
{
    static const char longest[] = "0123456789abcdef0123456789abcdef";
    struct ike_apply_facts *f = calloc(1, sizeof(*f));

    (void)state;
    assert_non_null(f);
    f->links_n = 1;
    f->links[0].index = 2;
    take(f, 2, "", 0);
    assert_null(f->links[0].ssid);
    take(f, 2, "a\0b", 3);
    assert_null(f->links[0].ssid);
    take(f, 2, "0123456789abcdef0123456789abcdef!", 33);
    assert_null(f->links[0].ssid);
    take(f, 2, longest, 32);
    assert_string_equal(f->links[0].ssid, longest);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_link_is_on_the_network_of_that_name),
        cmocka_unit_test(test_what_is_no_text_is_no_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
