/* eap/client.c - one conversation of EAP: which method answers which request. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3748 2.1, 4, 5. Identity comes first if it comes at all; then one method, agreed on by Nak, which stays until the
 * end. A request that waits for a person is kept and given to its method again with the answer.
 *
 * Not here: Success and Failure (the core), methods (a file each), questions (prompt.c). */
#include "eap/client.h"
#include <stdlib.h>
#include <string.h>

#define IDENTITIES_MAX 3u
#define NAKS_MAX       4u

/* ---- responses ---- */

/* The header of a response in out, its data already behind it. */
static int respond(const struct conversation *v, uint8_t type, uint8_t *out, size_t n, size_t *total)
{
    out[0] = EAP_RESPONSE;
    out[1] = v->identifier;
    out[2] = (uint8_t)((n + EAP_HEADER) >> 8);
    out[3] = (uint8_t)(n + EAP_HEADER);
    out[4] = type;
    *total = n + EAP_HEADER;
    return IKE_EAP_GO_ON;
}

static int is_tunnel(uint8_t type)
{
    return type == EAP_TTLS || type == EAP_PEAP;
}

static int is_card(uint8_t type)
{
    return type == EAP_SIM || type == EAP_AKA || type == EAP_AKA_PRIME;
}

static int tunnels(const ike_eap_client *c)
{
    const ike_eap_method *const *m = c->cfg.methods;

    for (; *m; m++)
        if (!is_tunnel((*m)->type))
            return 0;
    return 1;
}

/* RFC 3748 5.1. Where only tunnels are allowed the true name need not be seen outside of them; with a card the server
 * may have given us another. */
static ike_span outer_name(ike_eap_client *c)
{
    const char *name = c->cfg.anonymous && tunnels(c) ? c->cfg.anonymous : c->cfg.identity;

    if (c->memory.type && c->cfg.methods[0]->type == c->memory.type)
        return ike__simaka_name(c, c->memory.type, 1);
    return (ike_span){(const uint8_t *)name, strlen(name)};
}

ike_span ike__eap_name_said(const ike_eap_client *c)
{
    const char *name = c->cfg.identity;

    return c->now.name.p ? c->now.name : (ike_span){(const uint8_t *)name, strlen(name)};
}

static int identity(ike_eap_client *c, uint8_t *out, size_t cap, size_t *total)
{
    size_t n;

    if (c->now.method || ++c->now.identities > IDENTITIES_MAX) {
        ike_eap_say_trouble(c, "it asks who we are again and again");
        return IKE_E_SYNTAX;
    }
    c->now.name = outer_name(c);
    n = c->now.name.n;
    if (n + EAP_HEADER > cap)
        return IKE_E_NOSPACE;
    memcpy(out + EAP_HEADER, c->now.name.p, n);
    return respond(&c->now, EAP_IDENTITY, out, n, total);
}

/* RFC 3748 5.3.1: "… MUST be sent only in response to a Request …" of a type we do not want; zero: there is no other. */
static int nak(ike_eap_client *c, uint8_t *out, size_t cap, size_t *total)
{
    const ike_eap_method *const *m = c->cfg.methods;
    size_t n = 0;

    if (++c->now.naks > NAKS_MAX) {
        ike_eap_say_trouble(c, "it offers no method that is allowed");
        return IKE_E_AUTH_METHOD;
    }
    for (; *m && EAP_HEADER + n < cap; m++)
        out[EAP_HEADER + n++] = (*m)->type;
    return respond(&c->now, EAP_NAK, out, n, total);
}

/* ---- methods ---- */

static void end_method(struct conversation *v)
{
    if (v->method && v->method->end)
        v->method->end(v->ctx);
    if (v->ctx) {
        ike__eap_wipe(v->ctx, v->method->ctx_size);
        free(v->ctx);
    }
    v->ctx = NULL;
    v->method = NULL;
}

static void forget(ike_eap_client *c)
{
    end_method(&c->now);
    free(c->now.request);
    ike__eap_wipe(&c->now, sizeof(c->now));
    c->trouble[0] = '\0';
    ike__eap_forget_said(c);
    ike__eap_forget_card(c);
    if (c->memory.is_spent)
        c->memory.reauth.n = c->memory.is_spent = 0;
}

/* 1: this type is our method now; 0: it is none of ours. */
static int choose(ike_eap_client *c, uint8_t type)
{
    struct conversation *v = &c->now;
    const ike_eap_method *const *m = c->cfg.methods;

    if (v->method) {
        /* RFC 3748 2.1: "… MUST NOT send a Request of a different Type prior to completion …" */
        if (v->method->type == type)
            return 1;
        ike_eap_say_trouble(c, "it changes the method in the middle");
        return IKE_E_SYNTAX;
    }
    while (*m && (*m)->type != type)
        m++;
    if (!*m)
        return 0;
    v->ctx = calloc(1, (*m)->ctx_size ? (*m)->ctx_size : 1);
    if (!v->ctx)
        return IKE_E_NOMEM;
    v->method = *m;
    return 1;
}

