/* tests/fake/heap.h - memory that counts what is out and refuses one allocation. SPDX-License-Identifier: Apache-2.0
 *
 * heap_init, then hand out &h->table; the allocation of number fail_at (counted from 1, by calls) fails, none for 0. */
#ifndef IKE_TESTS_HEAP_H
#define IKE_TESTS_HEAP_H

#include "fake/test.h"
#include <ike/ike.h>

struct heap {
    ike_alloc table;
    size_t octets;                /* of the blocks */
    unsigned out, calls, fail_at; /* out: blocks */
};

static inline void *heap_alloc(void *self, size_t n)
{
    struct heap *h = self;

    if (++h->calls == h->fail_at)
        return NULL;
    h->octets += n;
    h->out++;
    return test_calloc(1, n);
}

static inline void heap_release(void *self, void *p, size_t n)
{
    struct heap *h = self;

    h->octets -= n;
    h->out--;
    test_free(p);
}

static inline void heap_init(struct heap *h, unsigned fail_at)
{
    *h = (struct heap){.table = {heap_alloc, heap_release, h}, .fail_at = fail_at};
}

#endif
