/* trust/cert.c - a certificate as we look at it (RFC 5280 4.1). SPDX-License-Identifier: Apache-2.0
 *
 * Frame and extensions are read here, strictly; RSA and EC keys by mbedTLS, EdDSA keys (RFC 8410), which it does not know,
 * are octets for a backend that has them.
 *
 * Not here: what the extensions lead to (path.c, constraints.c, name.c, status.c). */
#include "trust/cert.h"
#include "trust/alg.h"
#include <stdlib.h>
#include <string.h>

static const char ext_oids[IKE_EXT_N][9] = {
    [IKE_EXT_SKI] = "\x55\x1d\x0e",
    [IKE_EXT_KEY_USAGE] = "\x55\x1d\x0f",
    [IKE_EXT_SAN] = "\x55\x1d\x11",
    [IKE_EXT_BASIC] = "\x55\x1d\x13",
    [IKE_EXT_NAMES] = "\x55\x1d\x1e",
    [IKE_EXT_CRL] = "\x55\x1d\x1f",
    [IKE_EXT_POLICIES] = "\x55\x1d\x20",
    [IKE_EXT_AKI] = "\x55\x1d\x23",
    [IKE_EXT_EKU] = "\x55\x1d\x25",
    [IKE_EXT_INHIBIT_ANY] = "\x55\x1d\x36",
    [IKE_EXT_AIA] = "\x2b\x06\x01\x05\x05\x07\x01\x01",
};
static const char oid_any_usage[] = "\x55\x1d\x25\x00";
static const char oid_ocsp[] = "\x2b\x06\x01\x05\x05\x07\x30\x01";

/* ---- reading ---- */

static int is_oid(ike_span s, const char *oid, size_t n)
{
    return s.n == n && memcmp(s.p, oid, n) == 0;
}

static int slot_of(ike_span oid)
{
    for (int i = 0; i < IKE_EXT_N; i++)
        if (is_oid(oid, ext_oids[i], strlen(ext_oids[i])))
            return i;
    return -1;
}

/* Extension ::= SEQUENCE { OID, critical BOOLEAN DEFAULT FALSE, OCTET STRING } */
static int read_extensions(struct ike_x509 *x)
{
    struct ike_der d, list, one;

    if (x->extensions.n == 0)
        return 0;
    if (x->v != 3) /* RFC 5280 4.1.2.9: "This field MUST only appear if the version is 3" */
        return IKE_E_CERT_INVALID;
    d = ike__der(x->extensions);
    list = ike__der_in(&d, IKE_DER_SEQUENCE);
    while (ike__der_more(&list)) {
        ike_span oid, value;
        int critical, slot;
        one = ike__der_in(&list, IKE_DER_SEQUENCE);
        oid = ike__der_take(&one, IKE_DER_OID);
        critical = ike__der_boolean(&one);
        value = ike__der_take(&one, IKE_DER_OCTETS);
        if (!ike__der_done(&one))
            return IKE_E_CERT_INVALID;
        slot = slot_of(oid);
        if (slot < 0)
            x->has_unknown_critical |= critical;
        else if (x->ext[slot].p) /* RFC 5280 4.2: "MUST NOT include more than one instance" */
            return IKE_E_CERT_INVALID;
        else
            x->ext[slot] = value;
    }
    return ike__der_done(&list) ? 0 : IKE_E_CERT_INVALID;
}

static int read_basic(struct ike_x509 *x)
{
    struct ike_der d, seq;

    x->path_len = -1;
    if (!x->ext[IKE_EXT_BASIC].p)
        return 0;
    d = ike__der(x->ext[IKE_EXT_BASIC]);
    seq = ike__der_in(&d, IKE_DER_SEQUENCE);
    x->is_ca = ike__der_boolean(&seq);
    if (ike__der_more(&seq))
        x->path_len = ike__der_small(&seq, IKE_DER_INTEGER);
    return ike__der_done(&seq) && ike__der_done(&d) ? 0 : IKE_E_CERT_INVALID;
}

