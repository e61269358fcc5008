/* tests/bench/connect.c - connects again and again to a real gateway, without a TUN (B6, B7, B12). SPDX-License-Identifier: Apache-2.0
 *
 *   connect GATEWAY psk|ecdsa openssl|mbedtls TIMES IDLE_MS|all
 *
 * One after the other, with IDLE_MS between them, each deleted before the next: a line for each, with microseconds from the
 * first request to the last response, and of this process's CPU from a new session to its first child, system calls
 * included; packets and octets (IP) both ways until then. all: all at once, a socket each, behind a first one that does not
 * count, and one line: 0, CPU of one, packets and octets of one.
 *
 * Not here: the gateway (handshake.sh), which shares key, identities and certificates with pair.c. */
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

#define MOST 200u

struct host {
    const struct pair_lab *lab; /* configuration and keys only */
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
        verdict = pair_answer(h->lab, &ev->u.ask, out, sizeof(out), &n);
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

static void take(struct host *h)
{
    static uint8_t in[65536];
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    ike_path from = h->path;
    ike_span inner;
    ssize_t n = recvfrom(h->fd, in, sizeof(in), MSG_DONTWAIT, (struct sockaddr *)&sa, &len);

    from.remote.port = ntohs(sa.sin_port);
    if (n <= 0)
        return;
    count(h, n);
    (void)ike_recv(h->s, &from, in, (size_t)n, &inner, now_us());
}

/* Until one of them has something, or the first deadline. */
static void wait_and_take(struct host *hosts, unsigned n)
{
    struct pollfd ready[MOST];
    ike_time due = IKE_NEVER, now = now_us();

    for (unsigned i = 0; i < n; i++) {
        ike_time its = ike_deadline(hosts[i].s);
        due = its < due ? its : due;
        ready[i] = (struct pollfd){.fd = hosts[i].fd, .events = POLLIN};
    }
    (void)poll(ready, n, due <= now ? 0 : due - now > 1000000u ? 1000 : (int)((due - now) / 1000u) + 1);
    now = now_us();
    for (unsigned i = 0; i < n; i++) {
        if (ready[i].revents & POLLIN)
            take(&hosts[i]);
        else if (ike_deadline(hosts[i].s) <= now)
            (void)ike_tick(hosts[i].s, now);
        else
            continue;
        drain(&hosts[i]);
    }
}

static void begin(struct host *h)
{
    ike_env env = IKE_ENV_INIT;
    const char *why;

    h->is_up = h->is_closed = 0;
    h->packets = h->octets = 0;
    env.crypto = h->lab->crypto;
    if (ike_session_new(&h->s, &h->lab->cfg, &env, &why) < 0)
        die(why);
    if (ike_connect(h->s, &h->path, now_us()) < 0)
        die("cannot begin");
    drain(h);
}

static void end(struct host *h)
{
    (void)ike_close(h->s, now_us());
    drain(h);
    while (!h->is_closed)
        wait_and_take(h, 1);
    ike_session_free(h->s);
}

static void open_socket(struct host *h, const struct pair_lab *lab, const char *gateway)
{
    struct sockaddr_in own = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(4500)};
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    socklen_t len = sizeof(own);

    memset(h, 0, sizeof(*h));
    h->lab = lab;
    h->fd = socket(AF_INET, SOCK_DGRAM, 0);
    /* connected for a moment: which address of ours leads there */
    if (inet_pton(AF_INET, gateway, &to.sin_addr) != 1 || h->fd < 0 ||
        connect(h->fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
        getsockname(h->fd, (struct sockaddr *)&own, &len) < 0)
        die("no socket");
    (void)connect(h->fd, &none, sizeof(none));
    h->path.local.family = h->path.remote.family = 4;
    memcpy(h->path.local.ip, &own.sin_addr, 4);
    memcpy(h->path.remote.ip, &to.sin_addr, 4);
    h->path.local.port = ntohs(own.sin_port);
}

static void one_by_one(struct host *h, unsigned times, unsigned idle_ms)
{
    for (unsigned i = 0; i < times; i++) {
        double from = bench_cpu_us();
        begin(h);
        while (!h->is_up)
            wait_and_take(h, 1);
        printf("%llu %.1f %u %u\n", (unsigned long long)h->handshake_us, bench_cpu_us() - from, h->packets,
               h->octets);
        end(h);
        usleep(1000u * idle_ms);
    }
}

static void all_at_once(struct host *hosts, unsigned n)
{
    double from;
    unsigned up = 0;

    begin(hosts); /* what a process does once is not what a connection costs */
    while (!hosts->is_up)
        wait_and_take(hosts, 1);
    end(hosts);
    from = bench_cpu_us();
    for (unsigned i = 0; i < n; i++)
        begin(&hosts[i]);
    while (up < n) {
        wait_and_take(hosts, n);
        up = 0;
        for (unsigned i = 0; i < n; i++)
            up += (unsigned)hosts[i].is_up;
    }
    printf("0 %.1f %u %u\n", (bench_cpu_us() - from) / n, hosts[0].packets, hosts[0].octets);
    for (unsigned i = 0; i < n; i++)
        end(&hosts[i]);
}

int main(int argc, char **argv)
{
    static struct host hosts[MOST];
    static struct pair_lab lab;
    const ike_crypto *crypto = ike_crypto_mbedtls();
    unsigned times, all;

    if (argc != 6)
        die("GATEWAY psk|ecdsa openssl|mbedtls TIMES IDLE_MS|all");
    if (strcmp(argv[3], "openssl") == 0) {
#ifdef IKE_HAS_OPENSSL
        crypto = ike_crypto_openssl();
#else
        die("built without OpenSSL");
#endif
    }
    times = (unsigned)atoi(argv[4]);
    all = strcmp(argv[5], "all") == 0;
    if (all && (times == 0 || times > MOST))
        die("1 to 200 at once");
    pair_lab_open(&lab, crypto, strcmp(argv[2], "ecdsa") == 0 ? PAIR_ECDSA : PAIR_PSK);
    lab.cfg.encap = IKE_ENCAP_AUTO;
    for (unsigned i = 0; i < (all ? times : 1); i++)
        open_socket(&hosts[i], &lab, argv[1]);
    if (all)
        all_at_once(hosts, times);
    else
        one_by_one(hosts, times, (unsigned)atoi(argv[5]));
    pair_lab_close(&lab);
    return 0;
}
