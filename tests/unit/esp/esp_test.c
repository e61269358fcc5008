/* tests/unit/esp/esp_test.c - ESP packets: round trips, every cipher, everything that must be dropped. SPDX-License-Identifier: Apache-2.0 */
#include "esp/esp.h"
#include "fake/backends.h"
#include "fake/crypto_fake.h"
#include "fake/test.h"
#include "state/narrow.h"

static uint8_t key[80] = {1, 2, 3}, integ[64] = {4, 5, 6};

struct pair {
    struct crypto_fake fake;
    const ike_crypto *crypto;
    ike_esp *out, *in;
};

static void open_pair(struct pair *p, const ike_crypto *crypto, const ike_cipher_alg *alg, int esn,
                      uint64_t first, const ike_ts *local, const ike_ts *remote)
{
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;

    crypto_fake_init(&p->fake, 5);
    p->crypto = crypto ? crypto : &p->fake.table;
    alg = alg ? alg : p->crypto->cipher[0];
    env.crypto = &p->fake.table; /* its random numbers; ciphers are looked for in bulk first */
    env.bulk = p->crypto;
    c.spi = 0xabcdef01;
    c.encr = alg->encr;
    c.encr_bits = alg->key_bits;
    c.integ = alg->integ;
    c.esn = (uint16_t)esn;
    c.key = ike__span(key, (size_t)alg->key_len + alg->salt_len);
    c.integ_key = ike__span(integ, alg->integ_key_len);
    c.first_seq = first;
    c.local = local;
    c.remote = remote;
    c.local_n = local ? 1 : 0;
    c.remote_n = remote ? 1 : 0;
    assert_int_equal(ike_esp_new_out(&p->out, &c, &env), 0);
    c.local = remote; /* the other end sees it the other way round */
    c.remote = local;
    c.local_n = remote ? 1 : 0;
    c.remote_n = local ? 1 : 0;
    assert_int_equal(ike_esp_new_in(&p->in, &c, &env), 0);
}

static void close_pair(struct pair *p)
{
    ike_esp_free(p->out);
    ike_esp_free(p->in);
}

static size_t make_ip(uint8_t *ip, int family, size_t n)
{
    memset(ip, 0, n);
    if (family == 4) {
        ip[0] = 0x45;
        ike__put_be16(ip + 2, (uint16_t)n);
        ip[9] = 17;
        ip[12] = 10;
        ip[16] = 10;
        ip[19] = 9;
    } else {
        ip[0] = 0x60;
        ike__put_be16(ip + 4, (uint16_t)(n - 40));
        ip[6] = 17;
        ip[8] = ip[24] = 0xfd;
    }
    return n;
}

static ike_packet packet(uint8_t *buf, size_t cap, int family, size_t n)
{
    ike_packet p;

    memset(&p, 0, sizeof(p));
    p.buf = buf;
    p.cap = cap;
    p.off = IKE_HEADROOM;
    p.n = (uint32_t)make_ip(buf + IKE_HEADROOM, family, n);
    return p;
}

/* RFC 4303, 4106, 7634, 3602, 3686: every cipher of every backend, both families, with and without ESN */
static void every_cipher_round_trip(void **state)
{
    struct crypto_fake fake;

    (void)state;
    crypto_fake_init(&fake, 1);
    for (size_t b = 0; b == 0 || test_bulk(b - 1); b++)
        for (const ike_cipher_alg *const *alg = b ? test_bulk(b - 1)->cipher : fake.table.cipher; *alg; alg++)
            for (int esn = 0; esn < 2; esn++)
                for (size_t n = 48; n < 120; n++) {
                    struct pair p;
                    uint8_t buf[400], ip[200];
                    ike_packet pkt = packet(buf, sizeof(buf), n & 1 ? 6 : 4, n);
                    memcpy(ip, buf + pkt.off, n);
                    open_pair(&p, b ? test_bulk(b - 1) : NULL, *alg, esn, 0, NULL, NULL);
                    assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
                    assert_int_equal(pkt.n % 4, ((*alg)->tag_len) % 4);
                    assert_int_equal(ike_esp_open(p.in, &pkt, 1), 1);
                    assert_int_equal(pkt.n, n);
                    assert_memory_equal(pkt.buf + pkt.off, ip, n);
                    close_pair(&p);
                }
}

