/* guard/decide.c - triggers: is a connection wanted on this network? SPDX-License-Identifier: Apache-2.0
 *
 * The semantics of OnDemandRules in Apple's configuration profiles: the first rule all of whose criteria fit decides; a
 * criterion that is not there fits; SSIDs are exact; a search domain equals one that is listed, or is below "*.x"; any name
 * server equals one that is listed, or begins with what stands before "*"; a URL has to answer with 200. What has to be
 * tried first is said, not done: the host tries it and asks again.
 *
 * Not here: trying anything. */
#include "guard/room.h"
#include <arpa/inet.h>
#include <string.h>

struct asking {
    const ike_guard_facts *facts;
    const char *probe; /* the first thing that is not known yet */
};

static const ike_guard_link *primary(const ike_guard_facts *f)
{
    for (uint32_t i = 0; i < f->links_n; i++)
        if (f->links[i].is_default)
            return &f->links[i];
    return NULL;
}

static int is_one_of(const char *text, const char *const *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(text, list[i]) == 0)
            return 1;
    return 0;
}

static int search_fits(const ike_guard_link *l, const char *const *list, uint32_t n)
{
    for (uint32_t k = 0; k < l->search_n; k++)
        for (uint32_t i = 0; i < n; i++) {
            int is_below =
                ike_guard_is_below(l->search[k], strncmp(list[i], "*.", 2) == 0 ? list[i] + 2 : list[i]);
            int is_above = ike_guard_is_below(list[i], l->search[k]);

            if (strncmp(list[i], "*.", 2) == 0 ? is_below && !ike_guard_is_below(list[i] + 2, l->search[k])
                                               : is_below && is_above)
                return 1;
        }
    return 0;
}

static int server_fits(const ike_guard_link *l, const char *const *list, uint32_t n)
{
    for (uint32_t k = 0; k < l->dns_n; k++) {
        char text[INET6_ADDRSTRLEN];

        if (!inet_ntop(l->dns[k].family == 4 ? AF_INET : AF_INET6, l->dns[k].ip, text, sizeof(text)))
            continue;
        for (uint32_t i = 0; i < n; i++) {
            size_t head = strcspn(list[i], "*");
            ike_addr same;

            memset(&same, 0, sizeof(same));
            if (list[i][head] == '*'
                    ? strncmp(text, list[i], head) == 0
                    : inet_pton(l->dns[k].family == 4 ? AF_INET : AF_INET6, list[i], same.ip) == 1 &&
                          memcmp(same.ip, l->dns[k].ip, sizeof(same.ip)) == 0)
                return 1;
        }
    }
    return 0;
}

static uint32_t answer_of(struct asking *a, const char *what)
{
    for (uint32_t i = 0; i < a->facts->probes_n; i++)
        if (strcmp(a->facts->probes[i].what, what) == 0 && a->facts->probes[i].answer != IKE_GUARD_UNKNOWN)
            return a->facts->probes[i].answer;
    if (!a->probe)
        a->probe = what;
    return IKE_GUARD_UNKNOWN;
}

/* What is known without asking anybody comes first: a probe is only wanted where everything else fits. */
static int fits(struct asking *a, const ike_guard_trigger *t)
{
    const ike_guard_link *l = primary(a->facts);

    if (!l)
        return t->link == IKE_GUARD_LINK_OTHER && t->ssids_n == 0 && t->dns_domains_n == 0 &&
               t->dns_servers_n == 0 && !t->url;
    if (t->link != IKE_GUARD_LINK_OTHER && t->link != l->kind)
        return 0;
    if (t->ssids_n > 0 && !(l->ssid && is_one_of(l->ssid, t->ssids, t->ssids_n)))
        return 0;
    if (t->dns_domains_n > 0 && !search_fits(l, t->dns_domains, t->dns_domains_n))
        return 0;
    if (t->dns_servers_n > 0 && !server_fits(l, t->dns_servers, t->dns_servers_n))
        return 0;
    return !t->url || answer_of(a, t->url) == IKE_GUARD_ANSWERS;
}

/* ---- EvaluateConnection ---- */

static int names_it(const ike_guard_evaluation *e, const char *name)
{
    for (uint32_t i = 0; i < e->domains_n; i++)
        if (ike_guard_is_below(name,
                               strncmp(e->domains[i], "*.", 2) == 0 ? e->domains[i] + 2 : e->domains[i]))
            return 1;
    return 0;
}

/* Without a connection the name cannot be had: it does not resolve, its servers are silent, its URL does not answer. */
static int is_needed(struct asking *a, const ike_guard_evaluation *e, uint32_t name_answer)
{
    uint32_t silent = 0;

    if (name_answer == IKE_GUARD_SILENT)
        return 1;
    for (uint32_t i = 0; i < e->required_dns_n; i++) {
        uint32_t answer = answer_of(a, e->required_dns[i]);

        if (answer == IKE_GUARD_ANSWERS)
            break;
        if (answer == IKE_GUARD_UNKNOWN)
            return 0;
        silent++;
    }
    if (e->required_dns_n > 0 && silent == e->required_dns_n)
        return 1;
    return e->required_url && answer_of(a, e->required_url) == IKE_GUARD_SILENT;
}

static uint32_t evaluate(struct asking *a, const ike_guard_trigger *t, const char *name, uint32_t name_answer)
{
    for (uint32_t i = 0; i < t->evaluate_n; i++)
        if (names_it(&t->evaluate[i], name))
            return !t->evaluate[i].never && is_needed(a, &t->evaluate[i], name_answer) ? IKE_GUARD_CONNECT
                                                                                       : IKE_GUARD_IGNORE;
    return IKE_GUARD_IGNORE;
}

int ike_guard_decide(const ike_guard_trigger *triggers, uint32_t triggers_n, const ike_guard_facts *facts,
                     const char *name, uint32_t name_answer, ike_guard_decision *out)
{
    ike_guard_facts own;
    struct asking a = {&own, NULL};
    uint32_t i = 0;

    if ((!triggers && triggers_n > 0) || !facts || !out || ike_struct_adopt(&own, sizeof(own), facts) < 0)
        return IKE_E_USAGE;
    memset(out, 0, sizeof(*out));
    while (i < triggers_n && !fits(&a, &triggers[i]) && !a.probe)
        i++;
    out->which = i;
    if (!a.probe && i < triggers_n) {
        out->action = triggers[i].action;
        if (out->action == IKE_GUARD_EVALUATE && name)
            out->action = evaluate(&a, &triggers[i], name, name_answer);
    }
    out->probe = a.probe;
    if (a.probe)
        out->action = IKE_GUARD_IGNORE;
    return 0;
}
