/* fuzz/message.c - a datagram through header, payload chain and every payload reader. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__datagram_kind ike__header_read ike__msg_index ike__msg_print and all of wire/payloads.h */
#include "wire/payloads.h"
#include "wire/print.h"
#include "wire/rules.h"
#include "wire/sa.h"
#include "wire/sk.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_payload(const struct ike_payload *p, ike_span message)
{
    union {
        struct ike_ke ke;
        struct ike_cert cert;
        struct ike_auth_payload auth;
        struct ike_notify notify;
        struct ike_delete delete;
        struct ike_eap eap;
        struct ike_sk sk;
    } u;
    struct ike_cp_reader cp;
    struct ike_cp_attr attr;
    struct ike_sa_reader sa;
    struct ike_proposal proposal;
    struct ike_id id;
    struct ike_text t;
    ike_ts ts[IKE_TS_MAX];
    ike_span nonce;
    char text[128];

    (void)ike__ke_read(p->body, &u.ke);
    (void)ike__nonce_read(p->body, &nonce);
    (void)ike__cert_read(p->body, &u.cert);
    (void)ike__auth_read(p->body, &u.auth);
    (void)ike__notify_read(p->body, &u.notify);
    (void)ike__delete_read(p->body, &u.delete);
    (void)ike__eap_read(p->body, &u.eap);
    (void)ike__ts_read(p->body, ts, IKE_TS_MAX);
    if (ike__id_read(p->body, &id) == 0) {
        ike__text_init(&t, text, sizeof(text));
        ike__id_print(&t, &id);
        if (ike__id_match(&id, &id) < 0)
            abort();
    }
    ike__sa_reader_init(&sa, p->body);
    while (ike__sa_next(&sa, &proposal) == 1)
        ;
    if (ike__cp_reader_init(&cp, p->body) == 0)
        while (ike__cp_next(&cp, &attr) == 1)
            ;
    if (p->type == IKE_P_SK || p->type == IKE_P_SKF)
        (void)ike__sk_split(&u.sk, message, p, 8, 16, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct ike_rule rules[] = {{IKE_P_SA, 1, 1}, {IKE_P_KE, 1, 1}, {0, 0, 0}};
    struct ike_header h;
    struct ike_msg msg;
    struct ike_text t;
    ike_span body, message = ike__span(data, n);
    uint8_t at;
    char line[300];

    (void)ike__datagram_kind(message, 1, &body);
    if (n < IKE_HEADER_LEN)
        return 0;
    (void)ike__header_read(message, &h);
    h.next = data[16];
    memset(&msg, 0, sizeof(msg));
    if (ike__msg_index(&msg, h.next, ike__span(data + 28, n - 28)) < 0)
        return 0;
    msg.header = h;
    ike__text_init(&t, line, sizeof(line));
    ike__msg_print(&t, &msg);
    (void)ike__rules_check(rules, &msg, &at);
    for (uint32_t i = 0; i < msg.n; i++)
        read_payload(&msg.payload[i], message);
    return 0;
}
