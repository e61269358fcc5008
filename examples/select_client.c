/* examples/select_client.c - a client with one socket, poll(2) and a shared key; no event library. SPDX-License-Identifier: Apache-2.0
 *
 *   select_client HOST PORT LOCAL_ID REMOTE_ID SECRET TARGET
 *
 * Connects, pings TARGET (an IPv4 address behind the gateway) through the tunnel, closes. The whole host side of
 * libike is the loop in main: wait for the socket or the deadline, hand over what came, then drain. */
#include <arpa/inet.h>
#include <ike/ike.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct client {
    ike_session *s;
    int fd, is_over, exit_code, replies;
    const char *secret;
    ike_addr inner, target;
};

static ike_time now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts); /* counts while the device sleeps */
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

static ike_addr addr_of(const struct sockaddr_in *sa)
{
    ike_addr a = {.family = 4, .port = ntohs(sa->sin_port)};

    memcpy(a.ip, &sa->sin_addr, 4);
    return a;
}

static struct sockaddr_in sockaddr_of(const ike_addr *a)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(a->port)};

    memcpy(&sa.sin_addr, a->ip, 4);
    return sa;
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

/* An ICMP echo request from our virtual address, sealed and sent: what a TUN would do. */
static void send_ping(struct client *c)
{
    uint8_t ip[64] = {0x45, 0, 0, 64, 0, 0, 0, 0, 64, 1}, out[512];
    struct sockaddr_in to;
    ike_path path;
    uint16_t sum;
    int n;

    memcpy(ip + 12, c->inner.ip, 4);
    memcpy(ip + 16, c->target.ip, 4);
    sum = checksum(ip, 20);
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    ip[20] = 8;
    sum = checksum(ip + 20, sizeof(ip) - 20);
    ip[22] = (uint8_t)(sum >> 8);
    ip[23] = (uint8_t)sum;
    n = ike_seal(c->s, ip, sizeof(ip), out, sizeof(out), &path, now_us());
    if (n <= 0)
        return;
    to = sockaddr_of(&path.remote);
    (void)sendto(c->fd, out, (size_t)n, 0, (struct sockaddr *)&to, sizeof(to));
}

static void on_event(struct client *c, const ike_event *ev)
{
    switch (ev->type) {
    case IKE_EV_ASK: /* the key store: here it is only a string */
        if (ev->u.ask.kind == IKE_ASK_PSK)
            (void)ike_answer(c->s, ev->u.ask.id, 0, (ike_span){(const uint8_t *)c->secret, strlen(c->secret)},
                             now_us());
        else
            (void)ike_answer(c->s, ev->u.ask.id, IKE_E_DENIED, (ike_span){NULL, 0}, now_us());
        break;
    case IKE_EV_UP:
        printf("up: %s as %s, %u round trips\n", ev->u.up.peer_id, ev->u.up.suite, ev->u.up.round_trips);
        break;
    case IKE_EV_CONFIG:
        if (ev->u.config.ip_n > 0)
            c->inner = ev->u.config.ip[0].addr;
        break;
    case IKE_EV_CHILD_UP:
        printf("child: %s\n", ev->u.child.suite);
        send_ping(c);
        break;
    case IKE_EV_CHILD_DOWN:
        fprintf(stderr, "child refused: %s\n", ike_strerror(ev->err));
        (void)ike_close(c->s, now_us());
        break;
    case IKE_EV_CLOSED:
        printf("closed: %s\n", ev->u.closed.reason);
        c->is_over = 1;
        break;
    default:
        break;
    }
}

/* The pump rule: after every call, drain what is to be sent and what happened. */
static void drain(struct client *c)
{
    ike_event ev = IKE_EVENT_INIT;
    uint8_t out[65536];
    ike_path path;
    int n, more;

    do {
        while ((n = ike_poll_send(c->s, out, sizeof(out), &path, now_us())) > 0) {
            struct sockaddr_in to = sockaddr_of(&path.remote);
            (void)sendto(c->fd, out, (size_t)n, 0, (struct sockaddr *)&to, sizeof(to));
        }
        more = ike_poll_event(c->s, &ev) == 1;
        if (more)
            on_event(c, &ev);
    } while (more);
}

static int wait_ms(const struct client *c)
{
    ike_time due = ike_deadline(c->s), now = now_us();

    if (due == IKE_NEVER)
        return -1;
    return due <= now ? 0 : (int)((due - now) / 1000 + 1);
}

static void receive(struct client *c, ike_path path)
{
    uint8_t dgram[65536];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n = recvfrom(c->fd, dgram, sizeof(dgram), 0, (struct sockaddr *)&from, &len);
    ike_span inner;

    if (n <= 0)
        return;
    path.remote = addr_of(&from);
    if (ike_recv(c->s, &path, dgram, (size_t)n, &inner, now_us()) < 0 || inner.n < 28)
        return;
    if (inner.p[9] == 1 && inner.p[20] == 0) { /* ICMP echo reply: that was all we wanted */
        printf("ping answered through the tunnel\n");
        c->replies++;
        c->exit_code = 0;
        (void)ike_close(c->s, now_us());
    }
}

static int open_socket(const char *host, const char *port, ike_path *path)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *res;
    struct sockaddr_in local;
    socklen_t len = sizeof(local);
    int fd, probe;

    if (getaddrinfo(host, port, &hints, &res) != 0)
        return -1;
    memset(path, 0, sizeof(*path));
    path->remote = addr_of((struct sockaddr_in *)(void *)res->ai_addr);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    local = (struct sockaddr_in){.sin_family = AF_INET};
    if (fd < 0 || bind(fd, (struct sockaddr *)&local, sizeof(local)) != 0)
        return -1;
    (void)getsockname(fd, (struct sockaddr *)&local, &len);
    path->local.port = ntohs(local.sin_port);
    probe = socket(AF_INET, SOCK_DGRAM, 0); /* which address would we speak from? NAT detection needs it */
    if (connect(probe, res->ai_addr, res->ai_addrlen) == 0) {
        (void)getsockname(probe, (struct sockaddr *)&local, &len);
        memcpy(path->local.ip, &local.sin_addr, 4);
    }
    path->local.family = 4;
    close(probe);
    freeaddrinfo(res);
    return fd;
}

int main(int argc, char **argv)
{
    struct client c = {.exit_code = 1};
    ike_config cfg = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    const char *why;
    ike_path path;

    if (argc != 7) {
        fprintf(stderr, "usage: select_client HOST PORT LOCAL_ID REMOTE_ID SECRET TARGET\n");
        return 64;
    }
    c.fd = open_socket(argv[1], argv[2], &path);
    c.secret = argv[5];
    if (c.fd < 0 || inet_pton(AF_INET, argv[6], c.target.ip) != 1)
        return 64;
    cfg.local_id = argv[3];
    cfg.remote_id = argv[4];
    cfg.want = IKE_WANT_IP4;
    cfg.encap = IKE_ENCAP_UDP; /* one UDP socket is all we have */
    env.crypto = ike_crypto_mbedtls();
    if (ike_session_new(&c.s, &cfg, &env, &why) < 0 || ike_connect(c.s, &path, now_us()) < 0) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    for (drain(&c); !c.is_over; drain(&c)) {
        struct pollfd p = {.fd = c.fd, .events = POLLIN};
        if (poll(&p, 1, wait_ms(&c)) > 0)
            receive(&c, path);
        if (ike_deadline(c.s) <= now_us())
            (void)ike_tick(c.s, now_us());
    }
    ike_session_free(c.s);
    close(c.fd);
    return c.exit_code;
}
