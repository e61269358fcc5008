/* trust/constraints.c - name constraints (RFC 5280 4.2.1.10). SPDX-License-Identifier: Apache-2.0
 *
 * dNSName, rfc822Name, iPAddress and directoryName are enforced, without regard to case. A kind of name that we cannot
 * compare is refused where a CA constrains it and a certificate below has one. The work is bounded, because both
 * lists come from strangers.
 *
 * Not here: identities of the peer (name.c). */
#include "trust/trust.h"
#include <string.h>

#define COMPARISONS_MAX 20000u

static const char oid_email[] = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";

struct names {
    struct ike_der permitted, excluded;
    uint32_t left; /* comparisons */
    int err;
};

/* ---- is a name within a subtree? ---- */

static int ends_with(ike_span name, ike_span end)
{
    return name.n >= end.n &&
           (end.n == 0 || ike__name_same_text((ike_span){name.p + name.n - end.n, end.n}, end));
}

/* "example.org" takes itself and all below; ".example.org" only what is below. */
static int dns_within(ike_span name, ike_span base)
{
    name = ike__name_dns(name);
    base = ike__name_dns(base);
    if (base.n == 0)
        return 1;
    if (!ends_with(name, base))
        return 0;
    return base.p[0] == '.' ? name.n > base.n : name.n == base.n || name.p[name.n - base.n - 1] == '.';
}

/* A mailbox, a host, or with a leading dot the hosts of a domain. */
static int email_within(ike_span name, ike_span base)
{
    const uint8_t *at = name.n ? memchr(name.p, '@', name.n) : NULL;
    ike_span host;

    if (!at)
        return 0;
    if (base.n > 0 && memchr(base.p, '@', base.n))
        return ike__name_same_text(name, base);
    host = (ike_span){at + 1, name.n - (size_t)(at + 1 - name.p)};
    if (base.n > 0 && base.p[0] == '.')
        return host.n > base.n && ends_with(host, base);
    return base.n == 0 || ike__name_same_text(host, base);
}

/* base: address and mask */
static int ip_within(ike_span name, ike_span base)
{
    if (base.n != 2 * name.n)
        return 0;
    for (size_t i = 0; i < name.n; i++)
        if ((name.p[i] ^ base.p[i]) & base.p[name.n + i])
            return 0;
    return 1;
}

static int is_wildcard(ike_span name)
{
    return name.n > 2 && name.p[0] == '*' && name.p[1] == '.';
}

/* excluded: is any name that this one stands for within? */
static int within(uint8_t tag, ike_span name, ike_span base, int is_excluded)
{
    switch (tag) {
    case IKE_SAN_DNS:
        if (is_wildcard(name) && is_excluded && dns_within(base, (ike_span){name.p + 2, name.n - 2}))
            return 1;
        return dns_within(name, base);
    case IKE_SAN_EMAIL:
        return email_within(name, base);
    case IKE_SAN_IP:
        return ip_within(name, base);
    default: /* directoryName: the whole Name is inside its tag */
        return ike__name_dn(base, name, 1);
    }
}

static int is_comparable(uint8_t tag, ike_span base)
{
    return tag == IKE_SAN_DNS || tag == IKE_SAN_EMAIL || tag == IKE_SAN_DN ||
           (tag == IKE_SAN_IP && (base.n == 8 || base.n == 32));
}

/* GeneralSubtree ::= SEQUENCE { base, minimum [0] DEFAULT 0, maximum [1] }. RFC 5280: minimum is zero, maximum absent.
 * Returns 1: within one of the list, 0: none, -1: none of the list is of this kind. */
static int any_within(struct names *c, struct ike_der list, uint8_t tag, ike_span name, int is_excluded)
{
    int found = -1;

    while (ike__der_more(&list)) {
        struct ike_der tree = ike__der_in(&list, IKE_DER_SEQUENCE);
        uint8_t kind;
        ike_span base = ike__der_any(&tree, &kind);
        if (!ike__der_done(&tree) || c->left == 0) {
            c->err = IKE_E_CERT_CONSTRAINT;
            return 1;
        }
        c->left--;
        if (kind != tag)
            continue;
        if (!is_comparable(tag, base)) {
            c->err = IKE_E_CERT_CONSTRAINT;
            return 1;
        }
        found = found < 0 ? 0 : found;
        if (within(tag, name, base, is_excluded))
            return 1;
    }
    if (list.bad)
        c->err = IKE_E_CERT_CONSTRAINT;
    return found;
}

static void check_name(struct names *c, uint8_t tag, ike_span name)
{
    if (any_within(c, c->excluded, tag, name, 1) == 1 || any_within(c, c->permitted, tag, name, 0) == 0)
        c->err = IKE_E_CERT_CONSTRAINT;
}

/* Where there is no subjectAltName of that kind, the e-mail addresses in the subject count. */
static void check_subject_emails(struct names *c, ike_span subject)
{
    struct ike_der d = ike__der(subject), rdns = ike__der_in(&d, IKE_DER_SEQUENCE);

    while (ike__der_more(&rdns)) {
        struct ike_der set = ike__der_in(&rdns, IKE_DER_SET);
        while (ike__der_more(&set)) {
            struct ike_der pair = ike__der_in(&set, IKE_DER_SEQUENCE);
            ike_span oid = ike__der_take(&pair, IKE_DER_OID), value;
            uint8_t tag;
            value = ike__der_any(&pair, &tag);
            if (!pair.bad && oid.n == sizeof(oid_email) - 1 && memcmp(oid.p, oid_email, oid.n) == 0)
                check_name(c, IKE_SAN_EMAIL, value);
        }
    }
}

static int start(struct names *c, const struct ike_x509 *ca)
{
    struct ike_der d = ike__der(ca->ext[IKE_EXT_NAMES]), seq = ike__der_in(&d, IKE_DER_SEQUENCE);

    memset(c, 0, sizeof(*c));
    c->left = COMPARISONS_MAX;
    if (ike__der_is(&seq, IKE_DER_EXPLICIT))
        c->permitted = ike__der_in(&seq, IKE_DER_EXPLICIT);
    if (ike__der_is(&seq, IKE_DER_EXPLICIT + 1))
        c->excluded = ike__der_in(&seq, IKE_DER_EXPLICIT + 1);
    return ike__der_done(&seq) && ike__der_done(&d) ? 0 : IKE_E_CERT_CONSTRAINT;
}

int ike__constraints_check(const struct ike_x509 *ca, const struct ike_x509 *x)
{
    struct ike_der d, list;
    struct names c;
    int has_email = 0;
    ike_span subject = x->subject;

    if (!ca->ext[IKE_EXT_NAMES].p)
        return 0;
    if (start(&c, ca) < 0)
        return IKE_E_CERT_CONSTRAINT;
    if (subject.n > 2)
        check_name(&c, IKE_SAN_DN, subject);
    d = ike__der(x->ext[IKE_EXT_SAN]);
    list = ike__der_in(&d, IKE_DER_SEQUENCE);
    while (ike__der_more(&list) && c.err == 0) {
        uint8_t tag;
        ike_span name = ike__der_any(&list, &tag);
        has_email |= tag == IKE_SAN_EMAIL;
        check_name(&c, tag, name);
    }
    if (x->ext[IKE_EXT_SAN].p && c.err == 0 && !ike__der_done(&list))
        return IKE_E_CERT_INVALID;
    if (!has_email)
        check_subject_emails(&c, subject);
    return c.err;
}
