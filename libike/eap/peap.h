/* eap/peap.h - the Crypto-Binding of PEAP. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_EAP_PEAP_H
#define IKE_EAP_PEAP_H

#include "eap/room.h"

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
