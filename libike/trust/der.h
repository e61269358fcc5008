/* trust/der.h - a strict reader of DER. SPDX-License-Identifier: Apache-2.0
 *
 * Sticky, like base/cursor.h: after the first thing that is not as asked, everything read is empty and bad stays set.
 * Lengths are definite and minimal, tags are one octet; nothing recurses. */
#ifndef IKE_TRUST_DER_H
#define IKE_TRUST_DER_H

#include <ike/types.h>

enum {
    IKE_DER_BOOLEAN = 0x01,
    IKE_DER_INTEGER = 0x02,
    IKE_DER_BITS = 0x03,
    IKE_DER_OCTETS = 0x04,
    IKE_DER_NULL = 0x05,
    IKE_DER_OID = 0x06,
    IKE_DER_ENUMERATED = 0x0a,
    IKE_DER_UTC_TIME = 0x17,
    IKE_DER_TIME = 0x18,
    IKE_DER_SEQUENCE = 0x30,
    IKE_DER_SET = 0x31,
    IKE_DER_CONTEXT = 0x80, /* [n] IMPLICIT of a primitive type: + n */
    IKE_DER_EXPLICIT = 0xa0 /* [n], constructed: + n */
};

struct ike_der {
    const uint8_t *p, *end;
    int bad;
};

struct ike_der ike__der(ike_span s);
int ike__der_more(const struct ike_der *d); /* 1: something is left */
int ike__der_done(const struct ike_der *d); /* 1: all was read, and all was well */
int ike__der_is(const struct ike_der *d, uint8_t tag);
ike_span ike__der_any(struct ike_der *d, uint8_t *tag); /* the content of whatever comes */
ike_span ike__der_take(struct ike_der *d, uint8_t tag); /* the content of this */
ike_span ike__der_whole(struct ike_der *d);             /* header and content of whatever comes */
struct ike_der ike__der_in(struct ike_der *d, uint8_t tag);
int ike__der_boolean(struct ike_der *d); /* DEFAULT FALSE: 0 where it does not stand */
/* A non-negative INTEGER or ENUMERATED below 2^31. */
int32_t ike__der_small(struct ike_der *d, uint8_t tag);
ike_span ike__der_bits(struct ike_der *d); /* BIT STRING of whole octets */
int64_t ike__der_time(struct ike_der *d);  /* UTCTime or GeneralizedTime, in seconds since 1970 */
int64_t ike__seconds(int year, int month, int day, int hour, int minute, int second);
int ike__der_same(ike_span a, ike_span b); /* octet by octet */

#endif
