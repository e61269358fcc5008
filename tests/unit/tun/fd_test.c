/* tests/unit/tun/fd_test.c - packets through a descriptor, one a read. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include <fcntl.h>
#include <ike/tun.h>
#include <sys/socket.h>
#include <unistd.h>

/* Sequenced packets keep their borders, as a TUN device does. */
static int open_pair(ike_tun *tun)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    assert_int_equal(ike_tun_fd(tun, fds[0]), 0);
    return fds[1];
}

static void one_packet_a_read(void **state)
{
    uint8_t buf[64];
    ike_tun tun;
    int other;

    (void)state;
    other = open_pair(&tun);
    assert_int_equal(tun.abi, IKE_TUN_ABI);
    assert_int_equal(tun.read(tun.self, buf, sizeof(buf)), 0); /* would block, and does not */
    assert_int_equal(send(other, "first", 5, 0), 5);
    assert_int_equal(send(other, "2nd", 3, 0), 3);
    assert_int_equal(tun.read(tun.self, buf, sizeof(buf)), 5);
    assert_memory_equal(buf, "first", 5);
    assert_int_equal(tun.read(tun.self, buf, sizeof(buf)), 3);
    assert_memory_equal(buf, "2nd", 3);
    assert_int_equal(tun.read(tun.self, buf, sizeof(buf)), 0);

    assert_int_equal(tun.write(tun.self, (const uint8_t *)"packet", 6), 0);
    assert_int_equal(recv(other, buf, sizeof(buf), 0), 6);
    assert_memory_equal(buf, "packet", 6);
    tun.close(tun.self);
    close(other);
}

static void the_descriptor_can_be_waited_for_and_is_closed(void **state)
{
    int fds[2];
    char octet;
    ike_tun tun;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
    assert_int_equal(ike_tun_fd(&tun, fds[0]), 0);
    assert_int_equal(tun.pollable(tun.self), fds[0]);
    assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
    tun.close(tun.self);
    assert_int_equal(recv(fds[1], &octet, 1, 0), 0); /* the other end sees it go */
    close(fds[1]);
}

/* addresses and routes are somebody else's */
static void configure_does_nothing(void **state)
{
    const ike_tun_plan plan = IKE_TUN_PLAN_INIT;
    ike_tun tun;
    int other;

    (void)state;
    other = open_pair(&tun);
    assert_int_equal(tun.configure(tun.self, &plan), 0);
    assert_int_equal(tun.configure(tun.self, &plan), 0);
    assert_string_equal(tun.why(tun.self), "");
    tun.close(tun.self);
    close(other);
}

/* a full queue drops and is no error; what was in it comes through whole */
static void a_full_queue_drops(void **state)
{
    uint8_t packet[1000], buf[2000];
    unsigned came = 0;
    ike_tun tun;
    int other;

    (void)state;
    other = open_pair(&tun);
    memset(packet, 0x45, sizeof(packet));
    for (int i = 0; i < 5000; i++)
        assert_int_equal(tun.write(tun.self, packet, sizeof(packet)), 0);
    for (ssize_t n; (n = recv(other, buf, sizeof(buf), MSG_DONTWAIT)) > 0; came++)
        assert_int_equal(n, sizeof(packet));
    assert_true(came > 0);
    assert_true(came < 5000);
    assert_int_equal(tun.write(tun.self, packet, sizeof(packet)), 0);
    assert_int_equal(recv(other, buf, sizeof(buf), 0), sizeof(packet));
    tun.close(tun.self);
    close(other);
}

static void failures_are_told(void **state)
{
    uint8_t buf[8];
    ike_tun tun;
    int fds[2];

    (void)state;
    assert_int_equal(ike_tun_fd(&tun, -1), IKE_E_LOCAL_IO);
    assert_null(tun.self);
    assert_null(tun.read);

    assert_int_equal(pipe(fds), 0); /* a pipe goes one way */
    assert_int_equal(ike_tun_fd(&tun, fds[0]), 0);
    assert_int_equal(tun.write(tun.self, (const uint8_t *)"x", 1), IKE_E_LOCAL_IO);
    assert_int_equal(write(fds[1], "y", 1), 1);
    assert_int_equal(tun.read(tun.self, buf, sizeof(buf)), 1);
    tun.close(tun.self);
    assert_int_equal(ike_tun_fd(&tun, fds[1]), 0);
    assert_int_equal(tun.read(tun.self, buf, sizeof(buf)), IKE_E_LOCAL_IO);
    tun.close(tun.self);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_packet_a_read),
        cmocka_unit_test(the_descriptor_can_be_waited_for_and_is_closed),
        cmocka_unit_test(configure_does_nothing),
        cmocka_unit_test(a_full_queue_drops),
        cmocka_unit_test(failures_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
