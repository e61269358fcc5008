/* tests/unit/keystore/tool.h - programs that tests of tokens and TPMs call. SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_KEYSTORE_TOOL_H
#define TESTS_KEYSTORE_TOOL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0: it is there and said so. A printf format; the output is thrown away. */
__attribute__((format(printf, 1, 2))) static int tool(const char *format, ...)
{
    char line[1024];
    va_list ap;

    va_start(ap, format);
    vsnprintf(line, sizeof(line) - 20, format, ap);
    va_end(ap);
    strcat(line, " >/dev/null 2>&1");
    return system(line);
}

/* What a person types in. */
struct person {
    const char *secret; /* NULL: refuses */
    unsigned asked, told;
    char what[200], why[200];
};

static int type_in(void *user, const char *what, char *out, size_t cap)
{
    struct person *p = user;
    size_t n = p->secret ? strlen(p->secret) : 0;

    p->asked++;
    snprintf(p->what, sizeof(p->what), "%s", what);
    if (!p->secret || n > cap)
        return -1;
    memcpy(out, p->secret, n);
    return (int)n;
}

static void hear(void *user, const char *text)
{
    struct person *p = user;

    p->told++;
    snprintf(p->why, sizeof(p->why), "%s", text);
}

#endif
