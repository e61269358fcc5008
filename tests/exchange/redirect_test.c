/* tests/exchange/redirect_test.c - sent to another gateway: RFC 5685. SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "fake/test.h"
#include "peer/ladder.h"
#include "state/session.h"
#include <stdlib.h>

/* What the gateway says instead, or besides. */
struct advice {
    struct ladder *l;
    uint8_t exchange; /* in which answer */
    uint8_t wrong_nonce, as_name, times;
};

static void write_redirect(const struct advice *a, struct ike_msg_out *out, int with_nonce)
{
    static const uint8_t address[] = {1, 4, 192, 0, 2, 2};
    uint8_t data[300];
    size_t n = sizeof(address);

    if (a->as_name) {
        n = 2 + 8;
        memcpy(data, "\x03\x08gw2.test", n);
    } else {
        memcpy(data, address, n);
    }
    if (with_nonce) {
        memcpy(data + n, a->l->peer->ni, a->l->peer->ni_n);
        data[n] ^= a->wrong_nonce;
        n += a->l->peer->ni_n;
    }
    ike__notify_write(out, IKE_N_REDIRECT, ike__span(data, n));
}

static void edit(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    struct advice *a = user;

    if (exchange != a->exchange || a->times == 0)
        return;
    a->times--;
    if (exchange == IKE_X_IKE_SA_INIT)
        ike__out_init(out, out->buf.p, out->buf.cap);
    write_redirect(a, out, exchange == IKE_X_IKE_SA_INIT);
}

static void begin(struct ladder *l, struct advice *a)
{
    ladder_init(l);
    a->l = l;
    l->pcfg.script.edit = edit;
    l->pcfg.script.user = a;
    l->pcfg.script.again = 1;
    assert_int_equal(ladder_connect(l), 0);
}

static int has_notify(const struct datagram *d, uint16_t type)
{
    struct ike_msg msg;
    struct ike_notify n;
    struct ike_header h;
    ike_span body;

    assert_int_equal(ike__datagram_kind(ike__span(d->p, d->n), ike__paths_marked(&d->path), &body),
                     IKE_KIND_IKE);
    assert_int_equal(ike__header_read(body, &h), 0);
    memset(&msg, 0, sizeof(msg));
    assert_int_equal(
        ike__msg_index(&msg, h.next, ike__span(body.p + IKE_HEADER_LEN, body.n - IKE_HEADER_LEN)), 0);
    return ike__notify_find(&msg, type, 0, &n);
}

/* RFC 5685 3, 9.3, row 82: the handshake begins again at the address, saying where it comes from */
static void in_ike_sa_init(void **state)
{
    struct advice a = {.exchange = IKE_X_IKE_SA_INIT, .times = 1};
    struct ladder l;
    uint64_t spi;

    (void)state;
    begin(&l, &a);
    assert_true(has_notify(&l.to_gateway[0], IKE_N_REDIRECT_SUPPORTED));
    spi = l.s->sa->spi_i;
    (void)ladder_deliver_out(&l, 0);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.redirects, 1);
    assert_int_equal(l.out_n, 2);
    assert_int_equal(l.to_gateway[1].path.remote.ip[3], 2);
    assert_true(has_notify(&l.to_gateway[1], IKE_N_REDIRECTED_FROM));
    assert_false(has_notify(&l.to_gateway[1], IKE_N_REDIRECT_SUPPORTED));
    assert_true(l.s->sa->spi_i != spi);
    ladder_drop(&l);
    ladder_tick(&l);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(l.up.peer_has_mobike, 0);
    ladder_free(&l);
}

/* RFC 5685 3, 11.1, row 82: without our nonce it may come from anybody: wait for the real answer */
static void with_another_nonce_is_ignored(void **state)
{
    struct advice a = {.exchange = IKE_X_IKE_SA_INIT, .times = 1, .wrong_nonce = 1};
    struct ladder l;

    (void)state;
    begin(&l, &a);
    ladder_run(&l);
    assert_int_equal(l.redirects, 0);
    assert_int_equal(l.out_n, 0);
    ladder_tick(&l); /* sent again, answered in earnest */
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    ladder_free(&l);
}

/* RFC 5685 3, row 84: not announced, not followed */
static void switched_off_is_ignored(void **state)
{
    struct advice a = {.exchange = IKE_X_IKE_SA_INIT, .times = 1};
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.cfg.redirect = IKE_OFF;
    a.l = &l;
    l.pcfg.script.edit = edit;
    l.pcfg.script.user = &a;
    assert_int_equal(ladder_connect(&l), 0);
    assert_false(has_notify(&l.to_gateway[0], IKE_N_REDIRECT_SUPPORTED));
    ladder_run(&l);
    assert_int_equal(l.redirects, 0);
    ladder_tick(&l);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    ladder_free(&l);
}

/* RFC 5685 7, row 83: five times in 300 s, and no more */
static void loops_end(void **state)
{
    struct advice a = {.exchange = IKE_X_IKE_SA_INIT, .times = 99};
    struct ladder l;

    (void)state;
    begin(&l, &a);
    ladder_run(&l);
    assert_int_equal(l.redirects, 5);
    assert_int_equal(l.closes, 1);
    assert_int_equal(l.close_err, IKE_E_REDIRECT);
    ladder_free(&l);
}

