/* tests/unit/eap/tls_test.c - EAP-TLS and TTLS against a TLS server in the same process, with fragments of any size, and lies. SPDX-License-Identifier: Apache-2.0 */
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

static void read_file(struct file *f, const char *name)
{
    char path[100];
    FILE *in;

    snprintf(path, sizeof(path), "tests/pki/%s", name);
    in = fopen(path, "rb");
    assert_non_null(in);
    f->n = fread(f->p, 1, FILE_MAX - 1, in);
    f->p[f->n] = '\0';
    fclose(in);
}

static int load_key(mbedtls_pk_context *pk, const char *name)
{
    static struct file f;

    read_file(&f, name);
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_parse_key(pk, f.p, f.n + 1, NULL, 0, NULL, NULL);
#else
    return mbedtls_pk_parse_key(pk, f.p, f.n + 1, NULL, 0);
#endif
}

static int load_crt(mbedtls_x509_crt *crt, const char *name)
{
    static struct file f;

    read_file(&f, name);
    return mbedtls_x509_crt_parse(crt, f.p, f.n + 1);
}

static int rng(void *self, unsigned char *out, size_t n)
{
    return srv.fake.table.random(self, out, n);
}

static int on_send(void *self, const unsigned char *p, size_t n)
{
    struct pipe *pipe = self ? &srv.out : NULL;

    assert_true(pipe->n + n <= sizeof(pipe->p));
    memcpy(pipe->p + pipe->n, p, n);
    pipe->n += n;
    return (int)n;
}

static int on_recv(void *self, unsigned char *out, size_t cap)
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

#if MBEDTLS_VERSION_MAJOR < 3
static int on_keys(void *self, const unsigned char *ms, const unsigned char *kb, size_t a, size_t b, size_t c,
                   const unsigned char client[32], const unsigned char server[32], mbedtls_tls_prf_types prf)
{
    (void)self;
    (void)kb;
    (void)a;
    (void)b;
    (void)c;
    memcpy(srv.master, ms, 48);
    memcpy(srv.randoms, client, 32);
    memcpy(srv.randoms + 32, server, 32);
    srv.prf = (int)prf;
    return 0;
}
#endif

static void server_begin(const char *crt, const char *key, int wants_client)
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
    mbedtls_ssl_set_bio(&srv.ssl, &srv, on_send, on_recv, NULL);
}

static void server_end(void)
{
    mbedtls_ssl_free(&srv.ssl);
    mbedtls_ssl_config_free(&srv.conf);
    mbedtls_x509_crt_free(&srv.ca);
    mbedtls_x509_crt_free(&srv.crt);
    mbedtls_pk_free(&srv.pk);
    talk_over(&t);
}

static void client_begin(void)
{
    talk_init(&t, "tls", NULL);
    t.cfg.tls = engine;
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    t.cfg.certs = &own;
    t.cfg.certs_n = 1;
    t.cfg.key = &client_key;
    talk_begin(&t);
}

/* One fragment of ours; what the client says goes to the server's input. */
static int say(uint8_t flags, uint32_t length, const uint8_t *p, size_t n)
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
static int exchange(size_t size)
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

