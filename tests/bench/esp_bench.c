/* tests/bench/esp_bench.c - what ESP costs on top of the cipher. SPDX-License-Identifier: Apache-2.0
 *
 * Packets of 64 and 1400 octets through ike_esp_seal and ike_esp_open, and as many octets through the library alone
 * (raw_*.c), in turns, PAIRS times, on one core: the rate of ESP in percent of the raw rate, median and spread.
 * CBC with HMAC by ipsec-mb is many packets at once, and is held against OpenSSL, one at a time.
 * esp_bench [LIBRARY [SUITE]] does only those.
 *
 * Only such ratios are printed: they travel from machine to machine, times do not. Nothing is a failure here. */
#include "bench.h"
#include <ike/esp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PAIRS   9
#define PACKETS 256 /* between two looks at the clock */
#define CALL    32  /* in one call of the API */
#define TURN_NS 10000000u
#define CAP     1536u

static const struct suite {
    const char *name;
    enum bench_cipher cipher;
    uint16_t encr, bits, integ;
} suites[] = {{"aes128gcm16", BENCH_GCM, 20, 128, 0},
              {"aes256gcm16", BENCH_GCM, 20, 256, 0},
              {"chacha20poly1305", BENCH_CHACHA, 28, 0, 0},
              {"aes128-sha256", BENCH_CBC_SHA256, 12, 128, 12}};

struct lane {
    const char *name;
    const struct suite *suite;
    const struct raw *raw;
    void *ctx;
    ike_esp *out, *in;
    size_t n;
    uint64_t raw_iv;
    uint8_t bufs[PACKETS][CAP], ivs[PACKETS][16];
    ike_packet pkts[PACKETS];
};

