/* keystore/file.c - answers asks with a shared key, a private key and certificates from files. SPDX-License-Identifier: Apache-2.0
 *
 * The key stays in this process, or is a signer's (a token, a TPM, an enclave).
 *
 * Not here: which scheme (scheme.c), signers (elsewhere.c), trust (trust/chain.c), containers (p12.c, key.c), what is
 * kept for later (vault.c). */
#include "keystore/room.h"
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/rsa.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

struct store {
    struct ike_blob psk, ppk;
    struct ike_blob certs[IKE_OWN_CERTS_MAX];
    uint32_t certs_n;
    struct ike_own_key key;
    int rsa_pss;
    ike_signer signer; /* in place of the private half of key, if sign is not NULL */
    ike_trust *trust;
    struct ike_vault vault;
};

static int rng(void *self, unsigned char *out, size_t n)
{
    const ike_crypto *c = ike_crypto_mbedtls();

    (void)self;
    return c->random(c->self, out, n);
}

static int sign(struct store *st, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    const struct ike_scheme *s = ike__scheme_choose(&st->key.pk, ask->sigs, st->rsa_pss);
    const mbedtls_md_info_t *info = s ? mbedtls_md_info_from_type(s->md) : NULL;
    unsigned char hash[64], sig[MBEDTLS_PK_SIGNATURE_MAX_SIZE];
    int err;

    if (!info)
        return IKE_E_DENIED;
    if (st->key.other) {
        err = st->key.crypto->pk->sign(st->key.other, (uint32_t)s->sig, ask->tbs, out, cap, n);
        if (err != IKE_E_UNSUPPORTED)
            return err < 0 ? err : s->sig;
    }
    if (mbedtls_md(info, ask->tbs.p, ask->tbs.n, hash) != 0)
        return IKE_E_CRYPTO;
    if (s->is_rsa)
        (void)mbedtls_rsa_set_padding(mbedtls_pk_rsa(st->key.pk),
                                      s->is_pss ? MBEDTLS_RSA_PKCS_V21 : MBEDTLS_RSA_PKCS_V15,
                                      s->is_pss ? (int)s->md : 0);
#if MBEDTLS_VERSION_MAJOR >= 3
    err =
        mbedtls_pk_sign(&st->key.pk, s->md, hash, mbedtls_md_get_size(info), sig, sizeof(sig), n, rng, NULL);
#else
    err = mbedtls_pk_sign(&st->key.pk, s->md, hash, mbedtls_md_get_size(info), sig, n, rng, NULL);
#endif
    if (err != 0)
        return IKE_E_CRYPTO;
    if (*n > cap)
        return IKE_E_NOSPACE;
    memcpy(out, sig, *n);
    return s->sig;
}

static int give(const struct ike_blob *secret, uint8_t *out, size_t cap, size_t *n)
{
    if (secret->n == 0)
        return IKE_E_DENIED;
    if (secret->n > cap)
        return IKE_E_NOSPACE;
    memcpy(out, secret->p, secret->n);
    *n = secret->n;
    return 0;
}

static int verify(struct store *st, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    int err = st->trust ? ike_trust_verify(st->trust, ask) : IKE_E_CERT_UNTRUSTED;
    const char *unchecked = err == 0 ? ike_trust_unchecked(st->trust) : "";

    *n = strlen(unchecked) < cap ? strlen(unchecked) : cap;
    if (*n > 0)
        memcpy(out, unchecked, *n);
    return *n > 0 ? IKE_VERIFIED_IN_PART : err;
}

