/* eap/ms.c - the computations of MS-CHAPv2 and the keys that come of it. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 2759 8 (with its names in the comments), RFC 3079 3. Pure functions; their vectors are tests/vectors.
 *
 * Not here: messages (mschapv2.c). */
#include "eap/room.h"
#include <string.h>

#define TEXT(s)                                     \
    (ike_span)                                      \
    {                                               \
        (const uint8_t *)(s), sizeof(s) - (size_t)1 \
    }

/* One code point of UTF-8: its length, or 0. */
static size_t code_point(const uint8_t *p, size_t n, uint32_t *out)
{
    size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : (p[0] & 0xf0) == 0xe0 ? 3 : 4;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

    if ((p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4 || len > n)
        return 0;
    *out = len == 1 ? p[0] : p[0] & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        *out = *out << 6 | (p[i] & 0x3fu);
    }
    return *out >= least[len] && *out <= 0x10ffff && (*out & 0xfffff800u) != 0xd800 ? len : 0;
}

static size_t put_unit(uint8_t *out, size_t at, uint32_t unit)
{
    if (at + 2 > 2 * MS_PASSWORD_MAX)
        return at + 2; /* found out by the caller */
    out[at] = (uint8_t)unit;
    out[at + 1] = (uint8_t)(unit >> 8);
    return at + 2;
}

int ike__ms_utf16(ike_span utf8, uint8_t *out, size_t *n)
{
    size_t at = 0;

    for (size_t i = 0; i < utf8.n;) {
        uint32_t c;
        size_t len = code_point(utf8.p + i, utf8.n - i, &c);

        if (len == 0)
            return IKE_E_CONFIG;
        if (c >= 0x10000) {
            at = put_unit(out, at, 0xd7c0 + (c >> 10));
            c = 0xdc00 | (c & 0x3ff);
        }
        at = put_unit(out, at, c);
        if (at > 2 * MS_PASSWORD_MAX)
            return IKE_E_CONFIG;
        i += len;
    }
    *n = at;
    return 0;
}

/* NtPasswordHash, HashNtPasswordHash */
int ike__ms_secret(ike_span password, struct ms_secret *s)
{
    uint8_t text[2 * MS_PASSWORD_MAX];
    size_t n = 0;
    int err = ike__ms_utf16(password, text, &n);

    if (err == 0) {
        ike__eap_md4((ike_span){text, n}, s->hash);
        ike__eap_md4((ike_span){s->hash, 16}, s->hash_hash);
    }
    ike__eap_wipe(text, sizeof(text));
    return err;
}

/* ChallengeHash: of the user name without its domain */
int ike__ms_challenge_hash(const uint8_t peer[16], const uint8_t server[16], ike_span user, uint8_t out[8])
{
    uint8_t digest[20];
    int err;

    for (size_t i = user.n; i > 0; i--)
        if (user.p[i - 1] == '\\') {
            user = (ike_span){user.p + i, user.n - i};
            break;
        }
    err = ike__eap_sha1_of((const ike_span[]){{peer, 16}, {server, 16}, user}, 3, digest);
    memcpy(out, digest, 8);
    return err;
}

/* ChallengeResponse */
int ike__ms_nt_response(const struct ms_secret *s, const uint8_t challenge[8], uint8_t out[24])
{
    uint8_t key[21] = {0};
    int err = 0;

    memcpy(key, s->hash, 16);
    for (size_t i = 0; err == 0 && i < 3; i++)
        err = ike__eap_des(key + 7 * i, challenge, out + 8 * i);
    ike__eap_wipe(key, sizeof(key));
    return err;
}

