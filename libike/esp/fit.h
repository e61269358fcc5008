/* esp/fit.h - how large may an inner packet be? SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_ESP_FIT_H
#define IKE_ESP_FIT_H

#include <ike/crypto.h>

/* The largest inner packet whose ESP packet has at most so many octets, its own header included; 0: none fits. */
uint32_t ike__esp_fit(const ike_cipher_alg *alg, uint32_t octets);

#endif
