/* crypto/keywords.h - what algorithms are called, and which policies allow them. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_KEYWORDS_H
#define IKE_CRYPTO_KEYWORDS_H

#include <stddef.h>
#include <stdint.h>

struct ike_keyword {
    const char *text;
    uint8_t type, when; /* IKE_T_*; IKE_BY_*, 0: never, whatever the policy */
    uint16_t id, bits;
};
/* NULL: unknown. */
const struct ike_keyword *ike__keyword(const char *s, size_t n);

#endif
