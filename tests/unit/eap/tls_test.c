/* tests/unit/eap/tls_test.c - EAP-TLS against a TLS server in the same process, with fragments of any size, and lies. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/tls_server.h"

/* RFC 5216 2.1.1, 2.1.5, 2.3, 3.1, row 152: any size of fragment; both have the same key */
static void any_fragment_size(void **state)
{
    static const size_t sizes[] = {60, 200, 1000, 60000};
    uint8_t msk[IKE_EAP_MSK_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        server_begin("gw.pem", "gw.key", 1);
        client_begin();
        assert_int_equal(handshake(sizes[i]), IKE_EAP_DONE);
        assert_int_equal(srv.is_over, 1);
        assert_int_equal(t.n, 6);
        assert_non_null(t.msk);
        exported("client EAP encryption", msk, sizeof(msk));
        assert_memory_equal(msk, t.msk, sizeof(msk));
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

/* RFC 5216 5.3, row 154, KNOWN-HOLES 34: whom the server's certificate names, and who issued it, in each method with TLS */
static void servers_that_are_not_the_one(void **state)
{
    static const struct {
        const char *crt, *key, *server;
        int err;
    } cases[] = {{"gw.pem", "gw.key", "radius.test", IKE_E_CERT_NAME},
                 {"other-gw.pem", "other-gw.key", "gw.test", IKE_E_CERT_UNTRUSTED},
                 {"expired.pem", "expired.key", "gw.test", IKE_E_CERT_EXPIRED},
                 {"only-cn.pem", "only-cn.key", "radius.test", IKE_E_CERT_NAME}};
    static const char *const methods[] = {"tls", "ttls", "peap"};

    (void)state;
    for (size_t i = 0; i < 3 * sizeof(cases) / sizeof(cases[0]); i++) {
        server_begin(cases[i / 3].crt, cases[i / 3].key, i % 3 == 0);
        talk_init(&t, methods[i % 3], NULL);
        type = t.methods[0]->type;
        t.cfg.tls = engine;
        t.cfg.server = cases[i / 3].server;
        t.cfg.anchors = &anchor;
        t.cfg.anchors_n = 1;
        t.cfg.certs = &own;
        t.cfg.certs_n = 1;
        t.cfg.key = &client_key;
        talk_begin(&t);
        assert_int_equal(handshake(1000), cases[i / 3].err);
        assert_null(t.msk);
        assert_non_null(strstr(ike_eap_trouble(t.c), "authentication server"));
        server_end();
    }
}

static void begin(void)
{
    server_begin("gw.pem", "gw.key", 1);
    client_begin();
    assert_int_equal(start(), IKE_EAP_GO_ON);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_fragment_size),
                                       cmocka_unit_test(a_long_flight_of_ours),
                                       cmocka_unit_test(servers_that_are_not_the_one),
                                       cmocka_unit_test(lengths_that_lie),
                                       cmocka_unit_test(changed_octets),
                                       cmocka_unit_test(an_alert)};

    RUN_WITH_EVERY_ENGINE(tests);
}
