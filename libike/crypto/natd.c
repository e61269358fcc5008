/* crypto/natd.c - NAT detection hashes (RFC 7296 2.23). SPDX-License-Identifier: Apache-2.0
 *
 * SHA-1 here hides nothing and proves nothing; it is what the RFC fixes. */
#include "crypto/natd.h"
#include "base/span.h"

int ike__natd_hash(const ike_crypto *c, uint64_t spi_i, uint64_t spi_r, const ike_addr *addr, uint8_t out[20])
{
    size_t n = addr->family == 4 ? 4 : 16;
    uint8_t spis[16], place[18];

    if (addr->family != 4 && addr->family != 6)
        return IKE_E_USAGE;
    ike__put_be64(spis, spi_i);
    ike__put_be64(spis + 8, spi_r);
    memcpy(place, addr->ip, n);
    ike__put_be16(place + n, addr->port);
    return c->sha1(ike__span(spis, sizeof(spis)), ike__span(place, n + 2), out) < 0 ? IKE_E_CRYPTO : 0;
}
