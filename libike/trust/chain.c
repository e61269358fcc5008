/* trust/chain.c - answers IKE_ASK_VERIFY: chain, validity, names, usage, signature. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 5280 6.1 through mbedTLS; RFC 4945 5.1.3 for key usage and extended key usage. The peer's certificates may come
 * in any order, with strangers among them; the first is its own. Nothing is ever fetched.
 * The order of the checks is the order of the answers: trust, validity, strength, names, usage, signature.
 *
 * Not here: names (name.c), the signature (signature.c), revocation. */
#include "trust/trust.h"
#include <mbedtls/oid.h>
#include <stdlib.h>
#include <string.h>

#define CERTS_MAX   10u
#define CERTREQ_MAX 20u

struct ike_trust {
    mbedtls_x509_crt anchors; /* a list; the first may be empty (raw.p NULL) */
    char *host;
};

/* 4945 5.1.3.12 and its successors: who may be an IKE server */
static const char oid_ike_intermediate[] = "\x2b\x06\x01\x05\x05\x08\x02\x02";
static const char oid_ipsec_ike[] = "\x2b\x06\x01\x05\x05\x07\x03\x11";

int ike_trust_new(ike_trust **out)
{
    ike_trust *t = calloc(1, sizeof(*t));

    *out = t;
    if (!t)
        return IKE_E_NOMEM;
    mbedtls_x509_crt_init(&t->anchors);
    return 0;
}

void ike_trust_free(ike_trust *t)
{
    if (!t)
        return;
    mbedtls_x509_crt_free(&t->anchors);
    free(t->host);
    free(t);
}

static int is_pem(ike_span s)
{
    static const char begin[] = "-----BEGIN ";

    for (size_t i = 0; i + sizeof(begin) - 1 <= s.n; i++)
        if (memcmp(s.p + i, begin, sizeof(begin) - 1) == 0)
            return 1;
    return 0;
}

int ike_trust_add(ike_trust *t, ike_span s)
{
    unsigned char *text;
    int err;

    if (s.n == 0)
        return IKE_E_CERT_INVALID;
    if (!is_pem(s))
        return mbedtls_x509_crt_parse_der(&t->anchors, s.p, s.n) == 0 ? 0 : IKE_E_CERT_INVALID;
    text = malloc(s.n + 1); /* mbedTLS wants the NUL counted */
    if (!text)
        return IKE_E_NOMEM;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    err = mbedtls_x509_crt_parse(&t->anchors, text, s.n + 1);
    free(text);
    return err == 0 ? 0 : IKE_E_CERT_INVALID;
}

int ike_trust_add_system(ike_trust *t)
{
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (mbedtls_x509_crt_parse_file(&t->anchors, files[i]) >= 0 && t->anchors.raw.p)
            return 0;
    return IKE_E_LOCAL_IO;
}

int ike_trust_expect(ike_trust *t, const char *host)
{
    free(t->host);
    t->host = NULL;
    if (!host)
        return 0;
    t->host = malloc(strlen(host) + 1);
    if (!t->host)
        return IKE_E_NOMEM;
    memcpy(t->host, host, strlen(host) + 1);
    return 0;
}

/* SHA-1 of the whole SubjectPublicKeyInfo (RFC 7296 3.7). */
int ike_trust_certreq(const ike_trust *t, uint8_t *out, size_t cap)
{
    size_t n = 0, named = 0;

    for (const mbedtls_x509_crt *c = &t->anchors; c && c->raw.p && named < CERTREQ_MAX; c = c->next) {
        if (cap - n < 20)
            return IKE_E_NOSPACE;
        if (ike_crypto_mbedtls()->sha1((ike_span){c->pk_raw.p, c->pk_raw.len}, (ike_span){NULL, 0}, out + n) <
            0)
            return IKE_E_CRYPTO;
        n += 20;
        named++;
    }
    return (int)n;
}

/* ---- the verdict ---- */

