/* tests/unit/state/settings_test.c - a session's own copy of what was configured. SPDX-License-Identifier: Apache-2.0 */
#include "base/span.h"
#include "fake/crypto_fake.h"
#include "fake/heap.h"
#include "state/narrow.h"
#include "state/settings.h"

struct host {
    struct crypto_fake fake;
    struct heap heap;
    ike_config cfg;
    ike_env env;
    const char *why;
    struct ike_settings t;
};

static void host_init(struct host *h)
{
    memset(h, 0, sizeof(*h));
    crypto_fake_init(&h->fake, 1);
    heap_init(&h->heap, 0);
    h->cfg = (ike_config)IKE_CONFIG_INIT;
    h->env = (ike_env)IKE_ENV_INIT;
    h->env.crypto = &h->fake.table;
    h->env.alloc = &h->heap.table;
}

static int init(struct host *h)
{
    return ike__settings_init(&h->t, &h->cfg, &h->env, &h->why);
}

/* Nothing is left behind, whatever init said. */
static void host_free(struct host *h)
{
    ike__settings_free(&h->t, &h->env);
    assert_int_equal(h->heap.out, 0);
}

/* zero means default, in every field */
static void defaults_are_filled_in(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    assert_int_equal(init(&h), 0);
    assert_int_equal(h.t.cfg.size, sizeof(ike_config));
    assert_int_equal(h.t.cfg.auth_local, IKE_AUTH_PSK);
    assert_int_equal(h.t.cfg.auth_remote, IKE_AUTH_PSK);
    assert_int_equal(h.t.cfg.dpd_s, 30);
    assert_int_equal(h.t.cfg.natt_keepalive_s, 20);
    assert_int_equal(h.t.cfg.retry_first_ms, 500);
    assert_int_equal(h.t.cfg.retry_factor_percent, 180);
    assert_int_equal(h.t.cfg.retry_tries, 5);
    assert_int_equal(h.t.cfg.fragment_size, 1280);
    assert_int_equal(h.t.cfg.replay_window, 1024);
    assert_int_equal(h.t.cfg.init_tries, 8);
    assert_int_equal(h.t.cfg.reassembly_max, 65536);
    assert_null(h.t.cfg.ike_suites);
    assert_null(h.t.cfg.remote_id);
    assert_int_equal(h.t.local_id.type, 0);
    assert_int_equal(h.t.remote_id.type, 0);
    host_free(&h);

    host_init(&h);
    h.cfg.mobike = h.cfg.redirect = h.cfg.resumption = h.cfg.rekey_ike_s = h.cfg.rekey_child_s = IKE_OFF;
    h.cfg.dpd_s = h.cfg.natt_keepalive_s = h.cfg.fragment_size = h.cfg.replay_window = IKE_OFF;
    h.cfg.retry_tries = 1;
    assert_int_equal(init(&h), 0);
    assert_int_equal(h.t.cfg.dpd_s, IKE_OFF);
    assert_int_equal(h.t.cfg.natt_keepalive_s, IKE_OFF);
    assert_int_equal(h.t.cfg.fragment_size, IKE_OFF);
    assert_int_equal(h.t.cfg.replay_window, IKE_OFF);
    assert_int_equal(h.t.cfg.retry_tries, 1);
    host_free(&h);
}

static int is_inside(const struct ike_settings *t, const void *p, size_t n)
{
    return (const uint8_t *)p >= t->store && (const uint8_t *)p + n <= t->store + t->store_n;
}

