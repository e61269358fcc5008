/* tests/unit/eap/tunnel_test.c - EAP-TTLS and PEAP against a TLS server in the same process: what is said inside. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/tls_server.h"
#include "eap/peap.h"
#include "eap/ttls.h"

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

/* KNOWN-HOLES 3, RFC 5281 10.1, CVE-2026-25075: an AVP shorter than its header, longer than what came, unknown but mandatory; row 148, 149 */
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

/* KNOWN-HOLES 3: the same for each length up to the header's, with and without a vendor, of any code */
static void ttls_lengths(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * 13; i++) {
        uint8_t text[16] = {0, 0, 0, 79, i % 2 ? 0xc0 : 0x40, 0, 0, (uint8_t)(i / 2)};
        struct eap_cursor in = {text, sizeof(text), 0};
        struct ttls_avp avp;
        int is_good = i / 2 >= (i % 2 ? 12 : 8);

        assert_int_equal(ike__ttls_next(&in, &avp), is_good ? 1 : IKE_E_SYNTAX);
        if (is_good)
            assert_int_equal(avp.data.n, i / 2 - (i % 2 ? 12 : 8));
    }
}

/* ---- TTLS with MS-CHAP-V2 of its own: RFC 5281 11.2.4 ---- */

struct chap {
    uint8_t challenge[17], text[200];
    struct ms_secret secret;
    uint8_t expected[20];
};

static void begin_chap(struct chap *m)
{
    static const uint8_t head[] = "\0\0\0\x0b\xc0\0\0\x1c\0\0\1\x37",
                         answer[] = "\0\0\0\x19\xc0\0\0\x3e\0\0\1\x37";
    uint8_t hash[8], nt[24];

    begin_ttls(NULL, NULL);
    talk_over(&t);
    t.cfg.inner_plain = IKE_EAP_PLAIN_MSCHAPV2;
    talk_begin(&t);
    assert_int_equal(handshake(1000), IKE_EAP_GO_ON);
    assert_null(t.msk);
    exported("ttls challenge", m->challenge, sizeof(m->challenge));
    assert_int_equal(hear(m->text, sizeof(m->text)), 12 + 28 + 64);
    assert_memory_equal(m->text, AVP("\1", "\x40", "\x0c", "User"), 12);
    assert_memory_equal(m->text + 12, head, 12);
    assert_memory_equal(m->text + 24, m->challenge, 16);
    assert_memory_equal(m->text + 40, answer, 12);
    assert_int_equal(m->text[52], m->challenge[16]);
    assert_int_equal(ike__ms_secret(TALK_TEXT("clientPass"), &m->secret), 0);
    assert_int_equal(ike__ms_challenge_hash(m->text + 54, m->challenge, TALK_TEXT("User"), hash), 0);
    assert_int_equal(ike__ms_nt_response(&m->secret, hash, nt), 0);
    assert_memory_equal(m->text + 78, nt, 24); /* as a server that knows the password would have it */
    assert_int_equal(ike__ms_authenticator(&m->secret, nt, hash, m->expected), 0);
}

/* MS-CHAP2-Success. */
static size_t put_success(const struct chap *m, uint8_t *out)
{
    static const char digits[] = "0123456789ABCDEF";

    memcpy(out, "\0\0\0\x1a\xc0\0\0\x37\0\0\1\x37", 12);
    out[12] = m->challenge[16];
    out[13] = 'S';
    out[14] = '=';
    for (size_t i = 0; i < 20; i++) {
        out[15 + 2 * i] = (uint8_t)digits[m->expected[i] >> 4];
        out[16 + 2 * i] = (uint8_t)digits[m->expected[i] & 15];
    }
    return 55;
}

/* RFC 5281 11.2.4, 11.1: the challenge from the tunnel; done only when the server has proven itself */
static void ttls_with_plain_mschapv2(void **state)
{
    struct chap m;
    uint8_t text[100], msk[64];

    (void)state;
    begin_chap(&m);
    assert_int_equal(tell(text, put_success(&m, text)), IKE_EAP_DONE);
    assert_int_equal(t.n, 6);
    exported("ttls keying material", msk, sizeof(msk));
    assert_memory_equal(t.msk, msk, 64);
    server_end();
}

/* a server that does not know the password, or answers another question, or refuses, or says nothing of it */
static void ttls_plain_mschapv2_lies(void **state)
{
    static const struct {
        size_t at, n; /* which octet is changed; the length */
        int verdict;
    } cases[] = {{20, 55, IKE_E_AUTH},  {12, 55, IKE_E_SYNTAX}, {13, 55, IKE_E_SYNTAX}, {3, 55, IKE_E_SYNTAX},
                 {7, 55, IKE_E_SYNTAX}, {11, 55, IKE_E_SYNTAX}, {0, 54, IKE_E_SYNTAX}};
    struct chap m;
    uint8_t text[100];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin_chap(&m);
        m.expected[2] ^= cases[i].verdict == IKE_E_AUTH;
        (void)put_success(&m, text);
        text[cases[i].at] ^= cases[i].verdict != IKE_E_AUTH;
        assert_int_equal(tell(text, cases[i].n), cases[i].verdict);
        assert_null(t.msk);
        server_end();
    }
    begin_chap(&m);
    assert_int_equal(TELL("\0\0\0\2\xc0\0\0\x12\0\0\1\x37 E=691"), IKE_E_PEER_DENIED);
    assert_non_null(strstr(ike_eap_trouble(t.c), "password"));
    server_end();
    begin_chap(&m);
    assert_int_equal(TELL(AVP("\x50", "\0", "\x0c", "abcd")), IKE_E_SYNTAX);
    server_end();
}

