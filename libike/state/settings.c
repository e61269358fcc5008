/* state/settings.c - a session's own copy of its configuration, with defaults filled in. SPDX-License-Identifier: Apache-2.0
 *
 * Everything the caller's struct points to goes into one block, so that it is released in one go.
 * Proposals are checked here and parsed again when an exchange needs them: text is smaller than
 * transforms, and an established session keeps only the text.
 *
 * Not here: what the suites mean (crypto/suites.c), identities as text (wire/id.c). */
#include "state/settings.h"
#include "state/pmtu.h"
#include "base/mem.h"
#include "crypto/policy.h"
#include "crypto/suites.h"
#include "state/narrow.h"
#include <stddef.h>

static void set_default(uint32_t *field, uint32_t value)
{
    if (*field == 0)
        *field = value;
}

static void fill_defaults(ike_config *c)
{
    set_default(&c->auth_local, IKE_AUTH_PSK);
    set_default(&c->auth_remote, IKE_AUTH_PSK);
    set_default(&c->dpd_s, 30);
    set_default(&c->natt_keepalive_s, 20);
    set_default(&c->retry_first_ms, 500);
    set_default(&c->retry_factor_percent, 180);
    set_default(&c->retry_tries, 5);
    set_default(&c->fragment_size, 1280);
    set_default(&c->replay_window, 1024);
    set_default(&c->init_tries, 8);
    set_default(&c->reassembly_max, 65536);
    set_default(&c->rekey_ike_s, 14400);
    set_default(&c->rekey_child_s, 3600);
}

static int are_addresses(const ike_addr *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!list || (list[i].family != 4 && list[i].family != 6))
            return 0;
    return 1;
}

/* What a number may be: from least to most, or that one beside. */
struct bound {
    uint16_t at, least;
    uint32_t most, or_else;
    const char *why;
};
#define AT(name) offsetof(ike_config, name)
static const struct bound bounds[] = {
    {AT(auth_local), 0, IKE_AUTH_EAP, 0, "auth_local: unknown method"},
    {AT(auth_remote), 0, IKE_AUTH_EAP, 0, "auth_remote: unknown method"},
    {AT(ppk), 0, IKE_PPK_REQUIRED, 0, "ppk: unknown"},
    {AT(encap), 0, IKE_ENCAP_UDP, 0, "encap: unknown"},
    {AT(retry_factor_percent), 100, 1000, 100, "retry_factor_percent: 100..1000"},
    {AT(retry_first_ms), 0, 60000, 0, "retry_first_ms: at most 60000"},
    {AT(retry_tries), 0, 100, 0, "retry_tries: at most 100"},
    {AT(fragment_size), 576, 65535, IKE_OFF, "fragment_size: 576..65535 octets"},
    {AT(path_mtu), IKE_PMTU_BASE, IKE_PMTU_MOST, 0, "path_mtu: 1280..9200 octets"},
    {AT(replay_window), 0, 65536, IKE_OFF, "replay_window: at most 65536 packets"},
    {AT(mobike), 0, 0, IKE_OFF, "mobike: 0 or IKE_OFF"},
    {AT(redirect), 0, 0, IKE_OFF, "redirect: 0 or IKE_OFF"},
    {AT(resumption), 0, 0, IKE_OFF, "resumption: 0 or IKE_OFF"},
    {AT(initial_contact), 0, 1, 0, "initial_contact: 0 or 1"},
    {AT(want_ocsp), 0, 1, 0, "want_ocsp: 0 or 1"},
    {AT(childless), 0, 1, 0, "childless: 0 or 1"},
    {AT(reauth_s), 5, UINT32_MAX, 0, "reauth_s: at least 5"},
    {AT(rekey_ike_s), 5, UINT32_MAX, 5, "rekey_ike_s: at least 5"},
    {AT(rekey_child_s), 5, UINT32_MAX, 5, "rekey_child_s: at least 5"},
};
#undef AT

static const char *wrong_number(const ike_config *c)
{
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
        const struct bound *b = &bounds[i];
        uint32_t value;

        memcpy(&value, (const uint8_t *)c + b->at, sizeof(value));
        if ((value < b->least || value > b->most) && value != b->or_else)
            return b->why;
    }
    return ike__policy(c->policy) ? NULL : "policy: unknown";
}

