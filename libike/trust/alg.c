/* trust/alg.c - signature algorithms, and how strong is strong enough. SPDX-License-Identifier: Apache-2.0
 *
 * RSASSA-PKCS1-v1_5, RSASSA-PSS (RFC 4055: one hash for all, the salt as long as it), ECDSA, EdDSA (RFC 8410). What is strong enough is
 * a row of a table that the caller gives; RSA exponents below 65537 never are.
 *
 * Not here: the schemes of AUTH payloads (signature.c). */
#include "trust/alg.h"
#include <mbedtls/rsa.h>
#include <string.h>

#define PKCS1_OID "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
static const struct {
    char oid[10];
    struct ike_alg alg;
} algs[] = {
    {PKCS1_OID "\x0b", {MBEDTLS_MD_SHA256, 1, 0, 0}},
    {PKCS1_OID "\x0c", {MBEDTLS_MD_SHA384, 1, 0, 0}},
    {PKCS1_OID "\x0d", {MBEDTLS_MD_SHA512, 1, 0, 0}},
    {PKCS1_OID "\x05", {MBEDTLS_MD_SHA1, 1, 0, 0}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x02", {MBEDTLS_MD_SHA256, 0, 0, 0}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x03", {MBEDTLS_MD_SHA384, 0, 0, 0}},
    {"\x2a\x86\x48\xce\x3d\x04\x03\x04", {MBEDTLS_MD_SHA512, 0, 0, 0}},
    {"\x2a\x86\x48\xce\x3d\x04\x01", {MBEDTLS_MD_SHA1, 0, 0, 0}},
};
static const char oid_pss[] = PKCS1_OID "\x0a", oid_mgf1[] = PKCS1_OID "\x08";

static const struct {
    char oid[10];
    mbedtls_md_type_t md;
    uint32_t bit;
} hashes[] = {
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x01", MBEDTLS_MD_SHA256, IKE_HASH_SHA256},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x02", MBEDTLS_MD_SHA384, IKE_HASH_SHA384},
    {"\x60\x86\x48\x01\x65\x03\x04\x02\x03", MBEDTLS_MD_SHA512, IKE_HASH_SHA512},
    {"\x2b\x0e\x03\x02\x1a", MBEDTLS_MD_SHA1, IKE_HASH_SHA1},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int is_oid(ike_span s, const char *oid)
{
    return s.n == strlen(oid) && memcmp(s.p, oid, s.n) == 0;
}

/* AlgorithmIdentifier { hash, NULL or nothing } */
static mbedtls_md_type_t read_hash(struct ike_der *d)
{
    struct ike_der alg = ike__der_in(d, IKE_DER_SEQUENCE);
    ike_span oid = ike__der_take(&alg, IKE_DER_OID);

    if (ike__der_is(&alg, IKE_DER_NULL))
        (void)ike__der_take(&alg, IKE_DER_NULL);
    for (size_t i = 0; i < COUNT(hashes); i++)
        if (ike__der_done(&alg) && is_oid(oid, hashes[i].oid))
            return hashes[i].md;
    return MBEDTLS_MD_NONE;
}

/* RSASSA-PSS-params: every field said, none left to its default, which would be SHA-1 (KNOWN-HOLES 43). */
static int read_pss(struct ike_der *params, struct ike_alg *out)
{
    struct ike_der field, mgf;
    mbedtls_md_type_t mgf_md;
    ike_span oid;
    int32_t salt;

    field = ike__der_in(params, IKE_DER_EXPLICIT);
    *out = (struct ike_alg){read_hash(&field), 1, 1, 0};
    field = ike__der_in(params, IKE_DER_EXPLICIT + 1);
    mgf = ike__der_in(&field, IKE_DER_SEQUENCE);
    oid = ike__der_take(&mgf, IKE_DER_OID);
    mgf_md = read_hash(&mgf);
    field = ike__der_in(params, IKE_DER_EXPLICIT + 2);
    salt = ike__der_small(&field, IKE_DER_INTEGER);
    if (!ike__der_done(params) || !ike__der_done(&mgf) || !ike__der_done(&field) || !is_oid(oid, oid_mgf1) ||
        out->md == MBEDTLS_MD_NONE || mgf_md != out->md ||
        salt != mbedtls_md_get_size(mbedtls_md_info_from_type(out->md)))
        return IKE_E_CERT_INVALID;
    return 0;
}

