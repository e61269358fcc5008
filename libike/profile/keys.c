/* profile/keys.c - every key of a profile, in one table. SPDX-License-Identifier: Apache-2.0
 *
 * A row says where a key stands, what it takes, and what becomes of it: a field is set, or a handler is called.
 * Nothing is ever ignored: what is not in the table is warned about by its path.
 *
 * Not here: how a table is walked (object.c), values that many keys take (kinds.c), JSON and overrides (json.c), the
 * meaning of addresses and material (address.c, material.c). */
#include "profile/kinds.h"
#include <stddef.h>
#include <string.h>

/* ---- handlers ---- */

static int take_type(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const struct {
        const char *name;
        uint32_t local, remote, tls, second;
    } types[] = {{"ikev2-psk", IKE_AUTH_PSK, IKE_AUTH_PSK, 0, 0},
                 {"ikev2-cert", IKE_AUTH_CERT, IKE_AUTH_CERT, 0, 0},
                 {"ikev2-cert-eap", IKE_AUTH_CERT, IKE_AUTH_CERT, 0, IKE_AUTH_EAP},
                 {"ikev2-eap", IKE_AUTH_EAP, IKE_AUTH_CERT, 0, 0},
                 {"ikev2-eap-tls", IKE_AUTH_EAP, IKE_AUTH_CERT, 1, 0},
                 {"ikev2-byod-eap", IKE_AUTH_EAP, IKE_AUTH_CERT, 0, 0}};
    int err = ike__take_string(l, r, v);

    if (err < 0)
        return err;
    if (strcmp(v->valuestring, "ikev2-byod-eap") == 0)
        ike__profile_warn(l, r->path, "reports on this device's health (TNC) are not available: only EAP");
    /* local.auth and remote.auth say it for one side, wherever they stand in the file. */
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(v->valuestring, types[i].name) == 0) {
            l->type_auth = types[i].local;
            l->type_remote = types[i].remote;
            l->wants_tls = types[i].tls;
            l->config.auth_second = types[i].second;
            return 0;
        }
    return ike__profile_mismatch(l, r->path, v,
                                 "ikev2-cert, ikev2-psk, ikev2-eap, ikev2-eap-tls or ikev2-cert-eap");
}

static int take_auth(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"psk", "cert", "eap"}; /* as enum ike_auth counts them, from 1 */
    uint32_t auth = 0;

    while (auth < 3 && !(cJSON_IsString(v) && strcmp(v->valuestring, names[auth]) == 0))
        auth++;
    if (auth++ == 3)
        return ike__profile_mismatch(l, r->path, v, "psk, cert or eap");
    memcpy(ike__field(l, r), &auth, sizeof(auth));
    return 0;
}

static int add_method(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return ike__profile_eap_method(l, r->path, word, 0);
}

static int add_inner(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return ike__profile_eap_method(l, r->path, word, 1);
}

