/* tests/unit/crypto/policy_test.c - what each named policy offers, allows and refuses. SPDX-License-Identifier: Apache-2.0 */
#include "crypto/authoctets.h"
#include "crypto/policy.h"
#include "crypto/suites.h"
#include "fake/test.h"
#include "peer/ladder.h"

static int parse(uint32_t policy, uint8_t protocol, const char *text)
{
    static struct ike_proposal p[IKE_PROPOSALS_MAX];
    struct crypto_fake f;
    const char *why;

    crypto_fake_init(&f, 1);
    return ike__suites_parse(p, IKE_PROPOSALS_MAX, protocol, text, policy, &f.table, &why);
}

struct sample {
    uint32_t policy;
    uint8_t protocol;
    const char *text;
    int allowed;
};

/* RFC 9206 5, RFC 8247, the NCSC's profiles: what is not named is not allowed */
static void proposals_are_measured(void **state)
{
    static const struct sample samples[] = {
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha512-ecp384", 1},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha512-modp3072", 1},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha384-modp4096", 1},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes128gcm16-prfsha384-ecp384", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha256-ecp384", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha384-ecp256", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha384-modp2048", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_IKE, "aes256gcm16-prfsha384-curve25519", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_ESP, "aes256gcm16", 1},
        {IKE_POLICY_CNSA, IKE_PROTO_ESP, "aes256gcm12", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_ESP, "aes256-sha384", 0},
        {IKE_POLICY_CNSA, IKE_PROTO_ESP, "chacha20poly1305", 0},
        {IKE_POLICY_NCSC_RECOMMENDED, IKE_PROTO_IKE, "aes128gcm16-prfsha256-ecp256", 1},
        {IKE_POLICY_NCSC_RECOMMENDED, IKE_PROTO_IKE, "aes128-sha256-ecp256", 0},
        {IKE_POLICY_NCSC_RECOMMENDED, IKE_PROTO_IKE, "aes128gcm16-prfsha256-modp2048", 0},
        {IKE_POLICY_NCSC_RECOMMENDED, IKE_PROTO_ESP, "aes128gcm16", 1},
        {IKE_POLICY_NCSC_RECOMMENDED, IKE_PROTO_ESP, "aes256gcm16", 0},
        {IKE_POLICY_NCSC_LEGACY, IKE_PROTO_IKE, "aes128-sha256-modp2048", 1},
        {IKE_POLICY_NCSC_LEGACY, IKE_PROTO_IKE, "aes128-sha1-modp2048", 0},
        {IKE_POLICY_NCSC_LEGACY, IKE_PROTO_ESP, "aes128-sha256", 1},
        {IKE_POLICY_NCSC_LEGACY, IKE_PROTO_ESP, "aes128gcm16", 0},
        {IKE_POLICY_DEFAULT, IKE_PROTO_IKE, "aes128-sha1-modp2048", 0},
        {IKE_POLICY_COMPAT, IKE_PROTO_IKE, "aes128-sha1-modp2048", 1},
        {IKE_POLICY_COMPAT, IKE_PROTO_IKE, "aes128-md5-modp1024", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        int n = parse(samples[i].policy, samples[i].protocol, samples[i].text);
        /* UNSUPPORTED is the fake backend's word, not the policy's */
        if ((n != IKE_E_CONFIG) != samples[i].allowed)
            fail_msg("%s: %s: %d", ike_policy_name(samples[i].policy), samples[i].text, n);
    }
}

static void every_policy_can_offer_what_it_names(void **state)
{
    uint32_t policy = 0;

    (void)state;
    for (; ike_policy_name(policy); policy++) {
        assert_true(parse(policy, IKE_PROTO_IKE, NULL) > 0);
        assert_true(parse(policy, IKE_PROTO_ESP, NULL) > 0);
    }
    assert_int_equal(policy, 5);
    assert_null(ike__policy(policy));
}

static uint64_t allowed(uint32_t policy)
{
    return ike__sigs_allowed(policy, ike_crypto_mbedtls());
}

/* RFC 9206 6.1: ECDSA-384 or RSA with SHA-384 and nothing else; RFC 8247 3.2: SHA-1 never in RFC 7427 */
static void signatures_are_measured(void **state)
{
    static const uint8_t hashes[] = {0, 1, 0, 2, 0, 3, 0, 4};
    ike_span all = ike__span(hashes, sizeof(hashes));
    uint64_t cnsa = ike__sigs_of_hashes(all, allowed(IKE_POLICY_CNSA));
    uint64_t ncsc = ike__sigs_of_hashes(all, allowed(IKE_POLICY_NCSC_RECOMMENDED));

    (void)state;
    assert_true(cnsa == (IKE_SIG_BIT(IKE_SIG_ECDSA_SHA384) | IKE_SIG_BIT(IKE_SIG_RSA_SHA384) |
                         IKE_SIG_BIT(IKE_SIG_PSS_SHA384)));
    assert_true(ncsc == IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256));
    assert_false(ike__sigs_of_hashes(all, allowed(IKE_POLICY_COMPAT)) & IKE_SIG_BIT(IKE_SIG_RSA_SHA1));
    assert_true(ike__sigs_legacy(allowed(IKE_POLICY_COMPAT)) & IKE_SIG_BIT(IKE_SIG_RSA_SHA1));
    assert_false(ike__sigs_legacy(allowed(IKE_POLICY_DEFAULT)) & IKE_SIG_BIT(IKE_SIG_RSA_SHA1));
    assert_true(ike__sigs_legacy(allowed(IKE_POLICY_NCSC_RECOMMENDED)) == IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256));
}

