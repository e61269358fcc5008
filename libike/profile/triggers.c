/* profile/triggers.c - when to connect: an array of objects, the first one that fits decides. SPDX-License-Identifier: Apache-2.0
 *
 * The keys say what Apple's OnDemandRules say (docs/PROFILE.md has both names). Each object is read into one draft and then
 * kept for good.
 *
 * Not here: deciding (the guard). */
#include "profile/kinds.h"
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define AT(member) offsetof(struct ike_loader, trigger.member)

static int take_action(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"ignore", "connect", "disconnect",
                                        "evaluate"}; /* as enum ike_guard_action */

    for (uint32_t i = 0; cJSON_IsString(v) && i < 4; i++)
        if (strcmp(v->valuestring, names[i]) == 0) {
            l->trigger.trigger.action = i;
            l->trigger.has_action = 1;
            return 0;
        }
    return ike__profile_mismatch(l, r->path, v, "connect, disconnect, ignore or evaluate");
}

static int take_interface(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"any", "ethernet", "wifi",
                                        "cellular"}; /* as enum ike_guard_link_kind */

    for (uint32_t i = 0; cJSON_IsString(v) && i < 4; i++)
        if (strcmp(v->valuestring, names[i]) == 0) {
            l->trigger.trigger.link = i;
            return 0;
        }
    return ike__profile_mismatch(l, r->path, v, "ethernet, wifi, cellular or any");
}

static int take_never(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"connect-if-needed", "never-connect"};

    for (uint32_t i = 0; cJSON_IsString(v) && i < 2; i++)
        if (strcmp(v->valuestring, names[i]) == 0) {
            l->trigger.one.never = i;
            l->trigger.has_one_action = 1;
            return 0;
        }
    return ike__profile_mismatch(l, r->path, v, "connect-if-needed or never-connect");
}

static int take_url(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (!cJSON_IsString(v) ||
        (strncmp(v->valuestring, "http://", 7) != 0 && strncmp(v->valuestring, "https://", 8) != 0))
        return ike__profile_mismatch(l, r->path, v, "a URL, http:// or https://");
    return ike__take_string(l, r, v);
}

/* "example.org", or "*.example.org" for what is below it */
static int add_pattern(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    if (!ike__profile_domain(strncmp(word, "*.", 2) == 0 ? word + 2 : word))
        return ike__profile_fail(l, IKE_E_CONFIG, r->path,
                                 "expected domains, \"example.org\" or \"*.example.org\"");
    return ike__keep_word(l, r, word);
}

static int add_address(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    ike_addr a;

    if (ike__profile_ip(&a, word) < 0)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "expected IP addresses of name servers");
    return ike__keep_word(l, r, word);
}

/* An address, or the beginning of one: "10.*" */
static int add_server(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    size_t n = strspn(word, "0123456789abcdefABCDEF.:");

    if (strcmp(word + n, "*") == 0 && n > 0)
        return ike__keep_word(l, r, word);
    return add_address(l, r, word);
}

static int take_evaluate(struct ike_loader *l, const struct ike_row *r, const cJSON *v);

static const struct ike_row rows[] = {
    {"action", take_action, 0, 0, 0, NULL, NULL},
    {"interface", take_interface, 0, 0, 0, NULL, NULL},
    {"ssids", ike__take_kept, AT(ssids), 0, 0, NULL, NULL},
    {"dns-domains", ike__take_list, AT(dns_domains), 0, 0, NULL, add_pattern},
    {"dns-servers", ike__take_list, AT(dns_servers), 0, 0, NULL, add_server},
    {"probe", take_url, AT(trigger.url), 0, 0, NULL, NULL},
    {"evaluate", take_evaluate, 0, 0, 0, NULL, NULL},
};
/* of one of evaluate */
static const struct ike_row one_rows[] = {
    {"domains", ike__take_list, AT(domains), 0, 0, NULL, add_pattern},
    {"action", take_never, 0, 0, 0, NULL, NULL},
    {"dns-servers", ike__take_list, AT(required_dns), 0, 0, NULL, add_address},
    {"probe", take_url, AT(one.required_url), 0, 0, NULL, NULL},
};

/* The list of words in memory of its own. */
static int keep_words(struct ike_loader *l, const struct ike_words *from, const char *const **list,
                      uint32_t *n)
{
    *n = from->n;
    *list = from->n ? ike__profile_keep(l, from->word, from->n * sizeof(from->word[0])) : NULL;
    return from->n == 0 || *list ? 0 : IKE_E_NOMEM;
}