/* RFC 4303 3.3.3, row 282; KNOWN-HOLES 69: numbers begin with 1, rise by one, and end before they wrap */
static void numbers_never_wrap(void **state)
{
    for (int esn = 0; esn < 2; esn++) {
        uint64_t last = esn ? UINT64_MAX - 1 : UINT32_MAX;
        struct pair p;
        uint8_t buf[300];
        ike_packet pkt = packet(buf, sizeof(buf), 4, 60);
        (void)state;
        open_pair(&p, NULL, NULL, esn, 0, NULL, NULL);
        assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
        assert_int_equal(ike__be32(pkt.buf + pkt.off + 4), 1);
        close_pair(&p);
        open_pair(&p, NULL, NULL, esn, last, NULL, NULL);
        pkt = packet(buf, sizeof(buf), 4, 60);
        assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
        assert_int_equal(ike__be32(pkt.buf + pkt.off + 4), (uint32_t)last);
        pkt = packet(buf, sizeof(buf), 4, 60);
        assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 0);
        assert_int_equal(pkt.err, IKE_E_LIMIT);
        assert_int_equal(pkt.n, 0);
        close_pair(&p);
    }
}

/* row 284; KNOWN-HOLES 70: an IV never comes twice under one key */
static void ivs_are_a_counter(void **state)
{
    struct pair p;
    uint64_t before = 0;

    (void)state;
    open_pair(&p, NULL, NULL, 0, 0, NULL, NULL);
    for (int i = 0; i < 5000; i++) {
        uint8_t buf[200];
        ike_packet pkt = packet(buf, sizeof(buf), 4, 40);
        uint64_t iv;
        assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
        iv = ike__be64(pkt.buf + pkt.off + 8);
        assert_true(iv > before);
        before = iv;
    }
    close_pair(&p);
}

/* A batch: as one by one; and one number twice in a batch passes once. */
static void batches_are_like_single_packets(void **state)
{
    enum { N = 75 };
    static uint8_t buf[N][300], copy[300];
    ike_packet pkts[N];
    struct pair p;

    (void)state;
    open_pair(&p, NULL, NULL, 1, 0, NULL, NULL);
    for (int i = 0; i < N; i++)
        pkts[i] = packet(buf[i], sizeof(buf[i]), i & 1 ? 6 : 4, (size_t)(60 + i));
    assert_int_equal(ike_esp_seal(p.out, pkts, N), N);
    memcpy(copy, buf[3], sizeof(copy));
    memcpy(buf[4], copy, sizeof(copy));
    pkts[4] = pkts[3];
    pkts[4].buf = buf[4];
    assert_int_equal(ike_esp_open(p.in, pkts, N), N - 1);
    assert_int_equal(pkts[4].err, IKE_E_DISCARD);
    for (int i = 0; i < N; i++)
        if (i != 4)
            assert_int_equal(pkts[i].n, 60 + i);
    close_pair(&p);
}

/* Seals any text as the peer could, and opens it. */
static int open_text(struct pair *p, const uint8_t *text, size_t n, ike_packet *pkt, uint8_t *buf, size_t cap)
{
    static uint32_t seq = 1;
    struct ike_protect seal;
    ike_cipher_op op;

    assert_int_equal(ike__protect_init(&seal, NULL, p->crypto, p->crypto->cipher[0], key, NULL), 0);
    memset(buf, 0, cap);
    ike__put_be32(buf, 0xabcdef01);
    ike__put_be32(buf + 4, seq++);
    memcpy(buf + 16, text, n);
    memset(&op, 0, sizeof(op));
    op.iv = buf + 8;
    op.aad = buf;
    op.aad_n = 8;
    op.text = buf + 16;
    op.n = n;
    op.tag = buf + 16 + n;
    assert_int_equal(seal.alg->seal(seal.ctx, &op, 1), 0);
    ike__protect_free(&seal, NULL);
    memset(pkt, 0, sizeof(*pkt));
    pkt->buf = buf;
    pkt->cap = cap;
    pkt->n = (uint32_t)(16 + n + 16);
    return ike_esp_open(p->in, pkt, 1);
}

