/* eap/fips186.c - the random generator of FIPS 186-2 with change notice 1, of which EAP-SIM and EAP-AKA make keys. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4186 appendix B. Its function G is SHA-1's compression of one block without the padding of SHA-1, which crypto
 * libraries do not give away; so it is here. */
#include "eap/simaka.h"
#include <string.h>

static uint32_t turn(uint32_t v, unsigned bits)
{
    return v << bits | v >> (32 - bits);
}

/* G(t, XVAL): t is SHA-1's initial value, the block XVAL with zeros behind it. */
static void g(const uint8_t xval[20], uint8_t out[20])
{
    static const uint32_t t[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
    static const uint32_t k[4] = {0x5a827999u, 0x6ed9eba1u, 0x8f1bbcdcu, 0xca62c1d6u};
    uint32_t w[80] = {0}, v[5];

    for (size_t i = 0; i < 20; i++)
        w[i / 4] = w[i / 4] << 8 | xval[i];
    for (size_t i = 16; i < 80; i++)
        w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    memcpy(v, t, sizeof(v));
    for (size_t i = 0; i < 80; i++) {
        uint32_t b = v[1], c = v[2], d = v[3];
        uint32_t f = i < 20              ? (b & c) | (~b & d)
                     : i < 40 || i >= 60 ? b ^ c ^ d
                                         : (b & c) | (b & d) | (c & d);
        uint32_t sum = turn(v[0], 5) + f + v[4] + k[i / 20] + w[i];

        v[4] = d;
        v[3] = c;
        v[2] = turn(b, 30);
        v[1] = v[0];
        v[0] = sum;
    }
    for (size_t i = 0; i < 20; i++)
        out[i] = (uint8_t)((v[i / 4] + t[i / 4]) >> (24 - 8 * (i % 4)));
    ike__eap_wipe(w, sizeof(w));
    ike__eap_wipe(v, sizeof(v));
}

void ike__fips186(const uint8_t seed[20], uint8_t *out, size_t n)
{
    uint8_t key[20];

    memcpy(key, seed, sizeof(key));
    for (size_t at = 0; at < n; at += 20) {
        unsigned carry = 1; /* XKEY = (1 + XKEY + w) mod 2^160 */

        g(key, out + at);
        for (size_t i = 20; i-- > 0;) {
            carry += (unsigned)key[i] + out[at + i];
            key[i] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    ike__eap_wipe(key, sizeof(key));
}
