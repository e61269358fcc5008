/* keystore/tpm2.c - signatures of a key in a TPM 2.0. SPDX-License-Identifier: Apache-2.0
 *
 * The key is at a persistent handle or in a file that only this TPM can open; RSA (PKCS#1 v1.5, PSS) and ECDSA. TPMs
 * differ in the length of the salt of PSS: some take what fits, and RFC 7427 peers want it as long as the hash. Whoever
 * calls verifies, and goes on with PKCS#1 v1.5 (elsewhere.c).
 * The authorization value goes to the TPM as the key of an HMAC, never as such.
 *
 * Not here: the way to the TPM (tpm2_visit.c), files (tss2_pem.c). */
#include "keystore/tpm2.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tss2/tss2_mu.h>
#include <unistd.h>

#define PEM_MAX 16384u

struct scheme {
    int sig;
    TPM2_ALG_ID key, with, hash;
};
static const struct scheme schemes[] = {
    {IKE_SIG_ECDSA_SHA256, TPM2_ALG_ECC, TPM2_ALG_ECDSA, TPM2_ALG_SHA256},
    {IKE_SIG_ECDSA_SHA384, TPM2_ALG_ECC, TPM2_ALG_ECDSA, TPM2_ALG_SHA384},
    {IKE_SIG_ECDSA_SHA512, TPM2_ALG_ECC, TPM2_ALG_ECDSA, TPM2_ALG_SHA512},
    {IKE_SIG_RSA_SHA256, TPM2_ALG_RSA, TPM2_ALG_RSASSA, TPM2_ALG_SHA256},
    {IKE_SIG_RSA_SHA384, TPM2_ALG_RSA, TPM2_ALG_RSASSA, TPM2_ALG_SHA384},
    {IKE_SIG_RSA_SHA512, TPM2_ALG_RSA, TPM2_ALG_RSASSA, TPM2_ALG_SHA512},
    {IKE_SIG_PSS_SHA256, TPM2_ALG_RSA, TPM2_ALG_RSAPSS, TPM2_ALG_SHA256},
    {IKE_SIG_PSS_SHA384, TPM2_ALG_RSA, TPM2_ALG_RSAPSS, TPM2_ALG_SHA384},
    {IKE_SIG_PSS_SHA512, TPM2_ALG_RSA, TPM2_ALG_RSAPSS, TPM2_ALG_SHA512},
};
#define SCHEMES_N (sizeof(schemes) / sizeof(schemes[0]))

/* ---- signatures ---- */

static int deliver(const TPMT_SIGNATURE *s, uint8_t *out, size_t cap, size_t *n)
{
    const TPM2B_PUBLIC_KEY_RSA *rsa =
        s->sigAlg == TPM2_ALG_RSAPSS ? &s->signature.rsapss.sig : &s->signature.rsassa.sig;
    const TPMS_SIGNATURE_ECDSA *ec = &s->signature.ecdsa;

    if (s->sigAlg == TPM2_ALG_ECDSA)
        return ike__asn1_ecdsa((ike_span){ec->signatureR.buffer, ec->signatureR.size},
                               (ike_span){ec->signatureS.buffer, ec->signatureS.size}, out, cap, n);
    if (rsa->size > cap)
        return IKE_E_NOSPACE;
    memcpy(out, rsa->buffer, rsa->size);
    *n = rsa->size;
    return 0;
}

static int sign_in(struct ike_tpm2_visit *v, const struct scheme *s, ike_span hash,
                   TPMT_SIGNATURE **signature)
{
    TPMT_SYM_DEF none = {.algorithm = TPM2_ALG_NULL};
    TPMT_TK_HASHCHECK outside = {.tag = TPM2_ST_HASHCHECK, .hierarchy = TPM2_RH_NULL}; /* hashed by us */
    TPMT_SIG_SCHEME scheme = {.scheme = s->with, .details.any.hashAlg = s->hash};
    TPM2B_DIGEST digest = {.size = (UINT16)hash.n};
    TSS2_RC rc;

    memcpy(digest.buffer, hash.p, hash.n);
    rc = Esys_StartAuthSession(v->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                               NULL, TPM2_SE_HMAC, &none, TPM2_ALG_SHA256, &v->session);
    if (rc != TSS2_RC_SUCCESS) {
        v->session = ESYS_TR_NONE;
        return ike__tpm2_failed(v, rc);
    }
    (void)Esys_TRSess_SetAttributes(v->esys, v->session, TPMA_SESSION_CONTINUESESSION,
                                    0xff); /* we flush it */
    rc = Esys_Sign(v->esys, v->key, v->session, ESYS_TR_NONE, ESYS_TR_NONE, &digest, &scheme, &outside,
                   signature);
    return rc == TSS2_RC_SUCCESS ? 0 : ike__tpm2_failed(v, rc);
}

