/* examples/async_keys.c - keys that answer later: a slow token in a process of its own. SPDX-License-Identifier: Apache-2.0
 *
 *   async_keys ADDRESS PORT LOCAL_ID REMOTE_ID SECRET TARGET
 *
 * A session never calls for a key. It asks with an event, and goes on when ike_answer comes; until then the loop
 * serves the socket, the deadline and whatever else it has to. Here every ask becomes a child process whose answer
 * comes through a pipe. What an event points to is gone with the next call on the session: a thread would have to copy
 * the ask, fork(2) has done so. The child knows an ike_keystore only, so shared keys, signatures and verdicts on
 * certificates leave and return alike. */
#include <arpa/inet.h>
#include <ike/ike.h>
#include <ike/keystore.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_MS 600 /* how long this token thinks */
#define BEAT_MS  50  /* how often the loop has something else to do */

struct answer { /* what goes through the pipe, in one piece: smaller than PIPE_BUF */
    uint32_t ask_id;
    int verdict;
    size_t n;
    uint8_t data[2048];
};

struct host {
    ike_session *s;
    ike_keystore keys;
    int fd, answers[2], exit_code;
    unsigned beats, is_over;
    uint8_t own[4], target[4];
};

static ike_time now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

/* The ask leaves; nothing waits for it. Any number may be under way. */
static void ask_token(struct host *h, const ike_ask *ask)
{
    struct answer a = {.ask_id = ask->id};
    pid_t pid = fork();

    h->beats = 0;
    if (pid < 0)
        (void)ike_answer(h->s, ask->id, IKE_E_DENIED, (ike_span){NULL, 0}, now_us());
    if (pid != 0)
        return;
    poll(NULL, 0, TOKEN_MS);
    a.verdict = h->keys.answer(h->keys.self, ask, a.data, sizeof(a.data), &a.n);
    _exit(write(h->answers[1], &a, sizeof(a)) != (ssize_t)sizeof(a));
}

/* An answer is back. Should the session have given up meanwhile, ike_answer ignores it. */
static void take_answer(struct host *h)
{
    struct answer a;

    if (read(h->answers[0], &a, sizeof(a)) != (ssize_t)sizeof(a))
        return;
    printf("the token says %s; meanwhile the loop did %u other things\n",
           a.verdict < 0 ? ike_strerror(a.verdict) : "yes", h->beats);
    (void)ike_answer(h->s, a.ask_id, a.verdict, (ike_span){a.data, a.n}, now_us());
    explicit_bzero(&a, sizeof(a));
}

static void send_to(const struct host *h, const ike_path *to, const uint8_t *p, size_t n)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(to->remote.port)};

    memcpy(&sa.sin_addr, to->remote.ip, 4);
    (void)sendto(h->fd, p, n, 0, (struct sockaddr *)&sa, sizeof(sa));
}

/* An echo request; the checksum of its empty ICMP part is known beforehand. */
static void ping(const struct host *h)
{
    uint8_t ip[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, [20] = 8, [22] = 0xf7, 0xff}, out[256];
    uint32_t sum = 0;
    ike_path to;
    int n;

    memcpy(ip + 12, h->own, 4);
    memcpy(ip + 16, h->target, 4);
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    n = ike_seal(h->s, ip, sizeof(ip), out, sizeof(out), &to, now_us());
    if (n > 0)
        send_to(h, &to, out, (size_t)n);
}

static void on_event(struct host *h, const ike_event *ev)
{
    if (ev->type == IKE_EV_ASK)
        ask_token(h, &ev->u.ask);
    if (ev->type == IKE_EV_CONFIG && ev->u.config.ip_n > 0)
        memcpy(h->own, ev->u.config.ip[0].addr.ip, 4);
    if (ev->type == IKE_EV_CHILD_UP)
        ping(h);
    if (ev->type == IKE_EV_CHILD_DOWN) {
        printf("child refused: %s\n", ike_strerror(ev->err));
        (void)ike_close(h->s, now_us());
    }
    if (ev->type == IKE_EV_CLOSED) {
        printf("closed: %s\n", ev->u.closed.reason);
        h->is_over = 1;
    }
}

