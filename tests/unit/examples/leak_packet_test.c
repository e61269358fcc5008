/* tests/unit/examples/leak_packet_test.c - what is seen on a wire, and the packets of probes. SPDX-License-Identifier: Apache-2.0 */
#include "../../../examples/ike/leak_packet.h"
#include "fake/test.h"

#define IP4 0x0800
#define ARP 0x0806
#define IP6 0x86dd

static const ike_addr us4 = {.ip = {10, 77, 1, 2}, .family = 4, .port = 4711};
static const ike_addr far4 = {.ip = {198, 51, 100, 7}, .family = 4, .port = 53};
static const ike_addr us6 = {.ip = {0xfd, 0x77, [15] = 2}, .family = 6, .port = 4711};
static const ike_addr far6 = {.ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 7}, .family = 6, .port = 53};

/* RFC 1071: a sum over what holds its own checksum is all ones */
static unsigned sum_of(const uint8_t *p, size_t n, unsigned more)
{
    for (size_t i = 0; i < n; i++)
        more += (unsigned)p[i] << (i % 2 ? 0 : 8);
    more = (more & 0xffff) + (more >> 16);
    return (more & 0xffff) + (more >> 16);
}

static unsigned pseudo_of(const ike_addr *a, const ike_addr *b, unsigned proto, size_t n)
{
    size_t width = a->family == 4 ? 4 : 16;

    return sum_of(a->ip, width, sum_of(b->ip, width, proto + (unsigned)n));
}

static void a_mark_is_found_again(void **state)
{
    char mark[LEAK_MARK_SIZE], other[LEAK_MARK_SIZE];
    uint8_t p[LEAK_PACKET_MAX];
    struct leak_seen seen;

    (void)state;
    leak_mark(mark, 0x0123456789abcdefu, 17);
    assert_string_equal(mark, "ikeleak-0123456789abcdef-11");
    leak_look(&seen, IP4, p, leak_datagram(p, &us4, &far4, mark));
    assert_int_equal(seen.kind, LEAK_CLEAR);
    assert_int_equal(seen.probe, 17);
    assert_true(seen.run == 0x0123456789abcdefu);
    assert_int_equal(seen.to.port, 53);
    assert_memory_equal(seen.to.ip, far4.ip, 4);
    leak_look(&seen, IP6, p, leak_datagram(p, &us6, &far6, mark));
    assert_int_equal(seen.probe, 17);
    assert_memory_equal(seen.to.ip, far6.ip, 16);
    leak_mark(other, 1, 2);
    other[12] = 'X'; /* nearly */
    leak_look(&seen, IP4, p, leak_datagram(p, &us4, &far4, other));
    assert_int_equal(seen.probe, -1);
    assert_true(seen.run == 0);
}

static void every_packet_of_ours_carries_its_mark_and_a_right_checksum(void **state)
{
    char mark[LEAK_MARK_SIZE];
    uint8_t p[LEAK_PACKET_MAX];
    struct leak_seen seen;
    size_t n;

    (void)state;
    leak_mark(mark, 9, 3);
    n = leak_datagram(p, &us4, &far4, mark);
    assert_int_equal(sum_of(p, 20, 0), 0xffff);
    assert_int_equal(sum_of(p + 20, n - 20, pseudo_of(&us4, &far4, 17, n - 20)), 0xffff);
    n = leak_datagram(p, &us6, &far6, mark);
    assert_int_equal(sum_of(p + 40, n - 40, pseudo_of(&us6, &far6, 17, n - 40)), 0xffff);
    n = leak_syn(p, &us6, &far6, mark);
    assert_int_equal(sum_of(p, n, pseudo_of(&us6, &far6, 6, n)), 0xffff);
    n = leak_echo(p, 4, mark);
    assert_int_equal(sum_of(p, n, 0), 0xffff);
    assert_int_equal(p[0], 8);
    leak_look(&seen, 0, p, n);
    assert_int_equal(seen.probe, 3);
    n = leak_dns(p, mark, "invalid");
    assert_true(n <= LEAK_PACKET_MAX);
    leak_look(&seen, 0, p, n);
    assert_int_equal(seen.probe, 3);
    assert_int_equal(p[12], LEAK_MARK_SIZE - 1); /* RFC 1035 3.1: a label is its length and its octets */
    assert_int_equal(p[13 + p[12]], 7);
}

