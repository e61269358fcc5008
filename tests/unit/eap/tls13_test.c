/* tests/unit/eap/tls13_test.c - EAP with TLS 1.3 (RFC 9190, RFC 9427), and client keys that are elsewhere, against OpenSSL's server in the same process. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/talk.h"
#include <ike/tls.h>
#include <mbedtls/pk.h>
#include <mbedtls/version.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define FILE_MAX 8192u
enum { LENGTH = 0x80, MORE = 0x40, START = 0x20 };

static struct talk t;
static struct {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out;
} srv;
static uint8_t type; /* of the requests */
static uint8_t ca[FILE_MAX], own_der[FILE_MAX];
static ike_span anchor, own;
static mbedtls_pk_context key;

static void load_client(const char *crt, const char *private)
{
    static uint8_t text[FILE_MAX];
    uint8_t *p = own_der;
    char path[100];
    FILE *f;
    X509 *x;
    size_t n;

    snprintf(path, sizeof(path), "tests/pki/%s", crt);
    f = fopen(path, "rb");
    assert_non_null(f);
    x = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    own = (ike_span){own_der, (size_t)i2d_X509(x, &p)};
    X509_free(x);
    n = read_pki(private, text, sizeof(text)).n;
    mbedtls_pk_init(&key);
#if MBEDTLS_VERSION_MAJOR >= 3
    assert_int_equal(mbedtls_pk_parse_key(&key, text, n + 1, NULL, 0, NULL, NULL), 0);
#else
    assert_int_equal(mbedtls_pk_parse_key(&key, text, n + 1, NULL, 0), 0);
#endif
}

