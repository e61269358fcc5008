/* backend/mbedtls_room.h - what the files of the mbedTLS backend share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_BACKEND_MBEDTLS_ROOM_H
#define IKE_BACKEND_MBEDTLS_ROOM_H

#include <ike/ike.h>
#include <mbedtls/version.h>

/* mbedTLS 3 marks struct members as private; 2.28 has no such word. */
#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

extern const ike_prf_alg *const ike__mbedtls_prfs[];
extern const ike_cipher_alg *const ike__mbedtls_ciphers[];
extern const ike_kex_alg *const ike__mbedtls_kexes[];

int ike__mbedtls_random(void *self, uint8_t *out, size_t n);
/* The same in the form that mbedTLS takes. */
int ike__mbedtls_rng(void *self, unsigned char *out, size_t n);

#endif
