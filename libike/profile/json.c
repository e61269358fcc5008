/* profile/json.c - JSON profiles in: text, overrides, then the table of keys. SPDX-License-Identifier: Apache-2.0
 *
 * A bad profile changes nothing: the first thing that is wrong is named with its path, and nothing is returned.
 *
 * Not here: what the keys mean (keys.c). */
#include "profile/room.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILE_MAX (1024u * 1024u)

static void wipe(void *p, size_t n)
{
    volatile unsigned char *v = p;

    while (n-- > 0)
        *v++ = 0;
}

void *ike__profile_keep(struct ike_loader *l, const void *p, size_t n)
{
    void *kept;

    if (l->blocks == IKE_BLOCKS_MAX) {
        (void)ike__profile_fail(l, IKE_E_NOMEM, "profile", "too many values");
        return NULL;
    }
    if (!(kept = calloc(1, n ? n : 1)))
        return NULL;
    if (p && n > 0)
        memcpy(kept, p, n);
    l->block[l->blocks] = kept;
    l->block_n[l->blocks++] = n;
    return kept;
}

int ike__profile_fail(struct ike_loader *l, int code, const char *path, const char *text)
{
    if (!l->why[0])
        snprintf(l->why, sizeof(l->why), "%s%s: %s", l->prefix, path, text);
    return code;
}

void ike__profile_range(char *out, size_t cap, uint32_t lo, uint32_t hi)
{
    snprintf(out, cap, "an integer %u..%u", lo, hi);
}

int ike__profile_mismatch(struct ike_loader *l, const char *path, const cJSON *v, const char *expected)
{
    const char *kind = cJSON_IsString(v)   ? "a string"
                       : cJSON_IsNumber(v) ? "a number"
                       : cJSON_IsBool(v)   ? (cJSON_IsTrue(v) ? "true" : "false")
                       : cJSON_IsArray(v)  ? "an array"
                       : cJSON_IsObject(v) ? "an object"
                                           : "null";
    /* Values of secrets and material are never repeated. */
    int quote = strstr(path, "psk") == NULL && strstr(path, ".key") == NULL &&
                strstr(path, "password") == NULL && strstr(path, "p12") == NULL &&
                strstr(path, "secret") == NULL;

    if (!l->why[0]) {
        if (quote && cJSON_IsString(v))
            snprintf(l->why, sizeof(l->why), "%s%s: found \"%.60s\" (%s), expected %s", l->prefix, path,
                     v->valuestring, kind, expected);
        else if (cJSON_IsNumber(v))
            snprintf(l->why, sizeof(l->why), "%s%s: found %g (%s), expected %s", l->prefix, path,
                     v->valuedouble, kind, expected);
        else
            snprintf(l->why, sizeof(l->why), "%s%s: found %s, expected %s", l->prefix, path, kind, expected);
    }
    return IKE_E_CONFIG;
}

void ike__profile_warn(struct ike_loader *l, const char *path, const char *text)
{
    char line[256];

    if (l->pub.warnings_n == IKE_WARNINGS_MAX)
        return;
    snprintf(line, sizeof(line), "%s%s: %s", l->prefix, path, text);
    l->warnings[l->pub.warnings_n] = ike__profile_keep(l, line, strlen(line) + 1);
    if (l->warnings[l->pub.warnings_n])
        l->pub.warnings_n++;
}

/* ---- the tree ---- */

static void wipe_tree(cJSON *v)
{
    for (; v; v = v->next) {
        if (v->valuestring)
            wipe(v->valuestring, strlen(v->valuestring));
        wipe_tree(v->child);
    }
}

static void drop_tree(cJSON *root)
{
    wipe_tree(root);
    cJSON_Delete(root);
}

