/* record/write.c - a session's inputs, as they come. SPDX-License-Identifier: Apache-2.0
 *
 * A record stands before what it led to: the call, then the random octets that it drew, then the hashes of what it sent.
 *
 * Not here: reading (replay.c), the configuration (config.c). */
#include "record/room.h"
#include <stddef.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct ike_recorder {
    FILE *file;
    const ike_crypto *inner;
    ike_crypto table; /* the inner one, but for random */
    ike_time now;
    uint64_t written;
    uint32_t with_secrets;
    uint8_t is_over, has_failed, zero[2];
    uint8_t body[IKE_RECORD_BODY_MAX];
};

static void write_out(ike_recorder *r, const uint8_t *p, size_t n)
{
    if (fwrite(p, 1, n, r->file) != n)
        r->has_failed = r->is_over = 1;
    r->written += n;
}

static void put_record(ike_recorder *r, uint8_t type, const struct ike_rec_out *o)
{
    uint8_t head[IKE_RECORD_HEAD_LEN];
    struct ike_rec_out h = {head, sizeof(head), 0};

    ike__rec_put_uint(&h, type, 1);
    ike__rec_put_uint(&h, 0, 3);
    ike__rec_put_uint(&h, o->n, 4);
    ike__rec_put_uint(&h, r->now, 8);
    write_out(r, head, sizeof(head));
    write_out(r, o->p, o->n);
}

static void put_end(ike_recorder *r, uint32_t why)
{
    struct ike_rec_out o = {r->body, sizeof(r->body), 0};

    ike__rec_put_uint(&o, why, 4);
    put_record(r, IKE_REC_END, &o);
    r->is_over = 1;
}

static struct ike_rec_out begin(ike_recorder *r, ike_time now)
{
    r->now = now;
    return (struct ike_rec_out){r->body, sizeof(r->body), 0};
}

static void end(ike_recorder *r, uint8_t type, const struct ike_rec_out *o)
{
    if (r->is_over)
        return;
    if (o->n > o->cap || r->written + o->n + 2 * IKE_RECORD_HEAD_LEN + 4 > IKE_RECORD_FILE_MAX) {
        put_end(r, IKE_REC_END_LIMIT);
        return;
    }
    put_record(r, type, o);
    /* Traffic may wait for more; of the rest nothing is lost when the program ends at once. */
    if (type != IKE_REC_SEAL && type != IKE_REC_RANDOM && type != IKE_REC_RECV && type != IKE_REC_RECV_ECN &&
        fflush(r->file) != 0)
        r->has_failed = r->is_over = 1;
}

/* ---- open and close ---- */

static int record_random(void *self, uint8_t *out, size_t n)
{
    ike_recorder *r = self;
    struct ike_rec_out o = begin(r, r->now);
    int err = r->inner->random(r->inner->self, out, n);

    if (err < 0)
        return err;
    ike__rec_put(&o, out, n);
    end(r, IKE_REC_RANDOM, &o);
    return 0;
}

/* A file that was there may have been open to all. Devices and pipes are not ours to change. */
static int make_private(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && (!S_ISREG(st.st_mode) || fchmod(fd, 0600) == 0) ? 0 : IKE_E_LOCAL_IO;
}

int ike_recorder_open(ike_recorder **out, const char *path, const ike_crypto *crypto, uint32_t with_secrets)
{
    ike_recorder *r = calloc(1, sizeof(*r));
    int fd;

    *out = NULL;
    if (!r)
        return IKE_E_NOMEM;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0 && make_private(fd) == 0)
        r->file = fdopen(fd, "wb");
    if (!r->file) {
        if (fd >= 0)
            close(fd);
        free(r);
        return IKE_E_LOCAL_IO;
    }
    r->inner = crypto;
    memcpy(&r->table, crypto, crypto->abi >= 2 ? sizeof(r->table) : offsetof(ike_crypto, eddsa));
    r->table.self = r;
    r->table.random = record_random;
    r->with_secrets = with_secrets;
    write_out(r, (const uint8_t *)IKE_RECORD_MAGIC, IKE_RECORD_MAGIC_LEN);
    *out = r;
    return 0;
}

int ike_recorder_close(ike_recorder *r)
{
    int err;

    if (!r)
        return 0;
    if (!r->is_over)
        put_end(r, IKE_REC_END_CLOSED);
    err = fclose(r->file) != 0 || r->has_failed ? IKE_E_LOCAL_IO : 0;
    explicit_bzero(r, sizeof(*r));
    free(r);
    return err;
}

const ike_crypto *ike_recorder_crypto(const ike_recorder *r)
{
    return &r->table;
}

/* ---- what may happen to a session ---- */

static void with_config(ike_recorder *r, uint8_t type, const ike_config *cfg, ike_time now)
{
    struct ike_rec_out o;

    if (!r)
        return;
    o = begin(r, now);
    ike__rec_put_config(&o, cfg, r->with_secrets != 0);
    end(r, type, &o);
}

void ike_recorder_session(ike_recorder *r, const ike_config *cfg, ike_time now)
{
    with_config(r, IKE_REC_SESSION, cfg, now);
}