static int add_host(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    if (l->pub.hosts_n == IKE_HOSTS_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 8 gateways");
    l->pub.hosts[l->pub.hosts_n] = ike__profile_keep(l, word, strlen(word) + 1);
    return l->pub.hosts[l->pub.hosts_n++] ? 0 : IKE_E_NOMEM;
}

static int take_hosts(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    return ike__take_words(l, r, v, " ", add_host);
}

static int add_anchor(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    uint32_t max = sizeof(l->anchors) / sizeof(l->anchors[0]);

    if (l->pub.anchors_n == max)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 16 trust anchors");
    return ike__profile_material(l, r->path, word, &l->anchors[l->pub.anchors_n++]);
}

static int take_anchor(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    int err = ike__want_string(l, r, v);

    return err < 0 ? err : add_anchor(l, r, v->valuestring);
}

static int take_anchors(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (cJSON_IsString(v))
        return take_anchor(l, r, v);
    return ike__take_words(l, r, v, "", add_anchor);
}

static int add_crl(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    if (l->pub.crls_n == sizeof(l->crls) / sizeof(l->crls[0]))
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 16 CRLs");
    return ike__profile_material(l, r->path, word, &l->crls[l->pub.crls_n++]);
}

static int take_crls(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    return cJSON_IsString(v) ? add_crl(l, r, v->valuestring) : ike__take_words(l, r, v, "", add_crl);
}

static int add_pin(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    if (l->pub.pins_n == sizeof(l->pins) / 32)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 16 pins");
    return ike__profile_hash(l, r->path, word, l->pins + 32 * l->pub.pins_n++);
}

static int take_psk(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    int err = ike__want_string(l, r, v);

    return err < 0 ? err : ike__profile_secret(l, r->path, v->valuestring, ike__field(l, r));
}

static int take_ppk_required(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    l->config.ppk = cJSON_IsTrue(v) ? IKE_PPK_REQUIRED : IKE_PPK_OPTIONAL;
    return 0;
}

/* A password is what it is: no prefix means anything in it. */
static int take_password(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    int err = ike__want_string(l, r, v);
    ike_span s = {NULL, 0};

    if (err < 0)
        return err;
    s.n = strlen(v->valuestring);
    s.p = ike__profile_keep(l, v->valuestring, s.n);
    memcpy(ike__field(l, r), &s, sizeof(s));
    return s.p ? 0 : IKE_E_NOMEM;
}

/* What is in it is for the library that opens it to judge; a file is found as all others are. */
static int take_key_uri(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char file[] = "tpm2:file:";
    int err = ike__want_string(l, r, v);

    if (err < 0)
        return err;
    if (strncmp(v->valuestring, "pkcs11:", 7) != 0 && strncmp(v->valuestring, "tpm2:", 5) != 0)
        return ike__profile_mismatch(l, r->path, v, "pkcs11:…, tpm2:0x81…, or tpm2:file:PATH");
    if (strncmp(v->valuestring, file, sizeof(file) - 1) == 0)
        return ike__profile_path(l, r->path, file, v->valuestring + sizeof(file) - 1, &l->pub.key_uri);
    return ike__take_string(l, r, v);
}

static int add_suite(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    char *list = r->at == offsetof(struct ike_loader, config.ike_suites)   ? l->ike_suites
                 : r->at == offsetof(struct ike_loader, config.esp_suites) ? l->esp_suites
                                                                           : l->draft.esp_suites;
    size_t n = strlen(list), m = strlen(word);

    if (n + m + 2 > sizeof(l->ike_suites))
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "too long");
    if (n > 0)
        list[n++] = ',';
    memcpy(list + n, word, m + 1);
    memcpy(ike__field(l, r), &list, sizeof(list));
    return 0;
}

static int take_policy(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    int err = ike__want_string(l, r, v);

    if (err < 0)
        return err;
    for (uint32_t policy = 0; ike_policy_name(policy); policy++)
        if (strcmp(v->valuestring, ike_policy_name(policy)) == 0) {
            l->config.policy = policy;
            return 0;
        }
    return ike__profile_mismatch(l, r->path, v, "default, compat, ncsc-recommended, ncsc-legacy or cnsa");
}

static int take_encap(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (cJSON_IsString(v) && strcmp(v->valuestring, "auto") == 0)
        return 0;
    if (cJSON_IsString(v) && strcmp(v->valuestring, "udp") == 0) {
        l->config.encap = IKE_ENCAP_UDP;
        return 0;
    }
    return ike__profile_mismatch(l, r->path, v, "auto or udp");
}

static int add_dns(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    if (l->plan.dns_n == sizeof(l->dns) / sizeof(l->dns[0]))
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 16 name servers");
    if (ike__profile_ip(&l->dns[l->plan.dns_n++], word) < 0)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "expected IP addresses of name servers");
    return 0;
}

static int add_prefix(struct ike_loader *l, const struct ike_row *r, const char *word, ike_prefix *list,
                      uint32_t *n)
{
    int err = ike__profile_prefixes(word, list, IKE_LIST_MAX, n);

    if (err == IKE_E_LIMIT)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "too many networks");
    return err < 0 ? ike__profile_fail(l, IKE_E_CONFIG, r->path, "expected networks, addresses or ranges")
                   : 0;
}

static int add_route(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return add_prefix(l, r, word, l->routes, &l->plan.routes_n);
}

static int add_excluded(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return add_prefix(l, r, word, l->excluded, &l->plan.excluded_n);
}

static int add_selector(struct ike_loader *l, const struct ike_row *r, const char *word, ike_ts *list,
                        uint32_t *n)
{
    if (*n == 16)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 16 selectors");
    if (ike__profile_selector(word, &list[(*n)++]) < 0)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path,
                                 "expected networks or ranges, with [proto/port] behind them if limited");
    return 0;
}

static int add_local(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return add_selector(l, r, word, l->ts_local, &l->config.ts_local_n);
}

static int add_remote(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return add_selector(l, r, word, l->ts_remote, &l->config.ts_remote_n);
}

static int add_draft_local(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return add_selector(l, r, word, l->draft.ts_local, &l->draft.config.ts_local_n);
}

static int add_draft_remote(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return add_selector(l, r, word, l->draft.ts_remote, &l->draft.config.ts_remote_n);
}

static int take_children(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    (void)r;
    return ike__profile_children(l, v);
}

