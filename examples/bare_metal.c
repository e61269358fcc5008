/* examples/bare_metal.c - no heap, no event library: a static arena and four functions of a board. SPDX-License-Identifier: Apache-2.0
 *
 *   bare_metal ADDRESS PORT LOCAL_ID REMOTE_ID SECRET TARGET
 *
 * Connects, pings TARGET through the tunnel, closes, and says how much memory that took. The board's functions stand on
 * sockets here; everything below them runs as it is on a device without an operating system. The session's memory is
 * the arena alone. A crypto backend may have needs of its own: mbedTLS computes large numbers on its heap, which
 * MBEDTLS_MEMORY_BUFFER_ALLOC_C puts into a static buffer too. */
#include <arpa/inet.h>
#include <ike/ike.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* ---- the board: replace these four ---- */

static int board_socket;

static ike_time board_now(void) /* counts while the device sleeps */
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

static void board_send(const ike_addr *to, const uint8_t *p, size_t n)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(to->port)};

    memcpy(&sa.sin_addr, to->ip, 4);
    (void)sendto(board_socket, p, n, 0, (struct sockaddr *)&sa, sizeof(sa));
}

static void board_sleep(ike_time until) /* or until a datagram is there */
{
    struct pollfd p = {.fd = board_socket, .events = POLLIN};
    ike_time now = board_now();

    (void)poll(&p, 1, until == IKE_NEVER ? -1 : until > now ? (int)((until - now) / 1000u + 1) : 0);
}

static size_t board_receive(uint8_t *p, size_t cap, ike_addr *from) /* octets; 0: nothing there */
{
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    ssize_t n = recvfrom(board_socket, p, cap, MSG_DONTWAIT, (struct sockaddr *)&sa, &len);

    if (n <= 0)
        return 0;
    *from = (ike_addr){.family = 4, .port = ntohs(sa.sin_port)};
    memcpy(from->ip, &sa.sin_addr, 4);
    return (size_t)n;
}

/* ---- the arena ----
 * Powers of two, a list of free blocks for each. The library says how large what it gives back is, so a block
 * needs no header; and it has wiped it. */

#define ARENA_SIZE 65536u
#define CLASSES    17u

static struct arena {
    _Alignas(max_align_t) uint8_t octets[ARENA_SIZE];
    size_t top, live;
    void *free[CLASSES]; /* each block begins with a pointer to the next */
} arena;

static unsigned class_of(size_t n)
{
    unsigned c = 4; /* 16 octets are aligned for any type */

    while (c < CLASSES && (size_t)1 << c < n)
        c++;
    return c;
}

static void *arena_alloc(void *self, size_t n)
{
    struct arena *a = self;
    unsigned c = class_of(n);
    size_t size = (size_t)1 << c;
    void *p = c < CLASSES ? a->free[c] : NULL;

    if (p) {
        memcpy(&a->free[c], p, sizeof(void *));
    } else {
        if (size > ARENA_SIZE - a->top)
            return NULL;
        p = a->octets + a->top;
        a->top += size;
    }
    a->live += size;
    return memset(p, 0, size);
}

static void arena_release(void *self, void *p, size_t n)
{
    struct arena *a = self;
    unsigned c = class_of(n);

    memcpy(p, &a->free[c], sizeof(void *));
    a->free[c] = p;
    a->live -= (size_t)1 << c;
}

/* ---- the client ---- */

static struct client {
    ike_session *s;
    const char *secret;
    uint8_t own[4], target[4];
    uint8_t dgram[2048]; /* for what comes and what goes: ike_config.fragment_size keeps IKE below it */
    int is_over, exit_code;
} client;

/* An echo request, sealed where it lies; the checksum of its empty ICMP part is known beforehand. */
static void ping(struct client *c)
{
    ike_packet pkt = {.buf = c->dgram, .cap = sizeof(c->dgram), .off = IKE_HEADROOM, .n = 28};
    uint8_t *ip = c->dgram + IKE_HEADROOM;
    uint32_t sum = 0;
    ike_path to;

    memset(ip, 0, 28);
    memcpy(ip, (const uint8_t[]){0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1}, 10);
    memcpy(ip + 12, c->own, 4);
    memcpy(ip + 16, c->target, 4);
    memcpy(ip + 20, (const uint8_t[]){8, 0, 0xf7, 0xff}, 4);
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    if (ike_seal_n(c->s, &pkt, 1, &to, board_now()) == 1)
        board_send(&to.remote, pkt.buf + pkt.off, pkt.n);
}

