/* tests/unit/fetch/fetch_test.c - verdicts that wait for documents of a small HTTP server. SPDX-License-Identifier: Apache-2.0
 *
 * libcurl is sent to the server as to a proxy (http_proxy), so the addresses in the certificates stay as they are. */
#ifdef IKE_HAVE_FETCH
#include "../trust/room.h"
#include <arpa/inet.h>
#include <ike/fetch.h>
#include <netinet/in.h>

struct server {
    uv_tcp_t listener;
    const char
        *answer; /* a file of tests/pki/trust, or what it does: "silent", "redirect", "endless", "missing" */
    unsigned requests;
    int port;
};

struct client {
    uv_tcp_t tcp;
    uv_write_t write;
    struct server *s;
    char head[512];
    struct material m;
    size_t seen;
    int has_answered;
};

static uv_loop_t loop;
static int verdict, verdicts;

static void on_alloc(uv_handle_t *h, size_t n, uv_buf_t *buf)
{
    static char room[65536];

    (void)h;
    (void)n;
    *buf = uv_buf_init(room, sizeof(room));
}

static void on_gone(uv_handle_t *h)
{
    free(h->data);
}

static void on_written(uv_write_t *w, int status)
{
    struct client *c = w->data;

    (void)status;
    if (!uv_is_closing((uv_handle_t *)&c->tcp))
        uv_close((uv_handle_t *)&c->tcp, on_gone);
}

