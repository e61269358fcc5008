/* tests/bench/pair.c - a session and a gateway in one process. SPDX-License-Identifier: Apache-2.0
 *
 * The clock runs only inside calls of the session and of its key store: what a client pays for a connection. */
#include "pair.h"
#include "base/text.h"
#include <stdio.h>
#include <stdlib.h>

#define PSK "correct horse battery staple"

const char *const pair_phase_name[PAIR_PHASES] = {
    "session", "IKE_SA_INIT request", "IKE_SA_INIT response, IKE_AUTH request", "IKE_AUTH response", "end"};

static void must(int is_well, const char *what)
{
    if (is_well)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static ike_span slurp(const char *name)
{
    static uint8_t text[8][16384]; /* read once at the start */
    static unsigned next;
    uint8_t *p = text[next++ % 8];
    FILE *f = fopen(name, "rb");
    size_t n = f ? fread(p, 1, sizeof(text[0]), f) : 0;

    must(n > 0, name);
    fclose(f);
    return ike__span(p, n);
}

static void open_keys(struct pair_lab *lab, int i, const char *cert, const char *key)
{
    ike_keyfile k = IKE_KEYFILE_INIT;
    ike_trust_options opt = IKE_TRUST_OPTIONS_INIT;
    const char *why = "";

    opt.crypto = k.crypto = lab->crypto;
    k.certs = slurp(cert);
    k.key = slurp(key);
    must(ike_trust_new(&k.trust) == 0 && ike_trust_set(k.trust, &opt) == 0 &&
             ike_trust_add(k.trust, slurp("tests/pki/ca.pem")) == 0,
         "tests/pki/ca.pem");
    if (i == 0)
        lab->cfg.certreq =
            ike__span(lab->certreq, (size_t)ike_trust_certreq(k.trust, lab->certreq, sizeof(lab->certreq)));
    must(ike_keystore_file(&lab->keys[i], &k, &why) == 0, why);
    lab->certs_n[i] = (uint32_t)ike_keystore_file_certs(&lab->keys[i], lab->certs[i], 4);
}

void pair_lab_open(struct pair_lab *lab, const ike_crypto *crypto, enum pair_auth auth)
{
    memset(lab, 0, sizeof(*lab));
    lab->crypto = lab->pcfg.crypto = crypto;
    lab->auth = auth;
    lab->cfg = (ike_config)IKE_CONFIG_INIT;
    lab->cfg.local_id = "client.test";
    lab->cfg.remote_id = lab->pcfg.id = "gw.test";
    lab->cfg.want = IKE_WANT_IP4;
    lab->cfg.encap = IKE_ENCAP_UDP;
    lab->cfg.ike_suites = lab->pcfg.ike_suites = "aes128gcm16-prfsha256-x25519";
    lab->cfg.esp_suites = lab->pcfg.esp_suites = "aes128gcm16";
    (void)ike__addr_parse(&lab->pcfg.pool4, "10.79.0.1");
    if (auth == PAIR_PSK) {
        lab->pcfg.psk = ike__span_text(PSK);
        return;
    }
    open_keys(lab, 0, "tests/pki/client.pem", "tests/pki/client.key");
    open_keys(lab, 1, "tests/pki/gw.pem", "tests/pki/gw.key");
    lab->cfg.auth_local = lab->cfg.auth_remote = IKE_AUTH_CERT;
    lab->cfg.local_certs = lab->certs[0];
    lab->cfg.local_certs_n = lab->certs_n[0];
    lab->pcfg.keys = &lab->keys[1];
    lab->pcfg.certs = lab->certs[1];
    lab->pcfg.certs_n = lab->certs_n[1];
}

void pair_lab_close(struct pair_lab *lab)
{
    for (int i = 0; i < 2; i++)
        if (lab->keys[i].close)
            lab->keys[i].close(lab->keys[i].self);
}

int pair_answer(const struct pair_lab *lab, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    if (ask->kind != IKE_ASK_PSK)
        return lab->keys[0].answer(lab->keys[0].self, ask, out, cap, n);
    *n = strlen(PSK);
    memcpy(out, PSK, *n);
    return 0;
}

static void on_event(struct pair *p, const struct pair_lab *lab, const ike_event *ev)
{
    uint8_t out[1024];
    size_t n = 0;
    int verdict;

    if (ev->type == IKE_EV_ASK) {
        verdict = pair_answer(lab, &ev->u.ask, out, sizeof(out), &n);
        (void)ike_answer(p->s, ev->u.ask.id, verdict, ike__span(out, n), p->now);
    } else if (ev->type == IKE_EV_UP) {
        p->round_trips = ev->u.up.round_trips;
    } else if (ev->type == IKE_EV_CHILD_UP) {
        p->is_up = 1;
    } else if (ev->type == IKE_EV_CLOSED) {
        must(0, ev->u.closed.reason);
    }
}

static void count(struct pair *p, int n)
{
    p->packets++;
    p->octets += (unsigned)n + 28;
}

static void enter(struct pair *p, const struct pair_lab *lab)
{
    if (lab->enter)
        lab->enter();
    p->from = bench_cpu_us();
}

static void leave(struct pair *p, const struct pair_lab *lab, enum pair_phase phase)
{
    p->us[phase] += bench_cpu_us() - p->from;
    if (lab->leave)
        lab->leave();
}

/* Everything the session wants to say; the gateway's answers come back through peer_poll_send. */
static void drain(struct pair *p, const struct pair_lab *lab, enum pair_phase phase)
{
    static uint8_t out[65536]; /* one thread */
    ike_event ev = IKE_EVENT_INIT;
    ike_path to, seen;
    ike_span inner;
    int n;

    do {
        enter(p, lab);
        while (ike_poll_event(p->s, &ev) == 1)
            on_event(p, lab, &ev);
        n = ike_poll_send(p->s, out, sizeof(out), &to, p->now);
        leave(p, lab, phase);
        if (n > 0) {
            count(p, n);
            seen = (ike_path){.local = to.remote, .remote = to.local};
            (void)peer_recv(p->peer, &seen, out, (size_t)n, &inner);
        }
    } while (n > 0);
}

static int from_gateway(struct pair *p, const struct pair_lab *lab, enum pair_phase phase)
{
    static uint8_t in[65536];
    ike_path to, path;
    ike_span inner;
    int n = peer_poll_send(p->peer, in, sizeof(in), &to);

    if (n <= 0)
        return 0;
    count(p, n);
    path = (ike_path){.local = to.remote, .remote = to.local};
    p->now += 1000;
    enter(p, lab);
    (void)ike_recv(p->s, &path, in, (size_t)n, &inner, p->now);
    leave(p, lab, phase);
    return 1;
}

void pair_connect(struct pair *p, const struct pair_lab *lab)
{
    ike_env env = IKE_ENV_INIT;
    ike_path path = {.net = 0};
    const char *why = "";

    memset(p, 0, sizeof(*p));
    (void)ike__addr_parse(&path.remote, "192.0.2.1");
    (void)ike__addr_parse(&path.local, "198.51.100.7");
    path.local.port = 40000;
    p->now = 1000000;
    env.crypto = lab->crypto;
    env.alloc = lab->alloc;
    must(peer_new(&p->peer, &lab->pcfg) == 0, "no gateway");
    enter(p, lab);
    must(ike_session_new(&p->s, &lab->cfg, &env, &why) == 0, why);
    leave(p, lab, PAIR_NEW);
    enter(p, lab);
    must(ike_connect(p->s, &path, p->now) == 0, "connect");
    leave(p, lab, PAIR_INIT_OUT);
    drain(p, lab, PAIR_INIT_OUT);
    while (from_gateway(p, lab, PAIR_INIT_IN))
        continue;
    drain(p, lab, PAIR_INIT_IN);
    while (from_gateway(p, lab, PAIR_AUTH_IN))
        continue;
    drain(p, lab, PAIR_AUTH_IN);
    must(p->is_up, "the connection does not stand");
}

void pair_free(struct pair *p, const struct pair_lab *lab)
{
    enter(p, lab);
    ike_session_free(p->s);
    leave(p, lab, PAIR_FREE);
    peer_free(p->peer);
}

double pair_total_us(const struct pair *p)
{
    double us = 0;

    for (int i = 0; i < PAIR_PHASES; i++)
        us += p->us[i];
    return us;
}
