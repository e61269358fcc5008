/* tests/exchange/hints_test.c - answers to IKE_SA_INIT: everything in them is a hint, and most are of no use. SPDX-License-Identifier: Apache-2.0 */
#include "crypto/authoctets.h"
#include "exchange/exchange.h"
#include "fake/test.h"
#include "peer/forge.h"
#include "wire/payloads.h"

static const ike_span a_cert = {(const uint8_t *)"not looked at by the core", 25};

/* Both sides with certificates, so that there is something to sign. */
static void begin(struct ladder *l)
{
    ladder_init(l);
    l->cfg.auth_local = l->cfg.auth_remote = IKE_AUTH_CERT;
    l->cfg.local_certs = &a_cert;
    l->cfg.local_certs_n = 1;
}

/* Up to the answer of IKE_SA_INIT, which waits. */
static void ask(struct ladder *l)
{
    assert_int_equal(ladder_connect(l), 0);
    assert_int_equal(l->out_n, 1);
    (void)ladder_deliver_out(l, 0);
    l->out_n = 0;
    assert_int_equal(l->in_n, 1);
}

static void write_group(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static const uint8_t group[4] = {0, IKE_KE_ECP_384, 0, IKE_KE_ECP_384};

    if (exchange != IKE_X_IKE_SA_INIT)
        return;
    ike__out_init(out, out->buf.p, out->buf.cap);
    ike__notify_write(out, IKE_N_INVALID_KE_PAYLOAD, ike__span(group, *(const size_t *)user));
}

/* RFC 7296 1.2, 3.10.1, row 62: a group is two octets, or none is named; the SPI beside it does not matter */
static void a_group_is_two_octets(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 4; n++)
        for (uint8_t spi = 0; spi < 2; spi++) {
            struct ladder l;

            ladder_init(&l);
            l.pcfg.script.edit = write_group;
            l.pcfg.script.user = &n;
            ask(&l);
            l.to_client[0].p[15] = spi; /* SPIr */
            assert_int_equal(ladder_deliver_in(&l, 0), 0);
            assert_int_equal(l.out_n, n == 2 ? 1 : 0);
            if (n == 2)
                assert_true(ike__be64(l.to_gateway[0].p + 8) == 0); /* ours names no SPIr */
            assert_int_equal(l.closes, 0);
            ladder_free(&l);
        }
}

/* RFC 7296 2.21.1, row 66: the first answer that fits is the one; what comes behind it is not looked at. If it came
 * from somebody else, what the gateway says cannot be opened, and the attempt ends in bounded time */
static void the_first_answer_that_fits_counts(void **state)
{
    (void)state;
    for (int is_forged = 0; is_forged < 2; is_forged++) {
        struct datagram first, second;
        struct ladder l;

        ladder_init(&l);
        assert_int_equal(ladder_connect(&l), 0);
        (void)ladder_deliver_out(&l, 0); /* the scripted gateway makes another SA of each request */
        (void)ladder_deliver_out(&l, 0);
        assert_int_equal(l.in_n, 2);
        first = l.to_client[0];
        second = l.to_client[1];
        assert_memory_not_equal(first.p, second.p, 16);
        ladder_drop(&l);
        l.to_client[0] = is_forged ? first : second; /* the gateway knows of the second only */
        assert_int_equal(ladder_deliver_in(&l, 0), 0);
        assert_int_equal(l.out_n, 1);
        l.to_client[0] = is_forged ? second : first;
        assert_int_equal(ladder_deliver_in(&l, 0), IKE_E_DISCARD);
        assert_int_equal(l.out_n, 1);
        ladder_run(&l);
        assert_int_equal(l.child_ups, !is_forged);
        if (is_forged) { /* the gateway's own words, under keys that we have not */
            struct forged f = forge(&l, IKE_X_IKE_AUTH, 1, 1);

            f.h.spi_r = ike__be64(first.p + 8);
            assert_int_equal(forge_deliver(&l, &f), IKE_E_DISCARD);
            assert_int_equal(l.closes, 0);
        }
        for (int i = 0; i < 20 && is_forged && l.closes == 0; i++) {
            ladder_tick(&l);
            ladder_run(&l);
        }
        assert_int_equal(l.closes, is_forged);
        assert_int_equal(l.close_err, is_forged ? IKE_E_TIMEOUT : 0);
        ladder_free(&l);
    }
}

