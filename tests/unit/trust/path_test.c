/* tests/unit/trust/path_test.c - ways to an anchor, and what is wrong with them. SPDX-License-Identifier: Apache-2.0 */
#include "room.h"
#include <mbedtls/md.h>

static int judge(const char *certs, const char *anchors, const char *fqdn, const ike_trust_options *options)
{
    ike_trust *t = make_trust(anchors, options);
    struct peer p;
    int verdict;

    make_peer(&p, certs, fqdn);
    verdict = ike_trust_verify(t, &p.ask);
    ike_trust_free(t);
    return verdict;
}

/* rows 111, 112, 119: RFC 5280 6.1 */
static void ways(void **state)
{
    static const struct {
        const char *certs, *anchors;
        int err;
    } cases[] = {
        {"leaf mid", "root", 0},
        {"leaf3 sub mid", "root", 0},
        {"leaf3 mid sub", "root", 0}, /* in any order */
        {"leaf3 leaf other mid below mid sub sub mid", "root", 0},
        {"leaf3 sub mid mid-x", "root", 0},
        {"leaf3 sub mid mid-x", "other", 0}, /* cross-signed: either way */
        {"leaf3 sub mid-x mid", "root", 0},
        {"leaf3 sub mid-old mid", "root", 0}, /* the expired twin does not spoil it */
        {"leaf3 sub mid-old mid-x", "root other", 0},
        {"leaf3 sub", "mid", 0}, /* an intermediate may be the anchor */
        {"leaf", "leaf", 0},     /* trusted as it is */
        {"leaf", "other leaf root", 0},
        {"leaf mid", "other root", 0},
        {"leaf3 sub mid root other", "root other", 0},
        {"leaf3 sub", "root", IKE_E_CERT_UNTRUSTED},
        {"leaf", "root", IKE_E_CERT_UNTRUSTED},
        {"leaf mid", "other", IKE_E_CERT_UNTRUSTED},
        {"leaf mid root", "other", IKE_E_CERT_UNTRUSTED}, /* a root that the peer brings is no anchor */
        {"leaf3 sub mid-old", "root", IKE_E_CERT_EXPIRED},
        {"leaf-short short", "root", 0},
        {"leaf-deep below short", "root", IKE_E_CERT_CHAIN}, /* RFC 5280 4.2.1.9 */
        {"leaf-by-leaf leaf mid", "root", IKE_E_CERT_CHAIN}, /* no CA */
        {"leaf-by-leaf", "leaf", IKE_E_CERT_CHAIN},          /* a trusted peer is no CA either */
        {"leaf-no-sign no-sign", "root", IKE_E_CERT_CHAIN},  /* 4.2.1.3: keyCertSign */
        {"critical mid", "root", IKE_E_CERT_CRITICAL},       /* 4.2 */
        {"not-critical mid", "root", 0},
        {"policy mid", "root", IKE_E_CERT_CRITICAL},
        {"sha1 mid", "root", IKE_E_CERT_WEAK},
        {"pss mid", "root", 0},
        {"any-eku mid", "root", 0},
        {"ipsec-eku mid", "root", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i].certs, judge(cases[i].certs, cases[i].anchors, "gw.test", NULL), cases[i].err);
}

