/* tests/exchange/path_mtu_test.c - probes on paths that swallow what is too large. SPDX-License-Identifier: Apache-2.0
 *
 * The wire drops datagrams whose IP packet would be larger than the path carries, and says nothing. */
#include "fake/test.h"
#include "exchange/exchange.h"
#include "peer/ladder.h"
#include "base/text.h"

#define SECOND 1000000u
#define AROUND 28u /* IPv4 and UDP */

struct path_lab {
    struct ladder l;
    uint32_t carries;  /* the way to the gateway */
    uint32_t deaf;     /* 1: nothing comes back */
    unsigned lost;     /* datagrams that were too large */
    unsigned probes;   /* that left */
    unsigned uncalled; /* lost, and no probe: the user's own */
};

static void up(struct path_lab *p, uint32_t most)
{
    ladder_init(&p->l);
    p->deaf = 0;
    p->lost = p->probes = p->uncalled = 0;
    p->carries = 1500;
    p->l.cfg.path_mtu = most;
    p->l.pcfg.script.mobike = 1;
    assert_int_equal(ladder_connect(&p->l), 0);
    ladder_run(&p->l);
    assert_int_equal(p->l.child_ups, 1);
}

static int is_esp(const struct datagram *d)
{
    return ike__be32(d->p) != 0;
}

/* Delivers what waits, as the path would. */
static void carry(struct path_lab *p)
{
    struct ladder *l = &p->l;

    while (l->out_n > 0 || l->in_n > 0) {
        if (l->out_n > 0) {
            if (l->to_gateway[0].n + AROUND <= p->carries) {
                (void)ladder_deliver_out(l, 0);
            } else {
                p->lost++;
                p->uncalled += (unsigned)is_esp(&l->to_gateway[0]);
            }
            memmove(l->to_gateway, l->to_gateway + 1, --l->out_n * sizeof(l->to_gateway[0]));
        }
        for (unsigned i = 0; i < l->in_n && !p->deaf; i++)
            (void)ladder_deliver_in(l, i);
        l->in_n = 0;
    }
}

static uint32_t inner(const struct path_lab *p, uint32_t *path)
{
    ike_stats st = IKE_STATS_INIT;

    assert_int_equal(ike_session_stats(p->l.s, &st), 0);
    if (path)
        *path = st.path_mtu;
    return st.inner_mtu;
}

/* One inner packet with DF: what ike_seal says of it; its datagram goes its way. */
static int send_inner(struct path_lab *p, size_t n)
{
    struct ladder *l = &p->l;
    struct datagram *d = &l->to_gateway[l->out_n];
    uint8_t ip[2048];
    int got;

    (void)ladder_packet(l, ip, n);
    ip[6] = 0x40;
    got = ike_seal(l->s, ip, n, d->p, sizeof(d->p), &d->path, l->now);
    if (got > 0) {
        d->n = (size_t)got;
        l->out_n++;
    }
    carry(p);
    return got;
}

/* The gateway has something to say: whatever it is, it shows that it lives. */
static void hear(struct path_lab *p)
{
    struct datagram *d = &p->l.to_client[0];
    uint8_t ip[2048];
    int got;

    (void)ladder_packet(&p->l, ip, 100);
    memcpy(ip + 16, p->l.pcfg.pool4.ip, 4);
    ip[12] = 10;
    got = peer_seal(p->l.peer, ip, 100, d->p, sizeof(d->p), &d->path);
    assert_true(got > 0);
    d->n = (size_t)got;
    d->path = p->l.path;
    d->path.remote = p->l.s->sa->paths.now.remote;
    (void)ladder_deliver_in(&p->l, 0);
}

/* Time goes by until nothing is due within so long. */
static void settle(struct path_lab *p, ike_time until)
{
    carry(p);
    while (ike_deadline(p->l.s) <= until && p->l.closes == 0) {
        ladder_tick(&p->l);
        p->probes += (unsigned)ike_mtu_is_probe(p->l.s);
        carry(p);
    }
    p->l.now = until > p->l.now ? until : p->l.now;
}