/* everything that the caller's struct points to may change and go away afterwards */
static void everything_is_copied(void **state)
{
    char local[] = "me@example", remote[] = "gw.example", ike[] = "aes256gcm16-prfsha256-ecp256",
         esp[] = "aes128gcm16";
    uint8_t der[2][5] = {"leaf", "ca.."}, hashes[40] = {7};
    ike_ts ts[] = {ike__ts_all(4), ike__ts_all(6)};
    ike_span certs[] = {ike__span(der[0], 5), ike__span(der[1], 3)};
    struct host h;

    (void)state;
    host_init(&h);
    h.cfg.local_id = local;
    h.cfg.remote_id = remote;
    h.cfg.ike_suites = ike;
    h.cfg.esp_suites = esp;
    h.cfg.ts_local = ts;
    h.cfg.ts_local_n = 2;
    h.cfg.ts_remote = ts + 1;
    h.cfg.ts_remote_n = 1;
    h.cfg.local_certs = certs;
    h.cfg.local_certs_n = 2;
    h.cfg.certreq = ike__span(hashes, 40);
    h.cfg.auth_local = IKE_AUTH_CERT;
    assert_int_equal(init(&h), 0);
    local[0] = remote[0] = ike[0] = esp[0] = '?';
    memset(ts, 0xee, sizeof(ts));
    memset(der, 0xee, sizeof(der));
    memset(hashes, 0xee, sizeof(hashes));
    memset(certs, 0xee, sizeof(certs));
    memset(&h.cfg, 0xee, sizeof(h.cfg));
    assert_string_equal(h.t.cfg.local_id, "me@example");
    assert_string_equal(h.t.cfg.remote_id, "gw.example");
    assert_string_equal(h.t.cfg.ike_suites, "aes256gcm16-prfsha256-ecp256");
    assert_string_equal(h.t.cfg.esp_suites, "aes128gcm16");
    assert_int_equal(h.t.cfg.ts_local[1].first.family, 6);
    assert_int_equal(h.t.cfg.ts_remote[0].last.port, 65535);
    assert_memory_equal(h.t.cfg.local_certs[0].p, "leaf", 5);
    assert_memory_equal(h.t.cfg.local_certs[1].p, "ca.", 3);
    assert_int_equal(h.t.cfg.certreq.p[0], 7);
    assert_int_equal(h.t.local_id.type, IKE_ID_RFC822_ADDR);
    assert_int_equal(h.t.remote_id.type, IKE_ID_FQDN);
    assert_memory_equal(h.t.remote_id.data.p, "gw.example", 10);
    assert_true(is_inside(&h.t, h.t.cfg.ts_local, 2 * sizeof(ike_ts)));
    assert_true(is_inside(&h.t, h.t.remote_id.data.p, h.t.remote_id.data.n));
    assert_int_equal(h.heap.out, 2); /* the children, and one block for the rest */
    host_free(&h);
}

static ike_ts bad_ts[4];
static ike_span cert, no_cert[] = {{(const uint8_t *)"der", 3}, {NULL, 5}},
                      empty_cert = {(const uint8_t *)"", 0};
#define WRONG(name, ...)            \
    static void name(ike_config *c) \
    {                               \
        __VA_ARGS__;                \
    }
WRONG(auth_local, c->auth_local = 4)
WRONG(second, c->auth_second = IKE_AUTH_EAP)
WRONG(ppk, c->ppk = 3)
WRONG(ppk_nameless, c->ppk = IKE_PPK_OPTIONAL)
WRONG(ppk_empty, c->ppk = IKE_PPK_REQUIRED, c->ppk_id = "")
WRONG(want_ocsp, c->want_ocsp = 2)
WRONG(eap_psk, c->auth_local = IKE_AUTH_EAP)
WRONG(psk_eap, c->auth_remote = IKE_AUTH_EAP)
WRONG(auth_remote, c->auth_remote = 77)
WRONG(policy, c->policy = 5)
WRONG(encap, c->encap = 2)
WRONG(ts_many, c->ts_local = bad_ts, c->ts_local_n = 17)
WRONG(ts_null, c->ts_remote_n = 1)
WRONG(ts_family, c->ts_local = bad_ts, c->ts_local_n = 1)
WRONG(ts_mixed, c->ts_local = bad_ts + 1, c->ts_local_n = 1)
WRONG(ts_order, c->ts_remote = bad_ts + 2, c->ts_remote_n = 1)
WRONG(ts_ports, c->ts_local = bad_ts + 3, c->ts_local_n = 1)
WRONG(factor_low, c->retry_factor_percent = 99)
WRONG(factor_high, c->retry_factor_percent = 1001)
WRONG(first, c->retry_first_ms = 60001)
WRONG(tries, c->retry_tries = 101)
WRONG(fragment_low, c->fragment_size = 575)
WRONG(fragment_high, c->fragment_size = 65536)
WRONG(window, c->replay_window = 65537)
WRONG(mtu_low, c->path_mtu = 1279)
WRONG(mtu_high, c->path_mtu = 9201)
WRONG(mobike, c->mobike = 1)
WRONG(redirect, c->redirect = 1)
WRONG(resumption, c->resumption = 1)
WRONG(contact, c->initial_contact = 2)
WRONG(childless, c->childless = 2)
WRONG(reauth, c->reauth_s = 4)
WRONG(rekey_ike, c->rekey_ike_s = 4)
WRONG(rekey_child, c->rekey_child_s = 4)
WRONG(ticket, c->ticket = ike__span(NULL, 1))
WRONG(certs_many, c->local_certs = &cert, c->local_certs_n = 11)
WRONG(certs_null, c->local_certs_n = 1)
WRONG(certs_none, c->auth_local = IKE_AUTH_CERT, c->local_id = "me")
WRONG(id_none, c->auth_local = IKE_AUTH_CERT, c->local_certs = &cert, c->local_certs_n = 1)
WRONG(certs_nothing, c->local_certs = no_cert, c->local_certs_n = 2)
WRONG(certs_empty, c->local_certs = &empty_cert, c->local_certs_n = 1)
WRONG(certreq, c->certreq = ike__span(bad_ts, 21))
WRONG(certreq_null, c->certreq = ike__span(NULL, 20))
WRONG(want, c->want = 1u << 31)
WRONG(sources, c->sources_n = 1)
WRONG(gateways, c->gateways_n = 9)
WRONG(no_nats, c->no_nats = 2)
WRONG(local_id, c->local_id = "ip:nonsense")
WRONG(remote_id, c->remote_id = "")
WRONG(suites, c->ike_suites = "aes256-md5-modp1024")
WRONG(esp_suites, c->esp_suites = "aes256")
WRONG(no_suites, c->ike_suites = "")
WRONG(compat, c->ike_suites = "aes256-sha1-modp2048")

