/* exchange/config_payload.c - CP: what we ask the gateway for, and what it assigns. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.19, 3.15; RFC 8598 for DNS domains. Attributes that are unknown or of a wrong length are
 * passed over (3.15.1); addresses that no host may have are too.
 *
 * Not here: setting addresses on a device (drivers), which domains to believe (the host). */
#include "base/mem.h"
#include "exchange/exchange.h"
#include <stddef.h>

/* The address we had, so that the same one is given again (RFC 7296 3.15.1); empty: any. */
static void ask_address(const struct ike_session *s, struct ike_msg_out *out, uint8_t family)
{
    const struct ike_assigned_own *a = s->assigned;
    const ike_addr *wish = family == 4 ? &s->settings.cfg.ask_ip4 : &s->settings.cfg.ask_ip6;
    uint16_t type = family == 4 ? IKE_CPA_IP4_ADDRESS : IKE_CPA_IP6_ADDRESS;
    uint8_t octets[17];

    for (uint32_t i = 0; a && i < a->ip_n; i++)
        if (a->ip[i].addr.family == family) {
            memcpy(octets, a->ip[i].addr.ip, 16);
            octets[16] = (uint8_t)a->ip[i].bits;
            ike__cp_attr(out, type, ike__span(octets, family == 4 ? 4 : 17));
            return;
        }
    memcpy(octets, wish->ip, 16);
    octets[16] = 128;
    ike__cp_attr(out, type, ike__span(octets, wish->family != family ? 0 : family == 4 ? 4 : 17));
}

void ike__config_request(struct ike_session *s, struct ike_msg_out *out)
{
    uint32_t want = s->settings.cfg.want;
    ike_span empty = ike__span(NULL, 0);

    if (want == 0)
        return;
    ike__cp_begin(out, IKE_CP_REQUEST);
    if (want & IKE_WANT_IP4)
        ask_address(s, out, 4);
    if (want & IKE_WANT_IP6)
        ask_address(s, out, 6);
    if ((want & IKE_WANT_DNS) && (want & IKE_WANT_IP4))
        ike__cp_attr(out, IKE_CPA_IP4_DNS, empty);
    if ((want & IKE_WANT_DNS) && (want & IKE_WANT_IP6))
        ike__cp_attr(out, IKE_CPA_IP6_DNS, empty);
    if (want & IKE_WANT_DNS)
        ike__cp_attr(out, IKE_CPA_DNS_DOMAIN, empty);
    if ((want & IKE_WANT_SUBNETS) && (want & IKE_WANT_IP4))
        ike__cp_attr(out, IKE_CPA_IP4_SUBNET, empty);
    if ((want & IKE_WANT_SUBNETS) && (want & IKE_WANT_IP6))
        ike__cp_attr(out, IKE_CPA_IP6_SUBNET, empty);
    ike__cp_end(out);
}

/* ---- reply ---- */

static ike_addr address(uint8_t family, const uint8_t *octets)
{
    ike_addr a;

    memset(&a, 0, sizeof(a));
    a.family = family;
    memcpy(a.ip, octets, family == 4 ? 4 : 16);
    return a;
}

/* An address a host can have: not unspecified, loopback or multicast. */
static int is_unicast(const ike_addr *a)
{
    static const uint8_t zero[16], loopback6[16] = {[15] = 1};

    if (a->family == 4)
        return a->ip[0] != 0 && a->ip[0] != 127 && a->ip[0] < 224;
    return memcmp(a->ip, zero, 16) != 0 && memcmp(a->ip, loopback6, 16) != 0 && a->ip[0] != 0xff;
}

static uint32_t bits_of_mask(const uint8_t *mask)
{
    uint32_t m = ike__be32(mask), bits = 0;

    while (bits < 32 && (m & 0x80000000u)) {
        bits++;
        m <<= 1;
    }
    return m == 0 ? bits : 33; /* 33: not a mask */
}

static void add_prefix(ike_prefix *list, uint32_t cap, uint32_t *n, ike_addr addr, uint32_t bits)
{
    if (*n >= cap || bits > (addr.family == 4 ? 32u : 128u))
        return;
    memset(&list[*n], 0, sizeof(list[*n]));
    list[*n].addr = addr;
    list[*n].bits = bits;
    ++*n;
}

static void add_ip(struct ike_assigned_own *a, ike_addr addr, uint32_t bits)
{
    if (is_unicast(&addr))
        add_prefix(a->ip, IKE_CP_MAX, &a->ip_n, addr, bits);
}

static void add_dns(struct ike_assigned_own *a, ike_addr addr)
{
    if (a->dns_n < IKE_CP_MAX && is_unicast(&addr))
        a->dns[a->dns_n++] = addr;
}

