/* tests/bench/codec_bench.c - reading and checking a message (B13). SPDX-License-Identifier: Apache-2.0
 *
 * Everything that a client looks at before any cryptography: header, chain, payload counts, and the bodies of the
 * payloads. An IKE_SA_INIT response, the opened chain of an IKE_AUTH response with a certificate, and both with one octet
 * after the other spoilt. Allocations are counted by the C library's own figures.
 *
 * Not here: deciding (exchange/), decrypting (crypto/protect.c). */
#include "crypto/suites.h"
#include "exchange/exchange.h"
#include "lib.h"
#include "wire/payloads.h"
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define TURNS 20000u

struct sample {
    const char *name;
    const struct ike_rule *rules;
    uint8_t octets[2048];
    size_t n;
    unsigned well; /* how many of the last turns were well-formed */
};

static struct ike_proposal ours[IKE_PROPOSALS_MAX];
static uint32_t ours_n[2]; /* of IKE; ESP's lie behind */

static int read_body(const struct ike_payload *p)
{
    union {
        struct ike_ke ke;
        struct ike_id id;
        struct ike_cert cert;
        struct ike_auth_payload auth;
        struct ike_notify notify;
        struct ike_cp_attr attr;
        ike_span nonce;
    } u;
    struct ike_cp_reader cp;
    struct ike_proposal chosen;
    struct ike_suite suite;
    ike_ts ts[IKE_TS_MAX];
    int err;

    switch (p->type) {
    case IKE_P_SA:
        err = ike__suites_accept(ours, ours_n[0], p->body, &suite, &chosen);
        return err == 0 ? 0 : ike__suites_accept(ours + ours_n[0], ours_n[1], p->body, &suite, &chosen);
    case IKE_P_KE:
        return ike__ke_read(p->body, &u.ke);
    case IKE_P_NONCE:
        return ike__nonce_read(p->body, &u.nonce);
    case IKE_P_IDr:
        return ike__id_read(p->body, &u.id);
    case IKE_P_CERT:
        return ike__cert_read(p->body, &u.cert);
    case IKE_P_AUTH:
        return ike__auth_read(p->body, &u.auth);
    case IKE_P_NOTIFY:
        return ike__notify_read(p->body, &u.notify);
    case IKE_P_TSi:
    case IKE_P_TSr:
        return ike__ts_read(p->body, ts, IKE_TS_MAX) < 0 ? IKE_E_SYNTAX : 0;
    case IKE_P_CP:
        err = ike__cp_reader_init(&cp, p->body);
        while (err == 0 && (err = ike__cp_next(&cp, &u.attr)) == 1)
            err = 0;
        return err;
    default:
        return 0;
    }
}

/* 0: nothing is wrong with it. */
static int read_whole(const struct sample *s)
{
    struct ike_msg msg;
    uint8_t payload;

    msg.n = 0;
    if (ike__header_read(ike__span(s->octets, s->n), &msg.header) < 0 ||
        ike__msg_index(&msg, msg.header.next, ike__span(s->octets + IKE_HEADER_LEN, s->n - IKE_HEADER_LEN)) <
            0 ||
        ike__rules_check(s->rules, &msg, &payload) < 0)
        return IKE_E_SYNTAX;
    for (uint32_t i = 0; i < msg.n; i++)
        if (read_body(&msg.payload[i]) < 0)
            return IKE_E_SYNTAX;
    return 0;
}

static void frame(struct sample *s, uint8_t exchange, const struct ike_msg_out *o)
{
    struct ike_header h = {.spi_i = 1,
                           .spi_r = 2,
                           .next = o->first,
                           .version = 0x20,
                           .exchange = exchange,
                           .flags = IKE_FLAG_RESPONSE,
                           .length = (uint32_t)(IKE_HEADER_LEN + o->buf.n)};
    struct ike_buf b;

    ike__buf_init(&b, s->octets, sizeof(s->octets));
    ike__header_write(&b, &h);
    ike__buf_put(&b, ike__span(o->buf.p, o->buf.n));
    s->n = b.n;
    if (ike__out_err(o) < 0 || ike__buf_err(&b) < 0 || read_whole(s) < 0)
        abort(); /* the sample itself must be right */
}

static void chosen(struct ike_msg_out *o, uint8_t protocol, const char *suite, uint32_t at, uint32_t *n)
{
    const char *why;
    int got = ike__suites_parse(ours + at, 4, protocol, suite, 0, ike_crypto_mbedtls(), &why);

    if (got != 1)
        abort();
    *n = 1;
    if (protocol == IKE_PROTO_ESP) {
        ours[at].spi_len = 4;
        ours[at].spi[0] = 0xc0;
    }
    ike__sa_write(o, ours + at, 1);
}

