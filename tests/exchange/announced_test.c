/* tests/exchange/announced_test.c - announced authentication methods (RFC 9593), row 136. SPDX-License-Identifier: Apache-2.0 */
#include "crypto/announce.h"
#include "crypto/authoctets.h"
#include "fake/test.h"
#include "peer/forge.h"
#include "state/session.h"
#include "wire/payloads.h"

#define B(name) IKE_SIG_BIT(IKE_SIG_##name)

struct list {
    uint8_t p[600];
    size_t n;
};

static void put(struct list *l, const void *p, size_t n)
{
    memcpy(l->p + l->n, p, n);
    l->n += n;
}

/* Methods without a link, and with one. */
static void add_plain(struct list *l, uint8_t method)
{
    put(l, (const uint8_t[]){2, method}, 2);
}

static void add_legacy(struct list *l, uint8_t method, uint8_t link)
{
    put(l, (const uint8_t[]){3, method, link}, 3);
}

static void add_modern(struct list *l, int sig, uint8_t link)
{
    ike_span id = ike__sig_identifier(sig);

    put(l, (const uint8_t[]){(uint8_t)(3 + id.n), IKE_AUTHM_SIGNATURE, link}, 3);
    put(l, id.p, id.n);
}

/* What the client was asked to sign with. */
struct seen {
    uint64_t sigs, by_authority[3];
    unsigned asks, authorities;
    int has_table;
};

static void saw_ask(struct ladder *l, const ike_ask *ask)
{
    struct seen *s = l->user;

    if (ask->kind != IKE_ASK_SIGN)
        return;
    s->asks++;
    s->sigs = ask->sigs;
    s->authorities = (unsigned)(ask->authorities.n / 20);
    s->has_table = ask->authority_sigs != NULL;
    for (size_t i = 0; i < 3 && i < s->authorities && s->has_table; i++)
        s->by_authority[i] = ask->authority_sigs[i];
    (void)ike_answer(l->s, ask->id, IKE_E_DENIED, ike__span(NULL, 0), l->now);
}

struct gateway {
    const struct list *list[2]; /* a notify each */
    unsigned authorities;
};

static void announce(void *user, uint8_t exchange, struct ike_msg_out *out)
{
    static const uint8_t hashes[] = "\x04"
                                    "aaaaaaaaaaaaaaaaaaaa"
                                    "bbbbbbbbbbbbbbbbbbbb"
                                    "cccccccccccccccccccc";
    const struct gateway *g = user;

    if (exchange != IKE_X_IKE_SA_INIT)
        return;
    if (g->authorities)
        ike__out_payload(out, IKE_P_CERTREQ, ike__span(hashes, 1 + 20u * g->authorities));
    for (int i = 0; i < 2; i++)
        if (g->list[i])
            ike__notify_write(out, IKE_N_SUPPORTED_AUTH_METHODS, ike__span(g->list[i]->p, g->list[i]->n));
}

static struct ladder l; /* large */

static struct seen run(struct gateway *g, int has_7427)
{
    static const uint8_t der[] = "a certificate";
    static ike_span cert;
    struct seen seen = {0};

    cert = ike__span(der, sizeof(der));
    ladder_init(&l);
    l.cfg.auth_local = IKE_AUTH_CERT;
    l.cfg.local_certs = &cert;
    l.cfg.local_certs_n = 1;
    l.pcfg.script.edit = announce;
    l.pcfg.script.user = g;
    l.pcfg.script.no_7427 = !has_7427;
    l.saw_ask = saw_ask;
    l.user = &seen;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(seen.asks, 1);
    return seen;
}

static uint64_t all_modern(void)
{
    return ike__sigs_allowed(IKE_POLICY_DEFAULT, l.env.crypto);
}

/* RFC 9593 3.1: "… may take this information into consideration when selecting an algorithm …": it narrows, and what is
 * not understood is passed over; a list that leaves nothing is a warning */
static void a_list_narrows(void **state)
{
    struct list modern = {.n = 0}, mixed = modern, legacy = modern, strange = modern, psk = modern;
    struct gateway g = {{NULL, NULL}, 0};
    struct seen s;

    (void)state;
    add_modern(&modern, IKE_SIG_PSS_SHA256, 0);
    add_modern(&mixed, IKE_SIG_ECDSA_SHA384, 0);
    add_legacy(&mixed, IKE_AUTHM_RSA, 0);
    add_legacy(&legacy, IKE_AUTHM_ECDSA_256, 0);
    add_plain(&strange, 201);
    add_modern(&strange, IKE_SIG_ED25519, 0); /* this backend has none */
    add_plain(&psk, IKE_AUTHM_PSK);

    s = run(&g, 1);
    assert_true(s.sigs == all_modern() && !s.has_table && l.warnings == 0);
    ladder_free(&l);
    g.list[0] = &modern;
    assert_true(run(&g, 1).sigs == B(PSS_SHA256));
    ladder_free(&l);
    g.list[0] = &mixed;
    assert_true(run(&g, 1).sigs == B(ECDSA_SHA384));
    ladder_free(&l);
    g.list[1] = &modern; /* RFC 9593 3.1: "… a single ordered list" */
    assert_true(run(&g, 1).sigs == (B(ECDSA_SHA384) | B(PSS_SHA256)));
    assert_int_equal(l.warnings, 0);
    ladder_free(&l);
    g.list[0] = &legacy;
    g.list[1] = NULL;
    assert_true(run(&g, 1).sigs == B(ECDSA_SHA256)); /* by method 9, although it has method 14 */
    ladder_free(&l);
    g.list[0] = &modern; /* a gateway without RFC 7427 cannot mean it */
    s = run(&g, 0);
    assert_true(s.sigs == ike__sigs_legacy(all_modern()) && l.warnings == 1);
    ladder_free(&l);
    g.list[0] = &strange;
    s = run(&g, 1);
    assert_true(s.sigs == all_modern());
    assert_int_equal(l.warnings, 1);
    ladder_free(&l);
    g.list[0] = &psk;
    s = run(&g, 1);
    assert_true(s.sigs == all_modern() && l.warnings == 1);
    ladder_free(&l);
}

