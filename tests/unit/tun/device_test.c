/* tests/unit/tun/device_test.c - bursts in and out of a descriptor that speaks like a TUN. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "tun/device.h"
#include "unit/tun/reference.h"
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t payload[65536], whole[65536 + 100], arena[3 * 65536];
static struct ike_device device;
static int kernel; /* the other end */

static int set_up(void **state)
{
    int fds[2], size = 1 << 20;

    (void)state;
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i * 3 + i / 255);
    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
    (void)setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    memset(&device, 0, sizeof(device));
    device.fd = fds[0];
    device.has_headers = 1;
    kernel = fds[1];
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(device.fd);
    close(kernel);
    return 0;
}

/* The kernel hands out a packet of TCP that is to be cut, or (size 0) one that is not. */
static void hand_out(size_t payload_n, uint16_t size)
{
    struct ref_packet r = {.family = 4,
                           .proto = REF_TCP,
                           .flags = REF_ACK,
                           .payload = payload,
                           .payload_n = payload_n,
                           .window = 9};
    struct virtio_net_hdr h;
    size_t n = ref_make(whole + sizeof(h), &r);

    memset(&h, 0, sizeof(h));
    if (size) {
        h = (struct virtio_net_hdr){.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
                                    .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
                                    .gso_size = size,
                                    .csum_start = 20,
                                    .csum_offset = 16};
        ref_put16(whole + sizeof(h) + 36, ref_pseudo(whole + sizeof(h), REF_TCP, n - 20));
    }
    memcpy(whole, &h, sizeof(h));
    assert_int_equal(send(kernel, whole, sizeof(h) + n, 0), sizeof(h) + n);
}

static void expect_segment(const ike_packet *p, uint32_t seq, size_t n)
{
    const uint8_t *ip = p->buf + p->off;

    assert_int_equal(p->n, 40 + n);
    assert_true(p->off >= IKE_HEADROOM && p->cap - p->off - p->n >= IKE_TAILROOM);
    assert_true(p->buf >= arena && p->buf + p->cap <= arena + sizeof(arena));
    assert_true(ref_is_sound(ip, p->n));
    assert_int_equal(ref_get32(ip + 24), seq);
    assert_memory_equal(ip + 40, payload + seq, n);
}

/* One cut packet a call, so that a burst stays together; what there was before it comes along. */
static void a_call_ends_with_a_burst(void **state)
{
    ike_packet p[128];
    int rest;

    (void)state;
    hand_out(10, 0);
    hand_out(5000, 1000);
    hand_out(30, 0);
    assert_int_equal(ike__device_read_n(&device, arena, sizeof(arena), p, 128, &rest), 6);
    assert_int_equal(rest, IKE_TUN_MORE);
    expect_segment(&p[0], 0, 10);
    for (uint32_t i = 0; i < 5; i++)
        expect_segment(&p[1 + i], i * 1000, 1000);
    assert_int_equal(ike__device_read_n(&device, arena, sizeof(arena), p, 128, &rest), 1);
    assert_int_equal(rest, IKE_TUN_DRY);
    assert_int_equal(ike__device_read_n(&device, arena, sizeof(arena), p, 128, &rest), 0);
    assert_int_equal(rest, IKE_TUN_DRY);
}

/* What pollable does not show is said, and comes with the next call. */
static void what_is_held_is_told(void **state)
{
    ike_packet p[128];
    int rest;
    uint32_t seq = 0;

    (void)state;
    hand_out(60000, 100); /* 600 of them: more than one call takes */
    for (;;) {
        int n = ike__device_read_n(&device, arena, sizeof(arena), p, 128, &rest);

        assert_true(n > 0 && n <= 128);
        for (int i = 0; i < n; i++, seq += 100)
            expect_segment(&p[i], seq, 100);
        if (rest != IKE_TUN_HELD)
            break;
        assert_int_equal(n, 128);
    }
    assert_int_equal(seq, 60000);
    hand_out(60000, 1400); /* and with less room than it needs */
    for (seq = 0;;) {
        int n = ike__device_read_n(&device, arena, IKE_TUN_BUF, p, 20, &rest);

        assert_true(n > 0 && n <= 20);
        for (int i = 0; i < n; i++, seq += 1400)
            expect_segment(&p[i], seq, seq + 1400 < 60000 ? 1400 : 60000 - seq);
        if (rest != IKE_TUN_HELD)
            break;
    }
    assert_true(seq >= 60000);
}

