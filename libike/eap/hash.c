/* eap/hash.c - the old hashes and ciphers that EAP methods are made of. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 1320 (MD4) and RC4 are here because crypto libraries have dropped them; the rest is mbedTLS's. None of them
 * protects anything by itself: they run inside an IKE SA whose gateway has proven itself. */
#include "eap/room.h"
#include <mbedtls/aes.h>
#include <mbedtls/des.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <string.h>

void ike__eap_wipe(void *p, size_t n)
{
    mbedtls_platform_zeroize(p, n);
}

int ike__eap_equal(const uint8_t *a, const uint8_t *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t differ = 0;

    while (n-- > 0)
        differ = (uint8_t)(differ | (*x++ ^ *y++));
    return differ == 0;
}

uint32_t ike__eap_uint(struct eap_cursor *c, size_t octets)
{
    ike_span s = ike__eap_take(c, octets);
    uint32_t v = 0;

    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | s.p[i];
    return v;
}

ike_span ike__eap_take(struct eap_cursor *c, size_t n)
{
    ike_span s = {c->p, n};

    if (c->bad || n > c->n) {
        c->bad = 1;
        return (ike_span){NULL, 0};
    }
    c->p += n;
    c->n -= n;
    return s;
}

/* ---- MD4, RFC 1320 3 ---- */

static uint32_t turn(uint32_t v, unsigned bits)
{
    return v << bits | v >> (32 - bits);
}

static void md4_block(uint32_t s[4], const uint8_t *p)
{
    static const uint8_t turns[3][4] = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
    static const uint8_t third[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
    uint32_t x[16], v[4];

    for (size_t i = 0; i < 16; i++)
        x[i] = (uint32_t)p[4 * i] | (uint32_t)p[4 * i + 1] << 8 | (uint32_t)p[4 * i + 2] << 16 |
               (uint32_t)p[4 * i + 3] << 24;
    memcpy(v, s, sizeof(v));
    for (unsigned i = 0; i < 48; i++) {
        unsigned round = i / 16, k = i % 16, at = (4 - i % 4) % 4;
        uint32_t b = v[(at + 1) % 4], c = v[(at + 2) % 4], d = v[(at + 3) % 4];
        uint32_t f = round == 0 ? (b & c) | (~b & d) : round == 1 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t add = round == 0 ? 0 : round == 1 ? 0x5a827999u : 0x6ed9eba1u;

        k = round == 0 ? k : round == 1 ? k % 4 * 4 + k / 4 : third[k];
        v[at] = turn(v[at] + f + x[k] + add, turns[round][i % 4]);
    }
    for (size_t i = 0; i < 4; i++)
        s[i] += v[i];
    ike__eap_wipe(x, sizeof(x));
    ike__eap_wipe(v, sizeof(v));
}

void ike__eap_md4(ike_span text, uint8_t out[16])
{
    uint32_t s[4] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u};
    uint8_t last[128] = {0};
    size_t whole = text.n / 64 * 64, rest = text.n - whole, end = rest < 56 ? 64 : 128;
    uint64_t bits = (uint64_t)text.n * 8;

    for (size_t at = 0; at < whole; at += 64)
        md4_block(s, text.p + at);
    if (rest > 0)
        memcpy(last, text.p + whole, rest);
    last[rest] = 0x80;
    for (size_t i = 0; i < 8; i++)
        last[end - 8 + i] = (uint8_t)(bits >> 8 * i);
    for (size_t at = 0; at < end; at += 64)
        md4_block(s, last + at);
    for (size_t i = 0; i < 16; i++)
        out[i] = (uint8_t)(s[i / 4] >> 8 * (i % 4));
    ike__eap_wipe(last, sizeof(last));
}

/* ---- the library's ---- */

static int digest(mbedtls_md_type_t type, const ike_span *pieces, size_t n, uint8_t *out)
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(type);
    mbedtls_md_context_t md;
    int ok;

    mbedtls_md_init(&md);
    ok = info && mbedtls_md_setup(&md, info, 0) == 0 && mbedtls_md_starts(&md) == 0;
    for (size_t i = 0; ok && i < n; i++)
        ok = mbedtls_md_update(&md, pieces[i].p, pieces[i].n) == 0;
    ok = ok && mbedtls_md_finish(&md, out) == 0;
    mbedtls_md_free(&md);
    return ok ? 0 : IKE_E_CRYPTO;
}

