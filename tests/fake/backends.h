/* tests/fake/backends.h - the real crypto backends this build has. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_BACKENDS_H
#define IKE_TESTS_BACKENDS_H

#include <ike/ike.h>

/* The ith; NULL behind the last. */
static inline const ike_crypto *test_backend(size_t i)
{
    const ike_crypto *all[] = {ike_crypto_mbedtls(),
#ifdef IKE_HAS_OPENSSL
                               ike_crypto_openssl(),
#endif
                               NULL};

    return all[i];
}

/* Likewise, with those that have ciphers of ESP only. */
static inline const ike_crypto *test_bulk(size_t i)
{
    size_t n = 0;

    while (test_backend(n))
        n++;
    if (i < n)
        return test_backend(i);
#ifdef IKE_HAS_IPSECMB
    return i == n ? ike_crypto_ipsecmb() : NULL;
#else
    return NULL;
#endif
}

#endif