/* The tunnel is used for so many seconds. */
static void use(struct path_lab *p, unsigned seconds)
{
    for (unsigned i = 0; i < 4 * seconds; i++) {
        assert_true(send_inner(p, 600) > 0);
        hear(p);
        settle(p, p->l.now + SECOND / 4);
    }
}

/* RFC 8899 5: nothing before traffic; then one datagram of exactly that size, which must not be cut */
static void one_probe_is_enough_for_ethernet(void **state)
{
    struct path_lab p;
    struct ladder *l = &p.l;
    uint32_t path;

    (void)state;
    up(&p, 1500);
    assert_true(ike_deadline(l->s) > l->now + SECOND); /* a keepalive, perhaps */
    assert_int_equal(ike_mtu_is_probe(l->s), 0);
    assert_int_equal(inner(&p, &path), 1280 - AROUND - 8 - 8 - 16 - 2); /* a multiple of 4, less 2 */
    assert_int_equal(path, 1280);
    assert_true(send_inner(&p, 100) > 0);
    assert_true(ike_deadline(l->s) <= l->now);
    (void)ike_tick(l->s, l->now);
    {
        uint8_t out[4096];
        ike_path to;

        assert_int_equal(ike_poll_send(l->s, out, sizeof(out), &to, l->now), 1500 - AROUND);
        assert_int_equal(ike_mtu_is_probe(l->s), 1);
        memcpy(l->to_gateway[0].p, out, 1500 - AROUND);
        l->to_gateway[0].n = 1500 - AROUND;
        l->to_gateway[0].path = to;
        l->out_n = 1;
        assert_int_equal(ike_poll_send(l->s, out, sizeof(out), &to, l->now), 0);
        assert_int_equal(ike_mtu_is_probe(l->s), 0);
    }
    carry(&p);
    assert_int_equal(inner(&p, &path), 1438);
    assert_int_equal(path, 1500);
    assert_true(ike_deadline(l->s) > l->now + SECOND);
    /* exact: what fits is a datagram of 1500 octets, one more is refused */
    assert_int_equal(send_inner(&p, 1438), 1500 - AROUND);
    assert_int_equal(send_inner(&p, 1439), IKE_E_TOO_BIG);
    assert_int_equal(p.lost, 0);
    ladder_free(l);
}

/* RFC 8899 5.3: whatever the path swallows, the session and the user's packets live on */
static void every_hidden_path_is_found(void **state)
{
    static const uint16_t paths[] = {1280, 1281, 1299, 1300, 1357, 1400, 1419, 1420,
                                     1439, 1453, 1471, 1488, 1491, 1492, 1499};
    static const uint16_t common[] = {1280, 1300, 1320, 1340, 1358, 1380, 1400,
                                      1420, 1440, 1452, 1460, 1472, 1480, 1492};
    struct path_lab p;
    uint32_t path, least;
    ike_time began;

    (void)state;
    for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        least = 1280;
        for (unsigned k = 0; k < sizeof(common) / sizeof(common[0]); k++)
            least = common[k] <= paths[i] ? common[k] : least;
        up(&p, 1500);
        p.carries = paths[i];
        began = p.l.now;
        assert_true((unsigned)send_inner(&p, inner(&p, NULL)) + AROUND <= paths[i]);
        while (ike_deadline(p.l.s) < p.l.now + 2 * SECOND) {
            settle(&p, ike_deadline(p.l.s));
            assert_true(send_inner(&p, inner(&p, NULL)) > 0); /* all the while */
        }
        (void)inner(&p, &path);
        assert_int_equal(path, least);
        assert_true(p.l.now - began < 16 * SECOND); /* five sizes, three probes each */
        assert_int_equal(p.uncalled, 0);
        assert_int_equal(p.l.closes, 0);
        assert_int_equal(p.l.s->sa->window.in_flight, 0);
        /* and the road is free for other messages */
        assert_int_equal(ike_rekey(p.l.s, 0, p.l.now), 0);
        ladder_drain(&p.l);
        assert_int_equal(p.l.s->sa->window.in_flight, 1);
        ladder_free(&p.l);
    }
}

