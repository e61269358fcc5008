/* trust/path.c - from a certificate to an anchor (RFC 5280 6.1). SPDX-License-Identifier: Apache-2.0
 *
 * The peer's certificates come in any order, with strangers, copies and loops among them, and some are cross-signed:
 * every way is tried, first to an anchor, then through the pool, within bounds on the length and on the signatures
 * looked at. A way counts if each certificate names and was signed by the next; then it is judged as a whole. The
 * first way that convinces is taken; if none does, the first that led to an anchor says why.
 *
 * Not here: what the leaf is called and used for (chain.c), revocation (status.c). */
#include "trust/trust.h"
#include <mbedtls/md.h>
#include <string.h>

#define SIGNATURES_MAX 40u

struct search {
    const struct ike_trust *t;
    const struct ike_x509 *pool;
    uint32_t pool_n, left; /* signatures */
    uint32_t used;         /* of the pool, a bit each */
    int64_t now;
    struct ike_chain *way;
    int err;
};

/* ---- judging a way ---- */

static int is_self_issued(const struct ike_x509 *x)
{
    return ike__name_dn(x->subject, x->issuer, 0);
}

static int check_time(const struct ike_x509 *x, int64_t now)
{
    if (now < x->from)
        return IKE_E_CERT_NOT_YET;
    return now > x->until ? IKE_E_CERT_EXPIRED : 0;
}

/* The anchor's own signature proves nothing and is not looked at; its key is. */
static int check_strength(const struct search *f, const struct ike_x509 *x, int is_anchor)
{
    int err = is_anchor ? 0 : ike__alg_hash_allowed(&f->t->policy, x->alg);

    return err == 0 ? ike__alg_key_allowed(&f->t->policy, x) : err;
}

/* May the i-th certificate of the way issue the one below? 4.2.1.9: a path length counts the CAs below that are not
 * self-issued. Certificates of version 1 have no extensions: among those only anchors are CAs. */
static int check_ca(const struct ike_chain *way, uint32_t i)
{
    const struct ike_x509 *ca = way->cert[i];
    int below = 0;

    for (uint32_t k = 1; k < i; k++)
        below += !is_self_issued(way->cert[k]);
    if (!ca->is_ca && !(i == way->n - 1 && ca->v == 1))
        return IKE_E_CERT_CHAIN;
    if (ca->path_len >= 0 && below > ca->path_len)
        return IKE_E_CERT_CHAIN;
    return ike__x509_may(ca, IKE_MAY_CERTIFY) ? 0 : IKE_E_CERT_CHAIN;
}

/* 6.1.3 (b), (c): a self-issued certificate is free of them, unless it is the last. */
static int check_constraints(const struct ike_chain *way, uint32_t i)
{
    for (uint32_t k = 0; k < i; k++) {
        int err =
            k > 0 && is_self_issued(way->cert[k]) ? 0 : ike__constraints_check(way->cert[i], way->cert[k]);
        if (err != 0)
            return err;
    }
    return 0;
}

static int is_pinned(const struct ike_trust *t, const struct ike_x509 *x)
{
    ike_span spki = x->spki;
    uint8_t hash[32];

    if (mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), spki.p, spki.n, hash) != 0)
        return 0;
    for (uint32_t i = 0; i < t->pins_n; i++)
        if (memcmp(t->pins[i], hash, sizeof(hash)) == 0)
            return 1;
    return 0;
}

static int check_pins(const struct search *f)
{
    if (f->t->pins_n == 0)
        return 0;
    for (uint32_t i = 0; i < f->way->n; i++)
        if (is_pinned(f->t, f->way->cert[i]))
            return 0;
    return IKE_E_CERT_PIN;
}

