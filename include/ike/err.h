/* ike/err.h - the error map. SPDX-License-Identifier: Apache-2.0
 *
 * Functions return 0 (or a length, a count, a choice >= 0), or one of these. Programs branch on the
 * decade (IKE_ERR_DECADE), people read the text and the advice. What a peer said is data, not an
 * error code: see ike_event.notify. */
#ifndef IKE_ERR_H
#define IKE_ERR_H
/* clang-format off: tables */

#include <ike/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*    name          code  text                                          advice                     */
#define IKE_ERR_MAP(X)                                                                                   \
    /* caller */                                                                                         \
    X(USAGE, -1, "argument or state the caller can avoid",                                               \
      "read the comment of the function that returned it")                                               \
    X(NOSPACE, -2, "the caller's buffer is too small", "give a larger buffer")                           \
    X(UNSUPPORTED, -3, "not offered by this build or backend",                                           \
      "choose another algorithm or feature, or link a backend that has it")                              \
    X(CONFIG, -4, "the configuration is not valid", "correct the value that is named")                   \
    X(PENDING, -5, "the answer comes later", "call ike_answer when it is there")                         \
    X(TOO_BIG, -6, "the packet is larger than the tunnel carries",                                       \
      "answer its sender with what ike_mtu_answer makes of it")                                          \
    /* resources */                                                                                      \
    X(NOMEM, -20, "the allocator refused", "free memory or raise the limit")                             \
    X(CRYPTO, -21, "the crypto backend failed", "check the backend's entropy source and memory")         \
    X(LIMIT, -22, "a built-in bound was reached", "see the bound in the function's comment")             \
    X(LOCAL_IO, -23, "a local device, socket or route failed",                                           \
      "check the rights to open the TUN and to set addresses and routes")                                \
    /* peer */                                                                                           \
    X(DISCARD, -40, "unauthenticated junk: nothing changed", "nothing to do")                            \
    X(SYNTAX, -41, "authenticated but malformed message: the SA is being closed",                        \
      "report the gateway's message to its vendor")                                                      \
    X(REFUSED, -42, "the peer answered with an error notify", "look up the notify in the gateway's log") \
    X(NO_PROPOSAL, -43, "no common proposal",                                                            \
      "align ike-proposal and esp-proposal with what the gateway is configured for")                     \
    X(BAD_CHOICE, -44, "the peer chose something we did not offer",                                      \
      "do not trust this gateway before its configuration has been looked at")                           \
    X(TS, -45, "no acceptable traffic selectors",                                                        \
      "align traffic-selectors with the subnets the gateway serves")                                     \
    X(ADDRESS, -46, "the gateway gave no usable virtual address",                                        \
      "check the gateway's address pool, or set virtual-ip to what it serves")                           \
    X(NO_NATT, -47, "the gateway does not support NAT traversal, so ESP cannot be carried in UDP",       \
      "enable NAT traversal on the gateway")                                                             \
    /* identity */                                                                                       \
    X(AUTH, -60, "the peer's proof of identity is wrong",                                                \
      "with a shared key: compare the keys; with certificates: the gateway's key does not fit its "      \
      "certificate")                                                                                     \
    X(DENIED, -61, "the host refused an ask",                                                            \
      "check the key store: the key or the secret was not available")                                    \
    X(PEER_DENIED, -62, "the peer refused our identity",                                                 \
      "check local.id and the secret or certificate; the gateway's log has the reason")                  \
    X(PEER_ID, -63, "the peer has another identity than expected",                                       \
      "set remote.id to the identity the gateway really uses, if you trust it")                          \
    X(CERT_UNTRUSTED, -64, "the certificate does not lead to a trusted CA",                              \
      "add the CA that issued the gateway's certificate to remote.ca")                                   \
    X(CERT_EXPIRED, -65, "a certificate is past its validity",                                           \
      "renew the certificate, or correct this device's clock")                                           \
    X(CERT_NOT_YET, -66, "a certificate is not valid yet", "correct this device's clock")                \
    X(CERT_NAME, -67, "the certificate does not name the expected peer",                                 \
      "connect by a name the certificate holds, or set remote.id to one; remote.wildcards allows "       \
      "wildcards")                                                                                       \
    X(CERT_USAGE, -68, "the certificate may not be used for this purpose",                               \
      "issue a certificate with digitalSignature and serverAuth or iKEIntermediate")                     \
    X(CERT_WEAK, -69, "a key or hash in the chain is too weak", "issue a stronger certificate")          \
    X(CERT_INVALID, -70, "a certificate is malformed or has a bad signature", "reissue the certificate") \
    X(NO_CERT, -71, "the peer sent no certificate",                                                      \
      "let the gateway send its certificate, or configure it in remote.cert")                            \
    X(AUTH_METHOD, -72, "the peer authenticates by a method that is not allowed",                        \
      "align remote.auth with the gateway")                                                              \
    X(CERT_REVOKED, -73, "a certificate has been revoked by its CA",                                     \
      "do not connect; ask who runs the gateway why, and for a new certificate")                         \
    X(CERT_STATUS, -74, "whether a certificate is revoked could not be found out, and strict is set",    \
      "make the CRL or OCSP responder reachable without the tunnel, or give a CRL in remote.crl")        \
    X(CERT_PIN, -75, "no certificate of the chain has a pinned key",                                     \
      "do not trust this gateway, unless its key was changed: then set remote.pin to the new one")       \
    X(CERT_CONSTRAINT, -76, "a certificate has a name that its CA is not allowed to give",               \
      "issue the certificate under another CA, or widen the CA's name constraints")                      \
    X(CERT_CRITICAL, -77, "a certificate has a critical extension that is not understood here",          \
      "reissue the certificate without the extension, or not as critical")                               \
    X(CERT_CHAIN, -78, "a certificate in the chain is no CA for this, or the chain is too long",         \
      "look at basicConstraints, path length and keyCertSign of the CAs that the gateway sends")         \
    X(PPK, -79, "the gateway did not use the post-quantum preshared key, and it is required",            \
      "configure ppk.id and its secret on the gateway, or set ppk.required to false")                    \
    /* path and time */                                                                                  \
    X(TIMEOUT, -80, "the peer does not answer",                                                          \
      "check the address, and that UDP ports 500 and 4500 are open on the way")                          \
    X(CLOSED, -81, "the session is over", "make a new session")                                          \
    X(DELETED, -82, "the peer closed the connection", "connect again; the gateway's log has the reason") \
    X(EXPIRED, -83, "a lifetime ended and the peer would not rekey", "connect again")                    \
    X(REDIRECT, -84, "the gateways send us round in circles", "have their redirection looked at")

enum ike_err {
    IKE_OK = 0,
#define X(name, code, text, advice) IKE_E_##name = (code),
    IKE_ERR_MAP(X)
#undef X
        IKE_E_LAST_ = -100
};

/* 0: ok, 1: caller, 2: resources, 3: peer, 4: identity, 5: path and time. */
#define IKE_ERR_DECADE(err) ((err) >= 0 ? 0 : 1 + (-(err)) / 20)

/* Static texts, never NULL; an unknown number gives "unknown error". Callable at any time. */
IKE_API const char *ike_strerror(int err); /* "no common proposal" */
IKE_API const char *ike_errname(int err);  /* "IKE_E_NO_PROPOSAL" */
IKE_API const char *ike_advice(int err);   /* what a person can do about it */

#ifdef __cplusplus
}
#endif
#endif
