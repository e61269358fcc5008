/* tests/peer/gateway_main.c - the scripted gateway as a process, for the demo and the examples. SPDX-License-Identifier: Apache-2.0
 *
 *   gateway --listen 127.0.0.1:PORT --id gw.test (--psk SECRET | --cert FILE --key FILE --ca FILE) [--cookie] [--quiet]
 *
 * Prints "ready PORT" when it listens (port 0: any). Answers echo requests (ICMP, ICMPv6) inside the tunnel for any
 * address. Several clients at once, one after the other for ever. */
#include "peer/peer.h"
#include <arpa/inet.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS 16

struct gateway {
    struct peer_config cfg;
    struct peer *client[CLIENTS];
    unsigned next;
    int fd;
    ike_addr self;
};

static void send_to(struct gateway *g, const ike_path *to, const uint8_t *p, size_t n)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(to->remote.port)};

    memcpy(&sa.sin_addr, to->remote.ip, 4);
    (void)sendto(g->fd, p, n, 0, (struct sockaddr *)&sa, sizeof(sa));
}

static uint16_t checksum(const uint8_t *p, size_t n, uint32_t sum)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += (uint32_t)(p[i] << 8 | p[i + 1]);
    if (n & 1)
        sum += (uint32_t)(p[n - 1] << 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

/* Turns an echo request into its reply: 1; anything else: 0. */
static int make_echo(uint8_t *ip, size_t n)
{
    uint8_t swap[16];
    size_t header = (size_t)(ip[0] & 15) * 4;

    if (ip[0] >> 4 == 4 && ip[9] == 1 && n >= header + 8 && ip[header] == 8) {
        memcpy(swap, ip + 12, 4);
        memcpy(ip + 12, ip + 16, 4);
        memcpy(ip + 16, swap, 4);
        ip[header] = 0;
        ike__put_be16(ip + header + 2, 0);
        ike__put_be16(ip + header + 2, checksum(ip + header, n - header, 0));
        return 1;
    }
    if (ip[0] >> 4 == 6 && ip[6] == 58 && n >= 48 && ip[40] == 128) {
        memcpy(swap, ip + 8, 16);
        memcpy(ip + 8, ip + 24, 16);
        memcpy(ip + 24, swap, 16);
        ip[40] = 129;
        ike__put_be16(ip + 42, 0);
        ike__put_be16(ip + 42, checksum(ip + 40, n - 40, (uint32_t)(n - 40) + 58u));
        return 1;
    }
    return 0;
}

static int owns(const struct peer *p, const uint8_t *d, size_t n)
{
    if (ike__be32(d) == 0) /* marker, then the SPI of the initiator */
        return n >= 12 && ike__be64(d + 4) == p->sa.spi_i;
    return peer_child((struct peer *)p, ike__be32(d)) != NULL;
}

static struct peer *client_for(struct gateway *g, const uint8_t *d, size_t n)
{
    struct peer **slot;

    if (n < 12)
        return NULL;
    for (unsigned i = 0; i < CLIENTS; i++)
        if (g->client[i] && owns(g->client[i], d, n))
            return g->client[i];
    if (n < 32 || ike__be32(d) != 0 || d[4 + 18] != IKE_X_IKE_SA_INIT)
        return NULL;
    slot = &g->client[g->next++ % CLIENTS];
    peer_free(*slot);
    return peer_new(slot, &g->cfg) == 0 ? *slot : NULL;
}

static void serve(struct gateway *g)
{
    static uint8_t dgram[65536], out[65536];
    struct sockaddr_in sa;
    socklen_t len = sizeof(sa);
    ssize_t n = recvfrom(g->fd, dgram, sizeof(dgram), 0, (struct sockaddr *)&sa, &len);
    ike_path path, to;
    ike_span inner;
    struct peer *p = n > 0 ? client_for(g, dgram, (size_t)n) : NULL;
    int k;

    if (!p)
        return;
    memset(&path, 0, sizeof(path));
    path.local = g->self;
    path.remote.family = 4;
    path.remote.port = ntohs(sa.sin_port);
    memcpy(path.remote.ip, &sa.sin_addr, 4);
    (void)peer_recv(p, &path, dgram, (size_t)n, &inner);
    while ((k = peer_poll_send(p, out, sizeof(out), &to)) > 0)
        send_to(g, &to, out, (size_t)k);
    if (inner.n > 0 && make_echo(dgram + (inner.p - dgram), inner.n) &&
        (k = peer_seal(p, inner.p, inner.n, out, sizeof(out), &to)) > 0)
        send_to(g, &to, out, (size_t)k);
}

static ike_span read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *p = malloc(65536);
    size_t n = f && p ? fread(p, 1, 65536, f) : 0;

    if (f)
        fclose(f);
    return ike__span(p, n);
}

