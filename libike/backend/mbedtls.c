/* backend/mbedtls.c - the mbedTLS backend's table, random numbers, SHA-1. SPDX-License-Identifier: Apache-2.0
 *
 * mbedTLS 2.28 and 3.6 by the classic API: the MODP groups of IKE are not in PSA. No state of our own: random
 * octets come from the system at each call.
 *
 * Not here: algorithms (mbedtls_prf.c, mbedtls_cipher.c, mbedtls_kex.c). */
#include "backend/mbedtls_room.h"
#include <mbedtls/md.h>
#include <string.h>
#if defined(__linux__)
#include <sys/random.h>
#else
#include <mbedtls/entropy.h>
#endif

int ike__mbedtls_random(void *self, uint8_t *out, size_t n)
{
    (void)self;
    while (n > 0) {
#if defined(__linux__)
        size_t take = n < 256 ? n : 256;
        if (getrandom(out, take, 0) != (ssize_t)take)
            return IKE_E_CRYPTO;
#else
        size_t take = n < MBEDTLS_ENTROPY_BLOCK_SIZE ? n : MBEDTLS_ENTROPY_BLOCK_SIZE;
        mbedtls_entropy_context e;
        int err;

        mbedtls_entropy_init(&e);
        err = mbedtls_entropy_func(&e, out, take);
        mbedtls_entropy_free(&e);
        if (err != 0)
            return IKE_E_CRYPTO;
#endif
        out += take;
        n -= take;
    }
    return 0;
}

int ike__mbedtls_rng(void *self, unsigned char *out, size_t n)
{
    return ike__mbedtls_random(self, out, n);
}

static int sha1(ike_span a, ike_span b, uint8_t out[20])
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
    mbedtls_md_context_t md;
    int err;

    mbedtls_md_init(&md);
    err = info ? mbedtls_md_setup(&md, info, 0) : -1;
    if (err == 0)
        err = mbedtls_md_starts(&md);
    if (err == 0)
        err = mbedtls_md_update(&md, a.p, a.n);
    if (err == 0)
        err = mbedtls_md_update(&md, b.p, b.n);
    if (err == 0)
        err = mbedtls_md_finish(&md, out);
    mbedtls_md_free(&md);
    return err == 0 ? 0 : IKE_E_CRYPTO;
}

const ike_crypto *ike_crypto_mbedtls(void)
{
    static const ike_crypto table = {
        .abi = IKE_CRYPTO_ABI,
        .name = "mbedtls " MBEDTLS_VERSION_STRING,
        .random = ike__mbedtls_random,
        .sha1 = sha1,
        .prf = ike__mbedtls_prfs,
        .cipher = ike__mbedtls_ciphers,
        .kex = ike__mbedtls_kexes,
    };

    return &table;
}
