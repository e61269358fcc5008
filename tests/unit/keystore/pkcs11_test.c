/* tests/unit/keystore/pkcs11_test.c - keys in a token: SoftHSM, in a folder of its own. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "tool.h"
#include <ike/keystore.h>
#include <mbedtls/x509_crt.h>
#include <p11-kit/p11-kit.h>
#include <unistd.h>

#define PIN "471199"
#define URI "pkcs11:token=ike;object="

static char dir[] = "/tmp/ike-p11-XXXXXX";
static int has_token;

/* ---- the token ---- */

static int make_token(void **state)
{
    static const char *const keys[] = {"client", "p384", "p521", "rsa-client", "deep"};
    char path[100];
    FILE *f;

    (void)state;
    if (tool("softhsm2-util --version") != 0) {
        printf("skipped: tokens: softhsm2-util is not installed\n");
        return 0;
    }
    if (!mkdtemp(dir))
        return -1;
    snprintf(path, sizeof(path), "%s/conf", dir);
    f = fopen(path, "w");
    if (!f)
        return -1;
    fprintf(f, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", dir);
    fclose(f);
    setenv("SOFTHSM2_CONF", path, 1);
    has_token = tool("softhsm2-util --init-token --free --label ike --pin " PIN " --so-pin 12345678") == 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        has_token =
            has_token &&
            tool("softhsm2-util --import tests/pki/%s.key --token ike --label %s --id 0%zu --pin " PIN,
                 keys[i], keys[i], i + 1) == 0;
    return has_token ? 0 : -1;
}

static int drop_token(void **state)
{
    (void)state;
    return has_token ? tool("rm -rf %s", dir) : 0;
}

/* ---- what softhsm2-util cannot do: certificates, and a key with a mind of its own ---- */

struct admin {
    CK_FUNCTION_LIST **modules, *m;
    CK_SESSION_HANDLE session;
};

static void admin_init(struct admin *a)
{
    CK_SLOT_ID slots[16];
    CK_ULONG n;
    CK_TOKEN_INFO info;
    CK_RV rv;

    a->m = NULL;
    a->modules = p11_kit_modules_load_and_initialize(0);
    assert_non_null(a->modules);
    for (CK_FUNCTION_LIST **m = a->modules; *m && !a->m; m++) {
        n = 16;
        assert_int_equal((*m)->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
        for (CK_ULONG i = 0; i < n && !a->m; i++)
            if ((*m)->C_GetTokenInfo(slots[i], &info) == CKR_OK && memcmp(info.label, "ike ", 4) == 0) {
                a->m = *m;
                assert_int_equal((*m)->C_OpenSession(slots[i], CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL,
                                                     NULL, &a->session),
                                 CKR_OK);
            }
    }
    assert_non_null(a->m);
    rv = a->m->C_Login(a->session, CKU_USER, (CK_UTF8CHAR *)(uintptr_t)PIN, strlen(PIN));
    assert_true(rv == CKR_OK || rv == CKR_USER_ALREADY_LOGGED_IN);
}

static void admin_drop(struct admin *a)
{
    (void)a->m->C_CloseSession(a->session);
    p11_kit_modules_finalize_and_release(a->modules);
}

static void add_cert(struct admin *a, const char *name, unsigned char id)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_CERTIFICATE_TYPE type = CKC_X_509;
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_OBJECT_HANDLE made;
    mbedtls_x509_crt crt;
    char path[100];

    mbedtls_x509_crt_init(&crt);
    snprintf(path, sizeof(path), "tests/pki/%s.pem", name);
    assert_int_equal(mbedtls_x509_crt_parse_file(&crt, path), 0);
    {
        CK_ATTRIBUTE t[] = {{CKA_CLASS, &class, sizeof(class)},
                            {CKA_CERTIFICATE_TYPE, &type, sizeof(type)},
                            {CKA_TOKEN, &yes, sizeof(yes)},
                            {CKA_PRIVATE, &no, sizeof(no)},
                            {CKA_ID, &id, 1},
                            {CKA_SUBJECT, crt.subject_raw.p, crt.subject_raw.len},
                            {CKA_VALUE, crt.raw.p, crt.raw.len}};
        assert_int_equal(a->m->C_CreateObject(a->session, t, sizeof(t) / sizeof(t[0]), &made), CKR_OK);
    }
    mbedtls_x509_crt_free(&crt);
}

/* P-256; every signature wants the PIN */
static void add_suspicious_key(struct admin *a)
{
    static unsigned char p256[] = {0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, id = 0x77;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE pub[] = {{CKA_TOKEN, &yes, 1}, {CKA_EC_PARAMS, p256, sizeof(p256)}, {CKA_ID, &id, 1}};
    CK_ATTRIBUTE priv[] = {{CKA_TOKEN, &yes, 1},     {CKA_PRIVATE, &yes, 1},
                           {CKA_SIGN, &yes, 1},      {CKA_ALWAYS_AUTHENTICATE, &yes, 1},
                           {CKA_SENSITIVE, &yes, 1}, {CKA_ID, &id, 1}};
    CK_OBJECT_HANDLE a1, a2;

    assert_int_equal(a->m->C_GenerateKeyPair(a->session, &mechanism, pub, 3, priv, 6, &a1, &a2), CKR_OK);
}

static void fill(void)
{
    static int is_filled;
    struct admin a;

    if (is_filled++)
        return;
    admin_init(&a);
    add_cert(&a, "client", 1);
    add_cert(&a, "p384", 2);
    add_cert(&a, "p521", 3);
    add_cert(&a, "rsa-client", 4);
    add_cert(&a, "deep", 5);
    add_cert(&a, "mid", 0x50);
    add_cert(&a, "ca", 0x51);
    add_suspicious_key(&a);
    admin_drop(&a);
}

/* ---- signer and key store ---- */

static int open_signer(ike_signer *signer, struct person *who, const char *uri, const char **why)
{
    ike_signer_config cfg = IKE_SIGNER_CONFIG_INIT;

    cfg.uri = uri;
    cfg.secret = type_in;
    cfg.tell = hear;
    cfg.user = who;
    return ike_signer_pkcs11(signer, &cfg, why);
}

static void open_store(ike_keystore *ks, struct person *who, const char *uri, int pss)
{
    ike_keyfile files = IKE_KEYFILE_INIT;
    const char *why = "";
    ike_signer signer;

    if (open_signer(&signer, who, uri, &why) < 0)
        fail_msg("%s: %s", uri, why);
    files.signer = &signer;
    files.rsa_pss = (uint32_t)pss;
    if (ike_keystore_file(ks, &files, &why) < 0)
        fail_msg("%s: %s", uri, why);
}

/* the store looks at each signature itself: a verdict is a good one */
static int ask_for(const ike_keystore *ks, uint64_t sigs)
{
    uint8_t sig[1024];
    ike_ask ask = {.kind = IKE_ASK_SIGN, .tbs = {(const uint8_t *)"octets", 6}, .sigs = sigs};
    size_t n = 0;

    return ks->answer(ks->self, &ask, sig, sizeof(sig), &n);
}

static void every_kind_of_key_signs(void **state)
{
    static const struct {
        const char *uri;
        int pss, sig;
    } rows[] = {
        {URI "client", 0, IKE_SIG_ECDSA_SHA256},
        {URI "client", 0, IKE_SIG_ECDSA_SHA512},
        {URI "p384", 0, IKE_SIG_ECDSA_SHA384},
        {URI "p384", 0, IKE_SIG_ECDSA_SHA256},
        {URI "p521", 0, IKE_SIG_ECDSA_SHA512},
        {URI "rsa-client", 0, IKE_SIG_RSA_SHA256},
        {URI "rsa-client", 0, IKE_SIG_RSA_SHA384},
        {URI "rsa-client", 0, IKE_SIG_RSA_SHA512},
        {URI "rsa-client", 0, IKE_SIG_RSA_SHA1},
        {URI "rsa-client", 1, IKE_SIG_PSS_SHA256},
        {URI "rsa-client", 1, IKE_SIG_PSS_SHA384},
        {URI "rsa-client", 1, IKE_SIG_PSS_SHA512},
        {"pkcs11:token=ike;id=%01", 0, IKE_SIG_ECDSA_SHA256},
        {"pkcs11:id=%04;type=cert", 0, IKE_SIG_RSA_SHA256}, /* the only token; its key, not the certificate */
    };

    (void)state;
    if (!has_token)
        skip();
    fill();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct person who = {.secret = PIN};
        ike_keystore ks;

        open_store(&ks, &who, rows[i].uri, rows[i].pss);
        assert_int_equal(ks.slow, 1u << IKE_ASK_SIGN);
        assert_int_equal(who.asked, 1);
        assert_string_equal(who.what, "PIN of the token \"ike\"");
        assert_int_equal(ask_for(&ks, IKE_SIG_BIT(rows[i].sig)), rows[i].sig);
        assert_int_equal(ask_for(&ks, IKE_SIG_BIT(rows[i].sig)), rows[i].sig);
        assert_int_equal(who.asked, 1); /* once */
        assert_int_equal(who.told, 0);
        ks.close(ks.self);
    }
}

static void the_chain_comes_along(void **state)
{
    struct person who = {.secret = PIN};
    ike_span certs[4];
    mbedtls_x509_crt crt;
    ike_keystore ks;

    (void)state;
    if (!has_token)
        skip();
    fill();
    open_store(&ks, &who, URI "deep", 0);
    assert_int_equal(ike_keystore_file_certs(&ks, certs, 4), 2); /* without the root */
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(mbedtls_x509_crt_parse_file(&crt, "tests/pki/mid.pem"), 0);
    assert_int_equal(certs[1].n, crt.raw.len);
    assert_memory_equal(certs[1].p, crt.raw.p, crt.raw.len);
    mbedtls_x509_crt_free(&crt);
    ks.close(ks.self);
}

/* another user of the token logs out: for everybody (PKCS#11 2.40, 5.6: login is the application's) */
static void a_lost_login_is_made_again(void **state)
{
    struct person who = {.secret = PIN};
    struct admin a;
    ike_keystore ks;

    (void)state;
    if (!has_token)
        skip();
    fill();
    open_store(&ks, &who, URI "client", 0);
    admin_init(&a);
    assert_int_equal(a.m->C_Logout(a.session), CKR_OK);
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_SIG_ECDSA_SHA256);
    assert_int_equal(who.asked, 2);
    assert_int_equal(a.m->C_Logout(a.session), CKR_OK);
    who.secret = NULL; /* nobody is there any more */
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_E_DENIED);
    assert_string_equal(who.why, "the token wants a PIN, and none was given");
    who.secret = PIN;
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_SIG_ECDSA_SHA256);
    admin_drop(&a);
    ks.close(ks.self);
}