/* RFC 5280 4.2.1.10; KNOWN-HOLES 44 */
static void name_constraints(void **state)
{
    static const struct {
        const char *leaf;
        int err;
    } cases[] = {
        {"nc-ok limited", 0},
        {"nc-case limited", 0},
        {"nc-dns limited", IKE_E_CERT_CONSTRAINT},
        {"nc-tail limited", IKE_E_CERT_CONSTRAINT},
        {"nc-excluded limited", IKE_E_CERT_CONSTRAINT},
        {"nc-wild limited", IKE_E_CERT_CONSTRAINT}, /* stands for an excluded name, too */
        {"nc-email limited", IKE_E_CERT_CONSTRAINT},
        {"nc-subject-email limited", IKE_E_CERT_CONSTRAINT},
        {"nc-ip limited", IKE_E_CERT_CONSTRAINT},
        {"nc-dn limited", IKE_E_CERT_CONSTRAINT},
        {"nc-uri uri-limited", IKE_E_CERT_CONSTRAINT}, /* a kind of name that we cannot compare */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        expect(cases[i].leaf, judge(cases[i].leaf, "root", "gw.corp.test", NULL), cases[i].err);
    expect("an anchor's", judge("nc-dns", "limited", "gw.corp.test", NULL), IKE_E_CERT_CONSTRAINT);
    expect("an anchor's", judge("nc-ok", "limited", "gw.corp.test", NULL), 0);
}

/* row 116: the clock is the caller's */
static void the_clock(void **state)
{
    static const struct {
        int64_t now;
        int err;
    } cases[] = {{INT64_C(1500000000), IKE_E_CERT_NOT_YET},
                 {INT64_C(2147483648), 0}, /* 2038 */
                 {INT64_C(4102444800), 0}, /* 2100 */
                 {INT64_C(5000000000), IKE_E_CERT_EXPIRED}};
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        options.now_s = cases[i].now;
        expect("clock", judge("leaf mid", "root", "gw.test", &options), cases[i].err);
        expect("clock", judge("leaf", "leaf", "gw.test", &options), cases[i].err);
    }
    assert_int_equal(ike__seconds(1970, 1, 1, 0, 0, 0), 0);
    assert_int_equal(ike__seconds(2000, 3, 1, 12, 0, 1), 951912001);
    assert_int_equal(ike__seconds(2027, 1, 15, 8, 0, 0), NOW);
}

/* What is strong enough is a row of the caller's table. */
static void policies(void **state)
{
    static const struct {
        ike_trust_policy policy;
        const char *certs;
        int err;
    } cases[] = {
        {{sizeof(ike_trust_policy), "p256", 0, IKE_CURVE_P256, IKE_HASH_SHA256, 0}, "leaf mid", 0},
        {{sizeof(ike_trust_policy), "p384", 0, IKE_CURVE_P384, IKE_HASH_SHA256, 0},
         "leaf mid",
         IKE_E_CERT_WEAK},
        {{sizeof(ike_trust_policy), "rsa", 4096, 0, IKE_HASH_SHA256, 0}, "leaf mid", IKE_E_CERT_WEAK},
        {{sizeof(ike_trust_policy), "sha384", 0, IKE_CURVE_P256, IKE_HASH_SHA384, 0},
         "pss mid",
         IKE_E_CERT_WEAK},
        {{sizeof(ike_trust_policy), "old", 0, IKE_CURVE_P256, IKE_HASH_SHA256 | IKE_HASH_SHA1, 0},
         "sha1 mid",
         0},
    };
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;

    (void)state;
    options.now_s = NOW;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        options.policy = &cases[i].policy;
        expect(cases[i].policy.name, judge(cases[i].certs, "root", "gw.test", &options), cases[i].err);
    }
}

/* The rows of the named policies: RFC 8603 4 wants P-384, or RSA of 3072 bits, and SHA-384 */
static void named_policies(void **state)
{
    static const struct {
        uint32_t policy;
        int err;
    } cases[] = {{IKE_POLICY_DEFAULT, 0},
                 {IKE_POLICY_COMPAT, 0},
                 {IKE_POLICY_NCSC_RECOMMENDED, 0},
                 {IKE_POLICY_NCSC_LEGACY, 0},
                 {IKE_POLICY_CNSA, IKE_E_CERT_WEAK}};
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;
    const ike_trust_policy *cnsa = ike_trust_policy_of(IKE_POLICY_CNSA);

    (void)state;
    options.now_s = NOW;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        options.policy = ike_trust_policy_of(cases[i].policy);
        assert_string_equal(options.policy->name, ike_policy_name(cases[i].policy));
        expect(options.policy->name, judge("leaf mid", "root", "gw.test", &options), cases[i].err);
        expect("SHA-1", judge("sha1 mid", "root", "gw.test", &options), IKE_E_CERT_WEAK);
    }
    assert_null(ike_trust_policy_of(IKE_POLICY_CNSA + 1));
    assert_int_equal(cnsa->rsa_bits_min, 3072);
    assert_int_equal(cnsa->curves, IKE_CURVE_P384);
    assert_int_equal(cnsa->hashes, IKE_HASH_SHA384);
    assert_int_equal(ike_trust_policy_of(IKE_POLICY_NCSC_RECOMMENDED)->rsa_bits_min, 0);
}

