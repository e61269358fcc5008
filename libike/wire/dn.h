/* wire/dn.h - distinguished names: text <-> DER, and comparing them (RFC 5280 7.1). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_WIRE_DN_H
#define IKE_WIRE_DN_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/text.h"

/* "C=DE, O=libike, CN=gw.test" to DER. Errors: IKE_E_CONFIG (no '=' or an unknown attribute), NOSPACE. */
int ike__dn_encode(const char *text, struct ike_buf *b);
/* DER to text; what does not parse is written as hex. */
void ike__dn_print(struct ike_text *t, ike_span der);
/* 1 if both names hold the same attributes in the same order; string types and ASCII case are folded. */
int ike__dn_equal(ike_span a, ike_span b);

#endif