/* RFC 8899 4.3: the path narrows, nobody says so */
static void a_black_hole_is_noticed(void **state)
{
    for (int alone = 0; alone < 2; alone++) {
        struct path_lab p;
        uint32_t path;
        ike_time began;

        (void)state;
        up(&p, 1500);
        assert_true(send_inner(&p, 100) > 0);
        settle(&p, p.l.now + SECOND);
        assert_int_equal(inner(&p, NULL), 1438);
        settle(&p, p.l.now + 10 * SECOND);
        hear(&p);
        p.carries = 1400;
        began = p.l.now;
        for (path = 1500; path == 1500 && p.l.now < began + 60 * SECOND; (void)inner(&p, &path)) {
            (void)send_inner(&p, inner(&p, NULL));
            if (!alone) /* another connection is answered */
                hear(&p);
            settle(&p, p.l.now + SECOND / 2);
        }
        /* alone: after a second of silence; else the next confirmation; and then the time of three probes */
        assert_true(p.l.now - began < (alone ? 6u : 35u) * SECOND);
        use(&p, 15);
        (void)inner(&p, &path);
        assert_int_equal(path, 1400);
        assert_int_equal(p.l.closes, 0);
        ladder_free(&p.l);
    }
}

/* Battery: an idle tunnel asks nothing, a quiet one next to nothing */
static void quiet_tunnels_are_left_alone(void **state)
{
    struct path_lab p;
    uint64_t before;
    ike_stats st = IKE_STATS_INIT;

    (void)state;
    up(&p, 1500);
    assert_true(send_inner(&p, 100) > 0);
    settle(&p, p.l.now + SECOND);
    hear(&p);
    (void)ike_session_stats(p.l.s, &st);
    before = st.ike_out;
    for (int i = 0; i < 12; i++) { /* a minute of pings, all answered */
        assert_true(send_inner(&p, 84) > 0);
        hear(&p);
        settle(&p, p.l.now + 5 * SECOND);
    }
    (void)ike_session_stats(p.l.s, &st);
    assert_true(st.ike_out - before <= 4); /* keepalives and their questions */
    assert_true(ike_deadline(p.l.s) > p.l.now + 10 * SECOND);
    ladder_free(&p.l);
}

/* Probes arrive, answers do not: counted as lost, and the gateway answers the next one with what it said before */
static void lost_answers_cost_size_only(void **state)
{
    struct path_lab p;

    (void)state;
    up(&p, 1500);
    assert_true(send_inner(&p, 100) > 0);
    p.deaf = 1;
    settle(&p, p.l.now + 4 * SECOND);
    p.deaf = 0;
    settle(&p, p.l.now + 20 * SECOND);
    assert_int_equal(p.l.s->mtu.search.fails, 1500);
    use(&p, 1);
    assert_int_equal(p.l.closes, 0);
    assert_int_equal(p.l.s->sa->window.in_flight, 0);
    assert_int_equal(inner(&p, NULL), 1430); /* 1492 */
    ladder_free(&p.l);
}

/* RFC 7296 2.4: a gateway that is gone is gone, but no sooner than without probes */
static void death_is_not_hastened(void **state)
{
    struct path_lab p, q;
    ike_time began, with, without;

    (void)state;
    up(&p, 1500);
    assert_true(send_inner(&p, 100) > 0);
    settle(&p, p.l.now + SECOND);
    hear(&p);
    p.deaf = 1;
    began = p.l.now;
    assert_true(send_inner(&p, 1000) > 0 && send_inner(&p, 1400) > 0 && send_inner(&p, 1400) > 0);
    while (p.l.closes == 0)
        settle(&p, p.l.now + SECOND);
    with = p.l.now - began;
    assert_int_equal(p.l.close_err, IKE_E_TIMEOUT);
    ladder_free(&p.l);
    up(&q, 0);
    q.deaf = 1;
    began = q.l.now;
    assert_true(send_inner(&q, 1400) > 0);
    while (q.l.closes == 0)
        settle(&q, q.l.now + SECOND);
    without = q.l.now - began;
    ladder_free(&q.l);
    assert_true(with + 2 * SECOND >= without && with < without + 30 * SECOND);
}