/* UDP over IPv4 or IPv6 with these ports and this body. */
static size_t udp(uint8_t *p, int is_ip6, uint16_t from, uint16_t to, const void *body, size_t n)
{
    ike_addr a = is_ip6 ? us6 : us4, b = is_ip6 ? far6 : far4;
    size_t ip = is_ip6 ? 40 : 20, at = is_ip6 ? 4 : 2;

    a.port = from;
    b.port = to;
    (void)leak_datagram(p, &a, &b, "");
    memcpy(p + ip + 8, body, n);
    p[at] = (uint8_t)((n + (is_ip6 ? 8 : 28)) >> 8);
    p[at + 1] = (uint8_t)(n + (is_ip6 ? 8 : 28));
    return ip + 8 + n;
}

static int kind_of(int is_ip6, uint16_t from, uint16_t to, const void *body, size_t n)
{
    uint8_t p[600];
    struct leak_seen seen;

    leak_look(&seen, is_ip6 ? IP6 : IP4, p, udp(p, is_ip6, from, to, body, n));
    return seen.kind;
}

/* RFC 7296 3.1, RFC 3948 2: by port and by what is in it */
static void ike_and_esp_are_known(void **state)
{
    static const uint8_t ike[28] = {1, [17] = 0x20}, v1[28] = {1, [17] = 0x10}, keepalive[1] = {0xff};
    uint8_t behind_marker[32] = {0}, esp[40] = {0xc0, 1, 2, 3};

    (void)state;
    memcpy(behind_marker + 4, ike, sizeof(ike));
    for (int is_ip6 = 0; is_ip6 < 2; is_ip6++) {
        assert_int_equal(kind_of(is_ip6, 500, 500, ike, sizeof(ike)), LEAK_IKE);
        assert_int_equal(kind_of(is_ip6, 500, 500, ike, 27), LEAK_CLEAR);
        assert_int_equal(kind_of(is_ip6, 500, 500, v1, sizeof(v1)), LEAK_CLEAR);
        assert_int_equal(kind_of(is_ip6, 40000, 4500, behind_marker, sizeof(behind_marker)), LEAK_IKE);
        assert_int_equal(kind_of(is_ip6, 4500, 4500, keepalive, 1), LEAK_IKE);
        assert_int_equal(kind_of(is_ip6, 4500, 4500, "x", 1), LEAK_CLEAR);
        assert_int_equal(kind_of(is_ip6, 4500, 4500, esp, sizeof(esp)), LEAK_ESP);
        assert_int_equal(kind_of(is_ip6, 4500, 4500, esp, 12), LEAK_CLEAR);
        assert_int_equal(kind_of(is_ip6, 4500, 4501, esp, sizeof(esp)), LEAK_CLEAR);
    }
}

/* RFC 2131 2, RFC 8415 7.2: both ports, and a message behind them */
static void dhcp_is_known_by_both_ports(void **state)
{
    uint8_t message[240] = {1, 1, 6};

    (void)state;
    memcpy(message + 236, "\x63\x82\x53\x63", 4);
    assert_int_equal(kind_of(0, 68, 67, message, sizeof(message)), LEAK_DHCP);
    assert_int_equal(kind_of(0, 4711, 67, message, sizeof(message)), LEAK_CLEAR);
    assert_int_equal(kind_of(0, 68, 4711, message, sizeof(message)), LEAK_CLEAR);
    assert_int_equal(kind_of(0, 68, 67, "no message", 10), LEAK_CLEAR);
    assert_int_equal(kind_of(1, 546, 547, message, 40), LEAK_DHCP);
    assert_int_equal(kind_of(1, 68, 67, message, sizeof(message)), LEAK_CLEAR);
    assert_int_equal(kind_of(0, 546, 547, message, sizeof(message)), LEAK_CLEAR);
}

static void disguises_do_not_help_a_mark(void **state)
{
    char mark[LEAK_MARK_SIZE];
    uint8_t esp[60] = {0xc0, 1, 2, 3}, message[280] = {1};

    (void)state;
    leak_mark(mark, 4, 5);
    memcpy(esp + 30, mark, sizeof(mark) - 1);
    memcpy(message + 236, "\x63\x82\x53\x63", 4);
    memcpy(message + 245, mark, sizeof(mark) - 1);
    assert_int_equal(kind_of(0, 4500, 4500, esp, sizeof(esp)), LEAK_CLEAR);
    assert_int_equal(kind_of(0, 68, 67, message, sizeof(message)), LEAK_CLEAR);
}

