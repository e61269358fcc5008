/* tests/unit/tun/split_test.c - a packet that stands for many becomes those many. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "unit/tun/reference.h"
#include <ike/err.h>

static uint8_t payload[65536], whole[65536 + 100], out[65536 + 100], expected[65536 + 100];

static int fill_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i * 7 + i / 251);
    return 0;
}

/* As the kernel hands it out: the checksum is that of the pseudo-header. */
static struct virtio_net_hdr partial(uint8_t *ip, size_t n, uint8_t type, uint16_t size)
{
    size_t ip_n = ref_ip_n(ip), at = ref_proto(ip) == REF_TCP ? 16 : ref_proto(ip) == REF_UDP ? 6 : 2;
    struct virtio_net_hdr h = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                               .gso_type = type,
                               .gso_size = size,
                               .csum_start = (uint16_t)ip_n,
                               .csum_offset = (uint16_t)at};

    ref_put16(ip + ip_n + at, ref_pseudo(ip, ref_proto(ip), n - ip_n));
    return h;
}

/* RFC 1071: all lengths, at every alignment, as word by word. */
static void sums_are_those_of_the_rfc(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n++)
        for (size_t at = 0; at < 17; at++) {
            unsigned sum = ref_sum(payload + at, n, 0);
            uint16_t got;
            uint8_t octets[2];

            got = ike__tun_fold(ike__tun_sum(payload + at, n));
            memcpy(octets, &got, 2);
            assert_int_equal(ref_get16(octets), sum);
            memset(out, 0xee, n + 1);
            got = ike__tun_fold(ike__tun_sum_copy(out, payload + at, n));
            memcpy(octets, &got, 2);
            assert_int_equal(ref_get16(octets), sum);
            assert_memory_equal(out, payload + at, n);
            assert_int_equal(out[n], 0xee);
        }
    memset(whole, 0xff, 65535); /* the largest sum there is */
    assert_int_equal(ike__tun_fold(ike__tun_sum(whole, 65534)), 0xffff);
}

static void expect_segments(struct ref_packet r, size_t size)
{
    struct ref_packet all = r;
    struct virtio_net_hdr h;
    struct ike_split s;
    size_t n, at = 0, count = 0;
    int got;

    n = ref_make(whole, &all);
    h = partial(whole, n,
                r.proto == REF_UDP ? VIRTIO_NET_HDR_GSO_UDP_L4
                : r.family == 4    ? VIRTIO_NET_HDR_GSO_TCPV4 | VIRTIO_NET_HDR_GSO_ECN
                                   : VIRTIO_NET_HDR_GSO_TCPV6,
                (uint16_t)size);
    assert_int_equal(ike__split_begin(&s, &h, whole, n), 0);
    while ((got = ike__split_next(&s, out, sizeof(out))) > 0) {
        struct ref_packet one = r;

        one.payload = r.payload + at;
        one.payload_n = r.payload_n - at < size ? r.payload_n - at : size;
        one.seq = r.seq + (uint32_t)at;
        one.id = (r.id + (unsigned)count) & 0xffff;
        if (at + one.payload_n < r.payload_n)
            one.flags &= ~(unsigned)(REF_FIN | REF_PSH);
        if (count > 0)
            one.flags &= ~(unsigned)REF_CWR;
        n = ref_make(expected, &one);
        assert_int_equal(got, n);
        assert_memory_equal(out, expected, n);
        assert_true(ref_is_sound(out, n));
        at += one.payload_n;
        count++;
    }
    assert_int_equal(got, 0);
    assert_int_equal(at, r.payload_n);
    assert_int_equal(count, (r.payload_n + size - 1) / size);
}

/* RFC 9293 3.7, RFC 3168 6.1.2: numbers go on and wrap, FIN and PSH are the last one's, CWR the first one's */
static void tcp_becomes_its_segments(void **state)
{
    static const size_t sizes[] = {1, 7, 536, 1348, 1400}, lengths[] = {1, 2, 1399, 1400, 2801, 4049};
    struct ref_packet r = {.proto = REF_TCP,
                           .id = 0xfffe,
                           .seq = 0xfffffff0,
                           .ack = 5,
                           .window = 500,
                           .payload = payload,
                           .flags = REF_ACK | REF_PSH | REF_FIN | REF_CWR};

    (void)state;
    for (r.family = 4; r.family <= 6; r.family += 2)
        for (r.options = 0; r.options <= 40; r.options = (uint8_t)(r.options + 20))
            for (size_t i = 0; i < 5; i++)
                for (size_t k = 0; k < 6; k++) {
                    r.payload_n = lengths[k];
                    r.no_fragments = k & 1;
                    expect_segments(r, sizes[i]);
                }
    r.family = 4;
    r.options = 12;
    r.payload_n = 65535 - 52;
    expect_segments(r, 1348);
}

static void udp_becomes_its_datagrams(void **state)
{
    struct ref_packet r = {.proto = REF_UDP, .id = 3, .payload = payload};

    (void)state;
    for (r.family = 4; r.family <= 6; r.family += 2)
        for (r.payload_n = 1; r.payload_n < 4000; r.payload_n += 333) {
            expect_segments(r, 1200);
            expect_segments(r, 101);
        }
}

