/* crypto/keywords.c - what algorithms are called, and which policies allow them. SPDX-License-Identifier: Apache-2.0
 *
 * One table, in the order in which suites are printed.
 *
 * Not here: what may stand together in a proposal (suites.c), the rest of a policy (policy.c). */
#include "crypto/keywords.h"
#include "crypto/policy.h"
#include "crypto/suites.h"

/* Who allows it. NEVER: nobody, whatever the policy. */
#define NEVER       0u
#define COMPAT_ONLY IKE_BY_COMPAT
#define OK          (IKE_BY_DEFAULT | IKE_BY_COMPAT)
#define NCSC        (OK | IKE_BY_NCSC)
#define NCSC_OLD    (OK | IKE_BY_NCSC_LEGACY)
#define CNSA        (OK | IKE_BY_CNSA)
#define ALL         (OK | IKE_BY_NCSC | IKE_BY_NCSC_LEGACY | IKE_BY_CNSA)

/* The first keyword of an algorithm is the one that is printed. */
static const struct ike_keyword keywords[] = {
    {"aes128gcm16", IKE_T_ENCR, NCSC, IKE_ENCR_AES_GCM_16, 128},
    {"aes192gcm16", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_16, 192},
    {"aes256gcm16", IKE_T_ENCR, CNSA, IKE_ENCR_AES_GCM_16, 256},
    {"aes128gcm12", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 128},
    {"aes192gcm12", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 192},
    {"aes256gcm12", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 256},
    {"aes128gcm8", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 128},
    {"aes192gcm8", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 192},
    {"aes256gcm8", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 256},
    {"aes128gcm128", IKE_T_ENCR, NCSC, IKE_ENCR_AES_GCM_16, 128},
    {"aes192gcm128", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_16, 192},
    {"aes256gcm128", IKE_T_ENCR, CNSA, IKE_ENCR_AES_GCM_16, 256},
    {"aes128gcm96", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 128},
    {"aes192gcm96", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 192},
    {"aes256gcm96", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 256},
    {"aes128gcm64", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 128},
    {"aes192gcm64", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 192},
    {"aes256gcm64", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 256},
    {"aes128gcm", IKE_T_ENCR, NCSC, IKE_ENCR_AES_GCM_16, 128},
    {"aes192gcm", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_16, 192},
    {"aes256gcm", IKE_T_ENCR, CNSA, IKE_ENCR_AES_GCM_16, 256},
    {"chacha20poly1305", IKE_T_ENCR, OK, IKE_ENCR_CHACHA20_POLY1305, 0},
    {"aes128", IKE_T_ENCR, NCSC_OLD, IKE_ENCR_AES_CBC, 128},
    {"aes192", IKE_T_ENCR, OK, IKE_ENCR_AES_CBC, 192},
    {"aes256", IKE_T_ENCR, OK, IKE_ENCR_AES_CBC, 256},
    {"aes", IKE_T_ENCR, NCSC_OLD, IKE_ENCR_AES_CBC, 128},
    {"aes128ctr", IKE_T_ENCR, OK, IKE_ENCR_AES_CTR, 128},
    {"aes192ctr", IKE_T_ENCR, OK, IKE_ENCR_AES_CTR, 192},
    {"aes256ctr", IKE_T_ENCR, OK, IKE_ENCR_AES_CTR, 256},
    {"3des", IKE_T_ENCR, COMPAT_ONLY, IKE_ENCR_3DES, 0},
    {"des", IKE_T_ENCR, NEVER, 2, 0},
    {"null", IKE_T_ENCR, NEVER, IKE_ENCR_NULL, 0},
    {"sha256", IKE_T_INTEG, NCSC_OLD, IKE_INTEG_HMAC_SHA2_256_128, 0},
    {"sha384", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_384_192, 0},
    {"sha512", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_512_256, 0},
    {"sha2_256", IKE_T_INTEG, NCSC_OLD, IKE_INTEG_HMAC_SHA2_256_128, 0},
    {"sha2_384", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_384_192, 0},
    {"sha2_512", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_512_256, 0},
    {"sha1", IKE_T_INTEG, COMPAT_ONLY, IKE_INTEG_HMAC_SHA1_96, 0},
    {"sha", IKE_T_INTEG, COMPAT_ONLY, IKE_INTEG_HMAC_SHA1_96, 0},
    {"md5", IKE_T_INTEG, NEVER, 1, 0},
    {"prfsha256", IKE_T_PRF, NCSC | IKE_BY_NCSC_LEGACY, IKE_PRF_HMAC_SHA2_256, 0},
    {"prfsha384", IKE_T_PRF, CNSA, IKE_PRF_HMAC_SHA2_384, 0},
    {"prfsha512", IKE_T_PRF, CNSA, IKE_PRF_HMAC_SHA2_512, 0},
    {"prfsha1", IKE_T_PRF, COMPAT_ONLY, IKE_PRF_HMAC_SHA1, 0},
    {"prfmd5", IKE_T_PRF, NEVER, 1, 0},
    {"curve25519", IKE_T_KE, OK, IKE_KE_CURVE25519, 0},
    {"x25519", IKE_T_KE, OK, IKE_KE_CURVE25519, 0},
    {"curve448", IKE_T_KE, OK, IKE_KE_CURVE448, 0},
    {"x448", IKE_T_KE, OK, IKE_KE_CURVE448, 0},
    {"ecp256", IKE_T_KE, NCSC, IKE_KE_ECP_256, 0},
    {"ecp384", IKE_T_KE, CNSA, IKE_KE_ECP_384, 0},
    {"ecp521", IKE_T_KE, OK, IKE_KE_ECP_521, 0},
    {"modp2048", IKE_T_KE, NCSC_OLD, IKE_KE_MODP_2048, 0},
    {"modp3072", IKE_T_KE, CNSA, IKE_KE_MODP_3072, 0},
    {"modp4096", IKE_T_KE, CNSA, IKE_KE_MODP_4096, 0},
    {"modp768", IKE_T_KE, NEVER, 1, 0},
    {"modp1024", IKE_T_KE, NEVER, 2, 0},
    {"modp1536", IKE_T_KE, NEVER, 5, 0},
    {"esn", IKE_T_ESN, ALL, IKE_ESN_YES, 0},
    {"noesn", IKE_T_ESN, ALL, IKE_ESN_NO, 0},
};
#define KEYWORDS_N (sizeof(keywords) / sizeof(keywords[0]))

