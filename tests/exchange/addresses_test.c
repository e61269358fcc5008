/* tests/exchange/addresses_test.c - what the configuration payload assigns, and what of it is believed. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/forge.h"
#include "state/narrow.h"
#include "wire/payloads.h"

/* A CFG_REPLY that a test writes. */
struct reply {
    uint8_t octets[512];
    struct ike_msg_out out;
    struct forge_change change;
    const ike_ts *remote; /* asked for; NULL: everything */
    int keeps_pool;       /* the gateway narrows TSi to its own idea of our address */
};

static void begin(struct reply *r)
{
    memset(r, 0, sizeof(*r));
    ike__out_init(&r->out, r->octets, sizeof(r->octets));
    ike__cp_begin(&r->out, IKE_CP_REPLY);
}

static void address4(struct reply *r, uint16_t type, const char *text, const char *mask)
{
    uint8_t octets[8];
    ike_addr a;

    assert_int_equal(ike__addr_parse(&a, text), 0);
    memcpy(octets, a.ip, 4);
    if (mask) {
        assert_int_equal(ike__addr_parse(&a, mask), 0);
        memcpy(octets + 4, a.ip, 4);
    }
    ike__cp_attr(&r->out, type, ike__span(octets, mask ? 8 : 4));
}

static void address6(struct reply *r, const char *text, int bits)
{
    uint8_t octets[17];
    ike_addr a;

    assert_int_equal(ike__addr_parse(&a, text), 0);
    memcpy(octets, a.ip, 16);
    octets[16] = (uint8_t)bits;
    ike__cp_attr(&r->out, IKE_CPA_IP6_ADDRESS, ike__span(octets, bits < 0 ? 16 : 17));
}

/* Connects to a gateway that says this, and whose selectors hold whatever is assigned. */
static void connect_with(struct ladder *l, struct reply *r, uint32_t want)
{
    ike__cp_end(&r->out);
    r->change.exchange = IKE_X_IKE_AUTH;
    r->change.type = IKE_P_CP;
    r->change.body = ike__span(r->octets + 4, r->out.buf.n - 4);
    ladder_init(l);
    l->cfg.want = want;
    l->cfg.ts_remote = r->remote;
    l->cfg.ts_remote_n = r->remote != NULL;
    if (!r->keeps_pool)
        memset(&l->pcfg.pool4, 0, sizeof(l->pcfg.pool4));
    l->pcfg.script.edit = forge_edit;
    l->pcfg.script.user = &r->change;
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
    assert_int_equal(l->ups, 1);
}

static void is_address(const struct ladder *l, uint32_t i, const char *text, uint32_t bits)
{
    ike_addr a;

    assert_int_equal(ike__addr_parse(&a, text), 0);
    assert_true(i < l->s->assigned->ip_n);
    assert_int_equal(l->s->assigned->ip[i].addr.family, a.family);
    assert_memory_equal(l->s->assigned->ip[i].addr.ip, a.ip, 16);
    assert_int_equal(l->s->assigned->ip[i].bits, bits);
}

/* RFC 7296 3.15.1, row 161: several addresses of a family: all of them, in the order of the gateway; eight at most */
static void several_addresses_are_taken(void **state)
{
    struct ladder l;
    struct reply r;

    (void)state;
    begin(&r);
    address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.7", NULL);
    address6(&r, "2001:db8::7", 64);
    address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.8", NULL);
    address6(&r, "2001:db8::8", 128);
    connect_with(&l, &r, IKE_WANT_IP4 | IKE_WANT_IP6);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.s->assigned->ip_n, 4);
    is_address(&l, 0, "10.9.0.7", 32);
    is_address(&l, 1, "2001:db8::7", 64);
    is_address(&l, 2, "10.9.0.8", 32);
    is_address(&l, 3, "2001:db8::8", 128);
    ladder_free(&l);

    begin(&r);
    for (int i = 0; i < 20; i++)
        address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.7", NULL);
    connect_with(&l, &r, IKE_WANT_IP4);
    assert_int_equal(l.s->assigned->ip_n, IKE_CP_MAX);
    ladder_free(&l);
}

static uint32_t bits_for_mask(const char *mask)
{
    struct ladder l;
    struct reply r;
    uint32_t bits;

    begin(&r);
    address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.7", NULL);
    if (mask)
        address4(&r, IKE_CPA_IP4_NETMASK, mask, NULL);
    connect_with(&l, &r, IKE_WANT_IP4);
    assert_int_equal(l.child_ups, 1);
    bits = l.s->assigned->ip[0].bits;
    ladder_free(&l);
    return bits;
}

/* 0: the address is not taken. */
static uint32_t bits_for_prefix(const char *text, int bits)
{
    struct ladder l;
    struct reply r;
    uint32_t is;

    begin(&r);
    address6(&r, text, bits);
    connect_with(&l, &r, IKE_WANT_IP6);
    is = l.s->assigned && l.s->assigned->ip_n ? l.s->assigned->ip[0].bits : 0;
    assert_int_equal(l.child_ups, is != 0);
    assert_int_equal(l.child_err, is ? 0 : IKE_E_ADDRESS);
    ladder_free(&l);
    return is;
}

/* RFC 7296 3.15.1, 3.15.3, row 162: a mask that is none is a host's, a prefix beyond 128 is no address, and an address
 * that no host can have is none either */
