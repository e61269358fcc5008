/* keystore/file.c - answers asks with a shared key, a private key and certificates from files. SPDX-License-Identifier: Apache-2.0
 *
 * The key stays in this process; hosts with a token, TPM or enclave write a key store of their own (ike_keystore is
 * two functions). Schemes are chosen from those that the peer takes: the hash that fits the curve first; PSS
 * before PKCS#1 v1.5 if the user wants it so.
 *
 * Not here: trust (trust/chain.c), containers (p12.c, key.c), what is kept for later (vault.c). */
#include "keystore/room.h"
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>
#include <stdlib.h>
#include <string.h>

struct store {
    struct ike_blob psk;
    struct ike_blob certs[IKE_OWN_CERTS_MAX];
    uint32_t certs_n;
    mbedtls_pk_context pk;
    int rsa_pss;
    ike_trust *trust;
    struct ike_vault vault;
};

static int rng(void *self, unsigned char *out, size_t n)
{
    const ike_crypto *c = ike_crypto_mbedtls();

    (void)self;
    return c->random(c->self, out, n);
}

/* ---- signing ---- */

struct scheme {
    int sig, is_rsa, is_pss;
    mbedtls_md_type_t md;
};
static const struct scheme schemes[] = {
    {IKE_SIG_ECDSA_SHA256, 0, 0, MBEDTLS_MD_SHA256}, {IKE_SIG_ECDSA_SHA384, 0, 0, MBEDTLS_MD_SHA384},
    {IKE_SIG_ECDSA_SHA512, 0, 0, MBEDTLS_MD_SHA512}, {IKE_SIG_PSS_SHA256, 1, 1, MBEDTLS_MD_SHA256},
    {IKE_SIG_PSS_SHA384, 1, 1, MBEDTLS_MD_SHA384},   {IKE_SIG_PSS_SHA512, 1, 1, MBEDTLS_MD_SHA512},
    {IKE_SIG_RSA_SHA256, 1, 0, MBEDTLS_MD_SHA256},   {IKE_SIG_RSA_SHA384, 1, 0, MBEDTLS_MD_SHA384},
    {IKE_SIG_RSA_SHA512, 1, 0, MBEDTLS_MD_SHA512},   {IKE_SIG_RSA_SHA1, 1, 0, MBEDTLS_MD_SHA1},
};
#define SCHEMES_N (sizeof(schemes) / sizeof(schemes[0]))

/* The hash that fits the curve (RFC 4754: there is no other choice for peers without RFC 7427). */
static mbedtls_md_type_t natural_hash(const mbedtls_pk_context *pk)
{
    size_t bits = mbedtls_pk_get_bitlen(pk);

    return bits > 384 ? MBEDTLS_MD_SHA512 : bits > 256 ? MBEDTLS_MD_SHA384 : MBEDTLS_MD_SHA256;
}

static const struct scheme *choose(const struct store *st, uint64_t sigs)
{
    int is_rsa = mbedtls_pk_can_do(&st->pk, MBEDTLS_PK_RSA);
    const struct scheme *second = NULL;

    for (size_t i = 0; i < SCHEMES_N; i++) {
        const struct scheme *s = &schemes[i];
        if (!(sigs >> s->sig & 1) || s->is_rsa != is_rsa)
            continue;
        if (is_rsa ? s->is_pss == st->rsa_pss : s->md == natural_hash(&st->pk))
            return s;
        if (!second)
            second = s;
    }
    return second;
}

static int sign(struct store *st, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    const struct scheme *s = mbedtls_pk_get_type(&st->pk) == MBEDTLS_PK_NONE ? NULL : choose(st, ask->sigs);
    const mbedtls_md_info_t *info = s ? mbedtls_md_info_from_type(s->md) : NULL;
    unsigned char hash[64], sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    int err;

    if (!info)
        return IKE_E_DENIED;
    if (mbedtls_md(info, ask->tbs.p, ask->tbs.n, hash) != 0)
        return IKE_E_CRYPTO;
    if (s->is_rsa)
        (void)mbedtls_rsa_set_padding(mbedtls_pk_rsa(st->pk),
                                      s->is_pss ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15,
                                      s->is_pss ? (int)s->md : 0);
#if MBEDTLS_VERSION_MAJOR >= 3
    err = mbedtls_pk_sign(&st->pk, s->md, hash, mbedtls_md_get_size(info), sig, sizeof(sig), n, rng, NULL);
#else
    err = mbedtls_pk_sign(&st->pk, s->md, hash, mbedtls_md_get_size(info), sig, n, rng, NULL);
#endif
    if (err != 0)
        return IKE_E_CRYPTO;
    if (*n > cap)
        return IKE_E_NOSPACE;
    memcpy(out, sig, *n);
    return s->sig;
}

