/* tests/unit/trust/status_test.c - CRLs, OCSP, and what is missing. SPDX-License-Identifier: Apache-2.0 */
#include "room.h"

struct scene {
    struct material leaf_m, ca_m, blob_m;
    struct ike_x509 leaf, ca;
    struct ike_subject s;
};

static void set(struct scene *c, const char *leaf, const char *ca)
{
    char name[64];

    snprintf(name, sizeof(name), "%s.pem", leaf);
    assert_int_equal(ike__x509_parse(&c->leaf, load_der(&c->leaf_m, name, "CERTIFICATE"), NULL), 0);
    snprintf(name, sizeof(name), "%s.pem", ca);
    assert_int_equal(ike__x509_parse(&c->ca, load_der(&c->ca_m, name, "CERTIFICATE"), NULL), 0);
    c->s = (struct ike_subject){&c->leaf, &c->ca, ike_trust_policy_of(IKE_POLICY_DEFAULT), NULL, NOW};
}

static void drop(struct scene *c)
{
    ike__x509_free(&c->leaf);
    ike__x509_free(&c->ca);
}

/* RFC 5280 5.2, 6.3.3 */
static void crls(void **state)
{
    static const struct {
        const char *crl, *leaf, *ca;
        enum ike_status is;
        int usable;
    } cases[] = {
        {"mid.crl", "leaf-good", "mid", IKE_STATUS_GOOD, 0},
        {"mid.crl", "leaf-bad", "mid", IKE_STATUS_REVOKED, 0},
        {"mid.crl", "leaf-bad", "mid-x", IKE_STATUS_REVOKED, 0},
        {"mid.crl", "mid", "root", IKE_STATUS_UNKNOWN, 0}, /* another CA's */
        {"root.crl", "mid", "root", IKE_STATUS_GOOD, 0},
        {"forged.crl", "leaf-bad", "mid", IKE_STATUS_UNKNOWN, 0},
        {"delta.crl", "leaf-bad", "mid", IKE_STATUS_UNKNOWN, IKE_E_UNSUPPORTED},
        {"idp.crl", "leaf-bad", "mid", IKE_STATUS_REVOKED, 0},
        {"idp.crl", "leaf-good", "mid", IKE_STATUS_GOOD, 0},
        {"idp.crl", "leaf", "mid", IKE_STATUS_UNKNOWN, 0}, /* which does not name this point */
        {"idp-elsewhere.crl", "leaf-good", "mid", IKE_STATUS_UNKNOWN, 0},
        {"idp-ca.crl", "leaf-good", "mid", IKE_STATUS_UNKNOWN, 0},
        {"reasons.crl", "leaf-good", "mid", IKE_STATUS_UNKNOWN, IKE_E_UNSUPPORTED},
        {"indirect.crl", "leaf-good", "mid", IKE_STATUS_UNKNOWN, IKE_E_UNSUPPORTED},
        {"unknown.crl", "leaf-good", "mid", IKE_STATUS_UNKNOWN, IKE_E_UNSUPPORTED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene c;
        ike_span der;
        set(&c, cases[i].leaf, cases[i].ca);
        der = load_der(&c.blob_m, cases[i].crl, "X509 CRL");
        expect(cases[i].crl, ike__crl_usable(der), cases[i].usable);
        if (ike__crl_status(der, &c.s) != cases[i].is)
            fail_msg("%s of %s", cases[i].crl, cases[i].leaf);
        c.s.now = INT64_C(5000000000); /* RFC 5280 5.1.2.5: stale */
        assert_int_equal(ike__crl_status(der, &c.s), IKE_STATUS_UNKNOWN);
        c.s.now = INT64_C(1500000000);
        assert_int_equal(ike__crl_status(der, &c.s), IKE_STATUS_UNKNOWN);
        drop(&c);
    }
}

/* RFC 6960 3.2; RFC 6960 4.2.2.2: who may sign */
static void ocsp(void **state)
{
    static const struct {
        const char *response, *leaf, *ca;
        enum ike_status is;
    } cases[] = {
        {"good.ocsp", "leaf-good", "mid", IKE_STATUS_GOOD},
        {"bad.ocsp", "leaf-bad", "mid", IKE_STATUS_REVOKED},
        {"good.ocsp", "leaf-bad", "mid", IKE_STATUS_UNKNOWN}, /* speaks of another certificate */
        {"good.ocsp", "leaf-good", "root", IKE_STATUS_UNKNOWN},
        {"delegated.ocsp", "leaf-good", "mid", IKE_STATUS_GOOD},
        {"no-eku.ocsp", "leaf-good", "mid", IKE_STATUS_UNKNOWN},
        {"other-ca.ocsp", "leaf-good", "mid", IKE_STATUS_UNKNOWN},
        {"unlisted.ocsp", "leaf3", "mid", IKE_STATUS_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene c;
        ike_span der;
        set(&c, cases[i].leaf, cases[i].ca);
        der = load_raw(&c.blob_m, cases[i].response);
        if (ike__ocsp_status(der, &c.s, (ike_span){NULL, 0}) != cases[i].is)
            fail_msg("%s of %s", cases[i].response, cases[i].leaf);
        c.s.now = INT64_C(5000000000);
        assert_int_equal(ike__ocsp_status(der, &c.s, (ike_span){NULL, 0}), IKE_STATUS_UNKNOWN);
        c.s.now = INT64_C(1500000000);
        assert_int_equal(ike__ocsp_status(der, &c.s, (ike_span){NULL, 0}), IKE_STATUS_UNKNOWN);
        drop(&c);
    }
}

/* KNOWN-HOLES 26, 40: one changed or missing octet gives no other answer */
static void broken_answers(void **state)
{
    static const char *const names[] = {"delegated.ocsp", "mid.crl"};
    struct scene c;

    (void)state;
    set(&c, "leaf-good", "mid");
    for (size_t k = 0; k < 2; k++) {
        ike_span der = k == 0 ? load_raw(&c.blob_m, names[k]) : load_der(&c.blob_m, names[k], "X509 CRL");
        for (size_t i = 0; i < der.n; i++) {
            ike_span cut = {der.p, i};
            c.blob_m.p[i] ^= 0x21;
            /* octets outside what is signed may change: a spare certificate, for instance; "revoked" never comes */
            assert_int_not_equal(k == 0 ? ike__ocsp_status(der, &c.s, (ike_span){NULL, 0})
                                        : ike__crl_status(der, &c.s),
                                 IKE_STATUS_REVOKED);
            c.blob_m.p[i] ^= 0x21;
            assert_int_equal(k == 0 ? ike__ocsp_status(cut, &c.s, (ike_span){NULL, 0})
                                    : ike__crl_status(cut, &c.s),
                             IKE_STATUS_UNKNOWN);
        }
    }
    drop(&c);
}

/* RFC 8954 2.1: a nonce of 32 octets; RFC 6960 4.1.1: what it is asked with */
static void requests(void **state)
{
    uint8_t out[192], nonce[32];
    struct scene c;
    ike_span what, back;
    size_t n;

    (void)state;
    memset(nonce, 0xa5, sizeof(nonce));
    set(&c, "leaf-good", "mid");
    n = ike__ocsp_request(&c.s, nonce, out, sizeof(out));
    assert_true(n > 120);
    assert_int_equal(ike__ocsp_request_read((ike_span){out, n}, &what, &back), 0);
    assert_int_equal(back.n, 32);
    assert_memory_equal(back.p, nonce, 32);
    assert_true(what.n > 60 && what.p[0] == 0x30);
    for (size_t cap = 0; cap < n; cap++)
        assert_int_equal(ike__ocsp_request(&c.s, nonce, out, cap), 0);
    n = ike__ocsp_request(&c.s, nonce, out, n);
    for (size_t cut = 0; cut < n; cut++)
        assert_int_equal(ike__ocsp_request_read((ike_span){out, cut}, &what, &back), IKE_E_CERT_INVALID);
    drop(&c);
}

/* RFC 6960 4.4.1, RFC 8954 2.1: the nonce of another request is a replay; a responder may leave it out */
static void nonces(void **state)
{
    struct scene c;
    struct material req_m;
    ike_span request, what, nonce, other, answer;

    (void)state;
    set(&c, "leaf-good", "mid");
    request = load_raw(&req_m, "nonce.req");
    answer = load_raw(&c.blob_m, "nonce.ocsp");
    assert_int_equal(ike__ocsp_request_read(request, &what, &nonce), 0);
    assert_int_equal(ike__ocsp_status(answer, &c.s, nonce), IKE_STATUS_GOOD);
    assert_int_equal(ike__ocsp_status(answer, &c.s, (ike_span){NULL, 0}), IKE_STATUS_GOOD);
    other = (ike_span){nonce.p, nonce.n - 1};
    assert_int_equal(ike__ocsp_status(answer, &c.s, other), IKE_STATUS_UNKNOWN);
    other = (ike_span){signed_octets, nonce.n};
    assert_int_equal(ike__ocsp_status(answer, &c.s, other), IKE_STATUS_UNKNOWN);
    assert_int_equal(ike__ocsp_status(load_raw(&c.blob_m, "good.ocsp"), &c.s, other), IKE_STATUS_GOOD);
    drop(&c);
}

/* ---- the policy: off, soft, strict; with and without a host that fetches ---- */

static ike_trust_options revocation(uint32_t crl, uint32_t by_ocsp, uint32_t strict, uint32_t fetch)
{
    ike_trust_options o = IKE_TRUST_OPTIONS_INIT;

    o.now_s = NOW;
    o.crl = crl;
    o.ocsp = by_ocsp;
    o.strict = strict;
    o.fetch = fetch;
    return o;
}

static void crls_from_files(void **state)
{
    static const struct {
        uint32_t crl, strict;
        const char *leaf, *file;
        int err;
    } cases[] = {
        {0, 0, "leaf-bad", "mid.crl", 0},
        {1, 0, "leaf-bad", "mid.crl", IKE_E_CERT_REVOKED},
        {1, 0, "leaf-good", "mid.crl", 0},
        {1, 0, "leaf-bad", "root.crl", 0},
        {1, 1, "leaf-good", "mid.crl", IKE_E_CERT_STATUS}, /* of mid nothing is known */
        {1, 1, "leaf-bad", "mid.crl", IKE_E_CERT_REVOKED},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_trust_options o = revocation(cases[i].crl, 0, cases[i].strict, 0);
        ike_trust *t = make_trust("root", &o);
        struct material m;
        struct peer p;
        char certs[64];
        snprintf(certs, sizeof(certs), "%s mid", cases[i].leaf);
        make_peer(&p, certs, "gw.test");
        assert_int_equal(ike_trust_add_crl(t, load_raw(&m, cases[i].file)), 0);
        expect(cases[i].leaf, ike_trust_verify(t, &p.ask), cases[i].err);
        assert_int_equal(ike_trust_add_crl(t, load_raw(&m, "root.crl")), 0);
        if (cases[i].strict && strcmp(cases[i].leaf, "leaf-good") == 0)
            expect("with both", ike_trust_verify(t, &p.ask), 0);
        assert_int_equal(ike_trust_add_crl(t, load_raw(&m, "delta.crl")), IKE_E_UNSUPPORTED);
        ike_trust_free(t);
    }
}

/* One question after the other, each for a certificate of a chain that is proven; each once. */
static void what_is_missing_is_asked_for(void **state)
{
    ike_trust_options o = revocation(1, 1, 0, 1);
    ike_trust *t = make_trust("root", &o);
    ike_trust_want want = IKE_TRUST_WANT_INIT;
    struct material m;
    struct peer p;

    (void)state;
    make_peer(&p, "leaf-good mid", "gw.test");
    expect("first", ike_trust_verify(t, &p.ask), IKE_E_PENDING);
    assert_int_equal(ike_trust_wanted(t, &want), 1);
    assert_int_equal(want.kind, IKE_WANT_OCSP);
    assert_string_equal(want.url, "http://ocsp.test:2560/");
    assert_int_equal(ike_trust_give(t, &want, (ike_span){NULL, 0}), 0); /* nobody is there */
    expect("then the CRL", ike_trust_verify(t, &p.ask), IKE_E_PENDING);
    assert_int_equal(ike_trust_wanted(t, &want), 1);
    assert_int_equal(want.kind, IKE_WANT_CRL);
    assert_string_equal(want.url, "http://crl.test/mid.crl");
    assert_int_equal(ike_trust_give(t, &want, load_der(&m, "mid.crl", "X509 CRL")), 0);
    expect("cleared", ike_trust_verify(t, &p.ask), 0);
    assert_int_equal(ike_trust_wanted(t, &want), 0);
    make_peer(&p, "leaf-crl mid", "gw.test");
    expect("in memory", ike_trust_verify(t, &p.ask), 0);
    make_peer(&p, "leaf-bad mid", "gw.test");
    expect("the same CRL", ike_trust_verify(t, &p.ask), IKE_E_CERT_REVOKED);
    ike_trust_free(t);
}

static void by_ocsp(void **state)
{
    static const struct {
        const char *leaf, *answer;
        uint32_t strict;
        int err;
    } cases[] = {{"leaf-good", "good.ocsp", 0, 0},
                 {"leaf-bad", "bad.ocsp", 0, IKE_E_CERT_REVOKED},
                 {"leaf-bad", "good.ocsp", 0, 0}, /* says nothing of this one: soft */
                 {"leaf-bad", "good.ocsp", 1, IKE_E_CERT_STATUS},
                 {"leaf-good", "no-eku.ocsp", 1, IKE_E_CERT_STATUS},
                 {"leaf-good", "delegated.ocsp", 1, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike_trust_options o = revocation(0, 1, cases[i].strict, 1);
        ike_trust *t = make_trust("mid", &o);
        ike_trust_want want = IKE_TRUST_WANT_INIT;
        struct material m;
        struct peer p;
        make_peer(&p, cases[i].leaf, "gw.test");
        expect("first", ike_trust_verify(t, &p.ask), IKE_E_PENDING);
        assert_int_equal(ike_trust_wanted(t, &want), 1);
        assert_int_equal(ike_trust_give(t, &want, load_raw(&m, cases[i].answer)), 0);
        expect(cases[i].answer, ike_trust_verify(t, &p.ask), cases[i].err);
        ike_trust_free(t);
    }
}

/* RFC 4806 4.1: what came with the certificates counts like what was fetched, and spares the way; row 120 */
static void stapled(void **state)
{
    static const struct {
        const char *leaf, *answer;
        uint32_t by_ocsp, strict;
        int err;
    } cases[] = {{"leaf-good", "good.ocsp", 1, 1, 0},
                 {"leaf-good", "delegated.ocsp", 1, 1, 0},
                 {"leaf-bad", "bad.ocsp", 1, 0, IKE_E_CERT_REVOKED},
                 {"leaf-bad", "good.ocsp", 1, 1, IKE_E_CERT_STATUS}, /* of another certificate */
                 {"leaf-good", "no-eku.ocsp", 1, 1, IKE_E_CERT_STATUS},
                 {"leaf-good", "mid.crl", 1, 1, IKE_E_CERT_STATUS}, /* no response at all */
                 {"leaf-bad", "bad.ocsp", 0, 0, 0}};                /* nobody looks at OCSP */

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (uint32_t fetch = 0; fetch < 2; fetch++) {
            ike_trust_options o = revocation(0, cases[i].by_ocsp, cases[i].strict, fetch);
            ike_trust *t = make_trust("mid", &o);
            struct material m;
            struct peer p;
            ike_span answers[2];
            make_peer(&p, cases[i].leaf, "gw.test");
            answers[0] = (ike_span){signed_octets, sizeof(signed_octets)};
            answers[1] = load_raw(&m, cases[i].answer);
            p.ask.ocsp = answers;
            p.ask.ocsp_n = 2;
            expect(cases[i].answer, ike_trust_verify(t, &p.ask),
                   cases[i].err == IKE_E_CERT_STATUS && fetch ? IKE_E_PENDING : cases[i].err);
            ike_trust_free(t);
        }
}

/* Soft: what was let through unseen is named, and only that. */
static void what_was_not_checked(void **state)
{
    ike_trust_options o = revocation(1, 1, 0, 0);
    ike_trust *t = make_trust("root", &o);
    struct material m;
    struct peer p;

    (void)state;
    make_peer(&p, "leaf-good mid", "gw.test");
    expect("nothing", ike_trust_verify(t, &p.ask), 0);
    assert_string_equal(ike_trust_unchecked(t), "whether this is revoked: gw.test; Trust, mid");
    assert_int_equal(ike_trust_add_crl(t, load_raw(&m, "mid.crl")), 0);
    expect("the leaf", ike_trust_verify(t, &p.ask), 0);
    assert_string_equal(ike_trust_unchecked(t), "whether this is revoked: Trust, mid");
    assert_int_equal(ike_trust_add_crl(t, load_raw(&m, "root.crl")), 0);
    expect("both", ike_trust_verify(t, &p.ask), 0);
    assert_string_equal(ike_trust_unchecked(t), "");
    make_peer(&p, "leaf-bad mid", "gw.test");
    expect("revoked", ike_trust_verify(t, &p.ask), IKE_E_CERT_REVOKED);
    assert_string_equal(ike_trust_unchecked(t), "");
    ike_trust_free(t);
    o = revocation(0, 0, 0, 0);
    t = make_trust("root", &o);
    make_peer(&p, "leaf-good mid", "gw.test");
    expect("off", ike_trust_verify(t, &p.ask), 0);
    assert_string_equal(ike_trust_unchecked(t), "");
    ike_trust_free(t);
}

/* KNOWN-HOLES 49: who has not proved himself makes us fetch nothing */
static void strangers_make_us_fetch_nothing(void **state)
{
    ike_trust_options o = revocation(1, 1, 1, 1);
    ike_trust *t = make_trust("other", &o), *right = make_trust("root", &o);
    ike_trust_want want = IKE_TRUST_WANT_INIT;
    struct peer p;

    (void)state;
    make_peer(&p, "leaf-good mid", "gw.test");
    expect("untrusted", ike_trust_verify(t, &p.ask), IKE_E_CERT_UNTRUSTED);
    assert_int_equal(ike_trust_wanted(t, &want), 0);
    p.sig[p.sig_n - 1] ^= 1;
    expect("signature", ike_trust_verify(right, &p.ask), IKE_E_AUTH);
    assert_int_equal(ike_trust_wanted(right, &want), 0);
    ike_trust_free(t);
    ike_trust_free(right);
}

/* The stock stays within its bounds, whatever is given; what is too large is as good as nothing. */
static void the_stock_is_bounded(void **state)
{
    ike_trust_options o = revocation(1, 1, 0, 1);
    ike_trust *t = make_trust("root", &o);
    ike_trust_want want = IKE_TRUST_WANT_INIT;
    uint8_t *big = calloc(1, IKE_TRUST_CRL_MAX + 1);
    char url[64];
    size_t bytes = 0, n = 0;

    (void)state;
    want.kind = IKE_WANT_CRL;
    want.url = url;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(url, sizeof(url), "http://%u/", i);
        assert_int_equal(ike_trust_give(t, &want, (ike_span){big, i % 3 ? 1000 : IKE_TRUST_CRL_MAX}), 0);
        assert_int_equal(ike_trust_give(t, &want, (ike_span){big, IKE_TRUST_CRL_MAX + 1}), 0);
        assert_int_equal(ike_trust_give(t, &want, (ike_span){big, i % 3 ? 1000 : IKE_TRUST_CRL_MAX}), 0);
    }
    for (unsigned i = 0; i < IKE_STATUS_MAX; i++) {
        bytes += t->status[i].n;
        n += t->status[i].kind != 0;
    }
    assert_true(bytes <= 16u * 1024u * 1024u && n > 3);
    want.kind = 3;
    assert_int_equal(ike_trust_give(t, &want, (ike_span){big, 1}), IKE_E_USAGE);
    free(big);
    ike_trust_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crls),
        cmocka_unit_test(ocsp),
        cmocka_unit_test(broken_answers),
        cmocka_unit_test(requests),
        cmocka_unit_test(nonces),
        cmocka_unit_test(crls_from_files),
        cmocka_unit_test(what_is_missing_is_asked_for),
        cmocka_unit_test(by_ocsp),
        cmocka_unit_test(stapled),
        cmocka_unit_test(what_was_not_checked),
        cmocka_unit_test(strangers_make_us_fetch_nothing),
        cmocka_unit_test(the_stock_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