/* One visit: in, load, sign, out. */
static int sign_once(const struct ike_tpm2 *k, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n,
                     const char **why)
{
    const struct scheme *s = NULL;
    TPMT_SIGNATURE *signature = NULL;
    struct ike_tpm2_visit v;
    int err;

    for (size_t i = 0; i < SCHEMES_N; i++)
        s = schemes[i].sig == sig ? &schemes[i] : s;
    *why = "the TPM cannot sign so with this key";
    if (!s || !(k->sigs >> sig & 1) || hash.n > 64)
        return IKE_E_UNSUPPORTED;
    err = ike__tpm2_enter(&v, k);
    if (err == 0)
        err = ike__tpm2_load(&v, k);
    if (err == 0)
        err = sign_in(&v, s, hash, &signature);
    if (err == 0)
        err = deliver(signature, out, cap, n);
    Esys_Free(signature);
    ike__tpm2_leave(&v);
    *why = v.why[0] ? v.why : ike_strerror(err);
    return err;
}

static int sign(void *self, int sig, ike_span hash, uint8_t *out, size_t cap, size_t *n)
{
    const struct ike_tpm2 *k = self;
    const char *why;
    int err = sign_once(k, sig, hash, out, cap, n, &why);

    if (err < 0 && k->cfg.tell)
        k->cfg.tell(k->cfg.user, why);
    return err;
}

/* ---- what kind of key ---- */

static void put_number(struct ike_tpm2 *k, const TPM2B_ECC_PARAMETER *v, size_t n)
{
    size_t m = v->size < n ? v->size : n;

    memset(k->octets + k->octets_n, 0, n - m);
    memcpy(k->octets + k->octets_n + n - m, v->buffer + v->size - m, m);
    k->octets_n += n;
}

static int describe_public(struct ike_tpm2 *k, const char **why)
{
    const TPMT_PUBLIC *p = &k->pub.publicArea;
    TPMI_ECC_CURVE curve = p->parameters.eccDetail.curveID;

    if (!(p->objectAttributes & TPMA_OBJECT_SIGN_ENCRYPT) || (p->objectAttributes & TPMA_OBJECT_RESTRICTED)) {
        *why = "the key in the TPM is not for signing what comes from outside";
        return IKE_E_UNSUPPORTED;
    }
    if (p->type == TPM2_ALG_RSA) {
        memcpy(k->octets, p->unique.rsa.buffer, p->unique.rsa.size);
        k->octets_n = p->unique.rsa.size;
        return 0;
    }
    *why = "the key in the TPM is neither RSA nor on P-256, P-384 or P-521";
    if (p->type == TPM2_ALG_ECC) {
        size_t n = curve == TPM2_ECC_NIST_P256   ? 32
                   : curve == TPM2_ECC_NIST_P384 ? 48
                   : curve == TPM2_ECC_NIST_P521 ? 66
                                                 : 0;

        k->octets[0] = 0x04;
        k->octets_n = 1;
        put_number(k, &p->unique.ecc.x, n);
        put_number(k, &p->unique.ecc.y, n);
        return n ? 0 : IKE_E_UNSUPPORTED;
    }
    return IKE_E_UNSUPPORTED;
}