static void on_event(struct client *c, const ike_event *ev)
{
    if (ev->type == IKE_EV_ASK)
        (void)ike_answer(c->s, ev->u.ask.id, ev->u.ask.kind == IKE_ASK_PSK ? 0 : IKE_E_DENIED,
                         (ike_span){(const uint8_t *)c->secret, strlen(c->secret)}, board_now());
    if (ev->type == IKE_EV_CONFIG && ev->u.config.ip_n > 0)
        memcpy(c->own, ev->u.config.ip[0].addr.ip, 4);
    if (ev->type == IKE_EV_CHILD_UP)
        ping(c);
    if (ev->type == IKE_EV_CHILD_DOWN) {
        printf("child refused: %s\n", ike_strerror(ev->err));
        (void)ike_close(c->s, board_now());
    }
    if (ev->type == IKE_EV_CLOSED) {
        printf("closed: %s\n", ev->u.closed.reason);
        c->is_over = 1;
    }
}

static void on_inner(struct client *c, ike_span ip)
{
    if (ip.n < 28 || ip.p[9] != 1 || ip.p[20] != 0)
        return;
    printf("ping answered through the tunnel\n");
    c->exit_code = 0;
    (void)ike_close(c->s, board_now());
}

/* One turn of the main loop: what came, what is due, what goes out, what happened. 1: there may be more at once. */
static int turn(struct client *c, ike_path path)
{
    ike_event ev = IKE_EVENT_INIT;
    ike_span inner;
    size_t n = board_receive(c->dgram, sizeof(c->dgram), &path.remote);
    int out;

    if (n > 0 && ike_recv(c->s, &path, c->dgram, n, &inner, board_now()) == 0)
        on_inner(c, inner);
    if (board_now() >= ike_deadline(c->s))
        (void)ike_tick(c->s, board_now());
    while ((out = ike_poll_send(c->s, c->dgram, sizeof(c->dgram), &path, board_now())) > 0)
        board_send(&path.remote, c->dgram, (size_t)out);
    if (ike_poll_event(c->s, &ev) != 1)
        return n > 0;
    on_event(c, &ev);
    return 1;
}

int main(int argc, char **argv)
{
    static const ike_alloc alloc = {arena_alloc, arena_release, &arena};
    ike_path path = {.local.family = 4,
                     .remote.family = 4}; /* with IKE_ENCAP_UDP our own address does not matter */
    ike_config cfg = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    struct client *c = &client;
    const char *why = "no session";

    if (argc != 7 || inet_pton(AF_INET, argv[1], path.remote.ip) != 1 ||
        inet_pton(AF_INET, argv[6], c->target) != 1) {
        fprintf(stderr, "usage: bare_metal ADDRESS PORT LOCAL_ID REMOTE_ID SECRET TARGET\n");
        return 64;
    }
    board_socket = socket(AF_INET, SOCK_DGRAM, 0);
    path.remote.port = (uint16_t)atoi(argv[2]);
    c->secret = argv[5];
    c->exit_code = 1;
    cfg.local_id = argv[3];
    cfg.remote_id = argv[4];
    cfg.want = IKE_WANT_IP4;
    cfg.encap = IKE_ENCAP_UDP;
    cfg.reassembly_max = 8192; /* bounds what a peer can make us hold */
    env.crypto = ike_crypto_mbedtls();
    env.alloc = &alloc;
    if (ike_session_new(&c->s, &cfg, &env, &why) < 0 || ike_connect(c->s, &path, board_now()) < 0) {
        fprintf(stderr, "bare_metal: %s\n", why);
        return 1;
    }
    while (!c->is_over)
        if (!turn(c, path))
            board_sleep(ike_deadline(c->s));
    ike_session_free(c->s);
    printf("arena: %zu of %u octets at most, %zu left behind\n", arena.top, ARENA_SIZE, arena.live);
    return arena.live > 0 ? 1 : c->exit_code;
}
