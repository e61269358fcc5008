/* wire/id.c - IDi and IDr (RFC 7296 3.5): bytes, text, comparison. SPDX-License-Identifier: Apache-2.0
 *
 * Text is typed by its looks, as users of other IKE software write it, or by a prefix: "fqdn:gw.test".
 *
 * Not here: distinguished names (dn.c), whether a certificate proves an identity (the host's trust). */
#include "wire/dn.h"
#include "wire/payloads.h"
#include <ike/err.h>

int ike__id_read(ike_span body, struct ike_id *id)
{
    struct ike_cursor c;

    memset(id, 0, sizeof(*id));
    ike__cursor_init(&c, body);
    id->type = ike__cursor_u8(&c);
    ike__cursor_skip(&c, 3);
    id->data = ike__cursor_rest(&c);
    if (c.bad || id->type == 0)
        return IKE_E_SYNTAX;
    if (id->type == IKE_ID_NULL) /* RFC 7619 2.2: "… MUST be empty" */
        return id->data.n == 0 ? 0 : IKE_E_SYNTAX;
    if (id->type == IKE_ID_IPV4_ADDR && id->data.n != 4)
        return IKE_E_SYNTAX;
    if (id->type == IKE_ID_IPV6_ADDR && id->data.n != 16)
        return IKE_E_SYNTAX;
    return id->data.n > 0 ? 0 : IKE_E_SYNTAX;
}

void ike__id_write(struct ike_msg_out *o, uint8_t payload, const struct ike_id *id)
{
    ike__out_begin(o, payload);
    ike__buf_u8(&o->buf, id->type);
    ike__buf_zero(&o->buf, 3);
    ike__buf_put(&o->buf, id->data);
    ike__out_end(o);
}

/* ---- text ---- */

static int put_hex(struct ike_buf *b, const char *s)
{
    for (; s[0]; s += 2) {
        int hi = ike__hex_value(s[0]), lo = hi < 0 ? -1 : ike__hex_value(s[1]);
        if (lo < 0)
            return IKE_E_CONFIG;
        ike__buf_u8(b, (uint8_t)(hi << 4 | lo));
    }
    return 0;
}

static int put_addr(struct ike_buf *b, const char *s, uint8_t *type)
{
    ike_addr a;

    if (ike__addr_parse(&a, s) < 0)
        return IKE_E_CONFIG;
    *type = a.family == 4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR;
    ike__buf_put(b, ike__span(a.ip, a.family == 4 ? 4 : 16));
    return 0;
}

static const struct {
    const char *prefix;
    uint8_t type;
} prefixes[] = {{"fqdn:", IKE_ID_FQDN},         {"dns:", IKE_ID_FQDN},
                {"email:", IKE_ID_RFC822_ADDR}, {"ip:", IKE_ID_IPV4_ADDR},
                {"ipv4:", IKE_ID_IPV4_ADDR},    {"ipv6:", IKE_ID_IPV4_ADDR},
                {"dn:", IKE_ID_DER_ASN1_DN},    {"asn1dn:", IKE_ID_DER_ASN1_DN},
                {"keyid:", IKE_ID_KEY_ID},      {"dnhex:", 0}};
#define PREFIXES_N (sizeof(prefixes) / sizeof(prefixes[0]))

/* The type a text has by its prefix or its looks; *value: what follows. 0: "dnhex:". */
static uint8_t guess_type(const char *text, const char **value)
{
    ike_addr a;

    for (size_t i = 0; i < PREFIXES_N; i++)
        if (strncmp(text, prefixes[i].prefix, strlen(prefixes[i].prefix)) == 0) {
            *value = text + strlen(prefixes[i].prefix);
            return prefixes[i].type;
        }
    *value = text;
    if (ike__addr_parse(&a, text) == 0)
        return IKE_ID_IPV4_ADDR;
    if (strchr(text, '='))
        return IKE_ID_DER_ASN1_DN;
    if (text[0] == '@') {
        *value = text + 1;
        return IKE_ID_FQDN;
    }
    return strchr(text, '@') ? IKE_ID_RFC822_ADDR : IKE_ID_FQDN;
}