static int load_keys(struct gateway *g, const char *cert, const char *key, const char *ca)
{
    static ike_keystore store;
    static ike_span certs[10];
    ike_keyfile files = IKE_KEYFILE_INIT;
    const char *why = "";

    files.certs = read_file(cert);
    files.key = read_file(key);
    if (ike_trust_new(&files.trust) < 0 || ike_trust_add(files.trust, read_file(ca)) < 0 ||
        ike_keystore_file(&store, &files, &why) < 0) {
        fprintf(stderr, "gateway: %s\n", why);
        return -1;
    }
    g->cfg.keys = &store;
    g->cfg.certs = certs;
    g->cfg.certs_n = (uint32_t)ike_keystore_file_certs(&store, certs, 10);
    return 0;
}

static int listen_on(struct gateway *g, char *where)
{
    char *colon = strrchr(where, ':');
    struct sockaddr_in sa = {.sin_family = AF_INET};
    socklen_t len = sizeof(sa);

    if (!colon)
        return -1;
    *colon = '\0';
    sa.sin_port = htons((uint16_t)atoi(colon + 1));
    g->fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (inet_pton(AF_INET, where, &sa.sin_addr) != 1 || bind(g->fd, (struct sockaddr *)&sa, sizeof(sa)) != 0)
        return -1;
    (void)getsockname(g->fd, (struct sockaddr *)&sa, &len);
    g->self.family = 4;
    g->self.port = ntohs(sa.sin_port);
    memcpy(g->self.ip, &sa.sin_addr, 4);
    printf("ready %u\n", g->self.port);
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option table[] = {
        {"listen", 1, NULL, 'l'}, {"id", 1, NULL, 'i'},    {"psk", 1, NULL, 'p'},
        {"cert", 1, NULL, 'c'},   {"key", 1, NULL, 'k'},   {"ca", 1, NULL, 'a'},
        {"cookie", 0, NULL, 'C'}, {"quiet", 0, NULL, 'q'}, {NULL, 0, NULL, 0}};
    char *cert = NULL, *key = NULL, *ca = NULL, *where = NULL;
    static struct gateway g;
    int opt;

    g.cfg.crypto = ike_crypto_mbedtls();
    g.cfg.id = "gw.test";
    (void)ike__addr_parse(&g.cfg.pool4, "10.9.0.2");
    (void)ike__addr_parse(&g.cfg.pool6, "fd09::2");
    (void)ike__addr_parse(&g.cfg.dns, "10.9.0.1");
    while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (opt) {
        case 'l':
            where = optarg;
            break;
        case 'i':
            g.cfg.id = optarg;
            break;
        case 'p':
            g.cfg.psk = ike__span_text(optarg);
            break;
        case 'c':
            cert = optarg;
            break;
        case 'k':
            key = optarg;
            break;
        case 'a':
            ca = optarg;
            break;
        case 'C':
            g.cfg.script.cookies = 1;
            break;
        case 'q':
            break;
        default:
            return 64;
        }
    }
    if ((cert && (!key || !ca || load_keys(&g, cert, key, ca) < 0)) || !where || listen_on(&g, where) < 0)
        return 64;
    for (;;) {
        struct pollfd p = {.fd = g.fd, .events = POLLIN};
        if (poll(&p, 1, -1) > 0)
            serve(&g);
    }
}
