/* tests/unit/driver/udp_test.c - bursts of datagrams over loopback, with and without the kernel's help. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "driver/room.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define MANY 200u

static uint8_t out[MANY * 1500], in[65536];

struct ends {
    ike_uv *a, *b;
    ike_path to_b; /* from a */
    unsigned shown;
};

static int bind_any(int family, ike_addr *at)
{
    struct sockaddr_storage sa;
    socklen_t n;
    int fd = socket(family == 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    memset(at, 0, sizeof(*at));
    at->family = (uint8_t)family;
    at->ip[family == 4 ? 3 : 15] = 1;
    at->ip[0] = family == 4 ? 127 : 0;
    n = ike__uv_to_sockaddr(&sa, at);
    if (fd < 0 || bind(fd, (struct sockaddr *)&sa, n) != 0)
        return -1;
    n = sizeof(sa);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &n), 0);
    ike__uv_from_sockaddr(at, &sa);
    return fd;
}

static void show(ike_uv *v, int dir, const ike_path *path, const uint8_t *p, size_t n, void *user)
{
    (void)v;
    (void)dir;
    (void)path;
    (void)p;
    (void)n;
    ((struct ends *)user)->shown++;
}

/* 0: this machine has no such family. */
static int open_ends(struct ends *e, int family, uint32_t plain)
{
    memset(e, 0, sizeof(*e));
    e->a = calloc(1, sizeof(*e->a));
    e->b = calloc(1, sizeof(*e->b));
    assert_true(e->a && e->b);
    e->a->fd = bind_any(family, &e->to_b.local);
    e->b->fd = bind_any(family, &e->to_b.remote);
    e->a->cfg.plain = e->b->cfg.plain = plain;
    e->a->cfg.on_datagram = show;
    e->a->cfg.user = e;
    if (e->a->fd >= 0 && e->b->fd >= 0) {
        ike__uv_udp_prepare(e->a->fd, (int)plain);
        ike__uv_udp_prepare(e->b->fd, (int)plain);
        return 1;
    }
    free(e->a);
    free(e->b);
    return 0;
}

static void close_ends(struct ends *e)
{
    close(e->a->fd);
    close(e->b->fd);
    free(e->a);
    free(e->b);
}

static size_t lay(ike_packet *p, const uint16_t *lengths, size_t n)
{
    size_t at = 0;

    memset(p, 0, n * sizeof(*p));
    for (size_t i = 0; i < n; i++) {
        p[i].buf = out + at;
        p[i].off = 7;
        p[i].n = lengths[i];
        p[i].cap = 7u + lengths[i];
        for (size_t k = 0; k < lengths[i]; k++)
            p[i].buf[7 + k] = (uint8_t)(i + k);
        at += p[i].cap;
    }
    return n;
}

/* Everything arrives as it was, in order; how many calls it took on either side. */
static void expect_all(struct ends *e, const ike_packet *p, size_t n)
{
    struct ike_uv_burst b;
    size_t seen = 0, got;

    while (seen < n && (got = ike__uv_udp_recv(e->b, in, sizeof(in), &b)) > 0) {
        assert_memory_equal(&b.from.remote, &e->to_b.local, sizeof(b.from.remote));
        for (size_t at = 0; at < got; at += b.each, seen++) {
            size_t here = got - at < b.each ? got - at : b.each;
            assert_true(seen < n);
            assert_int_equal(here, p[seen].n);
            assert_int_equal(b.ecn, p[seen].ecn);
            assert_memory_equal(in + at, p[seen].buf + p[seen].off, here);
        }
    }
    assert_int_equal(seen, n);
    assert_int_equal(e->a->count.sent, n);
    assert_int_equal(e->b->count.received, n);
    assert_int_equal(e->a->count.drop_socket, 0);
    assert_int_equal(e->shown, n);
}

static void lengths_of(uint16_t *lengths, size_t n, int how)
{
    for (size_t i = 0; i < n; i++)
        lengths[i] = (uint16_t)(how == 0   ? 1400
                                : how == 1 ? 1 + i * 7 % 1400
                                : how == 2 ? (i % 9 == 8 ? 300 : 1000)
                                           : (i % 2 ? 1400 : 60));
}

/* RFC 3948: each ESP packet stays a datagram of its own, whatever carries it */
static void datagrams_arrive_as_they_were(void **state)
{
    static const size_t numbers[] = {1, 2, 45, 46, 64, 65, 130};
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ends e;

    (void)state;
    for (int family = 4; family <= 6; family += 2)
        for (uint32_t plain = 0; plain < 2; plain++)
            for (int how = 0; how < 4; how++)
                for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
                    if (!open_ends(&e, family, plain))
                        continue;
                    lengths_of(lengths, numbers[i], how);
                    lay(p, lengths, numbers[i]);
                    ike__uv_udp_send(e.a, &e.to_b, p, numbers[i]);
                    expect_all(&e, p, numbers[i]);
                    if (plain)
                        assert_int_equal(e.a->count.sends, numbers[i]);
                    close_ends(&e);
                }
}

