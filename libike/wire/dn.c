/* wire/dn.c - distinguished names: text <-> DER, and comparing them. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 5280 4.1.2.4 and 7.1, as far as identities need it: a SEQUENCE of SETs of one attribute or more. The
 * walk is bounded by the octets there; lengths go through the cursor alone.
 *
 * Not here: the other identity types (id.c). */
#include "wire/dn.h"
#include <ike/err.h>

enum {
    TAG_OID = 0x06,
    TAG_UTF8 = 0x0c,
    TAG_PRINTABLE = 0x13,
    TAG_IA5 = 0x16,
    TAG_SEQUENCE = 0x30,
    TAG_SET = 0x31
};

struct attribute {
    const char *name;
    uint8_t oid_n, tag;
    uint8_t oid[10];
};
static const struct attribute attributes[] = {
    {"CN", 3, TAG_UTF8, {0x55, 4, 3}},
    {"SN", 3, TAG_UTF8, {0x55, 4, 4}},
    {"serialNumber", 3, TAG_PRINTABLE, {0x55, 4, 5}},
    {"C", 3, TAG_PRINTABLE, {0x55, 4, 6}},
    {"L", 3, TAG_UTF8, {0x55, 4, 7}},
    {"ST", 3, TAG_UTF8, {0x55, 4, 8}},
    {"STREET", 3, TAG_UTF8, {0x55, 4, 9}},
    {"O", 3, TAG_UTF8, {0x55, 4, 10}},
    {"OU", 3, TAG_UTF8, {0x55, 4, 11}},
    {"T", 3, TAG_UTF8, {0x55, 4, 12}},
    {"G", 3, TAG_UTF8, {0x55, 4, 42}},
    {"E", 9, TAG_IA5, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}},
    {"emailAddress", 9, TAG_IA5, {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1}},
    {"DC", 10, TAG_IA5, {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25}},
    {"UID", 10, TAG_UTF8, {0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1}},
};
#define ATTRIBUTES_N (sizeof(attributes) / sizeof(attributes[0]))

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* ---- reading ---- */

/* One element: tag and value; lengths of up to two octets, definite and minimal enough for us. */
static int read_element(struct ike_cursor *c, uint8_t *tag, ike_span *value)
{
    size_t n;

    *tag = ike__cursor_u8(c);
    n = ike__cursor_u8(c);
    if (n == 0x81)
        n = ike__cursor_u8(c);
    else if (n == 0x82)
        n = ike__cursor_u16(c);
    else if (n >= 0x80)
        return IKE_E_SYNTAX;
    *value = ike__cursor_take(c, n);
    return ike__cursor_err(c);
}

struct walk { /* over all attributes of a name, in order */
    struct ike_cursor name, set;
    int bad;
};

static void walk_init(struct walk *w, ike_span der)
{
    struct ike_cursor c;
    ike_span seq;
    uint8_t tag;

    memset(w, 0, sizeof(*w));
    ike__cursor_init(&c, der);
    w->bad = read_element(&c, &tag, &seq) < 0 || tag != TAG_SEQUENCE || c.n > 0;
    ike__cursor_init(&w->name, w->bad ? ike__span(NULL, 0) : seq);
}

/* 1 with an attribute; 0 at the end; w->bad if it is no name. */
static int walk_next(struct walk *w, ike_span *oid, ike_span *value)
{
    ike_span set, pair;
    struct ike_cursor in;
    uint8_t tag;

    if (w->bad)
        return 0;
    if (w->set.n == 0) {
        if (w->name.n == 0)
            return 0;
        if (read_element(&w->name, &tag, &set) < 0 || tag != TAG_SET || set.n == 0) {
            w->bad = 1;
            return 0;
        }
        ike__cursor_init(&w->set, set);
    }
    if (read_element(&w->set, &tag, &pair) < 0 || tag != TAG_SEQUENCE) {
        w->bad = 1;
        return 0;
    }
    ike__cursor_init(&in, pair);
    if (read_element(&in, &tag, oid) < 0 || tag != TAG_OID || read_element(&in, &tag, value) < 0 ||
        in.n > 0) {
        w->bad = 1;
        return 0;
    }
    return 1;
}

static int same_value(ike_span a, ike_span b)
{
    if (a.n != b.n)
        return 0;
    for (size_t i = 0; i < a.n; i++)
        if (fold(a.p[i]) != fold(b.p[i]))
            return 0;
    return 1;
}

