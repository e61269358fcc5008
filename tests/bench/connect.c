/* tests/bench/connect.c - connects again and again to a real gateway, without a TUN (B6, B7, B12). SPDX-License-Identifier: Apache-2.0
 *
 *   connect GATEWAY psk|ecdsa openssl|mbedtls TIMES IDLE_MS
 *
 * A line for each: microseconds from the first request to the last response; of this process's CPU from a new session to
 * its first child, system calls included; packets and octets (IP) both ways until then. Between two connections the last one is deleted and IDLE_MS go by. Shared
 * key, identities and certificates are those of bench.sh. */
#include "lib.h"
#include "pair.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct host {
    struct pair_lab lab; /* configuration and keys only */
    ike_session *s;
    ike_path path;
    uint64_t handshake_us;
    int fd, is_up, is_closed;
    unsigned packets, octets;
};

static ike_time now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

static void die(const char *what)
{
    fprintf(stderr, "connect: %s\n", what);
    exit(1);
}

static void on_event(struct host *h, const ike_event *ev)
{
    uint8_t out[1024];
    size_t n = 0;
    int verdict;

    switch (ev->type) {
    case IKE_EV_ASK:
        verdict = pair_answer(&h->lab, &ev->u.ask, out, sizeof(out), &n);
        (void)ike_answer(h->s, ev->u.ask.id, verdict, (ike_span){out, n}, now_us());
        break;
    case IKE_EV_UP:
        h->handshake_us = ev->u.up.handshake_us;
        break;
    case IKE_EV_CHILD_UP:
        h->is_up = 1;
        break;
    case IKE_EV_CLOSED:
        if (!h->is_up)
            die(ev->u.closed.reason);
        h->is_closed = 1;
        break;
    default:
        break;
    }
}

static void count(struct host *h, ssize_t n)
{
    h->packets++;
    h->octets += (unsigned)n + 28;
}

static void drain(struct host *h)
{
    static uint8_t out[65536]; /* one thread */
    ike_event ev = IKE_EVENT_INIT;
    ike_path to;
    int n;

    do {
        while (ike_poll_event(h->s, &ev) == 1)
            on_event(h, &ev);
        n = ike_poll_send(h->s, out, sizeof(out), &to, now_us());
        if (n > 0) {
            struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(to.remote.port)};
            count(h, n);
            memcpy(&sa.sin_addr, to.remote.ip, 4);
            (void)sendto(h->fd, out, (size_t)n, 0, (struct sockaddr *)&sa, sizeof(sa));
        }
    } while (n > 0);
}

static void wait_and_take(struct host *h)
{
    static uint8_t in[65536];
    struct pollfd ready = {.fd = h->fd, .events = POLLIN};
    ike_time due = ike_deadline(h->s), now = now_us();
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    ike_path from = h->path;
    ike_span inner;
    ssize_t n;

    if (poll(&ready, 1, due <= now ? 0 : due - now > 1000000u ? 1000 : (int)((due - now) / 1000u) + 1) > 0) {
        n = recvfrom(h->fd, in, sizeof(in), 0, (struct sockaddr *)&sa, &len);
        from.remote.port = ntohs(sa.sin_port);
        if (n <= 0)
            return;
        count(h, n);
        (void)ike_recv(h->s, &from, in, (size_t)n, &inner, now_us());
    } else {
        (void)ike_tick(h->s, now_us());
    }
    drain(h);
}

static void connect_once(struct host *h, unsigned idle_ms)
{
    ike_env env = IKE_ENV_INIT;
    const char *why;
    double from = bench_cpu_us();

    h->is_up = h->is_closed = 0;
    h->packets = h->octets = 0;
    env.crypto = h->lab.crypto;
    if (ike_session_new(&h->s, &h->lab.cfg, &env, &why) < 0)
        die(why);
    if (ike_connect(h->s, &h->path, now_us()) < 0)
        die("cannot begin");
    drain(h);
    while (!h->is_up)
        wait_and_take(h);
    printf("%llu %.1f %u %u\n", (unsigned long long)h->handshake_us, bench_cpu_us() - from, h->packets,
           h->octets);
    (void)ike_close(h->s, now_us());
    drain(h);
    while (!h->is_closed)
        wait_and_take(h);
    ike_session_free(h->s);
    usleep(1000u * idle_ms);
}

int main(int argc, char **argv)
{
    static struct host h;
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(4500)};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(4500)};
    socklen_t len = sizeof(sa);
    const ike_crypto *crypto = ike_crypto_mbedtls();

    if (argc != 6 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        die("GATEWAY psk|ecdsa openssl|mbedtls TIMES IDLE_MS");
    if (strcmp(argv[3], "openssl") == 0) {
#ifdef IKE_HAS_OPENSSL
        crypto = ike_crypto_openssl();
#else
        die("built without OpenSSL");
#endif
    }
    pair_lab_open(&h.lab, crypto, strcmp(argv[2], "ecdsa") == 0 ? PAIR_ECDSA : PAIR_PSK);
    h.lab.cfg.encap = IKE_ENCAP_AUTO;
    h.fd = socket(AF_INET, SOCK_DGRAM, 0);
    /* which address of ours leads there */
    if (h.fd < 0 || connect(h.fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        getsockname(h.fd, (struct sockaddr *)&sa, &len) < 0)
        die("no socket");
    (void)connect(h.fd, &(struct sockaddr){.sa_family = AF_UNSPEC}, sizeof(struct sockaddr));
    h.path.local.family = h.path.remote.family = 4;
    memcpy(h.path.local.ip, &sa.sin_addr, 4);
    memcpy(h.path.remote.ip, &to.sin_addr, 4);
    h.path.local.port = ntohs(sa.sin_port);
    for (int i = 0; i < atoi(argv[4]); i++)
        connect_once(&h, (unsigned)atoi(argv[5]));
    pair_lab_close(&h.lab);
    return 0;
}
