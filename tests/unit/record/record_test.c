/* tests/unit/record/record_test.c - what a recording holds, and that a session does the same again. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "peer/ladder.h"
#include "record/room.h"
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* A host that tells the recorder what it does. */
struct host {
    struct ladder l; /* the gateway, the wire, the configuration */
    ike_recorder *rec;
    char path[64];
    uint8_t *file;
    size_t file_n;
    ike_replay_report rep;
    unsigned lines;
};

static void host_init(struct host *h, uint32_t with_secrets)
{
    int fd;

    memset(h, 0, sizeof(*h));
    ladder_init(&h->l);
    strcpy(h->path, "/tmp/ike-record-XXXXXX");
    fd = mkstemp(h->path);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(ike_recorder_open(&h->rec, h->path, &h->l.fake_client.table, with_secrets), 0);
    h->l.env.crypto = ike_recorder_crypto(h->rec);
}

static void answer(struct host *h, const ike_ask *ask)
{
    static const uint8_t signature[64] = "a signature";
    ike_span data = ask->kind == IKE_ASK_PSK    ? ike__span_text(h->l.psk)
                    : ask->kind == IKE_ASK_SIGN ? ike__span(signature, sizeof(signature))
                                                : ike__span(NULL, 0);
    int verdict = ask->kind == IKE_ASK_SIGN ? IKE_SIG_PSS_SHA256 : 0;

    h->l.asks++;
    ike_recorder_answer(h->rec, ask->kind, ask->id, verdict, data, h->l.now);
    assert_int_equal(ike_answer(h->l.s, ask->id, verdict, data, h->l.now), 0);
}

static void drain(struct host *h)
{
    ike_event ev = IKE_EVENT_INIT;
    int busy = 1, n;

    while (busy) {
        struct datagram *d = &h->l.to_gateway[h->l.out_n];

        busy = 0;
        if ((n = ike_poll_send(h->l.s, d->p, sizeof(d->p), &d->path, h->l.now)) > 0) {
            ike_recorder_sent(h->rec, &d->path, d->p, (size_t)n, h->l.now);
            d->n = (size_t)n;
            h->l.out_n++;
            busy = 1;
        }
        if (ike_poll_event(h->l.s, &ev) == 1) {
            h->l.ups += ev.type == IKE_EV_UP;
            h->l.closes += ev.type == IKE_EV_CLOSED;
            if (ev.type == IKE_EV_ASK)
                answer(h, &ev.u.ask);
            busy = 1;
        }
    }
}

static void take_in(struct host *h, struct datagram *d)
{
    ike_span inner;

    h->l.now += 1500;
    ike_recorder_recv(h->rec, &d->path, d->p, d->n, h->l.now);
    (void)ike_recv(h->l.s, &d->path, d->p, d->n, &inner, h->l.now);
    drain(h);
}

static void run(struct host *h)
{
    while (h->l.out_n + h->l.in_n > 0) {
        unsigned n = h->l.out_n;

        for (unsigned i = 0; i < n; i++)
            (void)ladder_deliver_out(&h->l, i);
        h->l.out_n = 0;
        n = h->l.in_n;
        for (unsigned i = 0; i < n; i++)
            take_in(h, &h->l.to_client[i]);
        h->l.in_n = 0;
    }
}

static void begin(struct host *h)
{
    assert_int_equal(peer_new(&h->l.peer, &h->l.pcfg), 0);
    ike_recorder_session(h->rec, &h->l.cfg, h->l.now);
    assert_int_equal(ike_session_new(&h->l.s, &h->l.cfg, &h->l.env, NULL), 0);
    ike_recorder_connect(h->rec, &h->l.path, h->l.now);
    assert_int_equal(ike_connect(h->l.s, &h->l.path, h->l.now), 0);
    drain(h);
}

static void tick(struct host *h)
{
    h->l.now = ike_deadline(h->l.s);
    ike_recorder_tick(h->rec, h->l.now);
    assert_int_equal(ike_tick(h->l.s, h->l.now), 0);
    drain(h);
}