static const cJSON *duplicate(const cJSON *object)
{
    for (const cJSON *a = object ? object->child : NULL; a; a = a->next) {
        for (const cJSON *b = a->next; b && cJSON_IsObject(object); b = b->next)
            if (a->string && b->string && strcmp(a->string, b->string) == 0)
                return a;
        if (a->child) {
            const cJSON *d = duplicate(a);
            if (d)
                return d;
        }
    }
    return NULL;
}

static int parse_text(struct ike_loader *l, const char *json, size_t n, cJSON **root)
{
    const char *end = NULL;
    const cJSON *twice;

    *root = NULL;
    if (n == 0 || n > PROFILE_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, "profile", "empty or larger than 1 MiB");
    if ((n >= 5 && memcmp(json, "<?xml", 5) == 0) || (n >= 6 && memcmp(json, "bplist", 6) == 0))
        return ike__profile_fail(l, IKE_E_UNSUPPORTED, "profile",
                                 "property lists are not available in this version");
    if (memchr(json, '\0', n))
        return ike__profile_fail(l, IKE_E_CONFIG, "profile", "contains a NUL");
    *root = cJSON_ParseWithLengthOpts(json, n, &end, 0);
    if (!*root)
        return ike__profile_fail(l, IKE_E_CONFIG, "profile", "not JSON");
    while (end && end < json + n && (*end == ' ' || *end == '\n' || *end == '\r' || *end == '\t'))
        end++;
    if (!cJSON_IsObject(*root) || (end && end < json + n))
        return ike__profile_fail(l, IKE_E_CONFIG, "profile",
                                 "expected one JSON object and nothing behind it");
    twice = duplicate(*root);
    return twice ? ike__profile_fail(l, IKE_E_CONFIG, twice->string, "stands there twice") : 0;
}

/* "a.b.c=value": value is JSON if it parses as such, else a string. */
static int lay_over(struct ike_loader *l, cJSON *root, const char *text)
{
    const char *eq = strchr(text, '='), *at = text;
    cJSON *value, *object = root;
    char name[128];

    if (!eq || eq == text || (size_t)(eq - text) >= sizeof(name))
        return ike__profile_fail(l, IKE_E_CONFIG, text, "expected KEY=VALUE");
    for (;;) {
        size_t n = strcspn(at, ".=");
        cJSON *next;
        memcpy(name, at, n);
        name[n] = '\0';
        at += n;
        if (*at == '=')
            break;
        at++;
        next = cJSON_GetObjectItemCaseSensitive(object, name);
        if (!next)
            next = cJSON_AddObjectToObject(object, name);
        if (!next || !cJSON_IsObject(next))
            return ike__profile_fail(l, IKE_E_CONFIG, text, "goes through something that is no object");
        object = next;
    }
    value = cJSON_ParseWithOpts(eq + 1, NULL, 1); /* all of it: 10.77 is not 10.77.2.1 */
    if (!value)
        value = cJSON_CreateString(eq + 1);
    if (!value)
        return IKE_E_NOMEM;
    cJSON_DeleteItemFromObjectCaseSensitive(object, name);
    cJSON_AddItemToObject(object, name, value);
    return 0;
}

/* ---- what has to be there, and what follows from it ---- */

/* One key, and a certificate with it; a token may hold both. */
static int check_own_key(struct ike_loader *l)
{
    const ike_keyfile *k = &l->keys;

    if (l->pub.key_uri)
        return k->key.n == 0 && k->p12.n == 0
                   ? 0
                   : ike__profile_fail(l, IKE_E_CONFIG, "local.key_uri",
                                       "stands there beside local.key or local.p12: which is the key?");
    if (k->p12.n == 0 && k->certs.n == 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.cert",
                                 "missing, expected a certificate here or local.p12");
    if (k->p12.n == 0 && k->key.n == 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.key",
                                 "missing, expected the certificate's private key");
    return 0;
}

#define PPK_OCTETS 32u /* RFC 8784 6: 256 bits of entropy against quantum computers */
#define PSK_OCTETS \
    20u /* RFC 7296 2.15, 5: whoever plays the gateway gets what it takes to try keys offline */