static int take_family(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    l->pub.family = cJSON_IsTrue(v) ? 6 : 0;
    return 0;
}

static int take_fragmentation(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    if (cJSON_IsFalse(v))
        l->config.fragment_size = IKE_OFF;
    return 0;
}

static int take_fragment_size(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    return l->config.fragment_size == IKE_OFF ? 0 : ike__take_number(l, r, v);
}

static int take_virtual(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint32_t bit = r->lo;

    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    if (cJSON_IsFalse(v))
        l->config.want &= ~bit;
    return 0;
}

static int take_factor(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (!cJSON_IsNumber(v) || v->valuedouble < 1 || v->valuedouble > 10)
        return ike__profile_mismatch(l, r->path, v, "a number from 1 to 10");
    l->config.retry_factor_percent = (uint32_t)(v->valuedouble * 100 + 0.5);
    return 0;
}

static int add_exclusion(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    uint32_t max = sizeof(l->proxy_exclusions) / sizeof(l->proxy_exclusions[0]);

    if (l->pub.proxy_exclusions_n == max)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 32 exclusions");
    l->proxy_exclusions[l->pub.proxy_exclusions_n] = ike__profile_keep(l, word, strlen(word) + 1);
    return l->proxy_exclusions[l->pub.proxy_exclusions_n++] ? 0 : IKE_E_NOMEM;
}

/* ---- the table ---- */

