/* tests/vectors/simaka_test.c - keys of EAP-AKA' (RFC 9048 appendix D) and EAP-SIM (RFC 4186 appendix A). SPDX-License-Identifier: Apache-2.0 */
#include "fake/octets.h"
#include "eap/simaka.h"

static void assert_hex(const uint8_t *got, size_t n, const char *text)
{
    uint8_t want[200];

    assert_int_equal(hex(want, text).n, n);
    assert_memory_equal(got, want, n);
}

/* RFC 9048 appendix D, cases 1 to 4 */
static void aka_prime(void **state)
{
    static const struct {
        const char *network, *autn, *ik, *ck, *ck1, *ik1, *encr, *aut, *re, *msk, *emsk;
    } cases[] = {{"WLAN", "bb52e91c747ac3ab2a5c23d15ee351d5", "9744871ad32bf9bbd1dd5ce54e3e2e5a",
                  "5349fbe098649f948f5d2e973a81c00f", "0093962d0dd84aa5684b045c9edffa04",
                  "ccfc230ca74fcc96c0a5d61164f5a76c", "766fa0a6c317174b812d52fbcd11a179",
                  "0842ea722ff6835bfa2032499fc3ec23c2f0e388b4f07543ffc677f1696d71ea",
                  "cf83aa8bc7e0aced892acc98e76a9b2095b558c7795c7094715cb3393aa7d17a",
                  "67c42d9aa56c1b79e295e3459fc3d187d42be0bf818d3070e362c5e967a4d544"
                  "e8ecfe19358ab3039aff03b7c930588c055babee58a02650b067ec4e9347c75a",
                  "f861703cd775590e16c7679ea3874ada866311de290764d760cf76df647ea01c"
                  "313f69924bdd7650ca9bac141ea075c4ef9e8029c0e290cdbad5638b63bc23fb"},
                 {"HRPD", "bb52e91c747ac3ab2a5c23d15ee351d5", "9744871ad32bf9bbd1dd5ce54e3e2e5a",
                  "5349fbe098649f948f5d2e973a81c00f", "3820f0277fa5f77732b1fb1d90c1a0da",
                  "db94a0ab557ef6c9ab48619ca05b9a9f", "05ad73ac915fce89ac77e1520d82187b",
                  "5b4acaef62c6ebb8882b2f3d534c4b35277337a00184f20ff25d224c04be2afd",
                  "3f90bf5c6e5ef325ff04eb5ef6539fa8cca8398194fbd00be425b3f40dba10ac",
                  "87b321570117cd6c95ab6c436fb5073ff15cf85505d2bc5bb7355fc21ea8a757"
                  "57e8f86a2b138002e05752913bb43b82f868a96117e91a2d95f526677d572900",
                  "c891d5f20f148a1007553e2dea555c9cb672e9675f4a66b4bafa027379f93aee"
                  "539a5979d0a0042b9d2ae28bed3b17a31dc8ab75072b80bd0c1da612466e402c"},
                 {"WLAN", "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0", "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
                  "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0", "cd4c8e5c68f57dd1d7d7dfd0c538e577",
                  "3ece6b705dbbf7dfc459a11280c65524", "897d302fa2847416488c28e20dcb7be4",
                  "c40700e7722483ae3dc7139eb0b88bb558cb3081eccd057f9207d1286ee7dd53",
                  "0a591a22dd8b5b1cf29e3d508c91dbbdb4aee23051892c42b6a2de66ea504473",
                  "9f7dca9e37bb22029ed986e7cd09d4a70d1ac76d95535c5cac40a7504699bb89"
                  "61a29ef6f3e90f183de5861ad1bedc81ce9916391b401aa006c98785a5756df7",
                  "724de00bdb9e568187be3fe746114557d5018779537ee37f4d3c6c738cb97b9d"
                  "c651bc19bfadc344ffe2b52ca78bd8316b51dacc5f2b1440cb9515521cc7ba23"},
                 {"HRPD", "a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0", "b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0",
                  "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0", "8310a71ce6f754889613da8f64d5fb46",
                  "5adf14360ae838192db23f6fcb7f8c76", "745e7439ba238f50fcac4d15d47cd1d9",
                  "3e1d2aa4e677025cfd862a4be18361a13a645765571463df833a9759e8099879",
                  "99da835e2ae82462576fe6516fad1f802f0fa1191655dd0a273da96d04e0fcd3",
                  "c6d3a6e0ceea951eb20d74f32c3061d0680a04b0b086ee8700ace3e0b95fa026"
                  "83c287beee44432294ff98af26d2cc783bace75c4b0af7fdfeb5511ba8e4cbd0",
                  "7fb56813838adafa99d140c2f198f6dacebfb6afee444961105402b508c7f363"
                  "352cb2919644b50463e6a69354150147ae09cbc54b8a651d8787a6893ed8536d"}};
    const ike_span identity = {(const uint8_t *)"0555444333222111", 16};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const ike_span network = {(const uint8_t *)cases[i].network, 4};
        uint8_t autn[16], ik[16], ck[16], bound[32];
        struct simaka_keys k;

        (void)hex(autn, cases[i].autn);
        (void)hex(ik, cases[i].ik);
        (void)hex(ck, cases[i].ck);
        assert_int_equal(ike__simaka_bind(ck, ik, autn, network, bound), 0);
        assert_hex(bound, 16, cases[i].ck1);
        assert_hex(bound + 16, 16, cases[i].ik1);
        assert_int_equal(ike__simaka_keys_aka_prime(&k, identity, ik, ck, autn, network), 0);
        assert_hex(k.encr, 16, cases[i].encr);
        assert_hex(k.aut, 32, cases[i].aut);
        assert_hex(k.re, 32, cases[i].re);
        assert_hex(k.msk, 64, cases[i].msk);
        assert_hex(k.emsk, 64, cases[i].emsk);
    }
}

