/* tests/unit/esp/ecn_test.c - congestion marks through a tunnel, each pair of header fields. SPDX-License-Identifier: Apache-2.0 */
#include "unit/esp/pair.h"
#include "esp/ecn.h"

enum { NOT = 0, ECT1 = 1, ECT0 = 2, CE = 3, DROP = -1 };

/* RFC 6040 4.2, figure 4, line by line */
static const struct {
    uint8_t inner, outer;
    int result;
} cells[] = {
    {NOT, NOT, NOT},   {NOT, ECT0, NOT},   {NOT, ECT1, NOT},   {NOT, CE, DROP}, /**/
    {ECT0, NOT, ECT0}, {ECT0, ECT0, ECT0}, {ECT0, ECT1, ECT1}, {ECT0, CE, CE},  /**/
    {ECT1, NOT, ECT1}, {ECT1, ECT0, ECT1}, {ECT1, ECT1, ECT1}, {ECT1, CE, CE},  /**/
    {CE, NOT, CE},     {CE, ECT0, CE},     {CE, ECT1, CE},     {CE, CE, CE},
};
#define CELLS (sizeof(cells) / sizeof(cells[0]))

#define N 100u

static uint16_t sum_of(const uint8_t *header, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i += 2)
        sum += ike__be16(header + i);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* A packet whose checksum is right, if it has one. vary: what else is in it. */
static void write_packet(uint8_t *ip, int family, uint8_t dscp, uint8_t ecn, uint16_t vary)
{
    uint8_t tos = (uint8_t)(dscp << 2 | ecn);

    memset(ip, 0, N);
    ip[0] = family == 4 ? 0x46 : (uint8_t)(0x60 | tos >> 4); /* with an option */
    ip[1] = family == 4 ? tos : (uint8_t)(tos << 4 | 0x0d);  /* and a flow label */
    ike__put_be16(ip + (family == 4 ? 2 : 4), family == 4 ? N : N - 40);
    ip[family == 4 ? 9 : 6] = 17;
    ike__put_be16(ip + (family == 4 ? 4 : 2), vary);
    memset(ip + 12, 0xa5, 8);
    if (family == 4)
        ike__put_be16(ip + 10, (uint16_t)~sum_of(ip, 24));
}

static ike_packet packet(uint8_t *buf, size_t cap, const uint8_t *ip)
{
    ike_packet pkt = {.buf = buf, .cap = cap, .off = IKE_HEADROOM, .n = N};

    memcpy(buf + pkt.off, ip, N);
    return pkt;
}

/* RFC 6040 4.1, RFC 7296 2.24, row 290: outside stands what stands inside; DSCP stays there */
static void the_outer_field_is_the_inner_one(void **state)
{
    struct pair p;

    (void)state;
    open_pair(&p);
    for (int family = 4; family <= 6; family += 2)
        for (unsigned tos = 0; tos < 256; tos++) {
            uint8_t buf[300], ip[N];
            ike_packet pkt;

            write_packet(ip, family, (uint8_t)(tos >> 2), tos & 3, 0x1234);
            pkt = packet(buf, sizeof(buf), ip);
            pkt.ecn = (uint8_t)~tos; /* of before */
            assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
            assert_int_equal(pkt.ecn, tos & 3);
        }
    close_pair(&p);
}

