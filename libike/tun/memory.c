/* tun/memory.c - a TUN in memory: two bounded queues and a pipe to wait on. SPDX-License-Identifier: Apache-2.0
 *
 * For tests, demos and user-mode stacks: no device, no rights needed. */
#include <errno.h>
#include <fcntl.h>
#include <ike/tun.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACKET_MAX 2048u

struct queue {
    uint8_t (*packet)[PACKET_MAX];
    uint16_t *n;
    uint32_t head, used, depth;
};
struct tun {
    struct queue in, out; /* in: towards the tunnel; out: from it */
    int pipe[2];          /* one octet for each packet in `in` */
};

static int queue_init(struct queue *q, uint32_t depth)
{
    q->packet = calloc(depth, sizeof(*q->packet));
    q->n = calloc(depth, sizeof(*q->n));
    q->depth = depth;
    return q->packet && q->n ? 0 : IKE_E_NOMEM;
}

static int queue_put(struct queue *q, const uint8_t *ip, size_t n)
{
    uint32_t at = (q->head + q->used) % q->depth;

    if (q->used == q->depth || n > PACKET_MAX)
        return IKE_E_LIMIT;
    memcpy(q->packet[at], ip, n);
    q->n[at] = (uint16_t)n;
    q->used++;
    return 0;
}

static int queue_take(struct queue *q, uint8_t *out, size_t cap)
{
    size_t n;

    if (q->used == 0)
        return 0;
    n = q->n[q->head];
    if (n > cap)
        return IKE_E_NOSPACE;
    memcpy(out, q->packet[q->head], n);
    q->head = (q->head + 1) % q->depth;
    q->used--;
    return (int)n;
}

static int configure(void *self, const ike_tun_plan *plan)
{
    (void)self;
    (void)plan;
    return 0;
}

static int read_packet(void *self, uint8_t *out, size_t cap)
{
    struct tun *t = self;
    int n = queue_take(&t->in, out, cap);
    char octet;

    if (n > 0 && read(t->pipe[0], &octet, 1) != 1)
        return IKE_E_LOCAL_IO;
    return n;
}

static int write_packet(void *self, const uint8_t *ip, size_t n)
{
    (void)queue_put(&((struct tun *)self)->out, ip, n); /* a full queue drops */
    return 0;
}

static int64_t pollable(void *self)
{
    return ((struct tun *)self)->pipe[0];
}

static const char *why_text(void *self)
{
    (void)self;
    return "";
}

static void close_tun(void *self)
{
    struct tun *t = self;

    close(t->pipe[0]);
    close(t->pipe[1]);
    free(t->in.packet);
    free(t->in.n);
    free(t->out.packet);
    free(t->out.n);
    free(t);
}

int ike_tun_memory(ike_tun *out, uint32_t depth)
{
    struct tun *t;

    memset(out, 0, sizeof(*out));
    if (depth == 0 || depth > 4096)
        return IKE_E_USAGE;
    t = calloc(1, sizeof(*t));
    if (!t)
        return IKE_E_NOMEM;
    if (pipe2(t->pipe, O_NONBLOCK | O_CLOEXEC) != 0) {
        free(t);
        return IKE_E_LOCAL_IO;
    }
    if (queue_init(&t->in, depth) < 0 || queue_init(&t->out, depth) < 0) {
        close_tun(t);
        return IKE_E_NOMEM;
    }
    out->abi = IKE_TUN_ABI;
    out->self = t;
    out->configure = configure;
    out->read = read_packet;
    out->write = write_packet;
    out->pollable = pollable;
    out->why = why_text;
    out->close = close_tun;
    return 0;
}

int ike_tun_memory_put(ike_tun *tun, const uint8_t *ip, size_t n)
{
    struct tun *t = tun->self;
    int err = queue_put(&t->in, ip, n);

    if (err == 0 && write(t->pipe[1], "", 1) != 1)
        return IKE_E_LOCAL_IO;
    return err;
}

int ike_tun_memory_take(ike_tun *tun, uint8_t *out, size_t cap)
{
    return queue_take(&((struct tun *)tun->self)->out, out, cap);
}