/* RFC 7469 2.4: SHA-256 of the SubjectPublicKeyInfo, of the peer or of a CA */
static void pins(void **state)
{
    static const struct {
        const char *pinned;
        int err;
    } cases[] = {{"leaf", 0}, {"mid", 0}, {"mid-x", 0}, {"root", 0}, {"other", IKE_E_CERT_PIN}};
    struct peer p;

    (void)state;
    make_peer(&p, "leaf mid", "gw.test");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_trust *t = make_trust("root", NULL), *other = make_trust(cases[i].pinned, NULL);
        ike_span spki = other->anchors[0]->spki;
        uint8_t hash[32];
        assert_int_equal(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), spki.p, spki.n, hash), 0);
        assert_int_equal(ike_trust_pin(t, hash), 0);
        expect(cases[i].pinned, ike_trust_verify(t, &p.ask), cases[i].err);
        for (unsigned k = 1; k < IKE_PINS_MAX; k++)
            assert_int_equal(ike_trust_pin(t, hash), 0);
        assert_int_equal(ike_trust_pin(t, hash), IKE_E_LIMIT);
        ike_trust_free(t);
        ike_trust_free(other);
    }
}

/* rows 107-110; RFC 4945 3.1 */
static void identities(void **state)
{
    static const uint8_t ip4[] = {192, 0, 2, 1}, other4[] = {192, 0, 2, 2},
                         ip6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    static const struct {
        uint32_t type;
        const void *id;
        size_t n;
        int err;
    } cases[] = {
        {2, "gw.test", 7, 0},
        {2, "GW.test.", 8, 0},
        {2, "gw.test\0x", 9, IKE_E_CERT_NAME},
        {2, "a.wild.test", 11, IKE_E_CERT_NAME},
        {2, "", 0, IKE_E_CERT_NAME},
        {3, "Gate@gw.TEST", 12, 0},
        {3, "gate@gw.test", 12, IKE_E_CERT_NAME}, /* RFC 5280 4.2.1.6: the local part keeps its case */
        {1, ip4, 4, 0},
        {1, other4, 4, IKE_E_CERT_NAME},
        {5, ip6, 16, 0},
        {5, ip4, 4, IKE_E_CERT_NAME},
        {1, ip6, 16, IKE_E_CERT_NAME},
        {10, "gw.test", 7, IKE_E_CERT_NAME},
        {13, "", 0, IKE_E_CERT_NAME}, /* ID_NULL */
        {11, "", 0, IKE_E_CERT_NAME},
    };
    ike_trust *t = make_trust("root", NULL);
    struct peer p;

    (void)state;
    make_peer(&p, "names mid", "");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        p.ask.peer_id_type = cases[i].type;
        p.ask.peer_id_data = (ike_span){cases[i].id, cases[i].n};
        expect((const char *)cases[i].id, ike_trust_verify(t, &p.ask), cases[i].err);
    }
    ike_trust_free(t);
}

static void names_and_key_ids(void **state)
{
    struct material m;
    struct ike_x509 x;
    ike_span dn;
    uint8_t copy[200];

    (void)state;
    assert_int_equal(ike__x509_parse(&x, load_der(&m, "names.pem", "CERTIFICATE"), NULL), 0);
    dn = x.subject;
    memcpy(copy, dn.p, dn.n);
    assert_true(ike__trust_names_id(&x, 9, (ike_span){copy, dn.n}));
    for (size_t i = 0; i < dn.n; i++)
        if (copy[i] == 'N' || copy[i] == 'G')
            copy[i] = (uint8_t)(copy[i] + 32);
    assert_true(ike__trust_names_id(&x, 9, (ike_span){copy, dn.n}));
    copy[dn.n - 1] ^= 1;
    assert_false(ike__trust_names_id(&x, 9, (ike_span){copy, dn.n}));
    assert_false(ike__trust_names_id(&x, 9, (ike_span){(const uint8_t *)"\x30\0", 2}));
    assert_true(ike__trust_names_id(&x, 11, ike__x509_ski(&x)));
    ike__x509_free(&x);
}

