/* tests/exchange/probe_test.c - the path is dead: the gateway's other addresses, and ours. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "base/text.h"
#include "exchange/exchange.h"
#include "peer/ladder.h"

static void name_address(struct ike_msg_out *out, const char *text)
{
    ike_addr a;

    (void)ike__addr_parse(&a, text);
    ike__notify_write(out, a.family == 4 ? IKE_N_ADDITIONAL_IP4_ADDRESS : IKE_N_ADDITIONAL_IP6_ADDRESS,
                      ike__span(a.ip, a.family == 4 ? 4 : 16));
}

/* user: a list of texts, NULL-terminated */
static void name_all(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    const char *const *list = user;

    for (; exchange == IKE_X_IKE_AUTH && *list; list++)
        name_address(out, *list);
}

static void up(struct ladder *l, const char *const *list)
{
    l->pcfg.script.mobike = 1;
    l->pcfg.script.edit = list ? name_all : NULL;
    l->pcfg.script.user = (void *)(uintptr_t)list;
    assert_int_equal(ladder_connect(l), 0);
    ladder_run(l);
    assert_int_equal(l->child_ups, 1);
}

/* One retransmission after the other; only what goes to this address arrives, and only for so many of them. */
static unsigned only(struct ladder *l, const char *alive, unsigned ticks)
{
    unsigned n = 0;
    ike_addr at;

    memset(&at, 0, sizeof(at));
    if (alive)
        (void)ike__addr_parse(&at, alive);
    for (; n < ticks && l->paths == 0 && l->closes == 0; n++) {
        ladder_tick(l);
        while (l->out_n > 0) {
            if (memcmp(l->to_gateway[0].path.remote.ip, at.ip, 16) == 0)
                (void)ladder_deliver_out(l, 0);
            memmove(l->to_gateway, l->to_gateway + 1, --l->out_n * sizeof(l->to_gateway[0]));
            for (unsigned i = 0; i < l->in_n; i++)
                (void)ladder_deliver_in(l, i);
            l->in_n = 0;
        }
    }
    return n;
}

static void ask(struct ladder *l)
{
    assert_int_equal(ike_check_alive(l->s, l->now), 0);
    ladder_drain(l);
    ladder_drop(l);
}

static void tell(struct ladder *l, void (*write)(struct ike_msg_out *))
{
    uint8_t body[1024];
    struct ike_msg_out out;

    ike__out_init(&out, body, sizeof(body));
    write(&out);
    assert_int_equal(peer_request(l->peer, IKE_X_INFORMATIONAL, &out), 0);
    ladder_take(l);
    ladder_run(l);
}

static void twenty(struct ike_msg_out *out)
{
    uint8_t ip[4] = {192, 0, 2, 100};

    for (int i = 0; i < 20; i++, ip[3]++)
        ike__notify_write(out, IKE_N_ADDITIONAL_IP4_ADDRESS, ike__span(ip, 4));
}

static void odd_ones(struct ike_msg_out *out)
{
    name_address(out, "224.0.0.1");
    name_address(out, "0.0.0.0");
    name_address(out, "2001:db8::2");
    ike__notify_write(out, IKE_N_ADDITIONAL_IP4_ADDRESS, ike__span((const uint8_t *)"12345", 5));
}

static void none(struct ike_msg_out *out)
{
    ike__notify_write(out, IKE_N_NO_ADDITIONAL_ADDRESSES, ike__span(NULL, 0));
}

static void something_else(struct ike_msg_out *out)
{
    ike__notify_write(out, IKE_N_SET_WINDOW_SIZE, ike__span((const uint8_t *)"\0\0\0\1", 4));
}

/* RFC 4555 3.4, 3.6, 4.2.2, 4.2.3, row 247: each list replaces the one before it; at most 16, and only real addresses */
static void lists_replace_each_other(void **state)
{
    static const char *const two[] = {"192.0.2.2", "2001:db8::1", NULL};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l, two);
    assert_int_equal(l.s->places.n, 2);
    assert_int_equal(l.s->places.addr[1].family, 6);
    tell(&l, something_else);
    assert_int_equal(l.s->places.n, 2);
    tell(&l, twenty);
    assert_int_equal(l.s->places.n, IKE_PLACES_MAX);
    tell(&l, odd_ones);
    assert_int_equal(l.s->places.n, 1);
    tell(&l, none);
    assert_int_equal(l.s->places.n, 0);
    assert_int_equal(l.peer->answered, 4);
    assert_int_equal(l.s->sa->paths.now.remote.ip[3], 1); /* nothing but a list */
    ladder_free(&l);
}

/* RFC 4555 3.5, 3.10, row 248: the request is retransmitted to one address after the other; where an answer comes from
 * is told in an update of its own */
static void another_address_of_the_gateway(void **state)
{
    static const char *const three[] = {"192.0.2.2", "2001:db8::1", "192.0.2.3", NULL};
    uint8_t ip[100], out[400];
    struct ladder l;
    ike_time began;
    ike_path to;

    (void)state;
    ladder_init(&l);
    up(&l, three);
    ask(&l);
    began = l.now;
    (void)only(&l, "192.0.2.3", 20);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.path_change.reason, IKE_PATH_PROBED);
    assert_int_equal(l.path_change.path.remote.ip[3], 3);
    assert_int_equal(l.path_change.path.remote.port, 4500);
    assert_int_equal(l.peer->updates, 1);
    assert_int_equal(l.warnings, 1);
    assert_int_equal(l.closes + l.child_downs, 0);
    assert_true(l.now - began < 60000000u);
    assert_true(ike_seal(l.s, ip, ladder_packet(&l, ip, sizeof(ip)), out, sizeof(out), &to, l.now) > 0);
    assert_int_equal(to.remote.ip[3], 3);
    ladder_free(&l);
}

