/* tests/unit/tun/merge_test.c - segments that belong together become one packet, others do not. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "unit/tun/reference.h"
#include <stdlib.h>

#define PACKETS 64
#define ROOM    2048

static uint8_t payload[65536], bufs[PACKETS][ROOM], joined[65536 + 100];
static ike_packet pkts[PACKETS];
static struct ike_groups groups;
static size_t count;

static int fill_payload(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)(i * 5 + i / 253);
    return 0;
}

static void clear(void)
{
    count = 0;
    memset(pkts, 0, sizeof(pkts));
}

static struct ref_packet segment(uint32_t seq, size_t n)
{
    return (struct ref_packet){.family = 4,
                               .proto = REF_TCP,
                               .flow = 1,
                               .id = seq / 1000,
                               .seq = seq,
                               .ack = 77,
                               .window = 1000,
                               .flags = REF_ACK,
                               .options = 12,
                               .payload = payload + seq % 60000,
                               .payload_n = n};
}

static uint8_t *put(struct ref_packet r)
{
    ike_packet *p = &pkts[count];

    p->buf = bufs[count];
    p->cap = ROOM;
    p->off = (uint32_t)(16 + count % 3); /* wherever it lies */
    p->n = (uint32_t)ref_make(p->buf + p->off, &r);
    count++;
    return p->buf + p->off;
}

static unsigned merged(void)
{
    ike__merge(&groups, pkts, count, 1);
    return groups.n;
}

/* The group as one packet, as the device gets it: its octets. */
static size_t join(const struct ike_group *g, struct virtio_net_hdr *h)
{
    size_t n = g->header_n;
    uint16_t i = g->first;

    ike__merge_headers(g, pkts, h, joined);
    for (unsigned k = 0; k < g->n; k++, i = groups.next[i]) {
        memcpy(joined + n, pkts[i].buf + pkts[i].off + g->header_n, pkts[i].n - g->header_n);
        n += pkts[i].n - g->header_n;
    }
    assert_int_equal(n, g->length);
    return n;
}

/* Cut up again, a group is the packets that it was made of. IPv4 without fragments: but for the identification. */
static void expect_same_again(const struct ike_group *g)
{
    uint8_t out[ROOM];
    struct virtio_net_hdr h;
    struct ike_split s;
    size_t n = join(g, &h);
    uint16_t i = g->first;

    assert_int_equal(ike__split_begin(&s, &h, joined, n), 0);
    for (unsigned k = 0; k < g->n; k++, i = groups.next[i]) {
        const uint8_t *ip = pkts[i].buf + pkts[i].off;
        int got = ike__split_next(&s, out, sizeof(out));

        assert_int_equal(got, pkts[i].n);
        if (ip[0] >> 4 == 4 && (ip[6] & 0x40)) {
            assert_true(ref_is_sound(out, (size_t)got));
            memcpy(out + 4, ip + 4, 2);
            memcpy(out + 10, ip + 10, 2);
        }
        assert_memory_equal(out, ip, pkts[i].n);
    }
    assert_int_equal(ike__split_next(&s, out, sizeof(out)), 0);
}

static void segments_in_a_row_become_one(void **state)
{
    (void)state;
    for (int family = 4; family <= 6; family += 2) {
        clear();
        for (uint32_t i = 0; i < 40; i++) {
            struct ref_packet r = segment(i * 1000, 1000);
            r.family = family;
            r.flags |= i == 39 ? REF_PSH : 0;
            put(r);
        }
        assert_int_equal(merged(), 1);
        assert_int_equal(groups.group[0].n, 40);
        expect_same_again(&groups.group[0]);
        assert_true(joined[ref_ip_n(joined) + 13] & REF_PSH);
    }
}

/* 64 KiB are not exceeded, odd lengths add up, a shorter one ends the row. */
static void groups_end_where_they_have_to(void **state)
{
    (void)state;
    clear();
    for (uint32_t i = 0; i < 60; i++)
        put(segment(i * 1401, 1401));
    for (size_t i = 0; i < count; i++) { /* identification counts along */
        ref_put16(pkts[i].buf + pkts[i].off + 4, (unsigned)i);
        ref_finish(pkts[i].buf + pkts[i].off, pkts[i].n);
    }
    assert_int_equal(merged(), 2);
    assert_true(groups.group[0].length <= 65535 && groups.group[0].length + 1401 > 65535);
    expect_same_again(&groups.group[0]);
    expect_same_again(&groups.group[1]);
    clear();
    put(segment(0, 1000));
    put(segment(1000, 999));
    put(segment(1999, 1000));
    ref_put16(pkts[2].buf + pkts[2].off + 4, 2);
    ref_finish(pkts[2].buf + pkts[2].off, pkts[2].n);
    assert_int_equal(merged(), 2);
    assert_int_equal(groups.group[0].n, 2);
    expect_same_again(&groups.group[0]);
    clear();
    put(segment(0, 999)); /* a longer one is another row's first */
    put(segment(999, 1000));
    assert_int_equal(merged(), 2);
}

