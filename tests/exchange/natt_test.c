/* tests/exchange/natt_test.c - NAT detection, ports, and addresses that change under way. SPDX-License-Identifier: Apache-2.0 */
#include "up.h"
#include "peer/forge.h"
#include "wire/payloads.h"

/* Facts only: nothing is pretended. */
static void begin(struct ladder *l)
{
    ladder_init(l);
    l->cfg.encap = IKE_ENCAP_AUTO;
}

/* One packet of the gateway for the client, sealed. */
static int from_gateway(struct ladder *l, uint8_t *out, size_t cap)
{
    uint8_t ip[100];
    ike_path to;

    ladder_packet_back(l, ip, sizeof(ip));
    return peer_seal(l->peer, ip, sizeof(ip), out, cap, &to);
}

static ike_path from_port(const struct ladder *l, uint16_t port)
{
    ike_path p = l->path;

    p.remote.port = port;
    return p;
}

/* RFC 7296 2.23, row 89: of several source hashes of a gateway with several addresses one has to match */
static void any_source_hash_may_match(void **state)
{
    static const uint8_t strange[20] = {1, 2, 3};
    struct forge_change c = {.exchange = IKE_X_IKE_SA_INIT, .add = IKE_P_NOTIFY, .add_n = 3};
    uint8_t buf[64];

    (void)state;
    c.add_body = forge_notify_body(buf, sizeof(buf), IKE_N_NAT_DETECTION_SOURCE_IP, ike__span(strange, 20));
    for (c.is_in_front = 0; c.is_in_front < 2; c.is_in_front++) {
        struct ladder l;

        begin(&l);
        l.pcfg.script.edit = forge_edit;
        l.pcfg.script.user = &c;
        up(&l);
        assert_int_equal(l.up.nat, IKE_NAT_NONE);
        ladder_free(&l);
    }
}

static void set_natd(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static const uint8_t data[64];
    size_t n = *(const size_t *)user;

    if (exchange != IKE_X_IKE_SA_INIT)
        return;
    ike__notify_write(out, IKE_N_NAT_DETECTION_SOURCE_IP, ike__span(data, n));
    ike__notify_write(out, IKE_N_NAT_DETECTION_DESTINATION_IP, ike__span(data, n));
}

/* RFC 7296 2.23, row 91: what is no hash matches nothing: a NAT on both sides, and to port 4500 */
static void what_is_no_hash_is_a_nat(void **state)
{
    static const size_t lengths[] = {0, 1, 19, 20, 21, 64};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        size_t n = lengths[i];
        struct ladder l;

        begin(&l);
        l.cfg.mobike = IKE_OFF;
        l.pcfg.script.no_natd = 1;
        l.pcfg.script.edit = set_natd;
        l.pcfg.script.user = &n;
        up(&l);
        assert_int_equal(l.up.nat, IKE_NAT_BOTH);
        assert_int_equal(l.s->sa->paths.now.remote.port, 4500);
        ladder_free(&l);
    }
}

/* RFC 4555 3.3, row 92: MOBIKE goes to port 4500 without a NAT; without MOBIKE nothing moves */
static void mobike_moves_to_4500(void **state)
{
    (void)state;
    for (int off = 0; off < 2; off++) {
        struct ladder l;

        begin(&l);
        l.pcfg.script.mobike = 1;
        l.cfg.mobike = off ? IKE_OFF : 0;
        up(&l);
        assert_int_equal(l.up.nat, IKE_NAT_NONE);
        assert_int_equal(l.peer->path.local.port, off ? 500 : 4500);
        assert_int_equal(l.s->sa->paths.now.remote.port, off ? 500 : 4500);
        ladder_free(&l);
    }
}

/* RFC 7296 2.23, row 103: a NAT is a NAT, also between IPv6 addresses */
static void ipv6_through_a_nat(void **state)
{
    (void)state;
    for (int nat = 0; nat < 2; nat++) {
        uint8_t ip[100], out[400];
        struct ladder l;
        ike_path to;

        begin(&l);
        l.cfg.mobike = IKE_OFF;
        (void)ike__addr_parse(&l.path.remote, "2001:db8::1");
        (void)ike__addr_parse(&l.path.local, "2001:db8:1::7");
        l.path.local.port = 40000;
        if (nat)
            (void)ike__addr_parse(&l.nat, "2001:db8:2::9");
        l.nat.port = 1000;
        up(&l);
        assert_int_equal(l.up.nat, nat ? IKE_NAT_LOCAL : IKE_NAT_NONE);
        assert_true(ike_seal(l.s, ip, ladder_packet(&l, ip, sizeof(ip)), out, sizeof(out), &to, l.now) > 0);
        assert_int_equal(to.remote.family, 6);
        assert_int_equal(to.remote.port, nat ? 4500 : 500);
        ladder_free(&l);
    }
}

