/* fuzz/payload.c - one payload body at a time: what can be read can be written and read again. SPDX-License-Identifier: Apache-2.0
 * Target functions: the readers and writers of wire/payloads.h and wire/sa.h, ike__id_parse, ike__dn_encode */
#include "wire/dn.h"
#include "wire/payloads.h"
#include "wire/sa.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static uint8_t octets[70000];

static ike_span body_of(struct ike_msg_out *o)
{
    static struct ike_msg msg;

    if (ike__out_err(o) < 0 || ike__msg_index(&msg, o->first, ike__span(o->buf.p, o->buf.n)) < 0 ||
        msg.n != 1)
        abort();
    return msg.payload[0].body;
}

static void same(ike_span a, ike_span b)
{
    if (!ike__span_equal(a, b))
        abort();
}

static void try_ts(ike_span s, struct ike_msg_out *o)
{
    ike_ts ts[IKE_TS_MAX], again[IKE_TS_MAX];
    int k = ike__ts_read(s, ts, IKE_TS_MAX);

    if (k <= 0)
        return;
    ike__ts_write(o, IKE_P_TSi, ts, (uint32_t)k);
    if (ike__ts_read(body_of(o), again, IKE_TS_MAX) != k || memcmp(ts, again, sizeof(ts[0]) * (size_t)k) != 0)
        abort();
}

static void try_sa(ike_span s, struct ike_msg_out *o)
{
    static struct ike_proposal p[IKE_PROPOSALS_MAX], again;
    struct ike_sa_reader r;
    size_t k = 0;

    ike__sa_reader_init(&r, s);
    while (k < IKE_PROPOSALS_MAX && ike__sa_next(&r, &p[k]) == 1)
        k++;
    if (k == 0)
        return;
    for (size_t i = 0; i < k; i++)
        p[i].number = (uint8_t)(i + 1);
    ike__sa_write(o, p, k);
    ike__sa_reader_init(&r, body_of(o));
    for (size_t i = 0; i < k; i++)
        if (ike__sa_next(&r, &again) != 1 || again.n != p[i].n || again.spi_len != p[i].spi_len)
            abort();
}

static void try_id(ike_span s, struct ike_msg_out *o)
{
    struct ike_id id, again;
    struct ike_text t;
    char text[300];

    if (ike__id_read(s, &id) < 0)
        return;
    ike__id_write(o, IKE_P_IDr, &id);
    if (ike__id_read(body_of(o), &again) < 0 || again.type != id.type)
        abort();
    same(id.data, again.data);
    if (ike__id_match(&id, &again) != ike__id_match(&again, &id))
        abort();
    ike__text_init(&t, text, sizeof(text));
    ike__id_print(&t, &id);
}

static void try_text(ike_span s)
{
    uint8_t buf[1200];
    struct ike_id id;
    char text[600];

    if (s.n >= sizeof(text))
        return;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (ike__id_parse(&id, text, buf, sizeof(buf)) == 0 && id.data.n == 0)
        abort();
}

static void try_two_names(ike_span s)
{
    size_t half = s.n / 2;
    ike_span a = ike__span(s.p, half), b = ike__span(s.p + half, s.n - half);

    if (ike__dn_equal(a, b) != ike__dn_equal(b, a))
        abort();
}

static void try_cp(ike_span s, struct ike_msg_out *o)
{
    struct ike_cp_reader r;
    struct ike_cp_attr a;
    size_t left = s.n;

    if (ike__cp_reader_init(&r, s) < 0)
        return;
    ike__cp_begin(o, r.type);
    while (ike__cp_next(&r, &a) == 1) {
        if (left-- == 0)
            abort(); /* no step without an octet */
        ike__cp_attr(o, a.type, a.value);
    }
    ike__cp_end(o);
    (void)body_of(o);
}

static void try_simple(ike_span s, struct ike_msg_out *o)
{
    struct ike_notify n, again;
    struct ike_delete d;
    struct ike_ke ke;
    struct ike_eap e;

    (void)ike__delete_read(s, &d);
    (void)ike__eap_read(s, &e);
    if (ike__ke_read(s, &ke) == 0 && ke.data.n == 0)
        abort();
    if (ike__notify_read(s, &n) < 0)
        return;
    ike__notify_write_spi(o, n.protocol, n.spi, n.type, n.data);
    if (ike__notify_read(body_of(o), &again) < 0 || again.type != n.type)
        abort();
    same(n.data, again.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ike_msg_out o;
    ike_span s;

    if (n < 1 || n > 60000)
        return 0;
    s = ike__span(data + 1, n - 1);
    ike__out_init(&o, octets, sizeof(octets));
    switch (data[0] % 7) {
    case 0:
        try_ts(s, &o);
        break;
    case 1:
        try_sa(s, &o);
        break;
    case 2:
        try_id(s, &o);
        break;
    case 3:
        try_text(s);
        break;
    case 4:
        try_two_names(s);
        break;
    case 5:
        try_cp(s, &o);
        break;
    default:
        try_simple(s, &o);
        break;
    }
    return 0;
}
