/* profile/guard.c - what keeps traffic in the tunnel: mode, start, applications, DNS, local networks. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: triggers (triggers.c), networks (keys.c: split-tunneling), what becomes of all that (the guard). */
#include "profile/kinds.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The index of the word among names ("" is none), or what was expected instead. */
static int take_word(struct ike_loader *l, const struct ike_row *r, const cJSON *v, const char *const *names,
                     uint32_t n, const char *expected, uint32_t *out)
{
    for (uint32_t i = 0; cJSON_IsString(v) && i < n; i++)
        if (names[i][0] && strcmp(v->valuestring, names[i]) == 0) {
            *out = i;
            return 0;
        }
    return ike__profile_mismatch(l, r->path, v, expected);
}

int ike__take_mode(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"optional", "forced"}; /* as enum ike_guard_mode counts them */

    return take_word(l, r, v, names, 2, "optional or forced", &l->guard.mode);
}

int ike__take_start(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"manual", "automatic", "triggered"}; /* as enum ike_guard_start */

    return take_word(l, r, v, names, 3, "manual, automatic or triggered", &l->guard.start);
}

int ike__take_choice(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint32_t choice = cJSON_IsTrue(v) ? IKE_GUARD_YES : IKE_GUARD_NO;

    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    memcpy(ike__field(l, r), &choice, sizeof(choice));
    return 0;
}

int ike__take_forwarded(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    static const char *const names[] = {"", "tunnel", "block"}; /* as enum ike_guard_choice */

    return take_word(l, r, v, names, 3, "tunnel or block", &l->guard.forwarded);
}

/* ---- applications ---- */

/* A number from *text on, which then stands behind it; -1: none. */
static int64_t number(const char **text, int base)
{
    char *end;
    long long n;

    if (!(**text >= '0' && **text <= '9'))
        return -1;
    n = strtoll(*text, &end, base);
    *text = end;
    return n <= UINT32_MAX ? n : -1;
}

/* "1000" or "1000-1999" */
static int read_uids(const char *text, ike_guard_app *a)
{
    int64_t first = number(&text, 10), last = first;

    if (*text == '-') {
        text++;
        last = number(&text, 10);
    }
    if (first < 0 || last < first || *text)
        return IKE_E_CONFIG;
    a->kind = IKE_GUARD_APP_UID;
    a->uid_first = (uint32_t)first;
    a->uid_last = (uint32_t)last;
    return 0;
}

/* "0x10" or "0x10/0xff" */
static int read_mark(const char *text, ike_guard_app *a)
{
    int64_t mark = number(&text, 0), mask = UINT32_MAX;

    if (*text == '/') {
        text++;
        mask = number(&text, 0);
    }
    if (mark < 0 || mask <= 0 || (mark & ~mask) != 0 || *text)
        return IKE_E_CONFIG;
    a->kind = IKE_GUARD_APP_MARK;
    a->mark = (uint32_t)mark;
    a->mask = (uint32_t)mask;
    return 0;
}

/* "/user.slice/browser": no root, no empty parts, nothing that walks up */
static int read_cgroup(const char *text, ike_guard_app *a)
{
    size_t n = strlen(text);

    if (text[0] != '/' || n < 2 || n >= sizeof(a->text) || text[n - 1] == '/' || strstr(text, "//") ||
        strstr(text, "/../") || (n >= 3 && strcmp(text + n - 3, "/..") == 0))
        return IKE_E_CONFIG;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] <= ' ' || text[i] == '"' || text[i] == '\\' || text[i] == 0x7f)
            return IKE_E_CONFIG;
    a->kind = IKE_GUARD_APP_CGROUP;
    memcpy(a->text, text, n + 1);
    return 0;
}

/* Whatever the system calls it: an Android package. */
static int read_name(const char *text, ike_guard_app *a)
{
    size_t n = strlen(text);

    if (n == 0 || n >= sizeof(a->text) || strchr(text, ':'))
        return IKE_E_CONFIG;
    a->kind = IKE_GUARD_APP_NAME;
    memcpy(a->text, text, n + 1);
    return 0;
}

