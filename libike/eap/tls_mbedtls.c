/* eap/tls_mbedtls.c - TLS 1.2 by mbedTLS, for EAP. SPDX-License-Identifier: Apache-2.0
 *
 * No resumption, no renegotiation. Keys come from the exporter of TLS 1.2, which mbedTLS leaves to us: its key hook and
 * its PRF. TLS 1.3 is not offered: neither 2.28 nor 3.6 lets one have what the exporter of 1.3 needs.
 * A key elsewhere is RSA or nothing: mbedTLS takes a signer's function for RSA alone.
 *
 * Not here: flights and fragments (fragments.c), what EAP makes of it (tls.c). */
#include "eap/room.h"
#include <ike/tls.h>
#include <mbedtls/ssl.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_x509_crt anchors, own;
    mbedtls_pk_context key;
    ike_tls_config cfg;
    /* what the exporter needs (RFC 5246 8.1) */
    uint8_t master[48], randoms[64];
    int prf, has_keys, io_error;
};

/* ---- what mbedTLS calls ---- */

static int rng(void *self, unsigned char *out, size_t n)
{
    const ike_crypto *c = ((struct engine *)self)->cfg.crypto;

    return c->random(c->self, out, n) < 0 ? -1 : 0;
}

static int on_send(void *self, const unsigned char *p, size_t n)
{
    struct engine *t = self;

    t->io_error = t->cfg.send(t->cfg.io, p, n);
    return t->io_error < 0 ? MBEDTLS_ERR_SSL_ALLOC_FAILED : (int)n;
}

static int on_recv(void *self, unsigned char *out, size_t cap)
{
    struct engine *t = self;
    size_t n = t->cfg.recv(t->cfg.io, out, cap);

    return n == 0 ? MBEDTLS_ERR_SSL_WANT_READ : (int)n;
}