/* A packet each way, the one out in a batch of two. */
static void traffic(struct host *h)
{
    uint8_t buf[2][400];
    ike_packet pkts[2];
    struct datagram d;
    ike_path to;
    int n;

    memset(pkts, 0, sizeof(pkts));
    for (int i = 0; i < 2; i++) {
        pkts[i].buf = buf[i];
        pkts[i].cap = sizeof(buf[i]);
        pkts[i].off = IKE_HEADROOM;
        pkts[i].n = (uint32_t)ladder_packet(&h->l, buf[i] + IKE_HEADROOM, 150);
    }
    ike_recorder_seal(h->rec, pkts, 2, h->l.now);
    assert_int_equal(ike_seal_n(h->l.s, pkts, 2, &to, h->l.now), 2);
    ladder_packet_back(&h->l, buf[0], 150);
    n = peer_seal(h->l.peer, buf[0], 150, d.p, sizeof(d.p), &to);
    assert_true(n > 0);
    d.n = (size_t)n;
    d.path = h->l.path;
    d.path.remote.port = 4500;
    take_in(h, &d);
}

static void hang_up(struct host *h)
{
    ike_recorder_close_session(h->rec, h->l.now);
    assert_int_equal(ike_close(h->l.s, h->l.now), 0);
    drain(h);
    run(h);
    assert_int_equal(h->l.closes, 1);
}

static void count_line(void *user, ike_time since, const char *text)
{
    (void)since;
    assert_true(text[0]);
    ((struct host *)user)->lines++;
}

static uint32_t replay(struct host *h, const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees the end */
    uint32_t outcome;

    assert_non_null(exact);
    memcpy(exact, p, n);
    h->rep = (ike_replay_report)IKE_REPLAY_REPORT_INIT;
    h->lines = 0;
    outcome = ike_replay((ike_span){exact, n}, &h->l.fake_client.table, count_line, h, &h->rep);
    free(exact);
    return outcome;
}

/* Closes the recording and reads it back. */
static void collect(struct host *h)
{
    struct stat st;
    FILE *f;

    assert_int_equal(ike_recorder_close(h->rec), 0);
    h->rec = NULL;
    f = fopen(h->path, "rb");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    h->file_n = (size_t)st.st_size;
    h->file = malloc(h->file_n);
    assert_int_equal(fread(h->file, 1, h->file_n, f), h->file_n);
    fclose(f);
}

static void host_free(struct host *h)
{
    ike_session_free(h->l.s);
    peer_free(h->l.peer);
    (void)unlink(h->path);
    free(h->file);
}

static void whole_life(struct host *h)
{
    begin(h);
    run(h);
    assert_int_equal(h->l.ups, 1);
    traffic(h);
    ike_recorder_check_alive(h->rec, h->l.now);
    assert_int_equal(ike_check_alive(h->l.s, h->l.now), 0);
    drain(h);
    h->l.out_n = 0; /* lost, so it is sent again */
    tick(h);
    run(h);
    hang_up(h);
    collect(h);
}

/* Offset of the nth record of this type. */
static size_t find(const struct host *h, uint8_t type, unsigned nth)
{
    size_t at = IKE_RECORD_MAGIC_LEN;

    while (at + IKE_RECORD_HEAD_LEN <= h->file_n) {
        const uint8_t *p = h->file + at;
        if (p[0] == type && nth-- == 0)
            return at;
        at += IKE_RECORD_HEAD_LEN + ((size_t)p[4] << 24 | (size_t)p[5] << 16 | (size_t)p[6] << 8 | p[7]);
    }
    fail_msg("no such record: %u", type);
    return 0;
}

/* ---- tests ---- */

static void a_life_is_the_same_again(void **state)
{
    static const char *const suites[] = {NULL,
                                         "aes128-sha256-ecp256"}; /* CBC: an IV is random for each packet */

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        static struct host h;
        host_init(&h, 1);
        h.l.cfg.ike_suites = suites[i];
        h.l.cfg.esp_suites = suites[i] ? "aes128-sha256" : NULL;
        h.l.pcfg.ike_suites = h.l.cfg.ike_suites;
        h.l.pcfg.esp_suites = h.l.cfg.esp_suites;
        whole_life(&h);
        if (replay(&h, h.file, h.file_n) != IKE_REPLAY_EXACT)
            fail_msg("at %u: %s", (unsigned)h.rep.offset, h.rep.text);
        assert_int_equal(h.rep.compared, 5); /* IKE_SA_INIT, IKE_AUTH, liveness twice, Delete */
        assert_int_equal(h.rep.sessions, 1);
        assert_true(h.lines >= 10);
        host_free(&h);
    }
}

