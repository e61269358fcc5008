/* trust/der.c - a strict reader of DER. SPDX-License-Identifier: Apache-2.0
 *
 * X.690 10.1: "The definite form of length encoding shall be used, encoded in the minimum number of octets." */
#include "trust/der.h"
#include <string.h>

struct ike_der ike__der(ike_span s)
{
    return (struct ike_der){s.p, s.p ? s.p + s.n : s.p, s.p == NULL};
}

int ike__der_more(const struct ike_der *d)
{
    return !d->bad && d->p < d->end;
}

int ike__der_done(const struct ike_der *d)
{
    return !d->bad && d->p == d->end;
}

int ike__der_is(const struct ike_der *d, uint8_t tag)
{
    return ike__der_more(d) && *d->p == tag;
}

static ike_span fail(struct ike_der *d)
{
    d->bad = 1;
    return (ike_span){NULL, 0};
}

/* Octets of the length that begins at d->p, or 0: it is not minimal, or too much. */
static size_t read_length(const struct ike_der *d, size_t *len)
{
    size_t left = (size_t)(d->end - d->p), n;

    if (left == 0)
        return 0;
    *len = d->p[0];
    if (*len < 0x80)
        return 1;
    n = *len & 0x7f;
    if (n == 0 || n > 4 || n >= left || d->p[1] == 0)
        return 0;
    *len = 0;
    for (size_t i = 1; i <= n; i++)
        *len = *len << 8 | d->p[i];
    return *len < 0x80 ? 0 : n + 1;
}

ike_span ike__der_any(struct ike_der *d, uint8_t *tag)
{
    size_t n, len = 0;
    ike_span s;

    *tag = 0;
    if (!ike__der_more(d) || (*d->p & 0x1f) == 0x1f)
        return fail(d);
    *tag = *d->p++;
    n = read_length(d, &len);
    if (n == 0 || len > (size_t)(d->end - d->p) - n)
        return fail(d);
    d->p += n;
    s = (ike_span){d->p, len};
    d->p += len;
    return s;
}

ike_span ike__der_take(struct ike_der *d, uint8_t tag)
{
    if (!ike__der_is(d, tag))
        return fail(d);
    return ike__der_any(d, &tag);
}

ike_span ike__der_whole(struct ike_der *d)
{
    const uint8_t *from = d->p;
    uint8_t tag;

    (void)ike__der_any(d, &tag);
    return d->bad ? (ike_span){NULL, 0} : (ike_span){from, (size_t)(d->p - from)};
}

struct ike_der ike__der_in(struct ike_der *d, uint8_t tag)
{
    return ike__der(ike__der_take(d, tag));
}

int ike__der_boolean(struct ike_der *d)
{
    ike_span s;

    if (!ike__der_is(d, IKE_DER_BOOLEAN))
        return 0;
    s = ike__der_take(d, IKE_DER_BOOLEAN);
    if (s.n != 1 || (s.p[0] != 0 && s.p[0] != 0xff)) /* X.690 11.1 */
        (void)fail(d);
    return !d->bad && s.p[0] != 0;
}

int32_t ike__der_small(struct ike_der *d, uint8_t tag)
{
    ike_span s = ike__der_take(d, tag);
    int32_t v = 0;

    if (s.n == 0 || s.n > 4 || s.p[0] >= 0x80 || (s.n > 1 && s.p[0] == 0 && s.p[1] < 0x80)) {
        (void)fail(d);
        return 0;
    }
    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | s.p[i];
    return v;
}

ike_span ike__der_bits(struct ike_der *d)
{
    ike_span s = ike__der_take(d, IKE_DER_BITS);

    if (s.n < 1 || s.p[0] != 0)
        return fail(d);
    return (ike_span){s.p + 1, s.n - 1};
}

/* ---- time ---- */

int64_t ike__seconds(int year, int month, int day, int hour, int minute, int second)
{
    int64_t y = month <= 2 ? year - 1 : year,
            m = month <= 2 ? month + 9 : month - 3; /* years begin in March */
    int64_t days = 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;

    return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

static int two(const uint8_t *p)
{
    return (p[0] - '0') * 10 + (p[1] - '0');
}

/* RFC 5280 4.1.2.5: YYMMDDHHMMSSZ to 2049, YYYYMMDDHHMMSSZ from then on; no fractions, no offsets. */
int64_t ike__der_time(struct ike_der *d)
{
    uint8_t tag;
    ike_span s = ike__der_any(d, &tag);
    size_t at = tag == IKE_DER_TIME ? 4 : 2;
    int year;

    if (d->bad || (tag != IKE_DER_TIME && tag != IKE_DER_UTC_TIME) || s.n != at + 11 || s.p[s.n - 1] != 'Z') {
        (void)fail(d);
        return 0;
    }
    for (size_t i = 0; i + 1 < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9') {
            (void)fail(d);
            return 0;
        }
    year = at == 4 ? two(s.p) * 100 + two(s.p + 2) : two(s.p) + (two(s.p) < 50 ? 2000 : 1900);
    s.p += at;
    if (two(s.p) < 1 || two(s.p) > 12 || two(s.p + 2) < 1 || two(s.p + 2) > 31 || two(s.p + 4) > 23 ||
        two(s.p + 6) > 59 || two(s.p + 8) > 60) {
        (void)fail(d);
        return 0;
    }
    return ike__seconds(year, two(s.p), two(s.p + 2), two(s.p + 4), two(s.p + 6), two(s.p + 8));
}

int ike__der_same(ike_span a, ike_span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
