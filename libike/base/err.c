/* base/err.c - names, texts and advice from the error map. SPDX-License-Identifier: Apache-2.0 */
#include <ike/err.h>

struct entry {
    int code;
    const char *name, *text, *advice;
};
static const struct entry entries[] = {{IKE_OK, "IKE_OK", "no error", "nothing to do"},
#define X(name, code, text, advice) {code, "IKE_E_" #name, text, advice},
                                       IKE_ERR_MAP(X)
#undef X
};

static const struct entry *find(int err)
{
    static const struct entry unknown = {1, "IKE_E_UNKNOWN", "unknown error", "look at the log"};

    for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        if (entries[i].code == err)
            return &entries[i];
    return &unknown;
}

const char *ike_strerror(int err)
{
    return find(err)->text;
}

const char *ike_errname(int err)
{
    return find(err)->name;
}

const char *ike_advice(int err)
{
    return find(err)->advice;
}
