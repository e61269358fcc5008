/* tests/unit/crypto/suites_test.c - proposals as text, and what a peer may answer to them. SPDX-License-Identifier: Apache-2.0 */
#include "crypto/suites.h"
#include "fake/crypto_fake.h"
#include "fake/test.h"

struct offer {
    struct ike_proposal p[IKE_PROPOSALS_MAX];
    uint32_t n;
    const char *why;
};

#define ENCR(id, bits)          \
    {                           \
        IKE_T_ENCR, 0, id, bits \
    }
#define PRF(id)             \
    {                       \
        IKE_T_PRF, 0, id, 0 \
    }
#define INTEG(id)             \
    {                         \
        IKE_T_INTEG, 0, id, 0 \
    }
#define KE(id)             \
    {                      \
        IKE_T_KE, 0, id, 0 \
    }
#define ESN(id)             \
    {                       \
        IKE_T_ESN, 0, id, 0 \
    }

static const ike_crypto *backend; /* NULL: mbedTLS */

static int parse(struct offer *o, uint8_t protocol, const char *text, uint32_t policy)
{
    int n = ike__suites_parse(o->p, IKE_PROPOSALS_MAX, protocol, text, policy,
                              backend ? backend : ike_crypto_mbedtls(), &o->why);

    o->n = n > 0 ? (uint32_t)n : 0;
    return n < 0 ? n : 0;
}

static void expect_parsed(uint8_t protocol, const char *text, uint32_t policy, const char *expected)
{
    char line[512];
    struct ike_text t;
    struct offer o;

    if (parse(&o, protocol, text, policy) < 0)
        fail_msg("%s: %s", text, o.why);
    ike__text_init(&t, line, sizeof(line));
    ike__proposals_print(&t, o.p, o.n);
    assert_string_equal(line, expected);
    for (uint32_t i = 0; i < o.n; i++) /* RFC 7296 3.3.1: numbers begin with 1 and rise by one */
        assert_int_equal(o.p[i].number, i + 1);
}

static int offers(const struct offer *o, uint8_t type, uint16_t id, uint16_t bits)
{
    for (uint32_t i = 0; i < o->n; i++)
        for (uint8_t k = 0; k < o->p[i].n; k++) {
            const struct ike_transform *t = &o->p[i].transform[k];
            if (t->type == type && t->id == id && (bits == 0 || t->key_bits == bits))
                return 1;
        }
    return 0;
}

/* RFC 7296 3.3: keywords in any order and number; what is not written follows from what is */
static void keywords_become_transforms(void **state)
{
    (void)state;
    expect_parsed(IKE_PROTO_IKE, "aes256gcm16-prfsha384-ecp384", 0, "aes256gcm16-prfsha384-ecp384");
    expect_parsed(IKE_PROTO_IKE, "aes256-sha256-modp2048", 0, "aes256-sha256-modp2048-prfsha256");
    expect_parsed(IKE_PROTO_IKE, "aes128gcm16-sha256-x25519", 0, "aes128gcm16-curve25519-prfsha256");
    expect_parsed(IKE_PROTO_IKE, "ecp256-sha384-sha512-aes-aes128", 0,
                  "ecp256-sha384-sha512-aes128-prfsha384-prfsha512");
    expect_parsed(IKE_PROTO_IKE, "aes256-sha256-prfsha512-ecp521", 0, "aes256-sha256-prfsha512-ecp521");
    expect_parsed(IKE_PROTO_IKE, " aes256gcm128-prfsha256-x25519! ,, aes-sha2_512-ecp256 ", 0,
                  "aes256gcm16-prfsha256-curve25519, aes128-sha512-ecp256-prfsha512");
    expect_parsed(IKE_PROTO_IKE, "aes256gcm16-prfsha256-ecp256-esn", 0, "aes256gcm16-prfsha256-ecp256");
    expect_parsed(IKE_PROTO_ESP, "aes256gcm16", 0, "aes256gcm16-noesn");
    expect_parsed(IKE_PROTO_ESP, "aes256-sha256-esn-noesn", 0, "aes256-sha256-esn-noesn");
    expect_parsed(IKE_PROTO_ESP, "aes128gcm16-ecp256", 0, "aes128gcm16-ecp256-noesn");
    expect_parsed(IKE_PROTO_ESP, "chacha20poly1305-prfsha256-esn", 0, "chacha20poly1305-esn");
}

