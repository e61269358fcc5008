/* base/mem.h - the allocator a session was given. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_BASE_MEM_H
#define IKE_BASE_MEM_H

#include <ike/ike.h>

/* Zeroed memory or NULL. a NULL: calloc and free. */
void *ike__mem_new(const ike_alloc *a, size_t n);
/* Wipes n octets, then releases. p NULL is fine. n must be what was asked for. */
void ike__mem_free(const ike_alloc *a, void *p, size_t n);

#endif
