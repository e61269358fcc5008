/* record/replay.c - the session once more, from a recording. SPDX-License-Identifier: Apache-2.0
 *
 * A record of a call makes that call. The random octets that it draws come from the records behind it, in order; what
 * it sends is compared where the recording says that it was sent. The first thing that is not as it was ends the
 * replay: what follows would say nothing.
 * A recording is input like any other: lengths are checked, counts are bounded, and nothing in it is a pointer.
 *
 * Not here: writing (write.c), the configuration (config.c). */
#include "record/room.h"
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATAGRAM_MAX 65536u
#define SLOT_ROOM    (IKE_HEADROOM + IKE_TAILROOM)

struct record {
    uint8_t type;
    ike_time now;
    size_t offset; /* of its head */
    struct ike_rec_in body;
};

struct replay {
    ike_span file;
    size_t at;
    ike_session *s;
    ike_crypto table;
    const ike_crypto *inner;
    ike_env env;
    struct ike_rec_config config;
    struct record now; /* the one that is worked on */
    ike_time began;
    uint8_t has_began, is_over, zero[6];
    void (*line)(void *user, ike_time since, const char *text);
    void *user;
    ike_replay_report rep;
    uint8_t dgram[DATAGRAM_MAX];
};

static void say(struct replay *r, const char *text)
{
    if (r->line)
        r->line(r->user, r->now.now - r->began, text);
}

/* The first end wins. */
static void stop(struct replay *r, uint32_t outcome, size_t offset, const char *text)
{
    if (r->is_over)
        return;
    r->is_over = 1;
    r->rep.outcome = outcome;
    r->rep.offset = offset;
    snprintf(r->rep.text, sizeof(r->rep.text), "%s", text);
}

static void malformed(struct replay *r, const char *text)
{
    stop(r, IKE_REPLAY_MALFORMED, r->now.offset, text);
}

/* ---- records ---- */

/* 1: a record; 0: none is left, or it is wrong. */
static int read_record(struct replay *r, struct record *rec)
{
    struct ike_rec_in in = {r->file.p + r->at, r->file.n - r->at, 0};
    uint64_t zeros, n;
    ike_span body;

    rec->offset = r->at;
    rec->type = (uint8_t)ike__rec_uint(&in, 1);
    zeros = ike__rec_uint(&in, 3);
    n = ike__rec_uint(&in, 4);
    rec->now = ike__rec_uint(&in, 8);
    if (!in.is_short && (zeros != 0 || n > IKE_RECORD_BODY_MAX)) {
        stop(r, IKE_REPLAY_MALFORMED, r->at, "no record stands here");
        return 0;
    }
    body = ike__rec_take(&in, (size_t)n);
    if (in.is_short) {
        stop(r, IKE_REPLAY_CUT, r->at, "the recording ends in the middle");
        return 0;
    }
    rec->body = (struct ike_rec_in){body.p, body.n, 0};
    r->at = (size_t)(in.p - r->file.p);
    return 1;
}

static int replay_random(void *self, uint8_t *out, size_t n)
{
    struct replay *r = self;
    struct record rec;
    size_t before = r->at;

    if (r->is_over || !read_record(r, &rec))
        return IKE_E_CRYPTO;
    if (rec.type != IKE_REC_RANDOM || rec.body.n != n) {
        r->at = before;
        stop(r, IKE_REPLAY_DIFFERS, before, "the session draws random octets that it did not draw then");
        return IKE_E_CRYPTO;
    }
    if (n > 0)
        memcpy(out, rec.body.p, n);
    return 0;
}

/* ---- what the session says ---- */

static void on_log(void *user, const ike_log *rec)
{
    if (rec->level <= IKE_LOG_LADDER)
        say(user, rec->text);
}

static void tell(struct replay *r, const ike_event *ev)
{
    char text[300];

    text[0] = '\0';
    if (ev->type == IKE_EV_UP)
        snprintf(text, sizeof(text), "up: %s, %s", ev->u.up.peer_id, ev->u.up.suite);
    if (ev->type == IKE_EV_CHILD_UP)
        snprintf(text, sizeof(text), "child %u up: %s", ev->u.child.id, ev->u.child.suite);
    if (ev->type == IKE_EV_CHILD_DOWN)
        snprintf(text, sizeof(text), "child %u down: %s", ev->u.child.id, ike_strerror(ev->err));
    if (ev->type == IKE_EV_REKEYED)
        snprintf(text, sizeof(text), "rekeyed: %s", ev->u.rekeyed.child_id ? "child" : "IKE SA");
    if (ev->type == IKE_EV_PATH)
        snprintf(text, sizeof(text), "on another path");
    if (ev->type == IKE_EV_REDIRECT)
        snprintf(text, sizeof(text), "the gateway sends us to %s", ev->u.redirect.gateway);
    if (ev->type == IKE_EV_WARNING)
        snprintf(text, sizeof(text), "warning: %s", ev->u.warning.text);
    if (ev->type == IKE_EV_CLOSED)
        snprintf(text, sizeof(text), "closed: %s", ev->u.closed.reason);
    if (text[0])
        say(r, text);
}