/* RFC 7296 3.3, 3.3.2: kinds that are missing or do not go together, and words nobody knows */
static void incomplete_proposals_are_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"prfsha256-ecp256", "no encryption"},
        {"aes256-prfsha256-ecp256", "no integrity"},
        {"aes256gcm16-aes256-sha256-ecp256", "AEAD and other ciphers"},
        {"aes256gcm16-ecp256", "no PRF"},
        {"aes256-sha256", "no key exchange"},
        {"AES256-sha256-ecp256", "unknown keyword"},
        {"aes256--sha256-ecp256", "unknown keyword"},
        {"-aes256-sha256-ecp256", "unknown keyword"},
        {"aes256-sha256-ecp256-", "unknown keyword"},
        {"aes256-sha256-ecp256-,aes256-sha256-ecp256", "unknown keyword"},
        {"aes256-sha256-ecp256-default", "unknown keyword"},
        {"default-aes256", "unknown keyword"},
        {"", "no proposal"},
        {" ,, ! ,", "no proposal"},
        {"aes256-sha256-ecp256,aes512-sha256-ecp256", "unknown keyword"},
    };
    struct offer o;
    char many[17 * 32] = "";

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(parse(&o, IKE_PROTO_IKE, cases[i].text, 0), IKE_E_CONFIG);
        if (!strstr(o.why, cases[i].why) || strncmp(o.why, "ike_suites: ", 12) != 0)
            fail_msg("%s: %s", cases[i].text, o.why);
        if (parse(&o, IKE_PROTO_ESP, cases[i].text, 0) < 0)
            assert_memory_equal(o.why, "esp_suites: ", 12);
        else
            assert_string_equal(o.why, "");
    }
    for (int i = 0; i < 17; i++) {
        strcat(many, "aes256-sha256-ecp256,");
        assert_int_equal(parse(&o, IKE_PROTO_IKE, many, 0), i < 16 ? 0 : IKE_E_CONFIG);
    }
    assert_string_equal(o.why, "ike_suites: too many proposals");
}

/* the word default is the built-in list, at its place among others, under the policy in force */
static void default_is_a_proposal(void **state)
{
    struct offer built_in, o;

    (void)state;
    for (uint8_t protocol = IKE_PROTO_IKE; protocol <= IKE_PROTO_ESP; protocol += 2)
        for (uint32_t policy = IKE_POLICY_DEFAULT; policy <= IKE_POLICY_COMPAT; policy++) {
            assert_int_equal(parse(&built_in, protocol, NULL, policy), 0);
            assert_int_equal(parse(&o, protocol, "default", policy), 0);
            assert_int_equal(o.n, built_in.n);
            assert_memory_equal(o.p, built_in.p, o.n * sizeof(o.p[0]));
            assert_int_equal(parse(&o, protocol, "aes256ctr-sha512-ecp521 , default!", policy), 0);
            assert_int_equal(o.n, 1 + built_in.n);
            assert_int_equal(o.p[0].transform[0].id, IKE_ENCR_AES_CTR);
            assert_int_equal(o.p[1].number, 2);
            assert_memory_equal(o.p[1].transform, built_in.p[0].transform, sizeof(o.p[1].transform));
        }
}

