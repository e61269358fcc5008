/* tests/exchange/bursts_test.c - datagrams that come together: opened as if one by one. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/ladder.h"
#include "wire/payloads.h"

#define ROOM 400

static uint8_t bufs[16][ROOM];
static ike_packet pkts[16];
static size_t count;

static void up(struct ladder *l)
{
    count = 0;
    memset(pkts, 0, sizeof(pkts));
    ladder_init(l);
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
    assert_int_equal(l->child_ups, 1);
}

static void put(const uint8_t *p, size_t n)
{
    pkts[count].buf = bufs[count];
    pkts[count].off = (uint32_t)count; /* wherever it lies */
    pkts[count].cap = count + n;
    pkts[count].n = (uint32_t)n;
    memcpy(bufs[count] + count, p, n);
    count++;
}

/* The gateway sends an inner packet of n octets, with that in its ECN field; outer: in that of the datagram. */
static void put_marked(struct ladder *l, size_t n, uint8_t inner, uint8_t outer)
{
    uint8_t ip[200], out[ROOM], swap[4];
    ike_path to;
    int k;

    ladder_packet(l, ip, n);
    memcpy(swap, ip + 12, 4);
    memcpy(ip + 12, ip + 16, 4);
    memcpy(ip + 16, swap, 4);
    ip[1] |= inner;
    k = peer_seal(l->peer, ip, n, out, sizeof(out), &to);
    assert_true(k > 0);
    put(out, (size_t)k);
    pkts[count - 1].ecn = outer;
}

static void put_esp(struct ladder *l, size_t n)
{
    put_marked(l, n, 0, 0);
}

/* It asks for a sign of life. */
static void put_request(struct ladder *l)
{
    uint8_t body[512], out[ROOM];
    struct ike_msg_out msg;
    ike_path to;
    int k;

    ike__out_init(&msg, body, sizeof(body));
    assert_int_equal(peer_request(l->peer, IKE_X_INFORMATIONAL, &msg), 0);
    k = peer_poll_send(l->peer, out, sizeof(out), &to);
    assert_true(k > 0);
    put(out, (size_t)k);
}

static ike_path gateway(const struct ladder *l)
{
    ike_path from = l->path;

    from.remote.port = 4500;
    return from;
}

static void a_burst_is_opened_in_place(void **state)
{
    struct ladder l;
    ike_path from;
    ike_stats st = IKE_STATS_INIT;

    (void)state;
    up(&l);
    from = gateway(&l);
    for (size_t i = 0; i < 10; i++)
        put_esp(&l, 60 + i);
    pkts[3].buf[pkts[3].off + 20] ^= 1;                        /* not authentic */
    memcpy(pkts[5].buf + pkts[5].off, bufs[4] + 4, pkts[4].n); /* twice */
    pkts[5].n = pkts[4].n;
    ike__put_be32(pkts[7].buf + pkts[7].off, 0x99999999); /* another SPI */
    assert_int_equal(ike_recv_n(l.s, &from, pkts, 10, l.now), 10);
    for (size_t i = 0; i < 10; i++) {
        int lost = i == 3 || i == 5 || i == 7;
        assert_int_equal(pkts[i].err, lost ? IKE_E_DISCARD : 0);
        assert_int_equal(pkts[i].n, lost ? 0 : 60 + i);
        if (!lost)
            assert_int_equal(pkts[i].buf[pkts[i].off], 0x45);
    }
    assert_int_equal(ike_session_stats(l.s, &st), 0);
    assert_int_equal(st.in_packets, 7);
    assert_int_equal(st.drop_auth, 1);
    assert_int_equal(st.drop_replay, 1);
    assert_int_equal(st.drop_spi, 1);
    ladder_free(&l);
}

/* The pump rule: behind each message the host is asked what there is to send. */
static void it_stops_behind_a_message(void **state)
{
    const uint8_t keepalive = 0xff, junk[] = {0, 0, 0, 0, 1, 2, 3, 4};
    struct ladder l;
    ike_path from;

    (void)state;
    up(&l);
    from = gateway(&l);
    put_esp(&l, 60);
    put_esp(&l, 61);
    put_request(&l);
    put_esp(&l, 62);
    put(&keepalive, 1);
    put(junk, sizeof(junk));
    put_esp(&l, 63);
    assert_int_equal(ike_recv_n(l.s, &from, pkts, count, l.now), 3);
    assert_int_equal(pkts[2].err, 0);
    assert_int_equal(pkts[2].n, 0);
    l.total_out = l.out_n = 0;
    ladder_drain(&l);
    assert_int_equal(l.out_n, 1); /* the answer */
    assert_int_equal(ike_recv_n(l.s, &from, pkts + 3, count - 3, l.now), 2);
    assert_int_equal(pkts[3].n, 62);
    assert_int_equal(pkts[4].n, 0);
    assert_int_equal(ike_recv_n(l.s, &from, pkts + 5, count - 5, l.now), 1);
    assert_int_equal(pkts[5].err, IKE_E_DISCARD);
    assert_int_equal(ike_recv_n(l.s, &from, pkts + 6, count - 6, l.now), 1);
    assert_int_equal(pkts[6].n, 63);
    assert_int_equal(ike_recv_n(l.s, &from, pkts, 0, l.now), 0);
    ladder_free(&l);
}