/* RFC 5685 9.2: a name is the host's to resolve */
static void a_name_waits_for_the_host(void **state)
{
    struct advice a = {.exchange = IKE_X_IKE_SA_INIT, .times = 1, .as_name = 1};
    struct ladder l;
    ike_path to;

    (void)state;
    begin(&l, &a);
    to = l.path;
    ladder_run(&l);
    assert_int_equal(l.redirects, 1);
    assert_string_equal(l.redirect_to, "gw2.test");
    assert_int_equal(l.child_ups, 0);
    (void)ike__addr_parse(&to.remote, "192.0.2.3");
    to.remote.port = 0;
    assert_int_equal(ike_redirect(l.s, &to, l.now), 0);
    ladder_drain(&l);
    assert_int_equal(l.to_gateway[0].path.remote.ip[3], 3);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    ladder_free(&l);
}

/* RFC 5685 6, row 132: with IKE_AUTH, after the gateway has proved itself: elsewhere first, then the old SA goes */
static void in_ike_auth(void **state)
{
    struct advice a = {.exchange = IKE_X_IKE_AUTH, .times = 1};
    struct ladder l;

    (void)state;
    begin(&l, &a);
    ladder_run(&l);
    assert_int_equal(l.redirects, 1);
    assert_int_equal(l.ups, 1);
    assert_int_equal(l.s->sa->paths.now.remote.ip[3], 2);
    assert_int_equal(l.closes, 0);
    assert_int_equal(l.s->children != NULL, 1);
    ladder_free(&l);
}

/* RFC 5685 5, 6.1: while the tunnel stands; no packet is without a child in between */
static void while_connected(void **state)
{
    struct advice a = {.exchange = 0};
    struct ladder l;
    uint8_t body[400];
    struct ike_msg_out out;

    (void)state;
    begin(&l, &a);
    ladder_run(&l);
    ike__out_init(&out, body, sizeof(body));
    write_redirect(&a, &out, 0);
    assert_int_equal(peer_request(l.peer, IKE_X_INFORMATIONAL, &out), 0);
    (void)ike_check_alive(l.s, l.now);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.redirects, 1);
    assert_int_equal(l.rekeyed, 2);
    assert_int_equal(l.child_downs + l.closes, 0);
    assert_int_equal(l.s->sa->paths.now.remote.ip[3], 2);
    ladder_free(&l);
}

/* RFC 6023 3, row 81: childless where the gateway can, and then the child at once */
static void announce_childless(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    (void)user;
    if (exchange == IKE_X_IKE_SA_INIT)
        ike__notify_write(out, IKE_N_CHILDLESS_IKEV2_SUPPORTED, ike__span(NULL, 0));
}

static void childless_asks_for_a_child_next(void **state)
{
    struct ladder l;

    (void)state;
    for (int can = 0; can < 2; can++) {
        ladder_init(&l);
        l.cfg.childless = 1;
        if (can)
            l.pcfg.script.edit = announce_childless;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.ups, 1);
        /* the scripted gateway makes no further children: what counts is that we asked */
        assert_int_equal(l.child_ups, can ? 0 : 1);
        assert_int_equal(l.child_notify, can ? IKE_N_NO_ADDITIONAL_SAS : 0);
        assert_int_equal(l.closes, 0);
        ladder_free(&l);
    }
}

struct heap {
    unsigned calls, fail_at;
};

static void *heap_alloc(void *self, size_t n)
{
    struct heap *h = self;

    return ++h->calls == h->fail_at ? NULL : calloc(1, n);
}

static void heap_release(void *self, void *p, size_t n)
{
    (void)self;
    (void)n;
    free(p);
}

/* RFC 6023 3: a childless IKE SA whose assigned addresses found no memory is of no use: authenticated anew, soon */
static void childless_without_memory_authenticates_anew(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned at = 1; at < 120; at++) {
        struct heap heap = {0, at};
        ike_alloc alloc = {heap_alloc, heap_release, &heap};
        struct ladder l;

        ladder_init(&l);
        l.env.alloc = &alloc;
        l.cfg.childless = 1;
        l.pcfg.script.edit = announce_childless;
        if (ladder_connect(&l) == 0)
            ladder_run(&l);
        if (l.ups == 1 && l.closes == 0 && l.child_err == IKE_E_NOMEM) {
            assert_int_equal(l.child_downs, 1);
            assert_true(ike__reauth_due(l.s->sa) > l.now && ike__reauth_due(l.s->sa) <= l.now + 60000000);
            found++;
        }
        ladder_free(&l);
    }
    assert_true(found >= 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_ike_sa_init),
        cmocka_unit_test(with_another_nonce_is_ignored),
        cmocka_unit_test(switched_off_is_ignored),
        cmocka_unit_test(loops_end),
        cmocka_unit_test(a_name_waits_for_the_host),
        cmocka_unit_test(in_ike_auth),
        cmocka_unit_test(while_connected),
        cmocka_unit_test(childless_asks_for_a_child_next),
        cmocka_unit_test(childless_without_memory_authenticates_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
