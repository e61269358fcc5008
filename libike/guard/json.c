/* guard/json.c - a plan as JSON, for people, status and tests of appliers. SPDX-License-Identifier: Apache-2.0
 *
 * What says nothing is left out; sets are listed by name, networks as text, reasons as words. One line a route, rule,
 * entry: cJSON's own layout would need a screen for each.
 *
 * Not here: reading it back. A plan is made, never parsed. */
#include "guard/room.h"
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_text(cJSON *o, const char *key, const char *text)
{
    cJSON_AddStringToObject(o, key, text);
}

static void put_number(cJSON *o, const char *key, uint32_t n)
{
    if (n != 0)
        cJSON_AddNumberToObject(o, key, n);
}

static void put_mark(cJSON *o, const char *key, uint32_t mark, uint32_t mask)
{
    char text[32];

    if (mask == 0)
        return;
    snprintf(text, sizeof(text), "0x%08x/0x%08x", mark, mask);
    put_text(o, key, text);
}

static void put_net(cJSON *o, const char *key, const ike_prefix *net)
{
    char text[IKE_GUARD_NET_TEXT];

    if (net->addr.family == 0)
        return;
    ike__guard_net_text(net, text);
    put_text(o, key, text);
}

static void put_addr(cJSON *o, const char *key, const ike_addr *a)
{
    ike_prefix host = ike__guard_host(a);

    put_net(o, key, &host);
}

static void put_ports(cJSON *o, const char *key, uint32_t first, uint32_t last)
{
    char text[16];

    if (last == 0)
        return;
    snprintf(text, sizeof(text), first == last ? "%u" : "%u-%u", first, last);
    put_text(o, key, text);
}

static cJSON *new_in(cJSON *array)
{
    cJSON *o = cJSON_CreateObject();

    cJSON_AddItemToArray(array, o);
    return o;
}

/* ---- the parts ---- */

static void put_head(cJSON *o, const ike_guard_plan *p)
{
    put_text(o, "mode", ike_guard_mode_name(p->mode));
    put_text(o, "phase", ike_guard_phase_name(p->phase));
    put_number(o, "instance", p->instance);
    put_mark(o, "mark", p->mark, p->mask);
    cJSON_AddBoolToObject(o, "empty", p->is_empty != 0);
    if (p->is_empty)
        return;
    put_number(o, "table", p->table);
    put_number(o, "priority", p->priority);
    put_number(o, "tun", p->tun);
    cJSON_AddBoolToObject(o, "forced-all", p->forced_all != 0);
    cJSON_AddBoolToObject(o, "only-apps", p->only_apps != 0);
    cJSON_AddBoolToObject(o, "rewrite", p->rewrite != 0);
}

static void put_ips(cJSON *root, const ike_guard_plan *p)
{
    cJSON *a = cJSON_AddArrayToObject(root, "ip");
    char text[IKE_GUARD_NET_TEXT];

    for (uint32_t i = 0; i < p->ip_n; i++) {
        ike__guard_net_text(&p->ip[i], text);
        cJSON_AddItemToArray(a, cJSON_CreateString(text));
    }
}

static void put_nets(cJSON *root, const ike_guard_plan *p)
{
    cJSON *sets = cJSON_AddObjectToObject(root, "sets");
    char text[IKE_GUARD_NET_TEXT];

    for (uint32_t i = 0; i < p->nets_n; i++) {
        const char *name = ike_guard_set_name(p->nets[i].set);
        cJSON *a = cJSON_GetObjectItemCaseSensitive(sets, name);

        if (!a)
            a = cJSON_AddArrayToObject(sets, name);
        ike__guard_net_text(&p->nets[i].net, text);
        cJSON_AddItemToArray(a, cJSON_CreateString(text));
    }
}

static void put_routes(cJSON *root, const ike_guard_plan *p)
{
    static const char *const kinds[] = {"?", "tun", "outside", "block"};
    cJSON *a = cJSON_AddArrayToObject(root, "routes");

    for (uint32_t i = 0; i < p->routes_n; i++) {
        const ike_guard_route *r = &p->routes[i];
        cJSON *o = new_in(a);

        put_net(o, "to", &r->to);
        put_text(o, "kind", kinds[r->kind & 3]);
        put_addr(o, "src", &r->src);
        put_text(o, "why", ike_guard_reason_name(r->why));
    }
}

