/* esp/fit.c - how large may an inner packet be? SPDX-License-Identifier: Apache-2.0
 *
 *   SPI, sequence (8) | IV | inner packet, padding, pad length, next header: whole blocks, at least of 4 | ICV
 *
 * RFC 4303 2.4. The same arithmetic as sealing (esp.c), the other way round; a test seals what fits and one octet more.
 *
 * Not here: what is around the ESP packet (engine/pmtu.c). */
#include "esp/fit.h"

#define HEADER_LEN  8u
#define TRAILER_LEN 2u

uint32_t ike__esp_fit(const ike_cipher_alg *alg, uint32_t octets)
{
    uint32_t around = HEADER_LEN + alg->iv_len + alg->tag_len;
    uint32_t block = alg->block_len > 4 ? alg->block_len : 4, text;

    if (octets < around)
        return 0;
    text = (octets - around) / block * block;
    return text > TRAILER_LEN ? text - TRAILER_LEN : 0;
}