static int judge(const struct search *f)
{
    const struct ike_chain *way = f->way;
    int err = 0;

    for (uint32_t i = 0; err == 0 && i < way->n; i++)
        err = check_time(way->cert[i], f->now);
    for (uint32_t i = 0; err == 0 && i < way->n; i++)
        err = check_strength(f, way->cert[i], i > 0 && i == way->n - 1);
    for (uint32_t i = 0; err == 0 && i < way->n; i++)
        err = way->cert[i]->has_unknown_critical ? IKE_E_CERT_CRITICAL : 0;
    for (uint32_t i = 1; err == 0 && i < way->n; i++)
        err = check_ca(way, i);
    for (uint32_t i = 1; err == 0 && i < way->n; i++)
        err = check_constraints(way, i);
    return err == 0 ? check_pins(f) : err;
}

/* ---- looking for ways ---- */

static int links(struct search *f, const struct ike_x509 *child, const struct ike_x509 *issuer)
{
    ike_span aki = ike__x509_aki(child), ski = ike__x509_ski(issuer);

    if (!ike__name_dn(child->issuer, issuer->subject, 0))
        return 0;
    if (aki.n > 0 && ski.n > 0 && !ike__der_same(aki, ski)) /* another key of the same CA */
        return 0;
    if (f->left == 0) {
        f->err = f->err == IKE_E_CERT_UNTRUSTED ? IKE_E_CERT_CHAIN : f->err;
        return 0;
    }
    f->left--;
    if (ike__alg_signed(issuer, child->alg, child->tbs, child->sig) == 0)
        return 1;
    f->err = f->err == IKE_E_CERT_UNTRUSTED ? IKE_E_CERT_INVALID : f->err;
    return 0;
}

static int to_anchor(struct search *f)
{
    struct ike_chain *way = f->way;
    const struct ike_x509 *last = way->cert[way->n - 1];

    for (size_t i = 0; i < f->t->anchors_n; i++) {
        int err;
        if (!links(f, last, f->t->anchors[i]))
            continue;
        way->cert[way->n++] = f->t->anchors[i];
        err = judge(f);
        if (err == 0)
            return 1;
        way->n--;
        if (f->err == IKE_E_CERT_UNTRUSTED || f->err == IKE_E_CERT_INVALID)
            f->err = err;
    }
    return 0;
}

/* Depth first without recursion: next[d] is where to go on among the pool at depth d. */
static int search(struct search *f)
{
    struct ike_chain *way = f->way;
    uint32_t next[IKE_PATH_MAX] = {0}, from[IKE_PATH_MAX] = {0}, i;

    if (to_anchor(f))
        return 0;
    while (way->n > 0) {
        uint32_t d = way->n - 1;
        for (i = next[d]; i < f->pool_n; i++)
            if (!(f->used >> i & 1) && way->n + 1 < IKE_PATH_MAX && links(f, way->cert[d], &f->pool[i]))
                break;
        next[d] = i + 1;
        if (i >= f->pool_n) { /* nothing left here: one step back */
            f->used &= ~(UINT32_C(1) << from[d]) | 1;
            way->n--;
            continue;
        }
        f->used |= UINT32_C(1) << i;
        way->cert[way->n] = &f->pool[i];
        from[way->n] = i;
        next[way->n] = 0;
        way->n++;
        if (to_anchor(f))
            return 0;
    }
    return f->err;
}

int ike__path_find(const struct ike_trust *t, const struct ike_x509 *pool, uint32_t pool_n, int64_t now,
                   struct ike_chain *out)
{
    struct search f = {t, pool, pool_n, SIGNATURES_MAX, 1, now, out, IKE_E_CERT_UNTRUSTED};

    out->cert[0] = &pool[0];
    out->n = 1;
    for (size_t i = 0; i < t->anchors_n; i++) /* trusted as it is: no CA has to vouch for it */
        if (ike__der_same(t->anchors[i]->tbs, pool[0].tbs) &&
            ike__der_same(t->anchors[i]->sig, pool[0].sig)) {
            int err = check_time(&pool[0], now);
            err = err == 0 ? ike__alg_key_allowed(&t->policy, &pool[0]) : err;
            return err == 0 ? check_pins(&f) : err;
        }
    return search(&f);
}
