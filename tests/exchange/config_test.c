/* tests/exchange/config_test.c - CP: what is asked, what is believed, and what happens without an address. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "base/text.h"
#include "peer/ladder.h"
#include "state/session.h"

#define MINUTE UINT64_C(60000000)

struct reply { /* what the gateway assigns */
    uint8_t octets[1024];
    size_t n;
};

static void attr(struct reply *r, uint16_t type, const void *p, uint16_t n)
{
    ike__put_be16(r->octets + r->n, type);
    ike__put_be16(r->octets + r->n + 2, n);
    memcpy(r->octets + r->n + 4, p, n);
    r->n += 4u + n;
}

static void write_reply(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    const struct reply *r = user;
    uint8_t body[1100] = {IKE_CP_REPLY};

    if (exchange != IKE_X_IKE_AUTH)
        return;
    memcpy(body + 4, r->octets, r->n);
    ike__out_payload(out, IKE_P_CP, ike__span(body, 4 + r->n));
}

static void assign(struct ladder *l, struct reply *r)
{
    l->pcfg.script.no_cp = 1;
    l->pcfg.script.edit = write_reply;
    l->pcfg.script.user = r;
}

static void connect(struct ladder *l)
{
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
    assert_int_equal(l->ups, 1);
}

static ike_ts ten;
static void split_tunnel(struct ladder *l)
{
    memset(&ten, 0, sizeof(ten));
    ten.first.family = ten.last.family = 4;
    ten.first.ip[0] = ten.last.ip[0] = 10;
    ten.last.ip[1] = ten.last.ip[2] = ten.last.ip[3] = 255;
    ten.last.port = 65535;
    l->cfg.ts_remote = &ten;
    l->cfg.ts_remote_n = 1;
}

static const uint8_t ip4[] = {10, 9, 0, 2}, ip4b[] = {10, 9, 0, 3}, mask[] = {255, 255, 255, 0};
static const uint8_t dns4[] = {10, 1, 0, 53}, net4[] = {10, 2, 0, 0, 255, 255, 0, 0};
static const uint8_t ip6[] = {0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 64};

/* RFC 7296 3.15.1, 3.15.2, 3.15.3, rows 161, 162, 164, 165: several addresses, prefixes, networks; the unknown, the
 * obsolete and the malformed are passed over */
static void everything_is_taken(void **state)
{
    static const uint8_t expiry[] = {0, 0, 1, 0}, loopback[] = {127, 0, 0, 1}, short4[] = {1, 2, 3};
    static const uint8_t net6[] = {0xfd, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 32};
    static struct reply r;
    struct ladder l;

    (void)state;
    memset(&r, 0, sizeof(r));
    attr(&r, IKE_CPA_IP4_ADDRESS, ip4, 4);
    attr(&r, IKE_CPA_IP4_NETMASK, mask, 4);
    attr(&r, IKE_CPA_IP4_ADDRESS, ip4b, 4);
    attr(&r, IKE_CPA_IP4_ADDRESS, loopback, 4);
    attr(&r, IKE_CPA_IP4_ADDRESS, short4, 3);
    attr(&r, 5, expiry, 4);
    attr(&r, 77, expiry, 4);
    attr(&r, IKE_CPA_IP6_ADDRESS, ip6, 17);
    attr(&r, IKE_CPA_IP4_DNS, dns4, 4);
    attr(&r, IKE_CPA_IP4_SUBNET, net4, 8);
    attr(&r, IKE_CPA_IP6_SUBNET, net6, 17);
    ladder_init(&l);
    assign(&l, &r);
    l.cfg.want = IKE_WANT_IP4 | IKE_WANT_IP6 | IKE_WANT_DNS | IKE_WANT_SUBNETS;
    connect(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.assigned.ip_n, 3);
    assert_int_equal(l.assigned.ip[0].bits, 24);
    assert_int_equal(l.assigned.ip[1].bits, 32);
    assert_int_equal(l.assigned.ip[2].bits, 64);
    assert_int_equal(l.assigned.dns_n, 1);
    assert_int_equal(l.assigned.subnets_n, 2);
    assert_int_equal(l.assigned.subnets[0].bits, 16);
    assert_int_equal(l.assigned.others_n, 0);
    assert_int_equal(l.warnings, 0);
    ladder_free(&l);
}

/* RFC 7296 3.15.4, row 160: one family of two: it is taken, and said */
static void half_is_better_than_nothing(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.want = IKE_WANT_IP4 | IKE_WANT_IP6;
    connect(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.assigned.ip_n, 1);
    assert_int_equal(l.warnings, 1);
    ladder_free(&l);
}