static int answer(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct store *st = self;

    *n = 0;
    switch (ask->kind) {
    case IKE_ASK_PSK:
        if (st->psk.n == 0)
            return IKE_E_DENIED;
        if (st->psk.n > cap)
            return IKE_E_NOSPACE;
        memcpy(out, st->psk.p, st->psk.n);
        *n = st->psk.n;
        return 0;
    case IKE_ASK_SIGN:
        return sign(st, ask, out, cap, n);
    case IKE_ASK_VERIFY:
        return st->trust ? ike_trust_verify(st->trust, ask) : IKE_E_CERT_UNTRUSTED;
    default:
        return IKE_E_DENIED;
    }
}

static void close_store(void *self)
{
    struct store *st = self;

    if (!st)
        return;
    ike__blob_drop(&st->psk);
    ike__vault_drop(&st->vault);
    for (uint32_t i = 0; i < IKE_OWN_CERTS_MAX; i++)
        ike__blob_drop(&st->certs[i]);
    mbedtls_pk_free(&st->pk);
    ike_trust_free(st->trust);
    free(st);
}

static int save(void *self, const char *name, ike_span data)
{
    return ike__vault_save(&((struct store *)self)->vault, name, data);
}

static int load_saved(void *self, const char *name, uint8_t *out, size_t cap, size_t *n)
{
    return ike__vault_load(&((struct store *)self)->vault, name, out, cap, n);
}

/* ---- loading ---- */

static int load_certs(struct store *st, ike_span s)
{
    mbedtls_x509_crt list;
    unsigned char *text = malloc(s.n + 1);
    int err = 0;

    if (!text)
        return IKE_E_NOMEM;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    mbedtls_x509_crt_init(&list);
    /* PEM wants its NUL counted, DER does not. */
    if (mbedtls_x509_crt_parse(&list, text, s.n + 1) != 0 && mbedtls_x509_crt_parse(&list, text, s.n) != 0)
        err = IKE_E_CERT_INVALID;
    for (const mbedtls_x509_crt *c = &list; err == 0 && c && c->raw.p && st->certs_n < IKE_OWN_CERTS_MAX;
         c = c->next)
        err = ike__blob_set(&st->certs[st->certs_n++], c->raw.p, c->raw.len);
    mbedtls_x509_crt_free(&list);
    free(text);
    return err;
}

static int fits(struct store *st, uint32_t i)
{
    mbedtls_x509_crt crt;
    int ok;

    mbedtls_x509_crt_init(&crt);
    ok = mbedtls_x509_crt_parse_der(&crt, st->certs[i].p, st->certs[i].n) == 0;
#if MBEDTLS_VERSION_MAJOR >= 3
    ok = ok && mbedtls_pk_check_pair(&crt.pk, &st->pk, rng, NULL) == 0;
#else
    ok = ok && mbedtls_pk_check_pair(&crt.pk, &st->pk) == 0;
#endif
    mbedtls_x509_crt_free(&crt);
    return ok;
}

/* The certificate of our key goes first (RFC 7296 3.6); in a PKCS#12 file it may stand anywhere. */
static int put_leaf_first(struct store *st)
{
    for (uint32_t i = 0; i < st->certs_n; i++)
        if (fits(st, i)) {
            struct ike_blob leaf = st->certs[i];
            memmove(&st->certs[1], &st->certs[0], i * sizeof(leaf));
            st->certs[0] = leaf;
            return 0;
        }
    return IKE_E_CERT_INVALID;
}

