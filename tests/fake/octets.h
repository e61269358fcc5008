/* tests/fake/octets.h - octets for tests: from hexadecimal text, from files. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_OCTETS_H
#define IKE_TESTS_OCTETS_H

#include "fake/test.h"
#include <ike/types.h>

/* Spaces are passed over. */
static inline ike_span hex(uint8_t *out, const char *text)
{
    size_t n = 0;

    while (*text) {
        unsigned octet;
        int used = 0;

        if (sscanf(text, " %2x%n", &octet, &used) != 1)
            fail_msg("not hexadecimal: %s", text);
        out[n++] = (uint8_t)octet;
        text += used;
    }
    return (ike_span){out, n};
}

/* All of it, and a NUL behind it. */
static inline ike_span read_file(const char *path, uint8_t *out, size_t cap)
{
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(out, 1, cap, f) : 0;

    if (f)
        fclose(f);
    if (n == 0 || n == cap)
        fail_msg("%s cannot be read, or is too large", path);
    out[n] = '\0';
    return (ike_span){out, n};
}

/* A file of tests/pki. */
static inline ike_span read_pki(const char *name, uint8_t *out, size_t cap)
{
    char path[200];

    snprintf(path, sizeof(path), "tests/pki/%s", name);
    return read_file(path, out, cap);
}

#endif
