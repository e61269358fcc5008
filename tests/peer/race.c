/* tests/peer/race.c - every order in which the datagrams of two ends can arrive. SPDX-License-Identifier: Apache-2.0 */
#include "peer/race.h"
#include "engine/engine.h"
#include <stdio.h>

#define STEPS_MAX 64u
#define SEEN_MAX  (1u << 16)
#define TEXT_MAX  400u

struct runs {
    uint8_t choice[STEPS_MAX], width[STEPS_MAX];
    unsigned n, at; /* choices of this run; the next one */
    uint64_t seen[SEEN_MAX];
    unsigned seen_n;
};

struct run {
    struct race *race;
    struct runs *runs;
    struct twins t;
    uint64_t history[2]; /* what each end received, and when */
    uint64_t lost;
    unsigned mishaps;
    const char *wrong;
    char text[TEXT_MAX]; /* the order, for whoever has to understand a failure */
    size_t text_n;
};

static void note(struct run *r, const char *what, unsigned i)
{
    int n = snprintf(r->text + r->text_n, TEXT_MAX - r->text_n, " %s%u", what, i);

    if (n > 0 && r->text_n + (size_t)n < TEXT_MAX)
        r->text_n += (size_t)n;
}

/* Keeps the first thing that goes wrong; the run ends there. */
static int expect(struct run *r, int ok, const char *what)
{
    if (!ok && !r->wrong)
        r->wrong = what;
    return ok;
}

/* ---- choices ---- */

static uint64_t mix(uint64_t a, uint64_t b)
{
    return crypto_fake_mix(a, (const uint8_t *)&b, sizeof(b));
}

/* Its tag says which one it is. */
static uint64_t name_of(const struct datagram *d)
{
    return crypto_fake_mix(d->n, d->p + (d->n > 16 ? d->n - 16 : 0), d->n > 16 ? 16 : d->n);
}

static uint64_t key_of(const struct run *r)
{
    return mix(mix(r->history[CLIENT], r->history[GATEWAY]), mix(r->lost, mix(r->t.now, r->mishaps)));
}

static int is_new(struct runs *o, uint64_t key)
{
    unsigned at = (unsigned)(key % SEEN_MAX);

    key |= 1;
    while (o->seen[at] != 0 && o->seen[at] != key)
        at = (at + 1) % SEEN_MAX;
    if (o->seen[at] == key)
        return 0;
    o->seen[at] = key;
    o->seen_n++;
    return 1;
}

/* One of n ways to go on; -1: from here on an earlier run tried all of them. */
static int choose(struct run *r, unsigned n)
{
    struct runs *o = r->runs;

    if (!expect(r, o->at < STEPS_MAX && o->seen_n < SEEN_MAX / 2 && n < 256, "too many orders"))
        return -1;
    if (o->at == o->n) {
        if (!is_new(o, key_of(r)))
            return -1;
        o->choice[o->n] = 0;
        o->width[o->n++] = (uint8_t)n;
    }
    if (!expect(r, o->width[o->at] == n, "a run does not replay"))
        return -1;
    return o->choice[o->at++];
}

/* The next run in the list's order: 1; 0: that was the last one. */
static int next_run(struct runs *o)
{
    o->at = 0;
    while (o->n > 0 && o->choice[o->n - 1] + 1 == o->width[o->n - 1])
        o->n--;
    if (o->n == 0)
        return 0;
    o->choice[o->n - 1]++;
    return 1;
}

/* ---- what can happen next ---- */

static void both_remember(struct run *r, uint64_t what)
{
    uint64_t client = r->history[CLIENT];

    r->history[CLIENT] = mix(mix(client, r->history[GATEWAY]), what);
    r->history[GATEWAY] = mix(mix(r->history[GATEWAY], client), what);
}

static void deliver(struct run *r, int from, unsigned i)
{
    note(r, from == CLIENT ? ">" : "<", i);
    r->history[!from] = mix(r->history[!from], name_of(&r->t.end[from].out[i]));
    (void)twins_deliver(&r->t, from, i);
    if (!r->race->pings)
        return;
    expect(r, twins_ping(&r->t), "no packet passes");
    both_remember(r, 1);
}

static void lose(struct run *r, int from, unsigned i)
{
    note(r, from == CLIENT ? ">lost" : "<lost", i);
    r->lost += name_of(&r->t.end[from].out[i]);
    twins_lose(&r->t, from, i);
    r->mishaps--;
}

