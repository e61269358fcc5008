/* crypto/suites.c - "aes256gcm16-prfsha384-ecp384" to proposals. SPDX-License-Identifier: Apache-2.0
 *
 * RFC 8221 and 8247 decide what the default offers.
 *
 * Not here: the keywords (keywords.c), what is chosen of proposals (choose.c), bytes on the wire (wire/sa.c), keys
 * (keymat.c). */
#include "crypto/suites.h"
#include "crypto/keywords.h"
#include "crypto/policy.h"

/* ---- the backend's descriptors ---- */

const ike_prf_alg *ike__find_prf(const ike_crypto *c, uint16_t id)
{
    for (const ike_prf_alg *const *p = c->prf; *p; p++)
        if ((*p)->id == id)
            return *p;
    return NULL;
}

const ike_cipher_alg *ike__find_cipher(const ike_crypto *c, uint16_t encr, uint16_t bits, uint16_t integ)
{
    for (const ike_cipher_alg *const *p = c->cipher; *p; p++)
        if ((*p)->encr == encr && (*p)->key_bits == bits && (*p)->integ == integ)
            return *p;
    return NULL;
}

const ike_kex_alg *ike__find_kex(const ike_crypto *c, uint16_t id)
{
    for (const ike_kex_alg *const *p = c->kex; *p; p++)
        if ((*p)->id == id)
            return *p;
    return NULL;
}

/* ---- text to proposals ---- */

static int is_aead(uint16_t encr)
{
    return (encr >= IKE_ENCR_AES_GCM_8 && encr <= IKE_ENCR_AES_GCM_16) || encr == IKE_ENCR_CHACHA20_POLY1305;
}

static int add(struct ike_proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
    const struct ike_transform t = {.type = type, .id = id, .key_bits = bits};

    if (ike__proposal_holds(p, &t))
        return 0;
    if (p->n == IKE_TRANSFORMS_MAX)
        return IKE_E_LIMIT;
    p->transform[p->n++] = t;
    return 0;
}

/* Keeps the transforms that `keep` says yes to. */
static void filter(struct ike_proposal *p,
                   int (*keep)(const struct ike_proposal *, const struct ike_transform *, const void *),
                   const void *arg)
{
    struct ike_proposal whole = *p;

    p->n = 0;
    for (uint8_t i = 0; i < whole.n; i++)
        if (keep(&whole, &whole.transform[i], arg))
            p->transform[p->n++] = whole.transform[i];
}

static int is_not_type(const struct ike_proposal *p, const struct ike_transform *t, const void *type)
{
    (void)p;
    return t->type != *(const uint8_t *)type;
}

static void drop_type(struct ike_proposal *p, uint8_t type)
{
    filter(p, is_not_type, &type);
}

static uint16_t prf_of_integ(uint16_t integ)
{
    switch (integ) {
    case IKE_INTEG_HMAC_SHA2_256_128:
        return IKE_PRF_HMAC_SHA2_256;
    case IKE_INTEG_HMAC_SHA2_384_192:
        return IKE_PRF_HMAC_SHA2_384;
    case IKE_INTEG_HMAC_SHA2_512_256:
        return IKE_PRF_HMAC_SHA2_512;
    default:
        return IKE_PRF_HMAC_SHA1;
    }
}

/* Static text that names the field the text came from. */
#define FIELD(protocol, text) ((protocol) == IKE_PROTO_IKE ? "ike_suites: " text : "esp_suites: " text)

static int read_keywords(struct ike_proposal *p, const char *s, size_t n, uint32_t policy, const char **why)
{
    for (;;) {
        const char *dash = memchr(s, '-', n);
        size_t word = dash ? (size_t)(dash - s) : n;
        const struct ike_keyword *k = ike__keyword(s, word);

        *why = NULL;
        if (!k)
            *why = FIELD(p->protocol, "unknown keyword in a proposal");
        else if (k->when == 0)
            *why = FIELD(p->protocol, "an algorithm is too weak to be used");
        else if (!(k->when >> policy & 1))
            *why = k->when == IKE_BY_COMPAT
                       ? FIELD(p->protocol, "an algorithm is allowed under policy compat only")
                       : FIELD(p->protocol, "an algorithm is not part of the policy");
        else if (add(p, k->type, k->id, k->bits) < 0)
            *why = FIELD(p->protocol, "too many algorithms in one proposal");
        if (*why)
            return IKE_E_CONFIG;
        if (!dash)
            return 0;
        s += word + 1;
        n -= word + 1;
    }
}