/* RFC 8247 2.1 to 2.4, RFC 8221 5, RFC 7296 5, rows 70, 127, 293: refused under every policy, beside good ones too */
static void weak_algorithms_are_never_offered(void **state)
{
    static const char *const weak[] = {
        "des",      "null",     "md5",         "prfmd5",       "modp768",      "modp1024",
        "modp1536", "ecp192",   "blowfish128", "modp1024s160", "modp2048s224", "modp2048s256",
        "none",     "modpnone", "prfaesxcbc",  "prfaescmac",   "aesxcbc",      "aescmac"};
    struct offer o;
    char text[64];

    (void)state;
    for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
        for (uint32_t policy = IKE_POLICY_DEFAULT; policy <= IKE_POLICY_COMPAT; policy++) {
            snprintf(text, sizeof(text), "aes256-sha256-ecp256-%s", weak[i]);
            if (parse(&o, IKE_PROTO_IKE, text, policy) != IKE_E_CONFIG)
                fail_msg("%s was taken", weak[i]);
        }
    assert_int_equal(parse(&o, IKE_PROTO_ESP, "null-sha256", IKE_POLICY_COMPAT), IKE_E_CONFIG);
}

/* RFC 8247 2.2, 2.3, row 293: SHA-1 and 3DES for whoever asks for them by name and by policy */
static void old_algorithms_need_the_compat_policy(void **state)
{
    static const char *const old[] = {"aes128-sha1-modp2048", "aes128-sha-modp2048",
                                      "aes128-sha256-prfsha1-modp2048", "3des-sha256-modp2048"};
    struct offer o;

    (void)state;
    for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
        assert_int_equal(parse(&o, IKE_PROTO_IKE, old[i], IKE_POLICY_DEFAULT), IKE_E_CONFIG);
        assert_non_null(strstr(o.why, "compat"));
    }
    expect_parsed(IKE_PROTO_IKE, old[0], IKE_POLICY_COMPAT, "aes128-sha1-modp2048-prfsha1");
    expect_parsed(IKE_PROTO_IKE, old[2], IKE_POLICY_COMPAT, "aes128-sha256-prfsha1-modp2048");
    expect_parsed(IKE_PROTO_ESP, "aes128-sha1", IKE_POLICY_COMPAT, "aes128-sha1-noesn");
    assert_int_equal(parse(&o, IKE_PROTO_IKE, old[3], IKE_POLICY_COMPAT), IKE_E_UNSUPPORTED);
}

/* RFC 8247 2.1 to 2.4, row 293: every MUST and SHOULD is in the default, nothing below is in any */
static void the_default_follows_rfc_8247(void **state)
{
    static const struct ike_transform musts[] = {ENCR(12, 128), ENCR(12, 256), ENCR(20, 128), ENCR(28, 0),
                                                 PRF(5),        PRF(7),        INTEG(12),     KE(14),
                                                 KE(19),        KE(31)};
    struct offer o;

    (void)state;
    for (uint32_t policy = IKE_POLICY_DEFAULT; policy <= IKE_POLICY_COMPAT; policy++) {
        assert_int_equal(parse(&o, IKE_PROTO_IKE, NULL, policy), 0);
        for (size_t i = 0; i < sizeof(musts) / sizeof(musts[0]); i++)
            assert_true(offers(&o, musts[i].type, musts[i].id, musts[i].key_bits));
        assert_int_equal(offers(&o, IKE_T_PRF, IKE_PRF_HMAC_SHA1, 0), policy);
        assert_int_equal(offers(&o, IKE_T_INTEG, IKE_INTEG_HMAC_SHA1_96, 0), policy);
        for (uint16_t id = 0; id < 300; id++) {
            assert_false(offers(&o, IKE_T_ENCR, id, 0) && id < 12);
            assert_false(offers(&o, IKE_T_INTEG, id, 0) && id < 2);
            assert_false(offers(&o, IKE_T_KE, id, 0) && (id < 14 || (id >= 22 && id <= 24)));
        }
        assert_int_equal(parse(&o, IKE_PROTO_ESP, NULL, policy), 0);
        assert_false(offers(&o, IKE_T_ENCR, IKE_ENCR_NULL, 0));
        assert_true(offers(&o, IKE_T_ESN, IKE_ESN_YES, 0));
        assert_true(offers(&o, IKE_T_ESN, IKE_ESN_NO, 0));
    }
}

