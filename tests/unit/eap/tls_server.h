/* tests/unit/eap/tls_server.h - a TLS server between EAP messages, in the same process. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_TLS_SERVER_H
#define IKE_TESTS_TLS_SERVER_H

#include "unit/eap/talk.h"
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_MAX 8192u
enum { LENGTH = 0x80, MORE = 0x40, START = 0x20 };

struct file {
    uint8_t p[FILE_MAX];
    size_t n;
};

struct pipe {
    uint8_t p[65536];
    size_t n, at;
};

static struct talk t;
static struct {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt ca, crt;
    mbedtls_pk_context pk;
    struct pipe in, out;
    struct crypto_fake fake;
    uint8_t master[48], randoms[64];
    int prf, is_over;
} srv;
static struct file ca, der;
static mbedtls_pk_context client_key;
static mbedtls_x509_crt client_crt;
static ike_span anchor, own;
static uint8_t type;          /* of the requests */
static const ike_tls *engine; /* the client's */

static inline void load(struct file *f, const char *name)
{
    f->n = read_pki(name, f->p, sizeof(f->p)).n;
}

static inline int load_key(mbedtls_pk_context *pk, const char *name)
{
    static struct file f;

    load(&f, name);
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_parse_key(pk, f.p, f.n + 1, NULL, 0, NULL, NULL);
#else
    return mbedtls_pk_parse_key(pk, f.p, f.n + 1, NULL, 0);
#endif
}

static inline int load_crt(mbedtls_x509_crt *crt, const char *name)
{
    static struct file f;

    load(&f, name);
    return mbedtls_x509_crt_parse(crt, f.p, f.n + 1);
}

static inline int rng(void *self, unsigned char *out, size_t n)
{
    return srv.fake.table.random(self, out, n);
}

static inline int on_send(void *self, const unsigned char *p, size_t n)
{
    struct pipe *pipe = self ? &srv.out : NULL;

    assert_true(pipe->n + n <= sizeof(pipe->p));
    memcpy(pipe->p + pipe->n, p, n);
    pipe->n += n;
    return (int)n;
}

