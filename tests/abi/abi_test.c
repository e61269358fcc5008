/* tests/abi/abi_test.c - programs of yesterday and of tomorrow with the library of today. SPDX-License-Identifier: Apache-2.0
 *
 * Every public struct that says its size is frozen here as released with 0.1: same fields, same places, no
 * padding. New fields go behind the last one and into a list of their own; these lists never change.
 * The calls get memory of exactly the size they are told, so that the address sanitizer sees each octet too much. */
#include "fake/test.h"
#include "peer/ladder.h"
#include "state/session.h"
#include <ike/eap.h>
#include <ike/esp.h>
#include <ike/guard_linux.h>
#include <ike/outside.h>
#include <ike/profile.h>
#include <ike/record.h>
#include <ike/uv.h>
#include <sched.h>
#include <stdlib.h>

typedef void (*function)(void);
typedef const char *text;
typedef const void *pointer;
typedef const char *eight_texts[8];
typedef char long_text[256];
typedef uint8_t three_octets[3];
typedef uint8_t seven_octets[7];
typedef char guard_text[256];
typedef uint64_t union_room[32];

/* clang-format off */
#define CONFIG_V1(X) X(size_t, size) X(text, local_id) X(text, remote_id) X(uint32_t, auth_local)          \
    X(uint32_t, auth_remote) X(text, ike_suites) X(text, esp_suites) X(uint32_t, policy)                   \
    X(uint32_t, encap) X(pointer, ts_local) X(pointer, ts_remote) X(uint32_t, ts_local_n)                  \
    X(uint32_t, ts_remote_n) X(uint32_t, want) X(uint32_t, dpd_s) X(uint32_t, natt_keepalive_s)            \
    X(uint32_t, retry_first_ms) X(uint32_t, retry_factor_percent) X(uint32_t, retry_tries)                 \
    X(uint32_t, fragment_size) X(uint32_t, replay_window) X(uint32_t, local_certs_n) X(uint32_t, zero)     \
    X(pointer, local_certs) X(ike_span, certreq) X(uint32_t, init_tries) X(uint32_t, reassembly_max)  \
    X(uint32_t, rekey_ike_s) X(uint32_t, rekey_child_s) X(uint64_t, rekey_child_bytes)                     \
    X(uint64_t, rekey_child_packets) X(uint32_t, mobike) X(uint32_t, reauth_s) X(uint32_t, redirect)       \
    X(uint32_t, initial_contact) X(uint32_t, childless) X(uint32_t, zero2) X(ike_addr, ask_ip4) X(ike_addr, ask_ip6) \
    X(uint32_t, resumption) X(uint32_t, ticket_age_s) X(ike_span, ticket) X(pointer, children)        \
    X(uint32_t, children_n) X(uint32_t, no_nats) X(pointer, sources) X(pointer, gateways) X(uint32_t, sources_n) X(uint32_t, gateways_n) \
    X(uint32_t, auth_second) X(uint32_t, zero3) X(text, second_id) X(uint32_t, path_mtu) X(uint32_t, zero4) \
    X(uint32_t, ppk) X(uint32_t, want_ocsp) X(text, ppk_id)
#define CHILD_CONFIG_V1(X) X(size_t, size) X(text, name) X(text, esp_suites) X(pointer, ts_local)          \
    X(pointer, ts_remote) X(uint32_t, ts_local_n) X(uint32_t, ts_remote_n)
#define LOG_V1(X) X(size_t, size) X(uint32_t, level) X(uint32_t, zero) X(uint64_t, spi) X(text, text)
#define ENV_V1(X) X(size_t, size) X(pointer, crypto) X(pointer, alloc) X(function, log)                    \
    X(function, keylog) X(pointer, user) X(pointer, bulk)
#define EVENT_V1(X) X(size_t, size) X(uint32_t, type) X(int32_t, err) X(uint16_t, notify)                  \
    X(uint16_t, zero) X(uint32_t, zero2) X(union_room, u)
#define STATS_V1(X) X(size_t, size) X(uint64_t, in_bytes) X(uint64_t, out_bytes) X(uint64_t, in_packets)   \
    X(uint64_t, out_packets) X(uint64_t, drop_replay) X(uint64_t, drop_auth) X(uint64_t, drop_malformed)   \
    X(uint64_t, drop_selector) X(uint64_t, drop_spi) X(uint64_t, drop_no_child)                            \
    X(uint64_t, drop_exhausted) X(uint64_t, ike_in) X(uint64_t, ike_out) X(uint64_t, ike_discarded)        \
    X(uint64_t, retransmits) X(uint64_t, rtt_us) X(uint64_t, last_heard) \
    X(uint64_t, drop_too_big) X(uint32_t, path_mtu) X(uint32_t, inner_mtu) X(uint64_t, drop_ecn)