static void put_rules(cJSON *root, const ike_guard_plan *p)
{
    cJSON *a = cJSON_AddArrayToObject(root, "rules");
    char text[32];

    for (uint32_t i = 0; i < p->rules_n; i++) {
        const ike_guard_rule *r = &p->rules[i];
        cJSON *o = new_in(a);

        put_number(o, "priority", p->priority + i);
        put_mark(o, "mark", r->mark, r->mask);
        if (r->has_uid) {
            snprintf(text, sizeof(text), "%u-%u", r->uid_first, r->uid_last);
            put_text(o, "uid", text);
        }
        put_number(o, "family", r->family);
        put_number(o, "proto", r->proto);
        put_number(o, "sport", r->sport);
        put_number(o, "dport", r->dport);
        if (r->from_device == IKE_GUARD_DEVICE_TUN)
            put_text(o, "from-device", "tun");
        put_text(o, "lookup", r->lookup == IKE_GUARD_LOOKUP_SYSTEM ? "system" : "plan");
        put_text(o, "why", ike_guard_reason_name(r->why));
    }
}

static void put_match(cJSON *o, const ike_guard_entry *e)
{
    static const char *const chains[] = {"?", "out", "in", "forward"};
    static const char *const devices[] = {NULL, "loopback", "tun", "outside"};

    put_text(o, "chain", chains[e->chain & 3]);
    if (e->device)
        put_text(o, "device", devices[e->device & 3]);
    if (e->from_device)
        put_text(o, "from-device", devices[e->from_device & 3]);
    put_number(o, "family", e->family);
    if (e->from)
        put_text(o, "from", ike_guard_set_name(e->from));
    if (e->to)
        put_text(o, "to", ike_guard_set_name(e->to));
    put_number(o, "proto", e->proto);
    put_ports(o, "sport", e->sport_first, e->sport_last);
    put_ports(o, e->proto == 58 ? "type" : "dport", e->dport_first, e->dport_last);
    put_mark(o, "mark", e->mark, e->mask);
    put_number(o, "app", e->app);
    if (e->reply)
        cJSON_AddBoolToObject(o, "reply", 1);
}

static void put_entries(cJSON *root, const ike_guard_plan *p)
{
    cJSON *a = cJSON_AddArrayToObject(root, "entries");

    for (uint32_t i = 0; i < p->entries_n; i++) {
        cJSON *o = new_in(a);

        put_match(o, &p->entries[i]);
        put_text(o, "verdict", p->entries[i].verdict == IKE_GUARD_ACCEPT ? "accept" : "drop");
        put_text(o, "why", ike_guard_reason_name(p->entries[i].why));
    }
}

static void put_apps(cJSON *root, const ike_guard_plan *p)
{
    cJSON *a = cJSON_AddArrayToObject(root, "apps");
    char text[32];

    for (uint32_t i = 0; i < p->apps_n; i++) {
        const ike_guard_member *m = &p->apps[i];
        cJSON *o = new_in(a);

        snprintf(text, sizeof(text), "%u-%u", m->app.uid_first, m->app.uid_last);
        if (m->app.kind == IKE_GUARD_APP_UID)
            put_text(o, "uid", text);
        else if (m->app.kind == IKE_GUARD_APP_MARK)
            put_mark(o, "mark", m->app.mark, m->app.mask);
        else
            put_text(o, m->app.kind == IKE_GUARD_APP_CGROUP ? "cgroup" : "name", m->app.text);
        if (m->set_mark)
            put_mark(o, "set-mark", m->set_mark, p->mask);
        put_text(o, "why", ike_guard_reason_name(m->why));
    }
}