static int handshake(size_t size)
{
    int verdict = say(START, 0, NULL, 0);

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

/* RFC 5216 2.1.1, 2.1.5, 2.3, 3.1, row 152: any size of fragment; both have the same key */
static void any_fragment_size(void **state)
{
    static const size_t sizes[] = {60, 200, 1000, 60000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        server_begin("gw.pem", "gw.key", 1);
        client_begin();
        assert_int_equal(handshake(sizes[i]), IKE_EAP_DONE);
        assert_int_equal(srv.is_over, 1);
        assert_int_equal(t.n, 6);
        assert_non_null(t.msk);
#if MBEDTLS_VERSION_MAJOR < 3
        {
            uint8_t msk[IKE_EAP_MSK_SIZE];
            assert_int_equal(mbedtls_ssl_tls_prf((mbedtls_tls_prf_types)srv.prf, srv.master, 48,
                                                 "client EAP encryption", srv.randoms, 64, msk, sizeof(msk)),
                             0);
            assert_memory_equal(msk, t.msk, sizeof(msk));
        }
#endif
        server_end();
    }
}

/* RFC 5216 2.1.5: our own flight in fragments: a chain of certificates that does not fit one */
static void a_long_flight_of_ours(void **state)
{
    ike_span many[4];

    (void)state;
    for (int i = 0; i < 4; i++)
        many[i] = own;
    server_begin("gw.pem", "gw.key", 1);
    talk_init(&t, "tls", NULL);
    t.cfg.tls = engine;
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    t.cfg.certs = many;
    t.cfg.certs_n = 4;
    t.cfg.key = &client_key;
    talk_begin(&t);
    assert_int_equal(handshake(1000), IKE_EAP_DONE);
    server_end();
}

/* RFC 5216 5.3, row 154, KNOWN-HOLES 34: whom the server's certificate names, and who issued it */
static void servers_that_are_not_the_one(void **state)
{
    static const struct {
        const char *crt, *key, *server;
        int err;
    } cases[] = {{"gw.pem", "gw.key", "radius.test", IKE_E_CERT_NAME},
                 {"other-gw.pem", "other-gw.key", "gw.test", IKE_E_CERT_UNTRUSTED},
                 {"expired.pem", "expired.key", "gw.test", IKE_E_CERT_EXPIRED},
                 {"only-cn.pem", "only-cn.key", "radius.test", IKE_E_CERT_NAME}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        server_begin(cases[i].crt, cases[i].key, 1);
        talk_init(&t, "tls", NULL);
        t.cfg.tls = engine;
        t.cfg.server = cases[i].server;
        t.cfg.anchors = &anchor;
        t.cfg.anchors_n = 1;
        t.cfg.certs = &own;
        t.cfg.certs_n = 1;
        t.cfg.key = &client_key;
        talk_begin(&t);
        assert_int_equal(handshake(1000), cases[i].err);
        assert_null(t.msk);
        assert_non_null(strstr(ike_eap_trouble(t.c), "authentication server"));
        server_end();
    }
}

static void begin(void)
{
    server_begin("gw.pem", "gw.key", 1);
    client_begin();
    assert_int_equal(say(START, 0, NULL, 0), IKE_EAP_GO_ON);
    assert_int_equal(mbedtls_ssl_handshake(&srv.ssl), MBEDTLS_ERR_SSL_WANT_READ);
    assert_true(srv.out.n > 200);
}

/* RFC 5216 3.1, row 152: lengths that lie */
static void lengths_that_lie(void **state)
{
    (void)state;
    for (int how = 0; how < 9; how++) {
        uint32_t all;
        begin();
        all = (uint32_t)srv.out.n;
        if (how == 0) /* more than announced */
            assert_int_equal(say(LENGTH | MORE, 50, srv.out.p, 100), IKE_E_SYNTAX);
        if (how == 1) { /* less */
            assert_int_equal(say(LENGTH | MORE, all + 1, srv.out.p, 100), IKE_EAP_GO_ON);
            assert_int_equal(say(0, 0, srv.out.p + 100, all - 100), IKE_E_SYNTAX);
        }
        if (how == 2) /* more than anybody may */
            assert_int_equal(say(LENGTH | MORE, EAP_TLS_MAX + 1, srv.out.p, 100), IKE_E_SYNTAX);
        if (how == 3)
            assert_int_equal(say(LENGTH | MORE, 0, srv.out.p, 100), IKE_E_SYNTAX);
        if (how == 4) /* never said */
            assert_int_equal(say(MORE, 0, srv.out.p, 100), IKE_E_SYNTAX);
        if (how == 5) { /* said again, otherwise */
            assert_int_equal(say(LENGTH | MORE, all, srv.out.p, 100), IKE_EAP_GO_ON);
            assert_int_equal(say(LENGTH | MORE, all - 1, srv.out.p + 100, 100), IKE_E_SYNTAX);
        }
        if (how == 6) { /* no progress */
            assert_int_equal(say(LENGTH | MORE, all, srv.out.p, 100), IKE_EAP_GO_ON);
            assert_int_equal(say(MORE, 0, NULL, 0), IKE_E_SYNTAX);
        }
        if (how == 7) /* a second start */
            assert_int_equal(say(START, 0, NULL, 0), IKE_E_SYNTAX);
        if (how == 8) /* L without its four octets */
            assert_int_equal(talk_say(&t, EAP_TLS, (ike_span){(const uint8_t *)"\x80\0\0\1", 4}),
                             IKE_E_SYNTAX);
        server_end();
    }
    server_begin("gw.pem", "gw.key", 1); /* no start */
    client_begin();
    assert_int_equal(say(0, 0, NULL, 0), IKE_E_SYNTAX);
    server_end();
}

/* each octet of the server's first flight changed, one at a time: never done, never a crash */
static void changed_octets(void **state)
{
    (void)state;
    for (size_t i = 0;; i += 37) {
        int verdict;
        begin();
        if (i >= srv.out.n) {
            server_end();
            break;
        }
        srv.out.p[i] ^= 0x41;
        verdict = exchange(1000);
        assert_true(verdict != IKE_EAP_DONE);
        server_end();
    }
}

/* RFC 5216 2.1.3: a server that refuses our certificate says so by an alert */
static void an_alert(void **state)
{
    static mbedtls_x509_crt other;
    static mbedtls_pk_context key;
    ike_span cert;

    (void)state;
    mbedtls_x509_crt_init(&other);
    mbedtls_pk_init(&key);
    assert_int_equal(load_crt(&other, "other-gw.pem"), 0);
    assert_int_equal(load_key(&key, "other-gw.key"), 0);
    cert = (ike_span){other.raw.p, other.raw.len};
    server_begin("gw.pem", "gw.key", 1);
    talk_init(&t, "tls", NULL);
    t.cfg.tls = engine;
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    t.cfg.certs = &cert;
    t.cfg.certs_n = 1;
    t.cfg.key = &key;
    talk_begin(&t);
    assert_int_equal(handshake(1000), IKE_E_PEER_DENIED);
    server_end();
    mbedtls_x509_crt_free(&other);
    mbedtls_pk_free(&key);
}

/* ---- TTLS ---- */

static const ike_eap_method *inner[3];

static void begin_ttls(const char *method, const char *second)
{
    server_begin("gw.pem", "gw.key", 0);
    type = EAP_TTLS;
    talk_init(&t, "ttls", NULL);
    t.cfg.tls = engine;
    inner[0] = method ? ike_eap_method_find(method) : NULL;
    inner[1] = second ? ike_eap_method_find(second) : NULL;
    t.cfg.inner = method ? inner : NULL;
    t.cfg.anonymous = "nobody@realm";
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    talk_begin(&t);
}

/* What the client says inside. */
static size_t hear(uint8_t *text, size_t cap)
{
    int n = mbedtls_ssl_read(&srv.ssl, text, cap);

    assert_true(n > 0);
    return (size_t)n;
}

static int tell(const void *text, size_t n)
{
    assert_int_equal(mbedtls_ssl_write(&srv.ssl, text, n), (int)n);
    return exchange(1000);
}

/* RFC 5281 11.2.5, 8: name and padded password inside, another name outside; the key is that of TLS */
static void ttls_with_pap(void **state)
{
    uint8_t text[200];

    (void)state;
    begin_ttls(NULL, NULL);
    assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("")), IKE_EAP_GO_ON);
    assert_memory_equal(t.out + 5, "nobody@realm", 12);
    assert_int_equal(handshake(1000), IKE_EAP_DONE);
    assert_non_null(t.msk);
    assert_int_equal(hear(text, sizeof(text)), 12 + 24);
    assert_memory_equal(text,
                        "\0\0\0\x01\x40\0\0\x0cUser\0\0\0\x02\x40\0\0\x18"
                        "clientPass\0\0\0\0\0\0",
                        36);
    server_end();
}