static void hear(struct replay *r)
{
    ike_event ev = IKE_EVENT_INIT;

    while (r->s && !r->is_over && ike_poll_event(r->s, &ev) == 1)
        tell(r, &ev);
}

/* ---- one record, one call ---- */

/* What was sent then and is not asked for by any record must not wait here. */
static void no_more_to_send(struct replay *r)
{
    ike_path to;

    if (r->s && !r->is_over && ike_poll_send(r->s, r->dgram, sizeof(r->dgram), &to, r->now.now) > 0)
        stop(r, IKE_REPLAY_DIFFERS, r->now.offset, "the session sends a datagram that it did not send then");
}

static int read_config(struct replay *r)
{
    const char *why = "";
    int err = ike__rec_config(&r->now.body, &r->config, &why);

    if (err < 0)
        stop(r, IKE_REPLAY_MALFORMED, (size_t)(r->now.body.p - r->file.p), why);
    return err;
}

static void do_session(struct replay *r)
{
    const char *why = "";
    int err;

    no_more_to_send(r);
    ike_session_free(r->s);
    r->s = NULL;
    if (r->is_over || read_config(r) < 0)
        return;
    if (r->config.cfg.ticket.n == IKE_RECORD_LEFT_OUT_LEN) {
        stop(r, IKE_REPLAY_SECRET, r->now.offset, "the ticket was left out; record with secrets to go on");
        return;
    }
    err = ike_session_new(&r->s, &r->config.cfg, &r->env, &why);
    if (err < 0)
        stop(r, err == IKE_E_NOMEM ? IKE_REPLAY_FAILED : IKE_REPLAY_MALFORMED, r->now.offset,
             why[0] ? why : ike_strerror(err));
    r->rep.sessions++;
}

static void do_connect(struct replay *r)
{
    ike_path path;
    char text[100];

    ike__rec_path(&r->now.body, &path);
    snprintf(text, sizeof(text), "connect, IPv%u", path.remote.family);
    say(r, text);
    (void)ike_connect(r->s, &path, r->now.now);
}

static void recv_with(struct replay *r, uint8_t ecn)
{
    ike_packet pkt = {.buf = r->dgram, .cap = sizeof(r->dgram), .ecn = ecn};
    ike_path from;
    ike_span dgram;

    ike__rec_path(&r->now.body, &from);
    dgram = ike__rec_take(&r->now.body, r->now.body.n);
    if (r->now.body.is_short || dgram.n > sizeof(r->dgram)) {
        malformed(r, "a datagram is too short or too long");
        return;
    }
    if (dgram.n > 0)
        memcpy(r->dgram, dgram.p, dgram.n);
    pkt.n = (uint32_t)dgram.n;
    (void)ike_recv_n(r->s, &from, &pkt, 1, r->now.now);
}

static void do_recv(struct replay *r)
{
    recv_with(r, 0);
}

static void do_recv_ecn(struct replay *r)
{
    uint64_t ecn = ike__rec_uint(&r->now.body, 1);

    if (ecn > 3)
        malformed(r, "an ECN field that there is not");
    else
        recv_with(r, (uint8_t)ecn);
}

/* Packets of the lengths that there were, with what selectors look at, and zeros behind it. */
static void seal(struct replay *r, ike_packet *pkts, size_t n, size_t room)
{
    uint8_t *buf = calloc(1, room), *at = buf;
    struct ike_rec_in in = r->now.body;
    ike_path to;

    if (!buf) {
        stop(r, IKE_REPLAY_FAILED, r->now.offset, "no memory");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        ike_packet *p = &pkts[i];
        ike_span kept;

        memset(p, 0, sizeof(*p));
        p->n = (uint32_t)ike__rec_uint(&in, 4);
        kept = ike__rec_take(&in, p->n < IKE_RECORD_PACKET_KEPT ? p->n : IKE_RECORD_PACKET_KEPT);
        p->buf = at;
        p->off = IKE_HEADROOM;
        p->cap = p->n + SLOT_ROOM;
        if (kept.n > 0)
            memcpy(at + IKE_HEADROOM, kept.p, kept.n);
        at += p->cap;
    }
    (void)ike_seal_n(r->s, pkts, n, &to, r->now.now);
    free(buf);
}

