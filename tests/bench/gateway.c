/* tests/bench/gateway.c - a gateway with the client's own data plane, to measure against. SPDX-License-Identifier: Apache-2.0
 *
 *   gateway --listen ADDRESS:PORT --psk SECRET [--id gw.test] [--crypto mbedtls|openssl|ipsecmb] [--esp SUITE] [--tun NAME]
 *           [--plain tun|udp]...
 *
 * One client at a time, for ever: it gets 10.9.0.2 and fd09::2, the gateway's TUN has 10.9.0.1 and fd09::1. Prints "ready"
 * when it listens and "up" when a client is. The scripted peer does the handshake, a session takes over (RFC 7296: both
 * ends are alike from then on), and the libuv driver moves its packets, as it does the client's. */
#include "peer/adopt.h"
#include "peer/peer.h"
#include "state/narrow.h"

#include "driver/room.h" /* behind the core, some of whose names it shares */
#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct gateway {
    struct peer_config peer;
    ike_config session;
    ike_env env;
    ike_ts everything[2], client[2];
    const char *tun_name;
    ike_tun tun;
    ike_addr self;
    uv_loop_t loop;
    int fd, plain_tun, plain_udp;
};

static void die(const char *what)
{
    fprintf(stderr, "gateway: %s\n", what);
    exit(1);
}

/* ---- handshake ---- */

static void answer(const struct gateway *g, struct peer *p)
{
    uint8_t out[65536];
    ike_path to;
    int n;

    while ((n = peer_poll_send(p, out, sizeof(out), &to)) > 0) {
        struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(to.remote.port)};
        memcpy(&sa.sin_addr, to.remote.ip, 4);
        (void)sendto(g->fd, out, (size_t)n, 0, (struct sockaddr *)&sa, sizeof(sa));
    }
}

/* The first datagram of a client makes a peer; an IKE_SA_INIT after that, another one. */
static struct peer *shake_hands(const struct gateway *g)
{
    struct peer *p = NULL;
    uint8_t d[65536];

    while (!p || !p->child) {
        struct sockaddr_in sa;
        socklen_t len = sizeof(sa);
        struct pollfd ready = {.fd = g->fd, .events = POLLIN};
        ssize_t n =
            poll(&ready, 1, -1) > 0 ? recvfrom(g->fd, d, sizeof(d), 0, (struct sockaddr *)&sa, &len) : -1;
        ike_path path = {.local = g->self, .remote = {.family = 4}};
        ike_span inner;

        if (n < 32 || ike__be32(d) != 0)
            continue;
        if (d[4 + 18] == IKE_X_IKE_SA_INIT && (!p || p->sa.spi_i != ike__be64(d + 4))) {
            peer_free(p);
            if (peer_new(&p, &g->peer) < 0)
                die("no memory");
        }
        path.remote.port = ntohs(sa.sin_port);
        memcpy(path.remote.ip, &sa.sin_addr, 4);
        if (p && peer_recv(p, &path, d, (size_t)n, &inner) == 0)
            answer(g, p);
    }
    return p;
}

/* ---- data ---- */

static void on_event(ike_uv *v, const ike_event *ev, void *user)
{
    (void)user;
    if (ev->type == IKE_EV_CLOSED)
        ike_uv_close(v, NULL);
}

/* A driver as ike_uv_open makes it, with a session that stands. */
static ike_uv *take_over(struct gateway *g, struct peer *p)
{
    ike_uv_config cfg = IKE_UV_CONFIG_INIT;
    const char *why;
    ike_uv *v;

    cfg.session = &g->session;
    cfg.env = &g->env;
    cfg.tun = &g->tun;
    cfg.hosts[0] = "client";
    cfg.hosts_n = 1;
    cfg.unwatched = 1;
    cfg.plain = (uint32_t)g->plain_udp;
    cfg.on_event = on_event;
    if (ike_uv_open(&v, &g->loop, &cfg, &why) < 0)
        die(why);
    if (ike_session_new(&v->s, &v->session_cfg, &v->env, &why) < 0)
        die(why);
    v->path = p->path;
    v->remote_port = p->path.remote.port;
    v->is_up = v->was_up = 1;
    v->fd = dup(g->fd);
    if (peer_adopt(p, v->s, ike_uv_now()) < 0 || v->fd < 0 || uv_poll_init(&g->loop, &v->sock, v->fd) != 0)
        die("a session cannot take over");
    v->sock.data = v;
    v->has_sock = 1;
    if (ike__uv_watch_socket(v) < 0 || ike__uv_watch_tun(v) < 0)
        die("the descriptors cannot be watched");
    return v;
}

static void serve(struct gateway *g)
{
    struct peer *p = shake_hands(g);
    ike_uv *v = take_over(g, p);

    peer_free(p);
    printf("up\n");
    fflush(stdout);
    ike_uv_kick(v);
    uv_run(&g->loop, UV_RUN_DEFAULT);
}

/* ---- start ---- */