static void keep_keys(struct engine *t, const uint8_t *master, const uint8_t *client, const uint8_t *server,
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

/* ---- certificates and keys ---- */

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

static int load_certs(struct engine *t)
{
    const ike_tls_config *c = &t->cfg;
    int err = c->system_cas ? add_system(&t->anchors) : 0;

    for (uint32_t i = 0; err == 0 && i < c->anchors_n; i++)
        err = add_anchor(&t->anchors, c->anchors[i]);
    for (uint32_t i = 0; err == 0 && i < c->certs_n; i++)
        err = mbedtls_x509_crt_parse_der(&t->own, c->certs[i].p, c->certs[i].n) == 0 ? 0 : IKE_E_CERT_INVALID;
    return err;
}

/* RSASSA-PKCS1-v1_5 elsewhere. */
static int sign(struct engine *t, mbedtls_md_type_t md, const unsigned char *hash, size_t n,
                unsigned char *sig)
{
    const ike_signer *s = t->cfg.signer;
    int scheme = md == MBEDTLS_MD_SHA256   ? IKE_SIG_RSA_SHA256
                 : md == MBEDTLS_MD_SHA384 ? IKE_SIG_RSA_SHA384
                 : md == MBEDTLS_MD_SHA512 ? IKE_SIG_RSA_SHA512
                                           : 0;
    size_t cap = mbedtls_pk_get_len(&t->own.pk), out = 0;

    if (!scheme || !(s->sigs & IKE_SIG_BIT(scheme)))
        return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
    t->io_error =
        s->sign(s->self, scheme, (ike_span){hash, n ? n : mbedtls_md_get_size(mbedtls_md_info_from_type(md))},
                sig, cap, &out);
    return t->io_error == 0 && out == cap ? 0 : MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

#if MBEDTLS_VERSION_MAJOR >= 3
static int rsa_sign(void *self, int (*f)(void *, unsigned char *, size_t), void *p, mbedtls_md_type_t md,
                    unsigned int n, const unsigned char *hash, unsigned char *sig)
#else
static int rsa_sign(void *self, int (*f)(void *, unsigned char *, size_t), void *p, int mode,
                    mbedtls_md_type_t md, unsigned int n, const unsigned char *hash, unsigned char *sig)
#endif
{
    (void)f;
    (void)p;
#if MBEDTLS_VERSION_MAJOR < 3
    (void)mode;
#endif
    return sign(self, md, hash, n, sig);
}

/* TLS 1.2 with (EC)DHE: nobody decrypts by the client's key. */
#if MBEDTLS_VERSION_MAJOR >= 3
static int rsa_decrypt(void *self, size_t *n, const unsigned char *in, unsigned char *out, size_t cap)
#else
static int rsa_decrypt(void *self, int mode, size_t *n, const unsigned char *in, unsigned char *out,
                       size_t cap)
#endif
{
    (void)self, (void)in, (void)out, (void)cap;
#if MBEDTLS_VERSION_MAJOR < 3
    (void)mode;
#endif
    *n = 0;
    return MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE;
}

static size_t rsa_len(void *self)
{
    return mbedtls_pk_get_len(&((struct engine *)self)->own.pk);
}

static int load_key(struct engine *t)
{
    ike_span key = t->cfg.key;
    int err;

    if (t->cfg.signer) {
        if (!mbedtls_pk_can_do(&t->own.pk, MBEDTLS_PK_RSA))
            return IKE_E_UNSUPPORTED;
        err = mbedtls_pk_setup_rsa_alt(&t->key, t, rsa_decrypt, rsa_sign, rsa_len);
        return err == 0 ? 0 : IKE_E_NOMEM;
    }
#if MBEDTLS_VERSION_MAJOR >= 3
    err = mbedtls_pk_parse_key(&t->key, key.p, key.n, NULL, 0, rng, t);
#else
    err = mbedtls_pk_parse_key(&t->key, key.p, key.n, NULL, 0);
#endif
    return err == 0 ? 0 : IKE_E_CERT_INVALID;
}

/* What the library found wrong with the server's certificate, worst first. */
static int certificate_error(const struct engine *t)
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

static int configure(struct engine *t)
{
    if (mbedtls_ssl_config_defaults(&t->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0)
        return IKE_E_CRYPTO;
    set_versions(&t->conf);
    mbedtls_ssl_conf_rng(&t->conf, rng, t);
    mbedtls_ssl_conf_authmode(&t->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&t->conf, &t->anchors, NULL);
    if (t->own.raw.p && mbedtls_ssl_conf_own_cert(&t->conf, &t->own, &t->key) != 0)
        return IKE_E_CRYPTO;
#if MBEDTLS_VERSION_MAJOR < 3
    mbedtls_ssl_conf_export_keys_ext_cb(&t->conf, on_keys, t);
#endif
    if (mbedtls_ssl_setup(&t->ssl, &t->conf) != 0)
        return IKE_E_NOMEM;
#if MBEDTLS_VERSION_MAJOR >= 3
    mbedtls_ssl_set_export_keys_cb(&t->ssl, on_keys, t);
#endif
    if (mbedtls_ssl_set_hostname(&t->ssl, t->cfg.server) != 0)
        return IKE_E_CONFIG;
    mbedtls_ssl_set_bio(&t->ssl, t, on_send, on_recv, NULL);
    return 0;
}

static void close_engine(void *self)
{
    struct engine *t = self;

    if (!t)
        return;
    mbedtls_ssl_free(&t->ssl);
    mbedtls_ssl_config_free(&t->conf);
    mbedtls_x509_crt_free(&t->anchors);
    mbedtls_x509_crt_free(&t->own);
    mbedtls_pk_free(&t->key);
    ike__eap_wipe(t, sizeof(*t));
    free(t);
}

static int open_engine(void **self, const ike_tls_config *cfg)
{
    struct engine *t = calloc(1, sizeof(*t));
    int err;

    *self = NULL;
    if (!t)
        return IKE_E_NOMEM;
    mbedtls_ssl_init(&t->ssl);
    mbedtls_ssl_config_init(&t->conf);
    mbedtls_x509_crt_init(&t->anchors);
    mbedtls_x509_crt_init(&t->own);
    mbedtls_pk_init(&t->key);
    t->cfg = *cfg;
    err = load_certs(t);
    if (err == 0 && cfg->certs_n > 0)
        err = load_key(t);
    t->cfg.key = (ike_span){NULL, 0};
    if (err == 0)
        err = configure(t);
    if (err < 0)
        close_engine(t);
    else
        *self = t;
    return err;
}

static int handshake(void *self)
{
    struct engine *t = self;
    int err = mbedtls_ssl_handshake(&t->ssl);

    if (err == MBEDTLS_ERR_SSL_WANT_READ)
        return 0;
    if (err == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
        return certificate_error(t);
    if (err == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        return IKE_E_PEER_DENIED;
    if (err != 0)
        return t->io_error < 0 ? t->io_error : err == MBEDTLS_ERR_SSL_ALLOC_FAILED ? IKE_E_NOMEM : IKE_E_AUTH;
    return t->has_keys && mbedtls_ssl_get_verify_result(&t->ssl) == 0 ? 1 : IKE_E_CRYPTO;
}

static int minor(void *self)
{
    (void)self;
    return 3;
}

static int read_text(void *self, uint8_t *out, size_t cap)
{
    int n = mbedtls_ssl_read(&((struct engine *)self)->ssl, out, cap);

    if (n == MBEDTLS_ERR_SSL_WANT_READ)
        return 0;
    if (n == 0 || n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || n == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
        return IKE_E_PEER_DENIED;
    return n > 0 ? n : IKE_E_AUTH;
}

static int write_text(void *self, ike_span text)
{
    return mbedtls_ssl_write(&((struct engine *)self)->ssl, text.p, text.n) == (int)text.n ? 0 : IKE_E_CRYPTO;
}

static int export_keys(void *self, const char *label, ike_span context, uint8_t *out, size_t n)
{
    struct engine *t = self;

    if (context.n > 0) /* of TLS 1.3, which this table has not */
        return IKE_E_CRYPTO;
    return mbedtls_ssl_tls_prf((mbedtls_tls_prf_types)t->prf, t->master, sizeof(t->master), label, t->randoms,
                               sizeof(t->randoms), out, n) == 0
               ? 0
               : IKE_E_CRYPTO;
}

const ike_tls *ike_tls_mbedtls(void)
{
    static const ike_tls table = {.abi = IKE_TLS_ABI,
                                  .max_minor = 3,
                                  .open = open_engine,
                                  .handshake = handshake,
                                  .minor = minor,
                                  .read = read_text,
                                  .write = write_text,
                                  .export_keys = export_keys,
                                  .close = close_engine};

    return &table;
}
