/* eap/peap.h - the Extensions of PEAP: a result, and Crypto-Binding. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_PEAP_H
#define IKE_EAP_PEAP_H

#include "eap/room.h"

enum { PEAP_RESULT = 3, PEAP_CRYPTO_BINDING = 12 }; /* TLVs */
enum { PEAP_SUCCESS = 1, PEAP_FAILURE = 2 };
struct peap_extensions {
    uint32_t result;  /* PEAP_SUCCESS or PEAP_FAILURE */
    ike_span binding; /* the TLV, with its head of four octets; p NULL: not there */
};
int ike__peap_extensions(ike_span text, struct peap_extensions *x); /* SYNTAX */

#define PEAP_BINDING_LEN 56u /* of the TLV's value */
struct peap_binding {
    uint8_t ipmk[40], cmk[20];
    uint8_t nonce[32]; /* the server's */
};
/* Checks the server's TLV, head included, with the keys of the tunnel and of the method inside. AUTH: it is wrong. */
int ike__peap_bind(struct peap_binding *b, const uint8_t tunnel[IKE_EAP_MSK_SIZE],
                   const uint8_t inner[IKE_EAP_MSK_SIZE], ike_span tlv);
int ike__peap_answer(const struct peap_binding *b, uint8_t tlv[4 + PEAP_BINDING_LEN]); /* ours */
int ike__peap_msk(const struct peap_binding *b, uint8_t msk[IKE_EAP_MSK_SIZE]);

#endif