static uint64_t now_ns(void)
{
    struct timespec ts; /* of this thread: what others do on the machine does not count */

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

/* The inner packets, fresh: UDP from 10.0.0.1 to 10.0.0.2. */
static void fill(struct lane *l)
{
    static const uint8_t ip[] = {0x45, 0, 0,  0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0,
                                 0,    1, 10, 0, 0, 2, 4, 0, 4,  1,  0, 0, 0,  0};

    for (size_t i = 0; i < PACKETS; i++) {
        uint8_t *p = l->bufs[i] + IKE_HEADROOM;
        memcpy(p, ip, sizeof(ip));
        p[2] = (uint8_t)(l->n >> 8);
        p[3] = (uint8_t)l->n;
        memset(&l->pkts[i], 0, sizeof(l->pkts[i]));
        l->pkts[i].buf = l->bufs[i];
        l->pkts[i].cap = CAP;
        l->pkts[i].off = IKE_HEADROOM;
        l->pkts[i].n = (uint32_t)l->n;
    }
}

static void esp(struct lane *l, int open)
{
    for (size_t i = 0; i < PACKETS; i += CALL)
        if ((open ? ike_esp_open(l->in, l->pkts + i, CALL) : ike_esp_seal(l->out, l->pkts + i, CALL)) != CALL)
            abort();
}

static void raw(struct lane *l, int open)
{
    size_t n = l->suite->cipher == BENCH_CBC_SHA256 ? (l->n + 15) / 16 * 16 : l->n;

    for (size_t i = 0; i < PACKETS; i++) {
        uint8_t *text = l->bufs[i] + IKE_HEADROOM;
        if (!open) {
            l->raw_iv++;
            memcpy(l->ivs[i] + 4, &l->raw_iv, sizeof(l->raw_iv));
        }
        (open ? l->raw->open : l->raw->seal)(l->ctx, l->ivs[i], text - 16, text, n, text + n);
    }
}

/* Nanoseconds for so many rounds of PACKETS; for open, sealing them comes before the clock starts. */
static uint64_t turn(struct lane *l, void (*work)(struct lane *, int), int open, unsigned rounds)
{
    uint64_t spent = 0;

    while (rounds-- > 0) {
        uint64_t from;
        fill(l);
        if (open)
            work(l, 0);
        from = now_ns();
        work(l, open);
        spent += now_ns() - from;
    }
    return spent;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void compare(struct lane *l, int open)
{
    unsigned rounds = 1;
    double percent[PAIRS];
    uint64_t spent;

    turn(l, esp, open, 4); /* caches, branch predictors, the library's tables */
    while ((spent = turn(l, raw, open, rounds)) < TURN_NS)
        rounds *= 2;
    for (int i = 0; i < PAIRS; i++) {
        double alone = (double)turn(l, raw, open, rounds);
        percent[i] = 100.0 * alone / (double)turn(l, esp, open, rounds);
    }
    qsort(percent, PAIRS, sizeof(percent[0]), by_value);
    printf("%-15s %-17s %5zu  %s  %5.0f %%  (%.0f..%.0f)  of %s\n", l->name, l->suite->name, l->n,
           open ? "open" : "seal", percent[PAIRS / 2], percent[0], percent[PAIRS - 1], l->raw->name);
    fflush(stdout);
}

/* ESP with ciphers of esp_lib against raw_lib alone. */
static void bench(struct lane *l, const ike_crypto *esp_lib, const struct raw *raw_lib,
                  const struct suite *suite, size_t n)
{
    static const uint8_t key[64] = {1, 2, 3}, integ_key[32] = {4, 5, 6};
    ike_esp_config c = IKE_ESP_CONFIG_INIT;
    ike_ts all[1];
    ike_env env = IKE_ENV_INIT;

    memset(l, 0, sizeof(*l));
    memset(all, 0, sizeof(all));
    all[0].first.family = all[0].last.family = 4; /* as a full tunnel has it */
    memset(all[0].last.ip, 0xff, 4);
    all[0].last.port = 65535;
    env.crypto = ike_crypto_mbedtls();
    env.bulk = esp_lib;
    c.spi = 0x12345678;
    c.encr = suite->encr;
    c.encr_bits = suite->bits;
    c.integ = suite->integ;
    c.esn = 1;
    c.key = (ike_span){key, (suite->bits ? suite->bits / 8u : 32u) + (suite->integ ? 0 : 4u)};
    c.integ_key = (ike_span){integ_key, suite->integ ? 32 : 0};
    c.local = c.remote = all;
    c.local_n = c.remote_n = 1;
    l->name = esp_lib->name;
    l->suite = suite;
    l->raw = raw_lib;
    l->n = n;
    l->ctx = raw_lib->start(suite->cipher, suite->bits, key, integ_key);
    if (ike_esp_new_out(&l->out, &c, &env) < 0 || ike_esp_new_in(&l->in, &c, &env) < 0)
        abort();
    compare(l, 0);
    compare(l, 1);
    ike_esp_free(l->out);
    ike_esp_free(l->in);
    raw_lib->stop(l->ctx);
}

static void compare_with(struct lane *l, const struct raw *lib, const struct suite *suite, size_t n)
{
    const ike_crypto *esp_lib = lib->backend();

    if (!esp_lib) /* not on this processor */
        return;
    if (suite->cipher == BENCH_CBC_SHA256 && strcmp(lib->name, "ipsecmb") == 0) {
#ifdef IKE_HAS_OPENSSL
        bench(l, esp_lib, &raw_openssl, suite, n);
#endif
        return;
    }
    bench(l, esp_lib, lib, suite, n);
}

int main(int argc, char **argv)
{
    static const struct raw *const libraries[] = {
        &raw_mbedtls,
#ifdef IKE_HAS_OPENSSL
        &raw_openssl,
#endif
#ifdef IKE_HAS_IPSECMB
        &raw_ipsecmb,
#endif
    };
    static const size_t sizes[] = {64, 1400};
    static struct lane lane;
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    sched_setaffinity(0, sizeof(one), &one);
    printf("ESP in percent of the library's own rate, median and spread of %d pairs\n", PAIRS);
    for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++)
        for (size_t j = 0; j < sizeof(suites) / sizeof(suites[0]); j++)
            if ((argc < 2 || strcmp(argv[1], libraries[i]->name) == 0) &&
                (argc < 3 || strcmp(argv[2], suites[j].name) == 0))
                for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++)
                    compare_with(&lane, libraries[i], &suites[j], sizes[k]);
    return 0;
}
