/* keystore/p12.c - PKCS#12 (RFC 7292): certificates and a key out of one file. SPDX-License-Identifier: Apache-2.0
 *
 * PFX { 3, authSafe, macData }: the MAC tells a wrong password from a broken file; then the bags. Bounded: every
 * length goes through mbedTLS's ASN.1 readers, two levels of containers, no recursion.
 *
 * Not here: opening encrypted parts (pbes.c). */
#include "keystore/room.h"
#include <mbedtls/asn1.h>
#include <mbedtls/constant_time.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/pkcs12.h>
#include <mbedtls/platform_util.h>
#include <string.h>

#define SEQUENCE       (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define CONTEXT0       (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED)
#define ITERATIONS_MAX 10000000

static const char oid_data[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
static const char oid_encrypted[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
static const char oid_key_bag[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x01";
static const char oid_shrouded_bag[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x02";
static const char oid_cert_bag[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01\x03";

struct p12 {
    const char *password;
    struct ike_blob *certs;
    uint32_t certs_n;
    struct ike_own_key *key;
};

/* One element of a tag: its content, and *p moves behind it. */
static int take(unsigned char **p, const unsigned char *end, int tag, ike_span *content)
{
    size_t n;

    if (mbedtls_asn1_get_tag(p, end, &n, tag) != 0)
        return IKE_E_CERT_INVALID;
    *content = (ike_span){*p, n};
    *p += n;
    return 0;
}

static int is_oid(ike_span s, const char *oid, size_t n)
{
    return s.n == n && memcmp(s.p, oid, n) == 0;
}
#define IS_OID(s, oid) is_oid(s, oid, sizeof(oid) - 1)

static unsigned char *start(ike_span s)
{
    return (unsigned char *)(uintptr_t)s.p; /* the readers do not write */
}

/* CertBag ::= SEQUENCE { OID, [0] OCTET STRING } */
static int take_cert(struct p12 *x, ike_span value)
{
    unsigned char *p = start(value);
    const unsigned char *end = value.p + value.n;
    ike_span s, oid, der;

    if (take(&p, end, SEQUENCE, &s) < 0)
        return IKE_E_CERT_INVALID;
    p = start(s);
    end = s.p + s.n;
    if (take(&p, end, MBEDTLS_ASN1_OID, &oid) < 0 || take(&p, end, CONTEXT0, &s) < 0)
        return IKE_E_CERT_INVALID;
    p = start(s);
    if (take(&p, s.p + s.n, MBEDTLS_ASN1_OCTET_STRING, &der) < 0)
        return IKE_E_CERT_INVALID;
    if (x->certs_n == IKE_OWN_CERTS_MAX)
        return 0;
    return ike__blob_set(&x->certs[x->certs_n++], der.p, der.n);
}

static int take_bag(struct p12 *x, ike_span bag)
{
    unsigned char *p = start(bag);
    const unsigned char *end = bag.p + bag.n;
    ike_span oid, value;

    if (take(&p, end, MBEDTLS_ASN1_OID, &oid) < 0 || take(&p, end, CONTEXT0, &value) < 0)
        return IKE_E_CERT_INVALID;
    if (IS_OID(oid, oid_cert_bag))
        return take_cert(x, value);
    if ((IS_OID(oid, oid_key_bag) || IS_OID(oid, oid_shrouded_bag)) && !ike__key_is_there(x->key))
        return ike__key_parse(x->key, value, x->password);
    return 0; /* CRLs, secrets: not for us */
}

static int take_bags(struct p12 *x, ike_span contents)
{
    unsigned char *p = start(contents);
    const unsigned char *end;
    ike_span s, bag;
    int err = take(&p, contents.p + contents.n, SEQUENCE, &s);

    if (err < 0)
        return err;
    p = start(s);
    end = s.p + s.n;
    while (p < end && err == 0) {
        err = take(&p, end, SEQUENCE, &bag);
        if (err == 0)
            err = take_bag(x, bag);
    }
    return err;
}

/* EncryptedData ::= SEQUENCE { INTEGER, SEQUENCE { OID data, AlgorithmIdentifier, [0] IMPLICIT OCTET STRING } } */
static int take_encrypted(struct p12 *x, ike_span content)
{
    unsigned char *p = start(content), *alg;
    const unsigned char *end = content.p + content.n;
    struct ike_blob plain = {0};
    ike_span s, oid, ignored, text;
    int version, err;

    if (take(&p, end, SEQUENCE, &s) < 0)
        return IKE_E_CERT_INVALID;
    p = start(s);
    end = s.p + s.n;
    if (mbedtls_asn1_get_int(&p, end, &version) != 0 || take(&p, end, SEQUENCE, &s) < 0)
        return IKE_E_CERT_INVALID;
    p = start(s);
    end = s.p + s.n;
    if (take(&p, end, MBEDTLS_ASN1_OID, &oid) < 0 || !IS_OID(oid, oid_data))
        return IKE_E_CERT_INVALID;
    alg = p;
    if (take(&p, end, SEQUENCE, &ignored) < 0)
        return IKE_E_CERT_INVALID;
    s = (ike_span){alg, (size_t)(p - alg)};
    if (take(&p, end, MBEDTLS_ASN1_CONTEXT_SPECIFIC, &text) < 0)
        return IKE_E_CERT_INVALID;
    err = ike__pbes_open(s, text, x->password, &plain);
    if (err == 0)
        err = take_bags(x, (ike_span){plain.p, plain.n});
    ike__blob_drop(&plain);
    return err;
}

/* ContentInfo ::= SEQUENCE { OID, [0] content } */
static int take_content(struct p12 *x, ike_span info)
{
    unsigned char *p = start(info);
    const unsigned char *end = info.p + info.n;
    ike_span oid, content, octets;

    if (take(&p, end, MBEDTLS_ASN1_OID, &oid) < 0 || take(&p, end, CONTEXT0, &content) < 0)
        return IKE_E_CERT_INVALID;
    if (IS_OID(oid, oid_encrypted))
        return take_encrypted(x, content);
    if (!IS_OID(oid, oid_data))
        return IKE_E_UNSUPPORTED;
    p = start(content);
    if (take(&p, content.p + content.n, MBEDTLS_ASN1_OCTET_STRING, &octets) < 0)
        return IKE_E_CERT_INVALID;
    return take_bags(x, octets);
}

static int md_of(ike_span oid, mbedtls_md_type_t *md)
{
    mbedtls_asn1_buf buf = {MBEDTLS_ASN1_OID, oid.n, start(oid)};

    return mbedtls_oid_get_md_alg(&buf, md) == 0 ? 0 : IKE_E_UNSUPPORTED;
}

/* MacData ::= SEQUENCE { DigestInfo, salt, iterations DEFAULT 1 }; RFC 7292 appendix B */
static int check_mac(ike_span mac, ike_span safe, const char *password)
{
    unsigned char *p = start(mac), *q, key[64], expected[64];
    const unsigned char *end = mac.p + mac.n;
    ike_span info, alg, oid, digest, salt;
    struct ike_blob bmp = {0};
    mbedtls_md_type_t md;
    int iterations = 1, err;
    size_t n;

    if (take(&p, end, SEQUENCE, &info) < 0 || take(&p, end, MBEDTLS_ASN1_OCTET_STRING, &salt) < 0 ||
        (p < end && mbedtls_asn1_get_int(&p, end, &iterations) != 0) || iterations < 1 ||
        iterations > ITERATIONS_MAX)
        return IKE_E_CERT_INVALID;
    q = start(info);
    if (take(&q, info.p + info.n, SEQUENCE, &alg) < 0 ||
        take(&q, info.p + info.n, MBEDTLS_ASN1_OCTET_STRING, &digest) < 0)
        return IKE_E_CERT_INVALID;
    q = start(alg);
    if (take(&q, alg.p + alg.n, MBEDTLS_ASN1_OID, &oid) < 0)
        return IKE_E_CERT_INVALID;
    err = md_of(oid, &md);
    if (err < 0)
        return err;
    n = mbedtls_md_get_size(mbedtls_md_info_from_type(md));
    err = n == 0 || n != digest.n || n > sizeof(key) ? IKE_E_CERT_INVALID : ike__pbes_bmp(password, &bmp);
    if (err == 0 && (mbedtls_pkcs12_derivation(key, n, bmp.p, bmp.n, salt.p, salt.n, md,
                                               MBEDTLS_PKCS12_DERIVE_MAC_KEY, iterations) != 0 ||
                     mbedtls_md_hmac(mbedtls_md_info_from_type(md), key, n, safe.p, safe.n, expected) != 0))
        err = IKE_E_CRYPTO;
    if (err == 0 && mbedtls_ct_memcmp(expected, digest.p, n) != 0)
        err = IKE_E_DENIED;
    mbedtls_platform_zeroize(key, sizeof(key));
    ike__blob_drop(&bmp);
    return err;
}

static int open_safe(struct p12 *x, ike_span safe)
{
    unsigned char *p = start(safe);
    const unsigned char *end;
    ike_span s, info;
    int err = take(&p, safe.p + safe.n, SEQUENCE, &s);

    if (err < 0)
        return err;
    p = start(s);
    end = s.p + s.n;
    while (p < end && err == 0) {
        err = take(&p, end, SEQUENCE, &info);
        if (err == 0)
            err = take_content(x, info);
    }
    return err;
}

int ike__p12_open(ike_span p12, const char *password, struct ike_blob *certs, uint32_t *certs_n,
                  struct ike_own_key *key)
{
    struct p12 x = {.password = password ? password : "", .certs = certs, .key = key};
    unsigned char *p = start(p12), *q;
    const unsigned char *end;
    ike_span pfx, info, oid, content, safe, mac;
    int version, err;

    if (p12.n == 0 || take(&p, p12.p + p12.n, SEQUENCE, &pfx) < 0)
        return IKE_E_CERT_INVALID;
    p = start(pfx);
    end = pfx.p + pfx.n;
    if (mbedtls_asn1_get_int(&p, end, &version) != 0 || version != 3 || take(&p, end, SEQUENCE, &info) < 0)
        return IKE_E_CERT_INVALID;
    q = start(info);
    if (take(&q, info.p + info.n, MBEDTLS_ASN1_OID, &oid) < 0 || !IS_OID(oid, oid_data) ||
        take(&q, info.p + info.n, CONTEXT0, &content) < 0)
        return IKE_E_CERT_INVALID;
    q = start(content);
    if (take(&q, content.p + content.n, MBEDTLS_ASN1_OCTET_STRING, &safe) < 0)
        return IKE_E_CERT_INVALID;
    err = 0;
    if (p < end)
        err = take(&p, end, SEQUENCE, &mac) < 0 ? IKE_E_CERT_INVALID : check_mac(mac, safe, x.password);
    if (err == 0)
        err = open_safe(&x, safe);
    *certs_n = x.certs_n;
    if (err == 0 && (x.certs_n == 0 || !ike__key_is_there(key)))
        err = IKE_E_CERT_INVALID;
    return err;
}
