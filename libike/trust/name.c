/* trust/name.c - does a certificate name this peer? SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4945 3.1: the identity in IDr must stand in the subjectAltName, or, for a DN, be the subject. RFC 6125 6.4:
 * the host we were told to reach must be a dNSName or iPAddress; a wildcard counts only as the whole left-most
 * label, and never for IDr. The common name is not looked at.
 *
 * Not here: whether the certificate is trusted (chain.c). */
#include "trust/trust.h"
#include <arpa/inet.h>
#include <mbedtls/asn1.h>
#include <string.h>

enum { SAN_EMAIL = 0x81, SAN_DNS = 0x82, SAN_IP = 0x87 };
enum { ID_IPV4 = 1, ID_FQDN = 2, ID_EMAIL = 3, ID_IPV6 = 5, ID_DN = 9 }; /* IANA, RFC 7296 3.5 */

static unsigned char fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

static int same_text(const unsigned char *a, size_t an, const unsigned char *b, size_t bn)
{
    if (an > 1 && a[an - 1] == '.')
        an--;
    if (bn > 1 && b[bn - 1] == '.')
        bn--;
    if (an != bn || an == 0)
        return 0;
    for (size_t i = 0; i < an; i++)
        if (a[i] == 0 || fold(a[i]) != fold(b[i]))
            return 0;
    return 1;
}

static int same_octets(const unsigned char *a, size_t an, const unsigned char *b, size_t bn)
{
    return an == bn && an > 0 && memcmp(a, b, an) == 0;
}

/* "*.example.org" takes "gw.example.org", not "a.b.example.org" nor "example.org". */
static int wildcard_takes(const unsigned char *pattern, size_t pn, const unsigned char *host, size_t hn)
{
    const unsigned char *dot = memchr(host, '.', hn);

    if (pn < 4 || pattern[0] != '*' || pattern[1] != '.' || !memchr(pattern + 2, '.', pn - 2) || !dot ||
        dot == host)
        return 0;
    return same_text(pattern + 1, pn - 1, dot, hn - (size_t)(dot - host));
}

static int san_has(const mbedtls_x509_crt *crt, int tag, const unsigned char *p, size_t n, int wildcard)
{
    for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s && s->buf.p; s = s->next) {
        if (s->buf.tag != tag)
            continue;
        if (tag == SAN_IP ? same_octets(s->buf.p, s->buf.len, p, n) : same_text(s->buf.p, s->buf.len, p, n))
            return 1;
        if (wildcard && tag == SAN_DNS && wildcard_takes(s->buf.p, s->buf.len, p, n))
            return 1;
    }
    return 0;
}

/* ---- distinguished names, attribute by attribute ---- */

struct walk {
    unsigned char *p, *end, *set_end;
};

static int walk_init(struct walk *w, unsigned char *p, size_t n)
{
    size_t len;

    w->p = p;
    w->end = w->set_end = p + n;
    if (mbedtls_asn1_get_tag(&w->p, w->end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0 ||
        w->p + len != w->end)
        return -1;
    w->set_end = w->p;
    return 0;
}

struct pair {
    unsigned char *oid, *value;
    size_t oid_n, value_n;
};

/* 1 with an attribute, 0 at the end, -1 if it is no name */
static int walk_next(struct walk *w, struct pair *a)
{
    size_t len;
    unsigned char *end;

    if (w->p == w->set_end) {
        if (w->p == w->end)
            return 0;
        if (mbedtls_asn1_get_tag(&w->p, w->end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET) != 0)
            return -1;
        w->set_end = w->p + len;
    }
    if (mbedtls_asn1_get_tag(&w->p, w->set_end, &len, MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE) != 0)
        return -1;
    end = w->p + len;
    if (mbedtls_asn1_get_tag(&w->p, end, &a->oid_n, MBEDTLS_ASN1_OID) != 0)
        return -1;
    a->oid = w->p;
    w->p += a->oid_n;
    if (w->p >= end)
        return -1;
    w->p++; /* string types may differ: RFC 5280 7.1 compares values */
    if (mbedtls_asn1_get_len(&w->p, end, &a->value_n) != 0 || w->p + a->value_n != end)
        return -1;
    a->value = w->p;
    w->p = end;
    return 1;
}

static int same_dn(unsigned char *a, size_t an, unsigned char *b, size_t bn)
{
    struct walk wa, wb;
    struct pair pa, pb;

    if (an == 0 || bn == 0 || walk_init(&wa, a, an) < 0 || walk_init(&wb, b, bn) < 0)
        return 0;
    for (;;) {
        int more_a = walk_next(&wa, &pa), more_b = walk_next(&wb, &pb);
        if (more_a != 1 || more_b != 1)
            return more_a == 0 && more_b == 0;
        if (!same_octets(pa.oid, pa.oid_n, pb.oid, pb.oid_n) ||
            !same_text(pa.value, pa.value_n, pb.value, pb.value_n))
            return 0;
    }
}

int ike__trust_names_id(const mbedtls_x509_crt *crt, uint32_t id_type, ike_span id)
{
    unsigned char copy[1024];

    switch (id_type) {
    case ID_FQDN:
        return san_has(crt, SAN_DNS, id.p, id.n, 0);
    case ID_EMAIL:
        return san_has(crt, SAN_EMAIL, id.p, id.n, 0);
    case ID_IPV4:
    case ID_IPV6:
        return san_has(crt, SAN_IP, id.p, id.n, 0);
    case ID_DN:
        if (id.n > sizeof(copy))
            return 0;
        memcpy(copy, id.p, id.n); /* the readers of mbedTLS want octets that could change */
        return same_dn(copy, id.n, crt->subject_raw.p, crt->subject_raw.len);
    default:
        return 0;
    }
}

/* Octets of an address literal: 4, 16, or 0 if it is a name. */
static size_t literal(const char *host, unsigned char *out)
{
    if (inet_pton(AF_INET, host, out) == 1)
        return 4;
    return inet_pton(AF_INET6, host, out) == 1 ? 16 : 0;
}

int ike__trust_names_host(const mbedtls_x509_crt *crt, const char *host)
{
    unsigned char octets[16];
    size_t n = literal(host, octets);

    if (n > 0)
        return san_has(crt, SAN_IP, octets, n, 0);
    return san_has(crt, SAN_DNS, (const unsigned char *)host, strlen(host), 1);
}
