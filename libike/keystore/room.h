/* keystore/room.h - what the files of this room share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_KEYSTORE_ROOM_H
#define IKE_KEYSTORE_ROOM_H

#include <ike/keystore.h>
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

/* key.c: PEM or DER, PKCS#1, SEC1, PKCS#8, encrypted or not. Errors: CERT_INVALID, DENIED, NOMEM. */
int ike__key_parse(mbedtls_pk_context *pk, ike_span key, const char *password);

/* p12.c: own chain (leaf not necessarily first) and key. Errors: CERT_INVALID, DENIED, UNSUPPORTED, NOMEM. */
int ike__p12_open(ike_span p12, const char *password, struct ike_blob *certs, uint32_t *certs_n,
                  mbedtls_pk_context *pk);

#endif