void ike_recorder_reconfigure(ike_recorder *r, const ike_config *cfg, ike_time now)
{
    with_config(r, IKE_REC_RECONFIGURE, cfg, now);
}

/* path NULL: none. */
static void with_path(ike_recorder *r, uint8_t type, const ike_path *path, ike_time now)
{
    struct ike_rec_out o;

    if (!r)
        return;
    o = begin(r, now);
    if (path)
        ike__rec_put_path(&o, path);
    end(r, type, &o);
}

void ike_recorder_connect(ike_recorder *r, const ike_path *path, ike_time now)
{
    with_path(r, IKE_REC_CONNECT, path, now);
}

void ike_recorder_redirect(ike_recorder *r, const ike_path *path, ike_time now)
{
    with_path(r, IKE_REC_REDIRECT, path, now);
}

void ike_recorder_roam(ike_recorder *r, const ike_path *path, ike_time now)
{
    with_path(r, IKE_REC_ROAM, path, now);
}

/* Without a mark it is what every version reads. */
static void arrival(ike_recorder *r, const ike_path *from, ike_span dgram, uint8_t ecn, ike_time now)
{
    struct ike_rec_out o = begin(r, now);

    if (ecn)
        ike__rec_put_uint(&o, ecn, 1);
    ike__rec_put_path(&o, from);
    ike__rec_put(&o, dgram.p, dgram.n);
    end(r, ecn ? IKE_REC_RECV_ECN : IKE_REC_RECV, &o);
}

void ike_recorder_recv(ike_recorder *r, const ike_path *from, const uint8_t *dgram, size_t n, ike_time now)
{
    if (r)
        arrival(r, from, (ike_span){dgram, n}, 0, now);
}

void ike_recorder_recv_one(ike_recorder *r, const ike_path *from, const ike_packet *pkt, ike_time now)
{
    if (r)
        arrival(r, from, (ike_span){pkt->buf + pkt->off, pkt->n}, pkt->ecn, now);
}

void ike_recorder_mtu_hint(ike_recorder *r, const ike_path *path, ike_span quote, uint32_t mtu, ike_time now)
{
    struct ike_rec_out o;

    if (!r)
        return;
    o = begin(r, now);
    ike__rec_put_path(&o, path);
    ike__rec_put_uint(&o, mtu, 4);
    ike__rec_put(&o, quote.p, quote.n);
    end(r, IKE_REC_MTU_HINT, &o);
}

void ike_recorder_seal(ike_recorder *r, const ike_packet *pkts, size_t n, ike_time now)
{
    struct ike_rec_out o;

    if (!r || n == 0 || n > IKE_RECORD_PACKETS_MAX)
        return;
    o = begin(r, now);
    for (size_t i = 0; i < n; i++) {
        uint32_t kept = pkts[i].n < IKE_RECORD_PACKET_KEPT ? pkts[i].n : IKE_RECORD_PACKET_KEPT;
        ike__rec_put_uint(&o, pkts[i].n, 4);
        ike__rec_put(&o, pkts[i].buf + pkts[i].off, kept);
    }
    end(r, IKE_REC_SEAL, &o);
}

void ike_recorder_answer(ike_recorder *r, uint32_t kind, uint32_t ask_id, int verdict, ike_span data,
                         ike_time now)
{
    struct ike_rec_out o;
    int is_secret = kind != IKE_ASK_SIGN && kind != IKE_ASK_VERIFY, is_kept;

    if (!r)
        return;
    is_kept = !is_secret || r->with_secrets || data.n == 0;
    o = begin(r, now);
    ike__rec_put_uint(&o, kind, 4);
    ike__rec_put_uint(&o, ask_id, 4);
    ike__rec_put_uint(&o, (uint32_t)verdict, 4);
    ike__rec_put_uint(&o, (uint64_t)is_kept, 1);
    ike__rec_put_uint(&o, data.n, 4);
    if (is_kept)
        ike__rec_put(&o, data.p, data.n);
    end(r, IKE_REC_ANSWER, &o);
}

static void bare(ike_recorder *r, uint8_t type, ike_time now)
{
    struct ike_rec_out o;

    if (!r)
        return;
    o = begin(r, now);
    end(r, type, &o);
}

void ike_recorder_tick(ike_recorder *r, ike_time now)
{
    bare(r, IKE_REC_TICK, now);
}

void ike_recorder_close_session(ike_recorder *r, ike_time now)
{
    bare(r, IKE_REC_CLOSE, now);
}

void ike_recorder_check_alive(ike_recorder *r, ike_time now)
{
    bare(r, IKE_REC_CHECK_ALIVE, now);
}

void ike_recorder_rekey(ike_recorder *r, uint32_t child_id, ike_time now)
{
    struct ike_rec_out o;

    if (!r)
        return;
    o = begin(r, now);
    ike__rec_put_uint(&o, child_id, 4);
    end(r, IKE_REC_REKEY, &o);
}

void ike_recorder_sent(ike_recorder *r, const ike_path *to, const uint8_t *dgram, size_t n, ike_time now)
{
    struct ike_rec_out o;

    if (!r)
        return;
    o = begin(r, now);
    ike__rec_put_sent(&o, r->inner, to, dgram, n);
    end(r, IKE_REC_SENT, &o);
}