/* dpd_s OFF: silence is not asked about */
static void without_checks_for_life_silence_is_left_alone(void **state)
{
    struct path_lab p;

    (void)state;
    ladder_init(&p.l);
    p.carries = 1500;
    p.deaf = p.lost = p.probes = p.uncalled = 0;
    p.l.cfg.path_mtu = 1500;
    p.l.cfg.dpd_s = p.l.cfg.natt_keepalive_s = IKE_OFF;
    assert_int_equal(ladder_connect(&p.l), 0);
    ladder_run(&p.l);
    assert_true(send_inner(&p, 100) > 0);
    settle(&p, p.l.now + SECOND);
    for (int i = 0; i < 5; i++)
        assert_true(send_inner(&p, 1400) > 0);
    p.probes = 0;
    settle(&p, p.l.now + 20 * SECOND);
    assert_int_equal(p.probes, 0);
    ladder_free(&p.l);
}

struct hint {
    const char *remote;
    uint16_t port;
    uint8_t
        quote; /* 0: none; 1: ESP of ours; 2: our IKE SA; 3: another SPI; 4: another IKE SA; 5: cut short */
    uint32_t mtu;
    int err;
    uint32_t path; /* from then on */
};

/* RFC 8899 4.6.1, RFC 8201 4: only of a datagram that we have sent to where we send */
static void only_plausible_hints_count(void **state)
{
    static const struct hint rows[] = {
        {"192.0.2.2", 4500, 1, 1400, IKE_E_DISCARD, 1500},
        {"192.0.2.1", 500, 1, 1400, IKE_E_DISCARD, 1500},
        {"2001:db8::1", 4500, 1, 1400, IKE_E_DISCARD, 1500},
        {"192.0.2.1", 4500, 3, 1400, IKE_E_DISCARD, 1500},
        {"192.0.2.1", 4500, 4, 1400, IKE_E_DISCARD, 1500},
        {"192.0.2.1", 4500, 5, 1400, IKE_E_DISCARD, 1500},
        {"192.0.2.1", 4500, 1, 0, IKE_E_DISCARD, 1500},
        {"192.0.2.1", 4500, 1, 1500, 0, 1500},
        {"192.0.2.1", 4500, 1, UINT32_MAX, 0, 1500},
        {"192.0.2.1", 4500, 1, 1430, 1, 1430},
        {"192.0.2.1", 4500, 2, 1431, 0, 1430},
        {"192.0.2.1", 4500, 2, 1420, 1, 1420},
        {"192.0.2.1", 4500, 0, 1410, 1, 1410},
        {"192.0.2.1", 4500, 1, 68, 1, 1280},
        {"192.0.2.1", 4500, 1, 1279, 0, 1280},
    };
    struct path_lab p;
    ike_path at;
    uint32_t path;
    uint8_t quote[64];

    (void)state;
    up(&p, 1500);
    assert_true(send_inner(&p, 100) > 0);
    settle(&p, p.l.now + SECOND);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct hint *h = &rows[i];
        const struct ike_ike_sa *sa = p.l.s->sa;

        at = p.l.path;
        assert_int_equal(ike__addr_parse(&at.remote, h->remote), 0);
        at.remote.port = h->port;
        memset(quote, 0, sizeof(quote));
        if (h->quote == 1 || h->quote == 3 || h->quote == 5)
            ike__put_be32(quote, p.l.s->children->spi_out ^ (h->quote == 3));
        else {
            ike__put_be64(quote + 4, sa->spi_i);
            ike__put_be64(quote + 12, sa->spi_r ^ (h->quote == 4));
        }
        assert_int_equal(ike_mtu_hint(p.l.s, &at,
                                      ike__span(quote, h->quote == 0   ? 0
                                                       : h->quote == 5 ? 7
                                                                       : 64),
                                      h->mtu, p.l.now),
                         h->err);
        (void)inner(&p, &path);
        assert_int_equal(path, h->path);
    }
    assert_int_equal(ike_mtu_hint(NULL, &at, ike__span(NULL, 0), 1400, 0), IKE_E_USAGE);
    assert_int_equal(ike_mtu_hint(p.l.s, NULL, ike__span(NULL, 0), 1400, 0), IKE_E_USAGE);
    assert_int_equal(ike_mtu_hint(p.l.s, &at, ike__span(NULL, 1), 1400, 0), IKE_E_USAGE);
    ladder_free(&p.l);
}

