/* crypto/keymat.c - SKEYSEED, the SK_ keys, KEYMAT. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.14 (IKE SA), 2.17 (children), 2.18 (rekeyed IKE SA); RFC 8784 3. Cipher keys carry their salt behind them, as
 * RFC 4106, 3686 and 7634 take it from KEYMAT.
 *
 * Not here: who uses which half (state/ike_sa.c, state/child_sa.c). */
#include "crypto/keymat.h"
#include "base/wipe.h"
#include <ike/err.h>

#define IKE_STREAM_MAX (3u * IKE_PRF_MAX + 4u * IKE_KEY_MAX)

static void cut(uint8_t **from, uint8_t *to, size_t n)
{
    memcpy(to, *from, n);
    *from += n;
}

static int expand(const ike_alloc *a, const struct ike_keymat_in *in, ike_span skeyseed, struct ike_keys *out)
{
    uint8_t stream[IKE_STREAM_MAX], spis[16], *at = stream;
    const ike_span seed[] = {in->ni, in->nr, ike__span(spis, sizeof(spis))};
    size_t prf_len = in->prf->out_len, integ_len = in->cipher->integ_key_len;
    size_t encr_len = (size_t)in->cipher->key_len + in->cipher->salt_len;
    int err;

    if (prf_len > IKE_PRF_MAX || integ_len > IKE_KEY_MAX || encr_len > IKE_KEY_MAX)
        return IKE_E_UNSUPPORTED;
    ike__put_be64(spis, in->spi_i);
    ike__put_be64(spis + 8, in->spi_r);
    err = ike__prf_plus(a, in->prf, skeyseed, seed, 3, stream, 3 * prf_len + 2 * integ_len + 2 * encr_len);
    if (err == 0) {
        memset(out, 0, sizeof(*out));
        out->prf_len = (uint16_t)prf_len;
        out->integ_len = (uint16_t)integ_len;
        out->encr_len = (uint16_t)encr_len;
        cut(&at, out->d, prf_len);
        cut(&at, out->ai, integ_len);
        cut(&at, out->ar, integ_len);
        cut(&at, out->ei, encr_len);
        cut(&at, out->er, encr_len);
        cut(&at, out->pi, prf_len);
        cut(&at, out->pr, prf_len);
    }
    ike__wipe(stream, sizeof(stream));
    return err;
}

int ike__keymat_ike(const ike_alloc *a, const struct ike_keymat_in *in, struct ike_keys *out)
{
    uint8_t key[512], skeyseed[IKE_PRF_MAX];
    int err;

    if (in->ni.n + in->nr.n > sizeof(key))
        return IKE_E_LIMIT;
    memcpy(key, in->ni.p, in->ni.n);
    memcpy(key + in->ni.n, in->nr.p, in->nr.n);
    err = ike__prf(a, in->prf, ike__span(key, in->ni.n + in->nr.n), &in->secret, 1, skeyseed);
    if (err == 0)
        err = expand(a, in, ike__span(skeyseed, in->prf->out_len), out);
    ike__wipe(skeyseed, sizeof(skeyseed));
    return err;
}

int ike__keymat_rekey(const ike_alloc *a, const struct ike_keymat_in *in, const ike_prf_alg *old_prf,
                      ike_span old_sk_d, struct ike_keys *out)
{
    const ike_span parts[] = {in->secret, in->ni, in->nr};
    uint8_t skeyseed[IKE_PRF_MAX];
    int err = ike__prf(a, old_prf, old_sk_d, parts, 3, skeyseed);

    if (err == 0)
        err = expand(a, in, ike__span(skeyseed, old_prf->out_len), out);
    ike__wipe(skeyseed, sizeof(skeyseed));
    return err;
}

int ike__keymat_ppk(const ike_alloc *a, const ike_prf_alg *prf, ike_span ppk, struct ike_keys *keys)
{
    uint8_t *const mixed[] = {keys->d, keys->pi, keys->pr};
    uint8_t out[IKE_PRF_MAX];
    int err = 0;

    for (size_t i = 0; err == 0 && i < 3; i++) {
        const ike_span seed = ike__span(mixed[i], keys->prf_len);
        err = ike__prf_plus(a, prf, ppk, &seed, 1, out, keys->prf_len);
        if (err == 0)
            memcpy(mixed[i], out, keys->prf_len);
    }
    ike__wipe(out, sizeof(out));
    return err;
}

int ike__keymat_child(const ike_alloc *a, const struct ike_keymat_in *in, ike_span sk_d,
                      struct ike_child_keymat *out)
{
    const ike_span seed[] = {in->secret, in->ni, in->nr};
    uint8_t stream[4u * IKE_KEY_MAX], *at = stream;
    size_t integ_len = in->cipher->integ_key_len;
    size_t encr_len = (size_t)in->cipher->key_len + in->cipher->salt_len;
    int err;

    if (integ_len > IKE_KEY_MAX || encr_len > IKE_KEY_MAX)
        return IKE_E_UNSUPPORTED;
    err = ike__prf_plus(a, in->prf, sk_d, seed, 3, stream, 2 * (encr_len + integ_len));
    if (err == 0) {
        memset(out, 0, sizeof(*out));
        out->encr_len = (uint16_t)encr_len;
        out->integ_len = (uint16_t)integ_len;
        cut(&at, out->encr_i, encr_len);
        cut(&at, out->integ_i, integ_len);
        cut(&at, out->encr_r, encr_len);
        cut(&at, out->integ_r, integ_len);
    }
    ike__wipe(stream, sizeof(stream));
    return err;
}