#define AVP(code, flags, length, data) "\0\0\0" code flags "\0\0" length data
#define TELL(text)                     tell(text, sizeof(text) - 1)

/* RFC 5281 11.2.1: the name unasked, then a method */
static void ttls_with_eap(void **state)
{
    uint8_t text[200];

    (void)state;
    begin_ttls("md5", NULL);
    assert_int_equal(handshake(1000), IKE_EAP_GO_ON);
    assert_int_equal(hear(text, sizeof(text)), 20);
    assert_memory_equal(text, AVP("\x4f", "\x40", "\x11", "\2\0\0\x09\1User"), 17);
    assert_int_equal(TELL(AVP("\x4f", "\x40", "\x12", "\1\7\0\x0a\4\4abcd") "\0\0"), IKE_EAP_DONE);
    assert_non_null(t.msk);
    assert_int_equal(hear(text, sizeof(text)), 8 + 22 + 2);
    assert_int_equal(text[9], 7);
    server_end();
}

/* row 155: a person inside of a tunnel takes as long as outside */
static void ttls_asks_a_person(void **state)
{
    uint8_t text[200];

    (void)state;
    begin_ttls("otp", NULL);
    t.pending = 1;
    assert_int_equal(handshake(1000), IKE_EAP_GO_ON);
    (void)hear(text, sizeof(text));
    assert_int_equal(TELL(AVP("\x4f", "\x40", "\x11", "\1\7\0\x09\5Code") "\0\0\0"), IKE_E_PENDING);
    assert_int_equal(t.prompt.kind, IKE_EAP_CODE);
    t.verdict = ike_eap_resume(t.c, TALK_TEXT("4711"), t.out, sizeof(t.out), &t.n);
    assert_int_equal(talk_check(&t), IKE_EAP_DONE);
    memcpy(srv.in.p, t.out + 6, t.n - 6);
    srv.in.n = t.n - 6;
    srv.in.at = 0;
    assert_int_equal(hear(text, sizeof(text)), 20);
    assert_memory_equal(text + 12,
                        "\5"
                        "4711",
                        5);
    server_end();
}