/* RFC 4555 3.3, 3.10, rows 248, 249: from an address of ours of the other family, to one that is only configured */
static void from_another_address_of_ours(void **state)
{
    ike_addr source, gateway;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    (void)ike__addr_parse(&source, "2001:db8::7");
    (void)ike__addr_parse(&gateway, "2001:db8::1");
    l.cfg.sources = &source;
    l.cfg.gateways = &gateway;
    l.cfg.sources_n = l.cfg.gateways_n = 1;
    up(&l, NULL);
    ask(&l);
    (void)only(&l, "2001:db8::1", 20);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.path_change.path.local.family, 6);
    assert_int_equal(l.path_change.path.local.port, 40000);
    assert_int_equal(l.peer->updates, 1);
    ladder_free(&l);
}

/* RFC 4555 3.10, 3.11: nobody anywhere: bounded, and the end is the usual one */
static void nobody_answers_anywhere(void **state)
{
    static const char *const two[] = {"192.0.2.2", "192.0.2.3", NULL};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l, two);
    ask(&l);
    (void)only(&l, NULL, 40);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_TIMEOUT);
    assert_int_equal(l.s->sa->paths.now.remote.ip[3], 1);
    ladder_free(&l);
}

/* RFC 4555 3.5: it was the old path after all; the update says so too, for the gateway may have seen others */
static void the_old_path_comes_back(void **state)
{
    static const char *const one[] = {"192.0.2.2", NULL};
    struct datagram kept;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    up(&l, one);
    assert_int_equal(ike_check_alive(l.s, l.now), 0);
    ladder_drain(&l);
    kept = l.to_gateway[0];
    ladder_drop(&l);
    while (!l.s->probe.is_on) {
        ladder_tick(&l);
        ladder_drop(&l);
    }
    assert_int_equal(l.s->sa->paths.now.remote.ip[3], 2);
    l.to_gateway[0] = kept; /* it was only slow */
    l.out_n = 1;
    ladder_run(&l);
    assert_int_equal(l.paths, 1);
    assert_int_equal(l.path_change.path.remote.ip[3], 1);
    assert_int_equal(l.peer->updates, 1);
    ladder_free(&l);
}

static void update(struct ike_msg_out *out)
{
    static const uint8_t cookie[8] = {1};

    ike__notify_write(out, IKE_N_UPDATE_SA_ADDRESSES, ike__span(NULL, 0));
    ike__notify_write(out, IKE_N_COOKIE2, ike__span(cookie, sizeof(cookie)));
}

/* RFC 4555 3.5, row 251: only the original initiator moves the SAs */
static void the_gateway_does_not_move_us(void **state)
{
    struct ladder l;
    ike_path before;

    (void)state;
    ladder_init(&l);
    up(&l, NULL);
    before = l.s->sa->paths.now;
    tell(&l, update);
    assert_int_equal(l.peer->heard_error, IKE_N_UNACCEPTABLE_ADDRESSES);
    assert_memory_equal(&before, &l.s->sa->paths.now, sizeof(before));
    assert_int_equal(l.paths + l.closes, 0);
    ladder_free(&l);
}

/* RFC 4555 3.9, 4.2.6, row 244: the addresses as we see them; a refusal is tried again with new requests */
static void no_nats_allowed(void **state)
{
    static const uint8_t expected[] = {198, 51, 100,        7,           192,      0,
                                       2,   1,  40000 >> 8, 40000 & 255, 500 >> 8, 500 & 255};
    const char *why;
    uint8_t body[64];
    struct ike_msg_out out;
    struct ladder l;
    ike_path to;

    (void)state;
    ladder_init(&l);
    l.cfg.no_nats = 1;
    assert_int_equal(ike_session_new(&l.s, &l.cfg, &l.env, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "no_nats"));
    l.cfg.encap = IKE_ENCAP_AUTO;
    l.pcfg.script.no_natd = 1;
    l.pcfg.script.update_error = IKE_N_UNEXPECTED_NAT_DETECTED;
    l.pcfg.script.again = 1;
    up(&l, NULL);
    assert_int_equal(l.s->sa->paths.now.remote.port, 500); /* NAT traversal is off */
    ike__out_init(&out, body, sizeof(body));
    ike__mobike_write_no_nats(l.s, l.s->sa, &out);
    assert_int_equal(out.buf.n, 4 + 4 + sizeof(expected));
    assert_memory_equal(body + 8, expected, sizeof(expected));
    to = l.s->sa->paths.now;
    to.local.port = 50000;
    assert_int_equal(ike_roam(l.s, &to, l.now), 0);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.peer->updates, 1 + l.s->settings.cfg.retry_tries);
    assert_int_equal(l.warnings, 1);
    assert_int_equal(l.paths, 1); /* by a fresh connection */
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_replace_each_other),
        cmocka_unit_test(another_address_of_the_gateway),
        cmocka_unit_test(from_another_address_of_ours),
        cmocka_unit_test(nobody_answers_anywhere),
        cmocka_unit_test(the_old_path_comes_back),
        cmocka_unit_test(the_gateway_does_not_move_us),
        cmocka_unit_test(no_nats_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