/* RFC 4303 2.4, 2.6, 2.7, rows 285, 286, 287; KNOWN-HOLES 16 */
static void what_is_inside_is_checked(void **state)
{
    uint8_t text[400], buf[600];
    ike_packet pkt;
    struct pair p;

    (void)state;
    open_pair(&p, NULL, NULL, 0, 0, NULL, NULL);
    memset(text, 0, sizeof(text)); /* RFC 4303 2.6: a dummy is swallowed */
    text[11] = 59;
    assert_int_equal(open_text(&p, text, 12, &pkt, buf, sizeof(buf)), 1);
    assert_int_equal(pkt.n, 0);
    assert_int_equal(pkt.err, 0);

    make_ip(text, 4, 60); /* 2.7: TFC padding is cut off */
    memset(text + 60, 0xee, 140);
    text[200] = 0;
    text[201] = 4;
    assert_int_equal(open_text(&p, text, 202, &pkt, buf, sizeof(buf)), 1);
    assert_int_equal(pkt.n, 60);

    make_ip(text, 4, 60); /* 2.4: padding that is not 1, 2, 3 */
    text[60] = 9;
    text[61] = 1;
    text[62] = 4;
    assert_int_equal(open_text(&p, text, 63, &pkt, buf, sizeof(buf)), 0);
    make_ip(text, 4, 60); /* pad length past the start */
    text[60] = 255;
    text[61] = 4;
    assert_int_equal(open_text(&p, text, 62, &pkt, buf, sizeof(buf)), 0);
    make_ip(text, 4, 60); /* the header says IPv6, the packet IPv4 */
    text[60] = 0;
    text[61] = 41;
    assert_int_equal(open_text(&p, text, 62, &pkt, buf, sizeof(buf)), 0);
    text[61] = 6; /* transport mode was not agreed */
    assert_int_equal(open_text(&p, text, 62, &pkt, buf, sizeof(buf)), 0);
    text[61] = 4; /* an inner length beyond the end */
    ike__put_be16(text + 2, 61);
    assert_int_equal(open_text(&p, text, 62, &pkt, buf, sizeof(buf)), 0);
    close_pair(&p);
}

/* RFC 4301 5.2, row 288, 289: both directions are held against the selectors */
static void selectors_hold_both_ways(void **state)
{
    ike_addr a = {.family = 4, .ip = {10, 0, 0, 0}}, b = {.family = 4, .ip = {10, 0, 0, 9}};
    ike_ts local = ike__ts_host(&a), remote = ike__ts_host(&b);
    uint8_t buf[300], raw[100];
    ike_packet pkt = packet(buf, sizeof(buf), 4, 60);
    struct pair p;

    (void)state;
    open_pair(&p, NULL, NULL, 0, 0, &local, &remote);
    assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 1);
    assert_int_equal(ike_esp_open(p.in, &pkt, 1), 1);
    pkt = packet(buf, sizeof(buf), 4, 60);
    buf[IKE_HEADROOM + 19] = 8;
    assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 0);
    assert_int_equal(pkt.err, IKE_E_TS);
    make_ip(raw, 4, 60);
    raw[15] = 1;
    raw[60] = 0;
    raw[61] = 4;
    (void)open_text(&p, raw, 62, &pkt, buf, sizeof(buf)); /* number 1 was seen: skip one */
    assert_int_equal(open_text(&p, raw, 62, &pkt, buf, sizeof(buf)), 0);
    assert_int_equal(pkt.err, IKE_E_TS);
    close_pair(&p);
}

/* RFC 4301 5.2, row 289: selectors on one side alone bind that side; they never open the other way round */
static void one_side_alone_is_bound(void **state)
{
    ike_addr a = {.family = 4, .ip = {10, 0, 0, 0}}, b = {.family = 4, .ip = {10, 0, 0, 9}};
    ike_ts hosts[] = {ike__ts_host(&a), ike__ts_host(&b)};

    (void)state;
    for (int remote = 0; remote < 2; remote++)
        for (int wrong = 0; wrong < 4; wrong++) { /* 1: the source, 2: the destination is somebody else */
            int taken = !(remote ? wrong & 2 : wrong & 1);
            uint8_t buf[300], text[100];
            ike_packet pkt = packet(buf, sizeof(buf), 4, 60);
            struct pair p;
            open_pair(&p, NULL, NULL, 0, 0, remote ? NULL : &hosts[0], remote ? &hosts[1] : NULL);
            buf[IKE_HEADROOM + 15] = (uint8_t)(wrong & 1);
            buf[IKE_HEADROOM + 19] = (uint8_t)(9 + (wrong >> 1));
            memcpy(text, buf + IKE_HEADROOM, 60);
            assert_int_equal(ike_esp_seal(p.out, &pkt, 1), taken);
            assert_int_equal(pkt.err, taken ? 0 : IKE_E_TS);
            text[60] = 0;
            text[61] = 4;
            assert_int_equal(open_text(&p, text, 62, &pkt, buf, sizeof(buf)), taken);
            assert_int_equal(pkt.err, taken ? 0 : IKE_E_TS);
            close_pair(&p);
        }
}