/* ---- PEAP ---- */

static void begin_peap(const char *method)
{
    server_begin("gw.pem", "gw.key", 0);
    type = EAP_PEAP;
    talk_init(&t, "peap", NULL);
    t.cfg.tls = engine;
    inner[0] = method ? ike_eap_method_find(method) : NULL;
    inner[1] = NULL;
    t.cfg.inner = method ? inner : NULL;
    t.cfg.anonymous = "nobody@realm";
    t.cfg.server = "gw.test";
    t.cfg.anchors = &anchor;
    t.cfg.anchors_n = 1;
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("")), IKE_EAP_GO_ON);
    assert_memory_equal(t.out + 5, "nobody@realm", 12);
    assert_int_equal(handshake(1000), IKE_EAP_GO_ON);
}

/* Says who and proves it by MD5: all but the result. */
static void until_the_result(void)
{
    uint8_t text[200];

    begin_peap("md5");
    assert_int_equal(TELL("\1"), IKE_EAP_GO_ON);
    assert_int_equal(hear(text, sizeof(text)), 5);
    assert_memory_equal(text, "\1User", 5);
    assert_int_equal(TELL("\4\4abcd"), IKE_EAP_GO_ON);
    assert_int_equal(hear(text, sizeof(text)), 18);
    assert_null(t.msk);
}

#define RESULT(text) "\1\x21\0" text

/* MS-PEAP 3.2.5: a method inside without the heads of EAP; done when its result is said, not before */
static void peap_with_md5(void **state)
{
    uint8_t text[200], msk[64];

    (void)state;
    until_the_result();
    assert_int_equal(TELL(RESULT("\x0b\x21\x80\3\0\2\0\1")), IKE_EAP_DONE);
    assert_int_equal(hear(text, sizeof(text)), 11);
    assert_int_equal(text[1], t.identifier);
    assert_memory_equal(text, "\2", 1);
    assert_memory_equal(text + 2, "\0\x0b\x21\x80\3\0\2\0\1", 9);
    exported("client EAP encryption", msk, sizeof(msk));
    assert_memory_equal(t.msk, msk, 64);
    server_end();
}

/* KNOWN-HOLES 30: a success before the method is done, and what is no Extensions message */
static void peap_lies(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        int verdict;
    } cases[] = {{RESULT("\x0b\x21\x80\3\0\2\0\3"), 11, IKE_E_SYNTAX},               /* which result? */
                 {RESULT("\x0b\x21\x80\3\0\3\0\1"), 11, IKE_E_SYNTAX},               /* longer than it is */
                 {RESULT("\x09\x21\x80\3\0\2"), 9, IKE_E_SYNTAX},                    /* shorter */
                 {RESULT("\x05\x21"), 5, IKE_E_SYNTAX},                              /* nothing */
                 {RESULT("\x11\x21\x80\3\0\2\0\1\x80\3\0\2\0\1"), 17, IKE_E_SYNTAX}, /* twice */
                 {RESULT("\x0f\x21\x80\3\0\2\0\1\x80\x63\0\0"), 15, IKE_E_SYNTAX},   /* unknown, mandatory */
                 {RESULT("\x0f\x21\x80\3\0\2\0\1\0\x63\0\0"), 15, IKE_EAP_DONE},     /* unknown */
                 {RESULT("\x0b\x21\x80\3\0\2\0\2"), 11, IKE_EAP_GO_ON}}; /* refused, acknowledged */

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        until_the_result();
        assert_int_equal(tell(cases[i].text, cases[i].n), cases[i].verdict);
        assert_int_equal(t.msk != NULL, cases[i].verdict == IKE_EAP_DONE);
        if (cases[i].verdict >= 0) /* it was the last word */
            assert_int_equal(TELL("\1"), IKE_E_SYNTAX);
        server_end();
    }
    begin_peap("md5");
    assert_int_equal(TELL("\1"), IKE_EAP_GO_ON);
    assert_int_equal(TELL(RESULT("\x0b\x21\x80\3\0\2\0\1")), IKE_E_AUTH);
    assert_null(t.msk);
    server_end();
    begin_peap("md5"); /* at once */
    assert_int_equal(TELL(RESULT("\x0b\x21\x80\3\0\2\0\1")), IKE_E_AUTH);
    server_end();
}