int ike__dn_equal(ike_span a, ike_span b)
{
    ike_span oid_a, oid_b, value_a, value_b;
    struct walk wa, wb;
    int more_a, more_b;

    if (a.n == 0 || b.n == 0)
        return 0;
    walk_init(&wa, a);
    walk_init(&wb, b);
    for (;;) {
        more_a = walk_next(&wa, &oid_a, &value_a);
        more_b = walk_next(&wb, &oid_b, &value_b);
        if (!more_a || !more_b)
            return more_a == more_b && !wa.bad && !wb.bad;
        if (!ike__span_equal(oid_a, oid_b) || !same_value(value_a, value_b))
            return 0;
    }
}

static const struct attribute *by_oid(ike_span oid)
{
    for (size_t i = 0; i < ATTRIBUTES_N; i++)
        if (ike__span_equal(oid, ike__span(attributes[i].oid, attributes[i].oid_n)))
            return &attributes[i];
    return NULL;
}

void ike__dn_print(struct ike_text *t, ike_span der)
{
    ike_span oid, value;
    struct walk w;
    int n = 0;

    walk_init(&w, der);
    while (walk_next(&w, &oid, &value)) {
        const struct attribute *a = by_oid(oid);
        if (n++ > 0)
            ike__text_put(t, ", ");
        if (a)
            ike__text_put(t, a->name);
        else
            ike__text_hex(t, oid);
        ike__text_put(t, "=");
        ike__text_safe(t, value);
    }
    if (w.bad) {
        ike__text_put(t, n ? ", dnhex:" : "dnhex:");
        ike__text_hex(t, der);
    }
}

/* ---- writing ---- */

static const struct attribute *by_name(const char *name, size_t n)
{
    for (size_t i = 0; i < ATTRIBUTES_N; i++)
        if (strlen(attributes[i].name) == n &&
            same_value(ike__span(attributes[i].name, n), ike__span(name, n)))
            return &attributes[i];
    return NULL;
}

static void put_length(struct ike_buf *b, size_t n)
{
    if (n >= 0x100) {
        ike__buf_u8(b, 0x82);
        ike__buf_u16(b, (uint16_t)n);
    } else {
        if (n >= 0x80)
            ike__buf_u8(b, 0x81);
        ike__buf_u8(b, (uint8_t)n);
    }
}

static size_t length_n(size_t n)
{
    return n >= 0x100 ? 3 : n >= 0x80 ? 2 : 1;
}

static void put_attribute(struct ike_buf *b, const struct attribute *a, ike_span value)
{
    size_t pair = 2u + a->oid_n + 1 + length_n(value.n) + value.n;

    ike__buf_u8(b, TAG_SET);
    put_length(b, 1 + length_n(pair) + pair);
    ike__buf_u8(b, TAG_SEQUENCE);
    put_length(b, pair);
    ike__buf_u8(b, TAG_OID);
    put_length(b, a->oid_n);
    ike__buf_put(b, ike__span(a->oid, a->oid_n));
    ike__buf_u8(b, a->tag);
    put_length(b, value.n);
    ike__buf_put(b, value);
}

static const char *skip_spaces(const char *s)
{
    while (*s == ' ')
        s++;
    return s;
}

static int put_all(const char *text, struct ike_buf *b)
{
    const char *s = skip_spaces(text);

    while (*s) {
        const char *eq = strchr(s, '='), *end;
        const struct attribute *a = eq ? by_name(s, (size_t)(eq - s)) : NULL;
        ike_span value;

        if (!a)
            return IKE_E_CONFIG;
        for (end = eq + 1; *end && *end != ',' && *end != '/'; end++)
            ;
        value = ike__span(eq + 1, (size_t)(end - eq - 1));
        while (value.n > 0 && value.p[0] == ' ')
            value = ike__span(value.p + 1, value.n - 1);
        while (value.n > 0 && value.p[value.n - 1] == ' ')
            value.n--;
        if (value.n == 0)
            return IKE_E_CONFIG;
        put_attribute(b, a, value);
        s = *end ? skip_spaces(end + 1) : end;
    }
    return ike__buf_err(b);
}

int ike__dn_encode(const char *text, struct ike_buf *b)
{
    uint8_t octets[1024];
    struct ike_buf inner;
    int err;

    ike__buf_init(&inner, octets, sizeof(octets));
    err = put_all(text[0] == '/' ? text + 1 : text, &inner);
    if (err < 0)
        return err;
    ike__buf_u8(b, TAG_SEQUENCE);
    put_length(b, inner.n);
    ike__buf_put(b, ike__span(inner.p, inner.n));
    return ike__buf_err(b);
}
