/* tests/unit/outside/outside_test.c - names and portals, of a server of the test's own. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "outside/room.h"
#include <arpa/inet.h>
#include <ike/outside.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* One connection, one answer, on 127.0.0.1. */
struct web {
    uv_tcp_t listener, client;
    uv_write_t write;
    const char *answer;
    char url[64];
};

struct lab {
    uv_loop_t loop;
    ike_outside *outside;
    struct web web;
    ike_outside_portal portal;
    int portals, names, err;
    ike_addr first;
};

static void on_written(uv_write_t *w, int status)
{
    struct web *web = w->data;

    (void)status;
    uv_close((uv_handle_t *)&web->client, NULL);
    uv_close((uv_handle_t *)&web->listener, NULL);
}

static void on_client(uv_stream_t *s, int status)
{
    struct web *web = s->data;
    uv_buf_t buf = uv_buf_init((char *)(uintptr_t)web->answer, (unsigned)strlen(web->answer));

    assert_int_equal(status, 0);
    uv_tcp_init(s->loop, &web->client);
    assert_int_equal(uv_accept(s, (uv_stream_t *)&web->client), 0);
    web->write.data = web;
    uv_write(&web->write, (uv_stream_t *)&web->client, &buf, 1, on_written);
}

static void serve(struct lab *lab, const char *answer)
{
    struct sockaddr_in at;
    int n = sizeof(at);

    lab->web.answer = answer;
    uv_tcp_init(&lab->loop, &lab->web.listener);
    lab->web.listener.data = &lab->web;
    uv_ip4_addr("127.0.0.1", 0, &at);
    uv_tcp_bind(&lab->web.listener, (const struct sockaddr *)&at, 0);
    assert_int_equal(uv_listen((uv_stream_t *)&lab->web.listener, 1, on_client), 0);
    uv_tcp_getsockname(&lab->web.listener, (struct sockaddr *)&at, &n);
    snprintf(lab->web.url, sizeof(lab->web.url), "http://127.0.0.1:%u/check", ntohs(at.sin_port));
}

static void on_portal(void *user, const ike_outside_portal *p)
{
    struct lab *lab = user;

    lab->portal = *p;
    lab->portals++;
}

static void on_names(void *user, int err, const ike_addr *list, uint32_t n)
{
    struct lab *lab = user;

    lab->names++;
    lab->err = err;
    if (n > 0)
        lab->first = list[0];
}

static int begin(void **state)
{
    static struct lab lab;
    ike_outside_config cfg = IKE_OUTSIDE_CONFIG_INIT;

    memset(&lab, 0, sizeof(lab));
    uv_loop_init(&lab.loop);
    cfg.timeout_ms = 2000;
    *state = &lab;
    return ike_outside_open(&lab.outside, &lab.loop, &cfg);
}

static int end(void **state)
{
    struct lab *lab = *state;

    ike_outside_close(lab->outside);
    uv_run(&lab->loop, UV_RUN_DEFAULT);
    return uv_loop_close(&lab->loop);
}

static void probe(struct lab *lab)
{
    assert_int_equal(ike_outside_probe(lab->outside, lab->web.url, on_portal, lab), 0);
    uv_run(&lab->loop, UV_RUN_DEFAULT);
    assert_int_equal(lab->portals, 1);
}

static void test_204_means_that_nobody_is_in_the_way(void **state)
{
    struct lab *lab = *state;

    serve(lab, "HTTP/1.1 204 No Content\r\n\r\n");
    probe(lab);
    assert_int_equal(lab->portal.verdict, IKE_OUTSIDE_OPEN);
}

static void test_a_redirect_says_where_the_portal_is(void **state)
{
    struct lab *lab = *state;

    serve(lab, "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.7/login?a=b\r\nContent-Length: 0\r\n\r\n");
    probe(lab);
    assert_int_equal(lab->portal.verdict, IKE_OUTSIDE_PORTAL);
    assert_string_equal(lab->portal.url, "http://192.0.2.7/login?a=b");
    assert_int_equal(lab->portal.addresses_n, 2); /* who answered, and where it leads */
    assert_int_equal(lab->portal.addresses[0].ip[0], 127);
    assert_int_equal(lab->portal.addresses[1].ip[0], 192);
}

static void test_a_page_in_place_of_nothing_is_a_portal_s(void **state)
{
    struct lab *lab = *state;

    serve(lab, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nlogin");
    probe(lab);
    assert_int_equal(lab->portal.verdict, IKE_OUTSIDE_PORTAL);
    assert_string_equal(lab->portal.url, lab->web.url);
}

static void test_what_is_no_http_is_nobody_s_answer(void **state)
{
    struct lab *lab = *state;

    serve(lab, "");
    probe(lab);
    assert_int_equal(lab->portal.verdict, IKE_OUTSIDE_SILENT);
}

static void test_only_http_is_asked(void **state)
{
    struct lab *lab = *state;
    static const char *const bad[] = {"",        "http://", "https://", "file:///etc/passwd", "http://a b/",
                                      "ftp://x/"};

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ike_outside_probe(lab->outside, bad[i], on_portal, lab), IKE_E_USAGE);
}