/* A router tells of a probe: no waiting, the size that it names is the next one */
static void a_hint_shortens_the_search(void **state)
{
    struct path_lab p;
    uint32_t path;
    unsigned out;

    (void)state;
    up(&p, 1500);
    p.carries = 1433;
    assert_true(send_inner(&p, 100) > 0);
    ladder_tick(&p.l); /* the probe is out */
    assert_int_equal(p.l.out_n, 1);
    assert_int_equal(p.l.to_gateway[0].n, 1500 - AROUND);
    assert_int_equal(
        ike_mtu_hint(p.l.s, &p.l.to_gateway[0].path, ike__span(p.l.to_gateway[0].p, 528), 1433, p.l.now), 1);
    out = p.l.total_out;
    ladder_drain(&p.l);
    assert_int_equal(p.l.total_out, out + 1); /* without padding, at once */
    carry(&p);
    settle(&p, p.l.now);
    (void)inner(&p, &path);
    assert_int_equal(path, 1433);
    assert_int_equal(p.lost, 1);
    ladder_free(&p.l);
}

/* RFC 8899 4.7: another path, another MTU */
static void another_network_begins_anew(void **state)
{
    struct path_lab p;
    ike_path there;
    uint32_t path;

    (void)state;
    up(&p, 1500);
    assert_true(send_inner(&p, 100) > 0);
    settle(&p, p.l.now + SECOND);
    (void)inner(&p, &path);
    assert_int_equal(path, 1500);
    there = p.l.path;
    there.local.ip[3] = 99;
    there.remote = p.l.s->sa->paths.now.remote;
    p.carries = 1380;
    assert_int_equal(ike_roam(p.l.s, &there, p.l.now), 0);
    ladder_drain(&p.l);
    (void)inner(&p, &path);
    assert_int_equal(path, 1280);
    carry(&p);
    assert_int_equal(p.l.paths, 1);
    use(&p, 15);
    (void)inner(&p, &path);
    assert_int_equal(path, 1380);
    assert_int_equal(p.uncalled, 0);
    /* and while a probe is out: it goes on without padding, and says nothing about the new path */
    p.l.now += 31 * SECOND;
    there.local.ip[3] = 98;
    assert_int_equal(ike_roam(p.l.s, &there, p.l.now), 0);
    ladder_drain(&p.l);
    carry(&p);
    assert_true(send_inner(&p, 100) > 0);
    ladder_tick(&p.l);
    assert_int_equal(p.l.s->sa->window.is_whole, 1);
    ladder_drop(&p.l);
    there.local.ip[3] = 97;
    assert_int_equal(ike_roam(p.l.s, &there, p.l.now), 0);
    assert_int_equal(p.l.s->sa->window.is_whole, 0);
    ladder_drain(&p.l);
    carry(&p);
    (void)inner(&p, &path);
    assert_int_equal(path, 1280);
    assert_int_equal(p.l.closes, 0);
    ladder_free(&p.l);
}

/* RFC 7296 2.3: a window of one; what is urgent does not stand behind a probe */
static void nothing_waits_for_a_probe(void **state)
{
    struct path_lab p;

    (void)state;
    up(&p, 1500);
    p.carries = 1300;
    assert_true(send_inner(&p, 100) > 0);
    ladder_tick(&p.l);
    carry(&p);
    assert_int_equal(p.lost, 1);
    assert_int_equal(ike_rekey(p.l.s, 1, p.l.now), 0);
    ladder_drain(&p.l);
    carry(&p);
    assert_true(p.l.s->sa->window.next_out > 3 && !p.l.s->sa->window.is_whole);
    assert_int_equal(p.l.s->mtu.search.fails, 1501); /* no verdict */
    ladder_tick(&p.l);
    assert_int_equal(ike_close(p.l.s, p.l.now), 0);
    ladder_drain(&p.l);
    carry(&p);
    assert_int_equal(p.l.closes, 1);
    assert_int_equal(p.l.peer->is_deleted, 1);
    ladder_free(&p.l);
}

