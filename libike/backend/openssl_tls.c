/* backend/openssl_tls.c - TLS 1.2 and 1.3 by OpenSSL, for EAP (ike/tls.h). SPDX-License-Identifier: Apache-2.0
 *
 * Two memory BIOs stand between OpenSSL and whoever carries the octets. No tickets are asked for, no renegotiation.
 * The thread's error queue is empty before each call of OpenSSL's TLS, which wants that, and behind it.
 *
 * Not here: a key that is elsewhere (openssl_signer.c). */
#include "backend/openssl_room.h"
#include <ike/tls.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    SSL_CTX *ctx;
    SSL *ssl;
    BIO *in, *out; /* of ssl */
    ike_tls_config cfg;
    int is_alerted; /* the server has given up */
};

/* ---- octets in and out ---- */

static void fill(struct engine *t)
{
    uint8_t chunk[2048];
    size_t n;

    while ((n = t->cfg.recv(t->cfg.io, chunk, sizeof(chunk))) > 0)
        (void)BIO_write(t->in, chunk, (int)n);
}

static int drain(struct engine *t)
{
    uint8_t chunk[2048];
    int n, err = 0;

    while (err == 0 && (n = BIO_read(t->out, chunk, sizeof(chunk))) > 0)
        err = t->cfg.send(t->cfg.io, chunk, (size_t)n);
    return err;
}

/* ---- certificates and keys ---- */

static int add_pem(X509_STORE *store, ike_span s)
{
    BIO *bio = BIO_new_mem_buf(s.p, (int)s.n);
    int n = 0;
    X509 *x;

    while (bio && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        n += X509_STORE_add_cert(store, x);
        X509_free(x);
    }
    BIO_free(bio);
    return n > 0 ? 0 : IKE_E_CERT_INVALID;
}

static int add_anchor(X509_STORE *store, ike_span s)
{
    const unsigned char *p = s.p;
    X509 *x = s.n > 0 && s.p[0] == 0x30 ? d2i_X509(NULL, &p, (long)s.n) : NULL;
    int ok;

    if (!x)
        return add_pem(store, s);
    ok = X509_STORE_add_cert(store, x);
    X509_free(x);
    return ok ? 0 : IKE_E_CERT_INVALID;
}

static int load_anchors(struct engine *t)
{
    X509_STORE *store = SSL_CTX_get_cert_store(t->ctx);
    int err = t->cfg.system_cas && !SSL_CTX_set_default_verify_paths(t->ctx) ? IKE_E_LOCAL_IO : 0;

    for (uint32_t i = 0; err == 0 && i < t->cfg.anchors_n; i++)
        err = add_anchor(store, t->cfg.anchors[i]);
    return err;
}

static int load_own_certs(struct engine *t)
{
    for (uint32_t i = 0; i < t->cfg.certs_n; i++) {
        const unsigned char *p = t->cfg.certs[i].p;
        X509 *x = d2i_X509(NULL, &p, (long)t->cfg.certs[i].n);
        long ok = x && (i == 0 ? SSL_CTX_use_certificate(t->ctx, x) : SSL_CTX_add1_chain_cert(t->ctx, x));

        X509_free(x);
        if (!ok)
            return IKE_E_CERT_INVALID;
    }
    return 0;
}

static int load_key(struct engine *t)
{
    const unsigned char *p = t->cfg.key.p;
    EVP_PKEY *key;
    int ok;

    if (t->cfg.signer)
        return ike__openssl_use_signer(t->ctx, t->cfg.signer);
    key = d2i_AutoPrivateKey(NULL, &p, (long)t->cfg.key.n);
    ok = key && SSL_CTX_use_PrivateKey(t->ctx, key);
    EVP_PKEY_free(key);
    return ok ? 0 : IKE_E_CERT_INVALID;
}

/* ---- a client ---- */

static void on_info(const SSL *ssl, int where, int what)
{
    struct engine *t = SSL_get_app_data(ssl);

    if (where & SSL_CB_READ && where & SSL_CB_ALERT && what >> 8 == SSL3_AL_FATAL)
        t->is_alerted = 1;
}

static int configure(struct engine *t)
{
    int err;

    t->ctx = SSL_CTX_new(TLS_client_method());
    if (!t->ctx)
        return IKE_E_NOMEM;
    SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(t->ctx, t->cfg.max_minor >= 4 ? TLS1_3_VERSION : TLS1_2_VERSION);
    /* Servers that do not know RFC 5746 are welcome, as with mbedTLS: nobody renegotiates here, and inside of EAP there
     * is no stranger's conversation that ours could be appended to. */
    SSL_CTX_set_options(t->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                    SSL_OP_LEGACY_SERVER_CONNECT);
    SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
    err = load_anchors(t);
    if (err == 0 && t->cfg.certs_n > 0)
        err = load_own_certs(t);
    if (err == 0 && t->cfg.certs_n > 0)
        err = load_key(t);
    return err;
}