/* RFC 6040 4.2, row 290: a mark that drops a packet leaves the gateway unheard, so it is asked; in the replay as well */
static void marks_are_the_same_again(void **state)
{
    static struct host h;
    struct datagram d;
    ike_packet pkt;
    ike_path to;
    uint8_t buf[400];

    (void)state;
    host_init(&h, 1);
    begin(&h);
    run(&h);
    traffic(&h);
    pkt = (ike_packet){.buf = buf, .cap = sizeof(buf), .off = IKE_HEADROOM};
    pkt.n = (uint32_t)ladder_packet(&h.l, buf + IKE_HEADROOM, 150);
    ike_recorder_seal(h.rec, &pkt, 1, h.l.now);
    assert_int_equal(ike_seal_n(h.l.s, &pkt, 1, &to, h.l.now), 1);
    ladder_packet_back(&h.l, buf, 150);
    d.n = (size_t)peer_seal(h.l.peer, buf, 150, d.p, sizeof(d.p), &to);
    d.path = h.l.path;
    d.path.remote.port = 4500;
    pkt = (ike_packet){.buf = d.p, .cap = sizeof(d.p), .n = (uint32_t)d.n, .ecn = 3};
    ike_recorder_recv_one(h.rec, &d.path, &pkt, h.l.now);
    assert_int_equal(ike_recv_n(h.l.s, &d.path, &pkt, 1, h.l.now), 1);
    assert_int_equal(pkt.err, IKE_E_DISCARD);
    tick(&h); /* the question */
    assert_int_equal(h.l.out_n, 1);
    run(&h);
    hang_up(&h);
    collect(&h);
    if (replay(&h, h.file, h.file_n) != IKE_REPLAY_EXACT)
        fail_msg("at %u: %s", (unsigned)h.rep.offset, h.rep.text);
    h.file[find(&h, IKE_REC_RECV_ECN, 0) + IKE_RECORD_HEAD_LEN] = 2; /* without the mark it came through */
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_DIFFERS);
    h.file[find(&h, IKE_REC_RECV_ECN, 0) + IKE_RECORD_HEAD_LEN] = 4;
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_MALFORMED);
    assert_string_equal(h.rep.text, "an ECN field that there is not");
    host_free(&h);
}

static void two_gateways_are_two_sessions(void **state)
{
    static struct host h;

    (void)state;
    host_init(&h, 1);
    begin(&h);
    ladder_drop(&h.l);
    ike_session_free(h.l.s);
    peer_free(h.l.peer);
    whole_life(&h);
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_EXACT);
    assert_int_equal(h.rep.sessions, 2);
    assert_int_equal(h.rep.compared, 6);
    host_free(&h);
}

static int holds(const struct host *h, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= h->file_n; i++)
        if (memcmp(h->file + i, text, n) == 0)
            return 1;
    return 0;
}

static void a_shared_key_is_left_out(void **state)
{
    static struct host h;

    (void)state;
    host_init(&h, 0);
    whole_life(&h);
    assert_false(holds(&h, h.l.psk));
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_SECRET);
    assert_int_equal(h.rep.compared, 1);
    assert_int_equal(h.rep.offset, find(&h, IKE_REC_ANSWER, 0));
    assert_non_null(strstr(h.rep.text, "ask 1 (the shared key, 21 octets) was left out"));
    assert_true(h.lines >= 3);
    host_free(&h);
}