static void drain(struct host *h)
{
    ike_event ev = IKE_EVENT_INIT;
    uint8_t out[65536];
    ike_path to;
    int n;

    do {
        while ((n = ike_poll_send(h->s, out, sizeof(out), &to, now_us())) > 0)
            send_to(h, &to, out, (size_t)n);
        ev.type = IKE_EV_NONE;
        if (ike_poll_event(h->s, &ev) == 1)
            on_event(h, &ev);
    } while (ev.type != IKE_EV_NONE);
}

static void receive(struct host *h, ike_path path)
{
    uint8_t dgram[65536];
    struct sockaddr_in from;
    socklen_t len = sizeof(from);
    ssize_t n = recvfrom(h->fd, dgram, sizeof(dgram), 0, (struct sockaddr *)&from, &len);
    ike_span inner;

    if (n <= 0)
        return;
    memcpy(path.remote.ip, &from.sin_addr, 4);
    path.remote.port = ntohs(from.sin_port);
    if (ike_recv(h->s, &path, dgram, (size_t)n, &inner, now_us()) < 0 || inner.n < 28)
        return;
    if (inner.p[9] == 1 && inner.p[20] == 0) {
        printf("ping answered through the tunnel\n");
        h->exit_code = 0;
        (void)ike_close(h->s, now_us());
    }
}

static void run(struct host *h, const ike_path *path)
{
    struct pollfd p[2] = {{.fd = h->fd, .events = POLLIN}, {.fd = h->answers[0], .events = POLLIN}};
    ike_time beat = now_us() + BEAT_MS * 1000u, due, now;

    for (drain(h); !h->is_over; drain(h)) {
        due = ike_deadline(h->s) < beat ? ike_deadline(h->s) : beat;
        now = now_us();
        poll(p, 2, due > now ? (int)((due - now) / 1000u + 1) : 0);
        if (p[0].revents)
            receive(h, *path);
        if (p[1].revents)
            take_answer(h);
        now = now_us();
        if (now >= ike_deadline(h->s))
            (void)ike_tick(h->s, now);
        if (now >= beat) { /* a screen, another session, ... */
            h->beats++;
            beat = now + BEAT_MS * 1000u;
        }
    }
}

int main(int argc, char **argv)
{
    struct host h = {.exit_code = 1};
    ike_keyfile files = IKE_KEYFILE_INIT; /* with certs, key and trust the token signs and verifies too */
    ike_config cfg = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    ike_path path = {.local.family = 4,
                     .remote.family = 4}; /* with IKE_ENCAP_UDP our own address does not matter */
    const char *why = "usage: async_keys ADDRESS PORT LOCAL_ID REMOTE_ID SECRET TARGET";

    if (argc != 7 || inet_pton(AF_INET, argv[1], path.remote.ip) != 1 ||
        inet_pton(AF_INET, argv[6], h.target) != 1) {
        fprintf(stderr, "%s\n", why);
        return 64;
    }
    path.remote.port = (uint16_t)atoi(argv[2]);
    h.fd = socket(AF_INET, SOCK_DGRAM, 0);
    files.psk = (ike_span){(const uint8_t *)argv[5], strlen(argv[5])};
    cfg.local_id = argv[3];
    cfg.remote_id = argv[4];
    cfg.want = IKE_WANT_IP4;
    cfg.encap = IKE_ENCAP_UDP;
    env.crypto = ike_crypto_mbedtls();
    signal(SIGCHLD, SIG_IGN); /* a careful host waits for them: a token that died answers IKE_E_DENIED */
    if (h.fd < 0 || pipe(h.answers) != 0 || ike_keystore_file(&h.keys, &files, &why) < 0 ||
        ike_session_new(&h.s, &cfg, &env, &why) < 0 || ike_connect(h.s, &path, now_us()) < 0) {
        fprintf(stderr, "async_keys: %s\n", why);
        return 1;
    }
    run(&h, &path);
    ike_session_free(h.s);
    h.keys.close(h.keys.self);
    close(h.fd);
    return h.exit_code;
}