static size_t syn(const struct ladder *l, uint8_t *ip, int inbound)
{
    (void)ladder_packet(l, ip, 44);
    ip[9] = 6;
    ip[32] = 0x60;
    ip[33] = 2;
    ip[40] = 2;
    ip[41] = 4;
    ike__put_be16(ip + 42, 1460);
    if (inbound) {
        memcpy(ip + 16, l->pcfg.pool4.ip, 4);
        ip[12] = 10;
    }
    return 44;
}

/* RFC 9293 3.7.1: TCP through the tunnel learns its size, both ways; without a search it is not touched */
static void tcp_is_told_in_both_directions(void **state)
{
    for (int on = 0; on < 2; on++) {
        struct path_lab p;
        struct datagram *d;
        uint8_t ip[64];
        int got;

        (void)state;
        up(&p, on ? 1500 : 0);
        d = &p.l.to_gateway[0];
        got = ike_seal(p.l.s, ip, syn(&p.l, ip, 0), d->p, sizeof(d->p), &d->path, p.l.now);
        assert_true(got > 0);
        d->n = (size_t)got;
        p.l.out_n = 1;
        carry(&p);
        assert_int_equal(p.l.inner_n, 44);
        assert_int_equal(ike__be16(p.l.inner + 42), on ? 1218 - 40 : 1460);
        d = &p.l.to_client[0];
        got = peer_seal(p.l.peer, ip, syn(&p.l, ip, 1), d->p, sizeof(d->p), &d->path);
        assert_true(got > 0);
        d->n = (size_t)got;
        d->path = p.l.path;
        d->path.remote.port = 4500;
        (void)ladder_deliver_in(&p.l, 0);
        assert_int_equal(ike__be16(p.l.inner + 42), on ? 1218 - 40 : 1460);
        ladder_free(&p.l);
    }
}

/* RFC 1191 4: whoever sends too much hears of it, and is counted */
static void too_large_packets_are_answered(void **state)
{
    struct path_lab p;
    uint8_t ip[1500], out[1500];
    ike_stats st = IKE_STATS_INIT;
    int n;

    (void)state;
    up(&p, 1500);
    assert_int_equal(send_inner(&p, 1219), IKE_E_TOO_BIG);
    (void)ladder_packet(&p.l, ip, 1400);
    n = ike_mtu_answer(p.l.s, ip, sizeof(ip), out, sizeof(out), p.l.now);
    assert_int_equal(n, 576);
    assert_int_equal(ike__be16(out + 26), 1218);
    assert_int_equal(ike_mtu_answer(p.l.s, ip, sizeof(ip), out, 1279, p.l.now), IKE_E_NOSPACE);
    assert_int_equal(ike_mtu_answer(p.l.s, NULL, sizeof(ip), out, sizeof(out), p.l.now), IKE_E_USAGE);
    assert_int_equal(ike_session_stats(p.l.s, &st), 0);
    assert_int_equal(st.drop_too_big, 1);
    ladder_free(&p.l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_probe_is_enough_for_ethernet),
        cmocka_unit_test(every_hidden_path_is_found),
        cmocka_unit_test(a_black_hole_is_noticed),
        cmocka_unit_test(quiet_tunnels_are_left_alone),
        cmocka_unit_test(lost_answers_cost_size_only),
        cmocka_unit_test(death_is_not_hastened),
        cmocka_unit_test(without_checks_for_life_silence_is_left_alone),
        cmocka_unit_test(only_plausible_hints_count),
        cmocka_unit_test(a_hint_shortens_the_search),
        cmocka_unit_test(another_network_begins_anew),
        cmocka_unit_test(nothing_waits_for_a_probe),
        cmocka_unit_test(tcp_is_told_in_both_directions),
        cmocka_unit_test(too_large_packets_are_answered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