static int check_ppk(struct ike_loader *l)
{
    ike_config *c = &l->config;

    if (!c->ppk && !c->ppk_id && l->keys.ppk.n == 0)
        return 0;
    if (!c->ppk_id)
        return ike__profile_fail(l, IKE_E_CONFIG, "ppk.id", "missing, expected the name of the key");
    if (l->keys.ppk.n == 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "ppk.secret", "missing, expected the key");
    if (l->keys.ppk.n < PPK_OCTETS)
        ike__profile_warn(l, "ppk.secret", "fewer than 32 octets: too little against quantum computers");
    if (!c->ppk)
        c->ppk = IKE_PPK_OPTIONAL;
    return 0;
}

static int check_needs(struct ike_loader *l)
{
    ike_profile *p = &l->pub;
    int local_psk, remote_psk, needs_cert, err;

    if (l->config.auth_local == IKE_AUTH_DEFAULT)
        l->config.auth_local = l->type_auth;
    if (l->config.auth_remote == IKE_AUTH_DEFAULT)
        l->config.auth_remote = l->type_remote;
    if (!(l->config.want & (IKE_WANT_IP4 | IKE_WANT_IP6)))
        l->config.want = 0;
    local_psk = l->config.auth_local == IKE_AUTH_PSK;
    remote_psk = l->config.auth_remote == IKE_AUTH_PSK;
    if (!p->type)
        return ike__profile_fail(l, IKE_E_CONFIG, "type",
                                 "missing, expected ikev2-cert, ikev2-psk or ikev2-eap");
    if (!p->name)
        return ike__profile_fail(l, IKE_E_CONFIG, "name", "missing, expected a string");
    if (p->hosts_n == 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "remote.addr",
                                 "missing, expected the gateway's name or address");
    needs_cert = l->config.auth_local == IKE_AUTH_CERT;
    if (ike__profile_has_eap(l)) {
        err = ike__profile_eap_needs(l);
        if (err < 0)
            return err;
        needs_cert = needs_cert || ike__profile_eap_has(l, "tls");
    }
    if ((local_psk || remote_psk) && l->keys.psk.n == 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "local.psk", "missing, expected the shared key");
    if ((local_psk || remote_psk) && l->keys.psk.n < PSK_OCTETS)
        ike__profile_warn(l, "local.psk",
                          "fewer than 20 octets: it can be guessed by whoever plays the gateway");
    if (needs_cert && (err = check_own_key(l)) < 0)
        return err;
    if ((err = check_ppk(l)) < 0)
        return err;
    if (!needs_cert)
        p->key_uri = NULL;
    if (p->port == 500)
        p->port = 0;
    p->use_system_cas = !remote_psk && p->anchors_n == 0;
    l->config.want_ocsp = l->config.auth_remote == IKE_AUTH_CERT && l->trust.ocsp && p->send_certreq;
    return ike__profile_guard(l);
}

static void connect_lists(struct ike_loader *l)
{
    ike_profile *p = &l->pub;

    p->config = &l->config;
    p->keys = &l->keys;
    p->plan = &l->plan;
    p->guard = &l->guard;
    p->eap_methods = l->eap_methods;
    p->eap_inner = l->eap_inner;
    p->anchors = l->anchors;
    p->trust = &l->trust;
    p->pins = l->pins;
    p->crls = l->crls;
    l->config.ts_local = l->config.ts_local_n ? l->ts_local : NULL;
    l->config.ts_remote = l->config.ts_remote_n ? l->ts_remote : NULL;
    l->plan.routes = l->routes;
    l->plan.excluded = l->excluded;
    l->plan.dns = l->dns;
    p->proxy_exclusions = l->proxy_exclusions;
    p->warnings = l->warnings;
}

static struct ike_loader *new_loader(const char *base_dir)
{
    struct ike_loader *l = calloc(1, sizeof(*l));

