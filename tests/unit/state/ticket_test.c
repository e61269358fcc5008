/* tests/unit/state/ticket_test.c - the block that a host keeps: RFC 5723 4.2, 5. SPDX-License-Identifier: Apache-2.0 */
#include "fake/crypto_fake.h"
#include "fake/test.h"
#include "state/ticket.h"

static struct ike_ticket sample(void)
{
    struct ike_ticket t;

    memset(&t, 0, sizeof(t));
    t.suite = (struct ike_suite){.encr = 20, .encr_bits = 256, .prf = 5, .ke = 31};
    t.auth_remote_sig = IKE_SIG_ED25519;
    t.lifetime_s = 3600;
    t.reauth_s = IKE_OFF;
    t.gateway.family = 4;
    memcpy(t.gateway.ip, "\xc0\x00\x02\x01", 4);
    memset(t.bound, 7, sizeof(t.bound));
    t.sk_d = ike__span("0123456789abcdef0123456789abcdef", 32);
    t.idi = (struct ike_id){.type = 2, .data = ike__span_text("client.test")};
    t.idr = (struct ike_id){.type = 2, .data = ike__span_text("gw.test")};
    t.octets = ike__span_text("a ticket");
    return t;
}

static size_t write(const struct ike_ticket *t, uint8_t *p, size_t cap)
{
    struct ike_buf b;

    ike__buf_init(&b, p, cap);
    assert_int_equal(ike__ticket_write(t, &b), 0);
    assert_int_equal(b.n, ike__ticket_size(t));
    return b.n;
}

/* RFC 5723 5: everything "from the ticket" comes back */
static void what_is_written_is_read(void **state)
{
    struct ike_ticket t = sample(), u;
    uint8_t p[400];
    size_t n = write(&t, p, sizeof(p));

    (void)state;
    assert_int_equal(ike__ticket_read(&u, ike__span(p, n)), 0);
    assert_memory_equal(&u.suite, &t.suite, sizeof(t.suite));
    assert_memory_equal(&u.gateway, &t.gateway, sizeof(t.gateway));
    assert_memory_equal(u.bound, t.bound, sizeof(t.bound));
    assert_int_equal(u.auth_local_sig, 0);
    assert_int_equal(u.auth_remote_sig, IKE_SIG_ED25519);
    assert_int_equal(u.lifetime_s, 3600);
    assert_int_equal(u.reauth_s, IKE_OFF);
    assert_true(ike__span_equal(u.sk_d, t.sk_d));
    assert_int_equal(u.idi.type, 2);
    assert_true(ike__span_equal(u.idi.data, t.idi.data));
    assert_true(ike__span_equal(u.idr.data, t.idr.data));
    assert_true(ike__span_equal(u.octets, t.octets));
}

/* RFC 5723 4.2: cut anywhere, or longer: none at all */
static void what_is_cut_is_refused(void **state)
{
    struct ike_ticket t = sample(), u, none;
    uint8_t p[400] = {0};
    size_t n = write(&t, p, sizeof(p));

    (void)state;
    memset(&none, 0, sizeof(none));
    for (size_t cut = 0; cut <= n + 3; cut++) {
        if (cut == n)
            continue;
        assert_int_equal(ike__ticket_read(&u, ike__span(p, cut)), IKE_E_SYNTAX);
        assert_memory_equal(&u, &none, sizeof(u));
    }
    p[3]++; /* another version */
    assert_int_equal(ike__ticket_read(&u, ike__span(p, n)), IKE_E_SYNTAX);
}

static void what_cannot_be_is_refused(void **state)
{
    static uint8_t p[8192];
    static const uint8_t large[IKE_TICKET_OCTETS_MAX + 1];
    struct ike_ticket bad[8], u;

    (void)state;
    for (int i = 0; i < 8; i++)
        bad[i] = sample();
    bad[0].lifetime_s = 0;
    bad[1].gateway.family = 5;
    bad[2].gateway.ip[9] = 1;
    bad[3].sk_d.n = 0;
    bad[4].idr.data.n = 0;
    bad[5].octets.n = 0;
    bad[6].octets = ike__span(large, sizeof(large));
    bad[7].auth_local_sig = IKE_SIG_ED448 + 1;
    for (int i = 0; i < 8; i++)
        assert_int_equal(ike__ticket_read(&u, ike__span(p, write(&bad[i], p, sizeof(p)))), IKE_E_SYNTAX);
}

/* RFC 5723 6.2, 9.7: bound to who is who; to nothing that may change meanwhile */
static void bound_to_identities(void **state)
{
    uint8_t before[IKE_TICKET_BOUND_LEN], after[IKE_TICKET_BOUND_LEN];
    struct ike_settings t;
    struct crypto_fake fake;
    const ike_prf_alg *prf;

    (void)state;
    crypto_fake_init(&fake, 1);
    prf = fake.table.prf[0];
    memset(&t, 0, sizeof(t));
    t.cfg.local_id = "ab";
    t.cfg.remote_id = "c";
    assert_int_equal(ike__ticket_bind(&t, NULL, prf, before), 0);
    t.cfg.dpd_s = 77;
    assert_int_equal(ike__ticket_bind(&t, NULL, prf, after), 0);
    assert_memory_equal(before, after, sizeof(before));
    t.cfg.local_id = "a";
    t.cfg.remote_id = "bc";
    assert_int_equal(ike__ticket_bind(&t, NULL, prf, after), 0);
    assert_memory_not_equal(before, after, sizeof(before));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(what_is_cut_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(bound_to_identities),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
