/* tests/unit/eap/client_test.c - which method answers which request; MD5, GTC, OTP. SPDX-License-Identifier: Apache-2.0 */
#include "unit/eap/talk.h"

static struct talk t;

/* RFC 3748 5.1, row 144: the configured identity, not for ever */
static void identity(void **state)
{
    (void)state;
    talk_init(&t, "mschapv2", NULL);
    talk_begin(&t);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("who?")), IKE_EAP_GO_ON);
        assert_int_equal(t.out[4], EAP_IDENTITY);
        assert_int_equal(t.n, 9);
        assert_memory_equal(t.out + 5, "User", 4);
    }
    assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("")), IKE_E_SYNTAX);
    assert_true(ike_eap_trouble(t.c)[0] != '\0');
    t.round = 0; /* another conversation */
    assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("")), IKE_EAP_GO_ON);
    assert_string_equal(ike_eap_trouble(t.c), "");
    talk_over(&t);
}

/* KNOWN-HOLES 77: where only tunnels are allowed another name is seen outside */
static void the_anonymous_name_is_for_tunnels(void **state)
{
    (void)state;
    talk_init(&t, "mschapv2", NULL);
    t.cfg.anonymous = "nobody";
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("")), IKE_EAP_GO_ON);
    assert_memory_equal(t.out + 5, "User", 4);
    talk_over(&t);
}

/* RFC 3748 5.2: a notification is answered by an empty one, whenever it comes, and changes nothing */
static void notification(void **state)
{
    (void)state;
    talk_init(&t, "md5", NULL);
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_NOTIFICATION, TALK_TEXT("hello")), IKE_EAP_GO_ON);
    assert_int_equal(t.out[4], EAP_NOTIFICATION);
    assert_int_equal(t.n, 5);
    assert_int_equal(talk_say(&t, EAP_MD5,
                              TALK_TEXT("\x04"
                                        "abcd")),
                     IKE_EAP_DONE);
    talk_over(&t);
}

/* RFC 3748 5.3.1, row 145, KNOWN-HOLES 80: Nak names what is allowed, in the configured order, a few times */
static void nak(void **state)
{
    (void)state;
    talk_init(&t, "gtc", "mschapv2");
    talk_begin(&t);
    for (uint8_t i = 0; i < 4; i++) {
        assert_int_equal(talk_say(&t, i == 3 ? 254 : EAP_TLS, TALK_TEXT("\x20")), IKE_EAP_GO_ON);
        assert_int_equal(t.out[4], EAP_NAK);
        assert_int_equal(t.n, 7);
        assert_int_equal(t.out[5], EAP_GTC);
        assert_int_equal(t.out[6], EAP_MSCHAPV2);
    }
    assert_int_equal(talk_say(&t, EAP_TLS, TALK_TEXT("\x20")), IKE_E_AUTH_METHOD);
    talk_over(&t);
}

/* RFC 3748 2.1: one method, from its first request to the end */
static void a_method_stays(void **state)
{
    (void)state;
    talk_init(&t, "gtc", "md5");
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_GTC, TALK_TEXT("Password:")), IKE_EAP_DONE);
    assert_int_equal(talk_say(&t, EAP_MD5,
                              TALK_TEXT("\x04"
                                        "abcd")),
                     IKE_E_SYNTAX);
    talk_over(&t);
    talk_init(&t, "gtc", "md5");
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_GTC, TALK_TEXT("Password:")), IKE_EAP_DONE);
    assert_int_equal(talk_say(&t, EAP_IDENTITY, TALK_TEXT("")), IKE_E_SYNTAX);
    talk_over(&t);
}

/* RFC 3748 4.1: no request at all */
static void malformed(void **state)
{
    static const ike_span bad[] = {{(const uint8_t *)"\x01", 1},
                                   {(const uint8_t *)"\x01\x01\x00\x04", 4},
                                   {(const uint8_t *)"\x02\x01\x00\x05\x01", 5},
                                   {(const uint8_t *)"\x03\x01\x00\x04", 4},
                                   {(const uint8_t *)"\x01\x01\x00\x06\x01", 5},
                                   {(const uint8_t *)"\x01\x01\x00\x05\x01x", 6},
                                   {(const uint8_t *)"\x01\x01\x00\x06\x03\x04", 6}};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        talk_init(&t, "md5", NULL);
        talk_begin(&t);
        assert_int_equal(talk_raw(&t, bad[i]), IKE_E_SYNTAX);
        talk_over(&t);
    }
}