/* RFC 4186 A.5 and A.9 */
static void sim(void **state)
{
    uint8_t kc[3][8], nonce[16], nonce_s[16];
    static const uint8_t versions[2] = {0, 1};
    static const char name[] = "1244070100000001@eapsim.foo";
    static const char again[] =
        "Y24fNSrz8BP274jOJaF17WfxI8YO7QX00pMXk9XMMVOw7broaNhTczuFq53aEpOkk3L0dm@eapsim.foo";
    struct simaka_keys k;

    (void)state;
    (void)hex(kc[0], "a0a1a2a3a4a5a6a7");
    (void)hex(kc[1], "b0b1b2b3b4b5b6b7");
    (void)hex(kc[2], "c0c1c2c3c4c5c6c7");
    (void)hex(nonce, "0123456789abcdeffedcba9876543210");
    assert_int_equal(ike__simaka_keys_sim(&k, (ike_span){(const uint8_t *)name, sizeof(name) - 1},
                                          (const uint8_t(*)[8])kc, 3, nonce, (ike_span){versions, 2}),
                     0);
    assert_hex(k.mk, 20, "e576d5ca332e9930018bf1baee2763c795b3c712");
    assert_hex(k.encr, 16, "536e5ebc4465582aa6a8ec9986ebb620");
    assert_hex(k.aut, 16, "25af1942efcbf4bc72b3943421f2a974");
    assert_hex(k.msk, 64,
               "39d45aeaf4e30601983e972b6cfd46d1c363773365690d09cd44976b525f47d3"
               "a60a985e955c53b090b2e4b73719196a402542968fd14a888f46b9a7886e4488");
    assert_hex(k.emsk, 64,
               "5949eab0fff69d52315c6c634fd14a7f0d52023d56f79698fa6596abeed4f93f"
               "bb48eb534d985414ceed0d9a8ed33c387c9dfdab92ffbdf240fcecf65a2c93b9");
    (void)hex(nonce_s, "0123456789abcdeffedcba9876543210");
    assert_int_equal(
        ike__simaka_keys_again(&k, 0, (ike_span){(const uint8_t *)again, sizeof(again) - 1}, 1, nonce_s), 0);
    assert_hex(k.msk, 64,
               "6263f614973895e1335f7e30cff028ee2176f519002c9abe732fe0ef00cf167c"
               "756d9e4ced6d5ed640eb3fe38565ca076e7fb8a817cfe8d9adbce441d47c4f5e");
    assert_hex(k.emsk, 64,
               "3d8ff7863a630b2b06e2cf209684c13f6b82f992f2b06f1b54bf51ef237f2a40"
               "1ef5e0d7e098a34c533eaebf34578854b772152620a777f0e0340884a294fb73");
}

/* FIPS 186-2, change notice 1, appendix 5 */
static void fips186(void **state)
{
    uint8_t seed[20], out[40];

    (void)state;
    (void)hex(seed, "bd029bbe7f51960bcf9edb2b61f06f0feb5a38b6");
    ike__fips186(seed, out, sizeof(out));
    assert_hex(out, 40,
               "2070b3223dba372fde1c0ffc7b2e3b498b260614"
               "3c6c18bacb0f6c55babb13788e20d737a3275116");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(aka_prime), cmocka_unit_test(sim),
                                       cmocka_unit_test(fips186)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