static size_t icmp6(uint8_t *p, uint8_t type, uint8_t hops)
{
    size_t n;

    (void)leak_datagram(p, &us6, &far6, "");
    p[5] = 24;
    p[6] = 58;
    p[7] = hops;
    memset(p + 40, 0, 24);
    p[40] = type;
    n = 64;
    memcpy(p + 48, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x09", 16);
    return n;
}

/* RFC 4861 6.1, 7.1: with a hop limit of 255; RFC 3810 5: MLD with 1 */
static void neighbour_discovery_does_not_come_from_afar(void **state)
{
    struct leak_seen seen;
    uint8_t p[80];

    (void)state;
    leak_look(&seen, IP6, p, icmp6(p, 135, 255));
    assert_int_equal(seen.kind, LEAK_ND);
    assert_int_equal(seen.to.ip[15], 9); /* whom it asks for, not whom it is sent to */
    leak_look(&seen, IP6, p, icmp6(p, 135, 64));
    assert_int_equal(seen.kind, LEAK_CLEAR);
    leak_look(&seen, IP6, p, icmp6(p, 143, 1));
    assert_int_equal(seen.kind, LEAK_ND);
    leak_look(&seen, IP6, p, icmp6(p, 128, 255));
    assert_int_equal(seen.kind, LEAK_CLEAR);
}

static void arp_says_whom_it_asks_for(void **state)
{
    uint8_t p[28] = {0, 1, 8, 0, 6, 4, 0, 1, [14] = 10, 77, 1, 2, [24] = 10, 77, 1, 9};
    struct leak_seen seen;

    (void)state;
    leak_look(&seen, ARP, p, sizeof(p));
    assert_int_equal(seen.kind, LEAK_ARP);
    assert_int_equal(seen.to.ip[3], 9);
    leak_look(&seen, ARP, p, 27);
    assert_int_equal(seen.kind, LEAK_CLEAR);
}

static void what_is_odd_is_in_the_clear(void **state)
{
    static const uint8_t ike[28] = {1, [17] = 0x20};
    uint8_t p[600];
    struct leak_seen seen;
    size_t n = udp(p, 0, 500, 500, ike, sizeof(ike));

    (void)state;
    leak_look(&seen, 0x88cc, p, n); /* another protocol of the link layer */
    assert_int_equal(seen.kind, LEAK_CLEAR);
    for (size_t cut = 0; cut < n; cut++) {
        leak_look(&seen, IP4, p, cut);
        assert_int_equal(seen.kind, LEAK_CLEAR);
    }
    p[7] = 3; /* a later fragment has no ports */
    leak_look(&seen, IP4, p, n);
    assert_int_equal(seen.kind, LEAK_CLEAR);
    n = udp(p, 1, 500, 500, ike, sizeof(ike));
    p[6] = 44; /* nor does an IPv6 fragment get the benefit of the doubt */
    leak_look(&seen, IP6, p, n);
    assert_int_equal(seen.kind, LEAK_CLEAR);
}

/* RFC 8200 4: ports stand behind all extension headers */
static void extension_headers_are_walked(void **state)
{
    static const uint8_t ike[28] = {1, [17] = 0x20};
    uint8_t p[600], q[608];
    struct leak_seen seen;
    size_t n = udp(p, 1, 500, 500, ike, sizeof(ike));

    (void)state;
    memcpy(q, p, 40);
    memset(q + 40, 0, 8);
    memcpy(q + 48, p + 40, n - 40);
    q[40] = q[6];
    q[6] = 60;
    q[5] = (uint8_t)(q[5] + 8);
    leak_look(&seen, IP6, q, n + 8);
    assert_int_equal(seen.kind, LEAK_IKE);
    q[41] = 200; /* longer than the packet */
    leak_look(&seen, IP6, q, n + 8);
    assert_int_equal(seen.kind, LEAK_CLEAR);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_found_again),
        cmocka_unit_test(every_packet_of_ours_carries_its_mark_and_a_right_checksum),
        cmocka_unit_test(ike_and_esp_are_known),
        cmocka_unit_test(dhcp_is_known_by_both_ports),
        cmocka_unit_test(disguises_do_not_help_a_mark),
        cmocka_unit_test(neighbour_discovery_does_not_come_from_afar),
        cmocka_unit_test(arp_says_whom_it_asks_for),
        cmocka_unit_test(what_is_odd_is_in_the_clear),
        cmocka_unit_test(extension_headers_are_walked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
