/* fuzz/guard_text.c - texts that the Linux guard reads. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike__apply_state_parse ike__apply_state_print ike__apply_cgroup_mount ike__apply_is_mounted
 * ike__apply_value ike__apply_names */
#include "apply/text.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct ike_apply_state s, again;
    struct ike_apply_names names;
    char *text = malloc(n + 1), back[512], where[IKE_APPLY_WORD];

    if (!text)
        return 0;
    memcpy(text, data, n);
    text[n] = '\0';
    ike__apply_state_parse(text, &s);
    if (ike__apply_state_print(&s, back, sizeof(back)) < 0)
        abort(); /* whatever was read can be written */
    ike__apply_state_parse(back, &again);
    if (memcmp(&s, &again, sizeof(s)) != 0)
        abort();
    (void)ike__apply_cgroup_mount(text, where, sizeof(where));
    (void)ike__apply_is_mounted(text, "/etc/resolv.conf");
    (void)ike__apply_value(text, "CAPTIVE_PORTAL", where, sizeof(where));
    ike__apply_names(text, &names);
    if (names.dns_n > IKE_APPLY_SERVERS || !memchr(names.domain, '\0', sizeof(names.domain)))
        abort();
    free(text);
    return 0;
}