static int load(struct store *st, const ike_keyfile *cfg, const char **why)
{
    int err = 0;

    if (cfg->psk.n > 0)
        err = ike__blob_set(&st->psk, cfg->psk.p, cfg->psk.n);
    st->rsa_pss = cfg->rsa_pss != 0;
    if (err == 0 && cfg->p12.n > 0) {
        *why = "the PKCS#12 file cannot be read, or its password is wrong";
        err = ike__p12_open(cfg->p12, cfg->password, st->certs, &st->certs_n, &st->pk);
    } else if (err == 0 && cfg->certs.n > 0) {
        *why = "the certificate cannot be read";
        err = load_certs(st, cfg->certs);
        if (err == 0) {
            *why = "the private key cannot be read, or its password is wrong";
            err = ike__key_parse(&st->pk, cfg->key, cfg->password);
        }
    }
    if (err == 0 && st->certs_n > 0) {
        *why = "the private key does not belong to the certificate";
        err = put_leaf_first(st);
    }
    if (err == 0 && st->certs_n > 0 && mbedtls_pk_can_do(&st->pk, MBEDTLS_PK_RSA) &&
        mbedtls_pk_get_bitlen(&st->pk) < 2048) {
        *why = "the RSA key has less than 2048 bits";
        err = IKE_E_CERT_WEAK;
    }
    return err;
}

static int make(struct store **out, const ike_keyfile *cfg, const char **why)
{
    ike_keyfile own;
    struct store *st;
    int err = ike_struct_adopt(&own, sizeof(own), cfg);

    if (err < 0) {
        *why = "a field is set that this version does not know";
        return err;
    }
    st = calloc(1, sizeof(*st));
    if (!st)
        return IKE_E_NOMEM;
    mbedtls_pk_init(&st->pk);
    err = load(st, &own, why);
    if (err == 0)
        err = ike__vault_open(&st->vault, &own, why);
    if (err < 0) {
        close_store(st);
        return err;
    }
    st->trust = own.trust;
    *out = st;
    return 0;
}

int ike_keystore_file(ike_keystore *out, const ike_keyfile *cfg, const char **why)
{
    const char *ignored;
    struct store *st = NULL;
    int err;

    why = why ? why : &ignored;
    *why = "";
    memset(out, 0, sizeof(*out));
    err = make(&st, cfg, why);
    if (err < 0) {
        if (!(*why)[0] || err == IKE_E_NOMEM)
            *why = ike_strerror(err);
        return err;
    }
    *why = "";
    out->abi = IKE_KEYSTORE_ABI;
    out->self = st;
    out->answer = answer;
    out->close = close_store;
    if (st->vault.dir.n > 0) {
        out->save = save;
        out->load = load_saved;
    }
    return 0;
}

int ike_keystore_file_certs(const ike_keystore *ks, ike_span *certs, size_t cap)
{
    const struct store *st = ks->self;
    size_t n = 0;

    for (; n < st->certs_n && n < cap; n++)
        certs[n] = (ike_span){st->certs[n].p, st->certs[n].n};
    return (int)n;
}

void *ike_keystore_file_pk(const ike_keystore *ks)
{
    struct store *st = ks->self;

    return st->certs_n > 0 ? &st->pk : NULL;
}

int ike_keystore_file_id(const ike_keystore *ks, char *out, size_t cap)
{
    static const char digits[] = "0123456789abcdef", prefix[] = "dnhex:";
    const struct store *st = ks->self;
    size_t n = sizeof(prefix) - 1;
    mbedtls_x509_crt crt;
    int err = 0;

    if (st->certs_n == 0)
        return 0;
    mbedtls_x509_crt_init(&crt);
    if (mbedtls_x509_crt_parse_der(&crt, st->certs[0].p, st->certs[0].n) != 0)
        err = IKE_E_CERT_INVALID;
    else if (cap <= n + 2 * crt.subject_raw.len)
        err = IKE_E_NOSPACE;
    if (err == 0) {
        memcpy(out, prefix, n);
        for (size_t i = 0; i < crt.subject_raw.len; i++) {
            out[n++] = digits[crt.subject_raw.p[i] >> 4];
            out[n++] = digits[crt.subject_raw.p[i] & 15];
        }
        out[n] = '\0';
    }
    mbedtls_x509_crt_free(&crt);
    return err < 0 ? err : (int)n;
}
