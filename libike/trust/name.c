/* trust/name.c - does a certificate name this peer? SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4945 3.1: the identity in IDr must stand in the subjectAltName, or, for a DN, be the subject. RFC 6125 6.4:
 * the host we were told to reach must be a dNSName or iPAddress; a wildcard counts only as the whole left-most
 * label, only if the user allows it, and never for IDr. The common name is not looked at.
 *
 * Not here: whether the certificate is trusted (chain.c), names that a CA may give (constraints.c). */
#include "trust/trust.h"
#include <arpa/inet.h>
#include <string.h>

enum { ID_IPV4 = 1, ID_FQDN = 2, ID_EMAIL = 3, ID_IPV6 = 5, ID_DN = 9, ID_KEY = 11 }; /* IANA, RFC 7296 3.5 */

static unsigned char fold(unsigned char c)
{
    return c >= 'A' && c <= 'Z' ? (unsigned char)(c + 32) : c;
}

int ike__name_same_text(ike_span a, ike_span b)
{
    if (a.n != b.n || a.n == 0)
        return 0;
    for (size_t i = 0; i < a.n; i++)
        if (a.p[i] == 0 || fold(a.p[i]) != fold(b.p[i]))
            return 0;
    return 1;
}

ike_span ike__name_dns(ike_span s)
{
    if (s.n > 1 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

static int same_dns(ike_span a, ike_span b)
{
    return ike__name_same_text(ike__name_dns(a), ike__name_dns(b));
}

/* RFC 5280 4.2.1.6: the local part of a mailbox may be case-sensitive, its host is not. */
static int same_email(ike_span a, ike_span b)
{
    const uint8_t *at = a.n ? memchr(a.p, '@', a.n) : NULL;
    size_t local = at ? (size_t)(at - a.p) + 1 : 0;

    return a.n == b.n && at && memcmp(a.p, b.p, local) == 0 &&
           ike__name_same_text((ike_span){a.p + local, a.n - local}, (ike_span){b.p + local, b.n - local});
}

/* "*.example.org" takes "gw.example.org", not "a.b.example.org" nor "example.org". */
static int wildcard_takes(ike_span pattern, ike_span host)
{
    const uint8_t *dot = host.n ? memchr(host.p, '.', host.n) : NULL;

    if (pattern.n < 4 || pattern.p[0] != '*' || pattern.p[1] != '.' ||
        !memchr(pattern.p + 2, '.', pattern.n - 2) || memchr(pattern.p + 1, '*', pattern.n - 1) || !dot ||
        dot == host.p)
        return 0;
    return same_dns((ike_span){pattern.p + 1, pattern.n - 1},
                    (ike_span){dot, host.n - (size_t)(dot - host.p)});
}

static int san_has(const struct ike_x509 *x, uint8_t tag, ike_span name, int wildcards)
{
    struct ike_der d = ike__der(x->ext[IKE_EXT_SAN]), list = ike__der_in(&d, IKE_DER_SEQUENCE);

    while (ike__der_more(&list)) {
        uint8_t is;
        ike_span s = ike__der_any(&list, &is);
        if (list.bad || is != tag)
            continue;
        if (tag == IKE_SAN_IP      ? s.n > 0 && ike__der_same(s, name)
            : tag == IKE_SAN_EMAIL ? same_email(s, name)
                                   : same_dns(s, name))
            return 1;
        if (wildcards && tag == IKE_SAN_DNS && wildcard_takes(s, name))
            return 1;
    }
    return 0;
}

/* ---- distinguished names, attribute by attribute ---- */

static int is_space(const ike_span *s)
{
    return s->n > 0 && s->p[0] == ' ';
}

static void skip(ike_span *s)
{
    s->p++;
    s->n--;
}

/* RFC 5280 7.1: without regard to case, and to how many spaces there are. */
static int same_value(ike_span a, ike_span b)
{
    while (is_space(&a))
        skip(&a);
    while (is_space(&b))
        skip(&b);
    while (a.n > 0 && b.n > 0) {
        int space = is_space(&a);
        if (space != is_space(&b) || a.p[0] == 0 || fold(a.p[0]) != fold(b.p[0]))
            break;
        skip(&a);
        skip(&b);
        while (space && is_space(&a))
            skip(&a);
        while (space && is_space(&b))
            skip(&b);
    }
    while (is_space(&a))
        skip(&a);
    while (is_space(&b))
        skip(&b);
    return a.n == 0 && b.n == 0;
}

/* AttributeTypeAndValue ::= SEQUENCE { OID, value }; string types may differ. */
static int same_attribute(struct ike_der *a, struct ike_der *b)
{
    struct ike_der x = ike__der_in(a, IKE_DER_SEQUENCE), y = ike__der_in(b, IKE_DER_SEQUENCE);
    ike_span oid_x = ike__der_take(&x, IKE_DER_OID), oid_y = ike__der_take(&y, IKE_DER_OID), u, v;
    uint8_t tag;

    u = ike__der_any(&x, &tag);
    v = ike__der_any(&y, &tag);
    return ike__der_done(&x) && ike__der_done(&y) && oid_x.n > 0 && ike__der_same(oid_x, oid_y) &&
           same_value(u, v);
}

int ike__name_dn(ike_span a, ike_span b, int b_may_be_longer)
{
    struct ike_der da = ike__der(a), db = ike__der(b), x = ike__der_in(&da, IKE_DER_SEQUENCE),
                   y = ike__der_in(&db, IKE_DER_SEQUENCE);

    while (ike__der_more(&x) && ike__der_more(&y)) {
        struct ike_der sx = ike__der_in(&x, IKE_DER_SET), sy = ike__der_in(&y, IKE_DER_SET);
        while (ike__der_more(&sx) && ike__der_more(&sy))
            if (!same_attribute(&sx, &sy))
                return 0;
        if (!ike__der_done(&sx) || !ike__der_done(&sy))
            return 0;
    }
    return ike__der_done(&x) && ike__der_done(&da) && !y.bad && ike__der_done(&db) &&
           (b_may_be_longer || ike__der_done(&y));
}

/* RFC 7296 3.5 leaves ID_KEY_ID to the two sides: here it is the key's identifier, in the certificate or counted by
 * us (RFC 5280 4.2.1.2, method 1). */
static int has_key_id(const struct ike_x509 *x, ike_span id)
{
    ike_span ski = ike__x509_ski(x), key = x->key_bits;
    uint8_t sha1[20];

    if (id.n == 0)
        return 0;
    if (ski.n > 0)
        return ike__der_same(ski, id);
    return key.n > 0 && ike_crypto_mbedtls()->sha1(key, (ike_span){NULL, 0}, sha1) == 0 &&
           ike__der_same((ike_span){sha1, 20}, id);
}

int ike__trust_names_id(const struct ike_x509 *x, uint32_t id_type, ike_span id)
{
    switch (id_type) {
    case ID_FQDN:
        return san_has(x, IKE_SAN_DNS, id, 0);
    case ID_EMAIL:
        return san_has(x, IKE_SAN_EMAIL, id, 0);
    case ID_IPV4:
    case ID_IPV6:
        return id.n == (id_type == ID_IPV4 ? 4 : 16) && san_has(x, IKE_SAN_IP, id, 0);
    case ID_DN: /* an empty name is nobody's */
        return id.n > 2 && ike__name_dn(id, x->subject, 0);
    case ID_KEY:
        return has_key_id(x, id);
    default:
        return 0;
    }
}

int ike__trust_names_host(const struct ike_x509 *x, const char *host, int wildcards)
{
    unsigned char octets[16];

    if (inet_pton(AF_INET, host, octets) == 1)
        return san_has(x, IKE_SAN_IP, (ike_span){octets, 4}, 0);
    if (inet_pton(AF_INET6, host, octets) == 1)
        return san_has(x, IKE_SAN_IP, (ike_span){octets, 16}, 0);
    return san_has(x, IKE_SAN_DNS, (ike_span){(const uint8_t *)host, strlen(host)}, wildcards);
}

/* ---- for people ---- */

void ike__name_text(ike_span dn, char *out, size_t cap)
{
    struct ike_der d = ike__der(dn), name = ike__der_in(&d, IKE_DER_SEQUENCE);
    size_t n = 0;

    while (ike__der_more(&name)) {
        struct ike_der set = ike__der_in(&name, IKE_DER_SET), pair = ike__der_in(&set, IKE_DER_SEQUENCE);
        ike_span value;
        uint8_t tag;

        (void)ike__der_take(&pair, IKE_DER_OID);
        value = ike__der_any(&pair, &tag);
        for (size_t i = 0; n > 0 && i < 2 && n + 1 < cap; i++)
            out[n++] = ", "[i];
        for (size_t i = 0; i < value.n && n + 1 < cap; i++)
            out[n++] = value.p[i] >= ' ' && value.p[i] <= '~' ? (char)value.p[i] : '?';
    }
    out[n] = '\0';
}
