/* exchange/config_payload.c - CP: what we ask the gateway for, and what it assigns. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.19, 3.15; RFC 8598 for DNS domains. Attributes that are unknown or of a wrong length are
 * passed over (3.15.1); addresses that no host may have are too.
 *
 * Not here: setting addresses on a device (drivers), which domains to believe (the host). */
#include "base/mem.h"
#include "exchange/exchange.h"
#include <stddef.h>

/* The addresses we had, so that the same ones are given again (RFC 7296 3.15.1); empty: any. */
static void ask_address(const struct ike_session *s, struct ike_msg_out *out, uint8_t family)
{
    const struct ike_assigned_own *a = s->assigned;
    const ike_addr *wish = family == 4 ? &s->settings.cfg.ask_ip4 : &s->settings.cfg.ask_ip6;
    uint16_t type = family == 4 ? IKE_CPA_IP4_ADDRESS : IKE_CPA_IP6_ADDRESS;
    uint8_t octets[17];
    int asked = 0;

    for (uint32_t i = 0; a && i < a->ip_n; i++)
        if (a->ip[i].addr.family == family) {
            memcpy(octets, a->ip[i].addr.ip, 16);
            octets[16] = (uint8_t)a->ip[i].bits;
            ike__cp_attr(out, type, ike__span(octets, family == 4 ? 4 : 17));
            asked = 1;
        }
    if (asked)
        return;
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
    if ((want & IKE_WANT_PCSCF) && (want & IKE_WANT_IP4))
        ike__cp_attr(out, IKE_CPA_PCSCF_IP4, empty);
    if ((want & IKE_WANT_PCSCF) && (want & IKE_WANT_IP6))
        ike__cp_attr(out, IKE_CPA_PCSCF_IP6, empty);
    if (want & IKE_WANT_VERSION) /* RFC 7296 3.15.1: ours is nobody's business: empty */
        ike__cp_attr(out, IKE_CPA_APPLICATION_VERSION, empty);
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

    if (a->domains_n >= IKE_CP_MAX || v.n == 0 || v.n > 253 || v.p[0] == '.') /* not the root */
        return;
    for (size_t i = 0; i < v.n; i++)
        if (!is_domain_char(v.p[i]))
            return;
    to = a->domain_text[a->domains_n];
    memcpy(to, v.p, v.n);
    to[v.n] = '\0';
    a->domains[a->domains_n++] = to;
}

/* Text for people: nothing in it may act on a terminal. */
static void add_version(struct ike_assigned_own *a, ike_span v)
{
    for (size_t i = 0; i < v.n && i < sizeof(a->version) - 1; i++)
        a->version[i] = v.p[i] >= 0x20 && v.p[i] < 0x7f ? (char)v.p[i] : '?';
}

static void add_other(struct ike_assigned_own *a, const struct ike_cp_attr *at)
{
    uint8_t *to = a->other_octets + a->others_len;

    if (a->others_n >= IKE_CP_MAX || at->value.n > IKE_CP_OTHERS - a->others_len)
        return;
    if (at->value.n > 0)
        memcpy(to, at->value.p, at->value.n);
    a->other_type[a->others_n] = at->type;
    a->other_len[a->others_n] = (uint16_t)at->value.n;
    a->others[a->others_n].type = at->type;
    a->others[a->others_n++].value = ike__span(to, at->value.n);
    a->others_len += (uint32_t)at->value.n;
}

