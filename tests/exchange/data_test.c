/* tests/exchange/data_test.c - inner packets through a session, and through the keys that it hands out. SPDX-License-Identifier: Apache-2.0 */
#include <ike/esp.h>
#include "up.h"

/* RFC 4301 5.2, RFC 4303 3.4.3, rows 238, 288, 289: packets through the session's own calls */
static void data_goes_through_and_nothing_else(void **state)
{
    struct ladder l;
    uint8_t ip[200], out[600], copy[600], back[600];
    ike_path to;
    ike_span inner;
    ike_stats st = IKE_STATS_INIT;
    int n;

    (void)state;
    ladder_init(&l);
    up(&l);
    n = ike_seal(l.s, ip, ladder_packet(&l, ip, 100), out, sizeof(out), &to, l.now);
    assert_true(n > 100);
    assert_int_equal(to.remote.port, 4500);
    memcpy(l.to_gateway[0].p, out, (size_t)n);
    l.to_gateway[0].n = (size_t)n;
    l.to_gateway[0].path = to;
    assert_int_equal(ladder_deliver_out(&l, 0), 0);
    assert_int_equal(l.inner_n, 100);
    assert_memory_equal(l.inner, ip, 100);

    ip[12] = 99; /* not our address: no child takes it, and nothing is sent */
    assert_int_equal(ike_seal(l.s, ip, 100, out, sizeof(out), &to, l.now), IKE_E_TS);

    ladder_packet_back(&l, ip, 100);
    n = peer_seal(l.peer, ip, 100, back, sizeof(back), &to);
    assert_true(n > 0);
    memcpy(copy, back, (size_t)n);
    to.remote.port = 4500;
    assert_int_equal(ike_recv(l.s, &to, back, (size_t)n, &inner, l.now), 0);
    assert_int_equal(inner.n, 100);
    assert_memory_equal(inner.p, ip, 100);
    memcpy(back, copy, (size_t)n);
    assert_int_equal(ike_recv(l.s, &to, back, (size_t)n, &inner, l.now), IKE_E_DISCARD); /* replayed */
    assert_int_equal(inner.n, 0);
    copy[0] ^= 1;
    assert_int_equal(ike_recv(l.s, &to, copy, (size_t)n, &inner, l.now), IKE_E_DISCARD); /* unknown SPI */
    assert_int_equal(ike_session_stats(l.s, &st), 0);
    assert_int_equal(st.in_packets, 1);
    assert_int_equal(st.out_packets, 1);
    assert_int_equal(st.drop_replay, 1);
    assert_int_equal(st.drop_spi, 1);
    assert_int_equal(st.drop_no_child, 1);
    ladder_free(&l);
}

/* RFC 4106 3.1: "The IV … MUST … unique": whoever gets the keys goes on where the session stopped, and nobody gets them
 * twice */
static void exported_keys_go_on_where_we_stopped(void **state)
{
    struct ladder l;
    uint8_t ip[100], out[400], buf[400];
    ike_child_keys k = IKE_CHILD_KEYS_INIT;
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    ike_packet pkt = {.buf = buf, .cap = sizeof(buf), .off = IKE_HEADROOM, .n = 100};
    ike_path to;
    ike_esp *e;

    (void)state;
    ladder_init(&l);
    l.cfg.esp_suites = "aes256gcm16-noesn";
    up(&l);
    for (int i = 0; i < 3; i++)
        assert_true(ike_seal(l.s, ip, ladder_packet(&l, ip, 100), out, sizeof(out), &to, l.now) > 0);
    assert_int_equal(ike_child_export(l.s, 1, &k), 0);
    assert_true(k.out_seq == 4);
    c.spi = k.spi_out;
    c.encr = k.encr;
    c.encr_bits = k.encr_bits;
    c.key = k.out_key;
    c.first_seq = k.out_seq;
    assert_int_equal(ike_esp_new_out(&e, &c, &l.env), 0);
    memcpy(buf + pkt.off, ip, 100);
    assert_int_equal(ike_esp_seal(e, &pkt, 1), 1);
    assert_int_equal(ike__be32(buf + pkt.off + 4), 4); /* sequence number */
    assert_true(ike__be64(buf + pkt.off + 8) == 4);    /* IV: the session used 1 to 3 */
    assert_true(memcmp(out + 8, buf + pkt.off + 8, 8) < 0);
    ike_esp_free(e);
    assert_int_equal(ike_child_export(l.s, 1, &k), IKE_E_USAGE);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_goes_through_and_nothing_else),
        cmocka_unit_test(exported_keys_go_on_where_we_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