static const char *wrong_auth(const ike_config *c)
{
    /* RFC 7296 2.16: "… MUST be used in conjunction with a public-key-signature-based authentication …" */
    if (c->auth_local == IKE_AUTH_EAP && c->auth_remote == IKE_AUTH_PSK)
        return "auth_remote: with EAP the gateway needs a certificate, or EAP as well";
    if (c->auth_remote == IKE_AUTH_EAP && c->auth_local != IKE_AUTH_EAP)
        return "auth_remote: EAP for the gateway needs EAP for us";
    if (c->auth_second != IKE_AUTH_DEFAULT &&
        (c->auth_second != IKE_AUTH_EAP || c->auth_local == IKE_AUTH_EAP || !c->second_id))
        return "auth_second: EAP of second_id, behind a certificate or a shared key";
    if (c->ppk != IKE_PPK_NONE && (!c->ppk_id || c->ppk_id[0] == '\0' || strlen(c->ppk_id) > IKE_PPK_ID_MAX))
        return "ppk_id: 1 to 255 octets";
    return NULL;
}

static const char *wrong_rest(const ike_config *c)
{
    if (c->local_certs_n > IKE_CERTS_MAX_OWN || (c->local_certs_n && !c->local_certs))
        return "local_certs: at most 10 certificates";
    if (c->auth_local == IKE_AUTH_CERT && c->local_certs_n == 0)
        return "local_certs: needed for certificate authentication";
    for (uint32_t i = 0; i < c->local_certs_n; i++)
        if (!c->local_certs[i].p || c->local_certs[i].n == 0 || c->local_certs[i].n > 65535)
            return "local_certs: each 1..65535 octets";
    if ((c->certreq.n && !c->certreq.p) || c->certreq.n % 20 != 0 || c->certreq.n > 20u * 100u)
        return "certreq: a multiple of 20 octets, at most 100 hashes";
    if (c->want & ~(IKE_WANT_IP4 | IKE_WANT_IP6 | IKE_WANT_DNS | IKE_WANT_SUBNETS | IKE_WANT_VERSION |
                    IKE_WANT_PCSCF | IKE_WANT_DNSSEC))
        return "want: unknown bits";
    if (c->ticket.n && !c->ticket.p)
        return "ticket: octets are missing";
    if (c->no_nats > 1 || (c->no_nats && c->encap == IKE_ENCAP_UDP))
        return "no_nats: 0 or 1, and not with encap UDP";
    if (c->sources_n > IKE_PLACES_MAX_OWN || !are_addresses(c->sources, c->sources_n))
        return "sources: at most 8 addresses";
    if (c->gateways_n > IKE_PLACES_MAX_OWN || !are_addresses(c->gateways, c->gateways_n))
        return "gateways: at most 8 addresses";
    return NULL;
}

/* Static text that names the field: of the session, of one of its children. */
enum side { LOCAL, REMOTE, CHILD_LOCAL, CHILD_REMOTE };
#define SIDE(side, text)                                   \
    ((side) == LOCAL         ? "ts_local: " text           \
     : (side) == REMOTE      ? "ts_remote: " text          \
     : (side) == CHILD_LOCAL ? "children: ts_local: " text \
                             : "children: ts_remote: " text)

static const char *wrong_selectors(const ike_ts *ts, uint32_t n, enum side side)
{
    if (n > IKE_TS_MAX || (n && !ts))
        return SIDE(side, "at most 16 selectors");
    for (uint32_t i = 0; i < n; i++) {
        const ike_ts *t = &ts[i];
        if ((t->first.family != 4 && t->first.family != 6) || t->first.family != t->last.family)
            return SIDE(side, "both ends of one family, 4 or 6");
        if (memcmp(t->first.ip, t->last.ip, t->first.family == 4 ? 4 : 16) > 0)
            return SIDE(side, "the first address lies behind the last");
        /* RFC 7296 3.13.1: 65535..0 is OPAQUE, the only range that runs backwards */
        if (t->first.port > t->last.port && !(t->first.port == 65535 && t->last.port == 0))
            return SIDE(side, "the first port lies behind the last");
    }
    return NULL;
}

const struct ike_wanted *ike__settings_child(const struct ike_settings *t, uint32_t which)
{
    for (uint32_t i = 0; i < t->children_n; i++)
        if (t->child[i].which == which)
            return &t->child[i];
    return NULL;
}

const struct ike_wanted *ike__settings_child_named(const struct ike_settings *t, const char *name)
{
    for (uint32_t i = 1; i < t->children_n; i++)
        if (t->child[i].cfg.name && strcmp(t->child[i].cfg.name, name) == 0)
            return &t->child[i];
    return NULL;
}

