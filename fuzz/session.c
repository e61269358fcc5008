/* fuzz/session.c - a whole session driven by operations from octets, without an authentication wall. SPDX-License-Identifier: Apache-2.0
 * Target functions: the public API of ike.h, against the scripted gateway with fake crypto. */
#include "input.h"
#include "peer/ladder.h"
#include <stdlib.h>

/* Octets for a whole payload chain of the gateway, sealed as it would. */
static void forge(struct ladder *l, struct input *in)
{
    uint8_t body[300], exchange = next(in), first = next(in);
    struct ike_flight f;
    struct ike_msg_out out;
    size_t n = next(in);
    uint32_t id = next(in) & 3;
    int is_response = next(in) & 1;

    if (!l->peer->sa.seal.alg || l->in_n >= LADDER_MAX)
        return;
    ike__out_init(&out, body, sizeof(body));
    for (size_t i = 0; i < n; i++)
        ike__buf_u8(&out.buf, next(in));
    out.first = first;
    memset(&f, 0, sizeof(f));
    if (peer_frame(l->peer, &f, exchange, is_response, is_response ? id : id + l->peer->next_out, &out) ==
        0) {
        struct datagram *d = &l->to_client[l->in_n];
        ike_span s = ike__flight_next(&f);
        memset(d->p, 0, 4);
        memcpy(d->p + 4, s.p, s.n);
        d->n = s.n + 4;
        d->path = l->path;
        d->path.remote.port = 4500;
        l->in_n++;
    }
    ike__flight_free(&f, NULL);
}

static void send_packet(struct ladder *l)
{
    uint8_t ip[100], out[400];
    ike_path to;

    (void)ike_seal(l->s, ip, ladder_packet(l, ip, sizeof(ip)), out, sizeof(out), &to, l->now);
}

/* What sessions have beside each other: children, other addresses, a gateway that gives one selector at a time. */
static void configure(struct ladder *l, uint8_t how)
{
    static ike_ts ts[2];
    static ike_child_config child = IKE_CHILD_CONFIG_INIT;
    static const ike_child_config *const children[] = {&child};
    static const ike_addr gateways[] = {{.ip = {192, 0, 2, 2}, .family = 4},
                                        {.ip = {192, 0, 2, 3}, .family = 4}};

    if (how & 1)
        l->cfg.auth_remote = IKE_AUTH_CERT;
    for (uint8_t i = 0; i < 2; i++) {
        ts[i] = (ike_ts){.first = {.ip = {10, (uint8_t)(1 + i)}, .family = 4},
                         .last = {.ip = {10, (uint8_t)(1 + i), 255, 255}, .family = 4, .port = 65535}};
    }
    child.name = "further";
    child.ts_remote = ts;
    child.ts_remote_n = 2;
    l->cfg.children = children;
    l->cfg.children_n = how >> 1 & 1;
    l->cfg.gateways = gateways;
    l->cfg.gateways_n = how & 4 ? 2 : 0;
    l->pcfg.script.mobike = how >> 2 & 1;
    l->pcfg.script.children = how >> 3 & 1;
    l->pcfg.script.one_ts = how >> 4 & 1;
    l->pcfg.script.again = how >> 5 & 1;
}

static void step(struct ladder *l, struct input *in)
{
    uint8_t op = next(in), arg = next(in);

    switch (op % 12) {
    case 0:
        if (l->out_n > 0)
            (void)ladder_deliver_out(l, arg % l->out_n);
        break;
    case 1:
        if (l->in_n > 0)
            (void)ladder_deliver_in(l, arg % l->in_n);
        break;
    case 2:
        ladder_run(l);
        break;
    case 3:
        ladder_drop(l);
        break;
    case 4:
        ladder_tick(l);
        break;
    case 5: /* one octet of a datagram is changed */
        if (l->in_n > 0) {
            struct datagram *d = &l->to_client[arg % l->in_n];
            d->p[next(in) % d->n] ^= arg;
        }
        break;
    case 6:
        forge(l, in);
        break;
    case 7:
        if (arg % 8 == 0)
            (void)ike_close(l->s, l->now);
        if (arg % 8 == 1) {
            l->cfg.children_n = arg >> 3 & 1;
            (void)ike_reconfigure(l->s, &l->cfg, l->now, NULL);
        }
        break;
    case 8:
        (void)ike_check_alive(l->s, l->now);
        break;
    case 9:
        send_packet(l);
        break;
    case 10:
        l->now += (ike_time)arg * 1000000u;
        (void)ike_tick(l->s, l->now);
        break;
    default:
        if (l->in_n > 0)
            l->to_client[arg % l->in_n].n = (size_t)(1 + next(in));
        break;
    }
    ladder_drain(l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    static struct ladder l;

    ladder_init(&l);
    l.pcfg.script.cookies = next(&in) % 3;
    l.pcfg.script.child_error = next(&in) % 64;
    configure(&l, next(&in));
    l.cfg.fragment_size = 600;
    if (ladder_connect(&l) < 0)
        abort();
    for (int i = 0; i < 60 && in.n > 0; i++)
        step(&l, &in);
    if (l.closes > 1)
        abort(); /* it ends once */
    ladder_free(&l);
    return 0;
}