#define CHILD_KEYS_V1(X) X(size_t, size) X(uint16_t, encr) X(uint16_t, encr_bits) X(uint16_t, integ)       \
    X(uint16_t, esn) X(uint32_t, spi_in) X(uint32_t, spi_out) X(ike_span, in_key) X(ike_span, out_key)     \
    X(ike_span, in_integ) X(ike_span, out_integ) X(uint64_t, out_seq) X(uint64_t, in_seq)
#define ESP_CONFIG_V1(X) X(size_t, size) X(uint32_t, spi) X(uint16_t, encr) X(uint16_t, encr_bits)         \
    X(uint16_t, integ) X(uint16_t, esn) X(uint32_t, replay_window) X(ike_span, key) X(ike_span, integ_key) \
    X(pointer, local) X(pointer, remote) X(uint32_t, local_n) X(uint32_t, remote_n) X(uint64_t, first_seq)
#define ESP_STATS_V1(X) X(size_t, size) X(uint64_t, packets) X(uint64_t, bytes) X(uint64_t, next_seq)      \
    X(uint64_t, drop_replay) X(uint64_t, drop_auth) X(uint64_t, drop_malformed) X(uint64_t, drop_selector) \
    X(uint64_t, drop_exhausted) X(uint64_t, drop_ecn)
#define KEYFILE_V1(X) X(size_t, size) X(ike_span, psk) X(ike_span, certs) X(ike_span, key)                 \
    X(text, password) X(ike_span, p12) X(uint32_t, rsa_pss) X(uint32_t, zero) X(pointer, trust) \
    X(text, store_dir) X(ike_span, store_key) X(pointer, signer) X(ike_span, ppk) X(pointer, crypto)
#define SIGNER_CONFIG_V1(X) X(size_t, size) X(text, uri) X(function, secret) X(function, tell)               \
    X(pointer, user) X(text, tcti)
#define TUN_PLAN_V1(X) X(size_t, size) X(pointer, ip) X(pointer, routes) X(pointer, excluded)              \
    X(pointer, dns) X(pointer, gateway) X(uint32_t, ip_n) X(uint32_t, routes_n) X(uint32_t, excluded_n)    \
    X(uint32_t, dns_n) X(uint32_t, mtu) X(uint32_t, block_ip4) X(uint32_t, block_ip6) X(uint32_t, zero)
#define UV_CONFIG_V1(X) X(size_t, size) X(pointer, session) X(pointer, env) X(pointer, keys)               \
    X(pointer, tun) X(pointer, plan) X(eight_texts, hosts) X(pointer, local) X(uint32_t, hosts_n)          \
    X(uint32_t, family) X(uint16_t, port) X(uint16_t, local_port) X(uint32_t, zero)                        \
    X(function, on_connecting) X(function, on_event) X(function, on_inner) X(function, on_datagram)        \
    X(pointer, user) X(function, on_network) X(uint32_t, unwatched) X(uint32_t, reconnect_s)              \
    X(text, record) X(uint32_t, record_secrets) X(uint32_t, zero2) X(function, on_plan)                    \
    X(function, on_resolve) X(uint32_t, mark) X(uint32_t, patient) X(uint32_t, plain) X(uint32_t, gather_us)
#define GUARD_LINUX_CONFIG_V1(X) X(size_t, size) X(text, owner) X(text, run_dir) X(uint32_t, instance) X(uint32_t, zero)
#define OUTSIDE_CONFIG_V1(X) X(size_t, size) X(uint32_t, mark) X(uint32_t, timeout_ms) X(function, servers) X(pointer, user)
#define UV_STATS_V1(X) X(size_t, size) X(uint64_t, sent) X(uint64_t, sends) X(uint64_t, received) X(uint64_t, receives) \
    X(uint64_t, drop_socket) X(uint64_t, drop_tun) X(uint64_t, drop_receive)
#define TUN_LINUX_CONFIG_V1(X) X(size_t, size) X(text, name) X(uint32_t, plain) X(uint32_t, zero)
#define REPLAY_REPORT_V1(X) X(size_t, size) X(uint32_t, outcome) X(uint32_t, sessions)                     \
    X(uint64_t, compared) X(uint64_t, offset) X(long_text, text)
#define PROFILE_V1(X) X(size_t, size) X(text, uuid) X(text, name) X(text, type) X(eight_texts, hosts)      \
    X(uint32_t, hosts_n) X(uint32_t, port) X(uint32_t, family) X(uint32_t, any_id)                         \
    X(uint32_t, send_certreq) X(uint32_t, use_system_cas) X(pointer, config) X(pointer, keys) \
    X(pointer, anchors) X(uint32_t, anchors_n) X(uint32_t, zero) X(pointer, plan)                  \
    X(text, proxy_host) X(pointer, proxy_exclusions) X(uint32_t, proxy_port)                               \
    X(uint32_t, proxy_exclusions_n) X(pointer, warnings) X(uint32_t, warnings_n) X(uint32_t, reconnect_s)  \
    X(text, eap_id) X(text, eap_anonymous) X(text, eap_server) X(ike_span, eap_password) X(pointer, eap_methods) \
    X(pointer, eap_inner) X(text, key_uri) \
    X(pointer, trust) X(pointer, pins) X(pointer, crls) X(uint32_t, pins_n) X(uint32_t, crls_n) X(pointer, guard) \
    X(text, eap_network) X(uint32_t, eap_plain) X(uint32_t, zero2)
