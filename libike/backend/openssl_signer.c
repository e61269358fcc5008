/* backend/openssl_signer.c - a client key of TLS that is elsewhere: in a token, a TPM, an enclave. SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL's way for that would be a provider; two method tables of its older interface do. They carry ECDSA as it is,
 * and RSA in PKCS#1 signatures: RSA-PSS, without which there is no RSA in TLS 1.3, would want the bare RSA operation,
 * which an ike_signer does not give. So an RSA key elsewhere speaks TLS 1.2.
 *
 * Not here: TLS (openssl_tls.c). */
#include "backend/openssl_room.h"
#include <ike/tls.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <string.h>

static int hash_index(int nid)
{
    return nid == NID_sha256 ? 0 : nid == NID_sha384 ? 1 : nid == NID_sha512 ? 2 : -1;
}

static int sign(const ike_signer *s, int first, int which, const unsigned char *hash, size_t hash_n,
                unsigned char *sig, size_t cap, unsigned int *n)
{
    size_t out = 0;

    if (!s || which < 0 || !(s->sigs & IKE_SIG_BIT(first + which)) ||
        s->sign(s->self, first + which, (ike_span){hash, hash_n}, sig, cap, &out) < 0 || out > cap)
        return 0;
    *n = (unsigned int)out;
    return 1;
}

static int rsa_sign(int nid, const unsigned char *hash, unsigned int hash_n, unsigned char *sig,
                    unsigned int *n, const RSA *rsa)
{
    return sign(RSA_get_ex_data(rsa, 0), IKE_SIG_RSA_SHA256, hash_index(nid), hash, hash_n, sig,
                (size_t)RSA_size(rsa), n);
}

static int ec_sign(int type, const unsigned char *hash, int hash_n, unsigned char *sig, unsigned int *n,
                   const BIGNUM *kinv, const BIGNUM *r, EC_KEY *ec)
{
    (void)type, (void)kinv, (void)r;
    return sign(EC_KEY_get_ex_data(ec, 0), IKE_SIG_ECDSA_SHA256,
                hash_n == 32   ? 0
                : hash_n == 48 ? 1
                : hash_n == 64 ? 2
                               : -1,
                hash, (size_t)hash_n, sig, (size_t)ECDSA_size(ec), n);
}

static int rsa_finish(RSA *rsa)
{
    (void)RSA_meth_get_finish(RSA_get_default_method())(rsa);
    RSA_meth_free((RSA_METHOD *)(uintptr_t)RSA_get_method(rsa)); /* each key has its own: nothing is global */
    return 1;
}

static EVP_PKEY *around_rsa(EVP_PKEY *pub, const ike_signer *s)
{
    RSA *rsa = EVP_PKEY_get1_RSA(pub);
    RSA_METHOD *m = rsa ? RSA_meth_dup(RSA_get_default_method()) : NULL;
    EVP_PKEY *key = m ? EVP_PKEY_new() : NULL;

    if (key && RSA_meth_set_sign(m, rsa_sign) && RSA_meth_set_finish(m, rsa_finish) &&
        RSA_set_method(rsa, m)) {
        m = NULL; /* the key's */
        if (RSA_set_ex_data(rsa, 0, (void *)(uintptr_t)s) && EVP_PKEY_assign_RSA(key, rsa))
            return key;
    }
    EVP_PKEY_free(key);
    RSA_free(rsa);
    RSA_meth_free(m);
    return NULL;
}

static void ec_finish(EC_KEY *ec)
{
    EC_KEY_METHOD_free((EC_KEY_METHOD *)(uintptr_t)EC_KEY_get_method(ec));
}

static EVP_PKEY *around_ec(EVP_PKEY *pub, const ike_signer *s)
{
    EC_KEY *ec = EVP_PKEY_get1_EC_KEY(pub);
    EC_KEY_METHOD *m = ec ? EC_KEY_METHOD_new(EC_KEY_get_method(ec)) : NULL;
    EVP_PKEY *key = m ? EVP_PKEY_new() : NULL;

    if (key) {
        EC_KEY_METHOD_set_sign(m, ec_sign, NULL, NULL);
        EC_KEY_METHOD_set_init(m, NULL, ec_finish, NULL, NULL, NULL, NULL);
        if (EC_KEY_set_method(ec, m)) {
            m = NULL;
            if (EC_KEY_set_ex_data(ec, 0, (void *)(uintptr_t)s) && EVP_PKEY_assign_EC_KEY(key, ec))
                return key;
        }
    }
    EVP_PKEY_free(key);
    EC_KEY_free(ec);
    EC_KEY_METHOD_free(m);
    return NULL;
}

int ike__openssl_use_signer(SSL_CTX *ctx, const ike_signer *s)
{
    X509 *own = SSL_CTX_get0_certificate(ctx);
    EVP_PKEY *pub = own ? X509_get0_pubkey(own) : NULL, *key = NULL;
    int type = pub ? EVP_PKEY_get_base_id(pub) : 0, ok;

    if (type == EVP_PKEY_RSA) {
        /* what the server may sign with as well: there is one list for both directions */
        if (!SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION) ||
            !SSL_CTX_set1_sigalgs_list(
                ctx, "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512"))
            return IKE_E_CRYPTO;
        key = around_rsa(pub, s);
    } else if (type == EVP_PKEY_EC) {
        key = around_ec(pub, s);
    } else {
        return IKE_E_UNSUPPORTED;
    }
    ok = key && SSL_CTX_use_PrivateKey(ctx, key);
    EVP_PKEY_free(key);
    return ok ? 0 : IKE_E_CRYPTO;
}
