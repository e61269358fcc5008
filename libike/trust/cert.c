/* trust/cert.c - a certificate as we look at it: mbedTLS's, and its extensions. SPDX-License-Identifier: Apache-2.0
 *
 * mbedTLS parses the certificate and its key; the extensions are read once more here, strictly, because versions of
 * mbedTLS differ in which of them they know and show.
 *
 * Not here: what the extensions lead to (path.c, constraints.c, name.c, status.c). */
#include "trust/cert.h"
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

static ike_span of(const mbedtls_x509_buf *b)
{
    return (ike_span){b->p, b->len};
}

ike_span ike__x509_subject(const struct ike_x509 *x)
{
    return of(&x->crt.subject_raw);
}

ike_span ike__x509_issuer(const struct ike_x509 *x)
{
    return of(&x->crt.issuer_raw);
}

ike_span ike__x509_spki(const struct ike_x509 *x)
{
    return of(&x->crt.pk_raw);
}

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

    if (x->crt.v3_ext.len == 0)
        return 0;
    d = ike__der(of(&x->crt.v3_ext));
    if (ike__der_is(&d, IKE_DER_EXPLICIT + 3)) /* some versions keep the wrapping */
        d = ike__der_in(&d, IKE_DER_EXPLICIT + 3);
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

/* Certificate ::= SEQUENCE { tbs SEQUENCE { [0] version, serial, … }, AlgorithmIdentifier, BIT STRING } */
static int read_frame(struct ike_x509 *x)
{
    struct ike_der d = ike__der(of(&x->crt.raw)), cert = ike__der_in(&d, IKE_DER_SEQUENCE), tbs;

    x->tbs = ike__der_whole(&cert);
    x->alg = ike__der_whole(&cert);
    x->sig = ike__der_bits(&cert);
    if (!ike__der_done(&cert))
        return IKE_E_CERT_INVALID;
    d = ike__der(x->tbs);
    tbs = ike__der_in(&d, IKE_DER_SEQUENCE);
    if (ike__der_is(&tbs, IKE_DER_EXPLICIT))
        (void)ike__der_whole(&tbs);
    x->serial = ike__der_take(&tbs, IKE_DER_INTEGER);
    return tbs.bad || x->serial.n == 0 ? IKE_E_CERT_INVALID : 0;
}

static int64_t seconds(const mbedtls_x509_time *t)
{
    return ike__seconds(t->year, t->mon, t->day, t->hour, t->min, t->sec);
}

/* mbedTLS would refuse critical extensions it does not know, and say no more; we look ourselves. */
static int leave_to_us(void *user, mbedtls_x509_crt const *crt, mbedtls_x509_buf const *oid, int critical,
                       const unsigned char *p, const unsigned char *end)
{
    (void)user;
    (void)crt;
    (void)oid;
    (void)critical;
    (void)p;
    (void)end;
    return 0;
}

int ike__x509_parse(struct ike_x509 *x, ike_span der)
{
    int err;

    memset(x, 0, sizeof(*x));
    mbedtls_x509_crt_init(&x->crt);
    err =
        der.n > 0 ? mbedtls_x509_crt_parse_der_with_ext_cb(&x->crt, der.p, der.n, 1, leave_to_us, NULL) : -1;
    err = err == MBEDTLS_ERR_X509_ALLOC_FAILED ? IKE_E_NOMEM : err != 0 ? IKE_E_CERT_INVALID : 0;
    if (err == 0)
        err = read_frame(x);
    if (err == 0)
        err = read_extensions(x);
    if (err == 0)
        err = read_basic(x);
    x->v = x->crt.version;
    x->from = seconds(&x->crt.valid_from);
    x->until = seconds(&x->crt.valid_to);
    if (err != 0)
        ike__x509_free(x);
    return err;
}

void ike__x509_free(struct ike_x509 *x)
{
    mbedtls_x509_crt_free(&x->crt);
    memset(x, 0, sizeof(*x));
}

/* ---- single facts ---- */

ike_span ike__x509_key_bits(const struct ike_x509 *x)
{
    struct ike_der d = ike__der(ike__x509_spki(x)), spki = ike__der_in(&d, IKE_DER_SEQUENCE);

    (void)ike__der_whole(&spki);
    return ike__der_bits(&spki);
}

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
