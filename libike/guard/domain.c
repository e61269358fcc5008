/* guard/domain.c - names of domains: which is below which, and which is nobody's own. SPDX-License-Identifier: Apache-2.0
 *
 * Not here: a list of public suffixes. The shape of a name tells most of them, and what a gateway may claim has to be
 * allowed by the profile all the same. */
#include "guard/room.h"
#include <string.h>

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Without a dot at its end. */
static size_t length(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && name[n - 1] == '.' ? n - 1 : n;
}

static int is_same(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (lower(a[i]) != lower(b[i]))
            return 0;
    return 1;
}

int ike_guard_is_below(const char *name, const char *domain)
{
    size_t n = length(name), m = length(domain);

    if (m == 0 || n < m || !is_same(name + n - m, domain, m))
        return 0;
    return n == m || name[n - m - 1] == '.';
}

/* What registries of countries have below them: "co.uk", "com.au", "or.jp". */
static const char *const seconds[] = {"ac",   "asso", "co",   "com", "ed",     "edu", "firm",  "gc",
                                      "go",   "gob",  "gouv", "gov", "govt",   "gv",  "id",    "ind",
                                      "info", "ltd",  "mil",  "me",  "ne",     "net", "nic",   "nhs",
                                      "nom",  "or",   "org",  "plc", "police", "sch", "school"};
/* Others that many share. */
static const char *const shared[] = {"in-addr.arpa", "ip6.arpa", "home.arpa", "github.io", "blogspot.com"};

int ike_guard_is_public_suffix(const char *domain)
{
    size_t n = length(domain), dot = 0, dots = 0;

    for (size_t i = 0; i < n; i++)
        if (domain[i] == '.') {
            dots++;
            dot = i;
        }
    if (dots == 0)
        return 1;
    for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
        if (strlen(shared[i]) == n && is_same(domain, shared[i], n))
            return 1;
    if (dots != 1 || n - dot != 3) /* a country has two letters */
        return 0;
    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        if (strlen(seconds[i]) == dot && is_same(domain, seconds[i], dot))
            return 1;
    return 0;
}