/* RFC 6125 6.4.3: one whole label, the left-most, and only if it is wanted */
static void wildcards(void **state)
{
    static const struct {
        const char *host;
        int with, without;
    } cases[] = {{"gw.test", 1, 1},       {"a.wild.test", 1, 0}, {"A.WILD.test.", 1, 0}, {"wild.test", 0, 0},
                 {"a.b.wild.test", 0, 0}, {"x.test", 0, 0},      {"192.0.2.1", 1, 1},    {"192.0.2.2", 0, 0},
                 {"2001:db8::1", 1, 1},   {".wild.test", 0, 0},  {"*.wild.test", 1, 1}};
    struct material m;
    struct ike_x509 x;

    (void)state;
    assert_int_equal(ike__x509_parse(&x, load_der(&m, "names.pem", "CERTIFICATE"), NULL), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (ike__trust_names_host(&x, cases[i].host, 1) != cases[i].with ||
            ike__trust_names_host(&x, cases[i].host, 0) != cases[i].without)
            fail_msg("%s", cases[i].host);
    ike__x509_free(&x);
}

/* row 112: the work is bounded, whatever is sent; KNOWN-HOLES 10, 26 */
static void bounds(void **state)
{
    ike_trust *t = make_trust("other", NULL);
    static uint8_t junk[70000];
    struct peer p;

    (void)state;
    make_peer(&p, "leaf3 sub mid mid-x mid-old sub mid mid-x mid-old sub", "gw.test");
    expect("copies", ike_trust_verify(t, &p.ask), 0);
    p.spans[9] = (ike_span){junk, sizeof(junk)};
    expect("64 KiB", ike_trust_verify(t, &p.ask), IKE_E_CERT_CHAIN);
    p.spans[9] = (ike_span){junk, 100};
    expect("a stranger that is no certificate", ike_trust_verify(t, &p.ask), 0);
    p.spans[0] = (ike_span){junk, 100};
    expect("the peer's own is none", ike_trust_verify(t, &p.ask), IKE_E_CERT_INVALID);
    ike_trust_free(t);
}

/* KNOWN-HOLES 24, 26: one changed octet anywhere never convinces */
static void changed_octets(void **state)
{
    ike_trust *t = make_trust("root", NULL);
    struct peer p;

    (void)state;
    make_peer(&p, "leaf mid", "gw.test");
    for (size_t i = 0; i < p.certs[0].n; i++) {
        p.certs[0].p[i] ^= 0x41;
        assert_int_not_equal(ike_trust_verify(t, &p.ask), 0);
        p.certs[0].p[i] ^= 0x41;
    }
    expect("unchanged", ike_trust_verify(t, &p.ask), 0);
    ike_trust_free(t);
}

/* RFC 8603 4, RFC 8247 3.2, NCSC: what each policy says to certificates, before anybody connects */
static void policies_measure_certificates(void **state)
{
    static const struct {
        const char *name;
        uint8_t is_weak[5]; /* default, compat, ncsc-recommended, ncsc-legacy, cnsa */
    } rows[] = {{"../gw.pem", {0, 0, 0, 0, 1}},     {"../rsa-gw.pem", {0, 0, 1, 0, 1}},
                {"../p384.pem", {0, 0, 0, 0, 1}},   {"../cnsa.pem", {0, 0, 0, 0, 0}},
                {"../weak.pem", {1, 1, 1, 1, 1}},   {"sha1.pem", {1, 1, 1, 1, 1}},
                {"../cnsa-ca.pem", {0, 0, 0, 0, 0}}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (uint32_t policy = 0; ike_policy_name(policy); policy++) {
            struct material m;
            expect(rows[i].name,
                   ike_trust_policy_cert(ike_trust_policy_of(policy),
                                         load_der(&m, rows[i].name, "CERTIFICATE"), NULL),
                   rows[i].is_weak[policy] ? IKE_E_CERT_WEAK : 0);
        }
    for (int has_strong = 0; has_strong < 2; has_strong++) {
        ike_trust *t = make_trust(has_strong ? "root ../cnsa-ca" : "root other", NULL);
        expect("anchors", ike_trust_policy_anchors(ike_trust_policy_of(IKE_POLICY_CNSA), t),
               has_strong ? 0 : IKE_E_CERT_WEAK);
        expect("anchors", ike_trust_policy_anchors(ike_trust_policy_of(IKE_POLICY_DEFAULT), t), 0);
        ike_trust_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_measure_certificates),
        cmocka_unit_test(ways),
        cmocka_unit_test(name_constraints),
        cmocka_unit_test(the_clock),
        cmocka_unit_test(policies),
        cmocka_unit_test(named_policies),
        cmocka_unit_test(pins),
        cmocka_unit_test(identities),
        cmocka_unit_test(wildcards),
        cmocka_unit_test(names_and_key_ids),
        cmocka_unit_test(bounds),
        cmocka_unit_test(changed_octets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
