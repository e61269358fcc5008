/* tests/unit/cli/output_test.c - events as the command-line client writes them. SPDX-License-Identifier: Apache-2.0
 *
 * The client is a program and no library, so the file under test is part of this one. */
#include "../../../examples/ike/output.c"
#include "fake/test.h"

static void writes(const ike_event *ev, const char *expected)
{
    char line[512] = "", *members;
    struct output o = {.file = tmpfile(), .began = ike_uv_now()};

    assert_non_null(o.file);
    output_event(&o, ev);
    rewind(o.file);
    assert_non_null(fgets(line, sizeof(line), o.file));
    fclose(o.file);
    members = strchr(line, ',');
    assert_non_null(members);
    assert_string_equal(members, expected);
}

static void a_child_is_rekeyed(void **state)
{
    ike_event ev = IKE_EVENT_INIT;

    (void)state;
    ev.type = IKE_EV_REKEYED;
    ev.u.rekeyed.child_id = 1;
    ev.u.rekeyed.by = IKE_BY_PEER;
    ev.u.rekeyed.spi_in = 0x1234;
    ev.u.rekeyed.spi_out = 0xc0ffee00;
    ev.u.rekeyed.suite = "aes256gcm16";
    writes(&ev, ",\"event\":\"rekeyed\",\"sa\":\"child\",\"id\":1,\"by\":\"peer\",\"spi_in\":\"00001234\","
                "\"spi_out\":\"c0ffee00\",\"suite\":\"aes256gcm16\"}\n");
}

static void an_ike_sa_is_rekeyed(void **state)
{
    ike_event ev = IKE_EVENT_INIT;

    (void)state;
    ev.type = IKE_EV_REKEYED;
    ev.u.rekeyed.spi_in = 7;
    ev.u.rekeyed.spi_out = UINT64_C(0xfedcba9876543210);
    ev.u.rekeyed.suite = "aes256gcm16-prfsha256-curve25519";
    writes(&ev, ",\"event\":\"rekeyed\",\"sa\":\"ike\",\"by\":\"us\",\"spi_in\":\"0000000000000007\","
                "\"spi_out\":\"fedcba9876543210\",\"suite\":\"aes256gcm16-prfsha256-curve25519\"}\n");
}

/* A later library may have events that this client does not know. */
static void an_unknown_event_has_no_name(void **state)
{
    ike_event ev = IKE_EVENT_INIT;

    (void)state;
    ev.type = 77;
    writes(&ev, ",\"event\":\"none\"}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_child_is_rekeyed),
                                       cmocka_unit_test(an_ike_sa_is_rekeyed),
                                       cmocka_unit_test(an_unknown_event_has_no_name)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