static void finish(uint8_t *ip)
{
    ref_finish(ip, pkts[count - 1].n);
}

/* Whatever a receiver could tell apart is not put together. */
static void differences_keep_apart(void **state)
{
    (void)state;
    for (int what = 0; what < 15; what++) {
        struct ref_packet r = segment(1000, 1000);
        uint8_t *ip;

        clear();
        put(segment(0, 1000));
        r.seq += what == 0;             /* a gap */
        r.seq -= what == 1 ? 1000 : 0;  /* again */
        r.ack += what == 2;             /* another acknowledgement */
        r.window += what == 3;          /* window */
        r.options = what == 4 ? 8 : 12; /* length of the options */
        r.flags |= what == 5 ? REF_FIN : what == 6 ? REF_SYN : what == 7 ? REF_CWR : 0;
        r.flow += what == 8;                /* another flow */
        r.id += what == 9;                  /* IPv4 identification that does not count along */
        r.flags = what == 10 ? 0 : r.flags; /* no ACK */
        ip = put(r);
        ip[1] = what == 11;                   /* type of service: congestion */
        ip[8] = what == 12 ? 63 : 64;         /* time to live */
        ip[20 + 20] = what == 13 ? 0 : 1;     /* the options themselves */
        ip[20 + 13] |= what == 14 ? 0x20 : 0; /* URG */
        finish(ip);
        assert_int_equal(merged(), 2);
    }
    clear();
    put(segment(0, 1000));
    put(segment(1000, 1000));
    assert_int_equal(merged(), 1);
}

/* RFC 6040 4.2, RFC 3168 5: a segment with another ECN field goes by itself, and those behind it begin anew */
static void marks_keep_apart(void **state)
{
    (void)state;
    for (int family = 4; family <= 6; family += 2)
        for (int proto = 0; proto < 2; proto++)
            for (unsigned ecn = 0; ecn < 4; ecn++) {
                clear();
                for (uint32_t i = 0; i < 5; i++) {
                    struct ref_packet r = segment(i * 1000, 1000);
                    uint8_t *ip;

                    r.family = family;
                    r.proto = proto ? REF_UDP : REF_TCP;
                    ip = put(r);
                    ip[1] |= (uint8_t)((i == 2 ? ecn : 2) << (family == 4 ? 0 : 4));
                    finish(ip);
                }
                assert_int_equal(merged(), ecn == 2 ? 1 : 3);
                for (unsigned i = 0; i < groups.n; i++)
                    expect_same_again(&groups.group[i]);
            }
}

/* RFC 6864 4.1: the identification of what must not be fragmented says nothing */
static void identification_counts_only_with_fragments(void **state)
{
    (void)state;
    clear();
    for (uint32_t i = 0; i < 3; i++) {
        struct ref_packet r = segment(i * 1000, 1000);
        r.no_fragments = 1;
        r.id = 0;
        put(r);
    }
    assert_int_equal(merged(), 1);
    expect_same_again(&groups.group[0]);
}

/* The kernel would not look at them any more. */
static void wrong_checksums_stay_alone(void **state)
{
    (void)state;
    for (size_t bad = 0; bad < 3; bad++)
        for (int of_ip = 0; of_ip < 2; of_ip++) {
            clear();
            for (uint32_t i = 0; i < 3; i++)
                put(segment(i * 1000, 1000));
            pkts[bad].buf[pkts[bad].off + (of_ip ? 10 : 900)] ^= 1;
            (void)merged();
            for (unsigned i = 0; i < groups.n; i++)
                if (groups.group[i].first == bad || groups.group[i].last == bad)
                    assert_int_equal(groups.group[i].n, 1);
            assert_int_equal(groups.n, bad == 1 ? 3 : 2);
        }
}

static void a_push_ends_the_row(void **state)
{
    (void)state;
    clear();
    for (uint32_t i = 0; i < 4; i++) {
        struct ref_packet r = segment(i * 1000, 1000);
        r.flags |= i == 1 ? REF_PSH : 0;
        put(r);
    }
    assert_int_equal(merged(), 2);
    assert_int_equal(groups.group[0].n, 2);
    assert_int_equal(groups.group[1].n, 2);
    expect_same_again(&groups.group[0]);
    expect_same_again(&groups.group[1]);
}

static void other_packets_pass_unchanged_and_in_order(void **state)
{
    (void)state;
    clear();
    put(segment(0, 1000));
    put(segment(1000, 1000));
    put((struct ref_packet){.family = 4, .proto = REF_UDP, .payload = payload, .payload_n = 300});
    put(segment(2000, 0)); /* a bare acknowledgement of the same flow */
    put(segment(2000, 1000));
    put(segment(3000, 1000));
    put(segment(4000, 1000))[6] = 0x20; /* a fragment: whose, nobody knows */
    put(segment(5000, 1000));
    pkts[7].err = -1; /* was dropped */
    assert_int_equal(merged(), 5);
    assert_int_equal(groups.group[0].first, 0);
    assert_int_equal(groups.group[0].n, 2);
    assert_int_equal(groups.group[1].first, 2);
    assert_int_equal(groups.group[2].first, 3);
    assert_int_equal(groups.group[3].first, 4);
    assert_int_equal(groups.group[3].n, 2);
    assert_int_equal(groups.group[4].first, 6);
}

