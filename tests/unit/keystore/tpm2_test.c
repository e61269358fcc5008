/* tests/unit/keystore/tpm2_test.c - keys in a TPM: swtpm, in a folder of its own. SPDX-License-Identifier: Apache-2.0 */
#include "fake/octets.h"
#include "tool.h"
#include <ike/keystore.h>
#include <mbedtls/base64.h>
#include <unistd.h>

static char dir[] = "/tmp/ike-tpm-XXXXXX", tcti[100], bus[100];
static int has_tpm;

static int make_tpm(void **state)
{
    int status;

    (void)state;
    setenv("TSS2_LOG", "all+NONE", 1); /* what fails here is meant to */
    if (!mkdtemp(dir))
        return -1;
    snprintf(tcti, sizeof(tcti), "swtpm:path=%s/tpm", dir);
    snprintf(bus, sizeof(bus), "swtpm:path=%s/nothing", dir);
    status = tool("sh tests/lib/tpm.sh %s", dir);
    has_tpm = status == 0;
    if (status == 3 << 8)
        printf("skipped: TPMs: swtpm or tpm2-tools are not installed\n");
    return status == 0 || status == 3 << 8 ? 0 : -1;
}

static int drop_tpm(void **state)
{
    (void)state;
    if (has_tpm)
        (void)tool("kill $(cat %s/pid)", dir);
    return tool("rm -rf %s", dir);
}

static int open_signer(ike_signer *signer, struct person *who, const char *uri, const char *where,
                       const char **why)
{
    ike_signer_config cfg = IKE_SIGNER_CONFIG_INIT;
    char full[200];

    if (strncmp(uri, "%s", 2) == 0) /* a file beside the TPM */
        snprintf(full, sizeof(full), "tpm2:file:%s/%s", dir, uri + 2);
    else
        snprintf(full, sizeof(full), "%s", uri);
    cfg.uri = full;
    cfg.secret = type_in;
    cfg.tell = hear;
    cfg.user = who;
    cfg.tcti = where;
    return ike_signer_tpm2(signer, &cfg, why);
}

/* the store looks at each signature itself: a verdict is a good one */
static int ask_for(const ike_keystore *ks, uint64_t sigs)
{
    uint8_t sig[1024];
    ike_ask ask = {.kind = IKE_ASK_SIGN, .tbs = {(const uint8_t *)"octets", 6}, .sigs = sigs};
    size_t n = 0;

    return ks->answer(ks->self, &ask, sig, sizeof(sig), &n);
}

/* TPMKey under the owner's primary key: 0x40000001 */
static void write_owner_file(void)
{
    uint8_t pub[300], priv[300],
        der[700] = {0x30, 0x82, 0, 0, 0x06, 6, 0x67, 0x81, 5, 10, 1, 3, 0x02, 4, 0x40, 0, 0, 1};
    unsigned char text[1000];
    char path[100];
    ike_span parts[2];
    size_t n = 18;
    FILE *f;

    snprintf(path, sizeof(path), "%s/owner.pub", dir);
    parts[0] = read_file(path, pub, sizeof(pub));
    snprintf(path, sizeof(path), "%s/owner.priv", dir);
    parts[1] = read_file(path, priv, sizeof(priv));
    for (size_t i = 0; i < 2; i++) {
        der[n++] = 0x04;
        if (parts[i].n > 127)
            der[n++] = 0x81;
        der[n++] = (uint8_t)parts[i].n;
        memcpy(der + n, parts[i].p, parts[i].n);
        n += parts[i].n;
    }
    der[2] = (uint8_t)((n - 4) >> 8);
    der[3] = (uint8_t)(n - 4);
    assert_int_equal(mbedtls_base64_encode(text, sizeof(text), &n, der, n), 0);
    snprintf(path, sizeof(path), "%s/owner.tss2", dir);
    f = fopen(path, "w");
    assert_non_null(f);
    fprintf(f, "-----BEGIN TSS2 PRIVATE KEY-----\n%s\n-----END TSS2 PRIVATE KEY-----\n", text);
    fclose(f);
}

