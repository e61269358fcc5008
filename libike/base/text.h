/* base/text.h - a sticky text writer for logs, names and reasons. SPDX-License-Identifier: Apache-2.0
 *
 * Always NUL-terminated, cuts off what does not fit, cannot abort. We do not use snprintf in the
 * core: its return value counts octets that were never written. */
#ifndef IKE_BASE_TEXT_H
#define IKE_BASE_TEXT_H

#include "base/span.h"

struct ike_text {
    char *p;
    size_t n;   /* characters written, without the NUL */
    size_t cap; /* with the NUL; at least 1 */
};

void ike__text_init(struct ike_text *t, char *p, size_t cap);
void ike__text_put(struct ike_text *t, const char *s);
void ike__text_u64(struct ike_text *t, uint64_t v); /* decimal */
void ike__text_hex(struct ike_text *t, ike_span s); /* lower-case, no separators */
/* Bytes from the network as text: printable ASCII as it is, anything else as \xhh. */
void ike__text_safe(struct ike_text *t, ike_span s);
/* 192.0.2.1 or 2001:db8::1 (RFC 5952), without the port. */
void ike__text_addr(struct ike_text *t, const ike_addr *a);
/* "10.0.0.0/8", "10.0.0.1..10.0.0.9", "[6/22]" or "[17/1000-2000]" behind it where limited. */
void ike__text_ts(struct ike_text *t, const ike_ts *ts);
int ike__hex_value(char c); /* of one digit, either case; -1: it is none */
/* Parses "192.0.2.1" or "2001:db8::1" exactly (no port, no zone): 0, or IKE_E_CONFIG. port stays 0. */
int ike__addr_parse(ike_addr *a, const char *s);

#endif