static int is_domain_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static void add_domain(struct ike_assigned_own *a, ike_span v)
{
    char *to;

    if (a->domains_n >= IKE_CP_MAX || v.n == 0 || v.n > 253)
        return;
    for (size_t i = 0; i < v.n; i++)
        if (!is_domain_char(v.p[i]))
            return;
    to = a->domain_text[a->domains_n];
    memcpy(to, v.p, v.n);
    to[v.n] = '\0';
    a->domains[a->domains_n++] = to;
}

static void take(struct ike_assigned_own *a, const struct ike_cp_attr *at)
{
    ike_span v = at->value;

    switch (at->type) {
    case IKE_CPA_IP4_ADDRESS:
        if (v.n == 4)
            add_ip(a, address(4, v.p), 32);
        break;
    case IKE_CPA_IP4_NETMASK: /* of the address before it; one that is no mask leaves /32 */
        if (v.n == 4 && a->ip_n > 0 && a->ip[a->ip_n - 1].addr.family == 4 && bits_of_mask(v.p) - 1u < 32u)
            a->ip[a->ip_n - 1].bits = bits_of_mask(v.p);
        break;
    case IKE_CPA_IP6_ADDRESS: /* RFC 7296 3.15.1: 16 octets and a prefix length */
        if (v.n == 17 && v.p[16] <= 128)
            add_ip(a, address(6, v.p), v.p[16] ? v.p[16] : 128);
        else if (v.n == 16)
            add_ip(a, address(6, v.p), 128);
        break;
    case IKE_CPA_IP4_DNS:
        if (v.n == 4)
            add_dns(a, address(4, v.p));
        break;
    case IKE_CPA_IP6_DNS:
        if (v.n == 16)
            add_dns(a, address(6, v.p));
        break;
    case IKE_CPA_IP4_SUBNET:
        if (v.n == 8)
            add_prefix(a->subnets, 2 * IKE_CP_MAX, &a->subnets_n, address(4, v.p), bits_of_mask(v.p + 4));
        break;
    case IKE_CPA_IP6_SUBNET:
        if (v.n == 17)
            add_prefix(a->subnets, 2 * IKE_CP_MAX, &a->subnets_n, address(6, v.p), v.p[16]);
        break;
    case IKE_CPA_DNS_DOMAIN:
        add_domain(a, v);
        break;
    default:
        break;
    }
}

/* 1: what was assigned is not what it was. */
static int read_reply(struct ike_session *s, ike_span body)
{
    struct ike_assigned_own *fresh, *old = s->assigned;
    struct ike_cp_reader r;
    struct ike_cp_attr at;
    int got = ike__cp_reader_init(&r, body), is_same;

    /* RFC 7296 3.15: only CFG_REPLY answers our CFG_REQUEST. */
    if (got < 0 || r.type != IKE_CP_REPLY)
        return got < 0 ? got : 0;
    fresh = ike__mem_new(s->env.alloc, sizeof(*fresh));
    if (!fresh)
        return IKE_E_NOMEM;
    while ((got = ike__cp_next(&r, &at)) == 1)
        take(fresh, &at);
    is_same =
        got == 0 && old && old->domains_n == fresh->domains_n &&
        memcmp(old->ip, fresh->ip,
               offsetof(struct ike_assigned_own, domains) - offsetof(struct ike_assigned_own, ip)) == 0 &&
        memcmp(old->domain_text, fresh->domain_text, sizeof(fresh->domain_text)) == 0;
    if (got < 0 || is_same) {
        ike__mem_free(s->env.alloc, fresh, sizeof(*fresh));
        return got < 0 ? got : 0;
    }
    ike__mem_free(s->env.alloc, old, old ? sizeof(*old) : 0);
    s->assigned = fresh;
    return 1;
}

int ike__config_reply(struct ike_session *s, const struct ike_msg *msg)
{
    uint32_t want = s->settings.cfg.want;
    const struct ike_payload *p = ike__msg_find(msg, IKE_P_CP, 0);
    int err;

    if (want == 0)
        return 0; /* unsolicited: ignored (RFC 7296 2.19) */
    err = p ? read_reply(s, p->body) : 0;
    if (err < 0)
        return err;
    if (err == 1)
        ike__session_event(s, IKE_EV_CONFIG, 0, 0);
    /* RFC 7296 3.15.4: without an address there is nothing to speak from. */
    if ((want & (IKE_WANT_IP4 | IKE_WANT_IP6)) && (!p || !s->assigned || s->assigned->ip_n == 0))
        return IKE_E_ADDRESS;
    return err;
}