int ike__eap_md5_of(const ike_span *pieces, size_t n, uint8_t out[16])
{
    return digest(MBEDTLS_MD_MD5, pieces, n, out);
}

int ike__eap_sha1_of(const ike_span *pieces, size_t n, uint8_t out[20])
{
    return digest(MBEDTLS_MD_SHA1, pieces, n, out);
}

int ike__eap_sha256_of(const ike_span *pieces, size_t n, uint8_t out[32])
{
    return digest(MBEDTLS_MD_SHA256, pieces, n, out);
}

int ike__eap_hmac(int is_sha256, ike_span key, const ike_span *pieces, size_t n, uint8_t *out)
{
    const mbedtls_md_info_t *info =
        mbedtls_md_info_from_type(is_sha256 ? MBEDTLS_MD_SHA256 : MBEDTLS_MD_SHA1);
    mbedtls_md_context_t md;
    int ok;

    mbedtls_md_init(&md);
    ok = info && mbedtls_md_setup(&md, info, 1) == 0 && mbedtls_md_hmac_starts(&md, key.p, key.n) == 0;
    for (size_t i = 0; ok && i < n; i++)
        ok = mbedtls_md_hmac_update(&md, pieces[i].p, pieces[i].n) == 0;
    ok = ok && mbedtls_md_hmac_finish(&md, out) == 0;
    mbedtls_md_free(&md);
    return ok ? 0 : IKE_E_CRYPTO;
}

int ike__eap_aes_cbc(int encrypt, const uint8_t key[16], const uint8_t iv[16], ike_span in, uint8_t *out)
{
    mbedtls_aes_context aes;
    uint8_t chain[16];
    int ok;

    memcpy(chain, iv, sizeof(chain));
    mbedtls_aes_init(&aes);
    ok = (encrypt ? mbedtls_aes_setkey_enc(&aes, key, 128) : mbedtls_aes_setkey_dec(&aes, key, 128)) == 0 &&
         mbedtls_aes_crypt_cbc(&aes, encrypt ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT, in.n, chain, in.p,
                               out) == 0;
    mbedtls_aes_free(&aes);
    return ok ? 0 : IKE_E_CRYPTO;
}

/* RFC 2759 8.6: seven octets are 56 bits of key; each eighth bit is parity, which nobody looks at. */
int ike__eap_des(const uint8_t key[7], const uint8_t in[8], uint8_t out[8])
{
    mbedtls_des_context des;
    uint8_t wide[8];
    int ok;

    wide[0] = key[0];
    for (unsigned i = 1; i < 7; i++)
        wide[i] = (uint8_t)(key[i - 1] << (8 - i) | key[i] >> i);
    wide[7] = (uint8_t)(key[6] << 1);
    mbedtls_des_init(&des);
    ok = mbedtls_des_setkey_enc(&des, wide) == 0 && mbedtls_des_crypt_ecb(&des, in, out) == 0;
    mbedtls_des_free(&des);
    ike__eap_wipe(wide, sizeof(wide));
    return ok ? 0 : IKE_E_CRYPTO;
}

void ike__eap_rc4(const uint8_t key[16], uint8_t *text, size_t n)
{
    uint8_t s[256], i = 0, j = 0, t;

    for (unsigned k = 0; k < 256; k++)
        s[k] = (uint8_t)k;
    for (unsigned k = 0; k < 256; k++) {
        j = (uint8_t)(j + s[k] + key[k % 16]);
        t = s[k];
        s[k] = s[j];
        s[j] = t;
    }
    for (j = 0; n > 0; n--, text++) {
        i++;
        j = (uint8_t)(j + s[i]);
        t = s[i];
        s[i] = s[j];
        s[j] = t;
        *text ^= s[(uint8_t)(s[i] + s[j])];
    }
    ike__eap_wipe(s, sizeof(s));
}
