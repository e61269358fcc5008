/* backend/openssl.c - the OpenSSL backend's table, random numbers, SHA-1. SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL 3 by EVP and the default library context, so that what the host has configured there (providers, properties)
 * holds here too. No state of our own. Nothing that a peer sends gets into the host's error queue.
 *
 * Not here: algorithms (openssl_prf.c, openssl_cipher.c, openssl_hmac.c, openssl_kex.c, openssl_eddsa.c). */
#include "backend/openssl_room.h"
#include <openssl/opensslv.h>
#include <openssl/rand.h>

static int random_octets(void *self, uint8_t *out, size_t n)
{
    (void)self;
    return RAND_bytes_ex(NULL, out, n, 0) > 0 ? 0 : IKE_E_CRYPTO;
}

static int sha1(ike_span a, ike_span b, uint8_t out[20])
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    int ok = md && EVP_DigestInit_ex2(md, EVP_sha1(), NULL) && EVP_DigestUpdate(md, a.p, a.n) &&
             EVP_DigestUpdate(md, b.p, b.n) && EVP_DigestFinal_ex(md, out, NULL);

    EVP_MD_CTX_free(md);
    return ok ? 0 : IKE_E_CRYPTO;
}

const ike_crypto *ike_crypto_openssl(void)
{
    static const ike_crypto table = {
        .abi = IKE_CRYPTO_ABI,
        .name = "openssl " OPENSSL_VERSION_STR,
        .random = random_octets,
        .sha1 = sha1,
        .prf = ike__openssl_prfs,
        .cipher = ike__openssl_ciphers,
        .kex = ike__openssl_kexes,
        .eddsa = ike__openssl_eddsas,
        .pk = &ike__openssl_pk,
    };

    return &table;
}
