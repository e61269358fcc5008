/* guard/dns.c - who is asked for which names. SPDX-License-Identifier: Apache-2.0
 *
 * Full tunnel: everybody asks the tunnel's servers, nobody else; domains that the gateway names mean nothing then. Split: the
 * tunnel's servers for its domains alone. A gateway claims only what the profile allows it (RFC 8598 5, 8), or it would
 * answer for other people's names.
 *
 * RFC 8598 6: "IKE clients with an empty whitelist MUST NOT use any INTERNAL_DNSSEC_TA attributes received over IKE."
 * RFC 8598 6: "The DNS root zone (".") MUST be ignored if it appears in a whitelist." */
#include "guard/room.h"
#include <string.h>

#define DOMAINS (sizeof(((ike_guard_dns *)0)->domains) / IKE_GUARD_DOMAIN)
#define SERVERS (sizeof(((ike_guard_dns *)0)->servers) / sizeof(ike_addr))
#define ANCHORS (sizeof(((ike_guard_dns *)0)->anchors) / sizeof(ike_guard_anchor))

/* Letters, digits, '-', '_' in labels of 1..63 octets: lower case, without a dot at the end. */
static int normalize(const char *name, char out[IKE_GUARD_DOMAIN])
{
    size_t n = strlen(name), label = 0;

    if (n > 0 && name[n - 1] == '.')
        n--;
    if (n == 0 || n > 253)
        return 0;
    memset(out, 0, IKE_GUARD_DOMAIN);
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        int is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!is_letter && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
            return 0;
        if (c == '.' ? label == 0 : label == 63)
            return 0;
        label = c == '.' ? 0 : label + 1;
        out[i] = is_letter ? (char)(c | 0x20) : c;
    }
    return label > 0;
}

static int is_named(const char *domain, const char *const *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (ike_guard_is_below(domain, list[i]) && ike_guard_is_below(list[i], domain))
            return 1;
    return 0;
}

static int may_claim(const ike_guard_config *c, const char *domain)
{
    for (uint32_t i = 0; i < c->dns_allowed_n; i++)
        if (strcmp(c->dns_allowed[i], "*") == 0 ? !ike_guard_is_public_suffix(domain)
                                                : ike_guard_is_below(domain, c->dns_allowed[i]))
            return 1;
    return is_named(domain, c->dns_always, c->dns_always_n);
}

/* RFC 8598 6: "… Top-Level Domains (TLDs), similarly MUST be ignored if they appear in a whitelist unless the entity
 * actually is the operator of the TLD": then it stands in dns_allowed by itself as well. */
static int may_anchor(const ike_guard_config *c, const char *domain)
{
    for (uint32_t i = 0; i < c->dns_anchors_n; i++)
        if (ike_guard_is_below(domain, c->dns_anchors[i]) &&
            (!ike_guard_is_public_suffix(c->dns_anchors[i]) ||
             is_named(c->dns_anchors[i], c->dns_allowed, c->dns_allowed_n)))
            return 1;
    return 0;
}

/* Index of the domain in the plan; -1: not taken. */
static int take_domain(struct ike_making *m, const char *name)
{
    ike_guard_dns *d = &m->plan->dns;
    char domain[IKE_GUARD_DOMAIN];

    if (!normalize(name, domain))
        return -1;
    for (uint32_t i = 0; i < d->domains_n; i++)
        if (strcmp(d->domains[i], domain) == 0)
            return (int)i;
    if (d->domains_n == DOMAINS) {
        m->err = m->err ? m->err : IKE_E_LIMIT;
        return -1;
    }
    memcpy(d->domains[d->domains_n], domain, sizeof(domain));
    return (int)d->domains_n++;
}

/* RFC 8598 6: "IKE clients MUST ignore any received INTERNAL_DNSSEC_TA attributes for a Fully Qualified Domain Name (FQDN)
 * for which it did not receive and accept an INTERNAL_DNS_DOMAIN Configuration Payload." */
static void take_anchors(struct ike_making *m, uint32_t claimed, int at)
{
    ike_guard_dns *d = &m->plan->dns;

    for (uint32_t i = 0; i < m->state.anchors_n; i++) {
        const ike_guard_anchor *a = &m->state.anchors[i];

        if (a->domain != claimed)
            continue;
        if (!may_anchor(&m->cfg, d->domains[at])) {
            ike__guard_warn(m, IKE_GUARD_WARN_DOMAIN, NULL,
                            "a DNSSEC trust anchor for %.100s is not among those that the profile allows",
                            d->domains[at]);
            continue;
        }
        if (d->anchors_n == ANCHORS) {
            m->err = m->err ? m->err : IKE_E_LIMIT;
            return;
        }
        d->anchors[d->anchors_n] = *a;
        memset(d->anchors[d->anchors_n].digest + a->digest_n, 0, IKE_GUARD_DIGEST - a->digest_n);
        d->anchors[d->anchors_n].zero = 0;
        d->anchors[d->anchors_n++].domain = (uint32_t)at;
    }
}

