/* tests/bench/many_bench.c - many sessions in one process, on one thread, with one timer (B9). SPDX-License-Identifier: Apache-2.0
 *
 * Connects 10,000 sessions (or as many as the first argument says) to as many gateways in memory, and counts what each
 * holds: all that goes through the session's allocator. The backend is the one whose contexts are pointers, so what its
 * library keeps is not in the figure. Then: what it costs to find the next deadline and to move one, among more and more.
 *
 * Not here: sockets, and which session a datagram is for. */
#include "pair.h"
#include <ike/timers.h>
#include <stdio.h>
#include <stdlib.h>

#define LOOKS 200000u

static struct pair_lab lab;
static struct heap heap;

struct client {
    struct pair p;
    ike_timer timer;
};

static void arm(ike_timers *t, struct client *c)
{
    if (ike_timers_set(t, &c->timer, ike_deadline(c->p.s)) < 0)
        abort();
}

/* Nanoseconds for: which is next, and it has another deadline. */
static double next_ns(ike_timers *t, unsigned n)
{
    static uint64_t seed = 1;
    double from = bench_cpu_us();

    for (unsigned i = 0; i < LOOKS; i++) {
        ike_timer *first = ike_timers_first(t);
        seed = seed * UINT64_C(6364136223846793005) + 1;
        if (ike_timers_set(t, first, first->due + (seed >> 40) % (1000u * n)) < 0)
            abort();
    }
    return (bench_cpu_us() - from) * 1e3 / LOOKS;
}

static void report_count(const char *what, const char *unit, double value, const char *target)
{
    struct figure f = {.bench = "B9", .what = what, .unit = unit, .value = value, .target = target};

    report(&f);
}

static void deadlines(struct client *clients, unsigned n)
{
    static const unsigned sizes[] = {10, 100, 1000, 10000, 100000};
    char what[64];

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        ike_timers *t;
        ike_timer *more = calloc(sizes[i], sizeof(*more));
        if (!more || ike_timers_new(&t, NULL) < 0)
            abort();
        for (unsigned k = 0; k < sizes[i]; k++)
            if (ike_timers_set(t, &more[k], ike_deadline(clients[k % n].p.s) + k) < 0)
                abort();
        (void)next_ns(t, sizes[i]);
        snprintf(what, sizeof(what), "next deadline of %u sessions", sizes[i]);
        report_count(what, "ns", next_ns(t, sizes[i]), i == 4 ? "no faster than log n" : NULL);
        ike_timers_free(t);
        free(more);
    }
}

int main(int argc, char **argv)
{
    unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 10000, up = 0;
    struct client *clients = calloc(n ? n : 1, sizeof(*clients));
    ike_timers *timers;
    double us = 0;
    size_t peak = 0;

#ifdef IKE_HAS_OPENSSL
    const ike_crypto *crypto = ike_crypto_openssl();
#else
    const ike_crypto *crypto = ike_crypto_mbedtls();
#endif

    if (!clients || n == 0 || ike_timers_new(&timers, NULL) < 0)
        abort();
    bench_pin();
    heap_init(&heap);
    pair_lab_open(&lab, crypto, PAIR_PSK);
    lab.alloc = &heap.alloc;
    for (unsigned i = 0; i < n; i++) {
        size_t before = heap.held;
        heap.peak = heap.held;
        pair_connect(&clients[i].p, &lab);
        peak = heap.peak - before > peak ? heap.peak - before : peak;
        us += pair_total_us(&clients[i].p);
        up += (unsigned)clients[i].p.is_up;
        peer_free(clients[i].p.peer);
        clients[i].p.peer = NULL;
        arm(timers, &clients[i]);
    }
    report_count("sessions established in one process", "sessions", up, "10000");
    report_count("heap of an established session", "octets", (double)heap.held / n, "at most 4608");
    report_count("most heap during a handshake", "octets", (double)peak, NULL);
    report_count("handshakes a second, one core, client's half", "1/s", n / us * 1e6, NULL);
    deadlines(clients, n);
    ike_timers_free(timers);
    for (unsigned i = 0; i < n; i++)
        pair_free(&clients[i].p, &lab);
    pair_lab_close(&lab);
    free(clients);
    if (heap.held != 0)
        abort(); /* nothing is left behind */
    return 0;
}