static void listen_on(struct gateway *g, char *where)
{
    char *colon = where ? strrchr(where, ':') : NULL;
    struct sockaddr_in sa = {.sin_family = AF_INET};

    if (!colon)
        die("--listen ADDRESS:PORT");
    *colon = '\0';
    if (ike__addr_parse(&g->self, where) < 0 || g->self.family != 4)
        die("--listen: no IPv4 address");
    g->self.port = (uint16_t)atoi(colon + 1);
    sa.sin_port = htons(g->self.port);
    memcpy(&sa.sin_addr, g->self.ip, 4);
    g->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (g->fd < 0 || bind(g->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
        die("cannot bind");
    ike__uv_udp_prepare(g->fd, g->plain_udp);
    ike__uv_mtu_init(g->fd, 4);
}

static void open_tun(struct gateway *g)
{
    ike_tun_plan plan = IKE_TUN_PLAN_INIT;
    ike_tun_linux_config cfg = IKE_TUN_LINUX_CONFIG_INIT;
    ike_prefix ip[2], routes[2];
    const char *why;

    memset(ip, 0, sizeof(ip));
    memset(routes, 0, sizeof(routes));
    (void)ike__addr_parse(&ip[0].addr, "10.9.0.1");
    (void)ike__addr_parse(&ip[1].addr, "fd09::1");
    routes[0].addr = g->peer.pool4;
    routes[1].addr = g->peer.pool6;
    for (int i = 0; i < 2; i++)
        ip[i].bits = routes[i].bits = i ? 128 : 32;
    plan.ip = ip;
    plan.routes = routes;
    plan.ip_n = plan.routes_n = 2;
    plan.mtu = 1400;
    cfg.name = g->tun_name;
    cfg.plain = (uint32_t)g->plain_tun;
    if (ike_tun_linux_open(&g->tun, &cfg, &why) < 0)
        die(why);
    if (g->tun.configure(g->tun.self, &plan) < 0)
        die(g->tun.why(g->tun.self));
}

/* "ipsecmb" does ESP only. */
static void choose_crypto(struct gateway *g, const char *name)
{
#ifdef IKE_HAS_IPSECMB
    if (strcmp(name, "ipsecmb") == 0) {
        g->env.bulk = ike_crypto_ipsecmb();
        if (!g->env.bulk)
            die("--crypto: not on this processor");
        return;
    }
#endif
#ifdef IKE_HAS_OPENSSL
    if (strcmp(name, "openssl") == 0) {
        g->peer.crypto = ike_crypto_openssl();
        return;
    }
#endif
    if (strcmp(name, "mbedtls") != 0)
        die("--crypto: no such backend");
}

static void configure(struct gateway *g)
{
    (void)ike__addr_parse(&g->peer.pool4, "10.9.0.2");
    (void)ike__addr_parse(&g->peer.pool6, "fd09::2");
    for (uint8_t i = 0; i < 2; i++)
        g->everything[i] = ike__ts_all(i ? 6 : 4);
    g->client[0] = ike__ts_host(&g->peer.pool4);
    g->client[1] = ike__ts_host(&g->peer.pool6);
    g->session.local_id = g->peer.id;
    g->session.remote_id = "client";
    g->session.ts_local = g->everything;
    g->session.ts_remote = g->client;
    g->session.ts_local_n = g->session.ts_remote_n = 2;
    g->session.dpd_s = g->session.natt_keepalive_s = IKE_OFF;
    g->session.rekey_ike_s = g->session.rekey_child_s = IKE_OFF;
    g->env.crypto = g->peer.crypto;
    g->peer.bulk = g->env.bulk;
}

int main(int argc, char **argv)
{
    static const struct option table[] = {
        {"listen", 1, NULL, 'l'}, {"psk", 1, NULL, 'p'}, {"id", 1, NULL, 'i'},    {"crypto", 1, NULL, 'c'},
        {"esp", 1, NULL, 'e'},    {"tun", 1, NULL, 't'}, {"plain", 1, NULL, 'n'}, {NULL, 0, NULL, 0}};
    static struct gateway g = {.session = IKE_CONFIG_INIT, .env = IKE_ENV_INIT};
    char *where = NULL;
    int opt;

    g.peer.crypto = ike_crypto_mbedtls();
    g.peer.id = "gw.test";
    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (opt) {
        case 'l':
            where = optarg;
            break;
        case 'p':
            g.peer.psk = ike__span_text(optarg);
            break;
        case 'i':
            g.peer.id = optarg;
            break;
        case 'c':
            choose_crypto(&g, optarg);
            break;
        case 'e':
            g.peer.esp_suites = g.session.esp_suites = optarg;
            break;
        case 'n':
            g.plain_tun |= strcmp(optarg, "tun") == 0;
            g.plain_udp |= strcmp(optarg, "udp") == 0;
            break;
        case 't':
            g.tun_name = optarg;
            break;
        default:
            return 64;
        }
    }
    configure(&g);
    listen_on(&g, where);
    open_tun(&g);
    if (uv_loop_init(&g.loop) != 0)
        die("no event loop");
    printf("ready\n");
    fflush(stdout);
    for (;;)
        serve(&g);
}
