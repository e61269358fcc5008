/* tests/unit/driver/loopback.h - the scripted gateway behind a socket on 127.0.0.1, on the loop of a test. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_LOOPBACK_H
#define IKE_TESTS_LOOPBACK_H

#include "fake/test.h"
#include "peer/ladder.h"
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

struct loopback {
    struct ladder l; /* for what the gateway and the session need */
    uv_poll_t poll;
    ike_addr self;             /* where it listens */
    struct sockaddr_in client; /* who spoke last */
    int fd;
};

static inline void loopback_send(struct loopback *gw)
{
    uint8_t out[4096];
    ike_path to;
    int k;

    while ((k = peer_poll_send(gw->l.peer, out, sizeof(out), &to)) > 0)
        (void)sendto(gw->fd, out, (size_t)k, 0, (struct sockaddr *)&gw->client, sizeof(gw->client));
}

static inline void loopback_answer(uv_poll_t *h, int status, int events)
{
    struct loopback *gw = h->data;
    socklen_t len = sizeof(gw->client);
    uint8_t dgram[4096], out[4096];
    ike_path path, to;
    ike_span inner;
    ssize_t n = recvfrom(gw->fd, dgram, sizeof(dgram), 0, (struct sockaddr *)&gw->client, &len);
    int k;

    (void)status;
    (void)events;
    if (n <= 0)
        return;
    memset(&path, 0, sizeof(path));
    path.local = gw->self;
    path.remote.family = 4;
    path.remote.port = ntohs(gw->client.sin_port);
    memcpy(path.remote.ip, &gw->client.sin_addr, 4);
    (void)peer_recv(gw->l.peer, &path, dgram, (size_t)n, &inner);
    loopback_send(gw);
    if (inner.n == 0)
        return;
    memcpy(dgram + 16 + (inner.p - dgram), gw->l.pcfg.pool4.ip, 4); /* back to where it came from */
    memcpy(dgram + 12 + (inner.p - dgram), "\x0a\x01\x01\x01", 4);
    if ((k = peer_seal(gw->l.peer, inner.p, inner.n, out, sizeof(out), &to)) > 0)
        (void)sendto(gw->fd, out, (size_t)k, 0, (struct sockaddr *)&gw->client, len);
}

/* RFC 7296 1.4.1: the gateway ends it */
static inline void loopback_delete(struct loopback *gw)
{
    uint8_t body[64];
    struct ike_msg_out out;

    ike__out_init(&out, body, sizeof(body));
    ike__out_payload(&out, IKE_P_DELETE, ike__span("\1\0\0\0", 4));
    assert_int_equal(peer_request(gw->l.peer, IKE_X_INFORMATIONAL, &out), 0);
    loopback_send(gw);
}

/* port 0: any */
static inline void loopback_listen(struct loopback *gw, uv_loop_t *loop, uint16_t port)
{
    struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof(sa);

    sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    gw->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(gw->fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
    assert_int_equal(getsockname(gw->fd, (struct sockaddr *)&sa, &len), 0);
    gw->self.family = 4;
    gw->self.port = ntohs(sa.sin_port);
    memcpy(gw->self.ip, &sa.sin_addr, 4);
    assert_int_equal(uv_poll_init(loop, &gw->poll, gw->fd), 0);
    gw->poll.data = gw;
    uv_poll_start(&gw->poll, UV_READABLE, loopback_answer);
}

static inline void loopback_open(struct loopback *gw, uv_loop_t *loop)
{
    ladder_init(&gw->l);
    assert_int_equal(peer_new(&gw->l.peer, &gw->l.pcfg), 0);
    loopback_listen(gw, loop, 0);
}

/* Before the loop has ended, and after. */
static inline void loopback_stop(struct loopback *gw)
{
    uv_close((uv_handle_t *)&gw->poll, NULL);
}

static inline void loopback_close(struct loopback *gw)
{
    close(gw->fd);
    peer_free(gw->l.peer);
}

#endif
