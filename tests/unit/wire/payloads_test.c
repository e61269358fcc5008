/* tests/unit/wire/payloads_test.c - what is inside the payloads. SPDX-License-Identifier: Apache-2.0 */
#include "fake/test.h"
#include "wire/dn.h"
#include "wire/payloads.h"
#include "wire/sa.h"
#include <ike/err.h>

static uint8_t body[4096];
static struct ike_msg msg;

static const struct ike_payload *written(struct ike_msg_out *out, uint8_t type)
{
    assert_int_equal(ike__out_err(out), 0);
    assert_int_equal(ike__msg_index(&msg, out->first, ike__span(out->buf.p, out->buf.n)), 0);
    return ike__msg_find(&msg, type, 0);
}

static struct ike_msg_out fresh(void)
{
    struct ike_msg_out out;

    ike__out_init(&out, body, sizeof(body));
    return out;
}

/* Every body cut short and every body made longer: an error, never a read past the end (ASan watches). */
static void every_reader_at_every_length(void **state)
{
    uint8_t octets[64];

    (void)state;
    for (unsigned fill = 0; fill < 256; fill += 15)
        for (size_t n = 0; n < sizeof(octets); n++) {
            ike_span s = ike__span(octets, n);
            struct ike_ke ke;
            struct ike_cert cert;
            struct ike_auth_payload auth;
            struct ike_notify notify;
            struct ike_delete del;
            struct ike_eap eap;
            struct ike_id id;
            struct ike_cp_reader cp;
            struct ike_cp_attr attr;
            struct ike_sa_reader sa;
            struct ike_proposal prop;
            ike_ts ts[4];
            ike_span nonce;
            memset(octets, (int)fill, sizeof(octets));
            assert_int_equal(ike__ke_read(s, &ke), n > 4 ? 0 : IKE_E_SYNTAX);
            assert_int_equal(ike__nonce_read(s, &nonce),
                             n >= 16 ? 0 : IKE_E_SYNTAX); /* RFC 7296 3.9, row 73 */
            assert_int_equal(ike__cert_read(s, &cert), n > 0 ? 0 : IKE_E_SYNTAX);
            assert_int_equal(ike__auth_read(s, &auth), n > 4 ? 0 : IKE_E_SYNTAX);
            (void)ike__notify_read(s, &notify);
            (void)ike__delete_read(s, &del);
            (void)ike__eap_read(s, &eap);
            (void)ike__id_read(s, &id);
            (void)ike__ts_read(s, ts, 4);
            if (ike__cp_reader_init(&cp, s) == 0)
                while (ike__cp_next(&cp, &attr) == 1)
                    ;
            ike__sa_reader_init(&sa, s);
            while (ike__sa_next(&sa, &prop) == 1)
                ;
        }
}

/* RFC 7296 3.3: proposals survive the way out and in */
static void proposals_round_trip(void **state)
{
    struct ike_proposal p[3], back;
    struct ike_sa_reader r;
    struct ike_msg_out out = fresh();
    const struct ike_payload *sa;

    (void)state;
    memset(p, 0, sizeof(p));
    for (uint8_t i = 0; i < 3; i++) {
        p[i].number = (uint8_t)(i + 1);
        p[i].protocol = IKE_PROTO_ESP;
        p[i].spi_len = 4;
        p[i].spi[3] = i;
        p[i].n = (uint8_t)(i + 1);
        for (uint8_t k = 0; k < p[i].n; k++) {
            p[i].transform[k].type = IKE_T_ENCR;
            p[i].transform[k].id = (uint16_t)(20 + k);
            p[i].transform[k].key_bits = (uint16_t)(k ? 256 : 0);
        }
    }
    ike__sa_write(&out, p, 3);
    sa = written(&out, IKE_P_SA);
    ike__sa_reader_init(&r, sa->body);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ike__sa_next(&r, &back), 1);
        assert_memory_equal(&back, &p[i], sizeof(back));
    }
    assert_int_equal(ike__sa_next(&r, &back), 0);
    for (size_t i = 0; i < sa->body.n; i++) { /* each octet changed: an error or a reading, nothing else */
        uint8_t *at = (uint8_t *)(uintptr_t)sa->body.p + i, old = *at;
        for (unsigned v = 0; v < 256; v += 17) {
            *at = (uint8_t)v;
            ike__sa_reader_init(&r, sa->body);
            while (ike__sa_next(&r, &back) == 1)
                ;
        }
        *at = old;
    }
}