static int put_value(struct ike_id *id, const char *value, struct ike_buf *b)
{
    switch (id->type) {
    case IKE_ID_IPV4_ADDR:
        return put_addr(b, value, &id->type);
    case IKE_ID_DER_ASN1_DN:
        return ike__dn_encode(value, b);
    case 0:
        id->type = IKE_ID_DER_ASN1_DN;
        return put_hex(b, value);
    default:
        break;
    }
    if (value[0] == '#' && id->type == IKE_ID_FQDN) { /* "@#hex" */
        id->type = IKE_ID_KEY_ID;
        return put_hex(b, value + 1);
    }
    ike__buf_put(b, ike__span_text(value));
    return 0;
}

int ike__id_parse(struct ike_id *id, const char *text, uint8_t *buf, size_t cap)
{
    const char *value;
    struct ike_buf b;
    int err;

    memset(id, 0, sizeof(*id));
    ike__buf_init(&b, buf, cap);
    id->type = guess_type(text, &value);
    err = put_value(id, value, &b);
    if (err == 0)
        err = ike__buf_err(&b);
    if (err == 0 && b.n == 0)
        err = IKE_E_CONFIG;
    id->data = ike__span(b.p, b.n);
    return err;
}

void ike__id_print(struct ike_text *t, const struct ike_id *id)
{
    ike_addr a;

    switch (id->type) {
    case IKE_ID_IPV4_ADDR:
    case IKE_ID_IPV6_ADDR:
        memset(&a, 0, sizeof(a));
        a.family = id->data.n == 4 ? 4 : 6;
        if (id->data.n == 4 || id->data.n == 16) {
            memcpy(a.ip, id->data.p, id->data.n);
            ike__text_addr(t, &a);
        }
        return;
    case IKE_ID_DER_ASN1_DN:
        ike__dn_print(t, id->data);
        return;
    case IKE_ID_FQDN:
    case IKE_ID_RFC822_ADDR:
        ike__text_safe(t, id->data);
        return;
    case IKE_ID_NULL:
        ike__text_put(t, "nobody");
        return;
    default:
        ike__text_put(t, "keyid:");
        ike__text_safe(t, id->data);
        return;
    }
}

/* ---- comparison ---- */

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static int has_control(ike_span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == 0 || s.p[i] == '\r' || s.p[i] == '\n')
            return 1;
    return 0;
}

static ike_span without_dot(ike_span s)
{
    if (s.n > 1 && s.p[s.n - 1] == '.')
        s.n--;
    return s;
}

static int same_text(ike_span a, ike_span b, size_t exact)
{
    if (a.n != b.n || a.n == 0)
        return 0;
    for (size_t i = 0; i < a.n; i++)
        if (i < exact ? a.p[i] != b.p[i] : fold(a.p[i]) != fold(b.p[i]))
            return 0;
    return 1;
}

static size_t local_part(ike_span s)
{
    size_t n = s.n;

    while (n > 0 && s.p[n - 1] != '@')
        n--;
    return n;
}

int ike__id_match(const struct ike_id *a, const struct ike_id *b)
{
    if (a->type != b->type)
        return 0;
    switch (a->type) {
    case IKE_ID_FQDN: /* RFC 4945 3.1.2: without regard to case, no control characters */
        return !has_control(a->data) && !has_control(b->data) &&
               same_text(without_dot(a->data), without_dot(b->data), 0);
    case IKE_ID_RFC822_ADDR:
        return !has_control(a->data) && !has_control(b->data) &&
               same_text(a->data, b->data, local_part(a->data));
    case IKE_ID_DER_ASN1_DN:
        return ike__dn_equal(a->data, b->data);
    default:
        return a->data.n > 0 && ike__span_equal(a->data, b->data);
    }
}