/* Fills in what follows from what was written, and checks that the kinds fit together. */
static int complete(struct ike_proposal *p, const char **why)
{
    int aead = 0, plain = 0;

    for (uint8_t i = 0; i < p->n; i++)
        if (p->transform[i].type == IKE_T_ENCR)
            *(is_aead(p->transform[i].id) ? &aead : &plain) = 1;
    *why = NULL;
    if (!aead && !plain)
        *why = FIELD(p->protocol, "a proposal has no encryption algorithm");
    else if (aead && plain) /* RFC 7296 3.3: they need different integrity transforms */
        *why = FIELD(p->protocol, "AEAD and other ciphers do not go into one proposal");
    else if (plain && !ike__proposal_has(p, IKE_T_INTEG))
        *why = FIELD(p->protocol, "a proposal has no integrity algorithm");
    if (*why)
        return IKE_E_CONFIG;
    if (p->protocol == IKE_PROTO_IKE && !ike__proposal_has(p, IKE_T_PRF))
        for (uint8_t i = 0, n = p->n; i < n; i++)
            if (p->transform[i].type == IKE_T_INTEG)
                (void)add(p, IKE_T_PRF, prf_of_integ(p->transform[i].id), 0);
    if (aead)
        drop_type(p, IKE_T_INTEG);
    if (p->protocol == IKE_PROTO_IKE) {
        if (!ike__proposal_has(p, IKE_T_PRF))
            *why = "ike_suites: a proposal has no PRF";
        else if (!ike__proposal_has(p, IKE_T_KE))
            *why = "ike_suites: a proposal has no key exchange";
        drop_type(p, IKE_T_ESN);
    } else {
        drop_type(p, IKE_T_PRF);
        if (!ike__proposal_has(p, IKE_T_ESN))
            (void)add(p, IKE_T_ESN, IKE_ESN_NO, 0);
    }
    return *why ? IKE_E_CONFIG : 0;
}

/* ---- what the backend can do with a proposal ---- */

/* With how many integrity algorithms of p the backend has this cipher; an AEAD counts as one. */
static unsigned partners(const ike_crypto *c, const struct ike_proposal *p,
                         const struct ike_transform *cipher)
{
    unsigned n = 0;

    if (is_aead(cipher->id))
        return ike__find_cipher(c, cipher->id, cipher->key_bits, 0) != NULL;
    for (uint8_t i = 0; i < p->n; i++)
        n += p->transform[i].type == IKE_T_INTEG &&
             ike__find_cipher(c, cipher->id, cipher->key_bits, p->transform[i].id) != NULL;
    return n;
}

static int is_there(const struct ike_proposal *p, const struct ike_transform *t, const void *arg)
{
    const ike_crypto *c = arg;

    switch (t->type) {
    case IKE_T_PRF:
        return ike__find_prf(c, t->id) != NULL;
    case IKE_T_KE:
        return ike__find_kex(c, t->id) != NULL;
    case IKE_T_ENCR:
        return partners(c, p, t) > 0;
    default:
        return 1;
    }
}

static int goes_with_first_cipher(const struct ike_proposal *p, const struct ike_transform *t,
                                  const void *crypto)
{
    for (uint8_t i = 0; i < p->n && t->type == IKE_T_INTEG; i++)
        if (p->transform[i].type == IKE_T_ENCR)
            return ike__find_cipher(crypto, p->transform[i].id, p->transform[i].key_bits, t->id) != NULL;
    return 1;
}

static int goes_with_every_integ(const struct ike_proposal *p, const struct ike_transform *t,
                                 const void *crypto)
{
    unsigned all = 0;

    for (uint8_t i = 0; i < p->n; i++)
        all += p->transform[i].type == IKE_T_INTEG;
    return t->type != IKE_T_ENCR || partners(crypto, p, t) >= all;
}

