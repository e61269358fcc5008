/* keystore/tpm2_visit.c - to the TPM and back, with a key loaded. SPDX-License-Identifier: Apache-2.0
 *
 * Each signature comes with a connection of its own: the TPM may have been reset since, other programs want their
 * turn, and nothing is held that a crash would leave behind. What is loaded is flushed.
 *
 * Not here: signatures (tpm2.c), files (tss2_pem.c). */
#include "keystore/tpm2.h"
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_tctildr.h>

static int failed(struct ike_tpm2_visit *v, int err, const char *why)
{
    v->why = why;
    return err;
}

int ike__tpm2_failed(struct ike_tpm2_visit *v, TSS2_RC rc)
{
    uint32_t layer = rc & TSS2_RC_LAYER_MASK, code = rc & 0xffff;

    if (layer != TSS2_TPM_RC_LAYER && layer != TSS2_RESMGR_TPM_RC_LAYER)
        return layer == TSS2_TCTI_RC_LAYER ? failed(v, IKE_E_LOCAL_IO, "the TPM cannot be reached")
                                           : failed(v, IKE_E_CRYPTO, "the TPM's library reports a fault");
    if (code & TPM2_RC_FMT1) /* Part 2, 6.6: without the number of the parameter */
        code &= 0xbf;
    switch (code) {
    case TPM2_RC_AUTH_FAIL:
    case TPM2_RC_BAD_AUTH:
        return failed(v, IKE_E_DENIED, "the authorization value of the key in the TPM is wrong");
    case TPM2_RC_LOCKOUT:
        return failed(v, IKE_E_DENIED,
                      "the TPM is locked after too many wrong values: wait, or reset its lockout");
    case TPM2_RC_HANDLE:
    case TPM2_RC_REFERENCE_H0:
        return failed(v, IKE_E_LOCAL_IO, "the TPM has no key at this handle");
    case TPM2_RC_INTEGRITY:
        return failed(v, IKE_E_LOCAL_IO, "the key was wrapped by another TPM, or under another parent");
    case TPM2_RC_SCHEME:
    case TPM2_RC_KEY:
        return failed(v, IKE_E_UNSUPPORTED, "the TPM cannot sign so with this key");
    default:
        return failed(v, IKE_E_CRYPTO, "the TPM refuses");
    }
}

int ike__tpm2_enter(struct ike_tpm2_visit *v, const struct ike_tpm2 *k)
{
    memset(v, 0, sizeof(*v));
    v->why = "";
    v->primary = v->key = v->session = ESYS_TR_NONE;
    if (Tss2_TctiLdr_Initialize(k->tcti, &v->tcti) != TSS2_RC_SUCCESS)
        return failed(v, IKE_E_LOCAL_IO, "there is no TPM, or it may not be used");
    if (Esys_Initialize(&v->esys, v->tcti, NULL) != TSS2_RC_SUCCESS)
        return failed(v, IKE_E_LOCAL_IO, "the TPM cannot be reached");
    return 0;
}

void ike__tpm2_leave(struct ike_tpm2_visit *v)
{
    if (v->session != ESYS_TR_NONE)
        (void)Esys_FlushContext(v->esys, v->session);
    if (v->key != ESYS_TR_NONE && v->is_transient)
        (void)Esys_FlushContext(v->esys, v->key);
    if (v->primary != ESYS_TR_NONE)
        (void)Esys_FlushContext(v->esys, v->primary);
    if (v->esys)
        Esys_Finalize(&v->esys);
    if (v->tcti)
        Tss2_TctiLdr_Finalize(&v->tcti);
}

/* ---- keys ---- */

static int persistent(struct ike_tpm2_visit *v, uint32_t handle, ESYS_TR *out)
{
    TSS2_RC rc = Esys_TR_FromTPMPublic(v->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, out);

    if (rc != TSS2_RC_SUCCESS)
        *out = ESYS_TR_NONE;
    return rc == TSS2_RC_SUCCESS ? 0 : ike__tpm2_failed(v, rc);
}

static ESYS_TR hierarchy(uint32_t handle)
{
    switch (handle) {
    case TPM2_RH_OWNER:
        return ESYS_TR_RH_OWNER;
    case TPM2_RH_ENDORSEMENT:
        return ESYS_TR_RH_ENDORSEMENT;
    case TPM2_RH_PLATFORM:
        return ESYS_TR_RH_PLATFORM;
    default:
        return ESYS_TR_NONE;
    }
}

/* The primary key that files with a hierarchy as their parent mean: ECC P-256, the same each time it is made. */
static int make_primary(struct ike_tpm2_visit *v, ESYS_TR under)
{
    TPM2B_SENSITIVE_CREATE secret = {0};
    TPM2B_DATA outside = {0};
    TPML_PCR_SELECTION pcrs = {0};
    TPM2B_PUBLIC template = {
        .publicArea = {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = TPMA_OBJECT_USERWITHAUTH | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT |
                                TPMA_OBJECT_NODA | TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                                TPMA_OBJECT_SENSITIVEDATAORIGIN,
            .parameters.eccDetail = {
                .symmetric = {.algorithm = TPM2_ALG_AES, .keyBits.aes = 128, .mode.aes = TPM2_ALG_CFB},
                .scheme.scheme = TPM2_ALG_NULL,
                .curveID = TPM2_ECC_NIST_P256,
                .kdf.scheme = TPM2_ALG_NULL}}};
    TSS2_RC rc = Esys_CreatePrimary(v->esys, under, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &secret,
                                    &template, &outside, &pcrs, &v->primary, NULL, NULL, NULL, NULL);

    if (rc != TSS2_RC_SUCCESS)
        v->primary = ESYS_TR_NONE;
    return rc == TSS2_RC_SUCCESS ? 0 : ike__tpm2_failed(v, rc);
}

static int load_wrapped(struct ike_tpm2_visit *v, const struct ike_tpm2 *k)
{
    ESYS_TR under = hierarchy(k->parent), parent = ESYS_TR_NONE;
    int err = under == ESYS_TR_NONE ? persistent(v, k->parent, &parent) : make_primary(v, under);
    TSS2_RC rc;

    if (err < 0)
        return err == IKE_E_LOCAL_IO
                   ? failed(v, err, "the key's parent is not in the TPM, or the TPM is gone")
                   : err;
    rc = Esys_Load(v->esys, under == ESYS_TR_NONE ? parent : v->primary, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                   ESYS_TR_NONE, &k->wrapped, &k->pub, &v->key);
    v->is_transient = 1;
    if (rc != TSS2_RC_SUCCESS)
        v->key = ESYS_TR_NONE;
    return rc == TSS2_RC_SUCCESS ? 0 : ike__tpm2_failed(v, rc);
}

int ike__tpm2_load(struct ike_tpm2_visit *v, const struct ike_tpm2 *k)
{
    int err = k->handle ? persistent(v, k->handle, &v->key) : load_wrapped(v, k);

    if (err == 0 && Esys_TR_SetAuth(v->esys, v->key, &k->auth) != TSS2_RC_SUCCESS)
        err = failed(v, IKE_E_CRYPTO, "the TPM's library reports a fault");
    return err;
}