static int run_method(ike_eap_client *c, ike_span data, uint8_t *out, size_t cap, size_t *total)
{
    struct conversation *v = &c->now;
    ike_eap_step st;
    int err, verdict = IKE_EAP_GO_ON;

    memset(&st, 0, sizeof(st));
    st.request = data;
    st.identifier = v->identifier;
    st.out = out + EAP_HEADER;
    st.cap = cap - EAP_HEADER;
    st.cap = st.cap > IKE_EAP_MAX - EAP_HEADER ? IKE_EAP_MAX - EAP_HEADER : st.cap;
    err = v->method->step(v->ctx, c, &st);
    if (err == 0) {
        (void)respond(v, v->method->type, out, st.n, total);
        verdict = st.is_done ? IKE_EAP_DONE : IKE_EAP_GO_ON;
    }
    if (err == 0 && st.is_done && st.has_msk) {
        if (*total + IKE_EAP_MSK_SIZE > cap)
            err = IKE_E_NOSPACE;
        else
            memcpy(out + *total, st.msk, IKE_EAP_MSK_SIZE);
        *total += IKE_EAP_MSK_SIZE;
    }
    ike__eap_wipe(st.msk, sizeof(st.msk));
    return err < 0 ? err : verdict;
}

/* ---- requests ---- */

static int dispatch(ike_eap_client *c, uint8_t *out, size_t cap, size_t *n)
{
    struct eap_cursor in = {c->now.request, c->now.request_n, 0};
    uint32_t code = ike__eap_uint(&in, 1), identifier = ike__eap_uint(&in, 1);
    uint32_t length = ike__eap_uint(&in, 2), type = ike__eap_uint(&in, 1);
    int got;

    if (in.bad || code != EAP_REQUEST || length != c->now.request_n || type == EAP_NAK)
        return IKE_E_SYNTAX;
    if (cap < EAP_HEADER)
        return IKE_E_NOSPACE;
    c->now.identifier = (uint8_t)identifier;
    if (type == EAP_IDENTITY)
        return identity(c, out, cap, n);
    if (type == EAP_NOTIFICATION) /* RFC 3748 5.2: answered by nothing, whenever it comes */
        return respond(&c->now, EAP_NOTIFICATION, out, 0, n);
    got = choose(c, (uint8_t)type);
    if (got == 1)
        return run_method(c, (ike_span){in.p, in.n}, out, cap, n);
    return got < 0 ? got : nak(c, out, cap, n);
}

/* The request in hand, for the first time or with an answer that it waited for. */
static int go_on(ike_eap_client *c, uint8_t *out, size_t cap, size_t *n)
{
    int verdict = dispatch(c, out, cap, n);

    c->now.waits = verdict == IKE_E_PENDING;
    if (verdict < 0)
        *n = 0;
    return verdict;
}

int ike_eap_answer(ike_eap_client *c, const ike_ask *ask, uint8_t *out, size_t cap, size_t *n)
{
    uint8_t *copy;

    *n = 0;
    if (ask->kind != IKE_ASK_EAP || ask->tbs.n == 0)
        return IKE_E_USAGE;
    if (ask->round <= 1)
        forget(c);
    copy = malloc(ask->tbs.n);
    if (!copy)
        return IKE_E_NOMEM;
    memcpy(copy, ask->tbs.p, ask->tbs.n);
    free(c->now.request);
    c->now.request = copy;
    c->now.request_n = ask->tbs.n;
    ike__eap_forget_said(c);
    ike__eap_forget_card(c);
    return go_on(c, out, cap, n);
}

int ike_eap_resume(ike_eap_client *c, ike_span said, uint8_t *out, size_t cap, size_t *n)
{
    int verdict;

    *n = 0;
    if (!c->now.waits)
        return IKE_E_USAGE;
    verdict = ike__eap_said(c, said);
    return verdict == 0 ? go_on(c, out, cap, n) : verdict;
}

int ike_eap_resume_card(ike_eap_client *c, int verdict, const ike_eap_card_answer *answer, uint8_t *out,
                        size_t cap, size_t *n)
{
    *n = 0;
    if (!c->now.waits || verdict > 0 || verdict == IKE_E_PENDING || (verdict == 0 && !answer))
        return IKE_E_USAGE;
    c->has_card = 1;
    c->card_verdict = verdict;
    if (verdict == 0)
        c->card = *answer;
    return go_on(c, out, cap, n);
}

/* ---- a client ---- */

