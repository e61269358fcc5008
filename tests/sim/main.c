/* tests/sim/main.c - many seeds, or one with its ladder. SPDX-License-Identifier: Apache-2.0 */
#include "sim/world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 20u

int main(int argc, char **argv)
{
    static struct world w;
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 0) : 1,
             n = argc > 2 ? strtoull(argv[2], NULL, 0) : 1000;
    int verbose = argc > 3 && strcmp(argv[3], "0") != 0;
    uint64_t failed = 0, steps = 0, datagrams = 0, inner = 0;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (n == 0) {
        fprintf(stderr, "usage: sim FIRST SEEDS [VERBOSE]\n");
        return 2;
    }
    for (uint64_t i = 0; i < n; i++) {
        if (world_run(&w, first + i, verbose) < 0) {
            if (++failed <= SHOWN_MAX)
                printf("seed %llu: %s at %.6f s: %s\n", (unsigned long long)w.seed, w.failed,
                       (double)w.failed_at / 1e6, w.detail);
        }
        steps += w.steps;
        datagrams += w.datagrams;
        inner += w.inner_n;
    }
    printf(
        "simulator: %llu passed, %llu failed (seeds %llu..%llu; %llu steps, %llu datagrams, %llu packets)\n",
        (unsigned long long)(n - failed), (unsigned long long)failed, (unsigned long long)first,
        (unsigned long long)(first + n - 1), (unsigned long long)steps, (unsigned long long)datagrams,
        (unsigned long long)inner);
    return failed > 0;
}
