/* base/wipe.c - what secrets need. SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include <stdint.h>
#include <string.h>

void ike__wipe(void *p, size_t n)
{
    if (n == 0)
        return;
    memset(p, 0, n);
#if defined(__GNUC__) || defined(__clang__)
    __asm__ __volatile__("" : : "r"(p) : "memory"); /* the stores are observed */
#else
    volatile uint8_t *v = p;
    while (n-- > 0)
        *v++ = 0;
#endif
}

int ike__ct_equal(const void *a, const void *b, size_t n)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;

    for (size_t i = 0; i < n; i++)
        diff = (uint8_t)(diff | (x[i] ^ y[i]));
    return diff == 0;
}