/* TBSCertificate behind its serial: signature, issuer, Validity, subject, SubjectPublicKeyInfo, [1], [2], [3] extensions */
static void read_tbs(struct ike_x509 *x, struct ike_der *tbs)
{
    struct ike_der times, wrapped;

    /* RFC 5280 4.1.1.2: "This field MUST contain the same algorithm identifier as the signature field" */
    if (!ike__der_same(ike__der_whole(tbs), x->alg))
        tbs->bad = 1;
    x->issuer = ike__der_whole(tbs);
    times = ike__der_in(tbs, IKE_DER_SEQUENCE);
    x->from = ike__der_time(&times);
    x->until = ike__der_time(&times);
    x->subject = ike__der_whole(tbs);
    x->spki = ike__der_whole(tbs);
    for (uint8_t id = IKE_DER_CONTEXT + 1; id <= IKE_DER_CONTEXT + 2; id++) /* unique identifiers: nobody's */
        if (ike__der_is(tbs, id))
            (void)ike__der_take(tbs, id);
    if (ike__der_is(tbs, IKE_DER_EXPLICIT + 3)) {
        wrapped = ike__der_in(tbs, IKE_DER_EXPLICIT + 3);
        x->extensions = ike__der_whole(&wrapped);
        tbs->bad |= !ike__der_done(&wrapped);
    }
    tbs->bad |= !ike__der_done(&times) || x->serial.n == 0 || x->issuer.n == 0 || x->subject.n == 0 ||
                x->issuer.p[0] != IKE_DER_SEQUENCE || x->subject.p[0] != IKE_DER_SEQUENCE;
}

/* Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version, serial, … }, AlgorithmIdentifier, BIT STRING } */
static int read_frame(struct ike_x509 *x)
{
    struct ike_der d = ike__der(x->raw), cert = ike__der_in(&d, IKE_DER_SEQUENCE), tbs, version;

    x->tbs = ike__der_whole(&cert);
    x->alg = ike__der_whole(&cert);
    x->sig = ike__der_bits(&cert);
    if (!ike__der_done(&cert) || !ike__der_done(&d))
        return IKE_E_CERT_INVALID;
    d = ike__der(x->tbs);
    tbs = ike__der_in(&d, IKE_DER_SEQUENCE);
    x->v = 1;
    if (ike__der_is(&tbs, IKE_DER_EXPLICIT)) {
        version = ike__der_in(&tbs, IKE_DER_EXPLICIT);
        x->v = 1 + ike__der_small(&version, IKE_DER_INTEGER);
        tbs.bad |= !ike__der_done(&version) || x->v > 3;
    }
    x->serial = ike__der_take(&tbs, IKE_DER_INTEGER);
    read_tbs(x, &tbs);
    return ike__der_done(&tbs) ? 0 : IKE_E_CERT_INVALID;
}

/* RFC 8410 3: id-Ed25519, id-Ed448: "the parameters MUST be absent", and the key is the octets of RFC 8032. */
static const ike_eddsa_alg *find_eddsa(ike_span alg, const ike_crypto *crypto)
{
    const ike_eddsa_alg *const *e = crypto && crypto->abi >= 2 ? crypto->eddsa : NULL;
    uint32_t sig = ike__alg_eddsa(alg);

    for (; sig && e && *e; e++)
        if ((*e)->sig == sig)
            return *e;
    return NULL;
}

static int read_key(struct ike_x509 *x, const ike_crypto *crypto)
{
    struct ike_der d = ike__der(x->spki), spki = ike__der_in(&d, IKE_DER_SEQUENCE);
    ike_span alg = ike__der_whole(&spki);
    unsigned char *p = (unsigned char *)(uintptr_t)x->spki.p; /* mbedTLS only reads */

    x->key_bits = ike__der_bits(&spki);
    if (!ike__der_done(&spki) || !ike__der_done(&d))
        return IKE_E_CERT_INVALID;
    x->eddsa = find_eddsa(alg, crypto);
    if (x->eddsa)
        return x->key_bits.n == x->eddsa->key_len ? 0 : IKE_E_CERT_INVALID;
    x->other = crypto && crypto->abi >= 2 ? crypto->pk : NULL;
    return mbedtls_pk_parse_subpubkey(&p, x->spki.p + x->spki.n, &x->pk) == 0 && p == x->spki.p + x->spki.n
               ? 0
               : IKE_E_CERT_INVALID;
}

int ike__x509_parse(struct ike_x509 *x, ike_span der, const ike_crypto *crypto)
{
    uint8_t *own;
    int err;

    memset(x, 0, sizeof(*x));
    mbedtls_pk_init(&x->pk);
    own = der.n > 0 ? malloc(der.n) : NULL;
    if (!own)
        return der.n > 0 ? IKE_E_NOMEM : IKE_E_CERT_INVALID;
    memcpy(own, der.p, der.n);
    x->raw = (ike_span){own, der.n};
    err = read_frame(x);
    if (err == 0)
        err = read_key(x, crypto);
    if (err == 0)
        err = read_extensions(x);
    if (err == 0)
        err = read_basic(x);
    if (err != 0)
        ike__x509_free(x);
    return err;
}

void ike__x509_free(struct ike_x509 *x)
{
    mbedtls_pk_free(&x->pk);
    free((uint8_t *)(uintptr_t)x->raw.p);
    memset(x, 0, sizeof(*x));
}