    if (!l)
        return NULL;
    l->pub.size = sizeof(l->pub);
    l->config.size = sizeof(l->config);
    l->keys.size = sizeof(l->keys);
    l->plan.size = sizeof(l->plan);
    l->config.want = IKE_WANT_IP4 | IKE_WANT_IP6 | IKE_WANT_DNS | IKE_WANT_SUBNETS;
    l->pub.send_certreq = 1;
    l->trust.size = sizeof(l->trust);
    l->guard.size = sizeof(l->guard);
    l->trust.crl = l->trust.ocsp = 1;
    l->pub.reconnect_s = 30;
    l->base_dir = base_dir;
    return l;
}

/* Texts that need no memory, for when there is none; ike_profile_why_free leaves them alone. */
static const char no_reason[] = "", no_memory[] = "no memory";

static void set_reason(char **why, const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = n > 1 ? malloc(n) : NULL;

    if (copy)
        memcpy(copy, text, n);
    *why = copy ? copy : (char *)(uintptr_t)(n > 1 ? no_memory : no_reason);
}

static int load(struct ike_loader *l, const char *json, size_t n, const char *const *overrides,
                uint32_t overrides_n, cJSON **root)
{
    int err = parse_text(l, json, n, root);

    for (uint32_t i = 0; err == 0 && i < overrides_n; i++)
        err = lay_over(l, *root, overrides[i]);
    if (err == 0)
        err = ike__profile_keys(l, *root);
    if (err == 0)
        err = check_needs(l);
    if (err == 0)
        connect_lists(l);
    return err;
}

int ike_profile_parse(ike_profile **out, const char *json, size_t n, const char *base_dir,
                      const char *const *overrides, uint32_t overrides_n, char **why)
{
    struct ike_loader *l = new_loader(base_dir);
    cJSON *root = NULL;
    int err = l ? load(l, json, n, overrides, overrides_n, &root) : IKE_E_NOMEM;

    drop_tree(root);
    if (why)
        set_reason(why, err == 0 ? "" : l && l->why[0] ? l->why : ike_strerror(err));
    if (err < 0) {
        ike_profile_free(l ? &l->pub : NULL);
        *out = NULL;
        return err;
    }
    l->base_dir = NULL;
    *out = &l->pub;
    return 0;
}

void ike_profile_why_free(char *why)
{
    if (why != no_reason && why != no_memory)
        free(why);
}

void ike_profile_free(ike_profile *p)
{
    struct ike_loader *l = (struct ike_loader *)(void *)p;

    if (!p)
        return;
    for (uint32_t i = 0; i < l->blocks; i++) {
        wipe(l->block[i], l->block_n[i]);
        free(l->block[i]);
    }
    free(l);
}

static int names_file(const char *json, size_t n)
{
    for (size_t i = 0; i + 5 <= n; i++)
        if (memcmp(json + i, "file:", 5) == 0)
            return 1;
    return 0;
}

/* Files that it names need not be here; everything else is checked as for a connection. */
static int check(struct ike_loader *l, const char *json, size_t n)
{
    cJSON *root = NULL;
    int err = names_file(json, n) ? 0 : load(l, json, n, NULL, 0, &root);

    drop_tree(root);
    return err;
}

char *ike_profile_print(const char *json, size_t n, char **why)
{
    struct ike_loader *l = new_loader(NULL);
    cJSON *root = NULL;
    char *text = NULL;
    int err = l ? parse_text(l, json, n, &root) : IKE_E_NOMEM;

    if (err == 0)
        err = check(l, json, n);
    if (err == 0 && !(text = cJSON_Print(root)))
        err = IKE_E_NOMEM;
    if (why)
        set_reason(why, err == 0 ? "" : l && l->why[0] ? l->why : ike_strerror(err));
    drop_tree(root);
    ike_profile_free(l ? &l->pub : NULL);
    return text;
}