/* Signatures and verdicts are no secrets: nothing is missing. */
static void certificates_need_no_secrets(void **state)
{
    static struct host h;
    ike_span cert = ike__span_text("a certificate");

    (void)state;
    host_init(&h, 0);
    h.l.cfg.auth_local = h.l.cfg.auth_remote = IKE_AUTH_CERT;
    h.l.cfg.local_certs = &cert;
    h.l.cfg.local_certs_n = 1;
    begin(&h);
    run(&h); /* the scripted gateway has a shared key only: it refuses, which is an end, too */
    assert_int_equal(h.l.asks, 1);
    assert_int_equal(h.l.closes, 1);
    collect(&h);
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_EXACT);
    host_free(&h);
}

static void what_is_not_as_it_was_is_found(void **state)
{
    static const struct {
        uint8_t type, nth;
        uint16_t at; /* octet of the body */
        const char *says;
    } cases[] = {
        {IKE_REC_SENT, 0, 10, "sends another datagram"},    {IKE_REC_SENT, 2, 23, "sends another datagram"},
        {IKE_REC_RANDOM, 0, 3, "sends another datagram"},   {IKE_REC_ANSWER, 0, 20, "sends another datagram"},
        {IKE_REC_CONNECT, 0, 30, "sends another datagram"}, /* the gateway's address */
    };

    static struct host h;

    (void)state;
    host_init(&h, 1);
    whole_life(&h);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t at = find(&h, cases[i].type, cases[i].nth);
        h.file[at + IKE_RECORD_HEAD_LEN + cases[i].at] ^= 1;
        if (replay(&h, h.file, h.file_n) != IKE_REPLAY_DIFFERS || !strstr(h.rep.text, cases[i].says))
            fail_msg("case %u: %u at %u: %s", (unsigned)i, h.rep.outcome, (unsigned)h.rep.offset, h.rep.text);
        if (cases[i].type == IKE_REC_SENT)
            assert_int_equal(h.rep.offset, at);
        h.file[at + IKE_RECORD_HEAD_LEN + cases[i].at] ^= 1;
    }
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_EXACT);
    host_free(&h);
}

static void a_verb_that_nobody_recorded_is_found(void **state)
{
    static struct host h;

    (void)state;
    host_init(&h, 1);
    begin(&h);
    run(&h);
    assert_int_equal(ike_check_alive(h.l.s, h.l.now), 0);
    drain(&h);
    collect(&h);
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_DIFFERS);
    assert_int_equal(h.rep.offset, find(&h, IKE_REC_SENT, 2));
    assert_string_equal(h.rep.text, "the session does not send a datagram that it sent then");
    host_free(&h);
}

static void what_is_cut_is_never_exact(void **state)
{
    static struct host h;

    (void)state;
    host_init(&h, 1);
    begin(&h);
    run(&h);
    collect(&h);
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_EXACT);
    for (size_t n = 0; n < h.file_n; n++) {
        uint32_t outcome = replay(&h, h.file, n);
        assert_true(outcome != IKE_REPLAY_EXACT && h.rep.offset <= n && h.rep.text[0]);
        /* Cut behind the octets that a call drew, or before: in both cases it says that something is missing. */
        assert_int_equal(outcome, n < IKE_RECORD_MAGIC_LEN ? IKE_REPLAY_MALFORMED : IKE_REPLAY_CUT);
    }
    host_free(&h);
}

static void wrong(struct host *h, size_t at, uint8_t value, size_t where, const char *says)
{
    uint8_t kept = h->file[at];

    h->file[at] = value;
    assert_int_equal(replay(h, h->file, h->file_n), IKE_REPLAY_MALFORMED);
    h->file[at] = kept;
    if (h->rep.offset != where || !strstr(h->rep.text, says))
        fail_msg("found \"%s\" at %u, expected \"%s\" at %u", h->rep.text, (unsigned)h->rep.offset, says,
                 (unsigned)where);
}

