/* tests/vectors/ms_test.c - numbers of RFC 1320, 2759 and 3079. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "eap/room.h"
#include <string.h>

#define SPAN(text)                                \
    (ike_span)                                    \
    {                                             \
        (const uint8_t *)(text), sizeof(text) - 1 \
    }

static void assert_hex(const uint8_t *got, size_t n, const char *hex)
{
    char text[200] = "";

    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", got[i]);
    assert_string_equal(text, hex);
}

/* RFC 1320 A.5 */
static void md4(void **state)
{
    static const struct {
        const char *text, *hash;
    } cases[] = {{"", "31d6cfe0d16ae931b73c59d7e0c089c0"},
                 {"a", "bde52cb31de33e46245e05fbdbd6fb24"},
                 {"abc", "a448017aaf21d8525fc10ae87aa6729d"},
                 {"message digest", "d9130a8164549fe818874806e1c7014b"},
                 {"abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"},
                 {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                  "043f8582f241db351ce627e153e7f0e4"},
                 {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                  "e33b4ddc9c38f2199c3e7b164fcc0536"}};
    uint8_t out[16];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ike__eap_md4((ike_span){(const uint8_t *)cases[i].text, strlen(cases[i].text)}, out);
        assert_hex(out, 16, cases[i].hash);
    }
}

static const uint8_t server[16] = {0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
                                   0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28};
static const uint8_t peer[16] = {0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
                                 0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e};

/* RFC 2759 9.2 */
static void mschapv2(void **state)
{
    struct ms_secret s;
    uint8_t challenge[8], nt[24], proof[20];

    (void)state;
    assert_int_equal(ike__ms_secret(SPAN("clientPass"), &s), 0);
    assert_hex(s.hash, 16, "44ebba8d5312b8d611474411f56989ae");
    assert_hex(s.hash_hash, 16, "41c00c584bd2d91c4017a2a12fa59f3f");
    assert_int_equal(ike__ms_challenge_hash(peer, server, SPAN("User"), challenge), 0);
    assert_hex(challenge, 8, "d02e4386bce91226");
    assert_int_equal(ike__ms_challenge_hash(peer, server, SPAN("DOMAIN\\User"), challenge), 0);
    assert_hex(challenge, 8, "d02e4386bce91226");
    assert_int_equal(ike__ms_nt_response(&s, challenge, nt), 0);
    assert_hex(nt, 24, "82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df");
    assert_int_equal(ike__ms_authenticator(&s, nt, challenge, proof), 0);
    assert_hex(proof, 20, "407a5589115fd0d6209f510fe9c04566932cda56");
}

/* RFC 2759 9.3: the hash of "MyPw", and what DES makes of its first keys */
static void des_keys(void **state)
{
    struct ms_secret s;
    uint8_t out[8], zero[8] = {0};

    (void)state;
    assert_int_equal(ike__ms_secret(SPAN("MyPw"), &s), 0);
    assert_hex(s.hash, 16, "fc156af7edcd6c0edde3337d427f4eac");
    assert_int_equal(ike__eap_des(s.hash, zero, out), 0);
    assert_int_equal(ike__eap_des((const uint8_t *)"\0\0\0\0\0\0\0", zero, out), 0);
    assert_hex(out, 8, "8ca64de9c1b123a7"); /* FIPS 81: zero under zero */
}

/* RFC 3079 3.5.3: the server's send key stands second in the MSK */
static void keys(void **state)
{
    struct ms_secret s;
    uint8_t challenge[8], nt[24], msk[IKE_EAP_MSK_SIZE];

    (void)state;
    assert_int_equal(ike__ms_secret(SPAN("clientPass"), &s), 0);
    assert_int_equal(ike__ms_challenge_hash(peer, server, SPAN("User"), challenge), 0);
    assert_int_equal(ike__ms_nt_response(&s, challenge, nt), 0);
    assert_int_equal(ike__ms_msk(&s, nt, msk), 0);
    assert_hex(msk + 16, 16, "8b7cdc149b993a1ba118cb153f56dccb");
    assert_hex(msk + 32, 32, "0000000000000000000000000000000000000000000000000000000000000000");
}

/* RFC 6229: 128 bits */
static void rc4(void **state)
{
    static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    uint8_t text[32] = {0};

    (void)state;
    ike__eap_rc4(key, text, sizeof(text));
    assert_hex(text, 16, "9ac7cc9a609d1ef7b2932899cde41b97");
}

/* UTF-8 to UTF-16, and what is neither */
static void passwords(void **state)
{
    uint8_t out[2 * MS_PASSWORD_MAX], letters[257];
    static const ike_span bad[] = {
        {(const uint8_t *)"\xc0\xaf", 2},     {(const uint8_t *)"\xe2\x82", 2},
        {(const uint8_t *)"\xed\xa0\x80", 3}, {(const uint8_t *)"\xf5\x80\x80\x80", 4},
        {(const uint8_t *)"a\x80", 2},        {(const uint8_t *)"\xe0\x80\x80", 3}};
    size_t n;

    (void)state;
    assert_int_equal(ike__ms_utf16(SPAN("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\x91"), out, &n), 0);
    assert_hex(out, n, "6100e400ac203dd811dd");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(ike__ms_utf16(bad[i], out, &n), IKE_E_CONFIG);
    memset(letters, 'x', sizeof(letters));
    assert_int_equal(ike__ms_utf16((ike_span){letters, 256}, out, &n), 0);
    assert_int_equal(ike__ms_utf16((ike_span){letters, 257}, out, &n), IKE_E_CONFIG);
}

/* RFC 2759 8.9 to 8.12: the server undoes it with the old hash */
static void change_of_password(void **state)
{
    struct ms_secret old;
    uint8_t block[516], hash[16];

    (void)state;
    memset(block, 7, sizeof(block));
    assert_int_equal(ike__ms_secret(SPAN("old"), &old), 0);
    assert_int_equal(ike__ms_new_password(SPAN("new!"), &old, block, hash), 0);
    ike__eap_rc4(old.hash, block, sizeof(block));
    assert_memory_equal(block + 504, "n\0e\0w\0!\0\x08\0\0\0", 12);
    assert_int_equal(block[0], 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(md4),
                                       cmocka_unit_test(mschapv2),
                                       cmocka_unit_test(des_keys),
                                       cmocka_unit_test(keys),
                                       cmocka_unit_test(rc4),
                                       cmocka_unit_test(passwords),
                                       cmocka_unit_test(change_of_password)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
