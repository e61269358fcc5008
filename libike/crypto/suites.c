/* crypto/suites.c - "aes256gcm16-prfsha384-ecp384" <-> proposals <-> what was chosen. SPDX-License-Identifier: Apache-2.0
 *
 * One table of keywords, in the order in which suites are printed. RFC 8221 and 8247 decide what the default
 * offers; RFC 7296 2.7 and 3.3.6 what an answer may look like.
 *
 * Not here: bytes on the wire (wire/sa.c), keys (keymat.c). */
#include "crypto/suites.h"
#include "crypto/policy.h"

/* Who allows it. NEVER: nobody, whatever the policy. */
#define NEVER       0u
#define COMPAT_ONLY IKE_BY_COMPAT
#define OK          (IKE_BY_DEFAULT | IKE_BY_COMPAT)
#define NCSC        (OK | IKE_BY_NCSC)
#define NCSC_OLD    (OK | IKE_BY_NCSC_LEGACY)
#define CNSA        (OK | IKE_BY_CNSA)
#define ALL         (OK | IKE_BY_NCSC | IKE_BY_NCSC_LEGACY | IKE_BY_CNSA)

struct keyword {
    const char *text;
    uint8_t type, when; /* IKE_T_*; IKE_BY_* */
    uint16_t id, bits;
};
/* The first keyword of an algorithm is the one that is printed. */
static const struct keyword keywords[] = {
    {"aes128gcm16", IKE_T_ENCR, NCSC, IKE_ENCR_AES_GCM_16, 128},
    {"aes192gcm16", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_16, 192},
    {"aes256gcm16", IKE_T_ENCR, CNSA, IKE_ENCR_AES_GCM_16, 256},
    {"aes128gcm12", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 128},
    {"aes192gcm12", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 192},
    {"aes256gcm12", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 256},
    {"aes128gcm8", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 128},
    {"aes192gcm8", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 192},
    {"aes256gcm8", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 256},
    {"aes128gcm128", IKE_T_ENCR, NCSC, IKE_ENCR_AES_GCM_16, 128},
    {"aes192gcm128", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_16, 192},
    {"aes256gcm128", IKE_T_ENCR, CNSA, IKE_ENCR_AES_GCM_16, 256},
    {"aes128gcm96", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 128},
    {"aes192gcm96", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 192},
    {"aes256gcm96", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_12, 256},
    {"aes128gcm64", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 128},
    {"aes192gcm64", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 192},
    {"aes256gcm64", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_8, 256},
    {"aes128gcm", IKE_T_ENCR, NCSC, IKE_ENCR_AES_GCM_16, 128},
    {"aes192gcm", IKE_T_ENCR, OK, IKE_ENCR_AES_GCM_16, 192},
    {"aes256gcm", IKE_T_ENCR, CNSA, IKE_ENCR_AES_GCM_16, 256},
    {"chacha20poly1305", IKE_T_ENCR, OK, IKE_ENCR_CHACHA20_POLY1305, 0},
    {"aes128", IKE_T_ENCR, NCSC_OLD, IKE_ENCR_AES_CBC, 128},
    {"aes192", IKE_T_ENCR, OK, IKE_ENCR_AES_CBC, 192},
    {"aes256", IKE_T_ENCR, OK, IKE_ENCR_AES_CBC, 256},
    {"aes", IKE_T_ENCR, NCSC_OLD, IKE_ENCR_AES_CBC, 128},
    {"aes128ctr", IKE_T_ENCR, OK, IKE_ENCR_AES_CTR, 128},
    {"aes192ctr", IKE_T_ENCR, OK, IKE_ENCR_AES_CTR, 192},
    {"aes256ctr", IKE_T_ENCR, OK, IKE_ENCR_AES_CTR, 256},
    {"3des", IKE_T_ENCR, COMPAT_ONLY, IKE_ENCR_3DES, 0},
    {"des", IKE_T_ENCR, NEVER, 2, 0},
    {"null", IKE_T_ENCR, NEVER, IKE_ENCR_NULL, 0},
    {"sha256", IKE_T_INTEG, NCSC_OLD, IKE_INTEG_HMAC_SHA2_256_128, 0},
    {"sha384", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_384_192, 0},
    {"sha512", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_512_256, 0},
    {"sha2_256", IKE_T_INTEG, NCSC_OLD, IKE_INTEG_HMAC_SHA2_256_128, 0},
    {"sha2_384", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_384_192, 0},
    {"sha2_512", IKE_T_INTEG, OK, IKE_INTEG_HMAC_SHA2_512_256, 0},
    {"sha1", IKE_T_INTEG, COMPAT_ONLY, IKE_INTEG_HMAC_SHA1_96, 0},
    {"sha", IKE_T_INTEG, COMPAT_ONLY, IKE_INTEG_HMAC_SHA1_96, 0},
    {"md5", IKE_T_INTEG, NEVER, 1, 0},
    {"prfsha256", IKE_T_PRF, NCSC | IKE_BY_NCSC_LEGACY, IKE_PRF_HMAC_SHA2_256, 0},
    {"prfsha384", IKE_T_PRF, CNSA, IKE_PRF_HMAC_SHA2_384, 0},
    {"prfsha512", IKE_T_PRF, CNSA, IKE_PRF_HMAC_SHA2_512, 0},
    {"prfsha1", IKE_T_PRF, COMPAT_ONLY, IKE_PRF_HMAC_SHA1, 0},
    {"prfmd5", IKE_T_PRF, NEVER, 1, 0},
    {"curve25519", IKE_T_KE, OK, IKE_KE_CURVE25519, 0},
    {"x25519", IKE_T_KE, OK, IKE_KE_CURVE25519, 0},
    {"curve448", IKE_T_KE, OK, IKE_KE_CURVE448, 0},
    {"x448", IKE_T_KE, OK, IKE_KE_CURVE448, 0},
    {"ecp256", IKE_T_KE, NCSC, IKE_KE_ECP_256, 0},
    {"ecp384", IKE_T_KE, CNSA, IKE_KE_ECP_384, 0},
    {"ecp521", IKE_T_KE, OK, IKE_KE_ECP_521, 0},
    {"modp2048", IKE_T_KE, NCSC_OLD, IKE_KE_MODP_2048, 0},
    {"modp3072", IKE_T_KE, CNSA, IKE_KE_MODP_3072, 0},
    {"modp4096", IKE_T_KE, CNSA, IKE_KE_MODP_4096, 0},
    {"modp768", IKE_T_KE, NEVER, 1, 0},
    {"modp1024", IKE_T_KE, NEVER, 2, 0},
    {"modp1536", IKE_T_KE, NEVER, 5, 0},
    {"esn", IKE_T_ESN, ALL, IKE_ESN_YES, 0},
    {"noesn", IKE_T_ESN, ALL, IKE_ESN_NO, 0},
};
#define KEYWORDS_N (sizeof(keywords) / sizeof(keywords[0]))

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

