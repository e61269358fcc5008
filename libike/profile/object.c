/* profile/object.c - a JSON object against a table of keys, known by their paths. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: the tables (keys.c, triggers.c), and what their rows do (kinds.c). */
#include "profile/kinds.h"
#include <string.h>

struct table {
    const struct ike_row *rows;
    size_t n;
};

static const struct ike_row *find(const struct table *t, const char *path)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->rows[i].path, path) == 0)
            return &t->rows[i];
    return NULL;
}

/* Is path the head of a longer one, such as "remote"? */
static int is_group(const struct table *t, const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < t->n; i++)
        if (strncmp(t->rows[i].path, path, n) == 0 && t->rows[i].path[n] == '.')
            return 1;
    return 0;
}

static int take_object(struct ike_loader *l, const struct table *t, const cJSON *object, const char *prefix)
{
    const cJSON *v;
    int err = 0;

    cJSON_ArrayForEach(v, object)
    {
        char path[128];
        const struct ike_row *r;

        if (strlen(prefix) + strlen(v->string) + 2 > sizeof(path)) {
            ike__profile_warn(l, prefix[0] ? prefix : "profile", "a key below it is unknown");
            continue;
        }
        path[0] = '\0';
        if (prefix[0]) {
            strcpy(path, prefix);
            strcat(path, ".");
        }
        strcat(path, v->string);
        r = find(t, path);
        if (cJSON_IsNull(v) && (r || is_group(t, path)))
            continue;
        if (r)
            err = r->take(l, r, v);
        else if (is_group(t, path) && cJSON_IsObject(v))
            err = take_object(l, t, v, path);
        else if (is_group(t, path))
            err = ike__profile_mismatch(l, path, v, "an object");
        else
            ike__profile_warn(l, path, "unknown key");
        if (err < 0)
            return err;
    }
    return 0;
}

int ike__profile_object(struct ike_loader *l, const struct ike_row *list, size_t n, const cJSON *object)
{
    const struct table t = {list, n};

    return take_object(l, &t, object, "");
}
