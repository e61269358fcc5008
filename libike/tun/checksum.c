/* tun/checksum.c - the Internet checksum (RFC 1071). SPDX-License-Identifier: Apache-2.0
 *
 * Every octet of TCP that the tunnel carries comes by here: sixteen at a time, in four lanes of two 16-bit sums each,
 * which no packet is long enough to overflow. Words are added as they lie in memory (RFC 1071 2B). */
#include "tun/offload.h"
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define HAS_LANES 1
typedef uint32_t lanes __attribute__((vector_size(16)));
#endif

static inline uint64_t sum(uint8_t *to, const uint8_t *p, size_t n)
{
    uint64_t total = 0;
    uint32_t word;
    uint16_t half = 0;

#ifdef HAS_LANES
    lanes low = {0}, high = {0};

    for (; n >= 16; n -= 16, p += 16) {
        lanes v;
        memcpy(&v, p, 16);
        if (to) {
            memcpy(to, &v, 16);
            to += 16;
        }
        low += v & 0xffff;
        high += v >> 16;
    }
    for (int i = 0; i < 4; i++)
        total += (uint64_t)low[i] + high[i];
#endif
    for (; n >= 4; n -= 4, p += 4) {
        memcpy(&word, p, 4);
        if (to) {
            memcpy(to, &word, 4);
            to += 4;
        }
        total += (word & 0xffff) + (word >> 16);
    }
    if (n >= 2) {
        memcpy(&half, p, 2);
        if (to)
            memcpy(to, &half, 2);
        total += half;
    }
    if (n & 1) { /* RFC 1071 1: as if an octet of zero followed */
        half = 0;
        memcpy(&half, p + (n - 1), 1);
        if (to)
            to[n - 1] = p[n - 1];
        total += half;
    }
    return total;
}

uint64_t ike__tun_sum(const uint8_t *p, size_t n)
{
    return sum(NULL, p, n);
}

uint64_t ike__tun_sum_copy(uint8_t *to, const uint8_t *from, size_t n)
{
    return sum(to, from, n);
}

uint64_t ike__tun_sum_pseudo(const uint8_t *ip, uint8_t proto, size_t upper_n)
{
    uint8_t rest[8] = {0,    (uint8_t)(upper_n >> 16), (uint8_t)(upper_n >> 8), (uint8_t)upper_n, 0, 0, 0,
                       proto};
    uint64_t total = sum(NULL, rest, sizeof(rest));

    return total + (ip[0] >> 4 == 4 ? sum(NULL, ip + 12, 8) : sum(NULL, ip + 8, 32));
}

uint16_t ike__tun_fold(uint64_t total)
{
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return (uint16_t)total;
}

void ike__tun_ip4_checksum(uint8_t *ip, size_t header_n)
{
    uint16_t check;

    ip[10] = ip[11] = 0;
    check = (uint16_t)~ike__tun_fold(sum(NULL, ip, header_n));
    memcpy(ip + 10, &check, 2);
}