static int same_name(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
    return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/* Puts the peer's certificates in the order that mbedTLS walks: each before its issuer. */
static int parse_chain(mbedtls_x509_crt *chain, const ike_ask *ask)
{
    mbedtls_x509_crt pool[CERTS_MAX];
    const mbedtls_x509_crt *last;
    uint8_t used[CERTS_MAX] = {0};
    uint32_t n = ask->certs_n < CERTS_MAX ? ask->certs_n : CERTS_MAX;
    int err =
        mbedtls_x509_crt_parse_der(chain, ask->certs[0].p, ask->certs[0].n) == 0 ? 0 : IKE_E_CERT_INVALID;

    for (uint32_t i = 0; i < n; i++) {
        mbedtls_x509_crt_init(&pool[i]);
        /* A stranger that does not parse takes no part. */
        used[i] = i == 0 || mbedtls_x509_crt_parse_der(&pool[i], ask->certs[i].p, ask->certs[i].n) != 0;
    }
    last = chain;
    for (uint32_t i = 0; err == 0 && i < n; i++) {
        if (used[i] || !same_name(&pool[i].subject_raw, &last->issuer_raw))
            continue;
        used[i] = 1;
        (void)mbedtls_x509_crt_parse_der(chain, ask->certs[i].p, ask->certs[i].n);
        while (last->next)
            last = last->next;
        i = (uint32_t)-1; /* look from the start for the issuer of this one */
    }
    for (uint32_t i = 0; i < n; i++)
        mbedtls_x509_crt_free(&pool[i]);
    return err;
}

static int is_pinned(const ike_trust *t, const mbedtls_x509_crt *crt)
{
    for (const mbedtls_x509_crt *c = &t->anchors; c && c->raw.p; c = c->next)
        if (same_name(&c->raw, &crt->raw))
            return 1;
    return 0;
}

static int err_of_flags(uint32_t flags)
{
    if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        return IKE_E_CERT_UNTRUSTED;
    if (flags & MBEDTLS_X509_BADCERT_EXPIRED)
        return IKE_E_CERT_EXPIRED;
    if (flags & MBEDTLS_X509_BADCERT_FUTURE)
        return IKE_E_CERT_NOT_YET;
    if (flags & (MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY))
        return IKE_E_CERT_WEAK;
    return flags ? IKE_E_CERT_INVALID : 0;
}

static int check_chain(ike_trust *t, mbedtls_x509_crt *chain)
{
    static const mbedtls_x509_crt_profile profile = {
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
            MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
        0xfffffff,
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
            MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
        2048};
    uint32_t flags = 0;
    int err =
        mbedtls_x509_crt_verify_with_profile(chain, &t->anchors, NULL, &profile, NULL, &flags, NULL, NULL);

    if (is_pinned(t, chain)) /* trusted as it is; only time still counts */
        return err_of_flags(flags & (MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE));
    if (err != 0 && err != MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
        return IKE_E_CERT_INVALID;
    return err_of_flags(flags);
}

static int has_usage(const mbedtls_x509_crt *crt, const char *oid, size_t n)
{
    return mbedtls_x509_crt_check_extended_key_usage(crt, oid, n) == 0;
}

static int check_usage(const mbedtls_x509_crt *crt)
{
    /* RFC 4945 5.1.3.2: digitalSignature or nonRepudiation, where key usage is there at all */
    if (mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE) != 0 &&
        mbedtls_x509_crt_check_key_usage(crt, MBEDTLS_X509_KU_NON_REPUDIATION) != 0)
        return IKE_E_CERT_USAGE;
    /* 5.1.3.12: likewise for the extended one; each of these also passes where the extension is missing */
    if (has_usage(crt, MBEDTLS_OID_SERVER_AUTH, MBEDTLS_OID_SIZE(MBEDTLS_OID_SERVER_AUTH)) ||
        has_usage(crt, oid_ike_intermediate, sizeof(oid_ike_intermediate) - 1) ||
        has_usage(crt, oid_ipsec_ike, sizeof(oid_ipsec_ike) - 1))
        return 0;
    return IKE_E_CERT_USAGE;
}

static int check_names(const ike_trust *t, const mbedtls_x509_crt *crt, const ike_ask *ask)
{
    if (!ike__trust_names_id(crt, ask->peer_id_type, ask->peer_id_data))
        return IKE_E_CERT_NAME;
    return !t->host || ike__trust_names_host(crt, t->host) ? 0 : IKE_E_CERT_NAME;
}

static int judge(ike_trust *t, mbedtls_x509_crt *chain, const ike_ask *ask)
{
    int err = check_chain(t, chain);

    if (err == 0)
        err = check_names(t, chain, ask);
    if (err == 0)
        err = check_usage(chain);
    if (err == 0)
        err = ike__trust_signature(chain, ask->sigs, ask->tbs, ask->proof);
    return err;
}

/* RFC 4945 3.3.6: a peer may leave out a certificate that we have: the one we pinned for this name. */
static int judge_without_certs(ike_trust *t, const ike_ask *ask)
{
    for (mbedtls_x509_crt *c = &t->anchors; c && c->raw.p; c = c->next) {
        mbedtls_x509_crt alone;
        int err;

        if (!ike__trust_names_id(c, ask->peer_id_type, ask->peer_id_data))
            continue;
        mbedtls_x509_crt_init(&alone);
        err = mbedtls_x509_crt_parse_der(&alone, c->raw.p, c->raw.len) == 0 ? judge(t, &alone, ask)
                                                                            : IKE_E_CERT_INVALID;
        mbedtls_x509_crt_free(&alone);
        return err;
    }
    return IKE_E_NO_CERT;
}

int ike_trust_verify(ike_trust *t, const ike_ask *ask)
{
    mbedtls_x509_crt chain;
    int err;

    if (ask->certs_n == 0)
        return judge_without_certs(t, ask);
    mbedtls_x509_crt_init(&chain);
    err = parse_chain(&chain, ask);
    if (err == 0)
        err = judge(t, &chain, ask);
    mbedtls_x509_crt_free(&chain);
    return err;
}
