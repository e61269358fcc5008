/* trust/status.c - is a certificate revoked? SPDX-License-Identifier: Apache-2.0
 *
 * Nothing here does I/O. What is missing is put into a want, the verdict is PENDING, the host fetches and gives, and
 * the verdict is asked for again. What was given is kept as it came, keyed by what was asked, and checked each
 * time it is used. Only certificates of a chain that leads to an anchor, and whose peer has proved its identity, come
 * here: nobody else makes us fetch (KNOWN-HOLES 49).
 *
 * Not here: reading CRLs and responses (crl.c, ocsp.c). */
#include "trust/trust.h"
#include <mbedtls/md.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_S     60 /* what could not be had, or did not help, is not asked for again before */
#define BYTES_MAX   (16u * 1024u * 1024u)
#define STAPLES_MAX 4u

/* ---- the stock ---- */

/* What was asked: its nonce is another one each time. */
static int key_of(const ike_trust_want *w, uint8_t key[32])
{
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
    mbedtls_md_context_t md;
    uint8_t kind = (uint8_t)w->kind;
    ike_span what = {NULL, 0}, nonce;
    int err;

    if (w->kind == IKE_WANT_OCSP && ike__ocsp_request_read(w->body, &what, &nonce) < 0)
        return IKE_E_USAGE;
    mbedtls_md_init(&md);
    err = mbedtls_md_setup(&md, info, 0) != 0 || mbedtls_md_starts(&md) != 0 ||
          mbedtls_md_update(&md, &kind, 1) != 0 ||
          mbedtls_md_update(&md, (const uint8_t *)w->url, strlen(w->url) + 1) != 0 ||
          (what.n > 0 && mbedtls_md_update(&md, what.p, what.n) != 0) || mbedtls_md_finish(&md, key) != 0;
    mbedtls_md_free(&md);
    return err ? IKE_E_CRYPTO : 0;
}

static struct ike_status_blob *find(ike_trust *t, const ike_trust_want *w)
{
    uint8_t key[32];

    if (key_of(w, key) < 0)
        return NULL;
    for (size_t i = 0; i < IKE_STATUS_MAX; i++)
        if (t->status[i].kind == w->kind && !t->status[i].is_ours &&
            memcmp(t->status[i].key, key, sizeof(key)) == 0)
            return &t->status[i];
    return NULL;
}

static void drop(struct ike_status_blob *b)
{
    free(b->p);
    memset(b, 0, sizeof(*b));
}

static size_t stock(const ike_trust *t)
{
    size_t n = 0;

    for (size_t i = 0; i < IKE_STATUS_MAX; i++)
        n += t->status[i].n;
    return n;
}

/* An empty place with so much room; what was given first makes it. NULL: too much comes from files. */
static struct ike_status_blob *place(ike_trust *t, size_t n)
{
    for (;;) {
        struct ike_status_blob *oldest = NULL;
        for (size_t i = 0; i < IKE_STATUS_MAX; i++) {
            struct ike_status_blob *b = &t->status[i];
            if (b->kind == 0 && stock(t) + n <= BYTES_MAX)
                return b;
            if (b->kind != 0 && !b->is_ours && (!oldest || b->given < oldest->given))
                oldest = b;
        }
        if (!oldest)
            return NULL;
        drop(oldest);
    }
}

static int keep(ike_trust *t, struct ike_status_blob *b, uint32_t kind, ike_span data)
{
    if (data.n > 0) {
        b->p = malloc(data.n);
        if (!b->p)
            return IKE_E_NOMEM;
        memcpy(b->p, data.p, data.n);
        b->n = data.n;
    }
    b->kind = kind;
    b->given = ike__trust_now(t);
    return 0;
}

void ike__status_free(struct ike_trust *t)
{
    for (size_t i = 0; i < IKE_STATUS_MAX; i++)
        drop(&t->status[i]);
}

static int add_crl(void *user, ike_span der)
{
    ike_trust *t = user;
    struct ike_status_blob *b;
    int err = ike__crl_usable(der);

    if (err < 0)
        return err;
    b = place(t, der.n);
    if (!b)
        return IKE_E_LIMIT;
    err = keep(t, b, IKE_WANT_CRL, der);
    b->is_ours = err == 0;
    return err;
}

int ike_trust_add_crl(ike_trust *t, ike_span pem_or_der)
{
    return ike__pem_each(pem_or_der, "X509 CRL", add_crl, t);
}

int ike_trust_give(ike_trust *t, const ike_trust_want *want, ike_span data)
{
    ike_trust_want own;
    struct ike_status_blob *b;
    ike_span what, nonce;
    uint8_t key[32];
    int err = ike_struct_adopt(&own, sizeof(own), want);

    if (err < 0 || !own.url || (own.kind != IKE_WANT_CRL && own.kind != IKE_WANT_OCSP))
        return IKE_E_USAGE;
    err = key_of(&own, key);
    if (err < 0)
        return err;
    if (data.n > (own.kind == IKE_WANT_CRL ? IKE_TRUST_CRL_MAX : IKE_TRUST_OCSP_MAX))
        data.n = 0;
    b = find(t, &own);
    if (b)
        drop(b);
    b = place(t, data.n);
    if (!b)
        return IKE_E_LIMIT;
    memcpy(b->key, key, sizeof(key));
    if (own.kind == IKE_WANT_OCSP && ike__ocsp_request_read(own.body, &what, &nonce) == 0 &&
        nonce.n == sizeof(b->nonce))
        memcpy(b->nonce, nonce.p, nonce.n);
    return keep(t, b, own.kind, data);
}