#define GUARD_APP_V1(X) X(uint32_t, kind) X(uint32_t, uid_first) X(uint32_t, uid_last) X(uint32_t, mark)   \
    X(uint32_t, mask) X(uint32_t, zero) X(guard_text, text)
#define GUARD_EVALUATION_V1(X) X(pointer, domains) X(pointer, required_dns) X(text, required_url)          \
    X(uint32_t, domains_n) X(uint32_t, required_dns_n) X(uint32_t, never) X(uint32_t, zero)
#define GUARD_TRIGGER_V1(X) X(uint32_t, action) X(uint32_t, link) X(pointer, ssids) X(pointer, dns_domains) \
    X(pointer, dns_servers) X(text, url) X(pointer, evaluate) X(uint32_t, ssids_n) X(uint32_t, dns_domains_n) \
    X(uint32_t, dns_servers_n) X(uint32_t, evaluate_n)
#define GUARD_CONFIG_V1(X) X(size_t, size) X(uint32_t, mode) X(uint32_t, start) X(pointer, subnets)        \
    X(pointer, excluded) X(uint32_t, subnets_n) X(uint32_t, excluded_n) X(uint32_t, block_ip4)             \
    X(uint32_t, block_ip6) X(uint32_t, lan) X(uint32_t, forwarded) X(pointer, apps) X(uint32_t, apps_n)    \
    X(uint32_t, only_apps) X(pointer, dns) X(pointer, dns_always) X(pointer, dns_allowed)                  \
    X(pointer, dns_anchors) X(uint32_t, dns_n) X(uint32_t, dns_always_n) X(uint32_t, dns_allowed_n)        \
    X(uint32_t, dns_anchors_n) X(pointer, triggers) X(uint32_t, triggers_n) X(uint32_t, portal)            \
    X(uint32_t, portal_s) X(uint32_t, zero)
#define GUARD_STATE_V1(X) X(size_t, size) X(uint32_t, phase) X(uint32_t, tun) X(pointer, ip)               \
    X(pointer, routes) X(pointer, gateways) X(pointer, dns) X(pointer, domains) X(pointer, anchors)        \
    X(uint32_t, ip_n) X(uint32_t, routes_n) X(uint32_t, gateways_n) X(uint32_t, dns_n)                     \
    X(uint32_t, domains_n) X(uint32_t, anchors_n)
#define GUARD_LINK_V1(X) X(uint32_t, index) X(uint32_t, kind) X(uint32_t, is_default) X(uint32_t, on_link_n) \
    X(uint32_t, dns_n) X(uint32_t, search_n) X(pointer, on_link) X(pointer, dns) X(pointer, search) X(text, ssid)
#define GUARD_FACTS_V1(X) X(size_t, size) X(uint64_t, now) X(uint32_t, instance) X(uint32_t, links_n)      \
    X(uint32_t, probes_n) X(uint32_t, portal_n) X(uint32_t, portal_dns_n) X(uint32_t, resolving)           \
    X(pointer, links) X(pointer, probes) X(pointer, portal) X(pointer, portal_dns)                         \
    X(uint64_t, portal_since) X(ike_guard_app, portal_app) X(ike_guard_app, self)
#define EAP_CONFIG_V1(X) X(size_t, size) X(text, identity) X(text, anonymous) X(ike_span, password)        \
    X(pointer, methods) X(function, prompt) X(pointer, user) X(pointer, crypto) X(text, server)            \
    X(pointer, anchors) X(uint32_t, anchors_n) X(uint32_t, system_cas) X(pointer, certs)                   \
    X(uint32_t, certs_n) X(uint32_t, zero) X(pointer, key) X(pointer, inner) X(function, card)            \
    X(text, network) X(uint32_t, inner_plain) X(uint32_t, zero2) X(pointer, tls) X(pointer, signer)
#define TLS_CONFIG_V1(X) X(size_t, size) X(text, server) X(pointer, anchors) X(pointer, certs) X(uint32_t, anchors_n) \
    X(uint32_t, system_cas) X(uint32_t, certs_n) X(uint32_t, max_minor) X(ike_span, key) X(pointer, signer) \
    X(pointer, crypto) X(function, send) X(function, recv) X(pointer, io)
#define TRUST_POLICY_V1(X) X(size_t, size) X(text, name) X(uint32_t, rsa_bits_min) X(uint32_t, curves)     \
    X(uint32_t, hashes) X(uint32_t, zero)
