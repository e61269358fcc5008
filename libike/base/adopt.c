/* base/adopt.c - a caller's struct, of whatever version, as ours. SPDX-License-Identifier: Apache-2.0
 *
 * One rule for every struct that begins with its size: what both sides know is copied, what only we know is zero
 * (= default), and what only the caller knows must be zero: a wish that we cannot see is never dropped in silence. */
#include "base/adopt.h"
#include <string.h>

#define STRUCT_MAX 65536u /* larger is no struct of ours, but a size that was never set */

int ike_struct_adopt(void *ours, size_t ours_n, const void *theirs)
{
    const uint8_t *from = theirs;
    size_t n;

    if (!ours || !theirs || ours_n < sizeof(n))
        return IKE_E_USAGE;
    memcpy(&n, from, sizeof(n));
    if (n < sizeof(n) || n > STRUCT_MAX)
        return IKE_E_USAGE;
    for (size_t i = ours_n; i < n; i++)
        if (from[i] != 0)
            return IKE_E_USAGE;
    memset(ours, 0, ours_n);
    memcpy(ours, from, n < ours_n ? n : ours_n);
    memcpy(ours, &ours_n, sizeof(ours_n));
    return 0;
}

/* A family, not a size: our own version and the one before. */
static int is_known(const ike_crypto *c)
{
    return c->abi == IKE_CRYPTO_ABI || c->abi == IKE_CRYPTO_ABI - 1;
}

int ike__env_adopt(ike_env *out, const ike_env *env)
{
    int err = ike_struct_adopt(out, sizeof(*out), env);

    if (err < 0)
        return err;
    if (!out->crypto || !is_known(out->crypto) || (out->bulk && !is_known(out->bulk)))
        return IKE_E_USAGE;
    return 0;
}