/* The network delivers it twice, the second time whenever it likes. */
static void repeat(struct run *r, int from, unsigned i)
{
    struct twin *e = &r->t.end[from];

    note(r, from == CLIENT ? ">again" : "<again", i);
    r->lost -= name_of(&e->out[i]);
    if (expect(r, e->out_n < TWIN_QUEUE, "no room for a datagram"))
        e->out[e->out_n++] = e->out[i];
    r->mishaps--;
}

static void tick(struct run *r)
{
    note(r, "tick", 0);
    twins_tick(&r->t);
    both_remember(r, r->t.now);
}

static void step(struct run *r, unsigned choice)
{
    unsigned client = r->t.end[CLIENT].out_n, all = client + r->t.end[GATEWAY].out_n, i = choice % all;
    int from = i < client ? CLIENT : GATEWAY;

    if (from == GATEWAY)
        i -= client;
    if (choice >= 2 * all)
        repeat(r, from, i);
    if (choice < all || choice >= 2 * all)
        deliver(r, from, i);
    else
        lose(r, from, i);
}

static int is_quiet(const struct twins *t)
{
    return ike_deadline(t->end[CLIENT].s) == IKE_NEVER && ike_deadline(t->end[GATEWAY].s) == IKE_NEVER;
}

/* Until nothing is on its way and nothing is due: 1; 0: an earlier run went on from here. */
static int go_on(struct run *r)
{
    unsigned steps = 0;

    for (;;) {
        unsigned all = r->t.end[CLIENT].out_n + r->t.end[GATEWAY].out_n, ways = all;
        int choice = 0;

        if (all == 0) {
            if (is_quiet(&r->t))
                return 1;
            tick(r);
        } else {
            if (r->mishaps > 0)
                ways = 3 * all;
            if (ways > 1)
                choice = choose(r, ways);
            if (choice < 0)
                return 0;
            step(r, (unsigned)choice);
        }
        if (!expect(r, ++steps < 200, "it never ends") || r->wrong)
            return 0;
    }
}

/* ---- begin, end ---- */

static const struct ike_child_sa *pick(const struct ike_session *s, int oldest)
{
    const struct ike_child_sa *found = NULL;

    for (const struct ike_child_sa *c = s->children; c; c = c->next)
        if (c->may_send && (!found || oldest))
            found = c;
    return found;
}

void race_begin(struct twins *t, int end, enum deed deed, int oldest)
{
    struct ike_session *s = t->end[end].s;
    const struct ike_child_sa *c = pick(s, oldest);

    s->now = t->now;
    switch (deed) {
    case REKEY_CHILD:
        (void)ike_rekey(s, c ? c->id : UINT32_MAX, t->now);
        break;
    case REKEY_IKE:
        (void)ike_rekey(s, 0, t->now);
        break;
    case DELETE_CHILD:
        ike__delete_child_want(s, c ? c->spi_in : 0);
        break;
    case CREATE_CHILD:
        ike__create_child_want(s, 0, 0);
        break;
    case DELETE_IKE:
        (void)ike_close(s, t->now);
        break;
    case LIVENESS:
        (void)ike_check_alive(s, t->now);
        break;
    case NOTHING:
    case DEEDS:
    default:
        break;
    }
    ike__run_tasks(s);
    twins_drain(t, end);
}

static int asks_for_keys(enum deed deed)
{
    return deed == REKEY_CHILD || deed == CREATE_CHILD || deed == REKEY_IKE;
}

void race_both(struct twins *t, const struct race *race, uint8_t lowest)
{
    const enum deed *deed = race->deed;

    for (int end = 0; end < 2; end++) {
        if (asks_for_keys(deed[end]))
            twins_next_nonce(t, end, lowest == end ? 0x01 : (uint8_t)(0x90 + end));
        race_begin(t, end, deed[end], race->apart && end == GATEWAY);
        if (asks_for_keys(deed[!end]))
            twins_next_nonce(t, end, lowest == 2 + end ? 0x01 : (uint8_t)(0xa0 + end));
    }
}

static void first_collisions(struct run *r)
{
    for (unsigned i = 0; i < r->race->earlier; i++) {
        race_both(&r->t, r->race, (uint8_t)((r->race->lowest + i) % 4));
        for (int ticks = 0; ticks < 100 && !is_quiet(&r->t); ticks++) {
            twins_run(&r->t);
            twins_tick(&r->t);
        }
        expect(r, is_quiet(&r->t), "an earlier collision never ends");
    }
}