#define TRUST_OPTIONS_V1(X) X(size_t, size) X(pointer, policy) X(int64_t, now_s) X(uint32_t, wildcards)    \
    X(uint32_t, crl) X(uint32_t, ocsp) X(uint32_t, strict) X(uint32_t, fetch) X(uint32_t, zero) X(pointer, crypto)
#define TRUST_WANT_V1(X) X(size_t, size) X(text, url) X(uint32_t, kind) X(uint32_t, zero) X(ike_span, body)
/* What events carry in their union: room is left in there, but what is there stays where it is. */
#define UP_V1(X) X(uint64_t, spi_i) X(uint64_t, spi_r) X(text, suite) X(text, peer_id) X(text, auth_local) \
    X(text, auth_remote) X(uint64_t, handshake_us) X(uint32_t, round_trips) X(uint8_t, nat)                \
    X(uint8_t, fragmentation) X(uint8_t, peer_has_mobike) X(uint8_t, resumed) X(uint8_t, ppk) X(seven_octets, zero)
#define CHILD_V1(X) X(uint32_t, id) X(uint32_t, spi_in) X(uint32_t, spi_out) X(uint32_t, esn)              \
    X(text, suite) X(pointer, local) X(pointer, remote) X(uint32_t, local_n) X(uint32_t, remote_n)    \
    X(text, name) X(text, crypto)
#define ASSIGNED_V1(X) X(pointer, ip) X(pointer, dns) X(pointer, subnets) X(pointer, domains)              \
    X(uint32_t, ip_n) X(uint32_t, dns_n) X(uint32_t, subnets_n) X(uint32_t, domains_n)                     \
    X(pointer, others) X(text, gateway_version) X(uint32_t, others_n) X(uint32_t, anchors_n) X(pointer, anchors)
#define ANCHOR_V1(X) X(uint32_t, domain) X(uint16_t, key_tag) X(uint8_t, algorithm) X(uint8_t, digest_type) X(ike_span, digest)
#define ATTRIBUTE_V1(X) X(uint32_t, type) X(uint32_t, zero) X(ike_span, value)
#define WARNING_V1(X) X(text, text) X(text, advice)
#define CLOSED_V1(X) X(text, reason) X(text, advice) X(uint32_t, phase) X(uint32_t, by)
#define ASK_V1(X) X(uint32_t, id) X(uint32_t, kind) X(text, local_id) X(text, peer_id)                     \
    X(ike_span, peer_id_data) X(uint32_t, peer_id_type) X(uint32_t, certs_n) X(pointer, certs)             \
    X(ike_span, tbs) X(ike_span, proof) X(uint64_t, sigs) X(ike_span, authorities) X(uint32_t, round) X(uint32_t, zero) \
    X(pointer, ocsp) X(uint32_t, ocsp_n) X(uint32_t, zero2) X(text, ppk_id) X(pointer, authority_sigs)
#define REKEYED_V1(X) X(uint32_t, child_id) X(uint32_t, by) X(uint64_t, spi_in) X(uint64_t, spi_out)       \
    X(text, suite)
#define PATH_CHANGE_V1(X) X(ike_path, path) X(uint64_t, took_us) X(uint32_t, reason) X(uint8_t, nat)       \
    X(three_octets, zero)
#define REDIRECTED_V1(X) X(text, gateway) X(ike_addr, addr) X(uint32_t, follows) X(uint32_t, zero)
#define TICKET_EVENT_V1(X) X(ike_span, data) X(uint32_t, lifetime_s) X(uint32_t, zero)

#define MTU_EVENT_V1(X) X(uint32_t, path) X(uint32_t, inner)

#define FROZEN(X) X(config, CONFIG_V1) X(child_config, CHILD_CONFIG_V1) X(log, LOG_V1) X(env, ENV_V1) X(event, EVENT_V1) X(stats, STATS_V1) \
    X(child_keys, CHILD_KEYS_V1) X(esp_config, ESP_CONFIG_V1) X(esp_stats, ESP_STATS_V1)                   \
    X(keyfile, KEYFILE_V1) X(signer_config, SIGNER_CONFIG_V1) X(eap_config, EAP_CONFIG_V1) X(tls_config, TLS_CONFIG_V1) X(tun_plan, TUN_PLAN_V1) X(uv_config, UV_CONFIG_V1) X(uv_stats, UV_STATS_V1) X(tun_linux_config, TUN_LINUX_CONFIG_V1) X(profile, PROFILE_V1)      \
    X(up, UP_V1) X(child, CHILD_V1) X(assigned, ASSIGNED_V1) X(anchor, ANCHOR_V1) X(attribute, ATTRIBUTE_V1) X(warning, WARNING_V1) X(closed, CLOSED_V1)   \
    X(ask, ASK_V1) X(rekeyed, REKEYED_V1) X(path_change, PATH_CHANGE_V1) X(redirected, REDIRECTED_V1)   \
    X(replay_report, REPLAY_REPORT_V1) X(ticket_event, TICKET_EVENT_V1) X(mtu_event, MTU_EVENT_V1) X(trust_policy, TRUST_POLICY_V1) \
    X(trust_options, TRUST_OPTIONS_V1) X(trust_want, TRUST_WANT_V1) X(guard_app, GUARD_APP_V1)             \
    X(guard_evaluation, GUARD_EVALUATION_V1) X(guard_trigger, GUARD_TRIGGER_V1) X(guard_config, GUARD_CONFIG_V1) \
    X(guard_state, GUARD_STATE_V1) X(guard_link, GUARD_LINK_V1) X(guard_facts, GUARD_FACTS_V1)        \
    X(guard_linux_config, GUARD_LINUX_CONFIG_V1) X(outside_config, OUTSIDE_CONFIG_V1)

