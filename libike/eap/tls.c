/* eap/tls.c - a TLS client between EAP messages, and EAP-TLS (RFC 5216, RFC 9190). SPDX-License-Identifier: Apache-2.0
 *
 * The server's certificate must lead to an anchor and name the configured server (RFC 5216 5.3), whoever the gateway
 * said it is. Which library does TLS is the host's choice (ike/tls.h). With TLS 1.3 the handshake is not the end: a
 * Success counts only behind the server's protected word that it is content with us, one octet of zero (RFC 9190 2.1.1).
 *
 * Not here: TLS itself (tls_mbedtls.c, or OpenSSL's in its backend), fragments (fragments.c). */
#include "eap/tls.h"
#include <mbedtls/pk.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MAX 8192u

static int on_send(void *io, const uint8_t *p, size_t n)
{
    return ike__flight_add(&((struct eap_tls *)io)->out, p, n);
}

static size_t on_recv(void *io, uint8_t *out, size_t cap)
{
    struct eap_tls *t = io;
    size_t n = t->in.n - t->in.at;

    if (n == 0) {
        ike__flight_drop(&t->in);
        return 0;
    }
    n = n > cap ? cap : n;
    memcpy(out, t->in.p + t->in.at, n);
    t->in.at += n;
    return n;
}

/* Ours, as every library reads it; at the end of out. */
static int write_key(void *pk, uint8_t *out, size_t cap, ike_span *key)
{
    int n = mbedtls_pk_write_key_der(pk, out, cap);

    if (n < 0)
        return IKE_E_CRYPTO;
    *key = (ike_span){out + cap - n, (size_t)n};
    return 0;
}

static int open_engine(struct eap_tls *t, const ike_eap_config *c, int with_cert, uint32_t max_minor)
{
    ike_tls_config cfg = {.size = sizeof(cfg),
                          .server = c->server,
                          .anchors = c->anchors,
                          .anchors_n = c->anchors_n,
                          .system_cas = c->system_cas,
                          .max_minor = max_minor,
                          .crypto = c->crypto,
                          .send = on_send,
                          .recv = on_recv,
                          .io = t};
    uint8_t key[KEY_MAX];
    int err = 0;

    if (with_cert && (c->key || c->signer)) {
        cfg.certs = c->certs;
        cfg.certs_n = c->certs_n;
        cfg.signer = c->signer;
        if (!c->signer)
            err = write_key(c->key, key, sizeof(key), &cfg.key);
    }
    if (err == 0)
        err = t->engine->open(&t->self, &cfg);
    ike__eap_wipe(key, sizeof(key));
    if (err == IKE_E_UNSUPPORTED)
        ike_eap_say_trouble(t->client,
                            "TLS: a key of this kind elsewhere is more than this TLS library can use");
    return err;
}

int ike__eap_tls_new(struct eap_tls **out, ike_eap_client *c, int with_cert, uint32_t max_minor)
{
    const ike_eap_config *cfg = ike_eap_client_config(c);
    struct eap_tls *t = calloc(1, sizeof(*t));
    int err;

    *out = NULL;
    if (!t)
        return IKE_E_NOMEM;
    t->client = c;
    t->engine = cfg->tls;
    err = open_engine(t, cfg, with_cert, max_minor < t->engine->max_minor ? max_minor : t->engine->max_minor);
    if (err < 0)
        ike__eap_tls_free(t);
    else
        *out = t;
    return err;
}

void ike__eap_tls_free(struct eap_tls *t)
{
    if (!t)
        return;
    if (t->self)
        t->engine->close(t->self);
    ike__flight_drop(&t->in);
    ike__flight_drop(&t->out);
    free(t);
}

int ike__eap_tls_handshake(struct eap_tls *t, ike_eap_client *c)
{
    int got = t->engine->handshake(t->self);

    t->is_over = got == 1;
    if (got == IKE_E_PEER_DENIED)
        ike_eap_say_trouble(c, "TLS: the authentication server refused us by an alert");
    else if (IKE_ERR_DECADE(got) == 4 && got != IKE_E_AUTH)
        ike_eap_say_trouble(c, "TLS: the authentication server's certificate is not acceptable");
    else if (got < 0)
        ike_eap_say_trouble(c, "TLS: the handshake failed");
    return got;
}