/* a count without selectors is refused, on either side, both ways, before anything is kept */
static void counts_without_selectors_are_refused(void **state)
{
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    const ike_ts all = ike__ts_all(4);
    ike_env env = IKE_ENV_INIT;
    struct crypto_fake fake;
    ike_esp *e;

    (void)state;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    c.encr = 20;
    c.encr_bits = 256;
    c.key = ike__span(key, 36);
    for (int side = 0; side < 2; side++) {
        c.local = side ? &all : NULL;
        c.remote = side ? NULL : &all;
        c.local_n = c.remote_n = 1;
        assert_int_equal(ike_esp_new_out(&e, &c, &env), IKE_E_USAGE);
        assert_null(e);
        assert_int_equal(ike_esp_new_in(&e, &c, &env), IKE_E_USAGE);
        assert_null(e);
    }
}

static ike_ts ports(uint16_t first, uint16_t last)
{
    ike_ts ts = ike__ts_all(4);

    ts.first.port = first;
    ts.last.port = last;
    return ts;
}

/* RFC 7296 3.13.1, RFC 4301 4.4.1.1: all ports, a range, OPAQUE, and a range that ends before it begins */
static void ports_are_matched(void **state)
{
    const struct {
        ike_ts ts;
        int with_ports, without;
    } cases[] = {{ports(0, 65535), 1, 1}, {ports(53, 53), 1, 0}, {ports(54, 80), 0, 0},
                 {ports(65535, 0), 0, 1}, {ports(80, 40), 0, 0}, {ports(65535, 1), 0, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int fragment = 0; fragment < 2; fragment++) {
            uint8_t buf[300];
            ike_packet pkt = packet(buf, sizeof(buf), 4, 60);
            struct pair p;
            open_pair(&p, NULL, NULL, 0, 0, NULL, &cases[i].ts);
            ike__put_be16(buf + IKE_HEADROOM + 22, 53);
            buf[IKE_HEADROOM + 7] = (uint8_t)fragment; /* a later one: its ports are elsewhere */
            assert_int_equal(ike_esp_seal(p.out, &pkt, 1), fragment ? cases[i].without : cases[i].with_ports);
            close_pair(&p);
        }
}

static void buffers_without_room_are_refused(void **state)
{
    struct pair p;
    uint8_t buf[300] = {0};
    ike_packet pkt;

    (void)state;
    open_pair(&p, NULL, NULL, 0, 0, NULL, NULL);
    pkt = packet(buf, sizeof(buf), 4, 60);
    pkt.cap = pkt.off + pkt.n + 10;
    assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 0);
    assert_int_equal(pkt.err, IKE_E_NOSPACE);
    pkt = packet(buf, sizeof(buf), 4, 60);
    pkt.off = 8;
    assert_int_equal(ike_esp_seal(p.out, &pkt, 1), 0);
    for (uint32_t n = 0; n < 40; n++) {
        memset(&pkt, 0, sizeof(pkt));
        pkt.buf = buf;
        pkt.cap = sizeof(buf);
        pkt.n = n;
        assert_int_equal(ike_esp_open(p.in, &pkt, 1), 0);
    }
    close_pair(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cipher_round_trip),   cmocka_unit_test(numbers_never_wrap),
        cmocka_unit_test(ivs_are_a_counter),         cmocka_unit_test(batches_are_like_single_packets),
        cmocka_unit_test(what_is_inside_is_checked), cmocka_unit_test(selectors_hold_both_ways),
        cmocka_unit_test(one_side_alone_is_bound),   cmocka_unit_test(counts_without_selectors_are_refused),
        cmocka_unit_test(ports_are_matched),         cmocka_unit_test(buffers_without_room_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