static void take_network(struct ike_assigned_own *a, uint8_t family, ike_span v)
{
    if (v.n == 8 && family == 4)
        add_prefix(a->subnets, 2 * IKE_CP_MAX, &a->subnets_n, address(4, v.p), bits_of_mask(v.p + 4));
    else if (v.n == 17 && family == 6)
        add_prefix(a->subnets, 2 * IKE_CP_MAX, &a->subnets_n, address(6, v.p), v.p[16]);
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
        take_network(a, 4, v);
        break;
    case IKE_CPA_IP6_SUBNET:
        take_network(a, 6, v);
        break;
    case IKE_CPA_DNS_DOMAIN:
        add_domain(a, v);
        break;
    case IKE_CPA_APPLICATION_VERSION:
        add_version(a, v);
        break;
    case IKE_CPA_IP4_NBNS:
    case IKE_CPA_PCSCF_IP4:
    case IKE_CPA_PCSCF_IP6:
        add_other(a, at);
        break;
    default: /* RFC 7296 3.15.1: unknown ones are ignored, and 5 (INTERNAL_ADDRESS_EXPIRY) is no more */
        if (at->type >= IKE_CPA_PRIVATE)
            add_other(a, at);
        break;
    }
}

static void forget_unasked(struct ike_assigned_own *a, uint32_t want)
{
    if (!(want & IKE_WANT_VERSION))
        memset(a->version, 0, sizeof(a->version));
    /* RFC 8598 3.2: "… MUST also include one or both of the INTERNAL_IP4_DNS and INTERNAL_IP6_DNS …" */
    if (a->dns_n == 0) {
        a->domains_n = 0;
        memset(a->domain_text, 0, sizeof(a->domain_text));
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
    forget_unasked(fresh, s->settings.cfg.want);
    is_same = got == 0 && old && memcmp(old, fresh, offsetof(struct ike_assigned_own, domains)) == 0;
    if (got < 0 || is_same) {
        ike__mem_free(s->env.alloc, fresh, sizeof(*fresh));
        return got < 0 ? got : 0;
    }
    ike__mem_free(s->env.alloc, old, old ? sizeof(*old) : 0);
    s->assigned = fresh;
    return 1;
}

static int has_family(const struct ike_assigned_own *a, uint8_t family)
{
    for (uint32_t i = 0; i < a->ip_n; i++)
        if (a->ip[i].addr.family == family)
            return 1;
    return 0;
}

/* RFC 7296 3.15.4: "… simply ignores the type of address it does not support …"; half of it is better than nothing. */
static void warn_of_half(struct ike_session *s)
{
    uint32_t want = s->settings.cfg.want;

    if (!(want & IKE_WANT_IP4) || !(want & IKE_WANT_IP6) || !s->assigned || s->assigned->ip_n == 0)
        return;
    if (!has_family(s->assigned, 4))
        ike__session_warn(s, "the gateway assigns no IPv4 address",
                          "IPv4 does not go through the tunnel: block it (split-tunneling.block-ipv4)");
    if (!has_family(s->assigned, 6))
        ike__session_warn(s, "the gateway assigns no IPv6 address",
                          "IPv6 does not go through the tunnel: block it (split-tunneling.block-ipv6)");
}

void ike__config_serve(const struct ike_msg *msg, struct ike_msg_out *out)
{
    const struct ike_payload *p = ike__msg_find(msg, IKE_P_CP, 0);
    struct ike_cp_reader r;

    if (!p || ike__cp_reader_init(&r, p->body) < 0)
        return;
    /* RFC 7296 3.15: nothing of ours can be set or asked for; a CFG_REPLY that answers nothing is ignored (2.19). */
    if (r.type != IKE_CP_SET && r.type != IKE_CP_REQUEST)
        return;
    ike__cp_begin(out, r.type == IKE_CP_SET ? IKE_CP_ACK : IKE_CP_REPLY);
    ike__cp_end(out);
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
    if (err == 1) {
        ike__session_event(s, IKE_EV_CONFIG, 0, 0);
        warn_of_half(s);
    }
    /* RFC 7296 3.15.4: without an address there is nothing to speak from. */
    if ((want & (IKE_WANT_IP4 | IKE_WANT_IP6)) && (!p || !s->assigned || s->assigned->ip_n == 0))
        return IKE_E_ADDRESS;
    return err;
}