static const struct {
    void (*set)(ike_config *c);
    const char *why;
} wrong[] = {
    {auth_local, "auth_local: "},
    {second, "auth_second: "},
    {ppk, "ppk: "},
    {ppk_nameless, "ppk_id: "},
    {ppk_empty, "ppk_id: "},
    {want_ocsp, "want_ocsp: "},
    {eap_psk, "auth_remote: with EAP the gateway"}, /* RFC 7296 2.16, row 143 */
    {psk_eap, "auth_remote: EAP for the gateway"},
    {auth_remote, "auth_remote: "},
    {policy, "policy: "},
    {encap, "encap: "},
    {ts_many, "ts_local: "},
    {ts_null, "ts_remote: "},
    {ts_family, "ts_local: both ends of one family"},
    {ts_mixed, "ts_local: both ends of one family"},
    {ts_order, "ts_remote: the first address"},
    {ts_ports, "ts_local: the first port"},
    {factor_low, "retry_factor_percent: "},
    {factor_high, "retry_factor_percent: "},
    {first, "retry_first_ms: "},
    {tries, "retry_tries: "},
    {fragment_low, "fragment_size: "},
    {fragment_high, "fragment_size: "},
    {window, "replay_window: "},
    {mtu_low, "path_mtu: "},
    {mtu_high, "path_mtu: "},
    {mobike, "mobike: "},
    {redirect, "redirect: "},
    {resumption, "resumption: "},
    {contact, "initial_contact: "},
    {childless, "childless: "},
    {reauth, "reauth_s: "},
    {rekey_ike, "rekey_ike_s: "},
    {rekey_child, "rekey_child_s: "},
    {ticket, "ticket: "},
    {certs_many, "local_certs: "},
    {certs_null, "local_certs: "},
    {certs_none, "local_certs: "},
    {id_none, "local_id: "},
    {certs_nothing, "local_certs: "},
    {certs_empty, "local_certs: "},
    {certreq, "certreq: "},
    {certreq_null, "certreq: "},
    {want, "want: "},
    {sources, "sources: "},
    {gateways, "gateways: "},
    {no_nats, "no_nats: "},
    {local_id, "local_id: "},
    {remote_id, "remote_id: "},
    {suites, "ike_suites: an algorithm is too weak"},
    {esp_suites, "esp_suites: a proposal has no integrity"},
    {compat, "ike_suites: an algorithm is allowed under policy compat"},
    {no_suites, "ike_suites: holds no proposal"},
};

