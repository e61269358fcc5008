/* tests/bench/handshake_bench.c - what a connection costs the client, in memory (B6, B12). SPDX-License-Identifier: Apache-2.0
 *
 * In turns: so many connections, and so often the public-key arithmetic of one by the library alone. Printed: CPU time
 * per connection, its phases, and how many times the arithmetic it is. Packets and octets are exact.
 *
 * Not here: another client beside ours (peers.sh). */
#include "floor.h"
#include "pair.h"
#include <stdio.h>

static const struct library {
    const char *name;
    const ike_crypto *(*crypto)(void);
    const struct floor *floor;
    unsigned turns[2]; /* connections between two looks: PSK, ECDSA */
    const char *target[2];
} libraries[] = {
#ifdef IKE_HAS_OPENSSL
    {"OpenSSL", ike_crypto_openssl, &floor_openssl, {20, 10}, {"at most 250", NULL}},
#endif
    {"mbedTLS",
     ike_crypto_mbedtls,
     &floor_mbedtls,
     {5, 2},
     {"at most 1.15 times the arithmetic", "at most 1.15 times the arithmetic"}},
};

static double arithmetic(const struct floor *f, enum pair_auth auth, unsigned turns)
{
    double from = bench_cpu_us();

    for (unsigned i = 0; i < turns; i++) {
        f->agree();
        if (auth == PAIR_ECDSA)
            f->prove();
    }
    return (bench_cpu_us() - from) / turns;
}

static double connections(const struct pair_lab *lab, unsigned turns, double phase[PAIR_PHASES])
{
    double us = 0;

    for (int i = 0; i < PAIR_PHASES; i++)
        phase[i] = 0;
    for (unsigned i = 0; i < turns; i++) {
        struct pair p;
        pair_connect(&p, lab);
        pair_free(&p, lab);
        us += pair_total_us(&p) / turns;
        for (int k = 0; k < PAIR_PHASES; k++)
            phase[k] += p.us[k] / turns;
    }
    return us;
}

/* What a connection takes on the wire, exactly; encapsulation in UDP and a virtual address as in pair.c. */
static void wire(const struct pair_lab *lab, const char *name)
{
    struct figure f = {.bench = "B12"};
    struct pair p;
    char what[96];

    pair_connect(&p, lab);
    pair_free(&p, lab);
    f.what = what;
    f.unit = "round trips";
    f.value = p.round_trips;
    f.target = "2";
    snprintf(what, sizeof(what), "%s, in memory", name);
    report(&f);
    f.unit = "packets";
    f.value = p.packets;
    f.target = "4";
    report(&f);
}

static void bench(const struct library *l, enum pair_auth auth)
{
    static const char *const auth_name[] = {"PSK", "ECDSA"};
    struct series ours = {.n = 0}, alone = {.n = 0}, times = {.n = 0}, phases[PAIR_PHASES];
    struct pair_lab lab;
    double phase[PAIR_PHASES];
    char what[96];

    for (int k = 0; k < PAIR_PHASES; k++)
        phases[k].n = 0;
    pair_lab_open(&lab, l->crypto(), auth);
    if (l == libraries)
        wire(&lab, auth_name[auth]);
    l->floor->open();
    (void)connections(&lab, l->turns[auth], phase); /* caches and the library's tables */
    (void)arithmetic(l->floor, auth, l->turns[auth]);
    for (unsigned i = 0; i < bench_pairs(); i++) {
        double a = arithmetic(l->floor, auth, l->turns[auth]), c = connections(&lab, l->turns[auth], phase);
        series_add(&ours, c);
        series_add(&alone, a);
        series_add(&times, c / a);
        for (int k = 0; k < PAIR_PHASES; k++)
            series_add(&phases[k], phase[k]);
    }
    snprintf(what, sizeof(what), "%s, X25519, %s", auth_name[auth], l->name);
    report_series("B6", what, "us of CPU", &ours, "arithmetic alone", &alone, l->target[auth]);
    snprintf(what, sizeof(what), "%s, X25519, %s, against arithmetic", auth_name[auth], l->name);
    report_series("B6", what, "times", &times, NULL, NULL, NULL);
    for (int k = 0; k < PAIR_PHASES; k++) {
        snprintf(what, sizeof(what), "%s, %s: %s", auth_name[auth], l->name, pair_phase_name[k]);
        report_series("B6p", what, "us of CPU", &phases[k], NULL, NULL, NULL);
    }
    pair_lab_close(&lab);
}

int main(void)
{
    bench_pin();
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        for (int auth = PAIR_PSK; auth <= PAIR_ECDSA; auth++)
            bench(&libraries[i], (enum pair_auth)auth);
    return 0;
}
