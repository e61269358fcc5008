/* wire/names.h - IANA names for logs and events. SPDX-License-Identifier: Apache-2.0
 *
 * Static text, never NULL; unknown numbers give a generic word ("notify", "payload", …). */
#ifndef IKE_WIRE_NAMES_H
#define IKE_WIRE_NAMES_H

#include "wire/iana.h"
#include <stdint.h>

const char *ike__name_exchange(uint8_t type); /* "IKE_SA_INIT" */
const char *
ike__name_payload(uint8_t type); /* short, as in the RFC's ladders: "SA" "KE" "IDi" "CERTREQ" "N" */
const char *ike__name_notify(uint16_t type); /* "NO_PROPOSAL_CHOSEN" */
const char *ike__name_id(uint8_t type);      /* "FQDN" */
const char *ike__name_eap(uint8_t type);     /* "eap-mschapv2" */

#endif