/* RFC 7296 2.7: what the backend has not is not offered; the numbers have no gap */
static void what_the_backend_lacks_is_left_out(void **state)
{
    static struct crypto_fake fake;
    struct offer o;

    (void)state;
    crypto_fake_init(&fake, 1);
    backend = &fake.table;
    expect_parsed(IKE_PROTO_IKE, "aes256gcm16-aes192gcm16-prfsha256-ecp256", 0,
                  "aes256gcm16-prfsha256-ecp256");
    expect_parsed(IKE_PROTO_IKE, "aes192-sha256-ecp256,aes128-sha256-ecp256", 0,
                  "aes128-sha256-ecp256-prfsha256");
    expect_parsed(IKE_PROTO_IKE, "aes128-sha256-sha384-ecp256", 0,
                  "aes128-sha256-ecp256-prfsha256-prfsha384");
    assert_int_equal(parse(&o, IKE_PROTO_IKE, "aes192-sha256-ecp256", 0), IKE_E_UNSUPPORTED);
    assert_string_equal(o.why, "ike_suites: the crypto backend offers none of the proposals");
    assert_int_equal(parse(&o, IKE_PROTO_IKE, "aes256gcm8-prfsha256-ecp256", 0), IKE_E_UNSUPPORTED);
    backend = NULL;
}

/* RFC 7296 3.3: a peer may take any cipher of a proposal with any integrity algorithm of it, so each pair is there */
static void every_pair_can_be_chosen(void **state)
{
    static const char *const texts[] = {NULL, "aes256-aes128-aes192-aes128ctr-sha384-sha512-sha256-ecp256",
                                        "aes128ctr-aes256ctr-aes256-sha512-sha256-ecp256,default"};
    static struct crypto_fake fake;
    struct offer o;

    (void)state;
    crypto_fake_init(&fake, 1); /* it has SHA-512 beside aes256 alone */
    backend = &fake.table;
    expect_parsed(IKE_PROTO_ESP, "aes256-aes128-sha384-sha512-sha256", 0, "aes256-sha512-sha256-noesn");
    expect_parsed(IKE_PROTO_ESP, "aes128-aes256-sha512-sha256", 0, "aes128-aes256-sha256-noesn");
    expect_parsed(IKE_PROTO_ESP, "aes192-aes128-aes128ctr-sha512-sha256", 0, "aes128-aes128ctr-sha256-noesn");
    expect_parsed(IKE_PROTO_ESP, "aes256-sha512,aes128-sha256", 0,
                  "aes256-sha512-noesn, aes128-sha256-noesn");
    for (size_t i = 0; i < 2 * sizeof(texts) / sizeof(texts[0]); i++) {
        const ike_crypto *c = i & 1 ? ike_crypto_mbedtls() : &fake.table;
        backend = c;
        assert_int_equal(parse(&o, IKE_PROTO_IKE, texts[i / 2], 0), 0);
        for (uint32_t n = 0; n < o.n; n++)
            for (uint8_t e = 0; e < o.p[n].n; e++)
                for (uint8_t a = 0; a < o.p[n].n; a++) {
                    const struct ike_transform *encr = &o.p[n].transform[e], *integ = &o.p[n].transform[a];
                    if (encr->type == IKE_T_ENCR && integ->type == IKE_T_INTEG)
                        assert_non_null(ike__find_cipher(c, encr->id, encr->key_bits, integ->id));
                }
    }
    backend = NULL;
}

