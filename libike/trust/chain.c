/* trust/chain.c - answers IKE_ASK_VERIFY. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 4945 5.1.3 for key usage and extended key usage. The order of the checks is the order of the answers: way to an
 * anchor (trust, validity, strength, extensions, CAs, name constraints, pins), names, usage, signature, revocation:
 * what costs the network comes last, when all else is proven.
 *
 * Not here: the way (path.c), names (name.c), the signature (signature.c), revocation (status.c). */
#include "trust/trust.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CERTS_MAX   10u
#define BYTES_MAX   65536u
#define CERTREQ_MAX 20u
#define ANCHORS_MAX 1024u
#define FILE_MAX    (2u * 1024u * 1024u)

int ike_trust_new(ike_trust **out)
{
    ike_trust *t = calloc(1, sizeof(*t));

    *out = t;
    if (!t)
        return IKE_E_NOMEM;
    t->policy = *ike_trust_policy_of(IKE_POLICY_DEFAULT);
    return 0;
}

void ike_trust_free(ike_trust *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->anchors_n; i++) {
        ike__x509_free(t->anchors[i]);
        free(t->anchors[i]);
    }
    free(t->anchors);
    ike__status_free(t);
    free(t->host);
    free(t);
}

int ike_trust_set(ike_trust *t, const ike_trust_options *options)
{
    ike_trust_options opt;
    ike_trust_policy policy = *ike_trust_policy_of(IKE_POLICY_DEFAULT);
    int err = ike_struct_adopt(&opt, sizeof(opt), options);

    if (err == 0 && opt.policy)
        err = ike_struct_adopt(&policy, sizeof(policy), opt.policy);
    if (err < 0)
        return err;
    t->opt = opt;
    t->policy = policy;
    return 0;
}

int64_t ike__trust_now(const ike_trust *t)
{
    return t->opt.now_s ? t->opt.now_s : (int64_t)time(NULL);
}

/* ---- anchors ---- */

static int add_anchor(void *user, ike_span der)
{
    ike_trust *t = user;
    struct ike_x509 **more, *x;
    int err;

    if (t->anchors_n == ANCHORS_MAX)
        return IKE_E_LIMIT;
    more = realloc(t->anchors, (t->anchors_n + 1) * sizeof(struct ike_x509 *));
    if (!more)
        return IKE_E_NOMEM;
    t->anchors = more;
    x = malloc(sizeof(*x));
    if (!x)
        return IKE_E_NOMEM;
    err = ike__x509_parse(x, der, t->opt.crypto);
    if (err < 0)
        free(x);
    else
        t->anchors[t->anchors_n++] = x;
    return err;
}

int ike_trust_add(ike_trust *t, ike_span s)
{
    return ike__pem_each(s, "CERTIFICATE", add_anchor, t);
}

/* Of the system's many CAs those with keys that we cannot use are passed over. */
static int add_if_usable(void *user, ike_span der)
{
    int err = add_anchor(user, der);

    return err == IKE_E_CERT_INVALID ? 0 : err;
}

static int add_file(ike_trust *t, const char *path)
{
    uint8_t *text = malloc(FILE_MAX);
    FILE *f = text ? fopen(path, "rb") : NULL;
    size_t n = f ? fread(text, 1, FILE_MAX, f) : 0, before = t->anchors_n;

    if (f)
        fclose(f);
    if (n > 0 && n < FILE_MAX)
        (void)ike__pem_each((ike_span){text, n}, "CERTIFICATE", add_if_usable, t);
    free(text);
    return t->anchors_n > before ? 0 : IKE_E_LOCAL_IO;
}

