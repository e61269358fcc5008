/* examples/ike/replay.c - `ike replay`: what --record wrote, once more. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <ike/record.h>
#include <stdlib.h>

#define RECORDING_MAX (64u * 1024u * 1024u) /* no recording is larger */

static void print_line(void *user, ike_time since, const char *text)
{
    (void)user;
    printf("%10.3f ms  %s\n", (double)since / 1000.0, text);
}

static int exit_of(uint32_t outcome)
{
    switch (outcome) {
    case IKE_REPLAY_EXACT:
        return 0;
    case IKE_REPLAY_DIFFERS:
        return EXIT_DIFFERS;
    case IKE_REPLAY_SECRET:
    case IKE_REPLAY_CUT:
        return EXIT_MISSING;
    case IKE_REPLAY_MALFORMED:
        return EXIT_DATA;
    default:
        return EXIT_LOCAL;
    }
}

int command_replay(const struct options *o)
{
    ike_replay_report rep = IKE_REPLAY_REPORT_INIT;
    FILE *f = fopen(o->profile, "rb");
    uint8_t *p = f ? malloc(RECORDING_MAX + 1) : NULL;
    size_t n = p ? fread(p, 1, RECORDING_MAX + 1, f) : 0;
    int is_read = p && !ferror(f) && n <= RECORDING_MAX;

    if (f)
        fclose(f);
    if (!is_read) {
        free(p);
        fprintf(stderr, "ike: replay: %s: cannot be read, or is larger than any recording\n", o->profile);
        return EXIT_USE;
    }
    (void)ike_replay((ike_span){p, n}, ike_crypto_mbedtls(), print_line, NULL, &rep);
    free(p);
    printf("%llu datagrams as they were, %u %s\n", (unsigned long long)rep.compared, rep.sessions,
           rep.sessions == 1 ? "session" : "sessions");
    if (rep.outcome != IKE_REPLAY_EXACT)
        fprintf(stderr, "ike: replay: at octet %llu: %s\n", (unsigned long long)rep.offset, rep.text);
    return exit_of(rep.outcome);
}