static void server_begin(const char *crt, const char *private, int version)
{
    char path[100];

    type = EAP_TLS;
    srv.ctx = SSL_CTX_new(TLS_server_method());
    assert_non_null(srv.ctx);
    SSL_CTX_set_min_proto_version(srv.ctx, version);
    SSL_CTX_set_max_proto_version(srv.ctx, version);
    snprintf(path, sizeof(path), "tests/pki/%s", crt);
    assert_int_equal(SSL_CTX_use_certificate_file(srv.ctx, path, SSL_FILETYPE_PEM), 1);
    snprintf(path, sizeof(path), "tests/pki/%s", private);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(srv.ctx, path, SSL_FILETYPE_PEM), 1);
    assert_int_equal(SSL_CTX_load_verify_locations(srv.ctx, "tests/pki/ca.pem", NULL), 1);
    SSL_CTX_set_verify(srv.ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void server_start(void)
{
    srv.ssl = SSL_new(srv.ctx);
    srv.in = BIO_new(BIO_s_mem());
    srv.out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(srv.in, -1);
    SSL_set_bio(srv.ssl, srv.in, srv.out);
    SSL_set_accept_state(srv.ssl);
}

static void server_end(void)
{
    SSL_free(srv.ssl);
    SSL_CTX_free(srv.ctx);
    talk_over(&t);
    mbedtls_pk_free(&key);
    ERR_clear_error();
}

static void client_init(const char *method)
{
    talk_init(&t, method, NULL);
    t.cfg.tls = ike_tls_openssl();
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    t.cfg.certs = &own;
    t.cfg.certs_n = 1;
    t.cfg.key = &key;
}

/* One message; what the client says inside goes to the server. */
static int say(uint8_t flags, const uint8_t *p, size_t n)
{
    static uint8_t m[66000];
    int verdict;

    m[0] = flags;
    memcpy(m + 1, p, n);
    verdict = talk_say(&t, type, (ike_span){m, n + 1});
    if (verdict >= 0) {
        size_t skip = t.out[5] & LENGTH ? 10 : 6;
        (void)BIO_write(srv.in, t.out + skip, (int)(t.n - skip));
    }
    while (verdict == IKE_EAP_GO_ON && (t.out[5] & MORE))
        verdict = say(0, (const uint8_t *)"", 0);
    return verdict;
}

/* What the server has for the client, in one piece, and what the client says to it. */
static int pass(void)
{
    static uint8_t text[60000];
    int n = BIO_read(srv.out, text, sizeof(text));

    return say(0, text, n > 0 ? (size_t)n : 0);
}

static int begin(void)
{
    talk_begin(&t);
    server_start();
    assert_int_equal(say(START, (const uint8_t *)"", 0), IKE_EAP_GO_ON);
    (void)SSL_do_handshake(srv.ssl);
    return pass();
}

/* The server's half of the handshake is over, too. */
static void finish_server(void)
{
    assert_int_equal(SSL_do_handshake(srv.ssl), 1);
}

static int word(const void *text, int n)
{
    assert_int_equal(SSL_write(srv.ssl, text, n), n);
    return pass();
}

static void assert_msk(uint8_t context)
{
    uint8_t all[128];

    assert_non_null(t.msk);
    assert_int_equal(SSL_export_keying_material(srv.ssl, all, sizeof(all), "EXPORTER_EAP_TLS_Key_Material",
                                                29, &context, 1, 1),
                     1);
    assert_memory_equal(t.msk, all, IKE_EAP_MSK_SIZE);
}

/* RFC 9190 2.1.1, 2.3, row 153: done when the server's octet has come, not before; the keys are the exporter's */
static void the_protected_word(void **state)
{
    (void)state;
    load_client("client.pem", "client.key");
    server_begin("gw.pem", "gw.key", TLS1_3_VERSION);
    client_init("tls");
    assert_int_equal(begin(), IKE_EAP_GO_ON); /* Finished of both: for TLS 1.2 that was all */
    assert_null(t.msk);
    finish_server();
    assert_int_equal(word("\0", 1), IKE_EAP_DONE); /* with two tickets in front of it */
    assert_int_equal(t.n, 6);
    assert_msk(EAP_TLS);
    server_end();
}

/* the same with tickets in a message of their own */
static void tickets_first(void **state)
{
    (void)state;
    load_client("client.pem", "client.key");
    server_begin("gw.pem", "gw.key", TLS1_3_VERSION);
    client_init("tls");
    assert_int_equal(begin(), IKE_EAP_GO_ON);
    finish_server();
    assert_int_equal(pass(), IKE_EAP_GO_ON);
    assert_null(t.msk);
    assert_int_equal(t.n, 6); /* an acknowledgement */
    assert_int_equal(word("\0", 1), IKE_EAP_DONE);
    assert_msk(EAP_TLS);
    server_end();
}

/* another word than that one */
static void other_words(void **state)
{
    static const struct {
        const char *text;
        int n;
    } cases[] = {{"\1", 1}, {"\0\0", 2}, {"hello", 5}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        load_client("client.pem", "client.key");
        server_begin("gw.pem", "gw.key", TLS1_3_VERSION);
        client_init("tls");
        assert_int_equal(begin(), IKE_EAP_GO_ON);
        finish_server();
        assert_int_equal(word(cases[i].text, cases[i].n), IKE_E_SYNTAX);
        assert_null(t.msk);
        server_end();
    }
}

/* RFC 9190 2.1.4: a client that the server does not want hears of it behind its own Finished */
static void an_alert_behind_the_handshake(void **state)
{
    (void)state;
    load_client("other-gw.pem", "other-gw.key");
    server_begin("gw.pem", "gw.key", TLS1_3_VERSION);
    client_init("tls");
    assert_int_equal(begin(), IKE_EAP_GO_ON);
    assert_int_equal(SSL_do_handshake(srv.ssl), -1);
    assert_int_equal(pass(), IKE_E_PEER_DENIED);
    assert_null(t.msk);
    server_end();
}

/* RFC 9190 5.3 (row 154): whom the certificate names and who issued it; its errors are the same as with TLS 1.2 */
static void servers_that_are_not_the_one(void **state)
{
    static const struct {
        const char *crt, *key, *server;
        int err;
    } cases[] = {{"gw.pem", "gw.key", "radius.test", IKE_E_CERT_NAME},
                 {"other-gw.pem", "other-gw.key", "gw.test", IKE_E_CERT_UNTRUSTED},
                 {"expired.pem", "expired.key", "gw.test", IKE_E_CERT_EXPIRED},
                 {"only-cn.pem", "only-cn.key", "only-cn.test", IKE_E_CERT_NAME}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        load_client("client.pem", "client.key");
        server_begin(cases[i].crt, cases[i].key, TLS1_3_VERSION);
        client_init("tls");
        t.cfg.server = cases[i].server;
        assert_int_equal(begin(), cases[i].err);
        assert_null(t.msk);
        server_end();
    }
}

/* what went wrong does not stay in OpenSSL's queue, where the host would take it for its own */
static void the_error_queue(void **state)
{
    (void)state;
    load_client("client.pem", "client.key");
    server_begin("other-gw.pem", "other-gw.key", TLS1_3_VERSION);
    client_init("tls");
    talk_begin(&t);
    server_start();
    assert_int_equal(say(START, (const uint8_t *)"", 0), IKE_EAP_GO_ON);
    (void)SSL_do_handshake(srv.ssl);
    ERR_clear_error();
    assert_int_equal(pass(), IKE_E_CERT_UNTRUSTED);
    assert_int_equal(ERR_peek_error(), 0);
    server_end();
}

/* RFC 9427 2.1, 3: TTLS with TLS 1.3 */
static void ttls(void **state)
{
    uint8_t text[100];

    (void)state;
    load_client("client.pem", "client.key");
    server_begin("gw.pem", "gw.key", TLS1_3_VERSION);
    SSL_CTX_set_verify(srv.ctx, SSL_VERIFY_NONE, NULL);
    type = EAP_TTLS;
    client_init("ttls");
    assert_int_equal(begin(), IKE_EAP_DONE);
    finish_server();
    assert_msk(EAP_TTLS);
    assert_int_equal(SSL_read(srv.ssl, text, sizeof(text)), 36);
    assert_memory_equal(text + 8, "User", 4);
    server_end();
}

/* ---- a key that is elsewhere ---- */

static unsigned signatures;
static int sign_error;

static int sign(void *self, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n)
{
    static const mbedtls_md_type_t mds[] = {MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA384, MBEDTLS_MD_SHA512};
    int first = sig >= IKE_SIG_ECDSA_SHA256 ? IKE_SIG_ECDSA_SHA256 : IKE_SIG_RSA_SHA256;
    struct crypto_fake *fake = &t.fake;

    signatures++;
    if (sign_error)
        return sign_error;
    assert_true(sig - first < 3);
    *n = 0;
#if MBEDTLS_VERSION_MAJOR >= 3
    return mbedtls_pk_sign(self, mds[sig - first], hash.p, hash.n, out, cap, n,
                           (int (*)(void *, unsigned char *, size_t))fake->table.random, fake->table.self);
#else
    (void)cap;
    return mbedtls_pk_sign(self, mds[sig - first], hash.p, hash.n, out, n,
                           (int (*)(void *, unsigned char *, size_t))fake->table.random, fake->table.self);
#endif
}

/* RSA with either library, ECDSA with OpenSSL, there with TLS 1.3 too */
static void a_key_elsewhere(void **state)
{
    static const struct {
        const char *crt, *key;
        int version, is_openssl, verdict; /* in the end; UNSUPPORTED: at once */
    } cases[] = {{"rsa-client.pem", "rsa-client.key", TLS1_2_VERSION, 0, IKE_EAP_DONE},
                 {"rsa-client.pem", "rsa-client.key", TLS1_2_VERSION, 1, IKE_EAP_DONE},
                 {"client.pem", "client.key", TLS1_2_VERSION, 1, IKE_EAP_DONE},
                 {"client.pem", "client.key", TLS1_3_VERSION, 1, IKE_EAP_DONE},
                 {"client.pem", "client.key", TLS1_2_VERSION, 0, IKE_E_UNSUPPORTED}};
    ike_signer signer = {.abi = IKE_SIGNER_ABI, .self = &key, .sigs = ~UINT64_C(0), .sign = sign};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(cases) / sizeof(cases[0]); i++) {
        size_t at = i / 2;
        int verdict;

        signatures = 0;
        sign_error = i % 2 ? IKE_E_DENIED : 0; /* a wrong PIN */
        load_client(cases[at].crt, cases[at].key);
        server_begin("gw.pem", "gw.key", cases[at].version);
        client_init("tls");
        t.cfg.tls = cases[at].is_openssl ? ike_tls_openssl() : NULL;
        t.cfg.key = NULL;
        t.cfg.signer = &signer;
        talk_begin(&t);
        server_start();
        verdict = say(START, (const uint8_t *)"", 0);
        for (int turn = 0; turn < 4 && verdict == IKE_EAP_GO_ON; turn++) {
            if (SSL_do_handshake(srv.ssl) == 1 && cases[at].version == TLS1_3_VERSION)
                (void)SSL_write(srv.ssl, "", 1);
            verdict = pass();
        }
        if (cases[at].verdict == IKE_EAP_DONE && sign_error)
            assert_true(verdict < 0);
        else
            assert_int_equal(verdict, cases[at].verdict);
        assert_int_equal(signatures, cases[at].verdict == IKE_EAP_DONE);
        assert_int_equal(t.msk != NULL, verdict == IKE_EAP_DONE);
        server_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_protected_word),
                                       cmocka_unit_test(tickets_first),
                                       cmocka_unit_test(other_words),
                                       cmocka_unit_test(an_alert_behind_the_handshake),
                                       cmocka_unit_test(servers_that_are_not_the_one),
                                       cmocka_unit_test(the_error_queue),
                                       cmocka_unit_test(ttls),
                                       cmocka_unit_test(a_key_elsewhere)};

    anchor = read_pki("ca.pem", ca, sizeof(ca));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