const struct ike_keyword *ike__keyword(const char *s, size_t n)
{
    for (size_t i = 0; i < KEYWORDS_N; i++)
        if (strlen(keywords[i].text) == n && memcmp(keywords[i].text, s, n) == 0)
            return &keywords[i];
    return NULL;
}

static void print_one(struct ike_text *t, const struct ike_transform *tr, int is_first)
{
    const char *text = NULL;

    for (size_t i = 0; i < KEYWORDS_N && !text; i++)
        if (keywords[i].type == tr->type && keywords[i].id == tr->id && keywords[i].bits == tr->key_bits)
            text = keywords[i].text;
    if (!is_first)
        ike__text_put(t, "-");
    if (text) {
        ike__text_put(t, text);
    } else {
        ike__text_u64(t, tr->type);
        ike__text_put(t, ":");
        ike__text_u64(t, tr->id);
    }
}

void ike__suite_print(struct ike_text *t, const struct ike_suite *s)
{
    const struct ike_transform all[] = {{IKE_T_ENCR, 0, s->encr, s->encr_bits},
                                        {IKE_T_INTEG, 0, s->integ, 0},
                                        {IKE_T_PRF, 0, s->prf, 0},
                                        {IKE_T_KE, 0, s->ke, 0},
                                        {IKE_T_ESN, 0, s->esn, 0}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].id)
            print_one(t, &all[i], i == 0); /* there is always a cipher */
}

void ike__proposals_print(struct ike_text *t, const struct ike_proposal *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            ike__text_put(t, ", ");
        for (uint8_t k = 0; k < p[i].n; k++)
            print_one(t, &p[i].transform[k], k == 0);
    }
}
