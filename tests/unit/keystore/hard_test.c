/* tests/unit/keystore/hard_test.c - names and wrapped keys, taken strictly. SPDX-License-Identifier: Apache-2.0 */
#include "fake/octets.h"
#include "keystore/hard.h"
#include <mbedtls/base64.h>
#include <mbedtls/x509_crt.h>
#include <stdio.h>

static void uris(void **state)
{
    static const struct {
        const char *text;
        int kind;
        uint32_t handle;
    } rows[] = {
        {"pkcs11:token=a;object=b", IKE_KEY_PKCS11, 0},
        {"pkcs11:token=pin-value", IKE_KEY_PKCS11, 0}, /* a value, not a name */
        {"pkcs11:", IKE_KEY_PKCS11, 0},
        {"tpm2:0x81000001", IKE_KEY_TPM2_HANDLE, 0x81000001},
        {"tpm2:0x81AbCdEf", IKE_KEY_TPM2_HANDLE, 0x81abcdef},
        {"tpm2:file:a", IKE_KEY_TPM2_FILE, 0},
        {"pkcs11:token=a b", 0, 0},
        {"pkcs11:pin-value=1", 0, 0},
        {"pkcs11:a=b;Pin-Value=1", 0, 0},
        {"pkcs11:a=b&pinfile=1", 0, 0},
        {"PKCS11:a=b", 0, 0},
        {"tpm2:file:", 0, 0},
        {"tpm2:0x80000001", 0, 0}, /* transient: gone with the next reset */
        {"tpm2:0x181000001", 0, 0},
        {"tpm2: 0x81000001", 0, 0},
        {"", 0, 0},
    };
    struct ike_key_uri uri;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int err = ike__key_uri(rows[i].text, &uri, &why);

        if ((err == 0) != (rows[i].kind != 0))
            fail_msg("%s: %d", rows[i].text, err);
        if (err == 0) {
            assert_int_equal(uri.kind, rows[i].kind);
            assert_true(uri.handle == rows[i].handle);
        }
    }
}

static int parse(struct ike_tss2_key *k, const char *octets, uint8_t *der, const char **why)
{
    uint8_t raw[200];
    unsigned char text[400];
    char pem[600];
    size_t n;

    assert_int_equal(mbedtls_base64_encode(text, sizeof(text), &n, raw, hex(raw, octets).n), 0);
    snprintf(pem, sizeof(pem), "\n-----BEGIN TSS2 PRIVATE KEY-----\n%s\r\n-----END TSS2 PRIVATE KEY-----\n",
             text);
    return ike__tss2_parse(k, (ike_span){(const uint8_t *)pem, strlen(pem)}, der, why);
}

#define OID "06066781050a0103"
#define KEYS                 \
    "0404000201020404000203" \
    "04"
static void wrapped_keys(void **state)
{
    static const struct {
        const char *hex;
        int err, has_empty_auth;
        uint32_t parent;
    } rows[] = {
        {"301a" OID "020440000001" KEYS, 0, 0, 0x40000001},
        {"301f" OID "a0030101ff"
         "020440000001" KEYS,
         0, 1, 0x40000001},
        {"3020" OID "a003010100"
         "02050081000001" KEYS,
         0, 0, 0x81000001},
        {"301f" OID "a4030c0141"
         "020440000001" KEYS,
         0, 0, 0x40000001},
        {"301e" OID "a1023000"
         "020440000001" KEYS,
         IKE_E_UNSUPPORTED, 0, 0},
        {"301f" OID "a203040100"
         "020440000001" KEYS,
         IKE_E_UNSUPPORTED, 0, 0},
        {"301e" OID "a3023000"
         "020440000001" KEYS,
         IKE_E_UNSUPPORTED, 0, 0},
        {"301f" OID "a5030101ff"
         "020440000001" KEYS,
         IKE_E_UNSUPPORTED, 0, 0},
        {"301a"
         "06066781050a0104"
         "020440000001" KEYS,
         IKE_E_UNSUPPORTED, 0, 0},
        {"301b" OID "020440000001" KEYS "00", IKE_E_CONFIG, 0, 0}, /* something behind the last field */
        {"301a" OID "020440000001" KEYS "00", IKE_E_CONFIG, 0, 0}, /* behind the sequence */
        {"301a" OID "020481000001" KEYS, IKE_E_CONFIG, 0, 0},      /* a negative parent */
        {"301b" OID "02050040000001" KEYS, IKE_E_CONFIG, 0, 0},    /* a zero too many */
        {"30811a" OID "020440000001" KEYS, IKE_E_CONFIG, 0, 0},    /* a length too long */
        {"3014" OID "020440000001"
         "040400020102",
         IKE_E_CONFIG, 0, 0},
        {"301a" OID "020440000001"
         "040400030102"
         "040400020304",
         IKE_E_CONFIG, 0, 0}, /* TPM2B with another length */
        {"3080" OID "020440000001" KEYS "0000", IKE_E_CONFIG, 0, 0},
        {"30", IKE_E_CONFIG, 0, 0},
    };
    uint8_t der[IKE_TSS2_DER_MAX];
    struct ike_tss2_key k;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int err = parse(&k, rows[i].hex, der, &why);

        if (err != rows[i].err)
            fail_msg("%s: %d %s", rows[i].hex, err, why);
        if (err < 0)
            continue;
        assert_true(k.parent == rows[i].parent);
        assert_int_equal(k.has_empty_auth, rows[i].has_empty_auth);
        assert_memory_equal(k.priv.p, "\0\2\3\4", 4);
    }
}