static int answer(void *self, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    struct store *st = self;
    ike_ask narrowed;

    *n = 0;
    switch (ask->kind) {
    case IKE_ASK_PSK:
        return give(&st->psk, out, cap, n);
    case IKE_ASK_PPK:
        return give(&st->ppk, out, cap, n);
    case IKE_ASK_SIGN:
        if (st->key.eddsa)
            return ike__eddsa_sign(&st->key, ask, out, cap, n);
        narrowed = *ask;
        narrowed.sigs = ike__scheme_wanted(ask, st->certs, st->certs_n, &st->key.pk);
        return st->signer.sign
                   ? ike__elsewhere_sign(&st->signer, &st->key.pk, &narrowed, st->rsa_pss, out, cap, n)
                   : sign(st, &narrowed, out, cap, n);
    case IKE_ASK_VERIFY:
        return verify(st, ask, out, cap, n);
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
    ike__blob_drop(&st->ppk);
    ike__vault_drop(&st->vault);
    for (uint32_t i = 0; i < IKE_OWN_CERTS_MAX; i++)
        ike__blob_drop(&st->certs[i]);
    ike__key_drop(&st->key);
    ike_trust_free(st->trust);
    if (st->signer.close)
        st->signer.close(st->signer.self);
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

static int fits(struct store *st, uint32_t i)
{
    ike_span subject, spki;
    mbedtls_pk_context pk;
    unsigned char *p;
    int ok;

    if (ike__cert_parts((ike_span){st->certs[i].p, st->certs[i].n}, &subject, &spki) < 0)
        return 0;
    if (st->signer.sign)
        return ike__elsewhere_fits(&st->signer, spki, &st->key.pk);
    if (st->key.eddsa)
        return ike__eddsa_fits(&st->key, spki);
    p = (unsigned char *)(uintptr_t)spki.p;
    mbedtls_pk_init(&pk);
    ok = mbedtls_pk_parse_subpubkey(&p, spki.p + spki.n, &pk) == 0;
#if MBEDTLS_VERSION_MAJOR >= 3
    ok = ok && mbedtls_pk_check_pair(&pk, &st->key.pk, rng, NULL) == 0;
#else
    ok = ok && mbedtls_pk_check_pair(&pk, &st->key.pk) == 0;
#endif
    mbedtls_pk_free(&pk);
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
    if (err == 0 && cfg->ppk.n > 0)
        err = ike__blob_set(&st->ppk, cfg->ppk.p, cfg->ppk.n);
    st->rsa_pss = cfg->rsa_pss != 0;
    if (err == 0 && cfg->p12.n > 0) {
        *why = "the PKCS#12 file cannot be read, or its password is wrong";
        err = ike__p12_open(cfg->p12, cfg->password, st->certs, &st->certs_n, &st->key);
    } else if (err == 0 && (cfg->certs.n > 0 || st->signer.sign)) {
        *why = "the certificate cannot be read";
        if (cfg->certs.n > 0)
            err = ike__certs_load(cfg->certs, st->certs, &st->certs_n);
        else if (st->signer.certs.n > 0)
            err = ike__certs_take(st->signer.certs, st->certs, &st->certs_n);
        else {
            *why = "there is no certificate beside the private key";
            err = IKE_E_CERT_INVALID;
        }
        if (err == 0 && !st->signer.sign) {
            *why = "the private key cannot be read, or its password is wrong";
            err = ike__key_parse(&st->key, cfg->key, cfg->password);
        }
    }
    if (err == 0 && st->certs_n > 0) {
        *why = "the private key does not belong to the certificate";
        err = put_leaf_first(st);
    }
    if (err == 0 && st->certs_n > 0 && mbedtls_pk_can_do(&st->key.pk, MBEDTLS_PK_RSA) &&
        mbedtls_pk_get_bitlen(&st->key.pk) < 2048) {
        *why = "the RSA key has less than 2048 bits";
        err = IKE_E_CERT_WEAK;
    }
    if (err == 0 && !st->signer.sign)
        ike__key_hand_over(&st->key);
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
    mbedtls_pk_init(&st->key.pk);
    st->key.crypto = own.crypto;
    if (own.signer && own.signer->abi != IKE_SIGNER_ABI)
        err = IKE_E_USAGE;
    if (err == 0 && own.signer)
        st->signer = *own.signer;
    if (err == 0)
        err = load(st, &own, why);
    if (err == 0)
        err = ike__vault_open(&st->vault, &own, why);
    if (err < 0) {
        st->signer.close = NULL;
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
    out->slow = st->signer.slow ? 1u << IKE_ASK_SIGN : 0;
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

    return st->certs_n > 0 && !st->key.eddsa ? &st->key.pk : NULL;
}

int ike_keystore_file_id(const ike_keystore *ks, char *out, size_t cap)
{
    static const char digits[] = "0123456789abcdef", prefix[] = "dnhex:";
    const struct store *st = ks->self;
    size_t n = sizeof(prefix) - 1;
    ike_span subject, spki;

    if (st->certs_n == 0)
        return 0;
    if (ike__cert_parts((ike_span){st->certs[0].p, st->certs[0].n}, &subject, &spki) < 0)
        return IKE_E_CERT_INVALID;
    if (cap <= n + 2 * subject.n)
        return IKE_E_NOSPACE;
    memcpy(out, prefix, n);
    for (size_t k = 0; k < subject.n; k++) {
        out[n++] = digits[subject.p[k] >> 4];
        out[n++] = digits[subject.p[k] & 15];
    }
    out[n] = '\0';
    return (int)n;
}