/* RFC 8598 8, RFC 8598 3.2, row 168: domains need a name server and a split tunnel */
static void domains_need_a_reason(void **state)
{
    (void)state;
    for (int how = 0; how < 3; how++) {
        struct reply r;
        struct ladder l;

        memset(&r, 0, sizeof(r));
        attr(&r, IKE_CPA_IP4_ADDRESS, ip4, 4);
        if (how != 1)
            attr(&r, IKE_CPA_IP4_DNS, dns4, 4);
        attr(&r, IKE_CPA_DNS_DOMAIN, "corp.test", 9);
        attr(&r, IKE_CPA_DNS_DOMAIN, ".", 1);
        attr(&r, IKE_CPA_DNS_DOMAIN, "a b", 3);
        ladder_init(&l);
        assign(&l, &r);
        l.cfg.want |= IKE_WANT_DNS;
        if (how != 2)
            split_tunnel(&l);
        connect(&l);
        assert_int_equal(l.child_ups, 1);
        assert_int_equal(l.assigned.domains_n, how == 0);
        if (how == 0)
            assert_string_equal(l.assigned.domains[0], "corp.test");
        ladder_free(&l);
    }
}

/* RFC 8598 3.2, 4.2: a trust anchor belongs to the domain right before it; only if asked for, and only what can be read */
static void anchors_follow_their_domain(void **state)
{
    static const char ds[] = "\x30\x39\x0d\x02"
                             "00ffA1";

    (void)state;
    for (int is_asked = 0; is_asked < 2; is_asked++) {
        struct reply r;
        struct ladder l;

        memset(&r, 0, sizeof(r));
        attr(&r, IKE_CPA_IP4_ADDRESS, ip4, 4);
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 10); /* of nothing */
        attr(&r, IKE_CPA_DNS_DOMAIN, "a b", 3);
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 10); /* of a domain that is none */
        attr(&r, IKE_CPA_DNS_DOMAIN, "corp.test", 9);
        attr(&r, IKE_CPA_IP4_DNS, dns4, 4);
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 10); /* too late */
        attr(&r, IKE_CPA_DNS_DOMAIN, "lab.test", 8);
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 9); /* half an octet */
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 4); /* no digest */
        attr(&r, IKE_CPA_DNSSEC_TA,
             "\x30\x39\x0d\x02"
             "00fg",
             8); /* no digits */
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 10);
        attr(&r, IKE_CPA_DNSSEC_TA, ds, 8); /* two keys: while one takes over from the other */
        ladder_init(&l);
        assign(&l, &r);
        l.cfg.want |= IKE_WANT_DNS | (is_asked ? IKE_WANT_DNSSEC : 0);
        split_tunnel(&l);
        connect(&l);
        assert_int_equal(l.assigned.domains_n, 2);
        assert_int_equal(l.assigned.anchors_n, is_asked ? 2 : 0);
        for (uint32_t i = 0; i < l.assigned.anchors_n; i++) {
            const ike_anchor *a = &l.assigned.anchors[i];
            assert_int_equal(a->domain, 1);
            assert_int_equal(a->key_tag, 12345);
            assert_int_equal(a->algorithm, 13);
            assert_int_equal(a->digest_type, 2);
            assert_int_equal(a->digest.n, i == 0 ? 3 : 2);
            assert_memory_equal(a->digest.p, "\x00\xff\xa1", a->digest.n);
        }
        ladder_free(&l);
    }
}

/* RFC 7296 3.15.1, RFC 7651 3, row 171: private and P-CSCF attributes reach the host as they are, within bounds */
static void what_the_host_understands_goes_to_it(void **state)
{
    static const uint8_t big[300] = {7};
    static struct reply r;
    struct ladder l;

    (void)state;
    memset(&r, 0, sizeof(r));
    attr(&r, IKE_CPA_IP4_ADDRESS, ip4, 4);
    attr(&r, IKE_CPA_PCSCF_IP4, dns4, 4);
    attr(&r, 20000, big, sizeof(big));
    attr(&r, 20001, big, sizeof(big)); /* beyond the 512 octets */
    attr(&r, 20002, "", 0);
    ladder_init(&l);
    assign(&l, &r);
    l.cfg.want |= IKE_WANT_PCSCF;
    connect(&l);
    assert_int_equal(l.assigned.others_n, 3);
    assert_int_equal(l.assigned.others[0].type, 20);
    assert_memory_equal(l.assigned.others[0].value.p, dns4, 4);
    assert_int_equal(l.assigned.others[1].value.n, 300);
    assert_int_equal(l.assigned.others[1].value.p[0], 7);
    assert_int_equal(l.assigned.others[2].type, 20002);
    ladder_free(&l);
}

