/* fuzz/input.h - octets that decide, one after the other; behind the last one zeros. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_FUZZ_INPUT_H
#define IKE_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct input {
    const uint8_t *p;
    size_t n;
};

static inline uint8_t next(struct input *in)
{
    if (in->n == 0)
        return 0;
    in->n--;
    return *in->p++;
}

#endif
