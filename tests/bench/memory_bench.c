/* tests/bench/memory_bench.c - heap and stack of one connection (B11). SPDX-License-Identifier: Apache-2.0
 *
 * The most heap through the session's allocator, and how deep the stack goes below the caller: it is painted before every
 * call and looked at behind it. With the cipher of the tests: the core alone; with mbedTLS: its arithmetic as well, whose
 * heap is not the allocator's.
 *
 * Not here: what an established session keeps (many_bench.c). */
#include "fake/crypto_fake.h"
#include "pair.h"
#include <stdio.h>

#define DEEP  131072u
#define PAINT 0xa5

static size_t deepest;

/* Both have the same frame, below whoever calls. */
__attribute__((noinline)) static void paint(void)
{
    volatile uint8_t stack[DEEP];

    for (size_t i = 0; i < DEEP; i++)
        stack[i] = PAINT;
    __asm__ volatile("" : : "r"(stack) : "memory");
}

__attribute__((noinline)) static void look(void)
{
    volatile uint8_t stack[DEEP];
    size_t clean = 0;

    __asm__ volatile(""
                     :
                     : "r"(stack)
                     : "memory"); /* no, it was not set: what is there is what we want to know */
    while (clean < DEEP && stack[clean] == PAINT)
        clean++;
    if (DEEP - clean > deepest)
        deepest = DEEP - clean;
}

static void measure(const char *name, const ike_crypto *crypto, const ike_crypto *gateway,
                    enum pair_auth auth)
{
    struct figure f = {.bench = "B11", .unit = "octets"};
    struct pair_lab lab;
    struct heap heap;
    struct pair p;
    char what[96];

    heap_init(&heap);
    pair_lab_open(&lab, crypto, auth);
    lab.pcfg.crypto = gateway;
    lab.alloc = &heap.alloc;
    lab.enter = paint;
    lab.leave = look;
    deepest = 0;
    pair_connect(&p, &lab);
    pair_free(&p, &lab);
    pair_lab_close(&lab);
    f.what = what;
    f.value = (double)heap.peak;
    snprintf(what, sizeof(what), "most heap of a connection, %s", name);
    report(&f);
    f.value = (double)deepest;
    snprintf(what, sizeof(what), "most stack of a connection, %s", name);
    report(&f);
}

int main(void)
{
    static struct crypto_fake client, gateway;

    crypto_fake_init(&client, 1);
    crypto_fake_init(&gateway, 2);
    measure("core alone, PSK", &client.table, &gateway.table, PAIR_PSK);
    measure("mbedTLS, PSK", ike_crypto_mbedtls(), ike_crypto_mbedtls(), PAIR_PSK);
    measure("mbedTLS, ECDSA", ike_crypto_mbedtls(), ike_crypto_mbedtls(), PAIR_ECDSA);
    return 0;
}
