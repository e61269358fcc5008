/* crypto/natd.h - NAT detection hashes (RFC 7296 2.23). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_NATD_H
#define IKE_CRYPTO_NATD_H

#include <ike/ike.h>

/* SHA-1(SPIi | SPIr | address | port). Errors: USAGE (no family), CRYPTO. */
int ike__natd_hash(const ike_crypto *c, uint64_t spi_i, uint64_t spi_r, const ike_addr *addr,
                   uint8_t out[20]);

#endif
