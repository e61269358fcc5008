/* crypto/keymat.h - SKEYSEED, the SK_ keys, KEYMAT (RFC 7296 2.14, 2.17, 2.18). SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_CRYPTO_KEYMAT_H
#define IKE_CRYPTO_KEYMAT_H

#include "crypto/prf.h"

#define IKE_KEY_MAX 72u /* octets: a cipher key with salt, or a MAC key */

struct ike_keys { /* of an IKE SA. SK_e* hold the salt behind the key */
    uint8_t d[IKE_PRF_MAX], ai[IKE_KEY_MAX], ar[IKE_KEY_MAX], ei[IKE_KEY_MAX], er[IKE_KEY_MAX],
        pi[IKE_PRF_MAX], pr[IKE_PRF_MAX];
    uint16_t prf_len, integ_len, encr_len; /* octets used of d, pi, pr; of ai, ar; of ei, er */
    uint16_t zero;
};
struct ike_child_keymat { /* of a CHILD_SA; i: from the exchange's initiator to its responder */
    uint8_t encr_i[IKE_KEY_MAX], integ_i[IKE_KEY_MAX], encr_r[IKE_KEY_MAX], integ_r[IKE_KEY_MAX];
    uint16_t encr_len, integ_len;
    uint32_t zero;
};

struct ike_keymat_in {
    const ike_prf_alg *prf;
    const ike_cipher_alg *cipher;
    ike_span ni, nr;       /* nonces */
    ike_span secret;       /* g^ir; child without KE: empty */
    uint64_t spi_i, spi_r; /* IKE SA only */
};

/* SKEYSEED = prf(Ni | Nr, g^ir); SK_* = prf+(SKEYSEED, Ni | Nr | SPIi | SPIr). (2.14) */
int ike__keymat_ike(const ike_alloc *a, const struct ike_keymat_in *in, struct ike_keys *out);
/* Rekey (2.18): SKEYSEED = prf_old(SK_d_old, g^ir | Ni | Nr), expansion with the new PRF. */
int ike__keymat_rekey(const ike_alloc *a, const struct ike_keymat_in *in, const ike_prf_alg *old_prf,
                      ike_span old_sk_d, struct ike_keys *out);
/* RFC 8784 3: SK_d, SK_pi and SK_pr each become prf+(PPK, what it was); the others stay. */
int ike__keymat_ppk(const ike_alloc *a, const ike_prf_alg *prf, ike_span ppk, struct ike_keys *keys);
/* KEYMAT = prf+(SK_d, [g^ir |] Ni | Nr). (2.17) in->prf: the IKE SA's; in->cipher: the child's. */
int ike__keymat_child(const ike_alloc *a, const struct ike_keymat_in *in, ike_span sk_d,
                      struct ike_child_keymat *out);

#endif
