/* tests/exchange/fragments_test.c - RFC 7383 from the receiving end: parts that are late, twice, too many or forged. SPDX-License-Identifier: Apache-2.0 */
#include "up.h"
#include "peer/forge.h"
#include "state/narrow.h"
#include "wire/payloads.h"

/* A request of the gateway that says nothing we know, as one chain. */
static uint8_t request[2048];
static struct ike_msg_out *big_request(size_t n)
{
    static const uint8_t data[2000];
    static struct ike_msg_out out;

    ike__out_init(&out, request, sizeof(request));
    ike__notify_write(&out, 40000, ike__span(data, n));
    return &out;
}

static struct forged part(const struct ladder *l, uint32_t id, size_t n, uint16_t number, uint16_t total)
{
    const struct ike_msg_out *out = big_request(n);
    struct forged f = forge(l, IKE_X_INFORMATIONAL, 0, id);
    size_t each = (out->buf.n + total - 1u) / total, at = each * (number - 1u);

    at = at < out->buf.n ? at : out->buf.n;
    f.first = number == 1 ? out->first : 0;
    f.number = number;
    f.total = total;
    f.chain = ike__span(out->buf.p + at, out->buf.n - at < each ? out->buf.n - at : each);
    return f;
}

static int deliver(struct ladder *l, uint32_t id, uint16_t number, uint16_t total)
{
    struct forged f = part(l, id, 600, number, total);

    return forge_deliver(l, &f);
}

static int deliver_whole(struct ladder *l, uint32_t id)
{
    struct forged f = forge(l, IKE_X_INFORMATIONAL, 0, id);

    forge_chain(&f, big_request(600));
    return forge_deliver(l, &f);
}

/* RFC 7383 2.3, 2.4, row 80: cut only where both said so, and then neither taken nor sent any other way */
static void without_both_there_are_no_fragments(void **state)
{
    static uint8_t big[3000];
    ike_span cert = ike__span(big, sizeof(big));

    (void)state;
    for (int how = 0; how < 3; how++) {
        struct ladder l;

        ladder_init(&l);
        l.cfg.auth_local = IKE_AUTH_CERT;
        l.cfg.local_certs = &cert;
        l.cfg.local_certs_n = 1;
        l.pcfg.script.no_fragmentation = how == 1;
        l.cfg.fragment_size = how == 2 ? IKE_OFF : 0;
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0);
        ladder_drop(&l);
        (void)ladder_deliver_in(&l, 0);
        assert_int_equal(l.out_n, how == 0 ? 3 : 1);
        for (unsigned i = 0; i < l.out_n; i++)
            assert_int_equal(l.to_gateway[i].p[4 + 16], how == 0 ? IKE_P_SKF : IKE_P_SK);
        assert_true(how == 0 ? l.to_gateway[0].n <= 1280 - 28 : l.to_gateway[0].n > 3000);
        ladder_free(&l);

        ladder_init(&l);
        l.pcfg.script.no_fragmentation = how == 1;
        l.cfg.fragment_size = how == 2 ? IKE_OFF : 0;
        up(&l);
        assert_int_equal(deliver(&l, 0, 1, 2), how == 0 ? 0 : IKE_E_DISCARD);
        (void)deliver(&l, 0, 2, 2);
        assert_int_equal(l.out_n, how == 0);
        ladder_free(&l);
    }
}

/* RFC 7383 2.6, row 262: "… discard …" what is stored already before any cryptography: not an octet is touched */
static void duplicates_cost_nothing(void **state)
{
    struct ladder l;
    struct forged f;
    struct datagram d, before;
    ike_span inner;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(deliver(&l, 0, 1, 3), 0);
    for (int i = 0; i < 10; i++) {
        f = part(&l, 0, 600, 1, 3);
        d = before = forge_seal(&l, &f);
        assert_int_equal(ike_recv(l.s, &d.path, d.p, d.n, &inner, l.now), IKE_E_DISCARD);
        assert_memory_equal(d.p, before.p, d.n);
    }
    assert_int_equal(deliver(&l, 0, 3, 3), 0);
    assert_int_equal(l.out_n, 0);
    assert_int_equal(deliver(&l, 0, 2, 3), 0);
    assert_int_equal(l.out_n, 1);
    ladder_free(&l);
}