static void begin(struct run *r)
{
    struct twins *t = &r->t;

    twins_init(t);
    t->l.cfg.dpd_s = t->l.cfg.natt_keepalive_s = IKE_OFF;
    /* a group whose public values are no 32 octets, so that they are not taken for nonces */
    t->l.cfg.esp_suites = t->gateway_cfg.esp_suites = "aes256gcm16";
    t->l.cfg.ike_suites = t->gateway_cfg.ike_suites = "aes256gcm16-prfsha384-ecp256";
    if (r->race->before)
        r->race->before(t);
    twins_up(t);
    if (r->race->after_up)
        r->race->after_up(t);
    r->history[CLIENT] = 11;
    r->history[GATEWAY] = 12;
    r->lost = 0;
    r->text_n = 0;
    r->text[0] = 0;
    r->wrong = NULL;
    r->mishaps = r->race->mishaps;
    first_collisions(r);
    race_both(t, r->race, r->race->lowest);
}

static void end_settled(struct run *r, int end)
{
    const struct race *race = r->race;
    const struct twin *e = &r->t.end[end];

    if (race->closes)
        expect(r, e->close_err == (race->deed[end] == DELETE_IKE ? IKE_E_CLOSED : IKE_E_DELETED),
               "closed for another reason");
    expect(r, e->closes == race->closes, race->closes ? "not closed" : "closed");
    expect(r, race->closes || e->child_downs == race->child_downs[end], "another number of children down");
    expect(r, race->closes || e->rekeyed_child == race->rekeyed_child * (race->earlier + 1),
           "another number of children rekeyed");
    expect(r, race->closes || e->rekeyed_ike == race->rekeyed_ike * (race->earlier + 1),
           "another number of IKE SAs rekeyed");
    expect(r, ike__session_children_n(e->s) == race->children, "another number of children");
    expect(r, race->closes || ike__session_sas_n(e->s) == 1, "more than one IKE SA");
    expect(r, e->warnings == 0, "a warning");
}

static void settled(struct run *r)
{
    const struct race *race = r->race;
    struct twins *t = &r->t;
    const struct ike_ike_sa *a = t->end[CLIENT].s->sa, *b = t->end[GATEWAY].s->sa;

    for (int end = 0; end < 2; end++)
        end_settled(r, end);
    if (race->closes)
        return;
    expect(r, a->spi_i == b->spi_i && a->spi_r == b->spi_r, "the ends are on different IKE SAs");
    expect(r,
           race->apart || t->end[CLIENT].rekeyed_by != t->end[GATEWAY].rekeyed_by ||
               !t->end[CLIENT].rekeyed_by,
           "both say that they did it");
    expect(r, race->children == 0 || twins_agree(t), "the ends do not agree");
    expect(r, race->children == 0 || twins_ping(t), "no packet passes at the end");
}

static void explain(const struct run *r)
{
    static const char *const name[DEEDS] = {"nothing",      "rekey child",   "delete child", "create child",
                                            "rekey IKE SA", "delete IKE SA", "liveness"};
    const struct race *race = r->race;

    fprintf(stderr, "%s | client: %s, gateway: %s, lowest nonce %u, earlier %u, pings %u | order:%s\n",
            r->wrong, name[race->deed[CLIENT]], name[race->deed[GATEWAY]], race->lowest, race->earlier,
            race->pings, r->text);
}

int race_all(struct race *race)
{
    static struct runs runs;
    static struct run r;

    memset(&runs, 0, sizeof(runs));
    race->runs = 0;
    r.race = race;
    r.runs = &runs;
    do {
        begin(&r);
        if (!r.wrong && go_on(&r)) {
            settled(&r);
            race->runs++;
        }
        if (r.wrong)
            explain(&r);
        twins_free(&r.t);
    } while (!r.wrong && next_run(&runs));
    return r.wrong == NULL;
}

int race_every_way(const struct race *race)
{
    uint8_t ways = race->deed[CLIENT] == race->deed[GATEWAY] ? 1 : 2;

    for (uint8_t way = 0; way < ways; way++)
        for (uint8_t lowest = 0; lowest < 4; lowest++)
            for (uint8_t pings = 0; pings <= race->pings; pings++) {
                struct race r = *race;

                r.lowest = lowest;
                r.pings = pings;
                r.mishaps = pings ? 0 : race->mishaps;
                r.deed[0] = race->deed[way];
                r.deed[1] = race->deed[!way];
                r.child_downs[0] = race->child_downs[way];
                r.child_downs[1] = race->child_downs[!way];
                if (!race_all(&r))
                    return 0;
            }
    return 1;
}
