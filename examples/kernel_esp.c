/* examples/kernel_esp.c - ESP outside the session: in a kernel, or in objects of your own. SPDX-License-Identifier: Apache-2.0
 *
 *   kernel_esp ADDRESS PORT LOCAL_ID REMOTE_ID SECRET TARGET [--show-keys]
 *
 * The session negotiates and ike_child_export hands over the child's keys. They are used twice here: as the ip-xfrm(8)
 * commands that give them to a Linux kernel (printed, not run; keys only with --show-keys), and by a pair of ike_esp
 * objects, which carry one ping to TARGET and so prove the export right. A host uses one of the two, never both:
 * one key with two users repeats IVs. Commands go to stdout, everything else to stderr. */
#include <arpa/inet.h>
#include <ike/esp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct host {
    ike_session *s;
    ike_env env;
    ike_path path;     /* as the last datagram took it: the outer addresses of the SAs */
    ike_esp *in, *out; /* once exported */
    uint32_t spi_in;
    int fd, shows_keys, is_over, exit_code;
    const char *secret;
    uint8_t own[4], target[4];
};

static ike_time now_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (ike_time)ts.tv_sec * 1000000u + (ike_time)ts.tv_nsec / 1000u;
}

/* ---- for the kernel ---- */

static void print_key(const struct host *h, const char *kind, const char *name, ike_span key,
                      unsigned icv_bits)
{
    printf(" %s '%s' %s", kind, name, h->shows_keys ? "0x" : "<redacted>");
    for (size_t i = 0; h->shows_keys && i < key.n; i++)
        printf("%02x", key.p[i]);
    if (icv_bits > 0)
        printf(" %u", icv_bits);
}

/* IANA's numbers in the kernel's words. Keys go as they are: the salt stands behind the key in both worlds. */
static void print_algorithms(const struct host *h, const ike_child_keys *k, ike_span key, ike_span integ)
{
    static const struct {
        uint16_t id, icv_bits;
        const char *kind, *name;
    } encr[] = {{12, 0, "enc", "cbc(aes)"},
                {13, 0, "enc", "rfc3686(ctr(aes))"},
                {18, 64, "aead", "rfc4106(gcm(aes))"},
                {19, 96, "aead", "rfc4106(gcm(aes))"},
                {20, 128, "aead", "rfc4106(gcm(aes))"},
                {28, 128, "aead", "rfc7539esp(chacha20,poly1305)"}},
      mac[] = {{2, 96, "auth-trunc", "hmac(sha1)"},
               {12, 128, "auth-trunc", "hmac(sha256)"},
               {13, 192, "auth-trunc", "hmac(sha384)"},
               {14, 256, "auth-trunc", "hmac(sha512)"}};

    for (size_t i = 0; i < sizeof(encr) / sizeof(encr[0]); i++)
        if (encr[i].id == k->encr)
            print_key(h, encr[i].kind, encr[i].name, key, encr[i].icv_bits);
    for (size_t i = 0; i < sizeof(mac) / sizeof(mac[0]); i++)
        if (mac[i].id == k->integ)
            print_key(h, mac[i].kind, mac[i].name, integ, mac[i].icv_bits);
}

static void print_state(const struct host *h, const ike_child_keys *k, int inbound)
{
    const ike_addr *from = inbound ? &h->path.remote : &h->path.local;
    const ike_addr *to = inbound ? &h->path.local : &h->path.remote;
    char src[INET_ADDRSTRLEN], dst[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, from->ip, src, sizeof(src));
    inet_ntop(AF_INET, to->ip, dst, sizeof(dst));
    printf("ip xfrm state add src %s dst %s proto esp spi 0x%08x reqid 1 mode tunnel replay-window 128%s",
           src, dst, inbound ? k->spi_in : k->spi_out, k->esn ? " flag esn" : "");
    print_algorithms(h, k, inbound ? k->in_key : k->out_key, inbound ? k->in_integ : k->out_integ);
    /* The socket that carries IKE needs UDP_ENCAP (udp(7)) for the kernel to take its ESP out. */
    printf(" encap espinudp %u %u 0.0.0.0\n", from->port, to->port);
}

/* The kernel selects by prefix. A range that is none becomes the next larger prefix: what is too much the gateway drops. */
static void print_prefix(const char *word, const ike_ts *ts)
{
    char text[INET6_ADDRSTRLEN];
    unsigned bits = 0, most = ts->first.family == 4 ? 32 : 128;

    while (bits < most && !((ts->first.ip[bits / 8] ^ ts->last.ip[bits / 8]) & 0x80 >> bits % 8))
        bits++;
    inet_ntop(ts->first.family == 4 ? AF_INET : AF_INET6, ts->first.ip, text, sizeof(text));
    printf(" %s %s/%u", word, text, bits);
}