static void take_domains(struct ike_making *m)
{
    for (uint32_t i = 0; i < m->cfg.dns_always_n; i++)
        (void)take_domain(m, m->cfg.dns_always[i]);
    for (uint32_t i = 0; i < m->state.domains_n; i++) {
        char domain[IKE_GUARD_DOMAIN];
        int at = -1;

        /* RFC 8598 5: "… the client MUST ignore any other INTERNAL_DNS_DOMAIN values." */
        if (!normalize(m->state.domains[i], domain) || !may_claim(&m->cfg, domain))
            ike__guard_warn(m, IKE_GUARD_WARN_DOMAIN, NULL,
                            "the gateway claims the domain %.100s: not among those that the profile allows",
                            normalize(m->state.domains[i], domain) ? domain : "(no name)");
        else
            at = take_domain(m, domain);
        if (at >= 0)
            take_anchors(m, i, at);
    }
}

static int is_reached(const struct ike_making *m, const ike_prefix *host)
{
    const ike_guard_plan *p = m->plan;

    for (uint32_t i = 0; i < p->nets_n; i++)
        if ((p->nets[i].set == IKE_GUARD_SET_EXCLUDED || p->nets[i].set == IKE_GUARD_SET_LAN) &&
            ike__guard_holds(&p->nets[i].net, host))
            return 0;
    return m->has_tun && ike__guard_is_served(m, host->addr.family) &&
           ike__guard_is_covered(m->state.routes, m->state.routes_n, host);
}

/* One that the tunnel does not reach would be asked beside it. */
static void take_servers(struct ike_making *m)
{
    int ours = m->cfg.dns_n > 0;
    const ike_addr *list = ours ? m->cfg.dns : m->state.dns;
    uint32_t n = ours ? m->cfg.dns_n : m->state.dns_n;
    ike_guard_dns *d = &m->plan->dns;
    char text[IKE_GUARD_NET_TEXT];

    for (uint32_t i = 0; i < n; i++) {
        ike_prefix host = ike__guard_host(&list[i]);
        int is_local = ours && ike__guard_is_loopback(&list[i]);

        if (!is_local && !is_reached(m, &host)) {
            ike__guard_net_text(&host, text);
            ike__guard_warn(m, IKE_GUARD_WARN_DNS, &host,
                            "name server %s is not reached through the tunnel: not used", text);
            continue;
        }
        if (d->servers_n == SERVERS) {
            m->err = m->err ? m->err : IKE_E_LIMIT;
            return;
        }
        d->servers[d->servers_n++] = host.addr;
    }
}

void ike__guard_make_dns(struct ike_making *m)
{
    ike_guard_dns *d = &m->plan->dns;
    int is_full = m->is_full && !m->cfg.only_apps;

    if (m->is_standing) {
        take_servers(m);
        if (!is_full && d->servers_n > 0)
            take_domains(m);
    }
    if (is_full ||
        (m->is_standing && d->servers_n > 0 && m->cfg.dns_n > 0 && d->domains_n == 0 && !m->cfg.only_apps))
        d->mode = d->servers_n > 0 ? IKE_GUARD_DNS_FULL : IKE_GUARD_DNS_NONE;
    else if (d->domains_n > 0)
        d->mode = IKE_GUARD_DNS_SPLIT;
    if (d->mode == IKE_GUARD_DNS_NONE && m->is_standing)
        ike__guard_warn(m, IKE_GUARD_WARN_NO_DNS, NULL,
                        "no name server inside the tunnel: names are asked for inside or not at all");
    if (d->mode == IKE_GUARD_DNS_SYSTEM) {
        if (m->is_standing && d->servers_n > 0 && !m->cfg.only_apps)
            ike__guard_warn(
                m, IKE_GUARD_WARN_NO_DNS, NULL,
                "the gateway's name servers are not asked: no domain is theirs (dns.domains, dns.always)");
        d->servers_n = 0;
        memset(d->servers, 0, sizeof(d->servers));
    }
}
