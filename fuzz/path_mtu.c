/* fuzz/path_mtu.c - a tunnel that searches for its MTU: inner packets both ways, hints and losses from octets. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__mss_clamp ike__toobig_write ike_mtu_hint */
#include "peer/ladder.h"
#include "state/session.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t next(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

/* Up to 255 octets of the input, and zeros up to n. */
static size_t take(struct input *in, uint8_t *out, size_t n)
{
    size_t have = next(in);

    have = have < in->n ? have : in->n;
    have = have < n ? have : n;
    memset(out, 0, n);
    if (have > 0)
        memcpy(out, in->p, have);
    in->p += have;
    in->n -= have;
    return have;
}

static void out(struct ladder *l, struct input *in)
{
    size_t n = (size_t)next(in) * 8;
    uint8_t ip[2048], answer[1280];
    struct datagram *d = &l->to_gateway[l->out_n];
    int got;

    (void)take(in, ip, sizeof(ip));
    if (l->out_n >= LADDER_MAX)
        return;
    got = ike_seal(l->s, ip, n, d->p, sizeof(d->p), &d->path, l->now);
    if (got > 0) {
        d->n = (size_t)got;
        l->out_n++;
    }
    got = ike_mtu_answer(l->s, ip, n, answer, sizeof(answer), l->now);
    if (got > (int)sizeof(answer))
        abort();
}

/* Whatever the gateway wraps. */
static void inward(struct ladder *l, struct input *in)
{
    uint8_t ip[256];
    size_t n = take(in, ip, sizeof(ip));
    struct datagram *d = &l->to_client[0];
    int got = peer_seal(l->peer, ip, n, d->p, sizeof(d->p), &d->path);

    if (got <= 0)
        return;
    d->n = (size_t)got;
    d->path = l->s->sa->paths.now;
    (void)ladder_deliver_in(l, 0);
}

static void hint(struct ladder *l, struct input *in)
{
    uint8_t quote[64];
    ike_path path = l->s->sa->paths.now;
    uint8_t how = next(in);
    uint32_t mtu = (uint32_t)next(in) << 8;
    size_t n;

    mtu |= next(in);
    n = take(in, quote, sizeof(quote));
    if (how & 1)
        path.remote.ip[3] ^= 1;
    if ((how & 2) && l->s->children)
        ike__put_be32(quote, l->s->children->spi_out);
    (void)ike_mtu_hint(l->s, &path, ike__span(quote, how & 4 ? 64 : n), mtu, l->now);
    ladder_drain(l);
}

static void step(struct ladder *l, struct input *in)
{
    switch (next(in) % 7) {
    case 0:
        out(l, in);
        break;
    case 1:
        inward(l, in);
        break;
    case 2:
        hint(l, in);
        break;
    case 3:
        ladder_drop(l);
        break;
    case 4:
        ladder_run(l);
        break;
    case 5:
        l->now += (ike_time)next(in) * 100000u;
        break;
    default:
        ladder_tick(l);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct ladder l;
    struct input in = {data, n};

    ladder_init(&l);
    l.cfg.path_mtu = 1500;
    if (ladder_connect(&l) < 0)
        abort();
    ladder_run(&l);
    for (int steps = 0; in.n > 0 && steps < 200 && l.closes == 0; steps++) {
        ike_stats st = IKE_STATS_INIT;

        step(&l, &in);
        (void)ike_session_stats(l.s, &st);
        /* RFC 8899 4.6.2: nobody gets it below the base, nor above what may be tried */
        if (st.path_mtu != 0 && (st.path_mtu < 1280 || st.path_mtu > 1500))
            abort();
        if (l.out_n > LADDER_MAX / 2)
            ladder_drop(&l);
    }
    ladder_free(&l);
    return 0;
}