static int api(const char *text, ike_outside_portal *p)
{
    memset(p, 0, sizeof(*p));
    p->verdict = IKE_OUTSIDE_SILENT;
    return ike__outside_api(text, strlen(text), p);
}

/* RFC 8908 5 */
static void test_a_portal_s_own_word(void **state)
{
    ike_outside_portal p;

    (void)state;
    assert_true(api("{\"captive\": true, \"user-portal-url\": \"https://example.org/portal.html\"}", &p));
    assert_int_equal(p.verdict, IKE_OUTSIDE_PORTAL);
    assert_string_equal(p.url, "https://example.org/portal.html");
    assert_true(api("{\"captive\": false, \"seconds-remaining\": 326, \"can-extend-session\": true}", &p));
    assert_int_equal(p.verdict, IKE_OUTSIDE_OPEN);
    assert_true(api("{\"captive\": true, \"user-portal-url\": \"file:///etc/passwd\"}", &p));
    assert_string_equal(p.url, "");
}

static void test_what_says_nothing_of_captivity_says_nothing(void **state)
{
    static const char *const bad[] = {
        "", "{}", "[]", "true", "{\"captive\": 1}", "{\"captive\": \"true\"}", "<html>"};
    ike_outside_portal p;

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(api(bad[i], &p));
        assert_int_equal(p.verdict, IKE_OUTSIDE_SILENT);
    }
}

/* RFC 8908 4.1 */
static void test_the_portal_s_api_is_asked_over_tls_alone(void **state)
{
    struct lab *lab = *state;

    assert_int_equal(ike_outside_ask(lab->outside, "http://example.org/", on_portal, lab), IKE_E_USAGE);
}

static void test_a_name_of_the_hosts_file(void **state)
{
    struct lab *lab = *state;

    assert_int_equal(ike_outside_resolve(lab->outside, "localhost", 4, on_names, lab), 0);
    assert_int_equal(ike_outside_resolve(lab->outside, "localhost", 4, on_names, lab),
                     IKE_E_USAGE); /* one at a time */
    uv_run(&lab->loop, UV_RUN_DEFAULT);
    assert_int_equal(lab->names, 1);
    assert_int_equal(lab->err, 0);
    assert_int_equal(lab->first.family, 4);
    assert_int_equal(lab->first.ip[0], 127);
}

static uint32_t nobody(void *user, ike_addr *out, uint32_t cap)
{
    (void)user;
    assert_true(cap > 0);
    memset(out, 0, sizeof(*out));
    out->family = 4;
    memcpy(out->ip, "\x7f\x00\x00\x09", 4);
    return 1;
}

/* A host with more descriptors than an fd_set holds: writing past its end is abort(). */
static void test_a_name_in_a_large_host(void **state)
{
    static int many[1100];
    ike_outside_config cfg = IKE_OUTSIDE_CONFIG_INIT;
    struct lab *lab = *state;
    struct rlimit was, most;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    assert_true(was.rlim_max >= 1300); /* ulimit -Hn: with fewer nothing would be shown */
    most = was;
    most.rlim_cur = most.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &most), 0);
    for (unsigned i = 0; i < 1100; i++)
        assert_true((many[i] = dup(STDERR_FILENO)) >= 0);
    ike_outside_close(lab->outside);
    cfg.timeout_ms = 2000;
    cfg.servers = nobody;
    assert_int_equal(ike_outside_open(&lab->outside, &lab->loop, &cfg), 0);
    assert_int_equal(ike_outside_resolve(lab->outside, "gw.test", 4, on_names, lab), 0);
    uv_run(&lab->loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < 1100; i++)
        close(many[i]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(lab->names, 1);
    assert_int_equal(lab->err, IKE_E_TIMEOUT);
}

static void test_closing_gives_up_what_is_under_way(void **state)
{
    struct lab *lab = *state;

    serve(lab, "HTTP/1.1 204 No Content\r\n\r\n");
    assert_int_equal(ike_outside_probe(lab->outside, lab->web.url, on_portal, lab), 0);
    ike_outside_close(lab->outside);
    lab->outside = NULL;
    uv_run(&lab->loop, UV_RUN_NOWAIT);
    if (!uv_is_closing((uv_handle_t *)&lab->web.listener)) /* nobody came */
        uv_close((uv_handle_t *)&lab->web.listener, NULL);
    uv_run(&lab->loop, UV_RUN_DEFAULT);
    assert_int_equal(lab->portals, 0);
}

#define IN_LAB(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_LAB(test_204_means_that_nobody_is_in_the_way),
        IN_LAB(test_a_redirect_says_where_the_portal_is),
        IN_LAB(test_a_page_in_place_of_nothing_is_a_portal_s),
        IN_LAB(test_what_is_no_http_is_nobody_s_answer),
        IN_LAB(test_only_http_is_asked),
        cmocka_unit_test(test_a_portal_s_own_word),
        cmocka_unit_test(test_what_says_nothing_of_captivity_says_nothing),
        IN_LAB(test_the_portal_s_api_is_asked_over_tls_alone),
        IN_LAB(test_a_name_of_the_hosts_file),
        IN_LAB(test_a_name_in_a_large_host),
        IN_LAB(test_closing_gives_up_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
