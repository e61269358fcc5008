/* fuzz/record.c - recordings that nobody wrote. SPDX-License-Identifier: Apache-2.0
 * Target functions: ike_replay, and through it the whole session with fake crypto */
#include "fake/crypto_fake.h"
#include <ike/record.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void on_line(void *user, ike_time since, const char *text)
{
    (void)since;
    *(size_t *)user += strlen(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    ike_replay_report rep = IKE_REPLAY_REPORT_INIT;
    struct crypto_fake fake;
    size_t said = 0;

    crypto_fake_init(&fake, 1);
    if (ike_replay((ike_span){data, n}, &fake.table, on_line, &said, &rep) != rep.outcome || rep.offset > n ||
        !rep.text[0])
        abort(); /* it always says what and where */
    return 0;
}