int ike_trust_add_system(ike_trust *t)
{
    static const char *const files[] = {"/etc/ssl/certs/ca-certificates.crt",
                                        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (add_file(t, files[i]) == 0)
            return 0;
    return IKE_E_LOCAL_IO;
}

int ike_trust_pin(ike_trust *t, const uint8_t sha256[32])
{
    if (t->pins_n == IKE_PINS_MAX)
        return IKE_E_LIMIT;
    memcpy(t->pins[t->pins_n++], sha256, 32);
    return 0;
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
    size_t n = 0;

    for (size_t i = 0; i < t->anchors_n && i < CERTREQ_MAX; i++, n += 20) {
        if (cap - n < 20)
            return IKE_E_NOSPACE;
        if (ike_crypto_mbedtls()->sha1(t->anchors[i]->spki, (ike_span){NULL, 0}, out + n) < 0)
            return IKE_E_CRYPTO;
    }
    return (int)n;
}

/* ---- the verdict ---- */

static int check_usage(const struct ike_x509 *x)
{
    /* 4945 5.1.3.12 and its successors: who may be an IKE server */
    static const struct {
        char oid[9];
    } purposes[] = {{"\x2b\x06\x01\x05\x05\x07\x03\x01"},  /* serverAuth */
                    {"\x2b\x06\x01\x05\x05\x07\x03\x11"},  /* ipsecIKE */
                    {"\x2b\x06\x01\x05\x05\x08\x02\x02"}}; /* iKEIntermediate */

    /* RFC 4945 5.1.3.2: digitalSignature or nonRepudiation, where key usage is there at all */
    if (!ike__x509_may(x, IKE_MAY_SIGN) && !ike__x509_may(x, IKE_MAY_COMMIT))
        return IKE_E_CERT_USAGE;
    for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
        if (ike__x509_is_for(x, purposes[i].oid, 8, 1))
            return 0;
    return IKE_E_CERT_USAGE;
}

static int check_names(const ike_trust *t, const struct ike_x509 *x, const ike_ask *ask)
{
    if (!ike__trust_names_id(x, ask->peer_id_type, ask->peer_id_data))
        return IKE_E_CERT_NAME;
    return !t->host || ike__trust_names_host(x, t->host, t->opt.wildcards != 0) ? 0 : IKE_E_CERT_NAME;
}

static int judge(ike_trust *t, struct ike_x509 *pool, uint32_t n, const ike_ask *ask)
{
    int64_t now = ike__trust_now(t);
    struct ike_chain chain;
    int err = ike__path_find(t, pool, n, now, &chain);

    if (err == 0)
        err = check_names(t, &pool[0], ask);
    if (err == 0)
        err = check_usage(&pool[0]);
    if (err == 0)
        err = ike__trust_signature(&pool[0], ask->sigs, ask->tbs, ask->proof);
    return err == 0 ? ike__status_check(t, &chain, now) : err;
}

/* RFC 4945 3.3.6: a peer may leave out a certificate that we have: the one we trust for this name. */
static int judge_without_certs(ike_trust *t, const ike_ask *ask)
{
    for (size_t i = 0; i < t->anchors_n; i++)
        if (ike__trust_names_id(t->anchors[i], ask->peer_id_type, ask->peer_id_data))
            return judge(t, t->anchors[i], 1, ask);
    return IKE_E_NO_CERT;
}

/* The peer's own comes first and has to be one; a stranger behind it that does not parse takes no part. */
static int parse_pool(const ike_trust *t, struct ike_x509 *pool, uint32_t *n, const ike_ask *ask)
{
    uint32_t given = ask->certs_n < CERTS_MAX ? ask->certs_n : CERTS_MAX;
    size_t bytes = 0;

    *n = 0;
    for (uint32_t i = 0; i < given; i++) {
        int err;
        bytes += ask->certs[i].n;
        if (bytes > BYTES_MAX)
            return IKE_E_CERT_CHAIN;
        err = ike__x509_parse(&pool[*n], ask->certs[i], t->opt.crypto);
        if (err == 0)
            ++*n;
        else if (i == 0 || err == IKE_E_NOMEM)
            return err;
    }
    return 0;
}

int ike_trust_verify(ike_trust *t, const ike_ask *ask)
{
    struct ike_x509 pool[CERTS_MAX];
    uint32_t n;
    int err;

    t->want.kind = 0;
    t->ask = ask;
    t->unchecked[0] = '\0';
    t->unchecked_n = 0;
    if (ask->certs_n == 0)
        return judge_without_certs(t, ask);
    err = parse_pool(t, pool, &n, ask);
    if (err == 0)
        err = judge(t, pool, n, ask);
    for (uint32_t i = 0; i < n; i++)
        ike__x509_free(&pool[i]);
    return err;
}

const char *ike_trust_unchecked(const ike_trust *t)
{
    return t->unchecked;
}