/* RFC 7296 1.2: the first child's keys come from the IKE SA's, so its proposals go without groups */
static void groups_can_be_left_out(void **state)
{
    struct offer o;

    (void)state;
    assert_int_equal(parse(&o, IKE_PROTO_ESP, "aes256gcm16-ecp256-esn", 0), 0);
    ike__suites_strip_ke(o.p, o.n);
    assert_int_equal(o.p[0].n, 2);
    assert_false(offers(&o, IKE_T_KE, IKE_KE_ECP_256, 0));
}

/* ---- what a peer may answer ---- */

struct answer {
    const char *what;
    uint8_t number, protocol, n;
    struct ike_transform t[6];
};
static size_t write_sa(uint8_t *buf, size_t cap, const struct answer *a, size_t n)
{
    struct ike_proposal p[2];
    struct ike_msg_out out;

    memset(p, 0, sizeof(p));
    for (size_t i = 0; i < n; i++) {
        p[i].number = a[i].number;
        p[i].protocol = a[i].protocol;
        p[i].n = a[i].n;
        memcpy(p[i].transform, a[i].t, sizeof(a[i].t));
    }
    ike__out_init(&out, buf, cap);
    ike__sa_write(&out, p, n);
    assert_int_equal(ike__out_err(&out), 0);
    memmove(buf, buf + 4, out.buf.n - 4); /* the body alone */
    return out.buf.n - 4;
}

static int accept(const char *offered, const struct answer *a, struct ike_suite *suite)
{
    struct ike_proposal chosen;
    struct offer o;
    uint8_t buf[200];

    assert_int_equal(parse(&o, a->protocol == IKE_PROTO_ESP ? IKE_PROTO_ESP : IKE_PROTO_IKE, offered, 0), 0);
    return ike__suites_accept(o.p, o.n, ike__span(buf, write_sa(buf, sizeof(buf), a, 1)), suite, &chosen);
}

static void expect_all(const char *offered, const struct answer *a, size_t n, int err)
{
    struct ike_suite suite;

    for (size_t i = 0; i < n; i++)
        if (accept(offered, &a[i], &suite) != err)
            fail_msg("%s: %s", a[i].what, ike_errname(accept(offered, &a[i], &suite)));
}

static const char ike_offer[] =
    "aes256gcm16-aes128gcm16-prfsha256-curve25519-ecp256,aes256-sha256-curve25519";