static void bounds_are_looked_at(void **state)
{
    struct ladder l;
    ike_path from;
    ike_packet bad;

    (void)state;
    up(&l);
    from = gateway(&l);
    put_esp(&l, 60);
    bad = pkts[0];
    bad.off = (uint32_t)bad.cap + 1;
    assert_int_equal(ike_recv_n(l.s, &from, &bad, 1, l.now), 1);
    assert_int_equal(bad.err, IKE_E_DISCARD);
    assert_int_equal(bad.n, 0);
    bad = pkts[0];
    bad.n++;
    assert_int_equal(ike_recv_n(l.s, &from, &bad, 1, l.now), 1);
    assert_int_equal(bad.err, IKE_E_DISCARD);
    assert_int_equal(ike_recv_n(l.s, NULL, pkts, 1, l.now), IKE_E_USAGE);
    assert_int_equal(ike_recv_n(l.s, &from, NULL, 1, l.now), IKE_E_USAGE);
    assert_int_equal(ike_recv_n(NULL, &from, pkts, 1, l.now), IKE_E_USAGE);
    assert_int_equal(ike_close(l.s, l.now), 0);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.closes, 1);
    assert_int_equal(ike_recv_n(l.s, &from, pkts, 1, l.now), IKE_E_CLOSED);
    ladder_free(&l);
}

/* ESP by another backend than the handshake's; what that one has not, the handshake's does. */
static void bulk_has_its_own_backend(void **state)
{
    static const ike_cipher_alg *const nothing[] = {NULL};

    (void)state;
    for (int has = 0; has < 2; has++) {
        struct crypto_fake fake;
        struct ladder l;
        ike_path from;
        ike_crypto bulk;

        crypto_fake_init(&fake, 3);
        bulk = fake.table;
        bulk.name = "bulk 1.0";
        bulk.cipher = has ? fake.table.cipher : nothing;
        count = 0;
        memset(pkts, 0, sizeof(pkts));
        ladder_init(&l);
        l.env.bulk = &bulk;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_string_equal(l.child.crypto, has ? "bulk 1.0" : l.env.crypto->name);
        from = gateway(&l);
        put_esp(&l, 60);
        assert_int_equal(ike_recv_n(l.s, &from, pkts, 1, l.now), 1);
        assert_int_equal(pkts[0].n, 60);
        ladder_free(&l);
    }
}

/* RFC 7296 2.24, RFC 6040 4.2, row 290: "… to prevent discarding of ECN congestion indications"; what cannot be told is
 * counted. IKE messages are marked, too, and nobody minds. */
static void marks_come_in(void **state)
{
    struct ladder l;
    ike_path from;
    ike_span inner;
    ike_stats st = IKE_STATS_INIT;

    (void)state;
    up(&l);
    from = gateway(&l);
    put_marked(&l, 60, 2, 3);
    put_marked(&l, 61, 0, 3);
    put_marked(&l, 62, 2, 2);
    put_request(&l);
    pkts[3].ecn = 3;
    assert_int_equal(ike_recv_n(l.s, &from, pkts, count, l.now), 4);
    assert_int_equal(pkts[0].buf[pkts[0].off + 1] & 3, 3);
    assert_int_equal(pkts[1].err, IKE_E_DISCARD);
    assert_int_equal(pkts[1].n, 0);
    assert_int_equal(pkts[2].buf[pkts[2].off + 1] & 3, 2);
    assert_int_equal(pkts[3].err, 0);
    assert_int_equal(ike_session_stats(l.s, &st), 0);
    assert_int_equal(st.drop_ecn, 1);
    assert_int_equal(st.in_packets, 2);
    count = 0;
    put_marked(&l, 60, 2, 3); /* of a datagram by itself nothing is known */
    assert_int_equal(ike_recv(l.s, &from, pkts[0].buf, pkts[0].n, &inner, l.now), 0);
    assert_int_equal(inner.p[1] & 3, 2);
    ladder_free(&l);
}

/* RFC 7296 2.24, RFC 6040 4.1, row 290 */
static void marks_go_out(void **state)
{
    static uint8_t buf[4][ROOM];
    struct ladder l;
    ike_path to;

    (void)state;
    up(&l);
    for (uint8_t i = 0; i < 4; i++) {
        pkts[i] = (ike_packet){.buf = buf[i], .cap = ROOM, .off = IKE_HEADROOM};
        pkts[i].n = (uint32_t)ladder_packet(&l, buf[i] + IKE_HEADROOM, 100);
        buf[i][IKE_HEADROOM + 1] = (uint8_t)(46 << 2 | i);
    }
    assert_int_equal(ike_seal_n(l.s, pkts, 4, &to, l.now), 4);
    for (uint8_t i = 0; i < 4; i++)
        assert_int_equal(pkts[i].ecn, i);
    ladder_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_burst_is_opened_in_place),
        cmocka_unit_test(it_stops_behind_a_message),
        cmocka_unit_test(bounds_are_looked_at),
        cmocka_unit_test(bulk_has_its_own_backend),
        cmocka_unit_test(marks_come_in),
        cmocka_unit_test(marks_go_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