/* Would the TPM sign so? A key may be bound to one scheme; a TPM may lack a hash. */
static int can(struct ike_tpm2_visit *v, const struct ike_tpm2 *k, const struct scheme *s)
{
    const TPMT_PUBLIC *p = &k->pub.publicArea;
    TPMT_PUBLIC_PARMS parms = {.type = p->type, .parameters = p->parameters};
    TPMT_ASYM_SCHEME want = {.scheme = s->with, .details.anySig.hashAlg = s->hash}, bound;

    if (p->type != s->key)
        return 0;
    bound.scheme = p->type == TPM2_ALG_RSA ? p->parameters.rsaDetail.scheme.scheme
                                           : p->parameters.eccDetail.scheme.scheme;
    bound.details = p->type == TPM2_ALG_RSA ? p->parameters.rsaDetail.scheme.details
                                            : p->parameters.eccDetail.scheme.details;
    if (bound.scheme != TPM2_ALG_NULL &&
        (bound.scheme != want.scheme || bound.details.anySig.hashAlg != want.details.anySig.hashAlg))
        return 0;
    if (p->type == TPM2_ALG_RSA) {
        parms.parameters.rsaDetail.scheme.scheme = want.scheme;
        parms.parameters.rsaDetail.scheme.details = want.details;
    } else {
        parms.parameters.eccDetail.scheme.scheme = want.scheme;
        parms.parameters.eccDetail.scheme.details = want.details;
    }
    return Esys_TestParms(v->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &parms) == TSS2_RC_SUCCESS;
}

static int read_public(struct ike_tpm2 *k, struct ike_tpm2_visit *v)
{
    TPM2B_PUBLIC *pub = NULL;
    TSS2_RC rc = Esys_ReadPublic(v->esys, v->key, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &pub, NULL, NULL);

    if (rc != TSS2_RC_SUCCESS)
        return ike__tpm2_failed(v, rc);
    k->pub = *pub;
    Esys_Free(pub);
    return 0;
}

static int look(struct ike_tpm2 *k, const char **why)
{
    struct ike_tpm2_visit v;
    int err = ike__tpm2_enter(&v, k);

    if (err == 0)
        err = ike__tpm2_load(&v, k);
    if (err == 0)
        err = read_public(k, &v);
    if (err == 0)
        err = describe_public(k, &v.why);
    for (size_t i = 0; err == 0 && i < SCHEMES_N; i++)
        if (can(&v, k, &schemes[i]))
            k->sigs |= IKE_SIG_BIT(schemes[i].sig);
    if (err == 0 && k->sigs == 0) {
        v.why = "the key in the TPM is bound to a scheme that is not supported";
        err = IKE_E_UNSUPPORTED;
    }
    *why = v.why;
    ike__tpm2_leave(&v);
    return err;
}

/* ---- open and close ---- */

static int read_file(const char *path, uint8_t *out, size_t *n)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    ssize_t got = -1;

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        got = read(fd, out, PEM_MAX);
    if (fd >= 0)
        close(fd);
    *n = got > 0 ? (size_t)got : 0;
    return *n > 0 && *n < PEM_MAX ? 0 : IKE_E_LOCAL_IO;
}

static int open_file(struct ike_tpm2 *k, const char *path, int *has_empty_auth, const char **why)
{
    uint8_t pem[PEM_MAX], der[IKE_TSS2_DER_MAX];
    struct ike_tss2_key key;
    size_t n, at = 0;
    int err;

    *why = "the file of the key cannot be read";
    if (read_file(path, pem, &n) < 0)
        return IKE_E_LOCAL_IO;
    err = ike__tss2_parse(&key, (ike_span){pem, n}, der, why);
    if (err < 0)
        return err;
    *why = "the TSS2 PRIVATE KEY is malformed";
    k->parent = key.parent;
    *has_empty_auth = key.has_empty_auth;
    if (Tss2_MU_TPM2B_PUBLIC_Unmarshal(key.pub.p, key.pub.n, &at, &k->pub) != TSS2_RC_SUCCESS ||
        at != key.pub.n)
        return IKE_E_CONFIG;
    at = 0;
    return Tss2_MU_TPM2B_PRIVATE_Unmarshal(key.priv.p, key.priv.n, &at, &k->wrapped) == TSS2_RC_SUCCESS &&
                   at == key.priv.n
               ? 0
               : IKE_E_CONFIG;
}