/* RFC 7296 3.15.1: APPLICATION_VERSION only if it was asked for; nothing in it acts on a terminal */
static void version_if_asked(void **state)
{
    (void)state;
    for (int asked = 0; asked < 2; asked++) {
        struct reply r;
        struct ladder l;

        memset(&r, 0, sizeof(r));
        attr(&r, IKE_CPA_IP4_ADDRESS, ip4, 4);
        attr(&r, IKE_CPA_APPLICATION_VERSION, "gw\x1b[2J 1.0", 10);
        ladder_init(&l);
        assign(&l, &r);
        l.cfg.want |= asked ? IKE_WANT_VERSION : 0;
        connect(&l);
        assert_string_equal(l.assigned.gateway_version, asked ? "gw?[2J 1.0" : "");
        ladder_free(&l);
    }
}

static void send_cp(struct ladder *l, uint8_t type)
{
    struct ike_msg_out out;
    uint8_t buf[100], body[] = {type, 0, 0, 0, 0, 1, 0, 4, 10, 0, 0, 1};

    ike__out_init(&out, buf, sizeof(buf));
    ike__out_payload(&out, IKE_P_CP, ike__span(body, sizeof(body)));
    assert_int_equal(peer_request(l->peer, IKE_X_INFORMATIONAL, &out), 0);
    ladder_take(l);
    ladder_run(l);
}

/* RFC 7296 2.19, 3.15, row 163: CFG_SET is acknowledged with nothing taken; a reply to nothing is ignored */
static void nothing_is_set_from_outside(void **state)
{
    static const uint8_t types[] = {IKE_CP_SET, IKE_CP_REPLY, IKE_CP_REQUEST, IKE_CP_ACK};
    static const uint16_t answers[] = {IKE_CP_ACK, 0, IKE_CP_REPLY, 0};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    connect(&l);
    for (uint32_t i = 0; i < 4; i++) {
        send_cp(&l, types[i]);
        assert_int_equal(l.peer->answered, i + 1);
        assert_int_equal(l.peer->heard_cp, answers[i]);
    }
    assert_int_equal(l.configs, 1);
    assert_int_equal(l.s->assigned->ip_n, 1);
    ladder_free(&l);
}

/* RFC 7296 3.15.4, rows 158, 159: the IKE SA stays; minutes later again, and again, and then no more */
static void without_an_address_it_is_asked_again(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        struct ladder l;
        unsigned tries = 1;

        ladder_init(&l);
        l.pcfg.script.again = 1;
        l.pcfg.script.child_error = how ? 0 : IKE_N_INTERNAL_ADDRESS_FAILURE;
        l.pcfg.script.no_cp = how != 0;
        connect(&l);
        assert_int_equal(l.child_err, IKE_E_ADDRESS);
        assert_int_equal(l.warnings, 1);
        assert_true(ike__reauth_due(l.s->sa) >= l.now + 2 * MINUTE &&
                    ike__reauth_due(l.s->sa) <= l.now + 3 * MINUTE);
        while (ike_deadline(l.s) != IKE_NEVER && l.now < 120 * MINUTE) {
            ladder_tick(&l);
            ladder_run(&l);
            tries = l.child_downs;
        }
        assert_int_equal(tries, 6);
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

static void an_address_becomes_free(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.again = 1;
    l.pcfg.script.child_error = IKE_N_INTERNAL_ADDRESS_FAILURE;
    connect(&l);
    l.peer->cfg.script.child_error = 0;
    while (l.child_ups == 0 && l.now < 10 * MINUTE) {
        ladder_tick(&l);
        ladder_run(&l);
    }
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.configs, 1);
    assert_int_equal(l.s->address_tries, 0);
    ladder_free(&l);
}

/* RFC 7296 2.8.3, 3.15.4, rows 159, 227: no address in a new authentication: the children of the old one stay */
static void children_outlive_a_full_pool(void **state)
{
    struct ike_ike_sa *before;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.again = 1;
    connect(&l);
    before = l.s->sa;
    l.peer->cfg.script.child_error = IKE_N_INTERNAL_ADDRESS_FAILURE;
    l.cfg.local_id = "another.test";
    assert_int_equal(ike_reconfigure(l.s, &l.cfg, l.now, NULL), IKE_CHANGE_REAUTH);
    ladder_drain(&l);
    ladder_run(&l);
    assert_ptr_equal(l.s->sa, before);
    assert_int_equal(before->is_redundant, 0);
    assert_int_equal(l.child_downs + l.closes + l.rekeyed, 0);
    assert_int_equal(l.peer->is_deleted, 1); /* the new IKE SA */
    assert_true(ike__reauth_due(before) <= l.now + 3 * MINUTE);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_taken),
        cmocka_unit_test(half_is_better_than_nothing),
        cmocka_unit_test(domains_need_a_reason),
        cmocka_unit_test(anchors_follow_their_domain),
        cmocka_unit_test(what_the_host_understands_goes_to_it),
        cmocka_unit_test(version_if_asked),
        cmocka_unit_test(nothing_is_set_from_outside),
        cmocka_unit_test(without_an_address_it_is_asked_again),
        cmocka_unit_test(an_address_becomes_free),
        cmocka_unit_test(children_outlive_a_full_pool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