/* each wrong value: refused by name, the caller's struct untouched, no memory kept */
static void wrong_values_are_named(void **state)
{
    (void)state;
    memset(bad_ts, 0, sizeof(bad_ts));
    bad_ts[1] = ike__ts_all(4);
    bad_ts[1].last.family = 6;
    bad_ts[2] = ike__ts_all(6);
    bad_ts[2].first.ip[0] = 2;
    bad_ts[2].last.ip[0] = 1;
    bad_ts[3] = ike__ts_all(4);
    bad_ts[3].first.port = 65535;
    bad_ts[3].last.port = 1;
    cert = ike__span("der", 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct host h;
        ike_config before;
        ike_session *s = (ike_session *)&h;
        host_init(&h);
        wrong[i].set(&h.cfg);
        before = h.cfg;
        if (init(&h) != IKE_E_CONFIG || strncmp(h.why, wrong[i].why, strlen(wrong[i].why)) != 0)
            fail_msg("%s: %s", wrong[i].why, h.why ? h.why : "no reason");
        host_free(&h);
        assert_int_equal(ike_session_new(&s, &h.cfg, &h.env, &h.why), IKE_E_CONFIG);
        assert_null(s);
        assert_int_equal(h.heap.out, 0);
        assert_memory_equal(&h.cfg, &before, sizeof(before));
        assert_int_equal(ike_session_new(&s, &h.cfg, &h.env, NULL), IKE_E_CONFIG);
    }
}

/* what the backend cannot do is another error than what nobody should do */
static void unsupported_is_not_wrong(void **state)
{
    struct host h;

    (void)state;
    host_init(&h);
    h.cfg.ike_suites = "aes192gcm16-prfsha256-ecp256";
    assert_int_equal(init(&h), IKE_E_UNSUPPORTED);
    assert_memory_equal(h.why, "ike_suites: ", 12);
    host_free(&h);
}

/* RFC 7296 3.13.1: OPAQUE is the one range of ports that may run backwards */
static void opaque_ports_can_be_configured(void **state)
{
    ike_ts ts = ike__ts_all(4);
    struct host h;

    (void)state;
    host_init(&h);
    ts.first.port = 65535;
    ts.last.port = 0;
    h.cfg.ts_remote = &ts;
    h.cfg.ts_remote_n = 1;
    assert_int_equal(init(&h), 0);
    assert_string_equal(h.why, "");
    host_free(&h);
}

/* there is always a reason, and none on success: programs print it without looking */
static void why_always_says_something(void **state)
{
    ike_config future[2] = {IKE_CONFIG_INIT};
    const char *why = NULL;
    struct host h;
    ike_session *s;

    (void)state;
    host_init(&h);
    assert_int_equal(ike_session_new(&s, &h.cfg, &h.env, &why), 0);
    assert_string_equal(why, "");
    ike_session_free(s);
    assert_int_equal(ike_session_new(NULL, &h.cfg, &h.env, &why), IKE_E_USAGE);
    assert_string_not_equal(why, "");
    assert_int_equal(ike_session_new(&s, NULL, &h.env, &why), IKE_E_USAGE);
    assert_string_not_equal(why, "");
    future[0].size = sizeof(future);
    future[1].size = 1;
    assert_int_equal(ike_session_new(&s, future, &h.env, &why), IKE_E_USAGE);
    assert_string_not_equal(why, "");
    h.env.crypto = NULL;
    assert_int_equal(ike_session_new(&s, &h.cfg, &h.env, &why), IKE_E_USAGE);
    assert_string_not_equal(why, "");
    assert_int_equal(h.heap.out, 0);
}

/* without memory at any point: NOMEM, and nothing is left */
static void no_memory_leaves_nothing(void **state)
{
    struct host h;
    ike_session *s;
    int err = IKE_E_NOMEM;
    unsigned at;

    (void)state;
    for (at = 1; err == IKE_E_NOMEM; at++) {
        host_init(&h);
        h.cfg.local_id = "me";
        h.heap.fail_at = at;
        err = ike_session_new(&s, &h.cfg, &h.env, &h.why);
        assert_string_equal(h.why, err ? ike_strerror(IKE_E_NOMEM) : "");
        assert_true(err == 0 || (s == NULL && h.heap.out == 0));
    }
    assert_int_equal(err, 0);
    assert_true(at > 3);
    ike_session_free(s);
    assert_int_equal(h.heap.out, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_filled_in),         cmocka_unit_test(everything_is_copied),
        cmocka_unit_test(wrong_values_are_named),         cmocka_unit_test(unsupported_is_not_wrong),
        cmocka_unit_test(opaque_ports_can_be_configured), cmocka_unit_test(why_always_says_something),
        cmocka_unit_test(no_memory_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