/* RFC 7383 2.6, row 263: a fragment that is not authentic is discarded, and only that one */
static void a_forged_fragment_spoils_nothing(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    for (uint16_t number = 1; number <= 3; number++) {
        struct forged f = part(&l, 0, 600, number, 3);

        l.to_client[0] = forge_seal(&l, &f);
        l.to_client[0].p[l.to_client[0].n - 1] ^= 1;
        assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
        assert_int_equal(deliver(&l, 0, number, 3), 0);
        assert_int_equal(l.out_n, number == 3);
    }
    ladder_free(&l);
}

/* RFC 7383 2.6, 5, row 265: so many parts, so many octets, so long; then all is forgotten and may begin again */
static void reassembly_is_bounded(void **state)
{
    struct ladder l;
    struct forged f;
    ike_time began;

    (void)state;
    ladder_init(&l);
    l.cfg.reassembly_max = 1280;
    up(&l);
    assert_int_equal(deliver(&l, 0, 1, 65), IKE_E_DISCARD);
    assert_int_equal(deliver(&l, 0, 1, 65535), IKE_E_DISCARD);
    for (uint16_t i = 1; i <= 64; i++)
        assert_int_equal(deliver(&l, 0, i, 64), 0);
    assert_int_equal(l.out_n, 1);

    f = part(&l, 1, 1900, 1, 3); /* 1280 octets hold two of them */
    assert_int_equal(forge_deliver(&l, &f), 0);
    f = part(&l, 1, 1900, 2, 3);
    assert_int_equal(forge_deliver(&l, &f), 0);
    f = part(&l, 1, 1900, 3, 3);
    assert_int_equal(forge_deliver(&l, &f), IKE_E_LIMIT);
    assert_null(l.s->sa->fragments[0]);
    assert_int_equal(l.out_n, 1);

    began = l.now;
    assert_int_equal(deliver(&l, 1, 1, 2), 0);
    assert_int_equal(ike_deadline(l.s), began + 15000000u);
    ladder_tick(&l);
    assert_null(l.s->sa->fragments[0]);
    assert_int_equal(deliver(&l, 1, 2, 2), 0); /* alone now */
    assert_int_equal(l.out_n, 1);
    assert_int_equal(deliver(&l, 1, 1, 2), 0);
    assert_int_equal(l.out_n, 2);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7383 2.6.1, row 266: of a request that comes again, fragment 1 asks for the answer, the others for nothing */
static void the_first_fragment_asks_again(void **state)
{
    struct datagram answer;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    for (uint16_t i = 1; i <= 3; i++)
        assert_int_equal(deliver(&l, 0, i, 3), 0);
    assert_int_equal(l.out_n, 1);
    answer = l.to_gateway[0];
    assert_int_equal(deliver(&l, 0, 2, 3), 0);
    assert_int_equal(deliver(&l, 0, 3, 3), 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(deliver(&l, 0, 1, 3), 0);
    assert_int_equal(l.out_n, 2);
    assert_int_equal(l.to_gateway[1].n, answer.n);
    assert_memory_equal(l.to_gateway[1].p, answer.p, answer.n);
    ladder_free(&l);
}

/* RFC 7383 2.4, 2.5.2, row 267: whole and in parts it is the same message: whichever is there first, and once */
static void whole_and_in_parts_is_the_same(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(deliver(&l, 0, 1, 2), 0);
    assert_int_equal(deliver_whole(&l, 0), 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(deliver(&l, 0, 2, 2), 0); /* late: no second answer, nor a second request */
    assert_int_equal(l.out_n, 1);
    assert_int_equal(deliver(&l, 1, 1, 2), 0); /* what is left of the old one is not mixed with the next */
    assert_int_equal(l.out_n, 1);
    assert_int_equal(deliver(&l, 1, 2, 2), 0);
    assert_int_equal(l.out_n, 2);
    assert_int_equal(deliver_whole(&l, 1), 0); /* a repetition */
    assert_int_equal(l.out_n, 3);
    assert_int_equal(l.to_gateway[1].n, l.to_gateway[2].n);
    assert_memory_equal(l.to_gateway[1].p, l.to_gateway[2].p, l.to_gateway[1].n);
    assert_int_equal(l.closes, 0);
    ladder_free(&l);
}

/* RFC 7383 2.5.3, row 269: "… all unprotected payloads MUST be placed in the first fragment", where they are not
 * acted upon */
static void unprotected_payloads_stand_in_the_first(void **state)
{
    struct ike_msg_out front;
    uint8_t octets[64];

    (void)state;
    for (uint16_t where = 1; where <= 3; where++) {
        struct ladder l;

        ladder_init(&l);
        up(&l);
        for (uint16_t i = 1; i <= 3; i++) {
            struct forged f = part(&l, 0, 600, i, 3);
            int expected = where == i && where > 1 ? IKE_E_DISCARD : 0;

            ike__out_init(&front, octets, sizeof(octets));
            ike__delete_write_ike(&front);
            octets[0] = IKE_P_SKF;
            if (where == i) {
                f.front = ike__span(front.buf.p, front.buf.n);
                f.front_type = front.first;
            }
            assert_int_equal(forge_deliver(&l, &f), expected);
        }
        assert_int_equal(l.out_n, where == 1);
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

/* RFC 7383 2.4, row 270: an answer that fits goes whole, also to a request in parts; a large one goes in parts, also
 * to a whole request */
static void the_size_of_an_answer_decides(void **state)
{
    struct ladder l;
    static struct twins t;

    (void)state;
    ladder_init(&l);
    up(&l);
    assert_int_equal(deliver(&l, 0, 1, 2), 0);
    assert_int_equal(deliver(&l, 0, 2, 2), 0);
    assert_int_equal(l.out_n, 1);
    assert_int_equal(l.to_gateway[0].p[4 + 16], IKE_P_SK);
    ladder_free(&l);

    twins_init(&t);
    t.l.cfg.fragment_size = 576;
    t.l.cfg.esp_suites = t.gateway_cfg.esp_suites = "aes256gcm16-modp4096";
    twins_up(&t);
    twins_rekey(&t, GATEWAY, 1);
    assert_int_equal(t.end[GATEWAY].out_n, 1);
    assert_int_equal(twins_deliver(&t, GATEWAY, 0), 0);
    assert_int_equal(t.end[CLIENT].out_n, 2);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(t.end[CLIENT].out[i].p[4 + 16], IKE_P_SKF);
        assert_true(t.end[CLIENT].out[i].n <= 576 - 28);
    }
    twins_run(&t);
    assert_int_equal(t.end[GATEWAY].rekeyed_child, 1);
    assert_true(twins_agree(&t));
    twins_free(&t);
}

/* RFC 7383 2.5, 2.6, rows 259, 263: fragments both ways, in any order, twice, with forged ones between */
static void fragments_both_ways(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        struct ladder l;
        uint8_t big[3000];
        ike_span cert = ike__span(big, sizeof(big));
        ladder_init(&l);
        memset(big, 7, sizeof(big));
        l.cfg.local_certs = &cert; /* makes nothing larger with PSK; the gateway's side does */
        l.cfg.fragment_size = 600;
        l.pcfg.fragment_size = 576;
        l.cfg.want = IKE_WANT_IP4;
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0);
        l.out_n = 0;
        (void)ladder_deliver_in(&l, 0);
        l.in_n = 0;
        assert_true(l.out_n >= 1);
        if (how == 1) { /* backwards */
            for (unsigned i = l.out_n; i > 0; i--)
                (void)ladder_deliver_out(&l, i - 1);
        } else {
            for (unsigned i = 0; i < l.out_n; i++) {
                (void)ladder_deliver_out(&l, i);
                if (how == 2)
                    (void)ladder_deliver_out(&l, i);
            }
        }
        l.out_n = 0;
        if (how == 3)
            for (unsigned i = 0, n = l.in_n; i < n; i++) { /* a forged copy of each comes first: RFC 7383 5 */
                struct datagram good = l.to_client[i];
                l.to_client[i].p[l.to_client[i].n - 1] ^= 1;
                assert_int_equal(ladder_deliver_in(&l, i), IKE_E_DISCARD);
                l.to_client[i] = good;
            }
        for (unsigned i = l.in_n; i > 0; i--)
            (void)ladder_deliver_in(&l, i - 1);
        assert_int_equal(l.child_ups, 1);
        ladder_free(&l);
    }
}

/* One request of the gateway, Message ID 0, cut for this size of datagrams: how many there are. */
static unsigned cut(struct ladder *l, uint32_t size, struct datagram *to)
{
    static const uint8_t data[2000];
    uint8_t body[2100];
    struct ike_msg_out out;
    unsigned n;

    ike__out_init(&out, body, sizeof(body));
    ike__notify_write(&out, 40000, ike__span(data, sizeof(data))); /* a status nobody knows */
    l->peer->cfg.fragment_size = size;
    assert_int_equal(peer_frame(l->peer, &l->peer->request, IKE_X_INFORMATIONAL, 0, 0, &out), 0);
    ladder_take(l);
    n = l->in_n;
    memcpy(to, l->to_client, n * sizeof(*to));
    l->in_n = 0;
    return n;
}

static int deliver_datagram(struct ladder *l, const struct datagram *d)
{
    l->to_client[0] = *d;
    return ladder_deliver_in(l, 0);
}

/* RFC 7383 2.5.2, 2.6, row 261: cut anew into more fragments, the message starts over; fewer are of the past */
static void a_larger_total_starts_over(void **state)
{
    static struct datagram few[8], many[8];

    (void)state;
    for (int forged = 0; forged < 2; forged++) {
        struct ladder l;
        unsigned few_n, many_n;
        ladder_init(&l);
        up(&l);
        few_n = cut(&l, 1000, few);
        many_n = cut(&l, 576, many);
        assert_true(few_n >= 3 && many_n > few_n);
        for (unsigned i = 0; i + 1 < few_n; i++)
            assert_int_equal(deliver_datagram(&l, &few[i]), 0);
        if (forged) { /* what is not authentic does not throw away what is */
            many[0].p[many[0].n - 1] ^= 1;
            assert_int_equal(deliver_datagram(&l, &many[0]), IKE_E_DISCARD);
            assert_int_equal(l.out_n, 0);
            assert_int_equal(deliver_datagram(&l, &few[few_n - 1]), 0);
        } else {
            for (unsigned i = 0; i + 1 < many_n; i++)
                assert_int_equal(deliver_datagram(&l, &many[i]), 0);
            for (unsigned i = 0; i < few_n; i++)
                assert_int_equal(deliver_datagram(&l, &few[i]), IKE_E_DISCARD);
            assert_int_equal(deliver_datagram(&l, &many[0]), IKE_E_DISCARD); /* stored already */
            assert_int_equal(l.out_n, 0);
            assert_int_equal(deliver_datagram(&l, &many[many_n - 1]), 0);
        }
        assert_int_equal(l.out_n, 1); /* whole, and answered */
        ladder_run(&l);
        assert_int_equal(l.peer->answered, 1);
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

/* ---- what nobody answers ---- */

/* Up to IKE_AUTH, which is large: its fragments wait to be delivered. */
static void up_to_auth(struct ladder *l, uint32_t fragment_size)
{
    static ike_ts all[16];

    for (size_t i = 0; i < 16; i++) {
        all[i] = (ike_ts){.first = {.family = 6}, .last = {.family = 6, .port = 65535}};
        memset(all[i].last.ip, 0xff, sizeof(all[i].last.ip) - (i % 2));
    }
    all[0] = ike__ts_all(4);
    ladder_init(l);
    l->cfg.ts_local = l->cfg.ts_remote = all;
    l->cfg.ts_local_n = l->cfg.ts_remote_n = 16;
    l->cfg.fragment_size = fragment_size;
    assert_int_equal(ladder_connect(l), 0);
    (void)ladder_deliver_out(l, 0);
    l->out_n = 0;
    (void)ladder_deliver_in(l, 0);
    l->in_n = 0;
}

/* Total Fragments and Message ID of what waits, and that it is one set of no more than so many octets each. */
static unsigned total_of(const struct ladder *l, size_t most, uint32_t id)
{
    unsigned total = 0;

    for (unsigned i = 0; i < l->out_n; i++) {
        const uint8_t *p = l->to_gateway[i].p + 4; /* behind the marker */

        assert_true(l->to_gateway[i].n + 28 <= most);
        assert_int_equal(p[16], IKE_P_SKF);
        assert_int_equal(ike__be32(p + 20), id);
        assert_int_equal(ike__be16(p + IKE_HEADER_LEN + 4), i + 1);
        total = ike__be16(p + IKE_HEADER_LEN + 6);
        assert_int_equal(total, l->out_n);
    }
    return total;
}

/* RFC 7383 2.5.2, row 268: "… refragment the original message, using the next smaller value of the threshold …": the
 * same message, under its Message ID, in more fragments, and time begins anew. The gateway, which has the first of the
 * larger ones, starts over */
static void what_is_lost_is_cut_smaller(void **state)
{
    static const uint32_t after_ms[] = {500, 900, 1620};
    struct ladder l;
    unsigned few, many;

    (void)state;
    up_to_auth(&l, 0);
    few = total_of(&l, 1280, 1);
    assert_int_equal(few, 2);
    for (int i = 0; i < 3; i++) {
        ike_time before = l.now;

        assert_int_equal(total_of(&l, 1280, 1), few); /* as it was, twice */
        (void)ladder_deliver_out(&l, 0);              /* the last one never arrives */
        l.out_n = 0;
        ladder_tick(&l);
        assert_int_equal(l.now - before, after_ms[i] * 1000u);
    }
    many = total_of(&l, 576, 1);
    assert_true(many > few);
    assert_int_equal(ike_deadline(l.s) - l.now, 900 * 1000u); /* not 2916 */
    l.out_n = 0;
    ladder_tick(&l); /* and they are sent again, too */
    assert_int_equal(total_of(&l, 576, 1), many);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    ladder_free(&l);
}

/* RFC 7383 2.5.2: "In subsequent exchanges, the node should start with the current value …"; another path is another matter */
static void the_path_stays_narrow(void **state)
{
    static struct twins t;

    (void)state;
    twins_init(&t);
    t.l.cfg.fragment_size = 1152;
    t.l.cfg.esp_suites = t.gateway_cfg.esp_suites = "aes256gcm16-modp4096";
    twins_up(&t);
    t.end[CLIENT].s->sa->paths.is_narrow = 1;
    twins_rekey(&t, CLIENT, 1);
    assert_int_equal(t.end[CLIENT].out_n, 2);
    for (unsigned i = 0; i < 2; i++)
        assert_true(t.end[CLIENT].out[i].n <= 576 - 28);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].rekeyed_child, 1);
    twins_rekey(&t, CLIENT, 0);
    twins_run(&t);
    assert_int_equal(t.end[CLIENT].s->sa->paths.is_narrow, 1); /* the successor's, too */
    assert_int_equal(ike__paths_move(&t.end[CLIENT].s->sa->paths, &t.end[CLIENT].s->sa->paths.now), 0);
    twins_rekey(&t, CLIENT, 1);
    assert_int_equal(t.end[CLIENT].out_n, 1);
    twins_free(&t);
}

/* RFC 7383 2.5.2: the Total has to grow: what is small by configuration stays as it is; and "… MUST continue
 * retransmitting until the exchange either completes or times out …" */
static void there_is_an_end_to_it(void **state)
{
    static const uint32_t sizes[] = {576, 1151, 1152, 1280, 1500};

    (void)state;
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        unsigned sent = 0, smaller = 0, first;
        struct ladder l;

        up_to_auth(&l, sizes[i]);
        first = l.out_n;
        while (l.closes == 0 && sent < 20) {
            sent++;
            smaller += total_of(&l, sizes[i], 1) > first;
            l.out_n = 0;
            ladder_tick(&l);
        }
        assert_int_equal(l.close_err, IKE_E_TIMEOUT);
        assert_int_equal(smaller, sizes[i] < 1152 ? 0 : 5);
        assert_int_equal(sent, sizes[i] < 1152 ? 6 : 8);
        ladder_free(&l);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(fragments_both_ways),
        cmocka_unit_test(a_larger_total_starts_over),
        cmocka_unit_test(without_both_there_are_no_fragments),
        cmocka_unit_test(duplicates_cost_nothing),
        cmocka_unit_test(a_forged_fragment_spoils_nothing),
        cmocka_unit_test(reassembly_is_bounded),
        cmocka_unit_test(the_first_fragment_asks_again),
        cmocka_unit_test(whole_and_in_parts_is_the_same),
        cmocka_unit_test(unprotected_payloads_stand_in_the_first),
        cmocka_unit_test(the_size_of_an_answer_decides),
        cmocka_unit_test(what_is_lost_is_cut_smaller),
        cmocka_unit_test(the_path_stays_narrow),
        cmocka_unit_test(there_is_an_end_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
