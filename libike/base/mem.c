/* base/mem.c - the allocator a session was given. SPDX-License-Identifier: Apache-2.0
 *
 * The only libc allocation of the core, for hosts that bring none of their own. */
#include "base/mem.h"
#include "base/wipe.h"
#include <stdlib.h>

void *ike__mem_new(const ike_alloc *a, size_t n)
{
    if (n == 0)
        return NULL;
    return a ? a->alloc(a->self, n) : calloc(1, n);
}

void ike__mem_free(const ike_alloc *a, void *p, size_t n)
{
    if (!p)
        return;
    ike__wipe(p, n);
    if (a)
        a->release(a->self, p, n);
    else
        free(p);
}