static void every_kind_of_key_signs(void **state)
{
    static const struct {
        const char *uri, *cert, *secret;
        int sig;
    } rows[] = {
        {"tpm2:0x81000002", "client", "", IKE_SIG_ECDSA_SHA256},
        {"tpm2:0x81000002", "client", "", IKE_SIG_ECDSA_SHA384},
        {"tpm2:0x81000003", "rsa-client", "sesame", IKE_SIG_RSA_SHA256},
        {"tpm2:0x81000003", "rsa-client", "sesame", IKE_SIG_RSA_SHA384},
        {"tpm2:0x81000003", "rsa-client", "sesame", IKE_SIG_PSS_SHA256},
        {"tpm2:0x81000003", "rsa-client", "sesame", IKE_SIG_PSS_SHA384},
        {"%sclient.tss2", "client", "", IKE_SIG_ECDSA_SHA256},
        {"%slocked.tss2", "client", "sesame", IKE_SIG_ECDSA_SHA256},
        {"%sowner.tss2", "client", "", IKE_SIG_ECDSA_SHA256},
    };
    uint8_t pem[8192];

    (void)state;
    if (!has_tpm)
        skip();
    write_owner_file();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct person who = {.secret = rows[i].secret};
        ike_keyfile files = IKE_KEYFILE_INIT;
        const char *why = "";
        ike_keystore ks;
        ike_signer signer;
        char path[100];

        snprintf(path, sizeof(path), "tests/pki/%s.pem", rows[i].cert);
        files.certs = read_file(path, pem, sizeof(pem));
        files.signer = &signer;
        if (open_signer(&signer, &who, rows[i].uri, tcti, &why) < 0)
            fail_msg("%s: %s", rows[i].uri, why);
        assert_true(signer.pub.n > 0);
        if (ike_keystore_file(&ks, &files, &why) < 0)
            fail_msg("%s: %s", rows[i].uri, why);
        assert_int_equal(ks.slow, 1u << IKE_ASK_SIGN);
        assert_int_equal(ask_for(&ks, IKE_SIG_BIT(rows[i].sig)), rows[i].sig);
        assert_int_equal(ask_for(&ks, IKE_SIG_BIT(rows[i].sig)), rows[i].sig);
        if (strcmp(rows[i].cert, "client") == 0)
            assert_int_equal(ask_for(&ks, IKE_SIG_BIT(IKE_SIG_PSS_SHA256)), IKE_E_DENIED);
        assert_true(who.asked <= 1);
        ks.close(ks.self);
    }
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *uri, *secret, *why;
        int err;
    } rows[] = {
        {"tpm2:0x81000003", "open", "the authorization value of the key in the TPM is wrong", IKE_E_DENIED},
        {"tpm2:0x81000003", NULL, "the key in the TPM wants an authorization value, and none was given",
         IKE_E_DENIED},
        {"%slocked.tss2", "open", "the authorization value of the key in the TPM is wrong", IKE_E_DENIED},
        {"tpm2:0x81000009", "", "the TPM has no key at this handle", IKE_E_LOCAL_IO},
        {"tpm2:0x81000001", "", "the key in the TPM is not for signing what comes from outside",
         IKE_E_UNSUPPORTED},
        {"%snothing", "", "the file of the key cannot be read", IKE_E_LOCAL_IO},
        {"%sowner.pub", "", "expected a PEM block TSS2 PRIVATE KEY", IKE_E_CONFIG},
    };
    struct person who = {.secret = ""};
    const char *why = NULL;
    ike_signer signer;

    (void)state;
    if (!has_tpm)
        skip();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        who.secret = rows[i].secret;
        assert_int_equal(open_signer(&signer, &who, rows[i].uri, tcti, &why), rows[i].err);
        assert_string_equal(why, rows[i].why);
        assert_null(signer.self);
    }
}

/* the TPM goes away under a key store, and comes back */
static void a_tpm_that_is_gone_is_missed(void **state)
{
    static const uint8_t hash[32] = {1};
    struct person who = {.secret = ""};
    uint8_t sig[200];
    ike_signer signer;
    size_t n;

    (void)state;
    if (!has_tpm)
        skip();
    assert_int_equal(open_signer(&signer, &who, "tpm2:0x81000002", tcti, NULL), 0);
    assert_int_equal(tool("mv %s/tpm %s/away", dir, dir), 0);
    assert_int_equal(
        signer.sign(signer.self, IKE_SIG_ECDSA_SHA256, (ike_span){hash, 32}, sig, sizeof(sig), &n),
        IKE_E_LOCAL_IO);
    assert_string_equal(who.why, "there is no TPM, or it may not be used");
    assert_int_equal(tool("mv %s/away %s/tpm", dir, dir), 0);
    assert_int_equal(
        signer.sign(signer.self, IKE_SIG_ECDSA_SHA256, (ike_span){hash, 32}, sig, sizeof(sig), &n), 0);
    assert_int_equal(signer.sign(signer.self, IKE_SIG_ECDSA_SHA256, (ike_span){hash, 32}, sig, 8, &n),
                     IKE_E_NOSPACE);
    signer.close(signer.self);
}

/* without any TPM */
static void a_bad_uri_touches_nothing(void **state)
{
    static const char *const uris[] = {"pkcs11:token=a",
                                       "tpm2:",
                                       "tpm2:0x",
                                       "tpm2:0x01000001",
                                       "tpm2:0x810000001",
                                       "tpm2:81000001",
                                       "tpm2:file:",
                                       "tpm2:0x8100000g",
                                       ""};
    struct person who = {.secret = ""};
    const char *why = NULL;
    ike_signer signer;

    (void)state;
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        assert_int_equal(open_signer(&signer, &who, uris[i], bus, &why), IKE_E_CONFIG);
        assert_true(why[0]);
    }
    assert_int_equal(open_signer(&signer, &who, "tpm2:0x81000001", bus, &why), IKE_E_LOCAL_IO);
    assert_string_equal(why, "there is no TPM, or it may not be used");
    assert_int_equal(who.asked, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_uri_touches_nothing),
        cmocka_unit_test(every_kind_of_key_signs),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(a_tpm_that_is_gone_is_missed),
    };

    return cmocka_run_group_tests(tests, make_tpm, drop_tpm);
}
