/* eap/ttls.h - AVPs inside of EAP-TTLS. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_TTLS_H
#define IKE_EAP_TTLS_H

#include "eap/room.h"

enum { AVP_USER_NAME = 1, AVP_USER_PASSWORD = 2, AVP_EAP_MESSAGE = 79 }; /* RADIUS */
enum {
    AVP_MICROSOFT = 311,
    AVP_CHAP_ERROR = 2,
    AVP_CHAP_CHALLENGE = 11,
    AVP_CHAP2_RESPONSE = 25,
    AVP_CHAP2_SUCCESS = 26
};

struct ttls_avp {
    uint32_t vendor, code; /* vendor 0: none */
    uint32_t is_mandatory;
    ike_span data;
};
/* ttls_avp.c: RFC 5281 10.1. 1: *avp is the next one, 0: there is none; SYNTAX. */
int ike__ttls_next(struct eap_cursor *in, struct ttls_avp *avp);
size_t ike__ttls_put(uint8_t *out, size_t at, uint32_t vendor, uint32_t code,
                     ike_span data); /* where it ends */

/* ttls_plain.c: a password without EAP. Texts of at most TTLS_PLAIN_MAX octets; *n: their length */
#define TTLS_PLAIN_MAX 2400u
struct ttls_chap {
    uint8_t expected[20], id;
    uint8_t has_answered;
};
int ike__ttls_pap(ike_eap_client *c, uint8_t *text, size_t *n);
/* challenge: 16 octets and an identifier, of the keys of the tunnel (RFC 5281 11.1). */
int ike__ttls_chap(struct ttls_chap *m, ike_eap_client *c, const uint8_t challenge[17], uint8_t *text,
                   size_t *n);
/* What the server says to that: 0: it knows the password, too; SYNTAX, AUTH, PEER_DENIED. */
int ike__ttls_chap_check(const struct ttls_chap *m, ike_eap_client *c, ike_span text);

#endif