/* a whole connection under each; shared keys are allowed by all, and draw a warning where certificates are wanted, as
 * SHA-1 does where it is offered */
static void connections_under_each(void **state)
{
    static const char *const suites[] = {"aes256gcm16-prfsha256-curve25519",
                                         "aes256gcm16-prfsha256-curve25519", "aes128gcm16-prfsha256-ecp256",
                                         "aes128-sha256-prfsha256-modp2048",
                                         "aes256gcm16-prfsha384-ecp384"}; /* the gateway chooses */

    (void)state;
    for (uint32_t policy = 0; ike_policy_name(policy); policy++) {
        struct ladder l;

        ladder_init(&l);
        l.cfg.policy = policy;
        l.env.crypto = l.pcfg.crypto = ike_crypto_mbedtls();
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(l.child_ups, 1);
        assert_string_equal(l.suite, suites[policy]);
        assert_int_equal(l.warnings, policy != IKE_POLICY_DEFAULT);
        ladder_free(&l);
    }
}

/* The whole table: what each policy allows, warns about and refuses; RFC 8247 3.2, RFC 9206 5 and 6, the NCSC's profiles */
static void what_each_says(void **state)
{
    static const uint8_t der[] = "a certificate";
    static const ike_span cert = {der, sizeof(der)};
    enum { YES = 0, PSK, EAP, SHA1, NO };
    static const char *const texts[] = {"", "the policy wants certificates, not a shared key",
                                        "the policy wants certificates, not EAP",
                                        "the policy lets SHA-1 be offered"};
    static const struct {
        const char *ike, *esp;
        uint32_t local, remote;
        uint8_t says[5]; /* default, compat, ncsc-recommended, ncsc-legacy, cnsa */
    } rows[] = {
        {NULL, NULL, IKE_AUTH_CERT, IKE_AUTH_CERT, {YES, SHA1, YES, YES, YES}},
        {NULL, NULL, IKE_AUTH_PSK, IKE_AUTH_PSK, {YES, SHA1, PSK, PSK, PSK}},
        {NULL, NULL, IKE_AUTH_PSK, IKE_AUTH_CERT, {YES, SHA1, PSK, PSK, PSK}},
        {NULL, NULL, IKE_AUTH_EAP, IKE_AUTH_CERT, {YES, SHA1, EAP, EAP, EAP}},
        {"aes128gcm16-prfsha256-ecp256",
         "aes128gcm16",
         IKE_AUTH_CERT,
         IKE_AUTH_CERT,
         {YES, YES, YES, NO, NO}},
        {"aes128-sha256-modp2048", "aes128-sha256", IKE_AUTH_CERT, IKE_AUTH_CERT, {YES, YES, NO, YES, NO}},
        {"aes256gcm16-prfsha384-ecp384",
         "aes256gcm16",
         IKE_AUTH_CERT,
         IKE_AUTH_CERT,
         {YES, YES, NO, NO, YES}},
        {"chacha20poly1305-prfsha256-curve25519",
         "chacha20poly1305",
         IKE_AUTH_CERT,
         IKE_AUTH_CERT,
         {YES, YES, NO, NO, NO}},
        {"aes256-sha1-modp2048", "aes256-sha1", IKE_AUTH_CERT, IKE_AUTH_CERT, {NO, SHA1, NO, NO, NO}},
        {"aes256gcm16-prfsha384-ecp384", "aes256-sha1", IKE_AUTH_CERT, IKE_AUTH_CERT, {NO, SHA1, NO, NO, NO}},
        {"aes128-sha256-modp1024", NULL, IKE_AUTH_CERT, IKE_AUTH_CERT, {NO, NO, NO, NO, NO}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (uint32_t policy = 0; ike_policy_name(policy); policy++) {
            ike_config c = IKE_CONFIG_INIT;
            const char *why = NULL;
            int says, expected = rows[i].says[policy];

            c.local_id = "me";
            c.local_certs = &cert;
            c.local_certs_n = 1;
            c.ike_suites = rows[i].ike;
            c.esp_suites = rows[i].esp;
            c.auth_local = rows[i].local;
            c.auth_remote = rows[i].remote;
            says = ike_policy_judge(policy, &c, ike_crypto_mbedtls(), &why);
            if (says != (expected == NO ? IKE_E_CONFIG : expected != YES))
                fail_msg("row %zu, %s: %d, %s", i, ike_policy_name(policy), says, why);
            if (expected == NO)
                assert_true(why[0] != '\0');
            else
                assert_string_equal(why, texts[expected]);
        }
    assert_int_equal(ike_policy_judge(0, NULL, NULL, NULL), IKE_E_USAGE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals_are_measured),  cmocka_unit_test(every_policy_can_offer_what_it_names),
        cmocka_unit_test(signatures_are_measured), cmocka_unit_test(connections_under_each),
        cmocka_unit_test(what_each_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
