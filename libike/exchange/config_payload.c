/* exchange/config_payload.c - CP: what we ask the gateway for, and what it assigns. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 7296 2.19, 3.15; RFC 8598 for DNS domains. Attributes that are unknown or of a wrong length are
 * passed over (3.15.1); addresses that no host may have are too.
 *
 * Not here: setting addresses on a device (drivers), which domains to believe (the host). */
#include "base/mem.h"
#include "exchange/exchange.h"

struct anchor { /* plain octets: two replies are compared by them */
    uint32_t domain, digest_n;
    uint16_t key_tag;
    uint8_t algorithm, digest_type;
    uint8_t digest[64];
};

struct draft { /* a reply while it is read */
    ike_prefix ip[IKE_CP_MAX];
    ike_addr dns[IKE_CP_MAX];
    ike_prefix subnets[2 * IKE_CP_MAX];
    uint32_t ip_n, dns_n, subnets_n, domains_n;
    uint32_t others_n, others_len;
    uint16_t other_type[IKE_CP_MAX], other_len[IKE_CP_MAX];
    uint8_t other_octets[IKE_CP_OTHERS];
    char domain[IKE_CP_MAX][256];
    char version[64];
    struct anchor anchor[IKE_CP_MAX];
    uint32_t anchors_n;
    uint32_t
        anchored; /* the attribute before this one was about that domain, counted from 1; 0: about none */
};

