/* tests/bench/floor.h - the public-key arithmetic of a handshake by the library alone. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_BENCH_FLOOR_H
#define IKE_TESTS_BENCH_FLOOR_H

/* A key pair of Curve25519 and one agreement; with certificates also one ECDSA P-256 signature and two verifications:
 * of the gateway's proof and of its certificate. As the library's manual shows it; nothing may fail. */
struct floor {
    const char *name;
    void (*open)(void);
    void (*agree)(void);
    void (*prove)(void);
};
extern const struct floor floor_mbedtls, floor_openssl;

#endif
