/* keystore/elsewhere.c - signatures of a key that is not in this process. SPDX-License-Identifier: Apache-2.0
 *
 * Hash here, signature there, and a look whether it is one: what a token with a fault or the wrong key gives is kept
 * from the gateway. Several threads may be here at once, so nothing but their own stack is written to.
 *
 * Not here: tokens (pkcs11.c), TPMs (tpm2.c). */
#include "keystore/room.h"
#include <string.h>

#define PSS \
    (IKE_SIG_BIT(IKE_SIG_PSS_SHA256) | IKE_SIG_BIT(IKE_SIG_PSS_SHA384) | IKE_SIG_BIT(IKE_SIG_PSS_SHA512))

/* A context of our own: mbedTLS keeps tables in the one it verifies with. */
static int is_signature(const struct ike_scheme *s, ike_span leaf, ike_span hash, ike_span sig)
{
    unsigned char *p = (unsigned char *)(uintptr_t)leaf.p;
    mbedtls_pk_rsassa_pss_options pss = {.mgf1_hash_id = s->md, .expected_salt_len = (int)hash.n};
    mbedtls_pk_context pk;
    int err;

    mbedtls_pk_init(&pk);
    err = mbedtls_pk_parse_subpubkey(&p, leaf.p + leaf.n, &pk);
    if (err == 0 && s->is_pss)
        err = mbedtls_pk_verify_ext(MBEDTLS_PK_RSASSA_PSS, &pss, &pk, s->md, hash.p, hash.n, sig.p, sig.n);
    else if (err == 0)
        err = mbedtls_pk_verify(&pk, s->md, hash.p, hash.n, sig.p, sig.n);
    mbedtls_pk_free(&pk);
    return err == 0;
}

static int sign(const ike_signer *signer, const struct ike_scheme *s, ike_span spki, ike_span tbs,
                uint8_t *out, size_t cap, size_t *n)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(s->md);
    unsigned char hash[64];
    ike_span digest = {hash, mbedtls_md_get_size(info)};
    int err;

    if (mbedtls_md(info, tbs.p, tbs.n, hash) != 0)
        return IKE_E_CRYPTO;
    err = signer->sign(signer->self, s->sig, digest, out, cap, n);
    return err < 0 || is_signature(s, spki, digest, (ike_span){out, *n}) ? err : IKE_E_CRYPTO;
}

/* A PSS signature whose salt is of another length than RFC 7427 has it is none; then without PSS, if the peer takes that. */
int ike__elsewhere_sign(const ike_signer *signer, const mbedtls_pk_context *pk, const ike_ask *ask, int pss,
                        uint8_t *out, size_t cap, size_t *n)
{
    uint64_t sigs = ask->sigs & signer->sigs;
    const struct ike_scheme *s = ike__scheme_choose(pk, sigs, pss);
    unsigned char octets[2048];
    int octets_n = mbedtls_pk_write_pubkey_der((mbedtls_pk_context *)(uintptr_t)pk, octets, sizeof(octets));
    ike_span spki = {octets + sizeof(octets) - octets_n, (size_t)octets_n};
    int err;

    if (!s || octets_n < 0)
        return s ? IKE_E_CRYPTO : IKE_E_DENIED;
    err = sign(signer, s, spki, ask->tbs, out, cap, n);
    if (err == IKE_E_CRYPTO && s->is_pss) {
        s = ike__scheme_choose(pk, sigs & ~PSS, 0);
        err = s ? sign(signer, s, spki, ask->tbs, out, cap, n) : err;
    }
    return err < 0 ? err : s->sig;
}

static int holds(ike_span in, ike_span what)
{
    for (; in.n >= what.n; in.p++, in.n--)
        if (memcmp(in.p, what.p, what.n) == 0)
            return 1;
    return 0;
}

int ike__elsewhere_fits(const ike_signer *signer, ike_span spki, mbedtls_pk_context *pk)
{
    unsigned char *p = (unsigned char *)(uintptr_t)spki.p;

    if (signer->pub.n > 0 && !holds(spki, signer->pub))
        return 0;
    return mbedtls_pk_parse_subpubkey(&p, spki.p + spki.n, pk) == 0;
}