static void put_dns(cJSON *root, const ike_guard_plan *p)
{
    static const char *const modes[] = {"system", "full", "split", "none"};
    const ike_guard_dns *d = &p->dns;
    cJSON *o = cJSON_AddObjectToObject(root, "dns"), *a;

    put_text(o, "mode", modes[d->mode & 3]);
    a = d->servers_n > 0 ? cJSON_AddArrayToObject(o, "servers") : NULL;
    for (uint32_t i = 0; i < d->servers_n; i++) {
        ike_prefix host = ike__guard_host(&d->servers[i]);
        char text[IKE_GUARD_NET_TEXT];
        ike__guard_net_text(&host, text);
        cJSON_AddItemToArray(a, cJSON_CreateString(text));
    }
    a = d->domains_n > 0 ? cJSON_AddArrayToObject(o, "domains") : NULL;
    for (uint32_t i = 0; i < d->domains_n; i++)
        cJSON_AddItemToArray(a, cJSON_CreateString(d->domains[i]));
    a = d->anchors_n > 0 ? cJSON_AddArrayToObject(o, "trust-anchors") : NULL;
    for (uint32_t i = 0; i < d->anchors_n; i++) {
        const ike_guard_anchor *t = &d->anchors[i];
        char hex[2 * IKE_GUARD_DIGEST + 1] = "";
        cJSON *one = new_in(a);

        for (uint32_t k = 0; k < t->digest_n; k++)
            snprintf(hex + 2 * k, 3, "%02x", t->digest[k]);
        put_text(one, "domain", d->domains[t->domain]);
        cJSON_AddNumberToObject(one, "key-tag", t->key_tag);
        cJSON_AddNumberToObject(one, "algorithm", t->algorithm);
        cJSON_AddNumberToObject(one, "digest-type", t->digest_type);
        put_text(one, "digest", hex);
    }
}

static void put_warnings(cJSON *root, const ike_guard_plan *p)
{
    cJSON *a = p->warnings_n > 0 ? cJSON_AddArrayToObject(root, "warnings") : NULL;

    for (uint32_t i = 0; i < p->warnings_n; i++)
        cJSON_AddItemToArray(a, cJSON_CreateString(p->warnings[i].text));
}

static cJSON *tree(const ike_guard_plan *p)
{
    cJSON *root = cJSON_CreateObject(), *hole;

    put_head(root, p);
    if (p->is_empty)
        return root;
    put_ips(root, p);
    put_routes(root, p);
    put_rules(root, p);
    put_nets(root, p);
    put_apps(root, p);
    put_entries(root, p);
    put_dns(root, p);
    if (p->hole.is_open) {
        hole = cJSON_AddObjectToObject(root, "portal");
        put_number(hole, "app", p->hole.app);
        cJSON_AddNumberToObject(hole, "until", (double)p->hole.until);
    }
    put_warnings(root, p);
    return root;
}

/* ---- the layout ---- */

struct text {
    char *p;
    size_t n, cap;
};

static void append(struct text *t, const char *s)
{
    size_t n = strlen(s);

    if (t->p && t->n + n + 1 > t->cap) {
        char *more = realloc(t->p, 2 * (t->n + n + 1));
        if (!more)
            free(t->p);
        t->p = more;
        t->cap = 2 * (t->n + n + 1);
    }
    if (t->p) {
        memcpy(t->p + t->n, s, n + 1);
        t->n += n;
    }
}

static void append_compact(struct text *t, const cJSON *v)
{
    char *s = cJSON_PrintUnformatted(v);

    if (!s) {
        free(t->p);
        t->p = NULL;
        return;
    }
    append(t, s);
    cJSON_free(s);
}

/* Members of the plan a line each; elements of its lists a line each. */
static void append_member(struct text *t, const cJSON *v)
{
    const cJSON *item;

    append(t, "  \"");
    append(t, v->string);
    append(t, "\": ");
    if (!cJSON_IsArray(v) || !v->child || cJSON_IsString(v->child)) {
        append_compact(t, v);
        return;
    }
    append(t, "[");
    cJSON_ArrayForEach(item, v)
    {
        append(t, item == v->child ? "\n    " : ",\n    ");
        append_compact(t, item);
    }
    append(t, "\n  ]");
}

char *ike_guard_print(const ike_guard_plan *plan)
{
    struct text t = {malloc(4096), 0, 4096};
    cJSON *root = tree(plan);
    const cJSON *v;

    append(&t, "{");
    cJSON_ArrayForEach(v, root)
    {
        append(&t, v == root->child ? "\n" : ",\n");
        append_member(&t, v);
    }
    append(&t, "\n}\n");
    if (!root) {
        free(t.p);
        t.p = NULL;
    }
    cJSON_Delete(root);
    return t.p;
}

void ike_guard_text_free(char *text)
{
    free(text);
}
