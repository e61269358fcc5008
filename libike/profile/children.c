/* profile/children.c - further children: an array of objects, each with a few keys of its own. SPDX-License-Identifier: Apache-2.0
 *
 * Each is read into one draft and then kept for good.
 *
 * Not here: the keys (keys.c). */
#include "profile/room.h"
#include <stdio.h>
#include <string.h>

#define CHILDREN_MAX (sizeof(((struct ike_loader *)0)->children) / sizeof(ike_child_config *))

/* 0: *to is a copy that lives as long as the profile. */
static int keep(struct ike_loader *l, const void *from, size_t n, const void **to)
{
    *to = n > 0 ? ike__profile_keep(l, from, n) : NULL;
    return n == 0 || *to ? 0 : IKE_E_NOMEM;
}

static int keep_draft(struct ike_loader *l)
{
    struct ike_draft *d = &l->draft;
    const void *suites, *local, *remote, *config;
    int err = keep(l, d->esp_suites, d->esp_suites[0] ? strlen(d->esp_suites) + 1 : 0, &suites);

    if (err == 0)
        err = keep(l, d->ts_local, d->config.ts_local_n * sizeof(ike_ts), &local);
    if (err == 0)
        err = keep(l, d->ts_remote, d->config.ts_remote_n * sizeof(ike_ts), &remote);
    if (err < 0)
        return err;
    d->config.esp_suites = suites;
    d->config.ts_local = local;
    d->config.ts_remote = remote;
    err = keep(l, &d->config, sizeof(d->config), &config);
    if (err == 0)
        l->children[l->config.children_n++] = config;
    return err;
}

static int read_one(struct ike_loader *l, const cJSON *v)
{
    int err;

    memset(&l->draft, 0, sizeof(l->draft));
    l->draft.config = (ike_child_config)IKE_CHILD_CONFIG_INIT;
    if (!cJSON_IsObject(v))
        return ike__profile_mismatch(l, "children", v, "an array of objects");
    snprintf(l->prefix, sizeof(l->prefix), "children[%u].", l->config.children_n);
    err = ike__profile_draft(l, v);
    if (err == 0 && !l->draft.config.name)
        err = ike__profile_fail(l, IKE_E_CONFIG, "name", "missing");
    if (err == 0)
        err = keep_draft(l);
    l->prefix[0] = '\0';
    return err;
}

int ike__profile_children(struct ike_loader *l, const cJSON *array)
{
    const cJSON *v;

    if (!cJSON_IsArray(array))
        return ike__profile_mismatch(l, "children", array, "an array of objects");
    if ((size_t)cJSON_GetArraySize(array) > CHILDREN_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, "children", "at most 8 beside the first one");
    cJSON_ArrayForEach(v, array)
    {
        int err = read_one(l, v);

        if (err < 0)
            return err;
    }
    l->config.children = l->config.children_n ? l->children : NULL;
    return 0;
}