/* RFC 7296 3.13, row 175, 179: counts, ranges, unknown types, OPAQUE ports */
static void selectors_round_trip(void **state)
{
    struct ike_msg_out out = fresh();
    const struct ike_payload *p;
    ike_ts ts[3], back[4];
    uint8_t copy[200];

    (void)state;
    memset(ts, 0, sizeof(ts));
    ts[0].first.family = ts[0].last.family = 4;
    ts[0].last.ip[0] = 255;
    ts[0].last.port = 65535;
    ts[1].first.family = ts[1].last.family = 6;
    ts[1].proto = 58;
    ts[1].first.port = 65535; /* OPAQUE */
    ts[2] = ts[0];
    ts[2].proto = 6;
    ts[2].first.port = ts[2].last.port = 443;
    ike__ts_write(&out, IKE_P_TSi, ts, 3);
    p = written(&out, IKE_P_TSi);
    assert_int_equal(ike__ts_read(p->body, back, 4), 3);
    assert_memory_equal(back, ts, sizeof(ts));
    assert_int_equal(ike__ts_read(p->body, back, 2), IKE_E_SYNTAX);
    memcpy(copy, p->body.p, p->body.n);
    copy[0] = 0;
    assert_int_equal(ike__ts_read(ike__span(copy, p->body.n), back, 4), IKE_E_SYNTAX);
    copy[0] = 4;
    assert_int_equal(ike__ts_read(ike__span(copy, p->body.n), back, 4), IKE_E_SYNTAX);
    copy[0] = 3;
    copy[4] = 241; /* an unknown type is passed over */
    assert_int_equal(ike__ts_read(ike__span(copy, p->body.n), back, 4), 2);
    copy[4] = 7;
    copy[12] = 255; /* starts behind its end */
    copy[16] = 1;
    assert_int_equal(ike__ts_read(ike__span(copy, p->body.n), back, 4), IKE_E_SYNTAX);
}

static const struct {
    const char *text, *shown;
    uint8_t type;
} ids[] = {{"gw.test", "gw.test", IKE_ID_FQDN},
           {"@gw.test", "gw.test", IKE_ID_FQDN},
           {"fqdn:10.0.0.1", "10.0.0.1", IKE_ID_FQDN},
           {"me@example.org", "me@example.org", IKE_ID_RFC822_ADDR},
           {"email:x", "x", IKE_ID_RFC822_ADDR},
           {"192.0.2.1", "192.0.2.1", IKE_ID_IPV4_ADDR},
           {"2001:db8::1", "2001:db8::1", IKE_ID_IPV6_ADDR},
           {"ip:::1", "::1", IKE_ID_IPV6_ADDR},
           {"C=DE, O=Example, CN=gw.test", "C=DE, O=Example, CN=gw.test", IKE_ID_DER_ASN1_DN},
           {"dn:CN=x", "CN=x", IKE_ID_DER_ASN1_DN},
           {"keyid:secret name", "keyid:secret name", IKE_ID_KEY_ID},
           {"@#00ff", "keyid:\\x00\\xff", IKE_ID_KEY_ID}};

/* RFC 7296 3.5: text to identity and back, through a payload */
static void identities_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct ike_msg_out out = fresh();
        const struct ike_payload *p;
        struct ike_id id, back;
        struct ike_text t;
        uint8_t buf[512];
        char shown[200];
        assert_int_equal(ike__id_parse(&id, ids[i].text, buf, sizeof(buf)), 0);
        assert_int_equal(id.type, ids[i].type);
        ike__id_write(&out, IKE_P_IDi, &id);
        p = written(&out, IKE_P_IDi);
        assert_int_equal(ike__id_read(p->body, &back), 0);
        assert_int_equal(ike__id_match(&id, &back), 1);
        ike__text_init(&t, shown, sizeof(shown));
        ike__id_print(&t, &back);
        assert_string_equal(shown, ids[i].shown);
    }
}

static int match(const char *a, const char *b)
{
    uint8_t buf_a[512], buf_b[512];
    struct ike_id ia, ib;
    int ab;

    assert_int_equal(ike__id_parse(&ia, a, buf_a, sizeof(buf_a)), 0);
    assert_int_equal(ike__id_parse(&ib, b, buf_b, sizeof(buf_b)), 0);
    ab = ike__id_match(&ia, &ib);
    assert_int_equal(ab, ike__id_match(&ib, &ia));
    return ab;
}

