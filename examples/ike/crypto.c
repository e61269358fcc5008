/* examples/ike/crypto.c - the crypto backends this program was built with, and which of them does what. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <string.h>

/* One by one: asking for OpenSSL loads it. */
const ike_crypto *crypto_at(size_t i)
{
    if (i == 0)
        return ike_crypto_mbedtls();
#ifdef IKE_HAS_OPENSSL
    if (i == 1)
        return ike_crypto_openssl();
#endif
    return NULL;
}

const ike_crypto *crypto_bulk(void)
{
#ifdef IKE_HAS_IPSECMB
    const ike_crypto *c = ike_crypto_ipsecmb(); /* where the processor can: a fifth of OpenSSL 3.0's time */

    if (c)
        return c;
#endif
#ifdef IKE_HAS_OPENSSL
    return ike_crypto_openssl();
#else
    return NULL; /* mbedTLS, as the handshake */
#endif
}

static int is_named(const ike_crypto *c, const char *name, size_t n)
{
    return c && strncmp(c->name, name, n) == 0 && c->name[n] == ' '; /* "openssl 3.0.15" */
}

static const ike_crypto *named(const char *name, size_t n)
{
    const ike_crypto *c;

    for (size_t i = 0; (c = crypto_at(i)); i++)
        if (is_named(c, name, n))
            break;
    return c;
}

int crypto_choose(struct options *o, const char *text)
{
    size_t n = strcspn(text, ",");
    const char *bulk = text[n] ? text + n + 1 : text;

    o->crypto = named(text, n);
    o->bulk = named(bulk, strlen(bulk));
#ifdef IKE_HAS_IPSECMB
    if (!o->bulk && is_named(ike_crypto_ipsecmb(), bulk, strlen(bulk))) {
        o->bulk = ike_crypto_ipsecmb();
        if (bulk == text)
            o->crypto = crypto_at(0);
    }
#endif
    return o->crypto && o->bulk ? 0 : -1;
}

const ike_tls *crypto_tls(const ike_crypto *c)
{
#ifdef IKE_HAS_OPENSSL
    if (is_named(c, "openssl", 7))
        return ike_tls_openssl();
#else
    (void)c;
#endif
    return ike_tls_mbedtls();
}