static int connect_octets(struct engine *t)
{
    t->ssl = SSL_new(t->ctx);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    if (!t->ssl || !t->in || !t->out) {
        BIO_free(t->in);
        BIO_free(t->out);
        return IKE_E_NOMEM;
    }
    BIO_set_mem_eof_return(t->in, -1); /* empty is "not yet", not the end */
    SSL_set_bio(t->ssl, t->in, t->out);
    SSL_set_connect_state(t->ssl);
    SSL_set_app_data(t->ssl, t);
    SSL_set_info_callback(t->ssl, on_info);
    SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return SSL_set1_host(t->ssl, t->cfg.server) && SSL_set_tlsext_host_name(t->ssl, t->cfg.server)
               ? 0
               : IKE_E_CONFIG;
}

static void close_engine(void *self)
{
    struct engine *t = self;

    if (!t)
        return;
    SSL_free(t->ssl);
    SSL_CTX_free(t->ctx);
    OPENSSL_cleanse(t, sizeof(*t));
    free(t);
}

static int open_engine(void **self, const ike_tls_config *cfg)
{
    struct engine *t = calloc(1, sizeof(*t));
    int err;

    *self = NULL;
    if (!t)
        return IKE_E_NOMEM;
    t->cfg = *cfg;
    ERR_clear_error();
    err = configure(t);
    if (err == 0)
        err = connect_octets(t);
    ERR_clear_error();
    t->cfg.key = (ike_span){NULL, 0};
    if (err < 0)
        close_engine(t);
    else
        *self = t;
    return err;
}

/* ---- speaking ---- */

static int certificate_error(const struct engine *t)
{
    switch (SSL_get_verify_result(t->ssl)) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return IKE_E_CERT_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return IKE_E_CERT_NOT_YET;
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return IKE_E_CERT_NAME;
    case X509_V_ERR_INVALID_PURPOSE:
        return IKE_E_CERT_USAGE;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return IKE_E_CERT_WEAK;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_CERT_UNTRUSTED:
        return IKE_E_CERT_UNTRUSTED;
    default:
        return IKE_E_CERT_INVALID;
    }
}

/* What a call that did not succeed means: 0: more has to come first. */
static int failed(const struct engine *t, int got)
{
    int why = SSL_get_error(t->ssl, got);

    if (t->is_alerted || why == SSL_ERROR_ZERO_RETURN)
        return IKE_E_PEER_DENIED;
    if (why == SSL_ERROR_WANT_READ)
        return 0;
    return SSL_get_verify_result(t->ssl) != X509_V_OK ? certificate_error(t) : IKE_E_AUTH;
}

static int handshake(void *self)
{
    struct engine *t = self;
    int got, err;

    ERR_clear_error();
    fill(t);
    got = SSL_do_handshake(t->ssl);
    got = got == 1 ? 1 : failed(t, got);
    err = drain(t);
    ERR_clear_error();
    if (got == 1 && (SSL_get_verify_result(t->ssl) != X509_V_OK || !SSL_get0_peer_certificate(t->ssl)))
        return IKE_E_CERT_UNTRUSTED;
    return err < 0 ? err : got;
}

static int minor(void *self)
{
    return SSL_version(((struct engine *)self)->ssl) == TLS1_3_VERSION ? 4 : 3;
}

static int read_text(void *self, uint8_t *out, size_t cap)
{
    struct engine *t = self;
    int got, err;

    ERR_clear_error();
    fill(t);
    got = SSL_read(t->ssl, out, (int)cap);
    if (got <= 0)
        got = failed(t, got);
    err = drain(t); /* an answer to a key update, an alert */
    ERR_clear_error();
    return err < 0 ? err : got;
}

static int write_text(void *self, ike_span text)
{
    struct engine *t = self;
    int ok, err;

    ERR_clear_error();
    ok = SSL_write(t->ssl, text.p, (int)text.n) == (int)text.n;
    err = drain(t);
    ERR_clear_error();
    return err < 0 ? err : ok ? 0 : IKE_E_CRYPTO;
}

static int export_keys(void *self, const char *label, ike_span context, uint8_t *out, size_t n)
{
    struct engine *t = self;
    int ok;

    ERR_clear_error();
    ok =
        SSL_export_keying_material(t->ssl, out, n, label, strlen(label), context.p, context.n, context.n > 0);
    ERR_clear_error();
    return ok == 1 ? 0 : IKE_E_CRYPTO;
}

const ike_tls *ike_tls_openssl(void)
{
    static const ike_tls table = {.abi = IKE_TLS_ABI,
                                  .max_minor = 4,
                                  .open = open_engine,
                                  .handshake = handshake,
                                  .minor = minor,
                                  .read = read_text,
                                  .write = write_text,
                                  .export_keys = export_keys,
                                  .close = close_engine};

    return &table;
}