/* GenerateAuthenticatorResponse */
int ike__ms_authenticator(const struct ms_secret *s, const uint8_t nt[24], const uint8_t challenge[8],
                          uint8_t out[20])
{
    const ike_span first[] = {{s->hash_hash, 16}, {nt, 24}, TEXT("Magic server to client signing constant")};
    uint8_t digest[20];
    int err = ike__eap_sha1_of(first, 3, digest);

    if (err == 0)
        err = ike__eap_sha1_of((const ike_span[]){{digest, 20},
                                                  {challenge, 8},
                                                  TEXT("Pad to make it do more than one iteration")},
                               3, out);
    ike__eap_wipe(digest, sizeof(digest));
    return err;
}

/* RFC 3079 3.3, 3.4: the server's receive key, then its send key, 128 bits each; the rest of the MSK is zero. */
int ike__ms_msk(const struct ms_secret *s, const uint8_t nt[24], uint8_t msk[IKE_EAP_MSK_SIZE])
{
    static const char receive[] =
        "On the client side, this is the send key; on the server side, it is the receive key.";
    static const char send[] =
        "On the client side, this is the receive key; on the server side, it is the send key.";
    uint8_t master[20], digest[20], pad1[40] = {0}, pad2[40];
    int err = ike__eap_sha1_of(
        (const ike_span[]){{s->hash_hash, 16}, {nt, 24}, TEXT("This is the MPPE Master Key")}, 3, master);

    memset(pad2, 0xf2, sizeof(pad2));
    memset(msk, 0, IKE_EAP_MSK_SIZE);
    for (size_t i = 0; err == 0 && i < 2; i++) {
        ike_span magic = i == 0 ? TEXT(receive) : TEXT(send);
        err = ike__eap_sha1_of((const ike_span[]){{master, 16}, {pad1, 40}, magic, {pad2, 40}}, 4, digest);
        memcpy(msk + 16 * i, digest, 16);
    }
    ike__eap_wipe(master, sizeof(master));
    ike__eap_wipe(digest, sizeof(digest));
    return err;
}

/* NewPasswordEncryptedWithOldNtPasswordHash, OldNtPasswordHashEncryptedWithNewNtPasswordHash */
int ike__ms_new_password(ike_span fresh, const struct ms_secret *old, uint8_t *block, uint8_t hash[16])
{
    uint8_t text[2 * MS_PASSWORD_MAX];
    struct ms_secret s;
    size_t n = 0;
    int err = ike__ms_utf16(fresh, text, &n);

    if (err == 0)
        err = ike__ms_secret(fresh, &s);
    if (err == 0) {
        memcpy(block + 2 * MS_PASSWORD_MAX - n, text, n);
        block[512] = (uint8_t)n; /* little-endian, as everything of theirs */
        block[513] = (uint8_t)(n >> 8);
        block[514] = block[515] = 0;
        ike__eap_rc4(old->hash, block, 516);
        err = ike__eap_des(s.hash, old->hash, hash);
        if (err == 0)
            err = ike__eap_des(s.hash + 7, old->hash + 8, hash + 8);
    }
    ike__eap_wipe(text, sizeof(text));
    ike__eap_wipe(&s, sizeof(s));
    return err;
}

/* ---- RFC 2759 5: "S=" and the authenticator's proof in hexadecimal digits ---- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int ike__ms_hex(struct eap_cursor *in, uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ike_span s = ike__eap_take(in, 2);
        int high = s.p ? hex_digit(s.p[0]) : -1, low = s.p ? hex_digit(s.p[1]) : -1;

        if (high < 0 || low < 0)
            return IKE_E_SYNTAX;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return 0;
}

int ike__ms_check_proof(ike_span text, const uint8_t expected[20])
{
    struct eap_cursor in = {text.p, text.n, 0};
    ike_span s = ike__eap_take(&in, 2);
    uint8_t proof[20];

    if (in.bad || s.p[0] != 'S' || s.p[1] != '=' || ike__ms_hex(&in, proof, sizeof(proof)) < 0)
        return IKE_E_SYNTAX;
    return ike__eap_equal(proof, expected, sizeof(proof)) ? 0 : IKE_E_AUTH;
}
