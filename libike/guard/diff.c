/* guard/diff.c - what leads from one plan to another. SPDX-License-Identifier: Apache-2.0
 *
 * Lists are walked side by side: what the new one has later on is kept, what it has not is removed, what the old one has not
 * is added. Not the fewest changes possible, but few, and always right; equal plans have none. */
#include "guard/room.h"
#include <stddef.h>
#include <string.h>

static const struct list {
    uint32_t section;
    size_t count, at, each;
} lists[] = {
#define LIST(section, n, array)                                                \
    {                                                                          \
        section, offsetof(ike_guard_plan, n), offsetof(ike_guard_plan, array), \
            sizeof(((ike_guard_plan *)0)->array[0])                            \
    }
    LIST(IKE_GUARD_IPS, ip_n, ip),
    LIST(IKE_GUARD_NETS_OF, nets_n, nets),
    LIST(IKE_GUARD_ROUTES_OF, routes_n, routes),
    LIST(IKE_GUARD_RULES_OF, rules_n, rules),
    LIST(IKE_GUARD_ENTRIES_OF, entries_n, entries),
    LIST(IKE_GUARD_APPS_OF, apps_n, apps),
    LIST(IKE_GUARD_WARNINGS_OF, warnings_n, warnings)};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

struct script {
    ike_guard_change *out;
    uint32_t n, cap;
};

static void say(struct script *s, uint32_t section, uint32_t op, uint32_t at)
{
    if (s->n < s->cap) {
        memset(&s->out[s->n], 0, sizeof(s->out[s->n]));
        s->out[s->n].section = section;
        s->out[s->n].op = op;
        s->out[s->n].at = at;
    }
    s->n++;
}

static uint32_t count(const ike_guard_plan *p, const struct list *l)
{
    uint32_t n;

    memcpy(&n, (const char *)p + l->count, sizeof(n));
    return n;
}

static const char *element(const ike_guard_plan *p, const struct list *l, uint32_t i)
{
    return (const char *)p + l->at + i * l->each;
}

/* Where the new list has this element, from `from` on; its length: nowhere. */
static uint32_t find(const ike_guard_plan *p, const struct list *l, const char *what, uint32_t from)
{
    uint32_t n = count(p, l);

    while (from < n && memcmp(element(p, l, from), what, l->each) != 0)
        from++;
    return from;
}

/* What stays is found in order; twice, because removing comes first, from the end, so that indices stay true. */
static void compare(struct script *s, const struct list *l, const ike_guard_plan *from,
                    const ike_guard_plan *to)
{
    uint32_t n = count(from, l), m = count(to, l), next = 0, removed = s->n;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = find(to, l, element(from, l, i), next);
        if (at < m)
            next = at + 1;
        else
            say(s, l->section, IKE_GUARD_REMOVE, i);
    }
    for (uint32_t a = removed, b = s->n; s->n <= s->cap && a + 1 < b; a++, b--) {
        ike_guard_change first = s->out[a];
        s->out[a] = s->out[b - 1];
        s->out[b - 1] = first;
    }
    next = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = find(to, l, element(from, l, i), next);
        if (at == m)
            continue;
        while (next < at)
            say(s, l->section, IKE_GUARD_ADD, next++);
        next = at + 1;
    }
    while (next < m)
        say(s, l->section, IKE_GUARD_ADD, next++);
}

static int is_same_head(const ike_guard_plan *a, const ike_guard_plan *b)
{
    return memcmp(a, b, offsetof(ike_guard_plan, ip_n)) == 0 &&
           memcmp(&a->dns, &b->dns, sizeof(a->dns)) == 0 && memcmp(&a->hole, &b->hole, sizeof(a->hole)) == 0;
}

int ike_guard_diff(const ike_guard_plan *from, const ike_guard_plan *to, ike_guard_change *out, uint32_t cap)
{
    struct script s = {out, 0, cap};

    if (!from || !to || (!out && cap > 0) || from->size != sizeof(*from) || to->size != sizeof(*to))
        return IKE_E_USAGE;
    if (!is_same_head(from, to))
        say(&s, IKE_GUARD_HEAD, IKE_GUARD_ADD, 0);
    for (size_t i = 0; i < LISTS; i++)
        compare(&s, &lists[i], from, to);
    return s.n <= cap ? (int)s.n : IKE_E_NOSPACE;
}
