/* fuzz/twins.c - two sessions that stand, driven by operations from octets: rekeying, collisions, roaming. SPDX-License-Identifier: Apache-2.0
 * Target functions: CREATE_CHILD_SA and INFORMATIONAL in both roles, through the public API. */
#include "input.h"
#include "peer/twins.h"
#include <stdlib.h>

/* A payload chain of octets, sealed by the gateway's session as its own next message. */
static void forge(struct twins *t, struct input *in)
{
    struct ike_session *g = t->end[GATEWAY].s;
    uint8_t body[300], exchange = next(in), first = next(in), is_response = next(in) & 1;
    struct ike_flight f;
    struct ike_msg_out out;
    size_t n = next(in);
    struct peer p;

    if (!g->sa->seal.alg || t->end[GATEWAY].out_n >= TWIN_QUEUE)
        return;
    ike__out_init(&out, body, sizeof(body));
    for (size_t i = 0; i < n; i++)
        ike__buf_u8(&out.buf, next(in));
    out.first = first;
    memset(&f, 0, sizeof(f));
    memset(&p, 0, sizeof(p));
    p.sa = *g->sa;
    if (peer_frame(&p, &f, exchange, is_response,
                   is_response ? g->sa->window.next_in - 1 : g->sa->window.next_out, &out) == 0) {
        struct datagram *d = &t->end[GATEWAY].out[t->end[GATEWAY].out_n++];
        ike_span s = ike__flight_next(&f);

        memset(d->p, 0, 4);
        memcpy(d->p + 4, s.p, s.n);
        d->n = s.n + 4;
        d->path = g->sa->paths.now;
        g->sa->window.next_out += !is_response;
    }
    g->sa->seal = p.sa.seal;
    ike__flight_free(&f, NULL);
}

static void roam(struct twins *t, uint8_t arg)
{
    ike_path path = t->l.path;

    path.local.port = (uint16_t)(40000 + arg);
    path.remote.family = 0;
    path.remote.port = 0;
    (void)ike_roam(t->end[CLIENT].s, arg == 0 ? NULL : &path, t->now);
}

static void move_time(struct twins *t, uint8_t arg)
{
    t->now += (ike_time)arg * arg * 100000u;
    for (int end = 0; end < 2; end++)
        (void)ike_tick(t->end[end].s, t->now);
}

static void step(struct twins *t, struct input *in)
{
    uint8_t op = next(in), arg = next(in);
    int end = arg & 1;
    struct twin *e = &t->end[end];
    unsigned i = e->out_n ? (unsigned)(arg >> 1) % e->out_n : 0;

    switch (op % 14) {
    case 0:
    case 1:
        if (e->out_n > 0)
            (void)twins_deliver(t, end, i);
        break;
    case 2:
        twins_run(t);
        break;
    case 3:
        if (e->out_n > 0)
            twins_lose(t, end, i);
        break;
    case 4:
        twins_tick(t);
        break;
    case 5:
        if (e->out_n > 0)
            e->out[i].p[next(in) % e->out[i].n] ^= (uint8_t)(1u << (arg & 7));
        break;
    case 6:
        forge(t, in);
        break;
    case 7:
        (void)ike_rekey(e->s, 0, t->now);
        break;
    case 8:
        (void)ike_rekey(e->s, 1, t->now);
        break;
    case 9:
        (void)twins_ping(t);
        break;
    case 10:
        move_time(t, arg);
        break;
    case 11:
        roam(t, arg);
        break;
    case 12:
        twins_next_nonce(t, end, arg);
        break;
    default:
        if (arg > 250)
            (void)ike_close(e->s, t->now);
        else if (e->out_n > 0 && e->out_n < TWIN_QUEUE)
            e->out[e->out_n++] = e->out[i]; /* twice */
        break;
    }
    for (end = 0; end < 2; end++) {
        if (t->end[end].out_n > TWIN_QUEUE / 2)
            t->end[end].out_n = 0;
        twins_drain(t, end);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    static struct twins t;
    uint8_t how;

    twins_init(&t);
    how = next(&in);
    t.l.cfg.ike_suites = t.gateway_cfg.ike_suites = "aes256gcm16-prfsha256-curve25519-ecp256";
    t.l.cfg.esp_suites = t.gateway_cfg.esp_suites = "aes256gcm16-esn-noesn";
    if (how & 1)
        t.l.cfg.rekey_child_packets = 5;
    if (how & 2)
        t.l.cfg.rekey_child_s = t.gateway_cfg.rekey_child_s = 60;
    if (how & 4)
        t.l.cfg.esp_suites = t.gateway_cfg.esp_suites = "aes256gcm16-curve25519-ecp256";
    if (how & 8)
        t.l.cfg.rekey_ike_s = t.gateway_cfg.rekey_ike_s = 100;
    t.l.pcfg.script.mobike = (how >> 4) & 1;
    twins_up(&t);
    for (int i = 0; i < 80 && in.n > 0; i++)
        step(&t, &in);
    for (int end = 0; end < 2; end++)
        if (t.end[end].closes > 1 || twins_sas(&t, end) > IKE_SAS_MAX + 2u)
            abort(); /* it ends once, and nothing grows without end */
    twins_free(&t);
    return 0;
}