/* ---- single facts ---- */

ike_span ike__x509_ski(const struct ike_x509 *x)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_SKI]);

    return ike__der_take(&d, IKE_DER_OCTETS);
}

ike_span ike__x509_aki(const struct ike_x509 *x)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_AKI]), seq = ike__der_in(&d, IKE_DER_SEQUENCE);

    return ike__der_take(&seq, IKE_DER_CONTEXT);
}

int ike__x509_may(const struct ike_x509 *x, unsigned bit)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_KEY_USAGE]);
    ike_span bits;

    if (!x->ext[IKE_EXT_KEY_USAGE].p)
        return 1;
    bits = ike__der_take(&d, IKE_DER_BITS); /* the first octet counts unused bits */
    return bits.n > 1 + bit / 8 && (bits.p[1 + bit / 8] >> (7 - bit % 8) & 1);
}

int ike__x509_is_for(const struct ike_x509 *x, const char *oid, size_t n, int has_any)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_EKU]), list;

    if (!x->ext[IKE_EXT_EKU].p)
        return has_any;
    list = ike__der_in(&d, IKE_DER_SEQUENCE);
    while (ike__der_more(&list)) {
        ike_span purpose = ike__der_take(&list, IKE_DER_OID);
        if (is_oid(purpose, oid, n) || (has_any && is_oid(purpose, oid_any_usage, sizeof(oid_any_usage) - 1)))
            return 1;
    }
    return 0;
}

/* ---- where its status is to be found ---- */

/* Only plain HTTP: what is fetched is signed, and https would need revocation checking of its own (RFC 5280 8). */
static size_t take_url(ike_span s, char *out, size_t cap)
{
    static const char http[] = "http://";

    if (s.n <= sizeof(http) - 1 || s.n >= cap)
        return 0;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] >= 0x7f)
            return 0;
    for (size_t i = 0; i < sizeof(http) - 1; i++)
        if ((s.p[i] | (i < 4 ? 0x20 : 0)) != http[i])
            return 0;
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return s.n;
}

size_t ike__x509_ocsp_url(const struct ike_x509 *x, char *out, size_t cap)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_AIA]), list = ike__der_in(&d, IKE_DER_SEQUENCE);

    while (ike__der_more(&list)) {
        struct ike_der one = ike__der_in(&list, IKE_DER_SEQUENCE);
        ike_span method = ike__der_take(&one, IKE_DER_OID), url = {NULL, 0};
        size_t n;
        if (is_oid(method, oid_ocsp, sizeof(oid_ocsp) - 1) && ike__der_is(&one, IKE_DER_CONTEXT + 6))
            url = ike__der_take(&one, IKE_DER_CONTEXT + 6);
        n = take_url(url, out, cap);
        if (n > 0)
            return n;
    }
    return 0;
}

/* Calls each with every name of every distribution point that holds all reasons and is signed by the issuer itself:
 * DistributionPoint ::= SEQUENCE { [0] { [0] fullName GeneralNames }, [1] reasons, [2] cRLIssuer } */
static int each_point(const struct ike_x509 *x, int (*each)(void *user, ike_span name), void *user)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_CRL]), list = ike__der_in(&d, IKE_DER_SEQUENCE);

    while (ike__der_more(&list)) {
        struct ike_der point = ike__der_in(&list, IKE_DER_SEQUENCE), name, full;
        if (!ike__der_is(&point, IKE_DER_EXPLICIT))
            continue;
        name = ike__der_in(&point, IKE_DER_EXPLICIT);
        if (ike__der_more(&point) || !ike__der_is(&name, IKE_DER_EXPLICIT))
            continue;
        full = ike__der_in(&name, IKE_DER_EXPLICIT);
        while (ike__der_more(&full))
            if (each(user, ike__der_whole(&full)))
                return 1;
    }
    return 0;
}

struct url {
    char *out;
    size_t cap, n;
};

static int is_url(void *user, ike_span name)
{
    struct url *u = user;
    struct ike_der d = ike__der(name);
    uint8_t tag;
    ike_span s = ike__der_any(&d, &tag);

    u->n = tag == IKE_DER_CONTEXT + 6 ? take_url(s, u->out, u->cap) : 0;
    return u->n > 0;
}

size_t ike__x509_crl_url(const struct ike_x509 *x, char *out, size_t cap)
{
    struct url u = {out, cap, 0};

    return each_point(x, is_url, &u) ? u.n : 0;
}

static int is_same(void *user, ike_span name)
{
    return name.n > 0 && ike__der_same(*(const ike_span *)user, name);
}

int ike__x509_crl_named(const struct ike_x509 *x, ike_span general_name)
{
    return each_point(x, is_same, &general_name);
}