static void what_is_wrong_is_named_with_its_place(void **state)
{
    static struct host h;
    size_t at;

    (void)state;
    host_init(&h, 1);
    whole_life(&h);
    wrong(&h, 0, 'X', 0, "not a recording");
    wrong(&h, 7, 2, 0, "another version");
    wrong(&h, 8, 77, 8, "a session has to begin first");
    wrong(&h, 9, 1, 8, "no record stands here");
    wrong(&h, 12, 0xff, 8, "no record stands here");
    wrong(&h, 24, 99, 24, "does not know"); /* the first field of the configuration */
    wrong(&h, 25, 0x7f, 24, "goes beyond its end");
    wrong(&h, 29, 0, 24, "a field of the configuration is malformed"); /* a text that ends at once */
    at = find(&h, IKE_REC_TICK, 0);
    wrong(&h, at, 99, at, "does not know");
    at = find(&h, IKE_REC_SEAL, 0);
    wrong(&h, at + IKE_RECORD_HEAD_LEN, 1, at, "packets that no call had");
    host_free(&h);
}

static void every_field_of_a_configuration_comes_back(void **state)
{
    static struct ike_rec_config back;
    uint8_t octets[4096];
    struct ike_rec_out o = {octets, sizeof(octets), 0};
    struct ike_rec_in in;
    ike_config c = IKE_CONFIG_INIT;
    ike_ts ts[2] = {{.proto = 6}, {.proto = 17}};
    ike_span certs[2] = {ike__span_text("one"), ike__span_text("two")};
    const char *why;
    ike_child_config further = IKE_CHILD_CONFIG_INIT;
    const ike_child_config *list = &further;
    size_t own = sizeof(c.size) + sizeof(c.zero) + sizeof(c.zero2) + sizeof(c.zero3) + sizeof(c.zero4);

    (void)state;
    /* A field that is new in ike_config belongs into the table of record/config.c. */
    assert_int_equal(ike__rec_config_covered() + own, sizeof(ike_config));
    ts[0].first.family = ts[0].last.family = 4;
    ts[1].first.family = ts[1].last.family = 6;
    ts[1].last.port = 65535;
    c.local_id = "me";
    c.ts_local = c.ts_remote = ts;
    c.ts_local_n = 2;
    c.ts_remote_n = 1;
    c.local_certs = certs;
    c.local_certs_n = 2;
    c.certreq = ike__span_text("01234567890123456789");
    further.name = "servers";
    further.ts_remote = ts;
    further.ts_remote_n = 1;
    c.children = &list;
    c.children_n = 1;
    c.gateways = &ts[1].first;
    c.gateways_n = 1;
    c.ask_ip4 = ts[0].first;
    c.ask_ip4.ip[3] = 9;
    c.dpd_s = IKE_OFF;
    c.rekey_child_bytes = UINT64_C(0x123456789abcdef0);
    c.ticket = ike__span_text("a ticket");
    ike__rec_put_config(&o, &c, 0);
    in = (struct ike_rec_in){octets, o.n, 0};
    assert_int_equal(ike__rec_config(&in, &back, &why), 0);
    assert_int_equal(back.cfg.ticket.n, IKE_RECORD_LEFT_OUT_LEN); /* it is a secret */
    o.n = 0;
    ike__rec_put_config(&o, &c, 1);
    assert_true(o.n <= o.cap);
    in = (struct ike_rec_in){octets, o.n, 0};
    assert_int_equal(ike__rec_config(&in, &back, &why), 0);
    assert_string_equal(back.cfg.local_id, "me");
    assert_null(back.cfg.remote_id);
    assert_int_equal(back.cfg.ts_local_n, 2);
    assert_memory_equal(back.cfg.ts_local, ts, sizeof(ts));
    assert_int_equal(back.cfg.ts_remote_n, 1);
    assert_memory_equal(back.cfg.ts_remote, ts, sizeof(ts[0]));
    assert_int_equal(back.cfg.local_certs_n, 2);
    assert_memory_equal(back.cfg.local_certs[1].p, "two", 3);
    assert_int_equal(back.cfg.certreq.n, 20);
    assert_int_equal(back.cfg.children_n, 1);
    assert_string_equal(back.cfg.children[0]->name, "servers");
    assert_null(back.cfg.children[0]->esp_suites);
    assert_int_equal(back.cfg.children[0]->ts_local_n, 0);
    assert_memory_equal(back.cfg.children[0]->ts_remote, ts, sizeof(ts[0]));
    assert_int_equal(back.cfg.gateways_n, 1);
    assert_memory_equal(back.cfg.gateways, &ts[1].first, sizeof(ike_addr));
    assert_memory_equal(back.cfg.ticket.p, "a ticket", 8);
    assert_memory_equal(&back.cfg.ask_ip4, &c.ask_ip4, sizeof(ike_addr));
    assert_true(back.cfg.dpd_s == IKE_OFF && back.cfg.rekey_child_bytes == c.rekey_child_bytes);
    for (size_t n = 0; n < o.n; n++) { /* and what is cut is refused, or shorter by whole fields */
        uint8_t *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, octets, n);
        in = (struct ike_rec_in){exact, n, 0};
        (void)ike__rec_config(&in, &back, &why);
        free(exact);
    }
}