/* RFC 5281 10.1, CVE-2026-25075: an AVP shorter than its header, longer than what came, unknown but mandatory; row 148, 149 */
static void ttls_lies(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        int verdict;
    } cases[] = {{AVP("\x4f", "\x40", "\x00", ""), 8, IKE_E_SYNTAX},
                 {AVP("\x4f", "\x40", "\x07", ""), 8, IKE_E_SYNTAX},
                 {AVP("\x4f", "\x40", "\x08", ""), 8, IKE_E_SYNTAX}, /* nothing in it */
                 {AVP("\x4f", "\x40", "\x0d", "\1\7\0\5"), 12, IKE_E_SYNTAX},
                 {AVP("\x4f", "\xc0", "\x0b", "\0\0\0\1"), 12, IKE_E_SYNTAX},
                 {AVP("\x50", "\x40", "\x0c", "abcd"), 12, IKE_E_SYNTAX},
                 {AVP("\x4f", "\x40", "\x0c", "\4\7\0\4"), 12, IKE_E_PEER_DENIED},
                 {AVP("\x4f", "\x40", "\x0c", "\3\7\0\4"), 12, IKE_EAP_GO_ON}, /* done only when MD5 is */
                 {AVP("\x50", "\0", "\x0c", "abcd") AVP("\x4f", "\0", "\x0d", "\1\7\0\5\2") "\0\0\0", 28,
                  IKE_EAP_GO_ON},
                 {"\0\0\0", 3, IKE_E_SYNTAX}};
    uint8_t text[200];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin_ttls("md5", NULL);
        assert_int_equal(handshake(1000), IKE_EAP_GO_ON);
        (void)hear(text, sizeof(text));
        assert_int_equal(tell(cases[i].text, cases[i].n), cases[i].verdict);
        assert_null(t.msk);
        server_end();
    }
}

static int load_client(void **state)
{
    (void)state;
    read_file(&ca, "ca.pem");
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

static int drop_client(void **state)
{
    (void)state;
    mbedtls_pk_free(&client_key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_fragment_size),
                                       cmocka_unit_test(a_long_flight_of_ours),
                                       cmocka_unit_test(servers_that_are_not_the_one),
                                       cmocka_unit_test(lengths_that_lie),
                                       cmocka_unit_test(changed_octets),
                                       cmocka_unit_test(an_alert),
                                       cmocka_unit_test(ttls_with_pap),
                                       cmocka_unit_test(ttls_with_eap),
                                       cmocka_unit_test(ttls_asks_a_person),
                                       cmocka_unit_test(ttls_lies)};

    const ike_tls *engines[] = {ike_tls_mbedtls(),
#ifdef IKE_HAS_OPENSSL
                                ike_tls_openssl(),
#endif
                                NULL};
    int failed = 0;

    for (size_t i = 0; engines[i]; i++) {
        engine = engines[i];
        failed += cmocka_run_group_tests(tests, load_client, drop_client);
    }
    return failed;
}