/* RFC 768: a sum of zero is sent as all ones */
static void checksums_of_single_packets_are_finished(void **state)
{
    struct ref_packet r = {.payload = payload, .flags = REF_ACK, .family = 4};
    unsigned zero_sums = 0;

    (void)state;
    for (r.family = 4; r.family <= 6; r.family += 2)
        for (r.proto = REF_TCP; r.proto <= REF_UDP; r.proto += REF_UDP - REF_TCP)
            for (r.payload_n = 0; r.payload_n < 70; r.payload_n++) {
                size_t n = ref_make(whole, &r), ip_n = ref_ip_n(whole);
                struct virtio_net_hdr h;
                struct ike_split s;

                memcpy(expected, whole, n);
                h = partial(whole, n, VIRTIO_NET_HDR_GSO_NONE, 0);
                assert_int_equal(ike__split_begin(&s, &h, whole, n), 0);
                assert_int_equal(ike__split_next(&s, out, n - 1), IKE_E_NOSPACE);
                assert_int_equal(ike__split_next(&s, out, n), n);
                assert_memory_equal(out, expected, n);
                assert_int_equal(ike__split_next(&s, out, n), 0);
                if (r.proto == REF_UDP && r.payload_n >= 2) { /* make the sum come out as nothing */
                    unsigned check = ref_get16(expected + ip_n + 6);

                    ref_put16(whole + ip_n + 8, ref_sum(expected + ip_n + 8, 2, check));
                    h = partial(whole, n, VIRTIO_NET_HDR_GSO_NONE, 0);
                    assert_int_equal(ike__split_begin(&s, &h, whole, n), 0);
                    assert_int_equal(ike__split_next(&s, out, n), n);
                    assert_int_equal(ref_get16(out + ip_n + 6), 0xffff);
                    assert_true(ref_is_sound(out, n));
                    zero_sums++;
                }
            }
    assert_true(zero_sums > 100);
}

static void what_is_complete_is_left_alone(void **state)
{
    struct ref_packet r = {.proto = REF_TCP, .family = 6, .payload = payload, .payload_n = 100};
    struct virtio_net_hdr h;
    struct ike_split s;
    size_t n = ref_make(whole, &r);

    (void)state;
    memset(&h, 0, sizeof(h));
    assert_int_equal(ike__split_begin(&s, &h, whole, n), 0);
    assert_int_equal(ike__split_next(&s, out, sizeof(out)), n);
    assert_memory_equal(out, whole, n);
}

/* A caller whose buffer is full goes on with another one. */
static void a_full_buffer_loses_nothing(void **state)
{
    struct ref_packet r = {
        .proto = REF_TCP, .family = 4, .payload = payload, .payload_n = 3000, .flags = REF_ACK};
    struct virtio_net_hdr h;
    struct ike_split s;
    size_t n = ref_make(whole, &r);

    (void)state;
    h = partial(whole, n, VIRTIO_NET_HDR_GSO_TCPV4, 1000);
    assert_int_equal(ike__split_begin(&s, &h, whole, n), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ike__split_next(&s, out, 1039), IKE_E_NOSPACE);
        assert_int_equal(ike__split_next(&s, out, 1040), 1040);
        assert_int_equal(ref_get32(out + 24), i * 1000);
        assert_true(ref_is_sound(out, 1040));
    }
    assert_int_equal(ike__split_next(&s, out, sizeof(out)), 0);
}

static void headers_that_do_not_fit_are_refused(void **state)
{
    struct ref_packet r = {
        .proto = REF_TCP, .family = 4, .payload = payload, .payload_n = 3000, .flags = REF_ACK};
    size_t n = ref_make(whole, &r);
    const struct virtio_net_hdr good = partial(whole, n, VIRTIO_NET_HDR_GSO_TCPV4, 1000);
    struct virtio_net_hdr h;
    struct ike_split s;

    (void)state;
    h = good;
    assert_int_equal(ike__split_begin(&s, &h, whole, 19), IKE_E_DISCARD);
    assert_int_equal(ike__split_begin(&s, &h, whole, 40), IKE_E_DISCARD); /* headers alone */
    h.gso_size = 0;
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h = good;
    h.flags = 0; /* nobody finishes its checksums */
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h = good;
    h.csum_start = 24;
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h = good;
    h.csum_offset = 6;
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h = good;
    h.csum_start = (uint16_t)(n - 17);
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h = good;
    h.gso_type = VIRTIO_NET_HDR_GSO_TCPV6;
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h.gso_type = VIRTIO_NET_HDR_GSO_UDP; /* fragments: not asked for */
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    h = good;
    whole[32] = 0x40; /* a TCP header of 16 octets */
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    whole[32] = 0x50;
    whole[6] = 0x20; /* a fragment */
    assert_int_equal(ike__split_begin(&s, &h, whole, n), IKE_E_DISCARD);
    whole[6] = 0;
    assert_int_equal(ike__split_begin(&s, &good, whole, n), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_the_rfc),
        cmocka_unit_test(tcp_becomes_its_segments),
        cmocka_unit_test(udp_becomes_its_datagrams),
        cmocka_unit_test(checksums_of_single_packets_are_finished),
        cmocka_unit_test(what_is_complete_is_left_alone),
        cmocka_unit_test(a_full_buffer_loses_nothing),
        cmocka_unit_test(headers_that_do_not_fit_are_refused),
    };

    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
