/* examples/demo.c - what `make demo` shows: certificates, a tunnel, three pings, and every message on the way. SPDX-License-Identifier: Apache-2.0
 *
 *   demo PORT PKI_DIR
 *
 * A real conversation over UDP with the gateway process on 127.0.0.1; the TUN is in memory, so no rights are needed. */
#include <ike/uv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PINGS 3

struct demo {
    ike_uv *v;
    ike_tun tun;
    uv_timer_t timer;
    ike_time began, pinged;
    ike_addr inner;
    unsigned sent, answered;
    int code;
};

static double ms_since(ike_time t)
{
    return (double)(ike_uv_now() - t) / 1000.0;
}

static ike_span read_file(const char *dir, const char *name, char *why, size_t cap)
{
    char path[512];
    uint8_t *p = malloc(65536);
    size_t n;
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "rb");
    n = f && p ? fread(p, 1, 65536, f) : 0;
    if (f)
        fclose(f);
    if (n == 0)
        snprintf(why, cap, "cannot read %s", path);
    return (ike_span){p, n};
}

static void on_log(void *user, const ike_log *rec)
{
    struct demo *d = user;

    if (rec->level == IKE_LOG_LADDER)
        printf("  %7.2f ms  %s\n", ms_since(d->began), rec->text);
}

static uint16_t checksum(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void put16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void ping(struct demo *d)
{
    uint8_t ip[84] = {0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1, 0, 0, 0, 0, 0, 0, 10, 9, 0, 1, 8};

    memcpy(ip + 12, d->inner.ip, 4);
    put16(ip + 10, checksum(ip, 20));
    put16(ip + 26, ++d->sent);
    put16(ip + 22, checksum(ip + 20, 64));
    d->pinged = ike_uv_now();
    (void)ike_tun_memory_put(&d->tun, ip, sizeof(ip));
}

static void on_tick(uv_timer_t *h)
{
    struct demo *d = h->data;
    uint8_t ip[2048];

    while (ike_tun_memory_take(&d->tun, ip, sizeof(ip)) > 0) {
        if (ip[9] != 1 || ip[20] != 0)
            continue;
        printf("  %7.2f ms  ping %u answered by 10.9.0.1 through the tunnel in %.2f ms\n", ms_since(d->began),
               (unsigned)(ip[26] << 8 | ip[27]), ms_since(d->pinged));
        if (++d->answered < PINGS) {
            ping(d);
        } else {
            d->code = 0;
            (void)ike_close(ike_uv_session(d->v), ike_uv_now());
            ike_uv_kick(d->v);
        }
    }
}

static void show_stats(struct demo *d)
{
    ike_stats st = IKE_STATS_INIT;

    if (ike_session_stats(ike_uv_session(d->v), &st) == 0)
        printf("\n  traffic     %llu packets out, %llu in; %llu dropped; %llu IKE datagrams out, %llu in; "
               "%llu sent again\n",
               (unsigned long long)st.out_packets, (unsigned long long)st.in_packets,
               (unsigned long long)(st.drop_auth + st.drop_replay + st.drop_malformed + st.drop_selector),
               (unsigned long long)st.ike_out, (unsigned long long)st.ike_in,
               (unsigned long long)st.retransmits);
}

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    struct demo *d = user;

    (void)v;
    switch (ev->type) {
    case IKE_EV_UP:
        printf("\n  gateway     %s, proven by %s; we by %s\n", ev->u.up.peer_id, ev->u.up.auth_remote,
               ev->u.up.auth_local);
        printf("  IKE suite   %s\n", ev->u.up.suite);
        printf("  handshake   %.2f ms, %u round trips\n", (double)ev->u.up.handshake_us / 1000.0,
               ev->u.up.round_trips);
        break;
    case IKE_EV_CONFIG:
        if (ev->u.config.ip_n > 0)
            d->inner = ev->u.config.ip[0].addr;
        printf("  address     %u.%u.%u.%u\n", d->inner.ip[0], d->inner.ip[1], d->inner.ip[2], d->inner.ip[3]);
        break;
    case IKE_EV_CHILD_UP:
        printf("  ESP suite   %s\n\n", ev->u.child.suite);
        ping(d);
        break;
    case IKE_EV_CHILD_DOWN:
        printf("  child refused: %s\n", ike_strerror(ev->err));
        (void)ike_close(ike_uv_session(v), ike_uv_now());
        break;
    case IKE_EV_CLOSED:
        show_stats(d);
        printf("  end         %s\n", ev->u.closed.reason);
        ike_uv_close(d->v, NULL);
        uv_close((uv_handle_t *)&d->timer, NULL);
        break;
    default:
        break;
    }
}

int main(int argc, char **argv)
{
    struct demo d = {.code = 1};
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_config cfg = IKE_CONFIG_INIT;
    ike_uv_config uv = IKE_UV_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    char problem[600] = "";
    const char *why = problem;
    ike_keystore keys;
    ike_span certs[10], ca;
    uint8_t certreq[40];
    uv_loop_t loop;

    if (argc != 3)
        return 64;
    files.certs = read_file(argv[2], "client.pem", problem, sizeof(problem));
    files.key = read_file(argv[2], "client.key", problem, sizeof(problem));
    ca = read_file(argv[2], "ca.pem", problem, sizeof(problem));
    if (problem[0] || ike_trust_new(&files.trust) < 0 || ike_trust_add(files.trust, ca) < 0 ||
        ike_keystore_file(&keys, &files, &why) < 0 || ike_tun_memory(&d.tun, 64) < 0) {
        fprintf(stderr, "demo: %s\n", why);
        return 1;
    }
    uv_loop_init(&loop);
    uv_timer_init(&loop, &d.timer);
    d.timer.data = &d;
    cfg.local_id = "client.test";
    cfg.remote_id = "gw.test";
    cfg.auth_local = cfg.auth_remote = IKE_AUTH_CERT;
    cfg.local_certs = certs;
    cfg.local_certs_n = (uint32_t)ike_keystore_file_certs(&keys, certs, 10);
    cfg.certreq.p = certreq;
    cfg.certreq.n = (size_t)ike_trust_certreq(files.trust, certreq, sizeof(certreq));
    cfg.want = IKE_WANT_IP4 | IKE_WANT_DNS;
    env.crypto = ike_crypto_mbedtls();
    env.log = on_log;
    env.user = &d;
    uv.session = &cfg;
    uv.env = &env;
    uv.keys = &keys;
    uv.tun = &d.tun;
    uv.hosts[0] = "127.0.0.1";
    uv.hosts_n = 1;
    uv.port = (uint16_t)atoi(argv[1]);
    uv.on_event = on_event;
    uv.user = &d;
    printf("libike %s with %s\n\n", ike_version(), env.crypto->name);
    d.began = ike_uv_now();
    if (ike_uv_open(&d.v, &loop, &uv, &why) < 0 || ike_uv_connect(d.v) < 0) {
        fprintf(stderr, "demo: %s\n", why);
        return 1;
    }
    uv_timer_start(&d.timer, on_tick, 1, 1);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    d.tun.close(d.tun.self);
    keys.close(keys.self);
    free((void *)(uintptr_t)files.certs.p);
    free((void *)(uintptr_t)files.key.p);
    free((void *)(uintptr_t)ca.p);
    return d.code;
}