int ike__add_app(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    uint32_t which = r->lo; /* 0: apps, 1: excluded-apps */
    ike_guard_app *a = &l->apps[which][l->apps_n[which]];
    int err;

    if (l->apps_n[which] == IKE_GUARD_APPS - 2) /* the plan needs two for itself */
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 30 applications");
    memset(a, 0, sizeof(*a));
    err = strncmp(word, "uid:", 4) == 0      ? read_uids(word + 4, a)
          : strncmp(word, "mark:", 5) == 0   ? read_mark(word + 5, a)
          : strncmp(word, "cgroup:", 7) == 0 ? read_cgroup(word + 7, a)
                                             : read_name(word, a);
    if (err < 0)
        return ike__profile_fail(
            l, IKE_E_CONFIG, r->path,
            "expected uid:1000, uid:1000-1999, cgroup:/PATH, mark:0x10/0xff or a package's name");
    l->apps_n[which]++;
    return 0;
}

/* ---- DNS ---- */

int ike__profile_domain(const char *name)
{
    size_t label = 0, n = strlen(name);

    if (n == 0 || n > 253)
        return 0;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        int fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                   c == '_';

        if (c == '.' ? label == 0 : !fits || label == 63)
            return 0;
        label = c == '.' ? 0 : label + 1;
    }
    return 1; /* one dot at the end is fine, the root is not (RFC 8598 6) */
}

int ike__add_domain(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    if (!ike__profile_domain(word))
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "expected names of domains, \"corp.example.org\"");
    return ike__keep_word(l, r, word);
}

int ike__add_allowed(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    return strcmp(word, "*") == 0 ? ike__keep_word(l, r, word) : ike__add_domain(l, r, word);
}

/* ---- triggers, and all together ---- */

int ike__take_triggers(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    (void)r;
    return ike__profile_triggers(l, v);
}

static void place_words(const struct ike_words *from, const char *const **list, uint32_t *n)
{
    *list = from->n ? from->word : NULL;
    *n = from->n;
}

int ike__profile_guard(struct ike_loader *l)
{
    ike_guard_config *g = &l->guard;
    uint32_t which = l->apps_n[0] > 0 ? 0 : 1;

    if (g->start == IKE_GUARD_TRIGGERED && g->triggers_n == 0)
        return ike__profile_fail(l, IKE_E_CONFIG, "triggers",
                                 "missing, expected what start triggered waits for");
    if (g->start != IKE_GUARD_TRIGGERED && g->triggers_n > 0)
        ike__profile_warn(l, "triggers", "without start triggered they do nothing");
    if (l->apps_n[0] > 0 && l->apps_n[1] > 0)
        ike__profile_warn(l, "excluded-apps", "apps says already which use the tunnel: they do nothing");
    g->apps = l->apps_n[which] ? l->apps[which] : NULL;
    g->apps_n = l->apps_n[which];
    g->only_apps = l->apps_n[0] > 0;
    g->subnets = l->plan.routes_n ? l->routes : NULL;
    g->subnets_n = l->plan.routes_n;
    g->excluded = l->plan.excluded_n ? l->excluded : NULL;
    g->excluded_n = l->plan.excluded_n;
    g->block_ip4 = l->plan.block_ip4;
    g->block_ip6 = l->plan.block_ip6;
    g->dns = l->plan.dns_n ? l->dns : NULL;
    g->dns_n = l->plan.dns_n;
    place_words(&l->dns_allowed, &g->dns_allowed, &g->dns_allowed_n);
    place_words(&l->dns_always, &g->dns_always, &g->dns_always_n);
    place_words(&l->dns_anchors, &g->dns_anchors, &g->dns_anchors_n);
    if (g->dns_anchors_n > 0 && (l->config.want & IKE_WANT_DNS))
        l->config.want |= IKE_WANT_DNSSEC;
    g->triggers = g->triggers_n ? l->triggers : NULL;
    return 0;
}
