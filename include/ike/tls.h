/* ike/tls.h - a TLS client that EAP methods speak through. SPDX-License-Identifier: Apache-2.0
 *
 * What ike_eap_config.tls points to: mbedTLS's (TLS 1.2, in libike-eap) or OpenSSL's (TLS 1.3 too, in libike-openssl).
 * A table of functions over octets; nothing here blocks. */
#ifndef IKE_TLS_H
#define IKE_TLS_H

#include <ike/ike.h>
#include <ike/keystore.h>

#ifdef __cplusplus
extern "C" {
#endif

#define IKE_TLS_ABI 1u

typedef struct ike_tls_config { /* borrowed until close, but key: until open returns */
    size_t size;
    const char *server;      /* the DNS name that its certificate must hold */
    const ike_span *anchors; /* PEM or DER */
    const ike_span *certs;   /* ours, DER, leaf first */
    uint32_t anchors_n, system_cas, certs_n;
    uint32_t max_minor;       /* 3: TLS 1.2 at most, 4: TLS 1.3 */
    ike_span key;             /* ours: DER (PKCS#1, SEC1, PKCS#8); empty: there is none, or */
    const ike_signer *signer; /* it is elsewhere */
    const ike_crypto *crypto; /* for random numbers; OpenSSL has its own */
    /* What goes out: 0 or an IKE_E_*. What came in: octets, 0: nothing is there yet. */
    int (*send)(void *io, const uint8_t *p, size_t n);
    size_t (*recv)(void *io, uint8_t *out, size_t cap);
    void *io;
} ike_tls_config;

typedef struct ike_tls {
    uint32_t abi;       /* IKE_TLS_ABI */
    uint32_t max_minor; /* the newest it can do where keys can be exported: 3 or 4 */
    /* The server's certificate must lead to an anchor, be for a server and name it. No resumption, no renegotiation,
     * TLS 1.2 at least. Errors: CERT_INVALID, LOCAL_IO (no system CAs), UNSUPPORTED (a signer's kind of key), NOMEM,
     * CRYPTO. */
    int (*open)(void **self, const ike_tls_config *cfg);
    /* 1: it is over, 0: not yet; or CERT_*, PEER_DENIED (an alert), NOMEM, CRYPTO, what send or sign returned, AUTH. */
    int (*handshake)(void *self);
    int (*minor)(void *self); /* of the version agreed on: 3, 4 */
    /* Octets; 0: none yet; PEER_DENIED (alert, end), AUTH. */
    int (*read)(void *self, uint8_t *out, size_t cap);
    int (*write)(void *self, ike_span text); /* all of it: 0; CRYPTO */
    /* RFC 5705, with TLS 1.3 RFC 8446 7.5; TLS 1.2: context is empty and counts as none. Errors: CRYPTO, also for a
     * context that this version has no use for. */
    int (*export_keys)(void *self, const char *label, ike_span context, uint8_t *out, size_t n);
    void (*close)(void *self); /* wipes; NULL is fine */
} ike_tls;

IKE_API const ike_tls *ike_tls_mbedtls(void); /* libike-eap */
IKE_API const ike_tls *ike_tls_openssl(void); /* libike-openssl */

#ifdef __cplusplus
}
#endif
#endif
