/* tests/unit/state/keylog_test.c - key log lines, octet by octet as Wireshark reads them. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "state/keylog.h"

struct lines {
    char file[2][32], line[2][600];
    unsigned n;
};

static void take(void *user, const char *file, const char *line)
{
    struct lines *l = user;

    assert_true(l->n < 2);
    snprintf(l->file[l->n], sizeof(l->file[0]), "%s", file);
    snprintf(l->line[l->n++], sizeof(l->line[0]), "%s", line);
}

static const struct row {
    struct ike_suite suite;
    const char *ike, *esp, *ike_mac, *esp_mac; /* NULL: no line */
} rows[] = {
    {{.encr = IKE_ENCR_AES_CBC, .encr_bits = 128, .integ = IKE_INTEG_HMAC_SHA2_256_128},
     "AES-CBC-128 [RFC3602]",
     "AES-CBC [RFC3602]",
     "HMAC_SHA2_256_128 [RFC4868]",
     "HMAC-SHA-256-128 [RFC4868]"},
    {{.encr = IKE_ENCR_AES_CBC, .encr_bits = 256, .integ = IKE_INTEG_HMAC_SHA1_96},
     "AES-CBC-256 [RFC3602]",
     "AES-CBC [RFC3602]",
     "HMAC_SHA1_96 [RFC2404]",
     "HMAC-SHA-1-96 [RFC2404]"},
    {{.encr = IKE_ENCR_AES_CTR, .encr_bits = 192, .integ = IKE_INTEG_HMAC_SHA2_384_192},
     "AES-CTR-192 [RFC5930]",
     "AES-CTR [RFC3686]",
     "HMAC_SHA2_384_192 [RFC4868]",
     "HMAC-SHA-384-192 [RFC4868]"},
    {{.encr = IKE_ENCR_AES_GCM_8, .encr_bits = 128},
     "AES-GCM-128 with 8 octet ICV [RFC5282]",
     "AES-GCM with 8 octet ICV [RFC4106]",
     "NONE [RFC4306]",
     "NULL"},
    {{.encr = IKE_ENCR_AES_GCM_12, .encr_bits = 256},
     "AES-GCM-256 with 12 octet ICV [RFC5282]",
     "AES-GCM with 12 octet ICV [RFC4106]",
     "NONE [RFC4306]",
     "NULL"},
    {{.encr = IKE_ENCR_AES_GCM_16, .encr_bits = 256},
     "AES-GCM-256 with 16 octet ICV [RFC5282]",
     "AES-GCM with 16 octet ICV [RFC4106]",
     "NONE [RFC4306]",
     "NULL"},
    {{.encr = IKE_ENCR_CHACHA20_POLY1305, .encr_bits = 256}, NULL, NULL, NULL, NULL},
    {{.encr = IKE_ENCR_AES_CBC, .encr_bits = 128, .integ = 999}, NULL, NULL, NULL, NULL},
};

/* the IKE SA's line: both SPIs, keys from the initiator first, and the names as Wireshark has them */
static void lines_of_ike_sas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ike_keys keys = {
            .ei = {1, 2}, .er = {3, 4}, .ai = {5}, .ar = {6}, .encr_len = 2, .integ_len = 1};
        struct ike_ike_sa sa = {.spi_i = 0x0102030405060708u, .spi_r = 0xf1f2f3f4f5f6f7f8u};
        struct lines l = {.n = 0};
        struct ike_session s = {.env = {.keylog = take, .user = &l}};
        char want[600];

        sa.keys = &keys;
        sa.suite = rows[i].suite;
        ike__keylog_ike(&s, &sa);
        assert_int_equal(l.n, rows[i].ike != NULL);
        if (!rows[i].ike)
            continue;
        snprintf(want, sizeof(want), "0102030405060708,f1f2f3f4f5f6f7f8,0102,0304,\"%s\",05,06,\"%s\"",
                 rows[i].ike, rows[i].ike_mac);
        assert_string_equal(l.file[0], "ikev2_decryption_table");
        assert_string_equal(l.line[0], want);
    }
}

/* a child's two lines: what comes in first; the exchange's initiator has the first keys (RFC 7296 2.17) */
static void lines_of_children(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (uint8_t is_ours = 0; is_ours < 2; is_ours++) {
            uint16_t integ_len = rows[i].suite.integ ? 1 : 0;
            uint8_t with[] = {0x11, 0x12, 0x21, 0x33, 0x34, 0x43}, without[] = {0x11, 0x12, 0x33, 0x34};
            const char *encr[] = {"1112", "3334"}, *integ[] = {"0x21", "0x43"};
            struct ike_child_sa c = {.spi_in = 0xa1a2a3a4u, .spi_out = 0xb1b2b3b4u, .encr_len = 2};
            struct ike_ike_sa sa = {.spi_i = 1};
            struct lines l = {.n = 0};
            struct ike_session s = {.env = {.keylog = take, .user = &l}};
            char want[600];

            assert_int_equal(ike__addr_parse(&sa.paths.now.local, "192.0.2.7"), 0);
            assert_int_equal(ike__addr_parse(&sa.paths.now.remote, "198.51.100.1"), 0);
            c.sa = &sa;
            c.is_ours = is_ours;
            c.keys = integ_len ? with : without;
            c.integ_len = integ_len;
            c.suite = rows[i].suite;
            ike__keylog_child(&s, &c);
            assert_int_equal(l.n, rows[i].esp ? 2 : 0);
            for (unsigned out = 0; out < l.n; out++) {
                int which = out ? !is_ours : is_ours; /* 0: the initiator's */
                snprintf(want, sizeof(want), "\"IPv4\",\"%s\",\"%s\",\"0x%s\",\"%s\",\"0x%s\",\"%s\",\"%s\"",
                         out ? "192.0.2.7" : "198.51.100.1", out ? "198.51.100.1" : "192.0.2.7",
                         out ? "b1b2b3b4" : "a1a2a3a4", rows[i].esp, encr[which], rows[i].esp_mac,
                         integ_len ? integ[which] : "");
                assert_string_equal(l.file[out], "esp_sa");
                assert_string_equal(l.line[out], want);
            }
        }
}

/* keys become text only where the host asked for it */
static void silent_unless_asked(void **state)
{
    struct ike_session s = {.phase = 0};
    struct ike_ike_sa sa = {.suite = rows[0].suite};
    struct ike_child_sa c = {.suite = rows[0].suite};

    (void)state;
    ike__keylog_ike(&s, &sa);
    ike__keylog_child(&s, &c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_ike_sas),
        cmocka_unit_test(lines_of_children),
        cmocka_unit_test(silent_unless_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
