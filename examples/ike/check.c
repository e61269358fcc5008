/* examples/ike/check.c - `ike check` and `ike import`: what a profile says, without connecting. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <stdlib.h>
#include <string.h>

static void print_list(const char *name, const ike_prefix *list, uint32_t n)
{
    char addr[64];

    for (uint32_t i = 0; i < n; i++) {
        print_addr(addr, sizeof(addr), &list[i].addr);
        printf("%-18s %s/%u\n", i == 0 ? name : "", addr, list[i].bits);
    }
}

static void print_selectors(const char *name, const ike_ts *ts, uint32_t n)
{
    char text[200];

    if (n == 0)
        printf("%-18s everything\n", name);
    for (uint32_t i = 0; i < n; i++) {
        print_ts(text, sizeof(text), &ts[i]);
        printf("%-18s %s\n", i == 0 ? name : "", text);
    }
}

static const char *auth_name(uint32_t auth)
{
    return auth == IKE_AUTH_CERT ? "certificate" : auth == IKE_AUTH_EAP ? "EAP" : "shared key";
}

static void print_lifetime(const char *name, uint32_t seconds, uint32_t by_default, uint64_t bytes,
                           uint64_t packets)
{
    if (seconds == IKE_OFF)
        printf("%-18s never by time", name);
    else
        printf("%-18s after %u s", name, seconds ? seconds : by_default);
    if (bytes)
        printf(", %llu octets", (unsigned long long)bytes);
    if (packets)
        printf(", %llu packets", (unsigned long long)packets);
    printf("\n");
}

static void describe_children(const ike_config *c)
{
    for (uint32_t i = 0; i < c->children_n; i++) {
        ike_child_config k;

        if (ike_struct_adopt(&k, sizeof(k), c->children[i]) < 0)
            continue;
        printf("%-18s %s, %s\n", "child", k.name, k.esp_suites ? k.esp_suites : "ESP proposals as above");
        print_selectors("  our side", k.ts_local, k.ts_local_n);
        print_selectors("  their side", k.ts_remote, k.ts_remote_n);
    }
}

static void describe_trust(const ike_profile *p)
{
    const ike_trust_options *t = p->trust;

    printf("%-18s %s\n", "trust", p->use_system_cas ? "the system's CAs" : "the profile's CAs");
    if (p->pins_n)
        printf("%-18s one of %u keys has to be in the chain\n", "pinned", p->pins_n);
    printf("%-18s %s%s%s%s\n", "revocation", t->crl ? "CRL" : "", t->crl && t->ocsp ? ", " : "",
           t->ocsp ? "OCSP" : "",
           !t->crl && !t->ocsp ? "not looked at"
           : t->strict         ? ": what is not cleared is refused"
                               : ": what is known to be revoked is refused");
}

static void describe(const struct setup *s)
{
    const ike_profile *p = s->profile;
    const ike_config *c = &s->config;

    printf("%-18s %s (%s)\n", "profile", p->name, p->type);
    for (uint32_t i = 0; i < p->hosts_n; i++)
        printf("%-18s %s\n", i == 0 ? "gateway" : "", p->hosts[i]);
    if (p->port)
        printf("%-18s %u, with non-ESP marker\n", "port", p->port);
    printf("%-18s %s, as %s\n", "we prove", auth_name(c->auth_local),
           c->local_id ? c->local_id : "our address");
    printf("%-18s %s, of %s\n", "gateway proves", auth_name(c->auth_remote),
           c->remote_id ? c->remote_id
           : p->any_id  ? "anybody its certificate names"
                        : "the name we connect to");
    for (unsigned i = 0; c->auth_local == IKE_AUTH_EAP && p->eap_methods[i]; i++)
        printf("%-18s %s%s%s\n", i == 0 ? "EAP" : "", p->eap_methods[i], i == 0 ? ", user " : "",
               i == 0 ? p->eap_id : "");
    if (c->auth_remote != IKE_AUTH_PSK)
        describe_trust(p);
    if (p->key_uri)
        printf("%-18s %s\n", "our key", p->key_uri);
    if (c->ppk)
        printf("%-18s %s, %s\n", "post-quantum key", c->ppk_id,
               c->ppk == IKE_PPK_REQUIRED ? "required" : "where the gateway has it");
    printf("%-18s %s\n", "crypto policy", ike_policy_name(c->policy));
    printf("%-18s %s\n", "IKE proposals", c->ike_suites ? c->ike_suites : "built-in");
    printf("%-18s %s\n", "ESP proposals", c->esp_suites ? c->esp_suites : "built-in");
    print_lifetime("new IKE keys", c->rekey_ike_s, 14400, 0, 0);
    print_lifetime("new ESP keys", c->rekey_child_s, 3600, c->rekey_child_bytes, c->rekey_child_packets);
    printf("%-18s%s%s%s\n", "asked for", c->want & IKE_WANT_IP4 ? " IPv4 address" : "",
           c->want & IKE_WANT_IP6 ? " IPv6 address" : "", c->want & IKE_WANT_DNS ? " name servers" : "");
    print_selectors("our side", c->ts_local, c->ts_local_n);
    print_selectors("their side", c->ts_remote, c->ts_remote_n);
    describe_children(c);
    if (p->plan->routes_n)
        print_list("routed", p->plan->routes, p->plan->routes_n);
    else
        printf("%-18s what the gateway agrees to\n", "routed");
    print_list("not routed", p->plan->excluded, p->plan->excluded_n);
    if (p->plan->block_ip4 || p->plan->block_ip6)
        printf("%-18s%s%s outside the tunnel\n", "blocked", p->plan->block_ip4 ? " IPv4" : "",
               p->plan->block_ip6 ? " IPv6" : "");
    if (p->proxy_host)
        printf("%-18s %s:%u\n", "proxy hint", p->proxy_host, p->proxy_port);
    for (uint32_t i = 0; i < p->warnings_n; i++)
        printf("%-18s %s\n", "warning", p->warnings[i]);
}

/* What a policy has against our certificates, or all of the CAs. NULL: nothing. */
static const char *judge_certificates(const struct setup *s, uint32_t policy)
{
    const ike_trust_policy *row = ike_trust_policy_of(policy);

    for (uint32_t i = 0; i < s->config.local_certs_n; i++)
        if (ike_trust_policy_cert(row, s->config.local_certs[i], s->crypto) != 0)
            return "local.cert: a key or hash in our chain is too weak for it";
    return s->trust && ike_trust_policy_anchors(row, s->trust) != 0
               ? "remote.ca: the key of every CA is too weak for it"
               : NULL;
}

