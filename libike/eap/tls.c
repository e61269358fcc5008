/* eap/tls.c - a TLS 1.2 client between EAP messages, and EAP-TLS (RFC 5216). SPDX-License-Identifier: Apache-2.0
 *
 * The server's certificate must lead to an anchor and name the configured server (RFC 5216 5.3), whoever the gateway
 * said it is. No resumption, no renegotiation. Keys come from the exporter of TLS 1.2 (RFC 5216 2.3). TLS 1.3
 * (RFC 9190) is not offered: the library that this is made for does not have it.
 *
 * Not here: fragments (fragments.c). */
#include "eap/tls.h"
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

/* ---- what mbedTLS calls ---- */

static int rng(void *self, unsigned char *out, size_t n)
{
    return ike_eap_random(self, out, n) < 0 ? -1 : 0;
}

static int on_send(void *self, const unsigned char *p, size_t n)
{
    struct eap_tls *t = self;

    return ike__flight_add(&t->out, p, n) < 0 ? MBEDTLS_ERR_SSL_ALLOC_FAILED : (int)n;
}

static int on_recv(void *self, unsigned char *out, size_t cap)
{
    struct eap_tls *t = self;
    size_t n = t->in.n - t->in.at;

    if (n == 0) {
        ike__flight_drop(&t->in);
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    n = n > cap ? cap : n;
    memcpy(out, t->in.p + t->in.at, n);
    t->in.at += n;
    return (int)n;
}

static void keep_keys(struct eap_tls *t, const uint8_t *master, const uint8_t *client, const uint8_t *server,
                      int prf)
{
    memcpy(t->master, master, sizeof(t->master));
    memcpy(t->randoms, client, 32);
    memcpy(t->randoms + 32, server, 32);
    t->prf = prf;
    t->has_keys = 1;
}

#if MBEDTLS_VERSION_MAJOR >= 3
static void on_keys(void *self, mbedtls_ssl_key_export_type type, const unsigned char *secret, size_t n,
                    const unsigned char client[32], const unsigned char server[32], mbedtls_tls_prf_types prf)
{
    if (type == MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET && n == 48)
        keep_keys(self, secret, client, server, (int)prf);
}
#else
static int on_keys(void *self, const unsigned char *master, const unsigned char *block, size_t mac_n,
                   size_t key_n, size_t iv_n, const unsigned char client[32], const unsigned char server[32],
                   mbedtls_tls_prf_types prf)
{
    (void)block;
    (void)mac_n;
    (void)key_n;
    (void)iv_n;
    keep_keys(self, master, client, server, (int)prf);
    return 0;
}
#endif

/* ---- certificates ---- */

static int add_anchor(mbedtls_x509_crt *list, ike_span s)
{
    static const char begin[] = "-----BEGIN ";
    unsigned char *text;
    int err;

    if (s.n < sizeof(begin) || memcmp(s.p, begin, sizeof(begin) - 1) != 0) {
        if (mbedtls_x509_crt_parse_der(list, s.p, s.n) == 0)
            return 0; /* else PEM with something in front of it */
    }
    text = malloc(s.n + 1);
    if (!text)
        return IKE_E_NOMEM;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    err = mbedtls_x509_crt_parse(list, text, s.n + 1);
    free(text);
    return err == 0 ? 0 : IKE_E_CERT_INVALID;
}

static int add_system(mbedtls_x509_crt *list)
{
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (mbedtls_x509_crt_parse_file(list, files[i]) >= 0 && list->raw.p)
            return 0;
    return IKE_E_LOCAL_IO;
}

static int load_certs(struct eap_tls *t, const ike_eap_config *c, int with_own)
{
    int err = c->system_cas ? add_system(&t->anchors) : 0;

    for (uint32_t i = 0; err == 0 && i < c->anchors_n; i++)
        err = add_anchor(&t->anchors, c->anchors[i]);
    for (uint32_t i = 0; err == 0 && with_own && c->key && i < c->certs_n; i++)
        err = mbedtls_x509_crt_parse_der(&t->own, c->certs[i].p, c->certs[i].n) == 0 ? 0 : IKE_E_CERT_INVALID;
    return err;
}

/* What the library found wrong with the server's certificate, worst first. */
static int certificate_error(const struct eap_tls *t)
{
    static const struct {
        uint32_t flag;
        int err;
    } errors[] = {{MBEDTLS_X509_BADCERT_NOT_TRUSTED, IKE_E_CERT_UNTRUSTED},
                  {MBEDTLS_X509_BADCERT_EXPIRED, IKE_E_CERT_EXPIRED},
                  {MBEDTLS_X509_BADCERT_FUTURE, IKE_E_CERT_NOT_YET},
                  {MBEDTLS_X509_BADCERT_CN_MISMATCH, IKE_E_CERT_NAME},
                  {MBEDTLS_X509_BADCERT_KEY_USAGE, IKE_E_CERT_USAGE},
                  {MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, IKE_E_CERT_USAGE},
                  {MBEDTLS_X509_BADCERT_BAD_MD, IKE_E_CERT_WEAK},
                  {MBEDTLS_X509_BADCERT_BAD_PK, IKE_E_CERT_WEAK},
                  {MBEDTLS_X509_BADCERT_BAD_KEY, IKE_E_CERT_WEAK}};
    uint32_t flags = mbedtls_ssl_get_verify_result(&t->ssl);

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (flags & errors[i].flag)
            return errors[i].err;
    return IKE_E_CERT_INVALID;
}

/* ---- a client ---- */

static void set_versions(mbedtls_ssl_config *conf)
{
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_ssl_conf_min_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(conf, MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(conf, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
#if defined(MBEDTLS_SSL_SESSION_TICKETS)
    mbedtls_ssl_conf_session_tickets(conf, MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#endif
}

static int configure(struct eap_tls *t, const ike_eap_config *c)
{
    if (mbedtls_ssl_config_defaults(&t->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return IKE_E_CRYPTO;
    set_versions(&t->conf);
    mbedtls_ssl_conf_rng(&t->conf, rng, t->client);
    mbedtls_ssl_conf_authmode(&t->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&t->conf, &t->anchors, NULL);
    if (t->own.raw.p && mbedtls_ssl_conf_own_cert(&t->conf, &t->own, c->key) != 0)
        return IKE_E_CRYPTO;
#if MBEDTLS_VERSION_MAJOR < 3
    mbedtls_ssl_conf_export_keys_ext_cb(&t->conf, on_keys, t);
#endif
    if (mbedtls_ssl_setup(&t->ssl, &t->conf) != 0)
        return IKE_E_NOMEM;
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_ssl_set_export_keys_cb(&t->ssl, on_keys, t);
#endif
    if (mbedtls_ssl_set_hostname(&t->ssl, c->server) != 0)
        return IKE_E_CONFIG;
    mbedtls_ssl_set_bio(&t->ssl, t, on_send, on_recv, NULL);
    return 0;
}

int ike__eap_tls_new(struct eap_tls **out, ike_eap_client *c, int with_cert)
{
    const ike_eap_config *cfg = ike_eap_client_config(c);
    struct eap_tls *t = calloc(1, sizeof(*t));
    int err;

    *out = NULL;
    if (!t)
        return IKE_E_NOMEM;
    mbedtls_ssl_init(&t->ssl);
    mbedtls_ssl_config_init(&t->conf);
    mbedtls_x509_crt_init(&t->anchors);
    mbedtls_x509_crt_init(&t->own);
    t->client = c;
    err = load_certs(t, cfg, with_cert);
    if (err == 0)
        err = configure(t, cfg);
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
    mbedtls_ssl_free(&t->ssl);
    mbedtls_ssl_config_free(&t->conf);
    mbedtls_x509_crt_free(&t->anchors);
    mbedtls_x509_crt_free(&t->own);
    ike__flight_drop(&t->in);
    ike__flight_drop(&t->out);
    ike__eap_wipe(t, sizeof(*t));
    free(t);
}

static int failed(struct eap_tls *t, ike_eap_client *c, int err)
{
    if (err == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        ike_eap_say_trouble(c, "TLS: the authentication server's certificate is not acceptable");
        return certificate_error(t);
    }
    if (err == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        ike_eap_say_trouble(c, "TLS: the authentication server refused us by an alert");
        return IKE_E_PEER_DENIED;
    }
    ike_eap_say_trouble(c, "TLS: the handshake failed");
    return err == MBEDTLS_ERR_SSL_ALLOC_FAILED ? IKE_E_NOMEM : IKE_E_AUTH;
}

int ike__eap_tls_handshake(struct eap_tls *t, ike_eap_client *c)
{
    int err = mbedtls_ssl_handshake(&t->ssl);

    if (err == MBEDTLS_ERR_SSL_WANT_READ)
        return 0;
    if (err != 0)
        return failed(t, c, err);
    if (!t->has_keys || mbedtls_ssl_get_verify_result(&t->ssl) != 0)
        return IKE_E_CRYPTO;
    t->is_over = 1;
    return 1;
}

int ike__eap_tls_is_over(const struct eap_tls *t)
{
    return t->is_over;
}

int ike__eap_tls_read(struct eap_tls *t, uint8_t *out, size_t cap)
{
    int n = mbedtls_ssl_read(&t->ssl, out, cap);

    if (n == MBEDTLS_ERR_SSL_WANT_READ)
        return 0;
    if (n == 0 || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || n == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        ike_eap_say_trouble(t->client, "TLS: the authentication server hung up");
        return IKE_E_PEER_DENIED;
    }
    return n > 0 ? n : IKE_E_AUTH;
}

int ike__eap_tls_write(struct eap_tls *t, ike_span text)
{
    return mbedtls_ssl_write(&t->ssl, text.p, text.n) == (int)text.n ? 0 : IKE_E_CRYPTO;
}

int ike__eap_tls_export(struct eap_tls *t, const char *label, uint8_t *out, size_t n)
{
    return mbedtls_ssl_tls_prf((mbedtls_tls_prf_types)t->prf, t->master, sizeof(t->master), label, t->randoms,
                               sizeof(t->randoms), out, n) == 0
               ? 0
               : IKE_E_CRYPTO;
}

int ike__eap_tls_msk(struct eap_tls *t, uint8_t type, uint8_t msk[IKE_EAP_MSK_SIZE])
{
    /* RFC 5216 2.3, RFC 5281 8; PEAPv0 takes that of EAP-TLS */
    return ike__eap_tls_export(t, type == EAP_TTLS ? "ttls keying material" : "client EAP encryption", msk,
                               IKE_EAP_MSK_SIZE);
}

/* ---- EAP-TLS ---- */

struct method {
    struct eap_tls *tls;
};

static int step(void *ctx, ike_eap_client *c, ike_eap_step *st)
{
    struct method *m = ctx;
    int got = m->tls ? 0 : ike__eap_tls_new(&m->tls, c, 1);

    if (got == 0)
        got = ike__eap_tls_take(m->tls, st);
    if (got <= 0)
        return got;
    if (m->tls->is_over) /* RFC 5216 2.1.1: behind the server's Finished there is nothing to say */
        return IKE_E_SYNTAX;
    got = ike__eap_tls_handshake(m->tls, c);
    if (got < 0)
        return got;
    if (got == 1) {
        st->is_done = st->has_msk = 1;
        if (ike__eap_tls_msk(m->tls, EAP_TLS, st->msk) < 0)
            return IKE_E_CRYPTO;
    }
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