static inline int on_recv(void *self, unsigned char *out, size_t cap)
{
    size_t n = srv.in.n - srv.in.at;

    (void)self;
    if (n == 0) {
        srv.in.n = srv.in.at = 0;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    n = n > cap ? cap : n;
    memcpy(out, srv.in.p + srv.in.at, n);
    srv.in.at += n;
    return (int)n;
}

static inline void keep_keys(const uint8_t *master, const uint8_t *client, const uint8_t *server, int prf)
{
    memcpy(srv.master, master, 48);
    memcpy(srv.randoms, client, 32);
    memcpy(srv.randoms + 32, server, 32);
    srv.prf = prf;
}

#if MBEDTLS_VERSION_MAJOR < 3
static inline int on_keys(void *self, const unsigned char *ms, const unsigned char *kb, size_t a, size_t b,
                          size_t c, const unsigned char client[32], const unsigned char server[32],
                          mbedtls_tls_prf_types prf)
{
    (void)self, (void)kb, (void)a, (void)b, (void)c;
    keep_keys(ms, client, server, (int)prf);
    return 0;
}
#else
static inline void on_keys(void *self, mbedtls_ssl_key_export_type what, const unsigned char *secret,
                           size_t n, const unsigned char client[32], const unsigned char server[32],
                           mbedtls_tls_prf_types prf)
{
    (void)self;
    if (what == MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET && n == 48)
        keep_keys(secret, client, server, (int)prf);
}
#endif

/* The server's exporter (RFC 5705). */
static inline void exported(const char *label, uint8_t *out, size_t n)
{
    assert_int_equal(
        mbedtls_ssl_tls_prf((mbedtls_tls_prf_types)srv.prf, srv.master, 48, label, srv.randoms, 64, out, n),
        0);
}

static inline void server_begin(const char *crt, const char *key, int wants_client)
{
    memset(&srv, 0, sizeof(srv));
    type = EAP_TLS;
    crypto_fake_init(&srv.fake, 9);
    mbedtls_ssl_init(&srv.ssl);
    mbedtls_ssl_config_init(&srv.conf);
    mbedtls_x509_crt_init(&srv.ca);
    mbedtls_x509_crt_init(&srv.crt);
    mbedtls_pk_init(&srv.pk);
    assert_int_equal(load_crt(&srv.ca, "ca.pem"), 0);
    assert_int_equal(load_crt(&srv.crt, crt), 0);
    assert_int_equal(load_key(&srv.pk, key), 0);
    assert_int_equal(mbedtls_ssl_config_defaults(&srv.conf, MBEDTLS_SSL_IS_SERVER,
                                                 MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
                     0);
    mbedtls_ssl_conf_rng(&srv.conf, rng, srv.fake.table.self);
    mbedtls_ssl_conf_authmode(&srv.conf,
                              wants_client ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_ca_chain(&srv.conf, &srv.ca, NULL);
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_ssl_conf_max_tls_version(&srv.conf, MBEDTLS_SSL_VERSION_TLS1_2);
#endif
    assert_int_equal(mbedtls_ssl_conf_own_cert(&srv.conf, &srv.crt, &srv.pk), 0);
#if MBEDTLS_VERSION_MAJOR < 3
    mbedtls_ssl_conf_export_keys_ext_cb(&srv.conf, on_keys, NULL);
#endif
    assert_int_equal(mbedtls_ssl_setup(&srv.ssl, &srv.conf), 0);
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_ssl_set_export_keys_cb(&srv.ssl, on_keys, NULL);
#endif
    mbedtls_ssl_set_bio(&srv.ssl, &srv, on_send, on_recv, NULL);
}

static inline void server_end(void)
{
    mbedtls_ssl_free(&srv.ssl);
    mbedtls_ssl_config_free(&srv.conf);
    mbedtls_x509_crt_free(&srv.ca);
    mbedtls_x509_crt_free(&srv.crt);
    mbedtls_pk_free(&srv.pk);
    talk_over(&t);
}

/* A client that trusts our server; the rest of t.cfg may be changed before talk_begin. */
static inline void client_init(const char *method)
{
    talk_init(&t, method, NULL);
    type = t.methods[0]->type;
    t.cfg.tls = engine;
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    t.cfg.certs = &own;
    t.cfg.certs_n = 1;
    t.cfg.key = &client_key;
}

static inline void client_begin(void)
{
    client_init("tls");
    talk_begin(&t);
}

/* One fragment of ours; what the client says goes to the server's input. */
static inline int say(uint8_t flags, uint32_t length, const uint8_t *p, size_t n)
{
    static uint8_t m[66000];
    size_t at = 1;
    int verdict;

    m[0] = flags;
    if (flags & LENGTH) {
        for (int i = 0; i < 4; i++)
            m[at++] = (uint8_t)(length >> (24 - 8 * i));
    }
    if (n > 0)
        memcpy(m + at, p, n);
    verdict = talk_say(&t, type, (ike_span){m, at + n});
    if (verdict >= 0) {
        size_t skip = t.out[5] & LENGTH ? 10 : 6;
        assert_true(t.n >= skip);
        memcpy(srv.in.p + srv.in.n, t.out + skip, t.n - skip);
        srv.in.n += t.n - skip;
    }
    return verdict;
}

/* The server's flight in fragments of so many octets, then what the client answers, all of it. */
static inline int exchange(size_t size)
{
    int verdict = IKE_EAP_GO_ON;
    size_t at = 0;

    while (at < srv.out.n && verdict == IKE_EAP_GO_ON) {
        size_t n = srv.out.n - at < size ? srv.out.n - at : size;
        int more = at + n < srv.out.n;
        verdict = say((uint8_t)((more ? MORE : 0) | (at == 0 && more ? LENGTH : 0)), (uint32_t)srv.out.n,
                      srv.out.p + at, n);
        at += n;
        if (more && verdict >= 0)
            assert_int_equal(t.n, 6); /* an acknowledgement */
    }
    srv.out.n = 0;
    while (verdict >= 0 && (t.out[5] & MORE))
        verdict = say(0, 0, NULL, 0);
    return verdict;
}

/* The client's first flight; one with post-quantum key shares does not fit a fragment. */
static inline int start(void)
{
    int verdict = say(START, 0, NULL, 0);

    while (verdict >= 0 && (t.out[5] & MORE))
        verdict = say(0, 0, NULL, 0);
    return verdict;
}

static inline int handshake(size_t size)
{
    int verdict = start();

    for (int i = 0; i < 10 && verdict == IKE_EAP_GO_ON && !srv.is_over; i++) {
        int err = mbedtls_ssl_handshake(&srv.ssl);
        if (err != 0 && err != MBEDTLS_ERR_SSL_WANT_READ && srv.out.n == 0)
            return -1000;
        if (srv.out.n == 0)
            return -1001;
        srv.is_over = err == 0;
        verdict = exchange(size);
    }
    return verdict;
}

static inline int load_client(void **state)
{
    (void)state;
    load(&ca, "ca.pem");
    anchor = (ike_span){ca.p, ca.n};
    mbedtls_pk_init(&client_key);
    mbedtls_x509_crt_init(&client_crt);
    assert_int_equal(load_crt(&client_crt, "client.pem"), 0);
    assert_int_equal(load_key(&client_key, "client.key"), 0);
    assert_true(client_crt.raw.len <= sizeof(der.p));
    memcpy(der.p, client_crt.raw.p, client_crt.raw.len);
    own = (ike_span){der.p, client_crt.raw.len};
    mbedtls_x509_crt_free(&client_crt);
    return 0;
}

static inline int drop_client(void **state)
{
    (void)state;
    mbedtls_pk_free(&client_key);
    return 0;
}

/* What the client says inside. */
static inline size_t hear(uint8_t *text, size_t cap)
{
    int n = mbedtls_ssl_read(&srv.ssl, text, cap);

    assert_true(n > 0);
    return (size_t)n;
}

static inline int tell(const void *text, size_t n)
{
    assert_int_equal(mbedtls_ssl_write(&srv.ssl, text, n), (int)n);
    return exchange(1000);
}

/* The tests with each TLS library that there is. */
#define RUN_WITH_EVERY_ENGINE(tests)                                       \
    const ike_tls *engines[] = {ike_tls_mbedtls(), OTHER_ENGINE, NULL};    \
    int failed = 0;                                                        \
    for (size_t i = 0; engines[i]; i++) {                                  \
        engine = engines[i];                                               \
        failed += cmocka_run_group_tests(tests, load_client, drop_client); \
    }                                                                      \
    return failed
#ifdef IKE_HAS_OPENSSL
#define OTHER_ENGINE ike_tls_openssl()
#else
#define OTHER_ENGINE NULL
#endif

#endif