/* RFC 7296 2.23, row 96: "… ESP and non-UDP-encapsulated ESP packets at any time", NAT or not */
static void both_forms_of_esp_are_taken(void **state)
{
    (void)state;
    for (int nat = 0; nat < 2; nat++) {
        ike_packet pkt = {.off = 0};
        uint8_t buf[400];
        ike_path from;
        ike_span inner;
        struct ladder l;
        int n;

        begin(&l);
        l.cfg.mobike = IKE_OFF;
        if (nat)
            (void)ike__addr_parse(&l.nat, "198.51.100.99");
        l.nat.port = 1000;
        up(&l);
        n = from_gateway(&l, buf, sizeof(buf));
        assert_true(n > 0);
        from = from_port(&l, 4500);
        assert_int_equal(ike_recv(l.s, &from, buf, (size_t)n, &inner, l.now), 0);
        assert_int_equal(inner.n, 100);
        n = from_gateway(&l, buf, sizeof(buf));
        assert_true(n > 0);
        pkt.buf = buf;
        pkt.cap = sizeof(buf);
        pkt.n = (uint32_t)n;
        assert_int_equal(ike_open_n(l.s, &pkt, 1, l.now), 1);
        assert_int_equal(pkt.n, 100);
        ladder_free(&l);
    }
}

/* A liveness request of the gateway, from another address. */
static int ask_from(struct ladder *l, const char *address, uint16_t port, int is_forged)
{
    struct forged f = forge(l, IKE_X_INFORMATIONAL, 0, l->peer->next_out);

    l->to_client[0] = forge_seal(l, &f);
    if (is_forged)
        l->to_client[0].p[l->to_client[0].n - 1] ^= 1;
    else
        l->peer->next_out++;
    (void)ike__addr_parse(&l->to_client[0].path.remote, address);
    l->to_client[0].path.remote.port = port;
    return ladder_deliver_in(l, 0);
}

static void check_remote(struct ladder *l, const char *address, uint16_t port)
{
    ike_addr expected;

    (void)ike__addr_parse(&expected, address);
    assert_int_equal(ike_check_alive(l->s, l->now), 0);
    l->out_n = 0;
    ladder_drain(l);
    assert_int_equal(l->out_n, 1);
    assert_memory_equal(l->to_gateway[0].path.remote.ip, expected.ip, 4);
    assert_int_equal(l->to_gateway[0].path.remote.port, port);
}

/* RFC 7296 2.11, 2.23, row 97: an answer goes where the request came from; whoever is behind a NAT goes on where it was */
static void behind_a_nat_the_gateway_stays_where_it_was(void **state)
{
    ike_addr other;
    struct ladder l;

    (void)state;
    begin(&l);
    l.cfg.mobike = IKE_OFF;
    (void)ike__addr_parse(&l.nat, "198.51.100.99");
    l.nat.port = 1000;
    up(&l);
    assert_int_equal(ask_from(&l, "203.0.113.5", 5555, 0), 0);
    assert_int_equal(l.out_n, 1);
    (void)ike__addr_parse(&other, "203.0.113.5");
    assert_memory_equal(l.to_gateway[0].path.remote.ip, other.ip, 4);
    assert_int_equal(l.to_gateway[0].path.remote.port, 5555);
    check_remote(&l, "192.0.2.1", 4500);
    ladder_free(&l);
}

/* RFC 7296 2.23, RFC 4555 3.8, row 98: a gateway whose NAT has moved it is followed by authentic messages; not with
 * MOBIKE, and not for what anybody could have sent */
static void a_gateway_behind_a_nat_is_followed(void **state)
{
    (void)state;
    for (int mobike = 0; mobike < 2; mobike++) {
        struct ladder l;

        begin(&l);
        l.cfg.mobike = mobike ? 0 : IKE_OFF;
        l.pcfg.script.mobike = (uint8_t)mobike;
        up(&l);
        l.s->sa->paths.now.remote.port = 4500; /* as if a NAT had been found there */
        l.s->sa->paths.nat_remote = 1;
        assert_int_equal(ask_from(&l, "203.0.113.5", 61000, 1), IKE_E_DISCARD);
        assert_int_equal(l.s->sa->paths.now.remote.port, 4500);
        assert_int_equal(ask_from(&l, "203.0.113.5", 61000, 0), 0);
        check_remote(&l, mobike ? "192.0.2.1" : "203.0.113.5", mobike ? 4500 : 61000);
        ladder_free(&l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_source_hash_may_match),
        cmocka_unit_test(what_is_no_hash_is_a_nat),
        cmocka_unit_test(mobike_moves_to_4500),
        cmocka_unit_test(ipv6_through_a_nat),
        cmocka_unit_test(both_forms_of_esp_are_taken),
        cmocka_unit_test(behind_a_nat_the_gateway_stays_where_it_was),
        cmocka_unit_test(a_gateway_behind_a_nat_is_followed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