static void do_seal(struct replay *r)
{
    struct ike_rec_in in = r->now.body;
    ike_packet pkts[IKE_RECORD_PACKETS_MAX];
    size_t n = 0, room = 0;

    while (in.n > 0 && n < IKE_RECORD_PACKETS_MAX) {
        uint64_t len = ike__rec_uint(&in, 4);
        (void)ike__rec_take(&in, (size_t)(len < IKE_RECORD_PACKET_KEPT ? len : IKE_RECORD_PACKET_KEPT));
        if (len > 65535)
            break;
        room += (size_t)len + SLOT_ROOM;
        n++;
    }
    if (in.n > 0 || in.is_short || n == 0)
        malformed(r, "packets that no call had");
    else
        seal(r, pkts, n, room);
}

static void do_answer(struct replay *r)
{
    struct ike_rec_in *in = &r->now.body;
    uint32_t kind = (uint32_t)ike__rec_uint(in, 4), id = (uint32_t)ike__rec_uint(in, 4);
    int verdict = (int32_t)(uint32_t)ike__rec_uint(in, 4);
    uint64_t is_kept = ike__rec_uint(in, 1), n = ike__rec_uint(in, 4);
    char text[128];

    if (in->is_short || is_kept > 1 || (is_kept ? in->n != n : in->n != 0)) {
        malformed(r, "an answer is malformed");
        return;
    }
    if (!is_kept) {
        snprintf(text, sizeof(text),
                 "the answer to ask %u (%s, %u octets) was left out; record with secrets to go on", id,
                 kind == IKE_ASK_PSK ? "the shared key" : "a secret", (unsigned)n);
        stop(r, IKE_REPLAY_SECRET, r->now.offset, text);
        return;
    }
    (void)ike_answer(r->s, id, verdict, (ike_span){in->p, in->n}, r->now.now);
}

static void do_sent(struct replay *r)
{
    uint8_t own[IKE_RECORD_SENT_LEN];
    struct ike_rec_out o = {own, sizeof(own), 0};
    ike_path to;
    int n = ike_poll_send(r->s, r->dgram, sizeof(r->dgram), &to, r->now.now);

    if (r->is_over)
        return;
    if (r->now.body.n != IKE_RECORD_SENT_LEN) {
        malformed(r, "a hash is malformed");
        return;
    }
    if (n <= 0) {
        stop(r, IKE_REPLAY_DIFFERS, r->now.offset, "the session does not send a datagram that it sent then");
        return;
    }
    ike__rec_put_sent(&o, r->inner, &to, r->dgram, (size_t)n);
    if (memcmp(own, r->now.body.p, sizeof(own)) == 0)
        r->rep.compared++;
    else
        stop(r, IKE_REPLAY_DIFFERS, r->now.offset, "the session sends another datagram than then");
}

static void do_roam(struct replay *r)
{
    int is_offline = r->now.body.n == 0;
    ike_path path;

    if (!is_offline)
        ike__rec_path(&r->now.body, &path);
    say(r, is_offline ? "no network" : "another network");
    (void)ike_roam(r->s, is_offline ? NULL : &path, r->now.now);
}

static void do_mtu_hint(struct replay *r)
{
    ike_path path;
    uint32_t mtu;

    ike__rec_path(&r->now.body, &path);
    mtu = (uint32_t)ike__rec_uint(&r->now.body, 4);
    say(r, "a router says: too big");
    (void)ike_mtu_hint(r->s, &path, (ike_span){r->now.body.p, r->now.body.n}, mtu, r->now.now);
}

static void do_redirect(struct replay *r)
{
    ike_path path;

    ike__rec_path(&r->now.body, &path);
    say(r, "to another gateway");
    (void)ike_redirect(r->s, &path, r->now.now);
}

static void do_reconfigure(struct replay *r)
{
    const char *why;

    if (read_config(r) < 0)
        return;
    say(r, "another configuration");
    (void)ike_reconfigure(r->s, &r->config.cfg, r->now.now, &why);
}

static void do_rekey(struct replay *r)
{
    uint32_t child_id = (uint32_t)ike__rec_uint(&r->now.body, 4);

    say(r, "rekey");
    (void)ike_rekey(r->s, child_id, r->now.now);
}

static void do_end(struct replay *r)
{
    uint64_t why = ike__rec_uint(&r->now.body, 4);

    if (why == IKE_REC_END_LIMIT)
        stop(r, IKE_REPLAY_CUT, r->now.offset, "the recording was full here");
    no_more_to_send(r);
    if (r->at != r->file.n)
        stop(r, IKE_REPLAY_MALFORMED, r->at, "something stands behind the end");
    stop(r, IKE_REPLAY_EXACT, r->now.offset, "every datagram as it was");
}

