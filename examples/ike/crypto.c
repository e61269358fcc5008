/* examples/ike/crypto.c - the crypto backends this program was built with. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <string.h>

const ike_crypto *crypto_at(size_t i)
{
    const ike_crypto *all[] = {ike_crypto_mbedtls(),
#ifdef IKE_HAS_OPENSSL
                               ike_crypto_openssl(),
#endif
                               NULL};

    return all[i];
}

const ike_crypto *crypto_named(const char *name)
{
    const ike_crypto *c;
    size_t n = strlen(name);

    for (size_t i = 0; (c = crypto_at(i)); i++)
        if (strncmp(c->name, name, n) == 0 && c->name[n] == ' ') /* "openssl 3.0.15" */
            break;
    return c;
}

const ike_tls *crypto_tls(const ike_crypto *c)
{
#ifdef IKE_HAS_OPENSSL
    if (c == ike_crypto_openssl())
        return ike_tls_openssl();
#else
    (void)c;
#endif
    return ike_tls_mbedtls();
}
