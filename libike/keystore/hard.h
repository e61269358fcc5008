/* keystore/hard.h - what keys in tokens and TPMs share. SPDX-License-Identifier: Apache-2.0
 *
 * Pure functions, without mbedTLS: libike-pkcs11 and libike-tpm2 each hold a copy. */
#ifndef IKE_KEYSTORE_HARD_H
#define IKE_KEYSTORE_HARD_H

#include <ike/keystore.h>

#define IKE_KEY_URI_MAX  1024u
#define IKE_TSS2_DER_MAX 4096u

/* uri.c: which key. handle, path (part of the text): of the last two. CONFIG; *why: static text. */
enum { IKE_KEY_PKCS11 = 1, IKE_KEY_TPM2_HANDLE = 2, IKE_KEY_TPM2_FILE = 3 };
struct ike_key_uri {
    int kind;
    uint32_t handle;
    const char *path;
};
int ike__key_uri(const char *text, struct ike_key_uri *out, const char **why);

/* asn1.c */
/* The value of one element, definite and minimal length; *in moves behind it. CONFIG: something else is there. */
int ike__asn1_take(ike_span *in, uint8_t tag, ike_span *value);
/* Issuer and subject of a certificate, header included. CONFIG. */
int ike__asn1_names(ike_span cert, ike_span *issuer, ike_span *subject);
/* ECDSA-Sig-Value of two big-endian numbers. NOSPACE. */
int ike__asn1_ecdsa(ike_span r, ike_span s, uint8_t *out, size_t cap, size_t *n);

/* tss2_pem.c: a key wrapped by a TPM; pub and priv (TPM2B_PUBLIC, TPM2B_PRIVATE) lie in der. CONFIG, UNSUPPORTED (a
 * policy, another kind of key); *why: static text. */
struct ike_tss2_key {
    uint32_t parent;
    int has_empty_auth;
    ike_span pub, priv;
};
int ike__tss2_parse(struct ike_tss2_key *out, ike_span pem, uint8_t der[IKE_TSS2_DER_MAX], const char **why);

#endif
