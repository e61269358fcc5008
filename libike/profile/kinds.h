/* profile/kinds.h - a row of the table of keys, and the kinds of values that many rows take. SPDX-License-Identifier: Apache-2.0
 *
 * All of them return 0 or what ike__profile_fail says; the field is untouched then. */
#ifndef IKE_PROFILE_KINDS_H
#define IKE_PROFILE_KINDS_H

#include "profile/room.h"

struct ike_row;
typedef int (*ike_take_fn)(struct ike_loader *l, const struct ike_row *r, const cJSON *v);

struct ike_row {
    const char *path;
    ike_take_fn take;
    size_t at;        /* offset into struct ike_loader, where a field is set */
    uint32_t lo, hi;  /* of a number */
    const char *text; /* why it is refused or warned about */
    int (*each)(struct ike_loader *l, const struct ike_row *r, const char *word); /* of a list */
};

void *ike__field(struct ike_loader *l, const struct ike_row *r);
int ike__want_string(struct ike_loader *l, const struct ike_row *r, const cJSON *v); /* not empty */
int ike__take_string(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__take_number(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__take_or_off(struct ike_loader *l, const struct ike_row *r, const cJSON *v);  /* seconds; 0: off */
int ike__take_or_zero(struct ike_loader *l, const struct ike_row *r, const cJSON *v); /* seconds; 0: never */
int ike__take_count(struct ike_loader *l, const struct ike_row *r, const cJSON *v);   /* up to 2^53 */
int ike__take_bool(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__take_unless(struct ike_loader *l, const struct ike_row *r, const cJSON *v); /* false: IKE_OFF */
int ike__take_material(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__take_kept(struct ike_loader *l, const struct ike_row *r,
                   const cJSON *v); /* words into a struct ike_words */
int ike__keep_word(struct ike_loader *l, const struct ike_row *r, const char *word);
int ike__take_list(struct ike_loader *l, const struct ike_row *r, const cJSON *v); /* words for each */
/* Each word of a string, or of an array of strings. */
int ike__take_words(struct ike_loader *l, const struct ike_row *r, const cJSON *v, const char *separators,
                    int (*each)(struct ike_loader *, const struct ike_row *, const char *));

/* guard.c */
int ike__take_mode(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__take_start(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__take_choice(struct ike_loader *l, const struct ike_row *r,
                     const cJSON *v); /* bool to ike_guard_choice */
int ike__take_forwarded(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__add_app(struct ike_loader *l, const struct ike_row *r, const char *word);
int ike__add_allowed(struct ike_loader *l, const struct ike_row *r, const char *word);
int ike__add_domain(struct ike_loader *l, const struct ike_row *r, const char *word);
int ike__take_triggers(struct ike_loader *l, const struct ike_row *r, const cJSON *v);

/* What this version does not have: always; unless it is off. */
int ike__refuse(struct ike_loader *l, const struct ike_row *r, const cJSON *v);
int ike__refuse_true(struct ike_loader *l, const struct ike_row *r, const cJSON *v);

#endif
