/* backend/ipsecmb.c - the ipsec-mb backend's table: ciphers of ESP, and nothing else. SPDX-License-Identifier: Apache-2.0
 *
 * For ike_env.bulk, beside another backend that does the handshake. No state of our own: each context has a manager of
 * the library's, or what it needs of one.
 *
 * Not here: algorithms (ipsecmb_aead.c, ipsecmb_cbc.c). */
#include "backend/ipsecmb_room.h"
#include <stdlib.h>
#include <string.h>

void ike__ipsecmb_wipe(void *p, size_t n)
{
    memset(p, 0, n);
    __asm__ volatile("" : : "r"(p) : "memory"); /* somebody looks at it, for all the compiler knows */
}

IMB_MGR *ike__ipsecmb_new(void)
{
    const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
    size_t n = (imb_get_mb_mgr_size() + 63) & ~(size_t)63;
    void *memory = aligned_alloc(64, n);
    IMB_ARCH arch = IMB_ARCH_NONE;
    IMB_MGR *m;

    if (!memory)
        return NULL;
    memset(memory, 0, n);
    m = imb_set_pointers_mb_mgr(memory, 0, 1);
    if (m)
        init_mb_mgr_auto(m, &arch);
    if (m && imb_get_errno(m) == 0 && arch >= IMB_ARCH_SSE && (m->features & needed) == needed)
        return m;
    free(memory);
    return NULL;
}

void ike__ipsecmb_free(IMB_MGR *m)
{
    if (!m)
        return;
    ike__ipsecmb_wipe(m, imb_get_mb_mgr_size()); /* jobs and lanes: pointers to keys, and what came of them */
    free(m);
}

static int no_random(void *self, uint8_t *out, size_t n)
{
    (void)self;
    memset(out, 0, n);
    return IKE_E_CRYPTO;
}

static int no_sha1(ike_span a, ike_span b, uint8_t out[20])
{
    (void)a;
    (void)b;
    memset(out, 0, 20);
    return IKE_E_CRYPTO;
}

const ike_crypto *ike_crypto_ipsecmb(void)
{
    static const ike_prf_alg *const no_prf[] = {NULL};
    static const ike_kex_alg *const no_kex[] = {NULL};
    static const ike_cipher_alg *const ciphers[] = {
        &ike__ipsecmb_gcm256, &ike__ipsecmb_gcm128, &ike__ipsecmb_gcm192, &ike__ipsecmb_chacha,
        &ike__ipsecmb_cbc256, &ike__ipsecmb_cbc128, &ike__ipsecmb_cbc192, NULL};
    static const ike_crypto table = {.abi = IKE_CRYPTO_ABI,
                                     .name = "ipsecmb " IMB_VERSION_STR,
                                     .random = no_random,
                                     .sha1 = no_sha1,
                                     .prf = no_prf,
                                     .cipher = ciphers,
                                     .kex = no_kex};
    IMB_MGR *m = ike__ipsecmb_new(); /* does this processor have what it takes? */

    ike__ipsecmb_free(m);
    return m ? &table : NULL;
}