static int ask_auth(struct ike_tpm2 *k, const char **why)
{
    char value[sizeof(k->auth.buffer)];
    int n = k->cfg.secret(k->cfg.user, "authorization value of the key in the TPM (empty: none)", value,
                          sizeof(value));

    *why = "the key in the TPM wants an authorization value, and none was given";
    if (n < 0 || (size_t)n > sizeof(value))
        return IKE_E_DENIED;
    memcpy(k->auth.buffer, value, (size_t)n);
    k->auth.size = (UINT16)n;
    explicit_bzero(value, sizeof(value));
    return 0;
}

/* A signature that nobody sees: whatever stands in the way is known now, and not when a gateway waits. */
static int rehearse(const struct ike_tpm2 *k, const char **why)
{
    static const uint8_t hash[64] = {0};
    uint8_t out[1024];
    size_t n;

    for (size_t i = 0; i < SCHEMES_N; i++)
        if (k->sigs >> schemes[i].sig & 1)
            return sign_once(k, schemes[i].sig,
                             (ike_span){hash, i % 3 == 0   ? 32
                                              : i % 3 == 1 ? 48
                                                           : 64},
                             out, sizeof(out), &n, why);
    return IKE_E_UNSUPPORTED;
}

static int open_signer(struct ike_tpm2 *k, const char **why)
{
    struct ike_key_uri which;
    int has_empty_auth = 0, err = ike__key_uri(k->cfg.uri, &which, why);

    if (err < 0)
        return err;
    *why = "expected tpm2:0x81… or tpm2:file:PATH";
    if (which.kind != IKE_KEY_TPM2_HANDLE && which.kind != IKE_KEY_TPM2_FILE)
        return IKE_E_CONFIG;
    k->handle = which.handle;
    if (which.kind == IKE_KEY_TPM2_FILE)
        err = open_file(k, which.path, &has_empty_auth, why);
    if (err == 0)
        err = look(k, why);
    if (err < 0)
        return err;
    /* tpm2-tools 5 write emptyAuth the wrong way round: what it says is tried first, and not believed */
    if (has_empty_auth) {
        err = rehearse(k, why);
        if (err != IKE_E_DENIED || !k->cfg.secret)
            return err;
    }
    if (k->cfg.secret)
        err = ask_auth(k, why);
    return err < 0 ? err : rehearse(k, why);
}

static void close_signer(void *self)
{
    struct ike_tpm2 *k = self;

    if (!k)
        return;
    free(k->tcti);
    explicit_bzero(k, sizeof(*k));
    free(k);
}

static int make(struct ike_tpm2 *k, const ike_signer_config *cfg, const char **why)
{
    int err = ike_struct_adopt(&k->cfg, sizeof(k->cfg), cfg);

    *why = "a uri is needed, and no field that this version does not know";
    if (err < 0 || !k->cfg.uri)
        return IKE_E_USAGE;
    if (k->cfg.tcti && !(k->tcti = strdup(k->cfg.tcti))) {
        *why = ike_strerror(IKE_E_NOMEM);
        return IKE_E_NOMEM;
    }
    err = open_signer(k, why);
    k->cfg.uri = k->cfg.tcti = NULL; /* the caller's */
    return err;
}

int ike_signer_tpm2(ike_signer *out, const ike_signer_config *cfg, const char **why)
{
    struct ike_tpm2 *k = calloc(1, sizeof(*k));
    const char *ignored;
    int err;

    why = why ? why : &ignored;
    *why = ike_strerror(IKE_E_NOMEM);
    memset(out, 0, sizeof(*out));
    err = k ? make(k, cfg, why) : IKE_E_NOMEM;
    if (err < 0) {
        close_signer(k);
        return err;
    }
    *why = "";
    *out = (ike_signer){.abi = IKE_SIGNER_ABI,
                        .slow = 1,
                        .self = k,
                        .sigs = k->sigs,
                        .pub = {k->octets, k->octets_n},
                        .sign = sign,
                        .close = close_signer};
    return 0;
}