static void masks_and_addresses_are_checked(void **state)
{
    static const char *const nobody4[] = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "255.255.255.255"};
    static const char *const nobody6[] = {"::", "::1", "ff02::1"};

    (void)state;
    assert_int_equal(bits_for_mask(NULL), 32);
    assert_int_equal(bits_for_mask("255.255.255.0"), 24);
    assert_int_equal(bits_for_mask("255.255.255.255"), 32);
    assert_int_equal(bits_for_mask("255.0.255.0"), 32);
    assert_int_equal(bits_for_mask("0.0.0.255"), 32);
    assert_int_equal(bits_for_mask("0.0.0.0"), 32);
    assert_int_equal(bits_for_prefix("2001:db8::7", 64), 64);
    assert_int_equal(bits_for_prefix("2001:db8::7", 0), 128);
    assert_int_equal(bits_for_prefix("2001:db8::7", -1), 128); /* none said */
    assert_int_equal(bits_for_prefix("2001:db8::7", 129), 0);
    assert_int_equal(bits_for_prefix("2001:db8::7", 255), 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(bits_for_prefix(nobody6[i], 64), 0);
    for (size_t i = 0; i < 5; i++) {
        struct ladder l;
        struct reply r;

        begin(&r);
        address4(&r, IKE_CPA_IP4_ADDRESS, nobody4[i], NULL);
        connect_with(&l, &r, IKE_WANT_IP4);
        assert_int_equal(l.child_ups, 0);
        assert_int_equal(l.child_err, IKE_E_ADDRESS);
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

static int seals(struct ladder *l, uint8_t first, uint8_t second)
{
    uint8_t ip[100], out[400];
    ike_path to;

    ladder_packet(l, ip, sizeof(ip));
    memcpy(ip + 12, "\x0a\x09\x00\x07", 4);
    ip[16] = first;
    ip[17] = second;
    return ike_seal(l->s, ip, sizeof(ip), out, sizeof(out), &to, l->now);
}

/* RFC 7296 3.15.2, row 165: INTERNAL_IP4_SUBNET is told to the host, but what may go through is the selectors' affair */
static void subnets_open_nothing(void **state)
{
    static const char *const wider_and_narrower[][2] = {{"10.0.0.0", "255.0.0.0"},
                                                        {"10.1.2.0", "255.255.255.0"}};
    ike_ts net = ike__ts_all(4);

    (void)state;
    net.first.ip[0] = net.last.ip[0] = 10;
    net.first.ip[1] = net.last.ip[1] = 1;
    for (int i = 0; i < 2; i++) {
        struct ladder l;
        struct reply r;

        begin(&r);
        r.remote = &net;
        address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.7", NULL);
        address4(&r, IKE_CPA_IP4_SUBNET, wider_and_narrower[i][0], wider_and_narrower[i][1]);
        connect_with(&l, &r, IKE_WANT_IP4 | IKE_WANT_SUBNETS);
        assert_int_equal(l.child_ups, 1);
        assert_int_equal(l.s->assigned->subnets_n, 1);
        assert_int_equal(l.s->assigned->subnets[0].bits, i == 0 ? 8 : 24);
        assert_true(seals(&l, 10, 1) > 0);            /* 10.1.0.1: in TSr, beside the narrower subnet */
        assert_int_equal(seals(&l, 10, 2), IKE_E_TS); /* 10.2.0.1: in the wider subnet, not in TSr */
        ladder_free(&l);
    }
}

/* RFC 7296 2.19, row 166: an address that the selectors do not hold is of no use: the child goes, the IKE SA stays */
static void an_address_outside_the_selectors_is_none(void **state)
{
    struct ladder l;
    struct reply r;

    (void)state;
    begin(&r);
    r.keeps_pool = 1;
    address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.77", NULL);
    connect_with(&l, &r, IKE_WANT_IP4);
    assert_int_equal(l.child_ups, 0);
    assert_int_equal(l.child_err, IKE_E_TS);
    assert_int_equal(l.closes, 0);
    assert_null(l.peer->child); /* our Delete arrived */
    ladder_free(&l);
}

static void write_delete(const struct ladder *l, struct ike_msg_out *out, int child)
{
    if (child)
        ike__delete_write_esp(out, &l->peer->child->spi_in, 1);
    else
        ike__delete_write_ike(out);
}

/* RFC 8598 5, RFC 7296 1.4.1, row 172: what is deleted is told once, and nothing goes through it any more: the host takes
 * down with it what CP brought */
static void what_is_deleted_is_told(void **state)
{
    (void)state;
    for (int child = 0; child < 2; child++) {
        uint8_t octets[64];
        struct ike_msg_out out;
        struct forged f;
        struct ladder l;
        struct reply r;

        begin(&r);
        address4(&r, IKE_CPA_IP4_ADDRESS, "10.9.0.7", NULL);
        connect_with(&l, &r, IKE_WANT_IP4);
        assert_int_equal(l.configs, 1);
        assert_true(seals(&l, 10, 1) > 0);
        f = forge(&l, IKE_X_INFORMATIONAL, 0, 0);
        ike__out_init(&out, octets, sizeof(octets));
        write_delete(&l, &out, child);
        forge_chain(&f, &out);
        assert_int_equal(forge_deliver(&l, &f), 0);
        assert_int_equal(l.child_downs, child);
        assert_int_equal(l.closes, !child);
        assert_int_equal(child ? l.child_err : l.close_err, IKE_E_DELETED);
        assert_int_equal(seals(&l, 10, 1), child ? IKE_E_TS : IKE_E_CLOSED);
        ladder_drain(&l);
        assert_int_equal(l.child_downs + l.closes, 1);
        ladder_free(&l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_addresses_are_taken),
        cmocka_unit_test(masks_and_addresses_are_checked),
        cmocka_unit_test(subnets_open_nothing),
        cmocka_unit_test(an_address_outside_the_selectors_is_none),
        cmocka_unit_test(what_is_deleted_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