static void make_init(struct sample *s)
{
    uint8_t body[1024], octets[64] = {1, 2, 3};
    struct ike_msg_out o;

    ike__out_init(&o, body, sizeof(body));
    chosen(&o, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519", 0, &ours_n[0]);
    ike__ke_write(&o, 31, ike__span(octets, 32));
    ike__nonce_write(&o, ike__span(octets, 32));
    ike__notify_write(&o, IKE_N_NAT_DETECTION_SOURCE_IP, ike__span(octets, 20));
    ike__notify_write(&o, IKE_N_NAT_DETECTION_DESTINATION_IP, ike__span(octets, 20));
    ike__notify_write(&o, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, ike__span(NULL, 0));
    ike__notify_write(&o, IKE_N_SIGNATURE_HASH_ALGORITHMS, ike__span(octets, 8));
    s->name = "IKE_SA_INIT response";
    s->rules = ike__ike_sa_init.response;
    frame(s, IKE_X_IKE_SA_INIT, &o);
}

static void make_auth(struct sample *s)
{
    uint8_t body[2048], octets[700] = {1, 2, 3};
    struct ike_id id = {.type = IKE_ID_FQDN, .data = ike__span_text("gw.example.org")};
    struct ike_cert cert = {.encoding = IKE_CERT_X509_SIGNATURE, .data = ike__span(octets, 600)};
    struct ike_auth_payload auth = {.method = 14, .data = ike__span(octets, 84)};
    struct ike_msg_out o;
    ike_ts ts;

    memset(&ts, 0, sizeof(ts));
    ts.first.family = ts.last.family = 4;
    memset(ts.last.ip, 0xff, 4);
    ts.last.port = 65535;
    ike__out_init(&o, body, sizeof(body));
    ike__id_write(&o, IKE_P_IDr, &id);
    ike__cert_write(&o, IKE_P_CERT, &cert);
    ike__auth_write(&o, &auth);
    ike__cp_begin(&o, IKE_CP_REPLY);
    ike__cp_attr(&o, IKE_CPA_IP4_ADDRESS, ike__span(octets, 4));
    ike__cp_attr(&o, IKE_CPA_IP4_DNS, ike__span(octets, 4));
    ike__cp_end(&o);
    chosen(&o, IKE_PROTO_ESP, "aes128gcm16", ours_n[0], &ours_n[1]);
    ike__ts_write(&o, IKE_P_TSi, &ts, 1);
    ike__ts_write(&o, IKE_P_TSr, &ts, 1);
    ike__notify_write(&o, IKE_N_MOBIKE_SUPPORTED, ike__span(NULL, 0));
    s->name = "IKE_AUTH response, opened";
    s->rules = ike__ike_auth.response;
    frame(s, IKE_X_IKE_AUTH, &o);
}

/* Nanoseconds a message. spoil: another octet is wrong each time. */
static double turn(struct sample *s, int spoil)
{
    double from = bench_cpu_us(), to;

    s->well = 0;
    for (unsigned i = 0; i < TURNS; i++) {
        size_t at = (i * 7u) % s->n;
        uint8_t was = s->octets[at];
        if (spoil)
            s->octets[at] = (uint8_t)(was ^ (1u + i % 255u));
        s->well += read_whole(s) == 0;
        s->octets[at] = was;
    }
    to = bench_cpu_us();
    return (to - from) * 1e3 / TURNS;
}

static void bench(struct sample *s)
{
    struct series well = {.n = 0}, spoilt = {.n = 0};
    size_t held = mallinfo2().uordblks;
    char what[96];

    for (unsigned i = 0; i < bench_pairs(); i++) {
        series_add(&well, turn(s, 0));
        if (s->well != TURNS)
            abort();
        series_add(&spoilt, turn(s, 1));
    }
    if (mallinfo2().uordblks != held)
        abort();
    snprintf(what, sizeof(what), "%s, %zu octets", s->name, s->n);
    report_series("B13", what, "ns", &well, NULL, NULL, "at most 2000");
    snprintf(what, sizeof(what), "%s, an octet spoilt", s->name);
    report_series("B13", what, "ns", &spoilt, "the whole one", &well, "no dearer than the whole one");
}

int main(void)
{
    static struct sample init, auth;

    bench_pin();
    make_init(&init);
    make_auth(&auth);
    bench(&init);
    bench(&auth);
    return 0;
}