/* RFC 4945 3.1.2, RFC 5280 7.1, rows 108, 109; KNOWN-HOLES 6 */
static void identities_match_or_do_not(void **state)
{
    struct ike_id a = {.type = IKE_ID_FQDN}, b = {.type = IKE_ID_FQDN};

    (void)state;
    assert_true(match("gw.test", "GW.TEST."));
    assert_false(match("gw.test", "gw.test.org"));
    assert_false(match("gw.test", "email:gw.test"));
    assert_true(match("me@Example.ORG", "me@example.org"));
    assert_false(match("Me@example.org", "me@example.org"));
    assert_true(match("C=DE, CN=Gw.Test", "c=de,cn=gw.test"));
    assert_false(match("C=DE, CN=gw", "CN=gw, C=DE"));
    assert_false(match("C=DE, CN=gw", "C=DE"));
    assert_false(match("keyid:A", "keyid:a"));
    a.data = ike__span("gw\0x", 4);
    b.data = ike__span("gw\0x", 4);
    assert_false(ike__id_match(&a, &b));
    a.type = b.type = IKE_ID_DER_ASN1_DN;
    for (unsigned v = 0; v < 65536; v += 13) { /* anything for a name */
        uint8_t der[6] = {0x30, 4, 0x31, 2, (uint8_t)v, (uint8_t)(v >> 8)};
        a.data = ike__span(der, sizeof(der));
        b.data = ike__span(der, v % 7);
        (void)ike__id_match(&a, &b);
    }
}

/* RFC 7296 3.11, rows 229, 230 */
static void deletes(void **state)
{
    static const uint32_t spis[] = {1, 2, 3};
    struct ike_msg_out out = fresh();
    struct ike_delete d;
    uint8_t octets[] = {IKE_PROTO_IKE, 0, 0, 0, 1};

    (void)state;
    ike__delete_write_esp(&out, spis, 3);
    assert_int_equal(ike__delete_read(written(&out, IKE_P_DELETE)->body, &d), 0);
    assert_int_equal(d.n, 3);
    assert_int_equal(ike__be32(d.spis.p + 8), 3);
    out = fresh();
    ike__delete_write_ike(&out);
    assert_int_equal(ike__delete_read(written(&out, IKE_P_DELETE)->body, &d), 0);
    assert_int_equal(d.protocol, IKE_PROTO_IKE);
    assert_int_equal(ike__delete_read(ike__span(octets, 5), &d), IKE_E_SYNTAX);
    octets[1] = 8; /* the IKE SA is named without SPI */
    assert_int_equal(ike__delete_read(ike__span(octets, 4), &d), IKE_E_SYNTAX);
    octets[0] = IKE_PROTO_ESP;
    assert_int_equal(ike__delete_read(ike__span(octets, 4), &d), IKE_E_SYNTAX);
}

/* RFC 7296 3.10, row 50: SPI sizes */
static void notifies(void **state)
{
    struct ike_msg_out out = fresh();
    struct ike_notify n;
    uint8_t octets[12] = {0, 3, 0, 14};

    (void)state;
    assert_int_equal(ike__notify_read(ike__span(octets, sizeof(octets)), &n), IKE_E_SYNTAX);
    ike__notify_write_spi(&out, IKE_PROTO_ESP, ike__span("abcd", 4), IKE_N_REKEY_SA, ike__span_text("data"));
    ike__notify_write(&out, IKE_N_NO_PROPOSAL_CHOSEN, ike__span(NULL, 0));
    (void)written(&out, IKE_P_NOTIFY);
    assert_int_equal(ike__notify_find(&msg, IKE_N_REKEY_SA, 0, &n), 1);
    assert_int_equal(n.spi.n, 4);
    assert_int_equal(n.data.n, 4);
    assert_int_equal(ike__notify_find(&msg, IKE_N_REKEY_SA, 1, &n), 0);
    assert_int_equal(ike__notify_error(&msg, &n), IKE_N_NO_PROPOSAL_CHOSEN);
}

/* RFC 5952: addresses as text */
static void addresses(void **state)
{
    static const struct {
        const char *in, *out;
    } good[] = {{"192.0.2.1", "192.0.2.1"},
                {"::", "::"},
                {"::1", "::1"},
                {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
                {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
                {"fe80::", "fe80::"},
                {"::ffff:192.0.2.1", "::ffff:c000:201"},
                {"1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"}};
    static const char *const bad[] = {"",    "1.2.3",   "1.2.3.4.5", "256.1.1.1",     "1.2.3.4 ",
                                      ":",   ":::",     "1::2::3",   "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                                      "g::", "12345::", "1:",        "::1:"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        ike_addr a;
        struct ike_text t;
        char text[64];
        assert_int_equal(ike__addr_parse(&a, good[i].in), 0);
        ike__text_init(&t, text, sizeof(text));
        ike__text_addr(&t, &a);
        assert_string_equal(text, good[i].out);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        ike_addr a;
        if (ike__addr_parse(&a, bad[i]) == 0)
            fail_msg("\"%s\" was taken for an address", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_at_every_length),
        cmocka_unit_test(proposals_round_trip),
        cmocka_unit_test(selectors_round_trip),
        cmocka_unit_test(identities_round_trip),
        cmocka_unit_test(identities_match_or_do_not),
        cmocka_unit_test(deletes),
        cmocka_unit_test(notifies),
        cmocka_unit_test(addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