static const char *wrong_child(const struct ike_settings *t, const struct ike_wanted *w)
{
    const ike_child_config *c = &w->cfg;
    const char *wrong;

    if (!c->name || c->name[0] == '\0' || strlen(c->name) > IKE_CHILD_NAME_MAX)
        return "children: name: 1 to 31 octets";
    if (ike__settings_child_named(t, c->name) != w)
        return "children: name: two of the same";
    wrong = wrong_selectors(c->ts_local, c->ts_local_n, CHILD_LOCAL);
    return wrong ? wrong : wrong_selectors(c->ts_remote, c->ts_remote_n, CHILD_REMOTE);
}

static const char *wrong_children(const struct ike_settings *t)
{
    const char *wrong = NULL;

    for (uint32_t i = 1; i < t->children_n && !wrong; i++)
        wrong = wrong_child(t, &t->child[i]);
    return wrong;
}

/* The caller's structs in our size; their pointers are still the caller's. */
static int adopt_children(struct ike_settings *t, const ike_env *env, const char **why)
{
    const ike_config *c = &t->cfg;
    uint32_t n = c->children_n;

    if (n > IKE_CHILD_CONFIGS_MAX || (n > 0 && !c->children)) {
        *why = "children: at most 8";
        return IKE_E_CONFIG;
    }
    t->child = ike__mem_new(env->alloc, (1 + n) * sizeof(*t->child));
    if (!t->child) {
        *why = ike_strerror(IKE_E_NOMEM);
        return IKE_E_NOMEM;
    }
    t->children_n = 1 + n;
    t->child[0].cfg = (ike_child_config)IKE_CHILD_CONFIG_INIT;
    t->child[0].cfg.name = "";
    t->child[0].cfg.esp_suites = c->esp_suites;
    t->child[0].cfg.ts_local = c->ts_local;
    t->child[0].cfg.ts_remote = c->ts_remote;
    t->child[0].cfg.ts_local_n = c->ts_local_n;
    t->child[0].cfg.ts_remote_n = c->ts_remote_n;
    for (uint32_t i = 1; i <= n; i++) {
        t->child[i].which = i;
        if (ike_struct_adopt(&t->child[i].cfg, sizeof(t->child[i].cfg), c->children[i - 1]) < 0) {
            *why = "children: a field is set that this version does not know";
            return IKE_E_CONFIG;
        }
    }
    t->cfg.children = NULL;
    t->cfg.children_n = 0;
    *why = wrong_children(t);
    return *why ? IKE_E_CONFIG : 0;
}

/* The one block, filled from its start; p NULL: how large would it be? Then everything stays where it is. */
struct store {
    uint8_t *p;
    size_t n;
};

static void *store_put(struct store *st, const void *p, size_t n)
{
    size_t at = st->n;

    if (n == 0)
        return NULL;
    st->n += (n + 7u) & ~(size_t)7u;
    if (!st->p)
        return (void *)(uintptr_t)p;
    memcpy(st->p + at, p, n);
    return st->p + at;
}

static size_t text_n(const char *s)
{
    return s ? strlen(s) + 1 : 0;
}

static const char *store_text(struct store *st, const char *s)
{
    return s ? (const char *)store_put(st, s, text_n(s)) : NULL;
}

static void store_children(struct ike_settings *t, struct store *st)
{
    ike_child_config *k = &t->child[0].cfg;

    k->esp_suites = t->cfg.esp_suites;
    k->ts_local = t->cfg.ts_local;
    k->ts_remote = t->cfg.ts_remote;
    for (uint32_t i = 1; i < t->children_n; i++) {
        k = &t->child[i].cfg;
        k->name = store_text(st, k->name);
        k->esp_suites = store_text(st, k->esp_suites);
        k->ts_local = store_put(st, k->ts_local, sizeof(ike_ts) * k->ts_local_n);
        k->ts_remote = store_put(st, k->ts_remote, sizeof(ike_ts) * k->ts_remote_n);
    }
}

static int parse_id(struct ike_id *id, const char *text, struct store *st)
{
    uint8_t buf[IKE_ID_OCTETS_MAX];
    int err;

    if (!text)
        return 0;
    err = ike__id_parse(id, text, buf, sizeof(buf));
    if (err < 0)
        return err;
    id->data.p = store_put(st, id->data.p, id->data.n);
    return 0;
}

static const char *parse_ids(struct ike_settings *t, struct store *st)
{
    if (parse_id(&t->local_id, t->cfg.local_id, st) < 0)
        return "local_id: not an identity";
    if (parse_id(&t->remote_id, t->cfg.remote_id, st) < 0)
        return "remote_id: not an identity";
    return parse_id(&t->second_id, t->cfg.second_id, st) < 0 ? "second_id: not an identity" : NULL;
}