/* The profile's own proposals, ways of proof and certificates, measured by each policy in turn. */
static void judge(const struct setup *s)
{
    for (uint32_t policy = 0; ike_policy_name(policy); policy++) {
        const char *why, *certificates = judge_certificates(s, policy);
        int verdict = ike_policy_judge(policy, &s->config, s->crypto, &why);

        if (verdict >= 0 && certificates) {
            verdict = IKE_E_CERT_WEAK;
            why = certificates;
        }
        printf("%-18s %-17s %s%s\n", policy == 0 ? "policies" : "", ike_policy_name(policy),
               verdict < 0   ? "refuses: "
               : verdict > 0 ? "warns: "
                             : "allows it",
               why);
    }
}

int command_check(const struct options *o)
{
    ike_env env = IKE_ENV_INIT;
    ike_session *session;
    struct setup s;
    const char *why;
    int code = setup_load(&s, o), err;

    if (code != 0)
        return EXIT_USE;
    env.crypto = o->crypto;
    env.bulk = o->bulk;
    err = ike_session_new(&session, &s.config, &env, &why);
    ike_session_free(session);
    if (err < 0) {
        fprintf(stderr, "ike: profile: %s; %s\n", why, ike_advice(err));
        code = EXIT_USE;
    } else if (o->plan) {
        code = plan_print(&s);
    } else {
        describe(&s);
        judge(&s);
        code = plan_describe(&s);
    }
    setup_drop(&s);
    return code;
}

int command_import(const struct options *o)
{
    char *why = NULL, *native = NULL, *text;
    size_t n;

    text = read_text(o->profile, &n);
    if (text)
        native = ike_profile_print(text, n, &why);
    if (native)
        printf("%s\n", native);
    else
        fprintf(stderr, "ike: profile: %s\n", why ? why : "the file cannot be read");
    free(text);
    ike_profile_why_free(why);
    ike_profile_why_free(native);
    return native ? 0 : EXIT_USE;
}