static void flows_are_put_together_side_by_side(void **state)
{
    (void)state;
    clear();
    for (uint32_t i = 0; i < 5; i++)
        for (unsigned flow = 0; flow < IKE_MERGE_FLOWS; flow++) {
            struct ref_packet r = segment(i * 1000, 1000);
            r.flow = flow;
            r.family = flow & 1 ? 6 : 4;
            put(r);
        }
    assert_int_equal(merged(), IKE_MERGE_FLOWS);
    for (unsigned i = 0; i < groups.n; i++) {
        assert_int_equal(groups.group[i].n, 5);
        expect_same_again(&groups.group[i]);
    }
}

/* UDP: one length, but for the last; nothing else that a receiver could see */
static void datagrams_of_one_length_become_one(void **state)
{
    struct ref_packet r = {.proto = REF_UDP, .payload = payload, .no_fragments = 1};

    (void)state;
    for (r.family = 4; r.family <= 6; r.family += 2) {
        clear();
        for (int i = 0; i < 30; i++) {
            r.payload_n = i == 19 ? 3 : 901;
            put(r);
        }
        assert_int_equal(merged(), 2);
        assert_int_equal(groups.group[0].n, 20);
        assert_int_equal(groups.group[1].n, 10);
        expect_same_again(&groups.group[0]);
        expect_same_again(&groups.group[1]);
        ike__merge(&groups, pkts, count, 0);
        assert_int_equal(groups.n, 30);
    }
    clear();
    r.family = 4;
    for (int i = 0; i < 3; i++) {
        uint8_t *ip = put(r);
        ref_put16(ip + 26, i == 1 ? 0 : ref_get16(ip + 26)); /* RFC 768: no checksum */
    }
    assert_int_equal(merged(), 3);
    clear();
    r.payload_n = 20;
    for (int i = 0; i < PACKETS; i++) /* others in between */
        put(i % 2 ? r : segment((uint32_t)i / 2 * 1000, 1000));
    assert_int_equal(merged(), 2);
    expect_same_again(&groups.group[0]);
    expect_same_again(&groups.group[1]);
}

/* Anything in any order: each packet comes out once, each flow in its order, and groups are what they are made of. */
static void disorder_changes_nothing(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 3000; round++) {
        uint8_t seen[PACKETS] = {0};
        int last[12];
        uint32_t next[12] = {0};
        unsigned flow_of[PACKETS];

        clear();
        while (count < PACKETS) {
            unsigned flow = (unsigned)rand() % 12 * ((unsigned)rand() % 3 != 0);
            struct ref_packet r = segment(next[flow], (size_t)(rand() % 4 ? 500 : rand() % 500));

            r.flow = flow;
            r.family = flow & 1 ? 6 : 4;
            r.no_fragments = 1;
            r.proto = flow % 3 ? REF_TCP : REF_UDP;
            r.flags |= rand() % 8 ? 0 : REF_PSH;
            r.flags |= rand() % 30 ? 0 : REF_FIN;
            r.seq += rand() % 12 ? 0 : 500u;
            next[flow] = r.seq + (uint32_t)r.payload_n;
            flow_of[count] = flow;
            put(r);
            if (rand() % 20 == 0)
                pkts[count - 1].buf[pkts[count - 1].off + 50] ^= 4;
        }
        (void)merged();
        for (unsigned i = 0; i < 12; i++)
            last[i] = -1;
        for (unsigned i = 0; i < groups.n; i++) {
            uint16_t k = groups.group[i].first;
            for (unsigned j = 0; j < groups.group[i].n; j++, k = groups.next[k]) {
                assert_int_equal(seen[k]++, 0);
                assert_true((int)k > last[flow_of[k]]);
                last[flow_of[k]] = k;
            }
            if (groups.group[i].n > 1)
                expect_same_again(&groups.group[i]);
        }
        for (size_t i = 0; i < count; i++)
            assert_int_equal(seen[i], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_in_a_row_become_one),
        cmocka_unit_test(groups_end_where_they_have_to),
        cmocka_unit_test(differences_keep_apart),
        cmocka_unit_test(marks_keep_apart),
        cmocka_unit_test(identification_counts_only_with_fragments),
        cmocka_unit_test(wrong_checksums_stay_alone),
        cmocka_unit_test(a_push_ends_the_row),
        cmocka_unit_test(other_packets_pass_unchanged_and_in_order),
        cmocka_unit_test(flows_are_put_together_side_by_side),
        cmocka_unit_test(datagrams_of_one_length_become_one),
        cmocka_unit_test(disorder_changes_nothing),
    };

    return cmocka_run_group_tests(tests, fill_payload, NULL);
}