/* packed: equal sizes and places then say that there is no padding in the real one */
#define FIELD(type, name) type name;
#define STRUCT(name, FIELDS) \
    typedef struct __attribute__((packed)) ike_##name##_v1 { FIELDS(FIELD) } ike_##name##_v1;
FROZEN(STRUCT)
/* clang-format on */

struct place {
    const char *name;
    size_t then, now, then_n, now_n;
};
#define PLACE(type, name)                                                                 \
    {#name, offsetof(frozen, name), offsetof(current, name), sizeof(((frozen *)0)->name), \
     sizeof(((current *)0)->name)},
#define CHECK(x, FIELDS)                                                                    \
    static void check_##x(void)                                                             \
    {                                                                                       \
        typedef ike_##x##_v1 frozen;                                                        \
        typedef ike_##x current;                                                            \
        const struct place places[] = {FIELDS(PLACE)};                                      \
        check_places("ike_" #x, places, sizeof(places) / sizeof(places[0]), sizeof(frozen), \
                     sizeof(current));                                                      \
    }

static void check_places(const char *name, const struct place *p, size_t n, size_t then, size_t now)
{
    for (size_t i = 0; i < n; i++)
        if (p[i].then != p[i].now || p[i].then_n != p[i].now_n)
            fail_msg("%s.%s was %zu octets at %zu, is %zu at %zu", name, p[i].name, p[i].then_n, p[i].then,
                     p[i].now_n, p[i].now);
    if (now != then)
        fail_msg("%s had %zu octets, has %zu", name, then, now);
}
FROZEN(CHECK)

static void structs_are_as_released(void **state)
{
    (void)state;
#define RUN(x, FIELDS) check_##x();
    FROZEN(RUN)
    /* the values that they are made of */
    assert_int_equal(sizeof(ike_addr), 24);
    assert_int_equal(sizeof(ike_prefix), 32);
    assert_int_equal(sizeof(ike_path), 56);
    assert_int_equal(sizeof(ike_ts), 56);
    assert_int_equal(sizeof(ike_packet), 2 * sizeof(size_t) + 16);
    assert_int_equal(offsetof(ike_packet, ecn), 2 * sizeof(size_t) + 12); /* where a zero was */
}

/* A struct in memory of exactly n octets that says so; what is behind ours is zero, but for its last octet. */
static void *sized(const void *ours, size_t ours_n, size_t n, uint8_t last)
{
    uint8_t *p = calloc(1, n);

    assert_non_null(p);
    memcpy(p, ours, n < ours_n ? n : ours_n);
    if (n > ours_n)
        p[n - 1] = last;
    memcpy(p, &n, sizeof(n)); /* size is the first field of each */
    return p;
}

/* Calls with a copy that is n octets long; the call must leave it as it was. */
static int call(int (*f)(const void *), const void *ours, size_t ours_n, size_t n, uint8_t last)
{
    void *p = sized(ours, ours_n, n, last), *before = sized(ours, ours_n, n, last);
    int err = f(p);

    assert_memory_equal(p, before, n);
    free(p);
    free(before);
    return err;
}

/* Every shorter version is fine as far as it is allowed to be short, a longer one if it sets nothing new. */
static void expect_input_rules(int (*f)(const void *), const void *ours, size_t n, size_t shortest)
{
    for (size_t cut = shortest; cut <= n; cut++)
        assert_int_equal(call(f, ours, n, cut, 0), 0);
    for (size_t more = 1; more < 100; more++) {
        assert_int_equal(call(f, ours, n, n + more, 0), 0);
        assert_int_equal(call(f, ours, n, n + more, 1), IKE_E_USAGE);
        assert_int_equal(call(f, ours, n, n + more, 0x80), IKE_E_USAGE);
    }
}

static struct crypto_fake fake; /* set up by each test that needs one */

static int new_session(const ike_config *cfg, const ike_env *env)
{
    ike_session *s = (ike_session *)&fake;
    int err = ike_session_new(&s, cfg, env, NULL);

    assert_int_equal(s == NULL, err < 0);
    ike_session_free(s);
    return err;
}