/* RFC 1994 4.1: MD5 of identifier, secret and challenge; no key */
static void md5(void **state)
{
    uint8_t hash[16], id;
    const ike_span pieces[] = {{&id, 1}, TALK_TEXT("clientPass"), TALK_TEXT("abcd")};

    (void)state;
    talk_init(&t, "md5", NULL);
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_MD5,
                              TALK_TEXT("\x04"
                                        "abcdgateway")),
                     IKE_EAP_DONE);
    id = t.identifier;
    assert_int_equal(ike__eap_md5_of(pieces, 3, hash), 0);
    assert_int_equal(t.n, 22);
    assert_int_equal(t.out[5], 16);
    assert_memory_equal(t.out + 6, hash, 16);
    assert_null(t.msk);
    talk_over(&t);
    for (size_t n = 0; n < 6; n++) {
        talk_init(&t, "md5", NULL);
        talk_begin(&t);
        assert_int_equal(talk_say(&t, EAP_MD5, (ike_span){(const uint8_t *)"\x05zzzzz", n}), IKE_E_SYNTAX);
        talk_over(&t);
    }
}

/* RFC 3748 5.6: the password answers once, a person the rest; the gateway's words are shown */
static void gtc(void **state)
{
    (void)state;
    talk_init(&t, "gtc", NULL);
    t.says = "123456";
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_GTC, TALK_TEXT("Password:")), IKE_EAP_DONE);
    assert_memory_equal(t.out + 5, "clientPass", 10);
    assert_int_equal(t.prompts, 0);
    assert_int_equal(talk_say(&t, EAP_GTC, TALK_TEXT("Code:")), IKE_EAP_DONE);
    assert_int_equal(t.prompts, 1);
    assert_int_equal(t.prompt.kind, IKE_EAP_CODE);
    assert_int_equal(t.prompt.tries, 1);
    assert_int_equal(t.n, 11);
    assert_memory_equal(t.out + 5, "123456", 6);
    talk_over(&t);

    talk_init(&t, "otp", NULL); /* row 155, RFC 3748 5.5: always a person */
    t.pending = 1;
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_OTP, TALK_TEXT("otp-md5 487 dog2")), IKE_E_PENDING);
    assert_int_equal(talk_resume(&t, "ROME MUG FRED"), IKE_EAP_DONE);
    assert_int_equal(t.n, 5 + 13);
    assert_int_equal(talk_resume(&t, "again"), IKE_E_USAGE);
    talk_over(&t);
}

static void nobody_is_there(void **state)
{
    (void)state;
    talk_init(&t, "mschapv2", NULL);
    t.cfg.password.n = 0;
    t.cfg.prompt = NULL;
    talk_begin(&t);
    assert_int_equal(talk_say(&t, EAP_MSCHAPV2,
                              TALK_TEXT("\x01\x07\x00\x15\x10"
                                        "0123456789abcdef")),
                     IKE_E_DENIED);
    talk_over(&t);
}

/* a table of the host's own */
static int own_step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    uint32_t *count = ctx;

    assert_string_equal(ike_eap_client_config(c)->identity, "User");
    st->out[0] = (uint8_t)++ * count;
    st->n = 1;
    if (*count == 2) {
        st->is_done = st->has_msk = 1;
        memset(st->msk, 0x55, sizeof(st->msk));
    }
    return 0;
}
static unsigned ended;
static void own_end(void *ctx)
{
    assert_int_equal(*(uint32_t *)ctx, 2);
    ended++;
}

static void a_method_of_the_host(void **state)
{
    static const ike_eap_method own = {
        .abi = IKE_EAP_ABI, .type = 52, .name = "own", .ctx_size = 4, .step = own_step, .end = own_end};

    (void)state;
    ended = 0;
    talk_init(&t, "md5", NULL);
    t.methods[1] = &own;
    talk_begin(&t);
    assert_int_equal(talk_say(&t, 52, TALK_TEXT("a")), IKE_EAP_GO_ON);
    assert_int_equal(talk_say(&t, 52, TALK_TEXT("b")), IKE_EAP_DONE);
    assert_int_equal(t.out[5], 2);
    assert_non_null(t.msk);
    assert_int_equal(t.msk[63], 0x55);
    talk_over(&t);
    assert_int_equal(ended, 1);
}