static const char *store_everything(struct ike_settings *t, struct store *st)
{
    ike_config *c = &t->cfg;

    c->local_id = store_text(st, c->local_id);
    c->remote_id = store_text(st, c->remote_id);
    c->second_id = store_text(st, c->second_id);
    c->ppk_id = store_text(st, c->ppk_id);
    c->ike_suites = store_text(st, c->ike_suites);
    c->esp_suites = store_text(st, c->esp_suites);
    c->ts_local = store_put(st, c->ts_local, sizeof(ike_ts) * c->ts_local_n);
    c->ts_remote = store_put(st, c->ts_remote, sizeof(ike_ts) * c->ts_remote_n);
    c->sources = store_put(st, c->sources, sizeof(ike_addr) * c->sources_n);
    c->gateways = store_put(st, c->gateways, sizeof(ike_addr) * c->gateways_n);
    c->certreq.p = store_put(st, c->certreq.p, c->certreq.n);
    c->ticket.p = store_put(st, c->ticket.p, c->ticket.n);
    if (c->local_certs_n > 0) {
        ike_span *certs = store_put(st, c->local_certs, sizeof(ike_span) * c->local_certs_n);
        for (uint32_t i = 0; i < c->local_certs_n; i++) {
            const uint8_t *der = store_put(st, certs[i].p, certs[i].n);
            if (st->p) /* else it is the caller's */
                certs[i].p = der;
        }
        c->local_certs = certs;
    }
    store_children(t, st);
    return parse_ids(t, st);
}

static int check_suites(const struct ike_settings *t, const ike_env *env, const char **why)
{
    const ike_config *c = &t->cfg;
    size_t room = sizeof(struct ike_proposal) * IKE_PROPOSALS_MAX;
    struct ike_proposal *p = ike__mem_new(env->alloc, room);
    int n;

    if (!p) {
        *why = ike_strerror(IKE_E_NOMEM);
        return IKE_E_NOMEM;
    }
    n = ike__suites_parse(p, IKE_PROPOSALS_MAX, IKE_PROTO_IKE, c->ike_suites, c->policy, env->crypto, why);
    for (uint32_t i = 0; i < t->children_n && n >= 0; i++)
        n = ike__suites_parse(p, IKE_PROPOSALS_MAX, IKE_PROTO_ESP, t->child[i].cfg.esp_suites, c->policy,
                              env->crypto, why);
    ike__mem_free(env->alloc, p, room);
    return n < 0 ? n : 0;
}

int ike__settings_init(struct ike_settings *t, const ike_config *cfg, const ike_env *env, const char **why)
{
    struct store measure = {NULL, 0}, st = {NULL, 0};
    int err;

    memset(t, 0, sizeof(*t));
    err = ike_struct_adopt(&t->cfg, sizeof(t->cfg), cfg);
    if (err < 0) {
        *why = "a field is set that this version does not know";
        return err;
    }
    fill_defaults(&t->cfg);
    *why = wrong_number(&t->cfg);
    if (!*why)
        *why = wrong_auth(&t->cfg);
    if (!*why)
        *why = wrong_rest(&t->cfg);
    if (!*why)
        *why = wrong_selectors(t->cfg.ts_local, t->cfg.ts_local_n, LOCAL);
    if (!*why)
        *why = wrong_selectors(t->cfg.ts_remote, t->cfg.ts_remote_n, REMOTE);
    if (*why)
        return IKE_E_CONFIG;
    err = adopt_children(t, env, why);
    if (err == 0)
        err = check_suites(t, env, why);
    if (err < 0)
        return err;

    *why = store_everything(t, &measure);
    if (!*why && t->cfg.auth_local == IKE_AUTH_CERT && !t->cfg.local_id)
        *why = "local_id: needed for certificate authentication";
    if (*why)
        return IKE_E_CONFIG;
    t->store_n = measure.n ? measure.n : 1;
    t->store = ike__mem_new(env->alloc, t->store_n);
    if (!t->store) {
        *why = ike_strerror(IKE_E_NOMEM);
        return IKE_E_NOMEM;
    }
    st.p = t->store;
    (void)store_everything(t, &st); /* as before */
    for (uint32_t i = 1; i < t->children_n; i++)
        if (!t->child[i].cfg.esp_suites)
            t->child[i].cfg.esp_suites = t->cfg.esp_suites;
    *why = "";
    return 0;
}

void ike__settings_free(struct ike_settings *t, const ike_env *env)
{
    ike__mem_free(env->alloc, t->store, t->store_n);
    ike__mem_free(env->alloc, t->child, t->children_n * sizeof(*t->child));
    memset(t, 0, sizeof(*t));
}
