/* profile/keys.c - every key of a profile, in one table. SPDX-License-Identifier: Apache-2.0
 *
 * A row says where a key stands, what it takes, and what becomes of it: a field is set, a handler is called, or
 * the key is refused because this version lacks the feature. Nothing is ever ignored: what is not in the table
 * is warned about by its path.
 *
 * Not here: values that many keys take (kinds.c), JSON and overrides (json.c), the meaning of addresses and material
 * (address.c, material.c). */
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
    {"uuid", ike__take_string, AT(pub.uuid), 0, 0, NULL, NULL},
    {"name", ike__take_string, AT(pub.name), 0, 0, NULL, NULL},
    {"type", take_type, AT(pub.type), 0, 0, NULL, NULL},
    {"remote.addr", take_hosts, 0, 0, 0, NULL, NULL},
    {"remote.port", ike__take_number, AT(pub.port), 1, 65535, NULL, NULL},
    {"remote.id", ike__take_string, AT(config.remote_id), 0, 0, NULL, NULL},
    {"remote.cert", take_anchor, 0, 0, 0, NULL, NULL},
    {"remote.ca", take_anchors, 0, 0, 0, NULL, NULL},
    {"remote.certreq", ike__take_bool, AT(pub.send_certreq), 0, 0, NULL, NULL},
    {"remote.any_id", ike__take_bool, AT(pub.any_id), 0, 0, NULL, NULL},
    {"remote.auth", take_auth, AT(config.auth_remote), 0, 0, NULL, NULL},
    {"remote.revocation.crl", ike__take_bool, AT(trust.crl), 0, 0, NULL, NULL},
    {"remote.revocation.ocsp", ike__take_bool, AT(trust.ocsp), 0, 0, NULL, NULL},
    {"remote.revocation.strict", ike__take_bool, AT(trust.strict), 0, 0, NULL, NULL},
    {"remote.crl", take_crls, 0, 0, 0, NULL, NULL},
    {"remote.pin", ike__take_list, 0, 0, 0, NULL, add_pin},
    {"remote.wildcards", ike__take_bool, AT(trust.wildcards), 0, 0, NULL, NULL},
    {"local.id", ike__take_string, AT(config.local_id), 0, 0, NULL, NULL},
    {"local.auth", take_auth, AT(config.auth_local), 0, 0, NULL, NULL},
    {"local.psk", take_psk, AT(keys.psk), 0, 0, NULL, NULL},
    {"local.cert", ike__take_material, AT(keys.certs), 0, 0, NULL, NULL},
    {"local.key", ike__take_material, AT(keys.key), 0, 0, NULL, NULL},
    {"local.key_password", ike__take_string, AT(keys.password), 0, 0, NULL, NULL},
    {"local.p12", ike__take_material, AT(keys.p12), 0, 0, NULL, NULL},
    {"local.p12_password", ike__take_string, AT(keys.password), 0, 0, NULL, NULL},
    {"local.rsa-pss", ike__take_bool, AT(keys.rsa_pss), 0, 0, NULL, NULL},
    {"local.key_uri", take_key_uri, AT(pub.key_uri), 0, 0, NULL, NULL},
    {"local.eap_id", ike__take_string, AT(pub.eap_id), 0, 0, NULL, NULL},
    {"local.eap_anonymous", ike__take_string, AT(pub.eap_anonymous), 0, 0, NULL, NULL},
    {"local.shared_secret", take_password, AT(pub.eap_password), 0, 0, NULL, NULL},
    {"local.eap_methods", ike__take_list, 0, 0, 0, NULL, add_method},
    {"local.eap_inner", ike__take_list, 0, 0, 0, NULL, add_inner},
    {"local.eap_network", ike__take_string, AT(pub.eap_network), 0, 0, NULL, NULL},
    {"remote.aaa_id", ike__take_string, AT(pub.eap_server), 0, 0, NULL, NULL},
    {"ike-proposal", ike__take_list, AT(config.ike_suites), 0, 0, NULL, add_suite},
    {"esp-proposal", ike__take_list, AT(config.esp_suites), 0, 0, NULL, add_suite},
    {"crypto-policy", take_policy, 0, 0, 0, NULL, NULL},
    {"mtu", ike__take_number, AT(plan.mtu), 1280, 1500, NULL, NULL},
    {"nat-keepalive", ike__take_number, AT(config.natt_keepalive_s), 10, 120, NULL, NULL},
    {"dns-servers", ike__take_list, 0, 0, 0, NULL, add_dns},
    {"ipv6-transport", take_family, 0, 0, 0, NULL, NULL},
    {"split-tunneling.subnets", ike__take_list, 0, 0, 0, NULL, add_route},
    {"split-tunneling.excluded", ike__take_list, 0, 0, 0, NULL, add_excluded},
    {"split-tunneling.block-ipv4", ike__take_bool, AT(plan.block_ip4), 0, 0, NULL, NULL},
    {"split-tunneling.block-ipv6", ike__take_bool, AT(plan.block_ip6), 0, 0, NULL, NULL},
    {"apps", ike__take_list, 0, 0, 0, NULL, ike__add_app},
    {"excluded-apps", ike__take_list, 0, 1, 0, NULL, ike__add_app},
    {"mode", ike__take_mode, 0, 0, 0, NULL, NULL},
    {"start", ike__take_start, 0, 0, 0, NULL, NULL},
    {"triggers", ike__take_triggers, 0, 0, 0, NULL, NULL},
    {"lan", ike__take_choice, AT(guard.lan), 0, 0, NULL, NULL},
    {"forwarded", ike__take_forwarded, 0, 0, 0, NULL, NULL},
    {"dns.domains", ike__take_list, AT(dns_allowed), 0, 0, NULL, ike__add_allowed},
    {"dns.always", ike__take_list, AT(dns_always), 0, 0, NULL, ike__add_domain},
    {"dns.trust-anchors", ike__take_list, AT(dns_anchors), 0, 0, NULL, ike__add_domain},
    {"captive-portal", ike__take_choice, AT(guard.portal), 0, 0, NULL, NULL},
    {"captive-portal-seconds", ike__take_number, AT(guard.portal_s), 30, 3600, NULL, NULL},
    {"proxy.host", ike__take_string, AT(pub.proxy_host), 0, 0, NULL, NULL},
    {"proxy.port", ike__take_number, AT(pub.proxy_port), 1, 65535, NULL, NULL},
    {"proxy.exclusions", ike__take_list, 0, 0, 0, NULL, add_exclusion},
    {"virtual-ip.ipv4", take_virtual, 0, IKE_WANT_IP4, 0, NULL, NULL},
    {"virtual-ip.ipv6", take_virtual, 0, IKE_WANT_IP6, 0, NULL, NULL},
    {"traffic-selectors.local", ike__take_list, 0, 0, 0, NULL, add_local},
    {"traffic-selectors.remote", ike__take_list, 0, 0, 0, NULL, add_remote},
    {"children", take_children, 0, 0, 0, NULL, NULL},
    {"mobike", ike__take_unless, AT(config.mobike), 0, 0, NULL, NULL},
    {"fragmentation", take_fragmentation, 0, 0, 0, NULL, NULL},
    {"fragment-size", take_fragment_size, AT(config.fragment_size), 576, 65535, NULL, NULL},
    {"redirect", ike__take_unless, AT(config.redirect), 0, 0, NULL, NULL},
    {"resumption", ike__take_unless, AT(config.resumption), 0, 0, NULL, NULL},
    {"childless", ike__take_bool, AT(config.childless), 0, 0, NULL, NULL},
    {"initial-contact", ike__take_bool, AT(config.initial_contact), 0, 0, NULL, NULL},
    {"encap", take_encap, 0, 0, 0, NULL, NULL},
    {"dpd", ike__take_or_off, AT(config.dpd_s), 1, 86400, NULL, NULL},
    {"rekey.ike", ike__take_or_off, AT(config.rekey_ike_s), 5, YEAR, NULL, NULL},
    {"rekey.child", ike__take_or_off, AT(config.rekey_child_s), 5, YEAR, NULL, NULL},
    {"rekey.child-bytes", ike__take_count, AT(config.rekey_child_bytes), 0, 0, NULL, NULL},
    {"rekey.child-packets", ike__take_count, AT(config.rekey_child_packets), 0, 0, NULL, NULL},
    {"reauth", ike__take_or_zero, AT(config.reauth_s), 5, YEAR, NULL, NULL},
    {"reconnect", ike__take_number, AT(pub.reconnect_s), 0, YEAR, NULL, NULL},
    {"retransmit.first-ms", ike__take_number, AT(config.retry_first_ms), 50, 60000, NULL, NULL},
    {"retransmit.factor", take_factor, 0, 0, 0, NULL, NULL},
    {"retransmit.tries", ike__take_number, AT(config.retry_tries), 1, 100, NULL, NULL},
    {"ppk.id", ike__take_string, AT(config.ppk_id), 0, 0, NULL, NULL},
    {"ppk.secret", take_psk, AT(keys.ppk), 0, 0, NULL, NULL},
    {"ppk.required", take_ppk_required, 0, 0, 0, NULL, NULL},
};