static void wrong_configurations(void **state)
{
    static const ike_eap_method future = {.abi = 2, .type = 52, .name = "own", .step = own_step};
    const char *why;

    (void)state;
    talk_init(&t, "md5", NULL);
    t.cfg.identity = NULL;
    assert_int_equal(ike_eap_client_new(&t.c, &t.cfg, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "identity"));
    talk_init(&t, "md5", NULL);
    t.methods[0] = NULL;
    assert_int_equal(ike_eap_client_new(&t.c, &t.cfg, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "methods"));
    talk_init(&t, "tls", NULL);
    assert_int_equal(ike_eap_client_new(&t.c, &t.cfg, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "server"));
    t.cfg.server = "aaa.test";
    assert_int_equal(ike_eap_client_new(&t.c, &t.cfg, &why), IKE_E_CONFIG);
    assert_non_null(strstr(why, "certs"));
    talk_init(&t, "md5", NULL);
    t.methods[0] = &future;
    assert_int_equal(ike_eap_client_new(&t.c, &t.cfg, &why), IKE_E_UNSUPPORTED);
    assert_null(ike_eap_method_find("leap"));
}

static int inner_verdict(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    (void)ask, (void)out, (void)cap;
    *n = 0;
    ++*(int *)self;
    return 7;
}

static int inner_save(void *self, const char *name, ike_span data)
{
    assert_string_equal(name, "ticket");
    *(int *)self += (int)data.n;
    return 0;
}

static int inner_load(void *self, const char *name, uint8_t *out, size_t cap, size_t *n)
{
    (void)self, (void)out, (void)cap;
    assert_string_equal(name, "ticket");
    *n = 3;
    return 0;
}

/* What is not EAP is the other key store's, and so is what it says of itself. */
static void a_key_store_behind_the_client(void **state)
{
    int self = 0;
    ike_keystore inner = {.abi = IKE_KEYSTORE_ABI, .self = &self, .answer = inner_verdict}, store;
    ike_ask ask = {.kind = IKE_ASK_SIGN};
    uint8_t out[4];
    size_t n;

    (void)state;
    talk_init(&t, "md5", NULL);
    talk_begin(&t);
    inner.slow = 1u << IKE_ASK_SIGN | 1u << IKE_ASK_EAP;
    inner.save = inner_save;
    inner.load = inner_load;
    assert_int_equal(ike_keystore_eap(&store, &inner, t.c), 0);
    t.c = NULL; /* the store's now */
    assert_int_equal(store.slow, 1u << IKE_ASK_SIGN);
    assert_int_equal(store.answer(store.self, &ask, out, sizeof(out), &n), 7);
    assert_int_equal(self, 1);
    assert_int_equal(store.save(store.self, "ticket", (ike_span){(const uint8_t *)"abcd", 4}), 0);
    assert_int_equal(self, 5);
    assert_int_equal(store.load(store.self, "ticket", out, sizeof(out), &n), 0);
    assert_int_equal(n, 3);
    store.close(store.self);
    inner.save = NULL;
    talk_begin(&t);
    assert_int_equal(ike_keystore_eap(&store, &inner, t.c), 0);
    t.c = NULL;
    assert_null(store.save);
    store.close(store.self);
    talk_over(&t);
}

static int slow_sign(void *self, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n)
{
    (void)self, (void)sig, (void)hash, (void)out, (void)cap;
    *n = 0;
    return IKE_E_LOCAL_IO;
}

/* EAP-TLS with a token may wait on another thread; where a person may be asked, never */
static void a_slow_key(void **state)
{
    const ike_signer signer = {.abi = IKE_SIGNER_ABI, .slow = 1, .sign = slow_sign};
    const ike_span some = TALK_TEXT("x");

    (void)state;
    for (int how = 0; how < 3; how++) { /* slow; quick; slow beside a password */
        ike_signer s = signer;
        ike_keystore store;

        s.slow = how != 1;
        talk_init(&t, "tls", how == 2 ? "mschapv2" : NULL);
        t.cfg.server = "aaa.test";
        t.cfg.anchors = t.cfg.certs = &some;
        t.cfg.anchors_n = t.cfg.certs_n = 1;
        t.cfg.signer = &s;
        talk_begin(&t);
        assert_int_equal(ike_keystore_eap(&store, NULL, t.c), 0);
        assert_int_equal(store.slow, how == 0 ? 1u << IKE_ASK_EAP : 0);
        store.close(store.self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(identity),
                                       cmocka_unit_test(the_anonymous_name_is_for_tunnels),
                                       cmocka_unit_test(notification),
                                       cmocka_unit_test(nak),
                                       cmocka_unit_test(a_method_stays),
                                       cmocka_unit_test(malformed),
                                       cmocka_unit_test(md5),
                                       cmocka_unit_test(gtc),
                                       cmocka_unit_test(nobody_is_there),
                                       cmocka_unit_test(a_method_of_the_host),
                                       cmocka_unit_test(wrong_configurations),
                                       cmocka_unit_test(a_key_store_behind_the_client),
                                       cmocka_unit_test(a_slow_key)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