static int with_config(const void *cfg)
{
    ike_env env = IKE_ENV_INIT;

    env.crypto = &fake.table;
    return new_session(cfg, &env);
}

static int with_env(const void *env)
{
    const ike_config cfg = IKE_CONFIG_INIT;

    return new_session(&cfg, env);
}

static void inputs_grow_at_the_tail(void **state)
{
    ike_config cfg = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    size_t none = 0;

    (void)state;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    expect_input_rules(with_config, &cfg, sizeof(cfg), sizeof(cfg.size));
    expect_input_rules(with_env, &env, sizeof(env), offsetof(ike_env, alloc));
    assert_int_equal(with_config(&none), IKE_E_USAGE); /* without …_INIT */
    assert_int_equal(with_env(&none), IKE_E_USAGE);
    fake.table.abi = IKE_CRYPTO_ABI + 1; /* a family that we do not know */
    assert_int_equal(call(with_env, &env, sizeof(env), sizeof(env), 0), IKE_E_USAGE);
}

static const uint8_t key[36] = {1};

static ike_esp_config esp_config(void)
{
    ike_esp_config cfg = IKE_ESP_CONFIG_INIT;

    cfg.spi = 256;
    cfg.encr = 20;
    cfg.encr_bits = 256;
    cfg.key.p = key;
    cfg.key.n = sizeof(key);
    return cfg;
}

static int new_esp(const ike_esp_config *cfg, const ike_env *env)
{
    ike_esp *e = (ike_esp *)&fake;
    int err = ike_esp_new_in(&e, cfg, env);

    assert_int_equal(e == NULL, err < 0);
    ike_esp_free(e);
    assert_int_equal(ike_esp_new_out(&e, cfg, env), err);
    assert_int_equal(e == NULL, err < 0);
    ike_esp_free(e);
    return err;
}

static int with_esp_config(const void *cfg)
{
    ike_env env = IKE_ENV_INIT;

    env.crypto = &fake.table;
    return new_esp(cfg, &env);
}

static int with_esp_env(const void *env)
{
    const ike_esp_config cfg = esp_config();

    return new_esp(&cfg, env);
}

static void esp_inputs_grow_at_the_tail(void **state)
{
    const ike_esp_config cfg = esp_config();
    ike_env env = IKE_ENV_INIT;
    size_t wild = SIZE_MAX / 2;

    (void)state;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    expect_input_rules(with_esp_config, &cfg, sizeof(cfg), offsetof(ike_esp_config, integ_key));
    expect_input_rules(with_esp_env, &env, sizeof(env), offsetof(ike_env, alloc));
    assert_int_equal(with_esp_config(&wild), IKE_E_USAGE); /* never set: nothing behind it is looked at */
    assert_int_equal(with_esp_env(&wild), IKE_E_USAGE);
    assert_int_equal(with_config(&wild), IKE_E_USAGE);
    assert_int_equal(with_esp_config(NULL), IKE_E_USAGE);
    assert_int_equal(with_esp_env(NULL), IKE_E_USAGE);
    fake.table.abi = IKE_CRYPTO_ABI + 1;
    assert_int_equal(call(with_esp_env, &env, sizeof(env), sizeof(env), 0), IKE_E_USAGE);
}

/* ---- what the rooms outside take ---- */

static ike_trust *trust;

static int with_trust_options(const void *options)
{
    return ike_trust_set(trust, options);
}

static int with_trust_policy(const void *policy)
{
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;

    options.policy = policy;
    return ike_trust_set(trust, &options);
}

/* An empty answer is an answer, too. */
static int with_trust_want(const void *want)
{
    return ike_trust_give(trust, want, (ike_span){NULL, 0});
}

static void trusts_take_structs_of_any_age(void **state)
{
    ike_trust_options options = IKE_TRUST_OPTIONS_INIT;
    ike_trust_policy policy = {.size = sizeof(policy), .name = "p"};
    ike_trust_want want = IKE_TRUST_WANT_INIT;
    size_t none = 0;

    (void)state;
    want.url = "http://crl.test/";
    want.kind = IKE_WANT_CRL;
    assert_int_equal(ike_trust_new(&trust), 0);
    expect_input_rules(with_trust_options, &options, sizeof(options), sizeof(size_t));
    expect_input_rules(with_trust_policy, &policy, sizeof(policy), sizeof(size_t));
    expect_input_rules(with_trust_want, &want, sizeof(want), offsetof(ike_trust_want, zero));
    assert_int_equal(with_trust_options(&none), IKE_E_USAGE);
    assert_int_equal(with_trust_want(&none), IKE_E_USAGE);
    ike_trust_free(trust);
}