/* The addresses we had, so that the same ones are given again (RFC 7296 3.15.1); empty: any. */
static void ask_address(const struct ike_session *s, struct ike_msg_out *out, uint8_t family)
{
    const ike_assigned *a = s->assigned;
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

/* What is asked for without a value, and the bits of want that ask for it. RFC 7296 3.15.1, RFC 8598 3.1: our own trust
 * anchors and version are nobody's business. */
static const struct {
    uint16_t type, want;
} asked_for[] = {
    {IKE_CPA_IP4_DNS, IKE_WANT_DNS | IKE_WANT_IP4},
    {IKE_CPA_IP6_DNS, IKE_WANT_DNS | IKE_WANT_IP6},
    {IKE_CPA_DNS_DOMAIN, IKE_WANT_DNS},
    {IKE_CPA_DNSSEC_TA, IKE_WANT_DNS | IKE_WANT_DNSSEC},
    {IKE_CPA_IP4_SUBNET, IKE_WANT_SUBNETS | IKE_WANT_IP4},
    {IKE_CPA_IP6_SUBNET, IKE_WANT_SUBNETS | IKE_WANT_IP6},
    {IKE_CPA_PCSCF_IP4, IKE_WANT_PCSCF | IKE_WANT_IP4},
    {IKE_CPA_PCSCF_IP6, IKE_WANT_PCSCF | IKE_WANT_IP6},
    {IKE_CPA_APPLICATION_VERSION, IKE_WANT_VERSION},
};

void ike__config_request(struct ike_session *s, struct ike_msg_out *out)
{
    uint32_t want = s->settings.cfg.want;

    if (want == 0)
        return;
    ike__cp_begin(out, IKE_CP_REQUEST);
    if (want & IKE_WANT_IP4)
        ask_address(s, out, 4);
    if (want & IKE_WANT_IP6)
        ask_address(s, out, 6);
    for (size_t i = 0; i < sizeof(asked_for) / sizeof(asked_for[0]); i++)
        if ((want & asked_for[i].want) == asked_for[i].want)
            ike__cp_attr(out, asked_for[i].type, ike__span(NULL, 0));
    ike__cp_end(out);
}

/* ---- reply ---- */

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

/* An address or a network: which one it is, its length says (RFC 7296 3.15.1): IPv4 alone or with a mask, IPv6 alone or
 * with a prefix length. 1; 0: it is none. */
static int read_prefix(ike_span v, ike_prefix *out)
{
    size_t n = v.n >= 16 ? 16 : 4;

    if (v.n != 4 && v.n != 8 && v.n != 16 && v.n != 17)
        return 0;
    memset(out, 0, sizeof(*out));
    out->addr.family = n == 4 ? 4 : 6;
    memcpy(out->addr.ip, v.p, n);
    out->bits = v.n == 8 ? bits_of_mask(v.p + 4) : v.n == 17 ? v.p[16] : (uint32_t)n * 8;
    return out->bits <= n * 8;
}

static void add_ip(struct draft *d, ike_span v)
{
    ike_prefix *p = &d->ip[d->ip_n];

    if (d->ip_n == IKE_CP_MAX || !read_prefix(v, p) || !is_unicast(&p->addr))
        return;
    if (p->bits == 0) /* no network of IPv6 is that large: it says nothing */
        p->bits = 128;
    d->ip_n++;
}

static void add_dns(struct draft *d, ike_span v)
{
    ike_prefix p;

    if (d->dns_n < IKE_CP_MAX && read_prefix(v, &p) && is_unicast(&p.addr))
        d->dns[d->dns_n++] = p.addr;
}

static void add_subnet(struct draft *d, ike_span v)
{
    if (d->subnets_n < 2 * IKE_CP_MAX && read_prefix(v, &d->subnets[d->subnets_n]))
        d->subnets_n++;
}

/* Of the address before it; one that is no mask leaves /32. */
static void set_mask(struct draft *d, ike_span v)
{
    ike_prefix *p = d->ip_n > 0 ? &d->ip[d->ip_n - 1] : NULL;

    if (p && p->addr.family == 4 && bits_of_mask(v.p) - 1u < 32u)
        p->bits = bits_of_mask(v.p);
}

static int is_domain_char(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
}

static void add_domain(struct draft *d, ike_span v)
{
    char *to;

    if (d->domains_n >= IKE_CP_MAX || v.n == 0 || v.n > 253 || v.p[0] == '.') /* not the root */
        return;
    for (size_t i = 0; i < v.n; i++)
        if (!is_domain_char(v.p[i]))
            return;
    to = d->domain[d->domains_n++];
    memcpy(to, v.p, v.n);
    to[v.n] = '\0';
    d->anchored = d->domains_n;
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 8598 4.2: key tag, algorithm, digest type, and the digest "in presentation format": hexadecimal digits. */
static void add_anchor(struct draft *d, uint32_t domain, ike_span v)
{
    struct anchor a = {.domain = domain};

    if (d->anchors_n >= IKE_CP_MAX || v.n <= 4 || v.n % 2 != 0 || v.n > 4 + 2 * sizeof(a.digest))
        return;
    a.key_tag = ike__be16(v.p);
    a.algorithm = v.p[2];
    a.digest_type = v.p[3];
    for (size_t i = 4; i < v.n; i += 2) {
        int high = hex_value(v.p[i]), low = hex_value(v.p[i + 1]);
        if (high < 0 || low < 0)
            return;
        a.digest[a.digest_n++] = (uint8_t)(high << 4 | low);
    }
    d->anchor[d->anchors_n++] = a;
}

/* Text for people: nothing in it may act on a terminal. */
static void add_version(struct draft *d, ike_span v)
{
    for (size_t i = 0; i < v.n && i < sizeof(d->version) - 1; i++)
        d->version[i] = v.p[i] >= 0x20 && v.p[i] < 0x7f ? (char)v.p[i] : '?';
}

static void add_other(struct draft *d, const struct ike_cp_attr *at)
{
    uint8_t *to = d->other_octets + d->others_len;

    if (d->others_n >= IKE_CP_MAX || at->value.n > IKE_CP_OTHERS - d->others_len)
        return;
    if (at->value.n > 0)
        memcpy(to, at->value.p, at->value.n);
    d->other_type[d->others_n] = at->type;
    d->other_len[d->others_n] = (uint16_t)at->value.n;
    d->others_n++;
    d->others_len += (uint32_t)at->value.n;
}

static void take(struct draft *d, const struct ike_cp_attr *at)
{
    uint32_t anchored = d->anchored;
    ike_span v = at->value;

    d->anchored = 0;
    switch (at->type) {
    case IKE_CPA_IP4_ADDRESS:
        if (v.n == 4)
            add_ip(d, v);
        break;
    case IKE_CPA_IP4_NETMASK:
        if (v.n == 4)
            set_mask(d, v);
        break;
    case IKE_CPA_IP6_ADDRESS: /* RFC 7296 3.15.1: 16 octets and a prefix length, which some leave out */
        if (v.n >= 16)
            add_ip(d, v);
        break;
    case IKE_CPA_IP4_DNS:
        if (v.n == 4)
            add_dns(d, v);
        break;
    case IKE_CPA_IP6_DNS:
        if (v.n == 16)
            add_dns(d, v);
        break;
    case IKE_CPA_IP4_SUBNET:
        if (v.n == 8)
            add_subnet(d, v);
        break;
    case IKE_CPA_IP6_SUBNET:
        if (v.n == 17)
            add_subnet(d, v);
        break;
    case IKE_CPA_DNS_DOMAIN:
        add_domain(d, v);
        break;
    case IKE_CPA_DNSSEC_TA: /* RFC 8598 3.2: "… MUST immediately follow the INTERNAL_DNS_DOMAIN attribute …" */
        if (anchored)
            add_anchor(d, anchored - 1, v);
        d->anchored = anchored; /* another one may follow */
        break;
    case IKE_CPA_APPLICATION_VERSION:
        add_version(d, v);
        break;
    case IKE_CPA_IP4_NBNS:
    case IKE_CPA_PCSCF_IP4:
    case IKE_CPA_PCSCF_IP6:
        add_other(d, at);
        break;
    default: /* RFC 7296 3.15.1: unknown ones are ignored, and 5 (INTERNAL_ADDRESS_EXPIRY) is no more */
        if (at->type >= IKE_CPA_PRIVATE)
            add_other(d, at);
        break;
    }
}

static void forget_unasked(struct draft *d, uint32_t want)
{
    if (!(want & IKE_WANT_VERSION))
        memset(d->version, 0, sizeof(d->version));
    /* RFC 8598 3.2: "… MUST also include one or both of the INTERNAL_IP4_DNS and INTERNAL_IP6_DNS …" */
    if (d->dns_n == 0)
        d->domains_n = 0;
    if (d->domains_n == 0 || !(want & IKE_WANT_DNSSEC))
        d->anchors_n = 0;
}

/* ---- what is kept of it: one block, as long as it has to be ---- */

struct block { /* filled from its start; p NULL: how large would it be? */
    uint8_t *p;
    size_t n;
};

static void *put(struct block *b, const void *from, size_t n)
{
    size_t at = b->n;

    b->n += (n + 7u) & ~(size_t)7u;
    if (!b->p)
        return NULL;
    if (n > 0)
        memcpy(b->p + at, from, n);
    return b->p + at;
}

/* Pointers come first and plain octets behind them: two blocks of the same counts are compared there. */
static size_t fill_block(struct block *b, const struct draft *d)
{
    static const uint8_t none[IKE_CP_MAX * sizeof(ike_anchor)]; /* the largest of them */
    ike_assigned head = {.ip_n = d->ip_n,
                         .dns_n = d->dns_n,
                         .subnets_n = d->subnets_n,
                         .domains_n = d->domains_n,
                         .others_n = d->others_n,
                         .anchors_n = d->anchors_n};
    const struct anchor *plain;
    const char **domains;
    ike_attribute *others;
    ike_anchor *anchors;
    size_t plain_at;

    (void)put(b, &head, sizeof(head));
    domains = put(b, none, d->domains_n * sizeof(*domains));
    others = put(b, none, d->others_n * sizeof(*others));
    anchors = put(b, none, d->anchors_n * sizeof(*anchors));
    plain_at = b->n;
    head.domains = domains;
    head.anchors = anchors;
    head.others = others;
    head.ip = put(b, d->ip, d->ip_n * sizeof(*d->ip));
    head.dns = put(b, d->dns, d->dns_n * sizeof(*d->dns));
    head.subnets = put(b, d->subnets, d->subnets_n * sizeof(*d->subnets));
    head.gateway_version = put(b, d->version, strlen(d->version) + 1);
    (void)put(b, d->other_type, d->others_n * sizeof(d->other_type[0]));
    (void)put(b, d->other_len, d->others_n * sizeof(d->other_len[0]));
    for (uint32_t i = 0; i < d->domains_n; i++) {
        const char *text = put(b, d->domain[i], strlen(d->domain[i]) + 1);
        if (b->p)
            domains[i] = text;
    }
    for (uint32_t i = 0, at = 0; i < d->others_n; at += d->other_len[i++]) {
        const uint8_t *octets = put(b, d->other_octets + at, d->other_len[i]);
        if (b->p)
            others[i] =
                (ike_attribute){.type = d->other_type[i], .value = ike__span(octets, d->other_len[i])};
    }
    plain = put(b, d->anchor, d->anchors_n * sizeof(d->anchor[0]));
    for (uint32_t i = 0; b->p && i < d->anchors_n; i++)
        anchors[i] = (ike_anchor){.domain = plain[i].domain,
                                  .key_tag = plain[i].key_tag,
                                  .algorithm = plain[i].algorithm,
                                  .digest_type = plain[i].digest_type,
                                  .digest = ike__span(plain[i].digest, plain[i].digest_n)};
    if (b->p)
        memcpy(b->p, &head, sizeof(head));
    return plain_at;
}

static int is_same(const ike_assigned *a, size_t a_len, const ike_assigned *b, size_t b_len, size_t plain_at)
{
    return a && a_len == b_len && a->ip_n == b->ip_n && a->dns_n == b->dns_n &&
           a->subnets_n == b->subnets_n && a->domains_n == b->domains_n && a->others_n == b->others_n &&
           a->anchors_n == b->anchors_n &&
           memcmp((const uint8_t *)a + plain_at, (const uint8_t *)b + plain_at, b_len - plain_at) == 0;
}

/* 1: it is not what it was. */
static int keep_reply(struct ike_session *s, const struct draft *d)
{
    struct block measure = {NULL, 0}, b = {NULL, 0};
    size_t plain_at = fill_block(&measure, d);

    b.p = ike__mem_new(s->env.alloc, measure.n);
    if (!b.p)
        return IKE_E_NOMEM;
    (void)fill_block(&b, d);
    if (is_same(s->assigned, s->assigned_len, (const ike_assigned *)(const void *)b.p, b.n, plain_at)) {
        ike__mem_free(s->env.alloc, b.p, b.n);
        return 0;
    }
    ike__mem_free(s->env.alloc, s->assigned, s->assigned_len);
    s->assigned = (ike_assigned *)(void *)b.p;
    s->assigned_len = b.n;
    return 1;
}

static int read_reply(struct ike_session *s, ike_span body)
{
    struct ike_cp_reader r;
    struct ike_cp_attr at;
    struct draft *d;
    int got = ike__cp_reader_init(&r, body);

    /* RFC 7296 3.15: only CFG_REPLY answers our CFG_REQUEST. */
    if (got < 0 || r.type != IKE_CP_REPLY)
        return got < 0 ? got : 0;
    d = ike__mem_new(s->env.alloc, sizeof(*d));
    if (!d)
        return IKE_E_NOMEM;
    while ((got = ike__cp_next(&r, &at)) == 1)
        take(d, &at);
    forget_unasked(d, s->settings.cfg.want);
    if (got == 0)
        got = keep_reply(s, d);
    ike__mem_free(s->env.alloc, d, sizeof(*d));
    return got;
}

static int has_family(const ike_assigned *a, uint8_t family)
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