/* RFC 7296 3.1, row 74: a choice without an SPI is no choice; the one with it still wins */
static void an_answer_without_spi_is_passed_over(void **state)
{
    struct datagram genuine;
    struct ladder l;

    (void)state;
    ladder_init(&l);
    ask(&l);
    genuine = l.to_client[0];
    memset(l.to_client[0].p + 8, 0, 8);
    (void)ladder_deliver_in(&l, 0);
    assert_int_equal(l.out_n, 0);
    assert_int_equal(l.closes, 0);
    l.to_client[0] = genuine;
    l.in_n = 1;
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    ladder_free(&l);
}

static int (*real_random)(void *self, uint8_t *out, size_t n);
static uint8_t next_spi[8];
static int spis_left;

static int same_spi_again(void *self, uint8_t *out, size_t n)
{
    int err = real_random(self, out, n);

    if (n == 8 && spis_left > 0) {
        memcpy(out, next_spi, 8);
        spis_left--;
    }
    return err;
}

/* RFC 7296 2.6, 3.1, row 75: two IKE SAs of a session never begin with the same SPI, nor with zero */
static void spis_are_not_used_twice(void **state)
{
    struct ladder l;

    (void)state;
    ladder_init(&l);
    l.pcfg.script.again = 1;
    l.pcfg.script.auth_lifetime = 600;
    real_random = l.fake_client.table.random;
    l.fake_client.table.random = same_spi_again;
    memset(next_spi, 0, sizeof(next_spi));
    spis_left = 1;
    assert_int_equal(ladder_connect(&l), 0);
    assert_true(ike__be64(l.to_gateway[0].p) != 0);
    ladder_run(&l);
    assert_int_equal(l.ups, 1);
    ike__put_be64(next_spi, l.s->sa->spi_i);
    spis_left = 2;
    while (l.s->sas->next == NULL)
        ladder_tick(&l);
    assert_int_equal(spis_left, 0);
    assert_true(l.s->sas->spi_i != l.s->sas->next->spi_i);
    ladder_free(&l);
}

static uint8_t seen_authorities[200];
static size_t seen_n;
static uint64_t seen_sigs;

static void look(struct ladder *l, const ike_ask *a)
{
    const int *answer_with = l->user;

    if (a->kind != IKE_ASK_SIGN)
        return;
    seen_n = a->authorities.n;
    if (seen_n > 0 && seen_n <= sizeof(seen_authorities))
        memcpy(seen_authorities, a->authorities.p, seen_n);
    seen_sigs = a->sigs;
    if (answer_with)
        (void)ike_answer(l->s, a->id, *answer_with, ike__span_text("a signature"), l->now);
}

static void write_requests(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static const struct {
        uint8_t encoding, n;
    } requests[] = {{4, 20}, {4, 0}, {12, 20}, {200, 7}, {4, 19}, {0, 0}, {4, 40}, {15, 0}};
    uint8_t hashes[40];

    (void)user;
    for (uint8_t i = 0; exchange == IKE_X_IKE_SA_INIT && i < 8; i++) {
        struct ike_cert c = {.encoding = requests[i].encoding, .data = ike__span(hashes, requests[i].n)};
        memset(hashes, i + 1, sizeof(hashes));
        ike__cert_write(out, IKE_P_CERTREQ, &c);
    }
}

