/* keystore/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_KEYSTORE_ROOM_H
#define IKE_KEYSTORE_ROOM_H

#include <ike/keystore.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>

#define IKE_OWN_CERTS_MAX 10u

/* An allocated block that is wiped when it is dropped. */
struct ike_blob {
    uint8_t *p;
    size_t n;
};
int ike__blob_set(struct ike_blob *b, const uint8_t *p, size_t n); /* NOMEM */
void ike__blob_drop(struct ike_blob *b);

/* vault.c: small secrets in files, sealed (ike_keyfile.store_dir, store_key) */
struct ike_vault {
    struct ike_blob dir, key; /* empty: there is none */
};
int ike__vault_open(struct ike_vault *v, const ike_keyfile *cfg, const char **why); /* USAGE, NOMEM */
void ike__vault_drop(struct ike_vault *v);
/* As ike_keystore.save and load. USAGE (no name for a file), LIMIT, NOSPACE, LOCAL_IO, NOMEM, CRYPTO. */
int ike__vault_save(const struct ike_vault *v, const char *name, ike_span data);
int ike__vault_load(const struct ike_vault *v, const char *name, uint8_t *out, size_t cap, size_t *n);

/* pbes.c: opens what a password protects (RFC 8018 PBES2 with AES-CBC, RFC 7292 appendix C with 3DES). alg: the
 * AlgorithmIdentifier, header included. plain: newly allocated. Errors: CERT_INVALID, UNSUPPORTED, DENIED (wrong
 * password), NOMEM. */
int ike__pbes_open(ike_span alg, ike_span text, const char *password, struct ike_blob *plain);
/* RFC 7292 B.1: the password as big-endian UTF-16 with a final zero. Errors: NOMEM. */
int ike__pbes_bmp(const char *password, struct ike_blob *out);

/* Our private key. */
struct ike_own_key {
    mbedtls_pk_context pk;      /* RSA, ECDSA; of a signer the public half */
    const ike_eddsa_alg *eddsa; /* or Ed25519, Ed448: */
    uint8_t secret[57], pub[57];
    const ike_crypto *crypto; /* whose EdDSA; NULL: nobody's */
    void *other;              /* pk once more, in the hands of crypto->pk; NULL: mbedTLS signs */
};
/* key.c: PEM or DER, PKCS#1, SEC1, PKCS#8, encrypted or not. Errors: CERT_INVALID, DENIED, NOMEM. */
int ike__key_parse(struct ike_own_key *k, ike_span key, const char *password);
int ike__key_is_there(const struct ike_own_key *k);
void ike__key_hand_over(struct ike_own_key *k); /* to crypto->pk, if it takes it */
void ike__key_drop(struct ike_own_key *k);
const char *ike__text_find(const char *text, const char *end,
                           const char *what); /* NULL: it is not in there */

/* eddsa.c. 1: a PKCS#8 key that the backend can use, taken over. Is that SubjectPublicKeyInfo its own? */
int ike__eddsa_parse(struct ike_own_key *k, ike_span der);
int ike__eddsa_fits(const struct ike_own_key *k, ike_span spki);
int ike__eddsa_sign(const struct ike_own_key *k, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n);

/* cert.c: adds PEM or DER; DER one after the other. Errors: CERT_INVALID, NOMEM. Subject and key, whole. */
int ike__certs_load(ike_span pem_or_der, struct ike_blob *certs, uint32_t *n);
int ike__certs_take(ike_span der, struct ike_blob *certs, uint32_t *n);
int ike__cert_parts(ike_span cert, ike_span *subject, ike_span *spki);

/* scheme.c: how we sign. */
struct ike_scheme {
    int sig, is_rsa, is_pss;
    mbedtls_md_type_t md;
};
/* One of sigs (bits of enum ike_sig) that this key can do, or NULL. pss: before PKCS#1 v1.5. */
const struct ike_scheme *ike__scheme_choose(const mbedtls_pk_context *pk, uint64_t sigs, int pss);

/* What the peer takes from this chain (leaf first): the schemes of the authorities that it leads to, as far as they are in it
 * and the key can do any of them (RFC 9593); else all of ask->sigs. */
uint64_t ike__scheme_wanted(const ike_ask *ask, const struct ike_blob *certs, uint32_t certs_n,
                            const mbedtls_pk_context *pk);

/* elsewhere.c: signatures of a signer. pk: its public key; only read. Returns the scheme, as an answer does. */
int ike__elsewhere_sign(const ike_signer *signer, const mbedtls_pk_context *pk, const ike_ask *ask, int pss,
                        uint8_t *out, size_t cap, size_t *n);
/* Is this SubjectPublicKeyInfo the signer's, as far as is known? Then it becomes pk. */
int ike__elsewhere_fits(const ike_signer *signer, ike_span spki, mbedtls_pk_context *pk);

/* p12.c: own chain (leaf not necessarily first) and key. Errors: CERT_INVALID, DENIED, UNSUPPORTED, NOMEM. */
int ike__p12_open(ike_span p12, const char *password, struct ike_blob *certs, uint32_t *certs_n,
                  struct ike_own_key *key);

#endif
