/* tests/unit/trust/pkcs1_test.c - RSA signatures that only look like some. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8017 8.2.2: RSASSA-PKCS1-v1_5 is compared as a whole; KNOWN-HOLES 41: whoever parses it instead takes forgeries.
 * KNOWN-HOLES 42: numbers outside the modulus. */
#include "room.h"
#include <mbedtls/rsa.h>
#include <mbedtls/sha256.h>
#include <mbedtls/version.h>

#define LEN 256u /* of the modulus */

static const uint8_t info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                               0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

struct rsa {
    mbedtls_pk_context pk;
    struct ike_x509 cert;
    struct material cert_m;
};

static int rng(void *self, unsigned char *out, size_t n)
{
    (void)self;
    return ike_crypto_mbedtls()->random(ike_crypto_mbedtls()->self, out, n);
}

static void rsa_open(struct rsa *r)
{
    mbedtls_pk_init(&r->pk);
#if MBEDTLS_VERSION_MAJOR >= 3
    assert_int_equal(mbedtls_pk_parse_keyfile(&r->pk, "tests/pki/rsa-gw.key", NULL, rng, NULL), 0);
#else
    assert_int_equal(mbedtls_pk_parse_keyfile(&r->pk, "tests/pki/rsa-gw.key", NULL), 0);
#endif
    assert_int_equal(ike__x509_parse(&r->cert, load_cert(&r->cert_m, "rsa-gw.pem"), NULL), 0);
}

static void rsa_close(struct rsa *r)
{
    ike__x509_free(&r->cert);
    mbedtls_pk_free(&r->pk);
}

static int is_taken(const struct rsa *r, const uint8_t *sig, size_t n)
{
    ike_span tbs = {signed_octets, sizeof(signed_octets)};

    return ike__trust_signature(&r->cert, IKE_SIG_BIT(IKE_SIG_RSA_SHA256) | IKE_SIG_BIT(IKE_SIG_PSS_SHA256),
                                tbs, (ike_span){sig, n}) == 0;
}

/* The key's own answer to an encoded message of any shape. */
static int is_taken_as(struct rsa *r, const uint8_t em[LEN])
{
    uint8_t sig[LEN];

    assert_int_equal(mbedtls_rsa_private(mbedtls_pk_rsa(r->pk), rng, NULL, em, sig), 0);
    return is_taken(r, sig, LEN);
}

/* 00 01 ff … 00 DigestInfo hash, the whole of it behind `ffs` octets of padding, the rest filled up */
static void encode(uint8_t em[LEN], size_t ffs)
{
    size_t at = 2;

    memset(em, 0x5a, LEN);
    em[0] = 0;
    em[1] = 1;
    memset(em + at, 0xff, ffs);
    at += ffs;
    em[at++] = 0;
    memcpy(em + at, info, sizeof(info));
    at += sizeof(info);
#if MBEDTLS_VERSION_MAJOR >= 3
    (void)mbedtls_sha256(signed_octets, sizeof(signed_octets), em + at, 0);
#else
    (void)mbedtls_sha256_ret(signed_octets, sizeof(signed_octets), em + at, 0);
#endif
}
#define ALL_FFS (LEN - 3u - sizeof(info) - 32u)

static void encodings(void **state)
{
    struct rsa r;
    uint8_t em[LEN], other[LEN];

    (void)state;
    rsa_open(&r);
    encode(em, ALL_FFS);
    assert_true(is_taken_as(&r, em));  /* the one that is right */
    for (size_t i = 0; i < LEN; i++) { /* each octet counts, those of the padding too */
        memcpy(other, em, LEN);
        other[i] ^= i == 0 ? 0x01 : 0x40;
        if (i > 0 || other[0] < 0x80)
            assert_false(is_taken_as(&r, other));
    }
    for (size_t ffs = 0; ffs < ALL_FFS;
         ffs += 7) { /* Bleichenbacher 2006: the hash in front, anything behind it */
        encode(other, ffs);
        assert_false(is_taken_as(&r, other));
    }
    /* DigestInfo without its NULL, with the hash one octet shorter, one octet longer */
    memcpy(other, em, LEN);
    memmove(other + 4, other + 2, LEN - 4 - 34);
    other[2] = other[3] = 0xff;
    other[LEN - 34 - 18] = 0x2f;
    other[LEN - 34 - 16] = 0x0b;
    other[LEN - 34] = 0x04;
    other[LEN - 33] = 0x20;
    assert_false(is_taken_as(&r, other));
    memcpy(other, em, LEN);
    other[LEN - 33] = 0x1f;
    assert_false(is_taken_as(&r, other));
    other[LEN - 33] = 0x21;
    assert_false(is_taken_as(&r, other));
    rsa_close(&r);
}

/* RFC 8017 5.2.2: "signature representative out of range"; 8.2.2 step 1: its length */
static void numbers_out_of_range(void **state)
{
    struct rsa r;
    uint8_t em[LEN], sig[LEN + 1], n[LEN];
    mbedtls_mpi modulus, s;

    (void)state;
    rsa_open(&r);
    mbedtls_mpi_init(&modulus);
    mbedtls_mpi_init(&s);
    assert_int_equal(mbedtls_rsa_export(mbedtls_pk_rsa(r.pk), &modulus, NULL, NULL, NULL, NULL), 0);
    assert_int_equal(mbedtls_mpi_write_binary(&modulus, n, LEN), 0);
    encode(em, ALL_FFS);
    assert_int_equal(mbedtls_rsa_private(mbedtls_pk_rsa(r.pk), rng, NULL, em, sig), 0);
    assert_true(is_taken(&r, sig, LEN));
    assert_false(is_taken(&r, sig, LEN - 1));
    sig[LEN] = 0;
    assert_false(is_taken(&r, sig, LEN + 1));
    assert_int_equal(mbedtls_mpi_read_binary(&s, sig, LEN),
                     0); /* the same number plus the modulus, if it fits */
    assert_int_equal(mbedtls_mpi_add_mpi(&s, &s, &modulus), 0);
    if (mbedtls_mpi_size(&s) <= LEN) {
        assert_int_equal(mbedtls_mpi_write_binary(&s, sig, LEN), 0);
        assert_false(is_taken(&r, sig, LEN));
    }
    assert_false(is_taken(&r, n, LEN)); /* the modulus itself, zero, one, all ones */
    memset(sig, 0, sizeof(sig));
    assert_false(is_taken(&r, sig, LEN));
    sig[LEN - 1] = 1;
    assert_false(is_taken(&r, sig, LEN));
    memset(sig, 0xff, sizeof(sig));
    assert_false(is_taken(&r, sig, LEN));
    assert_false(is_taken(&r, sig, 0));
    mbedtls_mpi_free(&modulus);
    mbedtls_mpi_free(&s);
    rsa_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encodings),
        cmocka_unit_test(numbers_out_of_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
