/* eap/ttls.c - EAP-TTLS version 0 (RFC 5281): another method, or the bare password, inside of TLS. SPDX-License-Identifier: Apache-2.0
 *
 *   TLS handshake, the server by certificate   --> TLS { EAP-Message(Response/Identity) }
 *   <-- TLS { EAP-Message(Request) }           --> TLS { EAP-Message(Response) } …
 *   or a password without EAP (ttls_plain.c). The key is that of TLS.
 *
 * Not here: TLS (tls.c), fragments (fragments.c), the conversation inside (inner.c), AVPs (ttls_avp.c). */
#include "eap/inner.h"
#include "eap/ttls.h"
#include <string.h>

enum { INNER_SUCCESS = 3, INNER_FAILURE = 4 };
#define TEXT_MAX 8192u /* what one flight may hold inside */

struct method {
    struct eap_inner inner;
    struct ttls_chap chap;
};

/* The EAP messages of a flight, one behind the other, move to its front: their length, or SYNTAX. */
static int take_eap(uint8_t *text, size_t n)
{
    struct eap_cursor in = {text, n, 0};
    struct ttls_avp avp;
    size_t total = 0;
    int got;

    while ((got = ike__ttls_next(&in, &avp)) == 1) {
        if (avp.code == AVP_EAP_MESSAGE && avp.vendor == 0) {
            memmove(text + total, avp.data.p, avp.data.n);
            total += avp.data.n;
        } else if (avp.is_mandatory) {
            return IKE_E_SYNTAX; /* RFC 5281 10.1: "… MUST fail the negotiation …" */
        }
    }
    return got < 0 ? IKE_E_SYNTAX : (int)total;
}

/* ---- without EAP ---- */

static int send_plain(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    int is_chap = ike_eap_client_config(c)->inner_plain == IKE_EAP_PLAIN_MSCHAPV2;
    uint8_t text[TTLS_PLAIN_MAX], challenge[17];
    size_t n = 0;
    int err = 0;

    if (is_chap)
        err = ike__eap_tls_export(m->inner.tls, "ttls challenge", challenge, sizeof(challenge));
    if (err == 0)
        err = is_chap ? ike__ttls_chap(&m->chap, c, challenge, text, &n) : ike__ttls_pap(c, text, &n);
    if (err == 0)
        err = ike__inner_send(&m->inner, st, text, n);
    m->inner.is_done = !is_chap; /* there the server has to prove itself, too */
    ike__eap_wipe(text, sizeof(text));
    return err;
}

static int take_plain(struct method *m, ike_eap_client *c, ike_eap_step *st, ike_span text)
{
    int err =
        m->chap.has_answered && !m->inner.is_done ? ike__ttls_chap_check(&m->chap, c, text) : IKE_E_SYNTAX;

    if (err < 0)
        return err;
    m->inner.is_done = 1;
    ike__eap_tls_flush(m->inner.tls, st);
    return 0;
}

/* ---- EAP ---- */

static int answer_inner(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    uint8_t out[IKE_EAP_MAX], text[IKE_EAP_MAX + 12];
    size_t n;
    int err = ike__inner_answer(&m->inner, c, out, &n);

    if (err == 0) {
        n = ike__ttls_put(text, 0, 0, AVP_EAP_MESSAGE, (ike_span){out, n});
        err = ike__inner_send(&m->inner, st, text, n);
        ike__eap_wipe(text, sizeof(text));
    }
    ike__eap_wipe(out, sizeof(out));
    return err;
}

/* What the server says inside: a request goes to the inner client. */
static int take_inner(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    uint8_t text[TEXT_MAX];
    int n = ike__eap_tls_read(m->inner.tls, text, sizeof(text));

    if (n == 0 && ike__eap_tls_is_13(m->inner.tls)) { /* tickets, which we have no use for */
        ike__eap_tls_flush(m->inner.tls, st);
        return 0;
    }
    if (n > 0 && !m->inner.client)
        return take_plain(m, c, st, (ike_span){text, (size_t)n});
    if (n > 0)
        n = take_eap(text, (size_t)n);
    if (n < 4)
        return n < 0 ? n : IKE_E_SYNTAX;
    if (text[0] == INNER_FAILURE) {
        ike_eap_say_trouble(c, "the authentication server refused us inside of TTLS");
        return IKE_E_PEER_DENIED;
    }
    if (text[0] == INNER_SUCCESS) { /* not needed: the one outside is what counts */
        ike__eap_tls_flush(m->inner.tls, st);
        return 0;
    }
    n = ike__inner_take(&m->inner, (ike_span){text, (size_t)n});
    return n < 0 ? n : answer_inner(m, c, st);
}

/* ---- the outer side ---- */

static int handshake(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    /* who speaks inside begins with its name, unasked (RFC 5281 11.2.1) */
    static const uint8_t who[] = {EAP_REQUEST, 0, 0, 5, EAP_IDENTITY};
    int got = ike__eap_tls_handshake(m->inner.tls, c);

    if (got < 0)
        return got;
    if (got == 0) {
        ike__eap_tls_flush(m->inner.tls, st);
        return 0;
    }
    if (!ike_eap_client_config(c)->inner)
        return send_plain(m, c, st);
    got = ike__inner_new(&m->inner, c);
    if (got == 0)
        got = ike__inner_take(&m->inner, (ike_span){who, sizeof(who)});
    return got < 0 ? got : answer_inner(m, c, st);
}

static int go_on(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    int got;

    if (m->inner.waits) /* the same request again, now that a person has answered */
        return m->inner.client ? answer_inner(m, c, st) : send_plain(m, c, st);
    got = ike__inner_receive(&m->inner, c, st, TLS_1_3);
    if (got <= 0)
        return got;
    return ike__eap_tls_is_over(m->inner.tls) ? take_inner(m, c, st) : handshake(m, c, st);
}

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct method *m = ctx;
    int err = go_on(m, c, st);

    m->inner.waits = err == IKE_E_PENDING;
    if (err == 0 && m->inner.is_done) {
        st->is_done = st->has_msk = 1;
        err = ike__eap_tls_msk(m->inner.tls, EAP_TTLS, st->msk);
    }
    return err;
}

static void end(void *ctx)
{
    ike__inner_free(&((struct method *)ctx)->inner);
}

const ike_eap_method ike__eap_ttls = {.abi = IKE_EAP_ABI,
                                      .type = EAP_TTLS,
                                      .name = "ttls",
                                      .ctx_size = sizeof(struct method),
                                      .step = step,
                                      .end = end};