static const struct answer good[] = {
    {"first", 1, 1, 3, {ENCR(20, 256), PRF(5), KE(31)}},
    {"others, in any order", 1, 1, 3, {KE(19), PRF(5), ENCR(20, 128)}},
    {"row 69: INTEG NONE", 1, 1, 4, {ENCR(20, 256), INTEG(0), PRF(5), KE(31)}},
    {"second", 2, 1, 4, {ENCR(12, 256), PRF(5), INTEG(12), KE(31)}},
};
static const struct answer bad[] = {
    {"row 67: cipher not offered", 1, 1, 3, {ENCR(28, 0), PRF(5), KE(31)}},
    {"row 67: PRF not offered", 1, 1, 3, {ENCR(20, 256), PRF(7), KE(31)}},
    {"row 127: PRF XCBC", 1, 1, 3, {ENCR(20, 256), PRF(4), KE(31)}},
    {"row 127: PRF CMAC", 1, 1, 3, {ENCR(20, 256), PRF(8), KE(31)}},
    {"row 67: group not offered", 1, 1, 3, {ENCR(20, 256), PRF(5), KE(14)}},
    {"row 67: two ciphers", 1, 1, 4, {ENCR(20, 256), ENCR(20, 128), PRF(5), KE(31)}},
    {"row 67: two groups", 1, 1, 4, {ENCR(20, 256), PRF(5), KE(31), KE(19)}},
    {"row 67: the same twice", 1, 1, 4, {ENCR(20, 256), PRF(5), PRF(5), KE(31)}},
    {"row 67: another key length", 1, 1, 3, {ENCR(20, 192), PRF(5), KE(31)}},
    {"row 67: key length where none was", 1, 1, 3, {ENCR(20, 256), {IKE_T_PRF, 0, 5, 128}, KE(31)}},
    {"row 67: no cipher", 1, 1, 2, {PRF(5), KE(31)}},
    {"row 67: no PRF", 1, 1, 2, {ENCR(20, 256), KE(31)}},
    {"row 67: no group", 1, 1, 2, {ENCR(20, 256), PRF(5)}},
    {"row 67: group NONE", 1, 1, 3, {ENCR(20, 256), PRF(5), KE(0)}},
    {"row 67: unknown type", 1, 1, 4, {ENCR(20, 256), PRF(5), KE(31), {6, 0, 35, 0}}},
    {"row 67: ESN for IKE", 1, 1, 4, {ENCR(20, 256), PRF(5), KE(31), ESN(0)}},
    {"row 67: nothing at all", 1, 1, 0, {ENCR(0, 0)}},
    {"row 68: number of another", 2, 1, 3, {ENCR(20, 256), PRF(5), KE(31)}},
    {"row 68: number of none", 3, 1, 3, {ENCR(20, 256), PRF(5), KE(31)}},
    {"row 68: protocol AH", 1, 2, 3, {ENCR(20, 256), PRF(5), KE(31)}},
    {"row 69: AEAD and integrity", 1, 1, 4, {ENCR(20, 256), PRF(5), INTEG(12), KE(31)}},
    {"row 70: ENCR_NULL", 2, 1, 4, {ENCR(11, 0), PRF(5), INTEG(12), KE(31)}},
    {"row 70: INTEG NONE", 2, 1, 4, {ENCR(12, 256), PRF(5), INTEG(0), KE(31)}},
    {"row 70: no integrity", 2, 1, 3, {ENCR(12, 256), PRF(5), KE(31)}},
};

/* RFC 7296 2.7, 3.3, 3.3.1, 3.3.6, 5, rows 67 to 70: one of what was offered, whole and unchanged */
static void answers_must_be_what_was_offered(void **state)
{
    const struct ike_suite second = {.encr = 12, .encr_bits = 256, .integ = 12, .prf = 5, .ke = 31};
    struct ike_suite suite;

    (void)state;
    expect_all(ike_offer, good, sizeof(good) / sizeof(good[0]), 0);
    expect_all(ike_offer, bad, sizeof(bad) / sizeof(bad[0]), IKE_E_BAD_CHOICE);
    assert_int_equal(accept(ike_offer, &good[3], &suite), 0);
    assert_memory_equal(&suite, &second, sizeof(suite));
}

/* RFC 7296 2.7, 3.3.1, 3.3.6, row 67: one proposal, no attribute we do not know, and cut off nowhere */
static void answers_hold_one_whole_proposal(void **state)
{
    uint8_t buf[200];
    struct ike_suite suite;
    struct ike_proposal chosen;
    struct offer o;
    size_t n;

    (void)state;
    assert_int_equal(parse(&o, IKE_PROTO_IKE, ike_offer, 0), 0);
    n = write_sa(buf, sizeof(buf), good, 1);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(ike__suites_accept(o.p, o.n, ike__span(buf, cut), &suite, &chosen), IKE_E_SYNTAX);
    buf[17] = 15; /* the Key Length attribute becomes one that nobody knows */
    assert_int_equal(ike__suites_accept(o.p, o.n, ike__span(buf, n), &suite, &chosen), IKE_E_BAD_CHOICE);
    n = write_sa(buf, sizeof(buf), (struct answer[]){good[0], good[3]}, 2);
    assert_int_equal(ike__suites_accept(o.p, o.n, ike__span(buf, n), &suite, &chosen), IKE_E_BAD_CHOICE);
}