/* RFC 7296 3.7, row 77: CERTREQ: what we understand is handed on, the rest passed over, and our chain is sent anyway */
static void certificate_requests_are_hints(void **state)
{
    struct ladder l;

    (void)state;
    begin(&l);
    l.pcfg.script.edit = write_requests;
    l.saw_ask = look;
    ask(&l);
    assert_int_equal(ladder_deliver_in(&l, 0), 0);
    assert_int_equal(l.out_n, 1); /* IKE_AUTH */
    assert_int_equal(seen_n, 60);
    assert_int_equal(seen_authorities[0], 1);
    assert_int_equal(seen_authorities[20], 7);
    assert_int_equal(seen_authorities[59], 7);
    ladder_free(&l);
}

/* Which signatures may we use, and which AUTH method comes of it, when the gateway says this about hashes? */
static uint8_t method_for(const uint8_t *hashes, int n, int sig)
{
    struct forge_change c = {.exchange = IKE_X_IKE_SA_INIT, .add = IKE_P_NOTIFY};
    const struct ike_handshake *h;
    uint8_t buf[64], method = 0;
    struct ladder l;

    begin(&l);
    l.pcfg.script.no_7427 = 1;
    if (n >= 0) {
        c.add_body = forge_notify_body(buf, sizeof(buf), IKE_N_SIGNATURE_HASH_ALGORITHMS,
                                       ike__span(hashes, (size_t)n));
        l.pcfg.script.edit = forge_edit;
        l.pcfg.script.user = &c;
    }
    l.saw_ask = look;
    l.user = &sig;
    ask(&l);
    (void)ladder_deliver_in(&l, 0);
    h = l.closes ? NULL : l.s->sa->running.scratch;
    if (h)
        method = h->proof.method;
    assert_int_equal(l.total_out, method ? 2 : 1);
    assert_int_equal(l.close_err, method ? 0 : IKE_E_DENIED);
    ladder_free(&l);
    return method;
}

/* RFC 7427 3, 4, rows 78, 79: method 14 with a hash that both know; without a word about hashes, or with one that is
 * no list, the methods of RFC 7296; hashes nobody knows do not matter */
static void hashes_choose_the_method(void **state)
{
    static const uint8_t known[] = {0, 2}, more[] = {0x77, 0x77, 0, 3, 0xff, 0xff}, strange[] = {0x77, 0x77};
    static const uint8_t odd[] = {0, 2, 0}, sha1[] = {0, 1};
    uint64_t legacy = ike__sigs_legacy(ike__sigs_allowed(IKE_POLICY_DEFAULT, ike_crypto_mbedtls()));

    (void)state;
    assert_int_equal(method_for(NULL, -1, IKE_SIG_RSA_SHA256), IKE_AUTHM_RSA);
    assert_true(seen_sigs == legacy);
    assert_int_equal(method_for(NULL, -1, IKE_SIG_PSS_SHA256), 0);
    assert_int_equal(method_for(known, 2, IKE_SIG_PSS_SHA256), IKE_AUTHM_SIGNATURE);
    assert_true(seen_sigs & IKE_SIG_BIT(IKE_SIG_ECDSA_SHA256));
    assert_false(seen_sigs & IKE_SIG_BIT(IKE_SIG_ECDSA_SHA384));
    assert_int_equal(method_for(known, 2, IKE_SIG_PSS_SHA384), 0);
    assert_int_equal(method_for(more, 6, IKE_SIG_PSS_SHA384), IKE_AUTHM_SIGNATURE);
    assert_int_equal(method_for(odd, 3, IKE_SIG_RSA_SHA256), IKE_AUTHM_RSA);
    assert_true(seen_sigs == legacy);
    for (int sig = IKE_SIG_RSA_SHA1; sig <= IKE_SIG_ED448; sig++) {
        assert_int_equal(method_for(strange, 2, sig), 0); /* no hash in common: nothing to sign with */
        assert_int_equal(method_for(sha1, 2, sig), 0);
    }
    assert_true(seen_sigs == 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_group_is_two_octets),
        cmocka_unit_test(the_first_answer_that_fits_counts),
        cmocka_unit_test(an_answer_without_spi_is_passed_over),
        cmocka_unit_test(spis_are_not_used_twice),
        cmocka_unit_test(certificate_requests_are_hints),
        cmocka_unit_test(hashes_choose_the_method),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