/* The template, outer addresses and all, leads to the SA; a host that routes needs the policy of `in` as `fwd` too. */
static void print_policies(const struct host *h, const ike_ts *local, const ike_ts *remote)
{
    char ours[INET_ADDRSTRLEN], theirs[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, h->path.local.ip, ours, sizeof(ours));
    inet_ntop(AF_INET, h->path.remote.ip, theirs, sizeof(theirs));
    for (int inbound = 0; inbound < 2; inbound++) {
        printf("ip xfrm policy add");
        print_prefix("src", inbound ? remote : local);
        print_prefix("dst", inbound ? local : remote);
        printf(" dir %s tmpl src %s dst %s proto esp reqid 1 mode tunnel\n", inbound ? "in" : "out",
               inbound ? theirs : ours, inbound ? ours : theirs);
    }
}

/* ---- in this process ---- */

static int make_esp(struct host *h, const ike_child_keys *k, const ike_child *child)
{
    ike_esp_config c = IKE_ESP_CONFIG_INIT;

    c.encr = k->encr;
    c.encr_bits = k->encr_bits;
    c.integ = k->integ;
    c.esn = k->esn;
    c.local = child->local;
    c.local_n = child->local_n;
    c.remote = child->remote;
    c.remote_n = child->remote_n;
    c.spi = h->spi_in = k->spi_in;
    c.key = k->in_key;
    c.integ_key = k->in_integ;
    if (ike_esp_new_in(&h->in, &c, &h->env) < 0)
        return -1;
    c.spi = k->spi_out;
    c.key = k->out_key;
    c.integ_key = k->out_integ;
    c.first_seq = k->out_seq; /* where the session stopped, so that no IV is used twice */
    return ike_esp_new_out(&h->out, &c, &h->env);
}

/* An echo request, sealed where it lies; the checksum of its empty ICMP part is known beforehand. */
static void ping(struct host *h)
{
    uint8_t buf[IKE_HEADROOM + 28 + IKE_TAILROOM] = {0}, *ip = buf + IKE_HEADROOM;
    ike_packet pkt = {.buf = buf, .cap = sizeof(buf), .off = IKE_HEADROOM, .n = 28};
    uint32_t sum = 0;

    memcpy(ip, (const uint8_t[]){0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1}, 10);
    memcpy(ip + 12, h->own, 4);
    memcpy(ip + 16, h->target, 4);
    memcpy(ip + 20, (const uint8_t[]){8, 0, 0xf7, 0xff}, 4);
    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~(sum + (sum >> 16));
    ip[10] = (uint8_t)(sum >> 8);
    ip[11] = (uint8_t)sum;
    if (ike_esp_seal(h->out, &pkt, 1) == 1)
        (void)send(h->fd, pkt.buf + pkt.off, pkt.n, 0);
    else
        fprintf(stderr, "kernel_esp: %s\n", ike_strerror(pkt.err));
}

/* 1: the datagram was ESP for the exported child, and is done with. */
static int take_esp(struct host *h, uint8_t *dgram, size_t n)
{
    ike_packet pkt = {.buf = dgram, .cap = n, .n = (uint32_t)n};
    uint32_t spi = 0;

    memcpy(&spi, dgram, n < sizeof(spi) ? n : sizeof(spi));
    if (!h->in || ntohl(spi) != h->spi_in)
        return 0;
    if (ike_esp_open(h->in, &pkt, 1) == 1 && pkt.n >= 28 && pkt.buf[pkt.off + 9] == 1 &&
        pkt.buf[pkt.off + 20] == 0) {
        fprintf(stderr, "ping answered with the exported keys\n");
        h->exit_code = 0;
        (void)ike_close(h->s, now_us());
    }
    return 1;
}

/* ---- the session ---- */

static void on_child(struct host *h, const ike_child *shown)
{
    ike_child_keys keys = IKE_CHILD_KEYS_INIT;
    ike_child child = *shown;
    ike_ts local[16], remote[16]; /* the event's pointers end with the next call on the session */

    child.local = memcpy(local, shown->local, shown->local_n * sizeof(local[0]));
    child.remote = memcpy(remote, shown->remote, shown->remote_n * sizeof(remote[0]));
    if (ike_child_export(h->s, child.id, &keys) < 0 || make_esp(h, &keys, &child) < 0) {
        fprintf(stderr, "kernel_esp: no keys\n");
        (void)ike_close(h->s, now_us());
        return;
    }
    print_state(h, &keys, 0);
    print_state(h, &keys, 1);
    for (uint32_t i = 0; i < child.local_n; i++)
        for (uint32_t j = 0; j < child.remote_n; j++)
            if (local[i].first.family == remote[j].first.family)
                print_policies(h, &local[i], &remote[j]);
    ping(h);
}