static void a_burst_is_one_call(void **state)
{
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ends e;

    (void)state;
    assert_true(open_ends(&e, 4, 0));
    lengths_of(lengths, 45, 0);
    lay(p, lengths, 45);
    ike__uv_udp_send(e.a, &e.to_b, p, 45);
    expect_all(&e, p, 45);
    if (!e.a->no_segment) { /* a kernel that can */
        assert_int_equal(e.a->count.sends, 1);
        assert_int_equal(e.b->count.receives, 1);
    }
    close_ends(&e);
}

/* RFC 6040 4.1, row 290: each datagram leaves with the ECN field that it was given, and is told it where it arrives */
static void marks_travel_beside_the_octets(void **state)
{
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ends e;

    (void)state;
    for (int family = 4; family <= 6; family += 2)
        for (uint32_t plain = 0; plain < 2; plain++)
            for (size_t each = 1; each <= 20; each++) { /* so many have one field */
                if (!open_ends(&e, family, plain))
                    continue;
                lengths_of(lengths, 65, 0);
                lay(p, lengths, 65);
                for (size_t i = 0; i < 65; i++)
                    p[i].ecn = (uint8_t)(i / each % 4);
                ike__uv_udp_send(e.a, &e.to_b, p, 65);
                expect_all(&e, p, 65);
                close_ends(&e);
            }
}

/* RFC 6040 4.1, row 290: a burst has one header; it is cut where the field changes, and nowhere else */
static void a_burst_is_cut_where_its_mark_changes(void **state)
{
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ends e;

    (void)state;
    assert_true(open_ends(&e, 4, 0));
    lengths_of(lengths, 45, 0);
    lay(p, lengths, 45);
    for (size_t i = 0; i < 45; i++)
        p[i].ecn = i < 20 ? 2 : i < 30 ? 3 : 2;
    ike__uv_udp_send(e.a, &e.to_b, p, 45);
    expect_all(&e, p, 45);
    if (!e.a->no_segment) { /* a kernel that can */
        assert_int_equal(e.a->count.sends, 3);
        assert_int_equal(e.b->count.receives, 3);
    }
    close_ends(&e);
}

/* A kernel that refuses bursts: each datagram goes alone; without checksums it never cuts (EINVAL), and is asked again. */
static void refused_bursts_go_one_by_one(void **state)
{
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ends e;
    int on = 1;

    (void)state;
    assert_true(open_ends(&e, 4, 0));
    assert_int_equal(setsockopt(e.a->fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)), 0);
    lengths_of(lengths, 45, 0);
    lay(p, lengths, 45);
    ike__uv_udp_send(e.a, &e.to_b, p, 45);
    expect_all(&e, p, 45);
    assert_int_equal(e.a->count.sends, 45);
    close_ends(&e);
    assert_true(open_ends(&e, 4, 0));
    e.a->no_segment = 1; /* one that said so for ever */
    ike__uv_udp_send(e.a, &e.to_b, p, 45);
    expect_all(&e, p, 45);
    assert_int_equal(e.a->count.sends, 45);
    close_ends(&e);
}

static void what_is_not_taken_is_counted(void **state)
{
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ends e;

    (void)state;
    assert_true(open_ends(&e, 4, 0));
    e.to_b.remote.family = 6; /* not this socket's */
    lengths_of(lengths, 45, 0);
    lay(p, lengths, 45);
    ike__uv_udp_send(e.a, &e.to_b, p, 45);
    assert_int_equal(e.a->count.sent, 0);
    assert_int_equal(e.a->count.drop_socket, 45);
    close_ends(&e);
}

/* A queue that overflowed: how many, as soon as the kernel says so. */
static void what_was_lost_before_is_counted(void **state)
{
    uint16_t lengths[MANY];
    ike_packet p[MANY];
    struct ike_uv_burst b;
    struct ends e;
    int small = 4096;

    (void)state;
    assert_true(open_ends(&e, 4, 1));
    assert_int_equal(setsockopt(e.b->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    lengths_of(lengths, MANY, 0);
    lay(p, lengths, MANY);
    ike__uv_udp_send(e.a, &e.to_b, p, MANY);
    while (ike__uv_udp_recv(e.b, in, sizeof(in), &b) > 0)
        ;
    ike__uv_udp_send(e.a, &e.to_b, p, 1); /* tells of those before it */
    assert_true(ike__uv_udp_recv(e.b, in, sizeof(in), &b) > 0);
    assert_true(e.b->count.received < MANY);
    assert_int_equal(e.b->count.received + e.b->count.drop_receive, MANY + 1);
    close_ends(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_arrive_as_they_were),
        cmocka_unit_test(a_burst_is_one_call),
        cmocka_unit_test(marks_travel_beside_the_octets),
        cmocka_unit_test(a_burst_is_cut_where_its_mark_changes),
        cmocka_unit_test(refused_bursts_go_one_by_one),
        cmocka_unit_test(what_is_not_taken_is_counted),
        cmocka_unit_test(what_was_lost_before_is_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