static void one_at_a_time_gives_the_same(void **state)
{
    uint8_t one[2000];
    ike_packet p = {.buf = arena, .cap = sizeof(arena), .off = IKE_HEADROOM};

    (void)state;
    hand_out(3000, 1000);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(ike__device_read(&device, one, sizeof(one)), 1040);
        p.n = 1040;
        memcpy(p.buf + p.off, one, 1040);
        expect_segment(&p, i * 1000, 1000);
    }
    assert_int_equal(ike__device_read(&device, one, sizeof(one)), 0);
}

static void nonsense_of_the_device_is_passed_over(void **state)
{
    struct virtio_net_hdr h = {.gso_type = 77};
    ike_packet p[8];
    int rest;

    (void)state;
    memcpy(whole, &h, sizeof(h));
    assert_int_equal(send(kernel, whole, sizeof(h) + 100, 0), sizeof(h) + 100);
    hand_out(10, 0);
    assert_int_equal(ike__device_read_n(&device, arena, sizeof(arena), p, 8, &rest), 1);
    expect_segment(&p[0], 0, 10);
}

static size_t lay(ike_packet *p, size_t n, size_t each)
{
    for (size_t i = 0; i < n; i++) {
        struct ref_packet r = {.family = 6,
                               .proto = REF_TCP,
                               .flags = REF_ACK,
                               .seq = (uint32_t)(i * each),
                               .payload = payload + i * each,
                               .payload_n = each};

        memset(&p[i], 0, sizeof(p[i]));
        p[i].buf = arena + i * 2048;
        p[i].cap = 2048;
        p[i].n = (uint32_t)ref_make(p[i].buf, &r);
    }
    return n;
}

static void segments_are_written_as_one(void **state)
{
    ike_packet p[40];
    struct virtio_net_hdr h;

    (void)state;
    lay(p, 40, 1000);
    p[20].err = -1;
    assert_int_equal(ike__device_write_n(&device, p, 40), 0);
    for (uint32_t from = 0; from <= 21000; from += 21000) { /* the gap makes two of them */
        size_t n = from ? 19000 : 20000;
        assert_int_equal(recv(kernel, whole, sizeof(whole), 0), sizeof(h) + 60 + n);
        memcpy(&h, whole, sizeof(h));
        assert_int_equal(h.gso_size, 1000);
        assert_int_equal(h.gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
        assert_memory_equal(whole + sizeof(h) + 60, payload + from, n);
    }
    assert_int_equal(recv(kernel, whole, sizeof(whole), 0), -1);
}

static void without_headers_packets_go_alone(void **state)
{
    ike_packet p[4];
    int rest;

    (void)state;
    device.has_headers = 0;
    lay(p, 4, 1000);
    assert_int_equal(ike__device_write_n(&device, p, 4), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(recv(kernel, whole, sizeof(whole), 0), 1060);
        assert_memory_equal(whole, p[i].buf, 1060);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(send(kernel, p[i].buf, 1060, 0), 1060);
    assert_int_equal(ike__device_read_n(&device, arena + 65536, IKE_TUN_BUF + 1200, p + 1, 3, &rest), 2);
    assert_int_equal(rest, IKE_TUN_MORE); /* no room for a third one of 64 KiB, which might come */
    assert_int_equal(p[1].n, 1060);
    assert_int_equal(ike__device_read_n(&device, arena + 65536, 2 * 65536, p + 1, 3, &rest), 1);
    assert_int_equal(rest, IKE_TUN_DRY);
}

/* A queue that is full loses, and says how many. */
static void losses_are_counted(void **state)
{
    ike_packet p[40];
    int lost = 0, size = 4096;

    (void)state;
    (void)setsockopt(device.fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    lay(p, 40, 1000);
    for (int i = 0; i < 100 && lost == 0; i++)
        lost = ike__device_write_n(&device, p + 1, 1);
    assert_int_equal(lost, 1);
    device.has_headers = 0;
    assert_int_equal(ike__device_write_n(&device, p, 40), 40);
    close(kernel);
    kernel = open("/dev/null", O_RDWR);
    assert_int_equal(ike__device_write_n(&device, p, 40), IKE_E_LOCAL_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_ends_with_a_burst, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_held_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_at_a_time_gives_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonsense_of_the_device_is_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(segments_are_written_as_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_headers_packets_go_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(losses_are_counted, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