static void a_recording_ends_at_its_limit(void **state)
{
    static uint8_t big[65000];
    static struct host h;

    (void)state;
    host_init(&h, 1);
    begin(&h);
    for (int i = 0; i < 1100; i++)
        ike_recorder_recv(h.rec, &h.l.path, big, sizeof(big), h.l.now);
    collect(&h);
    assert_true(h.file_n <= IKE_RECORD_FILE_MAX);
    assert_true(h.file_n > IKE_RECORD_FILE_MAX - 70000);
    assert_int_equal(replay(&h, h.file, h.file_n), IKE_REPLAY_CUT);
    assert_string_equal(h.rep.text, "the recording was full here");
    host_free(&h);
}

static void nobody_has_to_record(void **state)
{
    ike_path path;
    ike_config cfg = IKE_CONFIG_INIT;
    ike_recorder *r;
    struct crypto_fake fake;

    (void)state;
    memset(&path, 0, sizeof(path));
    crypto_fake_init(&fake, 1);
    ike_recorder_session(NULL, &cfg, 1);
    ike_recorder_connect(NULL, &path, 1);
    ike_recorder_recv(NULL, &path, NULL, 0, 1);
    ike_recorder_recv_one(NULL, &path, NULL, 1);
    ike_recorder_seal(NULL, NULL, 0, 1);
    ike_recorder_tick(NULL, 1);
    ike_recorder_answer(NULL, IKE_ASK_PSK, 1, 0, ike__span(NULL, 0), 1);
    ike_recorder_close_session(NULL, 1);
    ike_recorder_check_alive(NULL, 1);
    ike_recorder_rekey(NULL, 1, 1);
    ike_recorder_roam(NULL, NULL, 1);
    ike_recorder_redirect(NULL, &path, 1);
    ike_recorder_reconfigure(NULL, &cfg, 1);
    ike_recorder_sent(NULL, &path, NULL, 0, 1);
    assert_int_equal(ike_recorder_close(NULL), 0);
    assert_int_equal(ike_recorder_open(&r, "/nonexistent/file", &fake.table, 0), IKE_E_LOCAL_IO);
    assert_null(r);
}

static void a_full_disk_is_told(void **state)
{
    struct crypto_fake fake;
    ike_recorder *r;

    (void)state;
    crypto_fake_init(&fake, 1);
    if (access("/dev/full", W_OK) != 0)
        skip();
    assert_int_equal(ike_recorder_open(&r, "/dev/full", &fake.table, 0), 0);
    ike_recorder_tick(r, 1);
    assert_int_equal(ike_recorder_close(r), IKE_E_LOCAL_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_life_is_the_same_again),
        cmocka_unit_test(marks_are_the_same_again),
        cmocka_unit_test(two_gateways_are_two_sessions),
        cmocka_unit_test(a_shared_key_is_left_out),
        cmocka_unit_test(certificates_need_no_secrets),
        cmocka_unit_test(what_is_not_as_it_was_is_found),
        cmocka_unit_test(a_verb_that_nobody_recorded_is_found),
        cmocka_unit_test(what_is_cut_is_never_exact),
        cmocka_unit_test(what_is_wrong_is_named_with_its_place),
        cmocka_unit_test(every_field_of_a_configuration_comes_back),
        cmocka_unit_test(a_recording_ends_at_its_limit),
        cmocka_unit_test(nobody_has_to_record),
        cmocka_unit_test(a_full_disk_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