static void some_keys_want_the_pin_each_time(void **state)
{
    static const uint8_t hash[32] = {1};
    struct person who = {.secret = PIN};
    uint8_t sig[200];
    ike_signer signer;
    size_t n;

    (void)state;
    if (!has_token)
        skip();
    fill();
    assert_int_equal(open_signer(&signer, &who, "pkcs11:token=ike;id=%77", NULL), 0);
    assert_int_equal(signer.pub.n, 65);
    assert_int_equal(signer.certs.n, 0);
    for (unsigned i = 1; i <= 2; i++) {
        assert_int_equal(
            signer.sign(signer.self, IKE_SIG_ECDSA_SHA256, (ike_span){hash, 32}, sig, sizeof(sig), &n), 0);
        assert_int_equal(who.asked, 1 + i);
    }
    who.secret = "000000";
    assert_int_equal(
        signer.sign(signer.self, IKE_SIG_ECDSA_SHA256, (ike_span){hash, 32}, sig, sizeof(sig), &n),
        IKE_E_DENIED);
    assert_string_equal(who.why, "the token's PIN is wrong");
    who.secret = PIN;
    assert_int_equal(signer.sign(signer.self, IKE_SIG_ECDSA_SHA256, (ike_span){hash, 32}, sig, 8, &n),
                     IKE_E_NOSPACE);
    signer.close(signer.self);
}

