/* base/cursor.h - a sticky reader. SPDX-License-Identifier: Apache-2.0
 *
 * Reads from borrowed bytes. Reading past the end sets `bad` and yields zeros and empty spans from
 * then on; one check at the end sees it. No length is ever subtracted outside this file. */
#ifndef IKE_BASE_CURSOR_H
#define IKE_BASE_CURSOR_H

#include "base/span.h"

struct ike_cursor {
    const uint8_t *p;
    size_t n; /* octets left */
    int bad;  /* something was read past the end; stays set */
};

void ike__cursor_init(struct ike_cursor *c, ike_span s);
uint8_t ike__cursor_u8(struct ike_cursor *c);
uint16_t ike__cursor_u16(struct ike_cursor *c);
uint32_t ike__cursor_u32(struct ike_cursor *c);
uint64_t ike__cursor_u64(struct ike_cursor *c);
ike_span ike__cursor_take(struct ike_cursor *c, size_t n);
ike_span ike__cursor_rest(struct ike_cursor *c); /* takes all that is left */
void ike__cursor_skip(struct ike_cursor *c, size_t n);
/* 0, or IKE_E_SYNTAX if something was read past the end. ike__cursor_done: also if something is left. */
int ike__cursor_err(const struct ike_cursor *c);
int ike__cursor_done(const struct ike_cursor *c);

#endif