static void only_one_block(void **state)
{
    static const char *const texts[] = {
        "",
        "-----BEGIN TSS2 PRIVATE KEY-----",
        "-----BEGIN TSS2 PRIVATE KEY-----\n-----END TSS2 PRIVATE KEY-----",
        "-----BEGIN TSS2 PRIVATE KEY-----\nMB=A\n-----END TSS2 PRIVATE KEY-----",
        "-----BEGIN TSS2 PRIVATE KEY-----\nMB==MB==\n-----END TSS2 PRIVATE KEY-----",
        "-----BEGIN TSS2 PRIVATE KEY-----\nMBA\n-----END TSS2 PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMBAA\n-----END PRIVATE KEY-----",
        "x-----BEGIN TSS2 PRIVATE KEY-----\nMBAA\n-----END TSS2 PRIVATE KEY-----",
    };
    uint8_t der[IKE_TSS2_DER_MAX];
    struct ike_tss2_key k;
    const char *why;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(
            ike__tss2_parse(&k, (ike_span){(const uint8_t *)texts[i], strlen(texts[i])}, der, &why),
            IKE_E_CONFIG);
}

static void signatures_as_der(void **state)
{
    static const uint8_t r[] = {0, 0, 1}, s[] = {0x80, 2}, zero[66] = {0};
    uint8_t out[200], big[66];
    size_t n = 0;

    (void)state;
    assert_int_equal(ike__asn1_ecdsa((ike_span){r, 3}, (ike_span){s, 2}, out, sizeof(out), &n), 0);
    assert_int_equal(n, 10);
    assert_memory_equal(out, "\x30\x08\x02\x01\x01\x02\x03\x00\x80\x02", 10);
    assert_int_equal(ike__asn1_ecdsa((ike_span){r, 3}, (ike_span){s, 2}, out, 9, &n), IKE_E_NOSPACE);
    assert_int_equal(ike__asn1_ecdsa((ike_span){r, 0}, (ike_span){s, 2}, out, sizeof(out), &n), IKE_E_CRYPTO);
    memset(big, 0xff, sizeof(big));
    assert_int_equal(ike__asn1_ecdsa((ike_span){big, 66}, (ike_span){zero, 66}, out, sizeof(out), &n), 0);
    assert_int_equal(n, 2 + 69 + 3);
    assert_int_equal(ike__asn1_ecdsa((ike_span){big, 66}, (ike_span){big, 66}, out, sizeof(out), &n), 0);
    assert_int_equal(n, 3 + 69 + 69);
    assert_memory_equal(out, "\x30\x81\x8a\x02\x43\x00", 6);
}

static void names_in_certificates(void **state)
{
    ike_span issuer, subject;
    mbedtls_x509_crt crt;

    (void)state;
    mbedtls_x509_crt_init(&crt);
    assert_int_equal(mbedtls_x509_crt_parse_file(&crt, "tests/pki/client.pem"), 0);
    assert_int_equal(ike__asn1_names((ike_span){crt.raw.p, crt.raw.len}, &issuer, &subject), 0);
    assert_int_equal(issuer.n, crt.issuer_raw.len);
    assert_ptr_equal(issuer.p, crt.issuer_raw.p);
    assert_int_equal(subject.n, crt.subject_raw.len);
    assert_ptr_equal(subject.p, crt.subject_raw.p);
    for (size_t n = 0; n < crt.raw.len; n++)
        assert_int_equal(ike__asn1_names((ike_span){crt.raw.p, n}, &issuer, &subject), IKE_E_CONFIG);
    mbedtls_x509_crt_free(&crt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uris),
        cmocka_unit_test(wrapped_keys),
        cmocka_unit_test(only_one_block),
        cmocka_unit_test(signatures_as_der),
        cmocka_unit_test(names_in_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
