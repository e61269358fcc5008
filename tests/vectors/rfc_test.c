/* tests/vectors/rfc_test.c - numbers from RFCs, against each backend and our own framing. SPDX-License-Identifier: Apache-2.0 */
#include "crypto/authoctets.h"
#include "crypto/keymat.h"
#include "crypto/suites.h"
#include "esp/esp.h"
#include "fake/backends.h"
#include "fake/octets.h"

static const ike_crypto *crypto; /* the backend whose turn it is */

static void assert_hex(const uint8_t *p, const char *text)
{
    uint8_t octets[512];
    ike_span s = hex(octets, text);

    assert_memory_equal(p, s.p, s.n);
}

/* RFC 4868 2.7.1 (from RFC 4231): PRF-1 and PRF-2 */
static void rfc4868_prf(void **state)
{
    static const struct {
        uint16_t id;
        const char *key, *data, *out;
    } cases[] = {
        {IKE_PRF_HMAC_SHA2_256, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {IKE_PRF_HMAC_SHA2_384, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6"},
        {IKE_PRF_HMAC_SHA2_512, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9"
         "d914eeb61"
         "f1702e696c203a126854"},
        {IKE_PRF_HMAC_SHA2_256, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {IKE_PRF_HMAC_SHA2_384, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"},
        {IKE_PRF_HMAC_SHA2_512, "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcae"
         "ab1a34d4a"
         "6b4b636e070a38bce737"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const ike_prf_alg *alg = ike__find_prf(crypto, cases[i].id);
        uint8_t key[64], data[64], out[64], twice[64];
        ike_span whole = hex(data, cases[i].data), parts[2];
        assert_int_equal(ike__prf(NULL, alg, hex(key, cases[i].key), &whole, 1, out), 0);
        assert_hex(out, cases[i].out);
        parts[0] = ike__span(data, 3);
        parts[1] = ike__span(data + 3, whole.n - 3);
        assert_int_equal(ike__prf(NULL, alg, hex(key, cases[i].key), parts, 2, twice), 0);
        assert_memory_equal(out, twice, alg->out_len);
    }
}

/* RFC 7296 2.13: T1 = prf(K, S | 1), T2 = prf(K, T1 | S | 2), … */
static void rfc7296_prf_plus_is_a_chain(void **state)
{
    const ike_prf_alg *alg = ike__find_prf(crypto, IKE_PRF_HMAC_SHA2_256);
    uint8_t stream[90], t[32], one = 1, two = 2, three = 3;
    ike_span key = ike__span_text("key"), seed = ike__span_text("seed");
    ike_span parts[3];

    (void)state;
    assert_int_equal(ike__prf_plus(NULL, alg, key, &seed, 1, stream, sizeof(stream)), 0);
    parts[0] = seed;
    parts[1] = ike__span(&one, 1);
    assert_int_equal(ike__prf(NULL, alg, key, parts, 2, t), 0);
    assert_memory_equal(stream, t, 32);
    parts[0] = ike__span(stream, 32);
    parts[1] = seed;
    parts[2] = ike__span(&two, 1);
    assert_int_equal(ike__prf(NULL, alg, key, parts, 3, t), 0);
    assert_memory_equal(stream + 32, t, 32);
    parts[0] = ike__span(stream + 32, 32);
    parts[2] = ike__span(&three, 1);
    assert_int_equal(ike__prf(NULL, alg, key, parts, 3, t), 0);
    assert_memory_equal(stream + 64, t, 26);
    assert_int_equal(ike__prf_plus(NULL, alg, key, &seed, 1, stream, 256 * 32), IKE_E_LIMIT);
}

#define CHACHA_KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"

/* RFC 7634 appendix A: the whole ESP packet, sealed and opened */
static void rfc7634_esp(void **state)
{
    static const char source[] =
        "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f"
        "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637";
    static const char esp[] =
        "0102030400000005101112131415161724039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef"
        "407ae5c614ee8099d52844eb61aa95dfab4c02f72aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b50"
        "2773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad43";
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    uint8_t key[36], buf[300], plain[100];
    ike_span ip = hex(plain, source);
    ike_packet pkt;
    ike_esp *out, *in;

    (void)state;
    env.crypto = crypto;
    c.spi = 0x01020304;
    c.encr = IKE_ENCR_CHACHA20_POLY1305;
    c.key = hex(key, CHACHA_KEY);
    c.first_seq = 5;
    assert_int_equal(ike_esp_new_out(&out, &c, &env), 0);
    assert_int_equal(ike_esp_new_in(&in, &c, &env), 0);
    out->protect.iv = UINT64_C(0x1011121314151617);
    memset(&pkt, 0, sizeof(pkt));
    pkt.buf = buf;
    pkt.cap = sizeof(buf);
    pkt.off = IKE_HEADROOM;
    pkt.n = (uint32_t)ip.n;
    memcpy(buf + pkt.off, ip.p, ip.n);
    assert_int_equal(ike_esp_seal(out, &pkt, 1), 1);
    assert_int_equal(pkt.n, 140 - 20);
    assert_hex(buf + pkt.off, esp);
    assert_int_equal(ike_esp_open(in, &pkt, 1), 1);
    assert_int_equal(pkt.n, ip.n);
    assert_memory_equal(buf + pkt.off, ip.p, ip.n);
    ike_esp_free(out);
    ike_esp_free(in);
}

/* RFC 7634 appendix B: the whole IKE message, sealed and opened */
static void rfc7634_ike(void **state)
{
    static const char expected[] =
        "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029101112131415161761039470"
        "1f8d017f7c12924889 6b71bfe25236efd7cdc670669063 15b2";
    const ike_cipher_alg *alg = ike__find_cipher(crypto, IKE_ENCR_CHACHA20_POLY1305, 0, 0);
    struct ike_header h;
    struct ike_protect p;
    struct ike_sk sk;
    struct ike_buf b;
    uint8_t key[36], notify[12], out[128];
    ike_span chain = hex(notify, "0000000c000040010000000a"), opened;

    (void)state;
    memset(&h, 0, sizeof(h));
    h.spi_i = UINT64_C(0xc0c1c2c3c4c5c6c7);
    h.spi_r = UINT64_C(0xd0d1d2d3d4d5d6d7);
    h.version = 0x20;
    h.exchange = IKE_X_INFORMATIONAL;
    h.message_id = 9;
    assert_int_equal(ike__protect_init(&p, NULL, crypto, alg, hex(key, CHACHA_KEY).p, NULL), 0);
    p.iv = UINT64_C(0x1011121314151617);
    ike__buf_init(&b, out, sizeof(out));
    assert_int_equal(
        ike__sk_frame(&b, &sk, &h, IKE_P_NOTIFY, chain, 0, 0, alg->iv_len, alg->tag_len, alg->block_len), 0);
    assert_int_equal(ike__protect_seal_sk(&p, &sk), 0);
    assert_int_equal(b.n, 69);
    assert_hex(out, expected);
    assert_int_equal(ike__protect_open_sk(&p, &sk, &opened), 0);
    assert_true(ike__span_equal(opened, chain));
    ike__protect_free(&p, NULL);
}

/* One cipher of the CBC and CTR family on given octets; the MAC is beside the point here. */
static void encrypts_to(uint16_t encr, uint16_t bits, const char *key_text, const char *iv_text,
                        const char *plain, const char *expected)
{
    const ike_cipher_alg *alg = ike__find_cipher(crypto, encr, bits, IKE_INTEG_HMAC_SHA2_256_128);
    uint8_t key[64], iv[16], text[128], tag[32], integ[32] = {0};
    ike_span s = hex(text, plain);
    struct ike_protect p;
    ike_cipher_op op;

    assert_non_null(alg);
    assert_int_equal(ike__protect_init(&p, NULL, crypto, alg, hex(key, key_text).p, integ), 0);
    memset(&op, 0, sizeof(op));
    op.iv = hex(iv, iv_text).p;
    op.text = text;
    op.n = s.n;
    op.tag = tag;
    assert_int_equal(alg->seal(p.ctx, &op, 1), 0);
    assert_hex(text, expected);
    assert_int_equal(alg->open(p.ctx, &op, 1), 0);
    assert_int_equal(op.err, 0);
    assert_hex(text, plain);
    tag[0] ^= 1;
    assert_int_equal(alg->open(p.ctx, &op, 1), 0);
    assert_int_equal(op.err, IKE_E_DISCARD);
    ike__protect_free(&p, NULL);
}

/* RFC 3602 4, cases 6 and 7 */
static void rfc3602_cbc(void **state)
{
    (void)state;
    encrypts_to(IKE_ENCR_AES_CBC, 128, "90d382b410eeba7ad938c46cec1a82bf", "69d08df7d203329db093fc4924e5bd80",
                "0800b5e8a80a0500a69c083d0b660e0077777777777777777777777701020201",
                "f51995881ec4e0c4488987ce742e8109689bb379d2d750c0d915dca346a89f75");
    encrypts_to(IKE_ENCR_AES_CBC, 128, "0123456789abcdef0123456789abcdef", "f4e765244f6407adf13dc1380f673f37",
                "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b0c0d0e0f1011"
                "121314151617"
                "18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f30313233343536370102030405060708090a0a04",
                "773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a93013c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b8592"
                "43c647752e94"
                "a859352b8a4d4d2decd136e5c177f132ad3fbfb2201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d");
}

/* NIST SP 800-38D's source, test cases 4 and 16; salt and IV make the nonce (RFC 4106 4) */
static void gcm_cases(void **state)
{
    static const struct {
        uint16_t bits;
        const char *key, *text, *tag;
    } cases[] = {
        {128, "feffe9928665731c6d6a8f9467308308 cafebabe",
         "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa05"
         "1ba30b396a0aac973d58e091",
         "5bc94fbc3221a5db94fae95ae7121a47"},
        {256, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308 cafebabe",
         "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838"
         "c5f61e6393ba7a0abcc9f662",
         "76fc6ece0f4e1768cddf8853bb2d551b"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        const ike_cipher_alg *alg = ike__find_cipher(crypto, IKE_ENCR_AES_GCM_16, cases[i].bits, 0);
        uint8_t key[36], iv[8], aad[20], text[60], sealed[60], expected[16], tag[16];
        void *ctx = test_calloc(1, alg->ctx_size);
        ike_cipher_op op = {
            .iv = iv, .aad = aad, .aad_n = sizeof(aad), .text = text, .n = sizeof(text), .tag = tag};

        (void)hex(iv, "facedbaddecaf888");
        (void)hex(aad, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
        (void)hex(text, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
        assert_int_equal(alg->init(ctx, hex(key, cases[i].key).p, NULL), 0);
        assert_int_equal(alg->seal(ctx, &op, 1), 0);
        assert_memory_equal(text, hex(sealed, cases[i].text).p, sizeof(text));
        assert_memory_equal(tag, hex(expected, cases[i].tag).p, sizeof(tag));
        alg->wipe(ctx);
        test_free(ctx);
    }
}

/* RFC 3686 6, vectors 1, 2, 3 and 7, 8: key and nonce as KEYMAT has them */
static void rfc3686_ctr(void **state)
{
    (void)state;
    encrypts_to(IKE_ENCR_AES_CTR, 128, "AE6852F8121067CC4BF7A5765577F39E 00000030", "0000000000000000",
                "53696E676C6520626C6F636B206D7367", "E4095D4FB7A7B3792D6175A3261311B8");
    encrypts_to(IKE_ENCR_AES_CTR, 128, "7E24067817FAE0D743D6CE1F32539163 006CB6DB", "C0543B59DA48D90B",
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "5104A106168A72D9790D41EE8EDAD388EB2E1EFC46DA57C8FCE630DF9141BE28");
    encrypts_to(IKE_ENCR_AES_CTR, 128, "7691BE035E5020A8AC6E618529F9A0DC 00E0017B", "27777F3F4A1786F0",
                "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F20212223",
                "C1CF48A89F2FFDD9CF4652E9EFDB72D74540A42BDE6D7836D59A5CEAAEF3105325B2072F");
    encrypts_to(IKE_ENCR_AES_CTR, 256,
                "776BEFF2851DB06F4C8A0542C8696F6C6A81AF1EEC96B4D37FC1D689E6C1C104 00000060",
                "DB5672C97AA8F0B2", "53696E676C6520626C6F636B206D7367", "145AD01DBF824EC7560863DC71E3E0C0");
    encrypts_to(IKE_ENCR_AES_CTR, 256,
                "F6D66D6BD52D59BB0796365879EFF886C66DD51A5B6A99744B50590C87A23884 00FAAC24",
                "C1585EF15A43D875", "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
                "F05E231B3894612C49EE000B804EB2A9B8306B508F839D6A5530831D9344AF1C");
}

static uint64_t allowed(void)
{
    return ike__sigs_allowed(IKE_POLICY_DEFAULT, ike_crypto_mbedtls());
}

static int to_sig(const char *oid, uint64_t *sigs)
{
    struct ike_auth_payload a;
    uint8_t data[200], buf[160];
    ike_span s = hex(data + 1, oid), signature;

    data[0] = (uint8_t)s.n;
    data[1 + s.n] = 'x';
    memset(&a, 0, sizeof(a));
    a.method = IKE_AUTHM_SIGNATURE;
    a.data = ike__span(data, s.n + 2);
    return ike__auth_to_sig(&a, allowed(), sigs, &signature, buf, sizeof(buf));
}

/* RFC 7427 appendix A, RFC 8420 2 and appendix A; rows 122, 124; KNOWN-HOLES 9, 43: exactly these, and nothing that looks like them */
static void rfc7427_algorithm_identifiers(void **state)
{
    static const struct {
        const char *oid;
        int sig;
    } good[] = {{"300d06092a864886f70d01010b0500", IKE_SIG_RSA_SHA256},
                {"300d06092a864886f70d01010c0500", IKE_SIG_RSA_SHA384},
                {"300d06092a864886f70d01010d0500", IKE_SIG_RSA_SHA512},
                {"300a06082a8648ce3d040302", IKE_SIG_ECDSA_SHA256},
                {"300a06082a8648ce3d040303", IKE_SIG_ECDSA_SHA384},
                {"300a06082a8648ce3d040304", IKE_SIG_ECDSA_SHA512},
                {"304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010"
                 "108300d060960"
                 "86480165030402010500a203020120",
                 IKE_SIG_PSS_SHA256}};
    static const char *const bad[] = {"300d06092a864886f70d0101050500", /* sha1WithRSAEncryption */
                                      "300906072a8648ce3d0401",         /* ecdsa-with-SHA1 */
                                      "300d06092a864886f70d01010a3000", /* PSS with empty parameters */
                                      "303e06092a864886f70d01010a3031a00b300906052b0e03021a0500a118301606092a"
                                      "864886f70d010108300906052b0e03021a0500"
                                      "a203020114a303020101",       /* PSS with default parameters: SHA-1 */
                                      "300b06092a864886f70d01010b", /* RSA without its NULL */
                                      "300c06082a8648ce3d0403020500",
                                      "30050603 2b6570", /* Ed25519: we announced no identity hash */
                                      "00"};
    uint64_t sigs;

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(to_sig(good[i].oid, &sigs), 0);
        assert_true(sigs == IKE_SIG_BIT(good[i].sig));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_true(to_sig(bad[i], &sigs) < 0);
}

/* RFC 4754 3, row 123: raw r|s on the wire, DER on the API */
static void rfc4754_signatures_change_their_form(void **state)
{
    static const uint8_t methods[] = {IKE_AUTHM_ECDSA_256, IKE_AUTHM_ECDSA_384, IKE_AUTHM_ECDSA_521};
    static const int sigs[] = {IKE_SIG_ECDSA_SHA256, IKE_SIG_ECDSA_SHA384, IKE_SIG_ECDSA_SHA512};
    static const size_t halves[] = {32, 48, 66};

    (void)state;
    for (int i = 0; i < 3; i++)
        for (int high = 0; high < 3; high++) {
            struct ike_auth_payload a, back;
            uint8_t raw[132], der_buf[160], out[200];
            ike_span der;
            uint64_t set;
            memset(raw, high == 0 ? 0x80 : high == 1 ? 0x7f : 0, sizeof(raw));
            raw[2 * halves[i] - 1] = 5;
            raw[halves[i] - 1] = 9;
            memset(&a, 0, sizeof(a));
            a.method = methods[i];
            a.data = ike__span(raw, 2 * halves[i]);
            assert_int_equal(ike__auth_to_sig(&a, allowed(), &set, &der, der_buf, sizeof(der_buf)), 0);
            assert_true(set == IKE_SIG_BIT(sigs[i]));
            assert_int_equal(der.p[0], 0x30);
            assert_int_equal(ike__auth_from_sig(&back, sigs[i], 0, der, out, sizeof(out)), 0);
            assert_int_equal(back.method, methods[i]);
            assert_true(ike__span_equal(back.data, a.data));
            a.data.n--;
            assert_int_equal(ike__auth_to_sig(&a, allowed(), &set, &der, der_buf, sizeof(der_buf)),
                             IKE_E_AUTH);
        }
}

/* RFC 6989 2, RFC 8031 3.2, row 72; KNOWN-HOLES 11, 45: both ends agree; bad public values never make a secret */
static void key_exchanges_agree_and_refuse(void **state)
{
    (void)state;
    for (const ike_kex_alg *const *k = crypto->kex; *k; k++) {
        void *a = test_calloc(1, (*k)->ctx_size), *b = test_calloc(1, (*k)->ctx_size);
        uint8_t pub_a[512], pub_b[512], sec_a[512], sec_b[512], bad[513] = {0};
        size_t n = (*k)->reply_len;
        assert_int_equal((*k)->begin(a, crypto, pub_a), 0);
        assert_int_equal((*k)->begin(b, crypto, pub_b), 0);
        assert_int_equal((*k)->finish(a, ike__span(pub_b, n), sec_a), 0);
        assert_int_equal((*k)->finish(b, ike__span(pub_a, n), sec_b), 0);
        assert_memory_equal(sec_a, sec_b, (*k)->secret_len);
        assert_int_equal((*k)->finish(a, ike__span(pub_b, n - 1), sec_a), IKE_E_DISCARD);
        assert_int_equal((*k)->finish(a, ike__span(bad, n + 1), sec_a), IKE_E_DISCARD);
        assert_int_equal((*k)->finish(a, ike__span(bad, n), sec_a), IKE_E_DISCARD); /* zero */
        bad[n - 1] = 1;
        if ((*k)->id < 31) /* one; for Montgomery curves: little-endian, so another place */
            assert_int_equal((*k)->finish(a, ike__span(bad, n), sec_a), IKE_E_DISCARD);
        bad[n - 1] = 0;
        bad[0] = 1;
        if ((*k)->id >= 31)
            assert_int_equal((*k)->finish(a, ike__span(bad, n), sec_a), IKE_E_DISCARD);
        memset(bad, 0xff, n); /* p or above; no point */
        if ((*k)->id < 31)
            assert_int_equal((*k)->finish(a, ike__span(bad, n), sec_a), IKE_E_DISCARD);
        pub_b[n / 2] ^= 1;
        if ((*k)->id >= 19 && (*k)->id <= 21) /* off the curve */
            assert_int_equal((*k)->finish(a, ike__span(pub_b, n), sec_a), IKE_E_DISCARD);
        pub_b[n / 2] ^= 1;
        assert_int_equal((*k)->finish(a, ike__span(pub_b, n), sec_a), 0); /* and it still works */
        assert_memory_equal(sec_a, sec_b, (*k)->secret_len);
        (*k)->wipe(a);
        (*k)->wipe(b);
        test_free(a);
        test_free(b);
    }
}

/* RFC 8784 3: SK_d, SK_pi, SK_pr = prf+(PPK, …); numbers from Python's hmac, for a key shorter and one longer than the
 * block of the hash */
static void rfc8784_keys(void **state)
{
    static const uint8_t short_key[] = "a post-quantum key of 32 octets!";
    static const struct {
        uint16_t prf, len;
        int is_long;
        const char *d, *pi, *pr;
    } cases[] = {
        {IKE_PRF_HMAC_SHA2_256, 32, 0, "f30156d0ad040d2449d131ad24285c92b775f555440d6fea065ef7d9a59cc706",
         "99b4c9c3170b6f500b0a85512e0e0a692f6c03e732fd758a18568866bb10710f",
         "ece042c63cccc617e1fe9dc9db5ec61dcd30f80323522fd0925f0713daa4d6a0"},
        {IKE_PRF_HMAC_SHA2_256, 32, 1, "66a0ad65d7e7af6b1cd2c235bd3577279acb0d7a3399e07f205fcf36105dfa84",
         "1711e644ca4c43848dc89d33ead8ce7ec3e379153466de58c8b10d05c2084931",
         "7164ff51e8a752f9f69e9cc3266fc90e5ff0de274376bee62b2cee7dc16926c3"},
        {IKE_PRF_HMAC_SHA2_384, 48, 1,
         "8f323bd40f6a34cb062265480c97aaf43ce9bf112d97b2e5172fd2321a506711eb88269be4c49a62ceed4ec850bf279c",
         "9837886842b36c8b4a112a6a810655c29851dcef7acab7de391caf1a6b87b948112b4ccd1bac8fce1d7a00abeb72401d",
         "52760d7f3c22220c9e86a6c47b50af1771c76155bd44d53a6349686609429fb522fb9dffe89adb2993f5e4d8ca1b9ccc"},
        {IKE_PRF_HMAC_SHA2_512, 64, 0,
         "c18c8411c05796f022a8f49e181e3aeefd00ed9ef0623d52067aa1976bbb2f25"
         "4c81260d56ad4cc15820bdcef3b26a0f47ad58b1cd8a0781aabefe19cc0dd8eb",
         "601d59c7fb7dc79cc9f298225661d80efdc7d8b714bdec080f2e545905926f7c"
         "9d606951608c08d856dc976418582e89d1eecebd1e314d950d4188ab1796228c",
         "c2fe40358c061bc50779ce1273522ea6d8c795babc7c7363a19a3524fdc32389"
         "7271ae4fd0829107ac66a79d3a04c1fce761f7412b7f544e2b1c4ad2668635dc"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t long_key[150];
        struct ike_keys k, before;

        memset(&k, 0, sizeof(k));
        memset(long_key, 0x5a, sizeof(long_key));
        k.prf_len = cases[i].len;
        for (uint8_t at = 0; at < k.prf_len; at++) {
            k.d[at] = at;
            k.pi[at] = (uint8_t)(0x40 + at);
            k.pr[at] = (uint8_t)(0x80 + at);
        }
        k.ei[0] = k.er[0] = k.ai[0] = k.ar[0] = 7;
        before = k;
        assert_int_equal(ike__keymat_ppk(NULL, ike__find_prf(crypto, cases[i].prf),
                                         cases[i].is_long ? ike__span(long_key, sizeof(long_key))
                                                          : ike__span(short_key, 32),
                                         &k),
                         0);
        assert_hex(k.d, cases[i].d);
        assert_hex(k.pi, cases[i].pi);
        assert_hex(k.pr, cases[i].pr);
        assert_memory_equal(k.ai, before.ai, sizeof(k.ai) * 4); /* SK_ai, SK_ar, SK_ei, SK_er stay */
    }
}

int main(void)
{
    const struct CMUnitTest numbers[] = {
        cmocka_unit_test(rfc8784_keys),
        cmocka_unit_test(rfc4868_prf),
        cmocka_unit_test(rfc7296_prf_plus_is_a_chain),
        cmocka_unit_test(rfc7634_esp),
        cmocka_unit_test(rfc7634_ike),
        cmocka_unit_test(rfc3602_cbc),
        cmocka_unit_test(gcm_cases),
        cmocka_unit_test(rfc3686_ctr),
        cmocka_unit_test(key_exchanges_agree_and_refuse),
    };
    const struct CMUnitTest ciphers_of_esp[] = {
        cmocka_unit_test(rfc7634_esp),
        cmocka_unit_test(rfc7634_ike),
        cmocka_unit_test(rfc3602_cbc),
        cmocka_unit_test(gcm_cases),
    };
    const struct CMUnitTest forms[] = {
        cmocka_unit_test(rfc7427_algorithm_identifiers),
        cmocka_unit_test(rfc4754_signatures_change_their_form),
    };
    int failed = cmocka_run_group_tests(forms, NULL, NULL);

    for (size_t i = 0; (crypto = test_bulk(i)); i++)
        failed += crypto->prf[0] ? cmocka_run_group_tests_name(crypto->name, numbers, NULL, NULL)
                                 : cmocka_run_group_tests_name(crypto->name, ciphers_of_esp, NULL, NULL);
    return failed;
}
