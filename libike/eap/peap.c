/* eap/peap.c - PEAP version 0 (MS-PEAP; draft-kamath-pppext-peapv0-00): another method inside of TLS. SPDX-License-Identifier: Apache-2.0
 *
 *   TLS handshake, the server by certificate
 *   <-- TLS { Identity }                 --> TLS { Identity, the name }
 *   <-- TLS { a method's request }       --> TLS { its response } …
 *   <-- TLS { Extensions: Result, Crypto-Binding }   --> TLS { the same }
 *
 * Inside, EAP goes without its first four octets; Extensions (type 33) alone have them. A result "success" counts only
 * when the method inside is done. Crypto-Binding proves that whoever ended the tunnel knows the key of the method
 * inside; where the server sends it, it has to be right, and the key of the whole is made of both. TLS 1.2 only:
 * with TLS 1.3 servers differ in the label that the binding's key is exported with.
 *
 * Not here: TLS (tls.c), fragments (fragments.c), the conversation inside (inner.c), Extensions (peap_tlv.c). */
#include "eap/peap.h"
#include "eap/inner.h"
#include <string.h>

#define TEXT_MAX 8192u /* what one flight may hold inside */

struct method {
    struct eap_inner inner;
    struct peap_binding binding;
    uint8_t is_done, is_bound, is_over;
};

/* ---- the method inside ---- */

static int answer_inner(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    uint8_t out[IKE_EAP_MAX];
    size_t n;
    int err = ike__inner_answer(&m->inner, c, out, &n);

    if (err == 0)
        err = ike__inner_send(&m->inner, st, out + 4, n - 4);
    ike__eap_wipe(out, sizeof(out));
    return err;
}

static int take_request(struct method *m, ike_eap_client *c, ike_eap_step *st, ike_span text)
{
    uint8_t whole[TEXT_MAX + 4] = {EAP_REQUEST, st->identifier, (uint8_t)((text.n + 4) >> 8),
                                   (uint8_t)(text.n + 4)};
    int err = m->inner.client ? 0 : ike__inner_new(&m->inner, c);

    memcpy(whole + 4, text.p, text.n);
    if (err == 0)
        err = ike__inner_take(&m->inner, (ike_span){whole, text.n + 4});
    ike__eap_wipe(whole, sizeof(whole));
    return err < 0 ? err : answer_inner(m, c, st);
}

/* ---- Extensions ---- */

static int send_result(struct method *m, ike_eap_step *st, uint8_t result)
{
    uint8_t text[11 + 4 + PEAP_BINDING_LEN] = {
        EAP_RESPONSE, st->identifier, 0, 11, EAP_TLV, 0x80, PEAP_RESULT, 0, 2, 0, result};
    size_t n = 11;
    int err = 0;

    if (m->is_bound) {
        err = ike__peap_answer(&m->binding, text + n);
        n += 4 + PEAP_BINDING_LEN;
        text[3] = (uint8_t)n;
    }
    return err < 0 ? err : ike__inner_send(&m->inner, st, text, n);
}

static int take_extensions(struct method *m, ike_eap_client *c, ike_eap_step *st, ike_span text)
{
    struct peap_extensions x;
    uint8_t tunnel[IKE_EAP_MSK_SIZE];
    int err = ike__peap_extensions(text, &x);

    if (err < 0)
        return err;
    m->is_over = 1;
    if (x.result == PEAP_FAILURE) {
        if (!ike_eap_trouble(c)[0])
            ike_eap_say_trouble(c, "the authentication server refused us inside of PEAP");
        return send_result(m, st, PEAP_FAILURE);
    }
    if (!m->inner.is_done) {
        ike_eap_say_trouble(c, "PEAP: success before the method inside is done");
        return IKE_E_AUTH;
    }
    if (x.binding.p) {
        err = ike__eap_tls_msk(m->inner.tls, EAP_PEAP, tunnel);
        if (err == 0)
            err = ike__peap_bind(&m->binding, tunnel, m->inner.msk, x.binding);
        ike__eap_wipe(tunnel, sizeof(tunnel));
        if (err == IKE_E_AUTH)
            ike_eap_say_trouble(c, "PEAP: who ended the tunnel does not know the key of the method inside");
        if (err < 0)
            return err;
        m->is_bound = 1;
    }
    m->is_done = 1;
    return send_result(m, st, PEAP_SUCCESS);
}

static int take_text(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    uint8_t text[TEXT_MAX];
    int n = ike__eap_tls_read(m->inner.tls, text, sizeof(text));
    size_t length;

    if (n <= 0 || m->is_over)
        return n < 0 ? n : IKE_E_SYNTAX;
    length = n >= 5 ? (size_t)text[2] << 8 | text[3] : 0;
    if (length == (size_t)n && text[0] == EAP_REQUEST && text[4] == EAP_TLV)
        return take_extensions(m, c, st, (ike_span){text + 5, (size_t)n - 5});
    return take_request(m, c, st, (ike_span){text, (size_t)n});
}

/* ---- the outer side ---- */

static int go_on(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    int got;

    if (m->inner.waits) /* the same request again, now that a person has answered */
        return answer_inner(m, c, st);
    got = ike__inner_receive(&m->inner, c, st, TLS_1_2);
    if (got <= 0)
        return got;
    if (ike__eap_tls_is_over(m->inner.tls))
        return take_text(m, c, st);
    got = ike__eap_tls_handshake(m->inner.tls, c);
    if (got < 0)
        return got;
    ike__eap_tls_flush(m->inner.tls, st);
    return 0;
}

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct method *m = ctx;
    int err = go_on(m, c, st);

    m->inner.waits = err == IKE_E_PENDING;
    if (err == 0 && m->is_done) {
        st->is_done = st->has_msk = 1;
        err = m->is_bound ? ike__peap_msk(&m->binding, st->msk)
                          : ike__eap_tls_msk(m->inner.tls, EAP_PEAP, st->msk);
    }
    return err;
}

static void end(void *ctx)
{
    ike__inner_free(&((struct method *)ctx)->inner);
}

const ike_eap_method ike__eap_peap = {.abi = IKE_EAP_ABI,
                                      .type = EAP_PEAP,
                                      .name = "peap",
                                      .ctx_size = sizeof(struct method),
                                      .step = step,
                                      .end = end};
