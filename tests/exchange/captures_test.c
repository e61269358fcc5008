/* tests/exchange/captures_test.c - malformed datagrams of the world, in every phase of a session. SPDX-License-Identifier: Apache-2.0
 *
 * The corpus of fuzz/message.c, among it captures that have brought down other implementations. Nobody who sends them
 * has our keys: nothing may change. */
#include "fake/test.h"
#include "peer/twins.h"
#include <dirent.h>
#include <stdlib.h>

#define CORPUS "fuzz/corpus/message"

struct capture {
    uint8_t p[65535];
    size_t n;
};

static int read_next(DIR *d, struct capture *c)
{
    struct dirent *e;
    char path[600];
    FILE *f;

    do
        e = readdir(d);
    while (e && e->d_name[0] == '.');
    if (!e)
        return 0;
    snprintf(path, sizeof(path), CORPUS "/%s", e->d_name);
    f = fopen(path, "rb");
    if (!f)
        fail_msg("%s cannot be read", path);
    c->n = fread(c->p, 1, sizeof(c->p) - 4, f);
    fclose(f);
    return 1;
}

/* Everything a session is, but for the counters. */
struct all {
    struct ike_session s;
    struct ike_ike_sa sa;
    ike_time due;
};

static struct all look(const struct ladder *l)
{
    struct all a;

    memset(&a, 0, sizeof(a));
    memcpy(&a.s, l->s, sizeof(a.s));
    memcpy(&a.sa, l->s->sa, sizeof(a.sa));
    memset(&a.s.stats, 0, sizeof(a.s.stats));
    a.s.now = 0;
    a.due = ike_deadline(l->s);
    return a;
}

/* As it is or with a marker, from port 500 or 4500, as it is or with the SPIs of ours. */
static void deliver(struct ladder *l, const struct capture *c, unsigned how)
{
    static uint8_t copy[65535];
    size_t mark = how & 1 ? 4 : 0;
    ike_path from = l->path;
    ike_span inner;

    from.remote.port = how & 2 ? 4500 : 500;
    memset(copy, 0, 4);
    memcpy(copy + mark, c->p, c->n);
    if ((how & 4) && c->n >= 16) {
        ike__put_be64(copy + mark, l->s->sa->spi_i);
        ike__put_be64(copy + mark + 8, l->s->sa->spi_r);
    }
    (void)ike_recv(l->s, &from, copy, mark + c->n, &inner, l->now);
    assert_int_equal(inner.n, 0);
}

static unsigned all_of_them(struct ladder *l, unsigned ways)
{
    static struct capture c;
    DIR *d = opendir(CORPUS);
    unsigned n = 0;

    assert_non_null(d);
    while (read_next(d, &c)) {
        n++;
        for (unsigned how = 0; how < ways; how++) {
            struct all before = look(l), after;

            deliver(l, &c, how);
            after = look(l);
            if (ways == 4 || l->s->sa->is_established) {
                assert_memory_equal(&before, &after, sizeof(before));
                ladder_drain(l);
                assert_int_equal(l->total_out, 0);
            }
        }
    }
    closedir(d);
    assert_true(n >= 50);
    return n;
}

static void forget(struct ladder *l)
{
    l->total_out = l->ups = l->asks = 0;
}

/* RFC 7296 2.21, 2.21.4, row 25: before there is anything, while IKE_SA_INIT or IKE_AUTH is out, and when all stands */
static void captures_change_nothing(void **state)
{
    struct datagram d;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    assert_int_equal(peer_new(&l.peer, &l.pcfg), 0);
    assert_int_equal(ike_session_new(&l.s, &l.cfg, &l.env, NULL), 0);
    (void)all_of_them(&l, 4);
    assert_int_equal(ike_connect(l.s, &l.path, l.now), 0);
    ladder_drain(&l);
    forget(&l);
    d = l.to_gateway[0];
    (void)all_of_them(&l, 4);
    l.to_gateway[0] = d;
    (void)ladder_deliver_out(&l, 0);
    ladder_drop(&l);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.out_n, 1);
    forget(&l);
    (void)all_of_them(&l, 4);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    forget(&l);
    (void)all_of_them(&l, 8);
    assert_int_equal(l.closes + l.child_downs + l.warnings, 0);
    assert_int_equal(ike_check_alive(l.s, l.now), 0);
    ladder_drain(&l);
    ladder_run(&l);
    assert_int_equal(l.peer->next_in, 3);
    ladder_free(&l);
}

/* RFC 7296 2.21.1: with the right SPIs they are answers to IKE_SA_INIT, and the genuine one still wins */
static void captures_with_our_spi_do_not_win(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    (void)all_of_them(&l, 8);
    assert_int_equal(l.closes, 0);
    ladder_drop(&l);
    ladder_tick(&l); /* one of them asks for a cookie; the request is out again, with or without it */
    assert_int_equal(l.out_n, 1);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    ladder_free(&l);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_change_nothing),
        cmocka_unit_test(captures_with_our_spi_do_not_win),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