#define AT(member) offsetof(struct ike_loader, member)
#define YEAR       31536000 /* seconds */
static const struct ike_row rows[] = {
    {"uuid", ike__take_string, .at = AT(pub.uuid)},
    {"name", ike__take_string, .at = AT(pub.name)},
    {"type", take_type, .at = AT(pub.type)},
    {"remote.addr", .take = take_hosts},
    {"remote.port", ike__take_number, .at = AT(pub.port), .lo = 1, .hi = 65535},
    {"remote.id", ike__take_string, .at = AT(config.remote_id)},
    {"remote.cert", .take = take_anchor},
    {"remote.ca", .take = take_anchors},
    {"remote.certreq", ike__take_bool, .at = AT(pub.send_certreq)},
    {"remote.any_id", ike__take_bool, .at = AT(pub.any_id)},
    {"remote.auth", take_auth, .at = AT(config.auth_remote)},
    {"remote.revocation.crl", ike__take_bool, .at = AT(trust.crl)},
    {"remote.revocation.ocsp", ike__take_bool, .at = AT(trust.ocsp)},
    {"remote.revocation.strict", ike__take_bool, .at = AT(trust.strict)},
    {"remote.crl", .take = take_crls},
    {"remote.pin", ike__take_list, .each = add_pin},
    {"remote.wildcards", ike__take_bool, .at = AT(trust.wildcards)},
    {"local.id", ike__take_string, .at = AT(config.local_id)},
    {"local.auth", take_auth, .at = AT(config.auth_local)},
    {"local.psk", take_psk, .at = AT(keys.psk)},
    {"local.cert", ike__take_material, .at = AT(keys.certs)},
    {"local.key", ike__take_material, .at = AT(keys.key)},
    {"local.key_password", ike__take_string, .at = AT(keys.password)},
    {"local.p12", ike__take_material, .at = AT(keys.p12)},
    {"local.p12_password", ike__take_string, .at = AT(keys.password)},
    {"local.rsa-pss", ike__take_bool, .at = AT(keys.rsa_pss)},
    {"local.key_uri", take_key_uri, .at = AT(pub.key_uri)},
    {"local.eap_id", ike__take_string, .at = AT(pub.eap_id)},
    {"local.eap_anonymous", ike__take_string, .at = AT(pub.eap_anonymous)},
    {"local.shared_secret", take_password, .at = AT(pub.eap_password)},
    {"local.eap_methods", ike__take_list, .each = add_method},
    {"local.eap_inner", ike__take_list, .each = add_inner},
    {"local.eap_network", ike__take_string, .at = AT(pub.eap_network)},
    {"remote.aaa_id", ike__take_string, .at = AT(pub.eap_server)},
    {"ike-proposal", ike__take_list, .at = AT(config.ike_suites), .each = add_suite},
    {"esp-proposal", ike__take_list, .at = AT(config.esp_suites), .each = add_suite},
    {"crypto-policy", .take = take_policy},
    {"mtu", ike__take_number, .at = AT(plan.mtu), .lo = 1280, .hi = 1500},
    {"nat-keepalive", ike__take_number, .at = AT(config.natt_keepalive_s), .lo = 10, .hi = 120},
    {"dns-servers", ike__take_list, .each = add_dns},
    {"ipv6-transport", .take = take_family},
    {"split-tunneling.subnets", ike__take_list, .each = add_route},
    {"split-tunneling.excluded", ike__take_list, .each = add_excluded},
    {"split-tunneling.block-ipv4", ike__take_bool, .at = AT(plan.block_ip4)},
    {"split-tunneling.block-ipv6", ike__take_bool, .at = AT(plan.block_ip6)},
    {"apps", ike__take_list, .each = ike__add_app},
    {"excluded-apps", ike__take_list, .lo = 1, .each = ike__add_app},
    {"mode", .take = ike__take_mode},
    {"start", .take = ike__take_start},
    {"triggers", .take = ike__take_triggers},
    {"lan", ike__take_choice, .at = AT(guard.lan)},
    {"forwarded", .take = ike__take_forwarded},
    {"dns.domains", ike__take_list, .at = AT(dns_allowed), .each = ike__add_allowed},
    {"dns.always", ike__take_list, .at = AT(dns_always), .each = ike__add_domain},
    {"dns.trust-anchors", ike__take_list, .at = AT(dns_anchors), .each = ike__add_domain},
    {"captive-portal", ike__take_choice, .at = AT(guard.portal)},
    {"captive-portal-seconds", ike__take_number, .at = AT(guard.portal_s), .lo = 30, .hi = 3600},
    {"proxy.host", ike__take_string, .at = AT(pub.proxy_host)},
    {"proxy.port", ike__take_number, .at = AT(pub.proxy_port), .lo = 1, .hi = 65535},
    {"proxy.exclusions", ike__take_list, .each = add_exclusion},
    {"virtual-ip.ipv4", take_virtual, .lo = IKE_WANT_IP4},
    {"virtual-ip.ipv6", take_virtual, .lo = IKE_WANT_IP6},
    {"traffic-selectors.local", ike__take_list, .each = add_local},
    {"traffic-selectors.remote", ike__take_list, .each = add_remote},
    {"children", .take = take_children},
    {"mobike", ike__take_unless, .at = AT(config.mobike)},
    {"fragmentation", .take = take_fragmentation},
    {"fragment-size", take_fragment_size, .at = AT(config.fragment_size), .lo = 576, .hi = 65535},
    {"redirect", ike__take_unless, .at = AT(config.redirect)},
    {"resumption", ike__take_unless, .at = AT(config.resumption)},
    {"childless", ike__take_bool, .at = AT(config.childless)},
    {"initial-contact", ike__take_bool, .at = AT(config.initial_contact)},
    {"encap", .take = take_encap},
    {"dpd", ike__take_or_off, .at = AT(config.dpd_s), .lo = 1, .hi = 86400},
    {"rekey.ike", ike__take_or_off, .at = AT(config.rekey_ike_s), .lo = 5, .hi = YEAR},
    {"rekey.child", ike__take_or_off, .at = AT(config.rekey_child_s), .lo = 5, .hi = YEAR},
    {"rekey.child-bytes", ike__take_count, .at = AT(config.rekey_child_bytes)},
    {"rekey.child-packets", ike__take_count, .at = AT(config.rekey_child_packets)},
    {"reauth", ike__take_or_zero, .at = AT(config.reauth_s), .lo = 5, .hi = YEAR},
    {"reconnect", ike__take_number, .at = AT(pub.reconnect_s), .hi = YEAR},
    {"retransmit.first-ms", ike__take_number, .at = AT(config.retry_first_ms), .lo = 50, .hi = 60000},
    {"retransmit.factor", .take = take_factor},
    {"retransmit.tries", ike__take_number, .at = AT(config.retry_tries), .lo = 1, .hi = 100},
    {"ppk.id", ike__take_string, .at = AT(config.ppk_id)},
    {"ppk.secret", take_psk, .at = AT(keys.ppk)},
    {"ppk.required", .take = take_ppk_required},
};

/* of one of children */
static const struct ike_row draft_rows[] = {
    {"name", ike__take_string, .at = AT(draft.config.name)},
    {"esp-proposal", ike__take_list, .at = AT(draft.config.esp_suites), .each = add_suite},
    {"traffic-selectors.local", ike__take_list, .each = add_draft_local},
    {"traffic-selectors.remote", ike__take_list, .each = add_draft_remote},
};

int ike__profile_keys(struct ike_loader *l, const cJSON *root)
{
    return ike__profile_object(l, rows, sizeof(rows) / sizeof(rows[0]), root);
}

int ike__profile_draft(struct ike_loader *l, const cJSON *object)
{
    return ike__profile_object(l, draft_rows, sizeof(draft_rows) / sizeof(draft_rows[0]), object);
}
