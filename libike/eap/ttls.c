/* eap/ttls.c - EAP-TTLS version 0 (RFC 5281): another method, or the bare password, inside of TLS. SPDX-License-Identifier: Apache-2.0
 *
 *   TLS handshake, the server by certificate   --> TLS { EAP-Message(Response/Identity) }
 *   <-- TLS { EAP-Message(Request) }           --> TLS { EAP-Message(Response) } …
 *   or, with PAP:                              --> TLS { User-Name, User-Password }
 *
 * The inner methods run in a client of their own; its questions go to the same person. The key is that of TLS.
 *
 * Not here: TLS (tls.c), fragments (fragments.c). */
#include "eap/tls.h"
#include <stdlib.h>
#include <string.h>

enum { AVP_USER_NAME = 1, AVP_USER_PASSWORD = 2, AVP_EAP_MESSAGE = 79 };
enum { AVP_VENDOR = 0x80, AVP_MANDATORY = 0x40 };
enum { INNER_SUCCESS = 3, INNER_FAILURE = 4 };
#define TEXT_MAX 8192u /* what one flight may hold inside */

struct method {
    struct eap_tls *tls;
    ike_eap_client *inner;
    uint8_t *request; /* EAP, inside; kept while a person is asked */
    size_t request_n;
    uint32_t round;
    uint8_t waits, is_done, zero[2];
};

/* ---- AVPs: RFC 5281 10.1 ---- */

static size_t put_avp(uint8_t *out, size_t at, uint32_t code, ike_span data)
{
    size_t n = 8 + data.n;

    memset(out + at, 0, 8);
    out[at + 3] = (uint8_t)code;
    out[at + 4] = AVP_MANDATORY;
    out[at + 6] = (uint8_t)(n >> 8);
    out[at + 7] = (uint8_t)n;
    if (data.n > 0)
        memcpy(out + at + 8, data.p, data.n);
    at += n;
    while (at % 4 != 0)
        out[at++] = 0;
    return at;
}

/* The EAP messages of a flight, one behind the other, move to its front: their length, or SYNTAX. The length of an AVP
 * counts its header: less than that is none (CVE-2026-25075). */
static int take_eap(uint8_t *text, size_t n)
{
    struct eap_cursor in = {text, n, 0};
    size_t total = 0;

    while (in.n > 0 && !in.bad) {
        uint32_t code = ike__eap_uint(&in, 4), flags = ike__eap_uint(&in, 1), length = ike__eap_uint(&in, 3);
        uint32_t head = flags & AVP_VENDOR ? 12 : 8;
        ike_span data;

        if (in.bad || length < head)
            return IKE_E_SYNTAX;
        (void)ike__eap_take(&in, head - 8);
        data = ike__eap_take(&in, length - head);
        (void)ike__eap_take(&in, in.n < (4 - length % 4) % 4 ? in.n : (4 - length % 4) % 4);
        if (in.bad)
            return IKE_E_SYNTAX;
        if (code == AVP_EAP_MESSAGE && head == 8) {
            memmove(text + total, data.p, data.n);
            total += data.n;
        } else if (flags & AVP_MANDATORY) {
            return IKE_E_SYNTAX; /* RFC 5281 10.1: "… MUST fail the negotiation …" */
        }
    }
    return in.bad ? IKE_E_SYNTAX : (int)total;
}

/* ---- the inner side ---- */

static int forward(void *user, const ike_eap_prompt *p, uint8_t *out, size_t cap, size_t *n)
{
    ike_span said;
    int err = ike_eap_prompt_for(user, p, &said);

    if (err < 0)
        return err;
    if (said.n > cap)
        return IKE_E_NOSPACE;
    if (said.n > 0)
        memcpy(out, said.p, said.n);
    *n = said.n;
    return 0;
}

static int new_inner(struct method *m, ike_eap_client *c)
{
    ike_eap_config cfg = *ike_eap_client_config(c);

    cfg.methods = cfg.inner;
    cfg.inner = NULL;
    cfg.anonymous = NULL;
    cfg.password = ike__eap_password_if_any(c);
    cfg.prompt = forward;
    cfg.user = c;
    return ike_eap_client_new(&m->inner, &cfg, NULL);
}

static int send_text(struct method *m, ike_eap_step *st, const uint8_t *text, size_t n)
{
    int err = ike__eap_tls_write(m->tls, (ike_span){text, n});

    if (err == 0)
        ike__eap_tls_flush(m->tls, st);
    return err;
}