/* RFC 9593 3.2.2: "… intended to be used only with the N-th trust anchor … from the Certificate Request payload(s)"; "If no
 * Certificate Request payload were received, the content of this field MUST be ignored" */
static void authorities_differ(void **state)
{
    struct list list = {.n = 0};
    struct gateway g = {{&list, NULL}, 3};
    struct seen s;

    (void)state;
    add_modern(&list, IKE_SIG_PSS_SHA256, 1);
    add_modern(&list, IKE_SIG_ECDSA_SHA256, 3);
    add_modern(&list, IKE_SIG_ECDSA_SHA512, 0);
    s = run(&g, 1);
    assert_int_equal(s.authorities, 3);
    assert_true(s.sigs == (B(PSS_SHA256) | B(ECDSA_SHA256) | B(ECDSA_SHA512)));
    assert_true(s.has_table);
    assert_true(s.by_authority[0] == (B(PSS_SHA256) | B(ECDSA_SHA512)));
    assert_true(s.by_authority[1] == B(ECDSA_SHA512));
    assert_true(s.by_authority[2] == (B(ECDSA_SHA256) | B(ECDSA_SHA512)));
    ladder_free(&l);
    g.authorities = 0;
    s = run(&g, 1);
    assert_true(s.sigs == (B(PSS_SHA256) | B(ECDSA_SHA256) | B(ECDSA_SHA512)));
    assert_false(s.has_table);
    ladder_free(&l);
}

/* RFC 9593 3.2: lengths that do not add up: as if it had not come; 3.1: an empty one promises IKE_INTERMEDIATE, which is a
 * MAY */
static void malformed_lists_are_not_heeded(void **state)
{
    struct list whole = {.n = 0}, none = {.n = 0};

    (void)state;
    add_modern(&whole, IKE_SIG_PSS_SHA256, 0);
    for (int how = 0; how < 5; how++) {
        struct list list = whole;
        struct gateway g = {{&list, NULL}, 0};
        if (how == 0)
            list = none;
        if (how == 1)
            list.n--;
        if (how == 2)
            put(&list, "\0", 1);
        if (how == 3)
            put(&list, "\1", 1);
        if (how == 4)
            put(&list, "\7", 1);
        assert_true(run(&g, 1).sigs == all_modern());
        assert_int_equal(l.warnings, 0);
        ladder_free(&l);
    }
}

/* RFC 9593 3.1: ours goes with IKE_AUTH, to gateways that know what it is */
static void ours_goes_to_those_who_know(void **state)
{
    struct list list = {.n = 0};
    struct gateway g = {{&list, NULL}, 0};

    (void)state;
    add_plain(&list, IKE_AUTHM_PSK);
    for (int how = 0; how < 4; how++) {
        struct ike_announced heard;
        ladder_init(&l);
        l.cfg.auth_remote = how < 2 ? IKE_AUTH_CERT : IKE_AUTH_PSK;
        l.pcfg.script.edit = how == 3 ? NULL : announce;
        l.pcfg.script.no_7427 = how == 1;
        l.pcfg.script.user = &g;
        assert_int_equal(ladder_connect(&l), 0);
        ladder_run(&l);
        assert_int_equal(
            ike__announced_read(ike__span(l.peer->heard_methods, l.peer->heard_methods_n), 0, &heard), 0);
        assert_int_equal(l.warnings, 0);
        assert_true(heard.modern == (how == 0 ? all_modern() : 0));
        assert_true(how >= 2 || (heard.legacy & B(ECDSA_SHA256)));
        assert_int_equal(heard.psk, how == 2);
        assert_int_equal(l.ups, how >= 2);
        ladder_free(&l);
    }
}

/* RFC 9593 3.1: a shared key that the gateway does not announce is tried all the same, with a warning */
static void a_shared_key_that_is_not_announced(void **state)
{
    struct list list = {.n = 0};
    struct gateway g = {{&list, NULL}, 0};

    (void)state;
    add_modern(&list, IKE_SIG_ECDSA_SHA256, 0);
    ladder_init(&l);
    l.pcfg.script.edit = announce;
    l.pcfg.script.user = &g;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.warnings, 1);
    assert_int_equal(l.ups, 1);
    ladder_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_narrows),
        cmocka_unit_test(authorities_differ),
        cmocka_unit_test(malformed_lists_are_not_heeded),
        cmocka_unit_test(ours_goes_to_those_who_know),
        cmocka_unit_test(a_shared_key_that_is_not_announced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