/* Through the tunnel with that field outside. What comes out is right in every octet. */
static void expect_cell(struct pair *p, size_t cell, int family, uint8_t dscp)
{
    uint8_t buf[300], ip[N], wanted[N];
    ike_packet pkt;

    write_packet(ip, family, dscp, cells[cell].inner, (uint16_t)(dscp * 977));
    pkt = packet(buf, sizeof(buf), ip);
    assert_int_equal(ike_esp_seal(p->out, &pkt, 1), 1);
    pkt.ecn = cells[cell].outer;
    if (cells[cell].result == DROP) {
        assert_int_equal(ike_esp_open(p->in, &pkt, 1), 0);
        assert_int_equal(pkt.err, IKE_E_DISCARD);
        assert_int_equal(pkt.n, 0);
        return;
    }
    assert_int_equal(ike_esp_open(p->in, &pkt, 1), 1);
    assert_int_equal(pkt.n, N);
    write_packet(wanted, family, dscp, (uint8_t)cells[cell].result, (uint16_t)(dscp * 977));
    assert_memory_equal(buf + pkt.off, wanted, N);
    if (family == 4)
        assert_int_equal(sum_of(buf + pkt.off, 24), 0xffff);
}

/* RFC 6040 4.2, RFC 7296 2.24, row 290: every cell of figure 4, both families, beside every DSCP */
static void what_comes_out_is_as_the_table_says(void **state)
{
    ike_esp_stats st = IKE_ESP_STATS_INIT;
    struct pair p;

    (void)state;
    open_pair(&p);
    for (int family = 4; family <= 6; family += 2)
        for (uint8_t dscp = 0; dscp < 64; dscp++)
            for (size_t cell = 0; cell < CELLS; cell++)
                expect_cell(&p, cell, family, dscp);
    assert_int_equal(ike_esp_stats_get(p.in, &st), 0);
    assert_int_equal(st.drop_ecn, 2 * 64); /* one cell */
    assert_int_equal(st.drop_malformed + st.drop_auth + st.drop_selector + st.drop_replay, 0);
    assert_int_equal(st.packets, 2 * 64 * (CELLS - 1));
    close_pair(&p);
}

/* RFC 1624 3: of each of the 65536 headers that differ in one word the checksum stays right, and a wrong one wrong */
static void the_checksum_follows(void **state)
{
    (void)state;
    for (uint32_t vary = 0; vary < 65536; vary++)
        for (size_t cell = 0; cell < CELLS; cell++) {
            uint8_t ip[N];

            if (cells[cell].result == DROP)
                continue;
            write_packet(ip, 4, 46, cells[cell].inner, (uint16_t)vary);
            assert_int_equal(ike__ecn_arrives(ip, cells[cell].outer), 0);
            assert_int_equal(sum_of(ip, 24), 0xffff);
            write_packet(ip, 4, 46, cells[cell].inner, (uint16_t)vary);
            ip[11] ^= 1;
            assert_int_equal(ike__ecn_arrives(ip, cells[cell].outer), 0);
            assert_int_not_equal(sum_of(ip, 24), 0xffff);
        }
}

/* Each packet of a batch by itself */
static void a_batch_has_marks_of_its_own(void **state)
{
    static uint8_t buf[CELLS][300];
    ike_packet pkts[CELLS];
    uint8_t ip[N];
    struct pair p;

    (void)state;
    open_pair(&p);
    for (size_t i = 0; i < CELLS; i++) {
        write_packet(ip, i % 2 ? 6 : 4, 0, cells[i].inner, 1);
        pkts[i] = packet(buf[i], sizeof(buf[i]), ip);
    }
    assert_int_equal(ike_esp_seal(p.out, pkts, CELLS), CELLS);
    for (size_t i = 0; i < CELLS; i++)
        pkts[i].ecn = cells[i].outer;
    assert_int_equal(ike_esp_open(p.in, pkts, CELLS), CELLS - 1);
    for (size_t i = 0; i < CELLS; i++) {
        assert_int_equal(pkts[i].err, cells[i].result == DROP ? IKE_E_DISCARD : 0);
        if (cells[i].result != DROP)
            assert_int_equal(ike__ecn_of(buf[i] + pkts[i].off), cells[i].result);
    }
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_outer_field_is_the_inner_one),
        cmocka_unit_test(what_comes_out_is_as_the_table_says),
        cmocka_unit_test(the_checksum_follows),
        cmocka_unit_test(a_batch_has_marks_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
