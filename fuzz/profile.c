/* fuzz/profile.c - JSON profiles. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_profile_parse ike_profile_print */
#include <ike/profile.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const char *override = "dpd=10";
    char *why = NULL, *text = malloc(n + 1);
    ike_profile *p = NULL;

    if (!text)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    if (ike_profile_parse(&p, text, n, "/nonexistent", &override, 1, &why) < 0 && (p || !why))
        abort(); /* an error always says why, and gives nothing */
    ike_profile_why_free(why);
    ike_profile_free(p);
    free(text);
    return 0;
}
