/* tests/bench/lib.c - time, medians, a counting allocator, results. SPDX-License-Identifier: Apache-2.0 */
#include "lib.h"
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double bench_cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

void bench_pin(void)
{
    const char *which = getenv("IKE_BENCH_CPU");
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(which ? (size_t)atoi(which) : (size_t)sched_getcpu(), &one);
    (void)sched_setaffinity(0, sizeof(one), &one);
}

unsigned bench_pairs(void)
{
    const char *n = getenv("BENCH_PAIRS");
    int pairs = n ? atoi(n) : 9;

    return pairs < 5 ? 5 : pairs > (int)SERIES_MAX ? SERIES_MAX : (unsigned)pairs;
}

/* ---- medians ---- */

void series_add(struct series *s, double v)
{
    if (s->n < SERIES_MAX)
        s->v[s->n++] = v;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double series_median(struct series *s)
{
    if (s->n == 0)
        return 0;
    qsort(s->v, s->n, sizeof(s->v[0]), by_value);
    return s->n % 2 ? s->v[s->n / 2] : (s->v[s->n / 2 - 1] + s->v[s->n / 2]) / 2;
}

double series_low(const struct series *s)
{
    return s->n ? s->v[0] : 0;
}

double series_high(const struct series *s)
{
    return s->n ? s->v[s->n - 1] : 0;
}

/* ---- memory ---- */

static void *take(void *self, size_t n)
{
    struct heap *h = self;
    void *p = calloc(1, n);

    if (p && n != h->skip) {
        h->calls++;
        h->held += n;
        if (h->held > h->peak)
            h->peak = h->held;
    }
    return p;
}

static void give(void *self, void *p, size_t n)
{
    struct heap *h = self;

    if (p && n != h->skip)
        h->held -= n;
    free(p);
}

void heap_init(struct heap *h)
{
    memset(h, 0, sizeof(*h));
    h->alloc.alloc = take;
    h->alloc.release = give;
    h->alloc.self = h;
}

/* ---- results ---- */

/* ours and theirs: how many times less; only where both are known. */
static double ratio(const struct figure *f)
{
    return f->peer && f->value > 0 ? f->peer_value / f->value : 0;
}

static void print_json(FILE *out, const struct figure *f)
{
    fprintf(out,
            "{\"bench\":\"%s\",\"what\":\"%s\",\"unit\":\"%s\",\"value\":%.6g,\"low\":%.6g,\"high\":%.6g,"
            "\"n\":%u",
            f->bench, f->what, f->unit, f->value, f->low, f->high, f->n);
    if (f->peer)
        fprintf(out, ",\"peer\":\"%s\",\"peer_value\":%.6g,\"ratio\":%.4g", f->peer, f->peer_value, ratio(f));
    if (f->target)
        fprintf(out, ",\"target\":\"%s\"", f->target);
    fprintf(out, "}\n");
}

void report(const struct figure *f)
{
    const char *path = getenv("BENCH_OUT");
    FILE *out = path ? fopen(path, "a") : NULL;

    printf("%-4s %-44s %10.4g %s", f->bench, f->what, f->value, f->unit);
    if (f->n > 0)
        printf(" (%.4g..%.4g)", f->low, f->high);
    if (f->peer)
        printf("; %s %.4g: %.2f times", f->peer, f->peer_value, ratio(f));
    if (f->target)
        printf("; wanted: %s", f->target);
    printf("\n");
    fflush(stdout);
    if (out) {
        print_json(out, f);
        fclose(out);
    }
}

void report_series(const char *bench, const char *what, const char *unit, struct series *ours,
                   const char *peer, struct series *theirs, const char *target)
{
    struct figure f = {.bench = bench, .what = what, .unit = unit, .peer = peer, .target = target};

    f.value = series_median(ours);
    f.low = series_low(ours);
    f.high = series_high(ours);
    f.n = ours->n;
    f.peer_value = theirs ? series_median(theirs) : 0;
    report(&f);
}
