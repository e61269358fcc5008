/* fuzz/guard.c - plans from what a gateway and a network say. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_guard_make ike_guard_diff ike_guard_print ike_guard_judge ike_guard_is_public_suffix */
#include <ike/err.h>
#include <ike/guard.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
    const uint8_t *p;
    size_t n;
};

static uint8_t take(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

static void take_octets(struct input *in, void *to, size_t n)
{
    n = n < in->n ? n : in->n;
    if (n > 0)
        memcpy(to, in->p, n);
    in->p += n;
    in->n -= n;
}

static ike_prefix take_net(struct input *in)
{
    ike_prefix p;

    memset(&p, 0, sizeof(p));
    p.addr.family = take(in) % 16; /* even: 4 or 6 */
    if (p.addr.family % 2 == 0)
        p.addr.family = p.addr.family % 4 ? 6 : 4;
    p.bits = take(in);
    take_octets(in, p.addr.ip, p.addr.family == 4 ? 4 : 16);
    return p;
}

/* A profile that allows as much as it can, so that all of the input matters. */
static void wish(ike_guard_config *c, struct input *in)
{
    static const char *const any[] = {"*", "internal", "example.org"};
    uint8_t bits = take(in);

    c->mode = bits & 1;
    c->lan = IKE_GUARD_YES;
    c->forwarded = bits >> 1 & 1 ? IKE_GUARD_YES : IKE_GUARD_NO;
    c->block_ip4 = bits >> 2 & 1;
    c->block_ip6 = bits >> 3 & 1;
    c->dns_allowed = any;
    c->dns_allowed_n = 3;
    c->dns_anchors = any + 1;
    c->dns_anchors_n = 2;
}

/* The same twice is the same; the text is there; a plan that guards drops somebody's packet to nowhere in particular. */
static void check(const ike_guard_plan *p, ike_guard_plan *q, struct input *in)
{
    static ike_guard_change changes[8192];
    ike_guard_packet k;
    char *text = ike_guard_print(p);
    uint32_t at;

    if (!text || ike_guard_diff(p, p, NULL, 0) != 0)
        abort();
    ike_guard_text_free(text);
    if (ike_guard_make_off(0, q) < 0 || ike_guard_diff(q, p, changes, 8192) < 0)
        abort();
    memset(&k, 0, sizeof(k));
    k.chain = IKE_GUARD_OUT;
    k.device = IKE_GUARD_DEVICE_OUTSIDE;
    k.dst = take_net(in).addr;
    k.dst.family = k.dst.family == 6 ? 6 : 4;
    k.src.family = k.dst.family;
    k.proto = 6;
    k.dst.port = 443;
    if (p->forced_all && ike_guard_judge(p, &k, &at) != IKE_GUARD_DROP &&
        p->entries[at].why != IKE_GUARD_WHY_LAN)
        abort();
    (void)ike_guard_way(p, &k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct input in = {data, n};
    ike_guard_config c = IKE_GUARD_CONFIG_INIT;
    ike_guard_state s = IKE_GUARD_STATE_INIT;
    ike_guard_facts f = IKE_GUARD_FACTS_INIT;
    ike_guard_link link = {.index = 2, .is_default = 1};
    ike_prefix ip[2], routes[8], on_link[4];
    ike_addr dns[4];
    ike_guard_anchor anchors[2];
    char text[4][80];
    const char *domains[4];
    ike_guard_plan *p = malloc(sizeof(*p)), *q = malloc(sizeof(*q));

    if (!p || !q)
        abort();
    wish(&c, &in);
    memset(anchors, 0, sizeof(anchors));
    memset(text, 0, sizeof(text));
    s.phase = 1 + take(&in) % 6;
    s.tun = take(&in) & 7;
    s.ip_n = take(&in) % 3;
    s.routes_n = take(&in) % 9;
    s.dns_n = take(&in) % 5;
    s.domains_n = take(&in) % 5;
    s.anchors_n = take(&in) % 3;
    link.on_link_n = take(&in) % 5;
    for (uint32_t i = 0; i < s.ip_n; i++)
        ip[i] = take_net(&in);
    for (uint32_t i = 0; i < s.routes_n; i++)
        routes[i] = take_net(&in);
    for (uint32_t i = 0; i < s.dns_n; i++)
        dns[i] = take_net(&in).addr;
    for (uint32_t i = 0; i < link.on_link_n; i++)
        on_link[i] = take_net(&in);
    for (uint32_t i = 0; i < s.anchors_n; i++) {
        anchors[i].domain = take(&in);
        anchors[i].digest_n = take(&in);
    }
    for (uint32_t i = 0; i < s.domains_n; i++) {
        domains[i] = text[i];
        take_octets(&in, text[i], take(&in) % sizeof(text[i]));
        text[i][sizeof(text[i]) - 1] = '\0';
        (void)ike_guard_is_public_suffix(text[i]);
    }
    s.ip = ip;
    s.routes = routes;
    s.dns = dns;
    s.domains = domains;
    s.anchors = anchors;
    link.on_link = on_link;
    f.links = &link;
    f.links_n = 1;
    if (ike_guard_make(&c, &s, &f, p) == 0)
        check(p, q, &in);
    free(p);
    free(q);
    return 0;
}