/* the token is wiped under us; what a pulled-out one amounts to */
static void a_token_that_is_gone_is_missed(void **state)
{
    struct person who = {.secret = PIN};
    ike_keystore ks;

    (void)state;
    if (!has_token)
        skip();
    fill();
    open_store(&ks, &who, URI "client", 0);
    assert_int_equal(tool("rm -rf %s/*-*", dir), 0);
    assert_int_equal(ask_for(&ks, UINT64_MAX), IKE_E_LOCAL_IO);
    assert_int_equal(who.told, 1);
    assert_non_null(strstr(who.why, "no token that can sign fits"));
    ks.close(ks.self);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *uri, *pin, *why;
        int err;
        unsigned asked;
    } rows[] = {
        {URI "client", "000000", "the token's PIN is wrong", IKE_E_DENIED, 1}, /* one try, no more */
        {URI "client", NULL, "the token wants a PIN, and none was given", IKE_E_DENIED, 1},
        {URI "nothing", PIN, "the token has no private key that fits the URI", IKE_E_LOCAL_IO, 1},
        {"pkcs11:token=ike", PIN,
         "several private keys fit the URI: say which, with id= or object=", IKE_E_CONFIG, 1},
        {"pkcs11:token=other;object=client", PIN, NULL, IKE_E_LOCAL_IO, 0},
        {"pkcs11:token=ike?module-name=nothing", PIN, NULL, IKE_E_LOCAL_IO, 0},
    };

    (void)state;
    if (!has_token)
        skip();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct person who = {.secret = rows[i].pin};
        const char *why = NULL;
        ike_signer signer;

        assert_int_equal(open_signer(&signer, &who, rows[i].uri, &why), rows[i].err);
        assert_string_equal(why, rows[i].why ? rows[i].why : why);
        assert_int_equal(who.asked, rows[i].asked);
        assert_null(signer.self);
    }
}