/* RFC 7296 3.3: the peer may choose any cipher of a proposal with any integrity algorithm of it, so every pair must
 * be there. The first cipher that has a partner decides which integrity algorithms stay; later ciphers stay if they
 * go with all of those. Whoever wants the others too writes them as a proposal of their own. */
static void keep_what_is_there(struct ike_proposal *p, const ike_crypto *c)
{
    filter(p, is_there, c);
    filter(p, goes_with_first_cipher, c);
    filter(p, goes_with_every_integ, c);
}

static int is_usable(const struct ike_proposal *p)
{
    return ike__proposal_has(p, IKE_T_ENCR) &&
           (p->protocol == IKE_PROTO_ESP ||
            (ike__proposal_has(p, IKE_T_PRF) && ike__proposal_has(p, IKE_T_KE)));
}

/* ---- lists of proposals ---- */

static const char *default_text(uint8_t protocol, uint32_t policy)
{
    const struct ike_policy_row *row = ike__policy(policy);

    return protocol == IKE_PROTO_IKE ? row->ike : row->esp;
}

struct list {
    struct ike_proposal *out;
    uint32_t n, cap, written; /* written: also those that the backend cannot do */
    uint32_t policy;
    uint8_t protocol;
    const ike_crypto *crypto;
    const char **why;
};

static int add_proposal(struct list *l, const char *s, size_t len)
{
    struct ike_proposal *p = &l->out[l->n];

    if (l->n == l->cap) {
        *l->why = FIELD(l->protocol, "too many proposals");
        return IKE_E_CONFIG;
    }
    memset(p, 0, sizeof(*p));
    p->protocol = l->protocol;
    if (read_keywords(p, s, len, l->policy, l->why) < 0 || complete(p, l->why) < 0)
        return IKE_E_CONFIG;
    l->written++;
    keep_what_is_there(p, l->crypto);
    if (is_usable(p))
        p->number = (uint8_t)++l->n;
    return 0;
}

static int add_list(struct list *l, const char *s)
{
    static const char built_in[] = "default";
    int err = 0;

    while (err == 0 && *s) {
        size_t len = strcspn(s, ",");
        const char *word = s;

        s += len + (s[len] == ',');
        while (len > 0 && *word == ' ') {
            word++;
            len--;
        }
        while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '!'))
            len--;
        if (len == sizeof(built_in) - 1 && memcmp(word, built_in, len) == 0)
            err = add_list(l, default_text(l->protocol, l->policy));
        else if (len > 0)
            err = add_proposal(l, word, len);
    }
    return err;
}

int ike__suites_parse(struct ike_proposal *out, uint32_t cap, uint8_t protocol, const char *text,
                      uint32_t policy, const ike_crypto *crypto, const char **why)
{
    struct list l = {
        .out = out, .cap = cap, .policy = policy, .protocol = protocol, .crypto = crypto, .why = why};
    int err = add_list(&l, text ? text : default_text(protocol, policy));

    if (err < 0)
        return err;
    *why = "";
    if (l.n > 0)
        return (int)l.n;
    *why = l.written ? FIELD(protocol, "the crypto backend offers none of the proposals")
                     : FIELD(protocol, "holds no proposal");
    return l.written ? IKE_E_UNSUPPORTED : IKE_E_CONFIG;
}

static int equal(const struct ike_proposal *a, const struct ike_proposal *b)
{
    return a->protocol == b->protocol && a->n == b->n &&
           memcmp(a->transform, b->transform, a->n * sizeof(a->transform[0])) == 0;
}

uint32_t ike__suites_strip_ke(struct ike_proposal *p, uint32_t n)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = 0;

        drop_type(&p[i], IKE_T_KE);
        while (k < kept && !equal(&p[i], &p[k]))
            k++;
        if (k < kept)
            continue;
        if (kept != i)
            p[kept] = p[i];
        p[kept].number = (uint8_t)(kept + 1);
        kept++;
    }
    return kept;
}