static void serve(struct client *c)
{
    const char *a = c->s->answer;
    uv_buf_t bufs[2];

    c->has_answered = 1;
    c->m.n = 0;
    if (strcmp(a, "silent") == 0)
        return;
    if (strcmp(a, "missing") == 0)
        snprintf(c->head, sizeof(c->head), "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n");
    else if (strcmp(a, "redirect") == 0)
        snprintf(c->head, sizeof(c->head),
                 "HTTP/1.1 302 No\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
    else if (strcmp(a, "endless") == 0)
        snprintf(c->head, sizeof(c->head), "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
    else {
        if (strstr(a, ".crl"))
            (void)load_der(&c->m, a, "X509 CRL");
        else
            (void)load_raw(&c->m, a);
        snprintf(c->head, sizeof(c->head), "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", c->m.n);
    }
    bufs[0] = uv_buf_init(c->head, (unsigned)strlen(c->head));
    bufs[1] = uv_buf_init((char *)c->m.p, (unsigned)c->m.n);
    c->write.data = c;
    uv_write(&c->write, (uv_stream_t *)&c->tcp, bufs, 2, on_written);
}

static void on_read(uv_stream_t *h, ssize_t n, const uv_buf_t *buf)
{
    struct client *c = h->data;

    (void)buf;
    if (n < 0 && !uv_is_closing((uv_handle_t *)h))
        uv_close((uv_handle_t *)h, on_gone);
    if (n > 0 && !c->has_answered)
        serve(c);
}

static void on_client(uv_stream_t *h, int status)
{
    struct client *c = calloc(1, sizeof(*c));

    (void)status;
    c->s = h->data;
    c->s->requests++;
    uv_tcp_init(&loop, &c->tcp);
    c->tcp.data = c;
    uv_accept(h, (uv_stream_t *)&c->tcp);
    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

static void server_open(struct server *s, const char *answer)
{
    struct sockaddr_in addr;
    int n = sizeof(addr);
    char proxy[64];

    memset(s, 0, sizeof(*s));
    s->answer = answer;
    uv_tcp_init(&loop, &s->listener);
    s->listener.data = s;
    uv_ip4_addr("127.0.0.1", 0, &addr);
    assert_int_equal(uv_tcp_bind(&s->listener, (const struct sockaddr *)&addr, 0), 0);
    assert_int_equal(uv_listen((uv_stream_t *)&s->listener, 8, on_client), 0);
    uv_tcp_getsockname(&s->listener, (struct sockaddr *)&addr, &n);
    snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%d", ntohs(addr.sin_port));
    setenv("http_proxy", proxy, 1);
}

static void on_verdict(void *user, uint32_t ask_id, int v)
{
    assert_ptr_equal(user, &loop);
    assert_int_equal(ask_id, 7);
    verdict = v;
    verdicts++;
}

static void close_all(uv_handle_t *h, void *user)
{
    if (!uv_is_closing(h))
        uv_close(h, h == user ? NULL : on_gone); /* a client that was left without an answer */
}

/* What the answer of the server makes of a verdict. */
static int ask(const char *leaf, const char *answer, uint32_t crl, uint32_t ocsp, uint32_t strict,
               unsigned *requests)
{
    ike_trust_options o = IKE_TRUST_OPTIONS_INIT;
    struct server s;
    struct peer p;
    ike_fetch *f;
    ike_trust *t;

    o.now_s = NOW;
    o.crl = crl;
    o.ocsp = ocsp;
    o.strict = strict;
    o.fetch = 1;
    verdicts = 0;
    uv_loop_init(&loop);
    server_open(&s, answer);
    t = make_trust("mid", &o);
    make_peer(&p, leaf, "gw.test");
    p.ask.id = 7;
    /* who answers may take its time on a busy machine */
    assert_int_equal(ike_fetch_open(&f, &loop, strcmp(answer, "silent") == 0 ? 300 : 20000), 0);
    assert_int_equal(ike_trust_verify(t, &p.ask), IKE_E_PENDING);
    assert_int_equal(ike_fetch_verify(f, t, &p.ask, on_verdict, &loop), 0);
    memset(&p, 0, sizeof(p)); /* the ask was borrowed for the call only */
    assert_int_equal(verdicts, 0);
    while (verdicts == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(verdicts, 1);
    *requests = s.requests;
    ike_fetch_close(f, NULL, NULL);
    uv_walk(&loop, close_all, &s.listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    ike_trust_free(t);
    return verdict;
}

static void verdicts_come_later(void **state)
{
    static const struct {
        const char *leaf, *answer;
        uint32_t crl, ocsp, strict;
        int err;
        unsigned requests;
    } cases[] = {
        {"leaf-good", "mid.crl", 1, 0, 1, 0, 1},
        {"leaf-bad", "mid.crl", 1, 0, 0, IKE_E_CERT_REVOKED, 1},
        {"leaf-good", "good.ocsp", 0, 1, 1, 0, 1},
        {"leaf-bad", "bad.ocsp", 1, 1, 0, IKE_E_CERT_REVOKED, 1},
        {"leaf-good", "mid.crl", 1, 1, 1, 0, 2}, /* no OCSP response; then as a CRL */
        {"leaf-good", "missing", 1, 1, 0, IKE_VERIFIED_IN_PART, 2},
        {"leaf-good", "missing", 1, 1, 1, IKE_E_CERT_STATUS, 2},
        {"leaf-good", "redirect", 1, 0, 1, IKE_E_CERT_STATUS, 1},
        {"leaf-good", "silent", 1, 0, 1, IKE_E_CERT_STATUS, 1},
        {"leaf-good", "endless", 1, 0, 0, IKE_VERIFIED_IN_PART, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned requests;
        int err =
            ask(cases[i].leaf, cases[i].answer, cases[i].crl, cases[i].ocsp, cases[i].strict, &requests);
        expect(cases[i].answer, err, cases[i].err);
        if (requests != cases[i].requests)
            fail_msg("%s: %u requests", cases[i].answer, requests);
    }
}

/* Nobody answers, and there are ten documents to ask for: the verdict comes after a few timeouts all the same. */
static void a_verdict_does_not_wait_for_ever(void **state)
{
    ike_trust_options o = IKE_TRUST_OPTIONS_INIT;
    struct server s;
    struct peer p;
    uint64_t began;
    ike_fetch *f;
    ike_trust *t;

    (void)state;
    o.now_s = NOW;
    o.crl = o.ocsp = o.fetch = 1;
    verdicts = 0;
    uv_loop_init(&loop);
    server_open(&s, "silent");
    t = make_trust("root", &o);
    make_peer(&p, "leaf-u u4 u3 u2 u1", "gw.test");
    p.ask.id = 7;
    assert_int_equal(ike_fetch_open(&f, &loop, 400), 0);
    assert_int_equal(ike_trust_verify(t, &p.ask), IKE_E_PENDING);
    began = uv_hrtime();
    assert_int_equal(ike_fetch_verify(f, t, &p.ask, on_verdict, &loop), 0);
    while (verdicts == 0)
        uv_run(&loop, UV_RUN_ONCE);
    assert_int_equal(verdict, IKE_VERIFIED_IN_PART);
    /* Not all ten were asked for, which is what the time bound is for; the clock itself says nothing on a busy machine. */
    assert_in_range(s.requests, 1, 5);
    assert_true((uv_hrtime() - began) / 1000000 >= 1200);
    assert_non_null(strstr(ike_trust_unchecked(t), "Trust, u2"));
    ike_fetch_close(f, NULL, NULL);
    uv_walk(&loop, close_all, &s.listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    ike_trust_free(t);
}

/* An ask whose session is over gets no verdict, and leaves nothing behind. */
static void forgotten_asks(void **state)
{
    ike_trust_options o = IKE_TRUST_OPTIONS_INIT;
    struct server s;
    struct peer p;
    ike_fetch *f;
    ike_trust *t;

    (void)state;
    o.now_s = NOW;
    o.crl = o.fetch = 1;
    verdicts = 0;
    uv_loop_init(&loop);
    server_open(&s, "silent");
    t = make_trust("mid", &o);
    make_peer(&p, "leaf-good", "gw.test");
    assert_int_equal(ike_fetch_open(&f, &loop, 0), 0);
    assert_int_equal(ike_fetch_verify(f, t, &p.ask, on_verdict, &loop), 0);
    assert_int_equal(ike_fetch_verify(f, t, &p.ask, on_verdict, &loop), 0);
    while (s.requests == 0)
        uv_run(&loop, UV_RUN_ONCE);
    ike_fetch_cancel(f, t);
    assert_int_equal(ike_fetch_verify(f, t, &p.ask, on_verdict, &loop), 0);
    ike_fetch_close(f, NULL, NULL); /* with one under way */
    uv_walk(&loop, close_all, &s.listener);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(verdicts, 0);
    ike_trust_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts_come_later),
                                       cmocka_unit_test(a_verdict_does_not_wait_for_ever),
                                       cmocka_unit_test(forgotten_asks)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
#else
int main(void)
{
    return 0; /* built without libcurl */
}
#endif
