/* tests/bench/bench.h - the library by itself, as a program without libike would call it. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_BENCH_H
#define IKE_TESTS_BENCH_H

#include <ike/ike.h>

enum bench_cipher { BENCH_GCM, BENCH_CHACHA, BENCH_CBC_SHA256 };

/* One packet at a time: 12 octets of nonce (CBC: 16 of IV), 8 of AAD, n of text in place (CBC: whole blocks), 16 of
 * tag. Nothing may fail here: abort. */
struct raw {
    const char *name;
    const ike_crypto *(*backend)(void);
    void *(*start)(enum bench_cipher cipher, unsigned bits, const uint8_t *key, const uint8_t *integ_key);
    void (*seal)(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag);
    void (*open)(void *ctx, const uint8_t *iv, const uint8_t *aad, uint8_t *text, size_t n, uint8_t *tag);
    void (*stop)(void *ctx);
};
extern const struct raw raw_mbedtls, raw_openssl, raw_ipsecmb;

#endif