static int with_keyfile(const void *cfg)
{
    const char *why = NULL;
    ike_keystore ks;
    int err = ike_keystore_file(&ks, cfg, &why);

    assert_int_equal(why[0] == '\0', err == 0);
    assert_int_equal(ks.self == NULL, err < 0);
    if (err == 0)
        ks.close(ks.self);
    return err;
}

static ike_uv_config uv; /* what the next call opens the driver with */

static int open_driver(const ike_uv_config *cfg)
{
    const char *why = NULL;
    uv_loop_t loop;
    ike_uv *v;
    int err;

    assert_int_equal(uv_loop_init(&loop), 0);
    err = ike_uv_open(&v, &loop, cfg, &why);
    assert_int_equal(why[0] == '\0', err == 0);
    assert_int_equal(v == NULL, err < 0);
    ike_uv_close(v, NULL);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return err;
}

static int with_uv_config(const void *cfg)
{
    return open_driver(cfg);
}

static int with_uv_session(const void *cfg)
{
    ike_uv_config own = uv;

    own.session = cfg;
    return open_driver(&own);
}

static int with_uv_plan(const void *plan)
{
    ike_uv_config own = uv;

    own.plan = plan;
    return open_driver(&own);
}

static void rooms_take_structs_of_any_age(void **state)
{
    ike_keyfile files = IKE_KEYFILE_INIT;
    ike_tun_plan plan = IKE_TUN_PLAN_INIT;
    ike_config session = IKE_CONFIG_INIT;
    ike_env env = IKE_ENV_INIT;
    ike_uv *v = NULL;
    size_t none = 0;
    uv_loop_t loop;

    (void)state;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    files.psk.p = key;
    files.psk.n = sizeof(key);
    uv = (ike_uv_config)IKE_UV_CONFIG_INIT;
    uv.session = &session;
    uv.env = &env;
    uv.hosts[0] = "gw.test";
    uv.hosts_n = 1;
    expect_input_rules(with_keyfile, &files, sizeof(files), sizeof(size_t));
    expect_input_rules(with_uv_config, &uv, sizeof(uv), offsetof(ike_uv_config, family));
    expect_input_rules(with_uv_session, &session, sizeof(session), sizeof(size_t));
    expect_input_rules(with_uv_plan, &plan, sizeof(plan), sizeof(size_t));
    assert_int_equal(with_keyfile(&none), IKE_E_USAGE);
    assert_int_equal(with_uv_config(&none), IKE_E_USAGE);
    assert_int_equal(with_uv_session(&none), IKE_E_USAGE);
    assert_int_equal(with_uv_plan(&none), IKE_E_USAGE);
    assert_int_equal(with_uv_session(NULL), IKE_E_USAGE);
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(ike_uv_open(NULL, &loop, &uv, NULL), IKE_E_USAGE);
    assert_int_equal(ike_uv_open(&v, NULL, &uv, NULL), IKE_E_USAGE);
    assert_int_equal(ike_uv_open(&v, &loop, NULL, NULL), IKE_E_USAGE);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static ike_tun device;

static int with_plan(const void *plan)
{
    int err = device.configure(device.self, plan);

    assert_true(err == 0 || device.why(device.self)[0] != '\0');
    return err;
}

/* A device of its own network: needs the rights for it, and is left out without them. */
static void the_device_takes_plans_of_any_age(void **state)
{
    ike_tun_plan plan = IKE_TUN_PLAN_INIT;
    const char *why = NULL;
    size_t none = 0;
    int err = unshare(CLONE_NEWNET) == 0 ? ike_tun_linux(&device, NULL, &why) : IKE_E_LOCAL_IO;

    (void)state;
    if (err < 0)
        skip();
    assert_string_equal(why, "");
    expect_input_rules(with_plan, &plan, sizeof(plan), sizeof(size_t));
    assert_int_equal(with_plan(&none), IKE_E_USAGE);
    device.close(device.self);
}

/* ---- out ---- */

typedef int (*getter)(void *self, void *out);

/* Nothing behind what the caller knows is written, what it knows is there, and its size stays its own. */
static void expect_output_rules(getter get, void *self, size_t n, size_t shortest)
{
    uint8_t *full = sized(&n, sizeof(n), n, 0);

    assert_int_equal(get(self, full), 0);
    for (size_t cut = shortest; cut < n + 64; cut++) {
        uint8_t *p = sized(&cut, sizeof(cut), cut, 0);
        size_t has;
        assert_int_equal(get(self, p), 0);
        memcpy(&has, p, sizeof(has));
        assert_int_equal(has, cut);
        if (cut > sizeof(cut))
            assert_memory_equal(p + sizeof(cut), full + sizeof(cut), (cut < n ? cut : n) - sizeof(cut));
        for (size_t i = n; i < cut; i++)
            assert_int_equal(p[i], 0);
        free(p);
    }
    for (size_t cut = 0; cut < shortest; cut++) {
        memcpy(full, &cut, sizeof(cut));
        assert_int_equal(get(self, full), IKE_E_USAGE);
    }
    free(full);
}

static int get_stats(void *self, void *out)
{
    return ike_session_stats(self, out);
}

static int get_keys(void *self, void *out)
{
    ((struct ike_session *)self)->children->is_handed_out =
        0; /* keys go out once; this asks for every size of them */
    return ike_child_export(self, 1, out);
}

static int get_esp_stats(void *self, void *out)
{
    return ike_esp_stats_get(self, out);
}

static void outputs_keep_to_the_callers_size(void **state)
{
    const ike_esp_config cfg = esp_config();
    ike_stats st = IKE_STATS_INIT;
    struct ladder l;
    ike_esp *e;

    (void)state;
    ladder_init(&l);
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_equal(l.child_ups, 1);
    assert_int_equal(ike_session_stats(l.s, &st), 0);
    assert_int_not_equal(st.ike_out, 0);
    expect_output_rules(get_stats, l.s, sizeof(ike_stats), sizeof(size_t));
    expect_output_rules(get_keys, l.s, sizeof(ike_child_keys), sizeof(size_t));
    assert_int_equal(ike_esp_new_out(&e, &cfg, &l.env), 0);
    expect_output_rules(get_esp_stats, e, sizeof(ike_esp_stats), sizeof(size_t));
    ike_esp_free(e);
    ladder_free(&l);
}

/* Closes a fresh session and polls the one event there is, which says CLOSED. */
static int get_event(void *self, void *out)
{
    const ike_config cfg = IKE_CONFIG_INIT;
    const size_t at = offsetof(ike_event, u);
    ike_event ev = IKE_EVENT_INIT;
    ike_session *s;
    size_t n;
    int got;

    assert_int_equal(ike_session_new(&s, &cfg, self, NULL), 0);
    assert_int_equal(ike_close(s, 1), 0);
    got = ike_poll_event(s, out);
    if (got == 1) {
        assert_int_equal(((ike_event *)out)->type, IKE_EV_CLOSED);
        memcpy(&n, out, sizeof(n));
        if (n > at) /* reason: it dies with the session */
            memset((uint8_t *)out + at, 0, n - at < sizeof(char *) ? n - at : sizeof(char *));
    } else { /* nothing was lost by asking wrongly */
        assert_int_equal(ike_poll_event(s, &ev), 1);
        assert_int_equal(ev.type, IKE_EV_CLOSED);
    }
    ike_session_free(s);
    return got == 1 ? 0 : got;
}

static void events_keep_to_the_callers_size(void **state)
{
    ike_env env = IKE_ENV_INIT;

    (void)state;
    crypto_fake_init(&fake, 1);
    env.crypto = &fake.table;
    expect_output_rules(get_event, &env, sizeof(ike_event), offsetof(ike_event, u));
}

static void count_log(void *user, const ike_log *rec)
{
    assert_int_equal(rec->size, sizeof(ike_log));
    ++*(unsigned *)user;
}

/* what the library makes says how much of it there is */
static void made_structs_say_their_size(void **state)
{
    static const char json[] = "{\"name\":\"n\",\"type\":\"ikev2-psk\",\"remote\":{\"addr\":\"gw.test\"},"
                               "\"local\":{\"psk\":\"secret\"}}";
    unsigned lines = 0;
    ike_keyfile *keys;
    ike_keystore ks;
    ike_profile *p;
    struct ladder l;

    (void)state;
    assert_int_equal(ike_profile_parse(&p, json, sizeof(json) - 1, NULL, NULL, 0, NULL), 0);
    assert_int_equal(p->size, sizeof(ike_profile));
    assert_int_equal(p->config->size, sizeof(ike_config));
    assert_int_equal(p->keys->size, sizeof(ike_keyfile));
    assert_int_equal(p->plan->size, sizeof(ike_tun_plan));
    keys = sized(p->keys, sizeof(*p->keys), sizeof(ike_keyfile_v1), 0);
    assert_int_equal(ike_keystore_file(&ks, keys, NULL), 0);
    ks.close(ks.self);
    free(keys);
    ike_profile_free(p);

    ladder_init(&l);
    l.env.log = count_log;
    l.env.user = &lines;
    assert_int_equal(ladder_connect(&l), 0);
    ladder_run(&l);
    assert_int_not_equal(lines, 0);
    ladder_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structs_are_as_released),
        cmocka_unit_test(inputs_grow_at_the_tail),
        cmocka_unit_test(esp_inputs_grow_at_the_tail),
        cmocka_unit_test(outputs_keep_to_the_callers_size),
        cmocka_unit_test(events_keep_to_the_callers_size),
        cmocka_unit_test(made_structs_say_their_size),
        cmocka_unit_test(rooms_take_structs_of_any_age),
        cmocka_unit_test(trusts_take_structs_of_any_age),
        cmocka_unit_test(the_device_takes_plans_of_any_age),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
