/* keystore/tpm2.h - what the two files of libike-tpm2 share. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_KEYSTORE_TPM2_H
#define IKE_KEYSTORE_TPM2_H

#include "keystore/hard.h"
#include <tss2/tss2_esys.h>

/* A key in a TPM. Only open writes to it, so that several threads may sign. */
struct ike_tpm2 {
    ike_signer_config cfg;
    char *tcti;      /* NULL: the default */
    uint32_t handle; /* persistent; 0: from a file */
    uint32_t parent; /* of the file's key: persistent, or a hierarchy */
    TPM2B_PRIVATE wrapped;
    TPM2B_PUBLIC pub;
    TPM2B_AUTH auth;
    uint64_t sigs;
    uint8_t octets[1 + 2 * TPM2_MAX_RSA_KEY_BYTES]; /* the public key, as ike_signer.pub */
    size_t octets_n;
};

/* A connection to the TPM, for one signature. Handles are ESYS_TR_NONE where there is nothing to be flushed. */
struct ike_tpm2_visit {
    TSS2_TCTI_CONTEXT *tcti;
    ESYS_CONTEXT *esys;
    ESYS_TR primary, key, session;
    int is_transient; /* key */
    const char *why;  /* static text: the last thing that went wrong */
};

/* tpm2_visit.c. They return 0 or an IKE_E_*, with why set. */
int ike__tpm2_failed(struct ike_tpm2_visit *v, TSS2_RC rc); /* what an error amounts to */
int ike__tpm2_enter(struct ike_tpm2_visit *v, const struct ike_tpm2 *k);
int ike__tpm2_load(struct ike_tpm2_visit *v, const struct ike_tpm2 *k); /* key; with its authorization */
void ike__tpm2_leave(struct ike_tpm2_visit *v);                         /* also after a failure */

#endif