uint32_t ike__alg_eddsa(ike_span alg)
{
    static const uint8_t head[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65};

    if (alg.n != sizeof(head) + 1 || memcmp(alg.p, head, sizeof(head)) != 0)
        return 0;
    return alg.p[6] == 0x70 ? IKE_SIG_ED25519 : alg.p[6] == 0x71 ? IKE_SIG_ED448 : 0;
}

int ike__alg_read(ike_span alg, struct ike_alg *out)
{
    struct ike_der d = ike__der(alg), seq = ike__der_in(&d, IKE_DER_SEQUENCE), params;
    ike_span oid = ike__der_take(&seq, IKE_DER_OID);

    *out = (struct ike_alg){MBEDTLS_MD_NONE, 0, 0, ike__alg_eddsa(alg)};
    if (out->eddsa)
        return 0;
    if (is_oid(oid, oid_pss)) {
        params = ike__der_in(&seq, IKE_DER_SEQUENCE);
        return ike__der_done(&seq) && ike__der_done(&d) ? read_pss(&params, out) : IKE_E_CERT_INVALID;
    }
    for (size_t i = 0; i < COUNT(algs); i++)
        if (is_oid(oid, algs[i].oid)) {
            *out = algs[i].alg;
            if (out->is_rsa && ike__der_is(&seq, IKE_DER_NULL)) /* RFC 4055 5: NULL, or left out */
                (void)ike__der_take(&seq, IKE_DER_NULL);
            return ike__der_done(&seq) && ike__der_done(&d) ? 0 : IKE_E_CERT_INVALID;
        }
    return IKE_E_CERT_INVALID;
}

/* The context is only read; the functions of mbedTLS do not say so. */
static mbedtls_pk_context *key_of(const struct ike_x509 *x)
{
    return (mbedtls_pk_context *)(uintptr_t)&x->pk;
}

/* The scheme of AUTH payloads that is the same; 0: there is none. */
static uint32_t sig_of(const struct ike_alg *alg)
{
    int step = alg->md == MBEDTLS_MD_SHA256 ? 0 : alg->md == MBEDTLS_MD_SHA384 ? 1 : 2;
    int first = alg->is_pss ? IKE_SIG_PSS_SHA256 : alg->is_rsa ? IKE_SIG_RSA_SHA256 : IKE_SIG_ECDSA_SHA256;

    return alg->md == MBEDTLS_MD_SHA1 ? (alg->is_rsa && !alg->is_pss ? IKE_SIG_RSA_SHA1 : 0)
                                      : (uint32_t)(first + step);
}

int ike__alg_verify(const struct ike_x509 *by, const struct ike_alg *alg, ike_span tbs, ike_span sig)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(alg->md);
    mbedtls_pk_context *pk = key_of(by);
    unsigned char hash[64];
    size_t n;

    if (alg->eddsa)
        return by->eddsa && by->eddsa->sig == alg->eddsa ? by->eddsa->verify(by->key_bits.p, tbs, sig) : -1;
    if (by->other && info && sig_of(alg)) {
        int err = by->other->verify(by->spki, sig_of(alg), tbs, sig);
        if (err != IKE_E_UNSUPPORTED)
            return err;
    }
    if (!info || sig.n == 0 || mbedtls_pk_can_do(pk, MBEDTLS_PK_RSA) != alg->is_rsa ||
        mbedtls_md(info, tbs.p, tbs.n, hash) != 0)
        return -1;
    n = mbedtls_md_get_size(info);
    if (alg->is_pss) {
        mbedtls_pk_rsassa_pss_options opt = {.mgf1_hash_id = alg->md, .expected_salt_len = (int)n};
        return mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &opt, pk, alg->md, hash, n, sig.p, sig.n);
    }
    if (!alg->is_rsa && !mbedtls_pk_can_do(pk, MBEDTLS_PK_ECDSA))
        return -1;
    return mbedtls_pk_verify(pk, alg->md, hash, n, sig.p, sig.n);
}

