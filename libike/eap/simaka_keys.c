/* eap/simaka_keys.c - the keys of EAP-SIM, EAP-AKA and EAP-AKA'. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4186 7, RFC 4187 7: a master key by SHA-1, from it all others by FIPS 186-2's generator (fips186.c).
 * RFC 9048 3.3, 3.4: CK' and IK', bound to the network's name, then PRF', HMAC-SHA-256 again and again. Pure functions;
 * their vectors are those of the RFCs (tests/vectors).
 *
 * Not here: messages. */
#include "eap/simaka.h"
#include <string.h>

#define TEXT(s)                                     \
    (ike_span)                                      \
    {                                               \
        (const uint8_t *)(s), sizeof(s) - (size_t)1 \
    }

/* K_encr | K_aut | MSK | EMSK of mk. */
static int spread(struct simaka_keys *k)
{
    uint8_t all[160];

    ike__fips186(k->mk, all, sizeof(all));
    memcpy(k->encr, all, 16);
    memcpy(k->aut, all + 16, 16);
    memcpy(k->msk, all + 32, 64);
    memcpy(k->emsk, all + 96, 64);
    ike__eap_wipe(all, sizeof(all));
    return 0;
}

int ike__simaka_keys_sim(struct simaka_keys *k, ike_span identity, const uint8_t kc[][8], size_t n,
                         const uint8_t nonce_mt[16], ike_span versions)
{
    static const uint8_t selected[2] = {0, 1};
    const ike_span pieces[] = {identity, {kc[0], 8 * n}, {nonce_mt, 16}, versions, {selected, 2}};
    int err;

    memset(k, 0, sizeof(*k));
    err = ike__eap_sha1_of(pieces, 5, k->mk);
    return err < 0 ? err : spread(k);
}

int ike__simaka_keys_aka(struct simaka_keys *k, ike_span identity, const uint8_t ik[16], const uint8_t ck[16])
{
    const ike_span pieces[] = {identity, {ik, 16}, {ck, 16}};
    int err;

    memset(k, 0, sizeof(*k));
    err = ike__eap_sha1_of(pieces, 3, k->mk);
    return err < 0 ? err : spread(k);
}

/* RFC 9048 3.4.1: PRF'(key, pieces); at most four pieces. */
static int prf_prime(ike_span key, const ike_span *pieces, size_t pieces_n, uint8_t *out, size_t n)
{
    ike_span all[6] = {{NULL, 0}};
    uint8_t t[32], number = 0;
    int err = 0;

    memcpy(all + 1, pieces, pieces_n * sizeof(*pieces));
    all[pieces_n + 1] = (ike_span){&number, 1};
    for (size_t at = 0; err == 0 && at < n; at += 32) {
        number++;
        err =
            ike__eap_hmac(1, key, number == 1 ? all + 1 : all, number == 1 ? pieces_n + 1 : pieces_n + 2, t);
        memcpy(out + at, t, n - at < 32 ? n - at : 32);
        all[0] = (ike_span){t, 32};
    }
    ike__eap_wipe(t, sizeof(t));
    return err;
}

int ike__simaka_bind(const uint8_t ck[16], const uint8_t ik[16], const uint8_t autn[16], ike_span network,
                     uint8_t ck_ik[32])
{
    static const uint8_t fc = 0x20;
    const uint8_t network_n[2] = {(uint8_t)(network.n >> 8), (uint8_t)network.n}, sqn_n[2] = {0, 6};
    const ike_span pieces[] = {{&fc, 1}, network, {network_n, 2}, {autn, 6} /* SQN xor AK */, {sqn_n, 2}};
    uint8_t key[32];
    int err;

    memcpy(key, ck, 16);
    memcpy(key + 16, ik, 16);
    err = ike__eap_hmac(1, (ike_span){key, 32}, pieces, 5, ck_ik);
    ike__eap_wipe(key, sizeof(key));
    return err;
}

int ike__simaka_keys_aka_prime(struct simaka_keys *k, ike_span identity, const uint8_t ik[16],
                               const uint8_t ck[16], const uint8_t autn[16], ike_span network)
{
    const ike_span pieces[] = {TEXT("EAP-AKA'"), identity};
    uint8_t ck_ik[32], key[32], all[208];
    int err;

    memset(k, 0, sizeof(*k));
    err = ike__simaka_bind(ck, ik, autn, network, ck_ik);
    memcpy(key, ck_ik + 16, 16); /* IK' | CK' */
    memcpy(key + 16, ck_ik, 16);
    if (err == 0)
        err = prf_prime((ike_span){key, 32}, pieces, 2, all, sizeof(all));
    if (err == 0) {
        memcpy(k->encr, all, 16);
        memcpy(k->aut, all + 16, 32);
        memcpy(k->re, all + 48, 32);
        memcpy(k->msk, all + 80, 64);
        memcpy(k->emsk, all + 144, 64);
    }
    ike__eap_wipe(ck_ik, sizeof(ck_ik));
    ike__eap_wipe(key, sizeof(key));
    ike__eap_wipe(all, sizeof(all));
    return err;
}

int ike__simaka_keys_again(struct simaka_keys *k, int is_prime, ike_span identity, uint16_t counter,
                           const uint8_t nonce_s[16])
{
    const uint8_t count[2] = {(uint8_t)(counter >> 8), (uint8_t)counter};
    uint8_t seed[20], all[140];
    int err;

    if (is_prime) {
        const ike_span pieces[] = {TEXT("EAP-AKA' re-auth"), identity, {count, 2}, {nonce_s, 16}};
        err = prf_prime((ike_span){k->re, 32}, pieces, 4, all, 128);
    } else {
        const ike_span pieces[] = {identity, {count, 2}, {nonce_s, 16}, {k->mk, 20}};
        err = ike__eap_sha1_of(pieces, 4, seed);
        if (err == 0)
            ike__fips186(seed, all, sizeof(all));
        ike__eap_wipe(seed, sizeof(seed));
    }
    if (err == 0) {
        memcpy(k->msk, all, 64);
        memcpy(k->emsk, all + 64, 64);
    }
    ike__eap_wipe(all, sizeof(all));
    return err;
}