static const char *wrong(const ike_eap_config *c)
{
    if (!c->identity || !c->identity[0] || strlen(c->identity) > 1000)
        return "identity: 1..1000 octets";
    if (c->anonymous && strlen(c->anonymous) > 1000)
        return "anonymous: at most 1000 octets";
    if (!c->methods || !c->methods[0])
        return "methods: at least one";
    for (size_t i = 0; c->methods[i]; i++) {
        uint8_t type = c->methods[i]->type;
        if (i >= 16 || type < EAP_MD5 || !c->methods[i]->step)
            return "methods: at most 16, each with a type of its own";
        if ((type == EAP_TLS || is_tunnel(type)) && !c->server)
            return "server: needed, the name in the certificate of the authentication server";
        if (type == EAP_TLS && (c->certs_n == 0 || (!c->key && !c->signer)))
            return "certs: EAP-TLS needs a certificate of ours and its key";
        if ((type == EAP_TLS || is_tunnel(type)) && c->anchors_n == 0 && !c->system_cas)
            return "anchors: needed, nobody else says which servers to trust";
    }
    for (size_t i = 0; c->methods[i]; i++)
        if (is_card(c->methods[i]->type) && strlen(c->identity) > SIMAKA_NAME_MAX)
            return "identity: at most 253 octets with a SIM card";
    for (size_t i = 0; c->inner && c->inner[i]; i++)
        if (c->inner[i]->type == EAP_TLS || is_tunnel(c->inner[i]->type) || is_card(c->inner[i]->type))
            return "inner: no tunnel inside of a tunnel, and no card";
    if (c->inner_plain > IKE_EAP_PLAIN_MSCHAPV2 || c->zero2)
        return "inner_plain: enum ike_eap_plain";
    return NULL;
}

static char *copy_text(const char *text)
{
    size_t n = text ? strlen(text) + 1 : 0;
    char *copy = n ? malloc(n) : NULL;

    if (copy)
        memcpy(copy, text, n);
    return copy;
}

static int fill(ike_eap_client *c)
{
    const char *anonymous = c->cfg.anonymous;

    c->cfg.identity = c->identity = copy_text(c->cfg.identity);
    c->cfg.anonymous = c->anonymous = copy_text(anonymous);
    if (!c->identity || (anonymous && !c->anonymous))
        return IKE_E_NOMEM;
    if (c->cfg.password.n > 0 && ike__eap_set_password(c, c->cfg.password) < 0)
        return IKE_E_NOMEM;
    c->cfg.password = (ike_span){NULL, 0};
    if (!c->cfg.crypto)
        c->cfg.crypto = ike_crypto_mbedtls();
    if (!c->cfg.tls)
        c->cfg.tls = ike_tls_mbedtls();
    return 0;
}

static int has_our_abi(const ike_eap_method *const *m)
{
    while (*m && (*m)->abi == IKE_EAP_ABI)
        m++;
    return !*m;
}

static int make(ike_eap_client **out, const ike_eap_config *cfg, const char **why)
{
    ike_eap_config own;
    ike_eap_client *c;
    int err = ike_struct_adopt(&own, sizeof(own), cfg);

    if (err < 0)
        return err;
    *why = wrong(&own);
    if (*why)
        return IKE_E_CONFIG;
    if (!has_our_abi(own.methods) || (own.inner && !has_our_abi(own.inner)) ||
        (own.tls && own.tls->abi != IKE_TLS_ABI))
        return IKE_E_UNSUPPORTED;
    c = calloc(1, sizeof(*c));
    if (!c)
        return IKE_E_NOMEM;
    c->cfg = own;
    err = fill(c);
    if (err < 0)
        ike_eap_client_free(c);
    else
        *out = c;
    return err;
}

int ike_eap_client_new(ike_eap_client **out, const ike_eap_config *cfg, const char **why)
{
    const char *ignored;
    int err;

    why = why ? why : &ignored;
    *why = NULL;
    *out = NULL;
    err = make(out, cfg, why);
    if (err == 0)
        *why = "";
    else if (!*why)
        *why = ike_strerror(err);
    return err;
}

void ike_eap_client_free(ike_eap_client *c)
{
    if (!c)
        return;
    forget(c);
    ike__eap_drop_secrets(c);
    ike__eap_wipe(&c->memory, sizeof(c->memory));
    free(c->identity);
    free(c->anonymous);
    free(c);
}

const ike_eap_config *ike_eap_client_config(const ike_eap_client *c)
{
    return &c->cfg;
}

const ike_eap_method *ike_eap_method_find(const char *name)
{
    static const ike_eap_method *const all[] = {
        &ike__eap_md5,  &ike__eap_gtc,  &ike__eap_otp, &ike__eap_mschapv2, &ike__eap_tls,
        &ike__eap_ttls, &ike__eap_peap, &ike__eap_sim, &ike__eap_aka,      &ike__eap_aka_prime};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(all[i]->name, name) == 0)
            return all[i];
    return NULL;
}