static void on_event(struct host *h, const ike_event *ev)
{
    if (ev->type == IKE_EV_ASK)
        (void)ike_answer(h->s, ev->u.ask.id, ev->u.ask.kind == IKE_ASK_PSK ? 0 : IKE_E_DENIED,
                         (ike_span){(const uint8_t *)h->secret, strlen(h->secret)}, now_us());
    if (ev->type == IKE_EV_CONFIG && ev->u.config.ip_n > 0)
        memcpy(h->own, ev->u.config.ip[0].addr.ip, 4);
    if (ev->type == IKE_EV_CHILD_UP)
        on_child(h, &ev->u.child);
    if (ev->type == IKE_EV_CHILD_DOWN) {
        fprintf(stderr, "child refused: %s\n", ike_strerror(ev->err));
        (void)ike_close(h->s, now_us());
    }
    if (ev->type == IKE_EV_CLOSED) {
        fprintf(stderr, "closed: %s\n", ev->u.closed.reason);
        h->is_over = 1;
    }
}

/* Connected, so that the system names our address: a kernel must know both ends. Port 500 moves to 4500 on the way. */
static int aim(struct host *h, const ike_addr *remote)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(remote->port)};
    socklen_t len = sizeof(sa);

    memcpy(&sa.sin_addr, remote->ip, 4);
    if (connect(h->fd, (struct sockaddr *)&sa, len) != 0 ||
        getsockname(h->fd, (struct sockaddr *)&sa, &len) != 0)
        return -1;
    h->path.remote = *remote;
    h->path.local = (ike_addr){.family = 4, .port = ntohs(sa.sin_port)};
    memcpy(h->path.local.ip, &sa.sin_addr, 4);
    return 0;
}

static void run(struct host *h)
{
    ike_event ev = IKE_EVENT_INIT;
    uint8_t dgram[65536];
    ike_span inner;
    ike_path to;
    ssize_t n;

    while (!h->is_over) {
        struct pollfd p = {.fd = h->fd, .events = POLLIN};
        ike_time now = now_us(), due;

        if (now >= ike_deadline(h->s))
            (void)ike_tick(h->s, now);
        while ((n = ike_poll_send(h->s, dgram, sizeof(dgram), &to, now)) > 0)
            if (aim(h, &to.remote) == 0)
                (void)send(h->fd, dgram, (size_t)n, 0);
        if (ike_poll_event(h->s, &ev) == 1) {
            on_event(h, &ev);
            continue; /* what it led to is sent before we wait */
        }
        due = ike_deadline(h->s);
        if (poll(&p, 1, due == IKE_NEVER ? -1 : due > now ? (int)((due - now) / 1000u + 1) : 0) <= 0)
            continue;
        n = recv(h->fd, dgram, sizeof(dgram), 0);
        if (n > 0 && !take_esp(h, dgram, (size_t)n))
            (void)ike_recv(h->s, &h->path, dgram, (size_t)n, &inner, now_us());
    }
}

int main(int argc, char **argv)
{
    struct host h = {.env = IKE_ENV_INIT, .exit_code = 1};
    ike_config cfg = IKE_CONFIG_INIT;
    ike_addr gateway = {.family = 4};
    const char *why = "cannot reach the gateway";

    h.shows_keys = argc == 8 && strcmp(argv[7], "--show-keys") == 0;
    if (argc != 7 + h.shows_keys || inet_pton(AF_INET, argv[1], gateway.ip) != 1 ||
        inet_pton(AF_INET, argv[6], h.target) != 1) {
        fprintf(stderr, "usage: kernel_esp ADDRESS PORT LOCAL_ID REMOTE_ID SECRET TARGET [--show-keys]\n");
        return 64;
    }
    gateway.port = (uint16_t)atoi(argv[2]);
    h.fd = socket(AF_INET, SOCK_DGRAM, 0);
    h.secret = argv[5];
    h.env.crypto = ike_crypto_mbedtls();
    cfg.local_id = argv[3];
    cfg.remote_id = argv[4];
    cfg.want = IKE_WANT_IP4;
    cfg.encap = IKE_ENCAP_UDP; /* the session has no way to see ESP that is not in UDP */
    if (aim(&h, &gateway) < 0 || ike_session_new(&h.s, &cfg, &h.env, &why) < 0 ||
        ike_connect(h.s, &h.path, now_us()) < 0) {
        fprintf(stderr, "kernel_esp: %s\n", why);
        return 1;
    }
    run(&h);
    ike_esp_free(h.in);
    ike_esp_free(h.out);
    ike_session_free(h.s);
    close(h.fd);
    return h.exit_code;
}