static void do_random(struct replay *r)
{
    stop(r, IKE_REPLAY_DIFFERS, r->now.offset, "the session does not draw random octets that it drew then");
}

static void do_tick(struct replay *r)
{
    (void)ike_tick(r->s, r->now.now);
}

static void do_close(struct replay *r)
{
    say(r, "close");
    (void)ike_close(r->s, r->now.now);
}

static void do_check_alive(struct replay *r)
{
    (void)ike_check_alive(r->s, r->now.now);
}

static const struct deed {
    void (*again)(struct replay *r);
    uint8_t is_no_call;   /* its events, if there are any, belong to the call before */
    uint8_t may_be_first; /* before there is a session */
} deeds[] = {
    [IKE_REC_SESSION] = {do_session, 1, 1},
    [IKE_REC_END] = {do_end, 1, 1},
    [IKE_REC_RANDOM] = {do_random, 1, 1},
    [IKE_REC_SENT] = {do_sent, 1, 0},
    [IKE_REC_CONNECT] = {.again = do_connect},
    [IKE_REC_RECV] = {.again = do_recv},
    [IKE_REC_SEAL] = {.again = do_seal},
    [IKE_REC_TICK] = {.again = do_tick},
    [IKE_REC_ANSWER] = {.again = do_answer},
    [IKE_REC_CLOSE] = {.again = do_close},
    [IKE_REC_CHECK_ALIVE] = {.again = do_check_alive},
    [IKE_REC_REKEY] = {.again = do_rekey},
    [IKE_REC_REDIRECT] = {.again = do_redirect},
    [IKE_REC_RECONFIGURE] = {.again = do_reconfigure},
    [IKE_REC_ROAM] = {.again = do_roam},
    [IKE_REC_MTU_HINT] = {.again = do_mtu_hint},
    [IKE_REC_RECV_ECN] = {.again = do_recv_ecn},
};

static void do_record(struct replay *r)
{
    static const struct deed none = {.again = NULL};
    const struct deed *d = r->now.type < sizeof(deeds) / sizeof(deeds[0]) ? &deeds[r->now.type] : &none;

    if (!r->s && !d->may_be_first) {
        malformed(r, "a session has to begin first");
        return;
    }
    if (d->again)
        d->again(r);
    else
        malformed(r, "a record that this version does not know");
    if (d->is_no_call)
        return;
    if (r->now.body.is_short)
        malformed(r, "a record is too short");
    hear(r);
}

/* ---- all of it ---- */

static struct replay *open_replay(ike_span recording, const ike_crypto *crypto)
{
    struct replay *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->file = recording;
    r->inner = crypto;
    memcpy(&r->table, crypto, crypto->abi >= 2 ? sizeof(r->table) : offsetof(ike_crypto, eddsa));
    r->table.self = r;
    r->table.random = replay_random;
    r->env = (ike_env)IKE_ENV_INIT;
    r->env.crypto = &r->table;
    r->env.log = on_log;
    r->env.user = r;
    r->rep = (ike_replay_report)IKE_REPLAY_REPORT_INIT;
    return r;
}

static void run(struct replay *r)
{
    if (r->file.n < IKE_RECORD_MAGIC_LEN || memcmp(r->file.p, IKE_RECORD_MAGIC, IKE_RECORD_MAGIC_LEN) != 0) {
        stop(r, IKE_REPLAY_MALFORMED, 0, "not a recording, or one of another version");
        return;
    }
    r->at = IKE_RECORD_MAGIC_LEN;
    while (!r->is_over && r->at < r->file.n && read_record(r, &r->now)) {
        if (!r->has_began) {
            r->began = r->now.now;
            r->has_began = 1;
        }
        do_record(r);
    }
    stop(r, IKE_REPLAY_CUT, r->at, "the recording ends without its end");
}

uint32_t ike_replay(ike_span recording, const ike_crypto *crypto,
                    void (*line)(void *user, ike_time since, const char *text), void *user,
                    ike_replay_report *report)
{
    struct replay *r = open_replay(recording, crypto);
    ike_replay_report rep = IKE_REPLAY_REPORT_INIT;

    if (r) {
        r->line = line;
        r->user = user;
        run(r);
        ike_session_free(r->s);
        rep = r->rep;
        free(r);
    } else {
        rep.outcome = IKE_REPLAY_FAILED;
        snprintf(rep.text, sizeof(rep.text), "no memory");
    }
    if (report) {
        rep.size = report->size < sizeof(rep) ? report->size : sizeof(rep);
        memcpy(report, &rep, rep.size);
    }
    return rep.outcome;
}