/* RFC 5281 11.2.5: the password with zeros behind it, so that its length is not seen. */
static int send_pap(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    const char *name = ike_eap_client_config(c)->identity;
    uint8_t text[2400], padded[1040] = {0};
    ike_span password;
    size_t n;
    int err = ike_eap_password(c, &password);

    if (err == 0 && password.n > 1024)
        err = IKE_E_CONFIG;
    if (err < 0)
        return err;
    memcpy(padded, password.p, password.n);
    n = put_avp(text, 0, AVP_USER_NAME, (ike_span){(const uint8_t *)name, strlen(name)});
    n = put_avp(text, n, AVP_USER_PASSWORD, (ike_span){padded, (password.n + 16) / 16 * 16});
    err = send_text(m, st, text, n);
    m->is_done = 1;
    ike__eap_wipe(text, sizeof(text));
    ike__eap_wipe(padded, sizeof(padded));
    return err;
}

/* Who speaks inside begins with its name, unasked (RFC 5281 11.2.1). */
static int ask_for_name(struct method *m)
{
    static const uint8_t who[] = {EAP_REQUEST, 0, 0, 5, EAP_IDENTITY};

    m->request = malloc(sizeof(who));
    if (!m->request)
        return IKE_E_NOMEM;
    memcpy(m->request, who, sizeof(who));
    m->request_n = sizeof(who);
    m->round = 1;
    return 0;
}

static int answer_inner(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    uint8_t out[IKE_EAP_MAX + IKE_EAP_MSK_SIZE], text[IKE_EAP_MAX + 12];
    ike_ask ask;
    size_t n;
    int verdict;

    memset(&ask, 0, sizeof(ask));
    ask.kind = IKE_ASK_EAP;
    ask.round = m->round;
    ask.tbs = (ike_span){m->request, m->request_n};
    verdict = ike_eap_answer(m->inner, &ask, out, sizeof(out), &n);
    m->waits = verdict == IKE_E_PENDING;
    if (verdict >= 0) {
        m->is_done = verdict == IKE_EAP_DONE;
        n = put_avp(text, 0, AVP_EAP_MESSAGE, (ike_span){out, (size_t)out[2] << 8 | out[3]});
        verdict = send_text(m, st, text, n);
    }
    if (ike_eap_trouble(m->inner)[0])
        ike_eap_say_trouble(c, ike_eap_trouble(m->inner));
    ike__eap_wipe(out, sizeof(out));
    ike__eap_wipe(text, sizeof(text));
    return verdict;
}

/* What the server says inside: a request goes to the inner client. */
static int take_inner(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    uint8_t text[TEXT_MAX];
    int n = ike__eap_tls_read(m->tls, text, sizeof(text));

    if (n > 0)
        n = take_eap(text, (size_t)n);
    if (n < 4 || !m->inner)
        return n < 0 ? n : IKE_E_SYNTAX;
    if (text[0] == INNER_FAILURE) {
        ike_eap_say_trouble(c, "the authentication server refused us inside of TTLS");
        return IKE_E_PEER_DENIED;
    }
    if (text[0] == INNER_SUCCESS) { /* not needed: the one outside is what counts */
        ike__eap_tls_flush(m->tls, st);
        return 0;
    }
    free(m->request);
    m->request = malloc((size_t)n);
    if (!m->request)
        return IKE_E_NOMEM;
    memcpy(m->request, text, (size_t)n);
    m->request_n = (size_t)n;
    m->round++;
    return answer_inner(m, c, st);
}

/* ---- the outer side ---- */

static int handshake(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    int got = ike__eap_tls_handshake(m->tls, c);

    if (got < 0)
        return got;
    if (got == 0) {
        ike__eap_tls_flush(m->tls, st);
        return 0;
    }
    if (!ike_eap_client_config(c)->inner)
        return send_pap(m, c, st);
    got = new_inner(m, c);
    if (got == 0)
        got = ask_for_name(m);
    return got < 0 ? got : answer_inner(m, c, st);
}

static int go_on(struct method *m, ike_eap_client *c, ike_eap_step *st)
{
    int got;

    if (m->waits) /* the same request again, now that a person has answered */
        return m->inner ? answer_inner(m, c, st) : send_pap(m, c, st);
    got = m->tls ? 0 : ike__eap_tls_new(&m->tls, c, 0);
    if (got == 0)
        got = ike__eap_tls_take(m->tls, st);
    if (got <= 0)
        return got;
    return ike__eap_tls_is_over(m->tls) ? take_inner(m, c, st) : handshake(m, c, st);
}

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct method *m = ctx;
    int err = go_on(m, c, st);

    m->waits = err == IKE_E_PENDING;
    if (err == 0 && m->is_done) {
        st->is_done = st->has_msk = 1;
        err = ike__eap_tls_export(m->tls, "ttls keying material", st->msk, IKE_EAP_MSK_SIZE);
    }
    return err;
}

static void end(void *ctx)
{
    struct method *m = ctx;

    ike_eap_client_free(m->inner);
    ike__eap_tls_free(m->tls);
    free(m->request);
}

const ike_eap_method ike__eap_ttls = {.abi = IKE_EAP_ABI,
                                      .type = EAP_TTLS,
                                      .name = "ttls",
                                      .ctx_size = sizeof(struct method),
                                      .step = step,
                                      .end = end};
