/* record/config.c - ike_config as octets, one table for both ways. SPDX-License-Identifier: Apache-2.0
 *
 * Each field that is set: its number, its length, its value. Numbers are for ever; a field that is new in ike_config
 * gets the next one (the test that counts octets of the struct reminds of it). */
#include "record/room.h"
#include <stddef.h>
#include <string.h>

enum kind { UINT, TEXT, SPAN, ADDRESS, SELECTORS, SPANS, ADDRESSES, CHILDREN };

struct field {
    uint8_t number, kind;
    uint16_t at, size; /* of the value, or of the pointer */
    uint16_t count_at; /* of a list */
    uint16_t max;      /* entries of a list */
};

#define U(number, name)                                                                          \
    {                                                                                            \
        number, UINT, offsetof(ike_config, name), sizeof(((const ike_config *)NULL)->name), 0, 0 \
    }
#define P(number, kind, name)                                                                    \
    {                                                                                            \
        number, kind, offsetof(ike_config, name), sizeof(((const ike_config *)NULL)->name), 0, 0 \
    }
#define L(number, kind, name, max)                                                                    \
    {                                                                                                 \
        number, kind, offsetof(ike_config, name), sizeof(void *), offsetof(ike_config, name##_n), max \
    }
static const struct field fields[] = {
    P(1, TEXT, local_id),
    P(2, TEXT, remote_id),
    U(3, auth_local),
    U(4, auth_remote),
    P(5, TEXT, ike_suites),
    P(6, TEXT, esp_suites),
    U(7, policy),
    U(8, encap),
    L(9, SELECTORS, ts_local, 16),
    L(10, SELECTORS, ts_remote, 16),
    U(11, want),
    U(12, dpd_s),
    U(13, natt_keepalive_s),
    U(14, retry_first_ms),
    U(15, retry_factor_percent),
    U(16, retry_tries),
    U(17, fragment_size),
    U(18, replay_window),
    L(19, SPANS, local_certs, 10),
    P(20, SPAN, certreq),
    U(21, init_tries),
    U(22, reassembly_max),
    U(23, rekey_ike_s),
    U(24, rekey_child_s),
    U(25, rekey_child_bytes),
    U(26, rekey_child_packets),
    U(27, mobike),
    U(28, reauth_s),
    U(29, redirect),
    U(30, initial_contact),
    U(31, childless),
    P(32, ADDRESS, ask_ip4),
    P(33, ADDRESS, ask_ip6),
    U(34, resumption),
    U(35, ticket_age_s),
    P(36, SPAN, ticket),
    L(37, CHILDREN, children, IKE_REC_CHILDREN_MAX),
    U(38, no_nats),
    L(39, ADDRESSES, sources, IKE_REC_ADDRESSES_MAX),
    L(40, ADDRESSES, gateways, IKE_REC_ADDRESSES_MAX),
    U(41, auth_second),
    P(42, TEXT, second_id),
    U(43, path_mtu),
    U(44, ppk),
    U(45, want_ocsp),
    P(46, TEXT, ppk_id),
};
#define FIELDS_N (sizeof(fields) / sizeof(fields[0]))

size_t ike__rec_config_covered(void)
{
    size_t n = 0;

    for (size_t i = 0; i < FIELDS_N; i++)
        n += fields[i].size + (fields[i].max ? sizeof(uint32_t) : 0);
    return n;
}

/* ---- out ---- */

static void put_head(struct ike_rec_out *o, const struct field *f, size_t n)
{
    ike__rec_put_uint(o, f->number, 1);
    ike__rec_put_uint(o, n, 4);
}

void ike__rec_put_selector(struct ike_rec_out *o, const ike_ts *ts)
{
    ike__rec_put_uint(o, ts->first.family, 1);
    ike__rec_put_uint(o, ts->proto, 1);
    ike__rec_put_uint(o, ts->first.port, 2);
    ike__rec_put_uint(o, ts->last.port, 2);
    ike__rec_put(o, ts->first.ip, 16);
    ike__rec_put(o, ts->last.ip, 16);
}
#define SELECTOR_LEN 38u

#define ADDRESS_LEN 19u

static void put_octets_of(struct ike_rec_out *o, const ike_addr *a)
{
    ike__rec_put(o, a->ip, 16);
    ike__rec_put_uint(o, a->port, 2);
    ike__rec_put_uint(o, a->family, 1);
}

static void put_address(struct ike_rec_out *o, const struct field *f, const uint8_t *at)
{
    ike_addr a;

    memcpy(&a, at, sizeof(a));
    if (a.family == 0)
        return;
    put_head(o, f, ADDRESS_LEN);
    put_octets_of(o, &a);
}

static void put_list(struct ike_rec_out *o, const struct field *f, const void *list, uint32_t count)
{
    const ike_ts *ts = list;
    const ike_span *s = list;
    const ike_addr *a = list;
    size_t n = 0;

    count = list && count <= f->max ? count : 0;
    if (count == 0)
        return;
    if (f->kind == CHILDREN) {
        put_head(o, f, ike__rec_children_len(list, count));
        ike__rec_put_children(o, list, count);
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        n += f->kind == SELECTORS ? SELECTOR_LEN : f->kind == ADDRESSES ? ADDRESS_LEN : 4 + s[i].n;
    put_head(o, f, n);
    for (uint32_t i = 0; i < count; i++) {
        if (f->kind == SELECTORS) {
            ike__rec_put_selector(o, &ts[i]);
        } else if (f->kind == ADDRESSES) {
            put_octets_of(o, &a[i]);
        } else {
            ike__rec_put_uint(o, s[i].n, 4);
            ike__rec_put(o, s[i].p, s[i].n);
        }
    }
}

static void put_field(struct ike_rec_out *o, const struct field *f, const uint8_t *cfg)
{
    const void *pointer;
    uint32_t v32;
    uint64_t v = 0;
    ike_span s;

    if (f->kind == UINT) {
        memcpy(f->size == 8 ? (void *)&v : (void *)&v32, cfg + f->at, f->size);
        v = f->size == 8 ? v : v32;
        if (v != 0) {
            put_head(o, f, f->size);
            ike__rec_put_uint(o, v, f->size);
        }
        return;
    }
    if (f->kind == ADDRESS) {
        put_address(o, f, cfg + f->at);
        return;
    }
    if (f->kind == SPAN) {
        memcpy(&s, cfg + f->at, sizeof(s));
        if (s.n > 0) {
            put_head(o, f, s.n);
            ike__rec_put(o, s.p, s.n);
        }
        return;
    }
    memcpy(&pointer, cfg + f->at, sizeof(pointer));
    if (f->kind == TEXT && pointer) {
        put_head(o, f, strlen(pointer) + 1); /* with its end, so that a reader can point at it */
        ike__rec_put(o, pointer, strlen(pointer) + 1);
    } else if (f->kind != TEXT) {
        memcpy(&v32, cfg + f->count_at, sizeof(v32));
        put_list(o, f, pointer, v32);
    }
}

void ike__rec_put_config(struct ike_rec_out *o, const ike_config *cfg, int with_secrets)
{
    static const uint8_t left_out[IKE_RECORD_LEFT_OUT_LEN];
    ike_config own;

    memset(&own, 0, sizeof(own));
    memcpy(&own, cfg, cfg->size < sizeof(own) ? cfg->size : sizeof(own));
    if (own.ticket.n > 0 && !with_secrets)
        own.ticket = (ike_span){left_out, sizeof(left_out)};
    for (size_t i = 0; i < FIELDS_N; i++)
        put_field(o, &fields[i], (const uint8_t *)&own);
}

/* ---- in ---- */

static void set_list(struct ike_rec_config *c, const struct field *f, const void *list, uint32_t n)
{
    memcpy((uint8_t *)&c->cfg + f->at, &list, sizeof(list));
    memcpy((uint8_t *)&c->cfg + f->count_at, &n, sizeof(n));
}

int ike__rec_selector(struct ike_rec_in *v, ike_ts *ts)
{
    ike_span first, last;

    memset(ts, 0, sizeof(*ts));
    ts->first.family = ts->last.family = (uint8_t)ike__rec_uint(v, 1);
    ts->proto = (uint8_t)ike__rec_uint(v, 1);
    ts->first.port = (uint16_t)ike__rec_uint(v, 2);
    ts->last.port = (uint16_t)ike__rec_uint(v, 2);
    first = ike__rec_take(v, 16);
    last = ike__rec_take(v, 16);
    if (v->is_short)
        return IKE_E_SYNTAX;
    memcpy(ts->first.ip, first.p, 16);
    memcpy(ts->last.ip, last.p, 16);
    return 0;
}

static int get_selectors(struct ike_rec_config *c, const struct field *f, struct ike_rec_in *v)
{
    ike_ts *list = c->ts[f->number & 1];
    uint32_t n = 0;

    while (v->n > 0 && n < f->max)
        if (ike__rec_selector(v, &list[n++]) < 0)
            return IKE_E_SYNTAX;
    set_list(c, f, list, n);
    return v->n == 0 ? 0 : IKE_E_SYNTAX;
}

static int get_spans(struct ike_rec_config *c, const struct field *f, struct ike_rec_in *v)
{
    uint32_t n = 0;

    while (v->n > 0 && n < f->max) {
        c->certs[n] = ike__rec_take(v, (size_t)ike__rec_uint(v, 4));
        n++;
    }
    set_list(c, f, c->certs, n);
    return v->n == 0 && !v->is_short ? 0 : IKE_E_SYNTAX;
}

static int get_octets_of(ike_addr *a, struct ike_rec_in *v)
{
    ike_span ip = ike__rec_take(v, 16);

    memset(a, 0, sizeof(*a));
    a->port = (uint16_t)ike__rec_uint(v, 2);
    a->family = (uint8_t)ike__rec_uint(v, 1);
    if (v->is_short)
        return IKE_E_SYNTAX;
    memcpy(a->ip, ip.p, 16);
    return 0;
}

static int get_address(uint8_t *at, struct ike_rec_in *v)
{
    ike_addr a;

    if (get_octets_of(&a, v) < 0 || v->n != 0)
        return IKE_E_SYNTAX;
    memcpy(at, &a, sizeof(a));
    return 0;
}

static int get_addresses(struct ike_rec_config *c, const struct field *f, struct ike_rec_in *v)
{
    ike_addr *list = c->addresses[f->number & 1];
    uint32_t n = 0;

    while (v->n > 0 && n < f->max)
        if (get_octets_of(&list[n++], v) < 0)
            return IKE_E_SYNTAX;
    set_list(c, f, list, n);
    return v->n == 0 ? 0 : IKE_E_SYNTAX;
}

static int get_field(struct ike_rec_config *c, const struct field *f, struct ike_rec_in *v)
{
    uint8_t *at = (uint8_t *)&c->cfg + f->at;
    ike_span s = {v->p, v->n};
    uint64_t u;
    uint32_t u32;

    switch (f->kind) {
    case UINT:
        if (v->n != f->size)
            return IKE_E_SYNTAX;
        u = ike__rec_uint(v, f->size);
        u32 = (uint32_t)u;
        memcpy(at, f->size == 8 ? (void *)&u : (void *)&u32, f->size);
        return 0;
    case TEXT:
        if (s.n == 0 || memchr(s.p, 0, s.n) != s.p + s.n - 1)
            return IKE_E_SYNTAX;
        memcpy(at, &s.p, sizeof(s.p));
        return 0;
    case SPAN:
        memcpy(at, &s, sizeof(s));
        return 0;
    case ADDRESS:
        return get_address(at, v);
    case ADDRESSES:
        return get_addresses(c, f, v);
    case CHILDREN:
        return ike__rec_children(c, v);
    case SELECTORS:
        return get_selectors(c, f, v);
    default:
        return get_spans(c, f, v);
    }
}

static const struct field *find(uint64_t number)
{
    for (size_t i = 0; i < FIELDS_N; i++)
        if (fields[i].number == number)
            return &fields[i];
    return NULL;
}

int ike__rec_config(struct ike_rec_in *in, struct ike_rec_config *c, const char **why)
{
    memset(c, 0, sizeof(*c));
    c->cfg.size = sizeof(c->cfg);
    while (in->n > 0) {
        struct ike_rec_in at = *in;
        const struct field *f = find(ike__rec_uint(in, 1));
        ike_span s = ike__rec_take(in, (size_t)ike__rec_uint(in, 4));
        struct ike_rec_in v = {s.p, s.n, 0};

        *why = in->is_short              ? "a field of the configuration goes beyond its end"
               : !f                      ? "a field of the configuration that this version does not know"
               : get_field(c, f, &v) < 0 ? "a field of the configuration is malformed"
                                         : NULL;
        if (*why) {
            *in = at;
            return IKE_E_SYNTAX;
        }
    }
    return 0;
}