int ike_trust_wanted(const ike_trust *t, ike_trust_want *want)
{
    size_t n = want->size;

    if (n < offsetof(ike_trust_want, body))
        return IKE_E_USAGE;
    memcpy(want, &t->want, n < sizeof(t->want) ? n : sizeof(t->want));
    want->size = n;
    return t->want.kind != 0;
}

/* ---- the verdict ---- */

static int may_ask(ike_trust *t, int64_t now)
{
    const struct ike_status_blob *b = t->want.kind ? find(t, &t->want) : NULL;

    return t->want.kind && (!b || now < b->given || now - b->given > AGAIN_S);
}

/* RFC 4806 4.1: what came with the certificates goes into the same verdict, and spares the way to the responder. */
static enum ike_status by_staple(const ike_trust *t, const struct ike_subject *s)
{
    enum ike_status is = IKE_STATUS_UNKNOWN;

    for (uint32_t i = 0; i < t->ask->ocsp_n && i < STAPLES_MAX && is == IKE_STATUS_UNKNOWN; i++)
        if (t->ask->ocsp[i].n <= IKE_TRUST_OCSP_MAX)
            is = ike__ocsp_status(t->ask->ocsp[i], s, (ike_span){NULL, 0});
    return is;
}

static enum ike_status by_ocsp(ike_trust *t, const struct ike_subject *s, int *ask)
{
    const ike_crypto *c = ike_crypto_mbedtls();
    const struct ike_status_blob *b;
    enum ike_status is;
    uint8_t nonce[32];

    t->want = (ike_trust_want){.size = sizeof(t->want), .url = t->url};
    if (ike__x509_ocsp_url(s->x, t->url, sizeof(t->url)) == 0 || c->random(c->self, nonce, sizeof(nonce)) < 0)
        return IKE_STATUS_UNKNOWN;
    t->want.body = (ike_span){t->request, ike__ocsp_request(s, nonce, t->request, sizeof(t->request))};
    if (t->want.body.n == 0)
        return IKE_STATUS_UNKNOWN;
    t->want.kind = IKE_WANT_OCSP;
    b = find(t, &t->want);
    is = b && b->n > 0 ? ike__ocsp_status((ike_span){b->p, b->n}, s, (ike_span){b->nonce, sizeof(b->nonce)})
                       : IKE_STATUS_UNKNOWN;
    *ask = is == IKE_STATUS_UNKNOWN && may_ask(t, s->now);
    return is;
}

/* Every CRL that we have, whoever it was fetched for: one that says "revoked" is enough. */
static enum ike_status by_crl(ike_trust *t, const struct ike_subject *s)
{
    enum ike_status is = IKE_STATUS_UNKNOWN;

    for (size_t i = 0; i < IKE_STATUS_MAX && is != IKE_STATUS_REVOKED; i++) {
        const struct ike_status_blob *b = &t->status[i];
        enum ike_status says = b->kind == IKE_WANT_CRL && b->n > 0
                                   ? ike__crl_status((ike_span){b->p, b->n}, s)
                                   : IKE_STATUS_UNKNOWN;
        is = says > is ? says : is;
    }
    return is;
}

static int may_ask_for_crl(ike_trust *t, const struct ike_subject *s)
{
    t->want = (ike_trust_want){.size = sizeof(t->want), .url = t->url};
    if (ike__x509_crl_url(s->x, t->url, sizeof(t->url)) == 0)
        return 0;
    t->want.kind = IKE_WANT_CRL;
    return may_ask(t, s->now);
}

static void add(ike_trust *t, const char *text)
{
    size_t n = strlen(text), room = sizeof(t->unchecked) - 1 - t->unchecked_n;

    n = n < room ? n : room;
    memcpy(t->unchecked + t->unchecked_n, text, n);
    t->unchecked_n += n;
    t->unchecked[t->unchecked_n] = '\0';
}

static void remark(ike_trust *t, const struct ike_x509 *x)
{
    char name[100];

    ike__name_text(x->subject, name, sizeof(name));
    add(t, t->unchecked_n == 0 ? "whether this is revoked: " : "; ");
    add(t, name);
}

static int check_one(ike_trust *t, const struct ike_subject *s)
{
    enum ike_status ocsp = IKE_STATUS_UNKNOWN, crl = IKE_STATUS_UNKNOWN;
    int ask = 0;

    if (t->opt.crl)
        crl = by_crl(t, s);
    if (crl != IKE_STATUS_REVOKED && t->opt.ocsp)
        ocsp = by_staple(t, s);
    if (crl != IKE_STATUS_REVOKED && t->opt.ocsp && ocsp == IKE_STATUS_UNKNOWN)
        ocsp = by_ocsp(t, s, &ask);
    if (crl == IKE_STATUS_REVOKED || ocsp == IKE_STATUS_REVOKED)
        return IKE_E_CERT_REVOKED;
    if (crl == IKE_STATUS_GOOD || ocsp == IKE_STATUS_GOOD)
        return 0;
    if (t->opt.fetch && (ask || (t->opt.crl && may_ask_for_crl(t, s))))
        return IKE_E_PENDING;
    if (!t->opt.strict)
        remark(t, s->x);
    return t->opt.strict ? IKE_E_CERT_STATUS : 0;
}

int ike__status_check(struct ike_trust *t, const struct ike_chain *chain, int64_t now)
{
    int err = 0;

    if (!t->opt.crl && !t->opt.ocsp)
        return 0;
    for (uint32_t i = 0; err == 0 && i + 1 < chain->n; i++) { /* anchors are revoked by taking them out */
        struct ike_subject s = {chain->cert[i], chain->cert[i + 1], &t->policy, t->opt.crypto, now};
        err = check_one(t, &s);
    }
    if (err != IKE_E_PENDING)
        t->want.kind = 0;
    return err;
}
