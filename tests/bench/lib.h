/* tests/bench/lib.h - what the benchmarks share: time, medians, a counting allocator, results. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_BENCH_LIB_H
#define IKE_TESTS_BENCH_LIB_H

#include <ike/ike.h>

/* CPU time of this thread: what others do on the machine does not count. */
double bench_cpu_us(void);
/* On this core from now on; IKE_BENCH_CPU names another. */
void bench_pin(void);
/* Pairs to measure: BENCH_PAIRS, at least 5. */
unsigned bench_pairs(void);

#define SERIES_MAX 128u
struct series {
    double v[SERIES_MAX];
    unsigned n;
};
void series_add(struct series *s, double v);
double series_median(struct series *s); /* sorts: low and high are at its ends */
double series_low(const struct series *s);
double series_high(const struct series *s);

/* An allocator that counts what is held, and the most that ever was; malloc is below it. */
struct heap {
    ike_alloc alloc; /* hand this out */
    size_t held, peak;
    unsigned long calls; /* of alloc */
    size_t skip;         /* octets of a block that is not to be counted: a backend's context; 0: none */
};
void heap_init(struct heap *h);

/* One figure: a line for people, and one of JSON into the file that $BENCH_OUT names. */
struct figure {
    const char *bench; /* "B6" */
    const char *what;  /* "PSK, X25519, OpenSSL" */
    const char *unit;  /* "µs of CPU" */
    double value, low, high;
    unsigned n;       /* pairs or runs it is the median of; 0: a plain count */
    const char *peer; /* NULL: compared with nothing */
    double peer_value;
    const char *target; /* what was asked for, in words; NULL: nothing */
};
void report(const struct figure *f);
void report_series(const char *bench, const char *what, const char *unit, struct series *ours,
                   const char *peer, struct series *theirs, const char *target);
#endif
