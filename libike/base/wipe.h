/* base/wipe.h - what secrets need. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_BASE_WIPE_H
#define IKE_BASE_WIPE_H

#include <stddef.h>

/* Overwrites with zeros in a way the compiler may not drop. */
void ike__wipe(void *p, size_t n);
/* 1 if equal; the time depends on n alone. */
int ike__ct_equal(const void *a, const void *b, size_t n);

#endif