/* RFC 7296 3.3.3, row 183: one kind of sequence numbers; none said is 32 bits, if those were offered */
static void sequence_numbers_are_chosen_once(void **state)
{
    static const struct answer a[] = {
        {"none", 1, 3, 1, {ENCR(20, 256)}},        {"NO", 1, 3, 2, {ENCR(20, 256), ESN(0)}},
        {"YES", 1, 3, 2, {ENCR(20, 256), ESN(1)}}, {"both", 1, 3, 3, {ENCR(20, 256), ESN(0), ESN(1)}},
        {"new", 1, 3, 2, {ENCR(20, 256), ESN(2)}}, {"KE NONE", 1, 3, 3, {ENCR(20, 256), ESN(1), KE(0)}},
    };
    struct ike_suite suite;

    (void)state;
    expect_all("aes256gcm16-esn-noesn", a, 3, 0);
    expect_all("aes256gcm16-esn-noesn", a + 3, 2, IKE_E_BAD_CHOICE);
    expect_all("aes256gcm16-esn", a, 2, IKE_E_BAD_CHOICE);
    expect_all("aes256gcm16", a, 2, 0);
    expect_all("aes256gcm16", a + 2, 3, IKE_E_BAD_CHOICE);
    for (size_t i = 0; i < 6; i++)
        if (accept("aes256gcm16-esn-noesn", &a[i], &suite) == 0)
            assert_int_equal(suite.esn, i == 2 || i == 5);
}

/* RFC 7296 2.7: a responder takes the first of its own proposals that was offered; its answer is accepted */
static void a_choice_is_accepted(void **state)
{
    struct offer ours, theirs;
    struct ike_suite made, seen;
    struct ike_proposal chosen;
    struct ike_msg_out out;
    struct ike_text t;
    uint8_t buf[2000];
    char line[100];

    (void)state;
    assert_int_equal(parse(&theirs, IKE_PROTO_IKE, NULL, 0), 0);
    assert_int_equal(
        parse(&ours, IKE_PROTO_IKE, "aes128-sha512-ecp384-ecp256,aes256gcm16-prfsha256-ecp256", 0), 0);
    ike__out_init(&out, buf, sizeof(buf));
    ike__sa_write(&out, theirs.p, theirs.n);
    assert_int_equal(ike__suites_choose(ours.p, ours.n, ike__span(buf + 4, out.buf.n - 4), &made, &chosen),
                     0);
    assert_int_equal(chosen.number, 2);
    ike__text_init(&t, line, sizeof(line));
    ike__suite_print(&t, &made);
    assert_string_equal(line, "aes128-sha512-prfsha512-ecp384");
    ike__out_init(&out, buf, sizeof(buf));
    ike__sa_write(&out, &chosen, 1);
    assert_int_equal(
        ike__suites_accept(theirs.p, theirs.n, ike__span(buf + 4, out.buf.n - 4), &seen, &chosen), 0);
    assert_memory_equal(&made, &seen, sizeof(made));
    assert_int_equal(parse(&ours, IKE_PROTO_IKE, "aes128ctr-sha256-ecp256", 0), 0);
    assert_int_equal(ike__suites_choose(ours.p, ours.n, ike__span(buf + 4, out.buf.n - 4), &made, &chosen),
                     IKE_E_NO_PROPOSAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keywords_become_transforms),
        cmocka_unit_test(incomplete_proposals_are_refused),
        cmocka_unit_test(weak_algorithms_are_never_offered),
        cmocka_unit_test(old_algorithms_need_the_compat_policy),
        cmocka_unit_test(the_default_follows_rfc_8247),
        cmocka_unit_test(what_the_backend_lacks_is_left_out),
        cmocka_unit_test(default_is_a_proposal),
        cmocka_unit_test(every_pair_can_be_chosen),
        cmocka_unit_test(groups_can_be_left_out),
        cmocka_unit_test(answers_must_be_what_was_offered),
        cmocka_unit_test(answers_hold_one_whole_proposal),
        cmocka_unit_test(sequence_numbers_are_chosen_once),
        cmocka_unit_test(a_choice_is_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