static const struct keyword *find_keyword(const char *s, size_t n)
{
    for (size_t i = 0; i < KEYWORDS_N; i++)
        if (strlen(keywords[i].text) == n && memcmp(keywords[i].text, s, n) == 0)
            return &keywords[i];
    return NULL;
}

static int add(struct ike_proposal *p, uint8_t type, uint16_t id, uint16_t bits)
{
    for (uint8_t i = 0; i < p->n; i++)
        if (p->transform[i].type == type && p->transform[i].id == id && p->transform[i].key_bits == bits)
            return 0;
    if (p->n == IKE_TRANSFORMS_MAX)
        return IKE_E_LIMIT;
    memset(&p->transform[p->n], 0, sizeof(p->transform[0]));
    p->transform[p->n].type = type;
    p->transform[p->n].id = id;
    p->transform[p->n].key_bits = bits;
    p->n++;
    return 0;
}

static int has(const struct ike_proposal *p, uint8_t type)
{
    for (uint8_t i = 0; i < p->n; i++)
        if (p->transform[i].type == type)
            return 1;
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
        const struct keyword *k = find_keyword(s, word);

        *why = NULL;
        if (!k)
            *why = FIELD(p->protocol, "unknown keyword in a proposal");
        else if (k->when == NEVER)
            *why = FIELD(p->protocol, "an algorithm is too weak to be used");
        else if (!(k->when >> policy & 1))
            *why = k->when == COMPAT_ONLY
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
    else if (plain && !has(p, IKE_T_INTEG))
        *why = FIELD(p->protocol, "a proposal has no integrity algorithm");
    if (*why)
        return IKE_E_CONFIG;
    if (p->protocol == IKE_PROTO_IKE && !has(p, IKE_T_PRF))
        for (uint8_t i = 0, n = p->n; i < n; i++)
            if (p->transform[i].type == IKE_T_INTEG)
                (void)add(p, IKE_T_PRF, prf_of_integ(p->transform[i].id), 0);
    if (aead)
        drop_type(p, IKE_T_INTEG);
    if (p->protocol == IKE_PROTO_IKE) {
        if (!has(p, IKE_T_PRF))
            *why = "ike_suites: a proposal has no PRF";
        else if (!has(p, IKE_T_KE))
            *why = "ike_suites: a proposal has no key exchange";
        drop_type(p, IKE_T_ESN);
    } else {
        drop_type(p, IKE_T_PRF);
        if (!has(p, IKE_T_ESN))
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
    return has(p, IKE_T_ENCR) && (p->protocol == IKE_PROTO_ESP || (has(p, IKE_T_PRF) && has(p, IKE_T_KE)));
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

/* ---- what was chosen ---- */

static const struct ike_proposal *numbered(const struct ike_proposal *ours, uint32_t n, uint8_t number)
{
    for (uint32_t i = 0; i < n; i++)
        if (ours[i].number == number)
            return &ours[i];
    return NULL;
}

static int offered(const struct ike_proposal *p, const struct ike_transform *t)
{
    for (uint8_t i = 0; i < p->n; i++)
        if (p->transform[i].type == t->type && p->transform[i].id == t->id &&
            p->transform[i].key_bits == t->key_bits)
            return 1;
    return 0;
}

static uint16_t *slot_of(struct ike_suite *s, uint8_t type)
{
    switch (type) {
    case IKE_T_ENCR:
        return &s->encr;
    case IKE_T_PRF:
        return &s->prf;
    case IKE_T_INTEG:
        return &s->integ;
    case IKE_T_KE:
        return &s->ke;
    case IKE_T_ESN:
        return &s->esn;
    default:
        return NULL;
    }
}

static int take_transform(const struct ike_proposal *ours, const struct ike_transform *t,
                          struct ike_suite *suite, uint32_t *seen)
{
    uint16_t *slot = slot_of(suite, t->type);

    if (!slot || t->unknown || (*seen >> t->type & 1))
        return IKE_E_BAD_CHOICE;
    *seen |= 1u << t->type;
    /* RFC 7296 3.3: integrity NONE beside an AEAD says the same as no transform at all; so does KE NONE for a child. */
    if (t->id == 0 && (t->type == IKE_T_INTEG || t->type == IKE_T_KE) && !has(ours, t->type))
        return 0;
    if (!offered(ours, t))
        return IKE_E_BAD_CHOICE;
    *slot = t->id;
    if (t->type == IKE_T_ENCR)
        suite->encr_bits = t->key_bits;
    return 0;
}

int ike__suites_accept(const struct ike_proposal *ours, uint32_t n, ike_span sa_body, struct ike_suite *suite,
                       struct ike_proposal *chosen)
{
    const struct ike_proposal *mine;
    struct ike_proposal second;
    struct ike_sa_reader r;
    uint32_t seen = 0;
    int got;

    memset(suite, 0, sizeof(*suite));
    ike__sa_reader_init(&r, sa_body);
    got = ike__sa_next(&r, chosen);
    if (got < 1)
        return got < 0 ? got : IKE_E_SYNTAX;
    got = ike__sa_next(&r, &second);
    if (got != 0) /* RFC 7296 2.7: "… MUST choose a single suite …" */
        return got < 0 ? got : IKE_E_BAD_CHOICE;
    mine = numbered(ours, n, chosen->number);
    if (!mine || mine->protocol != chosen->protocol)
        return IKE_E_BAD_CHOICE;
    for (uint8_t i = 0; i < chosen->n; i++)
        if (take_transform(mine, &chosen->transform[i], suite, &seen) < 0)
            return IKE_E_BAD_CHOICE;
    for (uint8_t type = IKE_T_ENCR; type <= IKE_T_KE; type++)
        if (has(mine, type) && !(seen >> type & 1))
            return IKE_E_BAD_CHOICE;
    /* A missing ESN transform means 32-bit numbers, if we offered those. */
    if (has(mine, IKE_T_ESN) && !(seen >> IKE_T_ESN & 1)) {
        const struct ike_transform no_esn = {.type = IKE_T_ESN, .id = IKE_ESN_NO};
        if (!offered(mine, &no_esn))
            return IKE_E_BAD_CHOICE;
    }
    return 0;
}

int ike__suites_hold(const struct ike_proposal *ours, uint32_t n, const struct ike_suite *suite)
{
    const struct ike_transform parts[] = {
        {.type = IKE_T_ENCR, .id = suite->encr, .key_bits = suite->encr_bits},
        {.type = IKE_T_PRF, .id = suite->prf},
        {.type = IKE_T_KE, .id = suite->ke},
        {.type = IKE_T_INTEG, .id = suite->integ}};
    size_t parts_n = suite->integ ? 4 : 3;

    for (uint32_t i = 0; i < n; i++) {
        size_t k = 0;

        while (k < parts_n && offered(&ours[i], &parts[k]))
            k++;
        if (k == parts_n && has(&ours[i], IKE_T_INTEG) == (suite->integ != 0))
            return 1;
    }
    return 0;
}

/* The first of our transforms of a type that the peer offers too; 0 if none. */
static int common(const struct ike_proposal *ours, const struct ike_proposal *theirs, uint8_t type,
                  struct ike_transform *out)
{
    for (uint8_t i = 0; i < ours->n; i++)
        if (ours->transform[i].type == type && offered(theirs, &ours->transform[i])) {
            *out = ours->transform[i];
            return 1;
        }
    return 0;
}

int ike__suites_choose(const struct ike_proposal *ours, uint32_t n, ike_span sa_body, struct ike_suite *suite,
                       struct ike_proposal *chosen)
{
    static const struct ike_transform no_ke = {.type = IKE_T_KE, .id = IKE_KE_NONE};
    struct ike_proposal theirs;
    struct ike_transform t;
    struct ike_sa_reader r;
    int got;

    for (uint32_t i = 0; i < n; i++) {
        ike__sa_reader_init(&r, sa_body);
        while ((got = ike__sa_next(&r, &theirs)) == 1) {
            uint32_t seen = 0;
            uint8_t type = IKE_T_ENCR;

            if (theirs.protocol != ours[i].protocol)
                continue;
            memset(suite, 0, sizeof(*suite));
            *chosen = theirs;
            chosen->n = 0;
            for (; type <= IKE_T_ESN; type++) {
                if (!has(&ours[i], type)) {
                    if (type == IKE_T_KE && has(&theirs, type) && !offered(&theirs, &no_ke))
                        break; /* they insist on a key exchange */
                    continue;
                }
                if (!common(&ours[i], &theirs, type, &t))
                    break;
                chosen->transform[chosen->n++] = t;
                (void)take_transform(&ours[i], &t, suite, &seen);
            }
            if (type > IKE_T_ESN)
                return 0;
        }
        if (got < 0)
            return got;
    }
    return IKE_E_NO_PROPOSAL;
}

/* ---- text again ---- */

static void print_one(struct ike_text *t, uint8_t type, uint16_t id, uint16_t bits, int *first)
{
    const char *text = NULL;

    for (size_t i = 0; i < KEYWORDS_N && !text; i++)
        if (keywords[i].type == type && keywords[i].id == id && keywords[i].bits == bits)
            text = keywords[i].text;
    if (!*first)
        ike__text_put(t, "-");
    *first = 0;
    if (text) {
        ike__text_put(t, text);
    } else {
        ike__text_u64(t, type);
        ike__text_put(t, ":");
        ike__text_u64(t, id);
    }
}

void ike__suite_print(struct ike_text *t, const struct ike_suite *s)
{
    int first = 1;

    if (s->encr)
        print_one(t, IKE_T_ENCR, s->encr, s->encr_bits, &first);
    if (s->integ)
        print_one(t, IKE_T_INTEG, s->integ, 0, &first);
    if (s->prf)
        print_one(t, IKE_T_PRF, s->prf, 0, &first);
    if (s->ke)
        print_one(t, IKE_T_KE, s->ke, 0, &first);
    if (s->esn)
        print_one(t, IKE_T_ESN, s->esn, 0, &first);
}

void ike__proposals_print(struct ike_text *t, const struct ike_proposal *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int first = 1;
        if (i > 0)
            ike__text_put(t, ", ");
        for (uint8_t k = 0; k < p[i].n; k++)
            print_one(t, p[i].transform[k].type, p[i].transform[k].id, p[i].transform[k].key_bits, &first);
    }
}