/* of one of children */
static const struct ike_row draft_rows[] = {
    {"name", ike__take_string, AT(draft.config.name), 0, 0, NULL, NULL},
    {"esp-proposal", ike__take_list, AT(draft.config.esp_suites), 0, 0, NULL, add_suite},
    {"traffic-selectors.local", ike__take_list, 0, 0, 0, NULL, add_draft_local},
    {"traffic-selectors.remote", ike__take_list, 0, 0, 0, NULL, add_draft_remote},
};

struct table {
    const struct ike_row *rows;
    size_t n;
};

static const struct ike_row *find(const struct table *t, const char *path)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].path, path) == 0)
            return &t->rows[i];
    return NULL;
}

/* Is path the head of a longer one, such as "remote"? */
static int is_group(const struct table *t, const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < t->n; i++)
        if (strncmp(t->rows[i].path, path, n) == 0 && t->rows[i].path[n] == '.')
            return 1;
    return 0;
}

static int take_object(struct ike_loader *l, const struct table *t, const cJSON *object, const char *prefix)
{
    const cJSON *v;
    int err = 0;

    cJSON_ArrayForEach(v, object)
    {
        char path[128];
        const struct ike_row *r;

        if (strlen(prefix) + strlen(v->string) + 2 > sizeof(path)) {
            ike__profile_warn(l, prefix[0] ? prefix : "profile", "a key below it is unknown");
            continue;
        }
        path[0] = '\0';
        if (prefix[0]) {
            strcpy(path, prefix);
            strcat(path, ".");
        }
        strcat(path, v->string);
        r = find(t, path);
        if (cJSON_IsNull(v) && (r || is_group(t, path)))
            continue;
        if (r)
            err = r->take(l, r, v);
        else if (is_group(t, path) && cJSON_IsObject(v))
            err = take_object(l, t, v, path);
        else if (is_group(t, path))
            err = ike__profile_mismatch(l, path, v, "an object");
        else
            ike__profile_warn(l, path, "unknown key");
        if (err < 0)
            return err;
    }
    return 0;
}

int ike__profile_keys(struct ike_loader *l, const cJSON *root)
{
    return ike__profile_object(l, rows, sizeof(rows) / sizeof(rows[0]), root);
}

int ike__profile_object(struct ike_loader *l, const struct ike_row *list, size_t n, const cJSON *object)
{
    const struct table t = {list, n};

    return take_object(l, &t, object, "");
}

int ike__profile_draft(struct ike_loader *l, const cJSON *object)
{
    return ike__profile_object(l, draft_rows, sizeof(draft_rows) / sizeof(draft_rows[0]), object);
}