int ike__eap_tls_is_over(const struct eap_tls *t)
{
    return t->is_over;
}

int ike__eap_tls_is_13(const struct eap_tls *t)
{
    return t->engine->minor(t->self) >= 4;
}

int ike__eap_tls_read(struct eap_tls *t, uint8_t *out, size_t cap)
{
    int n = t->engine->read(t->self, out, cap);

    if (n == IKE_E_PEER_DENIED)
        ike_eap_say_trouble(t->client, "TLS: the authentication server hung up");
    return n;
}

int ike__eap_tls_write(struct eap_tls *t, ike_span text)
{
    return t->engine->write(t->self, text);
}

int ike__eap_tls_export(struct eap_tls *t, const char *label, uint8_t *out, size_t n)
{
    return t->engine->export_keys(t->self, label, (ike_span){NULL, 0}, out, n);
}

/* RFC 5216 2.3, RFC 5281 8, and PEAPv0 as EAP-TLS; with TLS 1.3 RFC 9190 2.3, RFC 9427 2.1. */
int ike__eap_tls_msk(struct eap_tls *t, uint8_t type, uint8_t msk[IKE_EAP_MSK_SIZE])
{
    const char *label = type == EAP_TTLS ? "ttls keying material" : "client EAP encryption";
    uint8_t all[2 * IKE_EAP_MSK_SIZE];
    int err;

    if (!ike__eap_tls_is_13(t))
        return ike__eap_tls_export(t, label, msk, IKE_EAP_MSK_SIZE);
    err = t->engine->export_keys(t->self, "EXPORTER_EAP_TLS_Key_Material", (ike_span){&type, 1}, all,
                                 sizeof(all));
    memcpy(msk, all, IKE_EAP_MSK_SIZE);
    ike__eap_wipe(all, sizeof(all));
    return err;
}

/* ---- EAP-TLS ---- */

struct method {
    struct eap_tls *tls;
};

static int finish(struct method *m, ike_eap_step *st)
{
    st->is_done = st->has_msk = 1;
    return ike__eap_tls_msk(m->tls, EAP_TLS, st->msk);
}

/* Behind the handshake. RFC 9190 2.1.1: the octet may come behind tickets, which we have no use for; then with nothing
 * else. RFC 5216 2.1.1: with TLS 1.2 there is nothing to say any more. */
static int take_word(struct method *m, ike_eap_step *st)
{
    uint8_t text[2];
    int n = ike__eap_tls_is_13(m->tls) ? ike__eap_tls_read(m->tls, text, sizeof(text)) : IKE_E_SYNTAX,
        err = 0;

    if (n < 0)
        return n;
    if (n > 1 || (n == 1 && text[0] != 0))
        return IKE_E_SYNTAX;
    if (n == 1)
        err = finish(m, st);
    ike__eap_tls_flush(m->tls, st);
    return err;
}

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct method *m = ctx;
    int got = m->tls ? 0 : ike__eap_tls_new(&m->tls, c, 1, TLS_1_3);

    if (got == 0)
        got = ike__eap_tls_take(m->tls, st);
    if (got <= 0)
        return got;
    if (m->tls->is_over)
        return take_word(m, st);
    got = ike__eap_tls_handshake(m->tls, c);
    if (got < 0)
        return got;
    if (got == 1 && !ike__eap_tls_is_13(m->tls) && finish(m, st) < 0)
        return IKE_E_CRYPTO;
    ike__eap_tls_flush(m->tls, st);
    return 0;
}

static void end(void *ctx)
{
    ike__eap_tls_free(((struct method *)ctx)->tls);
}

const ike_eap_method ike__eap_tls = {.abi = IKE_EAP_ABI,
                                     .type = EAP_TLS,
                                     .name = "tls",
                                     .ctx_size = sizeof(struct method),
                                     .step = step,
                                     .end = end};