/* without any token */
static void a_bad_uri_touches_nothing(void **state)
{
    static const char *const uris[] = {"pkcs11:token=a;pin-value=1234",
                                       "pkcs11:token=a?pin-value=1234",
                                       "pkcs11:token=a?PIN-source=file:/x",
                                       "pkcs11:a?module-path=/x.so",
                                       "pkcs11:object=%zz",
                                       "pkcs11:nonsense=1",
                                       "pkcs11:token",
                                       "tpm2:0x81000001",
                                       "file:x",
                                       ""};
    struct person who = {.secret = PIN};
    ike_signer signer;

    (void)state;
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        const char *why = NULL;

        assert_int_equal(open_signer(&signer, &who, uris[i], &why), IKE_E_CONFIG);
        assert_true(why[0] && !strstr(why, "1234"));
        assert_int_equal(who.asked, 0);
    }
    assert_int_equal(open_signer(&signer, &who, NULL, NULL), IKE_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_uri_touches_nothing),
        cmocka_unit_test(every_kind_of_key_signs),
        cmocka_unit_test(the_chain_comes_along),
        cmocka_unit_test(a_lost_login_is_made_again),
        cmocka_unit_test(some_keys_want_the_pin_each_time),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_token_that_is_gone_is_missed),
    };

    return cmocka_run_group_tests(tests, make_token, drop_token);
}