/* row 155: a person inside of a tunnel takes as long as outside */
static void peap_asks_a_person(void **state)
{
    uint8_t text[200];

    (void)state;
    begin_peap("otp");
    t.pending = 1;
    assert_int_equal(TELL("\5Code"), IKE_E_PENDING);
    t.verdict = ike_eap_resume(t.c, TALK_TEXT("4711"), t.out, sizeof(t.out), &t.n);
    assert_int_equal(talk_check(&t), IKE_EAP_GO_ON);
    memcpy(srv.in.p, t.out + 6, t.n - 6);
    srv.in.n = t.n - 6;
    srv.in.at = 0;
    assert_int_equal(hear(text, sizeof(text)), 5);
    assert_memory_equal(text,
                        "\5"
                        "4711",
                        5);
    server_end();
}

/* What MSCHAPv2 inside comes to: both sides have proven themselves, and its key is in isk. */
static void mschapv2_inside(uint8_t isk[64])
{
    static const char digits[] = "0123456789ABCDEF";
    uint8_t text[200], challenge[16] = "0123456789abcde", request[22] = "\x1a\1\7\0\x15\x10", hash[8],
                       proof[20];
    uint8_t success[47] = "\x1a\3\7\0\x2eS=";
    struct ms_secret secret;

    begin_peap(NULL); /* that one is the usual one */
    memcpy(request + 6, challenge, 16);
    assert_int_equal(tell(request, sizeof(request)), IKE_EAP_GO_ON);
    assert_int_equal(hear(text, sizeof(text)), 6 + 49 + 4);
    assert_int_equal(ike__ms_secret(TALK_TEXT("clientPass"), &secret), 0);
    assert_int_equal(ike__ms_challenge_hash(text + 6, challenge, TALK_TEXT("User"), hash), 0);
    assert_int_equal(ike__ms_authenticator(&secret, text + 30, hash, proof), 0);
    assert_int_equal(ike__ms_msk(&secret, text + 30, isk), 0);
    for (size_t i = 0; i < 20; i++) {
        success[7 + 2 * i] = (uint8_t)digits[proof[i] >> 4];
        success[8 + 2 * i] = (uint8_t)digits[proof[i] & 15];
    }
    assert_int_equal(tell(success, sizeof(success)), IKE_EAP_GO_ON);
    assert_int_equal(hear(text, sizeof(text)), 2);
}

/* MS-PEAP 3.1.5.5: the binding proves that the end of the tunnel knows the inner key; the key is made of both */
static void peap_crypto_binding(void **state)
{
    static const uint8_t peap = EAP_PEAP;

    (void)state;
    for (int how = 0; how < 4;
         how++) { /* right; a wrong MAC; our own kind sent back; without the inner key */
        uint8_t isk[64], tunnel[64], text[71] = RESULT("\x47\x21\x80\3\0\2\0\1\0\x0c\0\x38"), mac[20],
                                     msk[64];
        uint8_t *tlv = text + 11;
        struct peap_binding b;

        mschapv2_inside(isk);
        exported("client EAP encryption", tunnel, sizeof(tunnel));
        if (how == 3)
            memset(isk, 0, sizeof(isk));
        memset(tlv + 8, 0x77, 32);
        tlv[7] = how == 2;
        (void)ike__peap_bind(&b, tunnel, isk, (ike_span){tlv, 60}); /* makes the keys */
        assert_int_equal(
            ike__eap_hmac(0, (ike_span){b.cmk, 20}, (const ike_span[]){{tlv, 60}, {&peap, 1}}, 2, mac), 0);
        memcpy(tlv + 40, mac, 20);
        tlv[59] ^= how == 1;
        assert_int_equal(tell(text, sizeof(text)), how == 0 ? IKE_EAP_DONE : IKE_E_AUTH);
        if (how == 0) {
            assert_int_equal(ike__peap_msk(&b, msk), 0);
            assert_memory_equal(t.msk, msk, 64);
            assert_memory_not_equal(t.msk, tunnel, 64);
            assert_int_equal(hear(text, sizeof(text)), 71);
            memcpy(mac, tlv + 40, 20);
            memset(tlv + 40, 0, 20);
            assert_int_equal(tlv[7], 1);
            assert_int_equal(tlv[8], 0x77);
            assert_int_equal(
                ike__eap_hmac(0, (ike_span){b.cmk, 20}, (const ike_span[]){{tlv, 60}, {&peap, 1}}, 2, msk),
                0);
            assert_memory_equal(mac, msk, 20);
        } else {
            assert_null(t.msk);
        }
        server_end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ttls_with_pap),
                                       cmocka_unit_test(ttls_with_eap),
                                       cmocka_unit_test(ttls_asks_a_person),
                                       cmocka_unit_test(ttls_lies),
                                       cmocka_unit_test(ttls_lengths),
                                       cmocka_unit_test(ttls_with_plain_mschapv2),
                                       cmocka_unit_test(ttls_plain_mschapv2_lies),
                                       cmocka_unit_test(peap_with_md5),
                                       cmocka_unit_test(peap_lies),
                                       cmocka_unit_test(peap_asks_a_person),
                                       cmocka_unit_test(peap_crypto_binding)};

    RUN_WITH_EVERY_ENGINE(tests);
}
