/* record/children.c - further children of a configuration as octets. SPDX-License-Identifier: Apache-2.0
 *
 * Each: two texts and two lists of selectors, lengths and numbers in front; a text of length 0 is none.
 *
 * Not here: the other fields (config.c). */
#include "record/room.h"
#include <string.h>

#define SELECTOR_LEN 38u

static size_t text_len(const char *s)
{
    return s ? strlen(s) + 1 : 0; /* with its end, so that a reader can point at it */
}

size_t ike__rec_children_len(const ike_child_config *const *list, uint32_t n)
{
    size_t len = 0;

    for (uint32_t i = 0; i < n; i++)
        len += 2 + text_len(list[i]->name) + 2 + text_len(list[i]->esp_suites) + 2 +
               SELECTOR_LEN * ((size_t)list[i]->ts_local_n + list[i]->ts_remote_n);
    return len;
}

static void put_text(struct ike_rec_out *o, const char *s)
{
    ike__rec_put_uint(o, text_len(s), 2);
    ike__rec_put(o, s, text_len(s));
}

static void put_selectors(struct ike_rec_out *o, const ike_ts *ts, uint32_t n)
{
    ike__rec_put_uint(o, n, 1);
    for (uint32_t i = 0; i < n; i++)
        ike__rec_put_selector(o, &ts[i]);
}

void ike__rec_put_children(struct ike_rec_out *o, const ike_child_config *const *list, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        put_text(o, list[i]->name);
        put_text(o, list[i]->esp_suites);
        put_selectors(o, list[i]->ts_local, list[i]->ts_local_n);
        put_selectors(o, list[i]->ts_remote, list[i]->ts_remote_n);
    }
}

static int get_text(struct ike_rec_in *v, const char **out)
{
    ike_span s = ike__rec_take(v, (size_t)ike__rec_uint(v, 2));

    *out = NULL;
    if (s.n == 0)
        return 0;
    if (v->is_short || memchr(s.p, 0, s.n) != s.p + s.n - 1)
        return IKE_E_SYNTAX;
    *out = (const char *)s.p;
    return 0;
}

static int get_selectors(struct ike_rec_in *v, ike_ts *ts, uint32_t *n)
{
    *n = (uint32_t)ike__rec_uint(v, 1);
    if (*n > 16)
        return IKE_E_SYNTAX;
    for (uint32_t i = 0; i < *n; i++)
        if (ike__rec_selector(v, &ts[i]) < 0)
            return IKE_E_SYNTAX;
    return 0;
}

int ike__rec_children(struct ike_rec_config *c, struct ike_rec_in *v)
{
    uint32_t n = 0;

    while (v->n > 0 && n < IKE_REC_CHILDREN_MAX) {
        ike_child_config *k = &c->child[n];

        *k = (ike_child_config)IKE_CHILD_CONFIG_INIT;
        k->ts_local = c->child_ts[n][0];
        k->ts_remote = c->child_ts[n][1];
        if (get_text(v, &k->name) < 0 || get_text(v, &k->esp_suites) < 0 ||
            get_selectors(v, c->child_ts[n][0], &k->ts_local_n) < 0 ||
            get_selectors(v, c->child_ts[n][1], &k->ts_remote_n) < 0 || v->is_short)
            return IKE_E_SYNTAX;
        c->children[n++] = k;
    }
    c->cfg.children = c->children;
    c->cfg.children_n = n;
    return v->n == 0 ? 0 : IKE_E_SYNTAX;
}
