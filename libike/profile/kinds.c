/* profile/kinds.c - kinds of values that many keys take: text, numbers, switches, material. SPDX-License-Identifier: Apache-2.0
 *
 * Each reads one value for one row and sets the field that the row names, or says what was expected instead. */
#include "profile/kinds.h"
#include <string.h>

int ike__want_string(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (cJSON_IsString(v) && v->valuestring[0])
        return 0;
    return ike__profile_mismatch(l, r->path, v, "a string");
}

void *ike__field(struct ike_loader *l, const struct ike_row *r)
{
    return (char *)l + r->at;
}

int ike__take_string(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    int err = ike__want_string(l, r, v);

    if (err == 0) {
        const char *kept = ike__profile_keep(l, v->valuestring, strlen(v->valuestring) + 1);
        memcpy(ike__field(l, r), &kept, sizeof(kept));
        err = kept ? 0 : IKE_E_NOMEM;
    }
    return err;
}

#define COUNT_MAX 9007199254740992.0 /* 2^53 */

static int is_integer(const cJSON *v, double lo, double hi)
{
    return cJSON_IsNumber(v) && v->valuedouble >= lo && v->valuedouble <= hi &&
           v->valuedouble == (double)(uint64_t)v->valuedouble;
}

int ike__take_number(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    char expected[64];
    uint32_t n;

    if (!is_integer(v, r->lo, r->hi)) {
        ike__profile_range(expected, sizeof(expected), r->lo, r->hi);
        return ike__profile_mismatch(l, r->path, v, expected);
    }
    n = (uint32_t)v->valuedouble;
    memcpy(ike__field(l, r), &n, sizeof(n));
    return 0;
}

/* Seconds where 0 means off. */
int ike__take_or_off(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint32_t n = IKE_OFF;
    char expected[64];

    if (!cJSON_IsNumber(v) || v->valuedouble != 0) {
        if (!is_integer(v, r->lo, r->hi)) {
            strcpy(expected, "0 (off) or ");
            ike__profile_range(expected + strlen(expected), sizeof(expected) - strlen(expected), r->lo,
                               r->hi);
            return ike__profile_mismatch(l, r->path, v, expected);
        }
        n = (uint32_t)v->valuedouble;
    }
    memcpy(ike__field(l, r), &n, sizeof(n));
    return 0;
}

/* Seconds where 0 means never, and is the default. */
int ike__take_or_zero(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint32_t n;
    int err = ike__take_or_off(l, r, v);

    memcpy(&n, ike__field(l, r), sizeof(n));
    n = n == IKE_OFF ? 0 : n;
    memcpy(ike__field(l, r), &n, sizeof(n));
    return err;
}

/* Octets or packets: as far as a JSON number is exact. */
int ike__take_count(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint64_t n;

    if (!is_integer(v, 0, COUNT_MAX))
        return ike__profile_mismatch(l, r->path, v, "0 (no limit) or an integer up to 2^53");
    n = (uint64_t)v->valuedouble;
    memcpy(ike__field(l, r), &n, sizeof(n));
    return 0;
}

int ike__take_bool(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint32_t b = cJSON_IsTrue(v) != 0;

    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    memcpy(ike__field(l, r), &b, sizeof(b));
    return 0;
}

/* What is on unless it is switched off. */
int ike__take_unless(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    uint32_t off = cJSON_IsTrue(v) ? 0 : IKE_OFF;

    if (!cJSON_IsBool(v))
        return ike__profile_mismatch(l, r->path, v, "true or false");
    memcpy(ike__field(l, r), &off, sizeof(off));
    return 0;
}

int ike__take_material(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    ike_span s = {NULL, 0};
    int err = ike__want_string(l, r, v);

    if (err == 0)
        err = ike__profile_material(l, r->path, v->valuestring, &s);
    if (err == 0)
        memcpy(ike__field(l, r), &s, sizeof(s));
    return err;
}

/* A string of words or an array of strings: each one goes to `each`. */
int ike__take_words(struct ike_loader *l, const struct ike_row *r, const cJSON *v, const char *separators,
                    int (*each)(struct ike_loader *, const struct ike_row *, const char *))
{
    const cJSON *item;
    int err = 0;

    if (cJSON_IsString(v)) {
        const char *s = v->valuestring;
        while (err == 0 && *(s += strspn(s, separators))) {
            size_t n = strcspn(s, separators);
            char word[1024];
            if (n >= sizeof(word))
                return ike__profile_fail(l, IKE_E_CONFIG, r->path, "a value is too long");
            memcpy(word, s, n);
            word[n] = '\0';
            err = each(l, r, word);
            s += n;
        }
        return err;
    }
    if (!cJSON_IsArray(v))
        return ike__profile_mismatch(l, r->path, v, "a string or an array of strings");
    cJSON_ArrayForEach(item, v)
    {
        if (!cJSON_IsString(item))
            return ike__profile_mismatch(l, r->path, item, "strings in the array");
        err = err == 0 ? each(l, r, item->valuestring) : err;
    }
    return err;
}

/* As they are, spaces in them included, if they are in an array. */
int ike__take_kept(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    return ike__take_words(l, r, v, "", r->each ? r->each : ike__keep_word);
}

int ike__take_list(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    return ike__take_words(l, r, v, " ,", r->each);
}

int ike__keep_word(struct ike_loader *l, const struct ike_row *r, const char *word)
{
    struct ike_words *list = ike__field(l, r);

    if (word[0] == '\0')
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "an empty string in the list");
    if (list->n == IKE_WORDS_MAX)
        return ike__profile_fail(l, IKE_E_CONFIG, r->path, "at most 16 values");
    list->word[list->n] = ike__profile_keep(l, word, strlen(word) + 1);
    return list->word[list->n++] ? 0 : IKE_E_NOMEM;
}

/* ---- features that are not there yet ---- */

int ike__refuse(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    (void)v;
    return ike__profile_fail(l, IKE_E_UNSUPPORTED, r->path, r->text);
}

/* Off is fine; on asks for what we do not have. */
int ike__refuse_true(struct ike_loader *l, const struct ike_row *r, const cJSON *v)
{
    if (cJSON_IsFalse(v) || (cJSON_IsNumber(v) && v->valuedouble == 0) ||
        (cJSON_IsArray(v) && cJSON_GetArraySize(v) == 0))
        return 0;
    return ike__refuse(l, r, v);
}