int ike__alg_signed(const struct ike_x509 *by, ike_span alg, ike_span tbs, ike_span sig)
{
    struct ike_alg a;

    if (ike__alg_read(alg, &a) < 0 || ike__alg_verify(by, &a, tbs, sig) != 0)
        return IKE_E_CERT_INVALID;
    return 0;
}

static uint32_t eddsa_bit(uint32_t sig)
{
    return sig == IKE_SIG_ED25519 ? IKE_CURVE_ED25519 : sig == IKE_SIG_ED448 ? IKE_CURVE_ED448 : 0;
}

int ike__alg_hash_allowed(const ike_trust_policy *policy, ike_span alg)
{
    struct ike_alg a;
    int err = ike__alg_read(alg, &a);

    if (err == 0 && a.eddsa)
        return policy->curves & eddsa_bit(a.eddsa) ? 0 : IKE_E_CERT_WEAK;
    if (err == 0)
        for (size_t i = 0; i < COUNT(hashes); i++)
            if (hashes[i].md == a.md)
                return policy->hashes & hashes[i].bit ? 0 : IKE_E_CERT_WEAK;
    return IKE_E_CERT_WEAK;
}

/* The curve by its name in the SubjectPublicKeyInfo: sizes alone would let other curves of 256 bits pass. */
static uint32_t curve_of(const struct ike_x509 *x)
{
    static const struct {
        char oid[9];
        uint32_t n, bit;
    } curves[] = {{"\x2a\x86\x48\xce\x3d\x03\x01\x07", 8, IKE_CURVE_P256},
                  {"\x2b\x81\x04\x00\x22", 5, IKE_CURVE_P384},
                  {"\x2b\x81\x04\x00\x23", 5, IKE_CURVE_P521}};
    struct ike_der d = ike__der(x->spki), spki = ike__der_in(&d, IKE_DER_SEQUENCE),
                   alg = ike__der_in(&spki, IKE_DER_SEQUENCE);
    ike_span oid;

    (void)ike__der_take(&alg, IKE_DER_OID);
    oid = ike__der_take(&alg, IKE_DER_OID);
    for (size_t i = 0; i < COUNT(curves); i++)
        if (!alg.bad && oid.n == curves[i].n && memcmp(oid.p, curves[i].oid, oid.n) == 0)
            return curves[i].bit;
    return 0;
}

static int is_strong_rsa(const ike_trust_policy *policy, mbedtls_pk_context *pk)
{
    mbedtls_mpi e;
    int ok;

    if (policy->rsa_bits_min == 0 || mbedtls_pk_get_bitlen(pk) < policy->rsa_bits_min)
        return 0;
    mbedtls_mpi_init(&e);
    ok = mbedtls_rsa_export(mbedtls_pk_rsa(*pk), NULL, NULL, NULL, NULL, &e) == 0 &&
         mbedtls_mpi_cmp_int(&e, 65537) >= 0;
    mbedtls_mpi_free(&e);
    return ok;
}

int ike__alg_key_allowed(const ike_trust_policy *policy, const struct ike_x509 *x)
{
    mbedtls_pk_context *pk = key_of(x);

    if (x->eddsa)
        return policy->curves & eddsa_bit(x->eddsa->sig) ? 0 : IKE_E_CERT_WEAK;
    if (mbedtls_pk_can_do(pk, MBEDTLS_PK_RSA))
        return is_strong_rsa(policy, pk) ? 0 : IKE_E_CERT_WEAK;
    return mbedtls_pk_can_do(pk, MBEDTLS_PK_ECDSA) && (policy->curves & curve_of(x)) ? 0 : IKE_E_CERT_WEAK;
}