static int read_one(struct ike_loader *l, const cJSON *v)
{
    struct ike_trigger_draft *d = &l->trigger;
    int err;

    memset(&d->one, 0, sizeof(d->one));
    memset(&d->domains, 0, sizeof(d->domains));
    memset(&d->required_dns, 0, sizeof(d->required_dns));
    d->has_one_action = 0;
    if (!cJSON_IsObject(v))
        return ike__profile_mismatch(l, "evaluate", v, "an array of objects");
    err = ike__profile_object(l, one_rows, sizeof(one_rows) / sizeof(one_rows[0]), v);
    if (err == 0 && (d->domains.n == 0 || !d->has_one_action))
        err = ike__profile_fail(l, IKE_E_CONFIG, d->domains.n ? "action" : "domains", "missing");
    if (err == 0)
        err = keep_words(l, &d->domains, &d->one.domains, &d->one.domains_n);
    if (err == 0)
        err = keep_words(l, &d->required_dns, &d->one.required_dns, &d->one.required_dns_n);
    d->evaluate[d->trigger.evaluate_n++] = d->one;
    return err;
}

static int take_evaluate(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    struct ike_trigger_draft *d = &l->trigger;
    char outer[sizeof(l->prefix)];
    const cJSON *item;
    int err = 0;

    if (!cJSON_IsArray(v))
        return ike__profile_mismatch(l, r->path, v, "an array of objects");
    if (cJSON_GetArraySize(v) > (int)IKE_EVALUATE_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 8");
    memcpy(outer, l->prefix, sizeof(outer));
    cJSON_ArrayForEach(item, v)
    {
        snprintf(l->prefix, sizeof(l->prefix), "triggers[%u].evaluate[%u].", l->guard.triggers_n,
                 d->trigger.evaluate_n);
        err = err == 0 ? read_one(l, item) : err;
    }
    memcpy(l->prefix, outer, sizeof(outer));
    return err;
}

static int keep_draft(struct ike_loader *l)
{
    struct ike_trigger_draft *d = &l->trigger;
    ike_guard_trigger *t = &d->trigger;
    int err = keep_words(l, &d->ssids, &t->ssids, &t->ssids_n);

    if (err == 0)
        err = keep_words(l, &d->dns_domains, &t->dns_domains, &t->dns_domains_n);
    if (err == 0)
        err = keep_words(l, &d->dns_servers, &t->dns_servers, &t->dns_servers_n);
    if (err == 0 && t->evaluate_n > 0) {
        t->evaluate = ike__profile_keep(l, d->evaluate, t->evaluate_n * sizeof(d->evaluate[0]));
        err = t->evaluate ? 0 : IKE_E_NOMEM;
    }
    l->triggers[l->guard.triggers_n++] = *t;
    return err;
}

static int read_trigger(struct ike_loader *l, const cJSON *v)
{
    struct ike_trigger_draft *d = &l->trigger;
    int err;

    memset(d, 0, sizeof(*d));
    if (!cJSON_IsObject(v))
        return ike__profile_mismatch(l, "triggers", v, "an array of objects");
    snprintf(l->prefix, sizeof(l->prefix), "triggers[%u].", l->guard.triggers_n);
    err = ike__profile_object(l, rows, sizeof(rows) / sizeof(rows[0]), v);
    if (err == 0 && !d->has_action)
        err = ike__profile_fail(l, IKE_E_CONFIG, "action",
                                "missing, expected connect, disconnect, ignore or evaluate");
    if (err == 0 && (d->trigger.action == IKE_GUARD_EVALUATE) != (d->trigger.evaluate_n > 0))
        err =
            ike__profile_fail(l, IKE_E_CONFIG, "evaluate", "belongs to action evaluate, and to nothing else");
    if (err == 0)
        err = keep_draft(l);
    l->prefix[0] = '\0';
    return err;
}

int ike__profile_triggers(struct ike_loader *l, const cJSON *array)
{
    const cJSON *v;
    int err = 0;

    if (!cJSON_IsArray(array))
        return ike__profile_mismatch(l, "triggers", array, "an array of objects");
    if (cJSON_GetArraySize(array) > (int)IKE_TRIGGERS_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, "triggers", "at most 16");
    cJSON_ArrayForEach(v, array) err = err == 0 ? read_trigger(l, v) : err;
    return err;
}
